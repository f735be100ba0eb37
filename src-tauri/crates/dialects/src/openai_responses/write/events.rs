//! Writing a stream's events.
//!
//! Each item is opened, told piece by piece, told whole and closed before the next begins, and the last event holds the
//! whole answer once more.

use std::mem;

use super::error;
use super::item::{self, Call, Part};
use super::response::{self, Status};
use crate::error_write::ClientError;
use crate::form::{Citation, Media, MediaKind, Origin, Piece, Proof, SEAL, Source, Tally};
use crate::json::{View, Writer};
use crate::relay::Opening;
use crate::stream::{self, Event};

/// Writes a stream's events.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
    /// Items that are complete, as JSON text.
    output: Vec<String>,
    open: Option<Open>,
    /// The model has said that it won't answer.
    refused: bool,
    /// What there was no place for.
    untold: Vec<&'static str>,
    out: Events,
}

/// The events so far that have not been given, each with its number.
#[derive(Debug)]
struct Events {
    next: u64,
    /// Nobody wants them: a whole answer is made of the same pieces.
    silent: bool,
    list: Vec<Event>,
}

/// The item that is being told.
#[derive(Debug)]
enum Open {
    /// Its parts that are complete, and the one that is told.
    Message {
        id: String,
        parts: Vec<String>,
        part: Option<Part>,
    },
    Reasoning {
        id: String,
        text: String,
    },
    Call(Call),
}

impl Events {
    fn add(&mut self, kind: &'static str, fill: impl FnOnce(&mut Writer)) {
        if self.silent {
            return;
        }
        let data = Writer::write(|w| {
            w.key("type").str(kind);
            w.key("sequence_number").number(self.next);
            fill(w);
        });
        self.next += 1;
        self.list.push(Event::named(kind, data));
    }
}

/// Where an event within an item belongs.
struct Place<'a> {
    item_id: &'a str,
    output_index: u64,
}

impl Place<'_> {
    fn write(&self, w: &mut Writer) {
        w.key("item_id").str(self.item_id);
        w.key("output_index").number(self.output_index);
    }

    /// Of a content part, or a summary's.
    fn write_part(&self, w: &mut Writer, index_name: &str, index: usize) {
        self.write(w);
        w.key(index_name).number(index as u64);
    }
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        let out = Events { next: 0, silent: false, list: Vec::new() };
        EventWriter { opening, output: Vec::new(), open: None, refused: false, untold: Vec::new(), out }
    }

    /// One that only gathers the answer.
    pub(super) fn silent(opening: Opening) -> Self {
        let mut writer = EventWriter::new(opening);
        writer.out.silent = true;
        writer
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Text(text) => self.say(text, false),
            Piece::Refusal(text) => self.say(text, true),
            Piece::Thought(text) => self.think(text),
            Piece::Proof(proof) => self.prove(proof),
            Piece::CallStart { id, name, custom, .. } => self.begin_call(id, name, *custom),
            Piece::CallArgs { text, .. } => self.add_arguments(text),
            Piece::Citation(citation) => self.cite(citation),
            Piece::Media(media) => self.show(media),
            // A call is told as done when the next thing begins: only then is it known not to be cut off.
            Piece::CallEnd { .. } | Piece::Other(_) => {}
        }
    }

    /// Ends the last item: how the answer ended, and all items.
    pub(super) fn finish(&mut self, tally: &Tally) -> (Status<'static>, &[String]) {
        let status = Status::of(tally, self.refused);
        // Arguments that are whole were not cut off, though the answer was.
        let is_whole = match &self.open {
            Some(Open::Call(call)) => !call.custom && View::parse(call.arguments.as_bytes()).is_ok(),
            _ => false,
        };
        self.end_item(if is_whole { "completed" } else { status.word() });
        (status, &self.output)
    }

    fn index(&self) -> u64 {
        self.output.len() as u64
    }

    /// The id of the item that comes next. Its beginning is checked by OpenAI when the item is sent back.
    fn item_id(&self, prefix: &str) -> String {
        format!("{prefix}_{}_{}", self.opening.id, self.output.len())
    }

    /// Reasoning's id tells that it is not of this dialect's provider, if nothing else does.
    fn reasoning_id(&self) -> String {
        let mark = if self.opening.back.omits_proofs { format!("{SEAL}_") } else { String::new() };
        format!("rs_{mark}{}_{}", self.opening.id, self.output.len())
    }

    fn add_item(&mut self, item: &str) {
        let index = self.index();
        self.out.add("response.output_item.added", |w| {
            w.key("output_index").number(index);
            w.key("item").raw(item);
        });
    }

    fn finish_item(&mut self, item: String) {
        let index = self.index();
        self.out.add("response.output_item.done", |w| {
            w.key("output_index").number(index);
            w.key("item").raw(&item);
        });
        self.output.push(item);
    }

    /// Opens a message's part of the kind, if it isn't the open one.
    fn open_part(&mut self, is_refusal: bool) {
        match &self.open {
            Some(Open::Message { part: Some(part), .. }) if part.is_refusal == is_refusal => return,
            Some(Open::Message { .. }) => self.end_part(),
            _ => {
                self.end_item("completed");
                let id = self.item_id("msg");
                self.add_item(&item::message(&id, "in_progress", &[]));
                self.open = Some(Open::Message { id, parts: Vec::new(), part: None });
            }
        }
        let output_index = self.index();
        let Some(Open::Message { id, parts, part }) = &mut self.open else { return };
        let new = part.insert(Part::new(is_refusal));
        self.out.add("response.content_part.added", |w| {
            Place { item_id: id, output_index }.write_part(w, "content_index", parts.len());
            w.key("part").raw(&new.json());
        });
    }

    fn end_part(&mut self) {
        let output_index = self.index();
        let Some(Open::Message { id, parts, part }) = &mut self.open else { return };
        let Some(done) = part.take() else { return };
        let place = Place { item_id: id, output_index };
        let json = done.json();
        let kind = if done.is_refusal { "response.refusal.done" } else { "response.output_text.done" };
        self.out.add(kind, |w| {
            place.write_part(w, "content_index", parts.len());
            if done.is_refusal {
                w.key("refusal").str(&done.text);
            } else {
                w.key("text").str(&done.text);
                w.key("logprobs").array(|_| {});
            }
        });
        self.out.add("response.content_part.done", |w| {
            place.write_part(w, "content_index", parts.len());
            w.key("part").raw(&json);
        });
        parts.push(json);
    }

    fn say(&mut self, text: &str, is_refusal: bool) {
        self.refused |= is_refusal;
        self.open_part(is_refusal);
        let output_index = self.index();
        let Some(Open::Message { id, parts, part: Some(part) }) = &mut self.open else { return };
        part.text.push_str(text);
        let kind = if is_refusal { "response.refusal.delta" } else { "response.output_text.delta" };
        self.out.add(kind, |w| {
            Place { item_id: id, output_index }.write_part(w, "content_index", parts.len());
            w.key("delta").str(text);
            if !is_refusal {
                w.key("logprobs").array(|_| {});
            }
        });
    }

    fn cite(&mut self, citation: &Citation<'_>) {
        if citation.quote.is_some() {
            self.untold.push("the quotes of citations");
        }
        self.open_part(false);
        let output_index = self.index();
        let Some(Open::Message { id, parts, part: Some(part) }) = &mut self.open else { return };
        let number = part.annotations.len() as u64;
        let annotation = part.cite(citation);
        self.out.add("response.output_text.annotation.added", |w| {
            Place { item_id: id, output_index }.write_part(w, "content_index", parts.len());
            w.key("annotation_index").number(number);
            w.key("annotation").raw(&annotation);
        });
    }

    fn think(&mut self, text: &str) {
        if !matches!(self.open, Some(Open::Reasoning { .. })) {
            self.end_item("completed");
            self.begin_thought();
        }
        let output_index = self.index();
        let Some(Open::Reasoning { id, text: told }) = &mut self.open else { return };
        told.push_str(text);
        self.out.add("response.reasoning_summary_text.delta", |w| {
            Place { item_id: id, output_index }.write_part(w, "summary_index", 0);
            w.key("delta").str(text);
        });
    }

    fn begin_thought(&mut self) {
        let id = self.reasoning_id();
        self.add_item(&item::reasoning(&id, "", None));
        let place = Place { item_id: &id, output_index: self.index() };
        self.out.add("response.reasoning_summary_part.added", |w| {
            place.write_part(w, "summary_index", 0);
            w.key("part").raw(&item::summary(""));
        });
        self.open = Some(Open::Reasoning { id, text: String::new() });
    }

    /// Ends the reasoning that is open, or tells an item of a proof that stands alone.
    fn prove(&mut self, proof: &Proof<'_>) {
        let encrypted = (!self.opening.back.omits_proofs).then(|| proof.seal(&self.opening.maker));
        match self.open.take() {
            Some(Open::Reasoning { id, text }) => self.end_thought(&id, &text, encrypted.as_deref()),
            open => {
                self.open = open;
                self.end_item("completed");
                let Some(encrypted) = encrypted else { return };
                let id = self.reasoning_id();
                self.add_item(&item::reasoning(&id, "", None));
                self.finish_item(item::reasoning(&id, "", Some(&encrypted)));
            }
        }
    }

    fn end_thought(&mut self, id: &str, text: &str, encrypted: Option<&str>) {
        let place = Place { item_id: id, output_index: self.index() };
        self.out.add("response.reasoning_summary_text.done", |w| {
            place.write_part(w, "summary_index", 0);
            w.key("text").str(text);
        });
        self.out.add("response.reasoning_summary_part.done", |w| {
            place.write_part(w, "summary_index", 0);
            w.key("part").raw(&item::summary(text));
        });
        self.finish_item(item::reasoning(id, text, encrypted));
    }

    fn begin_call(&mut self, id: &str, name: &str, custom: bool) {
        self.end_item("completed");
        let origin = self.opening.back.origin(name).cloned();
        let prefix = match origin {
            Some(Origin::ToolSearch) => "tsc",
            _ if custom => "ctc",
            _ => "fc",
        };
        let call = Call {
            item_id: self.item_id(prefix),
            call_id: id.to_owned(),
            name: name.to_owned(),
            custom,
            origin,
            arguments: String::new(),
        };
        self.add_item(&call.json("in_progress"));
        self.open = Some(Open::Call(call));
    }

    fn add_arguments(&mut self, text: &str) {
        let output_index = self.index();
        let Some(Open::Call(call)) = &mut self.open else { return };
        call.arguments.push_str(text);
        if call.is_search() {
            return;
        }
        let kind = if call.custom {
            "response.custom_tool_call_input.delta"
        } else {
            "response.function_call_arguments.delta"
        };
        self.out.add(kind, |w| {
            Place { item_id: &call.item_id, output_index }.write(w);
            w.key("delta").str(text);
        });
    }

    /// Ends the item that is open.
    fn end_item(&mut self, status: &str) {
        // Arguments are JSON; a tool that takes none has an empty object.
        let is_empty = matches!(&self.open, Some(Open::Call(call)) if call.arguments.is_empty() && !call.custom);
        if is_empty && status == "completed" {
            self.add_arguments("{}");
        }
        self.end_part();
        match self.open.take() {
            Some(Open::Message { id, parts, .. }) => self.finish_item(item::message(&id, status, &parts)),
            Some(Open::Reasoning { id, text }) => self.end_thought(&id, &text, None),
            Some(Open::Call(call)) => self.end_call(&call, status),
            None => {}
        }
    }

    fn end_call(&mut self, call: &Call, status: &str) {
        let place = Place { item_id: &call.item_id, output_index: self.index() };
        let (kind, key) = if call.custom {
            ("response.custom_tool_call_input.done", "input")
        } else {
            ("response.function_call_arguments.done", "arguments")
        };
        if !call.is_search() {
            self.out.add(kind, |w| {
                place.write(w);
                w.key(key).str(&call.arguments);
            });
        }
        self.finish_item(call.json(status));
    }

    /// An image that the model made is what the tool for that would have given; other media have no place.
    fn show(&mut self, media: &Media<'_>) {
        let (MediaKind::Image, Source::Data(data)) = (media.kind, &media.source) else {
            self.untold.push("media other than an image");
            return;
        };
        self.end_item("completed");
        let id = self.item_id("ig");
        let mime = media.mime_or_default();
        self.add_item(&item::image(&id, "in_progress", mime, None));
        self.finish_item(item::image(&id, "completed", mime, Some(data)));
    }

    fn add_response(&mut self, kind: &'static str, tally: &Tally, status: Status<'_>) {
        let EventWriter { opening, output, out, .. } = self;
        out.add(kind, |w| w.key("response").object(|w| response::write(w, opening, tally, status, output)));
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, tally: &Tally) -> Vec<Event> {
        self.add_response("response.created", tally, Status::InProgress);
        self.add_response("response.in_progress", tally, Status::InProgress);
        mem::take(&mut self.out.list)
    }

    fn piece(&mut self, piece: &Piece<'_>, _: &Tally) -> Vec<Event> {
        self.take(piece);
        mem::take(&mut self.out.list)
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let (status, _) = self.finish(tally);
        let kind = match status {
            Status::Incomplete(_) => "response.incomplete",
            _ => "response.completed",
        };
        self.add_response(kind, tally, status);
        mem::take(&mut self.out.list)
    }

    fn untold(&mut self) -> Vec<&'static str> {
        mem::take(&mut self.untold)
    }

    fn fail(&self, error: &ClientError<'_>, tally: &Tally) -> Option<Vec<Event>> {
        Some(error::events(error, Some(self.out.next), &self.opening, tally, &self.output))
    }
}
