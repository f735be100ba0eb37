//! How OpenAI says a chat completion: whole, or as chunks.

use serde_json::{Value, json};

use super::super::{Event, Events, id, now};
use crate::reply::{Ask, Block, Ended, Reply};

pub(super) fn whole(ask: &Ask, reply: &Reply) -> Value {
    let said = |which: fn(&Block) -> bool| -> Option<String> {
        let found: Vec<String> = reply.blocks.iter().filter(|block| which(block)).map(Block::text).collect();
        (!found.is_empty()).then(|| found.concat())
    };
    let content = said(|block| matches!(block, Block::Text { .. }));
    let refusal = said(|block| matches!(block, Block::Refusal { .. }));
    let calls: Vec<Value> = calls(reply).map(|(call, begun)| finished(call, begun)).collect();
    let silent = refusal.is_none() && calls.is_empty();
    let content = content.or_else(|| silent.then(String::new));
    let mut message =
        json!({"role": "assistant", "content": content, "refusal": refusal, "annotations": annotations(reply)});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let thoughts: String = reply.blocks.iter().filter(|block| says_thought(ask, block)).map(Block::text).collect();
    if !thoughts.is_empty() {
        message["reasoning_content"] = thoughts.into();
    }
    json!({
        "id": completion_id(),
        "object": "chat.completion",
        "created": now(),
        "model": ask.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(ask, reply)}],
        "usage": usage(ask, reply),
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    })
}

pub(super) fn events(ask: &Ask, reply: &Reply) -> Events {
    let (id, created) = (completion_id(), now());
    let chunk = |choices: Value, usage: Value| {
        let mut data = json!({
            "id": id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": ask.model,
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
            "choices": choices,
        });
        if ask.usage_in_stream {
            data["usage"] = usage;
        }
        Event { name: None, data }
    };
    let choice = |delta: Value, reason: Value| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]), Value::Null)
    };
    let silent = calls(reply).next().is_some() && !reply.blocks.iter().any(|block| matches!(block, Block::Text { .. }));
    let content = if silent { Value::Null } else { "".into() };
    let mut events = vec![choice(json!({"role": "assistant", "content": content, "refusal": null}), Value::Null)];
    for block in &reply.blocks {
        let (field, words) = match block {
            Block::Text { words } => ("content", words),
            Block::Refusal { words } => ("refusal", words),
            Block::Reasoning { words, .. } if says_thought(ask, block) => ("reasoning_content", words),
            _ => continue,
        };
        events.extend(words.iter().map(|word| choice(json!({field: word}), Value::Null)));
    }
    events.extend(call_deltas(reply).into_iter().map(|call| choice(json!({"tool_calls": [call]}), Value::Null)));
    let found = annotations(reply);
    if !found.is_empty() {
        events.push(choice(json!({"annotations": found}), Value::Null));
    }
    let before_stop = events.len();
    events.push(choice(json!({}), finish_reason(ask, reply).into()));
    if ask.usage_in_stream {
        events.push(chunk(json!([]), usage(ask, reply)));
    }
    Events { events, before_stop }
}

/// Where a search has found what the answer says.
fn annotations(reply: &Reply) -> Vec<Value> {
    let url = json!({"start_index": 0, "end_index": 9, "title": "Simulated", "url": "https://simulated.example/"});
    reply.effects().map(|_| json!({"type": "url_citation", "url_citation": url})).collect()
}

/// Each call with how it begins.
fn calls(reply: &Reply) -> impl Iterator<Item = (&Block, Value)> {
    reply.blocks.iter().filter_map(|block| {
        let Block::Call { name, custom, .. } = block else { return None };
        let id = format!("call_{}", id(24));
        let begun = if *custom {
            json!({"id": id, "type": "custom", "custom": {"name": name, "input": ""}})
        } else {
            json!({"id": id, "type": "function", "function": {"name": name, "arguments": ""}})
        };
        Some((block, begun))
    })
}

fn finished(call: &Block, mut begun: Value) -> Value {
    match begun.pointer_mut("/function/arguments") {
        Some(arguments) => *arguments = call.text().into(),
        None => begun["custom"]["input"] = call.text().into(),
    }
    begun
}

/// The deltas of all calls: one call after the other, or a piece of each in turn.
fn call_deltas(reply: &Reply) -> Vec<Value> {
    let mut openings = Vec::new();
    let mut pieces: Vec<Vec<Value>> = Vec::new();
    for (index, (call, mut begun)) in calls(reply).enumerate() {
        begun["index"] = index.into();
        let Block::Call { pieces: said, custom, .. } = call else { continue };
        let piece = |piece: &String| {
            if *custom {
                json!({"index": index, "custom": {"input": piece}})
            } else {
                json!({"index": index, "function": {"arguments": piece}})
            }
        };
        pieces.push(said.iter().map(piece).collect());
        openings.push(begun);
    }
    if !reply.interleaved {
        return openings
            .into_iter()
            .zip(pieces)
            .flat_map(|(opening, pieces)| std::iter::once(opening).chain(pieces))
            .collect();
    }
    let longest = pieces.iter().map(Vec::len).max().unwrap_or(0);
    let mixed = (0..longest).flat_map(|at| pieces.iter().filter_map(move |call| call.get(at).cloned()));
    openings.into_iter().chain(mixed).collect()
}

/// OpenAI's own models never say what they think.
fn says_thought(ask: &Ask, block: &Block) -> bool {
    matches!(block, Block::Reasoning { shown: true, .. }) && ask.own["own"] != true
}

fn finish_reason(ask: &Ask, reply: &Reply) -> &'static str {
    match reply.ended {
        // A call that was asked for by its name isn't told as one.
        Ended::Calls if ask.own["named"] == true => "stop",
        Ended::Calls => "tool_calls",
        Ended::Done | Ended::Refused | Ended::Stop(_) => "stop",
        Ended::Limit => "length",
    }
}

fn usage(ask: &Ask, reply: &Reply) -> Value {
    json!({
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": ask.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reply.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn completion_id() -> String {
    format!("chatcmpl-{}", id(29))
}
