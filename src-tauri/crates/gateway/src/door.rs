//! Who may come in: `Host`, `Origin`, token.
//!
//! The gateway listens on loopback, where every page in a browser and every program of every user can knock. `Host`
//! stops DNS rebinding, `Origin` and `Sec-Fetch-Site` stop pages, the token stops the rest. There is no CORS. What the user
//! allows beyond that, and whose tokens open, may change while it serves: the rules are swapped whole.

mod entry;
mod presented;
mod refused;
mod token;

pub use entry::{AllowedHost, AllowedOrigin, EntryError};
pub(crate) use presented::{Presented, presented};
pub(crate) use refused::Refused;
pub(crate) use token::TokenName;
pub use token::{DoorToken, NoDigest, TokenDigest};

use crate::caller::CallersOwn;
use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName, Uri, header};
use refused::said;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use token::{Known, look_up};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whom the door lets in.
#[derive(Clone, Debug, Default)]
pub struct DoorRules {
    /// Further hosts (for WSL and containers).
    pub hosts: Vec<AllowedHost>,
    /// Origins whose requests may come in.
    pub origins: Vec<AllowedOrigin>,
    /// The tokens, revoked ones among them.
    pub tokens: Vec<DoorToken>,
}

/// Whoever is told that a token has opened the door.
type Used = dyn Fn(Option<&str>) + Send + Sync;

/// The local door of one gateway.
pub struct Door {
    rules: ArcSwap<DoorRules>,
    used: Box<Used>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Door {
    /// A door with these rules. `used` is told whenever a token has opened it: the tool's name, or none for the first token. It
    /// is called on the path of requests and must not block.
    pub fn new(rules: DoorRules, used: impl Fn(Option<&str>) + Send + Sync + 'static) -> Self {
        Self { rules: ArcSwap::from_pointee(rules), used: Box::new(used) }
    }

    /// Replaces the rules at once. Requests that are in stay.
    pub fn set(&self, rules: DoorRules) {
        self.rules.store(Arc::new(rules));
    }

    /// Checks where a request comes from. Holds for every path, `/healthz` too. `port` is where the gateway listens.
    pub(crate) fn check_source(&self, headers: &HeaderMap, uri: &Uri, port: u16) -> Result<(), Refused> {
        let rules = self.rules.load();
        check_host(&rules, headers, uri, port)?;
        let mut origins = texts(headers, &header::ORIGIN).peekable();
        if origins.peek().is_none() && from_elsewhere(headers) {
            return Err(Refused::OtherSite);
        }
        for origin in origins {
            if origin.eq_ignore_ascii_case("null") {
                return Err(Refused::NullOrigin);
            }
            if !rules.origins.iter().any(|allowed| allowed.admits(origin)) {
                return Err(Refused::Origin(said(origin)));
            }
        }
        Ok(())
    }

    /// Checks where a request for the admin routes comes from: this machine, and no page but their own. What the user allows
    /// other origins does not hold here.
    pub(crate) fn check_admin_source(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        port: u16,
        peer: IpAddr,
    ) -> Result<(), Refused> {
        if !peer.to_canonical().is_loopback() {
            return Err(Refused::AdminPeer);
        }
        check_host(&self.rules.load(), headers, uri, port)?;
        let own = format!("http://{}", texts(headers, &header::HOST).next().unwrap_or_default());
        let mut origins = texts(headers, &header::ORIGIN).peekable();
        if origins.peek().is_none() && from_elsewhere(headers) {
            return Err(Refused::OtherSite);
        }
        match origins.find(|origin| !origin.eq_ignore_ascii_case(&own)) {
            Some(foreign) => Err(Refused::AdminOrigin(said(foreign))),
            None => Ok(()),
        }
    }

    /// Checks the token, in whichever of its forms it came. Says whose it is, where it is a tool's own.
    pub(crate) fn check_token(&self, presented: &Presented<'_>) -> Result<Option<TokenName>, Refused> {
        let Some(given) = &presented.token else { return Err(Refused::NoToken) };
        match look_up(&self.rules.load().tokens, given) {
            Known::Opens(name) => {
                (self.used)(name.as_deref());
                Ok(name.map(TokenName))
            }
            Known::Revoked(name) => Err(Refused::Revoked(name.to_string())),
            Known::No => Err(Refused::WrongToken),
        }
    }

    /// The credential of the caller's own, which only a request can have whose token came apart from it. A token of this door
    /// is none, wherever it stands, and be it revoked.
    pub(crate) fn callers_own(&self, presented: &Presented<'_>, headers: &HeaderMap, uri: &Uri) -> CallersOwn {
        if presented.apart {
            let rules = self.rules.load();
            CallersOwn::take(headers, uri.query(), |secret| look_up(&rules.tokens, secret) != Known::No)
        } else {
            CallersOwn::default()
        }
    }
}

/// All values of a header. One that is no text is told as such, and so is on no list.
fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("unreadable"))
}

/// Whether a browser says that the request comes from a page of another origin. One that the user typed in (`none`) doesn't.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    texts(headers, &SEC_FETCH_SITE).any(|site| matches!(site, "cross-site" | "same-site"))
}

fn check_host(rules: &DoorRules, headers: &HeaderMap, uri: &Uri, port: u16) -> Result<(), Refused> {
    let mut named = texts(headers, &header::HOST);
    let (Some(host), None) = (named.next(), named.next()) else {
        let said_hosts: Vec<String> = texts(headers, &header::HOST).map(said).collect();
        return Err(Refused::Host(said_hosts.join(", ")));
    };
    // A request in absolute form names its host twice.
    for host in [Some(host), uri.authority().map(http::uri::Authority::as_str)].into_iter().flatten() {
        let allowed = AllowedHost::of_header(host)
            .is_some_and(|host| host.is_loopback_at(port) || rules.hosts.iter().any(|entry| entry.admits(&host)));
        if !allowed {
            return Err(Refused::Host(said(host)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use mainstay_dialects::Dialect;

    const PORT: u16 = 4117;

    fn rules() -> DoorRules {
        DoorRules {
            hosts: vec![AllowedHost::parse("gateway.internal").unwrap()],
            origins: vec![AllowedOrigin::parse("http://tool.local:9").unwrap()],
            tokens: vec![
                DoorToken::first(&"first".to_owned().into()),
                DoorToken::of_tool("codex", TokenDigest::of("second"), false),
                DoorToken::of_tool("old", TokenDigest::of("third"), true),
            ],
        }
    }

    fn door() -> Door {
        Door::new(rules(), |_| {})
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn source(pairs: &[(&'static str, &str)]) -> Result<(), &'static str> {
        let uri = Uri::from_static("/v1/messages");
        door().check_source(&headers(pairs), &uri, PORT).map_err(|refused| refused.code())
    }

    fn admin_source(pairs: &[(&'static str, &str)]) -> Result<(), &'static str> {
        let uri = Uri::from_static("/_mainstay/state");
        let peer = IpAddr::from([127, 0, 0, 1]);
        door().check_admin_source(&headers(pairs), &uri, PORT, peer).map_err(|refused| refused.code())
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
            "localhost.:4117",
            "127.1:4117",
            "[::ffff:127.0.0.1]:4117",
        ] {
            assert_eq!(source(&[("host", host)]), Err("host_not_allowed"), "{host}");
            assert_eq!(admin_source(&[("host", host)]), Err("host_not_allowed"), "{host}");
        }
        assert_eq!(source(&[]), Err("host_not_allowed"));
        let own = ("host", "127.0.0.1:4117");
        assert_eq!(source(&[own, own]), Err("host_not_allowed"), "twice");
        let evil = Uri::from_static("http://evil.example:4117/v1/messages");
        let refused = door().check_source(&headers(&[own]), &evil, PORT);
        assert_eq!(refused, Err(Refused::Host("evil.example:4117".into())), "in absolute form");
    }

    #[test]
    fn pages_are_refused_unless_their_origin_is_listed() {
        let host = ("host", "127.0.0.1:4117");
        assert_eq!(source(&[host, ("origin", "http://tool.local:9")]), Ok(()));
        for origin in ["http://evil.example", "null", "http://127.0.0.1:4117"] {
            assert_eq!(source(&[host, ("origin", origin)]), Err("origin_not_allowed"), "{origin}");
        }
        let (listed, evil) = (("origin", "http://tool.local:9"), ("origin", "http://evil.example"));
        assert_eq!(source(&[host, listed, evil]), Err("origin_not_allowed"), "a second one");
        for site in ["cross-site", "same-site"] {
            let site = ("sec-fetch-site", site);
            assert_eq!(source(&[host, site]), Err("origin_not_allowed"));
            assert_eq!(source(&[host, site, listed]), Ok(()), "a listed page is from elsewhere");
        }
        for site in ["none", "same-origin"] {
            assert_eq!(source(&[host, ("sec-fetch-site", site)]), Ok(()), "{site}");
        }
    }

    #[test]
    fn a_refusal_says_which_entry_would_allow_it() {
        let host = ("host", "127.0.0.1:4117");
        let hint = |pairs: &[(&'static str, &str)]| {
            let uri = Uri::from_static("/healthz");
            door().check_source(&headers(pairs), &uri, PORT).unwrap_err().hint()
        };
        assert!(hint(&[("host", "box.internal:4117")]).ends_with("--allow-host box.internal:4117"));
        assert!(hint(&[host, ("origin", "http://page.example")]).ends_with("--allow-origin http://page.example"));
        for pairs in [[host, ("origin", "null")], [host, ("sec-fetch-site", "cross-site")]] {
            assert!(hint(&pairs).starts_with("No entry allows"), "{pairs:?}");
        }
    }

    #[test]
    fn admin_routes_take_requests_of_this_machine_and_of_their_own_page() {
        let host = ("host", "127.0.0.1:4117");
        assert_eq!(admin_source(&[host]), Ok(()));
        assert_eq!(admin_source(&[host, ("origin", "http://127.0.0.1:4117")]), Ok(()));
        assert_eq!(admin_source(&[("host", "gateway.internal"), ("origin", "http://gateway.internal")]), Ok(()));
        for origin in
            ["http://tool.local:9", "http://localhost:4117", "https://127.0.0.1:4117", "http://127.0.0.1:41170", "null"]
        {
            assert_eq!(admin_source(&[host, ("origin", origin)]), Err("origin_not_allowed"), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert_eq!(admin_source(&[host, ("sec-fetch-site", site)]), Err("origin_not_allowed"), "{site}");
        }
        let from = |peer: IpAddr| door().check_admin_source(&headers(&[host]), &Uri::from_static("/"), PORT, peer);
        assert_eq!(from([192, 0, 2, 7].into()), Err(Refused::AdminPeer));
        assert_eq!(from("::1".parse().unwrap()), Ok(()));
        assert_eq!(from("::ffff:127.0.0.1".parse().unwrap()), Ok(()));
    }

    #[test]
    fn rules_are_swapped_while_the_door_is_in_use() {
        let door = door();
        let given = headers(&[("host", "box.internal"), ("x-mainstay-token", "first")]);
        let uri = Uri::from_static("/v1/messages");
        assert!(door.check_source(&given, &uri, PORT).is_err());
        let hosts = vec![AllowedHost::parse("box.internal").unwrap()];
        door.set(DoorRules { hosts, ..DoorRules::default() });
        assert_eq!(door.check_source(&given, &uri, PORT), Ok(()));
        assert_eq!(door.check_token(&presented(&uri, &given)).unwrap_err(), Refused::WrongToken);
    }

    #[test]
    fn whose_token_opened_is_told_and_a_revoked_one_opens_nothing() {
        let told = Arc::new(std::sync::Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let door = Door::new(rules(), move |name| telling.lock().unwrap().push(name.map(str::to_owned)));
        let uri = Uri::from_static("/v1/messages");
        let check = |token: &str| {
            let given = headers(&[("x-api-key", token)]);
            door.check_token(&presented(&uri, &given)).map(|name| name.map(|TokenName(name)| name.to_string()))
        };
        assert_eq!(check("first"), Ok(None));
        assert_eq!(check("second"), Ok(Some("codex".to_owned())));
        assert_eq!(check("third"), Err(Refused::Revoked("old".to_owned())));
        assert_eq!(check("fourth"), Err(Refused::WrongToken));
        assert_eq!(*told.lock().unwrap(), [None, Some("codex".to_owned())]);
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
            assert!(door().check_token(&presented).is_ok(), "{uri}");
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
        assert_eq!(own("/t/first/v1/messages", &[("authorization", "Bearer third")]), 0, "a revoked one too");
    }

    #[test]
    fn a_wrong_or_absent_token_is_told_apart_and_refused() {
        let uri = Uri::from_static("/v1/messages");
        let check = |pairs: &[(&'static str, &str)]| door().check_token(&presented(&uri, &headers(pairs))).map(drop);
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
