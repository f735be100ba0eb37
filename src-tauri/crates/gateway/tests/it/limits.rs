//! Time: heartbeats, budgets, limits to the first content and between chunks. And what is not repeated at all.

use crate::harness::*;
use mainstay_dialects::Dialect;
use mainstay_gateway::Ended;
use serde_json::json;
use std::time::{Duration, Instant};

const CHAT: Dialect = Dialect::OpenaiChat;

/// failover §3.2: after 10 s a streaming client gets its 200 and filler; who serves is pending, and an error comes in the
/// stream.
#[tokio::test]
async fn a_client_that_waits_ten_seconds_is_kept_alive() {
    for dialect in ALL {
        let told = std::sync::Arc::new(tokio::sync::Notify::new());
        let late = [vec![Do::Await(told.clone())], error(503, "down", "down")].concat();
        let first = Scripted::start(vec![late]).await;
        let gate = Gate::of(vec![member("first", dialect, &first.origin())]).await;
        let answering = tokio::spawn(gate.request(dialect, true).send());
        first.arrived(1).await;
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let mut response = answering.await.unwrap().unwrap();
        let waited = began.elapsed();
        assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&waited), "{dialect}: {waited:?}");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-mainstay-served-by"]),
            (200, &"pending".parse().unwrap())
        );
        assert!(response.headers().contains_key("x-mainstay-request-id"));
        let filler = response.chunk().await.unwrap().unwrap();
        let expected: &[u8] = match dialect {
            Dialect::Anthropic => b"event: ping\n",
            Dialect::OpenaiChat | Dialect::OpenaiResponses => b":",
            Dialect::Gemini => b"\n",
        };
        assert!(filler.starts_with(expected), "{dialect}: {filler:?}");
        tokio::time::resume();
        told.notify_one();
        let rest = response.text().await.unwrap();
        assert!(rest.contains("error") && rest.contains("first"), "{dialect}: {rest}");
        assert!(!rest.contains("[DONE]"));
    }
}

/// failover §3.5: the limit to the first content is the profile's; pings do not put it off.
#[tokio::test]
async fn a_member_without_content_in_time_is_given_up_and_pings_do_not_help() {
    let wire = Wire(Dialect::Anthropic);
    let mut pings = vec![stream_head(), chunk(&wire.opening("id")[0])];
    for _ in 0..200 {
        pings.extend([chunk(&wire.opening("id")[1]), Do::Pause(Duration::from_millis(20))]);
    }
    pings.push(Do::Hang);
    for (what, part) in [("silence", vec![Do::Hang]), ("pings", pings)] {
        let (first, second) =
            (Scripted::start(vec![part]).await, Scripted::start(vec![wire.good("good", "words")]).await);
        let mut hung = member("first", Dialect::Anthropic, &first.origin());
        hung.upstream.first_content = Some(Duration::from_millis(300));
        let gate = Gate::of(vec![hung, member("second", Dialect::Anthropic, &second.origin())]).await;
        let answer = gate.ask(Dialect::Anthropic, true).await;
        assert_eq!(answer.served_by(), Some("second"), "{what}");
        assert_eq!(gate.watched.trail(0).await.attempts[0].outcome, "timed-out", "{what}");
        first.left(1).await;
        gate.ask(Dialect::Anthropic, true).await;
        assert_eq!(first.got().len(), 1, "{what}: it rests, so it cost one request");
    }
}

/// failover §3.5: idle between chunks; pings reset it.
#[tokio::test]
async fn a_stream_that_falls_silent_is_cut_and_pings_are_no_silence() {
    let wire = Wire(Dialect::Anthropic);
    let begun = [wire.opening("id"), vec![wire.text("half")]].concat();
    let begun: Vec<Do> = [vec![stream_head()], begun.iter().map(|event| chunk(event)).collect()].concat();
    let mut pinging = begun.clone();
    for _ in 0..10 {
        pinging.extend([Do::Pause(Duration::from_millis(100)), chunk(&wire.opening("id")[1])]);
    }
    pinging.extend(wire.stop("id").iter().map(|event| chunk(event)));
    pinging.push(last_chunk());
    for (part, ended) in [([begun, vec![Do::Hang]].concat(), Ended::Truncated), (pinging, Ended::Served)] {
        let first = Scripted::start(vec![part]).await;
        let mut spec = member("first", Dialect::Anthropic, &first.origin());
        spec.upstream.idle = Some(Duration::from_millis(500));
        let gate = Gate::of(vec![spec]).await;
        let answer = gate.ask(Dialect::Anthropic, true).await;
        assert_eq!(gate.watched.trail(0).await.ended, ended);
        assert_eq!(answer.text.contains("event: error"), ended == Ended::Truncated);
    }
}

/// failover §3.4: members that hang never eat the last one's time.
#[tokio::test]
async fn a_healthy_last_member_is_reached_before_the_clients_deadline() {
    let mut members = Vec::new();
    let mut hung = Vec::new();
    for number in 0..3 {
        let upstream = Scripted::start(vec![vec![Do::Hang]]).await;
        members.push(member(&format!("hung-{number}"), CHAT, &upstream.origin()));
        hung.push(upstream);
    }
    let last = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    members.push(member("last", CHAT, &last.origin()));
    let gate = Gate::of(members).await;
    let began = Instant::now();
    let answer = Answer::read(gate.request(CHAT, false).header("x-stainless-timeout", "4")).await;
    assert_eq!((answer.status, answer.served_by()), (200, Some("last")), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(4));
    assert!(hung.iter().all(|upstream| upstream.got().len() == 1));
    // Limits that short say nothing about the members.
    Answer::read(gate.request(CHAT, false).header("x-stainless-timeout", "2")).await;
    assert_eq!(hung[0].got().len(), 2);
}

/// failover §3.6: what may have had effects is not repeated; an error status before a body and a failed connection prove that
/// nothing was begun.
#[tokio::test]
async fn a_request_with_effects_moves_on_only_when_nothing_was_begun() {
    let wire = Wire(Dialect::OpenaiResponses);
    let mut asked = body(Dialect::OpenaiResponses, true);
    asked["tools"] = json!([{ "type": "code_interpreter", "container": { "type": "auto" } }]);
    let begun = stream(&[wire.opening("id"), vec![wire.error()]].concat());
    let nobody = { Scripted::start(vec![]).await.origin().replace("127.0.0.1", "127.0.0.2") };
    for (what, origin, moves_on) in [
        ("an error after the answer began", Scripted::start(vec![begun]).await.origin(), false),
        ("a reset", Scripted::start(vec![vec![Do::Reset]]).await.origin(), false),
        ("an error status", Scripted::start(vec![error(503, "down", "down")]).await.origin(), true),
        ("no connection", nobody, true),
    ] {
        let second = Scripted::start(vec![wire.good("good", "words")]).await;
        let gate = Gate::of(vec![
            member("first", Dialect::OpenaiResponses, &origin),
            member("second", Dialect::OpenaiResponses, &second.origin()),
        ])
        .await;
        let answer = Answer::read(gate.post("/v1/responses", &asked)).await;
        if moves_on {
            assert_eq!(answer.served_by(), Some("second"), "{what}");
        } else {
            assert_eq!((answer.status, answer.header("x-mainstay-error")), (502, Some("not_repeated")), "{what}");
            assert!(answer.text.contains("code execution"), "{what}: {answer:?}");
            assert!(second.got().is_empty(), "{what}");
        }
    }
}
