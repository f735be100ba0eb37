//! Gemini `generateContent` and `streamGenerateContent`, versions `v1` and `v1beta`.
//!
//! Shapes follow <https://ai.google.dev/api/generate-content>; errors are Google's usual `error.{code,message,status,
//! details}`. A stream has one element per word; the last one carries the finish reason.

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Credential, Event, Events, Refusal, Route, Tongue, bearer, header_key, id, query_value, strings};
use crate::reply::{Ask, Ended, Form, Reply, tokens};

/// Top-level fields of a request, in lower camel case.
const FIELDS: [&str; 11] = [
    "cachedContent",
    "contents",
    "generationConfig",
    "labels",
    "model",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
    "toolConfig",
    "tools",
];

/// Fields of `generationConfig`, in lower camel case.
const CONFIG: [&str; 26] = [
    "audioTimestamp",
    "candidateCount",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "modelSelectionConfig",
    "presencePenalty",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "routingConfig",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
    "_responseJsonSchema",
    "translationConfig",
];

pub(super) struct Gemini;

impl Tongue for Gemini {
    fn route(&self, method: &Method, path: &str, query: Option<&str>) -> Route {
        let Some(rest) = path.strip_prefix("/v1beta/").or_else(|| path.strip_prefix("/v1/")) else {
            return Route::Unknown;
        };
        if method == Method::GET {
            return match (rest, rest.strip_prefix("models/")) {
                ("models", _) => Route::Models,
                (_, Some(model)) => Route::Model(model.to_owned()),
                _ => Route::Unknown,
            };
        }
        let Some((model, verb)) = rest.strip_prefix("models/").and_then(|rest| rest.rsplit_once(':')) else {
            return Route::Unknown;
        };
        let sse = query_value(query, "alt").as_deref() == Some("sse");
        let stream = match verb {
            "generateContent" => None,
            "streamGenerateContent" if sse => Some(Form::Sse),
            "streamGenerateContent" => Some(Form::Array),
            _ => return Route::Unknown,
        };
        if method == Method::POST { Route::Generate { model: Some(model.to_owned()), stream } } else { Route::Unknown }
    }

    fn credential(&self, headers: &HeaderMap, query: Option<&str>) -> Option<Credential> {
        let in_query = || query_value(query, "key").filter(|key| !key.is_empty());
        header_key(headers, "x-goog-api-key")
            .or_else(|| in_query().map(|key| Credential { key, bearer: false }))
            .or_else(|| bearer(headers))
    }

    fn missing_key(&self) -> Refusal {
        let message = "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.";
        refusal(403, message, None)
    }

    fn wrong_key(&self, credential: Option<&Credential>) -> Refusal {
        if credential.is_some_and(|credential| credential.bearer) {
            let status = StatusCode::UNAUTHORIZED;
            return Refusal { status, body: self.error(status) };
        }
        let details = json!([
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            },
            {
                "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
                "locale": "en-US",
                "message": "API key not valid. Please pass a valid API key.",
            },
        ]);
        refusal(400, "API key not valid. Please pass a valid API key.", Some(details))
    }

    fn not_json(&self) -> Refusal {
        refusal(400, "Invalid JSON payload received. Unexpected end of string.", None)
    }

    fn not_found(&self, _method: &Method, _path: &str) -> Refusal {
        refusal(404, "Requested entity was not found.", None)
    }

    fn no_such_model(&self, model: &str) -> Refusal {
        let message = format!(
            "models/{model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods."
        );
        refusal(404, &message, None)
    }

    fn error(&self, status: StatusCode) -> Value {
        let code = status.as_u16();
        let message = match code {
            400 => "Request contains an invalid argument.",
            401 => {
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
            }
            402 => "Your prepayment credits are depleted.",
            403 => "The caller does not have permission",
            404 => "Requested entity was not found.",
            413 => "Request payload size exceeds the limit.",
            429 => "You exceeded your current quota, please check your plan and billing details.",
            500 => {
                "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"
            }
            503 => "The model is overloaded. Please try again later.",
            504 => "Deadline expired before operation could complete.",
            _ => status.canonical_reason().unwrap_or("Unknown Error."),
        };
        let details = (code == 429).then(|| {
            json!([
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{
                        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
                        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                    }],
                },
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "20s"},
            ])
        });
        envelope(code, message, details)
    }

    fn overloaded(&self) -> Value {
        self.error(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn read(&self, route: &Route, _headers: &HeaderMap, body: &Value) -> Result<Ask, Refusal> {
        let Route::Generate { model: Some(model), stream } = route else {
            return Err(self.not_found(&Method::POST, ""));
        };
        let Some(fields) = body.as_object() else {
            return Err(self.not_json());
        };
        known(fields, &FIELDS, None)?;
        let none = Map::new();
        let config = match field(fields, "generationConfig") {
            None => &none,
            Some(Value::Object(config)) => config,
            Some(_) => return Err(wrong_value("generation_config")),
        };
        known(config, &CONFIG, Some("generation_config"))?;
        let mut input = String::new();
        if let Some(system) = field(fields, "systemInstruction") {
            input.push_str(&parts(system, "system_instruction")?);
        }
        let contents = match field(fields, "contents") {
            Some(Value::Array(contents)) => contents.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            None => &[],
            Some(_) => return Err(wrong_value("contents")),
        };
        if contents.is_empty() {
            return Err(invalid("* GenerateContentRequest.contents: contents is not specified\n"));
        }
        let mut said = String::new();
        for (at, content) in contents.iter().enumerate() {
            let role = content.get("role").map_or(Some("user"), Value::as_str);
            if !matches!(role, Some("user" | "model" | "function")) {
                return Err(invalid("Please use a valid role: user, model."));
            }
            let spoken = parts(content, &format!("contents[{at}]"))?;
            input.push('\n');
            input.push_str(&spoken);
            if role == Some("user") {
                said = spoken;
            }
        }
        let limit = match field(config, "maxOutputTokens") {
            None => None,
            Some(value) => match value.as_u64() {
                Some(0) => {
                    return Err(invalid(
                        "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.\n",
                    ));
                }
                None => return Err(wrong_value("generation_config.max_output_tokens")),
                some => some,
            },
        };
        match field(config, "temperature").map(Value::as_f64) {
            Some(None) => return Err(wrong_value("generation_config.temperature")),
            Some(Some(t)) if !(0.0..=2.0).contains(&t) => {
                return Err(invalid(
                    "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].\n",
                ));
            }
            None | Some(Some(_)) => {}
        }
        Ok(Ask {
            model: model.clone(),
            stream: *stream,
            said,
            input_tokens: tokens(&input),
            limit,
            stops: strings(field(config, "stopSequences")),
            usage_in_stream: true,
        })
    }

    fn refuse(&self, parameter: &str, ask: &Ask, body: &Value) -> Option<Refusal> {
        let config = field(body.as_object()?, "generationConfig")?.as_object()?;
        let value = field(config, &camel(parameter))?;
        if parameter == "temperature" && value.as_f64() == Some(1.0) {
            return None;
        }
        Some(invalid(&format!("{parameter} is not enabled for models/{}", ask.model)))
    }

    fn whole(&self, ask: &Ask, reply: &Reply) -> Value {
        let text = (!reply.words.is_empty()).then(|| reply.text());
        chunk(ask, reply, text.as_deref(), reply.output_tokens, Some(finish_reason(reply)), &response_id())
    }

    fn events(&self, ask: &Ask, reply: &Reply) -> Events {
        let id = response_id();
        let last = reply.words.len().saturating_sub(1);
        let mut events = Vec::new();
        let mut sent = 0;
        for (at, word) in reply.words.iter().enumerate() {
            sent += 1;
            let reason = (at == last).then(|| finish_reason(reply));
            events.push(Event { name: None, data: chunk(ask, reply, Some(word), sent, reason, &id) });
        }
        if reply.words.is_empty() {
            events.push(Event { name: None, data: chunk(ask, reply, None, 0, Some(finish_reason(reply)), &id) });
        }
        Events { events, before_stop: last }
    }

    fn newline(&self) -> &'static str {
        "\r\n"
    }

    fn models(&self, model: &str) -> Value {
        json!({"models": [self.model(model)]})
    }

    fn model(&self, model: &str) -> Value {
        json!({
            "name": format!("models/{model}"),
            "version": "001",
            "displayName": format!("{model} (simulated)"),
            "description": "A practice model",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent"],
            "temperature": 1,
            "maxTemperature": 2,
        })
    }

    fn request_id(&self) -> Option<(HeaderName, String)> {
        None
    }
}

/// A field under its lower camel or its snake case name, as protobuf's JSON mapping allows.
fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| fields.get(&snake(name))).filter(|value| !value.is_null())
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

fn known(fields: &Map<String, Value>, names: &[&str], place: Option<&str>) -> Result<(), Refusal> {
    let Some(unknown) =
        fields.keys().find(|key| !names.iter().any(|name| key.as_str() == *name || **key == snake(name)))
    else {
        return Ok(());
    };
    let at = place.map(|place| format!(" at '{place}'")).unwrap_or_default();
    let message = format!("Invalid JSON payload received. Unknown name \"{unknown}\"{at}: Cannot find field.");
    let mut violation = json!({"description": message});
    if let Some(place) = place {
        violation["field"] = place.into();
    }
    let details = json!([{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]);
    Err(refusal(400, &message, Some(details)))
}

/// The text of a content's parts.
fn parts(content: &Value, place: &str) -> Result<String, Refusal> {
    let parts = match content.get("parts") {
        Some(Value::Array(parts)) => parts.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    };
    if parts.is_empty() {
        return Err(invalid(&format!("* GenerateContentRequest.{place}.parts: contents.parts must not be empty.\n")));
    }
    let mut texts = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        match part.as_object() {
            Some(fields) if !fields.is_empty() => {}
            _ => {
                let what = "required oneof field 'data' must have one initialized field";
                return Err(invalid(&format!("* GenerateContentRequest.{place}.parts[{at}].data: {what}\n")));
            }
        }
        texts.extend(part.get("text").and_then(Value::as_str));
    }
    Ok(texts.join(" "))
}

fn chunk(ask: &Ask, reply: &Reply, text: Option<&str>, output: u64, reason: Option<&str>, id: &str) -> Value {
    let mut candidate = json!({"content": {"role": "model"}, "index": 0});
    if let Some(text) = text {
        candidate["content"] = json!({"parts": [{"text": text}], "role": "model"});
    }
    if let Some(reason) = reason {
        candidate["finishReason"] = reason.into();
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": reply.input_tokens,
            "candidatesTokenCount": output,
            "totalTokenCount": reply.input_tokens + output,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": reply.input_tokens}],
        },
        "modelVersion": ask.model,
        "responseId": id,
    })
}

fn finish_reason(reply: &Reply) -> &'static str {
    match reply.ended {
        Ended::Done | Ended::Stop(_) => "STOP",
        Ended::Limit => "MAX_TOKENS",
    }
}

fn response_id() -> String {
    id(22)
}

fn invalid(message: &str) -> Refusal {
    refusal(400, message, None)
}

fn wrong_value(place: &str) -> Refusal {
    invalid(&format!("Invalid value at '{place}'"))
}

fn refusal(status: u16, message: &str, details: Option<Value>) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal { status, body: envelope(status.as_u16(), message, details) }
}

fn envelope(code: u16, message: &str, details: Option<Value>) -> Value {
    let status = match code {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        402 | 429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        400..=499 => "INVALID_ARGUMENT",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };
    let mut error = json!({"code": code, "message": message, "status": status});
    if let Some(details) = details {
        error["details"] = details;
    }
    json!({"error": error})
}
