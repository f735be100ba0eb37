//! How long the history is kept, and taking out what is over that in small steps.

use crate::failure::HistoryError;
use rusqlite::Connection;

/// How many exchanges go in one transaction.
const STEP: usize = 500;
/// How many pages the file gives back in one step.
const PAGES: usize = 512;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// How long the history is kept. Whichever is reached first takes out the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// In days.
    pub days: u32,
    /// The file's size, in bytes.
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 90, bytes: 512 << 20 }
    }
}

/// Takes one step. Says whether there is more to do.
pub(crate) fn prune(connection: &mut Connection, retention: Retention, now: u64) -> Result<bool, HistoryError> {
    let (pages, free, page) = sizes(connection)?;
    let cutoff = now.saturating_sub(u64::from(retention.days) * DAY_MS);
    let too_old = remove(connection, i64::try_from(cutoff).unwrap_or(i64::MAX))?;
    let too_big = (pages - free) * page > retention.bytes;
    let removed = if too_old > 0 {
        too_old
    } else if too_big {
        remove(connection, i64::MAX)?
    } else {
        0
    };
    if removed > 0 {
        return Ok(true);
    }
    // A file that shrinks and grows again all day long would be work for nothing: it may keep some room.
    if free * 8 > pages || pages * page > retention.bytes {
        if free == 0 {
            return Ok(false);
        }
        give_back(connection)?;
        let (_, still_free, _) = sizes(connection)?;
        return Ok(still_free < free);
    }
    Ok(false)
}

/// Takes out the names that no row can hold any more: those not used since the day before the oldest row's.
pub(crate) fn forget_names(connection: &Connection) -> Result<usize, HistoryError> {
    let oldest = "SELECT day FROM exchange ORDER BY started LIMIT 1";
    // Days are local: where the user travelled, one may be off by one from the order of instants.
    let sql = format!("DELETE FROM name WHERE day < coalesce(({oldest}) - 2, 99999999)");
    Ok(connection.execute(&sql, [])?)
}

/// Pages in the file, pages in it that are free, and a page's size.
pub(crate) fn sizes(connection: &Connection) -> Result<(u64, u64, u64), HistoryError> {
    let ask = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok((number(ask("page_count")?), number(ask("freelist_count")?), number(ask("page_size")?)))
}

fn remove(connection: &mut Connection, before: i64) -> Result<usize, HistoryError> {
    let transaction = connection.transaction()?;
    let oldest: Vec<i64> = transaction
        .prepare_cached("SELECT seq FROM exchange WHERE started < ?1 ORDER BY started, seq LIMIT ?2")?
        .query_map((before, STEP as i64), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for seq in &oldest {
        transaction.prepare_cached("DELETE FROM attempt WHERE exchange = ?1")?.execute([seq])?;
        transaction.prepare_cached("DELETE FROM exchange WHERE seq = ?1")?.execute([seq])?;
    }
    transaction.commit()?;
    Ok(oldest.len())
}

fn give_back(connection: &Connection) -> Result<(), HistoryError> {
    // Each row of this pragma is a page given back.
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}
