//! Requests that wait for a member to be due, in the order in which they came (failover §3.9a).
//!
//! Each pool has a line. Who stands in front sleeps until the soonest member is due, plans anew, and leaves the line with its
//! attempt begun; only then does the next one look. So of many that wait for one probe the first gets it. Who goes away leaves
//! the line where it stood, and nobody behind is forgotten: a place is a guard, given up when dropped.
//!
//! What may bring a member back sooner ("Try now", a new credential, a network) is counted. Who is about to sleep names the
//! count from before its plan, so that nothing that happened since is slept through.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

/// The lines of all pools.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    // Tokio's semaphore serves in the order of asking, and forgets who stops asking.
    lines: Mutex<HashMap<Arc<str>, Weak<Semaphore>>>,
    stirs: watch::Sender<u64>,
    waiting: AtomicUsize,
}

/// One that waits, in front or behind.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The front of a line.
#[derive(Debug)]
pub(crate) struct Front {
    _permit: OwnedSemaphorePermit,
    /// Somebody stood before: what was planned before is old.
    pub(crate) waited: bool,
}

impl Lines {
    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn one_more(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(&self.waiting)
    }

    /// Stands in line until the front is reached; `None` when `deadline` comes first.
    pub(crate) async fn front(&self, pool: &Arc<str>, deadline: Instant) -> Option<Front> {
        let line = self.line(pool);
        if let Ok(permit) = Arc::clone(&line).try_acquire_owned() {
            return Some(Front { _permit: permit, waited: false });
        }
        let _waiting = self.one_more();
        let permit = timeout_at(deadline, line.acquire_owned()).await.ok()?.ok()?;
        Some(Front { _permit: permit, waited: true })
    }

    /// How often something has happened that may have brought a member back.
    pub(crate) fn stirs(&self) -> u64 {
        *self.stirs.borrow()
    }

    /// Sleeps until `due`, or until something has happened beyond these `stirs`.
    pub(crate) async fn sleep(&self, due: Instant, stirs: u64) {
        let _waiting = self.one_more();
        let mut stirred = self.stirs.subscribe();
        tokio::select! {
            () = sleep_until(due) => {}
            // The sender lives as long as this.
            _ = stirred.wait_for(|now| *now != stirs) => {}
        }
    }

    /// A member may be back sooner than it was due: those in front look again.
    pub(crate) fn stir(&self) {
        self.stirs.send_modify(|stirs| *stirs += 1);
    }

    fn line(&self, pool: &Arc<str>) -> Arc<Semaphore> {
        // What is behind the lock is whole after any panic.
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(pool).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Semaphore::new(1));
        lines.insert(Arc::clone(pool), Arc::downgrade(&line));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::mpsc;

    fn later(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    /// failover §3.9a.
    #[tokio::test(start_paused = true)]
    async fn those_who_wait_come_to_the_front_in_order_and_who_leaves_holds_nobody_up() {
        let lines = Arc::new(Lines::default());
        let pool: Arc<str> = Arc::from("p");
        let first = lines.front(&pool, later(1_000)).await.unwrap();
        assert!(!first.waited);
        let (told, mut order) = mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for number in 0..10 {
            let (lines, pool, told) = (Arc::clone(&lines), Arc::clone(&pool), told.clone());
            tasks.push(tokio::spawn(async move {
                let front = lines.front(&pool, later(60_000)).await.unwrap();
                assert!(front.waited);
                told.send(number).unwrap();
            }));
            tokio::task::yield_now().await;
        }
        tasks[0].abort();
        tasks[4].abort();
        tokio::task::yield_now().await;
        drop(first);
        drop(told);
        let mut came = Vec::new();
        while let Some(number) = order.recv().await {
            came.push(number);
        }
        assert_eq!(came, [1, 2, 3, 5, 6, 7, 8, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_ends_the_standing_and_pools_have_lines_of_their_own() {
        let lines = Lines::default();
        let (pool, other): (Arc<str>, Arc<str>) = (Arc::from("p"), Arc::from("q"));
        let front = lines.front(&pool, later(1)).await;
        assert!(lines.front(&pool, later(50)).await.is_none());
        assert!(lines.front(&other, later(1)).await.is_some());
        drop(front);
        assert!(lines.front(&pool, later(1)).await.is_some());
        assert!(lines.lines.lock().unwrap().len() <= 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stir_wakes_who_sleeps_in_front_even_if_it_came_before_the_sleep() {
        let lines = Arc::new(Lines::default());
        let begun = Instant::now();
        let before = lines.stirs();
        let sleeping = {
            let lines = Arc::clone(&lines);
            tokio::spawn(async move { lines.sleep(later(9_000), before).await })
        };
        tokio::task::yield_now().await;
        assert_eq!(lines.waiting(), 1);
        lines.stir();
        sleeping.await.unwrap();
        lines.sleep(later(9_000), before).await;
        assert!(begun.elapsed() < Duration::from_secs(1));
        lines.sleep(later(9_000), lines.stirs()).await;
        assert!(begun.elapsed() > Duration::from_secs(8));
        assert_eq!(lines.waiting(), 0);
    }
}
