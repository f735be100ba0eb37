//! One attempt, from its admission to its end: what it does to the health of its target (failover §2, last column; §3.8).

use crate::{
    Availability, Balancer, BreakerRule, Candidate, Millis, Outcome, Pool, Scope, Skip, SkipReason, TargetKey, Unready,
    breaker::Fault,
    cooldown::{Cause, Growing},
    health::Standing,
};

/// Cooling after a rate limit whose reset nobody names (failover §2).
const RATE_LIMIT_GUESS: Millis = 30_000;

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
        let standing = self.standing(pool, member, now);
        let may_pass = match standing {
            Standing::Ready | Standing::HalfOpen => true,
            Standing::Cooling { guessed, probed, .. } => guessed && !probed && candidate.forced,
            Standing::Open { guessed, .. } => guessed && candidate.forced,
            Standing::Probing | Standing::Spent { .. } | Standing::TakenOut { .. } => false,
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
        if outcome.retryable() {
            self.health.target_mut(&permit.key, now).missed = Some(now);
        }
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
                self.failed(&permit, Fault::Server, now, dice);
                if let Some(until) = until {
                    self.health.target_mut(&permit.key, now).cooldown.advised(*until, cause);
                }
            }
            Outcome::Unreachable(_) => self.failed(&permit, Fault::Unreached, now, dice),
            Outcome::Truncated => self.failed(&permit, Fault::Server, now, dice),
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

    fn failed(&mut self, permit: &Permit, fault: Fault, now: Millis, dice: f64) {
        match permit.rule {
            Some(rule) => {
                let order = self.order;
                self.health.target_mut(&permit.key, now).breaker.fail(permit.id, fault, rule, order, now, dice);
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

#[cfg(test)]
mod tests;
