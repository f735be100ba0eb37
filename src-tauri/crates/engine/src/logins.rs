//! Which providers the user allows logins for, and whose notice about them was accepted.

use crate::data::replace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

const FILE: &str = "logins.json";
/// One change at a time.
static CHANGING: Mutex<()> = Mutex::new(());

/// What the user has said of logins.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Logins {
    /// The providers whose logins profiles may use.
    pub(crate) enabled: BTreeSet<String>,
    /// The providers whose notice was accepted.
    pub(crate) accepted: BTreeSet<String>,
}

impl Logins {
    /// As they are; none where the file is not there or can't be read.
    pub(crate) fn read_or_none(data_dir: &Path) -> Self {
        read(data_dir).unwrap_or_default()
    }
}

/// The providers for which logins are allowed; none where the file is not there or can't be read.
pub(crate) fn enabled(data_dir: &Path) -> BTreeSet<String> {
    Logins::read_or_none(data_dir).enabled
}

/// Allows logins for a provider, or not.
pub(crate) fn set_enabled(data_dir: &Path, provider: &str, enable: bool) -> io::Result<()> {
    change(data_dir, |logins| {
        if enable {
            logins.enabled.insert(provider.to_owned());
        } else {
            logins.enabled.remove(provider);
        }
    })
}

/// The user has read what there is to know of a provider's login, and goes on.
pub(crate) fn accept(data_dir: &Path, provider: &str) -> io::Result<()> {
    change(data_dir, |logins| {
        logins.accepted.insert(provider.to_owned());
    })
}

fn change(data_dir: &Path, change: impl FnOnce(&mut Logins)) -> io::Result<()> {
    let _one = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut logins = read(data_dir)?;
    change(&mut logins);
    replace(&data_dir.join(FILE), &serde_json::to_vec_pretty(&logins).map_err(io::Error::other)?)
}

fn read(data_dir: &Path) -> io::Result<Logins> {
    match fs::read(data_dir.join(FILE)) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Logins::default()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_allowed_survives_and_a_broken_file_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        set_enabled(dir.path(), "anthropic", true).unwrap();
        set_enabled(dir.path(), "gemini", true).unwrap();
        set_enabled(dir.path(), "gemini", false).unwrap();
        assert_eq!(enabled(dir.path()), BTreeSet::from(["anthropic".to_owned()]));
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(set_enabled(dir.path(), "gemini", true).is_err());
        assert!(enabled(dir.path()).is_empty());
    }
}
