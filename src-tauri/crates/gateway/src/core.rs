//! What all exchanges share.

use crate::clock::Clock;
use crate::held::Allowance;
use crate::outbound::Outbound;
use crate::routing::Routing;
use crate::trail::Trail;
use arc_swap::ArcSwap;
use mainstay_balancer::{
    Availability, Balancer, Candidate, Limits, Millis, Outcome, Permit, Pool, Skip, Snapshot, Spend, TargetKey,
};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Who watches exchanges: history, the window's feed, the log. Calls come from the request path and must not block.
pub trait Observer: Send + Sync {
    /// An exchange came to its end.
    fn finished(&self, trail: Trail);
    /// The health of a target changed.
    fn health_changed(&self, target: &TargetKey);
}

/// The state behind one gateway: the routing snapshot, the balancer with everybody's health, the clients.
pub struct Core {
    routing: ArcSwap<Routing>,
    balancer: Mutex<Balancer>,
    observer: Arc<dyn Observer>,
    clean: Box<dyn Fn(&str) -> String + Send + Sync>,
    pub(crate) clock: Clock,
    pub(crate) outbound: Outbound,
    pub(crate) bodies: Allowance,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("routing", &self.routing).finish_non_exhaustive()
    }
}

impl Core {
    /// A gateway's state with no routes yet. `clean` removes known secrets from upstream text.
    pub fn new(
        outbound: Outbound,
        observer: Arc<dyn Observer>,
        clean: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            routing: ArcSwap::from_pointee(Routing::default()),
            balancer: Mutex::new(Balancer::default()),
            observer,
            clean: Box::new(clean),
            clock: Clock::start(),
            outbound,
            bodies: Allowance::default(),
        }
    }

    /// Replaces the routing snapshot at once. Requests under way keep theirs.
    pub fn reroute(&self, routing: Routing) {
        self.routing.store(Arc::new(routing));
    }

    /// The snapshot in force.
    pub fn routing(&self) -> Arc<Routing> {
        self.routing.load_full()
    }

    /// Whether each member of a pool can be tried now, and if not, until when.
    pub fn availability(&self, pool: &Pool) -> Vec<Availability> {
        let now = self.clock.now();
        let balancer = self.balancer();
        (0..pool.members.len()).map(|member| balancer.availability(pool, member, now)).collect()
    }

    /// The user says "Try now": forgets cooldown and breaker of a target.
    pub fn try_now(&self, target: &TargetKey) {
        self.balancer().try_now(target);
        self.observer.health_changed(target);
    }

    /// A credential was replaced: what only the old one had caused is forgotten (failover §3.11).
    pub fn credential_changed(&self, credential: &str) {
        self.balancer().credential_changed(credential);
    }

    /// What a target's last answer said of its limits.
    pub fn limits_of(&self, target: &TargetKey) -> Option<Limits> {
        self.balancer().limits_of(target).copied()
    }

    /// Pins a route to a member until it is unpinned (failover §4).
    pub fn pin(&self, route: &str, member: Option<&str>) {
        self.balancer().pin(route, member);
    }

    /// The member that a route is pinned to.
    pub fn pinned(&self, route: &str) -> Option<String> {
        self.balancer().pinned(route).map(str::to_owned)
    }

    /// A member has spent this; its local day ends at `day_ends` (failover §4, daily limits).
    pub fn charge(&self, member: &str, spend: Spend, day_ends: Millis) {
        self.balancer().charge(member, spend, day_ends, self.clock.now());
    }

    /// What a member has spent today.
    pub fn spent(&self, member: &str) -> Spend {
        self.balancer().spent(member, self.clock.now())
    }

    /// What of the health outlives the process (failover §3.11).
    pub fn snapshot(&self) -> Snapshot {
        self.balancer().snapshot(self.clock.now())
    }

    /// Takes up what an earlier process left.
    pub fn restore(&self, snapshot: Snapshot) {
        self.balancer().restore(snapshot, self.clock.now());
    }

    /// The clients for upstream calls.
    pub fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// Milliseconds since the Unix epoch, as health reckons them.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(crate) fn balancer(&self) -> MutexGuard<'_, Balancer> {
        // Every change is complete before a panic could happen: the state is whole even after one.
        self.balancer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clean(&self, text: &str) -> String {
        crate::trail::detail(&(self.clean)(text))
    }

    /// Upstream bytes without known secrets. Bytes that hold none stay as they are, to the letter.
    pub(crate) fn clean_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match std::str::from_utf8(&bytes).map(|text| (self.clean)(text)) {
            Ok(clean) if clean.as_bytes() != bytes => clean.into_bytes(),
            _ => bytes,
        }
    }
}

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

    /// Content has come.
    pub(crate) fn commit(&self) {
        if let Some(permit) = &self.permit {
            let change = self.core.balancer().commit(permit, self.core.clock.now());
            if change.is_some() {
                self.core.observer.health_changed(&self.target);
            }
        }
    }

    /// How it ended.
    pub(crate) fn conclude(mut self, outcome: &Outcome) {
        if let Some(permit) = self.permit.take() {
            let change = self.core.balancer().conclude(permit, outcome, self.core.clock.now(), rand::random());
            if change.is_some() {
                self.core.observer.health_changed(&self.target);
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

/// An exchange's trail under way. Dropped before its end, it says that the client went away.
pub(crate) struct Story {
    core: Arc<Core>,
    started: Instant,
    trail: Option<Trail>,
}

impl Story {
    pub(crate) fn begin(core: &Arc<Core>, started: Instant, trail: Trail) -> Self {
        Self { core: Arc::clone(core), started, trail: Some(trail) }
    }

    /// The trail so far.
    pub(crate) fn trail(&mut self) -> &mut Trail {
        self.trail.as_mut().expect("a story is told once, and that consumes it")
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The trail so far, to read.
    pub(crate) fn peek(&self) -> &Trail {
        self.trail.as_ref().expect("a story is told once, and that consumes it")
    }

    /// Milliseconds since the exchange came in.
    pub(crate) fn elapsed(&self) -> u64 {
        crate::clock::millis(self.started.elapsed())
    }

    /// Tells the story to whoever watches.
    pub(crate) fn end(mut self, tell: impl FnOnce(&mut Trail)) {
        tell(self.trail());
        self.publish();
    }

    fn publish(&mut self) {
        if let Some(mut trail) = self.trail.take() {
            trail.total_ms = self.elapsed();
            self.core.observer.finished(trail);
        }
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.publish();
    }
}
