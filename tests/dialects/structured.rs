//! Answers that follow a JSON schema.

use super::fixture::{MODES, Pair, Stage, Wire, pairs, whole};
use crate::clients::Heard;
use serde_json::{Value, json};

fn answer(pair: &Pair, heard: &Heard) -> Value {
    serde_json::from_str(heard.text()).unwrap_or_else(|error| panic!("{pair}: {error}: {heard:?}"))
}

#[tokio::test]
async fn an_answer_follows_the_schema_asked_for() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(pairs(&MODES), async |stage, pair| {
            let point = json!({
                "type": "object",
                "properties": { "text": { "type": "string" }, "weight": { "type": "integer" } },
                "required": ["text", "weight"],
                "additionalProperties": false,
            });
            let schema = json!({
                "type": "object",
                "properties": {
                    "title": { "type": "string", "description": "In few words" },
                    "kind": { "type": "string", "enum": ["bug", "feature"] },
                    "points": { "type": "array", "items": point },
                },
                "required": ["title", "kind", "points"],
                "additionalProperties": false,
            });
            let heard = stage.ask(&pair, json!({ "turns": [pair.opening()], "schema": schema })).await;
            whole(&pair, &heard);
            assert_eq!(heard.stop(), Some(pair.client.done()), "{pair}: {heard:?}");
            let answer = answer(&pair, &heard);
            assert!(answer["title"].is_string() && answer["points"][0]["weight"].is_i64(), "{pair}: {answer}");
            assert_eq!((&answer["kind"], answer.as_object().map(serde_json::Map::len)), (&json!("bug"), Some(3)));
        })
        .await;
}

/// Providers enforce schemas of different strictness. One that a provider would refuse is made to fit or is not enforced.
#[tokio::test]
async fn a_schema_that_a_provider_would_not_enforce_is_no_failure() {
    let Some(stage) = Stage::start().await else { return };
    // To its own provider a client's words go as they are.
    let foreign = pairs(&["whole", "stream"]).into_iter().filter(|pair| pair.client != pair.upstream).collect();
    stage
        .each(foreign, async |stage, pair| {
            let schema = json!({
                "type": "object",
                "properties": {
                    "title": { "type": "string", "minLength": 1 },
                    "count": { "type": "integer", "minimum": 3 },
                    "note": { "type": "string" },
                    "place": { "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] },
                },
                "required": ["title", "count", "place"],
            });
            let call = json!({ "turns": [pair.opening()], "schema": schema, "strict": false });
            let heard = stage.ask(&pair, call).await;
            whole(&pair, &heard);
            let answer = answer(&pair, &heard);
            assert!(answer["title"].is_string() && answer["count"].is_i64(), "{pair}: {answer}");
            assert!(answer["place"]["city"].is_string(), "{pair}: {answer}");
        })
        .await;
}

#[tokio::test]
async fn a_structured_answer_may_come_after_a_tool_loop() {
    let Some(stage) = Stage::start().await else { return };
    stage.play(&json!({ "steps": [[{ "call": { "name": "look", "arguments": { "at": "sky" } } }]] }));
    let all = pairs(&["whole", "stream"]).into_iter().filter(|pair| pair.client != Wire::Chat).collect();
    stage
        .each(all, async |stage, pair| {
            let look = json!({
                "type": "object", "properties": { "at": { "type": "string" } }, "required": ["at"],
            });
            let tools = json!([{ "name": "look", "description": "Looks", "schema": look }]);
            let schema = json!({
                "type": "object",
                "properties": { "colour": { "type": "string", "enum": ["blue"] } },
                "required": ["colour"],
                "additionalProperties": false,
            });
            let mut turns = vec![pair.opening()];
            // The schema is the last answer's alone, since an SDK would parse the first one by it.
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools })).await;
            whole(&pair, &heard);
            turns.push(json!({ "turn": heard.0["turn"] }));
            turns.push(super::conversation::answered(&pair, &heard, &[super::conversation::says("blue")]));
            let heard = stage.ask(&pair, json!({ "turns": turns, "tools": tools, "schema": schema })).await;
            whole(&pair, &heard);
            assert_eq!(answer(&pair, &heard), json!({ "colour": "blue" }), "{pair}: {heard:?}");
        })
        .await;
}
