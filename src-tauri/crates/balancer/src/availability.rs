//! Whether a member can be asked: its health, and what it may spend in the day.

use crate::{Balancer, Millis, Pool, Unready, health::Standing};

/// Whether a member can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can. (Also when its breaker is due: the next request is the probe.)
    Ready,
    /// Not before an instant.
    Cooling {
        /// The instant.
        until: Millis,
        /// The code of the outcome that caused it.
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
            None => self.health.standing(&member.key, pool.breaker_rule(member), now).into(),
        }
    }
}

impl From<Standing> for Availability {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Ready | Standing::HalfOpen => Self::Ready,
            Standing::Probing => Self::Probing,
            Standing::Cooling { until, why, .. } => Self::Cooling { until, why },
            Standing::Open { until, .. } => Self::Open { until },
        }
    }
}
