//! What can go wrong with the file, and how a person is told.

use rusqlite::ErrorCode;
use std::io;
use std::path::PathBuf;

/// Why the history could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file or its folder can't be used.
    #[error("{} can't be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A newer Mainstay wrote the file.
    #[error("the history was written by a newer Mainstay (version {found}, known up to {known})")]
    Newer {
        /// The file's version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// A page was asked for with a cursor that none of ours is.
    #[error("{0:?} is no place in the history")]
    Cursor(String),
    /// The export could not be written out.
    #[error("the export could not be written: {0}")]
    Output(#[from] io::Error),
    /// The writer has ended, or takes too long.
    #[error("the history does not answer")]
    Silent,
    /// The history can't be written now; the state says why.
    #[error("{0}")]
    Degraded(String),
}

/// Whether the history takes in what happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HistoryState {
    /// It does, and nothing is amiss.
    #[default]
    Ok,
    /// Something that the user should know. Serving goes on.
    Degraded {
        /// Stable word.
        code: &'static str,
        /// What is the case.
        message: String,
        /// What to do.
        hint: String,
    },
}

/// What a fault calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Move the file aside and begin anew.
    Broken,
    /// Wait: someone else must act, or the moment pass.
    Wait,
}

impl HistoryError {
    /// Its stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "history_newer",
            Self::Cursor(_) => "bad_cursor",
            Self::Output(_) => "export_failed",
            Self::Silent => "history_silent",
            Self::File { .. } => "history_unusable",
            Self::Degraded(_) => "history_degraded",
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => "history_disk_full",
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "history_busy",
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "history_broken",
                _ => "history_unusable",
            },
        }
    }

    /// What to do about it; may be empty.
    pub fn hint(&self) -> &'static str {
        match self.code() {
            "history_newer" => "Update Mainstay, or move history.db out of the data folder to begin a new history.",
            "history_disk_full" => "Free some space. The history goes on by itself then.",
            "history_busy" => "Close the program that has history.db open.",
            "history_unusable" => {
                "Make the data folder and history.db in it writable. The history goes on by itself then."
            }
            "history_silent" => "Try again.",
            "export_failed" => "See that there is space, and try again.",
            "bad_cursor" => "Start from the newest again.",
            _ => "",
        }
    }

    pub(crate) fn fault(&self) -> Fault {
        if self.code() == "history_broken" { Fault::Broken } else { Fault::Wait }
    }

    pub(crate) fn state(&self) -> HistoryState {
        let message = match self.code() {
            "history_disk_full" => "The disk is full: the history can't take in what happens now.".to_owned(),
            "history_busy" => "Another program holds the history's file.".to_owned(),
            "history_newer" => "The history was written by a newer Mainstay, and is left as it is.".to_owned(),
            "history_unusable" => format!("The history can't be written: {self}."),
            _ => format!("The history can't take in what happens now: {self}."),
        };
        HistoryState::Degraded { code: self.code(), message, hint: self.hint().to_owned() }
    }
}
