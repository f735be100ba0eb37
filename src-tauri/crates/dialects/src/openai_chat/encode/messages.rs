//! Writing messages.

use std::borrow::Cow;

use crate::form::{Block, Call, CallResult, GEMINI_STAND_IN, Media, MediaKind, ProofKind, Role, Source, Thought, Turn};
use crate::json::{View, Writer};
use crate::notes::Notes;
use crate::translate::{Draft, Order};

use crate::openai_chat::call::write_call;
use crate::openai_chat::details;
use crate::openai_chat::model::Model;

/// What Kimi and DeepSeek take for reasoning that there is none of; an empty text they don't.
const NO_REASONING: &str = " ";

/// A part of a user's message.
enum Part<'b> {
    Text(Cow<'b, str>),
    Image(&'b Media<'b>),
    Audio { data: &'b str, format: &'b str },
    File(&'b Media<'b>),
}

pub(super) fn write(w: &mut Writer, order: &Order<'_>, model: &Model, json_is_asked_for: bool, draft: &mut Draft) {
    let scribe = Scribe { order, model };
    w.key("messages").array(|w| {
        system(w, order, json_is_asked_for, &mut draft.notes);
        // Media of results and of the assistant, which only a user's message can hold.
        let mut moved = Vec::new();
        for turn in &order.request.turns {
            match turn.role {
                Role::User => scribe.user(w, turn, std::mem::take(&mut moved), &mut draft.notes),
                Role::Assistant => scribe.assistant(w, turn, &mut moved, &mut draft.notes),
            }
        }
        if !moved.is_empty() {
            draft.notes.left_out("media of the assistant");
        }
    });
}

/// Every provider of this dialect takes one system message as a string; not every one takes more, or parts.
fn system(w: &mut Writer, order: &Order<'_>, json_is_asked_for: bool, notes: &mut Notes) {
    let mut text = order.request.system.join("\n\n");
    if json_is_asked_for {
        notes.reshaped("response_format", "the word JSON is added to the system prompt, which has to hold it");
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str("Answer in JSON.");
    }
    if !text.is_empty() {
        w.object(|w| {
            w.key("role").str("system");
            w.key("content").str(&text);
        });
    }
}

fn user_message(w: &mut Writer, mut parts: Vec<Part<'_>>) {
    if parts.len() > 1 {
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    }
    w.object(|w| {
        w.key("role").str("user");
        w.key("content");
        match &parts[..] {
            [] => w.str(""),
            [Part::Text(text)] => w.str(text),
            parts => w.array(|w| parts.iter().for_each(|part| w.object(|w| part.write(w)))),
        }
    });
}

struct Scribe<'o> {
    order: &'o Order<'o>,
    model: &'o Model,
}

impl<'o> Scribe<'o> {
    /// Results, each in a message of its own right after the calls, and then what else the user says.
    fn user(&self, w: &mut Writer, turn: &'o Turn<'o>, moved: Vec<Part<'o>>, notes: &mut Notes) {
        let mut parts = moved;
        let mut has_written = false;
        for block in &turn.blocks {
            match block {
                Block::Result(result) => {
                    has_written = true;
                    self::result(w, result, &mut parts, notes);
                }
                Block::Text(text) | Block::Refusal(text) => parts.push(Part::Text(Cow::Borrowed(text))),
                Block::Media(media) => parts.extend(part(media, notes)),
                Block::Instruction(text) => {
                    if !parts.is_empty() {
                        user_message(w, std::mem::take(&mut parts));
                    }
                    has_written = true;
                    w.object(|w| {
                        w.key("role").str("developer");
                        w.key("content").str(text);
                    });
                }
                Block::Thought(_) | Block::Call(_) | Block::Citation(_) => {}
            }
        }
        if !has_written || !parts.is_empty() {
            user_message(w, parts);
        }
    }

    fn assistant(&self, w: &mut Writer, turn: &'o Turn<'o>, moved: &mut Vec<Part<'o>>, notes: &mut Notes) {
        let mut said = Said::default();
        for block in &turn.blocks {
            match block {
                // Others than OpenAI don't know the field, and refuse a message without content.
                Block::Refusal(text) if self.model.is_openais() => said.refusal.push_str(text),
                // The blocks of one answer are one text.
                Block::Text(text) | Block::Refusal(text) => said.text.push_str(text),
                Block::Thought(thought) => self.thought(thought, &mut said, notes),
                Block::Call(call) => said.calls.push((call, said.signature.take())),
                Block::Media(media) => {
                    notes.moved("media of the assistant", "to the next user message");
                    moved.extend(part(media, notes));
                }
                Block::Result(_) | Block::Citation(_) | Block::Instruction(_) => {}
            }
        }
        let thinks = self.order.request.reasoning.as_ref().is_none_or(|reasoning| !reasoning.off);
        if said.reasoning.is_empty() && thinks && self.model.wants_reasoning_back() {
            said.reasoning.push_str(NO_REASONING);
        }
        w.object(|w| self.write(w, &said));
    }

    /// Reasoning goes back to who made it: the entries of OpenRouter's list, the signatures of Gemini's calls, and the plain
    /// text of those who don't sign.
    fn thought(&self, thought: &'o Thought<'o>, said: &mut Said<'o>, notes: &mut Notes) {
        let own = thought.proof.as_ref().filter(|proof| proof.is_by(&self.order.terms.maker));
        match own {
            Some(proof) if proof.kind == ProofKind::Bare => said.reasoning.push_str(&thought.text),
            Some(proof) if proof.kind == ProofKind::CallPart => said.signature = Some(&proof.data),
            Some(proof) => match details::origin(proof) {
                Some(origin) => said.details.push((&thought.text, origin)),
                None => notes.left_out("reasoning history"),
            },
            None => notes.left_out("reasoning history"),
        }
    }

    fn write(&self, w: &mut Writer, said: &Said<'_>) {
        w.key("role").str("assistant");
        if said.text.is_empty() && !(said.calls.is_empty() && said.refusal.is_empty()) {
            w.key("content").null();
        } else {
            w.key("content").str(&said.text);
        }
        if !said.refusal.is_empty() {
            w.key("refusal").str(&said.refusal);
        }
        if !said.reasoning.is_empty() {
            w.key("reasoning_content").str(&said.reasoning);
        }
        if !said.details.is_empty() {
            w.key("reasoning_details").array(|w| {
                for (text, origin) in &said.details {
                    details::give_back(w, text, *origin);
                }
            });
        }
        if !said.calls.is_empty() {
            w.key("tool_calls").array(|w| {
                for (place, (call, signature)) in said.calls.iter().enumerate() {
                    // Gemini asks for the signature of a turn's first call, and takes a stand-in for one that is not its own.
                    let stand_in = (place == 0 && self.model.wants_signatures()).then_some(GEMINI_STAND_IN);
                    w.object(|w| self.call(w, call, signature.or(stand_in)));
                }
            });
        }
    }

    fn call(&self, w: &mut Writer, call: &Call<'_>, signature: Option<&str>) {
        write_call(w, call, call.custom && self.model.has_custom_tools());
        if let Some(signature) = signature {
            w.key("extra_content").object(|w| {
                w.key("google").object(|w| w.key("thought_signature").str(signature));
            });
        }
    }
}

/// What an assistant's message says.
#[derive(Default)]
struct Said<'b> {
    text: String,
    refusal: String,
    reasoning: String,
    /// Text, and the entry that it belongs to.
    details: Vec<(&'b str, View<'b>)>,
    /// With the signature of each.
    calls: Vec<(&'b Call<'b>, Option<&'b str>)>,
    /// Of the next call.
    signature: Option<&'b str>,
}

/// A result's texts as one string, which every provider takes; its media wait for the user's message.
fn result<'b>(w: &mut Writer, result: &'b CallResult<'b>, moved: &mut Vec<Part<'b>>, notes: &mut Notes) {
    if result.is_error {
        notes.left_out("tool_result.is_error");
    }
    let mut text = result.text();
    let mut media = Vec::new();
    for block in &result.content {
        let Block::Media(item) = block else { continue };
        match part(item, notes) {
            Some(Part::Text(document)) if text.is_empty() => text = document.into_owned(),
            Some(Part::Text(document)) => text = format!("{text}\n{document}"),
            part => media.extend(part),
        }
    }
    w.object(|w| {
        w.key("role").str("tool");
        w.key("tool_call_id").str(&result.id);
        let pointer = if text.is_empty() && !media.is_empty() { "See the next user message." } else { &text };
        w.key("content").str(pointer);
    });
    if !media.is_empty() {
        notes.reshaped("tool_result.media", "is moved to the user message after it");
        moved.push(Part::Text(Cow::Owned(format!("From the result of tool call {}:", result.id))));
        moved.append(&mut media);
    }
}

/// Media as a part; `None` for what has no place.
fn part<'b>(media: &'b Media<'b>, notes: &mut Notes) -> Option<Part<'b>> {
    match (media.kind, &media.source) {
        (_, Source::Text(text)) => {
            notes.reshaped("document", "a document of plain text is sent as text");
            Some(Part::Text(titled(media, text)))
        }
        (MediaKind::Image, _) => Some(Part::Image(media)),
        (MediaKind::Audio, Source::Data(data)) => {
            // OpenAI takes WAV and MP3; who takes others calls them by these names.
            let subtype = media.mime_or_default().rsplit('/').next().unwrap_or("wav");
            let format = match subtype {
                "wav" | "x-wav" | "wave" | "vnd.wave" => "wav",
                "mpeg" | "mp3" | "x-mp3" => "mp3",
                other => other,
            };
            Some(Part::Audio { data, format })
        }
        (MediaKind::Document, Source::Data(data)) => match plain(media, data) {
            Some(text) => {
                notes.reshaped("document", "a document of plain text is sent as text");
                Some(Part::Text(Cow::Owned(titled(media, &text).into_owned())))
            }
            None => Some(Part::File(media)),
        },
        (MediaKind::Document, Source::Url(_)) => {
            notes.left_out("document by URL");
            None
        }
        (MediaKind::Audio, Source::Url(_)) => {
            notes.left_out("audio by URL");
            None
        }
        (MediaKind::Video, _) => {
            notes.left_out("video");
            None
        }
    }
}

/// The text of a document that is text: files of this dialect are PDFs.
fn plain(media: &Media<'_>, data: &str) -> Option<String> {
    use base64::Engine as _;
    let is_text = media.mime_or_default().starts_with("text/") || media.mime_or_default() == "application/json";
    let bytes = is_text.then(|| base64::engine::general_purpose::STANDARD.decode(data).ok())??;
    String::from_utf8(bytes).ok()
}

fn titled<'b>(media: &Media<'_>, text: &'b str) -> Cow<'b, str> {
    match &media.name {
        Some(name) => Cow::Owned(format!("{name}:\n{text}")),
        None => Cow::Borrowed(text),
    }
}

impl Part<'_> {
    fn write(&self, w: &mut Writer) {
        match self {
            Part::Text(text) => {
                w.key("type").str("text");
                w.key("text").str(text);
            }
            Part::Image(media) => {
                w.key("type").str("image_url");
                w.key("image_url").object(|w| {
                    w.key("url").str(&media.url());
                    if let Some(detail) = &media.detail {
                        w.key("detail").str(detail);
                    }
                });
            }
            Part::Audio { data, format } => {
                w.key("type").str("input_audio");
                w.key("input_audio").object(|w| {
                    w.key("data").str(data);
                    w.key("format").str(format);
                });
            }
            Part::File(media) => {
                w.key("type").str("file");
                w.key("file").object(|w| {
                    // Without a name OpenAI refuses the data.
                    w.key("filename").str(media.name.as_deref().unwrap_or("document.pdf"));
                    w.key("file_data").str(&media.url());
                });
            }
        }
    }
}
