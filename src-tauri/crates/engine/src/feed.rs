//! The live subscription: first everything, then what is new, at most ten frames a second.

use crate::live::row;
use crate::shared::Shared;
use crate::view::{LiveFrame, LiveState, MemberState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// The shortest time between two frames.
const BETWEEN: Duration = Duration::from_millis(100);
/// The shortest time between two frames while many exchanges come: nobody can read them one by one.
const BETWEEN_MANY: Duration = Duration::from_millis(333);
/// And while very many do: what is drawn anew for each frame is most of what a busy window costs.
const BETWEEN_VERY_MANY: Duration = Duration::from_secs(1);
/// So many exchanges a second are many, and very many.
const MANY: f64 = 24.0;
const VERY_MANY: f64 = 100.0;
/// How many exchanges the first frame holds.
const FIRST: usize = 100;
/// The longest time until the minutes are looked at again.
const MINUTE: Duration = Duration::from_secs(60);

/// One watcher's place in the stream of news.
pub struct Feed {
    shared: Arc<Shared>,
    ticks: watch::Receiver<u64>,
    seen: u64,
    last: Option<LiveState>,
    profiles: u64,
    sent: Option<Instant>,
    between: Duration,
}

impl Feed {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let ticks = shared.watcher.subscribe();
        Self { shared, ticks, seen: 0, last: None, profiles: 0, sent: None, between: BETWEEN }
    }

    /// The next frame that holds anything new.
    pub async fn next(&mut self) -> LiveFrame {
        loop {
            if let Some(sent) = self.sent {
                let due = self.due();
                tokio::select! {
                    changed = self.ticks.changed() => if changed.is_err() { std::future::pending::<()>().await },
                    () = sleep(due) => {}
                }
                sleep_until(sent + self.between).await;
            }
            self.ticks.mark_unchanged();
            let seen = self.seen;
            if let Some(frame) = self.look() {
                let now = Instant::now();
                // The first one tells of what was before.
                self.between = self.sent.map_or(BETWEEN, |sent| between(self.seen - seen, now - sent));
                self.sent = Some(now);
                return frame;
            }
        }
    }

    /// When the state changes by itself: a cooldown ends, a minute is over.
    fn due(&self) -> Duration {
        let now = self.shared.core.now();
        let soonest = self.last.iter().flat_map(|state| &state.members).filter_map(|member| member.until).min();
        let until = soonest.map_or(MINUTE, |until| Duration::from_millis(until.saturating_sub(now) + 1));
        until.clamp(BETWEEN, MINUTE)
    }

    fn look(&mut self) -> Option<LiveFrame> {
        let first = self.last.is_none();
        let (fresh, count) = self.shared.watcher.recent.since(self.seen, FIRST);
        self.seen = count;
        let exchanges: Vec<_> = fresh.iter().map(|exchange| row(exchange)).collect();
        let state = self.shared.live_state();
        let profiles = self.shared.profiles_version();
        let profiles_changed = !first && profiles != self.profiles;
        self.profiles = profiles;
        let changed = self.last.as_ref().is_none_or(|last| !alike(last, &state));
        if changed {
            self.last = Some(state.clone());
        }
        let state = changed.then_some(state);
        (state.is_some() || !exchanges.is_empty() || profiles_changed).then_some(LiveFrame {
            state,
            exchanges,
            profiles_changed,
        })
    }
}

/// How long to wait after a frame of so many exchanges that came in this time.
fn between(fresh: u64, over: Duration) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a count of at most some seconds")]
    let rate = fresh as f64 / over.max(BETWEEN).as_secs_f64();
    if rate < MANY {
        BETWEEN
    } else if rate < VERY_MANY {
        BETWEEN_MANY
    } else {
        BETWEEN_VERY_MANY
    }
}

/// Equal but for the clock.
fn alike(one: &LiveState, other: &LiveState) -> bool {
    let still = LiveState { now: one.now, ..other.clone() };
    *one == still && !one.members.iter().any(|member| member.state == MemberState::Probing && member.until.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_comes_the_rarer_are_the_frames() {
        let after = |fresh, ms| between(fresh, Duration::from_millis(ms)).as_millis();
        // Two a tenth of a second, ten, twenty; and the rate counts, however long the frame has gathered.
        assert_eq!([after(2, 100), after(3, 100), after(20, 100)], [100, 333, 1000]);
        assert_eq!([after(7, 333), after(9, 333), after(66, 333)], [100, 333, 1000]);
        assert_eq!([after(20, 1000), after(99, 1000), after(200, 1000)], [100, 333, 1000]);
        assert_eq!(after(1, 0), 100, "one alone is not many");
    }
}
