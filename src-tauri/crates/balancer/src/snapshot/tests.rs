//! What a restart keeps, what it ends, and what a damaged file can't do.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Ask, Availability, BreakerRule, Candidate, Conversation, Outcome, Policy, Pool, Scope, Spend, Unreached,
    sample::{ASK, START, failover, key, member, pool},
};

const HOUR: Millis = 3_600_000;
const TURN: Ask<'static> = Ask { conversation: Some(Conversation { key: 7, continues: true }), ..ASK };

fn fail(balancer: &mut Balancer, pool: &Pool, member: usize, outcome: &Outcome, now: Millis) {
    let permit = balancer.admit(pool, &Candidate { member, forced: true }, now).unwrap();
    balancer.conclude(permit, outcome, now, 0.0);
}

fn limit(balancer: &mut Balancer, pool: &Pool, member: usize, until: Millis, now: Millis) {
    fail(balancer, pool, member, &Outcome::RateLimited { scope: Scope::Model, until: Some(until) }, now);
}

fn broken(balancer: &mut Balancer, pool: &Pool, member: usize, outcome: &Outcome, now: Millis) {
    let permits: Vec<_> =
        (0..3).map(|_| balancer.admit(pool, &Candidate { member, forced: false }, now).unwrap()).collect();
    for permit in permits {
        balancer.conclude(permit, outcome, now, 0.0);
    }
}

/// Through a file, into a new process, at `now`.
fn restarted(balancer: &Balancer, left: Millis, now: Millis) -> Balancer {
    let file = serde_json::to_vec(&balancer.snapshot(left)).unwrap();
    let mut after = Balancer::default();
    after.restore(serde_json::from_slice(&file).unwrap(), now);
    after
}

/// Everything that can be kept, of members a to d.
fn full() -> (Balancer, Pool) {
    let mut balancer = Balancer::default();
    let pool = Pool { sticky: true, ..pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1), ("d", 1)]) };
    limit(&mut balancer, &pool, 0, START + HOUR, START);
    fail(&mut balancer, &pool, 1, &Outcome::CredentialRejected, START);
    broken(&mut balancer, &pool, 2, &Outcome::ServerError { until: None }, START);
    balancer.settle(&pool, &TURN, 3, START);
    balancer.refuse_parameter(&key("a"), "seed");
    balancer.pin("elsewhere", Some("b"));
    balancer.charge("d", Spend { requests: 3, micro_usd: 40 }, START + HOUR, START);
    balancer.state_made("resp_1", &key("d"), START);
    (balancer, pool)
}

/// failover §3.11
#[test]
fn a_restart_keeps_what_holds_members_back_and_what_was_learned() {
    let (balancer, pool) = full();
    let later = START + 10_000;
    let mut after = restarted(&balancer, START, later);
    for member in 0..4 {
        assert_eq!(after.availability(&pool, member, later), balancer.availability(&pool, member, later), "{member}");
    }
    assert_eq!(after.rejections(&key("b")), 1);
    assert_eq!(after.refused(&key("a")), ["seed"]);
    assert_eq!(after.pinned("elsewhere"), Some("b"));
    assert_eq!(after.spent("d", later), Spend { requests: 3, micro_usd: 40 });
    assert_eq!(after.maker_of(&["resp_1".into()]), Some((&key("d")).into()));
    let plan = after.plan(&pool, &TURN, later);
    assert!(plan.stuck && plan.order[0].member == 3);
    assert_eq!(restarted(&balancer, START, START).snapshot(START), balancer.snapshot(START));
}

/// failover §3.11
#[test]
fn an_instant_that_passed_meanwhile_is_over() {
    let (balancer, pool) = full();
    let later = START + 2 * HOUR;
    let mut after = restarted(&balancer, START, later);
    assert!((0..4).all(|member| after.availability(&pool, member, later) == Availability::Ready));
    assert_eq!(after.spent("d", later), Spend::default());
    assert!(!after.plan(&pool, &TURN, later).stuck);
}

/// failover §3.11: remaining never more than the original length
#[test]
fn a_clock_set_back_between_two_processes_makes_no_wait_longer() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b", "c"]);
    limit(&mut balancer, &pool, 0, START + 50_000, START);
    broken(&mut balancer, &pool, 1, &Outcome::ServerError { until: None }, START);
    balancer.charge("a", Spend { requests: 1, micro_usd: 0 }, START + HOUR, START);
    let before = START - 365 * 24 * HOUR;
    let after = restarted(&balancer, START, before);
    let until = |member| match after.availability(&pool, member, before) {
        Availability::Cooling { until, .. } | Availability::Open { until } => until - before,
        _ => 0,
    };
    assert_eq!([until(0), until(1)], [50_000, 30_000]);
    assert_eq!(after.spent("a", before + HOUR), Spend::default());
}

/// failover §3.11
#[test]
fn growth_goes_on_after_a_restart() {
    let pool = failover(&["a", "b"]);
    let mut balancer = Balancer::default();
    fail(&mut balancer, &pool, 0, &Outcome::QuotaSpent { until: None }, START);
    let mut after = restarted(&balancer, START, START + HOUR);
    fail(&mut after, &pool, 0, &Outcome::QuotaSpent { until: None }, START + HOUR);
    let Availability::Cooling { until, .. } = after.availability(&pool, 0, START + HOUR) else { panic!() };
    assert_eq!(until, START + HOUR + 30 * 60_000);
}

/// failover §3.11
#[test]
fn a_probe_ends_with_its_process_and_the_next_request_is_one() {
    let pool = failover(&["a", "b"]);
    let mut balancer = Balancer::default();
    broken(&mut balancer, &pool, 0, &Outcome::ServerError { until: None }, START);
    let due = START + 30_000;
    let lost = balancer.admit(&pool, &Candidate { member: 0, forced: false }, due).unwrap();
    assert_eq!(balancer.availability(&pool, 0, due), Availability::Probing);
    let mut after = restarted(&balancer, due, due);
    let probe = after.admit(&pool, &Candidate { member: 0, forced: false }, due).unwrap();
    assert!(after.admit(&pool, &Candidate { member: 0, forced: true }, due).is_err());
    after.conclude(probe, &Outcome::ServerError { until: None }, due, 0.0);
    assert_eq!(after.availability(&pool, 0, due), Availability::Open { until: due + 60_000 }, "doubling goes on");
    balancer.release(lost);
}

#[test]
fn content_closes_and_refutes_what_was_taken_up() {
    let pool = failover(&["a", "b"]);
    let mut balancer = Balancer::default();
    broken(&mut balancer, &pool, 0, &Outcome::ServerError { until: None }, START);
    fail(&mut balancer, &pool, 1, &Outcome::RateLimited { scope: Scope::Model, until: None }, START);
    let mut after = restarted(&balancer, START, START);
    for member in 0..2 {
        let permit = after.admit(&pool, &Candidate { member, forced: true }, START).unwrap();
        after.conclude(permit, &Outcome::Served, START, 0.0);
        assert_eq!(after.availability(&pool, member, START), Availability::Ready);
    }
}

/// failover §3.10, §3.11
#[test]
fn what_only_an_outage_had_opened_is_still_known_as_that() {
    let pool = failover(&["a", "b"]);
    let mut balancer = Balancer::default();
    broken(&mut balancer, &pool, 0, &Outcome::Unreachable(Unreached::Dns), START);
    let mut after = restarted(&balancer, START, START);
    assert_eq!(after.network_back(START), [key("a")]);
    assert_eq!(after.availability(&pool, 0, START), Availability::Ready);
}

/// failover §3.11
#[test]
fn nothing_of_a_callers_own_credential_is_written_down() {
    let mut balancer = Balancer::default();
    let mut pool = Pool { sticky: true, ..pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]) };
    for member in &mut pool.members {
        member.key.credential = "caller:0123456789".into();
    }
    let permits: Vec<_> =
        (0..2).map(|_| balancer.admit(&pool, &Candidate { member: 0, forced: false }, START).unwrap()).collect();
    for (permit, outcome) in permits.into_iter().zip([Outcome::QuotaSpent { until: None }, Outcome::CredentialRejected])
    {
        balancer.conclude(permit, &outcome, START, 0.0);
    }
    balancer.settle(&pool, &TURN, 1, START);
    balancer.refuse_parameter(&pool.members[0].key, "seed");
    balancer.state_made("resp_1", &pool.members[0].key, START);
    assert_eq!(balancer.snapshot(START), Snapshot::default());
    // Nor believed, should a file hold it.
    let file = serde_json::to_string(&full().0.snapshot(START)).unwrap();
    for name in ["a-key", "b-key", "c-key", "d-key"] {
        assert!(file.contains(name));
    }
    let file = ["a-key", "b-key", "c-key", "d-key"].iter().fold(file, |file, name| file.replace(name, "caller:x"));
    let mut after = Balancer::default();
    after.restore(serde_json::from_str(&file).unwrap(), START);
    let left = after.snapshot(START);
    assert_eq!((left.health, left.refused, left.makers), Default::default());
    assert_eq!(left.conversations, KeptConversations::default());
}

/// failover §3.11: cooldowns never shorten
#[test]
fn taking_up_shortens_nothing_that_this_process_has_learned() {
    let pool = failover(&["a", "b"]);
    let mut earlier = Balancer::default();
    limit(&mut earlier, &pool, 0, START + 20_000, START);
    limit(&mut earlier, &pool, 1, START + 40_000, START);
    let mut balancer = Balancer::default();
    limit(&mut balancer, &pool, 0, START + 30_000, START);
    limit(&mut balancer, &pool, 1, START + 30_000, START);
    balancer.restore(earlier.snapshot(START), START);
    let until = |member| match balancer.availability(&pool, member, START) {
        Availability::Cooling { until, .. } => until - START,
        other => panic!("{other:?}"),
    };
    assert_eq!([until(0), until(1)], [30_000, 40_000]);
}

#[test]
fn a_code_that_no_outcome_has_is_dropped() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    limit(&mut balancer, &pool, 0, START + HOUR, START);
    let file = serde_json::to_string(&balancer.snapshot(START)).unwrap().replace("rate-limited", "of-tomorrow");
    let mut after = Balancer::default();
    after.restore(serde_json::from_str(&file).unwrap(), START);
    assert_eq!(after.availability(&pool, 0, START), Availability::Ready);
}

#[test]
fn fields_that_are_missing_unknown_or_broken_leave_the_rest_whole() {
    let (balancer, pool) = full();
    let whole = serde_json::to_value(balancer.snapshot(START)).unwrap();
    assert_eq!(serde_json::from_value::<Snapshot>(json!({})).unwrap(), Snapshot::default());
    let mut file = whole.clone();
    file["of tomorrow"] = json!({"x": 1});
    file["pins"] = json!([1, 2]);
    file["spend"][0]["ends"] = json!("soon");
    file["makers"] = json!(null);
    file["health"]["targets"].as_array_mut().unwrap().extend([json!(5), json!({"key": 1}), json!({})]);
    file["health"]["targets"][0]["more"] = json!(true);
    let mut after = Balancer::default();
    after.restore(serde_json::from_value(file).unwrap(), START);
    for member in 0..4 {
        assert_eq!(after.availability(&pool, member, START), balancer.availability(&pool, member, START), "{member}");
    }
    assert_eq!(after.pinned("elsewhere"), None);
    assert_eq!(after.spent("d", START), Spend::default());
    assert_eq!(after.refused(&key("a")), ["seed"]);
}

/// Replaces the value at one place of a tree by another.
fn damage(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(list) => list.iter_mut().for_each(|item| damage(item, at, with)),
        Value::Object(fields) => fields.values_mut().for_each(|field| damage(field, at, with)),
        _ => {}
    }
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(u64::MAX)),
        Just(json!(-1)),
        Just(json!(0)),
        Just(json!(1.5)),
        Just(json!([])),
        Just(json!({})),
        any::<u64>().prop_map(|number| json!(number)),
        ".{0,8}".prop_map(|text| json!(text)),
    ]
}

proptest! {
    /// Whatever stands where in the file: it is taken up without a panic, and nobody is out for longer than anybody may be.
    #[test]
    fn a_damaged_snapshot_does_no_harm(
        damages in prop::collection::vec((0_usize..80, anything()), 1..6), now in prop_oneof![Just(START), any::<u64>()],
    ) {
        let (balancer, pool) = full();
        let mut file = serde_json::to_value(balancer.snapshot(START)).unwrap();
        for (at, with) in damages {
            damage(&mut file, &mut at.clone(), &with);
        }
        let Ok(snapshot) = serde_json::from_value::<Snapshot>(file) else { return Ok(()) };
        let mut after = Balancer::default();
        after.restore(snapshot, now);
        after.plan(&pool, &TURN, now);
        let week = now.saturating_add(9 * 24 * HOUR);
        for place in 0..4 {
            if let Availability::Cooling { until, .. } | Availability::Open { until } =
                after.availability(&pool, place, now)
            {
                prop_assert!(until <= week);
            }
            let attempt = after.admit(&pool, &Candidate { member: place, forced: false }, week);
            if let Ok(permit) = attempt {
                after.conclude(permit, &Outcome::ServerError { until: None }, week, 0.5);
                after.availability(&pool, place, week);
            } else {
                prop_assert_eq!(week, u64::MAX, "the clock has no room left");
            }
        }
        after.snapshot(week);
    }
}

#[test]
fn a_profile_that_rests_its_breaker_for_hours_has_that_kept() {
    let mut pool = failover(&["a", "b"]);
    pool.members[0] =
        crate::Member { breaker: BreakerRule { recovery: 2 * HOUR, ..BreakerRule::default() }, ..member("a", 1) };
    let mut balancer = Balancer::default();
    broken(&mut balancer, &pool, 0, &Outcome::ServerError { until: None }, START);
    let after = restarted(&balancer, START, START + HOUR);
    assert_eq!(after.availability(&pool, 0, START + HOUR), Availability::Open { until: START + 2 * HOUR });
}
