//! OpenAI Chat Completions.
//!
//! Shapes follow <https://platform.openai.com/docs/api-reference/chat>; errors
//! <https://platform.openai.com/docs/guides/error-codes>. Order of a stream's events: the role, one chunk per word, for
//! each call its name and then its arguments in pieces, the finish reason, the usage if `stream_options.include_usage`
//! asks for it, `[DONE]`.

mod limits;
mod messages;
mod request;
pub(super) mod rules;
mod speech;

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use self::rules::{envelope, refusal};
use super::{Aside, Credential, Events, Inquiry, Refusal, Route, Tongue, bearer, id};
use crate::{
    limits::{Beyond, Standing},
    reply::{Ask, Reply},
    seal::Seal,
};

pub(super) struct Openai;

impl Tongue for Openai {
    fn route(&self, method: &Method, path: &str, _query: Option<&str>) -> Route {
        match (method, path.strip_prefix("/v1/")) {
            (&Method::POST, Some("chat/completions")) => Route::Generate { model: None, stream: None },
            (&Method::POST, Some("embeddings")) => Route::Aside(Aside::Embed, None),
            (&Method::GET, Some("models")) => Route::Models,
            (&Method::GET, Some(rest)) => {
                rest.strip_prefix("models/").map_or(Route::Unknown, |model| Route::Model(model.to_owned()))
            }
            _ => Route::Unknown,
        }
    }

    fn credential(&self, headers: &HeaderMap, _query: Option<&str>) -> Option<Credential> {
        bearer(headers)
    }

    fn missing_key(&self) -> Refusal {
        let message = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password.";
        refusal(401, message, None, None)
    }

    fn wrong_key(&self, _credential: Option<&Credential>) -> Refusal {
        let status = StatusCode::UNAUTHORIZED;
        Refusal { status, body: self.error(status) }
    }

    fn not_json(&self) -> Refusal {
        let message = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)";
        refusal(400, message, None, None)
    }

    fn not_found(&self, method: &Method, path: &str) -> Refusal {
        refusal(404, &format!("Invalid URL ({method} {path})"), None, None)
    }

    fn no_such_model(&self, model: &str) -> Refusal {
        let message = format!("The model '{model}' does not exist");
        refusal(404, &message, Some("model"), Some("model_not_found"))
    }

    fn error(&self, status: StatusCode) -> Value {
        let (message, kind, code) = match status.as_u16() {
            401 => (
                "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
                "invalid_request_error",
                Some("invalid_api_key"),
            ),
            402 => ("Insufficient Balance", "unknown_error", Some("invalid_request_error")),
            403 => (
                "Project does not have access to the requested model",
                "invalid_request_error",
                Some("model_not_found"),
            ),
            404 => ("The requested resource was not found", "invalid_request_error", None),
            413 => ("Request body too large", "invalid_request_error", None),
            429 => (
                "Rate limit reached for requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.",
                "requests",
                Some("rate_limit_exceeded"),
            ),
            400..=499 => (status.canonical_reason().unwrap_or("Bad Request"), "invalid_request_error", None),
            503 => ("The engine is currently overloaded, please try again later", "server_error", None),
            _ => ("The server had an error while processing your request. Sorry about that!", "server_error", None),
        };
        envelope(message, kind, None, code)
    }

    fn overloaded(&self) -> Value {
        let message = "The server had an error while processing your request. Sorry about that!";
        envelope(message, "server_error", None, None)
    }

    fn read(&self, inquiry: &Inquiry<'_>) -> Result<Ask, Refusal> {
        if inquiry.body.is_object() { request::read(inquiry) } else { Err(self.not_json()) }
    }

    fn aside(&self, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
        rules::embeddings(inquiry.body)
    }

    fn refuse(&self, parameter: &str, _ask: &Ask, body: &Value) -> Option<Refusal> {
        let value = body.get(parameter).filter(|value| !value.is_null())?;
        if parameter == "temperature" {
            if value.as_f64() == Some(1.0) {
                return None;
            }
            let message = format!(
                "Unsupported value: 'temperature' does not support {value} with this model. Only the default (1) value is supported."
            );
            return Some(refusal(400, &message, Some("temperature"), Some("unsupported_value")));
        }
        let mut message = format!("Unsupported parameter: '{parameter}' is not supported with this model.");
        if parameter == "max_tokens" {
            message.push_str(" Use 'max_completion_tokens' instead.");
        }
        Some(refusal(400, &message, Some(parameter), Some("unsupported_parameter")))
    }

    fn whole(&self, ask: &Ask, reply: &Reply, _seal: &Seal) -> Value {
        speech::whole(ask, reply)
    }

    fn events(&self, ask: &Ask, reply: &Reply, _seal: &Seal) -> Events {
        speech::events(ask, reply)
    }

    fn farewell(&self) -> Option<&'static str> {
        Some("[DONE]")
    }

    fn opening(&self) -> usize {
        1
    }

    fn allowance(&self, standing: &Standing, _now: SystemTime, headers: &mut HeaderMap) {
        limits::allowance(standing, headers);
    }

    fn beyond(&self, limit: &Beyond, model: &str, _now: SystemTime, headers: &mut HeaderMap) -> Refusal {
        limits::beyond(limit, model, headers)
    }

    fn models(&self, model: &str) -> Value {
        json!({"object": "list", "data": [self.model(model)]})
    }

    fn model(&self, model: &str) -> Value {
        json!({"id": model, "object": "model", "created": 1_765_000_000, "owned_by": "mainstay-simulator"})
    }

    fn request_id(&self) -> Option<(HeaderName, String)> {
        Some((HeaderName::from_static("x-request-id"), format!("req_{}", id(32).to_ascii_lowercase())))
    }
}
