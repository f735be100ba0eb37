//! Reading answers, whole and streamed.

use crate::error_body::{self, ErrorBody};
use crate::form::{self, Piece, Reading, Reason, Stop, Tally};
use crate::json::{Kind, View};
use crate::stream;
use crate::usage::Usage;

fn usage(usage: View<'_>) -> Usage {
    let input_details = usage.get("prompt_tokens_details");
    let output_details = usage.get("completion_tokens_details");
    let input = usage.get_u64("prompt_tokens");
    let reasoning = output_details.and_then(|details| details.get_u64("reasoning_tokens"));
    let output = usage.get_u64("completion_tokens").map(|completion| {
        // xAI doesn't count reasoning in `completion_tokens`; the total tells.
        let apart = input.unwrap_or(0).saturating_add(completion).saturating_add(reasoning.unwrap_or(0));
        if usage.get_u64("total_tokens") == Some(apart) {
            completion.saturating_add(reasoning.unwrap_or(0))
        } else {
            completion
        }
    });
    Usage {
        input,
        output,
        // DeepSeek and Moonshot have names of their own.
        cached_input: input_details
            .and_then(|details| details.get_u64("cached_tokens"))
            .or_else(|| usage.get_u64("prompt_cache_hit_tokens"))
            .or_else(|| usage.get_u64("cached_tokens")),
        cache_creation: input_details.and_then(|details| details.get_u64("cache_write_tokens")),
        reasoning,
    }
}

fn stop(raw: &str) -> Stop {
    let reason = match raw {
        "stop" => Reason::End,
        "length" => Reason::Length,
        "tool_calls" | "function_call" => Reason::ToolUse,
        "content_filter" => Reason::Refusal,
        _ => Reason::Unknown,
    };
    Stop { reason, raw: form::name(raw), sequence: None }
}

/// Content of a message or of a delta.
fn pieces<'a>(message: View<'a>, out: &mut Vec<Piece<'a>>) {
    let text = |key| message.get_str(key).filter(|text| !text.is_empty());
    let filled = |key| message.get(key).is_some_and(|list| list.items().next().is_some());
    // Reasoning isn't OpenAI's own here: DeepSeek, Qwen, OpenRouter and others have one of these.
    if text("reasoning_content").is_some() || text("reasoning").is_some() || filled("reasoning_details") {
        out.push(Piece::Thought(text("reasoning_content").or_else(|| text("reasoning")).unwrap_or("…".into())));
    }
    if let Some(content) = message.get("content") {
        out.extend(content.str().filter(|text| !text.is_empty()).map(Piece::Text));
        // Mistral's reasoning models give parts.
        for part in content.items() {
            match part.get_str("type").as_deref() {
                Some("text") => out.extend(part.get_str("text").filter(|text| !text.is_empty()).map(Piece::Text)),
                Some("thinking") => out.push(Piece::Thought("…".into())),
                _ => out.push(Piece::Other("content of another kind")),
            }
        }
    }
    out.extend(text("refusal").map(Piece::Refusal));
    if message.get("audio").is_some() {
        out.push(Piece::Other("audio"));
    }
    if filled("images") {
        out.push(Piece::Other("an image"));
    }
}

/// Whether a tool call's arguments have begun, or it is of a kind that is content from its start.
fn tool_begun(call: View<'_>) -> bool {
    let own_kind = call.get_str("type").is_some_and(|kind| !kind.is_empty() && kind != "function");
    own_kind
        || call
            .get("function")
            .and_then(|function| function.get("arguments"))
            .is_some_and(|arguments| arguments.str().is_none_or(|text| !text.is_empty()))
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
    tally.usage = root.get("usage").map(usage).unwrap_or_default();
    // A translated request asks for one answer.
    if let Some(choice) = choices.items().next() {
        if let Some(message) = choice.get("message") {
            pieces(message, &mut reading.pieces);
            let calls = message.get("tool_calls").is_some_and(|calls| calls.items().next().is_some());
            if calls || message.get("function_call").is_some() {
                reading.pieces.push(Piece::Other("a tool call"));
            }
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
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        if data.trim() == "[DONE]" {
            return Reading { closed: true, ..Reading::default() };
        }
        let Ok(root) = View::parse(data.as_bytes()) else { return Reading::malformed("data is not JSON") };
        if let Some(error) = error(root) {
            return Reading::error(error);
        }
        let choices = root.get("choices").filter(|choices| choices.kind() == Kind::Array);
        if choices.is_none() && root.get("usage").is_none() {
            // A chunk that says of itself that it is one may be bare.
            let is_chunk = root.get_str("object").is_some_and(|object| object.starts_with("chat.completion"));
            return if is_chunk { Reading::default() } else { not_an_answer(root) };
        }
        self.tally.name_model(root.get_str("model"));
        let mut reading = Reading::default();
        let mut counts = root.get("usage");
        for choice in choices.into_iter().flat_map(View::items) {
            reading.started = true;
            // Moonshot has the counts here.
            counts = counts.or_else(|| choice.get("usage"));
            if choice.get_u64("index").unwrap_or(0) == 0 {
                self.choice(choice, &mut reading);
            } else if choice.get("delta").is_some() {
                // Only a client of this dialect asks for several answers, and it gets the bytes as they are.
                let mut pieces_of_other = Vec::new();
                pieces(choice.get("delta").unwrap_or(choice), &mut pieces_of_other);
                if !pieces_of_other.is_empty() {
                    reading.pieces.push(Piece::Other("a second answer"));
                }
            }
        }
        if let Some(counts) = counts.filter(|counts| counts.kind() == Kind::Object) {
            self.tally.usage = usage(counts);
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
    fn choice<'a>(&mut self, choice: View<'a>, reading: &mut Reading<'a>) {
        if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
            pieces(delta, &mut reading.pieces);
            let old_call = delta.get("function_call").and_then(|call| call.get_str("arguments"));
            let begun = delta.get("tool_calls").is_some_and(|calls| calls.items().any(tool_begun));
            if begun || old_call.is_some_and(|arguments| !arguments.is_empty()) {
                reading.pieces.push(Piece::Other("a tool call"));
            }
        }
        if let Some(raw) = choice.get_str("finish_reason").filter(|raw| !raw.is_empty()) {
            self.tally.stop = Some(stop(&raw));
            reading.stopped = true;
        }
    }
}
