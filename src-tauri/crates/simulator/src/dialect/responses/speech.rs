//! How OpenAI says a response: whole, or as numbered events.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use serde_json::{Value, json};

use super::{
    super::{Event, Events, id, now},
    MARK, served,
};
use crate::{
    reply::{Ask, Block, Ended, Reply},
    seal::Seal,
};

/// Every event that is said here.
const NAMES: [&str; 36] = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.delta",
    "response.output_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call.completed",
    "response.mcp_call.in_progress",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.completed",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "response.queued",
    "response.output_text.annotation.added",
    "error",
];

pub(super) fn whole(ask: &Ask, reply: &Reply, seal: &Seal) -> Value {
    let output = output(ask, reply, seal);
    finished(begun(ask), ask, reply, &output)
}

pub(super) fn events(ask: &Ask, reply: &Reply, seal: &Seal) -> Events {
    let output = output(ask, reply, seal);
    let response = begun(ask);
    let mut stream = Stream { events: Vec::new(), obfuscated: ask.own["obfuscated"] == true };
    stream.say("response.created", json!({"response": response}));
    stream.say("response.in_progress", json!({"response": response}));
    for (index, (item, block)) in output.iter().zip(&reply.blocks).enumerate() {
        stream.item(index, item, block);
    }
    let before_stop = stream.events.len();
    let last = finished(response, ask, reply, &output);
    let name = if reply.ended == Ended::Limit { "response.incomplete" } else { "response.completed" };
    stream.say(name, json!({"response": last}));
    Events { events: stream.events, before_stop }
}

/// An error as OpenAI tells it in a stream: once as itself, once as the response's end. One that is an event already is
/// sent as it is.
pub(super) fn failure(error: &Value, at: usize, stream: &Events) -> Vec<Event> {
    if let Some(name) = NAMES.iter().find(|name| error["type"] == **name) {
        let mut data = error.clone();
        data["sequence_number"] = at.into();
        return vec![Event { name: Some(name), data }];
    }
    let error = error.get("error").unwrap_or(error);
    let mut response = stream.events.first().map_or_else(|| json!({}), |event| event.data["response"].clone());
    response["status"] = "failed".into();
    let code = error.get("code").filter(|code| !code.is_null()).or(error.get("type")).cloned();
    response["error"] = json!({"code": code, "message": error["message"]});
    let mut failed = Stream { events: Vec::new(), obfuscated: false };
    failed.say("error", json!({"error": error}));
    failed.say("response.failed", json!({"response": response}));
    for (after, event) in failed.events.iter_mut().enumerate() {
        event.data["sequence_number"] = (at + after).into();
    }
    failed.events
}

struct Stream {
    events: Vec<Event>,
    obfuscated: bool,
}

impl Stream {
    fn say(&mut self, name: &str, fields: Value) {
        let mut data = json!({"type": name, "sequence_number": self.events.len()});
        if let (Some(data), Value::Object(fields)) = (data.as_object_mut(), fields) {
            data.extend(fields);
        }
        if self.obfuscated && name.ends_with(".delta") {
            data["obfuscation"] = id(12).into();
        }
        let name = NAMES.iter().find(|known| **known == name).copied();
        self.events.push(Event { name, data });
    }

    fn item(&mut self, index: usize, item: &Value, block: &Block) {
        let mut begun = item.clone();
        for (name, empty) in [
            ("content", json!([])),
            ("summary", json!([])),
            ("arguments", "".into()),
            ("input", "".into()),
            ("code", "".into()),
        ] {
            if begun.get(name).is_some() {
                begun[name] = empty;
            }
        }
        if begun.get("status").is_some() {
            begun["status"] = "in_progress".into();
        }
        self.say("response.output_item.added", json!({"output_index": index, "item": begun}));
        let at = |fields: Value| {
            let mut place = json!({"item_id": item["id"], "output_index": index});
            if let (Some(place), Value::Object(fields)) = (place.as_object_mut(), fields) {
                place.extend(fields);
            }
            place
        };
        match block {
            Block::Reasoning { words, shown } => {
                if *shown {
                    let part = |text: &str| json!({"type": "summary_text", "text": text});
                    let name = |what: &str| format!("response.reasoning_summary_{what}");
                    self.say(&name("part.added"), at(json!({"summary_index": 0, "part": part("")})));
                    for word in words {
                        self.say(&name("text.delta"), at(json!({"summary_index": 0, "delta": word})));
                    }
                    self.say(&name("text.done"), at(json!({"summary_index": 0, "text": block.text()})));
                    self.say(&name("part.done"), at(json!({"summary_index": 0, "part": part(&block.text())})));
                }
            }
            Block::Text { words } => {
                let part = |text: &str| json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text});
                self.say("response.content_part.added", at(json!({"content_index": 0, "part": part("")})));
                for word in words {
                    let delta = json!({"content_index": 0, "delta": word, "logprobs": []});
                    self.say("response.output_text.delta", at(delta));
                }
                let done = json!({"content_index": 0, "text": block.text(), "logprobs": []});
                self.say("response.output_text.done", at(done));
                self.say("response.content_part.done", at(json!({"content_index": 0, "part": part(&block.text())})));
            }
            Block::Refusal { words } => {
                let part = |text: &str| json!({"type": "refusal", "refusal": text});
                self.say("response.content_part.added", at(json!({"content_index": 0, "part": part("")})));
                for word in words {
                    self.say("response.refusal.delta", at(json!({"content_index": 0, "delta": word})));
                }
                self.say("response.refusal.done", at(json!({"content_index": 0, "refusal": block.text()})));
                self.say("response.content_part.done", at(json!({"content_index": 0, "part": part(&block.text())})));
            }
            Block::Served { by, .. } => {
                for (name, fields) in served::progress(by, block) {
                    self.say(name, at(fields));
                }
            }
            Block::Call { pieces, custom, .. } => {
                let (name, field) = if *custom {
                    ("custom_tool_call_input", "input")
                } else {
                    ("function_call_arguments", "arguments")
                };
                for piece in pieces {
                    self.say(&format!("response.{name}.delta"), at(json!({"delta": piece})));
                }
                let mut done = json!({field: block.text()});
                if !custom {
                    done["name"] = item["name"].clone();
                }
                self.say(&format!("response.{name}.done"), at(done));
            }
        }
        self.say("response.output_item.done", json!({"output_index": index, "item": item}));
    }
}

/// An item for each block.
fn output(ask: &Ask, reply: &Reply, seal: &Seal) -> Vec<Value> {
    let last = reply.blocks.len().saturating_sub(1);
    let items = reply.blocks.iter().enumerate().map(|(at, block)| {
        let status = if reply.ended == Ended::Limit && at == last { "incomplete" } else { "completed" };
        let message = |part: Value| {
            json!({"id": name("msg"), "type": "message", "status": status, "content": [part], "role": "assistant"})
        };
        match block {
            Block::Reasoning { shown, .. } => {
                let said = json!({"type": "summary_text", "text": block.text()});
                let mut item = json!({"id": name("rs"), "type": "reasoning", "summary": if *shown { json!([said]) } else { json!([]) }});
                if ask.own["encrypted"] == true {
                    item["encrypted_content"] = URL_SAFE.encode(seal.token(MARK, "")).into();
                }
                item
            }
            Block::Text { .. } => {
                message(json!({"type": "output_text", "annotations": [], "logprobs": [], "text": block.text()}))
            }
            Block::Refusal { .. } => message(json!({"type": "refusal", "refusal": block.text()})),
            Block::Served { by, .. } => served::item(by, block, status),
            Block::Call { name: tool, custom, .. } => {
                let call_id = format!("call_{}", id(24));
                if *custom {
                    json!({"id": name("ctc"), "type": "custom_tool_call", "status": status, "call_id": call_id, "input": block.text(), "name": tool})
                } else {
                    json!({"id": name("fc"), "type": "function_call", "status": status, "arguments": block.text(), "call_id": call_id, "name": tool})
                }
            }
        }
    });
    items.collect()
}

fn begun(ask: &Ask) -> Value {
    let mut response = json!({
        "id": name("resp"),
        "object": "response",
        "created_at": now(),
        "status": "in_progress",
        "error": null,
        "incomplete_details": null,
        "model": ask.model,
        "output": [],
        "usage": null,
    });
    if let (Some(response), Some(echo)) = (response.as_object_mut(), ask.own["echo"].as_object()) {
        response.extend(echo.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    response
}

fn finished(mut response: Value, ask: &Ask, reply: &Reply, output: &[Value]) -> Value {
    if reply.ended == Ended::Limit {
        response["status"] = "incomplete".into();
        response["incomplete_details"] = json!({"reason": "max_output_tokens"});
    } else {
        response["status"] = "completed".into();
        response["completed_at"] = now().into();
    }
    response["output"] = output.into();
    response["usage"] = json!({
        "input_tokens": reply.input_tokens,
        "input_tokens_details": {"cached_tokens": ask.cached_tokens},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": reply.input_tokens + reply.output_tokens,
    });
    response
}

pub(super) fn name(prefix: &str) -> String {
    format!("{prefix}_{}", id(48).to_ascii_lowercase())
}
