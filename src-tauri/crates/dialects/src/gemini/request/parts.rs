//! Reading a content's parts.

use std::borrow::Cow;

use super::is_film_address;
use super::resolution::Resolution;
use crate::form::{
    Block, Call, CallResult, GEMINI_STAND_IN, Media, MediaKind, Passage, Proof, ProofKind, SEAL, Source, Thought,
};
use crate::gemini::{camel, carried, either};
use crate::json::{Kind, View};
use crate::notes::Notes;

/// The other text that Gemini takes for a signature.
const OTHER_STAND_IN: &str = "context_engineering_is_the_way_to_go";

/// Reads the blocks of a content behind those that the same speaker has said before.
pub(super) fn blocks<'a>(content: View<'a>, blocks: &mut Vec<Block<'a>>, notes: &mut Notes) {
    for part in content.get("parts").into_iter().flat_map(View::items) {
        read(part, blocks, notes);
    }
}

fn read<'a>(part: View<'a>, blocks: &mut Vec<Block<'a>>, notes: &mut Notes) {
    let mut is_thought = false;
    let mut signature = None;
    let mut body = None;
    let mut resolution = None;
    for entry in part.entries().filter(|entry| !entry.value.is_null()) {
        let key = camel(&entry.key());
        match &*key {
            "thought" => is_thought = entry.value.bool() == Some(true),
            "thoughtSignature" => signature = entry.value.str().filter(|text| !text.is_empty()),
            "text" | "functionCall" | "functionResponse" | "inlineData" | "fileData" => body = Some((key, entry.value)),
            "mediaResolution" => resolution = Resolution::read(entry.value),
            key => notes.left_out(format!("contents.{key}")),
        }
    }
    match body.as_ref().map(|(key, value)| (&**key, *value)) {
        Some(("text", value)) if is_thought => {
            let proof = signature.and_then(|signature| proof(ProofKind::ThoughtPart, signature));
            think(value.str().unwrap_or_default(), proof, blocks);
        }
        Some(("functionCall", call)) => {
            if let Some(signature) = signature.and_then(meaningful) {
                match Passage::open_all(&signature) {
                    Some(passages) => carried::bring_back(passages, blocks),
                    None => think(Cow::Borrowed(""), Some(Proof::new(ProofKind::CallPart, signature)), blocks),
                }
            }
            blocks.push(Block::Call(read_call(call)));
        }
        Some(("functionResponse", response)) => blocks.push(Block::Result(read_response(response, notes))),
        Some(("inlineData" | "fileData", data)) => {
            let media = media(data).map(|mut media| {
                if let Some(resolution) = resolution {
                    resolution.say(&mut media, "contents.mediaResolution", notes);
                }
                Block::Media(media)
            });
            blocks.extend(media);
            if signature.is_some() {
                notes.left_out("contents.thoughtSignature");
            }
        }
        text => {
            if let Some((_, text)) = text {
                blocks.extend(text.str().map(Block::Text));
            }
            if let Some(proof) = signature.and_then(|signature| proof(ProofKind::TextPart, signature)) {
                think(Cow::Borrowed(""), Some(proof), blocks);
            }
        }
    }
}

/// A signature that proves something: ours sealed, which clients in Python write in the alphabet for URLs, or Gemini's own.
fn meaningful(signature: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if signature == GEMINI_STAND_IN || signature == OTHER_STAND_IN {
        return None;
    }
    Some(if signature.starts_with(SEAL) { standard_base64(signature) } else { signature })
}

fn proof(kind: ProofKind, signature: Cow<'_, str>) -> Option<Proof<'_>> {
    meaningful(signature).map(|signature| Proof::read(kind, signature))
}

/// Reasoning in several parts is one, as far as nothing proves a part of it.
fn think<'a>(text: Cow<'a, str>, proof: Option<Proof<'a>>, blocks: &mut Vec<Block<'a>>) {
    let ends = proof.as_ref().is_none_or(|proof| proof.kind.ends_text());
    match blocks.last_mut() {
        Some(Block::Thought(Thought { text: before, proof: slot @ None })) if ends => {
            if !text.is_empty() {
                before.to_mut().push_str(&text);
            }
            *slot = proof;
        }
        _ => blocks.push(Block::Thought(Thought { text, proof })),
    }
}

fn read_call(call: View<'_>) -> Call<'_> {
    let [id, name, args] = call.pick(["id", "name", "args"]);
    Call {
        id: id.and_then(View::str).unwrap_or_default(),
        name: name.and_then(View::str).unwrap_or_default(),
        arguments: Cow::Borrowed(args.map_or("{}", View::raw)),
        custom: false,
    }
}

fn read_response<'a>(response: View<'a>, notes: &mut Notes) -> CallResult<'a> {
    let [id, name, told, parts] = response.pick(["id", "name", "response", "parts"]);
    for entry in response.entries().filter(|entry| !entry.value.is_null()) {
        if !["id", "name", "response", "parts"].iter().any(|key| entry.is(key)) {
            notes.left_out(format!("functionResponse.{}", entry.key()));
        }
    }
    let (text, is_error) = told.map(said).unwrap_or_default();
    let mut content = Vec::new();
    for part in parts.into_iter().flat_map(View::items) {
        let data = either(part, "inlineData", "inline_data").or_else(|| either(part, "fileData", "file_data"));
        match data.and_then(media) {
            Some(media) => content.push(Block::Media(media)),
            None => content.extend(part.get_str("text").map(Block::Text)),
        }
    }
    if !text.is_empty() || content.is_empty() {
        content.insert(0, Block::Text(text));
    }
    CallResult {
        id: id.and_then(View::str).unwrap_or_default(),
        name: name.and_then(View::str),
        content,
        is_error,
        custom: false,
    }
}

/// What a response says, and whether that is an error. `output` and `error` are the keys that Gemini's documentation names;
/// `result` is its own examples', and `name` with `content` the Vercel AI SDK's.
pub(super) fn said(response: View<'_>) -> (Cow<'_, str>, bool) {
    let text = |view: View<'_>| {
        view.str().map_or_else(|| Cow::Owned(view.raw().to_owned()), |text| Cow::Owned(text.into_owned()))
    };
    if response.kind() != Kind::Object {
        return (text(response), false);
    }
    let [output, result, error, name, content] = response.pick(["output", "result", "error", "name", "content"]);
    match (response.entries().take(3).count(), output.or(result), error) {
        (1, Some(output), _) => (text(output), false),
        (1, _, Some(error)) => (text(error), true),
        (2, None, None) if name.is_some() && content.is_some() => (content.map(text).unwrap_or_default(), false),
        (0, ..) => (Cow::Borrowed(""), false),
        _ => (Cow::Borrowed(response.raw()), output.or(result).is_none() && error.is_some()),
    }
}

fn media(data: View<'_>) -> Option<Media<'_>> {
    let [mime, mime_snake, bytes, uri, uri_snake, name, name_snake] =
        data.pick(["mimeType", "mime_type", "data", "fileUri", "file_uri", "displayName", "display_name"]);
    let mime = mime.or(mime_snake).and_then(View::str).filter(|mime| !mime.is_empty());
    let source = match (bytes.and_then(View::str), uri.or(uri_snake).and_then(View::str)) {
        (Some(bytes), _) => Source::Data(standard_base64(bytes)),
        (None, Some(uri)) => Source::Url(uri),
        (None, None) => return None,
    };
    let kind = match (&mime, &source) {
        (None, Source::Url(uri)) if is_film_address(uri) => MediaKind::Video,
        (mime, _) => MediaKind::of_mime(mime.as_deref().unwrap_or_default()),
    };
    let name = name.or(name_snake).and_then(View::str);
    Some(Media { kind, mime, source, name, detail: None })
}

/// Protobuf's JSON takes both of base64's alphabets, and Google's Python SDK writes the one for URLs; other APIs take the
/// standard one alone (RFC 4648).
fn standard_base64(data: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr2(b'-', b'_', data.as_bytes()).is_some() {
        Cow::Owned(data.replace('-', "+").replace('_', "/"))
    } else {
        data
    }
}
