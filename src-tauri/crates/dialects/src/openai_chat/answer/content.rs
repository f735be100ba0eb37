//! What a message or a delta says, but for its calls.

use std::borrow::Cow;

use crate::form::{Citation, Media, MediaKind, Piece};
use crate::json::{Kind, View};
use crate::openai_chat::details;

fn filled<'a>(value: Option<View<'a>>) -> Option<Cow<'a, str>> {
    value.and_then(View::str).filter(|text| !text.is_empty())
}

/// What a message or a delta holds that [`pieces`] leaves to others, found by the same scan.
pub(super) struct Rest<'a> {
    pub(super) tool_calls: Option<View<'a>>,
    /// The form that `tool_calls` replaced.
    pub(super) function_call: Option<View<'a>>,
    audio: Option<View<'a>>,
}

impl<'a> Rest<'a> {
    /// The id of an answer's sound, by which a later request tells it.
    pub(super) fn sound(&self) -> Option<View<'a>> {
        self.audio?.get("id")
    }
}

pub(super) fn pieces<'a>(message: View<'a>, out: &mut Vec<Piece<'a>>) -> Rest<'a> {
    let [
        content,
        refusal,
        reasoning_content,
        reasoning,
        reasoning_details,
        annotations,
        images,
        audio,
        tool_calls,
        function_call,
    ] = message.pick([
        "content",
        "refusal",
        "reasoning_content",
        "reasoning",
        "reasoning_details",
        "annotations",
        "images",
        "audio",
        "tool_calls",
        "function_call",
    ]);
    // Reasoning isn't OpenAI's own here: DeepSeek, Qwen, Moonshot and others have the first, Groq the second, OpenRouter
    // the third with the text of the second in it.
    let details = reasoning_details.map(details::pieces).unwrap_or_default();
    if !details.iter().any(|piece| matches!(piece, Piece::Thought(_))) {
        out.extend(filled(reasoning_content).or_else(|| filled(reasoning)).map(Piece::Thought));
    }
    out.extend(details);
    if let Some(content) = content {
        out.extend(filled(Some(content)).map(Piece::Text));
        // Mistral's reasoning models give parts.
        content.items().for_each(|item| part(item, out));
    }
    out.extend(filled(refusal).map(Piece::Refusal));
    out.extend(annotations.into_iter().flat_map(View::items).map(citation));
    out.extend(images.into_iter().flat_map(View::items).map(|item| image(item.get("image_url"))));
    if audio.is_some() {
        out.push(Piece::Other("audio"));
    }
    Rest { tool_calls, function_call, audio }
}

fn part<'a>(part: View<'a>, out: &mut Vec<Piece<'a>>) {
    let [kind, text, refusal, thinking, url] = part.pick(["type", "text", "refusal", "thinking", "image_url"]);
    match kind.and_then(View::str).as_deref() {
        Some("text") => out.extend(filled(text).map(Piece::Text)),
        Some("refusal") => out.extend(filled(refusal).map(Piece::Refusal)),
        Some("thinking") => match thinking {
            Some(thinking) if thinking.kind() == Kind::Array => {
                out.extend(thinking.items().filter_map(|part| filled(part.get("text"))).map(Piece::Thought));
            }
            thinking => out.extend(filled(thinking).map(Piece::Thought)),
        },
        Some("image_url") => out.push(image(url)),
        _ => out.push(Piece::Other("content of another kind")),
    }
}

fn image<'a>(image: Option<View<'a>>) -> Piece<'a> {
    let url = image.and_then(|image| filled(Some(image)).or_else(|| filled(image.get("url"))));
    url.map_or(Piece::Other("an image"), |url| Piece::Media(Media::of_url(MediaKind::Image, url)))
}

fn citation<'a>(annotation: View<'a>) -> Piece<'a> {
    let Some(source) = annotation.get("url_citation") else { return Piece::Other("an annotation of another kind") };
    // OpenRouter has the words of the source.
    let [url, title, content] = source.pick(["url", "title", "content"]);
    Piece::Citation(Citation {
        url: filled(url).unwrap_or_default(),
        title: filled(title).unwrap_or_default(),
        quote: filled(content),
    })
}
