//! The words of credential resolution: what is asked, what is found, what stands in the way.

use std::{fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Origin, StoreError};

/// How a credential is put on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyHeader {
    /// `Authorization: Bearer SECRET` (RFC 6750 §2.1): OpenAI and most compatible endpoints.
    Bearer,
    /// `x-api-key: SECRET`: Anthropic.
    XApiKey,
    /// `x-goog-api-key: SECRET`: Gemini.
    XGoogApiKey,
}

impl KeyHeader {
    /// The header's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "authorization",
            Self::XApiKey => "x-api-key",
            Self::XGoogApiKey => "x-goog-api-key",
        }
    }

    /// The header's value for this secret. Mark it sensitive where the HTTP library can.
    pub fn value(self, secret: &SecretString) -> SecretString {
        match self {
            Self::Bearer => SecretString::from(format!("Bearer {}", secret.expose_secret())),
            Self::XApiKey | Self::XGoogApiKey => secret.clone(),
        }
    }
}

/// What a profile's file and its provider say about the credential. Built anew for each attempt, so that an edited file
/// or a changed variable is seen.
#[derive(Clone, Debug)]
pub struct CredentialAsk {
    /// The profile's name.
    pub profile: String,
    /// The provider's name in the catalogue.
    pub provider: String,
    /// What the profile's file names, in the order to try.
    pub named: Vec<NamedSource>,
    /// Where the request will go.
    pub base_url: Url,
    /// The origins of the provider's catalogue entry: where its stored credentials may go.
    pub provider_origins: Vec<Origin>,
    /// The origins that the user has confirmed for this profile.
    pub confirmed_origins: Vec<Origin>,
    /// The accounts that are logged in at the provider and work, in the order to try; none while its login is switched off.
    pub logins: Vec<String>,
    /// The environment variables that the user accepted for this provider, in the order to try.
    pub accepted_env: Vec<String>,
    /// The provider takes requests without a credential: where nothing else gives one, none is sent.
    pub keyless: bool,
}

/// A source of the credential that a profile's file names.
#[derive(Clone, Debug)]
pub enum NamedSource {
    /// `"auth": {"type": "oauth", "buckets": […]}`: the provider's login, with these accounts in this order.
    Login(Vec<String>),
    /// `auth-key-name`: a key that the CLI keeps under this name.
    CliKeyName(String),
    /// `auth-keyfile`: the file's content, trimmed. A leading `~/` is the home folder.
    Keyfile(PathBuf),
    /// `auth-key`: the key itself, in plain text.
    Plain(SecretString),
    /// `"x-mainstay": {"auth": {"env": "NAME"}}`.
    Env(String),
    /// `"x-mainstay": {"auth": "caller"}`: the caller's own credential is forwarded.
    Caller,
    /// The endpoint takes requests without a credential.
    NoneNeeded,
}

/// A name for a credential that says nothing about the secret and changes when the secret changes.
///
/// `key:` + the kind of source + a short digest under a key of the secret store's own, so that marks on an account
/// survive a restart and end with a new key. Equal secrets of one kind of source have equal ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId(String);

impl CredentialId {
    pub(crate) fn new(source: &Source, digest: &str) -> Self {
        Self(format!("key:{}:{digest}", source.kind()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a request of the profile carries.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A key.
    Key {
        /// The key itself.
        secret: SecretString,
        /// Its name in marks, trails and logs.
        id: CredentialId,
        /// Where it came from.
        source: Source,
    },
    /// The provider's login: the accounts to try, in order; at least one.
    Login {
        /// Their names.
        accounts: Vec<String>,
    },
    /// The caller's own credential.
    Caller,
    /// Nothing: the endpoint needs no credential.
    None,
}

/// Where a key came from. `Display` says it in plain words for the editor and the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The CLI's key of this name, named by the profile's file.
    FileKeyName(String),
    /// This file, named by the profile's file.
    FileKeyfile(PathBuf),
    /// In plain text in the profile's file.
    FilePlain,
    /// This variable, named by the profile's file.
    FileEnv(String),
    /// The key bound to the profile.
    ProfileKey,
    /// The provider's stored key.
    ProviderKey,
    /// This variable, accepted by the user for the provider.
    AcceptedEnv(String),
}

impl Source {
    fn kind(&self) -> &'static str {
        match self {
            Self::FileKeyName(_) => "key-name",
            Self::FileKeyfile(_) => "keyfile",
            Self::FilePlain => "plain",
            Self::FileEnv(_) => "env",
            Self::ProfileKey => "profile",
            Self::ProviderKey => "provider",
            Self::AcceptedEnv(_) => "accepted-env",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileKeyName(name) => write!(f, "the CLI's key `{name}`, named in the profile file"),
            Self::FileKeyfile(path) => write!(f, "the key file {}, named in the profile file", path.display()),
            Self::FilePlain => f.write_str("the key written in the profile file"),
            Self::FileEnv(name) => write!(f, "the variable {name}, named in the profile file"),
            Self::ProfileKey => f.write_str("the profile's own key"),
            Self::ProviderKey => f.write_str("the provider's stored key"),
            Self::AcceptedEnv(name) => write!(f, "the variable {name}, accepted for the provider"),
        }
    }
}

/// Why a profile has no credential to send. Never holds a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialProblem {
    /// No source applies.
    Missing,
    /// The profile's file names accounts of the provider's login, and none of them is logged in.
    LoginNeeded {
        /// The accounts.
        accounts: Vec<String>,
    },
    /// A stored credential (or the caller's own) would go to an origin that it is not bound to.
    OriginUnconfirmed {
        /// Where the request would go.
        origin: Origin,
    },
    /// A credential would leave this machine unencrypted.
    InsecureOrigin {
        /// Where the request would go.
        origin: Origin,
    },
    /// The profile's file names a source that gives no key.
    Unreadable {
        /// The source.
        source: Source,
        /// What is wrong, one clause.
        reason: String,
    },
    /// The secret store cannot answer.
    Store(StoreError),
}

// By hand: the derive would take the field `source` for the error beneath.
impl fmt::Display for CredentialProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("needs a key or login"),
            Self::LoginNeeded { accounts } if accounts.iter().all(|account| account == "default") => {
                f.write_str("needs a login")
            }
            Self::LoginNeeded { accounts } => write!(f, "needs a login of the account {}", accounts.join(" or ")),
            Self::OriginUnconfirmed { origin } => write!(f, "the credential has not been confirmed for {origin}"),
            Self::InsecureOrigin { origin } => write!(f, "a credential would be sent unencrypted to {origin}"),
            Self::Unreadable { source, reason } => write!(f, "cannot use {source}: {reason}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CredentialProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<StoreError> for CredentialProblem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl CredentialProblem {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "needs_credential",
            Self::LoginNeeded { .. } => "login_needed",
            Self::OriginUnconfirmed { .. } => "credential_origin_unconfirmed",
            Self::InsecureOrigin { .. } => "credential_origin_insecure",
            Self::Unreadable { .. } => "credential_unreadable",
            Self::Store(error) => error.code(),
        }
    }

    /// What to do next, one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "Add a key for the profile or for its provider.",
            Self::LoginNeeded { .. } => "Log in at the provider, in Accounts.",
            Self::OriginUnconfirmed { .. } => {
                "Confirm that address for the profile, or give the profile a key of its own."
            }
            Self::InsecureOrigin { .. } => "Use an https address, or confirm this one for the profile.",
            Self::Unreadable { .. } => "Correct the source in the profile file, or remove it to use a stored key.",
            Self::Store(error) => error.hint(),
        }
    }
}
