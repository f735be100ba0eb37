//! Lists of exchanges, newest first, page by page; and one by its id.

use crate::failure::HistoryError;
use crate::filter::Filter;
use crate::names::Reading;
use crate::reader::Reader;
use crate::record::Exchange;
use crate::row::{COLUMNS, read};
use rusqlite::params_from_iter;
use std::fmt;
use std::str::FromStr;

/// A place in the list: after the exchange that came in then, with that number in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    started: i64,
    seq: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.started, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = HistoryError;

    fn from_str(text: &str) -> Result<Self, HistoryError> {
        let parsed = text
            .split_once('-')
            .and_then(|(started, seq)| Some(Self { started: started.parse().ok()?, seq: seq.parse().ok()? }));
        parsed.ok_or_else(|| HistoryError::Cursor(text.to_owned()))
    }
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub exchanges: Vec<Exchange>,
    /// Where the next page starts, if there may be one.
    pub next: Option<Cursor>,
}

impl Reader {
    /// A page of at most `most` exchanges, newest first, after `after`.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn list(&self, filter: &Filter, after: Option<Cursor>, most: usize) -> Result<Page, HistoryError> {
        let mut exchanges = Vec::new();
        let next = self.walk(filter, after, most, |exchange| {
            exchanges.push(exchange);
            Ok(())
        })?;
        Ok(Page { exchanges, next })
    }

    /// As [`Reader::list`], from the `skip`th on. It costs the more the further down it begins: for places of a list that is
    /// looked at, not for walking through all of it.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn list_from(&self, filter: &Filter, skip: u64, most: usize) -> Result<Vec<Exchange>, HistoryError> {
        let (condition, mut parameters) = filter.sql();
        parameters.push(i64::try_from(most).unwrap_or(i64::MAX).into());
        parameters.push(i64::try_from(skip).unwrap_or(i64::MAX).into());
        let (limit, offset) = (parameters.len() - 1, parameters.len());
        let sql = format!(
            "SELECT {COLUMNS} FROM exchange e WHERE {condition} ORDER BY e.started DESC, e.seq DESC
             LIMIT ?{limit} OFFSET ?{offset}"
        );
        let mut names = Reading::default();
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        let mut exchanges = Vec::new();
        while let Some(row) = rows.next()? {
            exchanges.push(read(&self.0, &mut names, row)?.1);
        }
        Ok(exchanges)
    }

    /// How many exchanges are meant.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn count(&self, filter: &Filter) -> Result<u64, HistoryError> {
        let (condition, parameters) = filter.sql();
        let mut statement = self.0.prepare(&format!("SELECT count(*) FROM exchange e WHERE {condition}"))?;
        let count: i64 = statement.query_row(params_from_iter(parameters), |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The same without keeping them.
    pub(crate) fn walk(
        &self,
        filter: &Filter,
        after: Option<Cursor>,
        most: usize,
        mut each: impl FnMut(Exchange) -> Result<(), HistoryError>,
    ) -> Result<Option<Cursor>, HistoryError> {
        let (mut condition, mut parameters) = filter.sql();
        if let Some(Cursor { started, seq }) = after {
            let n = parameters.len();
            parameters.extend([started.into(), seq.into()]);
            // The first term lets the index find the place, the second the one among those of the same instant.
            condition = format!(
                "{condition} AND e.started <= ?{a} AND (e.started < ?{a} OR e.seq < ?{b})",
                a = n + 1,
                b = n + 2
            );
        }
        parameters.push(i64::try_from(most).unwrap_or(i64::MAX).into());
        let sql = format!(
            "SELECT {COLUMNS} FROM exchange e WHERE {condition} ORDER BY e.started DESC, e.seq DESC LIMIT ?{}",
            parameters.len()
        );
        let mut names = Reading::default();
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        let (mut count, mut last) = (0, None);
        while let Some(row) = rows.next()? {
            let started = row.get("started")?;
            let (seq, exchange) = read(&self.0, &mut names, row)?;
            each(exchange)?;
            (count, last) = (count + 1, Some(Cursor { started, seq }));
        }
        Ok(last.filter(|_| count == most))
    }

    /// One exchange with its whole trail.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn find(&self, id: &str) -> Result<Option<Exchange>, HistoryError> {
        let sql = format!("SELECT {COLUMNS} FROM exchange e WHERE e.id = ?1 ORDER BY e.seq DESC LIMIT 1");
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(read(&self.0, &mut Reading::default(), row)?.1))
    }
}
