//! Reading and writing requests.

use crate::dialect::Dialect;
use crate::form::{Block, Request, Role, Turn};
use crate::glance::{BodyError, Sights, each_turn, is_filled, is_str};
use crate::json::{Kind, View, Writer};
use crate::pass;
use crate::setting::{Setting, in_generation_config};
use crate::translate::{Draft, Order};

/// A member in either of its spellings.
fn either<'a>(object: View<'a>, camel: &str, snake: &str) -> Option<View<'a>> {
    object.get(camel).or_else(|| object.get(snake))
}

fn config(root: View<'_>) -> Option<View<'_>> {
    either(root, "generationConfig", "generation_config")
}

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [contents, tools] = root.pick(["contents", "tools"]);
    each_turn(contents, "contents", |content| {
        let [role, parts] = content.pick(["role", "parts"]);
        if is_str(role, "model") {
            sights.glance.continues = true;
        }
        look_at_parts(parts, sights);
    })?;
    let [system, system_snake, cached, cached_snake, config, config_snake] = root.pick([
        "systemInstruction",
        "system_instruction",
        "cachedContent",
        "cached_content",
        "generationConfig",
        "generation_config",
    ]);
    if let Some(system) = system.or(system_snake) {
        look_at_parts(system.get("parts"), sights);
    }
    sights.tools(tools);
    for tool in tools.into_iter().flat_map(View::items) {
        if either(tool, "codeExecution", "code_execution").is_some() {
            sights.effects("code execution");
        }
        if either(tool, "mcpServers", "mcp_servers").is_some_and(is_filled) {
            sights.effects("MCP");
        }
        if either(tool, "computerUse", "computer_use").is_some() {
            sights.effects("computer use");
        }
    }
    if cached.or(cached_snake).is_some() {
        sights.state("cached content");
    }
    if let Some(config) = config.or(config_snake) {
        look_at_config(config, sights);
    }
    Ok(())
}

fn look_at_parts(parts: Option<View<'_>>, sights: &mut Sights) {
    for part in parts.into_iter().flat_map(View::items) {
        let mut thought = false;
        let mut seen = None;
        for entry in part.entries().filter(|entry| !entry.value.is_null()) {
            match &*entry.key() {
                "thought" => thought = entry.value.bool() == Some(true),
                // What a part is, is said by one member; the others qualify it.
                "text" => seen = Some((PartKind::Text, entry.value)),
                "functionCall"
                | "function_call"
                | "functionResponse"
                | "function_response"
                | "executableCode"
                | "executable_code"
                | "codeExecutionResult"
                | "code_execution_result" => {
                    seen = Some((PartKind::Tool, entry.value));
                }
                "inlineData" | "inline_data" | "fileData" | "file_data" => seen = Some((PartKind::Media, entry.value)),
                _ => {}
            }
        }
        if thought {
            sights.need("reasoning");
        }
        match seen {
            Some((PartKind::Text, text)) => sights.text(text),
            Some((PartKind::Tool, call)) => {
                sights.tool_turn();
                sights.text(call);
            }
            Some((PartKind::Media, media)) => look_at_media(media, sights),
            None if is_filled(part) => {
                sights.need("content of another kind");
                sights.text(part);
            }
            None => {}
        }
    }
}

enum PartKind {
    Text,
    Tool,
    Media,
}

fn look_at_media(media: View<'_>, sights: &mut Sights) {
    let kind = either(media, "mimeType", "mime_type").and_then(View::str).unwrap_or_default();
    if kind.starts_with("image/") {
        sights.picture();
    } else if kind.starts_with("audio/") || kind.starts_with("video/") {
        sights.sound();
    } else {
        sights.document();
    }
    // A film's or a public file's address is not state at the provider; an uploaded file's is.
    let address = either(media, "fileUri", "file_uri").and_then(View::str);
    if address.is_some_and(|address| address.contains("/files/") || address.starts_with("files/")) {
        sights.state("file");
    }
}

fn look_at_config(config: View<'_>, sights: &mut Sights) {
    let kind = either(config, "responseMimeType", "response_mime_type").and_then(View::str);
    if kind.is_some_and(|kind| !kind.is_empty() && kind != "text/plain")
        || either(config, "responseSchema", "response_schema").is_some()
        || either(config, "responseJsonSchema", "response_json_schema").is_some()
    {
        sights.need("structured output");
    }
    if either(config, "candidateCount", "candidate_count").and_then(View::u64).is_some_and(|count| count > 1) {
        sights.need("several answers");
    }
    if either(config, "responseLogprobs", "response_logprobs").and_then(View::bool) == Some(true) {
        sights.need("log probabilities");
    }
    if either(config, "speechConfig", "speech_config").is_some() {
        sights.need("audio");
    }
    let modalities = either(config, "responseModalities", "response_modalities");
    for modality in modalities.into_iter().flat_map(View::items).filter_map(View::str) {
        if modality.eq_ignore_ascii_case("image") {
            sights.need("images");
            sights.effects("image generation");
        } else if modality.eq_ignore_ascii_case("audio") {
            sights.need("audio");
        }
    }
    if let Some(thinking) = either(config, "thinkingConfig", "thinking_config") {
        let budget = either(thinking, "thinkingBudget", "thinking_budget");
        let level = either(thinking, "thinkingLevel", "thinking_level");
        let shown = either(thinking, "includeThoughts", "include_thoughts").and_then(View::bool) == Some(true);
        // -1 leaves the budget to the model.
        if budget.is_some_and(|budget| budget.u64() != Some(0)) || level.is_some() || (shown && budget.is_none()) {
            sights.reasoning();
        }
    }
}

/// Reads a request that holds nothing but text.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let config = config(root).filter(|config| config.kind() == Kind::Object);
    let settings = config.map(|config| pass::sent(Dialect::Gemini, config)).unwrap_or_default();
    let mut request = Request::default();
    for entry in config.into_iter().flat_map(View::entries).filter(|entry| !entry.value.is_null()) {
        let known = settings.iter().any(|sent| entry.is(sent.field));
        // These ask for what every answer is; other values of theirs are not translated at all.
        let plain = ["candidateCount", "candidate_count", "responseMimeType", "response_mime_type"];
        let plain_too = ["responseModalities", "response_modalities", "responseLogprobs", "response_logprobs"];
        if !known && !plain.iter().chain(&plain_too).any(|key| entry.is(key)) {
            request.notes.left_out(format!("generationConfig.{}", entry.key()));
        }
    }
    request.settings = settings;
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        match &*entry.key() {
            // Of tools there are none here, and so nothing to configure. Some SDKs repeat the URL's model.
            "contents" | "generationConfig" | "generation_config" | "tools" | "toolConfig" | "tool_config"
            | "model" => {}
            "systemInstruction" | "system_instruction" => {
                let system = texts(entry.value, "systemInstruction", &mut request);
                request.system = system;
            }
            other => request.notes.left_out(other),
        }
    }
    for content in root.get("contents").into_iter().flat_map(View::items) {
        let role = match content.get_str("role").as_deref() {
            Some("model") => Role::Assistant,
            _ => Role::User,
        };
        let texts = texts(content, "contents", &mut request);
        request.turns.push(Turn { role, blocks: texts.into_iter().map(Block::Text).collect() });
    }
    request
}

/// The texts of a content's parts. A content may also be a plain string where it is the system instruction's.
fn texts<'a>(content: View<'a>, place: &str, request: &mut Request<'_>) -> Vec<std::borrow::Cow<'a, str>> {
    if let Some(text) = content.str() {
        return vec![text];
    }
    let mut texts = Vec::new();
    for part in content.get("parts").into_iter().flat_map(View::items) {
        for entry in part.entries().filter(|entry| !entry.is("text") && is_filled(entry.value)) {
            request.notes.left_out(format!("{place}.{}", entry.key()));
        }
        texts.extend(part.get_str("text"));
    }
    texts
}

/// Writes a request. Model and streaming are in its URL.
pub(crate) fn encode(order: &Order<'_>, _draft: &mut Draft) -> String {
    Writer::write(|w| {
        if !order.request.system.is_empty() {
            w.key("systemInstruction").object(|w| parts(w, &order.request.system));
        }
        w.key("contents").array(|w| {
            // Turns alternate here; those of one speaker that follow each other are one.
            for run in order.request.turns.chunk_by(|a, b| a.role == b.role) {
                w.object(|w| {
                    w.key("role").str(match run[0].role {
                        Role::User => "user",
                        Role::Assistant => "model",
                    });
                    let texts: Vec<_> = run.iter().flat_map(turn_texts).collect();
                    parts(w, &texts);
                });
            }
        });
        let within = |name: &str| {
            in_generation_config(name)
                || Setting::ALL.iter().any(|setting| setting.field(Dialect::Gemini) == Some(name))
        };
        let has_config = !order.choices.is_empty() || order.extras.iter().any(|param| within(&param.name));
        if has_config {
            w.key("generationConfig").object(|w| order.write_params(w, within));
        }
        order.write_params(w, |name| !within(name));
    })
}

fn parts(w: &mut Writer, texts: &[std::borrow::Cow<'_, str>]) {
    w.key("parts").array(|w| {
        for text in texts {
            w.object(|w| w.key("text").str(text));
        }
    });
}

fn turn_texts<'a>(turn: &Turn<'a>) -> Vec<std::borrow::Cow<'a, str>> {
    turn.blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
