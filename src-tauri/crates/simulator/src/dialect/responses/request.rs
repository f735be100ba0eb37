//! What OpenAI checks in a request for a response: fields, tools, formats. Input items are in [`input`](super::input).

use serde_json::{Map, Value, json};

use super::{
    super::{
        Inquiry, Refusal,
        heard::Heard,
        openai::rules::{
            at_least, effort, given, list_of, missing, name, not_too_many_tools, only, parameters, range, reasons,
            refusal, streams, structure, text_of, unknown, wrong_type, wrong_value,
        },
    },
    input::converse,
};
use crate::reply::{Ask, Choice, Form, Reasoning, Tool};

const FIELDS: [&str; 32] = [
    "background",
    "client_metadata",
    "context_management",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// Fields of chat completions that have another name here.
const MOVED: [(&str, &str); 6] = [
    ("max_tokens", "max_output_tokens"),
    ("max_completion_tokens", "max_output_tokens"),
    ("messages", "input"),
    ("response_format", "text.format"),
    ("reasoning_effort", "reasoning.effort"),
    ("verbosity", "text.verbosity"),
];

/// Tools that OpenAI executes, or whose calls have a form of their own.
const HOSTED: [&str; 15] = [
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_preview",
    "web_search_preview_2025_03_11",
];

const INCLUDABLE: [&str; 8] = [
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

/// The least that an answer may be limited to, in tokens.
const LEAST_OUTPUT: i64 = 16;

pub(super) fn read(inquiry: &Inquiry<'_>) -> Result<Ask, Refusal> {
    let body = inquiry.body;
    known(body)?;
    let Some(model) = given(body, "model") else { return Err(missing("model")) };
    let Some(model) = model.as_str() else { return Err(wrong_type("model", "a string", model)) };
    let limit = given(body, "max_output_tokens").map(|value| at_least(LEAST_OUTPUT, "max_output_tokens", value));
    let limit = limit.transpose()?;
    for (name, high) in [("temperature", 2.0), ("top_p", 1.0)] {
        if let Some(value) = given(body, name) {
            range(name, value, 0.0, high)?;
        }
    }
    let streams = streams(body)?;
    if let Some(options) = given(body, "stream_options") {
        if !streams {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(refusal(400, message, Some("stream_options"), None));
        }
        only(options, &["include_obfuscation"], "stream_options")?;
    }
    for name in ["store", "parallel_tool_calls", "background"] {
        if let Some(value) = given(body, name).filter(|value| !value.is_boolean()) {
            return Err(wrong_type(name, "a boolean", value));
        }
    }
    if let Some(value) = given(body, "instructions").filter(|value| !value.is_string()) {
        return Err(wrong_type("instructions", "a string", value));
    }
    let encrypted = included(body, model)?;
    let reasoning = reasoning(body, model, encrypted)?;
    if let Some(value) = given(body, "client_metadata").filter(|value| !value.is_object()) {
        return Err(wrong_type("client_metadata", "an object", value));
    }
    let (history, mut heard) = (history(inquiry)?, Heard::default());
    let tools = tools(body, &history.0, history.1)?;
    let choice = choice(body, &tools)?;
    let structure = format(body)?;
    heard.instructed(body["instructions"].as_str().unwrap_or_default());
    converse(&mut heard, &history.0, history.1, inquiry)?;
    Ok(Ask {
        model: model.to_owned(),
        stream: streams.then_some(Form::Sse),
        input_tokens: heard.words,
        cached_tokens: heard.cached(),
        written_tokens: 0,
        turns: heard.turns,
        said: heard.said,
        limit,
        stops: Vec::new(),
        usage_in_stream: true,
        tools,
        choice,
        one_call: body["parallel_tool_calls"] == false,
        structure,
        reasoning,
        runs: super::served::offered(body),
        own: json!({
            "echo": echo(body),
            "history": history.0,
            "encrypted": encrypted,
            "obfuscated": body["stream_options"]["include_obfuscation"] != false,
        }),
    })
}

/// What `input_tokens` takes of a request.
const COUNTED: [&str; 11] = [
    "conversation",
    "input",
    "instructions",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "text",
    "tool_choice",
    "tools",
    "truncation",
];

/// `input_tokens`.
pub(super) fn count(inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let Some(body) = inquiry.body.as_object() else { return Err(missing("model")) };
    if let Some(name) = body.keys().find(|name| !COUNTED.contains(&name.as_str())) {
        return Err(unknown(name));
    }
    let ask = read(inquiry)?;
    Ok(json!({"object": "response.input_tokens", "input_tokens": ask.input_tokens}))
}

fn known(body: &Value) -> Result<(), Refusal> {
    for name in body.as_object().into_iter().flat_map(Map::keys) {
        if let Some((_, new)) = MOVED.iter().find(|(old, _)| old == name) {
            let message = format!(
                "Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to '{new}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create."
            );
            return Err(refusal(400, &message, Some(name), Some("unsupported_parameter")));
        }
        if !FIELDS.contains(&name.as_str()) {
            return Err(unknown(name));
        }
    }
    Ok(())
}

/// All items up to now, and how many of them come from a stored conversation.
fn history(inquiry: &Inquiry<'_>) -> Result<(Vec<Value>, usize), Refusal> {
    let body = inquiry.body;
    let earlier = match given(body, "previous_response_id") {
        None => Vec::new(),
        Some(id) => {
            let Some(id) = id.as_str() else { return Err(wrong_type("previous_response_id", "a string", id)) };
            inquiry.archive.conversation(id).ok_or_else(|| {
                let message = format!("Previous response with id '{id}' not found.");
                refusal(400, &message, Some("previous_response_id"), Some("previous_response_not_found"))
            })?
        }
    };
    if let Some(conversation) = given(body, "conversation") {
        let id = conversation.as_str().or(conversation["id"].as_str()).unwrap_or_default();
        return Err(refusal(404, &format!("Conversation with id '{id}' not found."), None, None));
    }
    let stored = earlier.len();
    let mut items = earlier;
    match given(body, "input") {
        Some(Value::String(text)) => items.push(json!({"type": "message", "role": "user", "content": text})),
        Some(Value::Array(new)) => items.extend(new.iter().cloned()),
        Some(other) => return Err(wrong_type("input", "one of a string or array of input items", other)),
        None if stored > 0 => {}
        None => {
            let message =
                "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.";
            return Err(refusal(400, message, Some("input"), Some("missing_required_parameter")));
        }
    }
    if items.is_empty() {
        let message =
            "Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty array instead.";
        return Err(refusal(400, message, Some("input"), Some("empty_array")));
    }
    Ok((items, stored))
}

/// Whether encrypted reasoning is to be included.
fn included(body: &Value, model: &str) -> Result<bool, Refusal> {
    let Some(include) = given(body, "include") else { return Ok(false) };
    let Some(names) = include.as_array() else { return Err(wrong_type("include", "an array", include)) };
    for (at, name) in names.iter().enumerate() {
        if !INCLUDABLE.iter().any(|known| name == known) {
            return Err(wrong_value(&format!("include[{at}]"), name, &INCLUDABLE));
        }
    }
    let encrypted = names.iter().any(|name| name == "reasoning.encrypted_content");
    if encrypted && !reasons(model) {
        return Err(refusal(400, "Encrypted content is not supported with this model.", Some("include"), None));
    }
    Ok(encrypted)
}

fn reasoning(body: &Value, model: &str, encrypted: bool) -> Result<Option<Reasoning>, Refusal> {
    let none = json!({});
    let given_reasoning = given(body, "reasoning").unwrap_or(&none);
    if !given_reasoning.is_object() {
        return Err(wrong_type("reasoning", "an object", given_reasoning));
    }
    only(given_reasoning, &["context", "effort", "generate_summary", "mode", "summary"], "reasoning")?;
    let effort_given = given(given_reasoning, "effort");
    let wanted = effort(effort_given, model, "reasoning.effort")?;
    let summaries = ["auto", "concise", "detailed"];
    let summary = given(given_reasoning, "summary").or_else(|| given(given_reasoning, "generate_summary"));
    if let Some(other) = summary.filter(|summary| !summaries.iter().any(|known| summary == known)) {
        return Err(wrong_value("reasoning.summary", other, &summaries));
    }
    if summary.is_some() && !reasons(model) {
        let message = "Unsupported parameter: 'reasoning.summary' is not supported with this model.";
        return Err(refusal(400, message, Some("reasoning.summary"), Some("unsupported_parameter")));
    }
    let refused = effort_given.is_some_and(|effort| effort == "none");
    let thinks = !refused && (wanted || summary.is_some() || encrypted);
    Ok(thinks.then_some(if summary.is_some() { Reasoning::Shown } else { Reasoning::Hidden }))
}

/// All tools on offer: those of the request, and those that items of the conversation add. The first `stored` items were
/// checked before.
fn tools(body: &Value, items: &[Value], stored: usize) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Vec::new();
    if let Some(listed) = given(body, "tools") {
        let Some(listed) = listed.as_array() else { return Err(wrong_type("tools", "an array of objects", listed)) };
        not_too_many_tools(listed)?;
        for (at, tool) in listed.iter().enumerate() {
            collect(tool, &format!("tools[{at}]"), &mut tools)?;
        }
    }
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item["type"] == "additional_tools") {
        let place = format!("input[{}].tools", at.saturating_sub(stored));
        for (at, tool) in list_of(item, "tools", &place)?.iter().enumerate() {
            collect(tool, &format!("{place}[{at}]"), &mut tools)?;
        }
    }
    Ok(tools)
}

fn collect(tool: &Value, place: &str, tools: &mut Vec<Tool>) -> Result<(), Refusal> {
    match text_of(tool, "type", place)? {
        "function" => {
            let names = [
                "type",
                "name",
                "description",
                "parameters",
                "strict",
                "allowed_callers",
                "defer_loading",
                "output_schema",
            ];
            only(tool, &names, place)?;
            let called = text_of(tool, "name", place)?;
            name(called, &format!("{place}.name"))?;
            parameters(tool.get("parameters"), tool["strict"] == true, called, &format!("{place}.parameters"))?;
            let schema = tool.get("parameters").cloned().unwrap_or(Value::Null);
            tools.push(Tool { name: called.to_owned(), schema, custom: false });
        }
        "custom" => {
            only(tool, &["type", "name", "description", "format", "allowed_callers", "defer_loading"], place)?;
            let called = text_of(tool, "name", place)?;
            name(called, &format!("{place}.name"))?;
            tools.push(Tool { name: called.to_owned(), custom: true, ..Tool::default() });
        }
        "namespace" => {
            only(tool, &["type", "name", "description", "tools"], place)?;
            name(text_of(tool, "name", place)?, &format!("{place}.name"))?;
            for (at, inner) in list_of(tool, "tools", &format!("{place}.tools"))?.iter().enumerate() {
                collect(inner, &format!("{place}.tools[{at}]"), tools)?;
            }
        }
        kind if HOSTED.contains(&kind) || kind.starts_with("web_search") => {}
        _ => {
            return Err(wrong_value(
                &format!("{place}.type"),
                &tool["type"],
                &[&["function", "custom"][..], &HOSTED].concat(),
            ));
        }
    }
    Ok(())
}

fn choice(body: &Value, tools: &[Tool]) -> Result<Choice, Refusal> {
    let Some(given) = given(body, "tool_choice") else { return Ok(Choice::Free) };
    let place = "tool_choice";
    let missing_tool = |which: &str| {
        let message = format!("Tool choice '{which}' not found in 'tools' parameter.");
        refusal(400, &message, Some("tool_choice"), None)
    };
    if let Some(mode) = given.as_str() {
        return match mode {
            "none" | "auto" => Ok(Choice::Free),
            "required" if tools.is_empty() && body["tools"].as_array().is_none_or(Vec::is_empty) => {
                let message = "Tool choice 'required' must be specified with 'tools' parameter.";
                Err(refusal(400, message, Some("tool_choice"), None))
            }
            "required" if tools.is_empty() => Ok(Choice::Free),
            "required" => Ok(Choice::OneOf(tools.iter().map(|tool| tool.name.clone()).collect())),
            _ => Err(wrong_value(place, given, &["none", "auto", "required"])),
        };
    }
    if !given.is_object() {
        return Err(wrong_type(place, "one of a tool choice or an object", given));
    }
    match text_of(given, "type", place)? {
        kind @ ("function" | "custom") => {
            only(given, &["type", "name"], place)?;
            let called = text_of(given, "name", place)?;
            let found = tools.iter().any(|tool| tool.name == called && tool.custom == (kind == "custom"));
            if found { Ok(Choice::OneOf(vec![called.to_owned()])) } else { Err(missing_tool(kind)) }
        }
        "allowed_tools" => {
            only(given, &["type", "mode", "tools"], place)?;
            let named = list_of(given, "tools", "tool_choice.tools")?;
            let names: Vec<String> = named.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect();
            if names.iter().any(|name| !tools.iter().any(|tool| tool.name == *name)) {
                return Err(missing_tool("function"));
            }
            Ok(if given["mode"] == "required" { Choice::OneOf(names) } else { Choice::Free })
        }
        _ => Ok(Choice::Free),
    }
}

/// The schema of a structured answer.
fn format(body: &Value) -> Result<Option<Value>, Refusal> {
    let Some(text) = given(body, "text") else { return Ok(None) };
    if !text.is_object() {
        return Err(wrong_type("text", "an object", text));
    }
    only(text, &["format", "verbosity"], "text")?;
    if let Some(verbosity) =
        given(text, "verbosity").filter(|v| !["low", "medium", "high"].iter().any(|known| v == known))
    {
        return Err(wrong_value("text.verbosity", verbosity, &["low", "medium", "high"]));
    }
    let Some(format) = given(text, "format") else { return Ok(None) };
    let place = "text.format";
    match text_of(format, "type", place)? {
        "text" => Ok(None),
        "json_object" => {
            let said = format!("{}{}", body["input"], body["instructions"]).to_ascii_lowercase();
            if !said.contains("json") {
                let message = "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
                return Err(refusal(400, message, Some("input"), None));
            }
            Ok(Some(json!({"type": "object", "properties": {"simulated": {"type": "boolean"}}})))
        }
        "json_schema" => {
            only(format, &["type", "name", "description", "schema", "strict"], place)?;
            let named = text_of(format, "name", place)?;
            name(named, "text.format.name")?;
            let Some(schema) = given(format, "schema") else { return Err(missing("text.format.schema")) };
            structure(schema, format["strict"] == true, named, ("text.format.schema", Some("invalid_json_schema")))?;
            Ok(Some(schema.clone()))
        }
        _ => Err(wrong_value("text.format.type", &format["type"], &["json_object", "json_schema", "text"])),
    }
}

/// What a response repeats of its request.
fn echo(body: &Value) -> Value {
    let or = |name: &str, default: Value| given(body, name).cloned().unwrap_or(default);
    let within = |value: &Value, name: &str| value.get(name).cloned().unwrap_or(Value::Null);
    let (reasoning, text) = (or("reasoning", json!({})), or("text", json!({})));
    json!({
        "background": false,
        "instructions": or("instructions", Value::Null),
        "max_output_tokens": or("max_output_tokens", Value::Null),
        "max_tool_calls": or("max_tool_calls", Value::Null),
        "metadata": or("metadata", json!({})),
        "parallel_tool_calls": or("parallel_tool_calls", true.into()),
        "previous_response_id": or("previous_response_id", Value::Null),
        "prompt_cache_key": or("prompt_cache_key", Value::Null),
        "prompt_cache_retention": or("prompt_cache_retention", Value::Null),
        "reasoning": {"effort": within(&reasoning, "effort"), "summary": within(&reasoning, "summary")},
        "safety_identifier": or("safety_identifier", Value::Null),
        "service_tier": "default",
        "store": or("store", true.into()),
        "temperature": or("temperature", 1.0.into()),
        "text": {
            "format": text.get("format").cloned().unwrap_or_else(|| json!({"type": "text"})),
            "verbosity": text.get("verbosity").cloned().unwrap_or_else(|| "medium".into()),
        },
        "tool_choice": or("tool_choice", "auto".into()),
        "tools": or("tools", json!([])),
        "top_logprobs": or("top_logprobs", 0.into()),
        "top_p": or("top_p", 1.0.into()),
        "truncation": or("truncation", "disabled".into()),
        "user": or("user", Value::Null),
    })
}
