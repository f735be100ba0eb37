//! The last exchanges, in memory: what the feed shows, and all there is while the history can't be written.

use mainstay_gateway::{Ended, Trail};
use mainstay_history::{Exchange, Filter};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many exchanges are kept.
const KEPT: usize = 1000;

/// Keeps the last exchanges and logs each in a line.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    exchanges: VecDeque<Both>,
    /// How many there have ever been.
    count: u64,
}

/// One exchange, as the history keeps it; and its trail, unless it is of an earlier run.
#[derive(Debug)]
struct Both {
    exchange: Arc<Exchange>,
    trail: Option<Arc<Trail>>,
}

impl Recent {
    /// The last `most` trails of this run, newest first.
    pub fn last(&self, most: usize) -> Vec<Arc<Trail>> {
        self.kept().exchanges.iter().rev().filter_map(|both| both.trail.clone()).take(most).collect()
    }

    /// The trail of one exchange of this run.
    pub fn find(&self, id: &str) -> Option<Arc<Trail>> {
        self.kept().exchanges.iter().rev().find(|both| both.exchange.id == id)?.trail.clone()
    }

    /// One exchange.
    pub(crate) fn exchange(&self, id: &str) -> Option<Arc<Exchange>> {
        self.kept().exchanges.iter().rev().map(|both| &both.exchange).find(|exchange| exchange.id == id).cloned()
    }

    /// Those that a filter means, newest first.
    pub(crate) fn matching(&self, filter: &Filter) -> Vec<Arc<Exchange>> {
        let kept = self.kept();
        kept.exchanges.iter().rev().map(|both| &both.exchange).filter(|each| filter.matches(each)).cloned().collect()
    }

    /// The exchanges after the first `seen`, oldest first and at most `most` of them, and how many there have been by now.
    pub(crate) fn since(&self, seen: u64, most: usize) -> (Vec<Arc<Exchange>>, u64) {
        let kept = self.kept();
        let fresh = usize::try_from(kept.count - seen).unwrap_or(usize::MAX).min(most).min(kept.exchanges.len());
        let from = kept.exchanges.len() - fresh;
        (kept.exchanges.iter().skip(from).map(|both| Arc::clone(&both.exchange)).collect(), kept.count)
    }

    /// Takes up what an earlier run left, oldest first.
    pub(crate) fn take_up(&self, exchanges: Vec<Exchange>) {
        let mut kept = self.kept();
        for exchange in exchanges {
            kept.push(Both { exchange: Arc::new(exchange), trail: None });
        }
    }

    /// Takes in a finished exchange and logs it in a line.
    pub(crate) fn finished(&self, trail: Trail, exchange: Arc<Exchange>) {
        log(&trail);
        self.kept().push(Both { exchange, trail: Some(Arc::new(trail)) });
    }

    /// Forgets them all.
    pub(crate) fn clear(&self) {
        self.kept().exchanges.clear();
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, both: Both) {
        if self.exchanges.len() == KEPT {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(both);
        self.count += 1;
    }
}

fn log(trail: &Trail) {
    let served = trail.served_by.as_deref().unwrap_or("nobody");
    let (id, status, attempts, ms) = (&trail.id, trail.status, trail.attempts.len(), trail.total_ms);
    match trail.ended {
        Ended::Served | Ended::Cancelled => {
            tracing::info!(%id, served, status, attempts, ms, ended = ?trail.ended, "exchange");
        }
        Ended::Failed | Ended::Truncated => {
            let error = trail.error.as_deref().unwrap_or_default();
            tracing::warn!(%id, served, status, attempts, ms, ended = ?trail.ended, error, "exchange");
        }
    }
    for attempt in trail.attempts.iter().filter(|attempt| attempt.outcome != "served") {
        tracing::info!(%id, member = %attempt.member, outcome = attempt.outcome, status = attempt.status, "attempt");
    }
}
