//! A refresh (RFC 6749 §6) and a revocation (RFC 7009), one call each.

use std::sync::Arc;

use ::http::header::CONTENT_TYPE;
use oauth2::RefreshToken;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Bundle, Flow, OauthError, TokenBody, TokenHttp, Unreached,
    code::oauth_client,
    http::{clean, client, read},
};
use crate::Origin;

/// Trades the refresh token for new tokens.
///
/// # Errors
/// [`OauthError::InvalidGrant`] when the login is over; also where the login has no refresh token, or its provider's address is
/// no longer the one that gave it: it goes nowhere else.
pub(crate) async fn refresh(
    bundle: &Bundle,
    flow: &Flow,
    client_secret: Option<&SecretString>,
    http: &Arc<dyn TokenHttp>,
    now: u64,
) -> Result<Bundle, OauthError> {
    let token = bundle.refresh.as_ref().filter(|_| bundle.ended.is_none()).ok_or(OauthError::InvalidGrant)?;
    let at_home =
        url::Url::parse(&bundle.token_url).is_ok_and(|url| Origin::from(&url) == Origin::from(&flow.token_url));
    if !at_home {
        return Err(OauthError::InvalidGrant);
    }
    let oauth = oauth_client(flow, &bundle.client_id, client_secret);
    let refresh = RefreshToken::new(token.expose_secret().to_owned());
    let calls = client(http, TokenBody::Form);
    let tokens = oauth.exchange_refresh_token(&refresh).request_async(&calls).await;
    let sent: Vec<&SecretString> = [token, &bundle.access].into_iter().chain(client_secret).collect();
    tokens.map(|tokens| bundle.renewed(&tokens, flow, now)).map_err(|error| read(error, &sent))
}

/// Tells the provider that the tokens are done with, where it takes that. By hand: the `oauth2` crate takes no address on this
/// machine without TLS.
///
/// # Errors
/// [`OauthError`]; the tokens are forgotten here all the same.
pub(crate) async fn revoke(
    bundle: &Bundle,
    flow: &Flow,
    client_secret: Option<&SecretString>,
    http: &Arc<dyn TokenHttp>,
) -> Result<(), OauthError> {
    let Some(address) = flow.revoke_url.clone().filter(|_| bundle.ended.is_none()) else { return Ok(()) };
    let token = bundle.refresh.as_ref().unwrap_or(&bundle.access);
    let kind = if bundle.refresh.is_some() { "refresh_token" } else { "access_token" };
    let mut fields =
        vec![("token", token.expose_secret()), ("token_type_hint", kind), ("client_id", &bundle.client_id)];
    fields.extend(client_secret.map(|secret| ("client_secret", secret.expose_secret())));
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = ::http::Request::post(address.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.into_bytes())
        .map_err(|error| OauthError::Malformed { reason: error.to_string() })?;
    let sent: Vec<&SecretString> = bundle.refresh.iter().chain([&bundle.access]).chain(client_secret).collect();
    let answer = http.send(request).await;
    let answer = answer.map_err(|Unreached(reason)| OauthError::Unreached { reason: clean(&reason, &sent) })?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(OauthError::Unreached { reason: format!("it answered {status}") }),
    }
}
