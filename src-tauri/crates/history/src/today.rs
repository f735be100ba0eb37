//! What happened since the local day began, for who starts in the middle of it.

use crate::failure::HistoryError;
use crate::reader::Reader;
use crate::record::Ended;
use crate::row::number;
use crate::schema::flag;
use std::sync::Arc;

/// What one member has served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberToday {
    /// Its profile's name.
    pub member: Arc<str>,
    /// Exchanges that it served.
    pub requests: u64,
    /// Millionths of a US dollar, as far as known.
    pub micro_usd: u64,
    /// When the last of them came in, in Unix milliseconds.
    pub last: u64,
}

/// All of the day so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// Exchanges.
    pub requests: u64,
    /// Exchanges that were served although a member failed.
    pub saved: u64,
    /// Exchanges that ended in an error.
    pub failed: u64,
    /// Millionths of a US dollar, as far as known.
    pub micro_usd: u64,
    /// Exchanges whose cost is not known.
    pub cost_unknown: u64,
    /// What each member has served.
    pub members: Vec<MemberToday>,
}

impl Reader {
    /// What happened since an instant, in Unix milliseconds.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn since(&self, from: u64) -> Result<Today, HistoryError> {
        let failed = format!("ended IN ({}, {})", Ended::Failed as i64, Ended::Truncated as i64);
        let sql = format!(
            "SELECT count(*), total((flags & {saved}) <> 0), total({failed}), total(cost), total(cost_kind = 3)
             FROM exchange WHERE started >= ?1",
            saved = flag::SAVED
        );
        let whole = |value: f64| value as u64;
        let mut today = self.0.query_row(&sql, [number(from)], |row| {
            Ok(Today {
                requests: whole(row.get::<_, i64>(0)? as f64),
                saved: whole(row.get(1)?),
                failed: whole(row.get(2)?),
                micro_usd: whole(row.get(3)?),
                cost_unknown: whole(row.get(4)?),
                members: Vec::new(),
            })
        })?;
        let sql = "SELECT name.text, count(*), total(cost), max(started) FROM exchange JOIN name ON name.id = served_by
                   WHERE started >= ?1 GROUP BY served_by ORDER BY name.text";
        let mut statement = self.0.prepare(sql)?;
        let members = statement.query_map([number(from)], |row| {
            Ok(MemberToday {
                member: Arc::from(row.get::<_, String>(0)?),
                requests: whole(row.get::<_, i64>(1)? as f64),
                micro_usd: whole(row.get(2)?),
                last: whole(row.get::<_, i64>(3)? as f64),
            })
        })?;
        today.members = members.collect::<Result<_, _>>()?;
        Ok(today)
    }
}
