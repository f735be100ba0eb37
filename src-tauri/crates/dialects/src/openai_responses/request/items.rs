//! The conversation that a client sends: its items, read into turns.

use std::borrow::Cow;

use super::TOOL_SEARCH;
use super::part::{blocks, joined};
use super::tools::{Toolbox, flat_name};
use crate::form::{Block, Call, CallResult, Media, MediaKind, Proof, ProofKind, Request, Role, Thought, Turn};
use crate::glance::is_str;
use crate::json::View;

/// Reads `input`.
pub(super) fn read<'a>(input: View<'a>, request: &mut Request<'a>, tools: &mut Toolbox) {
    if let Some(text) = input.str() {
        say(request, Role::User, Block::Text(text));
    }
    for item in input.items() {
        read_item(item, request, tools);
    }
}

fn say<'a>(request: &mut Request<'a>, role: Role, block: Block<'a>) {
    match request.turns.last_mut() {
        Some(turn) if turn.role == role => turn.blocks.push(block),
        _ => request.turns.push(Turn { role, blocks: vec![block] }),
    }
}

fn read_item<'a>(item: View<'a>, request: &mut Request<'a>, tools: &mut Toolbox) {
    let kind = item.get_str("type");
    match kind.as_deref() {
        None | Some("message" | "agent_message") => message(item, request),
        Some("reasoning") => {
            if let Some(thought) = thought(item) {
                say(request, Role::Assistant, Block::Thought(thought));
            }
        }
        Some("additional_tools") => {
            if let Some(list) = item.get("tools") {
                tools.add(list, request);
            }
        }
        Some("tool_search_output") => {
            if let Some(list) = item.get("tools") {
                tools.add(list, request);
            }
            if let Some(result) = found(item) {
                say(request, Role::User, Block::Result(result));
            } else {
                request.notes.left_out("input.tool_search_output");
            }
        }
        Some("image_generation_call") => match item.get_str("result") {
            Some(data) => {
                let image = Media::of_data(MediaKind::Image, Cow::Borrowed("image/png"), data);
                say(request, Role::Assistant, Block::Media(image));
            }
            None => request.notes.left_out("input.image_generation_call"),
        },
        Some(kind) => {
            if let Some(call) = call(kind, item) {
                say(request, Role::Assistant, Block::Call(call));
            } else if let Some(result) = result(kind, item, request) {
                say(request, Role::User, Block::Result(result));
            } else {
                request.notes.left_out(format!("input.{kind}"));
            }
        }
    }
}

fn message<'a>(item: View<'a>, request: &mut Request<'a>) {
    for entry in item.entries().filter(|entry| !entry.value.is_null()) {
        match &*entry.key() {
            // The last two keep the client's books.
            "type" | "role" | "content" | "id" | "status" => {}
            other => request.notes.left_out(format!("input.{other}")),
        }
    }
    let content = blocks(item.get("content"), &mut request.notes);
    let role = match item.get_str("role").as_deref() {
        Some("assistant") => Role::Assistant,
        Some("system" | "developer") => return instruct(content, request),
        _ => Role::User,
    };
    for block in content {
        say(request, role, block);
    }
}

/// A system or developer message. Before the model's first answer it belongs to the system prompt. A later one says what has
/// changed since, and stays where it is.
fn instruct<'a>(content: Vec<Block<'a>>, request: &mut Request<'a>) {
    let mut texts = Vec::new();
    for block in content {
        match block {
            Block::Text(text) => texts.push(text),
            block => {
                request.notes.moved("input", "what is no text of a developer message goes to a user turn");
                say(request, Role::User, block);
            }
        }
    }
    request.instruct(texts, "input");
}

fn thought(item: View<'_>) -> Option<Thought<'_>> {
    let [id, summary, content, encrypted] = item.pick(["id", "summary", "content", "encrypted_content"]);
    // A summary where there is one; only open models tell the reasoning itself.
    let mut text = joined(summary);
    if text.is_empty() {
        text = joined(content);
    }
    let proof = encrypted.and_then(View::str).filter(|data| !data.is_empty()).map(|data| {
        let proof = Proof::read(ProofKind::Encrypted, data);
        if proof.maker.is_none() { Proof { id: id.and_then(View::str), ..proof } } else { proof }
    });
    (!text.is_empty() || proof.is_some()).then_some(Thought { text, proof })
}

/// The call that an item is.
fn call<'a>(kind: &str, item: View<'a>) -> Option<Call<'a>> {
    let raw = |key: &str| item.get(key).map_or(Cow::Borrowed("{}"), |value| Cow::Borrowed(value.raw()));
    let text = |key: &str| item.get_str(key).unwrap_or_default();
    let (name, arguments, custom) = match kind {
        "function_call" => (name(item), text("arguments"), false),
        "custom_tool_call" => (name(item), text("input"), true),
        // One that the provider ran has no id.
        TOOL_SEARCH_CALL if item.get("call_id").is_some() => {
            let arguments = item.get_str("arguments").unwrap_or_else(|| raw("arguments"));
            (Cow::Borrowed(TOOL_SEARCH), arguments, false)
        }
        "local_shell_call" => (Cow::Borrowed("local_shell"), raw("action"), false),
        "shell_call" => (Cow::Borrowed("shell"), raw("action"), false),
        "apply_patch_call" => (Cow::Borrowed("apply_patch"), raw("operation"), false),
        _ => return None,
    };
    Some(Call { id: id(item), name, arguments, custom })
}

const TOOL_SEARCH_CALL: &str = "tool_search_call";

fn name(item: View<'_>) -> Cow<'_, str> {
    flat_name(item.get_str("namespace").as_deref(), item.get_str("name").unwrap_or_default())
}

/// Local shell's results name their call by their own id.
fn id(item: View<'_>) -> Cow<'_, str> {
    item.get_str("call_id").or_else(|| item.get_str("id")).unwrap_or_default()
}

/// What a call gave.
fn result<'a>(kind: &str, item: View<'a>, request: &mut Request<'a>) -> Option<CallResult<'a>> {
    let custom = kind == "custom_tool_call_output";
    let content = match kind {
        "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" | "apply_patch_call_output" => {
            blocks(item.get("output"), &mut request.notes)
        }
        // What went to the two streams and how it ended, for each command.
        "shell_call_output" => vec![Block::Text(Cow::Borrowed(item.get("output").map_or("", View::raw)))],
        _ => return None,
    };
    let is_error = kind == "apply_patch_call_output" && is_str(item.get("status"), "failed");
    Some(CallResult { id: id(item), name: item.get_str("name"), content, is_error, custom })
}

/// What the client's search for tools found; they are offered from then on.
fn found(item: View<'_>) -> Option<CallResult<'_>> {
    let id = item.get_str("call_id")?;
    let mut names = Vec::new();
    for tool in item.get("tools").into_iter().flat_map(View::items) {
        let own = tool.get_str("name").unwrap_or_default();
        match tool.get("tools") {
            Some(inner) => {
                let inner = inner.items().filter_map(|tool| tool.get_str("name"));
                names.extend(inner.map(|name| flat_name(Some(&own), name).into_owned()));
            }
            None => names.push(own.into_owned()),
        }
    }
    let text = match names.as_slice() {
        [] => "No tools were found.".to_owned(),
        names => format!("These tools are offered now: {}", names.join(", ")),
    };
    let content = vec![Block::Text(Cow::Owned(text))];
    Some(CallResult { id, name: Some(Cow::Borrowed(TOOL_SEARCH)), content, is_error: false, custom: false })
}
