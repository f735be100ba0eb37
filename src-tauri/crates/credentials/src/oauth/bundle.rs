//! What a login leaves: the tokens of one account, and what is known about them.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth2::{ExtraTokenFields, StandardTokenResponse, TokenResponse as _, basic::BasicTokenType};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Flow;

/// The tokens of one account.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Goes with requests. Empty once the login has ended.
    pub access: SecretString,
    /// Gets the next one; a provider may give none.
    pub refresh: Option<SecretString>,
    /// Unix seconds by this machine's clock; `None` where the provider does not say.
    pub expires_at: Option<u64>,
    /// When the tokens came, Unix seconds.
    pub obtained_at: u64,
    /// When the account was logged in, Unix seconds.
    pub logged_in_at: u64,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Who, as the provider calls them.
    pub who: Option<String>,
    /// The client that the tokens were given to.
    pub client_id: String,
    /// Where they came from, and the only origin that the refresh token goes to.
    pub token_url: String,
    /// The login is over.
    pub ended: Option<Ended>,
}

/// How a login ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Unix seconds.
    pub at: u64,
    /// In words.
    pub why: String,
}

/// As it is written into the secret store.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    access: String,
    refresh: Option<String>,
    expires_at: Option<u64>,
    obtained_at: u64,
    logged_in_at: u64,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    who: Option<String>,
    client_id: String,
    token_url: String,
    #[serde(default)]
    ended: Option<Ended>,
}

impl Drop for Written {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.access);
        zeroize::Zeroize::zeroize(&mut self.refresh);
    }
}

/// What a token endpoint sends beside the standard's fields.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extra(#[serde(default)] pub(crate) Map<String, Value>);

impl ExtraTokenFields for Extra {}

/// A token endpoint's answer.
pub(crate) type Tokens = StandardTokenResponse<Extra, BasicTokenType>;

impl Bundle {
    /// From a token endpoint's answer at `now`.
    pub(crate) fn of(tokens: &Tokens, flow: &Flow, client_id: &str, now: u64) -> Self {
        let scopes = tokens.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect());
        Self {
            access: SecretString::from(tokens.access_token().secret().as_str()),
            refresh: tokens.refresh_token().map(|token| SecretString::from(token.secret().as_str())),
            expires_at: tokens.expires_in().map(|lifetime| now.saturating_add(lifetime.as_secs())),
            obtained_at: now,
            logged_in_at: now,
            scopes: scopes.unwrap_or_else(|| flow.scopes.clone()),
            who: who(&tokens.extra_fields().0),
            client_id: client_id.to_owned(),
            token_url: flow.token_url.to_string(),
            ended: None,
        }
    }

    /// The same login with the tokens of a refresh. Where the answer leaves something out, it stays (RFC 6749 §6).
    pub(crate) fn renewed(&self, tokens: &Tokens, flow: &Flow, now: u64) -> Self {
        let fresh = Self::of(tokens, flow, &self.client_id, now);
        Self {
            refresh: fresh.refresh.or_else(|| self.refresh.clone()),
            scopes: if tokens.scopes().is_some() { fresh.scopes } else { self.scopes.clone() },
            who: fresh.who.or_else(|| self.who.clone()),
            logged_in_at: self.logged_in_at,
            ..fresh
        }
    }

    /// The login is over: no token is kept, only that there was one.
    pub(crate) fn end(&self, why: &str, now: u64) -> Self {
        Self {
            access: SecretString::from(""),
            refresh: None,
            ended: Some(Ended { at: now, why: why.to_owned() }),
            ..self.clone()
        }
    }

    /// When it is to be refreshed: 5 minutes or a tenth of its lifetime before its end, whichever is less.
    pub fn due_at(&self) -> Option<u64> {
        let expires_at = self.expires_at?;
        let lifetime = expires_at.saturating_sub(self.obtained_at);
        Some(expires_at.saturating_sub((lifetime / 10).min(300)))
    }

    /// Whether its time is over.
    pub fn expired(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// As text for the secret store.
    pub(crate) fn write(&self) -> SecretString {
        let written = Written {
            version: 1,
            access: self.access.expose_secret().to_owned(),
            refresh: self.refresh.as_ref().map(|token| token.expose_secret().to_owned()),
            expires_at: self.expires_at,
            obtained_at: self.obtained_at,
            logged_in_at: self.logged_in_at,
            scopes: self.scopes.clone(),
            who: self.who.clone(),
            client_id: self.client_id.clone(),
            token_url: self.token_url.clone(),
            ended: self.ended.clone(),
        };
        let text = Zeroizing::new(serde_json::to_string(&written).expect("text and numbers are JSON"));
        SecretString::from(text.as_str())
    }

    /// Reads what [`Bundle::write`] wrote; `None` if it is something else.
    pub(crate) fn read(text: &SecretString) -> Option<Self> {
        let mut written: Written = serde_json::from_str(text.expose_secret()).ok()?;
        Some(Self {
            access: SecretString::from(std::mem::take(&mut written.access)),
            refresh: written.refresh.take().map(SecretString::from),
            expires_at: written.expires_at,
            obtained_at: written.obtained_at,
            logged_in_at: written.logged_in_at,
            scopes: std::mem::take(&mut written.scopes),
            who: written.who.take(),
            client_id: std::mem::take(&mut written.client_id),
            token_url: std::mem::take(&mut written.token_url),
            ended: written.ended.take(),
        })
    }
}

/// Who logged in, where the answer says it: Anthropic's `account`, or an id token's claims. The token came straight from
/// its endpoint, so that its signature need not be looked at (OpenID Connect Core §3.1.3.7); it decides nothing, it is only
/// shown.
fn who(extra: &Map<String, Value>) -> Option<String> {
    let named = |of: &Value| {
        ["email_address", "email", "preferred_username", "name"]
            .iter()
            .find_map(|key| Some(of.get(key)?.as_str()?.to_owned()))
    };
    if let Some(account) = extra.get("account").and_then(&named) {
        return Some(account);
    }
    let token = extra.get("id_token")?.as_str()?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    named(&claims).or_else(|| Some(claims.get("sub")?.as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flow() -> Flow {
        let data = json!({
            "flow": "authorization-code", "authorize_url": "https://login.test/a", "token_url": "https://login.test/token",
            "client_id": "c", "scopes": ["asked"]
        });
        Flow::of("p", &data).unwrap()
    }

    fn tokens(answer: &Value) -> Tokens {
        serde_json::from_value(answer.clone()).unwrap()
    }

    #[test]
    fn a_bundle_is_read_back_from_its_text() {
        let answer = json!({"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 3600,
            "scope": "x y", "account": {"email_address": "me@home.test"}});
        let bundle = Bundle::of(&tokens(&answer), &flow(), "c", 1_000);
        let read = Bundle::read(&bundle.write()).unwrap();
        assert_eq!(read.access.expose_secret(), "a");
        assert_eq!(read.refresh.unwrap().expose_secret(), "r");
        assert_eq!((read.expires_at, read.obtained_at), (Some(4_600), 1_000));
        assert_eq!(read.scopes, ["x", "y"]);
        assert_eq!(read.who.as_deref(), Some("me@home.test"));
        assert!(Bundle::read(&SecretString::from("sk-a-key")).is_none());
    }

    #[test]
    fn it_is_due_five_minutes_or_a_tenth_of_its_life_before_its_end() {
        for (lifetime, ahead) in [(28_800, 300), (3_600, 300), (600, 60), (60, 6), (5, 0)] {
            let answer = json!({"access_token": "a", "token_type": "bearer", "expires_in": lifetime});
            let bundle = Bundle::of(&tokens(&answer), &flow(), "c", 1_000);
            assert_eq!(bundle.due_at(), Some(1_000 + lifetime - ahead), "{lifetime}");
        }
        let timeless = Bundle::of(&tokens(&json!({"access_token": "a", "token_type": "bearer"})), &flow(), "c", 0);
        assert_eq!(timeless.due_at(), None);
        assert!(!timeless.expired(u64::MAX));
    }

    #[test]
    fn what_a_refresh_leaves_out_stays() {
        let first = json!({"access_token": "a", "refresh_token": "r1", "token_type": "Bearer", "expires_in": 60, "scope": "x",
            "account": {"email_address": "me@home.test"}});
        let bundle = Bundle::of(&tokens(&first), &flow(), "c", 1_000);
        let bare = bundle.renewed(&tokens(&json!({"access_token": "b", "token_type": "Bearer"})), &flow(), 2_000);
        assert_eq!(bare.access.expose_secret(), "b");
        assert_eq!(bare.refresh.as_ref().unwrap().expose_secret(), "r1");
        assert_eq!((bare.scopes.clone(), bare.who.as_deref()), (vec!["x".to_owned()], Some("me@home.test")));
        assert_eq!((bare.logged_in_at, bare.obtained_at), (1_000, 2_000));
        let rotated = bare.renewed(
            &tokens(&json!({"access_token": "c", "refresh_token": "r2", "token_type": "Bearer"})),
            &flow(),
            3_000,
        );
        assert_eq!(rotated.refresh.unwrap().expose_secret(), "r2");
    }

    #[test]
    fn an_ended_login_keeps_no_token() {
        let answer = json!({"access_token": "a", "refresh_token": "r", "token_type": "Bearer"});
        let ended = Bundle::of(&tokens(&answer), &flow(), "c", 1_000).end("revoked", 2_000);
        let text = ended.write();
        let written: Value = serde_json::from_str(text.expose_secret()).unwrap();
        assert_eq!((written["access"].as_str(), written["refresh"].is_null()), (Some(""), true));
        assert_eq!(Bundle::read(&text).unwrap().ended, Some(Ended { at: 2_000, why: "revoked".into() }));
    }

    #[test]
    fn who_it_is_comes_from_the_answer_or_the_id_token() {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"42","email":"a@b.test"}"#);
        let only_sub = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"42"}"#);
        let of = |extra: Value| who(extra.as_object().unwrap());
        assert_eq!(of(json!({"id_token": format!("h.{claims}.s")})).as_deref(), Some("a@b.test"));
        assert_eq!(of(json!({"id_token": format!("h.{only_sub}.s")})).as_deref(), Some("42"));
        assert_eq!(of(json!({"id_token": "not a token"})), None);
        assert_eq!(of(json!({})), None);
    }
}
