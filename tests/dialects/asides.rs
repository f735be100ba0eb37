//! What clients ask beside answers: counts, lists of models, vectors, stored responses.

use super::fixture::{Pair, Stage, Wire, pairs, whole};
use serde_json::json;

/// Pairs of these clients, which don't stream what they ask here.
fn asked_by(clients: &[Wire]) -> Vec<Pair> {
    pairs(&["whole"]).into_iter().filter(|pair| clients.contains(&pair.client)).collect()
}

#[tokio::test]
async fn tokens_are_counted_by_the_provider_where_it_can_and_estimated_elsewhere() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(asked_by(&[Wire::Anthropic, Wire::Responses, Wire::Gemini]), async |stage, pair| {
            let turns = [pair.opening(), json!({ "said": "one two" }), json!({ "user": [{ "text": "three four" }] })];
            let heard = stage.ask(&pair, json!({ "do": "count", "turns": turns })).await;
            assert!(heard.ok(), "{pair}: {heard:?}");
            let tokens = heard.0["tokens"].as_u64().expect("a number");
            // A practice provider takes a word for a token.
            if pair.upstream != Wire::Chat {
                assert_eq!((tokens, heard.header("x-mainstay-estimated")), (5, None), "{pair}: {heard:?}");
                let name = format!("to-{}", pair.upstream.name());
                assert_eq!(heard.header("x-mainstay-served-by"), Some(name.as_str()), "{pair}: {heard:?}");
            } else {
                assert!((5..50).contains(&tokens), "{pair}: {heard:?}");
                assert_eq!(heard.header("x-mainstay-estimated"), Some("1"), "{pair}: {heard:?}");
            }
            assert_eq!(stage.provider(pair.upstream).count(), 0, "{pair}: counting is no answer");
        })
        .await;
}

#[tokio::test]
async fn each_sdk_lists_balancers_and_profiles_as_models() {
    let Some(stage) = Stage::start().await else { return };
    let own = pairs(&["whole"]).into_iter().filter(|pair| pair.client == pair.upstream).collect();
    stage
        .each(own, async |stage, pair| {
            let heard = stage.ask(&pair, json!({ "do": "models" })).await;
            assert!(heard.ok(), "{pair}: {heard:?}");
            let names = heard.0["names"].as_array().expect("names");
            let shown =
                |name: &str| if pair.client == Wire::Gemini { format!("models/{name}") } else { name.to_owned() };
            assert_eq!(names.len(), 16, "{pair}: {heard:?}");
            for name in ["to-chat", "anthropic-then-gemini"] {
                assert!(names.contains(&json!(shown(name))), "{pair}: {heard:?}");
            }
            let heard = stage.ask(&pair, json!({ "do": "model", "model": "to-responses" })).await;
            assert_eq!(heard.0["name"], shown("to-responses"), "{pair}: {heard:?}");
            let heard = stage.ask(&pair, json!({ "do": "model", "model": "nobody" })).await;
            assert_eq!(heard.0["status"], 404, "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn vectors_come_from_a_provider_of_the_same_shape_alone() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(asked_by(&[Wire::Chat, Wire::Gemini]), async |stage, pair| {
            let heard = stage.ask(&pair, json!({ "do": "embed", "texts": ["one", "grüße", "one"] })).await;
            let same = match pair.client {
                Wire::Gemini => pair.upstream == Wire::Gemini,
                _ => matches!(pair.upstream, Wire::Chat | Wire::Responses),
            };
            if !same {
                assert_eq!(heard.0["status"], 400, "{pair}: {heard:?}");
                let message = heard.0["message"].as_str().expect("a message");
                assert!(message.contains("embeddings"), "{pair}: {heard:?}");
                return;
            }
            assert!(heard.ok(), "{pair}: {heard:?}");
            let vectors = heard.0["vectors"].as_array().expect("vectors");
            assert_eq!(vectors.len(), 3, "{pair}: {heard:?}");
            assert_eq!(vectors[0], vectors[2], "{pair}: {heard:?}");
            assert_ne!(vectors[0], vectors[1], "{pair}: {heard:?}");
            assert_eq!(vectors[0].as_array().map(Vec::len), Some(8), "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn a_stored_response_is_continued_where_it_is_stored_and_refused_elsewhere() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(
            pairs(&["whole", "stream", "helper"]).into_iter().filter(|pair| pair.client == Wire::Responses).collect(),
            async |stage, pair| {
                let heard = stage.ask(&pair, json!({ "turns": [pair.opening()] })).await;
                whole(&pair, &heard);
                let turns = json!([{ "user": [{ "text": "And then?" }] }]);
                let extra = json!({ "previous_response_id": heard.0["ids"][0] });
                let heard = stage.ask(&pair, json!({ "turns": turns, "extra": extra })).await;
                if pair.upstream == Wire::Responses {
                    whole(&pair, &heard);
                    assert!(heard.text().ends_with("And then?"), "{pair}: {heard:?}");
                    return;
                }
                assert_eq!(heard.0["status"], 400, "{pair}: {heard:?}");
                assert_eq!(heard.0["error_type"], "BadRequestError", "{pair}: {heard:?}");
                let message = heard.0["message"].as_str().expect("a message");
                assert!(message.contains("previous response"), "{pair}: {heard:?}");
            },
        )
        .await;
}
