//! Answers on their way: streams that die, streams that are late, clients that leave, and bytes that must not change.

use crate::clients::Clients;
use crate::harness::{Answer, Gateway, Home, MEMBERS, Serve, Tongue, Trio, standard, status, until, words_of};
use mainstay_simulator::{Fault, Running};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::LocalSet;

/// A trio behind a balancer for each order, `ha0`, `ha1` and `ha2`, with another provider at each one's top.
async fn orders(trio: &Trio, settings: Value) -> Gateway {
    let home = Arc::new(Home::new());
    for first in 0..3 {
        trio.write(&home, &format!("ha{first}"), "failover", [first, (first + 1) % 3, (first + 2) % 3], &settings);
    }
    Serve::at(&home).in_memory().start().await
}

/// Events that bring some words of the answer of the provider at `index`, and not its end.
fn some_words(index: usize) -> usize {
    [6, 4, 3][index]
}

#[tokio::test]
async fn a_stream_that_dies_after_content_is_an_error_to_every_sdk_and_is_never_replayed() {
    let Some(clients) = Clients::get() else { return };
    for (death, fault) in [
        ("reset", (|events| Fault::reset_mid_stream(events)) as fn(usize) -> Fault),
        ("ended without a stop reason", |events| Fault::cut_mid_stream(events)),
        ("an error event", |events| {
            Fault::from_json(json!({ "kind": "error-in-200", "after_events": events })).expect("a fault")
        }),
        ("closed without the last chunk", |events| {
            Fault::from_json(json!({ "kind": "cut-mid-stream", "after_events": events, "abrupt": true }))
                .expect("a fault")
        }),
        ("silence", |events| Fault::hang_mid_stream(events)),
    ] {
        let trio = Trio::start().await;
        let gateway = orders(&trio, json!({ "stream-idle-timeout-ms": 300, "circuit_breaker_enabled": false })).await;
        for first in 0..3 {
            trio.at(first).set(fault(some_words(first)));
            for client in Tongue::ALL {
                let case = format!("{death}: {client:?} over {}", trio.at(first).name);
                trio.all().iter().for_each(Running::forget);
                let balancer = format!("ha{first}");
                let heard = clients.ask(&gateway, client, &balancer, "go on", true).await;
                assert!(!heard.ok(), "{case}: it must not pass for success: {heard:?}");
                let whole = words_of(first, "go on");
                assert!(!heard.text().is_empty() && whole.starts_with(heard.text()), "{case}: {heard:?}");
                assert_eq!(heard.stop(), None, "{case}: no stop reason is invented: {heard:?}");
                assert_eq!([0, 1, 2].map(|index| trio.at(index).count()).iter().sum::<u64>(), 1, "{case}: one call");
                let trail = gateway.trail(heard.request_id()).await;
                assert_eq!((&trail["ended"], &trail["status"]), (&json!("truncated"), &json!(200)), "{case}: {trail}");
                assert_eq!(trail["attempts"][0]["outcome"], "truncated", "{case}: {trail}");

                let raw = gateway.ask(client, &balancer, "go on", true).await;
                assert!(!raw.body.contains("[DONE]") && !raw.body.contains("message_stop"), "{case}: {raw:?}");
                assert!(!raw.broken, "{case}: the HTTP body ends properly: {raw:?}");
                let last = last_json(&raw.body);
                assert!(client.error(&last).is_some(), "{case}: its own error ends it: {raw:?}");
            }
            trio.at(first).clear();
        }
    }
}

/// The last JSON of a stream, in an event or bare.
fn last_json(body: &str) -> Value {
    let mut lines = body.lines().rev().map(|line| line.strip_prefix("data:").unwrap_or(line).trim());
    lines.find_map(|line| serde_json::from_str::<Value>(line).ok().filter(Value::is_object)).unwrap_or_default()
}

#[tokio::test]
async fn content_reaches_the_client_while_the_provider_still_speaks() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({})).await;
    for first in 0..3 {
        // It says some words and never ends: whoever waits for the end would see none of them.
        trio.at(first).set(Fault::hang_mid_stream(some_words(first)));
        for client in Tongue::ALL {
            let sent = gateway.asking(client, &format!("ha{first}"), "go on", true).send();
            let mut response = sent.await.expect("an answer begins");
            let mut body = String::new();
            while !body.contains("answer ") {
                let chunk = response.chunk().await.expect("its words").expect("before the end");
                body.push_str(&String::from_utf8_lossy(&chunk));
            }
            let served = response.headers()["x-mainstay-served-by"].to_str().expect("text").to_owned();
            assert_eq!(served, format!("ha{first}-{}", trio.at(first).name), "{body}");
        }
        trio.at(first).clear();
    }
}

#[tokio::test]
async fn a_stop_reason_makes_an_answer_whole_even_without_a_word_but_not_geminis() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({ "circuit_breaker_enabled": false })).await;
    for first in 0..3 {
        trio.at(first).set(Fault::no_content());
        for client in Tongue::ALL {
            for stream in [false, true] {
                let answer = gateway.ask(client, &format!("ha{first}"), "say nothing", stream).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                // Gemini sends STOP without parts when it has failed.
                let (words, attempts) =
                    if first == 2 { (words_of(0, "say nothing"), "2") } else { (String::new(), "1") };
                assert_eq!(answer.text(client), words, "{answer:?}");
                assert!(answer.body.contains(client.stop()), "{answer:?}");
                assert_eq!(answer.header("x-mainstay-attempts"), Some(attempts), "{answer:?}");
            }
        }
        trio.at(first).clear();
    }
}

#[tokio::test]
async fn geminis_array_of_events_stays_an_array_when_its_stream_dies() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({ "circuit_breaker_enabled": false })).await;
    for first in 0..3 {
        for (fault, ended) in [(Fault::healthy(), "served"), (Fault::cut_mid_stream(some_words(first)), "truncated")] {
            trio.at(first).set(fault);
            let path = format!("/v1beta/models/ha{first}:streamGenerateContent");
            let request = gateway.request(Method::POST, &path).header("x-mainstay-token", &gateway.token);
            let answer = Answer::to(request.json(&Tongue::Gemini.body("", "go on", true))).await;
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let events = answer.json();
            let events = events.as_array().expect("a JSON array");
            let failed = Tongue::Gemini.error(events.last().expect("an element")).is_some();
            assert_eq!(failed, ended == "truncated", "{answer:?}");
            let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
            assert_eq!(trail["ended"], ended, "{trail}");
        }
        trio.at(first).clear();
    }
}

#[tokio::test]
async fn three_truncated_streams_open_the_breaker() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({})).await;
    trio.at(1).set(Fault::cut_mid_stream(4));
    for _ in 0..3 {
        let answer = gateway.ask(Tongue::Openai, "ha1", "go on", true).await;
        gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
    }
    assert_eq!(gateway.member("ha1", "ha1-openai").await.0, "open");
    let answer = gateway.ask(Tongue::Openai, "ha1", "go on", true).await;
    assert_eq!(answer.text(Tongue::Openai), words_of(2, "go on"), "{answer:?}");
}

#[tokio::test]
async fn a_client_that_waits_long_gets_signs_of_life_and_then_its_answer_or_an_error() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    for (number, _) in Tongue::ALL.iter().enumerate() {
        trio.write(&home, &format!("late{number}"), "failover", [0, 1, 2], &json!({}));
        // The hung one costs its limit, which is longer than a client is kept waiting; the next refuses.
        let names = [format!("late{number}-gemini"), format!("dead{number}")];
        home.write(&format!("lost{number}"), &crate::harness::balancer("failover", &names));
        let settings = json!({ "base-url": trio.at(1).base_url, "auth-key": format!("dead{number}") });
        home.write(&format!("dead{number}"), &standard("openai", MEMBERS[1].2, &settings));
        let path = home.profile_path(&format!("late{number}-gemini"));
        let mut hung: Value = serde_json::from_slice(&std::fs::read(path).expect("a profile")).expect("JSON");
        hung["ephemeralSettings"]["timeout_ms"] = json!(10_500);
        home.write(&format!("late{number}-gemini"), &hung);
    }
    let gateway = Arc::new(Serve::at(&home).in_memory().start().await);
    trio.at(0).set(Fault::slow_start(11_000));
    trio.at(1).set(status(500, &json!({})));
    trio.at(2).set(Fault::hang_before_headers());

    // All at once, since each takes its ten seconds.
    let together = LocalSet::new();
    let mut waiting = Vec::new();
    for (number, client) in Tongue::ALL.into_iter().enumerate() {
        for balancer in ["late", "lost"] {
            let sent = gateway.asking(client, &format!("{balancer}{number}"), "take your time", true).send();
            let gateway = Arc::clone(&gateway);
            waiting.push(together.spawn_local(async move {
                let mut response = sent.await.expect("headers before the client gives up");
                assert_eq!(response.status().as_u16(), 200);
                assert_eq!(response.headers()["x-mainstay-served-by"], "pending");
                assert!(response.headers()["content-type"].to_str().expect("text").starts_with("text/event-stream"));
                let filler = response.chunk().await.expect("a sign of life").expect("before the end");
                let filler = String::from_utf8(filler.to_vec()).expect("UTF-8");
                match client {
                    Tongue::Anthropic => assert!(filler.starts_with("event: ping\n"), "{filler}"),
                    Tongue::Openai => assert!(filler.starts_with(':'), "{filler}"),
                    // Google's Python SDK takes a comment for data.
                    Tongue::Gemini => assert!(filler.trim().is_empty(), "{filler}"),
                }
                let answer = Answer::read(response).await;
                let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
                if balancer == "late" {
                    assert_eq!(answer.text(client), words_of(0, "take your time"), "{answer:?}");
                    assert_eq!(trail["served_by"], format!("late{number}-anthropic"), "{trail}");
                } else {
                    assert!(client.error(&last_json(&answer.body)).is_some(), "{answer:?}");
                    assert_eq!(trail["ended"], "failed", "{trail}");
                }
                assert!(!answer.broken, "{answer:?}");
            }));
        }
    }
    // The SDKs take the filler for what it is.
    if let Some(clients) = Clients::get() {
        for (number, client) in Tongue::ALL.into_iter().enumerate() {
            for (balancer, answered) in [("late", true), ("lost", false)] {
                let gateway = Arc::clone(&gateway);
                waiting.push(together.spawn_local(async move {
                    let heard = clients.ask(&gateway, client, &format!("{balancer}{number}"), "by an SDK", true).await;
                    assert_eq!(heard.ok(), answered, "{heard:?}");
                    assert_eq!(
                        heard.text(),
                        if answered { words_of(0, "by an SDK") } else { String::new() },
                        "{heard:?}"
                    );
                }));
            }
        }
    }
    together.await;
    for one in waiting {
        one.await.expect("each is answered");
    }
}

#[tokio::test]
async fn a_client_that_leaves_takes_the_upstream_call_with_it_and_marks_nobody() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({ "circuit_breaker_failure_threshold": 1 })).await;
    for (first, client) in Tongue::ALL.into_iter().enumerate() {
        let (balancer, member) = (format!("ha{first}"), format!("ha{first}-{}", trio.at(first).name));
        for (fault, after_content) in [(Fault::slow_drip(100), true), (Fault::hang_before_headers(), false)] {
            trio.at(first).forget();
            trio.at(first).set(fault);
            let sent = gateway.asking(client, &balancer, "never mind", true).send();
            let leaving = tokio::spawn(async move {
                let mut response = sent.await.expect("an answer begins");
                response.chunk().await.expect("its first bytes").expect("before the end");
            });
            if after_content {
                leaving.await.expect("it read some bytes and left");
            } else {
                until("the upstream is asked", async || (trio.at(first).in_flight() == 1).then_some(())).await;
                leaving.abort();
            }
            until("the upstream call is dropped", async || (trio.at(first).disconnects() == 1).then_some(())).await;
            trio.at(first).clear();
            let trail = until("the trail is told", async || {
                let trails = gateway.admin("exchanges?limit=1").await.json();
                (trails[0]["route"] == balancer.as_str() && trails[0]["ended"] == "cancelled")
                    .then(|| trails[0].clone())
            })
            .await;
            assert_eq!(trail["served_by"].is_string(), after_content, "{trail}");
            assert_eq!(gateway.member(&balancer, &member).await.0, "ready", "{trail}");
            let others = [0, 1, 2].into_iter().filter(|other| *other != first);
            assert_eq!(others.map(|other| trio.at(other).count()).sum::<u64>(), 0, "nobody else was asked");
            let answer = gateway.ask(client, &balancer, "still there?", true).await;
            assert_eq!(answer.text(client), words_of(first, "still there?"), "{answer:?}");
            // The next round looks for its own trail.
            trio.all().iter().for_each(Running::forget);
        }
    }
}

/// A stream in each dialect, spelled as no encoder would: comments, other line ends, spaces, unknown events and fields.
const STREAMS: [&str; 3] = [
    ": a comment\r\n\r\nevent: message_start\r\ndata: {\"type\":\"message_start\",  \"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\r\n\r\nevent: from_the_future\ndata: {\"type\":\"from_the_future\",\"x\":1e2}\n\nevent: content_block_start\ndata:{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nid: 7\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"gr\\u00fc\\u00dfe \u{1f44b}\"}}\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":3}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"obfuscation\":\"xyz\"}\n\n: OPENROUTER PROCESSING\n\ndata: { \"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"gr\\u00fc\\u00dfe \u{1f44b}\",\"unknown\":[1.0,-0]},\"finish_reason\":null}]}\n\ndata:{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"gr\\u00fc\\u00dfe \u{1f44b}\"}],\"role\": \"model\"},\"index\": 0}],\"modelVersion\": \"m\",\"future\": {\"a\": 1.50}}\r\n\r\ndata: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\"}],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 1,\"candidatesTokenCount\": 2,\"totalTokenCount\": 3}}\r\n\r\n",
];

/// A whole answer in each dialect, likewise.
const ANSWERS: [&str; 3] = [
    "{ \"id\":\"msg_1\", \"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\n  \"content\":[{\"type\":\"text\",\"text\":\"gr\\u00fc\\u00dfe\",\"citations\":null}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":2},\"future\":1.50 }\n",
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"gr\\u00fc\\u00dfe\",\"refusal\":null},\"finish_reason\":\"stop\"}],   \"future\":[1E3]}",
    "{\n  \"candidates\": [\n    {\"content\": {\"parts\": [{\"text\": \"gr\\u00fc\\u00dfe\"}],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}\n  ],\n  \"future\": -0.0\n}\n",
];

#[tokio::test]
async fn an_answer_in_the_clients_own_dialect_is_the_providers_byte_for_byte() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({})).await;
    for (index, client) in Tongue::ALL.into_iter().enumerate() {
        for (stream, fixed) in [(true, STREAMS[index]), (false, ANSWERS[index])] {
            let kind = if stream { "text/event-stream" } else { "application/json" };
            let headers = json!({ "content-type": kind });
            let body = json!({ "kind": "status", "status": 200, "headers": headers, "body": fixed });
            trio.at(index).set(Fault::from_json(body).expect("a fault"));
            let answer = gateway.ask(client, &format!("ha{index}"), "hi", stream).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.body, fixed, "{client:?}, stream: {stream}");
            trio.at(index).clear();
        }
    }
}

#[tokio::test]
async fn tokens_that_a_provider_does_not_count_in_a_stream_are_estimated_and_marked() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({})).await;
    for (usage, estimated) in [(json!({ "include_usage": true }), false), (Value::Null, true)] {
        let mut body = Tongue::Openai.body("ha1", "How many words are this?", true);
        body["stream_options"] = usage;
        let request = gateway.request(Method::POST, &Tongue::Openai.path("ha1", true));
        let answer = Answer::to(request.header("x-mainstay-token", &gateway.token).json(&body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let seen = trio.at(1).seen().pop().expect("a request");
        assert_eq!(seen.body()["stream_options"].is_null(), estimated, "nothing is added: {}", seen.body());
        let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
        assert_eq!(trail["usage_estimated"], estimated, "{trail}");
        let tokens = |name: &str| trail["usage"][name].as_u64().expect("a number");
        assert!((4..40).contains(&tokens("input")) && (4..40).contains(&tokens("output")), "{trail}");
    }
}

#[tokio::test]
async fn a_request_in_the_members_own_dialect_arrives_byte_for_byte_but_for_the_model() {
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({})).await;
    let requests = [
        "{ \"model\" : \"ha0\",\n\t\"max_tokens\":64, \"messages\":[ {\"role\":\"user\",\"content\":\"gr\\u00fc\\u00dfe \u{1f44b}\"} ],\"temperature\":1.0e0 , \"metadata\":{\"user_id\":\"u\"}}\n",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"gr\\u00fc\\u00dfe\"}],  \"model\":\"ha1\",\"n\":1 , \"seed\":7 }",
        "{ \"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"gr\\u00fc\\u00dfe\"}]}], \"generationConfig\":{ \"temperature\":1.0 } }",
    ];
    for (index, client) in Tongue::ALL.into_iter().enumerate() {
        let request = gateway.request(Method::POST, &client.path(&format!("ha{index}"), false));
        let request = request.header("x-mainstay-token", &gateway.token).header("content-type", "application/json");
        let answer = Answer::to(request.body(requests[index])).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let seen = trio.at(index).seen();
        let arrived = String::from_utf8(seen[0].body_bytes().to_vec()).expect("UTF-8");
        assert_eq!(arrived, requests[index].replace(&format!("\"ha{index}\""), &format!("\"{}\"", MEMBERS[index].2)));
        assert!(seen[0].path().contains(MEMBERS[index].2) || client != Tongue::Gemini, "{}", seen[0].path());
    }
}

#[tokio::test]
async fn a_conversation_with_a_system_prompt_reaches_every_dialect() {
    let Some(clients) = Clients::get() else { return };
    let trio = Trio::start().await;
    let gateway = orders(&trio, json!({})).await;
    for first in 0..3 {
        for client in Tongue::ALL {
            trio.at(first).forget();
            let call = json!({
                "model": format!("ha{first}"), "stream": true, "system": "Be brief.", "max_tokens": 5,
                "messages": [
                    { "role": "user", "content": "first turn" },
                    { "role": "assistant", "content": "an answer" },
                    { "role": "user", "content": "second turn" },
                ],
            });
            let heard = clients.call(&gateway, client, call).await;
            assert!(heard.ok(), "{heard:?}");
            let five: Vec<_> = words_of(first, "second turn").split_inclusive(' ').take(5).map(str::to_owned).collect();
            assert_eq!(heard.text(), five.concat(), "the limit arrived: {heard:?}");
            let limited = match client {
                Tongue::Anthropic => "max_tokens",
                Tongue::Openai => "length",
                Tongue::Gemini => "MAX_TOKENS",
            };
            assert_eq!(heard.stop(), Some(limited), "{heard:?}");
            let seen = trio.at(first).seen();
            for words in ["Be brief.", "first turn", "an answer", "second turn"] {
                assert!(seen[0].mentions(words), "{words}: {seen:?}");
            }
        }
    }
}
