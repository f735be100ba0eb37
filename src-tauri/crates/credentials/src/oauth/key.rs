//! OpenRouter's flow for apps of third parties: PKCE in the browser, and the code is traded for an API key. It is not OAuth
//! (no client id, no token response), so it is a small flow of its own.
//!
//! Source: OpenRouter's documentation, "OAuth PKCE".

use std::sync::Arc;

use ::http::{Request, header::CONTENT_TYPE};
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{Flow, OauthError, TokenHttp, Unreached, http::clean};
use crate::random::random_text;

/// A login that waits for its code.
pub struct KeyLogin {
    token_url: Url,
    verifier: SecretString,
    state: SecretString,
    address: Url,
}

impl KeyLogin {
    /// Begins a login whose browser comes back to `redirect`.
    ///
    /// # Errors
    /// A flow without an address for the browser.
    pub fn begin(flow: &Flow, redirect: &Url) -> Result<Self, OauthError> {
        let mut address = flow.authorize_url.clone().ok_or_else(|| OauthError::Misconfigured {
            provider: flow.token_url.to_string(),
            reason: "it has no \"authorize_url\"".to_owned(),
        })?;
        let verifier = PkceCodeVerifier::new(random_text().to_string());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let state = random_text();
        // The flow has no state of its own; the address to come back to carries ours.
        let mut back = redirect.clone();
        back.query_pairs_mut().append_pair("state", &state);
        address
            .query_pairs_mut()
            .append_pair("callback_url", back.as_str())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", challenge.method().as_str())
            .extend_pairs(&flow.parameters);
        Ok(Self {
            token_url: flow.token_url.clone(),
            verifier: SecretString::from(verifier.into_secret()),
            state: SecretString::from(state.as_str()),
            address,
        })
    }

    /// Where the browser goes.
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// Waits for the browser at `loopback`.
    ///
    /// # Errors
    /// As [`Loopback::code`](super::Loopback::code).
    pub async fn code(&self, loopback: super::Loopback) -> Result<SecretString, OauthError> {
        loopback.code_with_state(&self.state).await
    }

    /// Trades the code for a key.
    ///
    /// # Errors
    /// [`OauthError`].
    pub async fn redeem(&self, code: &SecretString, http: &Arc<dyn TokenHttp>) -> Result<SecretString, OauthError> {
        let body = json!({
            "code": code.expose_secret(),
            "code_verifier": self.verifier.expose_secret(),
            "code_challenge_method": "S256",
        });
        let request = Request::post(self.token_url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes())
            .map_err(|error| OauthError::Malformed { reason: error.to_string() })?;
        let sent = [code, &self.verifier];
        let response = http
            .send(request)
            .await
            .map_err(|Unreached(reason)| OauthError::Unreached { reason: clean(&reason, &sent) })?;
        let status = response.status();
        if status.is_server_error() {
            return Err(OauthError::Unreached { reason: format!("it answered {status}") });
        }
        let answer: Value = serde_json::from_slice(response.body())
            .map_err(|_| OauthError::Malformed { reason: format!("{status} without JSON") })?;
        match answer.get("key").and_then(Value::as_str).filter(|_| status.is_success()) {
            Some(key) if !key.is_empty() => Ok(SecretString::from(key)),
            _ if status.as_u16() == 403 => Err(OauthError::InvalidGrant),
            _ => {
                let said = answer.pointer("/error/message").and_then(Value::as_str).map(|said| clean(said, &sent));
                Err(OauthError::Refused { code: status.as_u16().to_string(), description: said })
            }
        }
    }
}
