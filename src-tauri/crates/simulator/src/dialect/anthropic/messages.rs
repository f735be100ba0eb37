//! What Anthropic checks in the messages of a request: roles, blocks, tool turns, thinking that comes back.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    super::{Refusal, heard::Heard},
    MARK, invalid,
    request::{effort, is_plain, only},
};
use crate::{
    media::{self, IMAGES},
    seal::Seal,
};

/// Types of blocks beside those that are checked here: what Anthropic's own tools leave in a conversation.
const OF_SERVERS: [&str; 18] = [
    "advisor_tool_result",
    "bash_code_execution_tool_result",
    "code_execution_tool_result",
    "compaction",
    "container_upload",
    "fallback",
    "mcp_tool_listing",
    "mcp_tool_result",
    "mcp_tool_use",
    "search_result",
    "server_tool_use",
    "text_editor_code_execution_tool_result",
    "tool_addition",
    "tool_reference",
    "tool_removal",
    "tool_search_tool_result",
    "web_fetch_tool_result",
    "web_search_tool_result",
];

/// Whether this request thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    Off,
    Adaptive,
    Enabled,
}

/// A conversation under validation.
pub(super) struct Chat<'a> {
    seal: &'a Seal,
    model: &'a str,
    newest: bool,
    thinking: Thinking,
    pub(super) heard: Heard,
    /// Words up to the last place that is marked for the cache.
    pub(super) marked: u64,
}

impl<'a> Chat<'a> {
    pub(super) fn new(seal: &'a Seal, model: &'a str, newest: bool, thinking: Thinking) -> Self {
        Self { seal, model, newest, thinking, heard: Heard::default(), marked: 0 }
    }

    /// The system prompt.
    pub(super) fn instructed(&mut self, system: &Value, text: &str) {
        self.heard.instructed(text);
        if holds_mark(system) {
            self.marked = self.heard.words;
        }
    }
}

/// Messages of one role that follow each other count as one.
struct Turn<'a> {
    user: bool,
    /// Place of the first message.
    at: usize,
    /// Each with its place: message and block.
    blocks: Vec<(usize, usize, &'a Value)>,
}

/// Validates the messages and takes in what they say.
pub(super) fn converse(chat: &mut Chat<'_>, messages: &Value) -> Result<(), Refusal> {
    let Some(messages) = messages.as_array() else {
        return Err(invalid("messages: Input should be a valid list"));
    };
    if messages.is_empty() {
        return Err(invalid("messages: at least one message is required"));
    }
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = role(at, message, chat.model)?;
        let text = content(at, message, at + 1 == messages.len(), chat)?;
        match role {
            "assistant" => chat.heard.model(&text),
            "user" => chat.heard.other(&text),
            _ => chat.heard.instructed(&text),
        }
        if holds_mark(&message["content"]) {
            chat.marked = chat.heard.words;
        }
        if role == "system" {
            continue;
        }
        let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let blocks = blocks.iter().enumerate().map(|(place, block)| (at, place, block));
        match turns.last_mut() {
            Some(turn) if turn.user == (role == "user") => turn.blocks.extend(blocks),
            _ => turns.push(Turn { user: role == "user", at, blocks: blocks.collect() }),
        }
    }
    if turns.first().is_some_and(|turn| !turn.user) {
        return Err(invalid("messages: first message must use the \"user\" role"));
    }
    pair(&turns)?;
    if chat.thinking == Thinking::Enabled {
        begins_with_thinking(&turns, messages)?;
    }
    Ok(())
}

fn holds_mark(content: &Value) -> bool {
    let blocks = content.as_array().map(Vec::as_slice).unwrap_or_default();
    blocks.iter().any(|block| block.get("cache_control").is_some_and(|mark| !mark.is_null()))
}

/// Models from Opus 4.8 on take system turns between the others; the older ones refuse them.
fn takes_system_turns(model: &str) -> bool {
    let older = model.starts_with("claude-3") || model.contains("-4-") || model.ends_with("-4");
    !older || model.starts_with("claude-opus-4-8")
}

fn role<'a>(at: usize, message: &'a Value, model: &str) -> Result<&'a str, Refusal> {
    match message.get("role").map(Value::as_str) {
        None => Err(invalid(&format!("messages.{at}.role: Field required"))),
        Some(Some(role @ ("user" | "assistant"))) => Ok(role),
        Some(Some(role @ "system")) if takes_system_turns(model) => Ok(role),
        Some(Some("system")) => Err(invalid(
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
        )),
        Some(_) => Err(invalid(&format!("messages.{at}.role: Input should be 'user' or 'assistant'"))),
    }
}

/// The text of one message.
fn content(at: usize, message: &Value, last: bool, chat: &Chat<'_>) -> Result<String, Refusal> {
    let place = format!("messages.{at}");
    if message["role"] == "system" {
        // The effort from here on (beta of July 2026).
        only(message, &["role", "content", "output_config"], &place)?;
        effort(&message["output_config"], &format!("{place}.output_config"))?;
    } else {
        only(message, &["role", "content"], &place)?;
    }
    let Some(content) = message.get("content") else {
        return Err(invalid(&format!("messages.{at}.content: Field required")));
    };
    let by_model = message["role"] == "assistant";
    let empty = content.as_str().is_some_and(str::is_empty) || content.as_array().is_some_and(Vec::is_empty);
    if empty && !(last && by_model) {
        return Err(invalid(&format!(
            "messages.{at}: all messages must have non-empty content except for the optional final assistant message"
        )));
    }
    let place = format!("messages.{at}.content");
    let mut texts = Vec::new();
    match content {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(blocks) => {
            for (number, block) in blocks.iter().enumerate() {
                texts.push(spoken(block, &format!("{place}.{number}"), by_model, chat)?);
            }
        }
        _ => return Err(invalid(&format!("{place}: Input should be a valid string or list"))),
    }
    let open = if let Some(last) = content.as_array() {
        last.last().map_or("", |b| b["text"].as_str().unwrap_or(""))
    } else {
        content.as_str().unwrap_or("")
    };
    if last && by_model && open.ends_with(char::is_whitespace) {
        return Err(invalid("messages: final assistant content cannot end with trailing whitespace"));
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts.join(" "))
}

/// The text of one block, which must be one that this side may send.
fn spoken(block: &Value, place: &str, by_model: bool, chat: &Chat<'_>) -> Result<String, Refusal> {
    let kind = block.get("type").and_then(Value::as_str);
    let wrong_side = match kind {
        Some("tool_use" | "thinking" | "redacted_thinking") if !by_model => Some("assistant"),
        Some("tool_result") if by_model => Some("user"),
        _ => None,
    };
    if let (Some(kind), Some(side)) = (kind, wrong_side) {
        return Err(invalid(&format!("{place}: `{kind}` blocks can only be in `{side}` messages")));
    }
    match kind {
        Some("document") if by_model && chat.newest => {
            let place = place.rsplit_once('.').map_or(place, |(content, _)| content);
            Err(invalid(&format!("{place}: `document` blocks are not permitted in assistant messages")))
        }
        Some("tool_use") => tool_use(block, &format!("{place}.tool_use")),
        Some("tool_result") => tool_result(block, &format!("{place}.tool_result")),
        Some("thinking") => {
            only(block, &["type", "thinking", "signature"], &format!("{place}.thinking"))?;
            for field in ["thinking", "signature"] {
                if block[field].as_str().is_none() {
                    return Err(invalid(&format!("{place}.thinking.{field}: Field required")));
                }
            }
            let thought = block["thinking"].as_str().unwrap_or_default();
            let made = STANDARD.decode(block["signature"].as_str().unwrap_or_default());
            if !made.is_ok_and(|token| chat.seal.made(&token, MARK, thought)) {
                return Err(invalid(&format!("{place}: Invalid `signature` in `thinking` block")));
            }
            Ok(thought.to_owned())
        }
        Some("redacted_thinking") => {
            only(block, &["type", "data"], &format!("{place}.redacted_thinking"))?;
            let made = STANDARD.decode(block["data"].as_str().unwrap_or_default());
            if !made.is_ok_and(|token| chat.seal.made(&token, MARK, "")) {
                return Err(invalid(&format!("{place}: Invalid `data` in `redacted_thinking` block")));
            }
            Ok(String::new())
        }
        _ => plain(block, place),
    }
}

/// The text of a content field that holds only what anybody may say: a string, or a list of blocks.
pub(super) fn text(content: &Value, place: &str) -> Result<String, Refusal> {
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(blocks) => {
            let texts: Result<Vec<String>, Refusal> =
                blocks.iter().enumerate().map(|(at, block)| plain(block, &format!("{place}.{at}"))).collect();
            Ok(texts?.join(" "))
        }
        _ => Err(invalid(&format!("{place}: Input should be a valid string or list"))),
    }
}

fn plain(block: &Value, place: &str) -> Result<String, Refusal> {
    match block.get("type").and_then(Value::as_str) {
        None => Err(invalid(&format!("{place}.type: Field required"))),
        Some("text") => {
            only(block, &["type", "text", "cache_control", "citations"], &format!("{place}.text"))?;
            match block.get("text").map(Value::as_str) {
                None => Err(invalid(&format!("{place}.text.text: Field required"))),
                Some(None) => Err(invalid(&format!("{place}.text.text: Input should be a valid string"))),
                Some(Some("")) => Err(invalid(&format!("{place}: text content blocks must be non-empty"))),
                Some(Some(text)) if text.trim().is_empty() => {
                    Err(invalid("messages: text content blocks must contain non-whitespace text"))
                }
                Some(Some(text)) => Ok(text.to_owned()),
            }
        }
        Some("image") => {
            only(block, &["type", "source", "cache_control", "transformations"], &format!("{place}.image"))?;
            source(block, &format!("{place}.image.source"), &IMAGES)
        }
        Some("document") => {
            let names = ["type", "source", "title", "context", "citations", "cache_control"];
            only(block, &names, &format!("{place}.document"))?;
            source(block, &format!("{place}.document.source"), &["application/pdf"])
        }
        Some(kind) if OF_SERVERS.contains(&kind) => Ok(String::new()),
        Some(kind) => Err(invalid(&format!(
            "{place}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'search_result', 'server_tool_use', 'text', 'thinking', 'tool_result', 'tool_use', 'web_search_tool_result'"
        ))),
    }
}

/// Where an image or a document comes from. It counts as one word, its media type.
fn source(block: &Value, place: &str, types: &[&str]) -> Result<String, Refusal> {
    let source = &block["source"];
    match source["type"].as_str() {
        Some("base64") => {
            only(source, &["type", "media_type", "data"], &format!("{place}.base64"))?;
            let kind = source["media_type"].as_str().unwrap_or_default();
            if !types.contains(&kind) {
                let types: Vec<String> = types.iter().map(|kind| format!("'{kind}'")).collect();
                let (last, others) = types.split_last().map_or((String::new(), String::new()), |(last, others)| {
                    (last.clone(), if others.is_empty() { String::new() } else { format!("{} or ", others.join(", ")) })
                });
                return Err(invalid(&format!("{place}.base64.media_type: Input should be {others}{last}")));
            }
            if source["data"].as_str().and_then(media::decoded).is_none() {
                return Err(invalid(&format!("{place}.base64: invalid base64 data")));
            }
            Ok(format!("[{kind}]"))
        }
        Some("url") => {
            only(source, &["type", "url"], &format!("{place}.url"))?;
            if !source["url"].as_str().is_some_and(|url| url.starts_with("https://") && media::is_web_url(url)) {
                return Err(invalid(&format!("{place}.url.url: Only HTTPS URLs are supported.")));
            }
            Ok("[url]".to_owned())
        }
        Some("text") if types.contains(&"application/pdf") => {
            if source["media_type"] != "text/plain" {
                return Err(invalid(&format!("{place}.text.media_type: Input should be 'text/plain'")));
            }
            let data = source["data"].as_str().map(str::to_owned);
            data.ok_or_else(|| invalid(&format!("{place}.text.data: Field required")))
        }
        Some("file") => Ok("[file]".to_owned()),
        Some("content") if types.contains(&"application/pdf") => text(&source["content"], &format!("{place}.content")),
        Some(kind) => Err(invalid(&format!(
            "{place}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'base64', 'file', 'url'"
        ))),
        None => Err(invalid(&format!("{place}: Field required"))),
    }
}

fn tool_use(block: &Value, place: &str) -> Result<String, Refusal> {
    only(block, &["type", "id", "name", "input", "cache_control", "caller", "toolset_name"], place)?;
    for field in ["id", "name", "input"] {
        if block.get(field).is_none() {
            return Err(invalid(&format!("{place}.{field}: Field required")));
        }
    }
    if !block["id"].as_str().is_some_and(is_plain) {
        return Err(invalid(&format!("{place}.id: String should match pattern '^[a-zA-Z0-9_-]+$'")));
    }
    let name = block["name"].as_str().unwrap_or_default();
    if !(1..=200).contains(&name.len()) {
        return Err(invalid(&format!("{place}.name: String should have at least 1 character")));
    }
    if !block["input"].is_object() {
        return Err(invalid(&format!("{place}.input: Input should be a valid dictionary")));
    }
    Ok(block["input"].to_string())
}

fn tool_result(block: &Value, place: &str) -> Result<String, Refusal> {
    only(block, &["type", "tool_use_id", "content", "is_error", "cache_control", "toolset_name"], place)?;
    match block.get("tool_use_id").map(Value::as_str) {
        None => return Err(invalid(&format!("{place}.tool_use_id: Field required"))),
        Some(Some(id)) if is_plain(id) => {}
        Some(_) => {
            return Err(invalid(&format!("{place}.tool_use_id: String should match pattern '^[a-zA-Z0-9_-]+$'")));
        }
    }
    if !matches!(block.get("is_error"), None | Some(Value::Bool(_) | Value::Null)) {
        return Err(invalid(&format!("{place}.is_error: Input should be a valid boolean")));
    }
    match block.get("content") {
        None | Some(Value::Null) => Ok(String::new()),
        Some(content) => text(content, &format!("{place}.content")),
    }
}

/// Every call is answered in the turn after it, first thing, and nothing else is.
fn pair(turns: &[Turn<'_>]) -> Result<(), Refusal> {
    let mut seen: Vec<&str> = Vec::new();
    for (number, turn) in turns.iter().enumerate() {
        let ids = |turn: &'_ Turn<'_>, kind: &str, field: &str| -> Vec<String> {
            let blocks = turn.blocks.iter().filter(|(.., block)| block["type"] == kind);
            blocks.filter_map(|(.., block)| block[field].as_str().map(str::to_owned)).collect()
        };
        if turn.user {
            let before = number.checked_sub(1).map(|before| ids(&turns[before], "tool_use", "id")).unwrap_or_default();
            let mut answered: Vec<&str> = Vec::new();
            for (at, place, block) in turn.blocks.iter().filter(|(.., block)| block["type"] == "tool_result") {
                let id = block["tool_use_id"].as_str().unwrap_or_default();
                if !before.iter().any(|known| known == id) {
                    return Err(invalid(&format!(
                        "messages.{at}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                    )));
                }
                if answered.contains(&id) {
                    return Err(invalid(&format!(
                        "messages.{at}.content.{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
                    )));
                }
                answered.push(id);
            }
            continue;
        }
        for (at, place, block) in turn.blocks.iter().filter(|(.., block)| block["type"] == "tool_use") {
            let id = block["id"].as_str().unwrap_or_default();
            if seen.contains(&id) {
                return Err(invalid(&format!("messages.{at}.content.{place}: `tool_use` ids must be unique")));
            }
            seen.push(id);
        }
        let first = |turn: &Turn<'_>| -> Vec<String> {
            let leading = turn.blocks.iter().take_while(|(.., block)| block["type"] == "tool_result");
            leading.filter_map(|(.., block)| block["tool_use_id"].as_str().map(str::to_owned)).collect()
        };
        let answered = turns.get(number + 1).map(first).unwrap_or_default();
        let open: Vec<String> = ids(turn, "tool_use", "id").into_iter().filter(|id| !answered.contains(id)).collect();
        if !open.is_empty() {
            let at = turn.blocks.iter().rev().find(|(.., block)| block["type"] == "tool_use").map_or(turn.at, |b| b.0);
            return Err(invalid(&format!(
                "messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                open.join(", ")
            )));
        }
    }
    Ok(())
}

/// The turn of the model that is still open (its tools have just answered, or it is to be continued) begins with
/// thinking.
fn begins_with_thinking(turns: &[Turn<'_>], messages: &[Value]) -> Result<(), Refusal> {
    let answers = |turn: &Turn<'_>| turn.user && turn.blocks.iter().any(|(.., block)| block["type"] == "tool_result");
    let mut opening = None;
    for turn in turns.iter().rev() {
        match (turn.user, answers(turn)) {
            (true, false) => break,
            (true, true) => {}
            (false, _) => opening = Some(turn),
        }
    }
    let Some(turn) = opening else { return Ok(()) };
    let at = turn.at;
    let first = messages[at]["content"]
        .as_array()
        .map_or("text", |blocks| blocks.first().and_then(|block| block["type"].as_str()).unwrap_or("thinking"));
    if matches!(first, "thinking" | "redacted_thinking") {
        return Ok(());
    }
    Err(invalid(&format!(
        "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{first}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
    )))
}
