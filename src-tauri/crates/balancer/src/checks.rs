//! What a free check of a credential does to health: a rejection takes the account out before a user's request meets it, and
//! acceptance ends such a rejection and nothing else (failover §3.11).

use crate::{
    Balancer, Millis, Outcome, TargetKey,
    cooldown::{Cause, Growing},
};

/// A check under way: says what was known when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckBegun(u64);

impl Balancer {
    /// A check begins. It will say nothing about what comes to be known while it runs.
    pub fn check_begun(&mut self) -> CheckBegun {
        self.order += 1;
        CheckBegun(self.order)
    }

    /// The provider takes the credential of this target. Ends the account's rest for a rejected credential, if that was
    /// known when the check began; no other rest and no breaker. Says whether anything ended.
    pub fn check_passed(&mut self, key: &TargetKey, begun: CheckBegun, now: Millis) -> bool {
        self.notice(now);
        self.health.known_account_mut(key).is_some_and(|account| account.accept(begun.0))
    }

    /// The provider does not take the credential of this target: its account rests as after an attempt that was rejected
    /// (failover §2, CredentialRejected). `dice`, `0..1`, spreads the instant at which the rest ends.
    pub fn check_rejected(&mut self, key: &TargetKey, begun: CheckBegun, now: Millis, dice: f64) {
        self.notice(now);
        self.order += 1;
        let dice = if dice.is_finite() { dice.clamp(0.0, 1.0) } else { 0.0 };
        let why = Outcome::CredentialRejected.code();
        let cause = Cause { why, permit: begun.0, order: self.order, now, dice };
        self.health.account_mut(key, now).grow(Growing::Credential, cause);
    }

    /// Until when the target's account rests because its credential was rejected, if it does.
    pub fn rejected_until(&self, key: &TargetKey, now: Millis) -> Option<Millis> {
        Some(self.health.account(key)?.rejected(now)?.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{START, failover};
    use crate::{Availability, Candidate, Pool, Scope};

    fn attempt(balancer: &mut Balancer, pool: &Pool, member: usize, outcome: &Outcome, now: Millis) {
        let permit = balancer.admit(pool, &Candidate { member, forced: false }, now).expect("it is let through");
        balancer.conclude(permit, outcome, now, 0.0);
    }

    /// failover §3.11
    #[test]
    fn a_check_that_is_passed_ends_the_rest_of_a_rejected_credential() {
        let pool = failover(&["a", "b"]);
        let mut balancer = Balancer::default();
        attempt(&mut balancer, &pool, 0, &Outcome::CredentialRejected, START);
        let key = &pool.members[0].key;
        assert_eq!(balancer.rejected_until(key, START), Some(START + 60_000));
        let begun = balancer.check_begun();
        assert!(balancer.check_passed(key, begun, START + 40_000));
        assert_eq!(balancer.availability(&pool, 0, START + 40_000), Availability::Ready);
        assert_eq!(balancer.rejected_until(key, START + 40_000), None);
        let begun = balancer.check_begun();
        assert!(!balancer.check_passed(key, begun, START + 40_000), "there is nothing left to end");
    }

    /// failover §3.11
    #[test]
    fn a_check_that_is_passed_ends_no_other_rest_and_no_breaker() {
        let pool = failover(&["limited", "spent", "slow", "broken", "both"]);
        let mut balancer = Balancer::default();
        let account = Outcome::RateLimited { scope: Scope::Account, until: Some(START + 50_000) };
        attempt(&mut balancer, &pool, 0, &account, START);
        attempt(&mut balancer, &pool, 1, &Outcome::QuotaSpent { until: None }, START);
        attempt(&mut balancer, &pool, 2, &Outcome::TimedOut(crate::Stage::FirstContent), START);
        for _ in 0..3 {
            attempt(&mut balancer, &pool, 3, &Outcome::ServerError { until: None }, START);
        }
        attempt(&mut balancer, &pool, 4, &account, START);
        let begun = balancer.check_begun();
        balancer.check_rejected(&pool.members[4].key, begun, START, 0.0);
        let before: Vec<_> = (0..4).map(|member| balancer.availability(&pool, member, START)).collect();
        for member in &pool.members {
            let begun = balancer.check_begun();
            balancer.check_passed(&member.key, begun, START + 1);
        }
        let after: Vec<_> = (0..4).map(|member| balancer.availability(&pool, member, START)).collect();
        assert_eq!(after, before);
        assert!(after.iter().all(|standing| *standing != Availability::Ready), "{after:?}");
        let both = balancer.availability(&pool, 4, START + 1);
        assert_eq!(both, Availability::Cooling { until: START + 50_000, why: "rate-limited" }, "the limit's own rest");
    }

    /// failover §2, CredentialRejected
    #[test]
    fn a_check_that_is_refused_takes_the_account_out_like_an_attempt_and_for_longer_each_time() {
        let mut pool = failover(&["a", "b"]);
        pool.members[1].key.credential = pool.members[0].key.credential.clone();
        let mut balancer = Balancer::default();
        let mut now = START;
        for length in [60_000, 120_000, 240_000] {
            let begun = balancer.check_begun();
            balancer.check_rejected(&pool.members[0].key, begun, now, 0.0);
            let until = now + length;
            let out = Availability::Cooling { until, why: "credential-rejected" };
            assert_eq!(balancer.availability(&pool, 1, now), out, "the account with all its models");
            now = until;
        }
        assert_eq!(balancer.rejections(&pool.members[0].key), 3);
    }

    #[test]
    fn a_check_says_nothing_about_a_rejection_that_came_while_it_ran() {
        let pool = failover(&["a", "b"]);
        let mut balancer = Balancer::default();
        let key = &pool.members[0].key;
        let begun = balancer.check_begun();
        attempt(&mut balancer, &pool, 0, &Outcome::CredentialRejected, START);
        assert!(!balancer.check_passed(key, begun, START));
        balancer.check_rejected(key, begun, START, 0.0);
        assert_eq!(balancer.rejections(key), 1, "both are one incident");
        assert_eq!(balancer.rejected_until(key, START), Some(START + 60_000));
    }

    #[test]
    fn a_key_that_passes_its_checks_and_is_refused_for_requests_rests_longer_each_time() {
        let pool = failover(&["a", "b"]);
        let mut balancer = Balancer::default();
        let mut now = START;
        for length in [60_000, 120_000, 240_000] {
            attempt(&mut balancer, &pool, 0, &Outcome::CredentialRejected, now);
            assert_eq!(balancer.rejected_until(&pool.members[0].key, now), Some(now + length));
            now += length / 2;
            let begun = balancer.check_begun();
            assert!(balancer.check_passed(&pool.members[0].key, begun, now));
        }
        attempt(&mut balancer, &pool, 0, &Outcome::Served, now);
        assert_eq!(balancer.rejections(&pool.members[0].key), 0, "content ends the row");
    }
}
