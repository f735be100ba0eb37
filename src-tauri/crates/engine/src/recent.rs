//! The last trails, in memory.

use mainstay_balancer::TargetKey;
use mainstay_gateway::{Ended, Observer, Trail};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many trails are kept.
const KEPT: usize = 1000;

/// Keeps the last trails and logs each exchange in a line.
#[derive(Debug, Default)]
pub struct Recent(Mutex<VecDeque<Arc<Trail>>>);

impl Recent {
    /// The last `most` trails, newest first.
    pub fn last(&self, most: usize) -> Vec<Arc<Trail>> {
        self.trails().iter().rev().take(most).cloned().collect()
    }

    /// The trail of one exchange.
    pub fn find(&self, id: &str) -> Option<Arc<Trail>> {
        self.trails().iter().rev().find(|trail| trail.id == id).cloned()
    }

    fn trails(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Trail>>> {
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
        let mut trails = self.trails();
        if trails.len() == KEPT {
            trails.pop_front();
        }
        trails.push_back(Arc::new(trail));
    }

    fn health_changed(&self, target: &TargetKey) {
        tracing::info!(base_url = %target.base_url, model = %target.model, "health changed");
    }
}
