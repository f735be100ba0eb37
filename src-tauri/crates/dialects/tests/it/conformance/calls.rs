//! Calls of tools, and their results.

use mainstay_dialects::Dialect::{self, Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::{Value, json};

use super::row::{Row, row};

/// A conversation with one call, whose result is this.
fn result(dialect: Dialect, result: &Value) -> Value {
    match dialect {
        A => {
            let mut block = json!({"type": "tool_result", "tool_use_id": "call_1"});
            for (name, value) in result.as_object().expect("members are an object") {
                block[name] = value.clone();
            }
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo",
                        "days": 12_345_678_901_234_567_890_u64}},
                ]},
                {"role": "user", "content": [block]},
            ]})
        }
        C => json!({"messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
                "function": {"name": "weather", "arguments": ARGUMENTS}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": result},
        ]}),
        R => json!({"input": [
            {"role": "user", "content": "hi"},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS},
            {"type": "function_call_output", "call_id": "call_1", "output": result},
        ]}),
        G => {
            let mut part = json!({"id": "call_1", "name": "weather"});
            for (name, value) in result.as_object().expect("members are an object") {
                part[name] = value.clone();
            }
            json!({"contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [
                    {"functionCall": {"id": "call_1", "name": "weather", "args": {"city": "Oslo",
                        "days": 12_345_678_901_234_567_890_u64}}},
                ]},
                {"role": "user", "parts": [{"functionResponse": part}]},
            ]})
        }
    }
}

const ARGUMENTS: &str = r#"{"city":"Oslo","days":12345678901234567890}"#;

pub(crate) fn rows() -> Vec<Row> {
    let text = |dialect| match dialect {
        A => result(A, &json!({"content": "RAIN"})),
        G => result(G, &json!({"response": {"output": "RAIN"}})),
        dialect => result(dialect, &json!("RAIN")),
    };
    let arguments = json!({"city": "Oslo", "days": 12_345_678_901_234_567_890_u64});
    vec![
        Dialect::ALL
            .into_iter()
            .fold(row("call: id, name, exact arguments", "call|arguments"), |row, dialect| row.says(dialect,
                text(dialect)))
            .at(A, "messages.1.content.*", json!({"type": "tool_use", "id": "call_1", "name": "weather",
                "input": arguments}))
            .and(A, "", json!("~12345678901234567890"))
            .at(C, "messages.1.tool_calls.0", json!({"id": "call_1", "type": "function",
                "function": {"name": "weather", "arguments": ARGUMENTS}}))
            .at(R, "input.1", json!({"type": "function_call", "call_id": "call_1", "name": "weather",
                "arguments": ARGUMENTS}))
            .at(G, "contents.1.parts.*.functionCall", json!({"id": "call_1", "name": "weather", "args": arguments}))
            .and(G, "", json!("~12345678901234567890"))
            .or(G, "contents.1.parts.*.functionCall", json!({"name": "weather", "args": arguments})),
        Dialect::ALL
            .into_iter()
            .fold(row("result: text", "result"), |row, dialect| row.says(dialect, text(dialect)))
            .at(A, "messages.2.content.*", json!({"type": "tool_result", "tool_use_id": "call_1"}))
            .and(A, "", json!("~RAIN"))
            .at(C, "messages.2", json!({"role": "tool", "tool_call_id": "call_1"}))
            .and(C, "", json!("~RAIN"))
            .at(R, "input.2", json!({"type": "function_call_output", "call_id": "call_1"}))
            .and(R, "", json!("~RAIN"))
            .at(G, "contents.2.parts.*.functionResponse", json!({"name": "weather"}))
            .and(G, "", json!("~RAIN")),
        several_results(),
        row("result: several texts", "result")
            .says(A, result(A, &json!({"content": [{"type": "text", "text": "RAIN"}, {"type": "text",
                "text": "SNOW"}]})))
            .says(C, result(C, &json!([{"type": "text", "text": "RAIN"}, {"type": "text", "text": "SNOW"}])))
            .says(R, result(R, &json!([{"type": "input_text", "text": "RAIN"}, {"type": "input_text",
                "text": "SNOW"}])))
            .at(A, "messages.2.content.*.content", json!([{"text": "RAIN"}, {"text": "SNOW"}]))
            .at(C, "messages.2.content", json!([{"text": "RAIN"}, {"text": "SNOW"}]))
            .or(C, "messages.2.content", json!("RAIN\nSNOW"))
            .at(R, "input.2.output", json!([{"text": "RAIN"}, {"text": "SNOW"}]))
            .or(R, "input.2.output", json!("RAIN\nSNOW"))
            .or(G, "contents.2.parts.*.functionResponse.response", json!({"output": "RAIN\nSNOW"}))
            .or(G, "contents.2.parts.*.functionResponse.response", json!({"output": ["RAIN", "SNOW"]})),
        row("result: image", "result|image|media")
            .says(
                A,
                result(A, &json!({"content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
                ]})),
            )
            .says(R, result(R, &json!([{"type": "input_image", "image_url": "data:image/png;base64,iVBO"}])))
            .says(
                G,
                result(G, &json!({"response": {"output": "see"},
                    "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBO"}}]})),
            )
            .at(A, "messages.2.content.*.content.*", json!({"type": "image", "source": {"data": "iVBO"}}))
            .or(C, "messages.3.content.*.image_url.url", json!("data:image/png;base64,iVBO"))
            .at(R, "input.2.output.*.image_url", json!("data:image/png;base64,iVBO"))
            .or(R, "", json!("~data:image/png;base64,iVBO"))
            .at(G, "contents.2.parts.*.functionResponse.parts.*.inlineData.data", json!("iVBO"))
            .or(G, "contents.2.parts.*.inlineData.data", json!("iVBO")),
        row("result: PDF", "result|document|media")
            .says(
                A,
                result(A, &json!({"content": [
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
                ]})),
            )
            .says(R, result(R, &json!([{"type": "input_file", "filename": "a.pdf",
                "file_data": "data:application/pdf;base64,JVBE"}])))
            .says(
                G,
                result(G, &json!({"response": {"output": "see"},
                    "parts": [{"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}}]})),
            )
            .at(A, "messages.2.content.*.content.*", json!({"type": "document", "source": {"data": "JVBE"}}))
            .or(C, "messages.3.content.*.file.file_data", json!("data:application/pdf;base64,JVBE"))
            .at(R, "input.2.output.*.file_data", json!("data:application/pdf;base64,JVBE"))
            .or(R, "", json!("~data:application/pdf;base64,JVBE"))
            .at(G, "contents.2.parts.*.functionResponse.parts.*.inlineData.data", json!("JVBE"))
            .or(G, "contents.2.parts.*.inlineData.data", json!("JVBE")),
        row("result: the tool failed", "error")
            .says(A, result(A, &json!({"content": "RAIN", "is_error": true})))
            .says(G, result(G, &json!({"response": {"error": "RAIN"}})))
            .at(A, "messages.2.content.*", json!({"type": "tool_result", "is_error": true}))
            .without(C, "A tool message has content and a call's id.")
            .without(R, "A call's output has no mark of failure.")
            .at(G, "contents.2.parts.*.functionResponse.response", json!({"error": "~RAIN"})),
    ]
}

fn several_results() -> Row {
    row("two calls in one turn, and their results", "call|result")
        .says(
            A,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [
                    {"type": "text", "text": "SAID"},
                    {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
                    {"type": "tool_use", "id": "call_2", "name": "time", "input": {}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "call_2", "content": "NOON"},
                    {"type": "tool_result", "tool_use_id": "call_1", "content": "RAIN"},
                ]},
            ]}),
        )
        .says(
            C,
            json!({"messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "SAID", "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}},
                    {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}},
                ]},
                {"role": "tool", "tool_call_id": "call_2", "content": "NOON"},
                {"role": "tool", "tool_call_id": "call_1", "content": "RAIN"},
            ]}),
        )
        .says(
            R,
            json!({"input": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "SAID"},
                {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
                {"type": "function_call", "call_id": "call_2", "name": "time", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "call_2", "output": "NOON"},
                {"type": "function_call_output", "call_id": "call_1", "output": "RAIN"},
            ]}),
        )
        .says(
            G,
            json!({"contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [
                    {"text": "SAID"},
                    {"functionCall": {"id": "call_1", "name": "weather", "args": {}}},
                    {"functionCall": {"id": "call_2", "name": "time", "args": {}}},
                ]},
                {"role": "user", "parts": [
                    {"functionResponse": {"id": "call_2", "name": "time", "response": {"output": "NOON"}}},
                    {"functionResponse": {"id": "call_1", "name": "weather", "response": {"output": "RAIN"}}},
                ]},
            ]}),
        )
        .at(A, "messages.1.content", json!([{"text": "SAID"}, {"id": "call_1"}, {"id": "call_2", "name": "time"}]))
        .and(A, "messages.2.content.*", json!({"tool_use_id": "call_1"}))
        .and(A, "messages.2.content.*", json!({"tool_use_id": "call_2"}))
        .and(A, "messages.3", Value::Null)
        .at(C, "messages.1.tool_calls", json!([{"id": "call_1"}, {"id": "call_2"}]))
        .and(C, "messages.*", json!({"tool_call_id": "call_1", "content": "~RAIN"}))
        .and(C, "messages.*", json!({"tool_call_id": "call_2", "content": "~NOON"}))
        .at(R, "input.*", json!({"type": "function_call", "call_id": "call_1"}))
        .and(R, "input.*", json!({"type": "function_call_output", "call_id": "call_1", "output": "~RAIN"}))
        .and(R, "input.*", json!({"type": "function_call_output", "call_id": "call_2", "output": "~NOON"}))
        .at(
            G,
            "contents.1.parts",
            json!([
                {"text": "SAID"}, {"functionCall": {"name": "weather"}}, {"functionCall": {"name": "time"}},
            ]),
        )
        .and(G, "contents.2.parts.*.functionResponse", json!({"name": "time", "response": {"output": "~NOON"}}))
        .and(G, "contents.2.parts.*.functionResponse", json!({"name": "weather", "response": {"output": "~RAIN"}}))
}
