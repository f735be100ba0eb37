//! Plans: order and skips.

mod accounts;
mod all_out;
mod daily_limit;
mod pin;

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

/// failover §4, failover
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

/// failover §4, roundrobin and weighted
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

/// failover §4, exactness
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

/// failover §4: only first picks move the wheel; §3.7, `count_tokens`
#[test]
fn a_request_that_only_looks_does_not_move_the_wheel() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]);
    let look = Ask { moves_wheel: false, ..ASK };
    assert_eq!(order(&balancer.plan(&pool, &look, START)), [0, 1]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1]);
    assert_eq!(order(&balancer.plan(&pool, &look, START)), [1, 0]);
}

/// failover §4: a repeated name counts for its share; a plan holds it once
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

/// failover §3.13
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

/// failover §3.12
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

/// failover §3.8, §4
#[test]
fn under_failover_a_member_whose_breaker_is_due_keeps_its_place() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    broken(&mut balancer, &pool, 0, START);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 29_999)), [1]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 30_000)), [0, 1]);
}

/// failover §3.8, §4: probes move no wheel
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

/// failover §3.8: a target with one member has no breaker
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

/// failover §3.8: shared by all balancers
#[test]
fn health_is_shared_by_the_balancers_that_reach_a_target() {
    let mut balancer = Balancer::default();
    let (one, mut other) = (failover(&["a", "b"]), failover(&["c", "a"]));
    other.name = "other".into();
    limited(&mut balancer, &one, 0, START + 60_000);
    assert_eq!(order(&balancer.plan(&other, &ASK, START)), [0]);
}

/// failover §3.7
#[test]
fn what_refers_to_kept_state_goes_only_to_the_account_that_made_it() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b", "c"]);
    pool.members[2].key.credential = pool.members[1].key.credential.clone();
    balancer.state_made("resp_1", &pool.members[1].key, START);
    let maker = balancer.maker_of(&["resp_1".to_owned()]);
    let ask = Ask { made_by: maker.as_ref(), ..ASK };
    let plan = balancer.plan(&pool, &ask, START);
    assert_eq!(order(&plan), [1, 2], "another model of the account will do");
    assert_eq!((plan.skips[0].member, &plan.skips[0].why), (0, &SkipReason::OtherAccount));
    // The same credential at another address is another account.
    pool.members[2].key.base_url = "https://elsewhere.test".into();
    assert_eq!(order(&balancer.plan(&pool, &ask, START)), [1]);
}

/// failover §3.7
#[test]
fn state_of_an_account_that_is_not_in_the_pool_makes_the_request_the_callers_fault() {
    let mut balancer = Balancer::default();
    let elsewhere = crate::Account::from(&crate::sample::key("elsewhere"));
    let ask = Ask { made_by: Some(&elsewhere), ..ASK };
    let mut pool = failover(&["a", "b"]);
    let refused = |plan: Plan| match plan.when_empty {
        Some(AllOut::Refuse { status, code, retry_after_s: None, .. }) => (status, code),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(balancer.plan(&pool, &ask, START)), (400, "no_member_for_request"));
    // A member without a key may turn out to be that account.
    pool.members[0].unready = Some(Unready::NeedsCredential);
    assert_eq!(refused(balancer.plan(&pool, &ask, START)), (503, "no_member_for_request"));
}

/// failover §3.8: a member beside others that can't serve stands alone
#[test]
fn beside_members_that_cannot_be_tried_there_is_no_breaker() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b", "c"]);
    pool.members[1].unready = Some(Unready::Missing);
    pool.members[2].key = pool.members[0].key.clone();
    broken(&mut balancer, &pool, 0, START);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0]);
    pool.members[1].unready = None;
    broken(&mut balancer, &pool, 0, START);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [1]);
}

/// failover §3.8: per base URL, credential and model, shared by all balancers
#[test]
fn a_breaker_opens_for_all_balancers_and_for_one_model_only() {
    let mut balancer = Balancer::default();
    let one = failover(&["a", "b"]);
    let mut other = Pool { name: "other".into(), ..failover(&["a", "a-small", "c"]) };
    other.members[1].key = crate::TargetKey { model: "a-small".into(), ..other.members[0].key.clone() };
    broken(&mut balancer, &one, 0, START);
    let plan = balancer.plan(&other, &ASK, START);
    assert_eq!(order(&plan), [1, 2]);
    assert_eq!((plan.skips[0].member, &plan.skips[0].why), (0, &SkipReason::BreakerOpen));
}

/// failover §4: a skipped member's share is spread over the others by weight, and not made up for later
#[test]
fn a_skipped_members_share_goes_to_the_others_by_weight_and_is_not_made_up_for() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::Weighted, &[("a", 70), ("b", 20), ("c", 10)]);
    let placed = |balancer: &mut Balancer, times: usize, now: u64| {
        let mut counts = [0; 3];
        for _ in 0..times {
            counts[order(&balancer.plan(&pool, &ASK, now))[0]] += 1;
        }
        counts
    };
    assert_eq!(placed(&mut balancer, 100, START), [70, 20, 10]);
    limited(&mut balancer, &pool, 0, START + 60_000);
    assert_eq!(placed(&mut balancer, 30, START), [0, 20, 10]);
    assert_eq!(placed(&mut balancer, 100, START + 60_000), [70, 20, 10]);
}

/// failover §4: fallbacks move no wheel
#[test]
fn a_request_that_is_planned_again_does_not_move_the_wheel() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1, 2]);
    for _ in 0..3 {
        assert_eq!(order(&balancer.plan_after(&pool, &ASK, &[0], START)), [1, 2]);
    }
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [1, 2, 0]);
}

/// What the user takes out to see a failover.
#[test]
fn a_member_that_was_taken_out_is_back_after_a_minute_at_most_or_at_once() {
    let pool = failover(&["a", "b"]);
    let mut balancer = Balancer::default();
    let key = pool.members[0].key.clone();
    balancer.take_out(&key, START + 3_600_000, START);
    let plan = balancer.plan(&pool, &ASK, START);
    assert_eq!(order(&plan), [1]);
    assert_eq!((&plan.skips[0].why, plan.skips[0].until), (&SkipReason::TakenOut, Some(START + 60_000)));
    let refused = balancer.admit(&pool, &Candidate { member: 0, forced: true }, START).unwrap_err();
    assert_eq!(refused.why, SkipReason::TakenOut, "not even as a last resort");
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 60_000)), [0, 1]);

    balancer.take_out(&key, START + 90_000, START + 60_000);
    assert_eq!(balancer.snapshot(START + 60_000), Balancer::default().snapshot(START + 60_000), "a restart forgets it");
    balancer.try_now(&key);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 60_000)), [0, 1]);
}
