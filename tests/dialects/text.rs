//! Text alone: words, stop reason, model, usage.

use super::fixture::{MODES, Pair, Stage, Wire, pairs, whole};
use crate::clients::Heard;
use serde_json::json;

/// Twenty-seven words in sixty characters, which is what a practice provider repeats.
const LETTERS: &str = "a b c d e f g h i j k l m n o p q r s t u v w x y z grüße! 👋";

/// Tokens of the words alone. A provider of Responses that is asked for its sealed reasoning reasons.
fn spoken(pair: &Pair, heard: &Heard) -> usize {
    let tokens = |name: &str| heard.0["usage"][name].as_u64().unwrap_or_default();
    // Google counts reasoning apart.
    let reasoning = if pair.client == Wire::Gemini { 0 } else { tokens("reasoning") };
    usize::try_from(tokens("output") - reasoning).expect("a small number")
}

#[tokio::test]
async fn text_comes_whole_with_its_stop_reason_its_model_and_its_usage() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(pairs(&MODES), async |stage, pair| {
            let call = json!({ "system": "Be brief.", "turns": [pair.opening()] });
            let heard = stage.ask(&pair, call).await;
            whole(&pair, &heard);
            let (name, model) = (pair.upstream.name(), pair.upstream.model());
            let words = format!("Simulated answer from {name} (model {model}). You said: {}", pair.marker());
            assert_eq!(heard.text(), words, "{pair}");
            assert_eq!(heard.stop(), Some(pair.client.done()), "{pair}: {heard:?}");
            let count = words.split_whitespace().count();
            assert_eq!(heard.0["usage"]["input"], 3, "{pair}: {heard:?}");
            assert_eq!(spoken(&pair, &heard), count, "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn the_token_limit_arrives_and_its_stop_reason_comes_back() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(pairs(&["whole", "stream"]), async |stage, pair| {
            let turns = [json!({ "said": "Earlier." }), json!({ "user": [{ "text": LETTERS }] })];
            let turns = [&[pair.opening()], &turns[..]].concat();
            let heard = stage.ask(&pair, json!({ "turns": turns, "max_tokens": 16 })).await;
            whole(&pair, &heard);
            assert_eq!(heard.stop(), Some(pair.client.limited()), "{pair}: {heard:?}");
            let count = heard.text().split_whitespace().count();
            assert_eq!(spoken(&pair, &heard), count, "{pair}: {heard:?}");
            assert!([12, 16].contains(&count) && heard.text().starts_with("Simulated answer"), "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn what_a_provider_read_from_its_cache_is_counted_once() {
    let Some(stage) = Stage::start().await else { return };
    // Anthropic's caches are asked for, in words that are its own.
    let all = pairs(&MODES).into_iter().filter(|pair| pair.upstream != Wire::Anthropic).collect();
    stage
        .each(all, async |stage, pair| {
            let turns = [pair.opening(), json!({ "said": "Well?" }), json!({ "user": [{ "text": "Go on." }] })];
            let heard = stage.ask(&pair, json!({ "system": "word ".repeat(1100), "turns": turns })).await;
            whole(&pair, &heard);
            let usage = &heard.0["usage"];
            assert_eq!((&usage["input"], &usage["cached"]), (&json!(1104), &json!(1024)), "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn a_stop_sequence_ends_an_answer() {
    let Some(stage) = Stage::start().await else { return };
    // Responses has none, neither for clients nor at the provider.
    let all = pairs(&["whole", "stream"]).into_iter();
    let all = all.filter(|pair| ![pair.client, pair.upstream].contains(&Wire::Responses)).collect();
    stage
        .each(all, async |stage, pair| {
            let name = match pair.client {
                Wire::Anthropic => "stop_sequences",
                Wire::Chat | Wire::Responses => "stop",
                Wire::Gemini => "stopSequences",
            };
            let heard =
                stage.ask(&pair, json!({ "turns": [pair.opening()], "extra": { name: ["You said", "#"] } })).await;
            whole(&pair, &heard);
            assert!(heard.text().ends_with("). "), "{pair}: {heard:?}");
            let told = (pair.client, pair.upstream) == (Wire::Anthropic, Wire::Anthropic);
            let stop = if told { "stop_sequence" } else { pair.client.done() };
            assert_eq!(heard.stop(), Some(stop), "{pair}: {heard:?}");
        })
        .await;
}
