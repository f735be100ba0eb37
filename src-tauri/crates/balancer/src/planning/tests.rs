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

/// failover §4, pin
#[test]
fn a_pinned_member_comes_first_and_the_others_follow_by_the_policy() {
    for (policy, rest) in [
        (Policy::Failover, [[2, 0, 1], [2, 0, 1]]),
        (Policy::RoundRobin, [[2, 0, 1], [2, 0, 1]]),
        (Policy::Weighted, [[2, 1, 0], [2, 1, 0]]),
    ] {
        let mut balancer = Balancer::default();
        let pool = pool(policy, &[("a", 1), ("b", 5), ("c", 3)]);
        balancer.pin(&pool.name, Some("c"));
        for expected in rest {
            let plan = balancer.plan(&pool, &ASK, START);
            assert_eq!((order(&plan), plan.stuck), (expected.to_vec(), false), "{policy:?}");
            assert!(plan.skips.is_empty());
        }
    }
}

/// failover §4, pin
#[test]
fn a_pin_does_not_move_the_wheel_and_unpinned_the_policy_goes_on() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START))[0], 0);
    balancer.pin(&pool.name, Some("a"));
    for _ in 0..4 {
        assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1, 2]);
    }
    balancer.pin(&pool.name, None);
    assert_eq!(balancer.pinned(&pool.name), None);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START))[0], 1);
}

/// failover §4, pin
#[test]
fn a_pinned_member_that_is_out_leaves_the_pool_to_the_policy_until_it_is_back() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    balancer.pin(&pool.name, Some("c"));
    limited(&mut balancer, &pool, 2, START + 60_000);
    let firsts: Vec<_> = (0..3).map(|_| order(&balancer.plan(&pool, &ASK, START))[0]).collect();
    assert_eq!(firsts, [0, 1, 0]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 60_000))[0], 2);
}

/// failover §4, pin
#[test]
fn a_pin_to_a_member_that_is_not_in_the_pool_or_cannot_be_tried_is_ignored() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b"]);
    balancer.pin(&pool.name, Some("elsewhere"));
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1]);
    balancer.pin(&pool.name, Some("b"));
    pool.members[1].unready = Some(Unready::Broken);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0]);
}

#[test]
fn a_pin_wins_over_the_conversation_and_over_the_estimated_size() {
    let mut balancer = Balancer::default();
    let mut pool = Pool { sticky: true, ..pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]) };
    pool.members[1].context_limit = Some(1);
    let turn = Ask { conversation: Some(crate::Conversation { key: 1, continues: true }), ..ASK };
    balancer.settle(&pool, &turn, 0, START);
    balancer.pin(&pool.name, Some("b"));
    let plan = balancer.plan(&pool, &turn, START);
    assert_eq!((order(&plan), plan.stuck), (vec![1, 0], false));
}

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

/// failover §3.9b: a server in trouble knows no better than we when it will be well
#[test]
fn a_servers_advice_to_wait_leaves_no_request_unanswered() {
    for outcome in
        [Outcome::Overloaded { until: Some(START + 90_000) }, Outcome::ServerError { until: Some(START + 90_000) }]
    {
        let mut balancer = Balancer::default();
        let alone = failover(&["a"]);
        attempt(&mut balancer, &alone, 0, &outcome, START);
        assert_eq!(
            balancer.plan(&alone, &ASK, START).order,
            [Candidate { member: 0, forced: true }],
            "nobody else can be asked"
        );
        let two = failover(&["a", "b"]);
        let plan = balancer.plan(&two, &ASK, START);
        assert_eq!(order(&plan), [1], "where another can be asked, the advice holds");
        assert_eq!(plan.skips[0].until, Some(START + 90_000));
    }
}

/// failover §3.9a
#[test]
fn advice_that_is_due_within_ten_seconds_is_waited_for_also_by_a_member_alone() {
    let mut balancer = Balancer::default();
    let alone = failover(&["a"]);
    attempt(&mut balancer, &alone, 0, &Outcome::Overloaded { until: Some(START + 4_000) }, START);
    assert_eq!(balancer.plan(&alone, &ASK, START).when_empty, Some(AllOut::Wait { until: START + 4_000 }));
}

/// failover §3.9: whom a last resort tries just now may be well in a moment
#[test]
fn a_member_that_another_request_tries_as_a_last_resort_is_waited_for() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    broken(&mut balancer, &pool, 0, START);
    attempt(&mut balancer, &pool, 0, &Outcome::Overloaded { until: Some(START + 90_000) }, START);
    attempt(&mut balancer, &pool, 1, &Outcome::CredentialRejected, START);
    let resort = balancer.plan(&pool, &ASK, START).order[0];
    assert_eq!(resort, Candidate { member: 0, forced: true });
    let probe = balancer.admit(&pool, &resort, START).unwrap();
    assert_eq!(balancer.plan(&pool, &ASK, START).when_empty, Some(AllOut::Wait { until: START + 1_000 }));
    assert!(balancer.admit(&pool, &resort, START).is_err(), "never two at once");
    let Some(AllOut::Refuse { status: 503, retry_after_s: Some(1), .. }) =
        balancer.plan_at_once(&pool, &ASK, START).when_empty
    else {
        panic!("a request that can't wait is refused");
    };
    balancer.conclude(probe, &Outcome::Served, START, 0.0);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0]);
}
