//! The keys that the llxprt CLI keeps under names (`/key save NAME`), read where it keeps them.
//!
//! Invariant: read only. They are the CLI's own.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use secrecy::SecretString;

/// The keyring service under which the CLI keeps its named keys; the account is the key's name.
pub const CLI_KEYS_SERVICE: &str = "llxprt-code-provider-keys";

/// Reads the CLI's named keys.
#[async_trait]
pub trait CliKeys: Send + Sync {
    /// The key of this name, `None` if there is none.
    async fn get(&self, name: &str) -> Result<Option<SecretString>, CliKeyError>;
}

/// Why a named key cannot be read. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliKeyError {
    /// The CLI allows names of 1 to 64 characters out of `A-Z a-z 0-9 . _ -`.
    #[error("it is not a name that the CLI gives to keys")]
    InvalidName,
    /// The keyring cannot be reached, refuses, or does not answer in time.
    #[error(transparent)]
    Keyring(#[from] crate::StoreError),
}

/// Whether the CLI could have given this name to a key (its own rule: `^[a-zA-Z0-9._-]{1,64}$`).
pub(crate) fn is_cli_key_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// Named keys held in memory: for tests, and where the CLI's keyring must not be touched.
#[derive(Clone, Default)]
pub struct MemoryCliKeys(BTreeMap<String, SecretString>);

impl MemoryCliKeys {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same keys and one more.
    #[must_use]
    pub fn with(mut self, name: &str, secret: SecretString) -> Self {
        self.0.insert(name.to_owned(), secret);
        self
    }
}

impl fmt::Debug for MemoryCliKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[async_trait]
impl CliKeys for MemoryCliKeys {
    async fn get(&self, name: &str) -> Result<Option<SecretString>, CliKeyError> {
        if !is_cli_key_name(name) {
            return Err(CliKeyError::InvalidName);
        }
        Ok(self.0.get(name).cloned())
    }
}
