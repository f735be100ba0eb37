//! The keys that the llxprt CLI keeps under names (`/key save NAME`), read where it keeps them.
//!
//! Invariant: read only. They are the CLI's own.

use std::{collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{REQUEST_LIMIT, os_keyring::KeyringThread};

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

/// The CLI's named keys in the operating system's keyring.
///
/// They are read anew each time, so a key that the CLI changes is seen. A keyring that does not answer is waited for as
/// long as the limit says, and then not again until it comes back.
#[derive(Clone, Copy, Debug)]
pub struct OsCliKeys {
    limit: Duration,
}

impl OsCliKeys {
    /// For requests: waits at most [`REQUEST_LIMIT`].
    pub fn new() -> Self {
        Self::with_limit(REQUEST_LIMIT)
    }

    /// Waits at most this long for the keyring.
    pub fn with_limit(limit: Duration) -> Self {
        Self { limit }
    }
}

impl Default for OsCliKeys {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl CliKeys for OsCliKeys {
    async fn get(&self, name: &str) -> Result<Option<SecretString>, CliKeyError> {
        if !is_cli_key_name(name) {
            return Err(CliKeyError::InvalidName);
        }
        let text = KeyringThread::system().get(CLI_KEYS_SERVICE, name, self.limit).await?;
        Ok(text.map(|text| SecretString::from(text.as_str())))
    }
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
