//! Files that only their owner may read, written so that a crash leaves the old content or the new.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::StoreError;

/// What the temporary files of [`write_private`] end with.
const TEMPORARY: &str = ".tmp";

/// Makes the folder, readable by its owner only, if it is not there.
pub(crate) fn make_private_dir(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(io_error("create", dir))
}

/// The content of a file, `None` if it is not there.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("read", path)(error)),
    }
}

/// Puts this content in place of the file's: temporary file in the same folder (mode 0600), fsync, rename, fsync of the
/// folder.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let (dir, name) = split(path)?;
        let mut file = tempfile::Builder::new().prefix(&temporary_prefix(name)).suffix(TEMPORARY).tempfile_in(dir)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_dir(dir)
    };
    write().map_err(io_error("write", path))
}

/// Takes away what a process that was killed in [`write_private`] left behind. Only the single writer may call it.
pub(crate) fn sweep_temporaries(path: &Path) -> Result<(), StoreError> {
    let sweep = || -> io::Result<()> {
        let (dir, name) = split(path)?;
        let prefix = temporary_prefix(name);
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let found = entry.file_name();
            if found.to_str().is_some_and(|found| found.starts_with(&prefix) && found.ends_with(TEMPORARY)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    sweep().map_err(io_error("clean up beside", path))
}

/// Takes everyone else's rights to a file away, should a copy or a backup have widened them.
#[cfg(unix)]
pub(crate) fn tighten(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let tighten = || -> io::Result<()> {
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    };
    tighten().map_err(io_error("restrict", path))
}

/// Elsewhere the folder's own access list holds.
#[cfg(not(unix))]
pub(crate) fn tighten(_path: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// Renames a file to the first free of `STEM-1`, `STEM-2`, … in its folder; `None` if it is not there.
pub(crate) fn move_aside(path: &Path, stem: &str) -> Result<Option<PathBuf>, StoreError> {
    let move_it = || -> io::Result<Option<PathBuf>> {
        if !path.try_exists()? {
            return Ok(None);
        }
        let (dir, _) = split(path)?;
        for n in 1_u32.. {
            let aside = dir.join(format!("{stem}-{n}"));
            if !aside.try_exists()? {
                fs::rename(path, &aside)?;
                sync_dir(dir)?;
                return Ok(Some(aside));
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    };
    move_it().map_err(io_error("move aside", path))
}

pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

fn split(path: &Path) -> io::Result<(&Path, &str)> {
    match (path.parent(), path.file_name().and_then(|name| name.to_str())) {
        (Some(dir), Some(name)) => Ok((dir, name)),
        _ => Err(io::ErrorKind::InvalidFilename.into()),
    }
}

fn temporary_prefix(name: &str) -> String {
    format!(".{name}.")
}

/// Makes a rename durable.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_leftovers_of_the_same_file_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".vault.json.abc.tmp", "vault.json", ".other.abc.tmp", ".vault.json.abc"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        sweep_temporaries(&dir.path().join("vault.json")).unwrap();
        let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".other.abc.tmp", ".vault.json.abc", "vault.json"]);
    }

    #[test]
    fn what_is_moved_aside_never_takes_a_name_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.json");
        for n in 1..=3 {
            fs::write(&path, n.to_string()).unwrap();
            let aside = move_aside(&path, "vault.lost").unwrap().unwrap();
            assert_eq!(aside, dir.path().join(format!("vault.lost-{n}")));
        }
        assert_eq!(fs::read_to_string(dir.path().join("vault.lost-1")).unwrap(), "1");
        assert_eq!(move_aside(&path, "vault.lost").unwrap(), None);
    }

    #[test]
    fn a_failed_write_leaves_no_file_behind() {
        let dir = tempfile::tempdir().unwrap();
        // A folder in the file's place makes the rename fail.
        let path = dir.path().join("vault.json");
        fs::create_dir(&path).unwrap();
        let error = write_private(&path, b"new").unwrap_err();
        assert_eq!(error.code(), "secret_store_io");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
