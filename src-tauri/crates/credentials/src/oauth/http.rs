//! The calls to a login server: through whoever knows the proxy and the certificates, and as the vendor wants them.

use std::{future::Future, pin::Pin, sync::Arc};

use ::http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use async_trait::async_trait;
use oauth2::{ErrorResponse, ErrorResponseType, RequestTokenError};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{OauthError, TokenBody};
use crate::Redactor;

/// The most of a server's words that is kept.
const LONGEST_SAID: usize = 300;

/// Makes one HTTP call to a login server. No redirects: they would carry a code or a token elsewhere.
#[async_trait]
pub trait TokenHttp: Send + Sync {
    /// The whole answer, whatever its status.
    ///
    /// # Errors
    /// [`Unreached`] when there is none.
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unreached>;
}

/// Nobody answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreached(pub String);

/// One call on its way.
type Call = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Unreached>> + Send>>;

/// The client as the `oauth2` crate wants it. A server's failure is kept apart from its refusal: it says nothing about the
/// login.
pub(crate) fn client(
    http: &Arc<dyn TokenHttp>,
    body: TokenBody,
) -> impl Fn(Request<Vec<u8>>) -> Call + Send + Sync + use<> {
    let http = Arc::clone(http);
    move |request| {
        let http = Arc::clone(&http);
        Box::pin(async move {
            let request = if body == TokenBody::Json { as_json(request) } else { request };
            let response = http.send(request).await?;
            if response.status().is_server_error() || response.status() == ::http::StatusCode::TOO_MANY_REQUESTS {
                return Err(Unreached(format!("it answered {}", response.status())));
            }
            Ok(response)
        })
    }
}

/// The same fields as a JSON object.
fn as_json(request: Request<Vec<u8>>) -> Request<Vec<u8>> {
    let (mut parts, body) = request.into_parts();
    let fields: Map<String, Value> = url::form_urlencoded::parse(&body)
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Request::from_parts(parts, Value::Object(fields).to_string().into_bytes())
}

/// Reads a failed call. `sent` are the secrets of the request: a server may echo them.
pub(crate) fn read<T>(error: RequestTokenError<Unreached, T>, sent: &[&SecretString]) -> OauthError
where
    T: ErrorResponse + Told + 'static,
{
    match error {
        RequestTokenError::Request(Unreached(reason)) => OauthError::Unreached { reason: clean(&reason, sent) },
        RequestTokenError::ServerResponse(refusal) => {
            let (code, description) = refusal.told();
            match code.as_str() {
                "access_denied" => OauthError::Denied,
                "invalid_grant" => OauthError::InvalidGrant,
                "expired_token" => OauthError::Expired,
                _ => OauthError::Refused {
                    code: clean(&code, sent),
                    description: description.map(|said| clean(&said, sent)).filter(|said| !said.is_empty()),
                },
            }
        }
        // Its text may hold whatever the server sent, tokens too.
        RequestTokenError::Parse(error, _) => {
            OauthError::Malformed { reason: format!("\"{}\" is not what it should be", error.path()) }
        }
        RequestTokenError::Other(_) => OauthError::Malformed { reason: "it is empty".to_owned() },
    }
}

/// A refusal's code and words.
pub(crate) trait Told {
    fn told(&self) -> (String, Option<String>);
}

impl<T: ErrorResponseType + AsRef<str> + 'static> Told for oauth2::StandardErrorResponse<T> {
    fn told(&self) -> (String, Option<String>) {
        (self.error().as_ref().to_owned(), self.error_description().cloned())
    }
}

/// Without what was sent, on one line, and not too long.
pub(crate) fn clean(text: &str, sent: &[&SecretString]) -> String {
    let redactor = Redactor::new();
    for secret in sent {
        redactor.learn(secret);
    }
    let text: String =
        redactor.clean(text).chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_SAID).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_json_with_the_same_fields() {
        let request =
            Request::builder().uri("https://login.test/token").body(b"code=a%2Bb&state=s+t".to_vec()).unwrap();
        let request = as_json(request);
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(
            serde_json::from_slice::<Value>(request.body()).unwrap(),
            serde_json::json!({"code": "a+b", "state": "s t"})
        );
    }

    #[test]
    fn what_a_server_echoes_is_cleaned() {
        let secret = SecretString::from("canary-refresh-token-1");
        let said = clean("no such token: canary-refresh-token-1\nsorry", &[&secret]);
        assert!(!said.contains("canary"), "{said}");
        assert!(!said.contains('\n'));
    }
}
