//! The data folder: one engine at a time, and the note that tells others where it is.

use crate::error::StartError;
use serde::Serialize;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const LOCK: &str = "engine.lock";
const REMOVE: &str = "remove-all";

/// Where data lies unless the user says otherwise: the platform's data folder, under the product's identifier.
pub fn default_data_dir() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.data_dir().join(crate::IDENTIFIER))
}

/// A data folder, held by this process.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    /// The lock goes with the process, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if need be, and takes its lock.
    pub(crate) fn hold(path: &Path) -> Result<Self, StartError> {
        let fail = |source| StartError::DataFolder { path: path.to_owned(), source };
        private_dir(path).map_err(fail)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let lock = private(&mut options).open(path.join(LOCK)).map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {
                if has_marked(path) {
                    // The run before this one was to remove everything at its end, and had none.
                    clear(path).map_err(fail)?;
                }
                Ok(Self { path: path.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(StartError::DataFolderInUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Says where the running engine is, for other processes of the same user. Removed when the note is dropped.
    pub(crate) fn announce(&self, note: &RunNote<'_>) -> Result<RunFile, StartError> {
        let path = self.path.join("run.json");
        let text = serde_json::to_vec_pretty(note).expect("a note of plain strings is JSON");
        replace(&path, &text).map_err(|source| StartError::DataFolder { path: path.clone(), source })?;
        Ok(RunFile(path))
    }
}

/// A folder that is to be removed goes when nothing of it is open any more.
impl Drop for DataFolder {
    fn drop(&mut self) {
        if !has_marked(&self.path) {
            return;
        }
        let cleared = clear(&self.path).and_then(|()| fs::remove_file(self.path.join(LOCK)));
        // Others may keep files here too, such as the window's own; and some systems keep what is open.
        if let Err(error) = cleared.and_then(|()| fs::remove_dir(&self.path)) {
            tracing::warn!(%error, folder = %self.path.display(), "the data folder could not be removed whole");
        }
    }
}

/// At the engine's end, or else at the next start, everything in this folder is removed.
pub(crate) fn mark_for_removal(path: &Path) -> io::Result<()> {
    fs::write(path.join(REMOVE), "")
}

/// Whether this folder is to be removed.
pub(crate) fn has_marked(path: &Path) -> bool {
    path.join(REMOVE).exists()
}

/// Removes all of a folder but its lock, the mark last: what is interrupted goes on at the next start.
fn clear(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if [LOCK, REMOVE].iter().any(|kept| entry.file_name() == *kept) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    fs::remove_file(path.join(REMOVE))
}

/// `run.json`: how to reach the running engine.
#[derive(Serialize)]
pub(crate) struct RunNote<'a> {
    pub(crate) pid: u32,
    pub(crate) address: &'a str,
    pub(crate) admin_token: &'a str,
    pub(crate) version: &'a str,
}

/// Removes `run.json` at the engine's end.
#[derive(Debug)]
pub(crate) struct RunFile(PathBuf);

impl Drop for RunFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(%error, "run.json could not be removed");
        }
    }
}

/// Replaces a file's content atomically, readable by the user alone.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(content)?;
    persist(file, path)
}

/// Replaces the content of a file that other programs own too: where it is a link, of what it points at; the mode stays.
/// A file that is new is readable by the user alone.
pub(crate) fn amend(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = if path.is_symlink() { fs::canonicalize(path)? } else { path.to_owned() };
    let mode = fs::metadata(&path).map(|metadata| metadata.permissions());
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(content)?;
    match mode {
        Ok(mode) => file.as_file().set_permissions(mode)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    persist(file, &path)
}

fn persist(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The rename itself must survive a power cut. Not every file system can do it.
    let dir = path.parent().unwrap_or(Path::new("."));
    let _ = File::open(dir).and_then(|dir| dir.sync_all());
    Ok(())
}

/// Makes a folder for the user alone; one that is there keeps its mode.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// For the user alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_engine_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let held = DataFolder::hold(dir.path()).unwrap();
        assert!(matches!(DataFolder::hold(dir.path()), Err(StartError::DataFolderInUse(_))));
        drop(held);
        DataFolder::hold(dir.path()).unwrap();
    }

    #[test]
    fn a_folder_that_is_to_be_removed_goes_at_the_end_or_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("data");
        let fill = || {
            fs::create_dir_all(dir.join("exports")).unwrap();
            fs::write(dir.join("exports/a.csv"), "x").unwrap();
            fs::write(dir.join("state.json"), "{}").unwrap();
            mark_for_removal(&dir).unwrap();
        };
        let held = DataFolder::hold(&dir).unwrap();
        fill();
        drop(held);
        assert!(!dir.exists());
        fs::create_dir(&dir).unwrap();
        fill();
        let held = DataFolder::hold(&dir).unwrap();
        assert!(!has_marked(&dir) && !dir.join("exports").exists() && !dir.join("state.json").exists());
        drop(held);
        assert!(dir.exists(), "what is new is kept");
    }

    #[test]
    fn the_note_is_private_and_goes_with_the_engine() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::hold(dir.path()).unwrap();
        let note = RunNote { pid: 1, address: "http://127.0.0.1:1", admin_token: "t", version: "0" };
        let file = folder.announce(&note).unwrap();
        let path = dir.path().join("run.json");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        drop(file);
        assert!(!path.exists());
    }
}
