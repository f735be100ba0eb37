//! What all exchanges share.

use crate::caller::{CallersOwn, MarkKey};
use crate::clock::Clock;
use crate::held::Allowance;
use crate::network::Network;
use crate::outbound::Outbound;
use crate::routing::{Presented, Routing};
use crate::stale::Answered;
use crate::trail::Trail;
use crate::waiting::Lines;
use arc_swap::ArcSwap;
use mainstay_balancer::{Ask, Availability, Balancer, Limits, Millis, Pool, Snapshot, Spend, TargetKey};
use mainstay_dialects::Dialect;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who watches exchanges: history, the window's feed, the log. Calls come from the request path and must not block.
pub trait Observer: Send + Sync {
    /// An exchange came to its end.
    fn finished(&self, trail: Trail);
    /// The health of a target changed.
    fn health_changed(&self, target: &TargetKey);
    /// The machine was found to be offline, or online again (failover §3.10).
    fn network(&self, online: bool) {
        let _ = online;
    }
}

/// The state behind one gateway: the routing snapshot, the balancer with everybody's health, the clients.
pub struct Core {
    routing: ArcSwap<Routing>,
    balancer: Mutex<Balancer>,
    pub(crate) observer: Arc<dyn Observer>,
    clean: Box<dyn Fn(&str) -> String + Send + Sync>,
    pub(crate) clock: Clock,
    pub(crate) outbound: Outbound,
    pub(crate) bodies: Allowance,
    pub(crate) lines: Lines,
    pub(crate) answered: Answered,
    network: Network,
    marks: MarkKey,
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
        Self::by_clock(Clock::start(), outbound, observer, Box::new(clean))
    }

    /// As [`Core::new`], with another wall clock than the system's: `wall` tells Unix milliseconds. For replays and tests.
    pub fn with_wall(
        outbound: Outbound,
        observer: Arc<dyn Observer>,
        clean: impl Fn(&str) -> String + Send + Sync + 'static,
        wall: impl Fn() -> Millis + Send + Sync + 'static,
    ) -> Self {
        Self::by_clock(Clock::by(Box::new(wall)), outbound, observer, Box::new(clean))
    }

    fn by_clock(
        clock: Clock,
        outbound: Outbound,
        observer: Arc<dyn Observer>,
        clean: Box<dyn Fn(&str) -> String + Send + Sync>,
    ) -> Self {
        Self {
            routing: ArcSwap::from_pointee(Routing::default()),
            balancer: Mutex::new(Balancer::default()),
            observer,
            clean,
            clock,
            outbound,
            bodies: Allowance::default(),
            lines: Lines::default(),
            answered: Answered::default(),
            network: Network::default(),
            marks: MarkKey::new(),
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
        self.lines.stir();
        self.observer.health_changed(target);
    }

    /// The user takes a target out until an instant, a minute from now at most, or until [`Core::try_now`].
    pub fn take_out(&self, target: &TargetKey, until: Millis) {
        self.balancer().take_out(target, until, self.clock.now());
        self.observer.health_changed(target);
    }

    /// It is no longer taken out; what else is held against it stays.
    pub fn put_back(&self, target: &TargetKey) {
        self.balancer().put_back(target);
    }

    /// A credential was replaced: what only the old one had caused is forgotten (failover §3.11).
    pub fn credential_changed(&self, credential: &str) {
        self.balancer().credential_changed(credential);
        self.lines.stir();
    }

    /// Looks at the clocks; to be called about once a second. After a sleep of the machine it does what [`Core::woke`] does.
    pub fn tick(&self) {
        if self.clock.tick() {
            tracing::info!("the machine has slept");
            self.woke();
        }
    }

    /// The machine was asleep: connections and names from before mean nothing, and a network may be there again.
    pub fn woke(&self) {
        self.network_changed();
    }

    /// Another network, or one again: what only an outage had opened is closed (failover §3.10).
    pub fn network_changed(&self) {
        let news = self.network.find();
        let back = self.balancer().network_back(self.clock.now());
        for target in &back {
            self.observer.health_changed(target);
        }
        if news {
            self.observer.network(true);
        }
        self.lines.stir();
    }

    /// Since when this machine has been offline, in Unix milliseconds; `None` while it is online, for all that is known.
    pub fn offline(&self) -> Option<Millis> {
        self.network.offline_since()
    }

    /// How many requests wait for a member to be due (failover §3.9a).
    pub fn waiting(&self) -> usize {
        self.lines.waiting()
    }

    /// Nobody can be reached.
    pub(crate) fn network_lost(&self) {
        if self.network.lose(self.clock.now()) {
            tracing::warn!("no provider can be reached: this machine seems to be offline");
            self.observer.network(false);
        }
    }

    /// Somebody off this machine has served.
    pub(crate) fn network_found(&self) {
        if self.network.offline_since().is_some() {
            self.network_changed();
        }
    }

    /// An account keeps what these ids stand for (failover §3.7).
    pub(crate) fn state_made(&self, ids: &[String], maker: &TargetKey) {
        if ids.is_empty() {
            return;
        }
        let now = self.clock.now();
        let mut balancer = self.balancer();
        for id in ids {
            balancer.state_made(id, maker, now);
        }
    }

    /// The id under which health is kept for what a caller brought.
    pub(crate) fn mark_of(&self, own: &[Presented]) -> Arc<str> {
        Arc::from(self.marks.mark(own))
    }

    /// What a target's last answer said of its limits.
    pub fn limits_of(&self, target: &TargetKey) -> Option<Limits> {
        self.balancer().limits_of(target).cloned()
    }

    /// The member that a pool's next request would go to, if it asks for nothing special. Looks only: nothing moves by it.
    pub fn next(&self, pool: &Pool) -> Option<usize> {
        let ask = Ask {
            dialect: Dialect::OpenaiChat,
            needs: &[],
            tokens: 0,
            moves_wheel: false,
            conversation: None,
            made_by: None,
        };
        let plan = self.balancer().plan(pool, &ask, self.clock.now());
        plan.order.first().map(|candidate| candidate.member)
    }

    /// Pins a route to a member until it is unpinned (failover §4).
    pub fn pin(&self, route: &str, member: Option<&str>) {
        self.balancer().pin(route, member);
    }

    /// The member that a route is pinned to.
    pub fn pinned(&self, route: &str) -> Option<String> {
        self.balancer().pinned(route).map(str::to_owned)
    }

    /// A profile or balancer has another name: pins, the day's spend and conversations follow it.
    pub fn rename(&self, from: &str, to: &str) {
        self.balancer().rename(from, to);
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

    pub(crate) fn finished(&self, trail: Trail) {
        self.observer.finished(trail);
    }

    pub(crate) fn health_changed(&self, target: &TargetKey) {
        self.observer.health_changed(target);
    }

    pub(crate) fn balancer(&self) -> MutexGuard<'_, Balancer> {
        // Every change is complete before a panic could happen: the state is whole even after one.
        self.balancer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a trail keeps of an upstream's text: short, and without known secrets, those of this caller among them.
    pub(crate) fn clean(&self, text: &str, own: &CallersOwn) -> String {
        crate::trail::detail(&(self.clean)(&own.clean(text)))
    }

    /// Upstream bytes without known secrets. Bytes that hold none stay as they are, to the letter.
    pub(crate) fn clean_bytes(&self, bytes: Vec<u8>, own: &CallersOwn) -> Vec<u8> {
        let bytes = own.clean_bytes(bytes);
        match std::str::from_utf8(&bytes).map(|text| (self.clean)(text)) {
            Ok(clean) if clean.as_bytes() != bytes => clean.into_bytes(),
            _ => bytes,
        }
    }
}
