//! Reading answers, whole and streamed.

use crate::error_body;
use crate::form::{self, Piece, Reading, Reason, Stop, Tally};
use crate::json::{Kind, View};
use crate::stream;
use crate::usage::Usage;

/// The counts as Anthropic gives them: input without what the cache had or took.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    input: Option<u64>,
    read: Option<u64>,
    creation: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
}

impl Counts {
    /// Takes newer counts; they are totals so far. Some providers repeat fields as 0 that they gave before.
    fn update(&mut self, usage: View<'_>) {
        let newer = |count: &mut Option<u64>, new: Option<u64>| {
            if new.is_some_and(|new| new > 0 || count.is_none()) {
                *count = new;
            }
        };
        newer(&mut self.input, usage.get_u64("input_tokens"));
        newer(&mut self.read, usage.get_u64("cache_read_input_tokens"));
        newer(&mut self.creation, usage.get_u64("cache_creation_input_tokens"));
        newer(&mut self.output, usage.get_u64("output_tokens"));
        let details = usage.get("output_tokens_details");
        newer(&mut self.thinking, details.and_then(|details| details.get_u64("thinking_tokens")));
    }

    fn usage(self) -> Usage {
        let parts = [self.read, self.creation].into_iter().flatten();
        Usage {
            input: self.input.map(|input| parts.fold(input, u64::saturating_add)),
            output: self.output,
            cached_input: self.read,
            cache_creation: self.creation,
            reasoning: self.thinking,
        }
    }
}

fn stop(holder: View<'_>) -> Option<Stop> {
    let raw = form::name(&holder.get_str("stop_reason")?);
    let reason = match raw.as_str() {
        "end_turn" => Reason::End,
        "max_tokens" => Reason::Length,
        "stop_sequence" => Reason::StopSequence,
        "tool_use" => Reason::ToolUse,
        "refusal" => Reason::Refusal,
        "model_context_window_exceeded" => Reason::ContextWindow,
        "pause_turn" => Reason::Pause,
        _ => Reason::Unknown,
    };
    Some(Stop { reason, raw, sequence: holder.get_str("stop_sequence").map(std::borrow::Cow::into_owned) })
}

/// A content block: what of it is content when it stands in an answer, or starts in a stream.
fn block(block: View<'_>) -> Option<Piece<'_>> {
    let kind = block.get_str("type")?;
    match &*kind {
        "text" => block.get_str("text").filter(|text| !text.is_empty()).map(Piece::Text),
        "thinking" => block.get_str("thinking").filter(|text| !text.is_empty()).map(Piece::Thought),
        "redacted_thinking" => Some(Piece::Other("secret reasoning")),
        "tool_use" => Some(Piece::Other("a tool call")),
        _ => Some(Piece::Other("a provider-run tool")),
    }
}

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut tally = Tally::default();
    let Some(content) = root.get("content").filter(|content| content.kind() == Kind::Array) else {
        return (Reading::malformed("not an Anthropic message: it has no `content`"), tally);
    };
    let pieces = content.items().filter_map(block).collect();
    tally.name_model(root.get_str("model"));
    tally.stop = stop(root);
    if let Some(usage) = root.get("usage") {
        let mut counts = Counts::default();
        counts.update(usage);
        tally.usage = counts.usage();
    }
    (Reading { pieces, started: true, stopped: tally.stop.is_some(), closed: true, fault: None }, tally)
}

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
    counts: Counts,
    /// A `tool_use` block is open whose arguments have not begun: its end is then the first content.
    waiting_tool: bool,
}

impl EventReader {
    fn count(&mut self, usage: Option<View<'_>>) {
        if let Some(usage) = usage {
            self.counts.update(usage);
            self.tally.usage = self.counts.usage();
        }
    }

    fn delta<'a>(&mut self, delta: View<'a>) -> Option<Piece<'a>> {
        let text = |key| delta.get_str(key).filter(|text| !text.is_empty());
        match &*delta.get_str("type")? {
            "text_delta" => text("text").map(Piece::Text),
            "thinking_delta" => text("thinking").map(Piece::Thought),
            "input_json_delta" => text("partial_json").map(|_| {
                self.waiting_tool = false;
                Piece::Other("a tool call")
            }),
            "compaction_delta" => Some(Piece::Other("a compaction")),
            _ => None,
        }
    }
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        let Ok(root) = View::parse(data.as_bytes()) else {
            // Some gateways end every dialect's stream as OpenAI's ends.
            return if data.trim() == "[DONE]" { Reading::default() } else { Reading::malformed("data is not JSON") };
        };
        let Some(kind) = root.get_str("type") else {
            return if root.get("error").is_some() {
                Reading::error(error_body::of_view(root))
            } else {
                Reading::malformed("an event has no `type`")
            };
        };
        let mut reading = Reading { started: true, ..Reading::default() };
        match &*kind {
            "message_start" => {
                if let Some(message) = root.get("message") {
                    self.tally.name_model(message.get_str("model"));
                    self.count(message.get("usage"));
                }
            }
            "content_block_start" => {
                let start = root.get("content_block");
                self.waiting_tool =
                    start.and_then(|start| start.get_str("type")).is_some_and(|kind| kind == "tool_use");
                if !self.waiting_tool {
                    reading.pieces.extend(start.and_then(block));
                }
            }
            "content_block_delta" => {
                let piece = root.get("delta").and_then(|delta| self.delta(delta));
                reading.pieces.extend(piece);
            }
            "content_block_stop" => {
                if std::mem::take(&mut self.waiting_tool) {
                    reading.pieces.push(Piece::Other("a tool call"));
                }
            }
            "message_delta" => {
                if let Some(stop) = root.get("delta").and_then(stop) {
                    self.tally.stop = Some(stop);
                    reading.stopped = true;
                }
                self.count(root.get("usage"));
            }
            "message_stop" => reading.closed = true,
            "error" => return Reading::error(error_body::of_view(root)),
            // `ping`, and kinds of event that don't exist yet.
            _ => reading.started = false,
        }
        reading
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}
