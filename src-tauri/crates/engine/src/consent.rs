//! What the user has agreed to, once and in so many words: environment variables that may be read, and addresses that a
//! stored credential may go to beside its provider's own.
//!
//! Kept in the data folder, not in profile files: those change under us, and this is what stands between an edited file
//! and a stolen key.

use crate::data::replace;
use mainstay_credentials::Origin;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

const FILE: &str = "consent.json";

/// The user's consents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// By provider: the environment variables that may be read for it.
    pub environment: BTreeMap<String, Vec<String>>,
    /// By profile: the origins that its stored credential may go to.
    pub origins: BTreeMap<String, Vec<String>>,
}

impl Consent {
    /// Reads the consents of a data folder; none when there are none yet.
    ///
    /// # Errors
    /// When the file is there but can't be read: then nothing counts as agreed to, and nothing is overwritten.
    pub fn read(data_dir: &Path) -> io::Result<Self> {
        match fs::read(data_dir.join(FILE)) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes them, atomically.
    ///
    /// # Errors
    /// When the folder can't be written to.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        replace(&data_dir.join(FILE), &serde_json::to_vec_pretty(self).map_err(io::Error::other)?)
    }

    /// Adds a consent to those of a data folder.
    ///
    /// # Errors
    /// When they can't be read or written.
    pub(crate) fn agree(data_dir: &Path, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        let mut consent = Self::read(data_dir)?;
        change(&mut consent);
        for list in consent.environment.values_mut().chain(consent.origins.values_mut()) {
            list.sort();
            list.dedup();
        }
        consent.write(data_dir)
    }

    /// A profile has another name, or none (`to` is `None`): its addresses follow it. What was confirmed for an earlier profile
    /// of the new name is not for this one.
    pub(crate) fn rename(&mut self, from: &str, to: Option<&str>) {
        let origins = self.origins.remove(from);
        if let Some(to) = to {
            match origins {
                Some(origins) => self.origins.insert(to.to_owned(), origins),
                None => self.origins.remove(to),
            };
        }
    }

    /// The origins confirmed for a profile. One that can't be read counts as not confirmed.
    pub(crate) fn origins_of(&self, profile: &str) -> Vec<Origin> {
        self.origins.get(profile).into_iter().flatten().filter_map(|text| text.parse().ok()).collect()
    }

    /// The variables accepted for a provider.
    pub(crate) fn environment_of(&self, provider: &str) -> Vec<String> {
        self.environment.get(provider).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consents_survive_and_a_broken_file_consents_to_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Consent::read(dir.path()).unwrap(), Consent::default());
        let mut consent = Consent::default();
        consent.environment.insert("openai".into(), vec!["OPENAI_API_KEY".into()]);
        consent.write(dir.path()).unwrap();
        assert_eq!(Consent::read(dir.path()).unwrap(), consent);
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(Consent::read(dir.path()).is_err());
    }
}
