//! Reading a request into the common form.

use std::borrow::Cow;
use std::collections::HashSet;

use super::resolution::Resolution;
use super::{config, parts, tools};
use crate::dialect::Dialect;
use crate::form::{Block, Format, Request, Role, Schema, Turn};
use crate::gemini::schema::widen;
use crate::gemini::{camel, either, reasoning};
use crate::json::{Kind, View};
use crate::notes::Notes;
use crate::pass;

/// Reads a request. Model and streaming are in its URL.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let mut request = Request::default();
    let config = config(root).filter(|config| config.kind() == Kind::Object);
    let resolution = config.and_then(|config| read_config(config, &mut request));
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        match &*camel(&entry.key()) {
            // Some SDKs repeat the URL's model.
            "contents" | "generationConfig" | "model" => {}
            "systemInstruction" => request.system = system(entry.value, &mut request.notes),
            "tools" => request.tools = tools::offered(entry.value, &mut request.notes),
            "toolConfig" => request.tool_choice = tools::chosen(entry.value, &mut request.notes),
            "serviceTier" => request.service_tier = entry.value.str().and_then(|word| tier(&word)),
            other => request.notes.left_out(other),
        }
    }
    for content in root.get("contents").into_iter().flat_map(View::items) {
        let role = match content.get_str("role").as_deref() {
            Some("model") => Role::Assistant,
            _ => Role::User,
        };
        // Google's SDK keeps each piece of a streamed answer as a content of its own, and reasoning's proof comes in the last.
        if request.turns.last().is_none_or(|turn| turn.role != role) {
            request.turns.push(Turn { role, blocks: Vec::new() });
        }
        if let Some(turn) = request.turns.last_mut() {
            parts::blocks(content, &mut turn.blocks, &mut request.notes);
        }
    }
    for turn in &mut request.turns {
        drop_repeated(&mut turn.blocks, &mut request.notes);
    }
    if let Some(resolution) = resolution {
        resolution.say_all(&mut request.turns, &mut request.notes);
    }
    request
}

/// OpenAI's word for Gemini's tier.
fn tier(tier: &str) -> Option<Cow<'static, str>> {
    match tier.to_lowercase().as_str() {
        "unspecified" | "" => None,
        "standard" => Some(Cow::Borrowed("default")),
        word => Some(Cow::Owned(word.to_owned())),
    }
}

/// A content may also be a plain string where it is the system instruction's.
fn system<'a>(content: View<'a>, notes: &mut Notes) -> Vec<Cow<'a, str>> {
    if let Some(text) = content.str() {
        return vec![text];
    }
    let mut blocks = Vec::new();
    parts::blocks(content, &mut blocks, notes);
    let texts = blocks.into_iter().filter_map(|block| match block {
        Block::Text(text) => Some(text),
        _ => {
            notes.left_out("systemInstruction.parts");
            None
        }
    });
    texts.collect()
}

/// Gemini CLI, when it takes up a conversation again, tells each result twice.
fn drop_repeated(blocks: &mut Vec<Block<'_>>, notes: &mut Notes) {
    let mut seen = HashSet::new();
    let before = blocks.len();
    blocks.retain(|block| match block {
        Block::Result(result) if !result.id.is_empty() => seen.insert(result.id.clone().into_owned()),
        _ => true,
    });
    if blocks.len() < before {
        notes.reshaped("contents", "a result that is told twice is sent once");
    }
}

/// Reads the `generationConfig`; what it says of all media is for who has read them.
fn read_config<'a>(config: View<'a>, request: &mut Request<'a>) -> Option<Resolution> {
    request.settings = pass::sent(Dialect::Gemini, config);
    let mut mime = None;
    let mut resolution = None;
    let mut schema: Option<Schema<'a>> = None;
    for entry in config.entries().filter(|entry| !entry.value.is_null()) {
        let value = entry.value;
        let key = camel(&entry.key());
        match &*key {
            "thinkingConfig" => request.reasoning = reasoning::asked(value),
            "mediaResolution" => resolution = Resolution::read(value),
            "responseMimeType" => mime = value.str(),
            "responseSchema" => schema = schema.or_else(|| Some(widen(value))),
            "responseJsonSchema" => schema = Some(value.into()),
            "responseFormat" => {
                let formats = value.items().chain([value]);
                for format in formats.flat_map(View::entries) {
                    if format.is("text") {
                        mime = either(format.value, "mimeType", "mime_type").and_then(View::str).or(mime);
                        schema = format.value.get("schema").map(Into::into).or(schema);
                    } else {
                        request.notes.left_out(format!("generationConfig.responseFormat.{}", format.key()));
                    }
                }
            }
            // These ask for what every answer is; other values of theirs are needs.
            "candidateCount" | "responseModalities" | "responseLogprobs" => {}
            _ if request.settings.iter().any(|sent| entry.is(sent.field)) => {}
            _ => request.notes.left_out(format!("generationConfig.{key}")),
        }
    }
    let is_json = mime.as_deref().is_none_or(|mime| {
        mime.eq_ignore_ascii_case("application/json") || mime.eq_ignore_ascii_case("application_json")
    });
    request.format = match schema {
        Some(schema) if is_json => Some(Format::Schema { name: None, description: None, schema, strict: Some(true) }),
        None if is_json && mime.is_some() => Some(Format::Json),
        _ => {
            // `text/x.enum` and the like.
            if mime.is_some_and(|mime| !mime.is_empty() && !mime.to_lowercase().contains("plain")) {
                request.notes.left_out("generationConfig.responseMimeType");
            }
            None
        }
    };
    resolution
}
