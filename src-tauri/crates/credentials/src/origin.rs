//! Origins: where a credential may be sent.
//!
//! Invariant: two addresses have equal origins exactly when scheme, host and port are equal (RFC 6454 §5), with default
//! ports filled in and the host in the canonical form of the URL standard.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

/// Scheme, host and port of an address: what a stored credential is bound to.
///
/// `Display` leaves a default port out: `https://api.anthropic.com`, `http://127.0.0.1:8080`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// The scheme in lower case, such as `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host in canonical form; an IPv6 address stands in brackets. Empty for an address without a host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, the scheme's default filled in; `None` if the scheme has no default and the address names none.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether what is sent there stays on this machine: `localhost`, 127.0.0.0/8, `::1`.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether a secret may travel there: `https`, or plain `http` that stays on this machine.
    pub fn is_secure(&self) -> bool {
        match self.scheme.as_str() {
            "https" => true,
            "http" => self.is_loopback(),
            _ => false,
        }
    }
}

impl From<&Url> for Origin {
    fn from(url: &Url) -> Self {
        let host = match url.host() {
            Some(Host::Domain(domain)) => domain.to_ascii_lowercase(),
            Some(address) => address.to_string(),
            None => String::new(),
        };
        Self { scheme: url.scheme().to_owned(), host, port: url.port_or_known_default() }
    }
}

/// A text that is no address with a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address such as https://api.example.com")]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Reads an origin, or the origin of a whole URL.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| InvalidOrigin)?;
        if url.has_host() { Ok(Self::from(&url)) } else { Err(InvalidOrigin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme.as_str(), self.port) {
            ("https", Some(443)) | ("http", Some(80)) | (_, None) => Ok(()),
            (_, Some(port)) => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn spelling_does_not_matter() {
        for (a, b) in [
            ("https://API.Anthropic.com", "https://api.anthropic.com:443/v1?x=1"),
            ("http://localhost:80", "HTTP://LOCALHOST/"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://127.1:9", "http://127.0.0.1:9"),
            ("https://user:pass@api.openai.com", "https://api.openai.com"),
        ] {
            assert_eq!(origin(a), origin(b));
        }
    }

    #[test]
    fn scheme_host_and_port_each_matter() {
        let base = origin("https://api.openai.com");
        for other in [
            "http://api.openai.com",
            "https://api.openai.com:8443",
            "https://api.openai.com.evil.example",
            "https://openai.com",
            "https://api.openai.com@evil.example",
        ] {
            assert_ne!(base, origin(other));
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for text in ["http://localhost:1", "http://127.0.0.1", "http://127.9.8.7:4117", "http://[::1]:4117"] {
            assert!(origin(text).is_loopback(), "{text}");
            assert!(origin(text).is_secure(), "{text}");
        }
        for text in [
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://192.168.1.1",
            "http://0.0.0.0",
            "http://[::2]",
            "http://[::ffff:8.8.8.8]",
        ] {
            assert!(!origin(text).is_loopback(), "{text}");
            assert!(!origin(text).is_secure(), "{text}");
        }
        assert!(origin("https://192.168.1.1").is_secure());
        assert!(!origin("ftp://localhost").is_secure());
    }

    #[test]
    fn an_origin_is_read_back_from_its_text() {
        for text in
            ["https://api.anthropic.com", "http://[::1]:4117", "http://127.0.0.1:8080", "https://h.example:8443"]
        {
            assert_eq!(origin(text).to_string(), text);
        }
    }

    #[test]
    fn texts_without_a_host_are_refused() {
        for text in ["", "api.openai.com", "mailto:a@b.example", "file:///etc/passwd"] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
    }
}
