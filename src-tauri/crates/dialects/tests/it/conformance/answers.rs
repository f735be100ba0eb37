//! What an answer holds: how each upstream says it, and where each client's dialect has it.

use mainstay_dialects::Dialect::{self, Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::{Value, json};

use super::row::{Row, row};

/// Of Anthropic: content, stop reason.
pub(super) fn a(content: &Value, stop: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "made-by-a", "content": content,
        "stop_reason": stop, "stop_sequence": if stop == "stop_sequence" { json!("END") } else { Value::Null },
        "usage": {"input_tokens": 10, "output_tokens": 5}})
}

/// Of OpenAI Chat: members of the message, stop reason.
pub(super) fn c(message: &Value, stop: &str) -> Value {
    let mut full = json!({"role": "assistant", "content": null, "refusal": null});
    for (name, value) in message.as_object().expect("members are an object") {
        full[name] = value.clone();
    }
    json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "made-by-c",
        "choices": [{"index": 0, "message": full, "logprobs": null, "finish_reason": stop}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}})
}

/// Of OpenAI Responses: output items, and why it is incomplete.
pub(super) fn r(output: &Value, incomplete: Option<&str>) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1, "model": "made-by-r",
        "status": if incomplete.is_some() { "incomplete" } else { "completed" },
        "incomplete_details": incomplete.map(|reason| json!({"reason": reason})), "error": null, "output": output,
        "usage": {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 15}})
}

fn message(content: &Value) -> Value {
    json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [content]})
}

pub(super) fn r_text(text: &str) -> Value {
    message(&json!({"type": "output_text", "text": text, "annotations": []}))
}

/// Of Gemini: parts, stop reason.
pub(super) fn g(parts: &Value, stop: &str) -> Value {
    json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": stop}],
        "modelVersion": "made-by-g", "responseId": "g1",
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}})
}

pub(super) fn with(mut body: Value, path: &str, value: Value) -> Value {
    *body.pointer_mut(path).expect("the member is there") = value;
    body
}

pub(crate) fn content() -> Vec<Row> {
    let search = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool";
    vec![
        row("text", "text")
            .says(A, a(&json!([{"type": "text", "text": "SAID"}]), "end_turn"))
            .says(C, c(&json!({"content": "SAID"}), "stop"))
            .says(R, r(&json!([r_text("SAID")]), None))
            .says(G, g(&json!([{"text": "SAID"}]), "STOP"))
            .at(A, "content.*", json!({"type": "text", "text": "SAID"}))
            .at(C, "choices.0.message.content", json!("SAID"))
            .at(R, "output.*.content.*", json!({"type": "output_text", "text": "SAID", "annotations": []}))
            .at(G, "candidates.0.content.parts", json!([{"text": "SAID"}])),
        row("refusal", "refusal")
            .says(C, c(&json!({"refusal": "REFUSED"}), "stop"))
            .says(R, r(&json!([message(&json!({"type": "refusal", "refusal": "REFUSED"}))]), None))
            .or(A, "content.*.text", json!("REFUSED"))
            .and(A, "stop_reason", json!("refusal"))
            .at(C, "choices.0.message.refusal", json!("REFUSED"))
            .at(R, "output.*.content.*", json!({"type": "refusal", "refusal": "REFUSED"}))
            .or(G, "candidates.0.content.parts.*.text", json!("REFUSED"))
            .and(G, "candidates.0.finishReason", json!("SAFETY"))
            .or(G, "candidates.0.content.parts.*.text", json!("REFUSED")),
        reasoning("reasoning text")
            .says(C, reasoned(C))
            .at(A, "content.*", json!({"type": "thinking", "thinking": "THOUGHT"}))
            // OpenAI has no place; those who speak its dialect and show reasoning have this one.
            .or(C, "choices.0.message.reasoning_content", json!("THOUGHT"))
            .at(R, "output.*", json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "THOUGHT"}]}))
            .at(G, "candidates.0.content.parts.*", json!({"text": "THOUGHT", "thought": true})),
        reasoning("what proves reasoning to its maker (signature, encrypted content)")
            .at(A, "content.*", json!({"type": "thinking", "signature": "~bWFpbnN0YXk6"}))
            .or(C, "choices.0.message", json!({"reasoning_content": "THOUGHT"}))
            .and(C, "", json!("~bWFpbnN0YXk6"))
            .without_as(C, "A message has no place for it.", "https://platform.openai.com/docs/guides/reasoning")
            .at(R, "output.*", json!({"type": "reasoning", "encrypted_content": "~bWFpbnN0YXk6"}))
            .at(G, "candidates.0.content.parts.*", json!({"thoughtSignature": "~bWFpbnN0YXk6"})),
        row("reasoning kept secret", "reasoning")
            .says(
                A,
                a(
                    &json!([{"type": "redacted_thinking", "data": "SECRET"}, {"type": "text",
                "text": "SAID"}]),
                    "end_turn",
                ),
            )
            .says(
                R,
                r(
                    &json!([{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "SIGNED"},
                r_text("SAID")]),
                    None,
                ),
            )
            .at(A, "content.*", json!({"type": "redacted_thinking", "data": "~bWFpbnN0YXk6"}))
            .at(A, "content.*", json!({"type": "thinking", "signature": "~bWFpbnN0YXk6"}))
            .or(C, "", json!("~bWFpbnN0YXk6"))
            .without_as(C, "A message has no place for it.", "https://platform.openai.com/docs/guides/reasoning")
            .at(R, "output.*", json!({"type": "reasoning", "encrypted_content": "~bWFpbnN0YXk6"}))
            .at(G, "candidates.0.content.parts.*", json!({"thoughtSignature": "~bWFpbnN0YXk6"})),
        Dialect::ALL
            .into_iter()
            .fold(row("tool calls: ids, names, exact arguments", "call"), |row, dialect| {
                row.says(dialect, calls(dialect))
            })
            .at(
                A,
                "content.*",
                json!({"type": "tool_use", "id": "call_1", "name": "weather",
                "input": {"city": "Oslo"}}),
            )
            .and(A, "content.*", json!({"type": "tool_use", "name": "time", "input": {}}))
            .and(A, "", json!("~12345678901234567890"))
            .at(
                C,
                "choices.0.message.tool_calls",
                json!([
                    {"id": "call_1", "type": "function", "function": {"name": "weather",
                        "arguments": "~12345678901234567890"}},
                    {"type": "function", "function": {"name": "time", "arguments": "{}"}},
                ]),
            )
            .at(
                R,
                "output.*",
                json!({"type": "function_call", "call_id": "call_1", "name": "weather",
                "arguments": "~12345678901234567890"}),
            )
            .and(R, "output.*", json!({"type": "function_call", "name": "time", "arguments": "{}"}))
            .at(
                G,
                "candidates.0.content.parts.*.functionCall",
                json!({"id": "call_1", "name": "weather",
                "args": {"city": "Oslo"}}),
            )
            .and(G, "candidates.0.content.parts.*.functionCall", json!({"name": "time", "args": {}}))
            .and(G, "", json!("~12345678901234567890")),
        row("call of a custom tool", "call|custom")
            .says(
                C,
                c(
                    &json!({"tool_calls": [{"id": "call_1", "type": "custom", "custom": {"name": "patch",
                "input": "FREE"}}]}),
                    "tool_calls",
                ),
            )
            .says(
                R,
                r(
                    &json!([{"type": "custom_tool_call", "id": "ctc_1", "status": "completed",
                "call_id": "call_1", "name": "patch", "input": "FREE"}]),
                    None,
                ),
            )
            .or(
                A,
                "content.*",
                json!({"type": "tool_use", "id": "call_1", "name": "patch",
                "input": {"input": "FREE"}}),
            )
            .at(
                C,
                "choices.0.message.tool_calls.*",
                json!({"id": "call_1", "type": "custom",
                "custom": {"name": "patch", "input": "FREE"}}),
            )
            .at(
                R,
                "output.*",
                json!({"type": "custom_tool_call", "call_id": "call_1", "name": "patch",
                "input": "FREE"}),
            )
            .or(G, "candidates.0.content.parts.*.functionCall", json!({"name": "patch", "args": {"input": "FREE"}})),
        row("sources that a text cites", "citation|sources|annotations|grounding")
            .says(
                A,
                a(
                    &json!([{"type": "text", "text": "SAID", "citations": [{"type": "web_search_result_location",
                    "url": "https://example.org/s", "title": "t", "cited_text": "words",
                        "encrypted_index": "x"}]}]),
                    "end_turn",
                ),
            )
            .says(
                C,
                c(
                    &json!({"content": "SAID", "annotations": [{"type": "url_citation", "url_citation": {
                    "url": "https://example.org/s", "title": "t", "start_index": 0, "end_index": 4}}]}),
                    "stop",
                ),
            )
            .says(
                R,
                r(
                    &json!([message(&json!({"type": "output_text", "text": "SAID",
                    "annotations": [{"type": "url_citation",
                    "url": "https://example.org/s", "title": "t", "start_index": 0, "end_index": 4}]}))]),
                    None,
                ),
            )
            .says(
                G,
                with(
                    g(&json!([{"text": "SAID"}]), "STOP"),
                    "/candidates/0",
                    json!({
                        "index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [{"text": "SAID"}]},
                        "groundingMetadata": {
                            "groundingChunks": [{"web": {"uri": "https://example.org/s", "title": "t"}}],
                            "groundingSupports": [{"segment": {"startIndex": 0, "endIndex": 4, "text": "SAID"},
                                "groundingChunkIndices": [0]}],
                        },
                    }),
                ),
            )
            .at(A, "content.*.citations.*", json!({"url": "https://example.org/s"}))
            .at(A, "content.*.citations.*", json!({"source": "https://example.org/s"}))
            .without_as(A, "A citation of a web page needs the `encrypted_index` of Anthropic's own search.", search)
            .at(C, "choices.0.message.annotations.*.url_citation.url", json!("https://example.org/s"))
            .at(R, "output.*.content.*.annotations.*.url", json!("https://example.org/s"))
            .at(G, "candidates.0.groundingMetadata.groundingChunks.*.web.uri", json!("https://example.org/s"))
            .at(G, "candidates.0.citationMetadata.citationSources.*.uri", json!("https://example.org/s")),
        row("image that the model made", "image|media")
            .says(
                R,
                r(
                    &json!([{"type": "image_generation_call", "id": "ig_1", "status": "completed",
                "result": "iVBO"}, r_text("SAID")]),
                    None,
                ),
            )
            .says(G, g(&json!([{"inlineData": {"mimeType": "image/png", "data": "iVBO"}}, {"text": "SAID"}]), "STOP"))
            .without(A, "An answer's blocks are text, reasoning and tools.")
            .or(C, "choices.0.message.images.*.image_url.url", json!("data:image/png;base64,iVBO"))
            .without_as(
                C,
                "A message holds text, a refusal, sound and calls.",
                "https://platform.openai.com/docs/api-reference/chat/object",
            )
            .at(R, "output.*", json!({"type": "image_generation_call", "result": "iVBO"}))
            .at(G, "candidates.0.content.parts.*.inlineData.data", json!("iVBO")),
        row("what a tool did that the provider ran", "provider-run|search|code")
            .says(
                A,
                a(
                    &json!([
                        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
                        {"type": "text", "text": "SAID"},
                    ]),
                    "end_turn",
                ),
            )
            .says(
                R,
                r(
                    &json!([{"type": "web_search_call", "id": "ws_1", "status": "completed",
                    "action": {"type": "search", "query": "q"}}, r_text("SAID")]),
                    None,
                ),
            )
            .says(
                G,
                g(
                    &json!([
                        {"executableCode": {"language": "PYTHON", "code": "print(1)"}},
                        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
                        {"text": "SAID"},
                    ]),
                    "STOP",
                ),
            )
            .without_as(A, "Its blocks hold what only its own tools give.", search)
            .without_as(
                C,
                "A message holds text, a refusal, sound and calls.",
                "https://platform.openai.com/docs/api-reference/chat/object",
            )
            .without_as(
                R,
                "Its items name runs of OpenAI's own tools.",
                "https://platform.openai.com/docs/guides/tools",
            )
            .without_as(
                G,
                "It tells its searches as metadata, and has parts for its own code alone.",
                "https://ai.google.dev/api/caching",
            ),
    ]
}

fn reasoning(name: &'static str) -> Row {
    row(name, "reasoning|signature|proof").says(A, reasoned(A)).says(R, reasoned(R)).says(G, reasoned(G))
}

/// An answer with reasoning, text and a call.
pub(crate) fn reasoned(dialect: Dialect) -> Value {
    match dialect {
        A => a(
            &json!([
                {"type": "thinking", "thinking": "THOUGHT", "signature": "SIGNED"},
                {"type": "text", "text": "SAID"},
                {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
            ]),
            "tool_use",
        ),
        C => c(
            &json!({"reasoning_content": "THOUGHT", "content": "SAID", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}},
            ]}),
            "tool_calls",
        ),
        R => r(
            &json!([
                {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "THOUGHT"}],
                    "encrypted_content": "SIGNED"},
                r_text("SAID"),
                {"type": "function_call", "id": "fc_1", "status": "completed", "call_id": "call_1",
                    "name": "weather", "arguments": "{}"},
            ]),
            None,
        ),
        G => g(
            &json!([
                {"text": "THOUGHT", "thought": true},
                {"text": "SAID"},
                {"functionCall": {"id": "call_1", "name": "weather", "args": {}}, "thoughtSignature": "U0lHTkVE"},
            ]),
            "STOP",
        ),
    }
}

pub(super) fn calls(dialect: Dialect) -> Value {
    const ARGUMENTS: &str = r#"{"city":"Oslo","days":12345678901234567890}"#;
    let arguments: Value = serde_json::from_str(ARGUMENTS).expect("it is JSON");
    match dialect {
        A => a(
            &json!([
                {"type": "tool_use", "id": "call_1", "name": "weather", "input": arguments},
                {"type": "tool_use", "id": "call_2", "name": "time", "input": {}},
            ]),
            "tool_use",
        ),
        C => c(
            &json!({"tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}},
                {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}},
            ]}),
            "tool_calls",
        ),
        R => r(
            &json!([
                {"type": "function_call", "id": "fc_1", "status": "completed", "call_id": "call_1",
                    "name": "weather", "arguments": ARGUMENTS},
                {"type": "function_call", "id": "fc_2", "status": "completed", "call_id": "call_2",
                    "name": "time", "arguments": "{}"},
            ]),
            None,
        ),
        G => g(
            &json!([
                {"functionCall": {"id": "call_1", "name": "weather", "args": arguments}},
                {"functionCall": {"name": "time", "args": {}}},
            ]),
            "STOP",
        ),
    }
}
