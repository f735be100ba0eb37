//! Whether profile files changed, by a look at the folder: names, sizes, times.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

/// How often the folders are looked at.
pub(crate) const EVERY: Duration = Duration::from_secs(1);
/// How often members that wait for a credential are looked at again.
pub(crate) const WAITING_EVERY: Duration = Duration::from_secs(30);

/// What a folder looked like. Equal looks mean that nothing changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look(Vec<(std::ffi::OsString, u64, Option<SystemTime>)>);

impl Look {
    pub(crate) fn at(dir: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if Path::new(&name).extension().is_some_and(|extension| extension == "json")
                && let Ok(metadata) = entry.metadata()
            {
                files.push((name, metadata.len(), metadata.modified().ok()));
            }
        }
        files.sort();
        Ok(Self(files))
    }
}
