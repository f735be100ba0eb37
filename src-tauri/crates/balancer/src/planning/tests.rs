//! Plans: order, skips, and what happens when all are out.

use mainstay_dialects::Dialect;

use crate::{
    AllOut, Ask, Balancer, Candidate, Outcome, Plan, Policy, Pool, Scope, SkipReason, Unready,
    sample::{ASK, START, failover, pool},
};

fn order(plan: &Plan) -> Vec<usize> {
    plan.order.iter().map(|candidate| candidate.member).collect()
}

/// An attempt on a member, from admission to its end.
fn attempt(balancer: &mut Balancer, pool: &Pool, member: usize, outcome: &Outcome, now: u64) {
    let permit = balancer.admit(pool, &Candidate { member, forced: true }, now).unwrap();
    balancer.conclude(permit, outcome, now, 0.0);
}

fn limited(balancer: &mut Balancer, pool: &Pool, member: usize, until: u64) {
    attempt(balancer, pool, member, &Outcome::RateLimited { scope: Scope::Model, until: Some(until) }, START);
}

fn broken(balancer: &mut Balancer, pool: &Pool, member: usize, now: u64) {
    // Each on its own: once the breaker is open, a further attempt would be its probe.
    let permits: Vec<_> =
        (0..3).map(|_| balancer.admit(pool, &Candidate { member, forced: false }, now).unwrap()).collect();
    for permit in permits {
        balancer.conclude(permit, &Outcome::ServerError { until: None }, now, 0.0);
    }
}

#[test]
fn failover_starts_at_the_top_every_time() {
    let pool = failover(&["a", "b", "c"]);
    let mut balancer = Balancer::default();
    for _ in 0..3 {
        let plan = balancer.plan(&pool, &ASK, START);
        assert_eq!(order(&plan), [0, 1, 2]);
        assert!(plan.skips.is_empty() && plan.when_empty.is_none());
        assert!(plan.order.iter().all(|candidate| !candidate.forced));
    }
}

#[test]
fn round_robin_goes_on_in_turn_and_weighted_by_weight() {
    let mut balancer = Balancer::default();
    let turns = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    let orders: Vec<_> = (0..4).map(|_| order(&balancer.plan(&turns, &ASK, START))).collect();
    assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
    let weights = pool(Policy::Weighted, &[("a", 1), ("b", 5), ("c", 3)]);
    let orders: Vec<_> = (0..2).map(|_| order(&balancer.plan(&weights, &ASK, START))).collect();
    assert_eq!(orders, [[1, 2, 0], [2, 1, 0]]);
}

#[test]
fn nine_requests_over_three_are_three_each() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    let mut counts = [0; 3];
    for _ in 0..9 {
        counts[order(&balancer.plan(&pool, &ASK, START))[0]] += 1;
    }
    assert_eq!(counts, [3, 3, 3]);
}

#[test]
fn a_request_that_only_looks_does_not_move_the_wheel() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]);
    let look = Ask { moves_wheel: false, ..ASK };
    assert_eq!(order(&balancer.plan(&pool, &look, START)), [0, 1]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1]);
    assert_eq!(order(&balancer.plan(&pool, &look, START)), [1, 0]);
}

#[test]
fn a_repeated_name_stands_once_in_a_plan() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("a", 1)]);
    let plan = balancer.plan(&pool, &ASK, START);
    assert_eq!(order(&plan), [0, 1]);
    assert_eq!(plan.skips.len(), 1);
    assert_eq!((plan.skips[0].member, &plan.skips[0].why), (2, &SkipReason::Repeated));
    balancer.plan(&pool, &ASK, START);
    let plan = balancer.plan(&pool, &ASK, START);
    assert_eq!(order(&plan), [2, 1]);
    assert_eq!(plan.skips[0].member, 0);
}

#[test]
fn who_is_out_is_skipped_with_its_reason_and_instant() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b", "c", "d", "e"]);
    pool.members[2].unready = Some(Unready::NeedsCredential);
    pool.members[3].dialect = Dialect::Anthropic;
    limited(&mut balancer, &pool, 0, START + 60_000);
    broken(&mut balancer, &pool, 1, START);
    let plan = balancer.plan(
        &pool,
        &Ask { needs: &[mainstay_dialects::Need { what: "tools", elsewhere: &[] }], ..ASK },
        START,
    );
    assert_eq!(order(&plan), [4]);
    let skips: Vec<_> = plan.skips.iter().map(|skip| (skip.member, skip.why.clone(), skip.until)).collect();
    assert_eq!(
        skips,
        [
            (0, SkipReason::Cooling("rate-limited"), Some(START + 60_000)),
            (1, SkipReason::BreakerOpen, Some(START + 30_000)),
            (2, SkipReason::Unready(Unready::NeedsCredential), None),
            (3, SkipReason::OtherDialect(vec!["tools"]), None),
        ]
    );
    assert!(plan.skips.iter().all(|skip| !skip.why.describe().is_empty()));
}

#[test]
fn a_request_too_big_for_a_member_has_it_last_and_not_out() {
    for policy in [Policy::Failover, Policy::RoundRobin, Policy::Weighted] {
        let mut balancer = Balancer::default();
        let mut pool = pool(policy, &[("a", 9), ("b", 1), ("c", 1)]);
        pool.members[0].context_limit = Some(1_000);
        for _ in 0..4 {
            assert_eq!(order(&balancer.plan(&pool, &Ask { tokens: 1_001, ..ASK }, START))[2], 0, "{policy:?}");
        }
        pool.members[1].context_limit = Some(1_000);
        pool.members[2].context_limit = Some(1_000);
        assert_eq!(order(&balancer.plan(&pool, &Ask { tokens: 1_000, ..ASK }, START))[0], 0, "{policy:?}");
        assert_eq!(balancer.plan(&pool, &Ask { tokens: 1_001, ..ASK }, START).order.len(), 3);
    }
}

#[test]
fn under_failover_a_member_whose_breaker_is_due_keeps_its_place() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    broken(&mut balancer, &pool, 0, START);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 29_999)), [1]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 30_000)), [0, 1]);
}

#[test]
fn under_a_wheel_a_probe_comes_first_once_and_moves_nothing() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    broken(&mut balancer, &pool, 2, START);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1]);
    let later = START + 30_000;
    let plan = balancer.plan(&pool, &ASK, later);
    assert_eq!(order(&plan), [2, 1, 0]);
    let probe = balancer.admit(&pool, &plan.order[0], later).unwrap();
    let meanwhile = balancer.plan(&pool, &ASK, later);
    assert_eq!(order(&meanwhile), [1, 0]);
    assert_eq!(meanwhile.skips[0].why, SkipReason::Probing);
    balancer.conclude(probe, &Outcome::Served, later, 0.0);
    assert_eq!(order(&balancer.plan(&pool, &ASK, later)), [2, 0, 1]);
}

#[test]
fn all_out_and_one_due_soon_is_waited_for() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    limited(&mut balancer, &pool, 0, START + 20_000);
    limited(&mut balancer, &pool, 1, START + 10_000);
    let plan = balancer.plan(&pool, &ASK, START);
    assert_eq!(plan.when_empty, Some(AllOut::Wait { until: START + 10_000 }));
    assert_eq!(plan.skips.len(), 2);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 10_000)), [1]);
    let Some(AllOut::Refuse { status: 429, retry_after_s: Some(10), .. }) =
        balancer.plan_at_once(&pool, &ASK, START).when_empty
    else {
        panic!("a request that can't wait is refused");
    };
}

#[test]
fn all_out_by_guess_are_tried_once_each_soonest_first() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b", "c"]);
    attempt(&mut balancer, &pool, 0, &Outcome::TimedOut(crate::Stage::FirstContent), START);
    attempt(&mut balancer, &pool, 1, &Outcome::RateLimited { scope: Scope::Model, until: None }, START);
    attempt(&mut balancer, &pool, 2, &Outcome::QuotaSpent { until: None }, START);
    let plan = balancer.plan(&pool, &ASK, START);
    assert_eq!(plan.order, [Candidate { member: 1, forced: true }, Candidate { member: 0, forced: true }]);
    assert_eq!(plan.skips.len(), 1);
    assert_eq!(plan.skips[0].why, SkipReason::Cooling("quota-spent"));
    assert!(balancer.admit(&pool, &plan.order[0], START).is_ok());
    assert!(balancer.admit(&pool, &Candidate { member: 1, forced: false }, START).is_err());
    assert!(balancer.admit(&pool, &Candidate { member: 2, forced: true }, START).is_err());
}

#[test]
fn a_providers_own_reset_is_never_overruled() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a"]);
    limited(&mut balancer, &pool, 0, START + 40_500);
    // A guess that outlasts it does not hide it.
    let cause = Outcome::TimedOut(crate::Stage::FirstContent);
    let permit = {
        let mut other = Balancer::default();
        other.admit(&pool, &Candidate { member: 0, forced: false }, START).unwrap()
    };
    balancer.conclude(permit, &cause, START, 0.0);
    let plan = balancer.plan(&pool, &ASK, START);
    assert!(plan.order.is_empty());
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 40_500)), [0]);
}

#[test]
fn all_limited_is_429_with_the_wait_and_anything_else_503() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    limited(&mut balancer, &pool, 0, START + 60_000);
    attempt(&mut balancer, &pool, 1, &Outcome::QuotaSpent { until: None }, START);
    assert_eq!(
        balancer.plan(&pool, &ASK, START).when_empty,
        Some(AllOut::Refuse {
            status: 429,
            retry_after_s: Some(60),
            soonest: Some(START + 60_000),
            code: "all_members_limited"
        })
    );
    let mut balancer = Balancer::default();
    attempt(&mut balancer, &pool, 0, &Outcome::CredentialRejected, START);
    limited(&mut balancer, &pool, 1, START + 90_000);
    assert_eq!(
        balancer.plan(&pool, &ASK, START - 1_000).when_empty,
        Some(AllOut::Refuse {
            status: 503,
            retry_after_s: None,
            soonest: Some(START + 60_000),
            code: "all_members_out"
        })
    );
}

#[test]
fn nobody_who_could_serve_is_said_so() {
    let mut balancer = Balancer::default();
    let refusal = |balancer: &mut Balancer, pool: &Pool, ask: &Ask<'_>| match balancer.plan(pool, ask, START).when_empty
    {
        Some(AllOut::Refuse { status, retry_after_s: None, soonest: None, code }) => (status, code),
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(&mut balancer, &failover(&[]), &ASK), (503, "no_members"));
    let mut pool = failover(&["a", "b"]);
    pool.members[0].unready = Some(Unready::Missing);
    pool.members[1].unready = Some(Unready::NeedsCredential);
    assert_eq!(refusal(&mut balancer, &pool, &ASK), (503, "no_member_ready"));
    pool.members[1].unready = None;
    pool.members[1].dialect = Dialect::Gemini;
    assert_eq!(
        refusal(
            &mut balancer,
            &pool,
            &Ask { needs: &[mainstay_dialects::Need { what: "tools", elsewhere: &[] }], ..ASK }
        ),
        (503, "no_member_for_request")
    );
    pool.members.remove(0);
    assert_eq!(
        refusal(
            &mut balancer,
            &pool,
            &Ask { needs: &[mainstay_dialects::Need { what: "tools", elsewhere: &[] }], ..ASK }
        ),
        (400, "no_member_for_request")
    );
}

#[test]
fn a_probe_under_way_is_waited_for_when_it_is_all_there_is() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    broken(&mut balancer, &pool, 0, START);
    attempt(&mut balancer, &pool, 1, &Outcome::CredentialRejected, START);
    let later = START + 30_000;
    let probe = balancer.admit(&pool, &Candidate { member: 0, forced: false }, later).unwrap();
    assert_eq!(balancer.plan(&pool, &ASK, later).when_empty, Some(AllOut::Wait { until: later + 1_000 }));
    let Some(AllOut::Refuse { status: 503, retry_after_s: Some(1), .. }) =
        balancer.plan_at_once(&pool, &ASK, later).when_empty
    else {
        panic!("a request that can't wait is refused");
    };
    balancer.release(probe);
    assert_eq!(order(&balancer.plan(&pool, &ASK, later)), [0]);
}

#[test]
fn after_all_candidates_failed_the_others_are_a_last_resort() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b", "c"]);
    attempt(&mut balancer, &pool, 1, &Outcome::TimedOut(crate::Stage::FirstContent), START);
    limited(&mut balancer, &pool, 2, START + 90_000);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0]);
    let after = balancer.plan_after(&pool, &ASK, &[0], START);
    assert_eq!(after.order, [Candidate { member: 1, forced: true }]);
    let after = balancer.plan_after(&pool, &ASK, &[0, 1], START);
    assert!(matches!(after.when_empty, Some(AllOut::Refuse { status: 429, .. })));
    let after = balancer.plan_after(&pool, &ASK, &[0, 1, 2], START);
    assert!(matches!(after.when_empty, Some(AllOut::Refuse { status: 503, code: "all_members_out", .. })));
}

#[test]
fn a_single_profile_has_no_breaker() {
    let mut balancer = Balancer::default();
    let single = failover(&["a"]);
    for _ in 0..5 {
        attempt(&mut balancer, &single, 0, &Outcome::ServerError { until: None }, START);
    }
    assert_eq!(order(&balancer.plan(&single, &ASK, START)), [0]);
    let list = failover(&["a", "b"]);
    broken(&mut balancer, &list, 0, START);
    assert_eq!(order(&balancer.plan(&list, &ASK, START)), [1]);
    assert_eq!(order(&balancer.plan(&single, &ASK, START)), [0]);
}

#[test]
fn health_is_shared_by_the_balancers_that_reach_a_target() {
    let mut balancer = Balancer::default();
    let (one, mut other) = (failover(&["a", "b"]), failover(&["c", "a"]));
    other.name = "other".into();
    limited(&mut balancer, &one, 0, START + 60_000);
    assert_eq!(order(&balancer.plan(&other, &ASK, START)), [0]);
}
