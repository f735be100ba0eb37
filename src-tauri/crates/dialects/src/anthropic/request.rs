//! Reading and writing requests.

use crate::dialect::Dialect;
use crate::form::{Request, Role, Turn};
use crate::glance::{BodyError, Sights, is_filled, optional, turns};
use crate::json::{Kind, View, Writer};
use crate::pass;
use crate::translate::Order;

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    sights.glance.model =
        optional(root, "model", Kind::String, "a string")?.and_then(View::str).map(std::borrow::Cow::into_owned);
    sights.glance.stream = optional(root, "stream", Kind::Bool, "true or false")?.and_then(View::bool) == Some(true);
    for message in turns(root, "messages")?.items() {
        if message.get_str("role").is_some_and(|role| role == "assistant") {
            sights.glance.continues = true;
        }
        if let Some(content) = message.get("content") {
            look_at_content(content, sights);
        }
    }
    if let Some(system) = root.get("system") {
        look_at_content(system, sights);
    }
    look_at_tools(root, sights);
    if root.get("thinking").and_then(|thinking| thinking.get_str("type")).is_some_and(|kind| kind != "disabled") {
        sights.reasoning();
    }
    let config_format = root.get("output_config").and_then(|config| config.get("format"));
    if root.get("output_format").or(config_format).is_some() {
        sights.need("structured output");
    }
    let container = root.get("container");
    if container.is_some_and(|container| container.kind() == Kind::String || container.get("id").is_some()) {
        sights.state("container");
    } else if container.is_some() {
        sights.need("tools");
    }
    Ok(())
}

fn look_at_tools(root: View<'_>, sights: &mut Sights) {
    let tools = root.get("tools");
    sights.tools(tools);
    for kind in tools.into_iter().flat_map(View::items).filter_map(|tool| tool.get_str("type")) {
        // Families are versioned: `code_execution_20250825`.
        if kind.starts_with("code_execution") {
            sights.effects("code execution");
        } else if kind.starts_with("mcp") {
            sights.effects("MCP");
        } else if kind.starts_with("computer") {
            sights.effects("computer use");
        }
    }
    if root.get("mcp_servers").is_some_and(is_filled) {
        sights.need("tools");
        sights.effects("MCP");
    }
}

fn look_at_content(content: View<'_>, sights: &mut Sights) {
    if content.kind() == Kind::String {
        sights.text(content);
    }
    for block in content.items() {
        look_at_block(block, sights);
        // A tool's result is the one block that holds blocks.
        if block.get_str("type").is_some_and(|kind| kind == "tool_result")
            && let Some(inner) = block.get("content")
        {
            if inner.kind() == Kind::String {
                sights.text(inner);
            }
            inner.items().for_each(|block| look_at_block(block, sights));
        }
    }
}

fn look_at_block(block: View<'_>, sights: &mut Sights) {
    match block.get_str("type").as_deref() {
        Some("text") => {
            if let Some(text) = block.get("text") {
                sights.text(text);
            }
        }
        Some("image") => sights.picture(),
        Some("document") => sights.document(),
        Some("search_result") => {
            sights.need("documents");
            sights.text(block);
        }
        Some("container_upload") => sights.state("file"),
        Some("thinking" | "redacted_thinking") => {
            sights.need("reasoning");
            sights.text(block);
        }
        Some("tool_result") => sights.tool_turn(),
        Some("tool_use") => {
            sights.tool_turn();
            sights.text(block);
        }
        Some(kind) if kind.ends_with("_tool_use") || kind.ends_with("_tool_result") => {
            sights.tool_turn();
            sights.text(block);
        }
        _ => {
            sights.need("content of another kind");
            sights.text(block);
        }
    }
    if block.get("source").and_then(|source| source.get_str("type")).is_some_and(|kind| kind == "file") {
        sights.state("file");
    }
}

/// Reads a request that holds nothing but text.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let mut request = Request { settings: pass::sent(Dialect::Anthropic, root), ..Request::default() };
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        match &*entry.key() {
            // Of tools there are none here, and so nothing to choose.
            "model" | "messages" | "stream" | "max_tokens" | "temperature" | "top_p" | "top_k" | "stop_sequences"
            | "tools" | "tool_choice" => {}
            "system" => {
                let system = texts(entry.value, "system", &mut request);
                request.system = system;
            }
            "thinking" => request.leave_out("thinking"),
            other => request.leave_out(other),
        }
    }
    for (index, message) in root.get("messages").into_iter().flat_map(View::items).enumerate() {
        let texts = message.get("content").map(|content| texts(content, "messages", &mut request)).unwrap_or_default();
        let role = match message.get_str("role").as_deref() {
            Some("assistant") => Role::Assistant,
            Some("system") => {
                if !request.turns.is_empty() {
                    request.moved(format!("messages[{index}]"));
                }
                request.system.extend(texts);
                continue;
            }
            _ => Role::User,
        };
        request.turns.push(Turn { role, texts });
    }
    request
}

/// The texts of a string or of text blocks.
fn texts<'a>(content: View<'a>, place: &str, request: &mut Request<'_>) -> Vec<std::borrow::Cow<'a, str>> {
    if let Some(text) = content.str() {
        return vec![text];
    }
    let mut texts = Vec::new();
    for block in content.items() {
        for entry in block.entries().filter(|entry| !entry.is("type") && !entry.is("text") && !entry.value.is_null()) {
            request.leave_out(format!("{place}.{}", entry.key()));
        }
        texts.extend(block.get_str("text"));
    }
    texts
}

/// Writes a request.
pub(crate) fn encode(order: &Order<'_>) -> String {
    Writer::write(|w| {
        w.key("model").str(order.model);
        match &*order.request.system {
            [] => {}
            [text] => w.key("system").str(text),
            texts => {
                w.key("system");
                blocks(w, texts);
            }
        }
        w.key("messages").array(|w| {
            for turn in &order.request.turns {
                w.object(|w| {
                    w.key("role").str(match turn.role {
                        Role::User => "user",
                        Role::Assistant => "assistant",
                    });
                    w.key("content");
                    match &*turn.texts {
                        [text] => w.str(text),
                        texts => blocks(w, texts),
                    }
                });
            }
        });
        order.write_params(w, |_| true);
        if order.stream {
            w.key("stream").raw("true");
        }
    })
}

fn blocks(w: &mut Writer, texts: &[std::borrow::Cow<'_, str>]) {
    w.array(|w| {
        for text in texts {
            w.object(|w| {
                w.key("type").str("text");
                w.key("text").str(text);
            });
        }
    });
}
