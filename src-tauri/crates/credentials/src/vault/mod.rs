//! The vault: a file of sealed records, opened with one key.
//!
//! Why one key and a file, and not a keyring entry for each secret: Windows limits an entry to 2560 bytes, token bundles
//! are larger, and one entry means one prompt.
//!
//! Invariants:
//! - A vault file that is there is only ever replaced by a vault that its key has opened. What cannot be opened is left as
//!   it is; [`reset`] moves it aside.
//! - Memory and file change together: memory only after the file is durable.
//! - Reading never waits for the disk.

mod key_file;
mod sealed;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use async_trait::async_trait;
use secrecy::SecretString;

pub(crate) use self::key_file::{key_from_text, key_to_text, read_or_make_key_file};
use self::sealed::Document;
pub(crate) use self::sealed::{Key, VaultName};
use crate::{
    Health, SecretId, SecretStore, StoreError, StoreKind,
    disk::{io_error, make_private_dir, move_aside, read_if_there, sweep_temporaries, tighten, write_private},
};

/// The vault's file in the data folder.
const VAULT_FILE: &str = "vault.json";

/// What a vault that is moved aside is called, before `-1`, `-2`, ….
const LOST: &str = "vault.lost";

/// Moves the vault of this data folder aside, to `vault.lost-1` or the next free number, and says where it is now; `None`
/// if there is none. The next [`open`](crate::open) makes a new one.
///
/// Nothing is deleted: keys stay where they are, so a vault that was moved aside can be put back. For when the user has
/// decided, after [`StoreError::VaultKeyLost`], [`StoreError::VaultKeyElsewhere`] or [`StoreError::VaultDamaged`]; never
/// beside an open store, which would write its vault back.
///
/// # Errors
/// [`StoreError::Io`].
pub async fn reset(data_dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    let vault = data_dir.join(VAULT_FILE);
    off_the_runtime(data_dir, move || move_aside(&vault, LOST)).await
}

/// Which kind of store made the vault of this data folder; nothing if there is none, or none that can be read.
pub async fn kind_of_vault(data_dir: &Path) -> Option<StoreKind> {
    let path = data_dir.join(VAULT_FILE);
    let read = move || read_if_there(&path)?.map(|content| Document::parse(&content, &path)).transpose();
    let document = off_the_runtime(data_dir, read).await.ok()??;
    document.kept_in.parse().ok()
}

/// A vault that is on disk, or is about to be, before its key is known.
pub(crate) struct LockedVault {
    path: PathBuf,
    kept_in: StoreKind,
    found: Option<Document>,
    name: VaultName,
}

impl LockedVault {
    /// Reads the vault of this data folder as far as that goes without its key.
    pub(crate) fn read(data_dir: &Path, kept_in: StoreKind) -> Result<Self, StoreError> {
        make_private_dir(data_dir)?;
        let path = data_dir.join(VAULT_FILE);
        sweep_temporaries(&path)?;
        let found = match read_if_there(&path)? {
            Some(content) => Some(Document::parse(&content, &path)?),
            None => None,
        };
        let name = found.as_ref().map_or_else(VaultName::random, |document| document.vault.clone());
        if let Some(document) = &found {
            if document.kept_in != kept_in.as_str() {
                let elsewhere =
                    document.kept_in.parse().map_err(|_| damaged(&path, "where its key is kept is unknown"))?;
                return Err(StoreError::VaultKeyElsewhere { vault: path, kept_in: elsewhere });
            }
            tighten(&path)?;
        }
        Ok(Self { path, kept_in, found, name })
    }

    /// Whether there is no vault yet, so that its key may be made.
    pub(crate) fn is_new(&self) -> bool {
        self.found.is_none()
    }

    /// Tells this vault from others whose keys are kept in the same place.
    pub(crate) fn name(&self) -> &VaultName {
        &self.name
    }

    /// The error for a vault whose key is not to be had.
    pub(crate) fn key_lost(&self) -> StoreError {
        StoreError::VaultKeyLost { vault: self.path.clone() }
    }

    /// Opens the vault, or makes it if there is none. Every record is opened once, so that damage shows now.
    pub(crate) fn unlock(self, key: Key) -> Result<VaultStore, StoreError> {
        let records = match &self.found {
            Some(document) => document.verify(&key, &self.path)?,
            None => BTreeMap::new(),
        };
        let mut header = self.found.unwrap_or_else(|| Document::new(self.name, self.kept_in, &key));
        header.records.clear();
        let vault = Vault {
            path: self.path,
            key,
            kind: self.kept_in,
            header,
            records: RwLock::new(records),
            writing: Mutex::new(None),
        };
        if !vault.path.exists() {
            vault.write(&BTreeMap::new())?;
        }
        Ok(VaultStore { vault: Arc::new(vault) })
    }
}

/// The open vault as a store.
pub(crate) struct VaultStore {
    vault: Arc<Vault>,
}

struct Vault {
    path: PathBuf,
    key: Key,
    kind: StoreKind,
    /// Everything of the file except the records.
    header: Document,
    /// Sealed texts. They are opened anew for each reader, so no more secrets are in memory than are in use.
    records: RwLock<BTreeMap<SecretId, String>>,
    /// Held while writing; what went wrong the last time.
    writing: Mutex<Option<String>>,
}

impl Vault {
    fn records(&self) -> BTreeMap<SecretId, String> {
        self.records.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn get(&self, id: &SecretId) -> Result<Option<SecretString>, StoreError> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        let Some(sealed) = records.get(id) else { return Ok(None) };
        let opened = self.key.open(&self.header.vault, &id.to_string(), sealed);
        opened.map(Some).map_err(|reason| damaged(&self.path, reason))
    }

    /// Applies a change to a copy, writes it, and only then makes it what readers see.
    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<SecretId, String>) -> (bool, T)) -> Result<T, StoreError> {
        let mut last_failure = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut records = self.records();
        let (changed, result) = change(&mut records);
        if changed {
            let written = self.write(&records);
            *last_failure = written.as_ref().err().map(in_full);
            written?;
            *self.records.write().unwrap_or_else(PoisonError::into_inner) = records;
        }
        Ok(result)
    }

    fn write(&self, records: &BTreeMap<SecretId, String>) -> Result<(), StoreError> {
        write_private(&self.path, &self.header.to_bytes(records))
    }
}

#[async_trait]
impl SecretStore for VaultStore {
    async fn get(&self, id: &SecretId) -> Result<Option<SecretString>, StoreError> {
        self.vault.get(id)
    }

    async fn set(&self, id: &SecretId, secret: &SecretString) -> Result<(), StoreError> {
        let (vault, id, secret) = (self.vault.clone(), id.clone(), secret.clone());
        // The whole change runs there: a caller that goes away cannot leave memory and file apart.
        off_the_runtime(&self.vault.path, move || {
            let sealed = vault.key.seal(&vault.header.vault, &id.to_string(), &secret);
            vault.change(|records| {
                records.insert(id, sealed);
                (true, ())
            })
        })
        .await
    }

    async fn delete(&self, id: &SecretId) -> Result<bool, StoreError> {
        let (vault, id) = (self.vault.clone(), id.clone());
        off_the_runtime(&self.vault.path, move || {
            vault.change(|records| {
                let was_there = records.remove(&id).is_some();
                (was_there, was_there)
            })
        })
        .await
    }

    async fn list(&self) -> Result<Vec<SecretId>, StoreError> {
        Ok(self.vault.records().into_keys().collect())
    }

    fn kind(&self) -> StoreKind {
        self.vault.kind
    }

    async fn health(&self) -> Health {
        let vault = self.vault.clone();
        let looked = off_the_runtime(&self.vault.path, move || {
            // Not while a write is under way: that may be slow, and says nothing yet.
            let failure = vault.writing.try_lock().ok().and_then(|failure| failure.clone());
            let gone = || (!vault.path.exists()).then(|| format!("the vault {} is gone", vault.path.display()));
            Ok(failure.or_else(gone))
        });
        match looked.await {
            Ok(None) => Health::Ready,
            Ok(Some(reason)) => Health::Unavailable { reason },
            Err(error) => Health::Unavailable { reason: in_full(&error) },
        }
    }
}

impl fmt::Debug for VaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultStore").field("path", &self.vault.path).finish_non_exhaustive()
    }
}

/// Runs disk work where it blocks nobody.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| Err(io_error("use", path)(std::io::Error::other(stopped))))
}

/// An error and what is beneath it, in one line.
fn in_full(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn damaged(vault: &Path, reason: &str) -> StoreError {
    StoreError::VaultDamaged { vault: vault.to_owned(), reason: reason.to_owned() }
}
