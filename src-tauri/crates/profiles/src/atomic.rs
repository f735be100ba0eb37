//! Replacing a file so that a reader, or a machine that loses power, sees the old text or the new one and nothing between.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Every temporary file starts and ends like this. It must not end in `.json`: the CLI takes every `*.json` for a profile.
const PREFIX: &str = ".mainstay-";
const SUFFIX: &str = ".tmp";

/// Whether a file may already be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// It must not be; the check and the creation are one step.
    New,
    /// It may be, and is replaced.
    Any,
}

/// Writes `text` to `path`: a temporary file in the same folder, its data flushed, moved over `path`, the folder flushed.
///
/// The new file has the old one's mode, or 0600.
pub(crate) fn write(path: &Path, text: &str, target: Target) -> io::Result<()> {
    // Someone who keeps profiles as links into a repository wants the file changed, not the link replaced.
    let followed = if target == Target::Any && path.is_symlink() { Some(fs::canonicalize(path)?) } else { None };
    let path = followed.as_deref().unwrap_or(path);
    let folder = path.parent().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path has no folder"))?;
    let mut file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    match fs::metadata(path) {
        Ok(old) if target == Target::Any => file.as_file().set_permissions(old.permissions())?,
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    file.as_file().sync_all()?;
    match target {
        Target::New => file.persist_noclobber(path).map_err(|error| error.error)?,
        Target::Any => file.persist(path).map_err(|error| error.error)?,
    };
    sync_folder(folder)
}

/// Creates a file with its content in one step. For what need not outlive the machine: nothing is flushed.
pub(crate) fn create_unsynced(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path has no folder"))?;
    let mut file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// Makes a rename or a removal in `folder` durable.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Other systems cannot open a folder to flush it; their file systems journal the rename.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes temporary files that a killed writer left in `folder`. Only for a caller that holds the folder's lock: every
/// writer does, so what is there then belongs to nobody, or is a lock in the making, which is made again.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX)) {
            tracing::debug!(file = ?name, "removing what an interrupted write left");
            match fs::remove_file(entry.path()) {
                // One who waits for the lock puts its own into place.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}
