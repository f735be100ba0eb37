//! The conversation that an upstream is sent: turns, written as items.

use crate::form::{Block, Call, CallResult, Media, MediaKind, ProofKind, Role, Source, Thought, Turn};
use crate::json::Writer;
use crate::notes::Notes;
use crate::translate::{Draft, Order};

/// Writes the elements of `input`.
pub(super) fn write(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    for turn in &order.request.turns {
        write_turn(w, turn, order, &mut draft.notes);
    }
}

fn write_turn(w: &mut Writer, turn: &Turn<'_>, order: &Order<'_>, notes: &mut Notes) {
    let mut blocks = turn.blocks.as_slice();
    while let Some((block, rest)) = blocks.split_first() {
        match block {
            Block::Thought(thought) => {
                // It is refused without the item that it led to, which follows it (OpenAI's documentation, "Reasoning
                // models", on keeping reasoning items in context).
                if is_own(thought, order) && rest.iter().any(leads_on) {
                    write_thought(w, thought);
                } else {
                    notes.left_out("reasoning history");
                }
                blocks = rest;
            }
            Block::Call(call) => {
                write_call(w, call);
                blocks = rest;
            }
            Block::Result(result) => {
                write_result(w, result, notes);
                blocks = rest;
            }
            Block::Instruction(text) => {
                w.object(|w| {
                    w.key("type").str("message");
                    w.key("role").str("developer");
                    w.key("content").str(text);
                });
                blocks = rest;
            }
            // An answer's, which a client has no way to send back.
            Block::Citation(_) => blocks = rest,
            Block::Text(_) | Block::Refusal(_) | Block::Media(_) => {
                let end = blocks.iter().position(|block| !is_said(block)).unwrap_or(blocks.len());
                let (said, rest) = blocks.split_at(end);
                match turn.role {
                    Role::User => write_user(w, said, notes),
                    Role::Assistant => write_assistant(w, said, notes),
                }
                blocks = rest;
            }
        }
    }
}

fn is_said(block: &Block<'_>) -> bool {
    matches!(block, Block::Text(_) | Block::Refusal(_) | Block::Media(_))
}

fn leads_on(block: &Block<'_>) -> bool {
    match block {
        Block::Text(text) | Block::Refusal(text) => !text.is_empty(),
        Block::Call(_) => true,
        _ => false,
    }
}

/// Whether the upstream made the reasoning and can read it.
fn is_own(thought: &Thought<'_>, order: &Order<'_>) -> bool {
    let proof = thought.proof.as_ref();
    proof.is_some_and(|proof| proof.kind == ProofKind::Encrypted && proof.is_by(&order.terms.maker))
}

fn write_thought(w: &mut Writer, thought: &Thought<'_>) {
    let Some(proof) = &thought.proof else { return };
    w.object(|w| {
        w.key("type").str("reasoning");
        if let Some(id) = &proof.id {
            w.key("id").str(id);
        }
        w.key("summary").array(|w| {
            if !thought.text.is_empty() {
                w.object(|w| {
                    w.key("type").str("summary_text");
                    w.key("text").str(&thought.text);
                });
            }
        });
        w.key("encrypted_content").str(&proof.data);
    });
}

fn write_call(w: &mut Writer, call: &Call<'_>) {
    w.object(|w| {
        w.key("type").str(if call.custom { "custom_tool_call" } else { "function_call" });
        w.key("call_id").str(&call.id);
        w.key("name").str(&call.name);
        if call.custom {
            w.key("input").str(&call.arguments);
        } else {
            w.key("arguments").str(&call.text());
        }
    });
}

fn write_result(w: &mut Writer, result: &CallResult<'_>, notes: &mut Notes) {
    if result.is_error {
        notes.left_out("tool_result.is_error");
    }
    w.object(|w| {
        w.key("type").str(if result.custom { "custom_tool_call_output" } else { "function_call_output" });
        w.key("call_id").str(&result.id);
        w.key("output");
        // Every provider of this dialect takes a string.
        let is_one_text = matches!(&*result.content, [] | [Block::Text(_)]);
        if !is_one_text {
            w.array(|w| result.content.iter().for_each(|block| write_input_part(w, block, notes)));
        } else {
            w.str(&result.text());
        }
    });
}

fn write_user(w: &mut Writer, said: &[Block<'_>], notes: &mut Notes) {
    w.object(|w| {
        w.key("type").str("message");
        w.key("role").str("user");
        w.key("content");
        match said {
            // Every provider of this dialect takes a string.
            [Block::Text(text)] => w.str(text),
            said => w.array(|w| said.iter().for_each(|block| write_input_part(w, block, notes))),
        }
    });
}

fn write_assistant(w: &mut Writer, said: &[Block<'_>], notes: &mut Notes) {
    if said.iter().any(|block| matches!(block, Block::Media(_))) {
        notes.left_out("assistant images");
    }
    if !said.iter().any(leads_on) {
        return;
    }
    w.object(|w| {
        w.key("type").str("message");
        w.key("role").str("assistant");
        w.key("content").array(|w| {
            for block in said.iter().filter(|block| leads_on(block)) {
                match block {
                    Block::Text(text) => w.object(|w| {
                        w.key("type").str("output_text");
                        w.key("text").str(text);
                        w.key("annotations").array(|_| {});
                    }),
                    Block::Refusal(text) => w.object(|w| {
                        w.key("type").str("refusal");
                        w.key("refusal").str(text);
                    }),
                    _ => {}
                }
            }
        });
    });
}

/// A part of what a user or a tool says.
fn write_input_part(w: &mut Writer, block: &Block<'_>, notes: &mut Notes) {
    match block {
        Block::Text(text) | Block::Refusal(text) => write_text(w, text),
        Block::Media(media) => write_media(w, media, notes),
        _ => {}
    }
}

fn write_text(w: &mut Writer, text: &str) {
    w.object(|w| {
        w.key("type").str("input_text");
        w.key("text").str(text);
    });
}

fn write_media(w: &mut Writer, media: &Media<'_>, notes: &mut Notes) {
    match (media.kind, &media.source) {
        (MediaKind::Image, _) => w.object(|w| {
            w.key("type").str("input_image");
            w.key("image_url").str(&media.url());
            if let Some(detail) = &media.detail {
                w.key("detail").str(detail);
            }
        }),
        (MediaKind::Document, Source::Text(text)) => {
            notes.reshaped("documents", "one that is plain text is sent as text");
            match &media.name {
                Some(name) => write_text(w, &format!("{name}\n\n{text}")),
                None => write_text(w, text),
            }
        }
        (MediaKind::Document, Source::Url(url)) => w.object(|w| {
            w.key("type").str("input_file");
            w.key("file_url").str(url);
        }),
        (MediaKind::Document, Source::Data(_)) => w.object(|w| {
            w.key("type").str("input_file");
            // Data is refused without a name.
            w.key("filename").str(media.name.as_deref().unwrap_or("document.pdf"));
            w.key("file_data").str(&media.url());
        }),
        (MediaKind::Audio, _) => notes.left_out("audio"),
        (MediaKind::Video, _) => notes.left_out("video"),
    }
}
