//! What the admin routes answer: the same facts that the window shows, for programs of the same user.
//!
//! Their token is their own and lies in `run.json`, which only the user can read; a gateway token never opens them. So far
//! they only read.

use crate::recent::Recent;
use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use mainstay_balancer::Availability;
use mainstay_gateway::{AdminRoutes, Body, Core, problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// How many trails are listed unless `?limit=` says otherwise.
const LISTED: usize = 100;

pub(crate) struct Admin {
    pub(crate) token: SecretString,
    pub(crate) recent: Arc<Recent>,
    pub(crate) core: Arc<Core>,
}

#[async_trait]
impl AdminRoutes for Admin {
    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        if !self.allowed(&request) {
            let hint = "Send the admin_token of run.json in the data folder as Authorization: Bearer.";
            return problem(401, "admin_token_wrong", "The admin token is missing or wrong.", hint);
        }
        if request.method() != Method::GET {
            return problem(405, "method_not_allowed", "The admin routes only read.", "Use GET.");
        }
        let path = request.uri().path().trim_start_matches("/_mainstay/");
        match path.split_once('/').unwrap_or((path, "")) {
            ("exchanges", "") => {
                let limit = limit(request.uri().query()).unwrap_or(LISTED);
                reply(&self.recent.last(limit))
            }
            ("exchanges", id) => match self.recent.find(id) {
                Some(trail) => reply(&trail),
                None => problem(404, "no_such_exchange", "There is no such exchange, or it is no longer kept.", ""),
            },
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
