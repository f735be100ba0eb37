//! The local door: whom it lets in.

use crate::error::Problem;
use serde::Serialize;
use ts_rs::TS;

/// A tool's own token, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct TokenView {
    /// The tool that it is for.
    pub name: String,
    /// When it was made.
    pub made: u64,
    /// When it opened the door last.
    pub used: Option<u64>,
    /// When it was revoked; absent while it is in force.
    pub revoked: Option<u64>,
}

/// Who may come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoorView {
    /// Where the gateway listens: `http://127.0.0.1:4117`.
    pub address: String,
    /// When the first token opened the door last.
    pub first_used: Option<u64>,
    /// The tools' own tokens; those in force first, each part by name.
    pub tokens: Vec<TokenView>,
    /// Further hosts that are let in.
    pub hosts: Vec<String>,
    /// Origins that are let in.
    pub origins: Vec<String>,
    /// Hosts that this run was started with.
    pub given_hosts: Vec<String>,
    /// Origins that this run was started with.
    pub given_origins: Vec<String>,
    /// What of the settings could not be used.
    pub notices: Vec<Problem>,
}

/// A token that was just made. This answer is the only place where it can be read.
#[derive(Serialize, TS)]
pub struct MadeToken {
    /// The token.
    pub token: String,
    /// The door with it.
    pub door: DoorView,
}
