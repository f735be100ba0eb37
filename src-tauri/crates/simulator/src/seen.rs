//! What a practice provider remembers of the requests it got, for tests and for the person who practises.
//!
//! Credentials stay inside: what is printed or serialised shows the first 12 hex digits of their SHA-256 in their place.
//! The questions that a test has about them are answered by [`Seen::key_was`] and [`Seen::mentions`].

use std::{
    collections::VecDeque,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Uri};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Requests kept per provider; older ones are forgotten.
const KEPT_REQUESTS: usize = 1000;
/// Body bytes kept per provider; older requests are forgotten.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// A request that a practice provider got. Cheap to clone.
#[derive(Clone)]
pub struct Seen(Arc<Request>);

struct Request {
    number: u64,
    at: SystemTime,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    key: Option<String>,
}

impl Seen {
    pub(crate) fn new(
        number: u64,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
        key: Option<String>,
    ) -> Self {
        Self(Arc::new(Request { number, at: SystemTime::now(), method, uri, headers, body, key }))
    }

    /// Its number among the requests of this provider, from 1.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// When it had been read whole.
    pub fn at(&self) -> SystemTime {
        self.0.at
    }

    /// `GET`, `POST`, …
    pub fn method(&self) -> &str {
        self.0.method.as_str()
    }

    /// Path and query as sent, the value of `key=` redacted.
    pub fn path(&self) -> String {
        let path = self.0.uri.path();
        let Some(query) = self.0.uri.query() else { return path.to_owned() };
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if name.eq_ignore_ascii_case("key") => {
                    format!("{name}={}", redacted(value.as_bytes()))
                }
                _ => pair.to_owned(),
            })
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }

    /// Names (lower case) and values in the order sent; credentials redacted to `sha256:` and 12 hex digits.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.0
            .headers
            .iter()
            .map(|(name, value)| {
                let shown = if holds_credential(name) {
                    redacted(bare(value.as_bytes()))
                } else {
                    String::from_utf8_lossy(value.as_bytes()).into_owned()
                };
                (name.as_str().to_owned(), shown)
            })
            .collect()
    }

    /// The first value of a header, redacted as in [`Seen::headers`].
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body as JSON; `Null` when there is none or it isn't JSON.
    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.0.body).unwrap_or(Value::Null)
    }

    /// The body, byte for byte.
    pub fn body_bytes(&self) -> &Bytes {
        &self.0.body
    }

    /// Whether the credential that the provider went by was exactly this.
    pub fn key_was(&self, key: &str) -> bool {
        self.0.key.as_deref() == Some(key)
    }

    /// Whether this text occurs anywhere in the request: path, query, any header, body. For tests that something
    /// (a client's own token, say) was *not* sent on.
    pub fn mentions(&self, text: &str) -> bool {
        let needle = text.as_bytes();
        let within = |hay: &[u8]| needle.is_empty() || hay.windows(needle.len()).any(|window| window == needle);
        within(self.0.uri.to_string().as_bytes())
            || self.0.headers.iter().any(|(name, value)| within(name.as_str().as_bytes()) || within(value.as_bytes()))
            || within(&self.0.body)
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Seen", 6)?;
        fields.serialize_field("number", &self.number())?;
        let at = self.at().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        fields.serialize_field("at_ms", &u64::try_from(at.as_millis()).unwrap_or(u64::MAX))?;
        fields.serialize_field("method", self.method())?;
        fields.serialize_field("path", &self.path())?;
        fields.serialize_field("headers", &self.headers())?;
        fields.serialize_field("body", &self.body())?;
        fields.end()
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("number", &self.number())
            .field("method", &self.method())
            .field("path", &self.path())
            .field("headers", &self.headers())
            .field("body", &self.body())
            .finish()
    }
}

/// The newest requests, bounded in number and in bytes so that a benchmark can run for hours.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: VecDeque<Seen>,
    bytes: usize,
}

impl Ledger {
    pub(crate) fn push(&mut self, seen: Seen) {
        self.bytes += seen.0.body.len();
        self.entries.push_back(seen);
        while self.entries.len() > KEPT_REQUESTS || (self.bytes > KEPT_BYTES && self.entries.len() > 1) {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.0.body.len();
            }
        }
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn holds_credential(name: &HeaderName) -> bool {
    ["authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "x-mainstay-token"]
        .contains(&name.as_str())
}

/// Without the scheme, so that a key has one digest however it was sent.
fn bare(value: &[u8]) -> &[u8] {
    match value.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"bearer ") => rest,
        _ => value,
    }
}

fn redacted(secret: &[u8]) -> String {
    let digest = Sha256::digest(secret);
    let mut shown = String::from("sha256:");
    for byte in digest.iter().take(6) {
        shown.push_str(&format!("{byte:02x}"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &'static [u8]) -> Seen {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer hunter2".parse().unwrap());
        headers.insert("x-goog-api-key", "hunter2".parse().unwrap());
        headers.insert("user-agent", "t".parse().unwrap());
        let uri = "/v1/m?key=hunter2&alt=sse".parse().unwrap();
        Seen::new(1, Method::POST, uri, headers, Bytes::from_static(body), Some("hunter2".into()))
    }

    #[test]
    fn what_is_shown_holds_digests_in_place_of_credentials() {
        let seen = seen(br#"{"a":1}"#);
        for shown in [format!("{seen:?}"), serde_json::to_string(&seen).unwrap()] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        // echo -n hunter2 | sha256sum
        assert_eq!(seen.header("Authorization").as_deref(), Some("sha256:f52fbd32b2b3"));
        assert_eq!(seen.header("x-goog-api-key").as_deref(), Some("sha256:f52fbd32b2b3"));
        assert_eq!(seen.header("user-agent").as_deref(), Some("t"));
        assert_eq!(seen.path(), "/v1/m?key=sha256:f52fbd32b2b3&alt=sse");
    }

    #[test]
    fn tests_can_ask_about_credentials() {
        let seen = seen(br#"{"a":"needle"}"#);
        assert!(seen.key_was("hunter2") && !seen.key_was("hunter") && !seen.key_was(""));
        assert!(seen.mentions("needle") && seen.mentions("hunter2") && seen.mentions("alt=sse"));
        assert!(!seen.mentions("absent"));
        assert_eq!(seen.body()["a"], "needle");
    }

    #[test]
    fn the_ledger_keeps_the_newest() {
        let mut ledger = Ledger::default();
        for number in 0..1500 {
            let uri = Uri::from_static("/");
            ledger.push(Seen::new(number, Method::GET, uri, HeaderMap::new(), Bytes::from_static(b"x"), None));
        }
        let all = ledger.all();
        assert_eq!((all.len(), all[0].number(), ledger.bytes), (1000, 500, 1000));
    }

    #[test]
    fn the_ledger_is_bounded_in_bytes_and_keeps_at_least_one() {
        let mut ledger = Ledger::default();
        for number in 0..3 {
            let body = Bytes::from(vec![b' '; KEPT_BYTES / 2 + 1]);
            ledger.push(Seen::new(number, Method::POST, Uri::from_static("/"), HeaderMap::new(), body, None));
        }
        assert_eq!(ledger.all().len(), 1);
    }
}
