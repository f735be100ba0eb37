//! The response object: a whole answer, and what a stream's first and last events hold.

use crate::form::{Reason, Tally};
use crate::json::Writer;
use crate::relay::Opening;
use crate::usage::Usage;

/// What a response says where the request doesn't, in the order of the API.
const DEFAULTS: [(&str, &str); 20] = [
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("service_tier", r#""default""#),
    ("store", "false"),
    ("temperature", "1"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1"),
    ("truncation", r#""disabled""#),
    ("user", "null"),
];

/// How far an answer has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status<'a> {
    InProgress,
    Completed,
    Incomplete(&'static str),
    /// Code and message.
    Failed(&'a str, &'a str),
}

impl Status<'_> {
    /// How an answer ended. What the model refuses in its own words is complete.
    pub(super) fn of(tally: &Tally, refused: bool) -> Self {
        match tally.stop.as_ref().map(|stop| stop.reason) {
            Some(Reason::Length | Reason::ContextWindow) => Status::Incomplete("max_output_tokens"),
            Some(Reason::Refusal) if !refused => Status::Incomplete("content_filter"),
            // Nothing here says that the provider paused and would go on.
            _ => Status::Completed,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Status::InProgress => "in_progress",
            Status::Completed => "completed",
            Status::Incomplete(_) => "incomplete",
            Status::Failed(..) => "failed",
        }
    }
}

/// Writes a response's members. `output`: its items, as JSON text.
pub(super) fn write(w: &mut Writer, opening: &Opening, tally: &Tally, status: Status<'_>, output: &[String]) {
    w.key("id").str(&format!("resp_{}", opening.id));
    w.key("object").str("response");
    w.key("created_at").number(opening.created_s);
    w.key("status").str(status.word());
    w.key("error");
    match status {
        Status::Failed(code, message) => w.object(|w| {
            w.key("code").str(code);
            w.key("message").str(message);
        }),
        _ => w.null(),
    }
    w.key("incomplete_details");
    match status {
        Status::Incomplete(reason) => w.object(|w| w.key("reason").str(reason)),
        _ => w.null(),
    }
    w.key("model").str(tally.model.as_deref().unwrap_or(&opening.model));
    w.key("output").array(|w| output.iter().for_each(|item| w.raw(item)));
    for (key, default) in DEFAULTS {
        let sent = opening.back.echo.iter().find(|(own, _)| *own == key);
        w.key(key).raw(sent.map_or(default, |(_, json)| json));
    }
    w.key("usage");
    match status {
        Status::Completed | Status::Incomplete(_) if tally.usage != Usage::default() => usage(w, tally.usage),
        _ => w.null(),
    }
}

fn usage(w: &mut Writer, usage: Usage) {
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.object(|w| {
        w.key("input_tokens").number(input);
        w.key("input_tokens_details").object(|w| {
            w.key("cached_tokens").number(usage.cached_input.unwrap_or(0));
            if let Some(written) = usage.cache_creation {
                w.key("cache_write_tokens").number(written);
            }
        });
        w.key("output_tokens").number(output);
        w.key("output_tokens_details").object(|w| w.key("reasoning_tokens").number(usage.reasoning.unwrap_or(0)));
        w.key("total_tokens").number(input.saturating_add(output));
    });
}
