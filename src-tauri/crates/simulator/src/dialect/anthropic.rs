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

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use super::{Credential, Event, Events, Refusal, Route, Tongue, bearer, header_key, id, strings};
use crate::reply::{Ask, Ended, Form, Reply, tokens};

/// Top-level fields of a request in every version, the beta ones included.
const FIELDS: [&str; 27] = [
    "model",
    "messages",
    "max_tokens",
    "billing_policy",
    "cache_control",
    "compaction",
    "container",
    "context_management",
    "diagnostics",
    "fallback_credit_token",
    "fallbacks",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "thinking",
    "thread",
    "tool_choice",
    "tools",
    "user_profile_id",
    "workspace_id",
];

/// Top-level fields until version `2026-10-21`.
const SAMPLING: [&str; 3] = ["temperature", "top_k", "top_p"];

/// The newest version, and the older ones.
const NEWEST: &str = "2026-10-21";
const OLDER: [&str; 2] = ["2023-01-01", "2023-06-01"];

pub(super) struct Anthropic;

impl Tongue for Anthropic {
    fn route(&self, method: &Method, path: &str, _query: Option<&str>) -> Route {
        match (method, path.strip_prefix("/v1/")) {
            (&Method::POST, Some("messages")) => Route::Generate { model: None, stream: None },
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
            404 => "Not Found",
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

    fn read(&self, _route: &Route, headers: &HeaderMap, body: &Value) -> Result<Ask, Refusal> {
        let newest = newest_version(headers)?;
        let Some(fields) = body.as_object() else {
            return Err(invalid("Input should be a valid dictionary or object to extract fields from"));
        };
        for required in ["model", "max_tokens", "messages"] {
            if !fields.contains_key(required) {
                return Err(invalid(&format!("{required}: Field required")));
            }
        }
        if let Some(unknown) = fields.keys().find(|name| !known(name, newest)) {
            return Err(invalid(&format!("{unknown}: Extra inputs are not permitted")));
        }
        let Some(model) = body["model"].as_str() else {
            return Err(invalid("model: Input should be a valid string"));
        };
        let limit = match body["max_tokens"].as_u64() {
            Some(0) => return Err(invalid("max_tokens: Input should be greater than or equal to 1")),
            None => return Err(invalid("max_tokens: Input should be a valid integer")),
            some => some,
        };
        for (name, low, high) in [("temperature", 0.0, 1.0), ("top_p", 0.0, 1.0)] {
            match fields.get(name) {
                None => {}
                Some(value) => match value.as_f64() {
                    None => return Err(invalid(&format!("{name}: Input should be a valid number"))),
                    Some(n) if !(low..=high).contains(&n) => {
                        return Err(invalid(&format!("{name}: range: {low}..{high}")));
                    }
                    Some(_) => {}
                },
            }
        }
        let stream = match fields.get("stream") {
            None | Some(Value::Bool(false)) => None,
            Some(Value::Bool(true)) => Some(Form::Sse),
            Some(_) => return Err(invalid("stream: Input should be a valid boolean")),
        };
        let mut input = fields.get("system").map_or(Ok(String::new()), |system| text(system, "system"))?;
        let Some(messages) = body["messages"].as_array() else {
            return Err(invalid("messages: Input should be a valid list"));
        };
        if messages.is_empty() {
            return Err(invalid("messages: at least one message is required"));
        }
        let mut said = String::new();
        for (at, message) in messages.iter().enumerate() {
            let spoken = turn(at, message, at + 1 == messages.len(), model, newest)?;
            input.push('\n');
            input.push_str(&spoken);
            if message["role"] == "user" {
                said = spoken;
            }
        }
        Ok(Ask {
            model: model.to_owned(),
            stream,
            said,
            input_tokens: tokens(&input),
            limit,
            stops: strings(fields.get("stop_sequences")),
            usage_in_stream: true,
        })
    }

    fn refuse(&self, parameter: &str, _ask: &Ask, body: &Value) -> Option<Refusal> {
        let value = body.get(parameter)?;
        if parameter == "temperature" && value.as_f64() == Some(1.0) {
            return None;
        }
        Some(invalid(&format!("`{parameter}` is deprecated for this model.")))
    }

    fn whole(&self, ask: &Ask, reply: &Reply) -> Value {
        let (reason, sequence) = stop(reply);
        let content = if reply.words.is_empty() { json!([]) } else { json!([{"type": "text", "text": reply.text()}]) };
        let mut message = message(ask, reply.input_tokens, reply.output_tokens);
        message["content"] = content;
        message["stop_reason"] = reason;
        message["stop_sequence"] = sequence;
        message
    }

    fn events(&self, ask: &Ask, reply: &Reply) -> Events {
        let event = |name, data| Event { name: Some(name), data };
        let start = message(ask, reply.input_tokens, reply.output_tokens.min(1));
        let mut events = vec![event("message_start", json!({"type": "message_start", "message": start}))];
        if !reply.words.is_empty() {
            let block = json!({"type": "text", "text": ""});
            let block = json!({"type": "content_block_start", "index": 0, "content_block": block});
            events.push(event("content_block_start", block));
            events.push(event("ping", json!({"type": "ping"})));
            for word in &reply.words {
                let delta = json!({"type": "text_delta", "text": word});
                let delta = json!({"type": "content_block_delta", "index": 0, "delta": delta});
                events.push(event("content_block_delta", delta));
            }
            events.push(event("content_block_stop", json!({"type": "content_block_stop", "index": 0})));
        }
        let before_stop = events.len();
        let (reason, sequence) = stop(reply);
        events.push(event(
            "message_delta",
            json!({
                "type": "message_delta",
                "delta": {"stop_reason": reason, "stop_sequence": sequence},
                "usage": usage(reply.input_tokens, reply.output_tokens),
            }),
        ));
        events.push(event("message_stop", json!({"type": "message_stop"})));
        Events { events, before_stop }
    }

    fn error_event(&self, error: Value) -> Event {
        Event { name: Some("error"), data: error }
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

/// Whether the request is of the newest version.
fn newest_version(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(version) = headers.get("anthropic-version") else {
        return Err(invalid("anthropic-version: header is required"));
    };
    let version = String::from_utf8_lossy(version.as_bytes());
    if OLDER.contains(&&*version) || version == NEWEST {
        Ok(version == NEWEST)
    } else {
        Err(invalid(&format!("anthropic-version: \"{version}\" is not a valid version")))
    }
}

fn known(field: &str, newest: bool) -> bool {
    FIELDS.contains(&field) || (!newest && SAMPLING.contains(&field))
}

/// Models from Opus 4.8 on take system turns between the others; the older ones refuse them.
fn takes_system_turns(model: &str) -> bool {
    let older = model.starts_with("claude-3") || model.contains("-4-") || model.ends_with("-4");
    !older || model.starts_with("claude-opus-4-8")
}

/// The text of one turn.
fn turn(at: usize, message: &Value, last: bool, model: &str, newest: bool) -> Result<String, Refusal> {
    match message.get("role").map(Value::as_str) {
        None => return Err(invalid(&format!("messages.{at}.role: Field required"))),
        Some(Some("user" | "assistant")) => {}
        Some(Some("system")) if takes_system_turns(model) => {}
        Some(Some("system")) => {
            return Err(invalid(
                "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
            ));
        }
        Some(_) => {
            return Err(invalid(&format!("messages.{at}.role: Input should be 'user' or 'assistant'")));
        }
    }
    let Some(content) = message.get("content") else {
        return Err(invalid(&format!("messages.{at}.content: Field required")));
    };
    let empty = content.as_str().is_some_and(str::is_empty) || content.as_array().is_some_and(Vec::is_empty);
    if empty && !(last && message["role"] == "assistant") {
        return Err(invalid(&format!(
            "messages.{at}: all messages must have non-empty content except for the optional final assistant message"
        )));
    }
    let blocks = content.as_array().map_or(&[][..], Vec::as_slice);
    if newest && message["role"] == "assistant" && blocks.iter().any(|block| block["type"] == "document") {
        return Err(invalid(&format!(
            "messages.{at}.content: `document` blocks are not permitted in assistant messages"
        )));
    }
    text(content, &format!("messages.{at}.content"))
}

/// The text of a content field: a string, or a list of blocks of which those of type `text` are read.
fn text(content: &Value, place: &str) -> Result<String, Refusal> {
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(blocks) => {
            let mut texts = Vec::new();
            for (at, block) in blocks.iter().enumerate() {
                match block.get("type").and_then(Value::as_str) {
                    None => return Err(invalid(&format!("{place}.{at}.type: Field required"))),
                    Some("text") => match block.get("text").map(Value::as_str) {
                        None => return Err(invalid(&format!("{place}.{at}.text.text: Field required"))),
                        Some(None) => {
                            return Err(invalid(&format!("{place}.{at}.text.text: Input should be a valid string")));
                        }
                        Some(Some("")) => {
                            return Err(invalid(&format!("{place}.{at}: text content blocks must be non-empty")));
                        }
                        Some(Some(text)) => texts.push(text),
                    },
                    Some(_) => {}
                }
            }
            Ok(texts.join(" "))
        }
        _ => Err(invalid(&format!("{place}: Input should be a valid string or list"))),
    }
}

fn message(ask: &Ask, input: u64, output: u64) -> Value {
    json!({
        "model": ask.model,
        "id": format!("msg_01{}", id(22)),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "usage": usage(input, output),
    })
}

fn usage(input: u64, output: u64) -> Value {
    json!({
        "input_tokens": input,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
    })
}

/// `stop_reason` and `stop_sequence`.
fn stop(reply: &Reply) -> (Value, Value) {
    match &reply.ended {
        Ended::Done => ("end_turn".into(), Value::Null),
        Ended::Limit => ("max_tokens".into(), Value::Null),
        Ended::Stop(sequence) => ("stop_sequence".into(), sequence.as_str().into()),
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
