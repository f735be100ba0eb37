//! One target's circuit breaker (failover §3.8).
//!
//! Closed, it counts marked attempts: the successes and the breaker failures. It opens when enough of them fail, stays
//! open for a while that doubles, then lets one probe through at a time. Two things make it safe:
//!
//! - **It cannot wedge.** The probe is named by its permit's number. A permit that is given back frees the probe; a breaker
//!   that was cleared meanwhile no longer knows the number, and nothing else waits for it.
//! - **Old news does not count.** Each permit and each opening takes a number from one rising counter. An attempt that was
//!   let through before the breaker opened neither closes it nor opens it a second time.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Millis;

/// Open time never grows beyond this, unless the recovery time itself is set longer.
const LONGEST_OPEN: Millis = 600_000;
/// The same for what a snapshot says, whose rule isn't known: a profile may have set a day.
const LONGEST_TAKEN_UP: Millis = 86_400_000;
/// The share of the open time that chance may add, so that breakers opened together don't probe together.
const JITTER: f64 = 0.1;
/// How many marks of the window are kept. Beyond that the newest stand for all.
const MOST_MARKS: usize = 1024;

/// When a member is taken out after failures. The names in profile files are `circuit_breaker_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerRule {
    /// `circuit_breaker_enabled`.
    pub enabled: bool,
    /// `circuit_breaker_failure_threshold`: opens at this many failures within the window, if they are also at least half
    /// of the window's marked attempts. 0 counts as 1.
    pub threshold: u32,
    /// `circuit_breaker_failure_window_ms`.
    pub window: Millis,
    /// `circuit_breaker_recovery_timeout_ms`: how long it stays open the first time; doubles to 10 min.
    pub recovery: Millis,
}

impl Default for BreakerRule {
    fn default() -> Self {
        Self { enabled: true, threshold: 3, window: 60_000, recovery: 30_000 }
    }
}

/// What a breaker says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Closed,
    Open {
        until: Millis,
    },
    /// Due: whoever comes next is the probe.
    HalfOpen,
    /// A probe is under way.
    Probing,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker {
    tripped: Option<Trip>,
    marks: VecDeque<Mark>,
}

#[derive(Clone, Debug)]
struct Trip {
    /// The counter's number at the (last) opening.
    since: u64,
    until: Millis,
    length: Millis,
    /// How often it has opened without a success between.
    times: u32,
    /// The number of the permit that probes.
    probe: Option<u64>,
    /// Nothing but unreachable servers opened it: an outage of the network would have (failover §3.10).
    outage: bool,
}

/// What a snapshot keeps of an open breaker. The marks of a minute are not worth it, and a probe ends with its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptTrip {
    until: Millis,
    length: Millis,
    times: u32,
    outage: bool,
}

/// A breaker failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server's.
    Server,
    /// The server was not reached, which an outage of the network may explain.
    Unreached,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Millis,
    permit: u64,
    fault: Option<Fault>,
}

impl Breaker {
    pub(crate) fn gate(&self, now: Millis) -> Gate {
        match &self.tripped {
            None => Gate::Closed,
            Some(trip) if trip.probe.is_some() => Gate::Probing,
            Some(trip) if now < trip.until => Gate::Open { until: trip.until },
            Some(_) => Gate::HalfOpen,
        }
    }

    /// Makes the permit the probe of a breaker that is not closed. Only to be asked while [`Breaker::gate`] says that none
    /// is under way.
    pub(crate) fn take_probe(&mut self, permit: u64) {
        if let Some(trip) = &mut self.tripped {
            trip.probe.get_or_insert(permit);
        }
    }

    /// The failures among the marks.
    pub(crate) fn failures(&self) -> u32 {
        u32::try_from(self.marks.iter().filter(|mark| mark.fault.is_some()).count()).unwrap_or(u32::MAX)
    }

    /// The permit ended without saying anything about the target.
    pub(crate) fn give_back(&mut self, permit: u64) {
        if let Some(trip) = &mut self.tripped
            && trip.probe == Some(permit)
        {
            trip.probe = None;
        }
    }

    /// Content came. Closes the breaker if the permit is the probe or newer than the opening.
    pub(crate) fn succeed(&mut self, permit: u64, rule: Option<BreakerRule>, now: Millis) {
        match &self.tripped {
            Some(trip) if trip.probe == Some(permit) || permit > trip.since => *self = Self::default(),
            Some(_) => return,
            None => {}
        }
        if let Some(rule) = rule {
            self.mark(Mark { at: now, permit, fault: None }, rule);
        }
    }

    /// The target answered, though with a refusal that has its own cooldown (429, 402, 401 …). Ends the probe's doubt.
    pub(crate) fn answer(&mut self, permit: u64) {
        if self.tripped.as_ref().is_some_and(|trip| trip.probe == Some(permit)) {
            *self = Self::default();
        }
    }

    /// A breaker failure: opens it again if this was the probe, else marks it. `order` numbers a possible opening.
    pub(crate) fn fail(&mut self, permit: u64, fault: Fault, rule: BreakerRule, order: u64, now: Millis, dice: f64) {
        if let Some(trip) = &self.tripped {
            if trip.probe == Some(permit) {
                let outage = trip.outage && fault == Fault::Unreached;
                self.open(rule, trip.times.saturating_add(1), outage, order, now, dice);
            }
            return;
        }
        // A success of the same attempt was marked at commit; the stream that died later turns it into a failure.
        self.marks.retain(|mark| mark.permit != permit);
        self.mark(Mark { at: now, permit, fault: Some(fault) }, rule);
        let failures = self.marks.iter().filter(|mark| mark.fault.is_some()).count();
        if failures >= rule.threshold.max(1) as usize && failures * 2 >= self.marks.len() {
            let outage = self.marks.iter().all(|mark| mark.fault != Some(Fault::Server));
            self.open(rule, 1, outage, order, now, dice);
        }
    }

    /// The attempt ran out of time, which has a cooldown of its own and is no mark; but a probe has failed by it.
    pub(crate) fn reopen(&mut self, permit: u64, rule: Option<BreakerRule>, order: u64, now: Millis, dice: f64) {
        match (&self.tripped, rule) {
            (Some(trip), Some(rule)) if trip.probe == Some(permit) => {
                self.open(rule, trip.times.saturating_add(1), false, order, now, dice);
            }
            _ => self.give_back(permit),
        }
    }

    /// After the clock was set back: nothing stays open longer than it was to be.
    pub(crate) fn clamp(&mut self, now: Millis) {
        self.marks.clear();
        if let Some(trip) = &mut self.tripped {
            trip.until = trip.until.min(now.saturating_add(trip.length));
        }
    }

    /// The network was gone and is back: what only that had caused is forgotten. True if that closes it.
    pub(crate) fn end_outage(&mut self) -> bool {
        self.marks.retain(|mark| mark.fault != Some(Fault::Unreached));
        let closes = self.tripped.as_ref().is_some_and(|trip| trip.outage);
        if closes {
            self.tripped = None;
        }
        closes
    }

    pub(crate) fn keep(&self) -> Option<KeptTrip> {
        let Trip { until, length, times, outage, .. } = *self.tripped.as_ref()?;
        Some(KeptTrip { until, length, times, outage })
    }

    /// Opens as it was when an earlier process left it, unless it is open already. `order` numbers the opening.
    pub(crate) fn take_up(&mut self, kept: KeptTrip, order: u64, now: Millis) {
        let KeptTrip { until, length, times, outage } = kept;
        let left = until.saturating_sub(now).min(length).min(LONGEST_TAKEN_UP);
        let trip = Trip { since: order, until: now.saturating_add(left), length: left, times, probe: None, outage };
        self.tripped.get_or_insert(trip);
    }

    /// Whether forgetting it changes nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.tripped.is_none() && self.marks.is_empty()
    }

    fn open(&mut self, rule: BreakerRule, times: u32, outage: bool, order: u64, now: Millis, dice: f64) {
        let doubled = rule.recovery.saturating_mul(1 << times.saturating_sub(1).min(32));
        let jitter = (doubled as f64 * JITTER * dice) as Millis;
        let length = doubled.saturating_add(jitter).min(LONGEST_OPEN.max(rule.recovery));
        let until = now.saturating_add(length);
        self.marks.clear();
        self.tripped = Some(Trip { since: order, until, length, times, probe: None, outage });
    }

    fn mark(&mut self, mark: Mark, rule: BreakerRule) {
        let past = |old: &Mark| mark.at.saturating_sub(old.at) >= rule.window;
        while self.marks.len() >= MOST_MARKS || self.marks.front().is_some_and(past) {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BreakerRule = BreakerRule { enabled: true, threshold: 3, window: 60_000, recovery: 30_000 };

    /// Marks one attempt after another, each with the next number.
    fn history(rule: BreakerRule, marks: &[(Millis, bool)]) -> Breaker {
        let mut breaker = Breaker::default();
        for (number, (at, failed)) in (1..).zip(marks) {
            if *failed {
                breaker.fail(number, Fault::Server, rule, number, *at, 0.0);
            } else {
                breaker.succeed(number, Some(rule), *at);
            }
        }
        breaker
    }

    /// failover §3.8: threshold, window, half of the marked attempts
    #[test]
    fn opens_at_the_threshold_within_the_window_if_at_least_half_fail() {
        let (ok, bad) = (false, true);
        let table: &[(&[(Millis, bool)], bool)] = &[
            (&[(0, bad), (1, bad)], false),
            (&[(0, bad), (1, bad), (2, bad)], true),
            (&[(0, bad), (1, bad), (59_999, bad)], true),
            (&[(0, bad), (1, bad), (60_000, bad)], false),
            (&[(0, ok), (1, ok), (2, ok), (3, bad), (4, bad), (5, bad)], true),
            (&[(0, ok), (1, ok), (2, ok), (3, ok), (4, bad), (5, bad), (6, bad)], false),
            (&[(0, ok), (1, ok), (2, ok), (3, ok), (60_000, bad), (60_001, bad), (60_002, bad)], true),
        ];
        for (marks, open) in table {
            assert_eq!(history(RULE, marks).gate(60_002) != Gate::Closed, *open, "{marks:?}");
        }
    }

    /// failover §3.8: 30 s, doubling to 10 min
    #[test]
    fn stays_open_twice_as_long_after_each_failed_probe_up_to_ten_minutes() {
        let mut breaker = history(RULE, &[(0, true), (0, true), (0, true)]);
        let mut now = 0;
        for (number, length) in (10..).zip([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
            assert_eq!(breaker.gate(now), Gate::Open { until: now + length });
            now += length;
            assert_eq!(breaker.gate(now), Gate::HalfOpen);
            breaker.take_probe(number);
            breaker.fail(number, Fault::Server, RULE, number, now, 0.0);
        }
        breaker.take_probe(99);
        breaker.succeed(99, Some(RULE), now);
        assert_eq!(breaker.gate(now), Gate::Closed);
    }

    /// failover §3.8: jitter
    #[test]
    fn chance_adds_at_most_a_tenth_and_nothing_beyond_the_cap() {
        let open = |recovery, dice| {
            let mut breaker = Breaker::default();
            breaker.fail(1, Fault::Server, BreakerRule { threshold: 1, recovery, ..RULE }, 1, 0, dice);
            match breaker.gate(0) {
                Gate::Open { until } => until,
                gate => panic!("{gate:?}"),
            }
        };
        assert_eq!(open(30_000, 0.0), 30_000);
        assert_eq!(open(30_000, 1.0), 33_000);
        assert_eq!(open(600_000, 1.0), 600_000);
        assert_eq!(open(3_600_000, 1.0), 3_600_000);
    }

    #[test]
    fn settings_at_the_edge_do_no_harm() {
        for rule in [
            BreakerRule { threshold: 0, ..RULE },
            BreakerRule { window: 0, threshold: 1, ..RULE },
            BreakerRule { recovery: Millis::MAX, threshold: 1, ..RULE },
        ] {
            let breaker = history(rule, &[(5, true)]);
            assert!(matches!(breaker.gate(5), Gate::Open { .. }), "{rule:?}");
        }
        assert_eq!(history(BreakerRule { recovery: 0, threshold: 1, ..RULE }, &[(5, true)]).gate(5), Gate::HalfOpen);
    }

    fn unreached(breaker: &mut Breaker, number: u64, fault: Fault) {
        breaker.fail(number, fault, RULE, number, 0, 0.0);
    }

    /// failover §3.10
    #[test]
    fn the_networks_return_closes_only_what_nothing_but_the_outage_had_opened() {
        let (net, server) = (Fault::Unreached, Fault::Server);
        for (faults, closes) in [([net, net, net], true), ([net, net, server], false), ([server, net, net], false)] {
            let mut breaker = Breaker::default();
            for (number, fault) in (1..).zip(faults) {
                unreached(&mut breaker, number, fault);
            }
            assert_ne!(breaker.gate(0), Gate::Closed);
            assert_eq!(breaker.end_outage(), closes, "{faults:?}");
            assert_eq!(breaker.gate(0) == Gate::Closed, closes, "{faults:?}");
        }
    }

    /// failover §3.10
    #[test]
    fn a_probe_that_the_server_itself_fails_makes_an_outage_more_than_that() {
        let probed = |first, then| {
            let mut breaker = Breaker::default();
            (1..=3).for_each(|number| unreached(&mut breaker, number, first));
            breaker.take_probe(9);
            unreached(&mut breaker, 9, then);
            breaker.end_outage()
        };
        assert!(probed(Fault::Unreached, Fault::Unreached));
        assert!(!probed(Fault::Unreached, Fault::Server));
        assert!(!probed(Fault::Server, Fault::Unreached));
    }

    /// failover §3.10
    #[test]
    fn marks_of_an_outage_go_with_it() {
        let mut breaker = Breaker::default();
        unreached(&mut breaker, 1, Fault::Unreached);
        unreached(&mut breaker, 2, Fault::Unreached);
        assert!(!breaker.end_outage(), "it was closed");
        unreached(&mut breaker, 3, Fault::Server);
        assert_eq!(breaker.gate(0), Gate::Closed);
    }

    #[test]
    fn marks_do_not_pile_up() {
        let mut breaker = Breaker::default();
        for number in 0..5_000 {
            breaker.succeed(number, Some(RULE), 0);
        }
        assert_eq!(breaker.marks.len(), MOST_MARKS);
    }
}
