//! What the real providers refuse beyond plain text, and in which words.

use mainstay_simulator::{Simulator, Speaks};
use serde_json::{Value, json};

use crate::client::{body, model, post, simulator};

/// A turn of this protocol with these fields changed.
fn with(speaks: Speaks, edit: &Value) -> Value {
    let mut turn = body(speaks, false);
    turn.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
    turn
}

pub(crate) async fn refused(simulator: &Simulator, speaks: Speaks, edit: Value, message: &str) -> Value {
    let turn = with(speaks, &edit);
    let got = post(simulator.provider(speaks.as_str()).unwrap(), false, &turn).await.unwrap();
    let error = got.json()["error"].clone();
    assert!(
        got.status >= 400 && error["message"].as_str().unwrap().contains(message),
        "{message}\n{turn}\n{}",
        got.text
    );
    error
}

pub(crate) async fn accepted(simulator: &Simulator, speaks: Speaks, edit: Value) -> Value {
    let turn = with(speaks, &edit);
    let got = post(simulator.provider(speaks.as_str()).unwrap(), false, &turn).await.unwrap();
    assert_eq!(got.status, 200, "{turn}\n{}", got.text);
    got.json()
}

fn long(length: usize) -> String {
    "a".repeat(length)
}

#[tokio::test]
async fn tool_definitions_follow_each_vendors_rules() {
    let simulator = simulator().await;
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let anthropic = |name: &str, schema: &Value| json!({"tools": [{"name": name, "input_schema": schema}]});
    let chat = |name: &str, schema: &Value| json!({"tools": [{"type": "function", "function": {"name": name, "parameters": schema}}]});
    let responses =
        |name: &str, schema: &Value| json!({"tools": [{"type": "function", "name": name, "parameters": schema}]});
    let gemini = |name: &str, schema: &Value| json!({"tools": [{"functionDeclarations": [{"name": name, "parameters": schema}]}]});
    let (a, c, r, g) = (Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini);
    for (speaks, edit) in [
        (a, anthropic(&long(128), &schema)),
        (c, chat(&long(64), &schema)),
        (r, responses(&long(64), &schema)),
        (g, gemini("_a.b:c-d", &schema)),
        (
            g,
            json!({"tools": [{"function_declarations": [{"name": "a", "parameters_json_schema": {"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}}}]}, {"googleSearch": {}}]}),
        ),
        (a, json!({"tools": [{"type": "bash_20250124", "name": "bash"}]})),
        (
            r,
            json!({"tools": [{"type": "web_search"}, {"type": "custom", "name": "apply_patch", "format": {"type": "text"}}]}),
        ),
    ] {
        accepted(&simulator, speaks, edit).await;
    }
    for (speaks, edit, message) in [
        (
            a,
            anthropic(&long(129), &schema),
            "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        (a, anthropic("a.b", &schema), "tools.0.custom.name: String should match"),
        (a, anthropic("a", &json!({})), "tools.0.custom.input_schema.type: Field required"),
        (a, json!({"tools": [{"name": "a"}]}), "tools.0.custom.input_schema: Field required"),
        (
            a,
            json!({"tools": [{"name": "a", "input_schema": schema, "parameters": {}}]}),
            "tools.0.custom.parameters: Extra inputs are not permitted",
        ),
        (a, json!({"tools": [{"type": "function", "function": {}}]}), "Input tag 'function' found using 'type'"),
        (
            a,
            json!({"tools": [{"name": "a", "input_schema": schema}, {"name": "a", "input_schema": schema}]}),
            "tools: Tool names must be unique.",
        ),
        (
            c,
            chat(&long(65), &schema),
            "string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
        ),
        (c, chat("a.b", &schema), "Invalid 'tools[0].function.name': string does not match pattern."),
        (
            c,
            chat("a", &json!({"type": "array"})),
            "Invalid schema for function 'a': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.",
        ),
        (c, json!({"tools": [{"name": "a", "input_schema": {}}]}), "Missing required parameter: 'tools[0].type'."),
        (c, json!({"tools": []}), "Invalid 'tools': empty array."),
        (
            c,
            json!({"tools": [{"type": "function", "function": {"name": "a", "strict": true, "parameters": schema}}]}),
            "'additionalProperties' is required to be supplied and to be false.",
        ),
        (r, responses("a b", &schema), "Invalid 'tools[0].name': string does not match pattern."),
        (
            r,
            json!({"tools": [{"type": "function", "function": {"name": "a"}}]}),
            "Unknown parameter: 'tools[0].function'.",
        ),
        (r, json!({"tools": [{"type": "bash_20250124", "name": "b"}]}), "Invalid value: 'bash_20250124'."),
        (g, gemini("1a", &schema), "tools[0].function_declarations[0].name: Invalid function name."),
        (g, gemini(&long(65), &schema), "with a maximum length of 64."),
        (
            g,
            gemini("a", &json!({"type": "object", "$schema": "x"})),
            "Unknown name \"$schema\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
        ),
        (
            g,
            gemini("a", &json!({"type": "object", "properties": {"b": {"type": "string", "const": 1}}})),
            "Unknown name \"const\" at 'tools[0].function_declarations[0].parameters.properties[0].value'",
        ),
        (
            g,
            gemini("a", &json!({"type": "object", "additionalProperties": false})),
            "Unknown name \"additionalProperties\"",
        ),
        (g, gemini("a", &json!({"type": "object", "properties": {"b": {"$ref": "#/x"}}})), "Unknown name \"$ref\""),
        (g, gemini("a", &json!({"type": ["object", "null"]})), "Proto field is not repeating, cannot start list."),
        (
            g,
            gemini("a", &json!({"type": "object", "required": ["b"]})),
            "parameters.required[0]: property is not defined",
        ),
        (g, gemini("a", &json!({"type": "object", "properties": {"b": {"type": "array"}}})), "items: missing field."),
        (
            g,
            gemini("a", &json!({"type": "object", "properties": {"b": {"type": "integer", "enum": [1]}}})),
            "(TYPE_STRING), 1",
        ),
        (g, json!({"tools": [{"type": "function", "function": {}}]}), "Unknown name \"type\" at 'tools[0]'"),
    ] {
        refused(&simulator, speaks, edit, message).await;
    }
}

#[tokio::test]
async fn anthropics_tool_turns_pair() {
    let simulator = simulator().await;
    let user = json!({"role": "user", "content": "x"});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "t", "input": {}});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "r"});
    let said = |blocks: Value| json!({"role": "assistant", "content": blocks});
    let told = |blocks: Value| json!({"role": "user", "content": blocks});
    let text = json!({"type": "text", "text": "y"});
    accepted(
        &simulator,
        Speaks::Anthropic,
        json!({"messages": [user, said(json!([call("a"), call("b")])), told(json!([result("b"), result("a"), text]))]}),
    )
    .await;
    accepted(&simulator, Speaks::Anthropic, json!({"messages": [user, said(json!([call("a"), call("b")])), told(json!([result("b")])), told(json!([result("a")]))]})).await;
    for (messages, message) in [
        (json!([said(json!("hi"))]), "first message must use the \"user\" role"),
        (
            json!([user, said(json!([call("a"), call("b")])), told(json!([result("a")]))]),
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: b.",
        ),
        (
            json!([user, said(json!([call("a")])), told(json!([text, result("a")]))]),
            "`tool_use` ids were found without `tool_result` blocks immediately after: a.",
        ),
        (json!([user, said(json!([call("a")])), user]), "`tool_use` ids were found without"),
        (
            json!([
                user,
                said(json!([call("a")])),
                told(json!([result("a")])),
                said(json!("k")),
                told(json!([result("a")]))
            ]),
            "messages.4.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a.",
        ),
        (
            json!([user, said(json!([call("a")])), told(json!([result("a"), result("a")]))]),
            "each tool_use must have a single result.",
        ),
        (
            json!([user, said(json!([call("a.b")])), told(json!([result("a.b")]))]),
            "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
        ),
        (
            json!([user, said(json!([{"type": "tool_use", "id": "a", "name": "t", "input": "{}"}]))]),
            "tool_use.input: Input should be a valid dictionary",
        ),
        (json!([told(json!([call("a")]))]), "`tool_use` blocks can only be in `assistant` messages"),
        (json!([told(json!([{"type": "input_text", "text": "x"}]))]), "Input tag 'input_text' found using 'type'"),
        (
            json!([told(json!([{"type": "text", "text": "x", "id": "1"}]))]),
            "messages.0.content.0.text.id: Extra inputs are not permitted",
        ),
        (json!([{"role": "user", "content": "x", "name": "n"}]), "messages.0.name: Extra inputs are not permitted"),
        (json!([told(json!([{"type": "text", "text": " "}]))]), "text content blocks must contain non-whitespace text"),
    ] {
        refused(&simulator, Speaks::Anthropic, json!({"messages": messages}), message).await;
    }
}

#[tokio::test]
async fn chats_tool_turns_pair() {
    let simulator = simulator().await;
    let user = json!({"role": "user", "content": "x"});
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "t", "arguments": "{}"}});
    let said = |calls: Value| json!({"role": "assistant", "content": null, "tool_calls": calls});
    let told = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "r"});
    accepted(
        &simulator,
        Speaks::OpenaiChat,
        json!({"messages": [user, said(json!([call("a"), call("b")])), told("b"), told("a")]}),
    )
    .await;
    for (messages, message) in [
        (
            json!([user, said(json!([call("a"), call("b")])), told("a"), user]),
            "The following tool_call_ids did not have response messages: b",
        ),
        (
            json!([user, said(json!([call("a")]))]),
            "must be followed by tool messages responding to each 'tool_call_id'.",
        ),
        (
            json!([user, told("a")]),
            "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        ),
        (
            json!([user, said(json!([call("a")])), told("c")]),
            "'tool_call_id' of 'c' not found in 'tool_calls' of previous message.",
        ),
        (
            json!([user, said(json!([call(&long(41))])), told(&long(41))]),
            "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 41 instead.",
        ),
        (json!([user, said(json!([]))]), "Invalid 'messages[1].tool_calls': empty array."),
        (
            json!([user, {"role": "assistant", "content": null}]),
            "Invalid value for 'content': expected a string, got null.",
        ),
        (
            json!([user, {"role": "assistant", "content": "x", "reasoning_content": "y"}]),
            "Unknown parameter: 'messages[1].reasoning_content'.",
        ),
        (
            json!([{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {}}]}]),
            "Unknown parameter: 'messages[0].content[0].cache_control'.",
        ),
        (json!([{"role": "user", "content": [{"type": "image", "source": {}}]}]), "Invalid value: 'image'."),
        (
            json!([user, said(json!([call("a")])), {"role": "tool", "tool_call_id": "a", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]),
            "Image URLs are only allowed for messages with role 'user'",
        ),
    ] {
        refused(&simulator, Speaks::OpenaiChat, json!({"messages": messages}), message).await;
    }
}

#[tokio::test]
async fn responses_items_pair_and_have_their_shapes() {
    let simulator = simulator().await;
    let user = json!({"role": "user", "content": "x"});
    let call = |id: &str| json!({"type": "function_call", "call_id": id, "name": "t", "arguments": "{}"});
    let output = |id: &str| json!({"type": "function_call_output", "call_id": id, "output": "r"});
    accepted(
        &simulator,
        Speaks::OpenaiResponses,
        json!({"input": [user, call("a"), call("b"), output("b"), output("a")]}),
    )
    .await;
    accepted(&simulator, Speaks::OpenaiResponses, json!({"input": [user, call("a"), {"role": "developer", "content": "z"}, output("a"),
        {"role": "assistant", "content": [{"type": "output_text", "text": "k"}]}, {"role": "user", "content": [{"type": "input_text", "text": "l"}]}]})).await;
    for (edit, message, code) in [
        (json!({"input": null}), "must be provided.", json!("missing_required_parameter")),
        (json!({"stop": "x"}), "Unknown parameter: 'stop'.", json!("unknown_parameter")),
        (json!({"top_k": 3}), "Unknown parameter: 'top_k'.", json!("unknown_parameter")),
        (
            json!({"max_tokens": 99}),
            "In the Responses API, this parameter has moved to 'max_output_tokens'.",
            json!("unsupported_parameter"),
        ),
        (json!({"messages": []}), "has moved to 'input'.", json!("unsupported_parameter")),
        (
            json!({"max_output_tokens": 15}),
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.",
            json!("integer_below_min_value"),
        ),
        (
            json!({"stream_options": {"include_obfuscation": false}}),
            "only allowed when 'stream' is enabled.",
            Value::Null,
        ),
        (
            json!({"previous_response_id": "resp_1"}),
            "Previous response with id 'resp_1' not found.",
            json!("previous_response_not_found"),
        ),
        (json!({"include": ["everything"]}), "Invalid value: 'everything'.", json!("invalid_value")),
        (
            json!({"input": [user, output("a")]}),
            "No tool call found for function call output with call_id a.",
            Value::Null,
        ),
        (json!({"input": [user, call("a")]}), "No tool output found for function call a.", Value::Null),
        (
            json!({"input": [user, {"type": "function_call", "id": "call_1", "call_id": "a", "name": "t", "arguments": "{}"}, output("a")]}),
            "Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
            json!("invalid_value"),
        ),
        (
            json!({"input": [user, call(&long(65)), output(&long(65))]}),
            "Expected a string with maximum length 64",
            json!("string_above_max_length"),
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}),
            "Invalid value: 'text'. Supported values are: 'input_text', 'input_image', and 'input_file'.",
            json!("invalid_value"),
        ),
        (
            json!({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}),
            "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
            json!("invalid_value"),
        ),
        (json!({"input": [{"role": "tool", "content": "x"}]}), "Invalid value: 'tool'.", json!("invalid_value")),
        (json!({"input": [{"type": "tool_use"}]}), "Invalid value: 'tool_use'.", json!("invalid_value")),
        (
            json!({"input": [{"role": "user", "content": "x", "cache_control": {}}]}),
            "Unknown parameter: 'input[0].cache_control'.",
            json!("unknown_parameter"),
        ),
        (
            json!({"input": [user, {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAABpAAAAzzzz"}, call("a"), output("a")]}),
            "The encrypted content gAAA...zzzz could not be verified.",
            json!("invalid_encrypted_content"),
        ),
        (
            json!({"input": [user, {"type": "reasoning", "id": "rs_1", "summary": []}, call("a"), output("a")]}),
            "Item with id 'rs_1' not found.",
            Value::Null,
        ),
        (
            json!({"text": {"format": {"type": "json_schema", "json_schema": {}}}}),
            "Unknown parameter: 'text.format.json_schema'.",
            json!("unknown_parameter"),
        ),
        (
            json!({"client_metadata": "x"}),
            "Invalid type for 'client_metadata': expected an object, but got a string instead.",
            json!("invalid_type"),
        ),
        (
            json!({"input": [user, {"type": "additional_tools", "role": "developer"}]}),
            "Missing required parameter: 'input[1].tools'.",
            json!("missing_required_parameter"),
        ),
        (
            json!({"input": [{"type": "additional_tools", "role": "developer", "tools": [{"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "t", "schema": {}}]}]}, user]}),
            "Unknown parameter: 'input[0].tools[0].tools[0].schema'.",
            json!("unknown_parameter"),
        ),
        (
            json!({"tools": [{"type": "namespace", "tools": []}]}),
            "Missing required parameter: 'tools[0].name'.",
            json!("missing_required_parameter"),
        ),
        (
            json!({"model": "gpt-4.1", "reasoning": {"effort": "low"}}),
            "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
            json!("unsupported_parameter"),
        ),
    ] {
        let error = refused(&simulator, Speaks::OpenaiResponses, edit, message).await;
        assert_eq!((&error["code"], &error["type"]), (&code, &json!("invalid_request_error")), "{message}");
    }
}

#[tokio::test]
async fn geminis_function_turns_pair_and_the_third_generation_wants_its_signatures() {
    let simulator = simulator().await;
    let running = simulator.provider("gemini").unwrap();
    let user = json!({"role": "user", "parts": [{"text": "x"}]});
    let call = json!({"functionCall": {"name": "t", "args": {}}});
    let response = json!({"functionResponse": {"name": "t", "response": {"output": "r"}}});
    let said = |parts: Value| json!({"role": "model", "parts": parts});
    let told = |parts: Value| json!({"role": "user", "parts": parts});
    accepted(
        &simulator,
        Speaks::Gemini,
        json!({"contents": [user, said(json!([call, call])), told(json!([response, response]))]}),
    )
    .await;
    for (contents, message) in [
        (
            json!([user, said(json!([call, call])), told(json!([response]))]),
            "the number of function response parts is equal to the number of function call parts",
        ),
        (json!([user, said(json!([call])), user]), "the number of function response parts"),
        (
            json!([user, told(json!([response]))]),
            "function response turn comes immediately after a function call turn.",
        ),
        (
            json!([said(json!([call]))]),
            "function call turn comes immediately after a user turn or after a function response turn.",
        ),
        (
            json!([user, said(json!([{"functionCall": {"name": "t", "args": "{}"}}]))]),
            "function_call.args' (type.googleapis.com/google.protobuf.Struct)",
        ),
        (json!([user, said(json!([{"text": "a", "thoughtSignature": "AAAA"}]))]), "Corrupted thought signature."),
        (json!([user, said(json!([{"text": "a", "thoughtSignature": "!"}]))]), "Base64 decoding failed for \"!\""),
        (json!([{"parts": [{"type": "text", "text": "x"}]}]), "Unknown name \"type\" at 'contents[0].parts[0]'"),
        (
            json!([{"parts": [{"text": "x", "inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}]),
            "oneof field 'data' is already set.",
        ),
        (json!([{"parts": [{"thought": true}]}]), "required oneof field 'data' must have one initialized field"),
    ] {
        refused(&simulator, Speaks::Gemini, json!({"contents": contents}), message).await;
    }
    let third = |signature: Option<&str>| {
        let mut call = call.clone();
        if let Some(signature) = signature {
            call["thoughtSignature"] = json!(signature);
        }
        let contents = json!([user, said(json!([call])), told(json!([response]))]);
        let path = "/v1beta/models/gemini-3-pro-preview:generateContent";
        let request = crate::client::request(&crate::client::http(), running, reqwest::Method::POST, path);
        crate::client::fetch(request.json(&json!({"contents": contents})))
    };
    let got = third(None).await.unwrap();
    let message = got.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Function call is missing a thought_signature in functionCall parts."), "{message}");
    assert!(message.contains("function call `default_api:t` , position 2."), "{message}");
    for dummy in ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"] {
        assert_eq!(third(Some(dummy)).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn images_and_files_are_checked() {
    let simulator = simulator().await;
    let (a, c, r, g) = (Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini);
    let anthropic = |kind: &str, source: Value| json!({"messages": [{"role": "user", "content": [{"type": kind, "source": source}]}]});
    let chat = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
    let responses = |part: Value| json!({"input": [{"role": "user", "content": [part]}]});
    let gemini = |part: Value| json!({"contents": [{"role": "user", "parts": [part]}]});
    let base64 = |kind: &str, data: &str| json!({"type": "base64", "media_type": kind, "data": data});
    let url = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    for (speaks, edit, seen) in [
        (a, anthropic("image", base64("image/gif", "AAAA")), "[image/gif]"),
        (a, anthropic("image", json!({"type": "url", "url": "https://example.com/a.png"})), "[url]"),
        (a, anthropic("document", base64("application/pdf", "AAAA")), "[application/pdf]"),
        (c, chat(url("data:image/webp;base64,AAAA")), "[image/webp]"),
        (c, chat(url("https://example.com/a.png")), "[url]"),
        (
            c,
            chat(
                json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}}),
            ),
            "[application/pdf]",
        ),
        (r, responses(json!({"type": "input_image", "image_url": "data:image/png;base64,AAAA"})), "[image/png]"),
        (
            r,
            responses(
                json!({"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}),
            ),
            "[application/pdf]",
        ),
        (g, gemini(json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}})), "[image/png]"),
        (g, gemini(json!({"inline_data": {"mime_type": "application/pdf", "data": "AAAA"}})), "[application/pdf]"),
    ] {
        let answer = accepted(&simulator, speaks, edit).await.to_string();
        assert!(answer.contains(&format!("You said: {seen}")), "{answer}");
    }
    for (speaks, edit, message) in [
        (
            a,
            anthropic("image", base64("image/bmp", "AAAA")),
            "source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
        ),
        (a, anthropic("image", base64("image/png", "A")), "image.source.base64: invalid base64 data"),
        (
            a,
            anthropic("image", json!({"type": "url", "url": "http://example.com/a.png"})),
            "Only HTTPS URLs are supported.",
        ),
        (
            a,
            anthropic("document", base64("text/html", "AAAA")),
            "document.source.base64.media_type: Input should be 'application/pdf'",
        ),
        (c, chat(url("data:image/bmp;base64,AAAA")), "You uploaded an unsupported image."),
        (c, chat(url("data:image/png;base64,A")), "Invalid base64 image_url."),
        (c, chat(url("a.png")), "Expected a valid URL"),
        (
            c,
            chat(json!({"type": "image_url", "image_url": "https://example.com/a.png"})),
            "expected an object, but got a string instead.",
        ),
        (c, chat(json!({"type": "file", "file": {"file_data": "AAAA"}})), "a value without the 'data:' prefix"),
        (
            r,
            responses(json!({"type": "input_image", "image_url": {"url": "https://example.com/a.png"}})),
            "Invalid type for 'input[0].content[0].image_url': expected a string, but got an object instead.",
        ),
        (
            r,
            responses(json!({"type": "input_file", "file_data": "data:text/html;base64,AAAA"})),
            "unsupported MIME type 'text/html'",
        ),
        (
            g,
            gemini(json!({"inlineData": {"mimeType": "image/gif", "data": "AAAA"}})),
            "Unsupported MIME type: image/gif",
        ),
        (
            g,
            gemini(json!({"inlineData": {"mimeType": "image/png", "data": "A"}})),
            "inline_data.data' (TYPE_BYTES), Base64 decoding failed",
        ),
    ] {
        refused(&simulator, speaks, edit, message).await;
    }
}

#[tokio::test]
async fn choices_and_formats_must_fit_the_request() {
    let simulator = simulator().await;
    let (a, c, r, g) = (Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini);
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let tools = json!([{"name": "t", "input_schema": {"type": "object"}}]);
    for (speaks, edit, message) in [
        (a, json!({"tool_choice": {"type": "any"}}), "tool_choice may only be specified while providing tools"),
        (
            a,
            json!({"tools": tools, "tool_choice": {"type": "tool", "name": "u"}}),
            "Tool 'u' not found in provided tools",
        ),
        (a, json!({"tools": tools, "tool_choice": "any"}), "tool_choice: Input should be a valid dictionary"),
        (
            a,
            json!({"output_config": {"format": {"type": "json_schema", "schema": open}}}),
            "'additionalProperties' must be explicitly set to false",
        ),
        (
            a,
            json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}}),
            "For 'integer' type, properties minimum are not supported",
        ),
        (c, json!({"tool_choice": "auto"}), "'tool_choice' is only allowed when 'tools' are specified."),
        (c, json!({"parallel_tool_calls": false}), "'parallel_tool_calls' is only allowed when 'tools' are specified."),
        (
            c,
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": open}}}),
            "Invalid schema for response_format 'n': In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            c,
            json!({"response_format": {"type": "json_object"}}),
            "'messages' must contain the word 'json' in some form",
        ),
        (c, json!({"reasoning_effort": "huge"}), "Invalid value: 'huge'."),
        (
            c,
            json!({"model": "gpt-4.1", "reasoning_effort": "low"}),
            "Unsupported parameter: 'reasoning_effort' is not supported with this model.",
        ),
        (
            r,
            json!({"tool_choice": {"type": "function", "name": "u"}}),
            "Tool choice 'function' not found in 'tools' parameter.",
        ),
        (
            r,
            json!({"tool_choice": {"type": "function", "function": {"name": "u"}}}),
            "Unknown parameter: 'tool_choice.function'.",
        ),
        (
            r,
            json!({"text": {"format": {"type": "json_schema", "name": "n", "strict": true, "schema": open}}}),
            "'additionalProperties' is required",
        ),
        (
            g,
            json!({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
            "Function calling config is set without function_declarations.",
        ),
        (
            g,
            json!({"generationConfig": {"responseSchema": {"type": "STRING"}}}),
            "response_schema is only supported when response_mime_type is",
        ),
        (
            g,
            json!({"generationConfig": {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT", "additionalProperties": false}}}),
            "Unknown name \"additionalProperties\" at 'generation_config.response_schema'",
        ),
        (
            g,
            json!({"generationConfig": {"responseMimeType": "application/json"}, "tools": [{"functionDeclarations": [{"name": "t"}]}]}),
            "Function calling with a response mime type: 'application/json' is unsupported",
        ),
        (
            g,
            json!({"generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}}}),
            "Thinking level is not supported for this model.",
        ),
    ] {
        refused(&simulator, speaks, edit, message).await;
    }
}

#[tokio::test]
async fn anthropics_thinking_has_its_rules() {
    let simulator = simulator().await;
    let enabled = |budget: u64| json!({"type": "enabled", "budget_tokens": budget});
    let user = json!({"role": "user", "content": "x"});
    let call = json!({"type": "tool_use", "id": "a", "name": "t", "input": {}});
    let result = json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]});
    let tools = json!([{"name": "t", "input_schema": {"type": "object"}}]);
    for (edit, message) in [
        (
            json!({"thinking": enabled(1023), "max_tokens": 2000}),
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (
            json!({"thinking": enabled(2000), "max_tokens": 2000}),
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        (json!({"thinking": {"type": "enabled"}}), "thinking.enabled.budget_tokens: Field required"),
        (
            json!({"thinking": {"type": "adaptive", "budget_tokens": 1024}}),
            "thinking.adaptive.budget_tokens: Extra inputs are not permitted",
        ),
        (
            json!({"thinking": {"type": "adaptive"}, "temperature": 0.5}),
            "`temperature` may only be set to 1 when thinking is enabled.",
        ),
        (json!({"thinking": {"type": "adaptive"}, "top_k": 5}), "`top_k` must be unset when thinking is enabled."),
        (
            json!({"thinking": {"type": "adaptive"}, "tools": tools, "tool_choice": {"type": "any"}}),
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
        (
            json!({"thinking": enabled(1024), "max_tokens": 2000, "tools": tools, "messages": [user, {"role": "assistant", "content": [call]}, result]}),
            "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
        ),
        (
            json!({"messages": [user, {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "AAAA"}, {"type": "text", "text": "y"}]}, user]}),
            "messages.1.content.0: Invalid `signature` in `thinking` block",
        ),
    ] {
        refused(&simulator, Speaks::Anthropic, edit, message).await;
    }
    let adaptive = json!({"thinking": {"type": "adaptive"}, "tools": tools, "messages": [user, {"role": "assistant", "content": [call]}, result]});
    accepted(&simulator, Speaks::Anthropic, adaptive).await;
    let answer = accepted(
        &simulator,
        Speaks::Anthropic,
        json!({"thinking": enabled(1024), "max_tokens": 2000, "temperature": 1}),
    )
    .await;
    assert_eq!(
        (&answer["model"], &answer["content"][0]["type"]),
        (&json!(model(Speaks::Anthropic)), &json!("thinking"))
    );
    assert_eq!(answer["usage"]["output_tokens_details"]["thinking_tokens"], 4);
    let mut forged = answer["content"].clone();
    accepted(
        &simulator,
        Speaks::Anthropic,
        json!({"messages": [user, {"role": "assistant", "content": forged}, user]}),
    )
    .await;
    forged[0]["thinking"] = json!("Other thoughts");
    refused(
        &simulator,
        Speaks::Anthropic,
        json!({"messages": [user, {"role": "assistant", "content": forged}, user]}),
        "Invalid `signature`",
    )
    .await;
}
