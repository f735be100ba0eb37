//! When members are out: waited for, tried all the same, or told of.

use crate::harness::*;
use mainstay_dialects::Dialect;
use mainstay_gateway::Ended;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const CHAT: Dialect = Dialect::OpenaiChat;

fn limited(retry_after: &str) -> Vec<Do> {
    let body =
        json!({ "error": { "message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded" } });
    vec![json_answer(429, &format!("retry-after: {retry_after}\r\n"), &body)]
}

/// failover §3.9b: out by a guess of ours, so tried once all the same.
#[tokio::test]
async fn a_member_that_is_out_by_a_guess_is_tried_when_nobody_else_is_left() {
    let body = json!({ "error": { "message": "slow down", "type": "rate_limit_error" } });
    let unnamed = vec![json_answer(429, "", &body)];
    let first = Scripted::start(vec![unnamed, Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    assert_eq!(gate.ask(CHAT, false).await.status, 429);
    assert_eq!(gate.ask(CHAT, false).await.status, 200);
    assert!(gate.watched.trail(1).await.attempts[0].forced);
}

/// failover §3.9c: a reset that the provider named is obeyed; `Retry-After` up to 60 s, beyond that no retry at all.
#[tokio::test]
async fn a_named_reset_is_obeyed_and_told() {
    for (reset, retry_after, no_retry) in [("30", Some("30"), None), ("3600", None, Some("false"))] {
        let first = Scripted::start(vec![limited(reset), Wire(CHAT).good_whole("id", "words")]).await;
        let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
        gate.ask(CHAT, false).await;
        let answer = gate.ask(CHAT, false).await;
        assert_eq!((answer.status, answer.header("x-mainstay-error")), (429, Some("all_members_limited")));
        let told: Option<u64> = answer.header("retry-after").map(|seconds| seconds.parse().unwrap());
        let wanted: Option<u64> = retry_after.map(|seconds| seconds.parse().unwrap());
        assert!(told.zip(wanted).is_none_or(|(told, wanted)| told.abs_diff(wanted) <= 10), "{told:?}");
        assert_eq!((told.is_some(), answer.header("x-should-retry")), (wanted.is_some(), no_retry));
        assert!(answer.text.contains("again in"), "{answer:?}");
        assert_eq!(first.got().len(), 1);
        let trail = gate.watched.trail(1).await;
        assert_eq!((trail.ended, trail.attempts.len(), trail.skips.len()), (Ended::Failed, 0, 1));
    }
}

/// failover §3.9a: the soonest member is waited for, and those who wait go in the order in which they came.
#[tokio::test]
async fn a_member_that_is_due_soon_is_waited_for_in_order() {
    let first = Scripted::start(vec![limited("9"), Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Arc::new(Gate::of(vec![member("first", CHAT, &first.origin())]).await);
    gate.ask(CHAT, false).await;
    let mut waiting = Vec::new();
    for number in 0..6 {
        let asking = Arc::clone(&gate);
        let mut asked = body(CHAT, false);
        asked["user"] = json!(number.to_string());
        waiting.push(tokio::spawn(async move { Answer::read(asking.post(path(CHAT, false), &asked)).await }));
        // Each is in line before the next one comes.
        gate.waiting(number + 1).await;
    }
    // Who leaves holds nobody up.
    waiting.remove(1).abort();
    gate.waiting(5).await;
    assert_eq!(first.got().len(), 1);
    gate.wall.fetch_add(10_000, Ordering::SeqCst);
    gate.core.tick();
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap().status, 200);
    }
    let order: Vec<String> = first.got()[1..].iter().map(|got| got.body["user"].as_str().unwrap().to_owned()).collect();
    assert_eq!(order, ["0", "2", "3", "4", "5"]);
}

/// failover §3.9a: no wait goes beyond the client's deadline.
#[tokio::test]
async fn nobody_waits_beyond_the_deadline() {
    let first = Scripted::start(vec![limited("8"), Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    gate.ask(CHAT, false).await;
    let began = Instant::now();
    let answer = Answer::read(gate.request(CHAT, false).header("x-stainless-timeout", "2")).await;
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(first.got().len(), 1);
}

/// failover §3.11: "Try now" ends a wait for those in line too.
#[tokio::test]
async fn try_now_wakes_who_waits() {
    let first = Scripted::start(vec![limited("9"), Wire(CHAT).good_whole("id", "words")]).await;
    let spec = member("first", CHAT, &first.origin());
    let key = spec.member.key.clone();
    let gate = Gate::of(vec![spec]).await;
    gate.ask(CHAT, false).await;
    let began = Instant::now();
    let answering = tokio::spawn(gate.request(CHAT, false).send());
    gate.waiting(1).await;
    gate.core.try_now(&key);
    assert_eq!(answering.await.unwrap().unwrap().status(), 200);
    assert!(began.elapsed() < Duration::from_secs(5));
}

/// failover §3.8, §3.9: a member that another request has put out after this one's plan is not tried.
#[tokio::test]
async fn a_member_that_went_out_after_the_plan_is_skipped() {
    let told = Arc::new(tokio::sync::Notify::new());
    let slow = [vec![Do::Await(told.clone())], error(503, "down", "down")].concat();
    let first = Scripted::start(vec![slow]).await;
    let second = Scripted::start(vec![limited("3600"), Wire(CHAT).good_whole("id", "words")]).await;
    let third = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let spec = |name: &str, upstream: &Scripted| member(name, CHAT, &upstream.origin());
    let gate = Gate::with(vec![
        pool("ha", vec![spec("first", &first), spec("second", &second), spec("third", &third)]),
        pool("other", vec![spec("second", &second), spec("third", &third)]),
    ])
    .await;
    let spoiling = async {
        first.arrived(1).await;
        let mut asked = body(CHAT, false);
        asked["model"] = json!("other");
        assert_eq!(Answer::read(gate.post(path(CHAT, false), &asked)).await.served_by(), Some("third"));
        told.notify_one();
    };
    let (answer, ()) = tokio::join!(gate.ask(CHAT, false), spoiling);
    assert_eq!(answer.served_by(), Some("third"), "{answer:?}");
    assert_eq!(second.got().len(), 1);
    let trail = gate.watched.trail(1).await;
    assert!(trail.skips.iter().any(|skip| &*skip.member == "second"), "{trail:?}");
}

/// failover §2, Cancelled: the upstream sees it at once, nobody is marked, a probe is given back.
#[tokio::test]
async fn a_client_that_leaves_marks_nobody_and_gives_a_probe_back() {
    let gate_of = async |part: Vec<Do>| {
        let first = Scripted::start(vec![part]).await;
        let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
        (first, gate)
    };
    let wire = Wire(CHAT);
    let begun = [wire.opening("id"), vec![wire.text("half")]].concat();
    let committed = [vec![stream_head()], begun.iter().map(|event| chunk(event)).collect(), vec![Do::Hang]].concat();
    for (what, part, commits) in [("before", vec![Do::Hang], false), ("after", committed, true)] {
        let (first, gate) = gate_of(part).await;
        let spec_key = gate.core.routing().named("ha").unwrap().pool.members[0].key.clone();
        let asking = tokio::spawn(gate.request(CHAT, true).send());
        first.arrived(1).await;
        if commits {
            let mut response = asking.await.unwrap().unwrap();
            response.chunk().await.unwrap().unwrap();
            drop(response);
        } else {
            asking.abort();
        }
        first.left(1).await;
        let trail = gate.watched.trail(0).await;
        assert_eq!((trail.ended, trail.served_by.is_some()), (Ended::Cancelled, commits), "{what}");
        let route = gate.core.routing().named("ha").unwrap().clone();
        assert_eq!(
            gate.core.availability(&route.pool),
            [mainstay_balancer::Availability::Ready],
            "{what} {spec_key:?}"
        );
    }

    // A breaker that is open because of three failures lets one through; the client leaves, and the next one is let through.
    let down = || error(503, "down", "down");
    let first = Scripted::start(vec![down(), down(), down(), vec![Do::Hang], wire.good_whole("id", "words")]).await;
    let second = Scripted::start(vec![wire.good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin()), member("second", CHAT, &second.origin())]).await;
    for _ in 0..3 {
        assert_eq!(gate.ask(CHAT, false).await.served_by(), Some("second"));
    }
    assert_eq!(gate.ask(CHAT, false).await.served_by(), Some("second"));
    assert_eq!(first.got().len(), 3, "its breaker is open");
    gate.wall.fetch_add(3_600_000, Ordering::SeqCst);
    gate.core.tick();
    let probing = tokio::spawn(gate.request(CHAT, false).send());
    first.arrived(4).await;
    assert_eq!(gate.ask(CHAT, false).await.served_by(), Some("second"), "one probe at a time");
    probing.abort();
    first.left(1).await;
    gate.watched.trail(5).await;
    assert_eq!(gate.ask(CHAT, false).await.served_by(), Some("first"), "the probe was given back");
}
