//! Members that have spent what they may in the day (failover §4).

use super::*;

/// A day of 24 hours that ends an hour from the start.
const DAY_ENDS: u64 = START + 3_600_000;

fn spent(balancer: &mut Balancer, pool: &mut Pool, member: usize) {
    pool.members[member].daily.requests = Some(2);
    let one = crate::Spend { requests: 1, micro_usd: 10 };
    for _ in 0..2 {
        assert!(balancer.plan(pool, &ASK, START).order.iter().any(|candidate| candidate.member == member));
        balancer.charge(&pool.members[member].name.clone(), one, DAY_ENDS, START);
    }
}

/// failover §4, daily limit
#[test]
fn a_member_at_its_daily_limit_is_skipped_until_its_day_ends() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b"]);
    spent(&mut balancer, &mut pool, 0);
    let plan = balancer.plan(&pool, &ASK, START);
    assert_eq!(order(&plan), [1]);
    assert_eq!((&plan.skips[0].why, plan.skips[0].until), (&SkipReason::DailyLimit, Some(DAY_ENDS)));
    let refused = balancer.admit(&pool, &Candidate { member: 0, forced: true }, START).unwrap_err();
    assert_eq!(refused.why, SkipReason::DailyLimit, "not even as a last resort");
    assert_eq!(
        balancer.availability(&pool, 0, START),
        crate::Availability::Cooling { until: DAY_ENDS, why: "daily-limit" }
    );
    assert_eq!(order(&balancer.plan(&pool, &ASK, DAY_ENDS)), [0, 1]);
    assert_eq!(balancer.spent("a", DAY_ENDS), crate::Spend::default());
}

/// failover §4, daily limit; §3.9
#[test]
fn all_at_a_limit_of_some_kind_is_429_and_no_daily_limit_is_overruled() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b", "c"]);
    spent(&mut balancer, &mut pool, 0);
    limited(&mut balancer, &pool, 1, START + 90_000);
    attempt(&mut balancer, &pool, 2, &Outcome::QuotaSpent { until: None }, START);
    let refused = balancer.plan(&pool, &ASK, START).when_empty;
    assert!(matches!(refused, Some(AllOut::Refuse { status: 429, code: "all_members_limited", .. })), "{refused:?}");
    // One that rests by a guess for longer than its day is as little to be forced.
    pool.members.truncate(1);
    let mut balancer = Balancer::default();
    spent(&mut balancer, &mut pool, 0);
    let near = DAY_ENDS - 60_000;
    let mut unlimited = pool.clone();
    unlimited.members[0].daily = crate::DailyLimit::default();
    attempt(&mut balancer, &unlimited, 0, &Outcome::ModelUnavailable, near);
    assert!(balancer.plan(&pool, &ASK, near).order.is_empty());
    assert_eq!(balancer.plan(&unlimited, &ASK, near).order, [Candidate { member: 0, forced: true }]);
}

/// failover §4, daily limit; §3.9a
#[test]
fn a_day_that_ends_within_ten_seconds_is_waited_for() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a"]);
    spent(&mut balancer, &mut pool, 0);
    assert_eq!(balancer.plan(&pool, &ASK, DAY_ENDS - 10_000).when_empty, Some(AllOut::Wait { until: DAY_ENDS }));
}
