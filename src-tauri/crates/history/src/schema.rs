//! The file's tables, and how an older file becomes a newer one.
//!
//! Texts that come again and again (members, models, tools, reasons) are kept once, in `name`, and rows hold their
//! numbers: a million exchanges stay small, and a search looks at each text once. `name.day` is the last day on which a
//! row used it, so that a name goes when the last row that could hold it has gone.

use crate::failure::HistoryError;
use rusqlite::Connection;

/// Each brings the file from one version to the next; a file's `user_version` counts those that it has seen. They are
/// never changed once released: a new one is added.
pub(crate) const MIGRATIONS: &[&str] = &["
    CREATE TABLE name (
      id INTEGER PRIMARY KEY,
      text TEXT NOT NULL UNIQUE,
      day INTEGER NOT NULL
    );
    CREATE TABLE exchange (
      seq INTEGER PRIMARY KEY,
      started INTEGER NOT NULL,
      day INTEGER NOT NULL,
      ended INTEGER NOT NULL,
      flags INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      tool INTEGER,
      route INTEGER,
      member INTEGER,
      model INTEGER,
      outcome INTEGER,
      served_by INTEGER,
      first_content INTEGER,
      total INTEGER NOT NULL,
      cost_kind INTEGER NOT NULL,
      cost INTEGER,
      input INTEGER,
      cached INTEGER,
      written INTEGER,
      output INTEGER,
      reasoning INTEGER,
      placed INTEGER,
      conversation INTEGER,
      id TEXT NOT NULL,
      dialect INTEGER NOT NULL,
      asked INTEGER,
      answered INTEGER,
      status INTEGER NOT NULL,
      error INTEGER,
      candidates INTEGER,
      skips TEXT,
      notes TEXT
    );
    CREATE INDEX exchange_started ON exchange (started);
    CREATE INDEX exchange_id ON exchange (id);
    CREATE INDEX exchange_several ON exchange (started) WHERE attempts > 1;
    CREATE TABLE attempt (
      exchange INTEGER NOT NULL,
      n INTEGER NOT NULL,
      member INTEGER NOT NULL,
      provider INTEGER NOT NULL,
      model INTEGER NOT NULL,
      started INTEGER NOT NULL,
      first_content INTEGER,
      took INTEGER NOT NULL,
      status INTEGER,
      outcome INTEGER NOT NULL,
      reason INTEGER NOT NULL,
      detail TEXT,
      forced INTEGER NOT NULL,
      again INTEGER,
      PRIMARY KEY (exchange, n)
    ) WITHOUT ROWID;
"];

/// Bits of `exchange.flags`.
pub(crate) mod flag {
    pub(crate) const STREAM: i64 = 1;
    pub(crate) const STUCK: i64 = 2;
    pub(crate) const SAVED: i64 = 4;
    pub(crate) const FAILED_OVER: i64 = 8;
    pub(crate) const ESTIMATED: i64 = 16;
    pub(crate) const PRACTICE: i64 = 32;
}

/// Brings a file up to the newest version, each step in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), HistoryError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = migrations.len();
    let done = usize::try_from(found).ok().filter(|done| *done <= known);
    let Some(done) = done else { return Err(HistoryError::Newer { found, known: known as i64 }) };
    for (step, sql) in migrations.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_brought_forward_and_keeps_what_it_holds() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, MIGRATIONS).unwrap();
        connection.execute("INSERT INTO name (text, day) VALUES ('kept', 1)", []).unwrap();
        let newer = [MIGRATIONS, &["ALTER TABLE name ADD COLUMN more INTEGER NOT NULL DEFAULT 7"]].concat();
        migrate(&mut connection, &newer).unwrap();
        migrate(&mut connection, &newer).unwrap();
        let kept: (String, i64) =
            connection.query_row("SELECT text, more FROM name", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(kept, ("kept".to_owned(), 7));
        let older = migrate(&mut connection, MIGRATIONS);
        assert!(matches!(older, Err(HistoryError::Newer { .. })), "{older:?}");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_at_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = [MIGRATIONS, &["CREATE TABLE more (x); CREATE TABLE name (x)"]].concat();
        migrate(&mut connection, &broken).unwrap_err();
        migrate(&mut connection, MIGRATIONS).unwrap();
        let more: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'more'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(more, 0);
    }
}
