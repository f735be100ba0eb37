//! What of the balancer's state outlives the process (failover §3.11).

use serde::{Deserialize, Serialize};

/// All that is worth keeping over a restart: cooldowns, breakers, conversations, spend, pins, who made which state. A caller's
/// own credentials are never part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {}
