//! Which proxy a call goes through.
//!
//! In this order: none for loopback; what the profile names; what the settings name; the environment's variables
//! (`HTTPS_PROXY`, `HTTP_PROXY`, then `ALL_PROXY`; upper case before lower); the operating system's settings. Hosts of
//! `NO_PROXY` are left out of the last three.

use super::{NetworkSettings, ProxyChoice, ProxyLogin, Way};
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Serialize;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use url::{Host, Position, Url};

/// What a proxy's address may begin with.
const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// How a variable is looked up.
type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where proxies are looked for when the settings name none: variables, and the operating system's settings.
#[derive(Clone)]
pub struct ProxyEnvironment {
    variable: Arc<Variable>,
    /// Ask the operating system where the variables say nothing (macOS, Windows).
    system: bool,
}

impl ProxyEnvironment {
    /// The variables of this process, and the system's settings.
    pub fn of_this_process() -> Self {
        Self { variable: Arc::new(|name| std::env::var(name).ok()), system: cfg!(any(target_os = "macos", windows)) }
    }

    /// Variables by a function, and nothing of the system.
    pub fn of(variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { variable: Arc::new(variable), system: false }
    }

    /// A variable's value and the name that it was found under. An empty one counts as not set.
    fn get(&self, name: &'static str) -> Option<(String, String)> {
        [name.to_owned(), name.to_ascii_lowercase()].into_iter().find_map(|name| {
            let value = (self.variable)(&name)?.trim().to_owned();
            (!value.is_empty()).then_some((value, name))
        })
    }

    fn proxy(&self, name: &'static str) -> Option<Found> {
        let (value, from) = self.get(name)?;
        match parse(&value) {
            Some(url) => Some(Found { url, from }),
            None => {
                // The value may hold a password.
                tracing::warn!(variable = from, "its value is no address of a proxy, so it is passed over");
                None
            }
        }
    }
}

impl fmt::Debug for ProxyEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyEnvironment").field("system", &self.system).finish_non_exhaustive()
    }
}

/// A proxy as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProxyInUse {
    /// Its address, without a login.
    pub address: String,
    /// Who named it: `settings`, `profile`, `system`, or the variable.
    pub from: String,
}

/// A proxy to go through. Its address may hold a login.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) url: Url,
    pub(super) from: String,
}

impl Found {
    pub(super) fn in_use(&self) -> ProxyInUse {
        ProxyInUse { address: shown(&self.url), from: self.from.clone() }
    }

    pub(super) fn has_login(&self) -> bool {
        has_login(&self.url)
    }
}

/// The rules in force.
pub(super) struct Rules {
    http: Option<Found>,
    https: Option<Found>,
    system: Option<Matcher>,
    /// Intercepts what is not on the list of exceptions.
    rest: Matcher,
    /// Proxies with their logins, which mentions of them in settings and profiles lack.
    logins: Vec<Url>,
}

impl Rules {
    pub(super) fn new(environment: &ProxyEnvironment, settings: &NetworkSettings) -> Self {
        let NetworkSettings { proxy: choice, no_proxy, logins, .. } = settings;
        let all = environment.proxy("ALL_PROXY");
        let (http, https) = (environment.proxy("HTTP_PROXY"), environment.proxy("HTTPS_PROXY"));
        let known = [&https, &http, &all].into_iter().flatten().map(|found| found.url.clone());
        let logins: Vec<Url> = logins.iter().filter_map(joined).chain(known.filter(has_login)).collect();
        let complete = |found: Found| Found { url: with_login(&found.url, &logins), ..found };
        let [all, http, https] = [all, http, https].map(|found| found.map(complete));
        let (http, https) = match choice {
            ProxyChoice::System => (http.or_else(|| all.clone()), https.or(all)),
            ProxyChoice::None => (None, None),
            ProxyChoice::Url(url) => {
                let found = Found { url: with_login(url, &logins), from: "settings".to_owned() };
                (Some(found.clone()), Some(found))
            }
        };
        let system = (environment.system && *choice == ProxyChoice::System).then(Matcher::from_system);
        let listed = no_proxy.clone().or_else(|| environment.get("NO_PROXY").map(|(value, _)| value));
        let rest = Matcher::builder().all("http://proxy.invalid").no(exceptions(&listed.unwrap_or_default())).build();
        Self { http, https, system, rest, logins }
    }

    /// The proxy for an address, by the way that its profile names.
    pub(super) fn find(&self, url: &Url, way: &Way) -> Option<Found> {
        if is_loopback(url) {
            return None;
        }
        match way {
            Way::Direct => None,
            Way::Proxy(proxy) => Some(Found { url: with_login(proxy, &self.logins), from: "profile".to_owned() }),
            Way::Settings => {
                let target: http::Uri = url[..Position::BeforePath].parse().ok()?;
                self.rest.intercept(&target)?;
                let named = if url.scheme() == "https" { &self.https } else { &self.http };
                named.clone().or_else(|| {
                    let address = self.system.as_ref()?.intercept(&target)?.uri().to_string();
                    Some(Found { url: with_login(&parse(&address)?, &self.logins), from: "system".to_owned() })
                })
            }
        }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("http", &self.http).field("https", &self.https).finish_non_exhaustive()
    }
}

/// A list as `NO_PROXY` has it, in the form that the matcher takes: programs also separate by spaces, and write `*.host`
/// for what is `.host` here.
fn exceptions(list: &str) -> String {
    let entries = list.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|entry| !entry.is_empty());
    entries.map(|entry| if entry.starts_with("*.") { &entry[1..] } else { entry }).collect::<Vec<_>>().join(",")
}

/// A proxy's address as variables have it: `http://` may be left out.
fn parse(text: &str) -> Option<Url> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).ok()?;
    let usable = SCHEMES.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty());
    usable.then_some(url)
}

/// A proxy's address without a login: `http://proxy:3128`.
pub fn shown(proxy: &Url) -> String {
    let port = proxy.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", proxy.scheme(), proxy.host_str().unwrap_or_default())
}

fn has_login(proxy: &Url) -> bool {
    !proxy.username().is_empty() || proxy.password().is_some()
}

/// A proxy's address with its login, as a URL carries both.
fn joined(login: &ProxyLogin) -> Option<Url> {
    let mut url = login.proxy.clone();
    // A percent sign of theirs would be taken for an escape.
    let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    url.set_username(&escaped(&login.user)).ok()?;
    url.set_password(Some(&escaped(login.password.expose_secret()))).ok()?;
    Some(url)
}

fn with_login(proxy: &Url, logins: &[Url]) -> Url {
    if has_login(proxy) {
        return proxy.clone();
    }
    logins.iter().find(|known| shown(known) == shown(proxy)).unwrap_or(proxy).clone()
}

/// Whether an address is this machine's own. `0.0.0.0` is reached there too.
pub(super) fn is_loopback(url: &Url) -> bool {
    let own = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(ip)) => own(ip.into()),
        Some(Host::Ipv6(ip)) => own(ip.into()) || mapped(ip).is_some_and(own),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

fn mapped(ip: Ipv6Addr) -> Option<IpAddr> {
    ip.to_ipv4_mapped().map(IpAddr::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;
    use std::collections::BTreeMap;

    fn environment(variables: &[(&str, &str)]) -> ProxyEnvironment {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ProxyEnvironment::of(move |name| variables.get(name).cloned())
    }

    fn set(environment: &ProxyEnvironment, proxy: &ProxyChoice, no_proxy: Option<&str>) -> Rules {
        let no_proxy = no_proxy.map(str::to_owned);
        Rules::new(environment, &NetworkSettings { proxy: proxy.clone(), no_proxy, ..NetworkSettings::default() })
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn found(rules: &Rules, target: &str, way: &Way) -> Option<(String, String)> {
        rules.find(&url(target), way).map(|found| (found.url.to_string(), found.from))
    }

    fn address(rules: &Rules, target: &str) -> Option<String> {
        rules.find(&url(target), &Way::Settings).map(|found| shown(&found.url))
    }

    #[test]
    fn each_variable_counts_for_its_scheme_in_both_cases_and_the_upper_one_first() {
        for (variables, https, http) in [
            (&[("HTTPS_PROXY", "http://a:1")][..], Some("HTTPS_PROXY"), None),
            (&[("https_proxy", "http://a:1")], Some("https_proxy"), None),
            (&[("HTTP_PROXY", "http://a:1")], None, Some("HTTP_PROXY")),
            (&[("http_proxy", "http://a:1")], None, Some("http_proxy")),
            (&[("ALL_PROXY", "http://a:1")], Some("ALL_PROXY"), Some("ALL_PROXY")),
            (&[("all_proxy", "socks5h://a:1")], Some("all_proxy"), Some("all_proxy")),
            (&[("ALL_PROXY", "http://a:1"), ("https_proxy", "http://b:1")], Some("https_proxy"), Some("ALL_PROXY")),
            (&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")], Some("HTTPS_PROXY"), None),
            (&[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://a:1")], Some("ALL_PROXY"), Some("ALL_PROXY")),
            (&[("HTTPS_PROXY", "ftp://a:1")], None, None),
            (&[], None, None),
        ] {
            let rules = set(&environment(variables), &ProxyChoice::System, None);
            let from = |target| found(&rules, target, &Way::Settings).map(|(_, from)| from);
            assert_eq!(from("https://provider.test/v1").as_deref(), https, "{variables:?}");
            assert_eq!(from("http://provider.test/v1").as_deref(), http, "{variables:?}");
        }
    }

    #[test]
    fn no_proxy_takes_hosts_suffixes_addresses_networks_and_a_star() {
        for (list, target, left_out) in [
            ("provider.test", "https://provider.test/", true),
            ("provider.test", "https://api.provider.test/", true),
            ("provider.test", "https://notprovider.test/", false),
            (".provider.test", "https://api.provider.test/", true),
            ("*.provider.test", "https://api.provider.test/", true),
            ("other.test, PROVIDER.test", "https://provider.test/", true),
            ("other.test provider.test", "https://provider.test/", true),
            ("192.0.2.7", "https://192.0.2.7/", true),
            ("192.0.2.7", "https://192.0.2.8/", false),
            ("192.0.2.0/24", "https://192.0.2.8:8443/", true),
            ("2001:db8::/32", "https://[2001:db8::1]/", true),
            ("*", "https://provider.test/", true),
            ("", "https://provider.test/", false),
        ] {
            let variables = environment(&[("ALL_PROXY", "http://a:1"), ("no_proxy", list)]);
            let rules = set(&variables, &ProxyChoice::System, None);
            assert_eq!(address(&rules, target).is_none(), left_out, "{list}: {target}");
        }
    }

    #[test]
    fn the_settings_stand_over_the_environment_and_the_profile_over_both() {
        let variables = environment(&[("ALL_PROXY", "http://environment:1"), ("NO_PROXY", "provider.test")]);
        let target = "https://provider.test/";
        let named = ProxyChoice::Url(url("http://settings:2"));
        let rules = set(&variables, &named, None);
        assert_eq!(address(&rules, target), None, "the environment's exceptions count where the settings have none");
        let rules = set(&variables, &named, Some("other.test"));
        assert_eq!(address(&rules, target).as_deref(), Some("http://settings:2"));
        assert_eq!(address(&rules, "https://other.test/"), None);
        assert_eq!(found(&rules, target, &Way::Direct), None);
        let (by_profile, from) = found(&rules, "https://other.test/", &Way::Proxy(url("socks5://profile:3"))).unwrap();
        assert_eq!((by_profile.as_str(), from.as_str()), ("socks5://profile:3", "profile"));
        let rules = set(&variables, &ProxyChoice::None, Some(""));
        assert_eq!(address(&rules, target), None);
    }

    #[test]
    fn loopback_never_goes_through_a_proxy() {
        let variables =
            environment(&[("ALL_PROXY", "http://a:1"), ("HTTP_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://a:1")]);
        let rules = set(&variables, &ProxyChoice::Url(url("http://b:2")), Some(""));
        for target in [
            "http://127.0.0.1:4117/v1",
            "https://127.8.9.10/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost:11434/",
            "https://LOCALHOST./",
            "http://models.localhost/",
            "http://0.0.0.0:8000/",
        ] {
            for way in [Way::Settings, Way::Direct, Way::Proxy(url("http://c:3"))] {
                assert_eq!(found(&rules, target, &way), None, "{target} {way:?}");
            }
        }
        assert!(address(&rules, "http://localhost.example/").is_some());
    }

    #[test]
    fn a_login_comes_from_the_environment_alone_and_is_never_shown() {
        let variables = environment(&[("https_proxy", "http://user:p%40ss@proxy.test:3128")]);
        for choice in [ProxyChoice::System, ProxyChoice::Url(url("http://proxy.test:3128"))] {
            let rules = set(&variables, &choice, None);
            let found = rules.find(&url("https://provider.test"), &Way::Settings).unwrap();
            assert_eq!((found.url.username(), found.url.password()), ("user", Some("p%40ss")));
            assert_eq!(found.in_use().address, "http://proxy.test:3128");
            assert!(!format!("{rules:?} {found:?}").contains("p%40ss"));
        }
        let rules = set(&variables, &ProxyChoice::None, None);
        let by_profile = |proxy| rules.find(&url("https://provider.test"), &Way::Proxy(url(proxy))).unwrap();
        assert!(by_profile("http://proxy.test:3128").has_login());
        assert!(!by_profile("http://proxy.test:3129").has_login(), "a login is for one proxy only");
    }

    #[test]
    fn a_stored_login_is_given_to_its_proxy_whoever_names_it() {
        let password = SecretString::from("p@ss:w/rd".to_owned());
        let login = ProxyLogin { proxy: url("http://proxy.test:3128"), user: "me".to_owned(), password };
        for (variables, proxy, login_of) in [
            (&[("ALL_PROXY", "proxy.test:3128")][..], ProxyChoice::System, "me"),
            (&[("ALL_PROXY", "http://other:pw@proxy.test:3128")], ProxyChoice::System, "other"),
            (
                &[("ALL_PROXY", "http://other:pw@proxy.test:3128")],
                ProxyChoice::Url(url("http://proxy.test:3128")),
                "me",
            ),
            (&[], ProxyChoice::Url(url("http://proxy.test:3128")), "me"),
            (&[], ProxyChoice::Url(url("http://proxy.test:3129")), ""),
            (&[], ProxyChoice::Url(url("socks5://proxy.test:3128")), ""),
        ] {
            let settings = NetworkSettings { proxy, logins: vec![login.clone()], ..NetworkSettings::default() };
            let found = Rules::new(&environment(variables), &settings).find(&url("https://a.test"), &Way::Settings);
            assert_eq!(found.expect("a proxy").url.username(), login_of, "{settings:?}");
            assert!(!format!("{settings:?}").contains("w/rd"));
        }
    }

    #[test]
    fn a_scheme_may_be_left_out() {
        assert_eq!(shown(&parse("proxy.test:3128").unwrap()), "http://proxy.test:3128");
        assert_eq!(shown(&parse("user:pw@[2001:db8::1]:1").unwrap()), "http://[2001:db8::1]:1");
        assert!(parse("socks4://a:1").is_none() && parse("http://").is_none());
    }
}
