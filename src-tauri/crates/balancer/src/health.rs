//! The health of all targets and accounts: one writer, one place, bounded.
//!
//! A target (base URL, credential, model) has a breaker and a cooldown; an account (base URL, credential) has a cooldown
//! that covers all its models. Nothing here knows pools; the breaker's rule comes with each call.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    Account, BreakerRule, Limits, Millis, TargetKey,
    breaker::{Breaker, Gate, KeptTrip},
    cooldown::{Cooldown, Deadline, KeptCooldown, later},
    pool::is_the_callers,
    snapshot::whole,
};

/// How many targets, and how many accounts, are remembered. A caller's own credentials make new ones without end.
const MOST: usize = 10_000;
/// The user takes a target out to look, not to do without it.
const LONGEST_TAKEN_OUT: Millis = 60_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) breaker: Breaker,
    pub(crate) cooldown: Cooldown,
    /// What its last answer that spoke of limits said, and when.
    pub(crate) limits: Option<(Limits, Millis)>,
    /// When an attempt on it last failed by its own fault.
    pub(crate) missed: Option<Millis>,
}

/// Whether a target may be asked, as its health alone has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Ready,
    /// Its breaker is due: whoever comes next is the probe.
    HalfOpen,
    Probing,
    /// `guessed`: by the breaker or our guess alone, so that a last resort may overrule it (failover §3.9b). `probed`: one
    /// request does so just now.
    Cooling {
        until: Millis,
        why: &'static str,
        guessed: bool,
        probed: bool,
    },
    Open {
        until: Millis,
        guessed: bool,
    },
    /// Its daily limit is reached until its day ends (failover §4).
    Spent {
        until: Millis,
    },
    /// The user has taken it out for a while.
    TakenOut {
        until: Millis,
    },
}

impl Standing {
    pub(crate) fn may_be_tried(self) -> bool {
        matches!(self, Self::Ready | Self::HalfOpen)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    targets: Bounded<TargetKey, Target>,
    accounts: Bounded<Account, Cooldown>,
    /// Targets that the user has taken out, and until when.
    taken_out: BTreeMap<TargetKey, Millis>,
}

impl Health {
    pub(crate) fn take_out(&mut self, key: &TargetKey, until: Millis, now: Millis) {
        self.taken_out.retain(|_, until| now < *until);
        self.taken_out.insert(key.clone(), until.min(now.saturating_add(LONGEST_TAKEN_OUT)));
    }

    pub(crate) fn put_back(&mut self, key: &TargetKey) {
        self.taken_out.remove(key);
    }

    /// `rule`: `None` where no breaker applies.
    pub(crate) fn standing(&self, key: &TargetKey, rule: Option<BreakerRule>, now: Millis) -> Standing {
        if let Some(until) = self.taken_out.get(key).copied().filter(|until| now < *until) {
            return Standing::TakenOut { until };
        }
        let target = self.targets.get(key);
        let account = self.accounts.get(&Account::from(key));
        let over_both = |of: fn(&Cooldown, Millis) -> Option<Deadline>| {
            later(target.and_then(|target| of(&target.cooldown, now)), account.and_then(|cooldown| of(cooldown, now)))
        };
        let cooling = over_both(Cooldown::out);
        let guessed = over_both(Cooldown::firm).is_none();
        let gate = match (target, rule) {
            (Some(target), Some(_)) => target.breaker.gate(now),
            _ => Gate::Closed,
        };
        match (cooling, gate) {
            (None, Gate::Closed) => Standing::Ready,
            (None, Gate::HalfOpen) => Standing::HalfOpen,
            (None, Gate::Probing) => Standing::Probing,
            (None, Gate::Open { until }) => Standing::Open { until, guessed },
            (Some(deadline), Gate::Open { until }) if until > deadline.until => Standing::Open { until, guessed },
            (Some(deadline), gate) => {
                Standing::Cooling { until: deadline.until, why: deadline.why, guessed, probed: gate == Gate::Probing }
            }
        }
    }

    pub(crate) fn target(&self, key: &TargetKey) -> Option<&Target> {
        self.targets.get(key)
    }

    pub(crate) fn target_mut(&mut self, key: &TargetKey, now: Millis) -> &mut Target {
        self.targets.entry(key, |target| target.breaker.is_idle() && target.cooldown.is_idle(now))
    }

    /// The target if anything is known of it.
    pub(crate) fn known_mut(&mut self, key: &TargetKey) -> Option<&mut Target> {
        self.targets.get_mut(key)
    }

    pub(crate) fn account(&self, key: &TargetKey) -> Option<&Cooldown> {
        self.accounts.get(&Account::from(key))
    }

    pub(crate) fn account_mut(&mut self, key: &TargetKey, now: Millis) -> &mut Cooldown {
        self.accounts.entry(&Account::from(key), |cooldown| cooldown.is_idle(now))
    }

    pub(crate) fn known_account_mut(&mut self, key: &TargetKey) -> Option<&mut Cooldown> {
        self.accounts.get_mut(&Account::from(key))
    }

    /// Forgets what was held against this credential, wherever it is used. Breakers speak of servers and stay.
    pub(crate) fn forgive(&mut self, credential: &str) {
        for (key, target) in self.targets.iter_mut() {
            if &*key.credential == credential {
                target.cooldown.clear();
                target.limits = None;
            }
        }
        for (key, cooldown) in self.accounts.iter_mut() {
            if &*key.credential == credential {
                cooldown.clear();
            }
        }
    }

    /// The targets of an account of whose limits anything is known.
    pub(crate) fn limits_of(&self, account: &Account) -> Vec<(Arc<str>, Limits, Millis)> {
        let its = |key: &TargetKey| key.credential == account.credential && key.base_url == account.base_url;
        let its = self.targets.iter().filter(|(key, _)| its(key));
        let mut found: Vec<_> = its
            .filter_map(|(key, target)| {
                let (limits, at) = target.limits.as_ref()?;
                Some((key.model.clone(), limits.to_owned(), *at))
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// The network was gone and is back (failover §3.10). Names the targets whose breakers that closes.
    pub(crate) fn end_outage(&mut self) -> Vec<TargetKey> {
        let closed =
            self.targets.iter_mut().filter_map(|(key, target)| target.breaker.end_outage().then(|| key.clone()));
        let mut closed: Vec<TargetKey> = closed.collect();
        closed.sort();
        closed
    }

    pub(crate) fn keep(&self, now: Millis) -> KeptHealth {
        let ours = self.targets.iter().filter(|(key, _)| !is_the_callers(&key.credential));
        let mut targets: Vec<KeptTarget> = ours
            .map(|(key, target)| KeptTarget {
                key: key.clone(),
                cooldown: target.cooldown.keep(now),
                breaker: target.breaker.keep(),
            })
            .filter(|kept| kept.cooldown != KeptCooldown::default() || kept.breaker.is_some())
            .collect();
        targets.sort_by(|a, b| a.key.cmp(&b.key));
        let ours = self.accounts.iter().filter(|(account, _)| !is_the_callers(&account.credential));
        let mut accounts: Vec<KeptAccount> = ours
            .map(|(account, cooldown)| KeptAccount { account: account.clone(), cooldown: cooldown.keep(now) })
            .filter(|kept| kept.cooldown != KeptCooldown::default())
            .collect();
        accounts.sort_by(|a, b| a.account.cmp(&b.account));
        KeptHealth { targets, accounts }
    }

    /// `order` numbers the event: what is under way is older.
    pub(crate) fn take_up(&mut self, kept: KeptHealth, order: u64, now: Millis) {
        for KeptTarget { key, cooldown, breaker } in kept.targets.into_iter().take(MOST) {
            if is_the_callers(&key.credential) {
                continue;
            }
            let target = self.target_mut(&key, now);
            target.cooldown.take_up(cooldown, order, now);
            if let Some(trip) = breaker {
                target.breaker.take_up(trip, order, now);
            }
        }
        for KeptAccount { account, cooldown } in kept.accounts.into_iter().take(MOST) {
            if !is_the_callers(&account.credential) {
                self.accounts.entry(&account, |known| known.is_idle(now)).take_up(cooldown, order, now);
            }
        }
    }

    /// The clock was set back to `now`: no wait is longer than it was to be (failover §3.11).
    pub(crate) fn clamp(&mut self, now: Millis) {
        for until in self.taken_out.values_mut() {
            *until = (*until).min(now.saturating_add(LONGEST_TAKEN_OUT));
        }
        for (_, target) in self.targets.iter_mut() {
            target.breaker.clamp(now);
            target.cooldown.clamp(now);
            target.missed = target.missed.map(|at| at.min(now));
        }
        for (_, cooldown) in self.accounts.iter_mut() {
            cooldown.clamp(now);
        }
    }
}

/// What a snapshot keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptHealth {
    #[serde(deserialize_with = "whole")]
    targets: Vec<KeptTarget>,
    #[serde(deserialize_with = "whole")]
    accounts: Vec<KeptAccount>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptTarget {
    key: TargetKey,
    #[serde(default)]
    cooldown: KeptCooldown,
    #[serde(default)]
    breaker: Option<KeptTrip>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptAccount {
    account: Account,
    #[serde(default)]
    cooldown: KeptCooldown,
}

/// A map that forgets: first what is idle, then what has not been touched for longest.
#[derive(Clone, Debug)]
struct Bounded<K, V> {
    map: HashMap<K, (u64, V)>,
    touches: u64,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self { map: HashMap::new(), touches: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Default> Bounded<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key).map(|(_, value)| value)
    }

    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key).map(|(_, value)| value)
    }

    fn entry(&mut self, key: &K, idle: impl Fn(&V) -> bool) -> &mut V {
        if self.map.len() >= MOST && !self.map.contains_key(key) {
            self.map.retain(|_, (_, value)| !idle(value));
            if self.map.len() >= MOST
                && let Some(oldest) = self.map.iter().min_by_key(|(_, (touch, _))| *touch).map(|(key, _)| key.clone())
            {
                self.map.remove(&oldest);
            }
        }
        self.touches += 1;
        let (touch, value) = self.map.entry(key.clone()).or_default();
        *touch = self.touches;
        value
    }

    fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter().map(|(key, (_, value))| (key, value))
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.map.iter_mut().map(|(key, (_, value))| (key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_idle_is_forgotten_before_what_is_not() {
        let mut map: Bounded<usize, bool> = Bounded::default();
        for key in 0..MOST {
            *map.entry(&key, |busy| !busy) = key == 7;
        }
        map.entry(&MOST, |busy| !busy);
        assert_eq!(map.get(&7), Some(&true));
        assert_eq!(map.map.len(), 2);
    }

    #[test]
    fn among_the_busy_the_one_untouched_for_longest_is_forgotten() {
        let mut map: Bounded<usize, bool> = Bounded::default();
        for key in 0..MOST {
            *map.entry(&key, |busy| !busy) = true;
        }
        map.entry(&0, |busy| !busy);
        map.entry(&MOST, |busy| !busy);
        assert_eq!(map.get(&0), Some(&true));
        assert_eq!(map.get(&1), None);
        assert_eq!(map.map.len(), MOST);
    }
}
