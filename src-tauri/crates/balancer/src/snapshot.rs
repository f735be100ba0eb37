//! What of the balancer's state outlives the process (failover §3.11).
//!
//! A snapshot is read by whatever build comes next, and may have been damaged or written by hand. So every field may be
//! missing, unknown ones are passed over, an entry that can't be read is left out and the others stay, and no number in it is
//! believed beyond its bound. What each store keeps of itself is written down beside that store.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

use crate::{
    Balancer, Millis, conversations::KeptConversations, health::KeptHealth, makers::KeptMakers, refused::KeptRefused,
    spend::KeptLedger,
};

/// All that is worth keeping over a restart: cooldowns, breakers, conversations, spend, pins, who made which state. A caller's
/// own credentials are never part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    #[serde(deserialize_with = "readable")]
    health: KeptHealth,
    #[serde(deserialize_with = "readable")]
    refused: KeptRefused,
    #[serde(deserialize_with = "readable")]
    conversations: KeptConversations,
    #[serde(deserialize_with = "readable")]
    pins: BTreeMap<String, String>,
    #[serde(deserialize_with = "readable")]
    spend: KeptLedger,
    #[serde(deserialize_with = "readable")]
    makers: KeptMakers,
}

impl Balancer {
    /// What outlives the process. What is over by `now` is not in it.
    pub fn snapshot(&self, now: Millis) -> Snapshot {
        Snapshot {
            health: self.health.keep(now),
            refused: self.refused.keep(),
            conversations: self.conversations.keep(now),
            pins: self.pins.clone(),
            spend: self.ledger.keep(now),
            makers: self.makers.keep(),
        }
    }

    /// Takes up what an earlier process left. The wall clock may have been set meanwhile: no wait is longer than it was to be,
    /// and what is over is over (failover §3.11). A probe that was under way is due again.
    ///
    /// What this process has learned already stands; of two cooldowns the later holds, and what was spent adds up. So a
    /// snapshot is to be taken up once.
    pub fn restore(&mut self, snapshot: Snapshot, now: Millis) {
        self.notice(now);
        self.order += 1;
        self.health.take_up(snapshot.health, self.order, now);
        self.refused.take_up(snapshot.refused);
        self.conversations.take_up(snapshot.conversations, now);
        for (pool, member) in snapshot.pins {
            self.pins.entry(pool).or_insert(member);
        }
        self.ledger.take_up(snapshot.spend, now);
        self.makers.take_up(snapshot.makers);
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Read<T> {
    Whole(T),
    Broken(IgnoredAny),
}

/// A list, without the entries that can't be read.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(match Read::<Vec<Read<T>>>::deserialize(from)? {
        Read::Whole(list) => {
            let entries = list.into_iter();
            entries.filter_map(|entry| if let Read::Whole(entry) = entry { Some(entry) } else { None }).collect()
        }
        Read::Broken(_) => Vec::new(),
    })
}

/// A field, or its default if it can't be read.
fn readable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(match Read::deserialize(from)? {
        Read::Whole(field) => field,
        Read::Broken(_) => T::default(),
    })
}

#[cfg(test)]
mod tests;
