//! What providers go through in a week: the truth, of which the balancer sees only the answers.

use mainstay_balancer::{Millis, Outcome, Scope, Unreached};

use crate::dice::{Dice, mix};

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;
pub(crate) const WEEK: Millis = 7 * DAY;

/// A provider in its week.
pub(crate) struct Provider {
    seed: u64,
    /// How long a good answer takes to its first content.
    latency: Millis,
    /// In order, and none overlaps another.
    spells: Vec<Spell>,
}

/// A time of trouble.
struct Spell {
    from: Millis,
    to: Millis,
    trouble: Trouble,
}

#[derive(Clone, Copy)]
enum Trouble {
    /// A window is used up. `given`: the provider says when it resets.
    RateLimit { given: bool },
    /// The day's quota is used up, and the provider says until when.
    Quota,
    /// So many of a hundred answers are server errors.
    Errors(u64),
    /// Too much to do; with the advice to come back in so many seconds.
    Overload(Option<u64>),
    /// Nobody listens.
    Down,
    /// It takes the request and says nothing.
    Hang,
    /// Down and up in turn, each for so long.
    Flapping(Millis),
}

/// What a call at some instant gets.
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    /// How long it takes to tell; endless for one that hangs.
    pub(crate) takes: Millis,
}

impl Provider {
    /// A week from midnight to midnight. Between two spells it is well for up to `respite`.
    pub(crate) fn new(seed: u64, latency: Millis, start: Millis, respite: Millis) -> Self {
        let mut dice = Dice(seed);
        let mut spells = Vec::new();
        let mut at = start + dice.within(MINUTE, HOUR);
        while at < start + WEEK {
            let midnight = at - (at - start) % DAY + DAY;
            let (trouble, length) = match dice.within(0, 100) {
                0..25 => (Trouble::RateLimit { given: true }, dice.within(5 * SECOND, 15 * MINUTE)),
                25..30 => (Trouble::RateLimit { given: false }, dice.within(5 * SECOND, 3 * MINUTE)),
                30..34 => (Trouble::Quota, midnight - at),
                34..52 => (Trouble::Errors(dice.within(30, 101)), dice.within(20 * SECOND, 12 * MINUTE)),
                52..60 => {
                    let advice = (dice.within(0, 2) == 0).then(|| dice.within(1, 300));
                    (Trouble::Overload(advice), dice.within(MINUTE, 20 * MINUTE))
                }
                60..72 => (Trouble::Down, dice.within(2 * MINUTE, 4 * HOUR)),
                72..86 => (Trouble::Hang, dice.within(MINUTE, 25 * MINUTE)),
                _ => (Trouble::Flapping(dice.within(2 * SECOND, 90 * SECOND)), dice.within(3 * MINUTE, 40 * MINUTE)),
            };
            spells.push(Spell { from: at, to: at + length, trouble });
            at += length + dice.within(MINUTE, respite);
        }
        Self { seed, latency, spells }
    }

    /// What a call gets that begins at this instant.
    pub(crate) fn answer(&self, at: Millis) -> Answer {
        let chance = mix(self.seed ^ at) % 1_000;
        let failed = |outcome, takes| Answer { outcome, takes };
        let error = Outcome::ServerError { until: None };
        let well = || {
            if chance == 0 {
                return failed(error.clone(), 250);
            }
            failed(Outcome::Served, self.latency + chance / 4)
        };
        let Some(spell) = self.spell(at) else { return well() };
        match spell.trouble {
            Trouble::RateLimit { given } => {
                let scope = if spell.from.is_multiple_of(2) { Scope::Model } else { Scope::Account };
                failed(Outcome::RateLimited { scope, until: given.then_some(spell.to) }, 120)
            }
            Trouble::Quota => failed(Outcome::QuotaSpent { until: Some(spell.to) }, 120),
            Trouble::Errors(of_a_hundred) if chance / 10 < of_a_hundred => failed(error, 400),
            Trouble::Overload(advice) => {
                failed(Outcome::Overloaded { until: advice.map(|seconds| at + seconds * SECOND) }, 300)
            }
            Trouble::Down => failed(Outcome::Unreachable(Unreached::Refused), 3),
            Trouble::Hang => failed(Outcome::Served, Millis::MAX),
            Trouble::Flapping(each) if ((at - spell.from) / each).is_multiple_of(2) => failed(error, 200),
            Trouble::Errors(_) | Trouble::Flapping(_) => well(),
        }
    }

    /// Whether a call that begins at this instant is served.
    pub(crate) fn is_up(&self, at: Millis) -> bool {
        let answer = self.answer(at);
        answer.outcome == Outcome::Served && answer.takes < MINUTE
    }

    fn spell(&self, at: Millis) -> Option<&Spell> {
        let next = self.spells.partition_point(|spell| spell.from <= at);
        self.spells[..next].last().filter(|spell| at < spell.to)
    }
}
