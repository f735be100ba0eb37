//! A part of a message or of what a tool gave.

use std::borrow::Cow;

use crate::form::{Block, Media, MediaKind};
use crate::glance::is_filled;
use crate::json::{Kind, View};
use crate::notes::Notes;

/// The blocks of a content: a string, or a list of parts.
pub(super) fn blocks<'a>(content: Option<View<'a>>, notes: &mut Notes) -> Vec<Block<'a>> {
    let Some(content) = content else { return Vec::new() };
    match content.str() {
        Some(text) => vec![Block::Text(text)],
        None => content.items().filter_map(|item| part(item, notes)).collect(),
    }
}

fn part<'a>(part: View<'a>, notes: &mut Notes) -> Option<Block<'a>> {
    for entry in part.entries().filter(|entry| is_filled(entry.value)) {
        match &*entry.key() {
            "type" | "text" | "refusal" | "image_url" | "file_id" | "file_url" | "file_data" | "filename"
            | "detail" | "input_audio" => {}
            other => notes.left_out(format!("input.{other}")),
        }
    }
    let kind = part.get_str("type");
    match kind.as_deref() {
        Some("input_image") => Some(Block::Media(image(part)?)),
        Some("input_file") => {
            if part.get_str("detail").is_some_and(|detail| detail != "auto") {
                notes.left_out("input_file.detail");
            }
            Some(Block::Media(file(part)?))
        }
        Some("input_audio") => Some(Block::Media(audio(part.get("input_audio")?)?)),
        Some("refusal") => part.get_str("refusal").map(Block::Refusal),
        _ => part.get_str("text").map(Block::Text),
    }
}

fn image(part: View<'_>) -> Option<Media<'_>> {
    let url = part.get("image_url")?;
    // Chat's clients put the URL into an object.
    let url = url.str().or_else(|| url.get_str("url"))?;
    let detail = part.get_str("detail").filter(|detail| detail != "auto");
    Some(Media { detail, ..Media::of_url(MediaKind::Image, url) })
}

fn file(part: View<'_>) -> Option<Media<'_>> {
    let [data, url, name] = part.pick(["file_data", "file_url", "filename"]).map(|value| value.and_then(View::str));
    let media = match (data, url) {
        (Some(data), _) if data.starts_with("data:") => {
            let media = Media::of_url(MediaKind::Document, data);
            Media { kind: media.mime.as_deref().map_or(MediaKind::Document, MediaKind::of_mime), ..media }
        }
        (Some(data), _) => {
            let mime = mime_of_name(name.as_deref().unwrap_or_default());
            Media::of_data(MediaKind::of_mime(mime), Cow::Borrowed(mime), data)
        }
        (None, Some(url)) => Media::of_url(MediaKind::Document, url),
        (None, None) => return None,
    };
    Some(Media { name, ..media })
}

fn mime_of_name(name: &str) -> &'static str {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "txt" | "text" | "log" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "json" => "application/json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        // What the API takes from everyone.
        _ => "application/pdf",
    }
}

fn audio(audio: View<'_>) -> Option<Media<'_>> {
    let mime = match audio.get_str("format").as_deref() {
        Some("mp3") => "audio/mpeg",
        Some("wav") | None => "audio/wav",
        Some(other) => {
            return Some(Media::of_data(MediaKind::Audio, format!("audio/{other}").into(), audio.get_str("data")?));
        }
    };
    Some(Media::of_data(MediaKind::Audio, Cow::Borrowed(mime), audio.get_str("data")?))
}

/// The texts of a list whose elements have one, such as a reasoning item's summary, parted by a blank line.
pub(super) fn joined(list: Option<View<'_>>) -> Cow<'_, str> {
    let list = list.filter(|list| list.kind() == Kind::Array);
    let mut texts = list.into_iter().flat_map(View::items).filter_map(|part| part.get_str("text"));
    let first = texts.next().unwrap_or_default();
    texts.fold(first, |all, text| Cow::Owned(format!("{all}\n\n{text}")))
}
