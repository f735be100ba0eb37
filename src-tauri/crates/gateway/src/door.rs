//! Who may come in: `Host`, `Origin`, token.
//!
//! The gateway listens on loopback, where every page in a browser and every program of every user can knock. `Host`
//! stops DNS rebinding, `Origin` and `Sec-Fetch-Site` stop pages, the token stops the rest. There is no CORS.

use crate::caller::CallersOwn;
use http::{HeaderMap, HeaderName, Uri, header};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use subtle::{Choice, ConstantTimeEq};

/// The header that carries the token best: it leaves the client's own credential headers alone.
pub(crate) const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-mainstay-token");

/// What the user allows beyond the defaults.
#[derive(Clone, Debug, Default)]
pub struct DoorRules {
    /// Further `Host` values, with or without a port (for WSL and containers).
    pub hosts: Vec<String>,
    /// `Origin` values that may call, written as browsers send them.
    pub origins: Vec<String>,
}

/// The local door of one gateway.
pub struct Door {
    rules: DoorRules,
    tokens: Vec<SecretString>,
    port: u16,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("rules", &self.rules).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the Host header \"{0}\" is not this gateway's")]
    Host(String),
    #[error("requests from web pages are not allowed (Origin \"{0}\")")]
    Origin(String),
    #[error("requests from web pages of other sites are not allowed")]
    CrossSite,
    #[error("no Mainstay token came with the request")]
    NoToken,
    #[error("the Mainstay token is wrong")]
    WrongToken,
}

impl Refused {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Host(_) | Self::Origin(_) | Self::CrossSite => 403,
            Self::NoToken | Self::WrongToken => 401,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Host(_) => "host_not_allowed",
            Self::Origin(_) | Self::CrossSite => "origin_not_allowed",
            Self::NoToken => "token_missing",
            Self::WrongToken => "token_wrong",
        }
    }

    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Host(host) => format!("To allow it, start with --allow-host {host}"),
            Self::Origin(origin) if origin == "null" => "An origin of null is never allowed".to_owned(),
            Self::Origin(origin) => format!("To allow it, add {origin} to the list of allowed origins"),
            Self::CrossSite => "Call the gateway from a program, not from a page".to_owned(),
            Self::NoToken | Self::WrongToken => {
                "Give the token that Mainstay shows as the API key, or in the header x-mainstay-token".to_owned()
            }
        }
    }
}

impl Door {
    /// A door on `port` that opens to any of `tokens`.
    pub fn new(port: u16, tokens: Vec<SecretString>, rules: DoorRules) -> Self {
        Self { rules, tokens, port }
    }

    /// Checks where a request comes from. Holds for every path, `/healthz` too.
    pub(crate) fn check_source(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Refused> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
        let host = text(header::HOST).or_else(|| uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
        if headers.get_all(header::HOST).iter().count() > 1 || !self.host_allowed(host) {
            return Err(Refused::Host(host.to_owned()));
        }
        if let Some(origin) = text(header::ORIGIN)
            && (origin == "null" || !self.rules.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)))
        {
            return Err(Refused::Origin(origin.to_owned()));
        }
        if text(HeaderName::from_static("sec-fetch-site")) == Some("cross-site")
            && !headers.contains_key(header::ORIGIN)
        {
            return Err(Refused::CrossSite);
        }
        Ok(())
    }

    fn host_allowed(&self, host: &str) -> bool {
        let own = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
            let rest =
                host.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)).map(|_| &host[name.len()..]);
            match rest {
                Some("") => self.port == 80,
                Some(rest) => rest.strip_prefix(':').and_then(|port| port.parse::<u16>().ok()) == Some(self.port),
                None => false,
            }
        });
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
        own || self
            .rules
            .hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(name))
    }

    /// Checks the token, in whichever of its forms it came.
    pub(crate) fn check_token(&self, presented: &Presented<'_>) -> Result<(), Refused> {
        let Some(given) = &presented.token else { return Err(Refused::NoToken) };
        if self.is_token(given) { Ok(()) } else { Err(Refused::WrongToken) }
    }

    fn is_token(&self, given: &str) -> bool {
        let tokens = self.tokens.iter();
        tokens
            .fold(Choice::from(0), |found, token| found | token.expose_secret().as_bytes().ct_eq(given.as_bytes()))
            .into()
    }

    /// The credential of the caller's own, which only a request can have whose token came apart from it. A token of this door
    /// is none, wherever it stands.
    pub(crate) fn callers_own(&self, presented: &Presented<'_>, headers: &HeaderMap, uri: &Uri) -> CallersOwn {
        if presented.apart {
            CallersOwn::take(headers, uri.query(), |secret| self.is_token(secret))
        } else {
            CallersOwn::default()
        }
    }
}

/// A request's path without a token prefix, and the token that it brings.
pub(crate) struct Presented<'a> {
    pub(crate) path: &'a str,
    token: Option<String>,
    /// The token came where no client has a credential: what stands in the credential headers is the caller's own.
    apart: bool,
}

/// Reads the token in the order: `x-mainstay-token`, path prefix `/t/TOKEN`, `Authorization: Bearer`, `x-api-key`,
/// `x-goog-api-key`, `?key=`.
pub(crate) fn presented<'a>(uri: &'a Uri, headers: &HeaderMap) -> Presented<'a> {
    let (path, prefix) = match uri.path().strip_prefix("/t/") {
        Some(rest) => match rest.find('/') {
            Some(end) => (&rest[end..], Some(&rest[..end])),
            None => ("/", Some(rest)),
        },
        None => (uri.path(), None),
    };
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bearer = || {
        let value = header(header::AUTHORIZATION)?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    };
    let query = || {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(name, _)| name == "key").map(|(_, value)| value.into_owned())
    };
    let apart =
        header(TOKEN_HEADER).or_else(|| prefix.map(|token| percent_decode_str(token).decode_utf8_lossy().into_owned()));
    let is_apart = apart.is_some();
    let token = apart
        .or_else(bearer)
        .or_else(|| header(HeaderName::from_static("x-api-key")))
        .or_else(|| header(HeaderName::from_static("x-goog-api-key")))
        .or_else(query);
    Presented { path, token, apart: is_apart }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use mainstay_dialects::Dialect;

    fn door() -> Door {
        let rules = DoorRules { hosts: vec!["gateway.internal".into()], origins: vec!["http://tool.local:9".into()] };
        Door::new(4117, vec!["first".to_owned().into(), "second".to_owned().into()], rules)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect()
    }

    fn source(pairs: &[(&'static str, &str)]) -> Result<(), &'static str> {
        door().check_source(&headers(pairs), &Uri::from_static("/v1/messages")).map_err(|refused| refused.code())
    }

    #[test]
    fn only_our_own_names_with_our_port_are_hosts() {
        for host in [
            "127.0.0.1:4117",
            "localhost:4117",
            "LocalHost:4117",
            "[::1]:4117",
            "gateway.internal:80",
            "gateway.internal",
        ] {
            assert_eq!(source(&[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:4118",
            "localhost",
            "evil.example",
            "evil.example:4117",
            "127.0.0.1.evil.example:4117",
            "127.0.0.1:4117@evil",
        ] {
            assert_eq!(source(&[("host", host)]), Err("host_not_allowed"), "{host}");
        }
    }

    #[test]
    fn pages_are_refused_unless_their_origin_is_listed() {
        let host = ("host", "127.0.0.1:4117");
        assert_eq!(source(&[host, ("origin", "http://tool.local:9")]), Ok(()));
        for origin in ["http://evil.example", "null", "http://127.0.0.1:4117"] {
            assert_eq!(source(&[host, ("origin", origin)]), Err("origin_not_allowed"), "{origin}");
        }
        assert_eq!(source(&[host, ("sec-fetch-site", "cross-site")]), Err("origin_not_allowed"));
        assert_eq!(source(&[host, ("sec-fetch-site", "none")]), Ok(()));
    }

    #[test]
    fn the_token_may_come_in_any_of_its_forms() {
        let forms: [(&str, &[(&'static str, &str)]); 6] = [
            ("/v1/messages", &[("x-mainstay-token", "second")]),
            ("/t/first/v1/messages", &[("authorization", "Bearer the-clients-own")]),
            ("/v1/messages", &[("authorization", "bearer first")]),
            ("/v1/messages", &[("x-api-key", "first")]),
            ("/v1/messages", &[("x-goog-api-key", "first")]),
            ("/v1/messages?alt=sse&key=first", &[]),
        ];
        for (uri, pairs) in forms {
            let uri: Uri = uri.parse().unwrap();
            let presented = presented(&uri, &headers(pairs));
            assert_eq!(presented.path, "/v1/messages");
            assert_eq!(door().check_token(&presented), Ok(()), "{uri}");
        }
    }

    #[test]
    fn only_a_token_that_came_apart_leaves_the_credential_headers_to_the_caller() {
        let own = |uri: &str, pairs: &[(&'static str, &str)]| {
            let (uri, headers): (Uri, _) = (uri.parse().unwrap(), headers(pairs));
            door().callers_own(&presented(&uri, &headers), &headers, &uri).of_dialect(Dialect::Anthropic).len()
        };
        let theirs = ("authorization", "Bearer the-callers");
        assert_eq!(own("/v1/messages", &[("x-mainstay-token", "first"), theirs]), 1);
        assert_eq!(own("/t/first/v1/messages", &[theirs, ("x-api-key", "too")]), 2);
        assert_eq!(own("/v1/messages", &[("x-api-key", "first"), theirs]), 0);
        assert_eq!(own("/v1/messages", &[("authorization", "Bearer first")]), 0);
        assert_eq!(own("/t/first/v1/messages", &[("authorization", "Bearer second")]), 0, "a token of ours");
    }

    #[test]
    fn a_wrong_or_absent_token_is_told_apart_and_refused() {
        let uri = Uri::from_static("/v1/messages");
        let check = |pairs: &[(&'static str, &str)]| door().check_token(&presented(&uri, &headers(pairs)));
        assert_eq!(check(&[]), Err(Refused::NoToken));
        assert_eq!(check(&[("x-api-key", "firs")]), Err(Refused::WrongToken));
        assert_eq!(check(&[("x-api-key", "")]), Err(Refused::WrongToken));
        assert_eq!(check(&[("x-mainstay-token", "wrong"), ("x-api-key", "first")]), Err(Refused::WrongToken));
    }

    #[test]
    fn no_token_shows_when_a_door_is_printed() {
        assert!(!format!("{:?}", door()).contains("first"));
    }
}
