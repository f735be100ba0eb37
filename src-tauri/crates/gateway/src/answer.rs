//! Responses to the client, and the headers of ours on them.

use crate::failure::Failure;
use crate::trail::Trail;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use mainstay_dialects::{ClientError, Dialect, write_error};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::convert::Infallible;

/// What every response of the gateway is made of.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(crate) const SERVED_BY: HeaderName = HeaderName::from_static("x-mainstay-served-by");
pub(crate) const ATTEMPTS: HeaderName = HeaderName::from_static("x-mainstay-attempts");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-mainstay-request-id");
pub(crate) const NOTES: HeaderName = HeaderName::from_static("x-mainstay-notes");
pub(crate) const ERROR: HeaderName = HeaderName::from_static("x-mainstay-error");
pub(crate) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Notes beyond this many characters stay on the trail only.
const NOTES_LIMIT: usize = 1024;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(crate) const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");

/// A whole body.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// An empty response.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A JSON response.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// An error in the one shape that people's programs get outside the dialects: `{code, message, hint}`.
pub fn problem(status: u16, code: &str, message: &str, hint: &str) -> Response<Body> {
    let body = serde_json::json!({ "code": code, "message": message, "hint": hint }).to_string();
    let mut response = json(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body);
    response.headers_mut().insert(ERROR, value(code));
    response
}

/// An error in the client's dialect, or the upstream's own where it goes on unchanged.
pub(crate) fn failure(dialect: Dialect, request_id: &str, failure: &Failure) -> Response<Body> {
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = match &failure.verbatim {
        Some(verbatim) => {
            let mut response = Response::new(whole(verbatim.body.clone()));
            let content_type = verbatim.content_type.clone().unwrap_or(JSON);
            response.headers_mut().insert(CONTENT_TYPE, content_type);
            *response.status_mut() = status;
            response
        }
        None => {
            let error =
                ClientError { status: failure.status, code: &failure.code, message: &failure.message, request_id };
            let mut response = json(status, write_error(dialect, &error));
            response.headers_mut().insert(ERROR, value(&failure.code));
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(ATTEMPTS, HeaderValue::from(failure.attempts));
    if let Some(seconds) = failure.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if failure.no_retry {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    response
}

/// Names the request: in our header, and in the one that the dialect's SDKs read, unless the provider has named it there.
pub(crate) fn name_request(headers: &mut HeaderMap, dialect: Dialect, id: &str) {
    headers.insert(REQUEST_ID, value(id));
    let own = match dialect {
        Dialect::Anthropic => HeaderName::from_static("request-id"),
        Dialect::OpenaiChat | Dialect::OpenaiResponses => HeaderName::from_static("x-request-id"),
        Dialect::Gemini => return,
    };
    headers.entry(own).or_insert_with(|| value(id));
}

/// Puts on the headers that explain an exchange (failover §3.13).
pub(crate) fn explain(headers: &mut HeaderMap, trail: &Trail) {
    name_request(headers, trail.dialect, &trail.id);
    headers.insert(ATTEMPTS, HeaderValue::from(trail.attempts.len()));
    if let Some(member) = &trail.served_by {
        headers.insert(SERVED_BY, value(&utf8_percent_encode(member, NAME_SAFE).to_string()));
    }
    if !trail.notes.is_empty() {
        headers.insert(NOTES, value(&trail.notes.join("; ")));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

const NAME_SAFE: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A header value of printable ASCII, whatever the text.
pub(crate) fn value(text: &str) -> HeaderValue {
    if text.len() <= NOTES_LIMIT && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    }
    let tidy: String = text.chars().take(NOTES_LIMIT).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    HeaderValue::from_str(&tidy).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_header_value() {
        assert_eq!(value("temperature: client sent 1\r\nx: y"), "temperature: client sent 1??x: y");
        assert_eq!(value("größe"), "gr??e");
        assert_eq!(value(&"a".repeat(5000)).len(), NOTES_LIMIT);
    }
}
