//! Nothing of an attempt before content, and nothing again after it.

use crate::harness::*;
use mainstay_dialects::Dialect;
use mainstay_gateway::Ended;
use serde_json::{Value, json};

/// failover §3.1: pings, starts, roles and empty deltas are no content; an error, an end or silence after them is nothing
/// that the client hears of. One id, one model, one start.
#[tokio::test]
async fn what_fails_before_content_leaves_no_trace_in_the_clients_stream() {
    for dialect in ALL {
        let wire = Wire(dialect);
        let failed = wire.opening("failed-id");
        let cut = [vec![stream_head()], failed.iter().map(|event| chunk(event)).collect(), vec![Do::Close]].concat();
        let reset = [vec![stream_head()], failed.iter().map(|event| chunk(event)).collect(), vec![Do::Reset]].concat();
        for (what, part) in [
            ("an error event inside a 200", stream(&[failed.clone(), vec![wire.error()]].concat())),
            ("an end without content", stream(&failed)),
            ("a cut", cut),
            ("a reset", reset),
            ("no event at all", stream(&[])),
            ("HTML", stream(&["<html>blocked</html>".to_owned()])),
        ] {
            let (first, second) =
                (Scripted::start(vec![part]).await, Scripted::start(vec![wire.good("good-id", "words")]).await);
            let gate =
                Gate::of(vec![member("first", dialect, &first.origin()), member("second", dialect, &second.origin())])
                    .await;
            let answer = gate.ask(dialect, true).await;
            assert_eq!((answer.status, answer.served_by()), (200, Some("second")), "{dialect} {what}: {answer:?}");
            let expected: String =
                [wire.opening("good-id"), vec![wire.text("words")], wire.stop("good-id")].concat().concat();
            assert_eq!(answer.text, expected, "{dialect} {what}");
            assert_eq!(answer.header("x-mainstay-attempts"), Some("2"), "{dialect} {what}");
            let trail = gate.watched.trail(0).await;
            assert_eq!((trail.attempts.len(), trail.ended), (2, Ended::Served), "{dialect} {what}");
            assert_eq!(trail.candidates.iter().map(|name| &**name).collect::<Vec<_>>(), ["first", "second"]);
        }
    }
}

/// failover §3.1: an answer with a stop reason is complete even when empty.
#[tokio::test]
async fn an_empty_answer_with_a_stop_reason_is_the_answer() {
    for dialect in [Dialect::Anthropic, Dialect::OpenaiChat, Dialect::OpenaiResponses] {
        let wire = Wire(dialect);
        let events = [wire.opening("id"), wire.stop("id")].concat();
        let (first, second) = (Scripted::start(vec![stream(&events)]).await, Scripted::start(vec![]).await);
        let gate =
            Gate::of(vec![member("first", dialect, &first.origin()), member("second", dialect, &second.origin())])
                .await;
        let answer = gate.ask(dialect, true).await;
        assert_eq!((answer.served_by(), &answer.text), (Some("first"), &events.concat()), "{dialect}");
        assert!(second.got().is_empty());
    }
}

/// failover §3.1: at 256 events or 4 MiB what is held is sent, and that is no failure.
#[tokio::test]
async fn at_the_bound_what_is_held_is_sent() {
    let wire = Wire(Dialect::Anthropic);
    let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n".to_owned();
    let large = format!(": {}\n\n", "x".repeat(1 << 20));
    for (what, held) in [("events", vec![ping; 256]), ("bytes", vec![large; 5])] {
        let part = [vec![stream_head()], held.iter().map(|event| chunk(event)).collect(), vec![Do::Hang]].concat();
        let first = Scripted::start(vec![part]).await;
        let gate = Gate::of(vec![member("first", Dialect::Anthropic, &first.origin())]).await;
        let mut response = gate.request(Dialect::Anthropic, true).send().await.unwrap();
        assert_eq!(response.headers()["x-mainstay-served-by"], "first", "{what}");
        let mut got = 0;
        while got < held.concat().len() {
            got += response.chunk().await.unwrap().expect("all that was held").len();
        }
        drop(response);
        first.left(1).await;
    }
    // And what stays below the bound and dies is no answer.
    let few = [vec![wire.opening("id")], vec![vec![": c\n\n".to_owned(); 200]]].concat().concat();
    let first = Scripted::start(vec![stream(&few)]).await;
    let gate = Gate::of(vec![member("first", Dialect::Anthropic, &first.origin())]).await;
    assert_eq!(gate.ask(Dialect::Anthropic, true).await.status, 502);
}

/// failover §3.1: whole answers are checked whole.
#[tokio::test]
async fn a_whole_answer_that_is_none_moves_on() {
    for dialect in ALL {
        let wire = Wire(dialect);
        for body in [json!({}), json!({ "error": { "message": "too much" } }), json!([])] {
            let first = Scripted::start(vec![vec![json_answer(200, "", &body)]]).await;
            let second = Scripted::start(vec![wire.good_whole("good-id", "words")]).await;
            let gate =
                Gate::of(vec![member("first", dialect, &first.origin()), member("second", dialect, &second.origin())])
                    .await;
            let answer = gate.ask(dialect, false).await;
            assert_eq!(answer.served_by(), Some("second"), "{dialect} {body}");
            assert_eq!(serde_json::from_str::<Value>(&answer.text).unwrap(), wire.whole("good-id", "words"));
        }
    }
}

/// failover §3.3: the client dialect's own error event, no invented stop reason, no `[DONE]`, nobody else asked.
#[tokio::test]
async fn a_stream_that_dies_after_content_is_never_replayed() {
    for dialect in ALL {
        let wire = Wire(dialect);
        let events = [wire.opening("id"), vec![wire.text("half")]].concat();
        let open = [vec![stream_head()], events.iter().map(|event| chunk(event)).collect::<Vec<_>>()].concat();
        for (what, end) in [("reset", vec![Do::Reset]), ("cut", vec![Do::Close]), ("end", vec![last_chunk()])] {
            let first = Scripted::start(vec![[open.clone(), end].concat()]).await;
            let second = Scripted::start(vec![wire.good("other", "words")]).await;
            let gate =
                Gate::of(vec![member("first", dialect, &first.origin()), member("second", dialect, &second.origin())])
                    .await;
            let answer = gate.ask(dialect, true).await;
            let rest =
                answer.text.strip_prefix(&events.concat()).unwrap_or_else(|| panic!("{dialect} {what}: {answer:?}"));
            let data: Vec<Value> = rest
                .lines()
                .filter_map(|line| line.strip_prefix("data: "))
                .map(|data| serde_json::from_str(data).unwrap())
                .collect();
            let last = data.last().unwrap_or_else(|| panic!("{dialect} {what}: {rest}"));
            let shaped = match dialect {
                Dialect::Anthropic => last["type"] == "error" && last["error"]["message"].is_string(),
                Dialect::OpenaiChat => last["error"]["message"].is_string(),
                Dialect::OpenaiResponses => {
                    data.iter().any(|event| event["type"] == "error" || event["type"] == "response.failed")
                }
                Dialect::Gemini => last["error"]["code"].is_u64(),
            };
            assert!(shaped, "{dialect} {what}: {rest}");
            for never in ["[DONE]", "end_turn", "\"STOP\"", "\"finish_reason\":\"stop\"", "response.completed"] {
                assert!(!answer.text.contains(never), "{dialect} {what}: {never}");
            }
            assert!(second.got().is_empty());
            let trail = gate.watched.trail(0).await;
            assert_eq!((trail.ended, trail.attempts.len()), (Ended::Truncated, 1));
            assert_eq!(trail.attempts[0].outcome, "truncated");
        }
    }
}

/// A stream is whole at its stop reason, whatever the connection does then.
#[tokio::test]
async fn a_stream_closed_at_its_stop_reason_was_whole() {
    for dialect in ALL {
        let wire = Wire(dialect);
        let events = [wire.opening("id"), vec![wire.text("all")], wire.stop("id")[..1].to_vec()].concat();
        let part = [vec![stream_head()], events.iter().map(|event| chunk(event)).collect(), vec![Do::Reset]].concat();
        let first = Scripted::start(vec![part]).await;
        let gate = Gate::of(vec![member("first", dialect, &first.origin())]).await;
        let answer = gate.ask(dialect, true).await;
        assert!(answer.text.starts_with(&events.concat()), "{dialect}: {answer:?}");
        assert!(!answer.text.contains("error"), "{dialect}: {answer:?}");
        assert_eq!(gate.watched.trail(0).await.ended, Ended::Served, "{dialect}");
    }
}

/// A provider that ends a Gemini stream as OpenAI ends its own must not break the array of a client that reads JSON.
#[tokio::test]
async fn an_array_holds_no_done() {
    let wire = Wire(Dialect::Gemini);
    let events =
        [wire.opening("id"), vec![wire.text("a")], wire.stop("id"), vec!["data: [DONE]\n\n".to_owned()]].concat();
    let first = Scripted::start(vec![stream(&events)]).await;
    let gate = Gate::of(vec![member("first", Dialect::Gemini, &first.origin())]).await;
    let answer =
        Answer::read(gate.post("/v1beta/models/any:streamGenerateContent", &body(Dialect::Gemini, true))).await;
    let array: Vec<Value> = serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    assert_eq!(array.len(), 3);
}
