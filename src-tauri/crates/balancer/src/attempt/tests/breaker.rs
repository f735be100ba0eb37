//! What the ends of attempts do to the breaker (failover §3.8).

use super::*;

/// failover §2 and §3.8: what counts
#[test]
fn only_breaker_failures_open_the_breaker() {
    let opens = [
        (BROKEN, true),
        (Outcome::Overloaded { until: None }, true),
        (Outcome::Unreachable(Unreached::Reset), true),
        (Outcome::Truncated, true),
        (Outcome::CallerFault, false),
        (Outcome::ContentRefused, false),
        (Outcome::ContextTooLong, false),
        (Outcome::Cancelled, false),
        (Outcome::Served, false),
    ];
    for (outcome, opens) in opens {
        let mut balancer = Balancer::default();
        let pool = failover(&["a", "b"]);
        together(&mut balancer, &pool, &outcome, 3, START);
        let open = balancer.availability(&pool, 0, START) == Availability::Open { until: START + 30_000 };
        assert_eq!(open, opens, "{outcome:?}");
    }
}

/// failover §3.8: decided at commit; one probe at a time
#[test]
fn a_probe_decides_at_commit() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    together(&mut balancer, &pool, &BROKEN, 3, START);
    let due = START + 30_000;
    let probe = balancer.admit(&pool, &FIRST, due).unwrap();
    assert_eq!(balancer.admit(&pool, &FIRST, due).unwrap_err().why, SkipReason::Probing);
    assert_eq!(balancer.availability(&pool, 0, due), Availability::Probing);
    let change = balancer.commit(&probe, due).unwrap();
    assert_eq!((change.before, change.after), (Availability::Probing, Availability::Ready));
    assert_eq!(balancer.commit(&probe, due), None);
    assert!(balancer.admit(&pool, &FIRST, due).is_ok());
    assert_eq!(balancer.conclude(probe, &Outcome::Served, due, 0.0), None);
}

/// failover §3.8: content closes, a failure reopens, 429 closes and cools, a no-mark end gives the permit back
#[test]
fn how_a_probe_ends_decides_what_the_breaker_does() {
    let due = START + 30_000;
    let table = [
        (BROKEN, Availability::Open { until: due + 60_000 }),
        (Outcome::Unreachable(Unreached::Refused), Availability::Open { until: due + 60_000 }),
        (Outcome::TimedOut(Stage::FirstContent), Availability::Cooling { until: due + 60_000, why: "timed-out" }),
        (Outcome::Served, Availability::Ready),
        (limited(Some(due + 9_000)), Availability::Cooling { until: due + 9_000, why: "rate-limited" }),
        (Outcome::CallerFault, Availability::Ready),
        (Outcome::Cancelled, Availability::Ready),
    ];
    for (outcome, after) in table {
        let mut balancer = Balancer::default();
        let pool = failover(&["a", "b"]);
        together(&mut balancer, &pool, &BROKEN, 3, START);
        let probe = balancer.admit(&pool, &FIRST, due).unwrap();
        balancer.conclude(probe, &outcome, due, 0.0);
        assert_eq!(balancer.availability(&pool, 0, due), after, "{outcome:?}");
    }
}

/// failover §3.8: 429 and 402 close; a no-mark end gives the permit back
#[test]
fn a_limited_probe_closes_and_a_cancelled_one_leaves_the_doubt() {
    let due = START + 30_000;
    let ends = [
        (limited(Some(due + 1_000)), true),
        (Outcome::QuotaSpent { until: Some(due + 1_000) }, true),
        (Outcome::Cancelled, false),
        (Outcome::ContextTooLong, false),
    ];
    for (outcome, closed) in ends {
        let mut balancer = Balancer::default();
        let pool = failover(&["a", "b"]);
        together(&mut balancer, &pool, &BROKEN, 3, START);
        let probe = balancer.admit(&pool, &FIRST, due).unwrap();
        balancer.conclude(probe, &outcome, due, 0.0);
        let later = due + 2_000;
        let first = balancer.admit(&pool, &FIRST, later).unwrap();
        assert_eq!(balancer.admit(&pool, &FIRST, later).is_ok(), closed, "{outcome:?}");
        balancer.release(first);
    }
}

/// failover §3.8: the permit gives itself back
#[test]
fn a_released_probe_is_free_for_the_next() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    together(&mut balancer, &pool, &BROKEN, 3, START);
    let due = START + 30_000;
    for _ in 0..3 {
        let probe = balancer.admit(&pool, &FIRST, due).unwrap();
        balancer.release(probe);
    }
    assert_eq!(balancer.availability(&pool, 0, due), Availability::Ready);
}

/// failover §3.8, §3.9b
#[test]
fn an_open_breaker_that_is_tried_all_the_same_has_one_probe_too() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    together(&mut balancer, &pool, &BROKEN, 3, START);
    let forced = Candidate { member: 0, forced: true };
    assert_eq!(balancer.admit(&pool, &FIRST, START).unwrap_err().why, SkipReason::BreakerOpen);
    let probe = balancer.admit(&pool, &forced, START).unwrap();
    assert_eq!(balancer.admit(&pool, &forced, START).unwrap_err().why, SkipReason::Probing);
    balancer.conclude(probe, &Outcome::Served, START, 0.0);
    assert_eq!(balancer.availability(&pool, 0, START), Availability::Ready);
}

/// failover §3.8
#[test]
fn old_news_neither_closes_nor_opens() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    let (good, bad) = (balancer.admit(&pool, &FIRST, START).unwrap(), balancer.admit(&pool, &FIRST, START).unwrap());
    together(&mut balancer, &pool, &BROKEN, 3, START);
    let open = Availability::Open { until: START + 30_000 };
    balancer.commit(&good, START + 1_000);
    assert_eq!(balancer.availability(&pool, 0, START + 1_000), open);
    balancer.conclude(bad, &BROKEN, START + 2_000, 0.0);
    assert_eq!(balancer.availability(&pool, 0, START + 2_000), open);
    balancer.conclude(good, &Outcome::Served, START + 3_000, 0.0);
    assert_eq!(balancer.availability(&pool, 0, START + 3_000), open);
}

/// failover §3.3: counted on the breaker
#[test]
fn a_stream_that_dies_after_content_counts_as_one_failure_and_no_success() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    // Were the content of the three counted as successes too, three failures of eight would not open it.
    together(&mut balancer, &pool, &Outcome::Served, 2, START);
    for at in 0..3 {
        let now = START + at;
        let permit = balancer.admit(&pool, &FIRST, now).unwrap();
        balancer.commit(&permit, now);
        balancer.conclude(permit, &Outcome::Truncated, now, 0.0);
    }
    assert_eq!(balancer.availability(&pool, 0, START + 3), Availability::Open { until: START + 2 + 30_000 });
}

/// failover §3.8: it cannot wedge
#[test]
fn a_cleared_breaker_forgets_the_probe_that_is_still_under_way() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    together(&mut balancer, &pool, &BROKEN, 3, START);
    let due = START + 30_000;
    let probe = balancer.admit(&pool, &FIRST, due).unwrap();
    balancer.try_now(&key("a"));
    together(&mut balancer, &pool, &BROKEN, 3, due);
    balancer.release(probe);
    assert_eq!(balancer.availability(&pool, 0, due), Availability::Open { until: due + 30_000 });
    assert!(balancer.admit(&pool, &FIRST, due + 30_000).is_ok());
}

/// failover §3.8: `circuit_breaker_enabled`
#[test]
fn a_breaker_that_is_switched_off_never_opens() {
    let mut balancer = Balancer::default();
    let mut off = member("a", 1);
    off.breaker.enabled = false;
    let pool = Pool {
        name: "off".into(),
        policy: Policy::Failover,
        members: vec![off, member("b", 1)],
        sticky: false,
        failback: Failback::default(),
    };
    together(&mut balancer, &pool, &BROKEN, 10, START);
    assert_eq!(balancer.availability(&pool, 0, START), Availability::Ready);
}

/// failover §3.10
#[test]
fn the_networks_return_closes_what_only_the_outage_had_opened_and_names_it() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b", "c"]);
    let outcomes = [Outcome::Unreachable(Unreached::Dns), Outcome::Unreachable(Unreached::Reset), BROKEN];
    for (place, outcome) in outcomes.iter().enumerate() {
        let candidate = Candidate { member: place, forced: false };
        let permits: Vec<_> = (0..3).map(|_| balancer.admit(&pool, &candidate, START).unwrap()).collect();
        for permit in permits {
            balancer.conclude(permit, outcome, START, 0.0);
        }
    }
    assert_eq!(balancer.network_back(START), [key("a"), key("b")]);
    let open = [0, 1, 2].map(|place| balancer.availability(&pool, place, START) != Availability::Ready);
    assert_eq!(open, [false, false, true]);
    assert!(balancer.network_back(START).is_empty());
}

/// failover §3.10: permits are released instead of concluded
#[test]
fn an_exchange_without_a_network_marks_nobody() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    for _ in 0..10 {
        for place in 0..2 {
            let permit = balancer.admit(&pool, &Candidate { member: place, forced: false }, START).unwrap();
            balancer.release(permit);
        }
    }
    assert_eq!(balancer.snapshot(START), crate::Snapshot::default());
}
