//! The one owner of all health, wheels and learned parameters.
//!
//! An attempt passes through here four times: [`Balancer::plan`] puts it in order, [`Balancer::admit`] lets it through right
//! before it starts (and takes the half-open probe), [`Balancer::commit`] hears of its first content,
//! [`Balancer::conclude`] of its end. Between `admit` and the end stands a [`crate::Permit`]; one that never comes back does no
//! harm beyond the probe that it holds, and the gateway's guard gives that back.

use std::collections::HashMap;

use crate::{
    Account, Ask, Limits, Millis, Pool, Snapshot, Spend, TargetKey, cooldown::Growing, health::Health,
    refused::Refused, wheel::Wheels,
};

/// A clock that goes back by no more than this was not set back: two callers read it and came in the other order.
const CLOCK_SLIP: Millis = 5_000;

/// All that is known of the members' health, whose turn it is, and what models refuse.
///
/// One for the whole engine, behind one lock: no method blocks, does IO or takes longer than a pool is long.
#[derive(Debug, Default)]
pub struct Balancer {
    pub(crate) health: Health,
    pub(crate) wheels: Wheels,
    refused: Refused,
    /// The permits under way; true once content was seen.
    pub(crate) live: HashMap<u64, bool>,
    /// Numbers permits and events in the order in which they came.
    pub(crate) order: u64,
    latest: Millis,
}

impl Balancer {
    /// The user says "Try now": clears the target's cooldown and breaker, and its account's cooldown (failover §3.11).
    pub fn try_now(&mut self, key: &TargetKey) {
        if let Some(target) = self.health.known_mut(key) {
            target.cooldown.clear();
            target.breaker = crate::breaker::Breaker::default();
        }
        if let Some(cooldown) = self.health.known_account_mut(key) {
            cooldown.clear();
        }
    }

    /// A credential was replaced (another key, a new login): what was held against it is forgotten for all its targets.
    /// A mere refresh of the same login's token is no such change; quotas don't refill by it.
    pub fn credential_changed(&mut self, credential: &str) {
        self.health.forgive(credential);
    }

    /// How many times in a row the target's account was rejected; at 3 it needs the user (failover §2,
    /// CredentialRejected).
    pub fn rejections(&self, key: &TargetKey) -> u32 {
        self.health.account(key).map_or(0, |cooldown| cooldown.in_a_row(Growing::Credential))
    }

    /// The target refused this parameter, named as upstream names it (failover §2, ParameterRejected).
    pub fn refuse_parameter(&mut self, key: &TargetKey, param: &str) {
        self.refused.learn(key, param);
    }

    /// The parameters that the target is known to refuse, in the order in which that was learned.
    pub fn refused(&self, key: &TargetKey) -> Vec<String> {
        self.refused.of(key)
    }

    /// Keeps what an answer said of the limits; an answer that said nothing leaves what is known.
    pub fn note_limits(&mut self, key: &TargetKey, limits: Limits, now: Millis) {
        if limits != Limits::default() {
            self.health.target_mut(key, now).limits = Some(limits);
        }
    }

    /// What the target's last answer said of its limits. For display; nothing is decided by it.
    pub fn limits_of(&self, key: &TargetKey) -> Option<&Limits> {
        self.health.target(key).and_then(|target| target.limits.as_ref())
    }

    /// A member has brought content for this request: from now on its conversation stays there, and under
    /// [`crate::Failback::Never`] so does the pool.
    pub fn settle(&mut self, pool: &Pool, ask: &Ask<'_>, member: usize, now: Millis) {
        let _ = (pool, ask, member, now);
    }

    /// Pins a pool to a member until it is unpinned (`None`): that one comes first, whatever the policy says, and the others
    /// stay as its fallbacks.
    pub fn pin(&mut self, pool: &str, member: Option<&str>) {
        let _ = (pool, member);
    }

    /// The member that a pool is pinned to.
    pub fn pinned(&self, pool: &str) -> Option<&str> {
        let _ = pool;
        None
    }

    /// A member has spent this. `day_ends` is when its local day ends and counting starts anew.
    pub fn charge(&mut self, member: &str, spend: Spend, day_ends: Millis, now: Millis) {
        let _ = (member, spend, day_ends, now);
    }

    /// What a member has spent today.
    pub fn spent(&self, member: &str, now: Millis) -> Spend {
        let _ = (member, now);
        Spend::default()
    }

    /// An answer of this target carries the id of state that is now kept there (failover §3.7).
    pub fn state_made(&mut self, id: &str, key: &TargetKey, now: Millis) {
        let _ = (id, key, now);
    }

    /// The account that made the state with one of these ids; the first that is known.
    pub fn maker_of(&self, ids: &[String]) -> Option<Account> {
        let _ = ids;
        None
    }

    /// The network was gone and is back: closes the breakers that only unreachable targets had opened (failover §3.10), and
    /// names their targets.
    pub fn network_back(&mut self, now: Millis) -> Vec<TargetKey> {
        let _ = now;
        Vec::new()
    }

    /// What outlives the process.
    pub fn snapshot(&self, now: Millis) -> Snapshot {
        let _ = now;
        Snapshot::default()
    }

    /// Takes up what an earlier process left. The wall clock may have been set meanwhile: no wait is longer than it was to be
    /// (failover §3.11).
    pub fn restore(&mut self, snapshot: Snapshot, now: Millis) {
        let _ = (snapshot, now);
    }

    /// How many attempts are under way.
    pub fn under_way(&self) -> usize {
        self.live.len()
    }

    /// A clock that was set back must not leave members out for longer than they were to be (failover §3.11).
    pub(crate) fn notice(&mut self, now: Millis) {
        if now.saturating_add(CLOCK_SLIP) < self.latest {
            self.health.clamp(now);
            self.latest = now;
        }
        self.latest = self.latest.max(now);
    }
}
