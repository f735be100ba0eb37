//! Why somebody was not let in, and what would let them in.

/// The longest piece of a request that is said back.
const SAID: usize = 200;

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the Host header \"{0}\" is not this gateway's")]
    Host(String),
    #[error("requests from web pages are not allowed (Origin \"{0}\")")]
    Origin(String),
    #[error("requests from web pages without an origin of their own are not allowed (Origin \"null\")")]
    NullOrigin,
    #[error("requests from web pages of other sites are not allowed")]
    OtherSite,
    #[error("the admin routes take no requests from other pages (Origin \"{0}\")")]
    AdminOrigin(String),
    #[error("the admin routes take requests from this machine only")]
    AdminPeer,
    #[error("no Mainstay token came with the request")]
    NoToken,
    #[error("the Mainstay token is wrong")]
    WrongToken,
    #[error("the Mainstay token of \"{0}\" was revoked")]
    Revoked(String),
}

impl Refused {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Host(_)
            | Self::Origin(_)
            | Self::NullOrigin
            | Self::OtherSite
            | Self::AdminOrigin(_)
            | Self::AdminPeer => 403,
            Self::NoToken | Self::WrongToken | Self::Revoked(_) => 401,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Host(_) => "host_not_allowed",
            Self::Origin(_) | Self::NullOrigin | Self::OtherSite | Self::AdminOrigin(_) => "origin_not_allowed",
            Self::AdminPeer => "admin_only_from_this_machine",
            Self::NoToken => "token_missing",
            Self::WrongToken => "token_wrong",
            Self::Revoked(_) => "token_revoked",
        }
    }

    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Host(host) => {
                format!("To allow it, add {host} to the hosts in Settings, or start with --allow-host {host}")
            }
            Self::Origin(origin) => {
                format!("To allow it, add {origin} to the origins in Settings, or start with --allow-origin {origin}")
            }
            Self::NullOrigin => "No entry allows it: any page can send that".to_owned(),
            Self::OtherSite => {
                "No entry allows a request that does not say its origin. Call the gateway from a program".to_owned()
            }
            Self::AdminOrigin(_) => {
                "No entry allows it. Open the window at the address that mainstay serve --ui prints".to_owned()
            }
            Self::AdminPeer => "Run the command on the machine that Mainstay runs on".to_owned(),
            Self::NoToken | Self::WrongToken => {
                "Give the token that Mainstay shows as the API key, or in the header x-mainstay-token".to_owned()
            }
            Self::Revoked(name) => {
                format!("Make another in Settings, or with mainstay tokens make \"{name}\"")
            }
        }
    }
}

/// A piece of a request as it may be said back: short, and in printable ASCII.
pub(super) fn said(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(SAID).collect()
}
