//! What OpenAI checks in the messages of a chat: roles, fields, parts, and that every call is answered.

use serde_json::Value;

use super::{
    super::{Refusal, heard::Heard},
    rules::{
        file, given, image, list_of, missing, name, no_longer_than, only, refusal, text_of, wrong_type, wrong_value,
    },
};

const ROLES: [&str; 6] = ["system", "assistant", "user", "function", "tool", "developer"];
const PARTS: [&str; 6] = ["text", "image_url", "input_audio", "refusal", "audio", "file"];
/// The longest identifier of a call.
const LONGEST_ID: usize = 40;

/// Validates the messages and takes in what they say; `own`: the model is OpenAI's own.
pub(super) fn converse(heard: &mut Heard, messages: &[Value], own: bool) -> Result<(), Refusal> {
    // The calls of the message before, and those of them that aren't answered.
    let mut calls: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let place = format!("messages[{at}]");
        let role = role(message, &place)?;
        only(message, fields(role, own), &place)?;
        let text = content(message, role, &place)?;
        match role {
            "tool" => answered(message, at, &place, &calls, &mut open)?,
            _ => {
                all_answered(&open, at)?;
                calls.clear();
            }
        }
        match role {
            "assistant" => {
                heard.model(&text);
                calls = called(message, &place)?;
                open.clone_from(&calls);
                let arguments = message["tool_calls"].as_array().into_iter().flatten();
                for call in arguments {
                    heard.model(call["function"]["arguments"].as_str().unwrap_or_default());
                }
            }
            "system" | "developer" => heard.instructed(&text),
            _ => heard.other(&text),
        }
    }
    all_answered(&open, messages.len())
}

fn role<'a>(message: &'a Value, place: &str) -> Result<&'a str, Refusal> {
    let Some(role) = message.get("role") else {
        return Err(missing(&format!("{place}.role")));
    };
    match role.as_str() {
        Some(known) if ROLES.contains(&known) => Ok(known),
        _ => Err(wrong_value(&format!("{place}.role"), role, &ROLES)),
    }
}

fn fields(role: &str, own: bool) -> &'static [&'static str] {
    match role {
        "assistant" if own => {
            &["role", "content", "name", "refusal", "tool_calls", "function_call", "audio", "annotations"]
        }
        "assistant" => &[
            "role",
            "content",
            "name",
            "refusal",
            "tool_calls",
            "function_call",
            "audio",
            "annotations",
            "reasoning_content",
        ],
        "tool" => &["role", "content", "tool_call_id", "name"],
        _ => &["role", "content", "name"],
    }
}

fn content(message: &Value, role: &str, place: &str) -> Result<String, Refusal> {
    let says_otherwise = ["tool_calls", "refusal", "function_call", "audio"];
    match message.get("content") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let texts: Result<Vec<String>, Refusal> = parts
                .iter()
                .enumerate()
                .map(|(at, part)| spoken(part, role, place, &format!("{place}.content[{at}]")))
                .collect();
            Ok(texts?.join(" "))
        }
        None | Some(Value::Null) if role == "assistant" => {
            if says_otherwise.iter().any(|name| given(message, name).is_some()) {
                return Ok(message["refusal"].as_str().unwrap_or_default().to_owned());
            }
            let message = "Invalid value for 'content': expected a string, got null.";
            Err(refusal(400, message, Some(&format!("{place}.content")), None))
        }
        None => Err(missing(&format!("{place}.content"))),
        Some(other) => {
            let expected = "one of an array of objects or string";
            Err(wrong_type(&format!("{place}.content"), expected, other))
        }
    }
}

fn spoken(part: &Value, role: &str, message: &str, place: &str) -> Result<String, Refusal> {
    let Some(kind) = part.get("type") else {
        return Err(missing(&format!("{place}.type")));
    };
    let kind = match kind.as_str() {
        Some(kind) if PARTS.contains(&kind) => kind,
        _ => return Err(wrong_value(&format!("{place}.type"), kind, &PARTS)),
    };
    let fits = match kind {
        "text" => true,
        "refusal" => role == "assistant",
        _ => role == "user",
    };
    if !fits {
        let (which, only_for) = match kind {
            "image_url" => ("an image URL", "Image URLs are only allowed for messages with role 'user'"),
            "refusal" => ("a refusal", "Refusals are only allowed for messages with role 'assistant'"),
            _ => ("a file or audio", "Files and audio are only allowed for messages with role 'user'"),
        };
        let text = format!("Invalid '{message}'. {only_for}, but this message with role '{role}' contains {which}.");
        return Err(refusal(400, &text, Some(message), Some("invalid_value")));
    }
    only(part, &["type", kind, "prompt_cache_breakpoint"], place)?;
    match kind {
        "text" | "refusal" => text_of(part, kind, place).map(str::to_owned),
        "image_url" => {
            let place = format!("{place}.image_url");
            let inner = &part["image_url"];
            if !inner.is_object() {
                return Err(part
                    .get("image_url")
                    .map_or_else(|| missing(&place), |got| wrong_type(&place, "an object", got)));
            }
            only(inner, &["url", "detail"], &place)?;
            let details = ["low", "high", "auto", "original"];
            if given(inner, "detail").is_some_and(|detail| !details.iter().any(|known| detail == known)) {
                return Err(wrong_value(&format!("{place}.detail"), &inner["detail"], &details));
            }
            image(text_of(inner, "url", &place)?, &format!("{place}.url"))
        }
        "file" => {
            let place = format!("{place}.file");
            only(&part["file"], &["file_data", "file_id", "filename"], &place)?;
            match given(&part["file"], "file_data") {
                Some(_) => file(text_of(&part["file"], "file_data", &place)?, &format!("{place}.file_data")),
                None => text_of(&part["file"], "file_id", &place).map(|_| "[file]".to_owned()),
            }
        }
        _ => Ok(String::new()),
    }
}

/// The identifiers of a message's calls.
fn called<'a>(message: &'a Value, place: &str) -> Result<Vec<&'a str>, Refusal> {
    if given(message, "tool_calls").is_none() {
        return Ok(Vec::new());
    }
    let place = format!("{place}.tool_calls");
    let calls = list_of(message, "tool_calls", &place)?;
    if calls.is_empty() {
        let message = format!(
            "Invalid '{place}': empty array. Expected an array with minimum length 1, but got an empty array instead."
        );
        return Err(refusal(400, &message, Some(&place), Some("empty_array")));
    }
    let mut ids = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let place = format!("{place}[{at}]");
        let id = text_of(call, "id", &place)?;
        no_longer_than(id, LONGEST_ID, &format!("{place}.id"))?;
        let kind = text_of(call, "type", &place)?;
        if !["function", "custom"].contains(&kind) {
            return Err(wrong_value(&format!("{place}.type"), &call["type"], &["function", "custom"]));
        }
        only(call, &["id", "type", kind], &place)?;
        let place = format!("{place}.{kind}");
        let Some(inner) = call.get(kind) else { return Err(missing(&place)) };
        let input = if kind == "function" { "arguments" } else { "input" };
        only(inner, &["name", input], &place)?;
        name(text_of(inner, "name", &place)?, &format!("{place}.name"))?;
        text_of(inner, input, &place)?;
        ids.push(id);
    }
    Ok(ids)
}

/// A message of a tool answers a call of the message before.
fn answered<'a>(
    message: &'a Value,
    at: usize,
    place: &str,
    calls: &[&str],
    open: &mut Vec<&'a str>,
) -> Result<(), Refusal> {
    let id = text_of(message, "tool_call_id", place)?;
    no_longer_than(id, LONGEST_ID, &format!("{place}.tool_call_id"))?;
    if calls.is_empty() {
        let text = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        return Err(refusal(400, text, Some(&format!("messages.[{at}].role")), None));
    }
    if !calls.contains(&id) {
        let text =
            format!("Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous message.");
        return Err(refusal(400, &text, Some(&format!("messages.[{at}].tool_call_id")), None));
    }
    open.retain(|call| *call != id);
    Ok(())
}

fn all_answered(open: &[&str], at: usize) -> Result<(), Refusal> {
    if open.is_empty() {
        return Ok(());
    }
    let text = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    );
    Err(refusal(400, &text, Some(&format!("messages.[{at}].role")), None))
}
