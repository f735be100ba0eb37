//! Anthropic Messages, by the versions `2023-06-01` and `2026-10-21`.
//!
//! The newer version is what the SDKs send since their releases of October 2026. It takes no sampling parameters, not
//! even at their defaults, and no documents in assistant turns
//! (<https://platform.claude.com/docs/en/api/versioning>). Those SDKs also send the API key as `Authorization: Bearer`;
//! where both headers come, `x-api-key` counts.
//!
//! Streams follow <https://docs.claude.com/en/docs/build-with-claude/streaming>; errors
//! <https://docs.claude.com/en/api/errors>. Order of a stream's events: `message_start`, `content_block_start`, `ping`,
//! one `content_block_delta` per word, `content_block_stop`, `message_delta` (the stop reason), `message_stop`.
//! docs/simulator.md has the order for thinking and tools.

mod limits;
mod messages;
mod request;
mod served;
mod speech;

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use super::{Aside, Credential, Event, Events, Inquiry, Refusal, Route, Tongue, bearer, header_key, id};
use crate::{
    limits::{Beyond, Standing},
    reply::{Ask, Reply},
    seal::Seal,
};

/// What signatures begin with.
const MARK: &[u8] = &[0x12, 0x48];

pub(super) struct Anthropic;

impl Tongue for Anthropic {
    fn route(&self, method: &Method, path: &str, _query: Option<&str>) -> Route {
        match (method, path.strip_prefix("/v1/")) {
            (&Method::POST, Some("messages")) => Route::Generate { model: None, stream: None },
            (&Method::POST, Some("messages/count_tokens")) => Route::Aside(Aside::Count, None),
            (&Method::GET, Some("models")) => Route::Models,
            (&Method::GET, Some(rest)) => {
                rest.strip_prefix("models/").map_or(Route::Unknown, |model| Route::Model(model.to_owned()))
            }
            _ => Route::Unknown,
        }
    }

    fn credential(&self, headers: &HeaderMap, _query: Option<&str>) -> Option<Credential> {
        header_key(headers, "x-api-key").or_else(|| bearer(headers))
    }

    fn missing_key(&self) -> Refusal {
        refusal(401, "x-api-key header is required")
    }

    fn wrong_key(&self, credential: Option<&Credential>) -> Refusal {
        let bearer = credential.is_some_and(|credential| credential.bearer);
        refusal(401, if bearer { "Invalid bearer token" } else { "invalid x-api-key" })
    }

    fn not_json(&self) -> Refusal {
        refusal(400, "The request body is not valid JSON")
    }

    fn not_found(&self, _method: &Method, _path: &str) -> Refusal {
        refusal(404, "Not Found")
    }

    fn no_such_model(&self, model: &str) -> Refusal {
        refusal(404, &format!("model: {model}"))
    }

    fn error(&self, status: StatusCode) -> Value {
        let message = match status.as_u16() {
            400 => "Invalid request",
            401 => "invalid x-api-key",
            402 => {
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."
            }
            403 => "Your API key does not have permission to use the specified resource",
            404 => "model: the model that was asked for",
            413 => "Request exceeds the maximum size",
            429 => "This request would exceed your account's rate limit. Please try again later.",
            500 => "Internal server error",
            503 => "Service temporarily unavailable",
            504 => "Request timed out",
            529 => "Overloaded",
            _ => status.canonical_reason().unwrap_or("Unknown error"),
        };
        envelope(status.as_u16(), message)
    }

    fn overloaded(&self) -> Value {
        envelope(529, "Overloaded")
    }

    fn read(&self, inquiry: &Inquiry<'_>) -> Result<Ask, Refusal> {
        request::read(inquiry, false)
    }

    fn aside(&self, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
        let ask = request::read(inquiry, true)?;
        Ok(json!({"input_tokens": ask.input_tokens}))
    }

    fn refuse(&self, parameter: &str, _ask: &Ask, body: &Value) -> Option<Refusal> {
        let value = body.get(parameter)?;
        if parameter == "temperature" && value.as_f64() == Some(1.0) {
            return None;
        }
        Some(invalid(&format!("`{parameter}` is deprecated for this model.")))
    }

    fn whole(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Value {
        speech::whole(ask, reply, seal)
    }

    fn events(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Events {
        speech::events(ask, reply, seal)
    }

    fn failure(&self, error: Value, _at: usize, _stream: &Events) -> Vec<Event> {
        vec![Event { name: Some("error"), data: error }]
    }

    fn opening(&self) -> usize {
        1
    }

    fn allowance(&self, standing: &Standing, now: SystemTime, headers: &mut HeaderMap) {
        limits::allowance(standing, now, headers);
    }

    fn beyond(&self, limit: &Beyond, _model: &str, now: SystemTime, headers: &mut HeaderMap) -> Refusal {
        limits::beyond(limit, now, headers)
    }

    fn models(&self, model: &str) -> Value {
        json!({"data": [self.model(model)], "has_more": false, "first_id": model, "last_id": model})
    }

    fn model(&self, model: &str) -> Value {
        let name = format!("{model} (simulated)");
        json!({"type": "model", "id": model, "display_name": name, "created_at": "2025-09-29T00:00:00Z"})
    }

    fn request_id(&self) -> Option<(HeaderName, String)> {
        Some((HeaderName::from_static("request-id"), request_id()))
    }
}

fn invalid(message: &str) -> Refusal {
    refusal(400, message)
}

fn refusal(status: u16, message: &str) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal { status, body: envelope(status.as_u16(), message) }
}

fn envelope(status: u16, message: &str) -> Value {
    let kind = match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id()})
}

fn request_id() -> String {
    format!("req_011C{}", id(20))
}
