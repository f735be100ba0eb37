//! Writing the turns of a request.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::resolution;
use crate::form::{Block, Call, CallResult, GEMINI_STAND_IN, Media, MediaKind, ProofKind, Role, Source, Thought};
use crate::gemini::model::Model;
use crate::json::{Kind, View, Writer};
use crate::notes::Notes;
use crate::translate::{Draft, Order};

/// A turn as it will be said.
struct Said<'r, 'a> {
    role: Role,
    blocks: Vec<&'r Block<'a>>,
}

/// Writes the elements of `contents`.
pub(super) fn write(order: &Order<'_>, draft: &mut Draft, w: &mut Writer) {
    let model = Model::of(&order.terms.model);
    let turns = turns(order, &mut draft.notes);
    // "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
    if turns.first().is_some_and(|turn| turn.role == Role::Assistant) {
        draft.notes.reshaped("messages", "a user turn is put before the first, since Gemini needs one");
        filler(w);
    }
    // Signatures are checked from the last turn on in which the user said something by himself ("Thought signatures").
    let is_said = |turn: &Said<'_, '_>| {
        turn.role == Role::User && !turn.blocks.iter().any(|block| matches!(block, Block::Result(_)))
    };
    let loop_start = turns.iter().rposition(is_said).unwrap_or(0);
    for (index, turn) in turns.iter().enumerate() {
        w.object(|w| {
            w.key("role").str(if turn.role == Role::User { "user" } else { "model" });
            w.key("parts").array(|w| match turn.role {
                Role::User => {
                    let before = index.checked_sub(1).map_or(&[][..], |before| &turns[before].blocks);
                    user_parts(&turn.blocks, before, model, &mut draft.notes, w);
                }
                Role::Assistant => {
                    let signs = model.is_third() && index >= loop_start;
                    model_parts(&turn.blocks, model, signs, &mut draft.notes, w);
                }
            });
        });
    }
    let ends_unasked = turns.last().is_some_and(|turn| {
        turn.role == Role::Assistant && !turn.blocks.iter().any(|block| matches!(block, Block::Call(_)))
    });
    if ends_unasked && !model.continues_itself() {
        draft.notes.reshaped("messages", "a user turn is put after the last, since this model needs one");
        filler(w);
    }
}

/// A turn that says nothing.
fn filler(w: &mut Writer) {
    w.object(|w| {
        w.key("role").str("user");
        w.key("parts").array(|w| w.object(|w| w.key("text").str(".")));
    });
}

/// The turns with what may go to this provider: reasoning only where it is his and he signed it.
fn turns<'r, 'a>(order: &'r Order<'a>, notes: &mut Notes) -> Vec<Said<'r, 'a>> {
    let mut turns: Vec<Said<'r, 'a>> = Vec::new();
    for turn in &order.request.turns {
        let goes = |block: &&Block<'_>| match block {
            Block::Thought(Thought { proof, .. }) => proof.as_ref().is_some_and(|proof| {
                proof.is_by(&order.terms.maker)
                    && matches!(proof.kind, ProofKind::ThoughtPart | ProofKind::CallPart | ProofKind::TextPart)
            }),
            Block::Citation(_) => false,
            _ => true,
        };
        let blocks: Vec<&Block<'_>> = turn.blocks.iter().filter(goes).collect();
        if turn.blocks.iter().any(|block| matches!(block, Block::Thought(_)) && !goes(&block)) {
            notes.left_out("reasoning history");
        }
        match turns.last_mut() {
            _ if blocks.is_empty() => {}
            Some(last) if last.role == turn.role => last.blocks.extend(blocks),
            _ => turns.push(Said { role: turn.role, blocks }),
        }
    }
    turns
}

fn model_parts(blocks: &[&Block<'_>], model: Model<'_>, signs: bool, notes: &mut Notes, w: &mut Writer) {
    let mut first_call = true;
    let mut call_signature = None;
    // A text's signature stands behind it here and beside it there.
    let text_signature = |index: usize| match blocks.get(index + 1) {
        Some(Block::Thought(Thought { proof: Some(proof), .. })) if proof.kind == ProofKind::TextPart => {
            Some(&*proof.data)
        }
        _ => None,
    };
    for (index, block) in blocks.iter().enumerate() {
        match block {
            Block::Text(text) | Block::Refusal(text) | Block::Instruction(text) => w.object(|w| {
                w.key("text").str(text);
                sign(text_signature(index), w);
            }),
            Block::Thought(Thought { text, proof: Some(proof) }) => match proof.kind {
                ProofKind::CallPart => call_signature = Some(&*proof.data),
                ProofKind::TextPart => {
                    let is_beside = matches!(
                        index.checked_sub(1).and_then(|before| blocks.get(before)),
                        Some(Block::Text(_) | Block::Refusal(_))
                    );
                    if !is_beside {
                        w.object(|w| {
                            w.key("text").str("");
                            sign(Some(&*proof.data), w);
                        });
                    }
                }
                _ => w.object(|w| {
                    w.key("text").str(text);
                    w.key("thought").raw("true");
                    sign(Some(&*proof.data), w);
                }),
            },
            Block::Call(call) => {
                let mut signature = call_signature.take();
                if std::mem::take(&mut first_call) && signs && signature.is_none() {
                    notes.reshaped("reasoning history", "a call that this provider didn't make is marked as such");
                    signature = Some(GEMINI_STAND_IN);
                }
                w.object(|w| {
                    w.key("functionCall").object(|w| call_members(call, w));
                    sign(signature, w);
                });
            }
            Block::Media(media) => media_part(media, model.is_third(), notes, w),
            Block::Thought(_) | Block::Result(_) | Block::Citation(_) => {}
        }
    }
}

fn sign(signature: Option<&str>, w: &mut Writer) {
    if let Some(signature) = signature {
        w.key("thoughtSignature").str(signature);
    }
}

pub(in crate::gemini) fn call_members(call: &Call<'_>, w: &mut Writer) {
    if !call.id.is_empty() {
        w.key("id").str(&call.id);
    }
    w.key("name").str(&call.name);
    w.key("args").raw(&call.object());
}

/// A user's parts. Results are in the order of their calls: Gemini matches them by it where there are no ids.
fn user_parts(blocks: &[&Block<'_>], before: &[&Block<'_>], model: Model<'_>, notes: &mut Notes, w: &mut Writer) {
    let calls = before.iter().filter_map(|block| if let Block::Call(call) = block { Some(&*call.id) } else { None });
    let places: HashMap<&str, usize> = calls.enumerate().map(|(place, id)| (id, place)).collect();
    let mut blocks = blocks.to_vec();
    blocks.sort_by_key(|block| match block {
        Block::Result(result) => places.get(&*result.id).copied().unwrap_or(places.len()),
        _ => usize::MAX,
    });
    let mut moved: Vec<&Media<'_>> = Vec::new();
    let results = blocks.iter().take_while(|block| matches!(block, Block::Result(_))).count();
    for block in &blocks[..results] {
        if let Block::Result(result) = block {
            w.object(|w| w.key("functionResponse").object(|w| moved.extend(response(result, model, notes, w))));
        }
    }
    for media in moved {
        notes.moved("tool_result.media", "behind the results, since they can't hold it");
        media_part(media, model.is_third(), notes, w);
    }
    for block in &blocks[results..] {
        match block {
            Block::Text(text) | Block::Refusal(text) | Block::Instruction(text) => {
                w.object(|w| w.key("text").str(text));
            }
            Block::Media(media) => media_part(media, model.is_third(), notes, w),
            Block::Thought(_) | Block::Call(_) | Block::Result(_) | Block::Citation(_) => {}
        }
    }
}

/// Writes a response's members and gives the media that have to stand elsewhere.
fn response<'r, 'a>(
    result: &'r CallResult<'a>,
    model: Model<'_>,
    notes: &mut Notes,
    w: &mut Writer,
) -> Vec<&'r Media<'a>> {
    if !result.id.is_empty() {
        w.key("id").str(&result.id);
    }
    w.key("name").str(result.name.as_deref().unwrap_or("tool"));
    let text = result.text();
    if !result.is_error && is_said_as_it_is(&text) {
        w.key("response").raw(text.trim());
    } else {
        let key = if result.is_error { "error" } else { "output" };
        w.key("response").object(|w| w.key(key).str(&text));
    }
    let media =
        result.content.iter().filter_map(|block| if let Block::Media(media) = block { Some(media) } else { None });
    // From Gemini 3 on a response holds images and documents ("Multimodal function responses").
    let (within, outside): (Vec<_>, Vec<_>) = media.partition(|media| {
        model.is_third()
            && matches!(media.kind, MediaKind::Image | MediaKind::Document)
            && !matches!(media.source, Source::Url(_))
    });
    if !within.is_empty() {
        w.key("parts").array(|w| within.iter().for_each(|media| media_part(media, false, notes, w)));
    }
    outside
}

/// A text that is an object goes as one, unless it would be read otherwise: by the keys that have a meaning of their own, or
/// by a `$ref`, which Gemini takes for a reference to the response's parts.
fn is_said_as_it_is(text: &str) -> bool {
    if !text.trim_start().starts_with('{') || text.contains("\"$ref\"") {
        return false;
    }
    let Ok(view) = View::parse(text.as_bytes()) else { return false };
    let own = ["output", "result", "error"];
    view.kind() == Kind::Object
        && view.entries().next().is_some()
        && !view.entries().any(|entry| own.iter().any(|key| entry.is(key)))
        && !(view.entries().take(3).count() == 2 && view.get("name").is_some() && view.get("content").is_some())
}

/// Writes a part of an image or the like. `resolves`: it may say in which resolution the model is to see it.
pub(in crate::gemini) fn media_part(media: &Media<'_>, resolves: bool, notes: &mut Notes, w: &mut Writer) {
    // Only Vertex AI has a field for a name.
    if media.name.is_some() {
        notes.left_out("document.name");
    }
    let detail = media.detail.as_deref().filter(|detail| *detail != "auto");
    let level = detail.filter(|_| resolves).and_then(resolution::level);
    if detail.is_some() && level.is_none() {
        notes.left_out("image.detail");
    }
    w.object(|w| {
        match &media.source {
            Source::Data(data) => w.key("inlineData").object(|w| {
                w.key("mimeType").str(media.mime_or_default());
                w.key("data").str(data);
            }),
            Source::Text(text) => w.key("inlineData").object(|w| {
                w.key("mimeType").str(media.mime.as_deref().unwrap_or("text/plain"));
                w.key("data").str(&STANDARD.encode(text.as_bytes()));
            }),
            Source::Url(url) => w.key("fileData").object(|w| {
                let mime = media.mime.as_deref().or_else(|| mime_of(url));
                w.key("mimeType").str(mime.unwrap_or(media.mime_or_default()));
                w.key("fileUri").str(url);
            }),
        }
        if let Some(level) = level {
            w.key("mediaResolution").object(|w| w.key("level").str(level));
        }
    });
}

/// The type that an address's ending tells.
fn mime_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "mp3" => "audio/mp3",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        _ => return None,
    })
}
