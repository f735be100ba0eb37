//! What every secret store can do, which kinds there are, and how one is opened.
//!
//! Invariants: the user chooses the kind; a store that cannot be opened is an error, never a silent fall back to another
//! kind, and never plain text on disk.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{
    MemoryStore, OPEN_LIMIT, SecretId,
    os_keyring::KeyringThread,
    vault::{Key, LockedVault, key_from_text, key_to_text, off_the_runtime, read_or_make_key_file},
};

/// Keeps secrets under their ids.
///
/// Single writer: one engine per data folder is assumed. Writes are atomic all the same, so a process that is killed
/// leaves the state before or after a write, never something between.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The secret under this id, `None` if there is none.
    async fn get(&self, id: &SecretId) -> Result<Option<SecretString>, StoreError>;

    /// Keeps a secret under this id in place of any other. When it returns, the secret is durable (except in memory).
    async fn set(&self, id: &SecretId, secret: &SecretString) -> Result<(), StoreError>;

    /// Forgets the secret under this id; says whether there was one.
    async fn delete(&self, id: &SecretId) -> Result<bool, StoreError>;

    /// All ids in the store, in order.
    async fn list(&self) -> Result<Vec<SecretId>, StoreError>;

    /// Which kind of store this is.
    fn kind(&self) -> StoreKind;

    /// Whether the store can do its work now.
    async fn health(&self) -> Health;
}

/// Where secrets are kept: the choice behind `--secrets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKind {
    /// An encrypted vault file whose key is in the operating system's keyring.
    Keyring,
    /// An encrypted vault file whose key is in a file beside it.
    File,
    /// This run only.
    Memory,
}

impl StoreKind {
    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no kind of store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a place for secrets: it is keyring, file or memory")]
pub struct UnknownStoreKind(String);

impl FromStr for StoreKind {
    type Err = UnknownStoreKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Keyring, Self::File, Self::Memory]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownStoreKind(word.to_owned()))
    }
}

/// Whether a store can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It can.
    Ready,
    /// It cannot, for a reason in plain words.
    Unavailable {
        /// What is wrong, one clause without a full stop.
        reason: String,
    },
}

/// Why a store cannot do what was asked. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system's keyring cannot be reached or refuses.
    #[error("the system keyring is not available: {reason}")]
    KeyringUnavailable {
        /// What the keyring said.
        reason: String,
    },
    /// The keyring did not answer in time: most often it waits for its owner to unlock it.
    #[error("the system keyring has not answered within {} s", limit.as_secs_f32())]
    KeyringTimeout {
        /// How long was waited.
        limit: Duration,
    },
    /// The vault is there, but not the key that it was sealed with.
    #[error("the key of the vault {} is lost or is another vault's", vault.display())]
    VaultKeyLost {
        /// The vault file, left as it is.
        vault: PathBuf,
    },
    /// The vault's key is kept elsewhere than this kind of store looks.
    #[error("the key of the vault {} is kept in another place ({kept_in})", vault.display())]
    VaultKeyElsewhere {
        /// The vault file, left as it is.
        vault: PathBuf,
        /// The kind of store that made the vault.
        kept_in: StoreKind,
    },
    /// The vault file is cut off or has been changed.
    #[error("the vault {} is damaged: {reason}", vault.display())]
    VaultDamaged {
        /// The vault file, left as it is.
        vault: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The vault was written by a newer release.
    #[error("the vault {} has format {found}, newer than this release reads", vault.display())]
    VaultTooNew {
        /// The vault file, left as it is.
        vault: PathBuf,
        /// The format's number.
        found: u64,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The secret cannot be used as one.
    #[error("the key {0}")]
    InvalidSecret(&'static str),
}

impl StoreError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyringUnavailable { .. } => "keyring_unavailable",
            Self::KeyringTimeout { .. } => "keyring_timeout",
            Self::VaultKeyLost { .. } => "vault_key_lost",
            Self::VaultKeyElsewhere { .. } => "vault_key_elsewhere",
            Self::VaultDamaged { .. } => "vault_damaged",
            Self::VaultTooNew { .. } => "vault_too_new",
            Self::Io { .. } => "secret_store_io",
            Self::InvalidSecret(_) => "invalid_secret",
        }
    }

    /// What to do next, one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::KeyringUnavailable { .. } => {
                "Start or unlock the keyring, or choose `--secrets file` (a key file beside the vault) or `--secrets memory` (this run only)."
            }
            Self::KeyringTimeout { .. } => "Look for the keyring's prompt and unlock it, then try again.",
            Self::VaultKeyLost { .. } => {
                "Bring the key back, or run `mainstay key set-aside`, start again, log in again and enter the keys again; nothing else is lost."
            }
            Self::VaultKeyElsewhere { .. } => {
                "Start with the place for secrets that made the vault, or run `mainstay key set-aside` and enter the keys again."
            }
            Self::VaultDamaged { .. } => {
                "Restore the file from a backup, or run `mainstay key set-aside`, start again, log in again and enter the keys again; nothing else is lost."
            }
            Self::VaultTooNew { .. } => "Update Mainstay.",
            Self::Io { .. } => "Check the data folder's permissions and free space.",
            Self::InvalidSecret(_) => "Copy the key again from its provider.",
        }
    }
}

/// Opens the store of this kind in this data folder, making it if there is none yet.
///
/// `service` is the keyring's service name (tests use one of their own); only [`StoreKind::Keyring`] uses it. Waiting for
/// the keyring ends after [`OPEN_LIMIT`](crate::OPEN_LIMIT); a failed call may be repeated at any time, also when the
/// keyring appears only later.
///
/// # Errors
/// Any [`StoreError`] except [`StoreError::InvalidSecret`]. A vault that is there is left as it is.
pub async fn open(kind: StoreKind, data_dir: &Path, service: &str) -> Result<Arc<dyn SecretStore>, StoreError> {
    open_with(kind, data_dir, service, KeyringThread::system(), OPEN_LIMIT).await
}

pub(crate) async fn open_with(
    kind: StoreKind,
    data_dir: &Path,
    service: &str,
    keyring: &KeyringThread,
    limit: Duration,
) -> Result<Arc<dyn SecretStore>, StoreError> {
    if kind == StoreKind::Memory {
        return Ok(Arc::new(MemoryStore::new()));
    }
    let dir = data_dir.to_owned();
    let (vault, key) = off_the_runtime(data_dir, move || {
        let vault = LockedVault::read(&dir, kind)?;
        let key = match kind {
            StoreKind::File => Some(read_or_make_key_file(&dir, &vault)?),
            StoreKind::Keyring | StoreKind::Memory => None,
        };
        Ok((vault, key))
    })
    .await?;
    let key = match key {
        Some(key) => key,
        None => read_or_make_keyring_key(&vault, service, keyring, limit).await?,
    };
    Ok(Arc::new(off_the_runtime(data_dir, move || vault.unlock(key)).await?))
}

/// Forgets the key of this data folder's vault in the system's keyring; says whether it was there. After that the vault can't
/// be opened any more. A vault whose key is kept elsewhere has none there.
///
/// # Errors
/// As [`open`].
pub async fn forget_vault_key(data_dir: &Path, service: &str) -> Result<bool, StoreError> {
    forget_with(data_dir, service, KeyringThread::system()).await
}

pub(crate) async fn forget_with(data_dir: &Path, service: &str, keyring: &KeyringThread) -> Result<bool, StoreError> {
    let dir = data_dir.to_owned();
    let vault = off_the_runtime(data_dir, move || LockedVault::read(&dir, StoreKind::Keyring)).await;
    match vault {
        Ok(vault) if vault.is_new() => Ok(false),
        Ok(vault) => keyring.delete(service, &account_of(&vault), OPEN_LIMIT).await,
        Err(StoreError::VaultKeyElsewhere { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn account_of(vault: &LockedVault) -> String {
    format!("vault-key:{}", vault.name().as_str())
}

/// The key of this vault in the keyring; it is made only for a vault that is new.
async fn read_or_make_keyring_key(
    vault: &LockedVault,
    service: &str,
    keyring: &KeyringThread,
    limit: Duration,
) -> Result<Key, StoreError> {
    let account = account_of(vault);
    if vault.is_new() {
        keyring.set(service, &account, key_to_text(&Key::random()), limit).await?;
    }
    // A new key is read back too: some keyrings take a secret and do not keep it.
    let text = keyring.get(service, &account, limit).await?;
    text.and_then(|text| key_from_text(&text)).ok_or_else(|| {
        if vault.is_new() {
            StoreError::KeyringUnavailable { reason: "it did not keep the vault's key".to_owned() }
        } else {
            vault.key_lost()
        }
    })
}
