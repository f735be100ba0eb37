//! Whether a member can be asked: its health, and what it may spend in the day.

use crate::{
    Balancer, Member, Millis, Pool, Unready,
    health::{Health, Standing},
    spend::Ledger,
};

/// Why a member rests whose daily limit is reached, as [`Availability::Cooling`] says it.
const DAILY_LIMIT: &str = "daily-limit";
/// Why a member rests that the user has taken out, as [`Availability::Cooling`] says it.
const TAKEN_OUT: &str = "taken-out";

/// Whether a member can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can. (Also when its breaker is due: the next request is the probe.)
    Ready,
    /// Not before an instant.
    Cooling {
        /// The instant.
        until: Millis,
        /// The code of the outcome that caused it, or `daily-limit` (failover §4), or `taken-out` by the user.
        why: &'static str,
    },
    /// Its breaker is open.
    Open {
        /// When the next probe is due.
        until: Millis,
    },
    /// Its breaker waits for the probe that is under way.
    Probing,
    /// It can't be tried at all.
    Unready(Unready),
}

impl Balancer {
    /// Whether a member can be asked at `now`. An index beyond the pool's members reads as missing.
    pub fn availability(&self, pool: &Pool, member: usize, now: Millis) -> Availability {
        let Some(member) = pool.members.get(member) else { return Availability::Unready(Unready::Missing) };
        match member.unready {
            Some(why) => Availability::Unready(why),
            None => self.standing(pool, member, now).into(),
        }
    }

    pub(crate) fn standing(&self, pool: &Pool, member: &Member, now: Millis) -> Standing {
        standing(&self.health, &self.ledger, pool, member, now)
    }
}

/// Where a member stands that could be tried at all. Its daily limit is as firm as a provider's word: when its health keeps it
/// out for longer, that is told, and is not to be overruled either.
pub(crate) fn standing(health: &Health, ledger: &Ledger, pool: &Pool, member: &Member, now: Millis) -> Standing {
    let health = health.standing(&member.key, pool.breaker_rule(member), now);
    let Some(day_ends) = ledger.at_limit(&member.name, member.daily, now) else { return health };
    match health {
        Standing::Cooling { until, why, probed, .. } if day_ends < until => {
            Standing::Cooling { until, why, guessed: false, probed }
        }
        Standing::Open { until, .. } if day_ends < until => Standing::Open { until, guessed: false },
        _ => Standing::Spent { until: day_ends },
    }
}

impl From<Standing> for Availability {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Ready | Standing::HalfOpen => Self::Ready,
            Standing::Probing => Self::Probing,
            Standing::Cooling { until, why, .. } => Self::Cooling { until, why },
            Standing::Open { until, .. } => Self::Open { until },
            Standing::Spent { until } => Self::Cooling { until, why: DAILY_LIMIT },
            Standing::TakenOut { until } => Self::Cooling { until, why: TAKEN_OUT },
        }
    }
}
