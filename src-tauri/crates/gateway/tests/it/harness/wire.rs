//! What the providers of each dialect say, and what their clients ask.

use super::scripted::{Do, json_answer, stream};
use mainstay_dialects::Dialect;
use serde_json::{Value, json};

pub(crate) const ALL: [Dialect; 4] =
    [Dialect::Anthropic, Dialect::OpenaiChat, Dialect::OpenaiResponses, Dialect::Gemini];

pub(crate) fn path(dialect: Dialect, stream: bool) -> &'static str {
    match (dialect, stream) {
        (Dialect::Anthropic, _) => "/v1/messages",
        (Dialect::OpenaiChat, _) => "/v1/chat/completions",
        (Dialect::OpenaiResponses, _) => "/v1/responses",
        (Dialect::Gemini, false) => "/v1beta/models/any:generateContent",
        (Dialect::Gemini, true) => "/v1beta/models/any:streamGenerateContent?alt=sse",
    }
}

pub(crate) fn body(dialect: Dialect, stream: bool) -> Value {
    let turn = json!([{ "role": "user", "content": "hi" }]);
    match dialect {
        Dialect::Anthropic => json!({ "model": "any", "max_tokens": 64, "stream": stream, "messages": turn }),
        Dialect::OpenaiChat => json!({ "model": "any", "stream": stream, "messages": turn }),
        Dialect::OpenaiResponses => json!({ "model": "any", "stream": stream, "input": "hi" }),
        Dialect::Gemini => json!({ "contents": [{ "role": "user", "parts": [{ "text": "hi" }] }] }),
    }
}

/// Events of each dialect, as its provider writes them.
pub(crate) struct Wire(pub(crate) Dialect);

impl Wire {
    fn event(&self, data: &Value) -> String {
        match self.0 {
            Dialect::Anthropic | Dialect::OpenaiResponses => {
                format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or("error"))
            }
            Dialect::OpenaiChat | Dialect::Gemini => format!("data: {data}\n\n"),
        }
    }

    /// What comes before any content.
    pub(crate) fn opening(&self, id: &str) -> Vec<String> {
        match self.0 {
            Dialect::Anthropic => vec![
                self.event(&json!({ "type": "message_start", "message": { "id": id, "type": "message", "role": "assistant", "content": [], "model": "said", "stop_reason": null, "usage": { "input_tokens": 3, "output_tokens": 0 } } })),
                self.event(&json!({ "type": "ping" })),
                self.event(&json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } })),
            ],
            Dialect::OpenaiChat => vec![
                ": keep\n\n".to_owned(),
                self.event(&json!({ "id": id, "object": "chat.completion.chunk", "model": "said", "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }] })),
            ],
            Dialect::OpenaiResponses => vec![
                self.event(&json!({ "type": "response.created", "sequence_number": 0, "response": { "id": id, "status": "in_progress", "model": "said", "output": [] } })),
                self.event(&json!({ "type": "response.in_progress", "sequence_number": 1, "response": { "id": id, "status": "in_progress", "model": "said", "output": [] } })),
                self.event(&json!({ "type": "response.output_item.added", "sequence_number": 2, "output_index": 0, "item": { "id": format!("msg_{id}"), "type": "message", "role": "assistant", "content": [] } })),
            ],
            Dialect::Gemini => vec![
                self.event(&json!({ "responseId": id, "modelVersion": "said", "candidates": [{ "content": { "role": "model", "parts": [{ "text": "" }] } }] })),
            ],
        }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        self.event(&match self.0 {
            Dialect::Anthropic => json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
            Dialect::OpenaiChat => json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": { "content": text } }] }),
            Dialect::OpenaiResponses => json!({ "type": "response.output_text.delta", "sequence_number": 3, "output_index": 0, "content_index": 0, "delta": text }),
            Dialect::Gemini => json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] } }] }),
        })
    }

    /// The stop reason, and what closes the stream.
    pub(crate) fn stop(&self, id: &str) -> Vec<String> {
        match self.0 {
            Dialect::Anthropic => vec![
                self.event(&json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 5 } })),
                self.event(&json!({ "type": "message_stop" })),
            ],
            Dialect::OpenaiChat => vec![
                self.event(&json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] })),
                "data: [DONE]\n\n".to_owned(),
            ],
            Dialect::OpenaiResponses => vec![self.event(
                &json!({ "type": "response.completed", "sequence_number": 9, "response": { "id": id, "status": "completed", "model": "said", "output": [], "usage": { "input_tokens": 3, "output_tokens": 5 } } }),
            )],
            Dialect::Gemini => vec![self.event(&json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": "." }] }, "finishReason": "STOP" }] }))],
        }
    }

    /// An error inside a stream.
    pub(crate) fn error(&self) -> String {
        self.event(&match self.0 {
            Dialect::Anthropic => json!({ "type": "error", "error": { "type": "overloaded_error", "message": "too much" } }),
            Dialect::OpenaiChat => json!({ "error": { "message": "too much", "type": "server_error", "code": null } }),
            Dialect::OpenaiResponses => json!({ "type": "response.failed", "sequence_number": 4, "response": { "status": "failed", "error": { "code": "server_error", "message": "too much" } } }),
            Dialect::Gemini => json!({ "error": { "code": 503, "message": "too much", "status": "UNAVAILABLE" } }),
        })
    }

    /// A good stream.
    pub(crate) fn good(&self, id: &str, text: &str) -> Vec<Do> {
        stream(&[self.opening(id), vec![self.text(text)], self.stop(id)].concat())
    }

    /// A good whole answer.
    pub(crate) fn whole(&self, id: &str, text: &str) -> Value {
        match self.0 {
            Dialect::Anthropic => {
                json!({ "id": id, "type": "message", "role": "assistant", "model": "said", "content": [{ "type": "text", "text": text }], "stop_reason": "end_turn", "usage": { "input_tokens": 3, "output_tokens": 5 } })
            }
            Dialect::OpenaiChat => {
                json!({ "id": id, "object": "chat.completion", "model": "said", "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }] })
            }
            Dialect::OpenaiResponses => {
                json!({ "id": id, "object": "response", "status": "completed", "model": "said", "output": [{ "id": format!("msg_{id}"), "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": text }] }] })
            }
            Dialect::Gemini => {
                json!({ "responseId": id, "modelVersion": "said", "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": "STOP" }] })
            }
        }
    }

    pub(crate) fn good_whole(&self, id: &str, text: &str) -> Vec<Do> {
        vec![json_answer(200, "", &self.whole(id, text))]
    }
}
