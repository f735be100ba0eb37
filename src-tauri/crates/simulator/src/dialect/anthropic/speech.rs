//! How Anthropic says an answer: a message, or the events of its stream.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::{Event, Events, id},
    MARK, served,
};
use crate::{
    reply::{Ask, Block, Ended, Reply},
    seal::Seal,
    served::ServedTool,
};

pub(super) fn whole(ask: &Ask, reply: &Reply, seal: &Seal) -> Value {
    let content: Vec<Value> = reply.blocks.iter().flat_map(|block| finished(block, seal)).collect();
    let (reason, sequence, details) = stop(reply);
    let mut message = message(ask, reply, reply.output_tokens);
    message["content"] = content.into();
    message["stop_reason"] = reason;
    message["stop_sequence"] = sequence;
    message["stop_details"] = details;
    message
}

pub(super) fn events(ask: &Ask, reply: &Reply, seal: &Seal) -> Events {
    let mut events = Vec::new();
    let mut event = |data: Value| {
        let name = NAMES.iter().find(|name| data["type"] == **name).copied();
        events.push(Event { name, data });
    };
    event(json!({"type": "message_start", "message": message(ask, reply, reply.output_tokens.min(1))}));
    let mut index = 0;
    for block in &reply.blocks {
        let mut parts = finished(block, seal).into_iter();
        let Some(whole) = parts.next() else { continue };
        let mut begun = whole.clone();
        match block {
            Block::Reasoning { .. } => {
                begun["thinking"] = "".into();
                begun["signature"] = "".into();
            }
            Block::Text { .. } | Block::Refusal { .. } => begun["text"] = "".into(),
            Block::Call { .. } | Block::Served { .. } => begun["input"] = json!({}),
        }
        event(json!({"type": "content_block_start", "index": index, "content_block": begun}));
        if index == 0 {
            event(json!({"type": "ping"}));
        }
        let mut delta = |delta: Value| event(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        match block {
            Block::Reasoning { words, shown } => {
                for word in words.iter().filter(|_| *shown) {
                    delta(json!({"type": "thinking_delta", "thinking": word}));
                }
                delta(json!({"type": "signature_delta", "signature": whole["signature"]}));
            }
            Block::Text { words } | Block::Refusal { words } => {
                for word in words {
                    delta(json!({"type": "text_delta", "text": word}));
                }
            }
            Block::Call { pieces, .. } | Block::Served { pieces, .. } => {
                delta(json!({"type": "input_json_delta", "partial_json": ""}));
                // An empty object is what the block began with.
                for piece in pieces.iter().filter(|_| block.text() != "{}") {
                    delta(json!({"type": "input_json_delta", "partial_json": piece}));
                }
            }
        }
        event(json!({"type": "content_block_stop", "index": index}));
        index += 1;
        // What a tool of Anthropic's own gave comes whole.
        for result in parts {
            event(json!({"type": "content_block_start", "index": index, "content_block": result}));
            event(json!({"type": "content_block_stop", "index": index}));
            index += 1;
        }
    }
    let (reason, sequence, details) = stop(reply);
    let mut delta = json!({"stop_reason": reason, "stop_sequence": sequence});
    if !details.is_null() {
        delta["stop_details"] = details;
    }
    event(json!({"type": "message_delta", "delta": delta, "usage": usage(ask, reply, reply.output_tokens)}));
    event(json!({"type": "message_stop"}));
    let before_stop = events.len() - 2;
    Events { events, before_stop }
}

const NAMES: [&str; 7] = [
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
];

/// The content blocks of a block of the answer: one, or for a tool that Anthropic runs its use and its result.
fn finished(block: &Block, seal: &Seal) -> Vec<Value> {
    let one = match block {
        Block::Reasoning { shown, .. } => {
            let thought = if *shown { block.text() } else { String::new() };
            let signature = STANDARD.encode(seal.token(MARK, &thought));
            json!({"type": "thinking", "thinking": thought, "signature": signature})
        }
        Block::Text { .. } | Block::Refusal { .. } => json!({"type": "text", "text": block.text()}),
        Block::Call { name, .. } => {
            json!({"type": "tool_use", "id": format!("toolu_01{}", id(22)), "name": name, "input": block.arguments()})
        }
        Block::Served { by, .. } => {
            let (used, result) = served::blocks(by, block);
            return std::iter::once(used).chain(result).collect();
        }
    };
    vec![one]
}

fn message(ask: &Ask, reply: &Reply, output: u64) -> Value {
    json!({
        "model": ask.model,
        "id": format!("msg_01{}", id(22)),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "usage": usage(ask, reply, output),
    })
}

/// What is cached isn't part of `input_tokens` here.
fn usage(ask: &Ask, reply: &Reply, output: u64) -> Value {
    let mut usage = json!({
        "input_tokens": reply.input_tokens.saturating_sub(ask.cached_tokens + ask.written_tokens),
        "cache_creation_input_tokens": ask.written_tokens,
        "cache_read_input_tokens": ask.cached_tokens,
        "output_tokens": output,
    });
    if reply.reasoning_tokens > 0 {
        usage["output_tokens_details"] = json!({"thinking_tokens": reply.reasoning_tokens});
    }
    let searches = reply.effects().filter(|tool| *tool == ServedTool::WebSearch).count();
    if searches > 0 {
        usage["server_tool_use"] = json!({"web_search_requests": searches});
    }
    usage
}

/// `stop_reason`, `stop_sequence` and `stop_details`.
fn stop(reply: &Reply) -> (Value, Value, Value) {
    match &reply.ended {
        Ended::Done => ("end_turn".into(), Value::Null, Value::Null),
        Ended::Calls => ("tool_use".into(), Value::Null, Value::Null),
        Ended::Refused => {
            let details = json!({"type": "refusal", "category": null, "explanation": null});
            ("refusal".into(), Value::Null, details)
        }
        Ended::Limit => ("max_tokens".into(), Value::Null, Value::Null),
        Ended::Stop(sequence) => ("stop_sequence".into(), sequence.as_str().into(), Value::Null),
    }
}
