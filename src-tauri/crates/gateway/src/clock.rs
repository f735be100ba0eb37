//! One clock for deadlines, cooldowns and the trail.
//!
//! Milliseconds since the Unix epoch at the start, moved on by the monotonic clock: a wall clock that is set back can't
//! lengthen a cooldown or stretch a deadline. The monotonic clock stands still while some machines sleep (Linux, macOS), and
//! a rest is due by the wall's time: so both are looked at once a second, and where the wall has gone on by itself the clock
//! follows it (failover §3.11). It never goes back.

use mainstay_balancer::Millis;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// By how much the wall clock must have gone on against the monotonic one for it to be a sleep, in ms. Smaller differences
/// are the two clocks' own.
const SLEEP: i64 = 5_000;

/// Tells the wall's time in Unix milliseconds.
pub(crate) type Wall = Box<dyn Fn() -> Millis + Send + Sync>;

/// Wall time at its making, monotonic from then on, but for sleeps.
pub(crate) struct Clock {
    wall: Wall,
    begun: Millis,
    started: Instant,
    /// How far the wall has been followed, in ms.
    ahead: AtomicU64,
    leads: Mutex<Leads>,
}

/// By how much the wall was before the monotonic clock, in ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Leads {
    /// At the last look.
    last: i64,
    /// When it was followed, or went back, last.
    followed: i64,
}

/// What a look at both clocks shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Nothing to do.
    Steady,
    /// The two have drifted apart: follow the wall by so many ms.
    Drift(Millis),
    /// The wall has gone on at once, as in a sleep: follow it.
    Slept(Millis),
}

/// Compares two readings in Unix ms, the wall's and the one that was counted from the start.
fn reconcile(leads: &mut Leads, wall: Millis, counted: Millis) -> Look {
    let lead = i64::try_from(i128::from(wall) - i128::from(counted)).unwrap_or(leads.last);
    let step = lead - leads.last;
    let drift = lead - leads.followed;
    leads.last = lead;
    if step.abs() <= SLEEP && drift <= SLEEP {
        return Look::Steady;
    }
    leads.followed = lead;
    if step > SLEEP {
        Look::Slept(step.unsigned_abs())
    } else if step < -SLEEP {
        Look::Steady
    } else {
        Look::Drift(drift.unsigned_abs())
    }
}

/// What the system's wall clock shows, in Unix milliseconds.
pub(crate) fn wall() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Clock {
    /// A clock by the system's wall.
    pub(crate) fn start() -> Self {
        Self::by(Box::new(wall))
    }

    /// A clock by this wall.
    pub(crate) fn by(wall: Wall) -> Self {
        let begun = wall();
        Self { wall, begun, started: Instant::now(), ahead: AtomicU64::new(0), leads: Mutex::default() }
    }

    /// Now, in milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> Millis {
        self.counted() + self.ahead.load(Ordering::Acquire)
    }

    /// The instant at which [`Clock::now`] will say `at`, unless the machine sleeps before it.
    pub(crate) fn instant(&self, at: Millis) -> Instant {
        let begun = self.begun + self.ahead.load(Ordering::Acquire);
        self.started + Duration::from_millis(at.saturating_sub(begun))
    }

    /// Looks at the wall; to be called about once a second. Whether the machine has slept since the last look.
    pub(crate) fn tick(&self) -> bool {
        // What is behind the lock is two numbers, whole after any panic.
        let mut leads = self.leads.lock().unwrap_or_else(PoisonError::into_inner);
        let look = reconcile(&mut leads, (self.wall)(), self.counted());
        if let Look::Drift(by) | Look::Slept(by) = look {
            self.ahead.fetch_add(by, Ordering::AcqRel);
        }
        matches!(look, Look::Slept(_))
    }

    fn counted(&self) -> Millis {
        self.begun + millis(self.started.elapsed())
    }
}

/// Whole milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// failover §3.11.
    #[test]
    fn a_wall_that_goes_on_alone_is_a_sleep_and_one_that_is_set_back_is_nothing() {
        let mut leads = Leads::default();
        let mut at = |wall: i64, counted: u64| reconcile(&mut leads, (1_000_000 + wall) as u64, 1_000_000 + counted);
        assert_eq!(at(1_000, 1_000), Look::Steady);
        assert_eq!(at(5_900, 2_000), Look::Steady, "a stutter");
        assert_eq!(at(3_000, 3_000), Look::Steady);
        assert_eq!(at(64_000, 4_000), Look::Slept(60_000));
        assert_eq!(at(65_000, 5_000), Look::Steady);
        assert_eq!(at(-900_000, 6_000), Look::Steady, "set back");
        assert_eq!(at(-899_000, 7_000), Look::Steady);
        assert_eq!(at(-838_000, 8_000), Look::Slept(60_000), "a sleep is one whatever the wall says");
    }

    #[test]
    fn slow_drift_is_followed_and_is_no_sleep() {
        let mut leads = Leads::default();
        let looks: Vec<Look> =
            (1..=60).map(|second: u64| reconcile(&mut leads, 1_000 + second * 1_100, 1_000 + second * 1_000)).collect();
        assert!(looks.iter().all(|look| !matches!(look, Look::Slept(_))));
        assert_eq!(looks.iter().filter(|look| matches!(look, Look::Drift(5_100))).count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_what_is_due_by_the_wall_is_due() {
        let wall = Arc::new(AtomicU64::new(1_000_000));
        let hand = Arc::clone(&wall);
        let clock = Clock::by(Box::new(move || hand.load(Ordering::SeqCst)));
        let due = clock.now() + 60_000;
        assert!(!clock.tick());
        wall.fetch_add(3_600_000, Ordering::SeqCst);
        assert!(clock.tick());
        assert_eq!(clock.now(), 4_600_000);
        assert!(clock.instant(due) <= Instant::now());
        wall.store(5, Ordering::SeqCst);
        assert!(!clock.tick());
        assert_eq!(clock.now(), 4_600_000, "it never goes back");
    }
}
