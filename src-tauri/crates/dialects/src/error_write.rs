//! Errors in the client's own shape.

use crate::dialect::{Dialect, Framing};
use crate::json::Writer;
use crate::openai_responses;
use crate::stream::{Event, sse};

/// An error for a client: one of our own, or an upstream's retold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientError<'a> {
    /// The HTTP status; it decides the dialect's error type.
    pub status: u16,
    /// A stable code, such as `no_active_profile`.
    pub code: &'a str,
    /// What happened, and what to do about it.
    pub message: &'a str,
    /// The id of this request here.
    pub request_id: &'a str,
}

/// The body of an error response.
pub fn write_error(dialect: Dialect, error: &ClientError<'_>) -> Vec<u8> {
    let body = match dialect {
        Dialect::Anthropic => Writer::write(|w| {
            w.key("type").str("error");
            w.key("error").object(|w| {
                w.key("type").str(anthropic_type(error.status));
                w.key("message").str(error.message);
            });
            w.key("request_id").str(error.request_id);
        }),
        Dialect::OpenaiChat | Dialect::OpenaiResponses => Writer::write(|w| {
            w.key("error").object(|w| {
                w.key("message").str(error.message);
                w.key("type").str(openai_type(error.status));
                w.key("param").null();
                w.key("code").str(error.code);
            });
            w.key("request_id").str(error.request_id);
        }),
        // The error comes first: the Python SDK knows one within a stream by how it starts.
        Dialect::Gemini => Writer::write(|w| {
            w.key("error").object(|w| {
                w.key("code").number(error.status.into());
                w.key("message").str(error.message);
                w.key("status").str(gemini_status(error.status));
                w.key("details").array(|w| {
                    w.object(|w| {
                        w.key("@type").str("type.googleapis.com/google.rpc.ErrorInfo");
                        w.key("reason").str(error.code);
                        w.key("domain").str("mainstay");
                        w.key("metadata").object(|w| w.key("requestId").str(error.request_id));
                    });
                });
            });
        }),
    };
    body.into_bytes()
}

/// An error inside a stream whose status has gone out, when nothing but filler has been sent in it.
///
/// Once frames of a [`Relay`](crate::Relay) have gone out, use [`Relay::error_event`](crate::Relay::error_event). They
/// differ for [`Framing::JsonArray`] alone: here the array is opened and closed around the error.
pub fn write_error_event(dialect: Dialect, framing: Framing, error: &ClientError<'_>) -> Vec<u8> {
    let body = write_error(dialect, error);
    let json = String::from_utf8_lossy(&body).into_owned();
    match (framing, dialect) {
        (Framing::JsonArray, _) => format!("[{json}]").into_bytes(),
        (Framing::Sse, Dialect::Anthropic) => sse(&Event::named("error", json)),
        (Framing::Sse, Dialect::OpenaiChat) => sse(&Event::data(json)),
        (Framing::Sse, Dialect::OpenaiResponses) => {
            openai_responses::error_events(error, Some(0)).iter().flat_map(sse).collect()
        }
        // Google's JavaScript SDK up to 2.18 gives its caller an error that comes as an event as if it were an answer
        // without content, and fails only for JSON that is no event. Readers of SSE skip that last line.
        (Framing::Sse, Dialect::Gemini) => [sse(&Event::data(json)), body].concat(),
    }
}

/// Anthropic's error types, by the status that they come with (its documentation, "Errors").
fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 | 410 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        408 | 504 => "timeout_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

/// OpenAI's error types.
pub(crate) fn openai_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    }
}

/// The status of google.rpc that goes with an HTTP status.
fn gemini_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 | 410 => "NOT_FOUND",
        408 | 504 => "DEADLINE_EXCEEDED",
        409 => "ABORTED",
        402 | 429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        400..=498 => "INVALID_ARGUMENT",
        501 => "UNIMPLEMENTED",
        502 | 503 | 529 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}
