//! Reasoning: asked for, seen, and given back to whoever can prove that it made it.

use super::conversation::{answered, called, says};
use super::fixture::{MODELS, MODES, Pair, Setting, Stage, Wire, loops, pairs};
use super::seen::proofs;
use crate::clients::Heard;
use crate::harness::status;
use serde_json::{Value, json};
use std::sync::Arc;

/// A Chat provider whose model shows what it thinks, as OpenAI's own never do.
fn thinkers() -> Setting<'static> {
    Setting { models: [MODELS[0], "deepseek-reasoner", MODELS[2], MODELS[3]], ..Setting::default() }
}

fn tools() -> Value {
    let schema = json!({ "type": "object", "properties": { "at": { "type": "string" } }, "required": ["at"] });
    json!([{ "name": "look", "description": "Looks", "schema": schema }])
}

/// Two turns with a call that follow from reasoning, then words that do.
fn play() -> Value {
    let look = |at: &str| json!({ "call": { "name": "look", "arguments": { "at": at } } });
    json!({ "steps": [
        [{ "reasoning": "I should look up." }, look("sky")],
        [{ "reasoning": "I should look down." }, look("sea")],
        [{ "reasoning": "Both are blue." }, { "text": "Blue." }],
    ] })
}

/// A client's words for what it wants to be shown.
fn thinking(turns: &[Value]) -> Value {
    json!({ "turns": turns, "tools": tools(), "reasoning": true, "max_tokens": 20_000 })
}

/// The helper of the Chat SDK keeps only the last piece of what it doesn't know.
fn shows(pair: &Pair, heard: &Heard, thought: &str) {
    let shown = heard.0["reasoning"].as_str().expect("text").trim();
    if pair.client == Wire::Chat && pair.mode == "helper" {
        assert!(!shown.is_empty() && thought.ends_with(shown), "{pair}: {heard:?}");
    } else {
        assert_eq!(shown, thought, "{pair}: {heard:?}");
    }
}

#[tokio::test]
async fn reasoning_is_asked_for_shown_and_counted() {
    let Some(stage) = Stage::with(thinkers()).await else { return };
    stage
        .each(pairs(&MODES), async |stage, pair| {
            let call = json!({ "turns": [pair.opening()], "reasoning": true, "max_tokens": 20_000 });
            let heard = stage.ask(&pair, call).await;
            assert!(heard.ok(), "{pair}: {heard:?}");
            shows(&pair, &heard, &format!("Simulated reasoning from {}.", pair.upstream.name()));
            assert!(heard.text().starts_with("Simulated answer"), "{pair}: {heard:?}");
            assert!(heard.text().ends_with(&pair.marker()), "{pair}: {heard:?}");
            assert_eq!(heard.0["usage"]["reasoning"], 4, "{pair}: {heard:?}");
            assert_eq!(heard.stop(), Some(pair.client.done()), "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn in_a_tool_loop_reasoning_goes_back_to_the_provider_that_made_it() {
    let Some(stage) = Stage::with(thinkers()).await else { return };
    stage.play(&play());
    stage
        .each(loops(&MODES), async |stage, pair| {
            let mut turns = vec![pair.opening()];
            for (at, thought) in [("sky", "I should look up."), ("sea", "I should look down.")] {
                let heard = stage.ask(&pair, thinking(&turns)).await;
                assert!(heard.ok(), "{pair}, {at}: {heard:?}");
                assert_eq!(called(&heard), [("look".to_owned(), json!({ "at": at }))], "{pair}: {heard:?}");
                shows(&pair, &heard, thought);
                turns.push(json!({ "turn": heard.0["turn"] }));
                turns.push(answered(&pair, &heard, &[says("blue")]));
            }
            let heard = stage.ask(&pair, thinking(&turns)).await;
            assert!(heard.ok(), "{pair}: {heard:?}");
            assert_eq!(heard.text(), "Blue.", "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair);
            // Chat has no place for a proof, neither at the client nor at the provider.
            if ![pair.client, pair.upstream].contains(&Wire::Chat) {
                assert_eq!(proofs(pair.upstream, &body).len(), 2, "{pair}: {body}");
            }
            assert!(!body.to_string().contains("bWFpbnN0YXk6"), "{pair}: no seal of ours leaves: {body}");
        })
        .await;
}

#[tokio::test]
async fn another_provider_takes_over_a_tool_loop_without_the_reasoning_that_it_did_not_make() {
    let Some(stage) = Stage::with(thinkers()).await else { return };
    stage.play(&play());
    for first in Wire::ALL {
        // `upstream` is who takes over.
        let all = pairs(&["whole", "stream"]).into_iter().filter(|pair| pair.upstream != first).collect::<Vec<_>>();
        let histories = Arc::new(std::sync::Mutex::new(std::collections::HashMap::new()));
        let told = Arc::clone(&histories);
        stage
            .each(all.clone(), move |stage, pair| {
                let told = Arc::clone(&told);
                async move {
                    let mut turns = vec![pair.opening()];
                    let mut call = thinking(&turns);
                    call["model"] = format!("{}-then-{}", first.name(), pair.upstream.name()).into();
                    let heard = stage.ask(&pair, call).await;
                    assert!(heard.ok(), "{pair} after {first:?}: {heard:?}");
                    let served = format!("to-{}", first.name());
                    assert_eq!(heard.header("x-mainstay-served-by"), Some(served.as_str()), "{pair}: {heard:?}");
                    turns.push(json!({ "turn": heard.0["turn"] }));
                    turns.push(answered(&pair, &heard, &[says("blue")]));
                    told.lock().expect("nobody panics with it").insert(pair.marker(), turns);
                }
            })
            .await;
        stage.provider(first).set(status(503, &json!({})));
        let told = Arc::clone(&histories);
        stage
            .each(all, move |stage, pair| {
                let told = Arc::clone(&told);
                async move {
                    let turns = told.lock().expect("nobody panics with it")[&pair.marker()].clone();
                    let mut call = thinking(&turns);
                    call["model"] = format!("{}-then-{}", first.name(), pair.upstream.name()).into();
                    let heard = stage.ask(&pair, call).await;
                    assert!(heard.ok(), "{pair} after {first:?}: {heard:?}");
                    let served = format!("to-{}", pair.upstream.name());
                    assert_eq!(heard.header("x-mainstay-served-by"), Some(served.as_str()), "{pair}: {heard:?}");
                    assert_eq!(heard.header("x-mainstay-attempts"), Some("2"), "{pair} after {first:?}: {heard:?}");
                    assert_eq!(called(&heard), [("look".to_owned(), json!({ "at": "sea" }))], "{pair}: {heard:?}");
                    let body = stage.last_seen(pair.upstream, &pair);
                    assert_eq!(proofs(pair.upstream, &body), Vec::<String>::new(), "{pair} after {first:?}: {body}");
                    assert!(!body.to_string().contains("bWFpbnN0YXk6"), "{pair} after {first:?}: {body}");
                }
            })
            .await;
        stage.provider(first).clear();
        for wire in Wire::ALL {
            stage.provider(wire).forget();
        }
    }
}
