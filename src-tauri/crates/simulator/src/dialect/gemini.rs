//! Gemini `generateContent` and `streamGenerateContent`, versions `v1` and `v1beta`.
//!
//! Shapes follow <https://ai.google.dev/api/generate-content>; errors are Google's usual `error.{code,message,status,
//! details}`. A stream has one element per word and per call; the last one carries the finish reason.

mod contents;
mod json;
mod limits;
mod request;
mod schema;
mod served;
mod speech;

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use self::json::{camel, field};
use super::{Aside, Credential, Events, Inquiry, Refusal, Route, Tongue, bearer, header_key, query_value};
use crate::{
    limits::Beyond,
    reply::{Ask, Form, Reply},
    seal::Seal,
};

/// What thought signatures begin with.
const MARK: &[u8] = &[0x12, 0x40, 0x0a];

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
            _ => {
                let aside = match verb {
                    "countTokens" => Aside::Count,
                    "embedContent" => Aside::Embed,
                    "batchEmbedContents" => Aside::EmbedBatch,
                    _ => return Route::Unknown,
                };
                let posted = method == Method::POST;
                return if posted { Route::Aside(aside, Some(model.to_owned())) } else { Route::Unknown };
            }
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

    fn read(&self, inquiry: &Inquiry<'_>) -> Result<Ask, Refusal> {
        request::read(inquiry, false)
    }

    fn aside(&self, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
        match inquiry.route {
            Route::Aside(Aside::Count, Some(model)) => request::count(inquiry, model),
            Route::Aside(aside, _) => request::embed(inquiry, *aside == Aside::EmbedBatch),
            _ => Err(self.not_found(&Method::POST, "")),
        }
    }

    fn refuse(&self, parameter: &str, ask: &Ask, body: &Value) -> Option<Refusal> {
        let config = field(body.as_object()?, "generationConfig")?.as_object()?;
        let value = field(config, &camel(parameter))?;
        if parameter == "temperature" && value.as_f64() == Some(1.0) {
            return None;
        }
        Some(invalid(&format!("{parameter} is not enabled for models/{}", ask.model)))
    }

    fn whole(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Value {
        speech::whole(ask, reply, seal)
    }

    fn events(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Events {
        speech::events(ask, reply, seal)
    }

    fn newline(&self) -> &'static str {
        "\r\n"
    }

    fn beyond(&self, limit: &Beyond, model: &str, _now: SystemTime, _headers: &mut HeaderMap) -> Refusal {
        limits::beyond(limit, model)
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
            "supportedGenerationMethods": ["generateContent", "countTokens", "embedContent"],
            "temperature": 1,
            "maxTemperature": 2,
        })
    }

    fn request_id(&self) -> Option<(HeaderName, String)> {
        None
    }
}

/// Models from the third generation on sign their calls and want the signatures back.
fn is_third(model: &str) -> bool {
    let generation = model.strip_prefix("gemini-").and_then(|rest| rest.split(['.', '-']).next());
    generation.and_then(|generation| generation.parse::<u32>().ok()).is_some_and(|generation| generation >= 3)
}

fn invalid(message: &str) -> Refusal {
    refusal(400, message, None)
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
