//! Reading the content of messages.

use std::borrow::Cow;

use crate::form::{Block, Call, CallResult, Proof, ProofKind, Thought};
use crate::glance::is_filled;
use crate::json::{Kind, View};
use crate::notes::Notes;

use super::media;

/// Reads a string, or content blocks.
pub(super) fn read<'a>(content: View<'a>, out: &mut Vec<Block<'a>>, notes: &mut Notes) {
    if let Some(text) = content.str() {
        out.push(Block::Text(text));
    }
    content.items().for_each(|block| read_block(block, out, notes));
}

/// Reads a content block.
pub(super) fn read_block<'a>(block: View<'a>, out: &mut Vec<Block<'a>>, notes: &mut Notes) {
    let kind = block.get_str("type");
    let kind = kind.as_deref().unwrap_or_default();
    let known: &[&str] = match kind {
        "text" => {
            out.extend(block.get_str("text").map(Block::Text));
            &["text"]
        }
        "thinking" => {
            let text = block.get_str("thinking").unwrap_or_default();
            let proof = block.get_str("signature").filter(|signature| !signature.is_empty());
            let proof = proof.map(|signature| Proof::read(ProofKind::Signature, signature));
            out.push(Block::Thought(Thought { text, proof }));
            &["thinking", "signature"]
        }
        "redacted_thinking" => {
            let proof = block.get_str("data").map(|data| Proof::read(ProofKind::Redacted, data));
            out.push(Block::Thought(Thought { text: Cow::Borrowed(""), proof }));
            &["data"]
        }
        "tool_use" => {
            out.push(Block::Call(call(block)));
            let caller = block.get("caller").and_then(|caller| caller.get_str("type"));
            if caller.is_some_and(|caller| caller != "direct") {
                notes.left_out("messages.caller");
            }
            &["id", "name", "input", "caller"]
        }
        "tool_result" => {
            let result = result(block, notes);
            out.push(Block::Result(result));
            &["tool_use_id", "content", "is_error"]
        }
        "image" => {
            media::image(block, out, notes);
            &["source", "transformations"]
        }
        "document" => {
            media::document(block, out, notes);
            &["source", "title", "context", "citations"]
        }
        "search_result" => {
            notes.reshaped("messages.search_result", "is told as a text");
            out.push(Block::Text(Cow::Owned(search_result(block))));
            &["source", "title", "content", "citations"]
        }
        // A tool that a search for tools has found; all tools are offered from the start.
        "tool_reference" => {
            if let Some(name) = block.get_str("tool_name") {
                notes.reshaped("messages.tool_reference", "is told as a text");
                out.push(Block::Text(Cow::Owned(format!("The tool {name} can be called now."))));
            }
            &["tool_name"]
        }
        // What providers run by themselves, and marks of what they did.
        kind => return notes.left_out(format!("messages.{}", if kind.is_empty() { "content" } else { kind })),
    };
    for entry in block.entries().filter(|entry| !entry.is("type") && !known.iter().any(|key| entry.is(key))) {
        if is_filled(entry.value) {
            notes.left_out(format!("messages.{}", entry.key()));
        }
    }
}

fn call(block: View<'_>) -> Call<'_> {
    let [id, name, input] = block.pick(["id", "name", "input"]);
    Call {
        id: id.and_then(View::str).unwrap_or_default(),
        name: name.and_then(View::str).unwrap_or_default(),
        arguments: input.map_or(Cow::Borrowed(""), |input| input.str().unwrap_or(Cow::Borrowed(input.raw()))),
        custom: false,
    }
}

fn result<'a>(block: View<'a>, notes: &mut Notes) -> CallResult<'a> {
    let [id, content, is_error] = block.pick(["tool_use_id", "content", "is_error"]);
    let mut blocks = Vec::new();
    if let Some(content) = content {
        if let Some(text) = content.str() {
            blocks.push(Block::Text(text));
        }
        for block in content.items() {
            // Results don't hold results, so this goes no deeper.
            if block.get_str("type").is_some_and(|kind| kind == "tool_result") {
                notes.left_out("messages.tool_result");
            } else {
                read_block(block, &mut blocks, notes);
            }
        }
        if content.kind() == Kind::Object {
            notes.left_out("messages.tool_result");
        }
    }
    blocks.retain(|block| matches!(block, Block::Text(_) | Block::Media(_)));
    CallResult {
        id: id.and_then(View::str).unwrap_or_default(),
        name: None,
        content: blocks,
        is_error: is_error.and_then(View::bool) == Some(true),
        custom: false,
    }
}

fn search_result(block: View<'_>) -> String {
    let [source, title, content] = block.pick(["source", "title", "content"]);
    let parts = [title.and_then(View::str), source.and_then(View::str), content.map(media::texts).map(Cow::Owned)];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}
