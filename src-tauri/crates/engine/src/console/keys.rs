//! The commands that take a key, or tell which there are.

use super::command::Given;
use super::draft::DraftKey;
use super::plan::Change;
use super::run::{Run, refused};
use super::said::{Report, Said};
use crate::error::{Problem, StartError};
use crate::shared::Handle;
use mainstay_credentials::{Origin, SecretId, last_four, set_profile_key};
use mainstay_profiles::{Profile, settings_of};
use secrecy::SecretString;
use serde::Serialize;
use ts_rs::TS;
use url::Url;

/// A line that holds a placeholder where a key belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct WantedKey {
    /// The line, from 1: what `keys` is asked by.
    pub line: u32,
    /// Whose key it is; absent for one that is only kept under a name.
    pub provider: Option<String>,
    /// The profile that is saved with it, or the name that it is kept under; absent while no line saves it.
    pub name: Option<String>,
    /// The profile has a key in the secret store, which stays if none is given.
    pub kept: bool,
}

impl Run<'_> {
    /// The key that was given, or that goes in the place of what stood there.
    fn real(&mut self, line: u32, given: Given) -> DraftKey {
        match (self.keys.remove(&line), given) {
            (Some(key), _) | (None, Given::Secret(key)) => DraftKey::Secret(key),
            (None, Given::Placeholder | Given::StandardInput) => DraftKey::Placeholder,
        }
    }

    pub(super) fn key(&mut self, line: u32, given: Given) -> Result<String, Problem> {
        let awaited = matches!(given, Given::StandardInput);
        let key = self.real(line, given);
        if awaited && !self.dry && matches!(key, DraftKey::Placeholder) {
            return Err(refused("key_missing", "No key came on standard input.", "Write it there, or after /key."));
        }
        self.forget_wanted();
        let said = match key {
            DraftKey::Placeholder => {
                let provider = self.draft.provider().map(str::to_owned);
                self.wanted.push(WantedKey { line, provider, name: None, kept: false });
                "That is the recipe's placeholder: no key is set by it."
            }
            _ => "",
        };
        self.draft.set_key(key)?;
        Ok(said.to_owned())
    }

    /// A key that was wanted before is no longer: another has taken its place, or nothing is saved with it.
    pub(super) fn forget_wanted(&mut self) {
        self.wanted.retain(|wanted| wanted.name.is_some());
    }

    /// The key that was wanted last belongs to this profile.
    pub(super) async fn wanted_for(&mut self, name: &str) {
        if let Some(wanted) = self.wanted.iter_mut().find(|wanted| wanted.name.is_none()) {
            wanted.name = Some(name.to_owned());
            let kept = self.engine.0.sources.store.get(&SecretId::profile_key(name)).await;
            wanted.kept = matches!(kept, Ok(Some(_)));
        }
    }

    pub(super) async fn keep_key(&mut self, line: u32, name: &str, given: Given) -> Result<String, Problem> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            let hint = "A name has 1 to 64 letters, digits, dots, underscores or hyphens.";
            return Err(refused("key_name_invalid", format!("\"{name}\" can't name a key."), hint));
        }
        let key = self.real(line, given);
        self.changes.push(Change::new(line, "key", name, vec!["kept under this name".to_owned()]));
        match &key {
            DraftKey::Secret(key) if !self.dry => {
                let sources = &self.engine.0.sources;
                let stored = sources.store.set(&SecretId::named_key(name), key).await;
                stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
                sources.redactor.learn(key);
            }
            DraftKey::Secret(_) => {}
            _ if self.dry => {
                self.wanted.push(WantedKey { line, provider: None, name: Some(name.to_owned()), kept: false });
            }
            _ => return Err(refused("key_missing", "There is no key to keep.", "Write it after the name.")),
        }
        if self.dry {
            self.shelf.keys.insert(name.to_owned(), key);
        }
        Ok(format!("Kept as {name}."))
    }

    pub(super) async fn load_key(&mut self, name: &str) -> Result<String, Problem> {
        self.forget_wanted();
        if let Some(key) = self.shelf.keys.get(name) {
            self.draft.set_key(key.clone())?;
            return Ok(String::new());
        }
        let found = self.engine.0.sources.store.get(&SecretId::named_key(name)).await;
        let found = found.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        let key = found.ok_or_else(|| {
            refused("no_such_key", format!("No key is kept as \"{name}\"."), "/key list shows those that are.")
        })?;
        self.draft.set_key(DraftKey::Secret(key))?;
        Ok(String::new())
    }

    pub(super) async fn forget_key(&mut self, line: u32, name: &str) -> Result<String, Problem> {
        self.changes.push(Change::new(line, "key", name, vec!["forgotten".to_owned()]));
        if self.dry {
            return Ok(String::new());
        }
        let deleted = self.engine.0.sources.store.delete(&SecretId::named_key(name)).await;
        let was = deleted.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        Ok(if was { format!("{name} is forgotten.") } else { format!("No key was kept as {name}.") })
    }
}

impl Handle {
    /// Binds a key to a profile and its address.
    pub(crate) async fn bind_key(&self, name: &str, key: &SecretString) -> Result<(), Problem> {
        let profile = self.0.profiles.read(name).map_err(|error| crate::operations::file_problem(name, &error))?;
        let Profile::Standard(standard) = profile else { return Ok(()) };
        let base = settings_of(&standard.settings).0.base_url;
        let base = base.or_else(|| self.0.catalogue.now().provider(&standard.provider)?.base_url.clone());
        let origin = base.and_then(|base| Url::parse(&base).ok()).map(|url| Origin::from(&url)).ok_or_else(|| {
            refused("no_address", format!("{name} has no address to send a key to."), "Give it one with /baseurl URL.")
        })?;
        let stored = set_profile_key(&*self.0.sources.store, name, &origin, key).await;
        stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        self.0.sources.redactor.learn(key);
        Ok(())
    }

    /// The keys that are kept, by their last four characters.
    pub(super) async fn kept_keys(&self) -> Result<Said, Problem> {
        let store = &*self.0.sources.store;
        let ids = store.list().await.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        let (mut lines, mut report) = (Vec::new(), Report::new(["Key", "Ends in"]));
        for id in ids {
            let what = match (id.name(), id.profile(), id.provider()) {
                (Some(name), _, _) => name.to_owned(),
                (_, Some(profile), _) => format!("of the profile {profile}"),
                (_, _, Some(provider)) => format!("of the provider {provider}"),
                _ => continue,
            };
            let tail = last_four(store, &id).await;
            lines.push(tail.as_ref().map_or_else(|| what.clone(), |tail| format!("{what}, ends in {tail}")));
            report.row([what, tail.unwrap_or_default()]);
        }
        Ok(Said::table(if lines.is_empty() { "No key is kept.".to_owned() } else { lines.join("\n") }, report))
    }
}
