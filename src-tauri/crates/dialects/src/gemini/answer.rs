//! Reading answers, whole and streamed. A stream's event has the shape of a whole answer.

use crate::error_body::{self, ErrorBody};
use crate::form::{self, Piece, Reading, Reason, Stop, Tally};
use crate::json::{Kind, View};
use crate::stream;
use crate::usage::Usage;

fn usage(usage: View<'_>) -> Usage {
    let sum = |first: Option<u64>, second: Option<u64>| first.map(|first| first.saturating_add(second.unwrap_or(0)));
    let thoughts = usage.get_u64("thoughtsTokenCount");
    // While it only thinks, an answer has no candidates to count.
    let candidates = usage.get_u64("candidatesTokenCount").or(thoughts.map(|_| 0));
    Usage {
        input: sum(usage.get_u64("promptTokenCount"), usage.get_u64("toolUsePromptTokenCount")),
        output: sum(candidates, thoughts),
        cached_input: usage.get_u64("cachedContentTokenCount"),
        cache_creation: None,
        reasoning: thoughts,
    }
}

fn stop(raw: &str) -> Stop {
    let reason = match raw {
        "STOP" => Reason::End,
        "MAX_TOKENS" => Reason::Length,
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Reason::Refusal,
        _ => Reason::Unknown,
    };
    Stop { reason, raw: form::name(raw), sequence: None }
}

fn part(part: View<'_>) -> Option<Piece<'_>> {
    if let Some(text) = part.get_str("text") {
        let thought = part.get("thought").and_then(View::bool) == Some(true);
        return if text.is_empty() {
            None
        } else if thought {
            Some(Piece::Thought(text))
        } else {
            Some(Piece::Text(text))
        };
    }
    let kinds = [
        ("functionCall", "a tool call"),
        ("executableCode", "a provider-run tool"),
        ("codeExecutionResult", "a provider-run tool"),
        ("inlineData", "an image or sound"),
        ("fileData", "a file"),
    ];
    let known = kinds.into_iter().find(|(key, _)| part.get(key).is_some());
    known.map(|(_, name)| Piece::Other(name))
}

/// What a stop reason means that is none (failover §2, ServerError).
fn failure(raw: &str, parts_seen: bool) -> Option<ErrorBody> {
    let message = match raw {
        "MALFORMED_FUNCTION_CALL" => "the model made a malformed function call",
        "OTHER" => "the model stopped for an unknown reason",
        "STOP" if !parts_seen => "the model stopped without an answer",
        _ => return None,
    };
    Some(ErrorBody { kind: Some(raw.to_owned()), message: message.to_owned(), ..ErrorBody::default() })
}

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut reader = EventReader::default();
    let reading = reader.view(root);
    (reading, reader.tally)
}

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
    /// There was a part, be it an empty one.
    parts_seen: bool,
}

impl EventReader {
    fn view<'a>(&mut self, root: View<'a>) -> Reading<'a> {
        if root.get("error").is_some() {
            return Reading::error(error_body::of_view(root));
        }
        let known = ["candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"];
        if root.kind() != Kind::Object || !known.iter().any(|key| root.get(key).is_some()) {
            return Reading::malformed("not a Gemini answer: it has no `candidates`");
        }
        let mut reading = Reading { started: true, ..Reading::default() };
        self.tally.name_model(root.get_str("modelVersion"));
        if let Some(counts) = root.get("usageMetadata") {
            self.tally.usage = usage(counts);
        }
        if let Some(candidate) = root.get("candidates").and_then(|candidates| candidates.items().next()) {
            let parts = candidate.get("content").and_then(|content| content.get("parts"));
            for view in parts.into_iter().flat_map(View::items) {
                self.parts_seen = true;
                reading.pieces.extend(part(view));
            }
            let raw = candidate.get_str("finishReason");
            if let Some(raw) = raw.filter(|raw| !raw.is_empty() && raw != "FINISH_REASON_UNSPECIFIED") {
                if let Some(failure) = failure(&raw, self.parts_seen) {
                    return Reading::error(failure);
                }
                self.tally.stop = Some(stop(&raw));
                reading.stopped = true;
            }
        }
        let feedback = root.get("promptFeedback").and_then(|feedback| feedback.get_str("blockReason"));
        if let Some(raw) = feedback.filter(|raw| raw != "BLOCK_REASON_UNSPECIFIED") {
            self.tally.stop = Some(Stop { reason: Reason::Refusal, raw: form::name(&raw), sequence: None });
            reading.stopped = true;
        }
        reading
    }
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        match View::parse(data.as_bytes()) {
            Ok(root) => match root.items().next() {
                // An error can come in an array.
                Some(first) => self.view(first),
                None => self.view(root),
            },
            Err(_) if data.trim() == "[DONE]" => Reading::default(),
            Err(_) => Reading::malformed("data is not JSON"),
        }
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}
