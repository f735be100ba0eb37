//! OpenAI Chat Completions.
//!
//! Shapes follow <https://platform.openai.com/docs/api-reference/chat>; errors
//! <https://platform.openai.com/docs/guides/error-codes>. Order of a stream's events: the role, one chunk per word, the
//! finish reason, the usage if `stream_options.include_usage` asks for it, `[DONE]`.

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use super::{Credential, Event, Events, Refusal, Route, Tongue, bearer, id, now, strings};
use crate::reply::{Ask, Ended, Form, Reply, tokens};

const FIELDS: [&str; 37] = [
    "messages",
    "model",
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const ROLES: [&str; 6] = ["system", "assistant", "user", "function", "tool", "developer"];

pub(super) struct Openai;

impl Tongue for Openai {
    fn route(&self, method: &Method, path: &str, _query: Option<&str>) -> Route {
        match (method, path.strip_prefix("/v1/")) {
            (&Method::POST, Some("chat/completions")) => Route::Generate { model: None, stream: None },
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

    fn read(&self, _route: &Route, _headers: &HeaderMap, body: &Value) -> Result<Ask, Refusal> {
        let Some(fields) = body.as_object() else {
            return Err(self.not_json());
        };
        let Some(model) = fields.get("model").filter(|model| !model.is_null()) else {
            return Err(refusal(400, "you must provide a model parameter", None, None));
        };
        let Some(model) = model.as_str() else {
            return Err(wrong_type("model", "a string", model));
        };
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            let message = format!("Unrecognized request argument supplied: {unknown}");
            return Err(refusal(400, &message, None, None));
        }
        let Some(messages) = fields.get("messages") else {
            return Err(missing("messages"));
        };
        let Some(messages) = messages.as_array() else {
            return Err(wrong_type("messages", "an array of objects", messages));
        };
        if messages.is_empty() {
            let message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
            return Err(refusal(400, message, Some("messages"), Some("empty_array")));
        }
        let limit = limit(body)?;
        if let Some(value) = fields.get("temperature").filter(|value| !value.is_null()) {
            range("temperature", value, 0.0, 2.0)?;
        }
        let streams = match fields.get("stream") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(streams)) => *streams,
            Some(other) => return Err(wrong_type("stream", "a boolean", other)),
        };
        let options = fields.get("stream_options").filter(|options| !options.is_null());
        if options.is_some() && !streams {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(refusal(400, message, Some("stream_options"), None));
        }
        let mut input = String::new();
        let mut said = String::new();
        for (at, message) in messages.iter().enumerate() {
            let spoken = turn(at, message)?;
            input.push('\n');
            input.push_str(&spoken);
            if message["role"] == "user" {
                said = spoken;
            }
        }
        Ok(Ask {
            model: model.to_owned(),
            stream: streams.then_some(Form::Sse),
            said,
            input_tokens: tokens(&input),
            limit,
            stops: strings(fields.get("stop")),
            usage_in_stream: options.is_some_and(|options| options["include_usage"] == true),
        })
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

    fn whole(&self, ask: &Ask, reply: &Reply) -> Value {
        json!({
            "id": completion_id(),
            "object": "chat.completion",
            "created": now(),
            "model": ask.model,
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": reply.text(), "refusal": null, "annotations": []},
                "logprobs": null,
                "finish_reason": finish_reason(reply),
            }],
            "usage": usage(reply),
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
        })
    }

    fn events(&self, ask: &Ask, reply: &Reply) -> Events {
        let (id, created) = (completion_id(), now());
        let chunk = |choices: Value, usage: Value| {
            let mut data = json!({
                "id": id,
                "object": "chat.completion.chunk",
                "created": created,
                "model": ask.model,
                "service_tier": "default",
                "system_fingerprint": "fp_simulated",
                "choices": choices,
            });
            if ask.usage_in_stream {
                data["usage"] = usage;
            }
            Event { name: None, data }
        };
        let choice = |delta: Value, reason: Value| {
            chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]), Value::Null)
        };
        let mut events = vec![choice(json!({"role": "assistant", "content": "", "refusal": null}), Value::Null)];
        events.extend(reply.words.iter().map(|word| choice(json!({"content": word}), Value::Null)));
        let before_stop = events.len();
        events.push(choice(json!({}), finish_reason(reply).into()));
        if ask.usage_in_stream {
            events.push(chunk(json!([]), usage(reply)));
        }
        Events { events, before_stop }
    }

    fn farewell(&self) -> Option<&'static str> {
        Some("[DONE]")
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

/// The most output tokens, under either of its names.
fn limit(body: &Value) -> Result<Option<u64>, Refusal> {
    let mut limit = None;
    for name in ["max_tokens", "max_completion_tokens"] {
        let Some(value) = body.get(name).filter(|value| !value.is_null()) else { continue };
        if limit.is_some() {
            let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
            return Err(refusal(400, message, None, Some("invalid_parameter_combination")));
        }
        match value.as_i64() {
            Some(tokens) if tokens >= 1 => limit = u64::try_from(tokens).ok(),
            Some(tokens) => {
                let message = format!(
                    "Invalid '{name}': integer below minimum value. Expected a value >= 1, but got {tokens} instead."
                );
                return Err(refusal(400, &message, Some(name), Some("integer_below_min_value")));
            }
            None => return Err(wrong_type(name, "an integer", value)),
        }
    }
    Ok(limit)
}

fn range(name: &str, value: &Value, low: f64, high: f64) -> Result<(), Refusal> {
    let Some(number) = value.as_f64() else {
        return Err(wrong_type(name, "a decimal", value));
    };
    let (side, sign, bound, code) = if number < low {
        ("below minimum", ">=", low, "decimal_below_min_value")
    } else if number > high {
        ("above maximum", "<=", high, "decimal_above_max_value")
    } else {
        return Ok(());
    };
    let message =
        format!("Invalid '{name}': decimal {side} value. Expected a value {sign} {bound}, but got {value} instead.");
    Err(refusal(400, &message, Some(name), Some(code)))
}

/// The text of one turn.
fn turn(at: usize, message: &Value) -> Result<String, Refusal> {
    let Some(role) = message.get("role") else {
        return Err(missing(&format!("messages[{at}].role")));
    };
    if !role.as_str().is_some_and(|role| ROLES.contains(&role)) {
        let shown = role.as_str().map_or_else(|| role.to_string(), str::to_owned);
        let message = format!(
            "Invalid value: '{shown}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'."
        );
        return Err(refusal(400, &message, Some(&format!("messages[{at}].role")), Some("invalid_value")));
    }
    match message.get("content") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let mut texts = Vec::new();
            for (part_at, part) in parts.iter().enumerate() {
                let place = format!("messages[{at}].content[{part_at}]");
                let Some(kind) = part.get("type") else {
                    return Err(missing(&format!("{place}.type")));
                };
                if kind == "text" {
                    match part["text"].as_str() {
                        Some(text) => texts.push(text),
                        None => return Err(missing(&format!("{place}.text"))),
                    }
                }
            }
            Ok(texts.join(" "))
        }
        None | Some(Value::Null) if role == "assistant" => Ok(String::new()),
        None => Err(missing(&format!("messages[{at}].content"))),
        Some(other) => {
            let expected = "one of an array of objects or string";
            Err(wrong_type(&format!("messages[{at}].content"), expected, other))
        }
    }
}

fn finish_reason(reply: &Reply) -> &'static str {
    match reply.ended {
        Ended::Done | Ended::Stop(_) => "stop",
        Ended::Limit => "length",
    }
}

fn usage(reply: &Reply) -> Value {
    json!({
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn completion_id() -> String {
    format!("chatcmpl-{}", id(29))
}

fn missing(name: &str) -> Refusal {
    let message = format!("Missing required parameter: '{name}'.");
    refusal(400, &message, Some(name), Some("missing_required_parameter"))
}

fn wrong_type(name: &str, expected: &str, got: &Value) -> Refusal {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message = format!("Invalid type for '{name}': expected {expected}, but got {got} instead.");
    refusal(400, &message, Some(name), Some("invalid_type"))
}

fn refusal(status: u16, message: &str, param: Option<&str>, code: Option<&str>) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal { status, body: envelope(message, "invalid_request_error", param, code) }
}

fn envelope(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}
