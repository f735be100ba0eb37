//! What can go wrong with a login.

use crate::StoreError;

/// Why there is no token. Never holds a secret: what a server said is cleaned of what it was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OauthError {
    /// The catalogue's data about the login can't be used.
    #[error("the login of {provider} can't be used: {reason}")]
    Misconfigured {
        /// The provider.
        provider: String,
        /// What is wrong, one clause.
        reason: String,
    },
    /// The provider has no client for others: the user has to bring one.
    #[error("this login needs an OAuth client of your own")]
    NeedsClient,
    /// Every port that the login may come back to is in use.
    #[error("the login can't come back to this machine: every port from {first} to {last} is in use")]
    PortsTaken {
        /// The first.
        first: u16,
        /// The last.
        last: u16,
    },
    /// This machine lets nobody listen.
    #[error("the login can't come back to this machine: {0}")]
    Listen(#[source] std::io::Error),
    /// The server can't be reached, or fails.
    #[error("the login server can't be reached: {reason}")]
    Unreached {
        /// What happened, one clause.
        reason: String,
    },
    /// The user or the provider said no.
    #[error("the login was denied")]
    Denied,
    /// The code was used already, or too old; for a refresh, the login is over (RFC 6749 §5.2, `invalid_grant`).
    #[error("the provider no longer accepts this code or login")]
    InvalidGrant,
    /// Nobody answered in time.
    #[error("the login was not finished in time")]
    Expired,
    /// What came back does not belong to the login that was begun here.
    #[error("the answer does not belong to this login")]
    WrongState,
    /// The server refused, by RFC 6749 §5.2.
    #[error("the login server refused: {code}{}", .description.as_ref().map(|said| format!(" ({said})")).unwrap_or_default())]
    Refused {
        /// Its word for it.
        code: String,
        /// What it said.
        description: Option<String>,
    },
    /// The server's answer makes no sense.
    #[error("the login server's answer can't be read: {reason}")]
    Malformed {
        /// What is wrong, one clause.
        reason: String,
    },
    /// What was pasted is no code.
    #[error("what was pasted holds no code")]
    NoCode,
    /// The tokens can't be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OauthError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Misconfigured { .. } => "login_misconfigured",
            Self::NeedsClient => "login_needs_client",
            Self::PortsTaken { .. } | Self::Listen(_) => "login_port_taken",
            Self::Unreached { .. } => "login_unreachable",
            Self::Denied => "login_denied",
            Self::InvalidGrant => "login_ended",
            Self::Expired => "login_expired",
            Self::WrongState => "login_wrong_state",
            Self::Refused { .. } => "login_refused",
            Self::Malformed { .. } => "login_malformed",
            Self::NoCode => "login_no_code",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do next, one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Misconfigured { .. } => "Correct the login's settings, or use a key.",
            Self::NeedsClient => {
                "Create an OAuth client for desktop apps at the provider and enter its id, or use a key."
            }
            Self::PortsTaken { .. } | Self::Listen(_) => "End the program that uses them, or paste the code instead.",
            Self::Unreached { .. } => "Try again when the network and the provider are back.",
            Self::Denied => "Log in again and allow the access, or use a key.",
            Self::InvalidGrant | Self::Expired | Self::WrongState => "Log in again.",
            Self::Refused { .. } | Self::Malformed { .. } => "Log in again; if it stays so, use a key.",
            Self::NoCode => "Paste the whole text that the page shows.",
            Self::Store(error) => error.hint(),
        }
    }

    /// Whether the same might work later without the user.
    pub fn passing(&self) -> bool {
        matches!(self, Self::Unreached { .. } | Self::Malformed { .. } | Self::Store(_))
    }
}
