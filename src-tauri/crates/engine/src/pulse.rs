//! How members have been doing: the last 30 minutes, recent times to first content, the last failure, the day so far.
//!
//! Fed by finished exchanges; kept in memory, for the window. What an earlier run left is taken up from the history.

use crate::view::{Minute, Today};
use mainstay_history::{Cost, Ended, Exchange};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How far back minutes are kept.
pub(crate) const MINUTES: u64 = 30;
const MINUTE_MS: u64 = 60_000;
/// How many times to first content the percentiles are reckoned over.
const SAMPLES: usize = 200;

/// What is known of one profile, by its name.
#[derive(Debug, Default)]
pub(crate) struct Vitals {
    minutes: VecDeque<(u64, Minute)>,
    first_content: VecDeque<u64>,
    /// Exchanges that it served since the start, and before it on the same day.
    pub(crate) served: u64,
    /// It has answered since the start.
    pub(crate) answered: bool,
    /// The last attempt that failed, if none has succeeded since.
    pub(crate) trouble: Option<Trouble>,
}

/// The last failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) status: Option<u16>,
    /// Plain words that read on from the member's name.
    pub(crate) reason: String,
}

/// All vitals.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    members: HashMap<Arc<str>, Vitals>,
    today: Today,
    day: i64,
}

impl Pulse {
    /// Takes in a finished exchange. `day` is the local day's number.
    pub(crate) fn take(&mut self, exchange: &Exchange, day: i64) {
        self.turn(day);
        self.today.requests += 1;
        self.today.saved += u64::from(exchange.saved());
        self.today.failed += u64::from(matches!(exchange.ended, Ended::Failed | Ended::Truncated));
        let micro_usd = exchange.cost.and_then(Cost::micro_usd).unwrap_or(0);
        self.today.cost_micro_usd += micro_usd;
        self.today.cost_unknown += u64::from(exchange.cost == Some(Cost::Unknown));
        self.count(exchange);
        for attempt in exchange.attempts.iter().filter(|attempt| attempt.served()) {
            let vitals = self.members.entry(Arc::clone(&attempt.member)).or_default();
            vitals.served += 1;
            vitals.answered = true;
        }
    }

    /// Takes up an earlier run: the day so far, and the last exchanges, oldest first, of which the last half hour counts.
    pub(crate) fn take_up(&mut self, so_far: &mainstay_history::Today, last: &[Exchange], day: i64, now: u64) {
        self.turn(day);
        self.today = Today {
            requests: so_far.requests,
            saved: so_far.saved,
            failed: so_far.failed,
            cost_micro_usd: so_far.micro_usd,
            cost_unknown: so_far.cost_unknown,
        };
        for member in &so_far.members {
            self.members.entry(Arc::clone(&member.member)).or_default().served = member.requests;
        }
        for exchange in last.iter().filter(|exchange| exchange.started + MINUTES * MINUTE_MS > now) {
            self.count(exchange);
        }
    }

    /// Begins the day anew if it is another one.
    fn turn(&mut self, day: i64) {
        if day != self.day {
            (self.day, self.today) = (day, Today::default());
        }
    }

    /// The history was deleted: the day has nothing to tell any more.
    pub(crate) fn forget_today(&mut self) {
        self.today = Today::default();
    }

    /// What an exchange says of the members that were tried.
    fn count(&mut self, exchange: &Exchange) {
        for attempt in &exchange.attempts {
            let ok = attempt.served();
            if !ok && !fault_of_the_member(&attempt.outcome) {
                continue;
            }
            let vitals = self.members.entry(Arc::clone(&attempt.member)).or_default();
            vitals.count(exchange.started / MINUTE_MS, ok);
            if ok {
                vitals.trouble = None;
                if let Some(ms) = attempt.first_content_ms {
                    if vitals.first_content.len() == SAMPLES {
                        vitals.first_content.pop_front();
                    }
                    vitals.first_content.push_back(ms);
                }
            } else {
                vitals.trouble = Some(Trouble { status: attempt.status, reason: attempt.reason.to_string() });
            }
        }
    }

    pub(crate) fn of(&self, member: &str) -> Option<&Vitals> {
        self.members.get(member)
    }

    pub(crate) fn today(&self, day: i64) -> Today {
        if day == self.day { self.today } else { Today::default() }
    }
}

/// Whether an outcome says anything about the member rather than about the request.
fn fault_of_the_member(outcome: &str) -> bool {
    !matches!(
        outcome,
        "caller-fault"
            | "content-refused"
            | "context-too-long"
            | "parameter-rejected"
            | "reasoning-rejected"
            | "cancelled"
    )
}

impl Vitals {
    fn count(&mut self, minute: u64, ok: bool) {
        while self.minutes.front().is_some_and(|(at, _)| at + MINUTES <= minute) {
            self.minutes.pop_front();
        }
        if self.minutes.back().is_none_or(|(at, _)| *at < minute) {
            self.minutes.push_back((minute, Minute::default()));
        }
        if let Some((_, counts)) = self.minutes.iter_mut().rev().find(|(at, _)| *at == minute) {
            if ok {
                counts.ok += 1;
            } else {
                counts.failed += 1;
            }
        }
    }

    /// The last 30 minutes up to `now`, oldest first.
    pub(crate) fn minutes(&self, now: u64) -> Vec<Minute> {
        let this = now / MINUTE_MS;
        let at = |minute| self.minutes.iter().find(|(at, _)| *at == minute).map_or_else(Minute::default, |(_, m)| *m);
        (0..MINUTES).rev().map(|back| at(this.saturating_sub(back))).collect()
    }

    /// The time to first content that `percent` of recent answers kept, by nearest rank.
    pub(crate) fn percentile(&self, percent: usize) -> Option<u64> {
        let mut sorted: Vec<u64> = self.first_content.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costing(micro_usd: u64) -> Exchange {
        let tokens = mainstay_history::Tokens::default();
        Exchange { cost: Some(Cost::Known(micro_usd)), ..crate::record::sample("openai", "gpt-5.2", tokens) }
    }

    #[test]
    fn what_was_spent_begins_anew_with_the_day() {
        let mut pulse = Pulse::default();
        let so_far = mainstay_history::Today {
            requests: 5,
            micro_usd: 70,
            members: vec![mainstay_history::MemberToday { member: "m".into(), requests: 3, micro_usd: 60, last: 0 }],
            ..mainstay_history::Today::default()
        };
        pulse.take_up(&so_far, &[], 1, 0);
        assert_eq!(pulse.of("m").map(|vitals| (vitals.served, vitals.answered)), Some((3, false)));
        pulse.take(&costing(10), 1);
        assert_eq!((pulse.today(1).requests, pulse.today(1).cost_micro_usd), (6, 80));
        assert_eq!(pulse.today(2), Today::default());
        pulse.take(&costing(7), 2);
        assert_eq!((pulse.today(2).requests, pulse.today(2).cost_micro_usd), (1, 7));
    }

    #[test]
    fn only_the_last_half_hour_of_an_earlier_run_counts_for_its_members() {
        let mut pulse = Pulse::default();
        let now = 100 * MINUTE_MS;
        let at = |minute: u64| Exchange { started: minute * MINUTE_MS, ..costing(0) };
        pulse.take_up(&mainstay_history::Today::default(), &[at(10), at(90), at(99)], 1, now);
        let minutes = pulse.of("m").map(|vitals| vitals.minutes(now)).unwrap();
        assert_eq!(minutes.iter().map(|minute| minute.ok).sum::<u32>(), 2);
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let vitals = Vitals { first_content: (1..=20).collect(), ..Vitals::default() };
        assert_eq!((vitals.percentile(50), vitals.percentile(95)), (Some(10), Some(19)));
        assert_eq!(Vitals::default().percentile(50), None);
    }

    #[test]
    fn minutes_run_up_to_now_and_forget_what_is_older() {
        let mut vitals = Vitals::default();
        vitals.count(100, true);
        vitals.count(100, false);
        vitals.count(129, true);
        let minutes = vitals.minutes(129 * MINUTE_MS);
        assert_eq!(minutes.len(), 30);
        assert_eq!((minutes[0], minutes[29]), (Minute { ok: 1, failed: 1 }, Minute { ok: 1, failed: 0 }));
        vitals.count(130, true);
        assert_eq!(vitals.minutes(130 * MINUTE_MS)[0], Minute::default());
    }
}
