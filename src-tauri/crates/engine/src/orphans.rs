//! Keys of deleted profiles.
//!
//! A deleted profile can be brought back for a while, and its key with it. So the key stays in the store until that is over:
//! the undo was pushed out by newer ones, a profile of the same name was made, or the engine ended. Then it is forgotten; a
//! later profile of that name must not find a key that belongs to another address. The names are kept in a file, so that an
//! engine that is killed forgets the keys when it starts again.

use crate::data::replace;
use mainstay_credentials::{SecretId, SecretStore};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const FILE: &str = "deleted.json";

/// The names of deleted profiles whose keys are still kept.
#[derive(Debug)]
pub(crate) struct Orphans {
    path: PathBuf,
    names: Mutex<BTreeSet<String>>,
}

impl Orphans {
    /// Takes up what the last engine left.
    pub(crate) fn read(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let names = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| {
                tracing::warn!(file = %path.display(), %error, "the list of deleted profiles can't be read");
                BTreeSet::new()
            }),
            Err(_) => BTreeSet::new(),
        };
        Self { path, names: Mutex::new(names) }
    }

    /// A profile was deleted; its key stays for now.
    pub(crate) fn add(&self, name: &str) {
        let mut names = self.names();
        if names.insert(name.to_owned()) {
            self.write(&names);
        }
    }

    /// A deleted profile of this name has a key that is still kept.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().contains(name)
    }

    /// A profile is back, or its key was set anew: the key stays for good. Says whether it was to be forgotten.
    pub(crate) fn keep(&self, name: &str) -> bool {
        let mut names = self.names();
        let was = names.remove(name);
        if was {
            self.write(&names);
        }
        was
    }

    /// Forgets the key of one deleted profile, if it is still kept.
    pub(crate) async fn forget(&self, name: &str, store: &dyn SecretStore) {
        if !self.names().contains(name) {
            return;
        }
        match store.delete(&SecretId::profile_key(name)).await {
            Ok(_) => {
                self.keep(name);
            }
            Err(error) => tracing::warn!(profile = name, %error, "the key of a deleted profile can't be forgotten yet"),
        }
    }

    /// Forgets the keys of all deleted profiles: none of them can be brought back any more.
    pub(crate) async fn forget_all(&self, store: &dyn SecretStore) {
        let names = self.names().clone();
        for name in names {
            self.forget(&name, store).await;
        }
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, names: &BTreeSet<String>) {
        let written = if names.is_empty() {
            match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        } else {
            serde_json::to_vec(names).map_err(io::Error::other).and_then(|text| replace(&self.path, &text))
        };
        if let Err(error) = written {
            tracing::warn!(file = %self.path.display(), %error, "the list of deleted profiles can't be written");
        }
    }
}
