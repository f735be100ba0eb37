//! A provider that acts a part in a tool loop.

use mainstay_simulator::{Fault, Play, Running, Simulator, Speaks};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{ALL, Got, body, fetch, http, path, post, request, simulator};

fn play() -> Play {
    let look = |place: &str| json!({"call": {"name": "look", "arguments": {"place": place, "deep": [1, 2]}}});
    Play::from_json(json!({"steps": [
        [{"text": "I look."}, look("here"), look("there")],
        [look("elsewhere")],
        [{"text": "Nothing there."}],
    ]}))
    .unwrap()
}

fn tools(speaks: Speaks) -> Value {
    let schema = json!({"type": "object", "properties": {"place": {"type": "string"}}});
    match speaks {
        Speaks::Anthropic => json!([{"name": "look", "input_schema": schema}]),
        Speaks::OpenaiChat => json!([{"type": "function", "function": {"name": "look", "parameters": schema}}]),
        Speaks::OpenaiResponses => json!([{"type": "function", "name": "look", "parameters": schema}]),
        Speaks::Gemini => json!([{"functionDeclarations": [{"name": "look", "parameters": schema}]}]),
    }
}

/// Puts a whole answer into the conversation, with what its calls gave. Returns the calls' arguments.
fn go_on(speaks: Speaks, turn: &mut Value, answer: &Value) -> Vec<Value> {
    match speaks {
        Speaks::Anthropic => {
            let messages = turn["messages"].as_array_mut().unwrap();
            messages.push(json!({"role": "assistant", "content": answer["content"]}));
            let calls: Vec<&Value> =
                answer["content"].as_array().unwrap().iter().filter(|block| block["type"] == "tool_use").collect();
            let results: Vec<Value> = calls
                .iter()
                .map(|call| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "dark"}))
                .collect();
            messages.push(json!({"role": "user", "content": results}));
            calls.iter().map(|call| call["input"].clone()).collect()
        }
        Speaks::OpenaiChat => {
            let message = &answer["choices"][0]["message"];
            let messages = turn["messages"].as_array_mut().unwrap();
            messages.push(message.clone());
            let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
            messages.extend(
                calls.iter().map(|call| json!({"role": "tool", "tool_call_id": call["id"], "content": "dark"})),
            );
            let arguments = calls.iter().map(|call| call["function"]["arguments"].as_str().unwrap());
            arguments.map(|arguments| serde_json::from_str(arguments).unwrap()).collect()
        }
        Speaks::OpenaiResponses => {
            let items = turn["input"].as_array_mut().unwrap();
            let output = answer["output"].as_array().unwrap();
            items.extend(output.iter().cloned());
            let calls: Vec<&Value> = output.iter().filter(|item| item["type"] == "function_call").collect();
            items.extend(
                calls
                    .iter()
                    .map(|call| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "dark"})),
            );
            calls.iter().map(|call| serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap()).collect()
        }
        Speaks::Gemini => {
            let contents = turn["contents"].as_array_mut().unwrap();
            let content = &answer["candidates"][0]["content"];
            contents.push(content.clone());
            let parts = content["parts"].as_array().unwrap();
            let calls: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionCall")).collect();
            let responses: Vec<Value> = calls
                .iter()
                .map(|call| json!({"functionResponse": {"name": call["name"], "response": {"output": "dark"}}}))
                .collect();
            contents.push(json!({"role": "user", "parts": responses}));
            calls.iter().map(|call| call["args"].clone()).collect()
        }
    }
}

fn opening(speaks: Speaks, streaming: bool) -> Value {
    let mut turn = body(speaks, streaming);
    turn["tools"] = tools(speaks);
    if speaks == Speaks::OpenaiResponses {
        turn["input"] = json!([{"role": "user", "content": "hello there"}]);
    }
    turn
}

async fn say(running: &Running, turn: &Value) -> Value {
    let got = post(running, false, turn).await.unwrap();
    assert_eq!(got.status, 200, "{turn}\n{}", got.text);
    got.json()
}

#[tokio::test]
async fn a_play_goes_on_with_the_conversation_whichever_provider_is_asked() {
    let (one, other) = (simulator().await, simulator().await);
    for speaks in ALL {
        let on = |simulator: &Simulator| simulator.provider(speaks.as_str()).unwrap().clone();
        let (one, other) = (on(&one), on(&other));
        one.play(play());
        other.play(play());
        let mut turn = opening(speaks, false);
        let places = |arguments: Vec<Value>| -> Vec<String> {
            arguments.iter().map(|arguments| arguments["place"].as_str().unwrap().to_owned()).collect()
        };
        let first = say(&one, &turn).await;
        assert!(first.to_string().contains("I look."), "{first}");
        assert_eq!(places(go_on(speaks, &mut turn, &first)), ["here", "there"]);
        let second = say(&other, &turn).await;
        assert_eq!(places(go_on(speaks, &mut turn, &second)), ["elsewhere"], "{second}");
        for running in [&one, &other] {
            let third = say(running, &turn).await.to_string();
            assert!(third.contains("Nothing there.") && !third.contains("Simulated"), "{third}");
        }
        one.stop_play();
        assert!(say(&one, &turn).await.to_string().contains("Simulated answer"));
    }
}

#[tokio::test]
async fn side_requests_and_what_comes_after_the_last_step_are_answered_as_ever() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.play(play());
        let without = say(running, &body(running.speaks, false)).await.to_string();
        assert!(without.contains("Simulated answer"), "{without}");
        running.play(Play::from_json(json!({"steps": [[{"call": {"name": "other", "arguments": {}}}]]})).unwrap());
        let with_others = say(running, &opening(running.speaks, false)).await.to_string();
        assert!(with_others.contains("Simulated answer"), "{with_others}");
    }
}

/// The pieces of arguments in a stream, each with the number of its call.
fn pieces(got: &Got) -> Vec<(u64, String)> {
    let events = got.events().into_iter().filter(|data| data != "[DONE]");
    events
        .map(|data| serde_json::from_str::<Value>(&data).unwrap())
        .filter_map(|event| {
            if event["delta"]["type"] == "input_json_delta" {
                let piece = event["delta"]["partial_json"].as_str()?;
                return (!piece.is_empty()).then(|| (event["index"].as_u64().unwrap(), piece.to_owned()));
            }
            if event["type"] == "response.function_call_arguments.delta" {
                return Some((event["output_index"].as_u64()?, event["delta"].as_str()?.to_owned()));
            }
            let call = &event["choices"][0]["delta"]["tool_calls"][0];
            let piece = call["function"]["arguments"].as_str().filter(|piece| !piece.is_empty())?;
            Some((call["index"].as_u64()?, piece.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn arguments_come_in_pieces_one_call_after_the_other_or_mixed() {
    let simulator = simulator().await;
    for (speaks, interleaved) in [
        (Speaks::Anthropic, true),
        (Speaks::OpenaiResponses, true),
        (Speaks::OpenaiChat, false),
        (Speaks::OpenaiChat, true),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        running.play(Play { interleaved, ..play() });
        let got = post(running, true, &opening(speaks, true)).await.unwrap();
        let pieces = pieces(&got);
        let of = |call: u64| {
            pieces.iter().filter(|(at, _)| *at == call).map(|(_, piece)| piece.as_str()).collect::<String>()
        };
        let (first, second) = (pieces[0].0, pieces.last().unwrap().0);
        assert_eq!(serde_json::from_str::<Value>(&of(first)).unwrap()["place"], "here");
        assert_eq!(serde_json::from_str::<Value>(&of(second)).unwrap()["place"], "there");
        let changes = pieces.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
        assert!(pieces.len() > 4);
        assert_eq!(changes == 1, !(interleaved && speaks == Speaks::OpenaiChat), "{speaks:?}: {pieces:?}");
    }
}

#[tokio::test]
async fn faults_strike_in_the_middle_of_a_play() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        let turn = opening(running.speaks, true);
        running.play(play());
        let healthy = post(running, true, &turn).await.unwrap().events().len();
        running.set(Fault::cut_mid_stream(1000).times(1));
        let cut = post(running, true, &turn).await.unwrap();
        assert!(cut.events().len() < healthy && cut.text.contains("look"), "{}", cut.text);
        assert_eq!(post(running, true, &turn).await.unwrap().events().len(), healthy);
    }
}

#[tokio::test]
async fn custom_calls_and_refusals_have_each_protocols_form() {
    let simulator = simulator().await;
    let patch = json!({"steps": [[{"custom": {"name": "look", "input": "*** Begin"}}]]});
    let refusal = json!({"steps": [[{"refusal": "I won't."}]]});
    for (speaks, edit, called, refused) in [
        (
            Speaks::Anthropic,
            json!({}),
            ("/content/0/input", json!({"input": "*** Begin"})),
            ("/stop_reason", json!("refusal")),
        ),
        (
            Speaks::OpenaiChat,
            json!({}),
            ("/choices/0/message/tool_calls/0/function/arguments", json!("{\"input\":\"*** Begin\"}")),
            ("/choices/0/message/refusal", json!("I won't.")),
        ),
        (
            Speaks::OpenaiResponses,
            json!({"tools": [{"type": "custom", "name": "look"}]}),
            ("/output/0/input", json!("*** Begin")),
            ("/output/0/content/0/refusal", json!("I won't.")),
        ),
        (
            Speaks::Gemini,
            json!({}),
            ("/candidates/0/content/parts/0/functionCall/args", json!({"input": "*** Begin"})),
            ("/candidates/0/finishReason", json!("SAFETY")),
        ),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        let mut turn = opening(speaks, false);
        turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
        for (play, (place, expected)) in [(&patch, called), (&refusal, refused)] {
            running.play(Play::from_json(play.clone()).unwrap());
            let answer = say(running, &turn).await;
            assert_eq!(answer.pointer(place), Some(&expected), "{answer}");
        }
    }
}

#[tokio::test]
async fn tools_that_an_item_of_the_conversation_adds_are_on_offer() {
    let simulator = simulator().await;
    let running = simulator.provider("openai-responses").unwrap();
    let custom = json!({"custom": {"name": "exec", "input": "text(1)"}});
    let call = json!({"call": {"name": "wait", "arguments": {}}});
    running.play(Play::from_json(json!({"steps": [[custom], [call]]})).unwrap());
    let tools = json!([{"type": "namespace", "name": "functions", "description": "d", "tools": [
        {"type": "custom", "name": "exec"},
        {"type": "function", "name": "wait", "parameters": {"type": "object", "properties": {}}},
    ]}]);
    let mut turn = body(Speaks::OpenaiResponses, false);
    turn["input"] = json!([
        {"type": "additional_tools", "role": "developer", "tools": tools},
        {"role": "user", "content": "hello there"},
    ]);
    let first = say(running, &turn).await["output"][0].clone();
    assert_eq!((&first["type"], &first["input"]), (&json!("custom_tool_call"), &json!("text(1)")));
    let output = json!({"type": "custom_tool_call_output", "call_id": first["call_id"], "output": "1"});
    turn["input"].as_array_mut().unwrap().extend([first, output]);
    let second = say(running, &turn).await["output"][0].clone();
    assert_eq!((&second["type"], &second["name"]), (&json!("function_call"), &json!("wait")));
}

#[tokio::test]
async fn at_most_one_call_is_made_where_the_request_wants_it() {
    let simulator = simulator().await;
    for (speaks, edit) in [
        (Speaks::Anthropic, json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}})),
        (Speaks::OpenaiChat, json!({"parallel_tool_calls": false})),
        (Speaks::OpenaiResponses, json!({"parallel_tool_calls": false})),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        running.play(play());
        let mut turn = opening(speaks, false);
        turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
        let answer = say(running, &turn).await;
        assert_eq!(go_on(speaks, &mut turn, &answer).len(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_play_is_set_over_http_and_is_the_one_seen_from_rust() {
    let simulator = simulator().await;
    let running = simulator.provider("openai-chat").unwrap();
    let order = |method: Method, body: Option<Value>| {
        let order = http().request(method, format!("{}/play", running.control)).bearer_auth(simulator.control_token());
        fetch(match body {
            Some(body) => order.json(&body),
            None => order,
        })
    };
    let form = json!({"steps": [[{"call": {"name": "look", "arguments": {}}}]], "interleaved": true});
    let put = order(Method::PUT, Some(form.clone())).await.unwrap();
    assert_eq!((put.status, put.json()), (200, json!({"play": form})));
    let turn = opening(running.speaks, false);
    assert!(say(running, &turn).await.to_string().contains("\"look\""));
    let wrong = order(Method::PUT, Some(json!({"steps": []}))).await.unwrap();
    assert_eq!((wrong.status, &wrong.json()["code"]), (400, &json!("invalid_play")));
    assert_eq!(order(Method::GET, None).await.unwrap().json()["play"], form, "the old one stays");
    assert_eq!(order(Method::DELETE, None).await.unwrap().json(), json!({"play": null}));
    let turn = request(&http(), running, Method::POST, &path(running.speaks, false)).json(&turn);
    assert!(fetch(turn).await.unwrap().text.contains("Simulated answer"));
}
