//! Reading requests.

mod format;
mod messages;
#[cfg(test)]
mod tests;
mod tools;

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::form::Request;
use crate::glance::is_filled;
use crate::json::View;
use crate::notes::Notes;
use crate::pass;
use crate::setting::{Sent, Setting};

use super::reasoning;

/// Reads a request.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let mut request = Request { settings: pass::sent(Dialect::OpenaiChat, root), ..Request::default() };
    // Both names of the limit may be there; the newer one counts.
    if request.settings.iter().any(|sent| sent.field == "max_completion_tokens") {
        request.settings.retain(|sent| sent.field != "max_tokens");
    }
    request.reasoning = reasoning::asked(root, &mut request.notes);
    messages::read(root, &mut request);
    tools::read(root, &mut request);
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        member(&entry.key(), entry.value, &mut request);
    }
    request
}

fn member<'a>(key: &str, value: View<'a>, request: &mut Request<'a>) {
    let text = || value.str().filter(|text| !text.is_empty());
    match key {
        // What is read elsewhere, and what Gemini and Responses have in the call itself.
        "model"
        | "messages"
        | "stream"
        | "tools"
        | "functions"
        | "tool_choice"
        | "function_call"
        | "parallel_tool_calls"
        | "web_search_options" => {}
        key if reasoning::MEMBERS.contains(&key) => {}
        "n" | "modalities" => {}
        "stream_options" => stream_options(value, &mut request.notes),
        "response_format" => request.format = format::read(value, &mut request.notes),
        "verbosity" => request.verbosity = text(),
        "user" => request.user = text().or_else(|| request.user.take()),
        // The newer name of `user`.
        "safety_identifier" => request.user = request.user.take().or_else(text),
        "prompt_cache_key" => request.cache_key = text(),
        "prompt_cache_retention" => request.cache_retention = text(),
        "service_tier" => request.service_tier = text(),
        "metadata" if is_filled(value) => request.metadata = Some(value),
        // Not OpenAI's, but of many that speak its dialect.
        "top_k" => {
            let json = value.raw().to_owned();
            request.settings.push(Sent { setting: Setting::TopK, field: "top_k", json });
        }
        // What these ask for is what is done without them.
        "store" | "logprobs" | "background" if value.bool() == Some(false) => {}
        "logit_bias" | "metadata" | "audio" if !is_filled(value) => {}
        key if request.settings.iter().any(|sent| sent.field == key) || key == "max_tokens" => {}
        other => request.notes.left_out(other),
    }
}

fn stream_options(options: View<'_>, notes: &mut Notes) {
    for entry in options.entries().filter(|entry| !entry.value.is_null()) {
        // The answer's writer is told of `include_usage`; obfuscation is the provider's to add.
        if !["include_usage", "include_obfuscation"].iter().any(|known| entry.is(known)) {
            notes.left_out(format!("stream_options.{}", entry.key()));
        }
    }
}

/// A member that is a text with something in it.
fn filled<'a>(value: Option<View<'a>>) -> Option<Cow<'a, str>> {
    value.and_then(View::str).filter(|text| !text.is_empty())
}

/// Notes the members of an object that are not among `known`.
fn note_others(object: View<'_>, path: &str, known: &[&str], notes: &mut Notes) {
    for entry in object.entries().filter(|entry| is_filled(entry.value) && !known.iter().any(|known| entry.is(known))) {
        notes.left_out(format!("{path}.{}", entry.key()));
    }
}
