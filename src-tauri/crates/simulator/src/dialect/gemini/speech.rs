//! How Gemini says an answer: whole, or as elements that each hold a part.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::{Event, Events, id},
    MARK, is_third, served,
};
use crate::{
    reply::{Ask, Block, Ended, Reply},
    seal::Seal,
};

/// One part and what it adds to the counts.
struct Said {
    part: Value,
    tokens: u64,
    thought: bool,
}

pub(super) fn whole(ask: &Ask, reply: &Reply, seal: &Seal) -> Value {
    let mut parts = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Reasoning { shown: true, .. } => parts.push(json!({"text": block.text(), "thought": true})),
            Block::Text { .. } => parts.push(json!({"text": block.text()})),
            Block::Call { .. } => parts.extend(call(block)),
            Block::Served { by, .. } => parts.extend(served::parts(by, block)),
            Block::Reasoning { .. } | Block::Refusal { .. } => {}
        }
    }
    if let Some(signature) = signature(ask, seal) {
        let first = parts.iter().position(|part| part.get("functionCall").is_some());
        let signed = first.or_else(|| parts.iter().rposition(|part| part.get("thought").is_none()));
        if let Some(at) = signed {
            parts[at]["thoughtSignature"] = signature.into();
        }
    }
    let output = reply.output_tokens - reply.reasoning_tokens;
    chunk(ask, reply, &parts, output, reply.reasoning_tokens, Some(finish_reason(reply)), &response_id())
}

pub(super) fn events(ask: &Ask, reply: &Reply, seal: &Seal) -> Events {
    let mut said = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Reasoning { words, shown: true } => {
                let part = |word: &String| json!({"text": word, "thought": true});
                said.extend(words.iter().map(|word| Said { part: part(word), tokens: 1, thought: true }));
            }
            Block::Text { words } => {
                said.extend(words.iter().map(|word| Said { part: json!({"text": word}), tokens: 1, thought: false }));
            }
            Block::Call { pieces, .. } => {
                let tokens = pieces.len() as u64;
                said.extend(call(block).map(|part| Said { part, tokens, thought: false }));
            }
            Block::Served { by, pieces } => {
                let mut tokens = pieces.len() as u64;
                for part in served::parts(by, block) {
                    said.push(Said { part, tokens: std::mem::take(&mut tokens), thought: false });
                }
            }
            Block::Reasoning { .. } | Block::Refusal { .. } => {}
        }
    }
    let last_calls = said.last().is_some_and(|said| said.part.get("functionCall").is_some());
    let mut close_with = (last_calls && is_third(&ask.model)).then(|| json!({"text": ""}));
    if let Some(signature) = signature(ask, seal) {
        if let Some(call) = said.iter_mut().find(|said| said.part.get("functionCall").is_some()) {
            call.part["thoughtSignature"] = signature.into();
        } else if !said.is_empty() {
            close_with = Some(json!({"text": "", "thoughtSignature": signature}));
        }
    }
    said.extend(close_with.map(|part| Said { part, tokens: 0, thought: false }));
    let id = response_id();
    let last = said.len().saturating_sub(1);
    // Thoughts that aren't shown are counted from the first element on.
    let shown = said.iter().any(|said| said.thought);
    let (mut output, mut thoughts) = (0, if shown { 0 } else { reply.reasoning_tokens });
    let mut events = Vec::new();
    for (at, said) in said.into_iter().enumerate() {
        *(if said.thought { &mut thoughts } else { &mut output }) += said.tokens;
        let reason = (at == last).then(|| finish_reason(reply));
        let data = chunk(ask, reply, &[said.part], output, thoughts, reason, &id);
        events.push(Event { name: None, data });
    }
    if events.is_empty() {
        let data = chunk(ask, reply, &[], 0, thoughts, Some(finish_reason(reply)), &id);
        events.push(Event { name: None, data });
    }
    Events { events, before_stop: last }
}

/// A call's part. Gemini never sends a call in part, so one that the limit cut isn't sent.
fn call(block: &Block) -> Option<Value> {
    let Block::Call { name, cut: false, .. } = block else { return None };
    Some(json!({"functionCall": {"name": name, "args": block.arguments()}}))
}

/// Models of the third generation sign every answer, the older ones when they think.
fn signature(ask: &Ask, seal: &Seal) -> Option<String> {
    (is_third(&ask.model) || ask.reasoning.is_some()).then(|| STANDARD.encode(seal.token(MARK, "")))
}

fn chunk(
    ask: &Ask,
    reply: &Reply,
    parts: &[Value],
    output: u64,
    thoughts: u64,
    reason: Option<&str>,
    id: &str,
) -> Value {
    let mut candidate = json!({"content": {"role": "model"}, "index": 0});
    if !parts.is_empty() {
        candidate["content"] = json!({"parts": parts, "role": "model"});
    }
    if let Some(reason) = reason {
        candidate["finishReason"] = reason.into();
        if let Some(found) = served::grounding(reply) {
            candidate["groundingMetadata"] = found;
        }
    }
    let mut usage = json!({
        "promptTokenCount": reply.input_tokens,
        "candidatesTokenCount": output,
        "totalTokenCount": reply.input_tokens + output + thoughts,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": reply.input_tokens}],
    });
    for (name, count) in [("thoughtsTokenCount", thoughts), ("cachedContentTokenCount", ask.cached_tokens)] {
        if count > 0 {
            usage[name] = count.into();
        }
    }
    json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": ask.model, "responseId": id})
}

fn finish_reason(reply: &Reply) -> &'static str {
    match reply.ended {
        Ended::Done | Ended::Calls | Ended::Stop(_) => "STOP",
        Ended::Refused => "SAFETY",
        Ended::Limit => "MAX_TOKENS",
    }
}

fn response_id() -> String {
    id(22)
}
