//! What a profile says of a request, in whichever dialect it goes out; and answers that come compressed.

use super::fixture::{MODES, Pair, Setting, Stage, Wire, loops, pairs, whole};
use crate::clients::Clients;
use crate::harness::{Home, Serve, standard};
use axum::Router;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_client_that_streams_is_served_by_a_profile_that_does_not() {
    let settings = json!({ "streaming": "disabled" });
    let Some(stage) = Stage::with(Setting { settings, ..Setting::default() }).await else { return };
    let edit = json!({ "call": { "name": "edit", "arguments": super::conversation::edit_arguments() } });
    stage.play(&json!({ "steps": [[{ "text": "I look." }, edit], [{ "text": "Done." }]] }));
    stage
        .each(loops(&MODES), async |stage, pair| {
            let mut turns = vec![pair.opening()];
            let tools = json!([super::conversation::edit()]);
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
            whole(&pair, &heard);
            assert_eq!(heard.text(), "I look.", "{pair}: {heard:?}");
            assert_eq!(super::conversation::called(&heard).len(), 1, "{pair}: {heard:?}");
            assert_eq!(heard.stop(), Some(pair.client.calls()), "{pair}: {heard:?}");
            turns.push(json!({ "turn": heard.0["turn"] }));
            turns.push(super::conversation::answered(&pair, &heard, &[super::conversation::says("done")]));
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
            whole(&pair, &heard);
            assert_eq!(heard.text(), "Done.", "{pair}: {heard:?}");
            for seen in stage.seen(pair.upstream, &pair) {
                assert!(seen.body()["stream"] != true, "{pair}: {seen:?}");
                assert!(!seen.path().contains("streamGenerateContent"), "{pair}: {seen:?}");
            }
        })
        .await;
}

/// The model that a request went to.
fn model_of(seen: &mainstay_simulator::Seen) -> String {
    let path = seen.path();
    match path.split_once("/models/").and_then(|(_, rest)| rest.split_once(':')) {
        Some((model, _)) => model.to_owned(),
        None => seen.body()["model"].as_str().expect("a model").to_owned(),
    }
}

#[tokio::test]
async fn the_model_that_serves_follows_from_the_model_asked_for() {
    let beside = json!({ "x-mainstay": { "models": {
        "main": "gemini-3-main", "small": "gemini-3-small", "map": { "*opus*": "gemini-3-large" },
    } } });
    for upstream in Wire::ALL {
        let active = format!("to-{}", upstream.name());
        let setting = Setting { beside: beside.clone(), active: Some(&active), ..Setting::default() };
        let Some(stage) = Stage::with(setting).await else {
            return;
        };
        let own = |pair: &Pair| pair.upstream == upstream;
        stage
            .each(pairs(&["whole", "stream"]).into_iter().filter(own).collect(), async |stage, pair| {
                let route = format!("to-{}", pair.upstream.name());
                for (asked, served) in [
                    ("claude-opus-4-8", "gemini-3-large"),
                    ("claude-haiku-4-5", "gemini-3-small"),
                    ("gpt-5-mini", "gemini-3-small"),
                    ("some-other-model", "gemini-3-main"),
                    (route.as_str(), "gemini-3-main"),
                ] {
                    let heard = stage.ask(&pair, json!({ "turns": [pair.opening()], "model": asked })).await;
                    assert!(heard.ok(), "{pair}, {asked}: {heard:?}");
                    let seen = stage.seen(pair.upstream, &pair);
                    assert_eq!(model_of(seen.last().expect("a request")), served, "{pair}, {asked}");
                }
            })
            .await;
    }
}

/// How much reasoning a request asks for, in its dialect's terms.
fn effort(wire: Wire, body: &Value) -> Value {
    match wire {
        Wire::Anthropic => body["thinking"]["budget_tokens"].clone(),
        Wire::Chat => body["reasoning_effort"].clone(),
        Wire::Responses => body["reasoning"]["effort"].clone(),
        Wire::Gemini => body["generationConfig"]["thinkingConfig"]["thinkingLevel"].clone(),
    }
}

#[tokio::test]
async fn a_profiles_effort_arrives_in_the_providers_terms() {
    let settings = json!({ "reasoning.effort": "high" });
    let Some(stage) = Stage::with(Setting { settings, ..Setting::default() }).await else { return };
    stage
        .each(pairs(&["whole", "stream"]), async |stage, pair| {
            let call = json!({ "turns": [pair.opening()], "max_tokens": 20_000 });
            let heard = stage.ask(&pair, call).await;
            assert!(heard.ok(), "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair);
            let arrived = effort(pair.upstream, &body);
            let high = arrived.as_u64().is_some_and(|budget| budget >= 8192)
                || arrived.as_str().is_some_and(|word| word.eq_ignore_ascii_case("high"));
            assert!(high, "{pair}: {body}");
        })
        .await;
}

/// A whole Chat answer and a stream of the same, `packed grüße`, by gzip.
const PACKED: [&str; 2] = [
    "H4sIAAAAAAACA0WOTW7CMBCFr1K9tUFtEBtfBSHkOkPiYjyWZyJVjXKWXoQdF2NStXQ10vuZ981IPTziGDRea958pQoHfv+gqL/6NrI5pImLWbFRULLOm8OVe8qWGqpu9ttudUdOkQT+MCOVnj7hXy1HImEg+BmNs10EkSQaiq4dLkplXashXqh/Gdr9dv8msxqdJwk2UaacF4dzKknGkyGIwXiIcsVydJj+/tdmsHpSvlCRH8h/+qfaOShryE9htywP9LomcAkBAAA=",
    "H4sIAAAAAAACA82QvU7DMBDH9zxFdbMbQRGLZ1jpA1RRdbWPxMS9s+KLhFrlWXgRtr4YDkLpwA5d/1/303lUtKszBA8WXIfqjimuTyGBATm8kdMfvXZSHNIgXLtu5L4E3ECoVJr3Bo7iKZZsm3T9WG9mt5PgKIPdlXn29A72zkBJKYI9wyCRSh5zDlmRdW4IK/F8ESYDr4FD7vblRhYGy2OMUzNVlf835CtfQteTX906ZjtcPi8fdJOYv5kgqyT4O6rGwJixpflnaSg7ulfpifN38zq8qBsDKopxER6mhXX3tH15bqrqC4oK29ZRAwAA",
];

#[tokio::test]
async fn a_compressed_answer_is_unpacked() {
    let Some(clients) = Clients::get() else { return };
    let packed = |body: axum::Json<Value>| async move {
        let streams = body["stream"] == true;
        let kind = if streams { "text/event-stream" } else { "application/json" };
        let bytes = STANDARD.decode(PACKED[usize::from(streams)]).expect("base64");
        ([(CONTENT_TYPE, kind), (CONTENT_ENCODING, "gzip")], bytes).into_response()
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let router = Router::new().route("/v1/chat/completions", post(packed));
    let upstream = tokio::spawn(async move { axum::serve(listener, router).await });
    let home = Arc::new(Home::new());
    let settings = json!({ "base-url": format!("http://{address}/v1"), "auth-key": "k" });
    home.write("packed", &standard("openai", "gpt-5.2", &settings));
    let gateway = Serve::at(&home).in_memory().start().await;
    for client in Wire::ALL {
        for mode in MODES {
            let call = json!({ "model": "packed", "mode": mode, "turns": [{ "user": [{ "text": "hi" }] }] });
            let heard = clients.call_by(&gateway.address, &gateway.token, client.sdk(), call).await;
            assert!(heard.ok(), "{client:?}, {mode}: {heard:?}");
            assert_eq!(heard.text(), "packed grüße", "{client:?}, {mode}: {heard:?}");
            assert_eq!(heard.0["usage"]["output"], 2, "{client:?}, {mode}: {heard:?}");
        }
    }
    upstream.abort();
}
