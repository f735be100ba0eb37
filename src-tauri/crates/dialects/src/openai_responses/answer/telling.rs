//! What the items of an answer say, each thing once.
//!
//! A stream tells everything three times over: piece by piece, whole when a part or item is done, and again in the response
//! that ends it. Providers leave out one or the other, so what has been told is remembered for each item.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::form::{Citation, Media, MediaKind, Piece, Proof, ProofKind};
use crate::json::View;

/// The item of an image that the model makes. It is told when it is whole.
pub(super) const IMAGE: &str = "image_generation_call";

/// What has been told of which item, by its place in the output. An item's id is no key: some providers give it anew in
/// each event.
#[derive(Debug, Default)]
pub(super) struct Telling {
    items: HashMap<u64, Told>,
    /// The model has said that it won't answer.
    pub(super) refused: bool,
}

#[derive(Debug, Default)]
struct Told {
    /// Parts of a message's content whose text has been told.
    parts: Vec<u64>,
    /// Of sources, how many.
    sources: usize,
    /// Which text of reasoning is told, and the part of it that was last.
    thought: Option<(Layer, u64)>,
    call: Progress,
    /// Something of another kind has been named.
    named: bool,
    over: bool,
}

/// Reasoning is told as its summary or, by open models, as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Summary,
    Itself,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    #[default]
    Unheard,
    Begun,
    /// There were arguments.
    Told,
    Ended,
}

/// A text that is a part's next piece, or the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Piece,
    Whole,
}

impl Telling {
    /// An item begins.
    pub(super) fn begin<'a>(&mut self, index: u64, item: View<'a>, pieces: &mut Vec<Piece<'a>>) {
        let told = self.items.entry(index).or_default();
        let kind = item.get_str("type").unwrap_or_default();
        match &*kind {
            "message" | "reasoning" | IMAGE => {}
            "function_call" | "custom_tool_call" => told.begin_call(index, item, &kind, pieces),
            kind => told.name(kind, pieces),
        }
    }

    /// An item's content part says something.
    pub(super) fn text<'a>(
        &mut self,
        (index, part): (u64, u64),
        piece: Piece<'a>,
        extent: Extent,
        pieces: &mut Vec<Piece<'a>>,
    ) {
        self.refused |= matches!(piece, Piece::Refusal(_));
        self.items.entry(index).or_default().text(part, piece, extent, pieces);
    }

    /// A source is cited.
    pub(super) fn source<'a>(&mut self, index: u64, annotation: View<'a>, pieces: &mut Vec<Piece<'a>>) {
        self.items.entry(index).or_default().sources += 1;
        pieces.push(source(annotation));
    }

    /// A part of reasoning.
    pub(super) fn thought<'a>(
        &mut self,
        (index, part): (u64, u64),
        layer: Layer,
        text: Cow<'a, str>,
        extent: Extent,
        pieces: &mut Vec<Piece<'a>>,
    ) {
        self.items.entry(index).or_default().think(part, layer, text, extent, pieces);
    }

    /// Arguments of a call.
    pub(super) fn arguments<'a>(
        &mut self,
        index: u64,
        text: Cow<'a, str>,
        extent: Extent,
        pieces: &mut Vec<Piece<'a>>,
    ) {
        let told = self.items.entry(index).or_default();
        told.arguments(index, text, extent, pieces);
    }

    /// An item is complete: what of it has not been told.
    pub(super) fn end<'a>(&mut self, index: u64, item: View<'a>, pieces: &mut Vec<Piece<'a>>) {
        let told = self.items.entry(index).or_default();
        if std::mem::replace(&mut told.over, true) {
            return;
        }
        let kind = item.get_str("type").unwrap_or_default();
        match &*kind {
            "message" => {
                told.message(item, pieces);
                self.refused |= pieces.iter().any(|piece| matches!(piece, Piece::Refusal(_)));
            }
            "reasoning" => told.reasoning(item, pieces),
            "function_call" | "custom_tool_call" => {
                told.begin_call(index, item, &kind, pieces);
                let key = if kind == "function_call" { "arguments" } else { "input" };
                told.arguments(index, item.get_str(key).unwrap_or_default(), Extent::Whole, pieces);
            }
            IMAGE => match item.get_str("result") {
                Some(data) => pieces.push(Piece::Media(image(item, data))),
                None => told.name(&kind, pieces),
            },
            kind => told.name(kind, pieces),
        }
    }

    /// The whole response, at the end of a stream: its items if there were no events of any, else the rest of those that
    /// were begun.
    pub(super) fn rest<'a>(&mut self, output: View<'a>, pieces: &mut Vec<Piece<'a>>) {
        let none_heard = self.items.is_empty();
        for (index, item) in (0..).zip(output.items()) {
            if none_heard || self.items.contains_key(&index) {
                self.end(index, item, pieces);
            }
        }
    }
}

impl Told {
    fn text<'a>(&mut self, part: u64, piece: Piece<'a>, extent: Extent, pieces: &mut Vec<Piece<'a>>) {
        let is_new = !self.parts.contains(&part);
        if is_new {
            self.parts.push(part);
        }
        let is_empty = matches!(&piece, Piece::Text(text) | Piece::Refusal(text) if text.is_empty());
        if !is_empty && (is_new || extent == Extent::Piece) {
            pieces.push(piece);
        }
        // A whole that is empty says nothing yet of what may come.
        if is_new && is_empty {
            self.parts.pop();
        }
    }

    fn think<'a>(&mut self, part: u64, layer: Layer, text: Cow<'a, str>, extent: Extent, pieces: &mut Vec<Piece<'a>>) {
        let is_new = match self.thought {
            Some((told, last)) if told == layer => part > last,
            Some(_) => return,
            None => true,
        };
        if text.is_empty() || (extent == Extent::Whole && !is_new) {
            return;
        }
        if is_new && self.thought.is_some() {
            pieces.push(Piece::Thought(Cow::Borrowed("\n\n")));
        }
        if is_new {
            self.thought = Some((layer, part));
        }
        pieces.push(Piece::Thought(text));
    }

    fn begin_call<'a>(&mut self, slot: u64, item: View<'a>, kind: &str, pieces: &mut Vec<Piece<'a>>) {
        let [id, call_id, name] = item.pick(["id", "call_id", "name"]).map(|value| value.and_then(View::str));
        let name = name.unwrap_or_default();
        // A call that isn't named yet begins when it is done.
        if self.call == Progress::Unheard && !name.is_empty() {
            self.call = Progress::Begun;
            let id = call_id.or(id).unwrap_or_default();
            pieces.push(Piece::CallStart { slot, id, name, custom: kind == "custom_tool_call" });
        }
    }

    fn arguments<'a>(&mut self, slot: u64, text: Cow<'a, str>, extent: Extent, pieces: &mut Vec<Piece<'a>>) {
        if matches!(self.call, Progress::Unheard | Progress::Ended) {
            return;
        }
        if !text.is_empty() && (extent == Extent::Piece || self.call == Progress::Begun) {
            self.call = Progress::Told;
            pieces.push(Piece::CallArgs { slot, text });
        }
        if extent == Extent::Whole {
            self.call = Progress::Ended;
            pieces.push(Piece::CallEnd { slot });
        }
    }

    fn message<'a>(&mut self, item: View<'a>, pieces: &mut Vec<Piece<'a>>) {
        let told_before = self.sources > 0;
        for (part, content) in (0..).zip(item.get("content").into_iter().flat_map(View::items)) {
            if let Some(piece) = said(content) {
                self.text(part, piece, Extent::Whole, pieces);
            }
            if !told_before {
                pieces.extend(content.get("annotations").into_iter().flat_map(View::items).map(source));
            }
        }
    }

    fn reasoning<'a>(&mut self, item: View<'a>, pieces: &mut Vec<Piece<'a>>) {
        let [id, summary, content, encrypted] = item.pick(["id", "summary", "content", "encrypted_content"]);
        for (layer, parts) in [(Layer::Summary, summary), (Layer::Itself, content)] {
            for (part, text) in (0..).zip(parts.into_iter().flat_map(View::items)) {
                self.think(part, layer, text.get_str("text").unwrap_or_default(), Extent::Whole, pieces);
            }
        }
        let encrypted = encrypted.and_then(View::str).filter(|data| !data.is_empty());
        if let Some(data) = encrypted {
            let proof = Proof { id: id.and_then(View::str), ..Proof::new(ProofKind::Encrypted, data) };
            pieces.push(Piece::Proof(proof));
        } else if self.thought.is_some() {
            // So that what follows is not taken for more of it.
            pieces.push(Piece::Proof(Proof::new(ProofKind::Bare, Cow::Borrowed(""))));
        }
    }

    fn name(&mut self, kind: &str, pieces: &mut Vec<Piece<'_>>) {
        if !std::mem::replace(&mut self.named, true) {
            pieces.push(Piece::Other(other(kind)));
        }
    }
}

/// What a message's content part says.
pub(super) fn said(part: View<'_>) -> Option<Piece<'_>> {
    let [text, refusal] = part.pick(["text", "refusal"]).map(|value| value.and_then(View::str));
    text.map(Piece::Text).or_else(|| refusal.map(Piece::Refusal))
}

fn source(annotation: View<'_>) -> Piece<'_> {
    let [url, title] = annotation.pick(["url", "title"]).map(|value| value.and_then(View::str));
    match url {
        Some(url) => Piece::Citation(Citation { url, title: title.unwrap_or_default(), quote: None }),
        // Of a file that is kept at the provider.
        None => Piece::Other("a citation of a file"),
    }
}

fn image<'a>(item: View<'a>, data: Cow<'a, str>) -> Media<'a> {
    let mime = match item.get_str("output_format").as_deref() {
        Some("jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => "image/png",
    };
    Media::of_data(MediaKind::Image, Cow::Borrowed(mime), data)
}

/// The name of an item that the form doesn't carry.
fn other(kind: &str) -> &'static str {
    match kind {
        "web_search_call" => "a web search",
        "file_search_call" => "a file search",
        "code_interpreter_call" => "a run of code",
        IMAGE => "the making of an image",
        "mcp_call" | "mcp_list_tools" | "mcp_approval_request" => "an MCP call",
        "computer_call" => "a use of a computer",
        "local_shell_call" | "shell_call" | "apply_patch_call" => "a call of a native tool",
        "tool_search_call" | "tool_search_output" => "a search for tools",
        "program" | "program_output" => "a program",
        "compaction" => "a compaction",
        _ => "an item of another kind",
    }
}
