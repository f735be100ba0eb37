//! Images and documents.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::form::{Block, Media, MediaKind, Source};
use crate::glance::is_filled;
use crate::json::{View, Writer};
use crate::notes::Notes;
use crate::setting::brief;

/// Reads an image block.
pub(super) fn image<'a>(block: View<'a>, out: &mut Vec<Block<'a>>, notes: &mut Notes) {
    let [source, transformations] = block.pick(["source", "transformations"]);
    if transformations.is_some_and(is_filled) {
        notes.left_out("messages.transformations");
    }
    let media = source.and_then(|source| match &*source.get_str("type")? {
        "base64" => Some(Media {
            kind: MediaKind::Image,
            mime: source.get_str("media_type"),
            source: Source::Data(source.get_str("data")?),
            name: None,
            detail: None,
        }),
        "url" => Some(Media::of_url(MediaKind::Image, source.get_str("url")?)),
        _ => None,
    });
    match media {
        Some(media) => out.push(Block::Media(media)),
        None => notes.left_out("messages.image"),
    }
}

/// Reads a document block. What it says about the document stands before it as a text, and a document that is put together
/// of blocks becomes one text, or the blocks.
pub(super) fn document<'a>(block: View<'a>, out: &mut Vec<Block<'a>>, notes: &mut Notes) {
    let [source, title, context, citations] = block.pick(["source", "title", "context", "citations"]);
    if citations.and_then(|citations| citations.get("enabled")).and_then(View::bool) == Some(true) {
        notes.left_out("messages.document.citations");
    }
    let Some(source) = source else { return notes.left_out("messages.document") };
    if let Some(context) = context.and_then(View::str).filter(|context| !context.is_empty()) {
        notes.reshaped("messages.document.context", "stands before the document as a text");
        out.push(Block::Text(context));
    }
    let name = title.and_then(View::str).filter(|title| !title.is_empty());
    let kind = source.get_str("type");
    let (mime, source) = match kind.as_deref() {
        Some("base64") => (source.get_str("media_type"), source.get_str("data").map(Source::Data)),
        Some("text") => (source.get_str("media_type"), source.get_str("data").map(Source::Text)),
        Some("url") => (None, source.get_str("url").map(Source::Url)),
        Some("content") => return content(source.get("content"), name, out, notes),
        _ => (None, None),
    };
    match source {
        Some(source) => out.push(Block::Media(Media { kind: MediaKind::Document, mime, source, name, detail: None })),
        None => notes.left_out("messages.document"),
    }
}

/// A document of a string, or of text and image blocks.
fn content<'a>(content: Option<View<'a>>, name: Option<Cow<'a, str>>, out: &mut Vec<Block<'a>>, notes: &mut Notes) {
    let Some(content) = content else { return notes.left_out("messages.document") };
    let is_text = |block: View<'_>| block.get_str("type").is_some_and(|kind| kind == "text");
    if content.str().is_some() || content.items().all(is_text) {
        let text = content.str().unwrap_or_else(|| Cow::Owned(texts(content)));
        let mime = Some(Cow::Borrowed("text/plain"));
        out.push(Block::Media(Media {
            kind: MediaKind::Document,
            mime,
            source: Source::Text(text),
            name,
            detail: None,
        }));
        return;
    }
    notes.reshaped("messages.document", "one of texts and images becomes these");
    out.extend(name.map(Block::Text));
    for block in content.items() {
        match block.get_str("type").as_deref() {
            Some("text") => out.extend(block.get_str("text").map(Block::Text)),
            Some("image") => image(block, out, notes),
            _ => notes.left_out("messages.document.content"),
        }
    }
}

/// All texts of a list of text blocks.
pub(super) fn texts(content: View<'_>) -> String {
    let texts: Vec<_> = content.items().filter_map(|block| block.get_str("text")).collect();
    texts.join("\n")
}

/// An image or document as the API takes it.
#[derive(Debug)]
pub(super) struct Item<'a> {
    kind: &'static str,
    source: ItemSource<'a>,
    title: Option<&'a str>,
}

#[derive(Debug)]
enum ItemSource<'a> {
    Base64 { mime: &'static str, data: &'a str },
    Url(&'a str),
    Text(Cow<'a, str>),
}

impl<'a> Item<'a> {
    /// `None`, and noted, for what the API doesn't take.
    pub(super) fn of(media: &'a Media<'_>, notes: &mut Notes) -> Option<Self> {
        let mime = media.mime.as_deref().unwrap_or_default();
        let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let item = match media.kind {
            MediaKind::Image => image_source(media, &mime).map(|source| Item { kind: "image", source, title: None }),
            MediaKind::Document => document_source(media, &mime).map(|source| {
                let title = media.name.as_deref().filter(|name| !name.is_empty());
                Item { kind: "document", source, title }
            }),
            MediaKind::Audio | MediaKind::Video => None,
        };
        let name = match media.kind {
            MediaKind::Image => "image",
            MediaKind::Document => "document",
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        };
        if item.is_none() {
            let what = if mime.is_empty() { "one" } else { &*mime };
            notes.add("not-carried", name, format!("Anthropic takes no {name} like {}", brief(what)));
            return None;
        }
        if media.detail.as_deref().is_some_and(|detail| detail != "auto") {
            notes.left_out("image.detail");
        }
        if media.kind == MediaKind::Image && media.name.is_some() {
            notes.left_out("image.name");
        }
        item
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.object(|w| {
            w.key("type").str(self.kind);
            w.key("source").object(|w| match &self.source {
                ItemSource::Base64 { mime, data } => {
                    w.key("type").str("base64");
                    w.key("media_type").str(mime);
                    w.key("data").str(data);
                }
                ItemSource::Url(url) => {
                    w.key("type").str("url");
                    w.key("url").str(url);
                }
                ItemSource::Text(text) => {
                    w.key("type").str("text");
                    w.key("media_type").str("text/plain");
                    w.key("data").str(text);
                }
            });
            if let Some(title) = self.title {
                w.key("title").str(title);
            }
        });
    }
}

/// "Vision": JPEG, PNG, GIF and WebP, in base64 or by URL.
fn image_source<'a>(media: &'a Media<'_>, mime: &str) -> Option<ItemSource<'a>> {
    match &media.source {
        Source::Data(data) => {
            let mime = match mime {
                "image/jpeg" | "image/jpg" => "image/jpeg",
                "image/png" | "" => "image/png",
                "image/gif" => "image/gif",
                "image/webp" => "image/webp",
                _ => return None,
            };
            Some(ItemSource::Base64 { mime, data })
        }
        Source::Url(url) => web(url).map(ItemSource::Url),
        Source::Text(_) => None,
    }
}

/// "PDF support" and "Citations": PDF in base64 or by URL, and plain text.
fn document_source<'a>(media: &'a Media<'_>, mime: &str) -> Option<ItemSource<'a>> {
    match &media.source {
        Source::Data(data) if mime == "application/pdf" || mime.is_empty() => {
            Some(ItemSource::Base64 { mime: "application/pdf", data })
        }
        Source::Data(data) if is_text(mime) => {
            let text = String::from_utf8(STANDARD.decode(data.as_bytes()).ok()?).ok()?;
            filled(Cow::Owned(text))
        }
        Source::Data(_) => None,
        Source::Url(url) => web(url).map(ItemSource::Url),
        Source::Text(text) => filled(Cow::Borrowed(text)),
    }
}

fn filled(text: Cow<'_, str>) -> Option<ItemSource<'_>> {
    (!text.trim().is_empty()).then_some(ItemSource::Text(text))
}

fn web(url: &str) -> Option<&str> {
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

fn is_text(mime: &str) -> bool {
    const TEXTS: [&str; 6] = [
        "application/json",
        "application/xml",
        "application/yaml",
        "application/x-yaml",
        "application/javascript",
        "application/toml",
    ];
    mime.starts_with("text/") || TEXTS.contains(&mime)
}
