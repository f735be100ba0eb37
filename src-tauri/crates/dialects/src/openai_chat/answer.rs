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

/// What an answer, or a chunk of one, has beside its choices; found by one scan, for most of it is choices.
struct Outer<'a> {
    error: Option<View<'a>>,
    choices: Option<View<'a>>,
    usage: Option<View<'a>>,
    model: Option<View<'a>>,
    groq: Option<View<'a>>,
    /// Perplexity and xAI have their sources beside the answer, as a list of URLs.
    citations: Option<View<'a>>,
}

impl<'a> Outer<'a> {
    fn of(root: View<'a>) -> Self {
        let [error, choices, usage, model, groq, citations] =
            root.pick(["error", "choices", "usage", "model", "x_groq", "citations"]);
        Self { error, choices, usage, model, groq, citations }
    }

    /// An error that stands in place of an answer, or beside its beginning.
    fn error(&self, root: View<'_>, choices: &[Choice<'_>]) -> Option<ErrorBody> {
        if self.error.is_some() {
            return Some(error_body::of_view(root));
        }
        choices.iter().find_map(Choice::error)
    }

    fn choices(&self) -> Vec<Choice<'a>> {
        self.choices.into_iter().flat_map(View::items).map(Choice::of).collect()
    }

    fn sources(&self, out: &mut Vec<Piece<'a>>) {
        let urls = self.citations.into_iter().flat_map(View::items).filter_map(View::str);
        out.extend(urls.map(|url| Piece::Citation(Citation { url, ..Citation::default() })));
    }
}

/// One of the answers, or a part of it.
struct Choice<'a> {
    whole: View<'a>,
    index: Option<View<'a>>,
    delta: Option<View<'a>>,
    message: Option<View<'a>>,
    finish: Option<View<'a>>,
    error: Option<View<'a>>,
    /// Moonshot has the counts here.
    usage: Option<View<'a>>,
}

impl<'a> Choice<'a> {
    fn of(whole: View<'a>) -> Self {
        let [index, delta, message, finish, error, usage] =
            whole.pick(["index", "delta", "message", "finish_reason", "error", "usage"]);
        Self { whole, index, delta, message, finish, error, usage }
    }

    fn error(&self) -> Option<ErrorBody> {
        if self.error.is_some() {
            return Some(error_body::of_view(self.whole));
        }
        let failed = self.finish.and_then(View::str).is_some_and(|reason| reason == "error");
        failed.then(|| ErrorBody {
            kind: Some("error".to_owned()),
            message: "the provider ended its answer with an error".to_owned(),
            ..ErrorBody::default()
        })
    }

    fn finish(&self) -> Option<std::borrow::Cow<'a, str>> {
        self.finish.and_then(View::str).filter(|raw| !raw.is_empty())
    }

    fn index(&self) -> u64 {
        self.index.and_then(View::u64).unwrap_or_default()
    }
}

fn not_an_answer<'a>(root: View<'_>) -> Reading<'a> {
    let looks_like_error = root.get("message").is_some() || root.get("detail").is_some() || root.get("code").is_some();
    if looks_like_error {
        Reading::error(error_body::of_view(root))
    } else {
        Reading::malformed("not a chat completion: it has no `choices`")
    }
}

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut tally = Tally::default();
    let outer = Outer::of(root);
    let choices = outer.choices();
    if let Some(error) = outer.error(root, &choices) {
        return (Reading::error(error), tally);
    }
    if outer.choices.is_none_or(|choices| choices.kind() != Kind::Array) {
        return (not_an_answer(root), tally);
    }
    let mut reading = Reading { started: true, closed: true, ..Reading::default() };
    tally.name_model(outer.model.and_then(View::str));
    tally.usage = outer.usage.map(counts::usage).unwrap_or_default();
    // A translated request asks for one answer.
    if let Some(choice) = choices.first() {
        if let Some(message) = choice.message {
            let said = content::pieces(message, &mut reading.pieces);
            outer.sources(&mut reading.pieces);
            tally.keep(said.sound());
            let mut calls = Calls::default();
            calls.whole(&said, &mut reading.pieces);
            calls.end(&mut reading.pieces);
        }
        tally.stop = choice.finish().map(|raw| stop(&raw));
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
        let outer = Outer::of(root);
        let choices = outer.choices();
        if let Some(error) = outer.error(root, &choices) {
            return Reading::error(error);
        }
        if outer.choices.is_none_or(|choices| choices.kind() != Kind::Array) && outer.usage.is_none() {
            // A chunk that says of itself that it is one may be bare.
            let is_chunk = root.get_str("object").is_some_and(|object| object.starts_with("chat.completion"));
            return if is_chunk { Reading::default() } else { not_an_answer(root) };
        }
        self.tally.name_model(outer.model.and_then(View::str));
        let mut reading = Reading::default();
        // Groq's older streams have the counts in a member of their own.
        let mut counts = outer.usage.or_else(|| outer.groq.and_then(|groq| groq.get("usage")));
        for choice in &choices {
            reading.started = true;
            counts = counts.or(choice.usage);
            if choice.index() == 0 {
                self.choice(choice, &outer, &mut reading);
            } else if let Some(delta) = choice.delta {
                self.other(choice);
                // Only a client of this dialect asks for several answers, and it gets the bytes as they are.
                let mut pieces_of_other = Vec::new();
                content::pieces(delta, &mut pieces_of_other);
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
    fn other(&mut self, choice: &Choice<'_>) {
        let index = choice.index();
        if choice.finish().is_some() {
            self.others.remove(&index);
        } else if self.others.len() < MOST_ANSWERS {
            self.others.insert(index);
        }
    }

    fn choice<'a>(&mut self, choice: &Choice<'a>, outer: &Outer<'a>, reading: &mut Reading<'a>) {
        if let Some(delta) = choice.delta {
            let said = content::pieces(delta, &mut reading.pieces);
            self.tally.keep(said.sound());
            self.calls.delta(&said, &mut reading.pieces);
        } else if let Some(message) = choice.message {
            let said = content::pieces(message, &mut reading.pieces);
            self.calls.whole(&said, &mut reading.pieces);
        }
        if let Some(raw) = choice.finish() {
            // A second chunk may say so again; what was said first is not taken back by a plain end.
            let said = self.stop.as_ref().or(self.tally.stop.as_ref()).map(|stop| stop.reason);
            if said.is_none() {
                outer.sources(&mut reading.pieces);
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
