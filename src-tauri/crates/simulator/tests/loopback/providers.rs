//! Healthy providers: their answers, their model lists, and what they refuse.

use mainstay_simulator::{Fault, Practice, Simulator, SimulatorError, Speaks};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::{ALL, ask, body, dial, drain, fetch, http, model, origin, path, post, request, simulator, until};

fn edited(speaks: Speaks, streaming: bool, edit: impl FnOnce(&mut Value)) -> Value {
    let mut turn = body(speaks, streaming);
    edit(&mut turn);
    turn
}

/// The text of a whole answer.
fn text(answer: &Value) -> &str {
    let places = [
        "/content/0/text",
        "/choices/0/message/content",
        "/candidates/0/content/parts/0/text",
        "/output/0/content/0/text",
    ];
    places.iter().find_map(|place| answer.pointer(place)).and_then(Value::as_str).unwrap()
}

/// The text of a stream.
fn streamed_text(events: &[Value]) -> String {
    let places = ["/delta/text", "/choices/0/delta/content", "/candidates/0/content/parts/0/text", "/delta"];
    events.iter().filter_map(|event| places.iter().find_map(|place| event.pointer(place)?.as_str())).collect()
}

fn parsed(events: &[String]) -> Vec<Value> {
    events.iter().filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn answers_say_that_they_are_simulated_and_by_whom() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        let expected =
            format!("Simulated answer from {} (model {}). You said: hello there", running.name, model(running.speaks));
        let whole = ask(running, false).await.unwrap();
        assert_eq!((whole.status, text(&whole.json())), (200, expected.as_str()));
        let streamed = ask(running, true).await.unwrap();
        assert_eq!(streamed_text(&parsed(&streamed.events())), expected);
        for got in [whole, streamed] {
            assert_eq!(got.header("x-mainstay-simulated"), "1");
        }
    }
}

#[tokio::test]
async fn anthropic_streams_follow_the_event_grammar() {
    let simulator = simulator().await;
    let got = ask(&simulator.providers()[0], true).await.unwrap();
    let names: Vec<&str> = got.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let events = parsed(&got.events());
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(names, types, "each event's name is its type");
    assert_eq!(types[..3], ["message_start", "content_block_start", "ping"]);
    assert_eq!(types[types.len() - 3..], ["content_block_stop", "message_delta", "message_stop"]);
    assert_eq!(types[3..types.len() - 3], ["content_block_delta"; 10], "one per word");
    assert!(events[0]["message"]["id"].as_str().unwrap().starts_with("msg_01"));
    let end = &events[events.len() - 2];
    assert_eq!((&end["delta"]["stop_reason"], &end["usage"]["output_tokens"]), (&json!("end_turn"), &json!(10)));
    assert!(got.header("request-id").starts_with("req_"));
}

#[tokio::test]
async fn openai_streams_end_with_done_and_tell_usage_only_when_asked() {
    let simulator = simulator().await;
    let running = &simulator.providers()[1];
    for asked in [false, true] {
        let turn = edited(Speaks::OpenaiChat, true, |turn| turn["stream_options"] = json!({"include_usage": asked}));
        let got = post(running, true, &turn).await.unwrap();
        let events = got.events();
        assert_eq!(events.last().unwrap(), "[DONE]");
        let chunks = parsed(&events);
        assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
        assert!(
            chunks.iter().all(|chunk| chunk["id"] == chunks[0]["id"] && chunk["object"] == "chat.completion.chunk")
        );
        let with_usage = chunks.iter().filter(|chunk| chunk["usage"].is_object()).count();
        assert_eq!(with_usage, usize::from(asked));
        let stop = &chunks[chunks.len() - 1 - usize::from(asked)];
        assert_eq!(stop["choices"][0]["finish_reason"], "stop");
        if asked {
            let last = chunks.last().unwrap();
            assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(12)));
        }
    }
}

#[tokio::test]
async fn gemini_streams_finish_in_their_last_element() {
    let simulator = simulator().await;
    let got = ask(&simulator.providers()[2], true).await.unwrap();
    assert!(got.text.ends_with("\r\n\r\n"), "lines end as Google's do");
    let chunks = parsed(&got.events());
    let reasons: Vec<bool> = chunks.iter().map(|chunk| !chunk["candidates"][0]["finishReason"].is_null()).collect();
    assert_eq!(reasons.iter().position(|finished| *finished), Some(chunks.len() - 1));
    let last = chunks.last().unwrap();
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    assert_eq!(last["usageMetadata"]["candidatesTokenCount"], chunks.len());
    assert!(chunks.iter().all(|chunk| chunk["responseId"] == last["responseId"]));
}

#[tokio::test]
async fn the_token_limit_cuts_the_answer_and_is_the_stop_reason() {
    let simulator = simulator().await;
    for (at, place, edit) in [
        (0, "/stop_reason", json!({"max_tokens": 3})),
        (1, "/choices/0/finish_reason", json!({"max_tokens": 3})),
        (1, "/choices/0/finish_reason", json!({"max_completion_tokens": 3})),
        (2, "/candidates/0/finishReason", json!({"generationConfig": {"maxOutputTokens": 3}})),
        (2, "/candidates/0/finishReason", json!({"generation_config": {"max_output_tokens": 3}})),
    ] {
        let running = &simulator.providers()[at];
        let turn = edited(running.speaks, false, |turn| {
            turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
        });
        let answer = post(running, false, &turn).await.unwrap().json();
        assert_eq!(text(&answer), "Simulated answer from ", "{answer}");
        let expected = ["max_tokens", "length", "MAX_TOKENS"][at];
        assert_eq!(answer.pointer(place), Some(&json!(expected)));
    }
}

#[tokio::test]
async fn stop_sequences_end_the_answer() {
    let simulator = simulator().await;
    for (at, edit) in [
        (0, json!({"stop_sequences": ["answer"]})),
        (1, json!({"stop": "answer"})),
        (2, json!({"generationConfig": {"stopSequences": ["answer"]}})),
    ] {
        let running = &simulator.providers()[at];
        let turn = edited(running.speaks, false, |turn| {
            turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
        });
        let answer = post(running, false, &turn).await.unwrap().json();
        assert_eq!(text(&answer), "Simulated ");
        if at == 0 {
            assert_eq!((&answer["stop_reason"], &answer["stop_sequence"]), (&json!("stop_sequence"), &json!("answer")));
        }
    }
}

#[tokio::test]
async fn all_turns_and_the_system_prompt_count_as_input() {
    let simulator = simulator().await;
    for (at, turn, usage) in [
        (
            0,
            json!({"model": "m", "max_tokens": 20, "system": [{"type": "text", "text": "be brief"}], "messages": [
                {"role": "user", "content": "one"}, {"role": "assistant", "content": "two"},
                {"role": "user", "content": [{"type": "text", "text": "three four"}]}]}),
            "/usage/input_tokens",
        ),
        (
            1,
            json!({"model": "m", "messages": [
                {"role": "system", "content": "be brief"}, {"role": "user", "content": "one"},
                {"role": "assistant", "content": "two"}, {"role": "user", "content": [{"type": "text", "text": "three four"}]}]}),
            "/usage/prompt_tokens",
        ),
        (
            2,
            json!({"systemInstruction": {"parts": [{"text": "be brief"}]}, "contents": [
                {"role": "user", "parts": [{"text": "one"}]}, {"role": "model", "parts": [{"text": "two"}]},
                {"role": "user", "parts": [{"text": "three"}, {"text": "four"}]}]}),
            "/usageMetadata/promptTokenCount",
        ),
    ] {
        let answer = post(&simulator.providers()[at], false, &turn).await.unwrap().json();
        assert_eq!(answer.pointer(usage), Some(&json!(6)), "{answer}");
        assert!(text(&answer).ends_with("three four"), "the last user turn is echoed: {answer}");
    }
}

#[tokio::test]
async fn requests_that_the_real_provider_refuses_are_refused_in_its_words() {
    let simulator = simulator().await;
    let (a, o, g) = (Speaks::Anthropic, Speaks::OpenaiChat, Speaks::Gemini);
    let without = |speaks, name: &str| {
        edited(speaks, false, |turn| {
            turn.as_object_mut().unwrap().shift_remove(name);
        })
    };
    let with = |speaks, name: &str, value: Value| edited(speaks, false, |turn| turn[name] = value);
    for (speaks, turn, message) in [
        (a, without(a, "max_tokens"), "max_tokens: Field required"),
        (a, without(a, "messages"), "messages: Field required"),
        (a, without(a, "model"), "model: Field required"),
        (a, with(a, "max_tokens", json!(0)), "max_tokens: Input should be greater than or equal to 1"),
        (a, with(a, "max_tokens", json!("9")), "max_tokens: Input should be a valid integer"),
        (a, with(a, "max_completion_tokens", json!(9)), "max_completion_tokens: Extra inputs are not permitted"),
        (a, with(a, "temperature", json!(1.5)), "temperature: range: 0..1"),
        (a, with(a, "messages", json!([])), "messages: at least one message is required"),
        (
            a,
            with(a, "messages", json!([{"role": "system", "content": "x"}])),
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
        ),
        (
            a,
            with(a, "messages", json!([{"role": "tool", "content": "x"}])),
            "messages.0.role: Input should be 'user' or 'assistant'",
        ),
        (a, with(a, "messages", json!([{"role": "user"}])), "messages.0.content: Field required"),
        (
            a,
            with(a, "messages", json!([{"role": "user", "content": ""}])),
            "messages.0: all messages must have non-empty content except for the optional final assistant message",
        ),
        (o, without(o, "model"), "you must provide a model parameter"),
        (o, without(o, "messages"), "Missing required parameter: 'messages'."),
        (
            o,
            with(o, "messages", json!([])),
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        ),
        (
            o,
            with(o, "messages", json!([{"role": "model", "content": "x"}])),
            "Invalid value: 'model'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
        ),
        (o, with(o, "top_k", json!(4)), "Unrecognized request argument supplied: top_k"),
        (
            o,
            with(o, "max_tokens", json!(0)),
            "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
        (
            o,
            with(o, "stream_options", json!({})),
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        ),
        (
            o,
            with(o, "temperature", json!(3)),
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        ),
        (g, without(g, "contents"), "* GenerateContentRequest.contents: contents is not specified\n"),
        (
            g,
            with(g, "max_tokens", json!(4)),
            "Invalid JSON payload received. Unknown name \"max_tokens\": Cannot find field.",
        ),
        (
            g,
            with(g, "generationConfig", json!({"maxTokens": 4})),
            "Invalid JSON payload received. Unknown name \"maxTokens\" at 'generation_config': Cannot find field.",
        ),
        (
            g,
            with(g, "contents", json!([{"role": "assistant", "parts": [{"text": "x"}]}])),
            "Please use a valid role: user, model.",
        ),
        (
            g,
            with(g, "contents", json!([{"role": "user", "parts": []}])),
            "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n",
        ),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        let got = post(running, false, &turn).await.unwrap();
        let error = got.json()["error"].clone();
        assert_eq!((got.status, &error["message"]), (400, &json!(message)), "{turn}");
        match speaks {
            Speaks::Gemini => assert_eq!(error["status"], "INVALID_ARGUMENT"),
            _ => assert_eq!(error["type"], "invalid_request_error"),
        }
    }
}

#[tokio::test]
async fn anthropics_newest_version_takes_no_sampling_parameters() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    for (version, edit, message) in [
        ("2023-06-01", json!({"temperature": 0.2}), None),
        ("2026-10-21", json!({}), None),
        ("2026-10-21", json!({"temperature": 1.0}), Some("temperature: Extra inputs are not permitted")),
        ("2026-10-21", json!({"top_p": 0.9}), Some("top_p: Extra inputs are not permitted")),
        ("2024-01-01", json!({}), Some("anthropic-version: \"2024-01-01\" is not a valid version")),
    ] {
        let turn = edited(Speaks::Anthropic, false, |turn| {
            turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
        });
        let request = http().post(format!("{}/v1/messages", origin(running))).bearer_auth("k");
        let got = fetch(request.header("anthropic-version", version).json(&turn)).await.unwrap();
        match message {
            None => assert_eq!(got.status, 200, "{version} {edit}: {}", got.text),
            Some(message) => assert_eq!((got.status, &got.json()["error"]["message"]), (400, &json!(message))),
        }
    }
    let unversioned = http().post(format!("{}/v1/messages", origin(running))).bearer_auth("k");
    let got = fetch(unversioned.json(&body(Speaks::Anthropic, false))).await.unwrap();
    assert_eq!(got.json()["error"]["message"], "anthropic-version: header is required");
}

#[tokio::test]
async fn what_is_not_json_or_too_large_is_refused() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        for (content, status) in [("{".to_owned(), 400), (String::new(), 400), (" ".repeat((32 << 20) + 1), 413)] {
            let turn = request(&http(), running, Method::POST, &path(running.speaks, false));
            // A server that answers before it has read everything may be seen as an answer or as a broken pipe.
            match fetch(turn.body(content)).await {
                Ok(got) => assert!(got.status == status && got.json()["error"]["message"].is_string(), "{}", got.text),
                Err(error) => assert_eq!(status, 413, "{error:?}"),
            }
        }
    }
}

#[tokio::test]
async fn every_form_of_credential_is_taken_and_none_is_refused() {
    let simulator = simulator().await;
    let bare: &[(&str, &str)] = &[];
    for (at, given, query, status) in [
        (0, &[("x-api-key", "k1")][..], "", 200),
        (0, &[("authorization", "Bearer k1")], "", 200),
        (0, &[("x-api-key", "k1"), ("authorization", "Bearer other")], "", 200),
        (0, bare, "", 401),
        (1, &[("authorization", "Bearer k1")], "", 200),
        (1, &[("authorization", "Bearer ")], "", 401),
        (1, &[("x-api-key", "k1")], "", 401),
        (2, &[("x-goog-api-key", "k1")], "", 200),
        (2, bare, "?key=k1", 200),
        (2, &[("authorization", "Bearer k1")], "", 200),
        (2, &[("x-api-key", "k1")], "", 403),
    ] {
        let running = &simulator.providers()[at];
        let mut request = http().post(format!("{}{}{query}", origin(running), path(running.speaks, false)));
        for (name, value) in given {
            request = request.header(*name, *value);
        }
        let got =
            fetch(request.header("anthropic-version", "2023-06-01").json(&body(running.speaks, false))).await.unwrap();
        assert_eq!(got.status, status, "{at} {given:?} {query}: {}", got.text);
        assert_eq!(running.seen().last().unwrap().key_was("k1"), status == 200, "{at} {given:?} {query}");
    }
}

#[tokio::test]
async fn a_pinned_key_is_the_only_one_accepted() {
    let pinned = |speaks: Speaks, key: &str| Practice {
        key: Some(key.to_owned()),
        ..Practice::new(speaks.as_str(), speaks, model(speaks))
    };
    for (key, statuses) in [("k", [200, 200, 200, 200]), ("other", [401, 401, 400, 401])] {
        let simulator = Simulator::start(ALL.map(|speaks| pinned(speaks, key)).to_vec()).await.unwrap();
        for (running, status) in simulator.providers().iter().zip(statuses) {
            let got = ask(running, false).await.unwrap();
            assert_eq!(got.status, status, "{}", got.text);
            assert!(!got.text.contains(key) || status == 200, "no key is told: {}", got.text);
        }
    }
}

#[tokio::test]
async fn a_provider_true_to_its_model_refuses_what_the_model_refuses() {
    let practice = Practice::new("p", Speaks::OpenaiChat, "gpt-5.2").true_to_model();
    let simulator = Simulator::start(vec![practice]).await.unwrap();
    let running = &simulator.providers()[0];
    let turn = edited(Speaks::OpenaiChat, false, |turn| {
        turn["max_tokens"] = json!(8192);
        turn["temperature"] = json!(0.2);
    });
    assert_eq!(post(running, false, &turn).await.unwrap().json()["error"]["param"], "max_tokens");
    let turn = edited(Speaks::OpenaiChat, false, |turn| turn["temperature"] = json!(0.2));
    assert_eq!(post(running, false, &turn).await.unwrap().json()["error"]["code"], "unsupported_value");
    let turn = edited(Speaks::OpenaiChat, false, |turn| turn["max_completion_tokens"] = json!(8192));
    assert_eq!(post(running, false, &turn).await.unwrap().status, 200);
}

#[tokio::test]
async fn model_lists_have_each_providers_shape() {
    let simulator = simulator().await;
    for (at, base, list, one) in [
        (0, "/v1/models", "/data/0/id", "/id"),
        (1, "/v1/models", "/data/0/id", "/id"),
        (2, "/v1beta/models", "/models/0/name", "/name"),
        (3, "/v1/models", "/data/0/id", "/id"),
    ] {
        let running = &simulator.providers()[at];
        let get = |path: String| fetch(request(&http(), running, Method::GET, &path));
        let name = model(running.speaks);
        let shown = if at == 2 { format!("models/{name}") } else { name.to_owned() };
        assert_eq!(get(base.to_owned()).await.unwrap().json().pointer(list), Some(&json!(shown)));
        assert_eq!(get(format!("{base}/{name}")).await.unwrap().json().pointer(one), Some(&json!(shown)));
        assert_eq!(get(format!("{base}/nothing")).await.unwrap().status, 404);
        assert_eq!(get("/v1/elsewhere".to_owned()).await.unwrap().status, 404);
        assert_eq!(
            fetch(http().get(format!("{}{base}", origin(running)))).await.unwrap().status,
            [401, 401, 403, 401][at]
        );
        assert_eq!(running.count(), 0, "only generation counts");
        assert_eq!(running.seen().len(), 5);
    }
}

#[tokio::test]
async fn head_of_the_root_needs_no_key() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        let got = fetch(http().head(format!("{}/", origin(running)))).await.unwrap();
        assert_eq!((got.status, got.header("x-mainstay-simulated")), (200, "1"));
        assert!(running.seen().is_empty());
    }
}

#[tokio::test]
async fn requests_are_remembered_without_their_keys() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    ask(running, true).await.unwrap();
    let seen = running.seen();
    assert_eq!((seen.len(), running.count()), (1, 1));
    assert_eq!((seen[0].method(), seen[0].path().as_str()), ("POST", "/v1/messages"));
    assert_eq!(seen[0].body(), body(Speaks::Anthropic, true));
    assert!(seen[0].header("x-api-key").unwrap().starts_with("sha256:"));
    assert!(seen[0].key_was("k"));
}

#[tokio::test]
async fn many_requests_at_once_are_all_answered_and_counted() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    let asked: Vec<_> = (0..64)
        .map(|_| {
            let running = running.clone();
            tokio::spawn(async move { ask(&running, true).await.unwrap().status })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), 200);
    }
    assert_eq!((running.count(), running.in_flight(), running.disconnects()), (64, 0, 0));
}

#[tokio::test]
async fn stopping_frees_the_ports_and_ends_what_hangs() {
    let simulator = simulator().await;
    let running = simulator.providers()[0].clone();
    running.set(Fault::hang_before_headers());
    let mut hanging = dial(&running, false).await;
    until("the request has come", || running.in_flight() == 1).await;
    simulator.stop().await;
    drain(&mut hanging).await;
    let refused = TcpStream::connect(origin(&running).strip_prefix("http://").unwrap()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(running.in_flight(), 0);
}

#[tokio::test]
async fn two_providers_cannot_share_a_name() {
    let twice = vec![Practice::new("p", Speaks::Gemini, "m"), Practice::new("p", Speaks::Anthropic, "m")];
    let error = Simulator::start(twice).await.unwrap_err();
    assert!(matches!(&error, SimulatorError::DuplicateName(name) if name == "p"), "{error}");
}
