//! Which tool must be called, or none, or at most one.

use super::conversation::{called, edit, edit_arguments, tree};
use super::fixture::{Pair, Stage, Wire, pairs, varied, whole};
use serde_json::{Value, json};

#[tokio::test]
async fn a_tool_that_is_named_is_called() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(varied(&pairs(&["whole", "stream"]), &["named", "any"]), async |stage, pair| {
            let (choice, expected) =
                if pair.variant == "any" { (json!("any"), "edit") } else { (json!({ "name": "plant" }), "plant") };
            let call = json!({ "turns": [pair.opening()], "tools": [edit(), tree()], "choice": choice });
            let heard = stage.ask(&pair, call).await;
            whole(&pair, &heard);
            let calls = called(&heard);
            assert_eq!(calls.len(), 1, "{pair}: {heard:?}");
            assert_eq!(calls[0].0, expected, "{pair}: {heard:?}");
            let argument = if expected == "plant" { &calls[0].1["root"]["name"] } else { &calls[0].1["path"] };
            assert_eq!(argument, "simulated", "{pair}: {heard:?}");
            // Chat says `stop` where the tool was named. A client of its own hears that; no other is to take the turn for
            // ended.
            if pair.client != Wire::Chat {
                assert_eq!(heard.stop(), Some(pair.client.calls()), "{pair}: {heard:?}");
            }
        })
        .await;
}

/// Whether a request says that no tool may be called.
fn forbids(pair: &Pair, body: &Value) -> bool {
    match pair.upstream {
        Wire::Anthropic => body["tool_choice"]["type"] == "none",
        Wire::Chat | Wire::Responses => body["tool_choice"] == "none",
        Wire::Gemini => body["toolConfig"]["functionCallingConfig"]["mode"] == "NONE",
    }
}

#[tokio::test]
async fn tools_that_must_not_be_called_are_offered_and_not_called() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(pairs(&["whole", "stream"]), async |stage, pair| {
            let call = json!({ "turns": [pair.opening()], "tools": [edit()], "choice": "none" });
            let heard = stage.ask(&pair, call).await;
            whole(&pair, &heard);
            assert!(called(&heard).is_empty() && !heard.text().is_empty(), "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair);
            assert!(forbids(&pair, &body), "{pair}: {body}");
        })
        .await;
}

#[tokio::test]
async fn one_call_at_a_time_is_obeyed_where_a_provider_can() {
    let Some(stage) = Stage::start().await else { return };
    let call = json!({ "call": { "name": "edit", "arguments": edit_arguments() } });
    stage.play(&json!({ "steps": [[call, call]] }));
    // Google's clients have no word for it.
    let all = pairs(&["whole", "stream"]).into_iter().filter(|pair| pair.client != Wire::Gemini).collect();
    stage
        .each(all, async |stage, pair| {
            let extra = if pair.client == Wire::Anthropic {
                json!({ "tool_choice": { "type": "auto", "disable_parallel_tool_use": true } })
            } else {
                json!({ "parallel_tool_calls": false })
            };
            let heard = stage.ask(&pair, json!({ "turns": [pair.opening()], "tools": [edit()], "extra": extra })).await;
            whole(&pair, &heard);
            let calls = if pair.upstream == Wire::Gemini { 2 } else { 1 };
            assert_eq!(called(&heard).len(), calls, "{pair}: {heard:?}");
        })
        .await;
}
