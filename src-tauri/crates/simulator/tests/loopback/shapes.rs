//! What healthy providers do beyond text: forced tools, structured answers, reasoning, counting, vectors.

use mainstay_simulator::{Running, Simulator, Speaks};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{ALL, body, fetch, http, post, request, simulator};

fn with(speaks: Speaks, streaming: bool, edit: &Value) -> Value {
    let mut turn = body(speaks, streaming);
    turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
    turn
}

async fn whole(simulator: &Simulator, speaks: Speaks, edit: &Value) -> Value {
    let turn = with(speaks, false, edit);
    let got = post(simulator.provider(speaks.as_str()).unwrap(), false, &turn).await.unwrap();
    assert_eq!(got.status, 200, "{turn}\n{}", got.text);
    got.json()
}

async fn streamed(simulator: &Simulator, speaks: Speaks, edit: &Value) -> Vec<Value> {
    let turn = with(speaks, true, edit);
    let got = post(simulator.provider(speaks.as_str()).unwrap(), true, &turn).await.unwrap();
    assert_eq!(got.status, 200, "{turn}\n{}", got.text);
    let events = got.events().into_iter().filter(|data| data != "[DONE]");
    events.map(|data| serde_json::from_str(&data).unwrap()).collect()
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": false,
    })
}

#[tokio::test]
async fn a_forced_tool_is_called_with_arguments_that_fit_its_schema() {
    let simulator = simulator().await;
    let arguments = json!({"city": "simulated", "days": 1});
    let as_text = json!(arguments.to_string());
    let function = json!({"name": "t", "parameters": schema()});
    let other = json!({"name": "other"});
    let (a, c, r, g) = (Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini);
    let anthropic = json!([{"name": "t", "input_schema": schema()}]);
    let chat = json!([{"type": "function", "function": other}, {"type": "function", "function": function}]);
    let responses = json!([{"type": "function", "name": "t", "parameters": schema()}]);
    let gemini = json!([{"functionDeclarations": [other, {"name": "t", "parametersJsonSchema": schema()}]}]);
    let (chat_at, chat_stop) = ("/choices/0/message/tool_calls/0/function/arguments", "/choices/0/finish_reason");
    for (speaks, edit, place, expected, stop, reason) in [
        (
            a,
            json!({"tools": anthropic, "tool_choice": {"type": "any"}}),
            "/content/0/input",
            &arguments,
            "/stop_reason",
            "tool_use",
        ),
        (
            a,
            json!({"tools": anthropic, "tool_choice": {"type": "tool", "name": "t"}}),
            "/content/0/input",
            &arguments,
            "/stop_reason",
            "tool_use",
        ),
        (
            c,
            json!({"tools": chat, "tool_choice": {"type": "function", "function": {"name": "t"}}}),
            chat_at,
            &as_text,
            chat_stop,
            "stop",
        ),
        (
            c,
            json!({"tools": chat, "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "t"}}]}}}),
            chat_at,
            &as_text,
            chat_stop,
            "tool_calls",
        ),
        (
            r,
            json!({"tools": responses, "tool_choice": "required"}),
            "/output/0/arguments",
            &as_text,
            "/status",
            "completed",
        ),
        (
            r,
            json!({"tools": responses, "tool_choice": {"type": "function", "name": "t"}}),
            "/output/0/arguments",
            &as_text,
            "/status",
            "completed",
        ),
        (
            g,
            json!({"tools": gemini, "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["t"]}}}),
            "/candidates/0/content/parts/0/functionCall/args",
            &arguments,
            "/candidates/0/finishReason",
            "STOP",
        ),
    ] {
        let answer = whole(&simulator, speaks, &edit).await;
        assert_eq!(answer.pointer(place), Some(expected), "{answer}");
        assert_eq!(answer.pointer(stop), Some(&json!(reason)), "{answer}");
    }
}

#[tokio::test]
async fn a_structured_answer_satisfies_its_schema() {
    let simulator = simulator().await;
    let expected = json!({"city": "simulated", "days": 1}).to_string();
    let subset = json!({"type": "OBJECT", "properties": {"city": {"type": "STRING"}, "days": {"type": "INTEGER"}}});
    for (speaks, edit, place) in [
        (
            Speaks::Anthropic,
            json!({"output_config": {"format": {"type": "json_schema", "schema": schema()}}}),
            "/content/0/text",
        ),
        (Speaks::Anthropic, json!({"output_format": {"type": "json_schema", "schema": schema()}}), "/content/0/text"),
        (
            Speaks::OpenaiChat,
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": schema()}}}),
            "/choices/0/message/content",
        ),
        (
            Speaks::OpenaiResponses,
            json!({"text": {"format": {"type": "json_schema", "name": "n", "strict": true, "schema": schema()}}}),
            "/output/0/content/0/text",
        ),
        (
            Speaks::Gemini,
            json!({"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema()}}),
            "/candidates/0/content/parts/0/text",
        ),
        (
            Speaks::Gemini,
            json!({"generationConfig": {"responseMimeType": "application/json", "responseSchema": subset}}),
            "/candidates/0/content/parts/0/text",
        ),
    ] {
        let answer = whole(&simulator, speaks, &edit).await;
        assert_eq!(answer.pointer(place), Some(&json!(expected)), "{answer}");
    }
}

#[tokio::test]
async fn responses_number_and_order_their_events() {
    let simulator = simulator().await;
    let tools = json!([{"type": "function", "name": "t", "parameters": schema()}]);
    for (edit, expected) in [
        (
            json!({"reasoning": {"effort": "low", "summary": "auto"}}),
            "created in_progress output_item.added reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done output_item.done output_item.added content_part.added output_text.delta output_text.done content_part.done output_item.done completed",
        ),
        (
            json!({"tools": tools, "tool_choice": "required"}),
            "created in_progress output_item.added function_call_arguments.delta function_call_arguments.done output_item.done completed",
        ),
        (
            json!({"input": "a b c d e f g h i j", "max_output_tokens": 16}),
            "created in_progress output_item.added content_part.added output_text.delta output_text.done content_part.done output_item.done incomplete",
        ),
    ] {
        let events = streamed(&simulator, Speaks::OpenaiResponses, &edit).await;
        let mut names: Vec<&str> =
            events.iter().map(|event| event["type"].as_str().unwrap().strip_prefix("response.").unwrap()).collect();
        names.dedup();
        assert_eq!(names.join(" "), expected);
        assert!(events.iter().enumerate().all(|(at, event)| event["sequence_number"] == at));
        let response = &events.last().unwrap()["response"];
        let done: Vec<&Value> = events
            .iter()
            .filter(|event| event["type"] == "response.output_item.done")
            .map(|event| &event["item"])
            .collect();
        assert_eq!(response["output"].as_array().unwrap().iter().collect::<Vec<_>>(), done);
        assert!(response["usage"]["total_tokens"].as_u64().unwrap() > 0);
    }
}

#[tokio::test]
async fn reasoning_comes_first_and_only_its_maker_takes_it_back() {
    let (one, other) = (simulator().await, simulator().await);
    for (speaks, edit, reason) in [
        (Speaks::Anthropic, json!({"thinking": {"type": "adaptive"}}), "/content/0/thinking"),
        (
            Speaks::OpenaiResponses,
            json!({"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"], "store": false}),
            "/output/0/summary/0/text",
        ),
        (
            Speaks::Gemini,
            json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}}),
            "/candidates/0/content/parts/0/text",
        ),
    ] {
        let answer = whole(&one, speaks, &edit).await;
        let said = answer.pointer(reason).unwrap().as_str().unwrap();
        assert!(said.starts_with("Simulated reasoning from"), "{answer}");
        let mut turn = with(speaks, false, &edit);
        match speaks {
            Speaks::Anthropic => {
                let again = [
                    json!({"role": "assistant", "content": answer["content"]}),
                    json!({"role": "user", "content": "b"}),
                ];
                turn["messages"].as_array_mut().unwrap().extend(again);
            }
            Speaks::OpenaiResponses => {
                let mut items = vec![json!({"role": "user", "content": "a"})];
                items.extend(answer["output"].as_array().unwrap().iter().cloned());
                items.push(json!({"role": "user", "content": "b"}));
                turn["input"] = items.into();
            }
            _ => {
                let again =
                    [answer["candidates"][0]["content"].clone(), json!({"role": "user", "parts": [{"text": "b"}]})];
                turn["contents"].as_array_mut().unwrap().extend(again);
            }
        }
        let name = speaks.as_str();
        let status = |simulator: &Simulator| {
            let running = simulator.provider(name).unwrap().clone();
            let turn = turn.clone();
            async move { post(&running, false, &turn).await.unwrap().status }
        };
        assert_eq!((status(&one).await, status(&other).await), (200, 400), "{turn}");
    }
}

#[tokio::test]
async fn reasoning_is_encrypted_only_when_asked_for_and_for_one_key() {
    let simulator = simulator().await;
    let running = simulator.provider("openai-responses").unwrap();
    let plain = whole(&simulator, running.speaks, &json!({"reasoning": {"effort": "low"}})).await;
    assert!(plain["output"][0].get("encrypted_content").is_none() && plain["output"][0]["summary"] == json!([]));
    assert_eq!(plain["usage"]["output_tokens_details"]["reasoning_tokens"], 4);
    let edit = json!({"reasoning": {"effort": "low"}, "store": false, "include": ["reasoning.encrypted_content"]});
    let sealed = whole(&simulator, running.speaks, &edit).await;
    assert!(sealed["output"][0]["encrypted_content"].as_str().unwrap().starts_with("gAAAAABp"));
    let input = [sealed["output"].as_array().unwrap().clone(), vec![json!({"role": "user", "content": "b"})]].concat();
    for (key, status) in [("k", 200), ("k2", 400)] {
        let turn = http().post(format!("{}/responses", running.base_url)).bearer_auth(key);
        let got = fetch(turn.json(&json!({"model": "gpt-5.2", "input": input, "store": false}))).await.unwrap();
        assert_eq!(got.status, status, "{}", got.text);
        assert_eq!(got.text.contains("invalid_encrypted_content"), status == 400);
    }
}

#[tokio::test]
async fn a_stored_response_can_be_gone_on_from() {
    let simulator = simulator().await;
    let speaks = Speaks::OpenaiResponses;
    let tools = json!([{"type": "function", "name": "t", "parameters": schema()}]);
    let first =
        whole(&simulator, speaks, &json!({"tools": tools, "tool_choice": "required", "reasoning": {"effort": "low"}}))
            .await;
    let call_id = &first["output"][1]["call_id"];
    let output = json!({"type": "function_call_output", "call_id": call_id, "output": "sunny"});
    let second = whole(&simulator, speaks, &json!({"previous_response_id": first["id"], "input": [output]})).await;
    assert!(second["output"][0]["content"][0]["text"].as_str().unwrap().ends_with("You said: sunny"), "{second}");
    assert_eq!(second["usage"]["input_tokens"], 4, "two words said, the arguments, one word from the tool");
    let reference = json!({"type": "item_reference", "id": first["output"][1]["id"]});
    whole(&simulator, speaks, &json!({"input": [{"role": "user", "content": "a"}, reference, output]})).await;
    let unstored = whole(&simulator, speaks, &json!({"store": false})).await;
    let turn = with(speaks, false, &json!({"previous_response_id": unstored["id"]}));
    let got = post(simulator.provider(speaks.as_str()).unwrap(), false, &turn).await.unwrap();
    assert_eq!(got.json()["error"]["code"], "previous_response_not_found");
}

#[tokio::test]
async fn compatible_chat_models_say_their_reasoning_and_openais_only_count_it() {
    let simulator = simulator().await;
    for (model, says) in [("gpt-5.2", false), ("deepseek-reasoner", true)] {
        let edit = json!({"model": model, "reasoning_effort": "high"});
        let answer = whole(&simulator, Speaks::OpenaiChat, &edit).await;
        assert_eq!(answer["usage"]["completion_tokens_details"]["reasoning_tokens"], 4);
        assert_eq!(answer["choices"][0]["message"].get("reasoning_content").is_some(), says, "{answer}");
        let events = streamed(&simulator, Speaks::OpenaiChat, &edit).await;
        let told = events.iter().filter(|event| event["choices"][0]["delta"].get("reasoning_content").is_some());
        assert_eq!(told.count(), if says { 4 } else { 0 });
    }
}

#[tokio::test]
async fn what_is_cached_is_told_in_each_protocols_way() {
    let simulator = simulator().await;
    let long = "w ".repeat(1100);
    let marked = json!([{"type": "text", "text": "be very brief", "cache_control": {"type": "ephemeral"}}]);
    let messages = json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]);
    let first = whole(&simulator, Speaks::Anthropic, &json!({"system": marked})).await;
    let later = whole(&simulator, Speaks::Anthropic, &json!({"system": marked, "messages": messages})).await;
    let counts = |answer: &Value| {
        ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]
            .map(|name| answer["usage"][name].as_u64().unwrap())
    };
    assert_eq!((counts(&first), counts(&later)), ([2, 3, 0], [3, 0, 3]));
    for (speaks, edit, place) in [
        (
            Speaks::OpenaiChat,
            json!({"messages": [{"role": "user", "content": long}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]}),
            "/usage/prompt_tokens_details/cached_tokens",
        ),
        (
            Speaks::OpenaiResponses,
            json!({"input": [{"role": "user", "content": long}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]}),
            "/usage/input_tokens_details/cached_tokens",
        ),
        (
            Speaks::Gemini,
            json!({"contents": [{"role": "user", "parts": [{"text": long}]}, {"role": "model", "parts": [{"text": "b"}]}, {"role": "user", "parts": [{"text": "c"}]}]}),
            "/usageMetadata/cachedContentTokenCount",
        ),
    ] {
        let answer = whole(&simulator, speaks, &edit).await;
        assert_eq!(answer.pointer(place), Some(&json!(1024)), "{answer}");
    }
}

async fn aside(running: &Running, path: &str, body: &Value) -> (u16, Value) {
    let got = fetch(request(&http(), running, Method::POST, path).json(body)).await.unwrap();
    (got.status, got.json())
}

#[tokio::test]
async fn tokens_are_counted_as_answers_count_them() {
    let simulator = simulator().await;
    let (anthropic, gemini) = (simulator.provider("anthropic").unwrap(), simulator.provider("gemini").unwrap());
    let turn = json!({"model": "m", "system": "be brief", "messages": [{"role": "user", "content": "one two"}]});
    assert_eq!(aside(anthropic, "/v1/messages/count_tokens", &turn).await, (200, json!({"input_tokens": 4})));
    let (status, error) =
        aside(anthropic, "/v1/messages/count_tokens", &json!({"model": "m", "max_tokens": 3, "messages": []})).await;
    assert_eq!((status, &error["error"]["message"]), (400, &json!("max_tokens: Extra inputs are not permitted")));
    let responses = simulator.provider("openai-responses").unwrap();
    let turn = json!({"model": "m", "instructions": "be brief", "input": "one two"});
    assert_eq!(
        aside(responses, "/v1/responses/input_tokens", &turn).await,
        (200, json!({"object": "response.input_tokens", "input_tokens": 4}))
    );
    let (status, error) =
        aside(responses, "/v1/responses/input_tokens", &json!({"model": "m", "input": "a", "store": false})).await;
    assert_eq!((status, &error["error"]["param"]), (400, &json!("store")), "{error}");
    let contents = json!([{"parts": [{"text": "one two"}]}]);
    for body in [
        json!({"contents": contents}),
        json!({"generateContentRequest": {"model": "models/gemini-2.5-flash", "contents": contents}}),
        // A piece of a conversation, which wouldn't be answered.
        json!({"contents": [{"parts": [{"functionResponse": {"name": "t", "response": {"output": "one two"}}}]}]}),
    ] {
        let (status, counted) = aside(gemini, "/v1beta/models/gemini-2.5-flash:countTokens", &body).await;
        assert_eq!((status, &counted["totalTokens"]), (200, &json!(2)), "{counted}");
    }
    assert_eq!((anthropic.count(), gemini.count()), (0, 0), "only chat turns count");
}

#[tokio::test]
async fn a_text_always_has_the_same_vector() {
    let simulator = simulator().await;
    for name in ["openai-chat", "openai-responses"] {
        let running = simulator.provider(name).unwrap();
        let body = json!({"model": "m", "input": ["a", "b", "a"], "dimensions": 5});
        let (status, answer) = aside(running, "/v1/embeddings", &body).await;
        let vector = |at: usize| answer["data"][at]["embedding"].as_array().unwrap();
        assert_eq!((status, vector(0).len(), vector(0) == vector(2), vector(0) == vector(1)), (200, 5, true, false));
        assert_eq!(aside(running, "/v1/embeddings", &json!({"model": "m", "input": []})).await.0, 400);
    }
    let gemini = simulator.provider("gemini").unwrap();
    let content = json!({"parts": [{"text": "a"}]});
    let (_, one) = aside(gemini, "/v1beta/models/e:embedContent", &json!({"content": content})).await;
    let batch = json!({"requests": [{"model": "models/e", "content": content}]});
    let (_, many) = aside(gemini, "/v1beta/models/e:batchEmbedContents", &batch).await;
    assert_eq!(one["embedding"]["values"].as_array().unwrap().len(), 8);
    assert_eq!(one["embedding"], many["embeddings"][0]);
}

#[tokio::test]
async fn a_call_that_the_token_limit_cuts_ends_as_each_protocol_ends_it() {
    let simulator = simulator().await;
    let tools = json!([{"type": "function", "function": {"name": "t", "parameters": schema()}}]);
    let edit = json!({"tools": tools, "tool_choice": "required", "max_completion_tokens": 2});
    let choice = &whole(&simulator, Speaks::OpenaiChat, &edit).await["choices"][0];
    assert_eq!(choice["finish_reason"], "length");
    assert_eq!(choice["message"]["tool_calls"][0]["function"]["arguments"], "{\"city\":\"simulat");
    let edit =
        json!({"tools": [{"name": "t", "input_schema": schema()}], "tool_choice": {"type": "any"}, "max_tokens": 2});
    let message = whole(&simulator, Speaks::Anthropic, &edit).await;
    assert_eq!((&message["stop_reason"], &message["content"][0]["input"]), (&json!("max_tokens"), &json!({})));
    let edit = json!({
        "tools": [{"functionDeclarations": [{"name": "t", "parametersJsonSchema": schema()}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}, "generationConfig": {"maxOutputTokens": 2},
    });
    let candidate = &whole(&simulator, Speaks::Gemini, &edit).await["candidates"][0];
    assert_eq!((&candidate["finishReason"], candidate["content"].get("parts")), (&json!("MAX_TOKENS"), None));
}

#[tokio::test]
async fn both_paths_of_responses_are_served() {
    let simulator = simulator().await;
    let running = simulator.provider("openai-responses").unwrap();
    for (path, status) in [("/v1/responses", 200), ("/responses", 200), ("/v1/chat/completions", 404)] {
        let got =
            fetch(request(&http(), running, Method::POST, path).json(&body(running.speaks, false))).await.unwrap();
        assert_eq!(got.status, status, "{path}");
    }
    assert!(running.base_url.ends_with("/v1"));
    assert_eq!(ALL.len(), 4);
}
