//! The right to try one member, held while it is tried.

use crate::core::Core;
use crate::network::Lost;
use mainstay_balancer::{Candidate, Outcome, Permit, Pool, Skip, TargetKey};
use std::sync::Arc;

/// A permit to try one member. Given back on drop, so that a client that goes away can't wedge a breaker.
pub(crate) struct Admitted {
    core: Arc<Core>,
    target: TargetKey,
    permit: Option<Permit>,
}

impl Admitted {
    /// Asks whether the candidate may still be tried.
    pub(crate) fn ask(core: &Arc<Core>, pool: &Pool, candidate: &Candidate) -> Result<Self, Skip> {
        let permit = core.balancer().admit(pool, candidate, core.clock.now())?;
        Ok(Self { core: Arc::clone(core), target: pool.members[candidate.member].key.clone(), permit: Some(permit) })
    }

    /// What its health is kept under.
    pub(crate) fn target(&self) -> &TargetKey {
        &self.target
    }

    /// Content has come.
    pub(crate) fn commit(&self) {
        if let Some(permit) = &self.permit {
            let change = self.core.balancer().commit(permit, self.core.clock.now());
            if change.is_some() {
                self.core.health_changed(&self.target);
            }
        }
    }

    /// How it ended.
    pub(crate) fn conclude(mut self, outcome: &Outcome) {
        if let Some(permit) = self.permit.take() {
            let change = self.core.balancer().conclude(permit, outcome, self.core.clock.now(), rand::random());
            if change.is_some() {
                self.core.health_changed(&self.target);
            }
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.core.balancer().release(permit);
        }
    }
}

/// Attempts that reached nobody. Whose fault that was shows only when the exchange is decided (failover §3.10): until then
/// their permits are held. Dropped, they count as what they were.
#[derive(Default)]
pub(crate) struct Doubtful(Vec<(Admitted, Outcome, Lost)>);

impl Doubtful {
    pub(crate) fn hold(&mut self, admitted: Admitted, outcome: Outcome, lost: Lost) {
        self.0.push((admitted, outcome, lost));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn lost(&self) -> impl Iterator<Item = &Lost> {
        self.0.iter().map(|(_, _, lost)| lost)
    }

    /// It was this machine: nobody is marked.
    pub(crate) fn forgive(&mut self) {
        self.0.clear();
    }

    /// It was them.
    pub(crate) fn conclude(&mut self) {
        for (admitted, outcome, _) in self.0.drain(..) {
            admitted.conclude(&outcome);
        }
    }
}

impl Drop for Doubtful {
    fn drop(&mut self) {
        self.conclude();
    }
}
