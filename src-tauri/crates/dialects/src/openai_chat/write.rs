//! Writing answers, whole and streamed.

use crate::form::{Block, Piece, Reason, Tally};
use crate::json::Writer;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::stream::{self, Event};
use crate::usage::Usage;

fn reason(tally: &Tally) -> &'static str {
    match tally.stop.as_ref().map(|stop| stop.reason) {
        Some(Reason::Length | Reason::ContextWindow) => "length",
        Some(Reason::ToolUse) => "tool_calls",
        Some(Reason::Refusal) => "content_filter",
        Some(Reason::End | Reason::StopSequence | Reason::Pause | Reason::Unknown) | None => "stop",
    }
}

fn head(w: &mut Writer, object: &str, opening: &Opening, tally: &Tally) {
    w.key("id").str(&format!("chatcmpl-{}", opening.id));
    w.key("object").str(object);
    w.key("created").number(opening.created_s);
    w.key("model").str(tally.model.as_deref().unwrap_or(&opening.model));
}

fn usage(w: &mut Writer, usage: Usage) {
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.key("usage").object(|w| {
        w.key("prompt_tokens").number(input);
        w.key("completion_tokens").number(output);
        w.key("total_tokens").number(input.saturating_add(output));
        if let Some(cached) = usage.cached_input {
            w.key("prompt_tokens_details").object(|w| w.key("cached_tokens").number(cached));
        }
        if let Some(reasoning) = usage.reasoning {
            w.key("completion_tokens_details").object(|w| w.key("reasoning_tokens").number(reasoning));
        }
    });
}

fn text_or_null(w: &mut Writer, key: &str, text: &str) {
    if text.is_empty() { w.key(key).null() } else { w.key(key).str(text) }
}

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, _: &mut Notes) -> String {
    let (text, refusal) = &texts(blocks);
    let (text, refusal) = (text.as_str(), refusal.as_str());
    Writer::write(|w| {
        head(w, "chat.completion", opening, tally);
        w.key("choices").array(|w| {
            w.object(|w| {
                w.key("index").number(0);
                w.key("message").object(|w| {
                    w.key("role").str("assistant");
                    // The content is only null where something else is there in its place.
                    if refusal.is_empty() {
                        w.key("content").str(text);
                    } else {
                        text_or_null(w, "content", text);
                    }
                    text_or_null(w, "refusal", refusal);
                });
                w.key("logprobs").null();
                w.key("finish_reason").str(reason(tally));
            });
        });
        if tally.usage != Usage::default() {
            usage(w, tally.usage);
        }
    })
}

/// Writes a stream's events: a chunk with the role, one for each text, one with the finish reason, one with the counts
/// if the client asked for it, and `[DONE]`.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter { opening }
    }

    fn chunk(&self, tally: &Tally, finish: Option<&str>, delta: impl FnOnce(&mut Writer)) -> Event {
        Event::data(Writer::write(|w| {
            head(w, "chat.completion.chunk", &self.opening, tally);
            w.key("choices").array(|w| {
                w.object(|w| {
                    w.key("index").number(0);
                    w.key("delta").object(delta);
                    w.key("logprobs").null();
                    match finish {
                        Some(finish) => w.key("finish_reason").str(finish),
                        None => w.key("finish_reason").null(),
                    }
                });
            });
            if self.opening.include_usage {
                w.key("usage").null();
            }
        }))
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, tally: &Tally) -> Vec<Event> {
        let role = self.chunk(tally, None, |w| {
            w.key("role").str("assistant");
            w.key("content").str("");
            w.key("refusal").null();
        });
        vec![role]
    }

    fn piece(&mut self, piece: &Piece<'_>, tally: &Tally) -> Vec<Event> {
        let (key, text) = match piece {
            Piece::Text(text) => ("content", text),
            Piece::Refusal(text) => ("refusal", text),
            _ => return Vec::new(),
        };
        vec![self.chunk(tally, None, |w| w.key(key).str(text))]
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let mut events = vec![self.chunk(tally, Some(reason(tally)), |_| {})];
        if self.opening.include_usage {
            events.push(Event::data(Writer::write(|w| {
                head(w, "chat.completion.chunk", &self.opening, tally);
                w.key("choices").array(|_| {});
                usage(w, tally.usage);
            })));
        }
        events.push(Event::data("[DONE]".to_owned()));
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
