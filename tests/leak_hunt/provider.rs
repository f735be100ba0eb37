//! A login server and a provider in one, as indiscreet as they can be: whatever they were given comes back in what they say.

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// How the provider answers, and what it was shown.
#[derive(Default)]
pub(crate) struct Facts {
    /// The status of its answers; 0: it serves.
    pub(crate) status: u16,
    /// The login server takes no refresh token any more.
    pub(crate) ended: bool,
    /// Every value of a credential header that it was shown.
    pub(crate) shown: Vec<String>,
    /// Tokens that it gave out.
    pub(crate) given: u32,
}

#[derive(Clone)]
pub(crate) struct Provider {
    facts: Arc<Mutex<Facts>>,
    pub(crate) address: String,
    secret: &'static str,
}

impl Provider {
    /// `secret` is in every token that it gives out.
    pub(crate) async fn start(secret: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let provider = Self { facts: Arc::default(), address, secret };
        let router = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/revoke", post(async || StatusCode::INTERNAL_SERVER_ERROR))
            .fallback(any(answer))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn authorize(State(provider): State<Provider>, Query(query): Query<BTreeMap<String, String>>) -> Redirect {
    let code = format!("code-{}", provider.secret);
    let code: String = code.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Redirect::to(&format!("{}?code={code}&state={}", query["redirect_uri"], query["state"]))
}

async fn token(State(provider): State<Provider>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let mut facts = provider.facts();
    if form["grant_type"] == "refresh_token" && facts.ended {
        let said = format!("{} is not valid any more; asked with {form:?}", form["refresh_token"]);
        let body = json!({ "error": "invalid_grant", "error_description": said });
        return (StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
    }
    facts.given += 1;
    let (number, secret) = (facts.given, provider.secret);
    axum::Json(json!({
        "access_token": format!("access-{number}-{secret}"), "refresh_token": format!("refresh-{number}-{secret}"),
        "id_token": format!("identity-{number}-{secret}"), "token_type": "Bearer", "expires_in": 3600,
        "scope": "user:inference", "account": { "email_address": "me@home.test" },
    }))
    .into_response()
}

/// Quotes every header in its answer's headers and body.
async fn answer(State(provider): State<Provider>, headers: HeaderMap, body: String) -> Response {
    let credentials = ["authorization", "x-api-key", "proxy-authorization"];
    let shown: Vec<String> = (headers.iter())
        .filter(|(name, _)| credentials.contains(&name.as_str()))
        .map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    let mut facts = provider.facts();
    facts.shown.extend(shown.clone());
    let quoted = format!("I was shown {} and {body}", shown.join(" and "));
    let (status, body): (StatusCode, Value) = match facts.status {
        0 => (
            StatusCode::OK,
            json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
                "content": [{ "type": "text", "text": "served" }], "stop_reason": "end_turn", "stop_sequence": null,
                "usage": { "input_tokens": 1, "output_tokens": 1 } }),
        ),
        status => (
            StatusCode::from_u16(status).expect("a status"),
            json!({ "type": "error", "error": { "type": "some_error", "message": quoted } }),
        ),
    };
    let mut answer = (status, axum::Json(body)).into_response();
    for value in &shown {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().append("x-you-said", value);
        }
    }
    answer
}
