//! The way out: the clients that everything which leaves the machine goes by (upstream calls now; token, probe and
//! catalogue calls use the same).
//!
//! One client for loopback and for members without a proxy, one that follows the settings in force ([`rules`]), and one for
//! each proxy that a profile names. All trust the same certificates ([`trust`]) and fail in the same words ([`failure`]).
//!
//! Redirects are off (no credential follows one), so is any retrying by the client (attempts are counted in one place),
//! and there is no limit on a whole answer: a stream may last for hours. Limits to the first content and between chunks
//! are the attempt's.
//!
//! Invariants:
//! - Loopback never goes through a proxy, whatever the settings or a profile say.
//! - A proxy's login is in no text: not in a failure, not in `Debug`, not in [`ProxyInUse`].

mod call;
mod failure;
mod rules;
mod straight;
mod trust;

pub use self::call::{BodyError, CallError, Received};
pub(crate) use self::failure::read_failure;
pub use self::rules::{ProxyEnvironment, ProxyInUse, shown as proxy_address};
pub use self::trust::{CaFileError, certificate_name, read_ca_file};

use self::rules::{Rules, is_loopback, shown};
use self::straight::Straight;
use arc_swap::ArcSwap;
use http::uri::Scheme;
use http::{HeaderValue, StatusCode};
use mainstay_balancer::{Outcome, Unreached};
pub use rustls::pki_types::CertificateDer;
use secrecy::SecretString;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use url::Url;

/// The longest wait for a connection (failover §3.5).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are dropped before providers' balancers usually do.
const POOL_IDLE: Duration = Duration::from_secs(55);
/// How many proxies named by profiles keep a client. Beyond it the oldest client goes, and is built anew when needed.
const NAMED_LIMIT: usize = 8;

/// Why a further client can be built.
const SAME_PARTS: &str = "the first clients were built of the same parts";

/// Which way calls leave the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// As the settings say: by the proxy of environment or system unless they name one or none.
    #[default]
    Settings,
    /// By no proxy.
    Direct,
    /// By this proxy: `http://`, `https://`, `socks5://` or `socks5h://`, without a user's name or password.
    Proxy(Url),
}

/// What the user has set for the way out. Already checked: the addresses are proxies', the certificates are such.
#[derive(Clone, Default)]
pub struct NetworkSettings {
    /// The proxy.
    pub proxy: ProxyChoice,
    /// Hosts that are reached without it, as in `NO_PROXY`; `None`: those of the environment count.
    pub no_proxy: Option<String>,
    /// Certificates that are trusted beside the system's ([`read_ca_file`]).
    pub roots: Vec<CertificateDer<'static>>,
    /// What proxies want before they connect us, whoever names them.
    pub logins: Vec<ProxyLogin>,
}

/// A user's name and password for one proxy.
#[derive(Clone)]
pub struct ProxyLogin {
    /// The proxy, without them.
    pub proxy: Url,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// The proxy that the settings name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// That of the environment's variables, else of the operating system.
    #[default]
    System,
    /// None.
    None,
    /// This one. Its login is that of [`NetworkSettings::logins`], else that of a variable which names the same proxy.
    Url(Url),
}

/// Clients for calls that leave the machine. Cheap to clone; clones share the settings.
#[derive(Clone)]
pub struct Outbound(Arc<Shared>);

struct Shared {
    user_agent: String,
    environment: ProxyEnvironment,
    now: ArcSwap<Clients>,
}

/// The clients of one state of the settings.
struct Clients {
    user_agent: String,
    rules: Arc<Rules>,
    tls: rustls::ClientConfig,
    straight: Straight,
    direct: Pair,
    settings: Pair,
    named: Mutex<Vec<(Url, Pair)>>,
}

/// A client, and its twin that never takes up a connection again.
#[derive(Clone)]
struct Pair {
    kept: reqwest::Client,
    fresh: Arc<OnceLock<reqwest::Client>>,
}

impl Outbound {
    /// The clients with nothing set: environment and system say which proxy, the system says whom to trust. `user_agent` is
    /// how we name ourselves to providers.
    ///
    /// A system without certificates is no error here: calls to `https` addresses then fail and say why.
    ///
    /// # Errors
    /// When `user_agent` can't be a header.
    pub fn new(user_agent: &str) -> Result<Self, reqwest::Error> {
        Self::with(user_agent, ProxyEnvironment::of_this_process(), NetworkSettings::default())
    }

    /// The same with settings, and with an environment of the caller's choice.
    ///
    /// # Errors
    /// When `user_agent` can't be a header.
    pub fn with(
        user_agent: &str,
        environment: ProxyEnvironment,
        settings: NetworkSettings,
    ) -> Result<Self, reqwest::Error> {
        let clients = Clients::build(user_agent, &environment, settings)?;
        let now = ArcSwap::from_pointee(clients);
        Ok(Self(Arc::new(Shared { user_agent: user_agent.to_owned(), environment, now })))
    }

    /// Takes up other settings at once. Calls and streams under way go on as they began; the environment's variables are
    /// read again.
    ///
    /// # Errors
    /// As [`new`](Self::new); the settings in force stay then.
    pub fn set(&self, settings: NetworkSettings) -> Result<(), reqwest::Error> {
        let clients = Clients::build(&self.0.user_agent, &self.0.environment, settings)?;
        self.0.now.store(Arc::new(clients));
        Ok(())
    }

    /// The client for an address, by the way that its profile names.
    pub fn client(&self, url: &Url, way: &Way) -> reqwest::Client {
        self.0.now.load().pair(if is_loopback(url) { &Way::Direct } else { way }).kept
    }

    /// The same, but for a connection that nobody has used: nothing is kept open between its calls.
    pub fn fresh(&self, url: &Url, way: &Way) -> reqwest::Client {
        let clients = self.0.now.load();
        let way = if is_loopback(url) { &Way::Direct } else { way };
        let build = || clients.builder(way).pool_max_idle_per_host(0).build().expect(SAME_PARTS);
        clients.pair(way).fresh.get_or_init(build).clone()
    }

    /// The proxy that a call goes through, without its login.
    pub fn proxy(&self, url: &Url, way: &Way) -> Option<ProxyInUse> {
        self.0.now.load().rules.find(url, way).map(|found| found.in_use())
    }

    /// What a call that failed means, and what to say about it: words without a full stop, and without a secret.
    pub fn read_failure(&self, error: &reqwest::Error, way: &Way) -> (Outcome, String) {
        let found = error.url().and_then(|url| self.0.now.load().rules.find(url, way));
        match found {
            Some(found) => failure::read_proxied(&error.into(), &found),
            None => failure::read(&error.into()),
        }
    }

    /// An answer that is the proxy's and not the upstream's: for plain `http` both come by one connection, and a proxy that
    /// wants a login says so with 407. `None`: the answer is the upstream's.
    pub fn read_refusal(&self, status: StatusCode, url: &Url, way: &Way) -> Option<(Outcome, String)> {
        if status != StatusCode::PROXY_AUTHENTICATION_REQUIRED || url.scheme() != Scheme::HTTP.as_str() {
            return None;
        }
        let found = self.0.now.load().rules.find(url, way)?;
        Some((Outcome::Unreachable(Unreached::Other), failure::wants_login(&found)))
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("rules", &self.0.now.load().rules).finish_non_exhaustive()
    }
}

impl Clients {
    fn build(
        user_agent: &str,
        environment: &ProxyEnvironment,
        settings: NetworkSettings,
    ) -> Result<Self, reqwest::Error> {
        let rules = Arc::new(Rules::new(environment, &settings));
        let tls = trust::client_config(settings.roots);
        let client = |way| Ok(Pair::new(builder(user_agent, &tls, &rules, &way).build()?));
        let (direct, settings) = (client(Way::Direct)?, client(Way::Settings)?);
        let straight = Straight::new(HeaderValue::from_str(user_agent).expect(SAME_PARTS), &tls);
        Ok(Self { straight, user_agent: user_agent.to_owned(), rules, direct, settings, named: Mutex::default(), tls })
    }

    fn builder(&self, way: &Way) -> reqwest::ClientBuilder {
        builder(&self.user_agent, &self.tls, &self.rules, way)
    }

    fn pair(&self, way: &Way) -> Pair {
        match way {
            Way::Direct => self.direct.clone(),
            Way::Settings => self.settings.clone(),
            Way::Proxy(proxy) => self.named(proxy),
        }
    }

    fn named(&self, proxy: &Url) -> Pair {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pair)) = named.iter().find(|(known, _)| known == proxy) {
            return pair.clone();
        }
        let pair = Pair::new(self.builder(&Way::Proxy(proxy.clone())).build().expect(SAME_PARTS));
        if named.len() == NAMED_LIMIT {
            named.remove(0);
        }
        named.push((proxy.clone(), pair.clone()));
        pair
    }
}

impl Pair {
    fn new(kept: reqwest::Client) -> Self {
        Self { kept, fresh: Arc::default() }
    }
}

fn builder(user_agent: &str, tls: &rustls::ClientConfig, rules: &Arc<Rules>, way: &Way) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE)
        .tcp_nodelay(true)
        .tls_backend_preconfigured(tls.clone())
        // Else reqwest would read the environment by itself.
        .no_proxy();
    if *way == Way::Direct {
        return builder;
    }
    let (rules, way) = (Arc::clone(rules), way.clone());
    builder.proxy(reqwest::Proxy::custom(move |url| rules.find(url, &way).map(|found| found.url)))
}

impl fmt::Debug for NetworkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { proxy, no_proxy, roots, logins } = self;
        let logins: Vec<&str> = logins.iter().map(|login| login.proxy.as_str()).collect();
        let mut f = f.debug_struct("NetworkSettings");
        f.field("proxy", proxy).field("no_proxy", no_proxy).field("roots", &roots.len()).field("logins", &logins);
        f.finish()
    }
}

impl fmt::Debug for rules::Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("url", &shown(&self.url)).field("from", &self.from).finish()
    }
}
