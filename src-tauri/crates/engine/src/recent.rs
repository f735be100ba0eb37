//! The last trails, in memory.

use mainstay_balancer::TargetKey;
use mainstay_gateway::{Ended, Observer, Trail};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many trails are kept.
const KEPT: usize = 1000;

/// Keeps the last trails and logs each exchange in a line.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    trails: VecDeque<Arc<Trail>>,
    /// How many there have ever been.
    count: u64,
}

impl Recent {
    /// The last `most` trails, newest first.
    pub fn last(&self, most: usize) -> Vec<Arc<Trail>> {
        self.kept().trails.iter().rev().take(most).cloned().collect()
    }

    /// The trail of one exchange.
    pub fn find(&self, id: &str) -> Option<Arc<Trail>> {
        self.kept().trails.iter().rev().find(|trail| trail.id == id).cloned()
    }

    /// The trails after the first `seen`, oldest first and at most `most` of them, and how many there have been by now.
    pub(crate) fn since(&self, seen: u64, most: usize) -> (Vec<Arc<Trail>>, u64) {
        let kept = self.kept();
        let fresh = usize::try_from(kept.count - seen).unwrap_or(usize::MAX).min(most).min(kept.trails.len());
        (kept.trails.iter().skip(kept.trails.len() - fresh).cloned().collect(), kept.count)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recent {
    fn finished(&self, trail: Trail) {
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
        let mut kept = self.kept();
        if kept.trails.len() == KEPT {
            kept.trails.pop_front();
        }
        kept.trails.push_back(Arc::new(trail));
        kept.count += 1;
    }

    fn health_changed(&self, target: &TargetKey) {
        tracing::info!(base_url = %target.base_url, model = %target.model, "health changed");
    }
}
