//! Reading answers, whole and streamed.

mod calls;
mod content;
mod counts;

use crate::error_body::{self, ErrorBody};
use crate::form::{self, Citation, Piece, Reading, Reason, Stop, Tally};
use crate::json::{Kind, View};
use crate::stream;

use calls::Calls;
use std::collections::BTreeSet;

/// OpenAI gives at most so many answers at once.
const MOST_ANSWERS: usize = 128;

fn stop(raw: &str) -> Stop {
    // OpenAI's words; then Mistral's, Zhipu's, and those of servers that pass on what the model's own API says.
    let reason = match raw {
        "stop" | "eos" | "eos_token" | "end_turn" | "STOP" => Reason::End,
        "length" | "max_tokens" | "MAX_TOKENS" => Reason::Length,
        "model_length" => Reason::ContextWindow,
        "stop_sequence" => Reason::StopSequence,
        "tool_calls" | "function_call" | "tool_use" => Reason::ToolUse,
        "content_filter" | "sensitive" | "refusal" | "safety" | "SAFETY" => Reason::Refusal,
        "pause_turn" => Reason::Pause,
        _ => Reason::Unknown,
    };
    Stop { reason, raw: form::name(raw), sequence: None }
}

/// An error that stands in place of an answer, or beside its beginning.
fn error(root: View<'_>) -> Option<ErrorBody> {
    if root.get("error").is_some() {
        return Some(error_body::of_view(root));
    }
    let choices = root.get("choices")?;
    choices.items().find_map(|choice| {
        let failed = choice.get_str("finish_reason").is_some_and(|reason| reason == "error");
        if choice.get("error").is_some() {
            Some(error_body::of_view(choice))
        } else {
            failed.then(|| ErrorBody {
                kind: Some("error".to_owned()),
                message: "the provider ended its answer with an error".to_owned(),
                ..ErrorBody::default()
            })
        }
    })
}

fn not_an_answer<'a>(root: View<'_>) -> Reading<'a> {
    let looks_like_error = root.get("message").is_some() || root.get("detail").is_some() || root.get("code").is_some();
    if looks_like_error {
        Reading::error(error_body::of_view(root))
    } else {
        Reading::malformed("not a chat completion: it has no `choices`")
    }
}

/// Perplexity and xAI have their sources beside the answer, as a list of URLs.
fn sources<'a>(root: View<'a>, out: &mut Vec<Piece<'a>>) {
    let urls = root.get("citations").into_iter().flat_map(View::items).filter_map(View::str);
    out.extend(urls.map(|url| Piece::Citation(Citation { url, ..Citation::default() })));
}

/// The id of an answer's sound, by which a later request tells it.
fn sound(message: View<'_>) -> Option<View<'_>> {
    message.get("audio")?.get("id")
}

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut tally = Tally::default();
    if let Some(error) = error(root) {
        return (Reading::error(error), tally);
    }
    let Some(choices) = root.get("choices").filter(|choices| choices.kind() == Kind::Array) else {
        return (not_an_answer(root), tally);
    };
    let mut reading = Reading { started: true, closed: true, ..Reading::default() };
    tally.name_model(root.get_str("model"));
    tally.usage = root.get("usage").map(counts::usage).unwrap_or_default();
    // A translated request asks for one answer.
    if let Some(choice) = choices.items().next() {
        if let Some(message) = choice.get("message") {
            content::pieces(message, &mut reading.pieces);
            sources(root, &mut reading.pieces);
            tally.keep(sound(message));
            let mut calls = Calls::default();
            calls.whole(message, &mut reading.pieces);
            calls.end(&mut reading.pieces);
        }
        tally.stop = choice.get_str("finish_reason").filter(|raw| !raw.is_empty()).map(|raw| stop(&raw));
    }
    reading.stopped = tally.stop.is_some();
    (reading, tally)
}

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
    calls: Calls,
    /// The first answer's stop reason, while others go on.
    stop: Option<Stop>,
    /// Answers besides the first that have begun and not ended.
    others: BTreeSet<u64>,
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        if data.trim() == "[DONE]" {
            let stopped = self.tally.stop.is_none() && self.stop.is_some();
            self.tally.stop = self.tally.stop.take().or_else(|| self.stop.take());
            return Reading { closed: true, stopped, ..Reading::default() };
        }
        let Ok(root) = View::parse(data.as_bytes()) else { return Reading::malformed("data is not JSON") };
        if let Some(error) = error(root) {
            return Reading::error(error);
        }
        let [choices, usage, model, groq] = root.pick(["choices", "usage", "model", "x_groq"]);
        let choices = choices.filter(|choices| choices.kind() == Kind::Array);
        if choices.is_none() && usage.is_none() {
            // A chunk that says of itself that it is one may be bare.
            let is_chunk = root.get_str("object").is_some_and(|object| object.starts_with("chat.completion"));
            return if is_chunk { Reading::default() } else { not_an_answer(root) };
        }
        self.tally.name_model(model.and_then(View::str));
        let mut reading = Reading::default();
        // Groq's older streams have the counts in a member of their own.
        let mut counts = usage.or_else(|| groq.and_then(|groq| groq.get("usage")));
        for choice in choices.into_iter().flat_map(View::items) {
            reading.started = true;
            // Moonshot has the counts here.
            counts = counts.or_else(|| choice.get("usage"));
            if choice.get_u64("index").unwrap_or(0) == 0 {
                self.choice(choice, root, &mut reading);
            } else if choice.get("delta").is_some() {
                self.other(choice);
                // Only a client of this dialect asks for several answers, and it gets the bytes as they are.
                let mut pieces_of_other = Vec::new();
                content::pieces(choice.get("delta").unwrap_or(choice), &mut pieces_of_other);
                if !pieces_of_other.is_empty() {
                    reading.pieces.push(Piece::Other("a second answer"));
                }
            }
        }
        if self.stop.is_some() && self.others.is_empty() {
            self.tally.stop = self.stop.take();
            reading.stopped = true;
        }
        if let Some(counts) = counts.filter(|counts| counts.kind() == Kind::Object) {
            self.tally.usage = counts::usage(counts);
            // The chunk that only counts is the last.
            reading.closed = !reading.started && self.tally.stop.is_some();
        }
        reading
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl EventReader {
    /// One of several answers. They are told side by side, so those that are asked for are known before the first ends.
    fn other(&mut self, choice: View<'_>) {
        let index = choice.get_u64("index").unwrap_or_default();
        if choice.get_str("finish_reason").is_some_and(|raw| !raw.is_empty()) {
            self.others.remove(&index);
        } else if self.others.len() < MOST_ANSWERS {
            self.others.insert(index);
        }
    }

    fn choice<'a>(&mut self, choice: View<'a>, root: View<'a>, reading: &mut Reading<'a>) {
        let [delta, message, finish] = choice.pick(["delta", "message", "finish_reason"]);
        if let Some(delta) = delta {
            content::pieces(delta, &mut reading.pieces);
            self.tally.keep(sound(delta));
            self.calls.delta(delta, &mut reading.pieces);
        } else if let Some(message) = message {
            content::pieces(message, &mut reading.pieces);
            self.calls.whole(message, &mut reading.pieces);
        }
        if let Some(raw) = finish.and_then(View::str).filter(|raw| !raw.is_empty()) {
            // A second chunk may say so again; what was said first is not taken back by a plain end.
            let said = self.stop.as_ref().or(self.tally.stop.as_ref()).map(|stop| stop.reason);
            if said.is_none() {
                sources(root, &mut reading.pieces);
            }
            if said.is_none_or(|reason| matches!(reason, Reason::End | Reason::Unknown)) {
                self.stop = Some(stop(&raw));
            } else {
                reading.stopped = self.tally.stop.is_some();
            }
            self.calls.end(&mut reading.pieces);
        }
    }
}
