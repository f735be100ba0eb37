//! What coding agents send that no document of the protocols shows, and that the real providers take.

use mainstay_simulator::Speaks;
use serde_json::{Value, json};

use crate::{
    client::simulator,
    refusals::{accepted, refused},
};

#[tokio::test]
async fn what_codex_sends_is_taken() {
    let simulator = simulator().await;
    let grammar = json!({"type": "grammar", "syntax": "lark", "definition": "start: /.+/"});
    let function = |name: &str| json!({"type": "function", "name": name, "description": "d", "strict": false, "parameters": {"type": "object", "properties": {}}});
    let tools = json!([
        function("exec_command"),
        {"type": "custom", "name": "apply_patch", "description": "d", "format": grammar},
        {"type": "namespace", "name": "agents", "description": "d", "tools": [function("spawn")]},
        {"type": "tool_search", "execution": "client", "description": "d", "parameters": {"type": "object", "properties": {}}},
        {"type": "web_search", "external_web_access": true, "search_content_types": ["text", "image"]},
    ]);
    let aside = json!({"turn_id": "1"});
    let items = json!([
        {"type": "additional_tools", "id": "at_1", "role": "developer", "tools": tools},
        {"type": "message", "id": "msg_1", "role": "developer", "content": [{"type": "input_text", "text": "x"}],
            "internal_chat_message_metadata_passthrough": aside},
        {"type": "message", "id": "msg_2", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
        {"type": "function_call", "id": "fc_1", "status": "completed", "call_id": "a", "name": "exec_command", "arguments": "{}",
            "internal_chat_message_metadata_passthrough": aside},
        {"type": "custom_tool_call", "id": "ctc_1", "status": "completed", "call_id": "b", "name": "apply_patch", "input": "p"},
        {"type": "function_call_output", "id": "fco_1", "call_id": "a", "output": "r",
            "internal_chat_message_metadata_passthrough": aside},
        {"type": "custom_tool_call_output", "id": "ctco_1", "call_id": "b", "output": [{"type": "input_text", "text": "r"}]},
    ]);
    let edit = json!({
        "input": items, "tools": tools, "tool_choice": "auto", "parallel_tool_calls": false, "store": false,
        "reasoning": {"effort": "medium", "context": "all_turns"}, "include": ["reasoning.encrypted_content"],
        "text": {"verbosity": "low"}, "prompt_cache_key": "k", "client_metadata": {"session_id": "1"},
    });
    accepted(&simulator, Speaks::OpenaiResponses, edit).await;
}

#[tokio::test]
async fn anthropics_newer_models_take_system_turns_with_an_effort() {
    let simulator = simulator().await;
    let user = json!({"role": "user", "content": "x"});
    let system = |model: &str, effort: &str| {
        let system =
            json!({"role": "system", "content": [{"type": "text", "text": "y"}], "output_config": {"effort": effort}});
        json!({"model": model, "messages": [user, system]})
    };
    accepted(&simulator, Speaks::Anthropic, system("claude-opus-5-5", "medium")).await;
    for (edit, message) in [
        (system("claude-opus-5-5", "some"), "messages.1.output_config.effort: Input should be 'low', 'medium'"),
        (system("claude-sonnet-4-5", "medium"), "Unexpected role \"system\"."),
        (
            json!({"messages": [{"role": "user", "content": "x", "output_config": {}}]}),
            "messages.0.output_config: Extra inputs are not permitted",
        ),
    ] {
        refused(&simulator, Speaks::Anthropic, edit, message).await;
    }
}

#[tokio::test]
async fn a_function_response_that_gemini_gets_twice_counts_once() {
    let simulator = simulator().await;
    let call = |id: &str| json!({"functionCall": {"id": id, "name": "t", "args": {}}});
    let response = |id: &str| json!({"functionResponse": {"id": id, "name": "t", "response": {"output": "r"}}});
    let image = json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}});
    let turns = |parts: Value| {
        json!({"contents": [
            {"role": "user", "parts": [{"text": "x"}]},
            {"role": "model", "parts": [call("a"), call("b")]},
            {"role": "user", "parts": parts},
        ]})
    };
    let twice = json!([response("a"), image, response("b"), response("a"), image, response("b")]);
    accepted(&simulator, Speaks::Gemini, turns(twice)).await;
    let one = json!([response("a"), response("a")]);
    refused(&simulator, Speaks::Gemini, turns(one), "the number of function response parts").await;
}
