//! What members have spent in the day, against their daily limits (failover §4).

use serde::{Deserialize, Serialize};

/// Requests and money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// Requests served.
    pub requests: u64,
    /// Millionths of a US dollar.
    pub micro_usd: u64,
}
