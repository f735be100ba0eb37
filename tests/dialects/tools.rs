//! Tool loops: a call, its result, the answer; two calls at once; results that are errors or pictures.

use super::conversation::{answered, called, edit, edit_arguments, says, tree, tree_arguments};
use super::fixture::{MODES, Pair, Stage, Wire, loops, pairs, varied, whole};
use super::media::PNG;
use super::seen::{SeenCall, calls, has_schema, results};
use mainstay_simulator::Play;
use serde_json::{Value, json};

/// The calls of a request's history have these names and arguments, and each has its result, in this order.
fn paired(pair: &Pair, body: &Value, expected: &[(&str, Value, &str)]) {
    let (calls, results) = (calls(pair.upstream, body), results(pair.upstream, body));
    let arrived: Vec<(&str, Value)> =
        calls.iter().map(|SeenCall { name, arguments, .. }| (name.as_str(), arguments.clone())).collect();
    let wanted: Vec<(&str, Value)> = expected.iter().map(|(name, arguments, _)| (*name, arguments.clone())).collect();
    assert_eq!(arrived, wanted, "{pair}: {body}");
    assert_eq!(results.len(), calls.len(), "{pair}: {body}");
    for ((call, result), (.., said)) in calls.iter().zip(&results).zip(expected) {
        assert!(result.content.contains(said), "{pair}: {said}: {body}");
        assert_eq!(call.id, result.id, "{pair}: {body}");
        assert!(call.id.is_some() || pair.upstream == Wire::Gemini, "{pair}: {body}");
        if let Some(name) = &result.name {
            assert_eq!(*name, call.name, "{pair}: {body}");
        }
    }
}

#[tokio::test]
async fn a_tool_loop_keeps_arguments_and_results_as_they_are() {
    let Some(stage) = Stage::start().await else { return };
    stage.play(&json!({ "steps": [
        [{ "text": "I look." }, { "call": { "name": "edit", "arguments": edit_arguments() } }],
        [{ "text": "It is done." }],
    ] }));
    stage
        .each(loops(&MODES), async |stage, pair| {
            let mut turns = vec![pair.opening()];
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit(), tree()] })).await;
            whole(&pair, &heard);
            assert_eq!(called(&heard), [("edit".to_owned(), edit_arguments())], "{pair}: {heard:?}");
            assert_eq!(heard.text(), "I look.", "{pair}: {heard:?}");
            assert_eq!(heard.stop(), Some(pair.client.calls()), "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair);
            assert!(has_schema(pair.upstream, &body, &edit()["schema"]), "{pair}: {body}");

            turns.push(json!({ "turn": heard.0["turn"] }));
            turns.push(answered(&pair, &heard, &[says("zwölf Zeilen 🦀")]));
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit(), tree()] })).await;
            whole(&pair, &heard);
            assert_eq!(heard.text(), "It is done.", "{pair}: {heard:?}");
            assert_eq!(heard.stop(), Some(pair.client.done()), "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair);
            paired(&pair, &body, &[("edit", edit_arguments(), "zwölf Zeilen 🦀")]);
        })
        .await;
}

#[tokio::test]
async fn a_schema_that_refers_to_itself_and_empty_arguments_arrive() {
    let Some(stage) = Stage::start().await else { return };
    stage.play(&json!({ "steps": [
        [{ "call": { "name": "plant", "arguments": tree_arguments() } }],
        [{ "call": { "name": "now", "arguments": {} } }],
        [{ "text": "Grown." }],
    ] }));
    let now = json!({ "name": "now", "description": "The time", "schema": { "type": "object", "properties": {} } });
    stage
        .each(pairs(&["whole", "stream"]), move |stage, pair| {
            let tools = json!([tree(), now]);
            async move {
                let mut turns = vec![pair.opening()];
                for (name, arguments) in [("plant", tree_arguments()), ("now", json!({}))] {
                    let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
                    whole(&pair, &heard);
                    assert_eq!(called(&heard), [(name.to_owned(), arguments)], "{pair}: {heard:?}");
                    turns.push(json!({ "turn": heard.0["turn"] }));
                    turns.push(answered(&pair, &heard, &[says("done")]));
                }
                let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
                assert_eq!(heard.text(), "Grown.", "{pair}: {heard:?}");
                let body = stage.last_seen(pair.upstream, &pair);
                assert!(has_schema(pair.upstream, &body, &tree()["schema"]), "{pair}: {body}");
                paired(&pair, &body, &[("plant", tree_arguments(), "done"), ("now", json!({}), "done")]);
            }
        })
        .await;
}

#[tokio::test]
async fn two_calls_at_once_get_each_their_own_result() {
    let Some(stage) = Stage::start().await else { return };
    let second = json!({ "path": "b", "mode": "read", "limits": { "lines": 1 } });
    let play = json!({ "steps": [
        [
            { "call": { "name": "edit", "arguments": edit_arguments() } },
            { "call": { "name": "edit", "arguments": second } },
        ],
        [{ "text": "Both." }],
    ], "interleaved": true });
    stage.play(&play);
    stage
        .each(loops(&MODES), move |stage, pair| {
            let second = second.clone();
            async move {
                let mut turns = vec![pair.opening()];
                let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit()] })).await;
                whole(&pair, &heard);
                let expected = [("edit".to_owned(), edit_arguments()), ("edit".to_owned(), second.clone())];
                assert_eq!(called(&heard), expected, "{pair}: {heard:?}");
                assert_eq!(heard.stop(), Some(pair.client.calls()), "{pair}: {heard:?}");
                let ids = heard.0["calls"].as_array().expect("calls").iter().map(|call| &call["id"]);
                let ids: Vec<_> = ids.filter(|id| !id.is_null()).collect();
                assert!(ids.is_empty() || ids[0] != ids[1], "{pair}: {heard:?}");

                turns.push(json!({ "turn": heard.0["turn"] }));
                turns.push(answered(&pair, &heard, &[says("the first"), says("the second")]));
                let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit()] })).await;
                whole(&pair, &heard);
                assert_eq!(heard.text(), "Both.", "{pair}: {heard:?}");
                let body = stage.last_seen(pair.upstream, &pair);
                paired(&pair, &body, &[("edit", edit_arguments(), "the first"), ("edit", second, "the second")]);
            }
        })
        .await;
}

#[tokio::test]
async fn a_failed_call_and_a_picture_as_a_result_arrive() {
    let Some(stage) = Stage::start().await else { return };
    stage.play(&json!({ "steps": [
        [{ "call": { "name": "edit", "arguments": edit_arguments() } }],
        [{ "text": "I see." }],
    ] }));
    let all = varied(&pairs(&["whole", "stream"]), &["error", "picture"]);
    // OpenAI's clients can't say that a call failed, and those of Chat have no pictures in results.
    let can = |pair: &Pair| match pair.variant {
        "error" => matches!(pair.client, Wire::Anthropic | Wire::Gemini),
        _ => pair.client != Wire::Chat,
    };
    stage
        .each(all.into_iter().filter(can).collect(), async |stage, pair| {
            let mut turns = vec![pair.opening()];
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit()] })).await;
            whole(&pair, &heard);
            turns.push(json!({ "turn": heard.0["turn"] }));
            let picture = json!({ "image": { "type": "image/png", "data": PNG } });
            let result = match pair.variant {
                "error" => json!({ "parts": [{ "text": "no such file" }], "error": true }),
                _ => json!({ "parts": [{ "text": "a picture" }, picture] }),
            };
            turns.push(answered(&pair, &heard, &[result]));
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit()] })).await;
            whole(&pair, &heard);
            assert_eq!(heard.text(), "I see.", "{pair}: {heard:?}");
            let seen = stage.seen(pair.upstream, &pair);
            let (last, body) = (&seen[1], seen[1].body());
            if pair.variant == "error" {
                let results = results(pair.upstream, &body);
                assert!(results[0].content.contains("no such file"), "{pair}: {body}");
                let tells = matches!(pair.upstream, Wire::Anthropic | Wire::Gemini);
                assert_eq!(results[0].error, tells, "{pair}: {body}");
            } else {
                assert!(last.mentions(PNG) && last.mentions("a picture"), "{pair}: {body}");
            }
        })
        .await;
}

#[tokio::test]
async fn words_between_calls_stay_in_order() {
    let Some(stage) = Stage::start().await else { return };
    stage.play(&json!({ "steps": [
        [{ "text": "One." }, { "call": { "name": "edit", "arguments": edit_arguments() } }],
        [{ "text": "Two." }, { "call": { "name": "edit", "arguments": edit_arguments() } }],
        [{ "text": "Three." }],
    ] }));
    stage
        .each(loops(&["whole", "helper"]), async |stage, pair| {
            let mut turns = vec![pair.opening()];
            for said in ["One.", "Two."] {
                let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit()] })).await;
                whole(&pair, &heard);
                assert_eq!(heard.text(), said, "{pair}: {heard:?}");
                turns.push(json!({ "turn": heard.0["turn"] }));
                turns.push(answered(&pair, &heard, &[says(&format!("after {said}"))]));
            }
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": [edit()] })).await;
            assert_eq!(heard.text(), "Three.", "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair).to_string();
            let places: Vec<_> = ["One.", "after One.", "Two.", "after Two."]
                .map(|words| body.find(&format!("{words}\"")).unwrap_or_else(|| panic!("{pair}: {words}: {body}")))
                .into();
            assert!(places.is_sorted(), "{pair}: {body}");
        })
        .await;
}

#[tokio::test]
async fn a_play_that_is_not_streamed_piecewise_is_the_same_to_chat_clients() {
    let Some(stage) = Stage::start().await else { return };
    let call = json!({ "call": { "name": "edit", "arguments": edit_arguments() } });
    let play = json!({ "steps": [[call, call, call], [{ "text": "All." }]] });
    stage.provider(Wire::Chat).play(Play::from_json(play).expect("a play"));
    let from_chat = pairs(&["stream"]).into_iter().filter(|pair| pair.upstream == Wire::Chat).collect();
    stage
        .each(from_chat, async |stage, pair| {
            let heard = stage.ask(&pair, json!({ "turns": [pair.opening()], "tools": [edit()] })).await;
            whole(&pair, &heard);
            assert_eq!(called(&heard).len(), 3, "{pair}: {heard:?}");
            assert!(called(&heard).iter().all(|(_, arguments)| *arguments == edit_arguments()), "{pair}: {heard:?}");
        })
        .await;
}

#[tokio::test]
async fn a_tool_whose_input_is_text_works_with_providers_that_know_none() {
    let Some(stage) = Stage::start().await else { return };
    let patch = "*** Begin Patch\n+ \"grüße\"\\n\n*** End Patch";
    stage.play(&json!({ "steps": [
        [{ "custom": { "name": "apply_patch", "input": patch } }],
        [{ "text": "Patched." }],
    ] }));
    // What the Chat SDK puts together takes every call for one of a function.
    let knows = |pair: &Pair| pair.client == Wire::Responses || pair.client == Wire::Chat && pair.mode != "helper";
    let all = loops(&MODES).into_iter().filter(knows).collect();
    stage
        .each(all, move |stage, pair| async move {
            let tools = json!([{ "name": "apply_patch", "description": "Patches", "custom": true }, edit()]);
            let mut turns = vec![pair.opening()];
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
            whole(&pair, &heard);
            assert_eq!(called(&heard), [("apply_patch".to_owned(), json!(patch))], "{pair}: {heard:?}");
            assert_eq!(heard.0["calls"][0]["custom"], true, "{pair}: {heard:?}");
            turns.push(json!({ "turn": heard.0["turn"] }));
            turns.push(answered(&pair, &heard, &[says("two hunks")]));
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
            whole(&pair, &heard);
            assert_eq!(heard.text(), "Patched.", "{pair}: {heard:?}");
            let body = stage.last_seen(pair.upstream, &pair);
            if matches!(pair.upstream, Wire::Anthropic | Wire::Gemini) {
                paired(&pair, &body, &[("apply_patch", json!({ "input": patch }), "two hunks")]);
            }
        })
        .await;
}
