//! Text alone: words, stop reason, model, usage.

use super::fixture::{MODES, Stage, pairs, whole};
use serde_json::json;
use std::sync::Arc;

/// Twenty-seven words in sixty characters, which is what a practice provider repeats.
const LETTERS: &str = "a b c d e f g h i j k l m n o p q r s t u v w x y z grüße! 👋";

#[tokio::test]
async fn text_comes_whole_with_its_stop_reason_its_model_and_its_usage() {
    let Some(stage) = Stage::start().await.map(Arc::new) else { return };
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
            assert_eq!(heard.0["usage"]["output"], count, "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn the_token_limit_arrives_and_its_stop_reason_comes_back() {
    let Some(stage) = Stage::start().await.map(Arc::new) else { return };
    stage
        .each(pairs(&["whole", "stream"]), async |stage, pair| {
            let turns = [json!({ "said": "Earlier." }), json!({ "user": [{ "text": LETTERS }] })];
            let turns = [&[pair.opening()], &turns[..]].concat();
            let heard = stage.ask(&pair, json!({ "turns": turns, "max_tokens": 16 })).await;
            whole(&pair, &heard);
            assert_eq!(heard.stop(), Some(pair.client.limited()), "{pair}: {heard:?}");
            assert_eq!(heard.text().split_whitespace().count(), 16, "{pair}: {heard:?}");
            assert!(heard.text().ends_with("a b c d e f g h "), "{pair}: {heard:?}");
            assert_eq!(heard.0["usage"]["output"], 16, "{pair}: {heard:?}");
        })
        .await;
}
