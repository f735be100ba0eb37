//! A connection that can only read.

use crate::failure::HistoryError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Reads a history, beside the writer and never in its way. Its questions block.
#[derive(Debug)]
pub struct Reader(pub(crate) Connection);

impl Reader {
    /// Opens a history's file for reading.
    ///
    /// # Errors
    /// When it is not there or can't be read.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        Ok(Self(connection))
    }

    /// How many exchanges there are, and when the oldest came in.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn extent(&self) -> Result<(u64, Option<u64>), HistoryError> {
        let sql = "SELECT (SELECT count(*) FROM exchange), (SELECT min(started) FROM exchange)";
        let (count, oldest): (i64, Option<i64>) = self.0.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let unsigned = |value: i64| u64::try_from(value).unwrap_or(0);
        Ok((unsigned(count), oldest.map(unsigned)))
    }
}
