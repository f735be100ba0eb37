//! The log.

use serde::Serialize;
use ts_rs::TS;

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LogLine {
    /// When, in Unix milliseconds.
    pub at: Option<u64>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Where it was said, and what.
    pub text: String,
}

/// The end of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LogsView {
    /// The folder of its files.
    pub folder: String,
    /// What they take.
    pub bytes: u64,
    /// The last events, the oldest of them first.
    pub lines: Vec<LogLine>,
}

/// What to tell others when something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DiagnosticsView {
    /// As text. No secret, no request and no answer is in it.
    pub text: String,
}
