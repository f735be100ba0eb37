//! What members have spent in the day, against their daily limits (failover §4).

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{DailyLimit, Millis, snapshot::whole};

/// No local day is longer, even when clocks are set back for the winter and the user has flown west.
const LONGEST_DAY: Millis = 26 * 3_600_000;
/// How many members are kept account of.
const MOST: usize = 10_000;

/// Requests and money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spend {
    /// Requests served.
    pub requests: u64,
    /// Millionths of a US dollar.
    pub micro_usd: u64,
}

impl Spend {
    fn add(&mut self, more: Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.micro_usd = self.micro_usd.saturating_add(more.micro_usd);
    }

    fn reaches(self, limit: DailyLimit) -> bool {
        limit.requests.is_some_and(|limit| self.requests >= limit)
            || limit.micro_usd.is_some_and(|limit| self.micro_usd >= limit)
    }
}

/// What members have spent today, by their names: a profile that stands in several balancers has one purse.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(HashMap<Arc<str>, Day>);

#[derive(Clone, Copy, Debug)]
struct Day {
    spend: Spend,
    ends: Millis,
    /// How far ahead its end was when it was last charged.
    ahead: Millis,
}

/// What a snapshot keeps of a member's day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptDay {
    member: Arc<str>,
    spend: Spend,
    ends: Millis,
    ahead: Millis,
}

/// What a snapshot keeps of all days.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeptLedger(#[serde(deserialize_with = "whole")] Vec<KeptDay>);

impl Ledger {
    /// A charge for a day that is over by now is late news, and dropped.
    pub(crate) fn charge(&mut self, member: &str, spend: Spend, ends: Millis, now: Millis) {
        if ends <= now {
            return;
        }
        let ahead = (ends - now).min(LONGEST_DAY);
        let today = Day { spend: Spend::default(), ends: now + ahead, ahead };
        let day = match self.0.get_mut(member) {
            Some(day) => day,
            None => {
                if self.0.len() >= MOST {
                    self.0.retain(|_, day| now < day.ends);
                }
                if self.0.len() >= MOST {
                    return;
                }
                self.0.entry(member.into()).or_insert(today)
            }
        };
        let so_far = if now < day.ends { day.spend } else { Spend::default() };
        *day = Day { spend: so_far, ..today };
        day.spend.add(spend);
    }

    pub(crate) fn spent(&self, member: &str, now: Millis) -> Spend {
        self.today(member, now).map(|day| day.spend).unwrap_or_default()
    }

    /// What was spent under one name counts under another. What that had spent itself was another profile's.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        self.0.remove(to);
        if let Some(day) = self.0.remove(from) {
            self.0.insert(to.into(), day);
        }
    }

    /// When a member that has reached its limit may serve again. With a limit of 0 its day may not be known: then at the latest
    /// a day from now.
    pub(crate) fn at_limit(&self, member: &str, limit: DailyLimit, now: Millis) -> Option<Millis> {
        if limit == DailyLimit::default() {
            return None;
        }
        let day = self.today(member, now);
        let spend = day.map(|day| day.spend).unwrap_or_default();
        spend.reaches(limit).then(|| day.map_or(now.saturating_add(LONGEST_DAY), |day| day.ends))
    }

    /// The clock was set back: no day ends later than it was to.
    pub(crate) fn clamp(&mut self, now: Millis) {
        for day in self.0.values_mut() {
            day.ends = day.ends.min(now.saturating_add(day.ahead));
        }
    }

    pub(crate) fn keep(&self, now: Millis) -> KeptLedger {
        let days = self.0.iter().filter(|(_, day)| now < day.ends);
        let mut kept: Vec<KeptDay> = days
            .map(|(member, Day { spend, ends, ahead })| KeptDay {
                member: member.clone(),
                spend: *spend,
                ends: *ends,
                ahead: *ahead,
            })
            .collect();
        kept.sort_by(|a, b| a.member.cmp(&b.member));
        KeptLedger(kept)
    }

    /// Adds what an earlier process has counted.
    pub(crate) fn take_up(&mut self, kept: KeptLedger, now: Millis) {
        for KeptDay { member, spend, ends, ahead } in kept.0.into_iter().take(MOST) {
            let left = ends.saturating_sub(now).min(ahead).min(LONGEST_DAY);
            self.charge(&member, spend, now.saturating_add(left), now);
        }
    }

    fn today(&self, member: &str, now: Millis) -> Option<&Day> {
        self.0.get(member).filter(|day| now < day.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::START;

    const EVENING: Millis = START + 3_600_000;
    const ONE: Spend = Spend { requests: 1, micro_usd: 250 };

    /// failover §4, daily limit
    #[test]
    fn a_day_counts_until_its_end_and_then_anew() {
        let mut ledger = Ledger::default();
        ledger.charge("a", ONE, EVENING, START);
        ledger.charge("a", ONE, EVENING, EVENING - 1);
        assert_eq!(ledger.spent("a", EVENING - 1), Spend { requests: 2, micro_usd: 500 });
        assert_eq!(ledger.spent("a", EVENING), Spend::default());
        ledger.charge("a", ONE, EVENING + 86_400_000, EVENING);
        assert_eq!(ledger.spent("a", EVENING), ONE);
        assert_eq!(ledger.spent("b", START), Spend::default());
    }

    #[test]
    fn a_charge_that_comes_after_its_day_is_dropped() {
        let mut ledger = Ledger::default();
        ledger.charge("a", ONE, EVENING, EVENING);
        assert_eq!(ledger.spent("a", EVENING), Spend::default());
    }

    #[test]
    fn either_limit_is_a_limit_and_the_day_says_until_when() {
        let mut ledger = Ledger::default();
        ledger.charge("a", ONE, EVENING, START);
        let limit = |requests, micro_usd| DailyLimit { requests, micro_usd };
        let table = [
            (limit(None, None), None),
            (limit(Some(2), None), None),
            (limit(Some(1), None), Some(EVENING)),
            (limit(None, Some(251)), None),
            (limit(Some(9), Some(250)), Some(EVENING)),
        ];
        for (limit, reached) in table {
            assert_eq!(ledger.at_limit("a", limit, START), reached, "{limit:?}");
        }
        assert_eq!(ledger.at_limit("b", limit(Some(0), None), START), Some(START + LONGEST_DAY));
    }

    #[test]
    fn no_number_overflows_and_no_day_is_endless() {
        let mut ledger = Ledger::default();
        let all = Spend { requests: u64::MAX, micro_usd: u64::MAX };
        ledger.charge("a", all, u64::MAX, START);
        ledger.charge("a", all, u64::MAX, START);
        assert_eq!(ledger.spent("a", START), all);
        assert_eq!(ledger.spent("a", START + LONGEST_DAY), Spend::default());
    }

    /// failover §3.11
    #[test]
    fn a_clock_set_back_does_not_make_the_day_longer() {
        let mut ledger = Ledger::default();
        ledger.charge("a", ONE, EVENING, START);
        let before = START - 30 * 86_400_000;
        ledger.clamp(before);
        assert_eq!(ledger.spent("a", before), ONE);
        assert_eq!(ledger.spent("a", before + 3_600_000), Spend::default());
    }

    #[test]
    fn names_do_not_pile_up() {
        let mut ledger = Ledger::default();
        for number in 0..MOST + 5 {
            ledger.charge(&number.to_string(), ONE, EVENING, START);
        }
        assert_eq!(ledger.0.len(), MOST);
        ledger.charge("today", ONE, EVENING + 9, EVENING);
        assert_eq!(ledger.0.len(), 1);
    }
}
