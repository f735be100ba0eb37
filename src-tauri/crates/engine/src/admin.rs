//! What the admin routes answer: the same facts that the window shows, for programs of the same user.
//!
//! Their token is their own and lies in `run.json`, which only the user can read; a gateway token never opens them.

use crate::operations::perform;
use crate::recent::Recent;
use crate::shared::Handle;
use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use mainstay_balancer::Availability;
use mainstay_gateway::{AdminRoutes, Body, Core, problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The largest input of an operation, in bytes.
const INPUT_LIMIT: usize = 1 << 20;
/// How many trails are listed unless `?limit=` says otherwise.
const LISTED: usize = 100;

pub(crate) struct Admin {
    pub(crate) token: SecretString,
    pub(crate) recent: Arc<Recent>,
    pub(crate) core: Arc<Core>,
    pub(crate) engine: Handle,
}

#[async_trait]
impl AdminRoutes for Admin {
    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        if !self.allowed(&request) {
            let hint = "Send the admin_token of run.json in the data folder as Authorization: Bearer.";
            return problem(401, "admin_token_wrong", "The admin token is missing or wrong.", hint);
        }
        let path = request.uri().path().trim_start_matches("/_mainstay/").to_owned();
        if let Some(operation) = path.strip_prefix("operations/") {
            return if request.method() == Method::POST {
                self.perform(operation, request.into_body()).await
            } else {
                problem(405, "method_not_allowed", "Operations are performed by POST.", "")
            };
        }
        if request.method() != Method::GET {
            return problem(405, "method_not_allowed", "This admin route only reads.", "Use GET.");
        }
        match path.split_once('/').unwrap_or((&path, "")) {
            ("exchanges", "") => {
                let limit = limit(request.uri().query()).unwrap_or(LISTED);
                reply(&self.recent.last(limit))
            }
            ("exchanges", id) => match self.recent.find(id) {
                Some(trail) => reply(&trail),
                None => problem(404, "no_such_exchange", "There is no such exchange, or it is no longer kept.", ""),
            },
            ("door-token", "") => reply(&json!({ "token": self.engine.door_token().expose_secret() })),
            ("state", "") => reply(&self.state()),
            _ => problem(404, "not_found", "There is no such admin route.", "See docs/architecture.md."),
        }
    }
}

impl Admin {
    fn allowed(&self, request: &Request<Incoming>) -> bool {
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        self.token.expose_secret().as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// Performs one of the engine's operations: JSON in, JSON out.
    async fn perform(&self, operation: &str, body: Incoming) -> Response<Body> {
        let Ok(body) = Limited::new(body, INPUT_LIMIT).collect().await else {
            return problem(413, "input_too_large", "The input is larger than 1 MiB, or ended early.", "");
        };
        let body = body.to_bytes();
        let input = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&body) };
        let Ok(input) = input else {
            return problem(400, "bad_input", "The input is not JSON.", "");
        };
        match perform(&self.engine, operation, input).await {
            Ok(output) => reply(&output),
            Err(refusal) if refusal.code == "unknown_operation" => {
                problem(404, &refusal.code, &refusal.message, &refusal.hint)
            }
            Err(refusal) => problem(422, &refusal.code, &refusal.message, &refusal.hint),
        }
    }

    fn state(&self) -> Value {
        let routing = self.core.routing();
        let routes: Vec<Value> = routing
            .routes()
            .iter()
            .map(|route| {
                let states = self.core.availability(&route.pool);
                let members = route.pool.members.iter().zip(states);
                let members: Vec<Value> = members
                    .map(|(member, state)| {
                        let (state, until) = told(&state);
                        json!({ "name": &*member.name, "weight": member.weight, "state": state, "until": until })
                    })
                    .collect();
                json!({ "name": &*route.name, "policy": route.pool.policy, "members": members })
            })
            .collect();
        json!({ "active": routing.active().map(|name| &**name), "routes": routes, "now": self.core.now() })
    }
}

/// The word for a member's state, and until when it holds.
fn told(state: &Availability) -> (&'static str, Option<u64>) {
    match state {
        Availability::Ready => ("ready", None),
        Availability::Cooling { until, .. } => ("cooling", Some(*until)),
        Availability::Open { until } => ("open", Some(*until)),
        Availability::Probing => ("probing", None),
        Availability::Unready(_) => ("unready", None),
    }
}

fn limit(query: Option<&str>) -> Option<usize> {
    query?.split('&').find_map(|pair| pair.strip_prefix("limit=")?.parse().ok())
}

fn reply(value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = Response::new(Full::from(body).boxed_unsync());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => problem(500, "not_serialisable", &error.to_string(), ""),
    }
}
