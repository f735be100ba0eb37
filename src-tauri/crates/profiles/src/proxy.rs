//! How a proxy is named, in a profile file and in the settings alike.
//!
//! Invariant: what is accepted here holds no user's name and no password, because both places are files in plain text.

use url::Url;

/// Why a text names no proxy. The text is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyUrlError {
    /// It can't be read as an address.
    #[error("the proxy's address can't be read")]
    NotAnAddress,
    /// It begins with something else than a proxy's address may.
    #[error("the proxy's address begins with none of http://, https://, socks5:// and socks5h://")]
    Scheme,
    /// It holds a user's name or a password.
    #[error("the proxy's address holds a user name or password")]
    Login,
    /// There is more behind host and port.
    #[error("the proxy's address goes on behind host and port")]
    Path,
}

impl ProxyUrlError {
    /// What to do.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotAnAddress | Self::Scheme | Self::Path => {
                "Write it as http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT."
            }
            Self::Login => "Leave them out: passwords don't belong into a file. Give them in Settings, Network.",
        }
    }
}

/// Reads a proxy's address: `http://HOST:PORT`, `https://…`, `socks5://…` (names are looked up here) or `socks5h://…` (the
/// proxy looks them up).
///
/// # Errors
/// When it is none, or holds what it may not.
pub fn proxy_url(text: &str) -> Result<Url, ProxyUrlError> {
    let text = text.trim();
    if !text.contains("://") {
        return Err(if text.contains('@') { ProxyUrlError::Login } else { ProxyUrlError::NotAnAddress });
    }
    let url = Url::parse(text).map_err(|_| ProxyUrlError::NotAnAddress)?;
    if !["http", "https", "socks5", "socks5h"].contains(&url.scheme()) {
        return Err(ProxyUrlError::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ProxyUrlError::Login);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(ProxyUrlError::NotAnAddress);
    }
    if !["", "/"].contains(&url.path()) || url.query().is_some() || url.fragment().is_some() {
        return Err(ProxyUrlError::Path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_kinds_of_proxies_are_read() {
        for text in [
            "http://proxy.test:3128",
            "https://proxy.test",
            "socks5://127.0.0.1:1080",
            " socks5h://[2001:db8::1]:1080 ",
            "http://proxy.test:3128/",
        ] {
            assert!(proxy_url(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_refused_and_never_repeated() {
        for (text, why) in [
            ("", ProxyUrlError::NotAnAddress),
            ("proxy.test:3128", ProxyUrlError::NotAnAddress),
            ("http://", ProxyUrlError::NotAnAddress),
            ("socks5://", ProxyUrlError::NotAnAddress),
            ("http://proxy.test:port", ProxyUrlError::NotAnAddress),
            ("socks4://proxy.test:1080", ProxyUrlError::Scheme),
            ("ftp://proxy.test", ProxyUrlError::Scheme),
            ("http://user:hunter2@proxy.test:3128", ProxyUrlError::Login),
            ("user:hunter2@proxy.test:3128", ProxyUrlError::Login),
            ("socks5://user@proxy.test:1080", ProxyUrlError::Login),
            ("http://proxy.test/wpad.dat", ProxyUrlError::Path),
            ("http://proxy.test/?a=hunter2", ProxyUrlError::Path),
        ] {
            assert_eq!(proxy_url(text), Err(why), "{text}");
            assert!(!format!("{why} {}", why.hint()).contains("hunter2"));
        }
    }
}
