//! Reading messages.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::form::{Block, Call, CallResult, Media, MediaKind, Proof, ProofKind, Request, Role, Source, Thought, Turn};
use crate::glance::is_filled;
use crate::json::{Kind, View};
use crate::notes::Notes;

use super::{filled, note_others};
use crate::openai_chat::details;

pub(super) fn read<'a>(root: View<'a>, request: &mut Request<'a>) {
    // Calls of custom tools so far: a result doesn't say which kind of call it answers.
    let mut custom: HashSet<Cow<'a, str>> = HashSet::new();
    for (index, message) in root.get("messages").into_iter().flat_map(View::items).enumerate() {
        let role = message.get_str("role");
        match role.as_deref() {
            Some("system" | "developer") => {
                note_others(message, "messages", &["role", "content"], &mut request.notes);
                let blocks = content(message.get("content"), &mut request.notes);
                let texts = blocks.into_iter().filter_map(|block| match block {
                    Block::Text(text) => Some(text),
                    _ => None,
                });
                request.instruct(texts.collect(), format!("messages[{index}]"));
            }
            Some("assistant") => {
                let blocks = assistant(message, &mut request.notes);
                custom.extend(blocks.iter().filter_map(|block| match block {
                    Block::Call(call) if call.custom => Some(call.id.clone()),
                    _ => None,
                }));
                request.turns.push(Turn { role: Role::Assistant, blocks });
            }
            Some("tool" | "function") => {
                let result = result(message, &custom, &mut request.notes);
                request.turns.push(Turn { role: Role::User, blocks: vec![Block::Result(result)] });
            }
            role => {
                if role != Some("user") {
                    request.notes.reshaped("messages", "a message of another role is taken for the user's");
                }
                note_others(message, "messages", &["role", "content"], &mut request.notes);
                let blocks = content(message.get("content"), &mut request.notes);
                request.turns.push(Turn { role: Role::User, blocks });
            }
        }
    }
}

fn result<'a>(message: View<'a>, custom: &HashSet<Cow<'a, str>>, notes: &mut Notes) -> CallResult<'a> {
    note_others(message, "messages", &["role", "content", "tool_call_id", "name"], notes);
    let [id, name, own] = message.pick(["tool_call_id", "name", "content"]);
    let id = filled(id).unwrap_or_default();
    CallResult {
        custom: custom.contains(&id),
        // Results of the old `function_call` have a name and no id.
        id,
        name: filled(name),
        content: content(own, notes),
        is_error: false,
    }
}

fn assistant<'a>(message: View<'a>, notes: &mut Notes) -> Vec<Block<'a>> {
    const KNOWN: [&str; 11] = [
        "role",
        "content",
        "refusal",
        "reasoning_content",
        "reasoning",
        "reasoning_details",
        "tool_calls",
        "function_call",
        "images",
        // State at the provider, which no other can be asked with.
        "audio",
        // An answer's own, which clients send back with it.
        "annotations",
    ];
    note_others(message, "messages", &KNOWN, notes);
    let [own, refusal, reasoning_content, reasoning, details, calls, old_call, images, annotations] = message.pick([
        "content",
        "refusal",
        "reasoning_content",
        "reasoning",
        "reasoning_details",
        "tool_calls",
        "function_call",
        "images",
        "annotations",
    ]);
    if annotations.is_some_and(is_filled) {
        notes.left_out("messages.annotations");
    }
    let plain = filled(reasoning_content).or_else(|| filled(reasoning));
    let mut blocks: Vec<Block<'a>> = details::thoughts(details, plain).into_iter().map(Block::Thought).collect();
    blocks.extend(content(own, notes));
    blocks.extend(filled(refusal).map(Block::Refusal));
    blocks.extend(images.into_iter().flat_map(View::items).filter_map(|image| image_of(image.get("image_url"))));
    for call in calls.into_iter().flat_map(View::items) {
        self::call(call, &mut blocks, notes);
    }
    if let Some(function) = old_call.filter(|call| is_filled(*call)) {
        blocks.push(Block::Call(call_of(Cow::Borrowed(""), function, false)));
    }
    blocks
}

fn call<'a>(call: View<'a>, blocks: &mut Vec<Block<'a>>, notes: &mut Notes) {
    note_others(call, "messages.tool_calls", &["id", "type", "index", "function", "custom", "extra_content"], notes);
    let [id, function, custom, extra] = call.pick(["id", "function", "custom", "extra_content"]);
    let Some(inner) = custom.or(function) else {
        notes.left_out("messages.tool_calls of another kind");
        return;
    };
    if let Some(extra) = extra {
        note_others(extra, "messages.tool_calls.extra_content", &["google"], notes);
        let signature = filled(extra.get("google").and_then(|google| google.get("thought_signature")));
        blocks.extend(signature.map(|signature| {
            let proof = Some(Proof::read(ProofKind::CallPart, signature));
            Block::Thought(Thought { text: Cow::Borrowed(""), proof })
        }));
    }
    blocks.push(Block::Call(call_of(filled(id).unwrap_or_default(), inner, custom.is_some())));
}

fn call_of<'a>(id: Cow<'a, str>, inner: View<'a>, custom: bool) -> Call<'a> {
    let [name, arguments, input] = inner.pick(["name", "arguments", "input"]);
    let arguments = if custom { input } else { arguments };
    Call {
        id,
        name: filled(name).unwrap_or_default(),
        // A string; some send the object itself.
        arguments: arguments.map(|value| value.str().unwrap_or(Cow::Borrowed(value.raw()))).unwrap_or_default(),
        custom,
    }
}

/// A string or parts.
fn content<'a>(content: Option<View<'a>>, notes: &mut Notes) -> Vec<Block<'a>> {
    let Some(content) = content else { return Vec::new() };
    if let Some(text) = content.str() {
        return if text.is_empty() { Vec::new() } else { vec![Block::Text(text)] };
    }
    content.items().filter_map(|item| part(item, notes)).collect()
}

fn part<'a>(part: View<'a>, notes: &mut Notes) -> Option<Block<'a>> {
    let kind = part.get_str("type")?;
    if !["text", "refusal", "thinking", "image_url", "input_audio", "file", "video_url", "document_url"]
        .contains(&&*kind)
    {
        notes.left_out(format!("messages.content of type {kind}"));
        return None;
    }
    // Of Mistral: whether the thinking is over, and a document's name.
    note_others(part, "messages", &["type", &kind, "closed", "document_name"], notes);
    let value = part.get(&kind)?;
    match &*kind {
        "text" => filled(Some(value)).map(Block::Text),
        "refusal" => filled(Some(value)).map(Block::Refusal),
        "thinking" => thinking(value),
        "image_url" => image(value, notes),
        "input_audio" => audio(value, notes),
        "file" => file(value, notes),
        "video_url" => of_url(MediaKind::Video, Some(value)),
        _ => of_url(MediaKind::Document, Some(value)),
    }
}

/// Mistral's: a text, or parts that are texts.
fn thinking<'a>(value: View<'a>) -> Option<Block<'a>> {
    let text = value.str().unwrap_or_else(|| {
        let texts: Vec<_> = value.items().filter_map(|part| part.get_str("text")).collect();
        Cow::Owned(texts.concat())
    });
    (!text.is_empty()).then_some(Block::Thought(Thought { text, proof: None }))
}

fn image<'a>(value: View<'a>, notes: &mut Notes) -> Option<Block<'a>> {
    if value.kind() == Kind::Object {
        note_others(value, "messages.image_url", &["url", "detail"], notes);
    }
    image_of(Some(value))
}

fn image_of<'a>(value: Option<View<'a>>) -> Option<Block<'a>> {
    let detail = filled(value.and_then(|value| value.get("detail"))).filter(|detail| detail != "auto");
    match of_url(MediaKind::Image, value)? {
        Block::Media(media) => Some(Block::Media(Media { detail, ..media })),
        block => Some(block),
    }
}

/// `{"url": …}`; Mistral also takes the URL itself.
fn of_url<'a>(kind: MediaKind, value: Option<View<'a>>) -> Option<Block<'a>> {
    let value = value?;
    let url = filled(Some(value)).or_else(|| filled(value.get("url")))?;
    Some(Block::Media(Media::of_url(kind, url)))
}

fn audio<'a>(value: View<'a>, notes: &mut Notes) -> Option<Block<'a>> {
    note_others(value, "messages.input_audio", &["data", "format"], notes);
    let [data, format] = value.pick(["data", "format"]);
    let mime = match filled(format).as_deref() {
        Some("mp3") => "audio/mpeg".to_owned(),
        Some(format) => format!("audio/{format}"),
        None => "audio/wav".to_owned(),
    };
    let data = filled(data)?;
    // Alibaba takes a URL here.
    if let Some(Block::Media(media)) =
        data.contains(':').then(|| Block::Media(Media::of_url(MediaKind::Audio, data.clone())))
    {
        let mime = Some(media.mime.unwrap_or(Cow::Owned(mime)));
        return Some(Block::Media(Media { mime, ..media }));
    }
    Some(Block::Media(Media::of_data(MediaKind::Audio, Cow::Owned(mime), data)))
}

fn file<'a>(value: View<'a>, notes: &mut Notes) -> Option<Block<'a>> {
    note_others(value, "messages.file", &["file_id", "file_data", "filename"], notes);
    let [data, name] = value.pick(["file_data", "filename"]);
    let data = filled(data)?;
    let name = filled(name);
    let mut media = if data.contains(':') {
        Media::of_url(MediaKind::Document, data)
    } else {
        // Bare base64, which some providers take.
        Media::of_data(MediaKind::Document, Cow::Borrowed("application/pdf"), data)
    };
    if let (Some(mime), Source::Data(_)) = (&media.mime, &media.source) {
        media.kind = MediaKind::of_mime(mime);
    }
    media.name = name;
    Some(Block::Media(media))
}
