//! One clock for deadlines, cooldowns and the trail.
//!
//! Milliseconds since the Unix epoch at the start, moved on by the monotonic clock: a wall clock that is set back can't
//! lengthen a cooldown or stretch a deadline.

use mainstay_balancer::Millis;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Wall time at its making, monotonic from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    wall: Millis,
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis);
        Self { wall, started: Instant::now() }
    }

    /// Now, in milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> Millis {
        self.wall + millis(self.started.elapsed())
    }

    /// The instant at which [`Clock::now`] will say `at`.
    pub(crate) fn instant(&self, at: Millis) -> Instant {
        self.started + Duration::from_millis(at.saturating_sub(self.wall))
    }
}

/// Whole milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
