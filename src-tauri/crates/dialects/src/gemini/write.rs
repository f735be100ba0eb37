//! Writing answers, whole and streamed. Both are made of the same object.

use crate::form::{Block, Piece, Reason, Tally};
use crate::json::Writer;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::stream::{self, Event};
use crate::usage::Usage;

fn reason(tally: &Tally, refused: bool) -> &'static str {
    match tally.stop.as_ref().map(|stop| stop.reason) {
        _ if refused => "SAFETY",
        Some(Reason::Length | Reason::ContextWindow) => "MAX_TOKENS",
        Some(Reason::Refusal) => "SAFETY",
        Some(Reason::End | Reason::StopSequence | Reason::ToolUse | Reason::Pause | Reason::Unknown) | None => "STOP",
    }
}

fn usage(w: &mut Writer, usage: Usage) {
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.key("usageMetadata").object(|w| {
        w.key("promptTokenCount").number(input);
        w.key("candidatesTokenCount").number(output.saturating_sub(usage.reasoning.unwrap_or(0)));
        w.key("totalTokenCount").number(input.saturating_add(output));
        if let Some(cached) = usage.cached_input {
            w.key("cachedContentTokenCount").number(cached);
        }
        if let Some(reasoning) = usage.reasoning {
            w.key("thoughtsTokenCount").number(reasoning);
        }
    });
}

/// An answer or a piece of one. It always has a part, since one that stops without any reads as a failure.
fn answer(texts: &[&str], finish: Option<&str>, counts: Option<Usage>, tally: &Tally, opening: &Opening) -> String {
    Writer::write(|w| {
        w.key("candidates").array(|w| {
            w.object(|w| {
                w.key("content").object(|w| {
                    w.key("parts").array(|w| {
                        for text in texts {
                            w.object(|w| w.key("text").str(text));
                        }
                    });
                    w.key("role").str("model");
                });
                if let Some(finish) = finish {
                    w.key("finishReason").str(finish);
                }
                w.key("index").number(0);
            });
        });
        if let Some(counts) = counts {
            usage(w, counts);
        }
        w.key("modelVersion").str(tally.model.as_deref().unwrap_or(&opening.model));
        w.key("responseId").str(&opening.id);
    })
}

fn known(usage: Usage) -> Option<Usage> {
    (usage != Usage::default()).then_some(usage)
}

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, _: &mut Notes) -> String {
    let (text, refusal) = &texts(blocks);
    let (text, refusal) = (text.as_str(), refusal.as_str());
    let mut texts: Vec<&str> = [text, refusal].into_iter().filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        texts.push("");
    }
    answer(&texts, Some(reason(tally, !refusal.is_empty())), known(tally.usage), tally, opening)
}

/// Writes a stream's events: one for each text, and a last one with the finish reason and the counts.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
    refused: bool,
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter { opening, refused: false }
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, _: &Tally) -> Vec<Event> {
        Vec::new()
    }

    fn piece(&mut self, piece: &Piece<'_>, tally: &Tally) -> Vec<Event> {
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Refusal(text) => {
                self.refused = true;
                text
            }
            _ => return Vec::new(),
        };
        vec![Event::data(answer(&[text], None, None, tally, &self.opening))]
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let finish = reason(tally, self.refused);
        vec![Event::data(answer(&[""], Some(finish), known(tally.usage), tally, &self.opening))]
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
