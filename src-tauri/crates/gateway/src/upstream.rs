//! The way out: one client for loopback, which never uses a proxy, and one for the world.
//!
//! Redirects are off (no credential follows one), so is any retrying by the client (attempts are counted in one place),
//! and there is no limit on a whole answer: a stream may last for hours. Limits to the first content and between chunks
//! are the attempt's.

use mainstay_balancer::{Outcome, Stage, Unreached};
use mainstay_dialects::Dialect;
use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The longest wait for a connection (failover §3.5).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are dropped before providers' balancers usually do.
const POOL_IDLE: Duration = Duration::from_secs(55);

/// Which way calls leave the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// As the settings say: by the proxy of environment or system unless they name one or none.
    #[default]
    Settings,
    /// By no proxy.
    Direct,
    /// By this proxy: `http://`, `https://` or `socks5://`, without a user's name or password.
    Proxy(Url),
}

/// Clients for upstream calls.
#[derive(Clone, Debug)]
pub struct Outbound {
    direct: reqwest::Client,
    world: reqwest::Client,
}

impl Outbound {
    /// Builds both clients. `user_agent` is how we name ourselves to providers.
    ///
    /// # Errors
    /// When the TLS roots of the system can't be read.
    pub fn new(user_agent: &str) -> Result<Self, reqwest::Error> {
        // The process may have chosen a provider before us; then that one holds.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let base = || {
            reqwest::Client::builder()
                .user_agent(user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(POOL_IDLE)
                .tcp_nodelay(true)
        };
        Ok(Self { direct: base().no_proxy().build()?, world: base().build()? })
    }

    /// The client for an address, by the way that its profile names.
    pub fn client(&self, url: &Url, way: &Way) -> reqwest::Client {
        let _ = way;
        let loopback = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        if loopback { self.direct.clone() } else { self.world.clone() }
    }
}

/// What a failed call means, and what to say about it. The text never holds the address's query or a header.
pub(crate) fn read_failure(error: &reqwest::Error) -> (Outcome, String) {
    if error.is_connect() && error.is_timeout() {
        return (Outcome::TimedOut(Stage::Connect), "no connection within 10 s".to_owned());
    }
    let mut source = error.source();
    let mut chain = Vec::new();
    let mut kind = None;
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            kind = kind.or(Some(io.kind()));
            // rustls and others hide inside an io::Error.
            if let Some(inner) = io.get_ref() {
                chain.push(inner.to_string());
            }
        }
        chain.push(cause.to_string());
        source = cause.source();
    }
    let text = chain.last().cloned().unwrap_or_else(|| "the connection failed".to_owned());
    let said = |word: &str| chain.iter().any(|cause| cause.to_ascii_lowercase().contains(word));
    let unreached = if said("dns") || said("failed to lookup") {
        Unreached::Dns
    } else if said("certificate") || said("tls") || said("handshake") {
        Unreached::Tls
    } else if kind == Some(io::ErrorKind::ConnectionRefused) {
        Unreached::Refused
    } else if matches!(
        kind,
        Some(
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
        )
    ) || said("connection closed")
        || said("incomplete message")
    {
        Unreached::Reset
    } else {
        Unreached::Other
    };
    (Outcome::Unreachable(unreached), text)
}

/// What an upstream is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// An answer, streamed or whole; `beta` is Anthropic's `?beta=true`.
    Generate { stream: bool, beta: bool },
    /// A count of tokens.
    Count { beta: bool },
    /// Vectors, by Gemini's name of the method.
    Embed(&'static str),
}

/// Where a request goes, under a member's base address.
pub(crate) fn address(upstream: &crate::routing::Upstream, model: &str, endpoint: Endpoint) -> Url {
    let mut url = upstream.base_url.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    let model = model.trim_start_matches("models/");
    match (upstream.dialect, endpoint) {
        (Dialect::Anthropic, endpoint) => {
            let (path, beta) = match endpoint {
                Endpoint::Count { beta } => ("messages/count_tokens", beta),
                Endpoint::Generate { beta, .. } => ("messages", beta),
                Endpoint::Embed(_) => ("embeddings", false),
            };
            url.set_path(&format!("{base}/v1/{path}"));
            url.set_query(beta.then_some("beta=true"));
        }
        (Dialect::OpenaiChat | Dialect::OpenaiResponses, Endpoint::Embed(_)) => {
            url.set_path(&format!("{base}/embeddings"));
        }
        (Dialect::OpenaiResponses, Endpoint::Count { .. }) => url.set_path(&format!("{base}/responses/input_tokens")),
        (Dialect::OpenaiResponses, Endpoint::Generate { .. }) => url.set_path(&format!("{base}/responses")),
        (Dialect::OpenaiChat, _) => url.set_path(&format!("{base}/chat/completions")),
        (Dialect::Gemini, endpoint) => {
            let (action, stream) = match endpoint {
                Endpoint::Generate { stream: true, .. } => ("streamGenerateContent", true),
                Endpoint::Generate { stream: false, .. } => ("generateContent", false),
                Endpoint::Count { .. } => ("countTokens", false),
                Endpoint::Embed(method) => (method, false),
            };
            url.set_path(&format!("{base}/v1beta/models/{model}:{action}"));
            url.set_query(stream.then_some("alt=sse"));
        }
    }
    url
}

/// Shared by every attempt.
pub(crate) type SharedOutbound = Arc<Outbound>;
