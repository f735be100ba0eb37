//! Writing answers, whole and streamed.

mod message;
mod stream;

use crate::form::{Reason, Tally};
use crate::json::Writer;
use crate::relay::Opening;
use crate::usage::Usage;

pub(crate) use message::write_whole;
pub(crate) use stream::EventWriter;

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
        if usage.cached_input.is_some() || usage.cache_creation.is_some() {
            w.key("prompt_tokens_details").object(|w| {
                w.key("cached_tokens").number(usage.cached_input.unwrap_or(0));
                // OpenRouter's name; OpenAI has none.
                if let Some(written) = usage.cache_creation {
                    w.key("cache_write_tokens").number(written);
                }
            });
        }
        if let Some(reasoning) = usage.reasoning {
            w.key("completion_tokens_details").object(|w| w.key("reasoning_tokens").number(reasoning));
        }
    });
}

/// Gemini's place for a call's signature, in its endpoint for this dialect.
fn signature(w: &mut Writer, sealed: Option<&str>) {
    if let Some(sealed) = sealed {
        w.key("extra_content").object(|w| {
            w.key("google").object(|w| w.key("thought_signature").str(sealed));
        });
    }
}

/// Where in the text a citation belongs: the text since the last one, in characters.
#[derive(Debug, Default)]
struct Span {
    start: u64,
    end: u64,
    cited: bool,
}

impl Span {
    fn text(&mut self, text: &str) {
        if std::mem::take(&mut self.cited) {
            self.start = self.end;
        }
        self.end += text.chars().count() as u64;
    }
}

fn citation(w: &mut Writer, citation: &crate::form::Citation<'_>, span: &mut Span) {
    span.cited = true;
    w.object(|w| {
        w.key("type").str("url_citation");
        w.key("url_citation").object(|w| {
            w.key("url").str(&citation.url);
            w.key("title").str(&citation.title);
            w.key("start_index").number(span.start);
            w.key("end_index").number(span.end);
            // OpenRouter's.
            if let Some(quote) = &citation.quote {
                w.key("content").str(quote);
            }
        });
    });
}

/// OpenRouter's form of an image in an answer.
fn image(w: &mut Writer, media: &crate::form::Media<'_>) {
    w.object(|w| {
        w.key("type").str("image_url");
        w.key("image_url").object(|w| w.key("url").str(&media.url()));
    });
}
