//! Writing answers, whole and streamed.

use crate::form::{Block, Piece, Reason, Tally};
use crate::json::Writer;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::stream::{self, Event};
use crate::usage::Usage;

/// The stop reason of an answer. `None` is written as an end: the answer has ended, whatever the upstream said of it.
fn reason(tally: &Tally, refused: bool) -> &'static str {
    let reason = tally.stop.as_ref().map(|stop| stop.reason);
    match reason {
        _ if refused => "refusal",
        Some(Reason::Length) => "max_tokens",
        Some(Reason::StopSequence) => "stop_sequence",
        Some(Reason::ToolUse) => "tool_use",
        Some(Reason::Refusal) => "refusal",
        Some(Reason::ContextWindow) => "model_context_window_exceeded",
        Some(Reason::Pause) => "pause_turn",
        Some(Reason::End | Reason::Unknown) | None => "end_turn",
    }
}

fn stop(w: &mut Writer, tally: &Tally, refused: bool) {
    w.key("stop_reason").str(reason(tally, refused));
    match tally.stop.as_ref().and_then(|stop| stop.sequence.as_ref()) {
        Some(sequence) => w.key("stop_sequence").str(sequence),
        None => w.key("stop_sequence").null(),
    }
}

/// Anthropic's counts. Its SDKs take each for a number, so what is unknown is 0.
fn usage(w: &mut Writer, usage: Usage) {
    let (read, creation) = (usage.cached_input.unwrap_or(0), usage.cache_creation.unwrap_or(0));
    let input = usage.input.unwrap_or(0).saturating_sub(read).saturating_sub(creation);
    w.key("usage").object(|w| {
        w.key("input_tokens").number(input);
        w.key("cache_creation_input_tokens").number(creation);
        w.key("cache_read_input_tokens").number(read);
        w.key("output_tokens").number(usage.output.unwrap_or(0));
    });
}

fn head(w: &mut Writer, opening: &Opening, tally: &Tally) {
    w.key("id").str(&format!("msg_{}", opening.id));
    w.key("type").str("message");
    w.key("role").str("assistant");
    w.key("model").str(tally.model.as_deref().unwrap_or(&opening.model));
}

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, _: &mut Notes) -> String {
    let (text, refusal) = &texts(blocks);
    let (text, refusal) = (text.as_str(), refusal.as_str());
    Writer::write(|w| {
        head(w, opening, tally);
        w.key("content").array(|w| {
            for text in [text, refusal].into_iter().filter(|text| !text.is_empty()) {
                w.object(|w| {
                    w.key("type").str("text");
                    w.key("text").str(text);
                });
            }
        });
        stop(w, tally, !refusal.is_empty());
        usage(w, tally.usage);
    })
}

/// Writes a stream's events: `message_start`, one text block if there is text, `message_delta`, `message_stop`.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
    block_open: bool,
    refused: bool,
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter { opening, block_open: false, refused: false }
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, tally: &Tally) -> Vec<Event> {
        let data = Writer::write(|w| {
            w.key("type").str("message_start");
            w.key("message").object(|w| {
                head(w, &self.opening, tally);
                w.key("content").array(|_| {});
                w.key("stop_reason").null();
                w.key("stop_sequence").null();
                usage(w, Usage { output: Some(0), ..tally.usage });
            });
        });
        vec![Event::named("message_start", data)]
    }

    fn piece(&mut self, piece: &Piece<'_>, _: &Tally) -> Vec<Event> {
        let mut events = Vec::new();
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Refusal(text) => {
                self.refused = true;
                text
            }
            _ => return events,
        };
        if !self.block_open {
            self.block_open = true;
            let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
            events.push(Event::named("content_block_start", start.to_owned()));
        }
        let data = Writer::write(|w| {
            w.key("type").str("content_block_delta");
            w.key("index").number(0);
            w.key("delta").object(|w| {
                w.key("type").str("text_delta");
                w.key("text").str(text);
            });
        });
        events.push(Event::named("content_block_delta", data));
        events
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let mut events = Vec::new();
        if self.block_open {
            let stop = r#"{"type":"content_block_stop","index":0}"#;
            events.push(Event::named("content_block_stop", stop.to_owned()));
        }
        let delta = Writer::write(|w| {
            w.key("type").str("message_delta");
            w.key("delta").object(|w| stop(w, tally, self.refused));
            usage(w, tally.usage);
        });
        events.push(Event::named("message_delta", delta));
        events.push(Event::named("message_stop", r#"{"type":"message_stop"}"#.to_owned()));
        events
    }
}

fn texts(blocks: &[Block<'_>]) -> (String, String) {
    let (mut text, mut refusal) = (String::new(), String::new());
    for block in blocks {
        match block {
            Block::Text(own) => text.push_str(own),
            Block::Refusal(own) => refusal.push_str(own),
            _ => {}
        }
    }
    (text, refusal)
}
