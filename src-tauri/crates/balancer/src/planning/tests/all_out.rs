//! What happens to a request when nobody is left to ask (failover §3.9).

use super::*;

/// failover §3.9a
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

/// failover §3.9b
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

/// failover §3.9b
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

/// failover §3.9c
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

/// failover §3.7, §3.9c
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

/// failover §3.8, §3.9a
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

/// failover §3.4, §3.9b
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

/// failover §3.9a: due within 10 s, and not later
#[test]
fn a_member_that_is_due_later_than_in_ten_seconds_is_not_waited_for() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a"]);
    limited(&mut balancer, &pool, 0, START + 10_001);
    let when_empty = balancer.plan(&pool, &ASK, START).when_empty;
    assert!(matches!(when_empty, Some(AllOut::Refuse { status: 429, retry_after_s: Some(11), .. })), "{when_empty:?}");
    let when_empty = balancer.plan(&pool, &ASK, START + 1).when_empty;
    assert_eq!(when_empty, Some(AllOut::Wait { until: START + 10_001 }));
}
