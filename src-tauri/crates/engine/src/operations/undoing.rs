//! Taking changes back.

use super::{Nothing, UndoInput, folder_problem, problem};
use crate::consent::Consent;
use crate::error::{Problem, StartError};
use crate::shared::{Handle, Shared};
use crate::undo::{KeyChange, Undoing};
use mainstay_credentials::SecretId;
use mainstay_profiles::{Fingerprint, FolderError, Write};
use secrecy::ExposeSecret;

impl Handle {
    pub(super) async fn undo(&self, input: UndoInput) -> Result<Nothing, Problem> {
        let undoing = self.0.undo.take(&input.token).ok_or_else(|| {
            problem("nothing_to_undo", "That change can't be taken back any more.".to_owned(), "Change it by hand.")
        })?;
        match undoing {
            Undoing::Rename { from, to } => self.give_name(&from, &to).await?,
            Undoing::KeyBack { name, text, left, kept } => {
                let restore = Undoing::Restore { name: name.clone(), text, left };
                self.blocking(move |shared| take_back(shared, restore)).await?;
                let (store, id) = (&self.0.sources.store, SecretId::profile_key(&name));
                let put = match kept {
                    Some(record) => store.set(&id, &record).await,
                    None => store.delete(&id).await.map(drop),
                };
                put.map_err(StartError::Secrets).map_err(|error| error.problem())?;
            }
            Undoing::Doubt { name, origin } => {
                self.blocking(move |shared| {
                    let doubt = |consent: &mut Consent| {
                        if let Some(origins) = consent.origins.get_mut(&name) {
                            origins.retain(|each| *each != origin);
                        }
                    };
                    shared.agree(doubt)
                })
                .await?;
            }
            Undoing::Keyed { files, keys } => {
                self.blocking(move |shared| take_back(shared, *files)).await?;
                self.put_keys_back(keys).await?;
            }
            undoing => self.blocking(move |shared| take_back(shared, undoing)).await?,
        }
        self.reload().await?;
        Ok(Nothing {})
    }

    /// Puts profiles' keys back as they were, the last first; one that was set anew since stays.
    pub(super) async fn put_keys_back(&self, keys: Vec<KeyChange>) -> Result<(), Problem> {
        let store = &self.0.sources.store;
        for KeyChange { profile, before, left } in keys.into_iter().rev() {
            let id = SecretId::profile_key(&profile);
            let put = async {
                let now = store.get(&id).await?;
                let same =
                    now.as_ref().map(ExposeSecret::expose_secret) == left.as_ref().map(ExposeSecret::expose_secret);
                match before {
                    // The key went with the file that was created for it.
                    Some(record) if same || now.is_none() => store.set(&id, &record).await,
                    None if same => store.delete(&id).await.map(drop),
                    _ => Ok(()),
                }
            };
            put.await.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        }
        Ok(())
    }
}

/// Takes back what concerns files only.
pub(super) fn take_back(shared: &Shared, undoing: Undoing) -> Result<(), Problem> {
    take_files_back(shared, undoing).map_err(|error| match error {
        FolderError::Changed(name) => problem(
            "profile_changed",
            format!("{name} was changed since; taking this back would lose that."),
            "Take the later change back first, or change it by hand.",
        ),
        error => folder_problem(&error),
    })
}

fn take_files_back(shared: &Shared, undoing: Undoing) -> Result<(), FolderError> {
    match undoing {
        Undoing::Restore { name, text, left } => {
            let folder = shared.folder_of(&name);
            folder.write(&name, &text, Write::Replace { expected: Some(left) })
        }
        Undoing::Revive { name, text, lists } => {
            let written = shared.profiles.revive(&name, &text, &lists);
            if written.is_ok() {
                shared.orphans.keep(&name);
            }
            written
        }
        Undoing::Remove { name, left } => {
            let folder = shared.folder_of(&name);
            match folder.text(&name) {
                Ok(now) if Fingerprint::of(&now) != left => Err(FolderError::Changed(name)),
                // Nothing brings this one back, so its key need not wait.
                _ => folder.delete(&name).map(|()| {
                    shared.orphans.add(&name);
                    shared.forget_orphan(&name);
                }),
            }
        }
        Undoing::All(changes) => {
            let changed = |undoing: &Undoing| match undoing {
                Undoing::Restore { name, left, .. } | Undoing::Remove { name, left } => {
                    let now = shared.folder_of(name).text(name).ok();
                    now.is_none_or(|now| Fingerprint::of(&now) != *left).then(|| name.clone())
                }
                _ => None,
            };
            if let Some(name) = changes.iter().find_map(changed) {
                return Err(FolderError::Changed(name));
            }
            changes.into_iter().rev().try_for_each(|undoing| take_files_back(shared, undoing))
        }
        Undoing::Rename { .. } | Undoing::KeyBack { .. } | Undoing::Doubt { .. } | Undoing::Keyed { .. } => Ok(()),
    }
}
