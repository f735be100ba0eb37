//! The caller's own credential (scheme `caller`): a client that is itself logged in at a provider keeps its login there, and
//! has the other members behind it.
//!
//! Only a client whose token came as `x-mainstay-token` or in the path can have one: for others the header that could carry
//! it held the token. It goes to its own provider only, for calls in that provider's own dialect, and is never logged. Health
//! is kept under a hash of it that is keyed anew in every run, so what one caller's login is rejected for is held against
//! nobody else, and nothing that outlives the process tells one login from another.

use crate::routing::Presented;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use mainstay_dialects::Dialect;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// What stands in place of a secret in a text.
const REDACTED: &str = "[redacted]";
/// A secret shorter than this is not looked for in texts: it would be found in any word.
const SHORTEST: usize = 8;

/// What a client brought of its own.
#[derive(Default)]
pub(crate) struct CallersOwn {
    presented: Vec<Presented>,
    secrets: Vec<Zeroizing<String>>,
}

impl fmt::Debug for CallersOwn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallersOwn").field("headers", &self.presented.len()).finish_non_exhaustive()
    }
}

impl CallersOwn {
    /// Takes the credential headers of a request, and Gemini's `?key=` as the header that means the same, but for what
    /// `is_ours` says is a token of this gateway.
    pub(crate) fn take(headers: &HeaderMap, query: Option<&str>, is_ours: impl Fn(&str) -> bool) -> Self {
        let mut own = Self::default();
        for name in [AUTHORIZATION, X_API_KEY, X_GOOG_API_KEY] {
            if let Some(value) = headers.get(&name) {
                own.add(name, value.clone(), &is_ours);
            }
        }
        let key = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == "key");
        if let Some(value) = key.and_then(|(_, key)| HeaderValue::from_str(&key).ok())
            && !headers.contains_key(&X_GOOG_API_KEY)
        {
            own.add(X_GOOG_API_KEY, value, &is_ours);
        }
        own
    }

    fn add(&mut self, header: HeaderName, mut value: HeaderValue, is_ours: impl Fn(&str) -> bool) {
        let Ok(text) = value.to_str() else { return };
        // `Bearer`, `Basic`: the scheme is no secret.
        let secret = text.split_once(' ').filter(|_| header == AUTHORIZATION).map_or(text, |(_, secret)| secret).trim();
        if secret.is_empty() || is_ours(secret) {
            return;
        }
        self.secrets.push(Zeroizing::new(secret.to_owned()));
        value.set_sensitive(true);
        self.presented.push(Presented { header, value });
    }

    /// What a provider of this dialect takes of it; empty when the client brought nothing for it.
    pub(crate) fn of_dialect(&self, dialect: Dialect) -> Vec<Presented> {
        let taken: &[HeaderName] = match dialect {
            Dialect::Anthropic => &[AUTHORIZATION, X_API_KEY],
            Dialect::OpenaiChat | Dialect::OpenaiResponses => &[AUTHORIZATION],
            Dialect::Gemini => &[AUTHORIZATION, X_GOOG_API_KEY],
        };
        self.presented.iter().filter(|presented| taken.contains(&presented.header)).cloned().collect()
    }

    /// A text of an upstream without the secrets that were sent to it.
    pub(crate) fn clean(&self, text: &str) -> String {
        let long = self.secrets.iter().filter(|secret| secret.len() >= SHORTEST);
        long.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED))
    }

    /// The same for bytes; what is no text stays as it is.
    pub(crate) fn clean_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.secrets.is_empty() {
            return bytes;
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.clean(text).into_bytes(),
            Err(_) => bytes,
        }
    }
}

/// The key under which callers' credentials are told apart in this run.
pub(crate) struct MarkKey([u8; 32]);

impl MarkKey {
    pub(crate) fn new() -> Self {
        Self(rand::random())
    }

    /// The id under which health is kept for these headers; it says nothing about the secret.
    pub(crate) fn mark(&self, presented: &[Presented]) -> String {
        let mut digest = Sha256::new_with_prefix(self.0);
        for Presented { header, value } in presented {
            digest.update(header.as_str());
            digest.update([0]);
            digest.update(value.as_bytes());
            digest.update([0]);
        }
        // Half of it: enough to tell callers apart, and the key can't be carried on from it.
        let hex: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("caller:{hex}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &str)], query: Option<&str>) -> CallersOwn {
        let headers =
            pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect();
        CallersOwn::take(&headers, query, |secret| secret == "our-door-token")
    }

    #[test]
    fn a_provider_gets_the_headers_that_it_takes_and_never_our_token() {
        let names = |own: &CallersOwn, dialect| {
            own.of_dialect(dialect).iter().map(|p| p.header.as_str().to_owned()).collect::<Vec<_>>()
        };
        let all = own(&[("authorization", "Bearer theirs-1"), ("x-api-key", "theirs-2")], Some("alt=sse&key=theirs-3"));
        assert_eq!(names(&all, Dialect::Anthropic), ["authorization", "x-api-key"]);
        assert_eq!(names(&all, Dialect::OpenaiChat), ["authorization"]);
        assert_eq!(names(&all, Dialect::Gemini), ["authorization", "x-goog-api-key"]);
        let ours = own(&[("authorization", "Bearer our-door-token"), ("x-api-key", "our-door-token")], None);
        assert!(names(&ours, Dialect::Anthropic).is_empty());
        assert!(names(&own(&[("authorization", "Bearer ")], None), Dialect::Anthropic).is_empty());
    }

    #[test]
    fn a_mark_tells_callers_apart_in_one_run_only() {
        let (key, other) = (MarkKey::new(), MarkKey::new());
        let mark =
            |key: &MarkKey, secret: &str| key.mark(&own(&[("x-api-key", secret)], None).of_dialect(Dialect::Anthropic));
        assert_eq!(mark(&key, "theirs-1"), mark(&key, "theirs-1"));
        assert_ne!(mark(&key, "theirs-1"), mark(&key, "theirs-2"));
        assert_ne!(mark(&key, "theirs-1"), mark(&other, "theirs-1"));
        assert!(mark(&key, "theirs-1").starts_with("caller:"));
    }

    #[test]
    fn no_secret_is_left_in_a_text_or_shows_when_printed() {
        let own = own(&[("authorization", "Bearer sk-theirs-1")], None);
        assert_eq!(
            own.clean("Incorrect key sk-theirs-1 (Bearer sk-theirs-1)"),
            "Incorrect key [redacted] (Bearer [redacted])"
        );
        assert_eq!(own.clean_bytes(b"\xff sk".to_vec()), b"\xff sk");
        assert!(!format!("{own:?} {:?}", own.of_dialect(Dialect::Anthropic)).contains("theirs"));
    }
}
