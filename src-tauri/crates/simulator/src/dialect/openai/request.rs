//! What OpenAI checks in a request for a chat completion.

use serde_json::{Value, json};

use super::{
    super::{Inquiry, Refusal, heard::Heard, strings},
    messages::converse,
    rules::{
        at_least, effort, given, list_of, missing, name, not_too_many_tools, only, parameters, range, refusal, streams,
        structure, text_of, wrong_type, wrong_value,
    },
};
use crate::{
    reply::{Ask, Choice, Form, Reasoning, Tool},
    served::{Served, ServedTool},
};

const FIELDS: [&str; 37] = [
    "messages",
    "model",
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// Families of models that are OpenAI's own. Others are those of compatible providers, which say their reasoning.
const OWN: [&str; 8] = ["gpt-", "o1", "o3", "o4", "chatgpt-", "codex-", "ft:", "computer-"];

/// Whether this model is OpenAI's own.
pub(super) fn is_own(model: &str) -> bool {
    OWN.iter().any(|family| model.starts_with(family))
}

pub(super) fn read(inquiry: &Inquiry<'_>) -> Result<Ask, Refusal> {
    let body = inquiry.body;
    let Some(model) = given(body, "model") else {
        return Err(refusal(400, "you must provide a model parameter", None, None));
    };
    let Some(model) = model.as_str() else {
        return Err(wrong_type("model", "a string", model));
    };
    let fields = body.as_object().into_iter().flatten();
    if let Some((unknown, _)) = fields.into_iter().find(|(name, _)| !FIELDS.contains(&name.as_str())) {
        let message = format!("Unrecognized request argument supplied: {unknown}");
        return Err(refusal(400, &message, None, None));
    }
    let messages = list_of(body, "messages", "messages")?;
    if messages.is_empty() {
        let message =
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
        return Err(refusal(400, message, Some("messages"), Some("empty_array")));
    }
    let limit = limit(body)?;
    if let Some(value) = given(body, "temperature") {
        range("temperature", value, 0.0, 2.0)?;
    }
    if let Some(value) = given(body, "top_p") {
        range("top_p", value, 0.0, 1.0)?;
    }
    let streams = streams(body)?;
    let options = given(body, "stream_options");
    if options.is_some() && !streams {
        let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(refusal(400, message, Some("stream_options"), None));
    }
    let tools = tools(body)?;
    let (choice, named) = choice(body, &tools)?;
    let own = is_own(model);
    let reasons = effort(given(body, "reasoning_effort"), model, "reasoning_effort")?;
    let reasoning = reasons.then_some(if own { Reasoning::Hidden } else { Reasoning::Shown });
    let structure = format(body)?;
    let mut heard = Heard::default();
    converse(&mut heard, messages, own)?;
    Ok(Ask {
        model: model.to_owned(),
        stream: streams.then_some(Form::Sse),
        input_tokens: heard.words,
        cached_tokens: heard.cached(),
        written_tokens: 0,
        turns: heard.turns,
        said: heard.said,
        limit,
        stops: strings(body.get("stop")),
        usage_in_stream: options.is_some_and(|options| options["include_usage"] == true),
        one_call: body["parallel_tool_calls"] == false,
        tools,
        choice,
        structure,
        reasoning,
        runs: given(body, "web_search_options")
            .map(|_| Served::new(ServedTool::WebSearch, "web_search"))
            .into_iter()
            .collect(),
        own: json!({"named": named, "own": own}),
    })
}

/// The most output tokens, under either of its names.
fn limit(body: &Value) -> Result<Option<u64>, Refusal> {
    let mut limit = None;
    for name in ["max_tokens", "max_completion_tokens"] {
        let Some(value) = given(body, name) else { continue };
        if limit.is_some() {
            let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
            return Err(refusal(400, message, None, Some("invalid_parameter_combination")));
        }
        limit = Some(at_least(1, name, value)?);
    }
    Ok(limit)
}

fn tools(body: &Value) -> Result<Vec<Tool>, Refusal> {
    let Some(listed) = given(body, "tools") else {
        for name in ["tool_choice", "parallel_tool_calls"] {
            if given(body, name).is_some_and(|value| value != "none") {
                let message =
                    format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.");
                return Err(refusal(400, &message, Some(name), None));
            }
        }
        return Ok(Vec::new());
    };
    let Some(listed) = listed.as_array() else { return Err(wrong_type("tools", "an array of objects", listed)) };
    if listed.is_empty() {
        let message =
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.";
        return Err(refusal(400, message, Some("tools"), Some("empty_array")));
    }
    not_too_many_tools(listed)?;
    let mut tools = Vec::new();
    for (at, tool) in listed.iter().enumerate() {
        let place = format!("tools[{at}]");
        let kind = text_of(tool, "type", &place)?;
        if !["function", "custom"].contains(&kind) {
            return Err(wrong_value(&format!("{place}.type"), &tool["type"], &["function", "custom"]));
        }
        only(tool, &["type", kind], &place)?;
        let place = format!("{place}.{kind}");
        let Some(inner) = given(tool, kind) else { return Err(missing(&place)) };
        let called = text_of(inner, "name", &place)?;
        name(called, &format!("{place}.name"))?;
        if kind == "function" {
            only(inner, &["name", "description", "parameters", "strict"], &place)?;
            let strict = inner["strict"] == true;
            parameters(inner.get("parameters"), strict, called, &format!("{place}.parameters"))?;
        } else {
            only(inner, &["name", "description", "format"], &place)?;
        }
        let schema = inner.get("parameters").cloned().unwrap_or(Value::Null);
        tools.push(Tool { name: called.to_owned(), schema, custom: kind == "custom" });
    }
    Ok(tools)
}

/// Which tools must be called, and whether one was named.
fn choice(body: &Value, tools: &[Tool]) -> Result<(Choice, bool), Refusal> {
    let all = || tools.iter().map(|tool| tool.name.clone()).collect();
    let Some(given) = given(body, "tool_choice") else { return Ok((Choice::Free, false)) };
    let place = "tool_choice";
    if let Some(mode) = given.as_str() {
        return match mode {
            "none" | "auto" => Ok((Choice::Free, false)),
            "required" => Ok((Choice::OneOf(all()), false)),
            _ => Err(wrong_value(place, given, &["none", "auto", "required"])),
        };
    }
    if !given.is_object() {
        return Err(wrong_type(place, "one of a string or an object", given));
    }
    let kind = text_of(given, "type", place)?;
    if !["function", "custom", "allowed_tools"].contains(&kind) {
        return Err(wrong_value("tool_choice.type", &given["type"], &["function", "allowed_tools", "custom"]));
    }
    only(given, &["type", kind], place)?;
    let place = format!("{place}.{kind}");
    let Some(inner) = given.get(kind) else { return Err(missing(&place)) };
    if kind == "allowed_tools" {
        let named = list_of(inner, "tools", &format!("{place}.tools"))?;
        let names =
            |tool: &Value| tool["function"]["name"].as_str().or(tool["custom"]["name"].as_str()).map(str::to_owned);
        let names = named.iter().filter_map(names).collect();
        let must = inner["mode"] == "required";
        return Ok((if must { Choice::OneOf(names) } else { Choice::Free }, false));
    }
    let called = text_of(inner, "name", &place)?;
    if !tools.iter().any(|tool| tool.name == called) {
        let message = format!(
            "Invalid value for 'tool_choice': no function named '{called}' was specified in the 'tools' parameter."
        );
        return Err(refusal(400, &message, Some("tool_choice"), None));
    }
    Ok((Choice::OneOf(vec![called.to_owned()]), true))
}

/// The schema of a structured answer.
fn format(body: &Value) -> Result<Option<Value>, Refusal> {
    let Some(format) = given(body, "response_format") else { return Ok(None) };
    let place = "response_format";
    match text_of(format, "type", place)? {
        "text" => Ok(None),
        "json_object" => {
            if !body["messages"].to_string().to_ascii_lowercase().contains("json") {
                let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
                return Err(refusal(400, message, Some("messages"), None));
            }
            Ok(Some(json!({"type": "object", "properties": {"simulated": {"type": "boolean"}}})))
        }
        "json_schema" => {
            only(format, &["type", "json_schema"], place)?;
            let place = "response_format.json_schema";
            let Some(inner) = given(format, "json_schema") else { return Err(missing(place)) };
            only(inner, &["name", "description", "schema", "strict"], place)?;
            let named = text_of(inner, "name", place)?;
            name(named, "response_format.json_schema.name")?;
            let Some(schema) = given(inner, "schema") else {
                return Err(missing("response_format.json_schema.schema"));
            };
            structure(schema, inner["strict"] == true, named, ("response_format", None))?;
            Ok(Some(schema.clone()))
        }
        _ => Err(wrong_value("response_format.type", &format["type"], &["json_object", "json_schema", "text"])),
    }
}
