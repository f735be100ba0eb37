//! A provider that takes a request and never answers: the fault that costs most, since only time tells.
//!
//! What is counted is who waited, not for how long: the trail says which attempts ran into the limit.

use crate::clients::Clients;
use crate::harness::{Home, Serve, Tongue, Trio, words_of};
use mainstay_simulator::Fault;
use serde_json::json;
use std::sync::Arc;

/// Requests one after another, as an agent sends them.
const REQUESTS: usize = 20;

async fn at_most_the_first_waits(client: Tongue, stream: bool) {
    let Some(clients) = Clients::get() else { return };
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({ "timeout_ms": 1000 }));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
    trio.at(0).set(Fault::hang_before_headers());

    let mut timed_out = Vec::new();
    for request in 0..REQUESTS {
        let said = format!("request {request}");
        let heard = clients.ask(&gateway, client, "some-model", &said, stream).await;
        assert!(heard.ok(), "{heard:?}");
        assert_eq!(heard.text(), words_of(1, &said), "{heard:?}");
        assert_eq!(heard.header("x-mainstay-served-by"), Some("ha-openai"), "{heard:?}");
        let trail = gateway.trail(heard.request_id()).await;
        let attempts = trail["attempts"].as_array().expect("a list");
        if attempts.iter().any(|attempt| attempt["outcome"] == "timed-out") {
            timed_out.push(request);
        }
    }
    assert_eq!(timed_out, [0], "the first finds out, and no other waits");
    assert_eq!(trio.at(0).count(), 1);
    assert_eq!((trio.at(0).disconnects(), trio.at(0).in_flight()), (1, 0), "the hung call was dropped");
}

#[tokio::test]
async fn twenty_requests_by_the_openai_sdk_are_answered_and_only_the_first_waits() {
    at_most_the_first_waits(Tongue::Openai, false).await;
}

#[tokio::test]
async fn twenty_streams_by_the_openai_sdk_are_answered_and_only_the_first_waits() {
    at_most_the_first_waits(Tongue::Openai, true).await;
}

#[tokio::test]
async fn twenty_requests_by_the_anthropic_sdk_are_answered_and_only_the_first_waits() {
    at_most_the_first_waits(Tongue::Anthropic, false).await;
}

#[tokio::test]
async fn twenty_streams_by_the_google_sdk_are_answered_and_only_the_first_waits() {
    at_most_the_first_waits(Tongue::Gemini, true).await;
}

#[tokio::test]
async fn a_client_with_a_short_timeout_of_its_own_is_answered_within_it() {
    let Some(clients) = Clients::get() else { return };
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    // No limit in the profile: the client's own decides, less what the members behind need.
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
    trio.at(0).set(Fault::hang_before_headers());
    let call = json!({
        "model": "m", "messages": [{ "role": "user", "content": "quick" }], "stream": false, "timeout_ms": 9_000,
    });
    let heard = clients.call(&gateway, Tongue::Openai, call).await;
    assert!(heard.ok(), "{heard:?}");
    assert_eq!(heard.text(), words_of(1, "quick"), "{heard:?}");
}
