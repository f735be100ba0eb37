//! What operations on the log take.

use serde::Deserialize;
use ts_rs::TS;

/// Asks for the end of the log.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LogsInput {
    /// The least grave level: `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// Only what says this, in any case of letters.
    #[serde(default)]
    pub text: Option<String>,
    /// At most so many events; no more than 2000.
    pub limit: u32,
}
