//! New names for profiles and balancers, and copies of them.
//!
//! Everything that goes by a profile's name follows it: the lists that have it, its key and the addresses confirmed for that,
//! which one is active and which the default, pins, what it has spent today, its earlier texts, and what can be taken back.
//! The key is there under the new name before the file is, and goes under the old one last: killed in between, both are there.

use super::{NewName, folder_problem, problem};
use crate::error::{Problem, StartError};
use crate::shared::Handle;
use crate::undo::Undoing;
use crate::view::Undo;
use mainstay_credentials::SecretId;
use mainstay_profiles::{Fingerprint, FolderError, Write, without_secrets};
use std::sync::Arc;

impl Handle {
    pub(super) async fn rename_profile(&self, input: NewName) -> Result<Undo, Problem> {
        self.give_name(&input.from, &input.to).await?;
        self.reload().await?;
        let undoing = Undoing::Rename { from: input.to, to: input.from };
        self.blocking(move |shared| Ok(shared.undoable(undoing))).await
    }

    pub(super) async fn duplicate_profile(&self, input: NewName) -> Result<Undo, Problem> {
        self.stays(&input.from)?;
        self.free(&input.to)?;
        let undo = self
            .blocking(move |shared| {
                let NewName { from, to } = input;
                let text = shared.profiles.text(&from).map_err(|error| super::file_problem(&from, &error))?;
                // A copy is another profile, and may be meant for another account.
                let text = without_secrets(&text).map_err(|error| super::file_problem(&from, &error))?;
                shared.profiles.write(&to, &text, Write::Create).map_err(|error| folder_problem(&error))?;
                shared.begin_anew(&to);
                shared.agree(|consent| consent.rename(&to, None))?;
                Ok(shared.undoable(Undoing::Remove { name: to, left: Fingerprint::of(&text) }))
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }

    /// Renames a profile and lets everything follow. The routes in force stay until the next reload.
    pub(super) async fn give_name(&self, from: &str, to: &str) -> Result<(), Problem> {
        self.stays(from)?;
        mainstay_profiles::valid_name(to).map_err(|error| folder_problem(&FolderError::Name(error)))?;
        if from == to {
            return Ok(());
        }
        self.free(to)?;
        if self.0.profiles.text(from).is_err() {
            return Err(folder_problem(&FolderError::Missing(from.to_owned())));
        }
        // No routes are made of the states in between.
        let _still = self.0.hold_routes().await;
        let store = &self.0.sources.store;
        self.0.undo.give_up(to);
        self.0.orphans.forget(to, &**store).await;
        let secrets = |error| StartError::Secrets(error).problem();
        let (old, new) = (SecretId::profile_key(from), SecretId::profile_key(to));
        match store.get(&old).await.map_err(secrets)? {
            Some(record) => store.set(&new, &record).await.map_err(secrets)?,
            // One that was left under the new name belongs to another profile.
            None => store.delete(&new).await.map(drop).map_err(secrets)?,
        }
        let (was, becomes) = (from.to_owned(), to.to_owned());
        let renamed = self
            .blocking(move |shared| {
                shared.profiles.rename(&was, &becomes).map_err(|error| folder_problem(&error))?;
                shared.agree(|consent| consent.rename(&was, Some(&becomes)))?;
                if crate::active::read_default(shared.profiles.dir()).as_ref() == Some(&was) {
                    crate::active::write_default(shared.profiles.dir(), &becomes)?;
                }
                if shared.active.load().as_deref() == Some(&was) {
                    shared.active.store(Some(Arc::new(becomes.clone())));
                    if let Err(error) = crate::active::write(&shared.data_dir, &becomes) {
                        tracing::warn!(%error, "the active profile's new name could not be remembered");
                    }
                }
                Ok(())
            })
            .await;
        if let Err(problem) = renamed {
            // As far as the file goes, the old name is in force.
            if self.0.profiles.text(to).is_err() {
                let _ = store.delete(&new).await;
            }
            return Err(problem);
        }
        store.delete(&old).await.map(drop).map_err(secrets)?;
        self.0.core.rename(from, to);
        self.0.watcher.health.stir();
        self.0.undo.rename(from, to);
        Ok(())
    }

    /// Practice profiles are not changed.
    fn stays(&self, name: &str) -> Result<(), Problem> {
        if !self.0.is_practice(name) {
            return Ok(());
        }
        let message = format!("{name} is simulated, and stays as it is.");
        Err(problem("practice_stays", message, "Practice profiles go with practice."))
    }

    /// No file has this name, of those here and those of practice.
    pub(super) fn free(&self, name: &str) -> Result<(), Problem> {
        let entries = self.0.entries().map_err(|error| folder_problem(&error))?;
        match entries.iter().any(|(entry, _)| entry.name == name) {
            true => Err(folder_problem(&FolderError::Exists(name.to_owned()))),
            false => Ok(()),
        }
    }
}
