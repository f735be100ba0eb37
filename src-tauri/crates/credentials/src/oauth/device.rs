//! Device authorization (RFC 8628) with PKCE: a short code that the user enters on a page, on any machine.

use std::{sync::Arc, time::Duration};

use oauth2::{DeviceAuthorizationUrl, PkceCodeChallenge, PkceCodeVerifier, Scope, StandardDeviceAuthorizationResponse};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Bundle, Flow, OauthError, TokenBody, TokenHttp,
    code::oauth_client,
    http::{client, read},
};
use crate::random::random_text;

/// A login that waits for the user to enter the code.
pub struct DeviceLogin {
    flow: Flow,
    client_id: String,
    client_secret: Option<SecretString>,
    verifier: SecretString,
    details: StandardDeviceAuthorizationResponse,
}

/// What the user is shown.
#[derive(Clone, Debug)]
pub struct DeviceAddress {
    /// The page to open.
    pub page: String,
    /// The page with the code filled in, if the provider has one.
    pub page_with_code: Option<String>,
    /// The code to enter.
    pub code: String,
    /// How long it is good for.
    pub expires_in: Duration,
}

impl DeviceLogin {
    /// Asks for a code.
    ///
    /// # Errors
    /// [`OauthError`].
    pub async fn begin(
        flow: &Flow,
        client_secret: Option<SecretString>,
        http: &Arc<dyn TokenHttp>,
    ) -> Result<Self, OauthError> {
        let client_id = flow.client()?.to_owned();
        let address = flow.device_url.clone().ok_or(OauthError::Misconfigured {
            provider: client_id.clone(),
            reason: "it has no \"device_url\"".to_owned(),
        })?;
        let verifier = PkceCodeVerifier::new(random_text().to_string());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let verifier = SecretString::from(verifier.into_secret());
        let oauth = oauth_client(flow, &client_id, client_secret.as_ref())
            .set_device_authorization_url(DeviceAuthorizationUrl::from_url(address));
        let mut request = oauth
            .exchange_device_code()
            .add_scopes(flow.scopes.iter().cloned().map(Scope::new))
            .add_extra_param("code_challenge", challenge.as_str().to_owned())
            .add_extra_param("code_challenge_method", challenge.method().as_str().to_owned());
        for (name, value) in &flow.parameters {
            request = request.add_extra_param(name, value);
        }
        let calls = client(http, TokenBody::Form);
        let details = request.request_async(&calls).await.map_err(|error| read(error, &[&verifier]))?;
        Ok(Self { flow: flow.clone(), client_id, client_secret, verifier, details })
    }

    /// What to show.
    pub fn address(&self) -> DeviceAddress {
        DeviceAddress {
            page: self.details.verification_uri().to_string(),
            page_with_code: self.details.verification_uri_complete().map(|uri| uri.secret().clone()),
            code: self.details.user_code().secret().clone(),
            expires_in: self.details.expires_in(),
        }
    }

    /// Asks for the tokens, no more often than the server allows (`interval`, `slow_down`), until the user has entered the code.
    /// `now` gives Unix seconds.
    ///
    /// # Errors
    /// [`OauthError::Expired`] when the code's time is over, [`OauthError::Denied`] when the user said no.
    pub async fn tokens(
        &self,
        http: &Arc<dyn TokenHttp>,
        now: impl Fn() -> u64 + Send + Sync,
    ) -> Result<Bundle, OauthError> {
        let oauth = oauth_client(&self.flow, &self.client_id, self.client_secret.as_ref());
        let calls = client(http, TokenBody::Form);
        let polling = oauth
            .exchange_device_access_token(&self.details)
            .add_extra_param("code_verifier", self.verifier.expose_secret().to_owned())
            .request_async(&calls, tokio::time::sleep, None);
        // The library reckons the end by the wall clock; a machine that sleeps or a clock that jumps is no reason to ask on.
        let polled = tokio::time::timeout(self.details.expires_in(), polling).await.map_err(|_| OauthError::Expired)?;
        let device_code = SecretString::from(self.details.device_code().secret().as_str());
        let sent: Vec<&SecretString> = [&device_code, &self.verifier].into_iter().chain(&self.client_secret).collect();
        let tokens = polled.map_err(|error| read(error, &sent))?;
        Ok(Bundle::of(&tokens, &self.flow, &self.client_id, now()))
    }
}

#[cfg(test)]
mod tests;
