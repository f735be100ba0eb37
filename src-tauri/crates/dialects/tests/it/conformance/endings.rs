//! How an answer ends: stop reasons, and what it says of itself.

use mainstay_dialects::Dialect::{self, Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::json;

use super::answers::{a, c, calls, g, r, r_text, with};
use super::row::{Row, row};

/// One where text was said and the answer ended so.
fn stopped(name: &'static str, stops: [Option<&str>; 4]) -> Row {
    let [anthropic, chat, responses, gemini] = stops;
    let mut row = row(name, "stop");
    let said = json!([{"type": "text", "text": "SAID"}]);
    if let Some(stop) = anthropic {
        row = row.says(A, a(&said, stop));
    }
    if let Some(stop) = chat {
        row = row.says(C, c(&json!({"content": "SAID"}), stop));
    }
    if let Some(reason) = responses {
        row = row.says(R, r(&json!([r_text("SAID")]), (!reason.is_empty()).then_some(reason)));
    }
    if let Some(stop) = gemini {
        row = row.says(G, g(&json!([{"text": "SAID"}]), stop));
    }
    row
}

pub(crate) fn stops() -> Vec<Row> {
    let filtered = |row: Row| {
        row.at(A, "stop_reason", json!("refusal"))
            .at(C, "choices.0.finish_reason", json!("content_filter"))
            .at(R, "incomplete_details.reason", json!("content_filter"))
            .at(G, "candidates.0.finishReason", json!("SAFETY"))
    };
    let length = |row: Row| {
        row.at(C, "choices.0.finish_reason", json!("length"))
            .at(R, "incomplete_details.reason", json!("max_output_tokens"))
            .and(R, "status", json!("incomplete"))
            .at(G, "candidates.0.finishReason", json!("MAX_TOKENS"))
    };
    vec![
        stopped("stop: the end", [Some("end_turn"), Some("stop"), Some(""), Some("STOP")])
            .at(A, "stop_reason", json!("end_turn"))
            .at(C, "choices.0.finish_reason", json!("stop"))
            .at(R, "status", json!("completed"))
            .at(G, "candidates.0.finishReason", json!("STOP")),
        length(stopped(
            "stop: the output limit",
            [Some("max_tokens"), Some("length"), Some("max_output_tokens"), Some("MAX_TOKENS")],
        ))
        .at(A, "stop_reason", json!("max_tokens")),
        Dialect::ALL
            .into_iter()
            .fold(row("stop: tool calls", "stop"), |row, dialect| row.says(dialect, calls(dialect)))
            .at(A, "stop_reason", json!("tool_use"))
            .at(C, "choices.0.finish_reason", json!("tool_calls"))
            .at(R, "status", json!("completed"))
            .at(G, "candidates.0.finishReason", json!("STOP")),
        stopped("stop: a stop sequence, and which", [Some("stop_sequence"), None, None, None])
            .or(C, "choices.0.finish_reason", json!("stop"))
            .or(R, "status", json!("completed"))
            .or(G, "candidates.0.finishReason", json!("STOP")),
        filtered(stopped(
            "stop: refused or filtered",
            [Some("refusal"), Some("content_filter"), Some("content_filter"), Some("SAFETY")],
        )),
        stopped("stop: a forbidden text (recitation and the like)", [None, None, None, Some("RECITATION")])
            .or(A, "stop_reason", json!("refusal"))
            .or(C, "choices.0.finish_reason", json!("content_filter"))
            .or(R, "incomplete_details.reason", json!("content_filter")),
        stopped("stop: the context window is full", [Some("model_context_window_exceeded"), None, None, None])
            .or(C, "choices.0.finish_reason", json!("length"))
            .or(R, "incomplete_details.reason", json!("max_output_tokens"))
            .or(G, "candidates.0.finishReason", json!("MAX_TOKENS")),
        stopped("stop: a long turn pauses", [Some("pause_turn"), None, None, None])
            .or(C, "choices.0.finish_reason", json!("stop"))
            .or(C, "choices.0.finish_reason", json!("length"))
            .or(R, "status", json!("completed"))
            .or(R, "status", json!("incomplete"))
            .or(G, "candidates.0.finishReason", json!("STOP"))
            .or(G, "candidates.0.finishReason", json!("MAX_TOKENS")),
    ]
}

pub(crate) fn usage() -> Vec<Row> {
    let usage = |row: Row| {
        let said = json!([{"type": "text", "text": "SAID"}]);
        row.says(
            A,
            with(
                a(&said, "end_turn"),
                "/usage",
                json!({"input_tokens": 100, "cache_read_input_tokens": 20,
                "cache_creation_input_tokens": 3, "output_tokens": 50}),
            ),
        )
        .says(
            C,
            with(
                c(&json!({"content": "SAID"}), "stop"),
                "/usage",
                json!({"prompt_tokens": 123, "completion_tokens": 50,
                "total_tokens": 173, "prompt_tokens_details": {"cached_tokens": 20},
                "completion_tokens_details": {"reasoning_tokens": 7}}),
            ),
        )
        .says(
            R,
            with(
                r(&json!([r_text("SAID")]), None),
                "/usage",
                json!({"input_tokens": 123,
                "input_tokens_details": {"cached_tokens": 20},
                "output_tokens": 50, "output_tokens_details": {"reasoning_tokens": 7}, "total_tokens": 173}),
            ),
        )
        .says(
            G,
            with(
                g(&json!([{"text": "SAID"}]), "STOP"),
                "/usageMetadata",
                json!({"promptTokenCount": 123,
                "cachedContentTokenCount": 20, "candidatesTokenCount": 43, "thoughtsTokenCount": 7,
                    "totalTokenCount": 173}),
            ),
        )
    };
    let made = |row: Row| row.says(A, a(&json!([{"type": "text", "text": "SAID"}]), "end_turn"));
    vec![
        usage(row("usage: input and output", "usage"))
            .at(A, "usage", json!({"input_tokens": 103, "output_tokens": 50}))
            .at(C, "usage", json!({"prompt_tokens": 123, "completion_tokens": 50, "total_tokens": 173}))
            .at(R, "usage", json!({"input_tokens": 123, "output_tokens": 50, "total_tokens": 173}))
            .at(G, "usageMetadata", json!({"promptTokenCount": 123, "totalTokenCount": 173})),
        usage(row("usage: input read from the cache", "usage"))
            .at(A, "usage.cache_read_input_tokens", json!(20))
            .at(C, "usage.prompt_tokens_details.cached_tokens", json!(20))
            .at(R, "usage.input_tokens_details.cached_tokens", json!(20))
            .at(G, "usageMetadata.cachedContentTokenCount", json!(20)),
        row("usage: input written to the cache", "usage")
            .says(
                A,
                with(
                    a(&json!([{"type": "text", "text": "SAID"}]), "end_turn"),
                    "/usage",
                    json!({"input_tokens": 100,
                    "cache_read_input_tokens": 20, "cache_creation_input_tokens": 3, "output_tokens": 50}),
                ),
            )
            .at(C, "usage.prompt_tokens_details.cache_write_tokens", json!(3))
            .or(C, "usage.prompt_tokens", json!(123))
            .at(R, "usage.input_tokens_details.cache_write_tokens", json!(3))
            .or(R, "usage.input_tokens", json!(123))
            .or(G, "usageMetadata.promptTokenCount", json!(123)),
        reasoning_usage(usage(row("usage: reasoning", "usage"))),
        made(row("the model's name", "model"))
            .says(C, c(&json!({"content": "SAID"}), "stop"))
            .says(R, r(&json!([r_text("SAID")]), None))
            .says(G, g(&json!([{"text": "SAID"}]), "STOP"))
            .at(A, "model", json!("~made-by-"))
            .at(C, "model", json!("~made-by-"))
            .at(R, "model", json!("~made-by-"))
            .at(G, "modelVersion", json!("~made-by-")),
    ]
}

/// Anthropic's count of its own, which it tells since its models summarise.
fn reasoning_usage(row: Row) -> Row {
    let said = json!([{"type": "text", "text": "SAID"}]);
    row.says(
        A,
        with(
            a(&said, "end_turn"),
            "/usage",
            json!({"input_tokens": 100, "output_tokens": 50,
            "output_tokens_details": {"thinking_tokens": 7}}),
        ),
    )
    .at(A, "usage.output_tokens_details.thinking_tokens", json!(7))
    .or(A, "usage.output_tokens", json!(50))
    .at(C, "usage.completion_tokens_details.reasoning_tokens", json!(7))
    .at(R, "usage.output_tokens_details.reasoning_tokens", json!(7))
    .at(G, "usageMetadata.thoughtsTokenCount", json!(7))
}
