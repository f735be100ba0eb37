//! What the admin routes answer: the same facts that the window shows, for programs and browsers of the same user.
//!
//! Their token is their own and lies in `run.json`, which only the user can read; a gateway token never opens them. A browser
//! has a session instead (`sessions.rs`), where the window is served to browsers at all. The door has checked before that a
//! request comes from this machine, and from no page but this one.

mod page;
mod sessions;
mod watch;

pub use page::WindowFiles;

use crate::VERSION;
use crate::operations::perform;
use crate::recent::Recent;
use crate::shared::Handle;
use async_trait::async_trait;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use mainstay_balancer::Availability;
use mainstay_gateway::{AdminRoutes, Body, Core, problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use sessions::Sessions;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The largest input of an operation, in bytes.
const INPUT_LIMIT: usize = 1 << 20;
/// How many trails are listed unless `?limit=` says otherwise.
const LISTED: usize = 100;

/// The header with a session's key. No page of another origin can send it, as there is no CORS.
const SESSION_HEADER: HeaderName = HeaderName::from_static("x-mainstay-session");
/// How a browser gets in.
const OPEN_ANEW: &str = "Run mainstay ui, and open the address it prints.";
/// The largest request for a session, in bytes.
const CODE_LIMIT: usize = 1 << 10;

pub(crate) struct Admin {
    token: SecretString,
    recent: Arc<Recent>,
    core: Arc<Core>,
    engine: Handle,
    window: Option<WindowFiles>,
    sessions: Sessions,
    /// Cookies know no ports, so its name has the gateway's.
    cookie: String,
}

#[async_trait]
impl AdminRoutes for Admin {
    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path().trim_start_matches("/_mainstay/").to_owned();
        if let Some(file) = path.strip_prefix("ui/") {
            return match self.window {
                Some(files) => files.answer(request.method(), file),
                None => problem(404, "no_window", "This gateway serves no window.", "Start it by mainstay serve --ui."),
            };
        }
        if path == "session" && request.method() == Method::POST {
            return self.open_session(request).await;
        }
        if let Some(refusal) = self.refusal(&request) {
            return refusal;
        }
        if let Some(operation) = path.strip_prefix("operations/") {
            return if request.method() == Method::POST {
                self.perform(operation, request.into_body()).await
            } else {
                problem(405, "method_not_allowed", "Operations are performed by POST.", "")
            };
        }
        if path == "window-code" && request.method() == Method::POST {
            return match self.window_path() {
                Some(path) => reply(&json!({ "path": path })),
                None => problem(404, "no_window", "This gateway serves no window.", "Start it by mainstay serve --ui."),
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
            ("version", "") => reply(&json!({ "version": VERSION })),
            ("watch", "") => watch::answer(self.engine.watch(), self.engine.closing()),
            _ => problem(404, "not_found", "There is no such admin route.", "See docs/architecture.md."),
        }
    }
}

impl Admin {
    /// The routes of an engine whose gateway listens on `port`.
    pub(crate) fn new(engine: Handle, port: u16, window: Option<WindowFiles>) -> Self {
        let (recent, core) = (Arc::clone(&engine.0.watcher.recent), Arc::clone(&engine.0.core));
        let cookie = format!("mainstay-{port}");
        Self { token: random_token(), recent, core, engine, window, sessions: Sessions::default(), cookie }
    }

    pub(crate) fn token(&self) -> &SecretString {
        &self.token
    }

    /// The path at which a browser gets the window, with a new one-time code where no server sees it; `None` where no window
    /// is served.
    pub(crate) fn window_path(&self) -> Option<String> {
        self.window.map(|_| format!("/_mainstay/ui/#code={}", self.sessions.code().expose_secret()))
    }

    /// The answer to a request that may not come in: a program brings the admin token; a browser its session's cookie and key,
    /// and to change anything its own origin.
    fn refusal(&self, request: &Request<Incoming>) -> Option<Response<Body>> {
        let headers = request.headers();
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(key) = text(SESSION_HEADER) {
            let cookie = cookie(headers, &self.cookie).unwrap_or_default();
            if !self.sessions.allows(cookie, key) {
                let message = "This browser's session is not open, or no longer.";
                return Some(problem(401, "session_closed", message, OPEN_ANEW));
            }
            let says_who = request.method() == Method::GET || headers.contains_key(ORIGIN);
            return (!says_who).then(|| problem(403, "origin_not_allowed", "A browser must say which page asks.", ""));
        }
        let given = text(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let is_ours: bool = self.token.expose_secret().as_bytes().ct_eq(given.as_bytes()).into();
        let hint = "Send the admin_token of run.json in the data folder as Authorization: Bearer.";
        (!is_ours).then(|| problem(401, "admin_token_wrong", "The admin token is missing or wrong.", hint))
    }

    /// Trades a one-time code for a session: the cookie in a header, the key in the body.
    async fn open_session(&self, request: Request<Incoming>) -> Response<Body> {
        let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
        // No form can send JSON, and no other page can send this origin.
        if !is_json || !request.headers().contains_key(ORIGIN) {
            return problem(403, "origin_not_allowed", "Only the window's own page may open a session.", "");
        }
        let body = Limited::new(request.into_body(), CODE_LIMIT).collect().await;
        let given: Option<Value> = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
        let opened = given.as_ref().and_then(|given| given["code"].as_str()).and_then(|code| self.sessions.trade(code));
        let Some(opened) = opened else {
            let message = "This address was used already, or is older than five minutes.";
            return problem(401, "code_used", message, OPEN_ANEW);
        };
        let mut response = reply(&json!({ "key": opened.key.expose_secret() }));
        let cookie =
            format!("{}={}; Path=/_mainstay/; HttpOnly; SameSite=Strict", self.cookie, opened.cookie.expose_secret());
        if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
            cookie.set_sensitive(true);
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
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

/// The value of a cookie.
fn cookie<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn limit(query: Option<&str>) -> Option<usize> {
    query?.split('&').find_map(|pair| pair.strip_prefix("limit=")?.parse().ok())
}

fn reply(value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = Response::new(Full::from(body).boxed_unsync());
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
            response
        }
        Err(error) => problem(500, "not_serialisable", &error.to_string(), ""),
    }
}

/// 32 random bytes in hexadecimal digits.
fn random_token() -> SecretString {
    let bytes: [u8; 32] = rand::random();
    SecretString::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
