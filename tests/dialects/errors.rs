//! What goes wrong, as each SDK tells its caller.

use super::fixture::{MODES, Pair, Setting, Stage, Wire, pairs};
use crate::clients::Heard;
use crate::harness::status;
use mainstay_simulator::Fault;
use serde_json::json;

/// The SDK threw its own error for this status.
fn threw(pair: &Pair, heard: &Heard, status: u16, class: &str) {
    assert!(!heard.ok(), "{pair}: {heard:?}");
    assert_eq!(heard.0["status"], status, "{pair}: {heard:?}");
    let class = match (pair.client, status) {
        (Wire::Gemini, _) => "ApiError",
        (Wire::Anthropic, 503) => "ServiceUnavailableError",
        (Wire::Anthropic, 529) => "OverloadedError",
        _ => class,
    };
    assert_eq!(heard.0["error_type"], class, "{pair}: {heard:?}");
    assert!(heard.0["message"].as_str().is_some_and(|message| message.len() > 10), "{pair}: {heard:?}");
    // Google's SDK has no place for it.
    if pair.client != Wire::Gemini {
        assert!(heard.0["request_id"].is_string(), "{pair}: {heard:?}");
    }
    assert!(heard.header("x-mainstay-request-id").is_some(), "{pair}: {heard:?}");
}

#[tokio::test]
async fn a_providers_error_is_the_sdks_own_error() {
    let faults = [
        (400, "BadRequestError"),
        (404, "NotFoundError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (529, "InternalServerError"),
    ];
    let all = pairs(&MODES);
    // What a provider said once is remembered of the profile, so each error has a profile of its own.
    let apart = faults
        .iter()
        .flat_map(|(status, _)| all.iter().map(move |pair| (format!("{}-{status}", pair.marker()), pair.upstream)));
    let apart = apart.collect();
    let Some(stage) = Stage::with(Setting { apart, ..Setting::default() }).await else { return };
    for (expected, class) in faults {
        let headers = if expected == 429 { json!({ "retry-after": "7" }) } else { json!({}) };
        for wire in Wire::ALL {
            stage.provider(wire).set(status(expected, &headers));
        }
        stage
            .each(all.clone(), move |stage, pair| async move {
                let profile = format!("{}-{expected}", pair.marker());
                let heard = stage.ask(&pair, json!({ "turns": [pair.opening()], "model": profile })).await;
                // A 529 is Anthropic's alone. Every client knows a 503.
                let known = expected != 529 || pair.client == Wire::Anthropic;
                threw(&pair, &heard, if known { expected } else { 503 }, class);
                if expected == 429 {
                    let after = heard.header("retry-after").and_then(|after| after.parse::<u64>().ok());
                    // A little later than the provider says, so that not all clients come back at once.
                    assert!(after.is_some_and(|after| (7..=10).contains(&after)), "{pair}: {heard:?}");
                }
            })
            .await;
    }
}

#[tokio::test]
async fn an_error_after_some_words_is_thrown_and_the_words_stay() {
    let Some(stage) = Stage::start().await else { return };
    for (wire, events) in [(Wire::Anthropic, 6), (Wire::Chat, 4), (Wire::Responses, 7), (Wire::Gemini, 3)] {
        let fault = json!({ "kind": "error-in-200", "after_events": events });
        stage.provider(wire).set(Fault::from_json(fault).expect("a fault"));
    }
    stage
        .each(pairs(&["stream", "helper"]), async |stage, pair| {
            let heard = stage.ask(&pair, json!({ "turns": [pair.opening()] })).await;
            assert!(!heard.ok(), "{pair}: it must not pass for success: {heard:?}");
            assert_eq!(heard.stop(), None, "{pair}: {heard:?}");
            assert!(heard.0["message"].as_str().is_some_and(|message| message.len() > 10), "{pair}: {heard:?}");
            if pair.mode == "stream" {
                assert!(
                    !heard.text().is_empty() && "Simulated answer from ".starts_with(heard.text().trim()),
                    "{pair}: {heard:?}"
                );
            }
        })
        .await;
}

#[tokio::test]
async fn a_stream_that_is_cut_off_is_thrown_too() {
    let Some(stage) = Stage::start().await else { return };
    for (wire, events) in [(Wire::Anthropic, 6), (Wire::Chat, 4), (Wire::Responses, 7), (Wire::Gemini, 3)] {
        stage.provider(wire).set(Fault::cut_mid_stream(events));
    }
    stage
        .each(pairs(&["stream", "helper"]), async |stage, pair| {
            let heard = stage.ask(&pair, json!({ "turns": [pair.opening()] })).await;
            assert!(!heard.ok(), "{pair}: it must not pass for success: {heard:?}");
            assert_eq!(heard.stop(), None, "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn a_refusal_is_told_in_each_clients_words() {
    let Some(stage) = Stage::start().await else { return };
    stage.play(&json!({ "steps": [[{ "refusal": "I can't help with that." }]] }));
    // Gemini refuses without words, and without an answer.
    let all = pairs(&["whole", "stream"]).into_iter().filter(|pair| pair.upstream != Wire::Gemini).collect();
    stage
        .each(all, async |stage, pair| {
            let heard = stage.ask(&pair, json!({ "turns": [pair.opening()] })).await;
            assert!(heard.ok(), "{pair}: {heard:?}");
            let said = heard.0["turn"].to_string() + heard.text();
            assert!(said.contains("I can't help with that."), "{pair}: {heard:?}");
        })
        .await;
}
