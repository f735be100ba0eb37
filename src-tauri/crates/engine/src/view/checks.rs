//! Checks of addresses and keys.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// Whether the address answers. No credential is sent.
    Address,
    /// Whether the provider accepts the key, by a call that costs nothing.
    Key,
}

/// The last check of a member's address or key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Check {
    /// What was asked.
    pub what: CheckKind,
    /// Whether it was passed; absent where that could not be told.
    pub ok: Option<bool>,
    /// When.
    pub at: u64,
    /// Plain words: "the key is accepted", "401, did not accept the key or login".
    pub message: String,
}

/// What a test request costs, reckoned beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TestCost {
    /// It costs nothing: the provider is simulated.
    pub included: bool,
    /// At most so many tokens, both ways.
    pub tokens: u64,
    /// At most about so many US dollars at the catalogue's prices; absent where the price is not known.
    pub usd: Option<f64>,
}
