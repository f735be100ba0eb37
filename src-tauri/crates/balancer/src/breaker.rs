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

use crate::Millis;

/// Open time never grows beyond this, unless the recovery time itself is set longer.
const LONGEST_OPEN: Millis = 600_000;
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
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Millis,
    permit: u64,
    failed: bool,
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

    /// Lets the permit through as the probe. Only to be asked when [`Gate::HalfOpen`], or when an open one is tried all the
    /// same; false when another probe is under way.
    pub(crate) fn take_probe(&mut self, permit: u64) -> bool {
        match &mut self.tripped {
            Some(Trip { probe: probe @ None, .. }) => {
                *probe = Some(permit);
                true
            }
            Some(_) => false,
            None => true,
        }
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
            self.mark(Mark { at: now, permit, failed: false }, rule);
        }
    }

    /// The target answered, though with a refusal that has its own cooldown (429, 402, 401 …). Ends the probe's doubt.
    pub(crate) fn answer(&mut self, permit: u64) {
        if self.tripped.as_ref().is_some_and(|trip| trip.probe == Some(permit)) {
            *self = Self::default();
        }
    }

    /// A breaker failure: opens it again if this was the probe, else marks it. `order` numbers a possible opening.
    pub(crate) fn fail(&mut self, permit: u64, rule: BreakerRule, order: u64, now: Millis, dice: f64) {
        if let Some(trip) = &self.tripped {
            if trip.probe == Some(permit) {
                self.open(rule, trip.times.saturating_add(1), order, now, dice);
            }
            return;
        }
        // A success of the same attempt was marked at commit; the stream that died later turns it into a failure.
        self.marks.retain(|mark| mark.permit != permit);
        self.mark(Mark { at: now, permit, failed: true }, rule);
        let failures = self.marks.iter().filter(|mark| mark.failed).count();
        if failures >= rule.threshold.max(1) as usize && failures * 2 >= self.marks.len() {
            self.open(rule, 1, order, now, dice);
        }
    }

    /// A failed probe of an attempt that bears no breaker rule, or one that ran out of time: the doubt stays.
    pub(crate) fn reopen(&mut self, permit: u64, rule: Option<BreakerRule>, order: u64, now: Millis, dice: f64) {
        match (&self.tripped, rule) {
            (Some(trip), Some(rule)) if trip.probe == Some(permit) => {
                self.open(rule, trip.times.saturating_add(1), order, now, dice);
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

    /// Whether forgetting it changes nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.tripped.is_none() && self.marks.is_empty()
    }

    fn open(&mut self, rule: BreakerRule, times: u32, order: u64, now: Millis, dice: f64) {
        let doubled = rule.recovery.saturating_mul(1 << times.saturating_sub(1).min(32));
        let jitter = (doubled as f64 * JITTER * dice) as Millis;
        let length = doubled.saturating_add(jitter).min(LONGEST_OPEN.max(rule.recovery));
        let until = now.saturating_add(length);
        self.marks.clear();
        self.tripped = Some(Trip { since: order, until, length, times, probe: None });
    }

    fn mark(&mut self, mark: Mark, rule: BreakerRule) {
        self.marks.retain(|old| mark.at.saturating_sub(old.at) < rule.window);
        while self.marks.len() >= MOST_MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
    }
}
