//! What an outcome does to the member afterwards (the last column of failover §2), and who may still be tried.

mod breaker;

use super::*;
use crate::{
    Failback, Limits, Policy, Stage, Unreached,
    sample::{START, failover, key, member, pool},
};

const FIRST: Candidate = Candidate { member: 0, forced: false };
const BROKEN: Outcome = Outcome::ServerError { until: None };

fn limited(until: Option<Millis>) -> Outcome {
    Outcome::RateLimited { scope: Scope::Model, until }
}

/// Many attempts that were all let through before the first of them ended.
fn together(balancer: &mut Balancer, pool: &Pool, outcome: &Outcome, times: usize, now: Millis) {
    let permits: Vec<_> = (0..times).map(|_| balancer.admit(pool, &FIRST, now).unwrap()).collect();
    for permit in permits {
        balancer.conclude(permit, outcome, now, 0.0);
    }
}

/// One attempt, forced if need be.
fn attempt(balancer: &mut Balancer, pool: &Pool, outcome: &Outcome, now: Millis) -> Option<Change> {
    let permit = balancer.admit(pool, &Candidate { member: 0, forced: true }, now).unwrap();
    balancer.conclude(permit, outcome, now, 0.0)
}

/// What an answer says that has this many requests left.
fn left(requests: &'static str) -> Limits {
    crate::limits(&|name| (name == "x-ratelimit-remaining-requests").then_some(requests), START)
}

fn out_until(balancer: &Balancer, pool: &Pool, now: Millis) -> Option<Millis> {
    match balancer.availability(pool, 0, now) {
        Availability::Cooling { until, .. } | Availability::Open { until } => Some(until),
        _ => None,
    }
}

/// failover §2, the member afterwards
#[test]
fn each_outcome_leaves_the_member_as_the_table_says() {
    let minutes = |m: u64| Some(START + m * 60_000);
    let table = [
        (Outcome::Served, None),
        (limited(None), Some(START + 30_000)),
        (limited(Some(START + 7_000)), Some(START + 7_000)),
        (limited(Some(START - 1)), Some(START + 1_000)),
        (Outcome::QuotaSpent { until: None }, minutes(15)),
        (Outcome::QuotaSpent { until: minutes(600) }, minutes(600)),
        (Outcome::CredentialRejected, minutes(1)),
        (Outcome::Overloaded { until: None }, None),
        (Outcome::Overloaded { until: Some(START + 5_000) }, Some(START + 5_000)),
        (BROKEN, None),
        (Outcome::Unreachable(Unreached::Dns), None),
        (Outcome::TimedOut(Stage::FirstContent), minutes(1)),
        (Outcome::TimedOut(Stage::Request), minutes(1)),
        (Outcome::ModelUnavailable, minutes(5)),
        (Outcome::ContextTooLong, None),
        (Outcome::ParameterRejected { param: "seed".into() }, None),
        (Outcome::ReasoningRejected, None),
        (Outcome::ContentRefused, None),
        (Outcome::CallerFault, None),
        (Outcome::Truncated, None),
        (Outcome::Cancelled, None),
    ];
    for (outcome, until) in table {
        let mut balancer = Balancer::default();
        let pool = failover(&["a", "b"]);
        let change = attempt(&mut balancer, &pool, &outcome, START);
        assert_eq!(out_until(&balancer, &pool, START), until, "{outcome:?}");
        assert_eq!(change.is_some(), until.is_some(), "{outcome:?}");
        if let Some(change) = change {
            assert_eq!(change.before, Availability::Ready);
            assert_eq!(change.after, Availability::Cooling { until: until.unwrap(), why: outcome.code() });
        }
        assert_eq!(balancer.under_way(), 0);
    }
}

/// failover §2: quota 15 min to 6 h, credential 60 s to 30 min, time 60 s to 10 min, model for minutes, growing
#[test]
fn guesses_double_up_to_their_cap_and_start_anew_after_content() {
    let table = [
        (Outcome::QuotaSpent { until: None }, vec![15, 30, 60, 120, 240, 360, 360]),
        (Outcome::CredentialRejected, vec![1, 2, 4, 8, 16, 30, 30]),
        (Outcome::TimedOut(Stage::FirstContent), vec![1, 2, 4, 8, 10, 10]),
        (Outcome::ModelUnavailable, vec![5, 10, 20, 40, 80, 120, 120]),
    ];
    for (outcome, minutes) in table {
        let mut balancer = Balancer::default();
        let pool = failover(&["a", "b"]);
        let mut now = START;
        for length in &minutes {
            attempt(&mut balancer, &pool, &outcome, now);
            let until = now + length * 60_000;
            assert_eq!(out_until(&balancer, &pool, now), Some(until), "{outcome:?}");
            now = until;
        }
        attempt(&mut balancer, &pool, &Outcome::Served, now);
        attempt(&mut balancer, &pool, &outcome, now);
        assert_eq!(out_until(&balancer, &pool, now), Some(now + minutes[0] * 60_000), "{outcome:?}");
    }
}

/// failover §2, timed out
#[test]
fn requests_that_hang_at_the_same_time_are_one_incident() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    together(&mut balancer, &pool, &Outcome::TimedOut(Stage::FirstContent), 10, START);
    assert_eq!(out_until(&balancer, &pool, START), Some(START + 60_000));
}

/// failover §3.11
#[test]
fn a_cooldown_is_never_shortened_by_a_later_failure() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    let permits: Vec<_> = (0..4).map(|_| balancer.admit(&pool, &FIRST, START).unwrap()).collect();
    let outcomes =
        [limited(Some(START + 50_000)), limited(Some(START + 5_000)), limited(None), Outcome::TimedOut(Stage::Idle)];
    let mut last = 0;
    for (permit, outcome) in permits.into_iter().zip(outcomes) {
        balancer.conclude(permit, &outcome, START, 0.0);
        let until = out_until(&balancer, &pool, START).unwrap();
        assert!(until >= last);
        last = until;
    }
    assert_eq!(last, START + 60_000);
}

/// failover §2: small random fuzz
#[test]
fn chance_only_adds() {
    let pool = failover(&["a", "b"]);
    for (dice, until) in
        [(0.0, 60_000), (1.0, 65_000), (0.5, 62_500), (7.0, 65_000), (f64::NAN, 60_000), (-1.0, 60_000)]
    {
        let mut balancer = Balancer::default();
        let permit = balancer.admit(&pool, &FIRST, START).unwrap();
        balancer.conclude(permit, &limited(Some(START + 60_000)), START, dice);
        assert_eq!(out_until(&balancer, &pool, START), Some(START + until), "{dice}");
    }
}

/// failover §2: scope
#[test]
fn an_accounts_limit_covers_all_its_models_and_a_models_only_that() {
    let mut pool = pool(Policy::Failover, &[("a", 1), ("b", 1), ("c", 1)]);
    pool.members[1].key.credential = pool.members[0].key.credential.clone();
    for (scope, shared) in [(Scope::Account, true), (Scope::Model, false)] {
        let mut balancer = Balancer::default();
        let change = attempt(&mut balancer, &pool, &Outcome::RateLimited { scope, until: None }, START).unwrap();
        assert_eq!(change.scope, scope);
        assert_eq!(balancer.availability(&pool, 1, START) != Availability::Ready, shared);
        assert_eq!(balancer.availability(&pool, 2, START), Availability::Ready);
    }
    let mut balancer = Balancer::default();
    attempt(&mut balancer, &pool, &Outcome::CredentialRejected, START);
    assert_ne!(balancer.availability(&pool, 1, START), Availability::Ready);
    assert_eq!(balancer.rejections(&pool.members[1].key), 1);
}

/// failover §3.11
#[test]
fn content_ends_a_guess_that_was_made_before_and_never_a_providers_word() {
    let pool = failover(&["a"]);
    for (outcome, ends) in
        [(limited(None), true), (Outcome::TimedOut(Stage::Idle), true), (limited(Some(START + 9_000)), false)]
    {
        let mut balancer = Balancer::default();
        let early = balancer.admit(&pool, &FIRST, START).unwrap();
        attempt(&mut balancer, &pool, &outcome, START);
        balancer.commit(&early, START);
        assert_ne!(balancer.availability(&pool, 0, START), Availability::Ready, "{outcome:?}");
        if ends {
            let forced = balancer.admit(&pool, &Candidate { member: 0, forced: true }, START).unwrap();
            balancer.commit(&forced, START);
            assert_eq!(balancer.availability(&pool, 0, START), Availability::Ready, "{outcome:?}");
        } else {
            assert!(balancer.admit(&pool, &Candidate { member: 0, forced: true }, START).is_err());
        }
    }
}

/// failover §3.11: "Try now"
#[test]
fn the_user_clears_everything_that_holds_a_target_back() {
    let pool = failover(&["a", "b"]);
    let mut balancer = Balancer::default();
    let permits: Vec<_> = (0..6).map(|_| balancer.admit(&pool, &FIRST, START).unwrap()).collect();
    let outcomes =
        [BROKEN, BROKEN, BROKEN, limited(Some(START + 90_000)), Outcome::CredentialRejected, Outcome::ModelUnavailable];
    for (permit, outcome) in permits.into_iter().zip(outcomes) {
        balancer.conclude(permit, &outcome, START, 0.0);
    }
    assert_ne!(balancer.availability(&pool, 0, START), Availability::Ready);
    balancer.try_now(&key("a"));
    assert_eq!(balancer.availability(&pool, 0, START), Availability::Ready);
    assert_eq!(balancer.rejections(&key("a")), 0);
}

/// failover §3.11: a changed credential
#[test]
fn a_replaced_credential_starts_with_a_clean_slate_and_others_do_not() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    for place in 0..2 {
        let permit = balancer.admit(&pool, &Candidate { member: place, forced: false }, START).unwrap();
        balancer.conclude(permit, &Outcome::CredentialRejected, START, 0.0);
    }
    balancer.credential_changed("a-key");
    assert_eq!(balancer.availability(&pool, 0, START), Availability::Ready);
    assert_ne!(balancer.availability(&pool, 1, START), Availability::Ready);
}

/// failover §3.11: remaining never more than the original length
#[test]
fn a_clock_set_back_leaves_nobody_out_for_longer_than_was_meant() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    attempt(&mut balancer, &pool, &limited(Some(START + 50_000)), START);
    let before = START - 3_600_000;
    balancer.plan(&pool, &crate::sample::ASK, before);
    assert_eq!(out_until(&balancer, &pool, before), Some(before + 50_000));
    assert_eq!(balancer.availability(&pool, 0, before + 50_000), Availability::Ready);
}

/// failover §3.11
#[test]
fn two_readings_of_the_clock_that_swap_places_shorten_nothing() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    attempt(&mut balancer, &pool, &limited(Some(START + 50_000)), START);
    balancer.plan(&pool, &crate::sample::ASK, START - 3);
    assert_eq!(out_until(&balancer, &pool, START), Some(START + 50_000));
}

#[test]
fn a_member_that_cannot_be_tried_is_not_admitted() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b"]);
    pool.members[0].unready = Some(Unready::Broken);
    assert_eq!(balancer.admit(&pool, &FIRST, START).unwrap_err().why, SkipReason::Unready(Unready::Broken));
    assert_eq!(balancer.availability(&pool, 0, START), Availability::Unready(Unready::Broken));
    let beyond = Candidate { member: 9, forced: true };
    assert_eq!(balancer.admit(&pool, &beyond, START).unwrap_err().why, SkipReason::Unready(Unready::Missing));
    assert_eq!(balancer.availability(&pool, 9, START), Availability::Unready(Unready::Missing));
}

/// failover §2, parameter rejected
#[test]
fn refused_parameters_are_remembered_for_the_target_in_order_and_once() {
    let mut balancer = Balancer::default();
    for param in ["temperature", "max_tokens", "temperature"] {
        balancer.refuse_parameter(&key("a"), param);
    }
    assert_eq!(balancer.refused(&key("a")), ["temperature", "max_tokens"]);
    assert!(balancer.refused(&key("b")).is_empty());
}

#[test]
fn an_answer_that_says_nothing_of_limits_leaves_what_is_known() {
    let mut balancer = Balancer::default();
    let known = left("3");
    assert_eq!(balancer.limits_of(&key("a")), None);
    balancer.note_limits(&key("a"), left("3"), START);
    balancer.note_limits(&key("a"), Limits::default(), START + 1);
    assert_eq!(balancer.limits_of(&key("a")), Some(&known));
}

/// failover §3.11: "Try now"
#[test]
fn the_user_makes_a_target_forget_what_it_refused_and_no_other() {
    let mut balancer = Balancer::default();
    balancer.refuse_parameter(&key("a"), "seed");
    balancer.refuse_parameter(&key("b"), "seed");
    balancer.try_now(&key("a"));
    assert!(balancer.refused(&key("a")).is_empty());
    assert_eq!(balancer.refused(&key("b")), ["seed"]);
}

/// failover §3.11: sleep
#[test]
fn a_jump_forward_of_hours_only_ends_what_was_to_end() {
    let mut balancer = Balancer::default();
    let pool = failover(&["a", "b"]);
    let early = balancer.admit(&pool, &FIRST, START).unwrap();
    together(&mut balancer, &pool, &BROKEN, 2, START);
    let woken = START + 9 * 3_600_000;
    balancer.conclude(early, &Outcome::Unreachable(Unreached::Reset), woken, 0.0);
    assert_eq!(balancer.availability(&pool, 0, woken), Availability::Ready, "failures before the sleep don't count");
    attempt(&mut balancer, &pool, &limited(Some(woken + 9_000)), woken);
    assert_eq!(out_until(&balancer, &pool, woken), Some(woken + 9_000));
}

#[test]
fn limits_are_read_by_account_with_the_instant_at_which_they_were_seen() {
    let mut balancer = Balancer::default();
    let mut small = key("a");
    small.model = "a-small".into();
    balancer.note_limits(&small, left("1"), START);
    balancer.note_limits(&key("a"), left("2"), START + 5);
    balancer.note_limits(&key("b"), left("3"), START);
    let account = crate::Account::from(&key("a"));
    assert_eq!(
        balancer.limits_of_account(&account),
        [("a".into(), left("2"), START + 5), ("a-small".into(), left("1"), START)]
    );
    balancer.credential_changed("a-key");
    assert!(balancer.limits_of_account(&account).is_empty());
}
