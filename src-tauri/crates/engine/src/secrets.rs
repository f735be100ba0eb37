//! Where secrets are kept: where the user says, else where they are already, else with the keyring.
//!
//! Where the window is to open all the same, a missing keyring is no reason not to start: then they are kept for this run
//! only, and the user is asked. Nothing that is stored already is ever passed over by that.

use crate::IDENTIFIER;
use crate::data::replace;
use crate::error::{Problem, StartError};
use crate::operations::SecretsPlace;
use crate::options::Options;
use crate::view::SecretsNotice;
use mainstay_credentials::{MemoryStore, MovableStore, SecretStore, StoreError, StoreKind, kind_of_vault, open};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

const FILE: &str = "secrets.json";

/// What the user has chosen where nothing on the disk shows it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Chosen {
    ThisRun,
}

/// The secret store of an engine.
pub(crate) struct Secrets {
    store: Arc<MovableStore>,
    notice: Mutex<Option<SecretsNotice>>,
    data_dir: PathBuf,
}

/// The kind of store that a data folder's secrets are in, unless the user says otherwise.
pub(crate) async fn kind_of(data_dir: &Path) -> StoreKind {
    match kind_of_vault(data_dir).await {
        Some(kind) => kind,
        None if chosen(data_dir).is_some() && !has_vault(data_dir) => StoreKind::Memory,
        None => StoreKind::Keyring,
    }
}

fn chosen(data_dir: &Path) -> Option<Chosen> {
    serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()
}

fn has_vault(data_dir: &Path) -> bool {
    data_dir.join("vault.json").exists()
}

impl Secrets {
    /// Opens the store.
    pub(crate) async fn open(options: &Options, data_dir: &Path) -> Result<Self, StartError> {
        let kind = match options.secrets {
            Some(kind) => kind,
            None => kind_of(data_dir).await,
        };
        let (store, notice) = match open(kind, data_dir, IDENTIFIER).await {
            Ok(store) => {
                if kind == StoreKind::Memory {
                    tracing::warn!("secrets are kept for this run only");
                }
                (store, (kind == StoreKind::Memory && has_vault(data_dir)).then(left))
            }
            Err(error) if options.without_keyring && !has_vault(data_dir) => {
                tracing::warn!(%error, "there is no keyring; secrets are kept for this run only");
                let store: Arc<dyn SecretStore> = Arc::new(MemoryStore::new());
                (store, Some(no_keyring(&error)))
            }
            Err(error) => return Err(error.into()),
        };
        let store = Arc::new(MovableStore::new(store));
        Ok(Self { store, notice: Mutex::new(notice), data_dir: data_dir.to_owned() })
    }

    pub(crate) fn store(&self) -> Arc<dyn SecretStore> {
        Arc::<MovableStore>::clone(&self.store)
    }

    /// What the user must know of it, if anything.
    pub(crate) fn notice(&self) -> Option<SecretsNotice> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the user may choose another place now: what is kept for this run only can move to where nothing is yet.
    pub(crate) fn can_move(&self) -> bool {
        self.store.kind() == StoreKind::Memory && !has_vault(&self.data_dir)
    }

    /// Keeps secrets there from now on, those that are there already too.
    pub(crate) async fn keep(&self, place: SecretsPlace) -> Result<(), Problem> {
        if !self.can_move() {
            return Err(Problem {
                code: "secrets_kept".to_owned(),
                message: "Keys and logins are kept in the data folder already.".to_owned(),
                hint: "Start Mainstay again to use them, or move them aside with mainstay key set-aside.".to_owned(),
            });
        }
        let kind = match place {
            SecretsPlace::ThisRun => None,
            SecretsPlace::File => Some(StoreKind::File),
            SecretsPlace::Keyring => Some(StoreKind::Keyring),
        };
        if let Some(kind) = kind {
            let moved = self.store.move_to(open(kind, &self.data_dir, IDENTIFIER)).await;
            moved.map_err(|error| StartError::Secrets(error).problem())?;
        }
        self.remember(kind.is_none()).map_err(|error| Problem {
            code: "data_unwritable".to_owned(),
            message: format!("What you chose can't be kept for the next start: {error}."),
            hint: "It counts in this run. Check the data folder's permissions and free space.".to_owned(),
        })?;
        *self.notice.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    fn remember(&self, this_run: bool) -> io::Result<()> {
        let file = self.data_dir.join(FILE);
        if this_run {
            return replace(&file, &serde_json::to_vec(&Chosen::ThisRun).map_err(io::Error::other)?);
        }
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn no_keyring(error: &StoreError) -> SecretsNotice {
    SecretsNotice {
        code: error.code().to_owned(),
        message: "This system has no keyring that answers. Keys are kept until Mainstay ends, then forgotten."
            .to_owned(),
        hint: "Start or unlock a keyring, or choose where to keep them.".to_owned(),
    }
}

fn left() -> SecretsNotice {
    SecretsNotice {
        code: "secrets_left".to_owned(),
        message: "The stored keys and logins are left alone in this run; new ones are forgotten when it ends."
            .to_owned(),
        hint: "Start Mainstay again to use them.".to_owned(),
    }
}
