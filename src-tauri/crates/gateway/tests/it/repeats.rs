//! The single repeats on the same member, and when none is made.

use crate::harness::*;
use mainstay_dialects::Dialect;
use mainstay_gateway::Ended;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

const CHAT: Dialect = Dialect::OpenaiChat;

fn then_closes_at_next(dialect: Dialect) -> Vec<Do> {
    [Wire(dialect).good_whole("id", "words"), vec![Do::CloseAtNext]].concat()
}

/// failover §2, Unreachable: a reset on a reused connection before any byte is made good on a fresh one, free.
#[tokio::test]
async fn a_kept_connection_that_closes_as_it_is_used_costs_nothing() {
    let first = Scripted::start(vec![then_closes_at_next(CHAT)]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    for number in 0..4 {
        let answer = gate.ask(CHAT, false).await;
        assert_eq!((answer.status, answer.header("x-mainstay-attempts")), (200, Some("1")), "{number}: {answer:?}");
        let trail = gate.watched.trail(number).await;
        let again = trail.attempts[0].again.as_deref();
        assert_eq!(again, (number > 0).then_some("the kept connection was stale"), "{number}");
    }
    assert_eq!(first.connections(), 4, "each repeat had a connection of its own");
}

/// failover §2: many stale connections are used up one by one, and the last is fresh.
#[tokio::test]
async fn a_whole_pool_of_stale_connections_costs_nothing() {
    let told = std::sync::Arc::new(tokio::sync::Notify::new());
    let held = [vec![Do::Await(told.clone())], then_closes_at_next(CHAT)].concat();
    let first = Scripted::start(vec![held.clone(), held.clone(), held, Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    let asking = async { tokio::join!(gate.ask(CHAT, false), gate.ask(CHAT, false), gate.ask(CHAT, false)) };
    let telling = async {
        first.arrived(3).await;
        for _ in 0..3 {
            told.notify_one();
        }
    };
    let ((a, b, c), ()) = tokio::join!(asking, telling);
    assert_eq!([a.status, b.status, c.status], [200; 3]);
    let answer = gate.ask(CHAT, false).await;
    assert_eq!((answer.status, answer.header("x-mainstay-attempts")), (200, Some("1")), "{answer:?}");
    assert_eq!(first.connections(), 4);
}

/// failover §2: a fresh connection that dies at once is the member's failure.
#[tokio::test]
async fn a_fresh_connection_that_dies_at_once_counts() {
    let first = Scripted::start(vec![vec![Do::Close]]).await;
    let second = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin()), member("second", CHAT, &second.origin())]).await;
    let answer = gate.ask(CHAT, false).await;
    assert_eq!((answer.served_by(), first.got().len()), (Some("second"), 1));
    let trail = gate.watched.trail(0).await;
    assert_eq!((trail.attempts[0].outcome, trail.attempts[0].again.as_deref()), ("unreachable", None));
}

/// failover §3.6: nothing proves that a request was not begun on a connection that broke after it was written.
#[tokio::test]
async fn a_request_with_effects_is_not_repeated_on_a_stale_connection() {
    let first = Scripted::start(vec![then_closes_at_next(CHAT)]).await;
    let second = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin()), member("second", CHAT, &second.origin())]).await;
    assert_eq!(gate.ask(CHAT, false).await.status, 200);
    let mut with_effects = body(CHAT, false);
    with_effects["tools"] = json!([{ "type": "code_interpreter" }]);
    let answer = Answer::read(gate.post(path(CHAT, false), &with_effects)).await;
    assert_eq!((answer.status, answer.header("x-mainstay-error")), (502, Some("not_repeated")));
    assert!(answer.text.contains("may already have had effects"), "{answer:?}");
    assert!(second.got().is_empty());
}

/// failover §2, ReasoningRejected.
#[tokio::test]
async fn refused_reasoning_is_stripped_once_on_the_same_member_and_noted() {
    let refusal = || {
        vec![json_answer(
            400,
            "",
            &json!({ "type": "error", "error": { "type": "invalid_request_error",
            "message": "messages.1.content.0: Invalid `signature` in `thinking` block" } }),
        )]
    };
    let wire = Wire(Dialect::Anthropic);
    let mut asked = body(Dialect::Anthropic, false);
    asked["messages"] = json!([
        { "role": "user", "content": "a" },
        { "role": "assistant", "content": [{ "type": "thinking", "thinking": "t", "signature": "theirs" }, { "type": "text", "text": "b" }] },
        { "role": "user", "content": "c" },
    ]);
    let first = Scripted::start(vec![refusal(), wire.good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", Dialect::Anthropic, &first.origin())]).await;
    let answer = Answer::read(gate.post("/v1/messages", &asked)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("x-mainstay-notes").is_some_and(|notes| notes.contains("reasoning history")), "{answer:?}");
    let got = first.got();
    assert_eq!(got.len(), 2);
    assert!(got[0].body.to_string().contains("theirs") && !got[1].body.to_string().contains("theirs"));
    let trail = gate.watched.trail(0).await;
    assert_eq!(trail.attempts[0].outcome, "reasoning-rejected");
    assert_eq!(trail.attempts[1].again.as_deref(), Some("without the signed reasoning of earlier turns"));

    let (first, second) =
        (Scripted::start(vec![refusal()]).await, Scripted::start(vec![wire.good_whole("id", "words")]).await);
    let members = vec![
        member("first", Dialect::Anthropic, &first.origin()),
        member("second", Dialect::Anthropic, &second.origin()),
    ];
    let gate = Gate::of(members).await;
    let answer = Answer::read(gate.post("/v1/messages", &asked)).await;
    assert_eq!((answer.served_by(), first.got().len()), (Some("second"), 2), "once, then the next");
}

/// failover §2, CredentialRejected: the same member once more only if the credential changed.
#[tokio::test]
async fn a_rejected_key_is_read_again_and_used_only_if_it_is_another() {
    let rejected = || error(401, "invalid_api_key", "Incorrect API key provided: member-key");
    for (next, calls, status) in [(Some("newer-key"), 2, 200), (None, 1, 502)] {
        let first = Scripted::start(vec![rejected(), Wire(CHAT).good_whole("id", "words")]).await;
        let keys = Keys::fixed();
        *keys.next.lock().unwrap() = next;
        let gate = Gate::of(vec![keyed("first", CHAT, &first.origin(), keys.clone())]).await;
        let answer = gate.ask(CHAT, false).await;
        assert_eq!((answer.status, first.got().len()), (status, calls), "{answer:?}");
        assert_eq!(keys.renewals.load(Ordering::SeqCst), 1);
        assert!(!answer.text.contains(KEY));
        if status == 502 {
            assert_eq!(answer.header("x-mainstay-error"), Some("upstream_credential_rejected"));
        }
    }
}

/// A key that another request has renewed meanwhile is another than the one that was sent.
#[tokio::test]
async fn a_key_renewed_by_another_request_meanwhile_is_tried() {
    let told = std::sync::Arc::new(tokio::sync::Notify::new());
    let rejected = [vec![Do::Await(told.clone())], error(401, "invalid_api_key", "no")].concat();
    let first = Scripted::start(vec![rejected, Wire(CHAT).good_whole("id", "words")]).await;
    let keys = Keys::fixed();
    let gate = Gate::of(vec![keyed("first", CHAT, &first.origin(), keys.clone())]).await;
    let renewing = async {
        first.arrived(1).await;
        *keys.current.lock().unwrap() = "newer-key";
        told.notify_one();
    };
    let (answer, ()) = tokio::join!(gate.ask(CHAT, false), renewing);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(first.got()[1].header("authorization"), Some("Bearer newer-key"));
}

fn too_long() -> Vec<Do> {
    error(400, "context_length_exceeded", "This model's maximum context length is 8 tokens.")
}

/// failover §2, ContextTooLong: a larger window is tried, and beside a retryable failure it is that which the client hears of.
#[tokio::test]
async fn a_request_that_is_too_long_goes_to_larger_windows_only() {
    let (small, smaller) = (Scripted::start(vec![too_long()]).await, Scripted::start(vec![]).await);
    let large = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let spec = |name: &str, upstream: &Scripted, limit| {
        let mut spec = member(name, CHAT, &upstream.origin());
        spec.member.context_limit = Some(limit);
        spec
    };
    let gate =
        Gate::of(vec![spec("small", &small, 1_000), spec("smaller", &smaller, 900), spec("large", &large, 9_000)])
            .await;
    assert_eq!(gate.ask(CHAT, false).await.served_by(), Some("large"));
    assert!(smaller.got().is_empty());

    let small = Scripted::start(vec![too_long()]).await;
    let gate = Gate::of(vec![spec("small", &small, 1_000), spec("smaller", &smaller, 900)]).await;
    let answer = gate.ask(CHAT, false).await;
    let told: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!((answer.status, told["error"]["code"].as_str()), (400, Some("context_length_exceeded")), "as it came");
    assert!(smaller.got().is_empty());

    let (ill, small) =
        (Scripted::start(vec![error(503, "down", "down")]).await, Scripted::start(vec![too_long()]).await);
    let gate = Gate::of(vec![spec("ill", &ill, 9_000), spec("small", &small, 1_000)]).await;
    let answer = gate.ask(CHAT, false).await;
    assert_eq!((answer.status, answer.header("x-mainstay-error")), (503, Some("all_members_failed")), "{answer:?}");
}

/// failover §2: an error whose body does not come is judged by its status.
#[tokio::test]
async fn an_error_body_that_stalls_moves_on() {
    let stalling =
        vec![Do::Say(b"HTTP/1.1 429 X\r\ncontent-length: 100\r\nretry-after: 120\r\n\r\n{".to_vec()), Do::Hang];
    let first = Scripted::start(vec![stalling]).await;
    let second = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin()), member("second", CHAT, &second.origin())]).await;
    let answering = tokio::spawn(gate.request(CHAT, false).send());
    first.arrived(1).await;
    tokio::time::pause();
    let response = answering.await.unwrap().unwrap();
    assert_eq!(response.headers()["x-mainstay-served-by"], "second");
    let trail = gate.watched.trail(0).await;
    assert_eq!((trail.attempts[0].outcome, trail.attempts[0].status), ("rate-limited", Some(429)));
    assert_eq!(trail.ended, Ended::Served);
}
