//! The one owner of all health, wheels and learned parameters.
//!
//! An attempt passes through here four times: [`Balancer::plan`] puts it in order, [`Balancer::admit`] lets it through right
//! before it starts (and takes the half-open probe), [`Balancer::commit`] hears of its first content,
//! [`Balancer::conclude`] of its end. Between `admit` and the end stands a [`Permit`]; one that never comes back does no
//! harm beyond the probe that it holds, and the gateway's guard gives that back.

use std::collections::HashMap;

use crate::{
    Account, Ask, BreakerRule, Candidate, Limits, Millis, Outcome, Pool, Scope, Skip, SkipReason, Snapshot, Spend,
    TargetKey, Unready,
    cooldown::{Cause, Growing},
    health::{Health, Standing},
    refused::Refused,
    wheel::Wheels,
};

/// Cooling after a rate limit whose reset nobody names (failover §2).
const RATE_LIMIT_GUESS: Millis = 30_000;
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
    live: HashMap<u64, bool>,
    /// Numbers permits and events in the order in which they came.
    pub(crate) order: u64,
    latest: Millis,
}

/// The right to make one attempt. Ends by [`Balancer::conclude`] or [`Balancer::release`], exactly one of them.
#[must_use = "a permit that is dropped keeps the breaker's probe; conclude or release it"]
#[derive(Debug)]
pub struct Permit {
    id: u64,
    key: TargetKey,
    rule: Option<BreakerRule>,
}

impl Permit {
    /// The target that the attempt goes to.
    pub fn key(&self) -> &TargetKey {
        &self.key
    }
}

/// Whether a member can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can. (Also when its breaker is due: the next request is the probe.)
    Ready,
    /// Not before an instant.
    Cooling {
        /// The instant.
        until: Millis,
        /// The code of the outcome that caused it.
        why: &'static str,
    },
    /// Its breaker is open.
    Open {
        /// When the next probe is due.
        until: Millis,
    },
    /// Its breaker waits for the probe that is under way.
    Probing,
    /// It can't be tried at all.
    Unready(Unready),
}

/// An attempt changed what its target is available for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The target.
    pub key: TargetKey,
    /// [`Scope::Account`] when the change covers every model of the account.
    pub scope: Scope,
    /// Until now.
    pub before: Availability,
    /// From now on.
    pub after: Availability,
}

impl Balancer {
    /// Right before an attempt: may this one still be tried? Between the plan and now other exchanges may have put the
    /// member out. Takes the half-open probe if there is one; of two requests only one gets it.
    ///
    /// # Errors
    /// The reason why not, for the trail. Go on to the next candidate.
    pub fn admit(&mut self, pool: &Pool, candidate: &Candidate, now: Millis) -> Result<Permit, Skip> {
        self.notice(now);
        let skip = |why, until| Skip { member: candidate.member, why, until };
        let Some(member) = pool.members.get(candidate.member) else {
            return Err(skip(SkipReason::Unready(Unready::Missing), None));
        };
        if let Some(why) = member.unready {
            return Err(skip(SkipReason::Unready(why), None));
        }
        let rule = pool.breaker_rule(member);
        // A probe under way is never overruled, so that there are never two.
        let standing = self.health.standing(&member.key, rule, now);
        let may_pass = match standing {
            Standing::Ready | Standing::HalfOpen => true,
            Standing::Cooling { guessed, .. } | Standing::Open { guessed, .. } => guessed && candidate.forced,
            Standing::Probing => false,
        };
        if !may_pass {
            return Err(standing.skip(candidate.member));
        }
        self.order += 1;
        let id = self.order;
        if rule.is_some()
            && let Some(target) = self.health.known_mut(&member.key)
        {
            target.breaker.take_probe(id);
        }
        self.live.insert(id, false);
        Ok(Permit { id, key: member.key.clone(), rule })
    }

    /// Content was seen: closes the target's breaker and ends what was only guessed before this attempt was let through.
    /// Harmless to call twice.
    pub fn commit(&mut self, permit: &Permit, now: Millis) -> Option<Change> {
        self.notice(now);
        match self.live.get_mut(&permit.id) {
            Some(committed @ false) => *committed = true,
            _ => return None,
        }
        let before = self.seen(permit, now);
        self.serve(permit, now);
        self.change(permit, Scope::Model, before, now)
    }

    /// The attempt ended. `dice`, `0..1`, spreads the instants at which waiting ends.
    ///
    /// A success that was not committed counts as one now. Outcomes that say nothing about the target (a fault of the
    /// request, a client that went away) give a probe back. When a whole machine is offline (failover §3.10), release the
    /// permits instead: an outage is no member's fault.
    #[allow(clippy::needless_pass_by_value, reason = "a permit ends here; it must not be used again")]
    pub fn conclude(&mut self, permit: Permit, outcome: &Outcome, now: Millis, dice: f64) -> Option<Change> {
        self.notice(now);
        let dice = if dice.is_finite() { dice.clamp(0.0, 1.0) } else { 0.0 };
        let before = self.seen(&permit, now);
        let committed = self.live.remove(&permit.id).unwrap_or(false);
        self.order += 1;
        let cause = Cause { why: outcome.code(), permit: permit.id, order: self.order, now, dice };
        let mut changed = Scope::Model;
        match outcome {
            Outcome::Served => {
                if !committed {
                    self.serve(&permit, now);
                }
            }
            Outcome::RateLimited { scope, until } => {
                self.answered(&permit);
                changed = *scope;
                let cooldown = match scope {
                    Scope::Model => &mut self.health.target_mut(&permit.key, now).cooldown,
                    Scope::Account => self.health.account_mut(&permit.key, now),
                };
                match until {
                    Some(until) => cooldown.told(*until, cause),
                    None => cooldown.guess(RATE_LIMIT_GUESS, cause),
                }
            }
            Outcome::QuotaSpent { until } => {
                self.answered(&permit);
                let cooldown = &mut self.health.target_mut(&permit.key, now).cooldown;
                match until {
                    Some(until) => cooldown.told(*until, cause),
                    None => cooldown.grow(Growing::Quota, cause),
                }
            }
            Outcome::CredentialRejected => {
                self.answered(&permit);
                changed = Scope::Account;
                self.health.account_mut(&permit.key, now).grow(Growing::Credential, cause);
            }
            Outcome::ModelUnavailable => {
                self.answered(&permit);
                self.health.target_mut(&permit.key, now).cooldown.grow(Growing::Model, cause);
            }
            Outcome::Overloaded { until } | Outcome::ServerError { until } => {
                self.failed(&permit, now, dice);
                if let Some(until) = until {
                    self.health.target_mut(&permit.key, now).cooldown.told(*until, cause);
                }
            }
            Outcome::Unreachable(_) | Outcome::Truncated => self.failed(&permit, now, dice),
            Outcome::TimedOut(_) => {
                let order = self.order;
                let target = self.health.target_mut(&permit.key, now);
                target.breaker.reopen(permit.id, permit.rule, order, now, dice);
                target.cooldown.grow(Growing::Timeout, cause);
            }
            Outcome::ContextTooLong
            | Outcome::ParameterRejected { .. }
            | Outcome::ReasoningRejected
            | Outcome::ContentRefused
            | Outcome::CallerFault
            | Outcome::Cancelled => self.give_back(&permit),
        }
        self.change(&permit, changed, before, now)
    }

    /// The attempt ended without an outcome (it was dropped, or never started): gives a probe back and marks nothing.
    #[allow(clippy::needless_pass_by_value, reason = "a permit ends here; it must not be used again")]
    pub fn release(&mut self, permit: Permit) {
        self.live.remove(&permit.id);
        self.give_back(&permit);
    }

    /// Whether a member can be asked at `now`. An index beyond the pool's members reads as missing.
    pub fn availability(&self, pool: &Pool, member: usize, now: Millis) -> Availability {
        let Some(member) = pool.members.get(member) else { return Availability::Unready(Unready::Missing) };
        match member.unready {
            Some(why) => Availability::Unready(why),
            None => self.health.standing(&member.key, pool.breaker_rule(member), now).into(),
        }
    }

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

    fn serve(&mut self, permit: &Permit, now: Millis) {
        let target = self.health.target_mut(&permit.key, now);
        target.breaker.succeed(permit.id, permit.rule, now);
        target.cooldown.refute(permit.id);
        if let Some(cooldown) = self.health.known_account_mut(&permit.key) {
            cooldown.refute(permit.id);
        }
    }

    fn answered(&mut self, permit: &Permit) {
        if let Some(target) = self.health.known_mut(&permit.key) {
            target.breaker.answer(permit.id);
        }
    }

    fn failed(&mut self, permit: &Permit, now: Millis, dice: f64) {
        match permit.rule {
            Some(rule) => {
                let order = self.order;
                self.health.target_mut(&permit.key, now).breaker.fail(permit.id, rule, order, now, dice);
            }
            None => self.give_back(permit),
        }
    }

    fn give_back(&mut self, permit: &Permit) {
        if let Some(target) = self.health.known_mut(&permit.key) {
            target.breaker.give_back(permit.id);
        }
    }

    fn seen(&self, permit: &Permit, now: Millis) -> Availability {
        self.health.standing(&permit.key, permit.rule, now).into()
    }

    fn change(&self, permit: &Permit, scope: Scope, before: Availability, now: Millis) -> Option<Change> {
        let after = self.seen(permit, now);
        (before != after).then(|| Change { key: permit.key.clone(), scope, before, after })
    }
}

impl From<Standing> for Availability {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Ready | Standing::HalfOpen => Self::Ready,
            Standing::Probing => Self::Probing,
            Standing::Cooling { until, why, .. } => Self::Cooling { until, why },
            Standing::Open { until, .. } => Self::Open { until },
        }
    }
}

#[cfg(test)]
mod tests;
