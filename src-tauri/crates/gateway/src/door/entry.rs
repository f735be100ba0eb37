//! What the user allows beyond the defaults: further hosts and origins, one entry each.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::Url;

/// The longest name that DNS knows.
const LONGEST: usize = 253;

/// Why an entry can't be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Nothing but spaces.
    #[error("an empty entry allows nobody")]
    Empty,
    /// A star would open the door to everybody.
    #[error("\"{0}\" has a star in it, and a star would let every page in")]
    Star(String),
    /// An address where a host is wanted.
    #[error("\"{0}\" is an address, not a host")]
    Address(String),
    /// Not a host.
    #[error("\"{0}\" is no host")]
    Host(String),
    /// `null`, which any page can send.
    #[error("the origin null is sent by pages that have none, and any page can make itself one")]
    Null,
    /// Not an origin.
    #[error("\"{0}\" is no origin")]
    Origin(String),
}

impl EntryError {
    /// Stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "door_entry_empty",
            Self::Star(_) => "door_entry_star",
            Self::Address(_) | Self::Host(_) => "door_host_bad",
            Self::Null | Self::Origin(_) => "door_origin_bad",
        }
    }

    /// What to write instead.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "Write a host or an origin.",
            Self::Star(_) => "Write each one by itself.",
            Self::Address(_) => "Write it without http:// and without a path: host.docker.internal, or with a port.",
            Self::Host(_) => "Write a name or an IP address, with or without a port: host.docker.internal:4117.",
            Self::Null => "It can't be allowed.",
            Self::Origin(_) => "Write it as the browser sends it: http://localhost:3000, without a path.",
        }
    }
}

/// A further `Host`: a name or an IP address, with a port or for every port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    name: String,
    port: Option<u16>,
}

impl AllowedHost {
    /// Reads an entry: `host.docker.internal`, `192.0.2.7:4117`, `[2001:db8::7]`.
    ///
    /// # Errors
    /// When it is empty, has a star, is a whole address, or can't be a host.
    pub fn parse(text: &str) -> Result<Self, EntryError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EntryError::Empty);
        }
        if text.contains('*') {
            return Err(EntryError::Star(text.to_owned()));
        }
        if text.contains('/') {
            return Err(EntryError::Address(text.to_owned()));
        }
        Self::of_header(text).ok_or_else(|| EntryError::Host(text.to_owned()))
    }

    /// Reads a `Host` header, which has the same form.
    pub(super) fn of_header(text: &str) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']')?;
                let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
                (format!("[{}]", address.parse::<Ipv6Addr>().ok()?), port)
            }
            None => {
                let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                if name.is_empty() || name.len() > LONGEST || !name.bytes().all(fits) {
                    return None;
                }
                (name.to_ascii_lowercase(), port)
            }
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let port = match port {
            Some(port) => Some(port.parse::<u16>().ok().filter(|number| *number > 0 && digits(port))?),
            None => None,
        };
        Some(Self { name, port })
    }

    /// Whether a request for this host may come in by this entry.
    pub(super) fn admits(&self, host: &Self) -> bool {
        self.name == host.name && self.port.is_none_or(|port| port == host.port_or_default())
    }

    /// Whether this is a name of this machine's loopback, at that port.
    pub(super) fn is_loopback_at(&self, port: u16) -> bool {
        let name = self.name == "localhost"
            || self.name.parse() == Ok(Ipv4Addr::LOCALHOST)
            || self.name == format!("[{}]", Ipv6Addr::LOCALHOST);
        name && self.port_or_default() == port
    }

    fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(80)
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A further `Origin`, as browsers send it: scheme, host, and a port that is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(String);

impl AllowedOrigin {
    /// Reads an entry: `http://localhost:3000`, `chrome-extension://abcdef`.
    ///
    /// # Errors
    /// When it is empty, has a star, is `null`, or can't be an origin.
    pub fn parse(text: &str) -> Result<Self, EntryError> {
        let text = text.trim();
        let bad = || EntryError::Origin(text.to_owned());
        if text.is_empty() {
            return Err(EntryError::Empty);
        }
        if text.contains('*') {
            return Err(EntryError::Star(text.to_owned()));
        }
        if text.eq_ignore_ascii_case("null") {
            return Err(EntryError::Null);
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@\\\"'<>".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) || scheme.eq_ignore_ascii_case("file") {
            return Err(bad());
        }
        let url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| bad())?;
        let origin = url.origin();
        if origin.is_tuple() {
            return Ok(Self(origin.ascii_serialization()));
        }
        Ok(Self(format!("{scheme}://{host}").to_ascii_lowercase()))
    }

    /// The entry, as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn admits(&self, origin: &str) -> bool {
        self.0.eq_ignore_ascii_case(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for (text, written) in [
            ("host.docker.internal", "host.docker.internal"),
            (" Gateway.Internal:80 ", "gateway.internal:80"),
            ("192.0.2.7:4117", "192.0.2.7:4117"),
            ("[2001:DB8:0::7]", "[2001:db8::7]"),
            ("[::1]:9", "[::1]:9"),
        ] {
            assert_eq!(AllowedHost::parse(text).unwrap().to_string(), written, "{text}");
        }
        for (text, code) in [
            (" ", "door_entry_empty"),
            ("*", "door_entry_star"),
            ("*.internal", "door_entry_star"),
            ("http://gateway.internal", "door_host_bad"),
            ("gateway.internal/v1", "door_host_bad"),
            ("user@gateway.internal", "door_host_bad"),
            ("gateway.internal:0", "door_host_bad"),
            ("gateway.internal:+80", "door_host_bad"),
            ("gateway.internal:99999", "door_host_bad"),
            ("::1", "door_host_bad"),
            ("[::1", "door_host_bad"),
            ("[::1]x", "door_host_bad"),
            ("two hosts", "door_host_bad"),
        ] {
            assert_eq!(AllowedHost::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn an_entry_with_a_port_admits_that_port_alone() {
        let admits =
            |entry: &str, host: &str| AllowedHost::parse(entry).unwrap().admits(&AllowedHost::of_header(host).unwrap());
        assert!(admits("gateway.internal", "gateway.internal:4117") && admits("gateway.internal", "GATEWAY.internal"));
        assert!(admits("gateway.internal:80", "gateway.internal"), "80 is what http leaves out");
        assert!(!admits("gateway.internal:4117", "gateway.internal:4118"));
        assert!(
            !admits("gateway.internal", "evil.gateway.internal") && !admits("gateway.internal", "gateway.internal.")
        );
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for (text, written) in [
            ("http://Tool.local:9", "http://tool.local:9"),
            ("https://tool.example:443/", "https://tool.example"),
            ("chrome-extension://AbCdEf", "chrome-extension://abcdef"),
            ("vscode-webview://1a2b", "vscode-webview://1a2b"),
        ] {
            assert_eq!(AllowedOrigin::parse(text).unwrap().as_str(), written, "{text}");
        }
        for (text, code) in [
            ("", "door_entry_empty"),
            ("*", "door_entry_star"),
            ("http://*.example", "door_entry_star"),
            ("NULL", "door_origin_bad"),
            ("tool.local", "door_origin_bad"),
            ("http://", "door_origin_bad"),
            ("http://tool.local/path", "door_origin_bad"),
            ("http://me@tool.local", "door_origin_bad"),
            ("file://", "door_origin_bad"),
            ("file://host", "door_origin_bad"),
            ("http://tool.local http://other", "door_origin_bad"),
        ] {
            assert_eq!(AllowedOrigin::parse(text).unwrap_err().code(), code, "{text}");
        }
    }
}
