//! What OpenAI checks in the input items of a response: their shapes, that calls and outputs match, and that encrypted
//! reasoning is its own.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use serde_json::Value;

use super::{
    super::{
        Inquiry, Refusal,
        heard::Heard,
        openai::rules::{
            file, given, image, missing, name, no_longer_than, only, refusal, text_of, wrong_type, wrong_value,
        },
    },
    MARK,
};

const ROLES: [&str; 4] = ["assistant", "system", "developer", "user"];
/// Parts of a message by the model.
const SAID: [&str; 2] = ["output_text", "refusal"];
/// Parts of any other message.
const ASKED: [&str; 3] = ["input_text", "input_image", "input_file"];
/// Kinds of items that are taken as they come.
const OTHERS: [&str; 22] = [
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "program",
    "program_output",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];
/// Those that are checked.
const CHECKED: [&str; 8] = [
    "message",
    "additional_tools",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "reasoning",
    "item_reference",
];
/// What Codex says about an item for OpenAI's own use. Any item may carry it.
const ASIDE: &str = "internal_chat_message_metadata_passthrough";
/// The longest identifier of a call.
const LONGEST_ID: usize = 64;

/// Validates the items after the first `stored`, which the provider said or took before, and takes in what all say.
pub(super) fn converse(
    heard: &mut Heard,
    items: &[Value],
    stored: usize,
    inquiry: &Inquiry<'_>,
) -> Result<(), Refusal> {
    for (at, item) in items.iter().enumerate() {
        // Places are told as the client numbers its items.
        let place = format!("input[{}]", at.saturating_sub(stored));
        let text = spoken(item, &place, inquiry)?;
        match kind(item) {
            Some("message") => match item["role"].as_str() {
                Some("assistant") => heard.model(&text),
                Some("user") => heard.other(&text),
                _ => heard.instructed(&text),
            },
            Some("function_call" | "custom_tool_call" | "reasoning") => heard.model(&text),
            Some("function_call_output" | "custom_tool_call_output") => heard.other(&text),
            Some("item_reference") => {
                let known = item["id"].as_str().and_then(|id| inquiry.archive.item(id));
                heard.model(
                    &known
                        .map(|known| known["content"][0]["text"].as_str().unwrap_or_default().to_owned())
                        .unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
    pair(items, inquiry)?;
    reasoning_leads_somewhere(items)
}

/// A message may leave its type out.
fn kind(item: &Value) -> Option<&str> {
    item.get("type").map_or_else(|| item.get("role").map(|_| "message"), Value::as_str)
}

fn spoken(item: &Value, place: &str, inquiry: &Inquiry<'_>) -> Result<String, Refusal> {
    if !item.is_object() {
        return Err(wrong_type(place, "an input item", item));
    }
    match kind(item) {
        None => Err(missing(&format!("{place}.type"))),
        Some("message") => message(item, place),
        Some("function_call") => {
            fields(item, &["type", "id", "call_id", "name", "arguments", "status", "caller", "namespace"], place)?;
            id(item, "fc", place)?;
            call_id(item, place)?;
            name(text_of(item, "name", place)?, &format!("{place}.name"))?;
            text_of(item, "arguments", place).map(str::to_owned)
        }
        Some("custom_tool_call") => {
            fields(item, &["type", "id", "call_id", "name", "input", "status", "caller", "namespace"], place)?;
            id(item, "ctc", place)?;
            call_id(item, place)?;
            name(text_of(item, "name", place)?, &format!("{place}.name"))?;
            text_of(item, "input", place).map(str::to_owned)
        }
        Some("function_call_output" | "custom_tool_call_output") => {
            fields(item, &["type", "id", "call_id", "output", "status", "caller"], place)?;
            call_id(item, place)?;
            let place = format!("{place}.output");
            match item.get("output") {
                None => Err(missing(&place)),
                Some(Value::String(text)) => Ok(text.clone()),
                Some(Value::Array(parts)) => parts_of(parts, &place, &ASKED),
                Some(other) => Err(wrong_type(&place, "one of an array of objects or string", other)),
            }
        }
        Some("reasoning") => reasoning(item, place, inquiry),
        Some("additional_tools") => {
            // The tools themselves are checked with those of the request.
            fields(item, &["type", "id", "role", "tools"], place)?;
            Ok(String::new())
        }
        Some("item_reference") => {
            let id = text_of(item, "id", place)?;
            if inquiry.archive.item(id).is_some() { Ok(String::new()) } else { Err(not_stored(id)) }
        }
        Some(other) if OTHERS.contains(&other) => Ok(String::new()),
        Some(_) => Err(wrong_value(place, &item["type"], &[&CHECKED[..], &OTHERS].concat())),
    }
}

/// Refuses the fields of an item that aren't among `names`.
fn fields(item: &Value, names: &[&str], place: &str) -> Result<(), Refusal> {
    only(item, &[names, &[ASIDE]].concat(), place)
}

fn message(item: &Value, place: &str) -> Result<String, Refusal> {
    fields(item, &["type", "role", "content", "id", "status", "phase"], place)?;
    let Some(role) = item.get("role") else { return Err(missing(&format!("{place}.role"))) };
    if !ROLES.iter().any(|known| role == known) {
        return Err(wrong_value(&format!("{place}.role"), role, &ROLES));
    }
    let by_model = role == "assistant";
    if by_model {
        id(item, "msg", place)?;
    }
    let place = format!("{place}.content");
    match item.get("content") {
        None => Err(missing(&place)),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => parts_of(parts, &place, if by_model { &SAID } else { &ASKED }),
        Some(other) => Err(wrong_type(&place, "one of an array of objects or string", other)),
    }
}

fn parts_of(parts: &[Value], place: &str, kinds: &[&str]) -> Result<String, Refusal> {
    let mut texts = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let place = format!("{place}[{at}]");
        let kind = text_of(part, "type", &place)?;
        if !kinds.contains(&kind) {
            return Err(wrong_value(&place, &part["type"], kinds));
        }
        texts.push(match kind {
            "input_text" => {
                only(part, &["type", "text", "prompt_cache_breakpoint"], &place)?;
                text_of(part, "text", &place)?.to_owned()
            }
            "output_text" => {
                only(part, &["type", "text", "annotations", "logprobs"], &place)?;
                text_of(part, "text", &place)?.to_owned()
            }
            "refusal" => {
                only(part, &["type", "refusal"], &place)?;
                text_of(part, "refusal", &place)?.to_owned()
            }
            "input_image" => {
                only(part, &["type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"], &place)?;
                let details = ["low", "high", "auto", "original"];
                if given(part, "detail").is_some_and(|detail| !details.iter().any(|known| detail == known)) {
                    return Err(wrong_value(&format!("{place}.detail"), &part["detail"], &details));
                }
                let url = format!("{place}.image_url");
                match (given(part, "image_url"), given(part, "file_id")) {
                    (Some(Value::String(given)), _) => image(given, &url)?,
                    (Some(other), _) => return Err(wrong_type(&url, "a string", other)),
                    (None, Some(_)) => "[file]".to_owned(),
                    (None, None) => return Err(missing(&url)),
                }
            }
            _ => {
                let names =
                    ["type", "file_data", "file_id", "file_url", "filename", "detail", "prompt_cache_breakpoint"];
                only(part, &names, &place)?;
                match given(part, "file_data") {
                    Some(_) => file(text_of(part, "file_data", &place)?, &format!("{place}.file_data"))?,
                    None if given(part, "file_id").or_else(|| given(part, "file_url")).is_some() => "[file]".to_owned(),
                    None => return Err(missing(&format!("{place}.file_data"))),
                }
            }
        });
    }
    Ok(texts.join(" "))
}

/// An item's identifier says what kind of item it is.
fn id(item: &Value, prefix: &str, place: &str) -> Result<(), Refusal> {
    let Some(given) = given(item, "id") else { return Ok(()) };
    let place = format!("{place}.id");
    let Some(id) = given.as_str() else { return Err(wrong_type(&place, "a string", given)) };
    no_longer_than(id, LONGEST_ID, &place)?;
    if id.starts_with(prefix) {
        return Ok(());
    }
    let message = format!("Invalid '{place}': '{id}'. Expected an ID that begins with '{prefix}'.");
    Err(refusal(400, &message, Some(&place), Some("invalid_value")))
}

fn call_id(item: &Value, place: &str) -> Result<(), Refusal> {
    no_longer_than(text_of(item, "call_id", place)?, LONGEST_ID, &format!("{place}.call_id"))
}

fn reasoning(item: &Value, place: &str, inquiry: &Inquiry<'_>) -> Result<String, Refusal> {
    fields(item, &["type", "id", "summary", "content", "encrypted_content", "status"], place)?;
    id(item, "rs", place)?;
    match item.get("summary") {
        None => return Err(missing(&format!("{place}.summary"))),
        Some(Value::Array(parts)) => {
            for (at, part) in parts.iter().enumerate() {
                let place = format!("{place}.summary[{at}]");
                if text_of(part, "type", &place)? != "summary_text" {
                    return Err(wrong_value(&place, &part["type"], &["summary_text"]));
                }
                text_of(part, "text", &place)?;
            }
        }
        Some(other) => return Err(wrong_type(&format!("{place}.summary"), "an array of objects", other)),
    }
    match given(item, "encrypted_content") {
        Some(Value::String(content)) => {
            let token = URL_SAFE.decode(content).unwrap_or_default();
            if inquiry.seal.made(&token, MARK, "") {
                return Ok(String::new());
            }
            let first: String = content.chars().take(4).collect();
            let last: String = content.chars().skip(content.chars().count().saturating_sub(4)).collect();
            let message = format!(
                "The encrypted content {first}...{last} could not be verified. Reason: Encrypted content could not be decrypted or parsed."
            );
            Err(refusal(400, &message, None, Some("invalid_encrypted_content")))
        }
        Some(other) => Err(wrong_type(&format!("{place}.encrypted_content"), "a string", other)),
        None => match item["id"].as_str() {
            Some(id) if inquiry.archive.item(id).is_none() => Err(not_stored(id)),
            _ => Ok(String::new()),
        },
    }
}

fn not_stored(id: &str) -> Refusal {
    let message = format!(
        "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input."
    );
    refusal(404, &message, Some("input"), None)
}

/// Every output belongs to a call before it, and every call has an output after it.
fn pair(items: &[Value], inquiry: &Inquiry<'_>) -> Result<(), Refusal> {
    let referred: Vec<Value> = items
        .iter()
        .map(|item| match kind(item) {
            Some("item_reference") => item["id"].as_str().and_then(|id| inquiry.archive.item(id)).unwrap_or_default(),
            _ => item.clone(),
        })
        .collect();
    for (call, output, called, told) in [
        ("function_call", "function_call_output", "function call", "function call output"),
        ("custom_tool_call", "custom_tool_call_output", "custom tool call", "custom tool call output"),
    ] {
        let of = |kind: &'static str, items: &[Value], id: &Value| {
            items.iter().any(|item| item["type"] == kind && item["call_id"] == *id)
        };
        for (at, item) in referred.iter().enumerate() {
            let id = &item["call_id"];
            let shown = id.as_str().unwrap_or_default();
            if item["type"] == output && !of(call, &referred[..at], id) {
                let message = format!("No tool call found for {told} with call_id {shown}.");
                return Err(refusal(400, &message, Some("input"), None));
            }
            if item["type"] == call && !of(output, &referred[at..], id) {
                let message = format!("No tool output found for {called} {shown}.");
                return Err(refusal(400, &message, Some("input"), None));
            }
        }
    }
    Ok(())
}

/// Reasoning comes with what it led to.
fn reasoning_leads_somewhere(items: &[Value]) -> Result<(), Refusal> {
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item["type"] == "reasoning") {
        let led = items.get(at + 1).is_some_and(|next| match kind(next) {
            Some("message") => next["role"] == "assistant",
            Some(kind) => !kind.ends_with("_output"),
            None => false,
        });
        if !led && let Some(id) = item["id"].as_str() {
            let message = format!("Item '{id}' of type 'reasoning' was provided without its required following item.");
            return Err(refusal(400, &message, Some("input"), None));
        }
    }
    Ok(())
}
