//! What operations on Mainstay itself take.

use serde::Deserialize;
use ts_rs::TS;

/// Sets the gateway's port.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
pub struct PortInput {
    /// From 1024 to 65535.
    pub port: u32,
}

/// Removes everything that Mainstay has stored.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct RemoveInput {
    /// "remove": the user has been asked.
    pub sure: String,
}
