//! A client's request, read into the common form.

use super::items;
use super::tools::{Toolbox, choice};
use crate::dialect::Dialect;
use crate::form::{Format, Reasoning, Request};
use crate::glance::is_filled;
use crate::json::View;
use crate::pass;

/// What the response object repeats of its request.
const ECHOED: [&str; 16] = [
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// Reads a request.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let mut request =
        Request { settings: pass::sent(Dialect::OpenaiResponses, root), omits_proofs: true, ..Request::default() };
    let mut toolbox = Toolbox::default();
    let [instructions, tools, input, tool_choice] = root.pick(["instructions", "tools", "input", "tool_choice"]);
    request.system.extend(instructions.and_then(View::str));
    if let Some(tools) = tools {
        toolbox.add(tools, &mut request);
    }
    if let Some(input) = input {
        items::read(input, &mut request, &mut toolbox);
    }
    if let Some(tool_choice) = tool_choice {
        choice(tool_choice, &mut request);
    }
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        member(&entry.key(), entry.value, &mut request);
    }
    let echo = ECHOED.into_iter().zip(root.pick(ECHOED));
    request.echo = echo.filter_map(|(key, value)| Some((key, value?.raw().to_owned()))).collect();
    request
}

fn member<'a>(key: &str, value: View<'a>, request: &mut Request<'a>) {
    let is_default = match key {
        // Read above, or with the settings; or what is asked is what every answer is.
        "model" | "stream" | "instructions" | "tools" | "input" | "tool_choice" | "max_output_tokens"
        | "temperature" | "top_p" => true,
        // A translated answer is kept by nobody, as `false` has it.
        "store" | "background" => value.bool() == Some(false),
        "truncation" => value.str().is_some_and(|truncation| truncation == "disabled"),
        "top_logprobs" => value.u64() == Some(0),
        "prompt_cache_retention" => {
            request.cache_retention = value.str();
            true
        }
        // Streams that are written here are not padded.
        "stream_options" => value.get("include_obfuscation").and_then(View::bool) != Some(true),
        "parallel_tool_calls" => {
            request.parallel_calls = value.bool();
            true
        }
        "include" => {
            include(value, request);
            true
        }
        "reasoning" => {
            reasoning(value, request);
            true
        }
        "text" => {
            text(value, request);
            true
        }
        "metadata" => {
            request.metadata = is_filled(value).then_some(value);
            true
        }
        "prompt_cache_key" => {
            request.cache_key = value.str();
            true
        }
        "service_tier" => {
            request.service_tier = value.str().filter(|tier| tier != "auto");
            true
        }
        "safety_identifier" => {
            request.user = value.str();
            true
        }
        // The older name of the one above.
        "user" => {
            if request.user.is_none() {
                request.user = value.str();
            }
            true
        }
        _ => false,
    };
    if !is_default && is_filled(value) {
        request.notes.left_out(key);
    }
}

fn include<'a>(list: View<'a>, request: &mut Request<'a>) {
    for what in list.items().filter_map(View::str) {
        match &*what {
            "reasoning.encrypted_content" => request.omits_proofs = false,
            other => request.notes.left_out(format!("include {other}")),
        }
    }
}

fn reasoning<'a>(asked: View<'a>, request: &mut Request<'a>) {
    if !is_filled(asked) {
        return;
    }
    let mut reasoning = Reasoning::default();
    for entry in asked.entries().filter(|entry| !entry.value.is_null()) {
        let word = entry.value.str().unwrap_or_default();
        match &*entry.key() {
            "effort" => match Reasoning::of_word(&word) {
                Some(own) => (reasoning.off, reasoning.effort) = (own.off, own.effort),
                None => request.notes.left_out("reasoning.effort"),
            },
            "summary" | "generate_summary" if word == "none" => reasoning.shown = Some(false),
            "summary" | "generate_summary" => {
                reasoning.shown = Some(true);
                reasoning.summary = Some(word.into_owned());
            }
            "mode" if word == "standard" => {}
            "context" if word == "auto" => {}
            other => request.notes.left_out(format!("reasoning.{other}")),
        }
    }
    reasoning.adaptive = !reasoning.off && reasoning.effort.is_none();
    request.reasoning = Some(reasoning);
}

fn text<'a>(text: View<'a>, request: &mut Request<'a>) {
    for entry in text.entries().filter(|entry| !entry.value.is_null()) {
        match &*entry.key() {
            "format" => request.format = format(entry.value, request),
            "verbosity" => request.verbosity = entry.value.str(),
            other => request.notes.left_out(format!("text.{other}")),
        }
    }
}

fn format<'a>(format: View<'a>, request: &mut Request<'a>) -> Option<Format<'a>> {
    match format.get_str("type").as_deref() {
        Some("text") => None,
        Some("json_object") => Some(Format::Json),
        Some("json_schema") => {
            let [name, description, schema, strict] = format.pick(["name", "description", "schema", "strict"]);
            Some(Format::Schema {
                name: name.and_then(View::str),
                description: description.and_then(View::str),
                schema: schema?.into(),
                strict: strict.and_then(View::bool),
            })
        }
        other => {
            request.notes.left_out(format!("text.format {}", other.unwrap_or_default()));
            None
        }
    }
}
