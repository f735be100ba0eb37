//! What a failed call means, and what to say about it.
//!
//! The text never holds an address's query, a header, or a proxy's login. Where a proxy stood between, it says whose
//! failure it was: a member is not blamed in words for what its proxy did. The outcome is the same, because the member
//! can't be reached either way, and another one may be reached by another way.

use super::rules::{Found, shown};
use super::trust::Refused;
use mainstay_balancer::{Outcome, Stage, Unreached};
use rustls::CertificateError;
use std::error::Error;
use std::io;
use url::Url;

/// A failure, whichever client tells of it.
#[derive(Clone, Copy)]
pub(super) struct Failed<'a> {
    /// The outermost of its causes.
    pub(super) cause: Option<&'a (dyn Error + 'static)>,
    /// No connection stood.
    pub(super) connect: bool,
    pub(super) timeout: bool,
    /// What was called.
    pub(super) url: Option<&'a Url>,
}

impl<'a> From<&'a reqwest::Error> for Failed<'a> {
    fn from(error: &'a reqwest::Error) -> Self {
        Self { cause: error.source(), connect: error.is_connect(), timeout: error.is_timeout(), url: error.url() }
    }
}

/// Reads a failure of reqwest's.
pub(crate) fn read_failure(error: &reqwest::Error) -> (Outcome, String) {
    read(&error.into())
}

/// Reads a failure of a call that went straight to its address, or whose way does not matter any more.
pub(super) fn read(failed: &Failed<'_>) -> (Outcome, String) {
    if failed.connect && failed.timeout {
        return (Outcome::TimedOut(Stage::Connect), "no connection within 10 s".to_owned());
    }
    let causes = causes(failed);
    let unreached = kind(&causes);
    (Outcome::Unreachable(unreached), words(&causes, unreached, failed.url))
}

/// Reads a failure of a call that went through a proxy.
pub(super) fn read_proxied(failed: &Failed<'_>, found: &Found) -> (Outcome, String) {
    let proxy = named(found);
    if failed.connect && failed.timeout {
        return (Outcome::TimedOut(Stage::Connect), format!("no connection through {proxy} within 10 s"));
    }
    let causes = causes(failed);
    let (beyond, text) = read(failed);
    let target = failed.url.map(host_and_port).unwrap_or_default();
    // How it failed to be reached is told of the member: what the proxy did is no such thing.
    let stage = stage(failed, &causes, found);
    let outcome = match stage {
        ProxyStage::Beyond | ProxyStage::LocalName => beyond,
        _ => Outcome::Unreachable(Unreached::Other),
    };
    let text = match stage {
        ProxyStage::Unreached => {
            let why = if causes.iter().any(|cause| said(*cause).starts_with("SOCKS error")) {
                String::new()
            } else {
                format!(": {text}")
            };
            format!("{proxy} can't be reached{why}")
        }
        ProxyStage::WantsLogin => wants_login(found),
        ProxyStage::Refused(why) => format!("{proxy} did not connect us to {target}{why}"),
        ProxyStage::Broke => format!("{proxy} broke off before it had connected us to {target}"),
        ProxyStage::LocalName => format!(
            "{text}. {proxy} is given addresses, not names; begin it with socks5h:// to let it look up names itself"
        ),
        ProxyStage::Beyond => format!("{text} (through {proxy})"),
    };
    (outcome, text)
}

/// What to say when a proxy wants a user's name and password.
pub(super) fn wants_login(found: &Found) -> String {
    let proxy = named(found);
    if found.has_login() {
        format!("{proxy} did not accept its user name and password. Correct them in Settings, Network")
    } else {
        format!("{proxy} wants a user name and password. Give them in Settings, Network")
    }
}

/// How far a call came with its proxy.
enum ProxyStage {
    /// Not even there.
    Unreached,
    WantsLogin,
    /// It did not connect us; what it said reads on from our sentence.
    Refused(String),
    Broke,
    /// The name was to be looked up here, and has no address.
    LocalName,
    /// Past it: what failed lies behind.
    Beyond,
}

fn stage(failed: &Failed<'_>, causes: &[&(dyn Error + 'static)], found: &Found) -> ProxyStage {
    let texts: Vec<String> = causes.iter().map(|cause| said(*cause)).collect();
    let after = |start: &str| texts.iter().find_map(|text| text.strip_prefix(start));
    if let Some(what) = after("tunnel error: ") {
        return match what {
            "failed to create underlying connection" => ProxyStage::Unreached,
            "proxy authorization required" => ProxyStage::WantsLogin,
            "unsuccessful" => ProxyStage::Refused(". It may not be able to reach it, or may not allow it".to_owned()),
            _ => ProxyStage::Broke,
        };
    }
    if texts.iter().any(|text| text == "error resolving for socks proxy") {
        return ProxyStage::LocalName;
    }
    if let Some(what) = after("SOCKS error: ") {
        return match what {
            "failed to create underlying connection" => ProxyStage::Unreached,
            "credentials not accepted" | "server does not support user/pass authentication" => ProxyStage::WantsLogin,
            "io error during SOCKS handshake" | "failed parsing server response" => ProxyStage::Broke,
            what => ProxyStage::Refused(format!(": {what}")),
        };
    }
    // Plain http is asked of the proxy itself: the only connection is the one to it.
    let forwarded = failed.url.is_some_and(|url| url.scheme() == "http") && !found.url.scheme().starts_with("socks");
    if forwarded && failed.connect { ProxyStage::Unreached } else { ProxyStage::Beyond }
}

fn named(found: &Found) -> String {
    let from = match found.from.as_str() {
        "settings" => "of the settings",
        "profile" => "of the profile",
        "system" => "of the system",
        variable => return format!("the proxy {} (from {variable})", shown(&found.url)),
    };
    format!("the proxy {} {from}", shown(&found.url))
}

fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// The chain of causes, outermost first. rustls and others hide inside an [`io::Error`].
fn causes<'a>(failed: &Failed<'a>) -> Vec<&'a (dyn Error + 'static)> {
    let mut found = Vec::new();
    let mut next = failed.cause;
    while let Some(cause) = next {
        found.push(cause);
        let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match hidden {
            Some(hidden) => Some(hidden as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    found
}

fn said(cause: &(dyn Error + 'static)) -> String {
    cause.to_string()
}

fn refused<'a>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a Refused> {
    causes.iter().find_map(|cause| match cause.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref::<Refused>(),
        _ => None,
    })
}

fn kind(causes: &[&(dyn Error + 'static)]) -> Unreached {
    let said = |word: &str| causes.iter().any(|cause| cause.to_string().to_ascii_lowercase().contains(word));
    if causes.iter().any(|cause| cause.is::<rustls::Error>()) {
        return Unreached::Tls;
    }
    if said("dns") || said("failed to lookup") {
        return Unreached::Dns;
    }
    if said("tls") || said("handshake") || said("certificate") {
        return Unreached::Tls;
    }
    match causes.iter().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Unreached::Refused,
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof,
        ) => Unreached::Reset,
        _ if said("connection closed") || said("incomplete message") => Unreached::Reset,
        _ => Unreached::Other,
    }
}

fn words(causes: &[&(dyn Error + 'static)], unreached: Unreached, url: Option<&Url>) -> String {
    if let Some(refused) = refused(causes) {
        return refused.to_string();
    }
    let server = url.and_then(Url::host_str).unwrap_or("the server");
    if causes.iter().any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidMessage(_)))) {
        return format!(
            "{server} does not speak TLS there. Check the port, and whether the address should begin with http://"
        );
    }
    let last = causes.last().map(|cause| said(*cause));
    match (unreached, last) {
        (Unreached::Tls, Some(last)) if last == "tls handshake eof" => {
            format!("{server} broke off before a secure connection stood")
        }
        (Unreached::Tls, Some(last)) => format!("no secure connection with {server}: {last}"),
        (_, Some(last)) => last,
        (_, None) => "the connection failed".to_owned(),
    }
}
