//! Which account keeps which state (failover §3.7): the ids of responses, files, containers and cached contents that answers
//! have named, and the account that answered.
//!
//! An id may be a key to what it names, so only a hash of it is kept. That hash has to mean the same after a restart under
//! another build, which the standard library's doesn't promise.

use std::sync::Arc;

use lru::LruCache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Account, pool::is_the_callers, snapshot::whole};

/// How many ids are known; the ones that were made or renamed longest ago go.
const MOST: usize = 10_000;
/// How many of them outlive the process.
const MOST_KEPT: usize = 2_000;

#[derive(Clone, Debug)]
pub(crate) struct Makers(LruCache<u64, Account>);

impl Default for Makers {
    fn default() -> Self {
        Self(LruCache::unbounded())
    }
}

/// What a snapshot keeps of one account: the ids that it made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptMaker {
    id: u64,
    base_url: Arc<str>,
    credential: Arc<str>,
}

/// What a snapshot keeps of all, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeptMakers(#[serde(deserialize_with = "whole")] Vec<KeptMaker>);

impl Makers {
    pub(crate) fn made(&mut self, id: &str, by: Account) {
        self.put(hash(id), by);
    }

    pub(crate) fn of(&self, ids: &[String]) -> Option<&Account> {
        ids.iter().find_map(|id| self.0.peek(&hash(id)))
    }

    pub(crate) fn keep(&self) -> KeptMakers {
        let newest = self.0.iter().filter(|(_, account)| !is_the_callers(&account.credential)).take(MOST_KEPT);
        let kept = newest.map(|(id, account)| KeptMaker {
            id: *id,
            base_url: account.base_url.clone(),
            credential: account.credential.clone(),
        });
        let mut kept: Vec<KeptMaker> = kept.collect();
        kept.reverse();
        KeptMakers(kept)
    }

    /// What is known already is newer.
    pub(crate) fn take_up(&mut self, kept: KeptMakers) {
        let known = std::mem::take(self);
        for KeptMaker { id, base_url, credential } in kept.0 {
            if !is_the_callers(&credential) {
                self.put(id, Account { base_url, credential });
            }
        }
        let mut newer: Vec<_> = known.0.into_iter().collect();
        newer.reverse();
        for (id, account) in newer {
            self.put(id, account);
        }
    }

    fn put(&mut self, id: u64, by: Account) {
        self.0.put(id, by);
        if self.0.len() > MOST {
            self.0.pop_lru();
        }
    }
}

fn hash(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::key;

    fn account(name: &str) -> Account {
        Account::from(&key(name))
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    /// failover §3.7
    #[test]
    fn the_first_known_id_names_the_maker() {
        let mut makers = Makers::default();
        makers.made("resp_1", account("a"));
        makers.made("file_2", account("b"));
        assert_eq!(makers.of(&ids(&["nobody's", "file_2", "resp_1"])), Some(&account("b")));
        assert_eq!(makers.of(&ids(&["nobody's"])), None);
        assert_eq!(makers.of(&[]), None);
    }

    #[test]
    fn ten_thousand_ids_are_known_and_the_oldest_go() {
        let mut makers = Makers::default();
        for number in 0..MOST {
            makers.made(&number.to_string(), account("a"));
        }
        makers.made("0", account("b"));
        makers.made("one more", account("a"));
        assert_eq!(makers.of(&ids(&["0"])), Some(&account("b")));
        assert_eq!(makers.of(&ids(&["1"])), None);
        assert_eq!(makers.0.len(), MOST);
    }

    /// failover §3.11
    #[test]
    fn the_newest_two_thousand_survive_and_no_id_is_written() {
        let mut makers = Makers::default();
        for number in 0..MOST_KEPT + 10 {
            makers.made(&format!("resp_{number}"), account("a"));
        }
        let kept = makers.keep();
        let json = serde_json::to_string(&kept).unwrap();
        assert!(!json.contains("resp_"));
        let mut after = Makers::default();
        after.made("resp_50", account("b"));
        after.take_up(serde_json::from_str(&json).unwrap());
        assert_eq!(after.of(&ids(&["resp_9"])), None);
        assert_eq!(after.of(&ids(&["resp_10"])), Some(&account("a")));
        assert_eq!(after.of(&ids(&["resp_50"])), Some(&account("b")), "what was learned meanwhile is newer");
    }

    #[test]
    fn a_hash_means_the_same_in_every_build() {
        assert_eq!(hash("resp_1"), 0x7a8babb8a11671df);
    }
}
