//! Reading a request into the common form.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::form::{Block, Format, Request, Role, Turn};
use crate::glance::{is_filled, is_str};
use crate::json::View;
use crate::notes::Notes;
use crate::pass;
use crate::setting::brief;

use super::{content, thinking, tools};

/// Reads a request.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let mut request = Request { settings: pass::sent(Dialect::Anthropic, root), ..Request::default() };
    let mut thinking = None;
    let mut effort = None;
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        let value = entry.value;
        match &*entry.key() {
            "model" | "messages" | "stream" | "max_tokens" | "temperature" | "top_p" | "top_k" | "stop_sequences" => {}
            "system" => request.system = texts(value, "system", &mut request.notes),
            "tools" => tools::read(value, &mut request),
            "tool_choice" => tools::read_choice(value, &mut request),
            "thinking" => thinking = Some(value),
            "output_config" => {
                for entry in value.entries().filter(|entry| !entry.value.is_null()) {
                    match &*entry.key() {
                        "effort" => effort = entry.value.str(),
                        "format" => request.format = format(entry.value, &mut request.notes),
                        other => request.notes.left_out(format!("output_config.{other}")),
                    }
                }
            }
            // Its name before it was part of `output_config`.
            "output_format" => request.format = format(value, &mut request.notes),
            "metadata" => {
                for entry in value.entries().filter(|entry| is_filled(entry.value)) {
                    match &*entry.key() {
                        "user_id" => request.user = entry.value.str(),
                        other => request.notes.left_out(format!("metadata.{other}")),
                    }
                }
            }
            "service_tier" => {
                request.service_tier =
                    value.str().map(|tier| if tier == "standard_only" { Cow::Borrowed("default") } else { tier });
            }
            "speed" if is_str(Some(value), "standard") => {}
            other if is_filled(value) => request.notes.left_out(other),
            _ => {}
        }
    }
    let messages = Messages::read(root.get("messages"), &mut request);
    request.reasoning = thinking::read(thinking, messages.effort.or(effort).as_deref(), &mut request.notes);
    request
}

/// The shape that the answer must have. Anthropic enforces its schemas, and has no names for them.
fn format<'a>(format: View<'a>, notes: &mut Notes) -> Option<Format<'a>> {
    let [kind, schema] = format.pick(["type", "schema"]);
    match schema.filter(|_| is_str(kind, "json_schema")) {
        Some(schema) => Some(Format::Schema { name: None, description: None, schema: schema.into(), strict: None }),
        None => {
            notes.left_out("output_config.format");
            None
        }
    }
}

/// The texts of a string or of text blocks.
fn texts<'a>(content: View<'a>, place: &str, notes: &mut Notes) -> Vec<Cow<'a, str>> {
    if let Some(text) = content.str() {
        return vec![text];
    }
    let mut texts = Vec::new();
    for block in content.items() {
        for entry in block.entries().filter(|entry| !entry.is("type") && !entry.is("text") && is_filled(entry.value)) {
            notes.left_out(format!("{place}.{}", entry.key()));
        }
        texts.extend(block.get_str("text"));
    }
    texts
}

/// The messages as they are read.
struct Messages<'a> {
    /// The last effort that a system message asks for.
    effort: Option<Cow<'a, str>>,
    /// The model has spoken.
    answered: bool,
}

impl<'a> Messages<'a> {
    fn read(messages: Option<View<'a>>, request: &mut Request<'a>) -> Self {
        let mut reading = Messages { effort: None, answered: false };
        let messages: Vec<View<'a>> = messages.into_iter().flat_map(View::items).collect();
        let last_of_user = messages.iter().rposition(|message| is_str(message.get("role"), "user"));
        for (index, message) in messages.into_iter().enumerate() {
            let role = message.get_str("role");
            match role.as_deref() {
                Some("system") => reading.system(index, message, last_of_user, request),
                Some("assistant") => {
                    reading.answered = true;
                    turn(Role::Assistant, message, request);
                }
                _ => turn(Role::User, message, request),
            }
        }
        reading
    }

    /// A system message. Those from before the model's first answer belong to the system prompt. Later ones say what has
    /// changed since: they stay where they are, as Claude Code has it for models that don't take them, since a system
    /// prompt that changes from request to request makes providers forget all that they have cached of the conversation.
    fn system(&mut self, index: usize, message: View<'a>, last_of_user: Option<usize>, request: &mut Request<'a>) {
        let [content, output_config, clear_at] = message.pick(["content", "output_config", "clear_at"]);
        if let Some(effort) = output_config.and_then(|config| config.get_str("effort")) {
            self.effort = Some(effort);
        }
        note_others(message, &["role", "content", "output_config", "clear_at"], &mut request.notes);
        // Its text isn't shown to the model any more.
        if is_str(clear_at, "next_user_message") && last_of_user.is_some_and(|last| last > index) {
            return;
        }
        let Some(content) = content else { return };
        for block in content.items() {
            match block.get_str("type").as_deref() {
                Some("tool_addition") => added_tool(block, request),
                Some("tool_removal") => request.notes.left_out("messages.tool_removal"),
                _ => {}
            }
        }
        let texts = system_texts(content, &mut request.notes);
        let texts = if texts.len() > 1 { vec![Cow::Owned(texts.join("\n\n"))] } else { texts };
        request.instruct(texts, format!("messages[{index}]"));
    }
}

fn system_texts<'a>(content: View<'a>, notes: &mut Notes) -> Vec<Cow<'a, str>> {
    if let Some(text) = content.str() {
        return vec![text];
    }
    let mut texts = Vec::new();
    for block in content.items().filter(|block| is_str(block.get("type"), "text")) {
        note_others(block, &["type", "text"], notes);
        texts.extend(block.get_str("text").filter(|text| !text.is_empty()));
    }
    texts
}

/// A tool that a system message adds: one that is offered already, or a new one.
fn added_tool<'a>(block: View<'a>, request: &mut Request<'a>) {
    let Some(tool) = block.get("tool") else { return };
    let definition = tool.get("definition").or_else(|| tool.get("input_schema").map(|_| tool));
    match definition {
        Some(definition) => {
            request.notes.reshaped("messages.tool_addition", "the tool is offered from the start");
            let tool = tools::read_tool(definition, &mut request.notes);
            request.tools.extend(tool);
        }
        None => request.notes.reshaped("messages.tool_addition", "the tool is offered from the start"),
    }
}

fn turn<'a>(role: Role, message: View<'a>, request: &mut Request<'a>) {
    note_others(message, &["role", "content"], &mut request.notes);
    let Some(content) = message.get("content") else { return };
    let blocks: Vec<View<'a>> = content.items().collect();
    let summary = |block: View<'a>| {
        let is_one = is_str(block.get("type"), "compaction");
        block.get_str("content").filter(|text| is_one && !text.is_empty())
    };
    let compaction = blocks.iter().rposition(|block| summary(*block).is_some());
    let mut turn = Turn { role, blocks: Vec::new() };
    match compaction {
        Some(at) => {
            // "Compaction": what comes before the block is not shown to the model.
            request.notes.reshaped("messages.compaction", "its summary stands for what came before it");
            request.turns.clear();
            let text = summary(blocks[at]).unwrap_or_default();
            request.turns.push(Turn { role: Role::User, blocks: vec![Block::Text(text)] });
            for block in &blocks[at + 1..] {
                content::read_block(*block, &mut turn.blocks, &mut request.notes);
            }
        }
        None => content::read(content, &mut turn.blocks, &mut request.notes),
    }
    if !turn.blocks.is_empty() || compaction.is_none() {
        request.turns.push(turn);
    }
}

fn note_others(object: View<'_>, known: &[&str], notes: &mut Notes) {
    for entry in object.entries().filter(|entry| !known.iter().any(|key| entry.is(key))) {
        if is_filled(entry.value) {
            notes.left_out(format!("messages.{}", brief(&entry.key())));
        }
    }
}
