//! Texts and their numbers.

use crate::failure::HistoryError;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::HashMap;
use std::sync::Arc;

/// How many texts are held in memory. What clients send can be new each time.
const HELD: usize = 10_000;

/// Gives texts their numbers. What it holds is true only of what was committed: [`Writing::clear`] it after a rollback.
#[derive(Debug, Default)]
pub(crate) struct Writing(HashMap<Arc<str>, (i64, i64)>);

impl Writing {
    /// The number of a text that a row of that day uses.
    pub(crate) fn number(&mut self, connection: &Connection, text: &str, day: i64) -> Result<i64, HistoryError> {
        self.number_whole(connection, crate::record::cut(text), day)
    }

    /// The same of a text that is not cut: a list, whose parts are few and short.
    pub(crate) fn number_whole(&mut self, connection: &Connection, text: &str, day: i64) -> Result<i64, HistoryError> {
        let held = self.0.get(text).copied();
        if let Some((id, used)) = held
            && used >= day
        {
            return Ok(id);
        }
        let sql = "INSERT INTO name (text, day) VALUES (?1, ?2)
                   ON CONFLICT (text) DO UPDATE SET day = max(day, excluded.day) RETURNING id, day";
        let told = connection
            .prepare_cached(sql)?
            .query_row((text, day), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        if self.0.len() >= HELD {
            self.0.clear();
        }
        self.0.insert(Arc::from(text), told);
        Ok(told.0)
    }

    /// The same of a text that may not be there.
    pub(crate) fn number_of(
        &mut self,
        connection: &Connection,
        text: Option<&str>,
        day: i64,
    ) -> Result<Option<i64>, HistoryError> {
        text.map(|text| self.number(connection, text, day)).transpose()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Gives numbers their texts.
#[derive(Debug, Default)]
pub(crate) struct Reading(HashMap<i64, Arc<str>>);

impl Reading {
    /// The text of a number. One that is gone (the row was taken out meanwhile) reads as empty.
    pub(crate) fn text(&mut self, connection: &Connection, id: i64) -> Result<Arc<str>, HistoryError> {
        if let Some(text) = self.0.get(&id) {
            return Ok(Arc::clone(text));
        }
        let sql = "SELECT text FROM name WHERE id = ?1";
        let text: Option<String> = connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
        let text: Arc<str> = Arc::from(text.unwrap_or_default());
        if self.0.len() >= HELD {
            self.0.clear();
        }
        self.0.insert(id, Arc::clone(&text));
        Ok(text)
    }

    /// The same of a number that may not be there.
    pub(crate) fn text_of(
        &mut self,
        connection: &Connection,
        id: Option<i64>,
    ) -> Result<Option<Arc<str>>, HistoryError> {
        id.map(|id| self.text(connection, id)).transpose()
    }
}
