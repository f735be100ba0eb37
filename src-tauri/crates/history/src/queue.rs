//! Between the request path and the writer.
//!
//! A channel would wake the writer for every entry, and a switch of threads costs the request more than all else that is
//! done for the history. Here the writer is woken for the first entry, then sleeps while others gather, and is called again
//! only when there is a batch or when it is asked for something.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A queue of entries `E`, and of what the writer is asked for, `C`.
#[derive(Debug)]
pub(crate) struct Queue<E, C> {
    inner: Mutex<Inner<E, C>>,
    called: Condvar,
    limit: usize,
    batch: usize,
}

#[derive(Debug)]
struct Inner<E, C> {
    entries: VecDeque<E>,
    controls: VecDeque<C>,
    /// The writer waits for anything at all.
    idle: bool,
    /// Nobody takes anything out any more.
    closed: bool,
}

/// What the writer is given: entries first, then what it was asked for.
#[derive(Debug)]
pub(crate) struct Taken<E, C> {
    pub(crate) entries: VecDeque<E>,
    pub(crate) control: Option<C>,
}

impl<E, C> Queue<E, C> {
    /// A queue that holds `limit` entries, of which `batch` are worth waking the writer for.
    pub(crate) fn new(limit: usize, batch: usize) -> Self {
        let inner = Inner { entries: VecDeque::new(), controls: VecDeque::new(), idle: false, closed: false };
        Self { inner: Mutex::new(inner), called: Condvar::new(), limit, batch }
    }

    /// Puts an entry in. False where there is no room, or nobody to take it.
    pub(crate) fn push(&self, entry: E) -> bool {
        let mut inner = self.inner();
        if inner.closed || inner.entries.len() >= self.limit {
            return false;
        }
        inner.entries.push_back(entry);
        let worth_it = inner.idle || inner.entries.len() == self.batch;
        drop(inner);
        if worth_it {
            self.called.notify_one();
        }
        true
    }

    /// Asks the writer for something, after all entries so far. False where there is nobody to do it.
    pub(crate) fn ask(&self, control: C) -> bool {
        let mut inner = self.inner();
        if inner.closed {
            return false;
        }
        inner.controls.push_back(control);
        drop(inner);
        self.called.notify_one();
        true
    }

    /// Waits for something, at most for `patience`; once there is an entry, lets others gather for `gather`.
    pub(crate) fn take(&self, patience: Duration, gather: Duration) -> Taken<E, C> {
        let mut inner = self.inner();
        inner.idle = true;
        inner = self.wait(inner, patience, |inner| inner.entries.is_empty() && inner.controls.is_empty());
        inner.idle = false;
        if !inner.entries.is_empty() {
            inner = self.wait(inner, gather, |inner| inner.entries.len() < self.batch && inner.controls.is_empty());
        }
        Taken { entries: std::mem::take(&mut inner.entries), control: inner.controls.pop_front() }
    }

    fn wait<'a>(
        &self,
        mut inner: MutexGuard<'a, Inner<E, C>>,
        patience: Duration,
        more: impl Fn(&Inner<E, C>) -> bool,
    ) -> MutexGuard<'a, Inner<E, C>> {
        let until = Instant::now() + patience;
        while more(&inner) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            inner =
                self.called.wait_timeout(inner, left).map_or_else(|broken| broken.into_inner().0, |waited| waited.0);
        }
        inner
    }

    /// Takes nothing any more, and gives back how many entries were left in it.
    pub(crate) fn close(&self) -> usize {
        let mut inner = self.inner();
        inner.closed = true;
        // Whoever waits for an answer to one of these hears that there is none.
        inner.controls.clear();
        std::mem::take(&mut inner.entries).len()
    }

    fn inner(&self) -> MutexGuard<'_, Inner<E, C>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn entries_gather_until_there_is_a_batch_and_come_before_what_is_asked_for_after_them() {
        let queue = Queue::new(10, 3);
        (0..3).for_each(|_| assert!(queue.push(1)));
        assert_eq!(queue.take(LONG, LONG).entries.len(), 3, "a batch is not waited on");
        queue.push(1);
        assert!(queue.ask("flush"));
        let taken = queue.take(LONG, LONG);
        assert_eq!((taken.entries.len(), taken.control), (1, Some("flush")), "nor is what is asked for");
    }

    #[test]
    fn one_that_waits_is_woken_by_the_first_entry_and_by_a_request() {
        let queue: Arc<Queue<u8, &str>> = Arc::new(Queue::new(10, 3));
        let asked = Arc::clone(&queue);
        let writer = thread::spawn(move || {
            let first = asked.take(LONG, Duration::from_millis(1));
            let second = asked.take(LONG, LONG);
            (first.entries.len(), second.control)
        });
        assert!(queue.push(1));
        while !queue.inner().entries.is_empty() {
            thread::yield_now();
        }
        assert!(queue.ask("stop"));
        assert_eq!(writer.join().unwrap(), (1, Some("stop")));
    }

    #[test]
    fn it_never_holds_more_than_its_limit_and_nothing_once_it_is_closed() {
        let queue = Queue::<u8, &str>::new(2, 100);
        assert!(queue.push(1) && queue.push(1));
        assert!(!queue.push(1));
        assert_eq!(queue.close(), 2);
        assert!(!queue.push(1) && !queue.ask("flush"));
    }
}
