//! The conversation, as the API takes it.
//!
//! What it refuses in messages is told by its errors: texts of nothing but white space, white space at the end of a last
//! answer, reasoning at the end of an answer or of another maker, and images in the result of a tool that failed.

use std::borrow::Cow;

use crate::form::{Block, Call, CallResult, ProofKind, Request, Role, Thought, Turn};
use crate::json::Writer;
use crate::notes::Notes;

use super::media::Item;

/// The messages of a request.
#[derive(Debug)]
pub(super) struct History<'r> {
    messages: Vec<Message<'r>>,
}

#[derive(Debug)]
struct Message<'r> {
    role: Role,
    parts: Vec<Part<'r>>,
}

/// A content block.
#[derive(Debug)]
enum Part<'r> {
    Text(&'r str),
    Thinking { text: &'r str, signature: &'r str },
    Redacted(&'r str),
    Item(Item<'r>),
    Use(&'r Call<'r>),
    Result { result: &'r CallResult<'r>, parts: Vec<Part<'r>> },
}

impl Part<'_> {
    fn is_thinking(&self) -> bool {
        matches!(self, Part::Thinking { .. } | Part::Redacted(_))
    }
}

impl<'r> History<'r> {
    /// Of a request whose reasoning goes back to `maker` where it came from there.
    pub(super) fn of(request: &'r Request<'_>, maker: &str, notes: &mut Notes) -> Self {
        let mut messages: Vec<Message<'r>> = Vec::with_capacity(request.turns.len());
        for turn in &request.turns {
            let mut parts = parts(turn, maker, notes);
            let content = parts.iter().rposition(|part| !part.is_thinking()).map_or(0, |last| last + 1);
            if turn.role == Role::Assistant && content < parts.len() {
                parts.truncate(content);
                notes.left_out("reasoning history");
            }
            if !parts.is_empty() {
                messages.push(Message { role: turn.role, parts });
            }
        }
        if let Some(Message { role: Role::Assistant, parts }) = messages.last_mut()
            && let Some(Part::Text(text)) = parts.last_mut()
            && text.trim_end().len() < text.len()
        {
            *text = text.trim_end();
            notes.reshaped("messages", "white space at the end of the last answer is left out");
        }
        History { messages }
    }

    /// Whether the conversation goes on from an answer that doesn't begin with reasoning, be it that its tools have run or
    /// that it is to be continued ("Extended thinking with tool use": such an answer has to, while thinking is enabled; all
    /// that the model has said since the user spoke is one answer, whatever tools ran in between).
    pub(super) fn continues_without_thinking(&self) -> bool {
        let goes_on = |message: &&Message<'_>| match message.role {
            Role::Assistant => true,
            Role::User => matches!(message.parts.first(), Some(Part::Result { .. })),
        };
        let answer = self.messages.iter().rev().take_while(goes_on);
        let first = answer.filter(|message| message.role == Role::Assistant).last();
        first.is_some_and(|message| !message.parts.first().is_some_and(Part::is_thinking))
    }

    /// Takes reasoning out of a last answer that is to be continued: without thinking, it may not stand there.
    pub(super) fn without_thinking(&mut self, notes: &mut Notes) {
        if let Some(Message { role: Role::Assistant, parts }) = self.messages.last_mut()
            && parts.iter().any(Part::is_thinking)
        {
            parts.retain(|part| !part.is_thinking());
            notes.left_out("reasoning history");
        }
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.array(|w| {
            for message in &self.messages {
                w.object(|w| {
                    w.key("role").str(match message.role {
                        Role::User => "user",
                        Role::Assistant => "assistant",
                    });
                    w.key("content");
                    write_parts(&message.parts, w);
                });
            }
        });
    }
}

/// The parts of a turn; a user's results stand first already.
fn parts<'r>(turn: &'r Turn<'_>, maker: &str, notes: &mut Notes) -> Vec<Part<'r>> {
    let mut out = Vec::with_capacity(turn.blocks.len());
    // What has to stand after all results.
    let mut after = Vec::new();
    for block in &turn.blocks {
        match (block, turn.role) {
            (Block::Text(text) | Block::Refusal(text) | Block::Instruction(text), _) => {
                out.extend(text_part(text, notes));
            }
            (Block::Media(media), Role::User) => out.extend(Item::of(media, notes).map(Part::Item)),
            (Block::Thought(thought), Role::Assistant) => match thought_part(thought, maker) {
                Some(part) => out.push(part),
                None => notes.left_out("reasoning history"),
            },
            (Block::Call(call), Role::Assistant) => out.push(Part::Use(call)),
            (Block::Result(result), Role::User) => out.push(result_part(result, &mut after, notes)),
            (Block::Media(_), Role::Assistant) => {
                notes.add("not-carried", "image", "an answer's media cannot be sent back");
            }
            // Sources are cited in answers only, and the rest is said by the other speaker.
            (Block::Citation(_) | Block::Thought(_) | Block::Call(_) | Block::Result(_), _) => {
                notes.left_out("messages.content");
            }
        }
    }
    if !after.is_empty() {
        let at = out.iter().rposition(|part| matches!(part, Part::Result { .. })).map_or(0, |last| last + 1);
        out.splice(at..at, after);
    }
    out
}

/// "text content blocks must contain non-whitespace text".
fn text_part<'r>(text: &'r str, notes: &mut Notes) -> Option<Part<'r>> {
    if text.trim().is_empty() {
        if !text.is_empty() {
            notes.add("not-carried", "messages", "a text of white space is left out");
        }
        return None;
    }
    Some(Part::Text(text))
}

fn thought_part<'r>(thought: &'r Thought<'_>, maker: &str) -> Option<Part<'r>> {
    let proof = thought.proof.as_ref().filter(|proof| proof.is_by(maker))?;
    match proof.kind {
        ProofKind::Signature => Some(Part::Thinking { text: &thought.text, signature: &proof.data }),
        ProofKind::Redacted => Some(Part::Redacted(&proof.data)),
        _ => None,
    }
}

/// A tool's result. "all content must be type `text` if `is_error` is true": its media go to `after`.
fn result_part<'r>(result: &'r CallResult<'_>, after: &mut Vec<Part<'r>>, notes: &mut Notes) -> Part<'r> {
    let mut parts = Vec::with_capacity(result.content.len());
    for block in &result.content {
        match block {
            Block::Text(text) => parts.extend(text_part(text, notes)),
            Block::Media(media) => {
                let item = Item::of(media, notes).map(Part::Item);
                if result.is_error && item.is_some() {
                    notes.moved("tool_result.content", "media of a failed tool, to after the results");
                    after.extend(item);
                } else {
                    parts.extend(item);
                }
            }
            _ => notes.left_out("tool_result.content"),
        }
    }
    Part::Result { result, parts }
}

/// One text is a string; anything else is a list.
fn write_parts(parts: &[Part<'_>], w: &mut Writer) {
    match parts {
        [Part::Text(text)] => w.str(text),
        parts => w.array(|w| parts.iter().for_each(|part| write_part(part, w))),
    }
}

fn write_part(part: &Part<'_>, w: &mut Writer) {
    if let Part::Item(item) = part {
        return item.write(w);
    }
    w.object(|w| match part {
        Part::Item(_) => {}
        Part::Text(text) => {
            w.key("type").str("text");
            w.key("text").str(text);
        }
        Part::Thinking { text, signature } => {
            w.key("type").str("thinking");
            w.key("thinking").str(text);
            w.key("signature").str(signature);
        }
        Part::Redacted(data) => {
            w.key("type").str("redacted_thinking");
            w.key("data").str(data);
        }
        Part::Use(call) => {
            w.key("type").str("tool_use");
            w.key("id").str(&call.id);
            w.key("name").str(&call.name);
            w.key("input").raw(&call.object());
        }
        Part::Result { result, parts } => {
            w.key("type").str("tool_result");
            w.key("tool_use_id").str(&result.id);
            if !parts.is_empty() {
                w.key("content");
                write_parts(parts, w);
            }
            if result.is_error {
                w.key("is_error").raw("true");
            }
        }
    });
}

/// The system prompt, as strings that aren't white space.
pub(super) fn write_system(system: &[Cow<'_, str>], w: &mut Writer) {
    let texts: Vec<&str> = system.iter().map(|text| &**text).filter(|text| !text.trim().is_empty()).collect();
    match &*texts {
        [] => {}
        [text] => w.key("system").str(text),
        texts => w.key("system").array(|w| {
            for text in texts {
                write_part(&Part::Text(text), w);
            }
        }),
    }
}
