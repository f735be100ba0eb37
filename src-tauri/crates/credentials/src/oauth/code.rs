//! Authorization code with PKCE (RFC 6749 §4.1, RFC 7636): the address for the browser, and the code's trade for tokens.

use std::{borrow::Cow, sync::Arc};

use oauth2::{
    AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardRevocableToken, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Bundle, Flow, OauthError, StateForm, TokenBody, TokenHttp, bundle::Tokens, http::read};
use crate::random::random_text;

/// The `oauth2` crate's client for our answers.
pub(crate) type OauthClient<Auth = EndpointNotSet> = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Auth,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The client of a flow.
pub(crate) fn oauth_client(flow: &Flow, client_id: &str, secret: Option<&SecretString>) -> OauthClient {
    let client = Client::new(ClientId::new(client_id.to_owned()))
        .set_token_uri(TokenUrl::from_url(flow.token_url.clone()))
        .set_auth_type(oauth2::AuthType::RequestBody);
    match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
        None => client,
    }
}

/// A login that waits for its code. Holds the verifier, without which the code is worth nothing.
pub struct CodeLogin {
    flow: Flow,
    client_id: String,
    client_secret: Option<SecretString>,
    redirect: Url,
    verifier: SecretString,
    state: SecretString,
    address: Url,
}

/// A code as the provider's page shows it: `CODE#STATE`, or the whole address that the browser ended on.
pub struct Pasted {
    code: SecretString,
    state: Option<SecretString>,
}

impl Pasted {
    /// Reads what was pasted.
    ///
    /// # Errors
    /// [`OauthError::NoCode`] if there is no code in it.
    pub fn read(text: &str) -> Result<Self, OauthError> {
        let text = text.trim();
        let secret = |text: &str| SecretString::from(text);
        if let Ok(url) = Url::parse(text)
            && matches!(url.scheme(), "http" | "https")
        {
            let find = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| secret(&value));
            return match find("code") {
                Some(code) => Ok(Self { code, state: find("state") }),
                None if find("error").is_some() => Err(OauthError::Denied),
                None => Err(OauthError::NoCode),
            };
        }
        if text.is_empty() || text.chars().any(char::is_whitespace) {
            return Err(OauthError::NoCode);
        }
        Ok(match text.split_once('#') {
            Some((code, state)) => Self { code: secret(code), state: Some(secret(state)) },
            None => Self { code: secret(text), state: None },
        })
    }
}

impl CodeLogin {
    /// Begins a login whose browser comes back to `redirect`.
    ///
    /// # Errors
    /// [`OauthError::NeedsClient`], or a flow without an address for the browser.
    pub fn begin(flow: &Flow, client_secret: Option<SecretString>, redirect: Url) -> Result<Self, OauthError> {
        let client_id = flow.client()?.to_owned();
        let authorize = flow.authorize_url.clone().ok_or(OauthError::Misconfigured {
            provider: client_id.clone(),
            reason: "it has no \"authorize_url\"".to_owned(),
        })?;
        let verifier = PkceCodeVerifier::new(random_text().to_string());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let verifier = SecretString::from(verifier.into_secret());
        let state = match flow.state {
            StateForm::Random => SecretString::from(random_text().as_str()),
            StateForm::Verifier => verifier.clone(),
        };
        let client: OauthClient<EndpointSet> =
            oauth_client(flow, &client_id, None).set_auth_uri(AuthUrl::from_url(authorize));
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.expose_secret().to_owned()))
            .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(redirect.clone())))
            .set_pkce_challenge(challenge)
            .add_scopes(flow.scopes.iter().cloned().map(Scope::new));
        for (name, value) in &flow.parameters {
            request = request.add_extra_param(name, value);
        }
        let (address, _) = request.url();
        Ok(Self { flow: flow.clone(), client_id, client_secret, redirect, verifier, state, address })
    }

    /// Where the browser goes. Holds the state, so it is no more to be logged than a password.
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// What has to come back with the code.
    pub(crate) fn state(&self) -> &SecretString {
        &self.state
    }

    /// Trades the code that came back for tokens. `now` in Unix seconds.
    ///
    /// # Errors
    /// [`OauthError`]; the code is then used up in most cases.
    pub async fn redeem(&self, code: &SecretString, http: &Arc<dyn TokenHttp>, now: u64) -> Result<Bundle, OauthError> {
        let client = oauth_client(&self.flow, &self.client_id, self.client_secret.as_ref());
        let mut request = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(self.redirect.clone())))
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier.expose_secret().to_owned()));
        if self.flow.token_body == TokenBody::Json {
            // The vendors that want JSON want the state beside the code.
            request = request.add_extra_param("state", self.state.expose_secret().to_owned());
        }
        let calls = super::http::client(http, self.flow.token_body);
        let tokens = request.request_async(&calls).await;
        let sent: Vec<&SecretString> =
            [code, &self.verifier, &self.state].into_iter().chain(&self.client_secret).collect();
        tokens.map(|tokens| Bundle::of(&tokens, &self.flow, &self.client_id, now)).map_err(|error| read(error, &sent))
    }

    /// As [`CodeLogin::redeem`], with a code that the user has pasted.
    ///
    /// # Errors
    /// [`OauthError::WrongState`] if it belongs to another login, and what [`CodeLogin::redeem`] gives.
    pub async fn redeem_pasted(
        &self,
        pasted: &Pasted,
        http: &Arc<dyn TokenHttp>,
        now: u64,
    ) -> Result<Bundle, OauthError> {
        if pasted.state.as_ref().is_some_and(|state| state.expose_secret() != self.state.expose_secret()) {
            return Err(OauthError::WrongState);
        }
        self.redeem(&pasted.code, http, now).await
    }
}

#[cfg(test)]
mod tests;
