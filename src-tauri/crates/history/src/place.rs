//! The file on disk: opened for writing, moved aside when it is broken, deleted when the user says so.

use crate::failure::HistoryError;
use crate::schema::{MIGRATIONS, migrate};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for another program that holds the file.
const BUSY: Duration = Duration::from_secs(2);
/// What SQLite lays beside the file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Opens the file for writing, or makes it, for the user alone.
pub(crate) fn open(path: &Path, max_pages: Option<u32>) -> Result<Connection, HistoryError> {
    let fail = |source| HistoryError::File { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(fail(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(fail)?;
    #[cfg(unix)]
    if let Ok(found) = file.metadata()
        && std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0
    {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(private).map_err(fail)?;
    }
    drop(file);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(32);
    // Says at once whether this is a database at all.
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() as i64 {
        return Err(HistoryError::Newer { found: version, known: MIGRATIONS.len() as i64 });
    }
    if let Some(pages) = max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    // Before the first table: it can't be changed later.
    connection.pragma_update(None, "auto_vacuum", 2)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // It only adds rows. Two megabytes of pages, the default, would never be read again.
    connection.pragma_update(None, "cache_size", -256)?;
    migrate(&mut connection, MIGRATIONS)?;
    Ok(connection)
}

/// Moves a broken file aside, with what lies beside it. Where to is told.
pub(crate) fn move_aside(path: &Path, now: u64) -> Result<PathBuf, HistoryError> {
    let fail = |source| HistoryError::File { path: path.to_owned(), source };
    let stamp = crate::day::instant(now).replace([':', '.'], "-");
    let named = |n: u32| {
        let more = if n == 0 { String::new() } else { format!("-{n}") };
        with_suffix(path, &format!(".broken-{stamp}{more}"))
    };
    let aside = (0..1000).map(named).find(|aside| !aside.exists()).unwrap_or_else(|| named(1000));
    for suffix in BESIDE {
        match fs::rename(with_suffix(path, suffix), with_suffix(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
    }
    fs::rename(path, &aside).map_err(fail)?;
    Ok(aside)
}

/// Deletes what was ever moved aside.
pub(crate) fn delete_moved_aside(path: &Path) -> Result<(), HistoryError> {
    let fail = |source| HistoryError::File { path: path.to_owned(), source };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    let prefix = format!("{name}.broken-");
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
            fs::remove_file(entry.path()).map_err(fail)?;
        }
    }
    Ok(())
}

/// The size on disk, with what lies beside it.
pub(crate) fn size(path: &Path) -> u64 {
    let of = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    of(path) + of(&with_suffix(path, BESIDE[0]))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
