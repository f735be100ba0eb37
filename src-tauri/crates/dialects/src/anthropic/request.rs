//! Reading and writing requests.

use crate::dialect::Dialect;
use crate::form::{Block, Request, Role, Turn};
use crate::glance::{BodyError, Sights, each_turn, is_filled, is_str};
use crate::json::{Kind, View, Writer};
use crate::pass;
use crate::translate::{Draft, Order};

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [model, stream, messages, system, tools, mcp_servers, thinking, output_config, output_format, container] = root
        .pick([
            "model",
            "stream",
            "messages",
            "system",
            "tools",
            "mcp_servers",
            "thinking",
            "output_config",
            "output_format",
            "container",
        ]);
    sights.model_and_stream(model, stream)?;
    each_turn(messages, "messages", |message| {
        let [role, content] = message.pick(["role", "content"]);
        if is_str(role, "assistant") {
            sights.glance.continues = true;
        }
        if let Some(content) = content {
            look_at_content(content, sights);
        }
    })?;
    if let Some(system) = system {
        look_at_content(system, sights);
    }
    look_at_tools(tools, sights);
    if mcp_servers.is_some_and(is_filled) {
        sights.need("tools");
        sights.effects("MCP");
    }
    if thinks(thinking) {
        sights.reasoning();
    }
    if output_format.or(output_config.and_then(|config| config.get("format"))).is_some() {
        sights.need("structured output");
    }
    if container.is_some_and(|container| container.kind() == Kind::String || container.get("id").is_some()) {
        sights.state("container");
    } else if container.is_some() {
        sights.need("tools");
    }
    Ok(())
}

/// Whether the field `thinking` turns it on.
pub(crate) fn thinks(thinking: Option<View<'_>>) -> bool {
    thinking.and_then(|thinking| thinking.get_str("type")).is_some_and(|kind| kind != "disabled")
}

fn look_at_tools(tools: Option<View<'_>>, sights: &mut Sights) {
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
}

fn look_at_content(content: View<'_>, sights: &mut Sights) {
    if content.kind() == Kind::String {
        sights.text(content);
    }
    for block in content.items() {
        // A tool's result is the one block that holds blocks.
        if let Some(inner) = look_at_block(block, sights) {
            if inner.kind() == Kind::String {
                sights.text(inner);
            }
            inner.items().for_each(|block| {
                look_at_block(block, sights);
            });
        }
    }
}

/// Looks at a block, and gives the content of a tool's result.
fn look_at_block<'a>(block: View<'a>, sights: &mut Sights) -> Option<View<'a>> {
    let [kind, text, source, content] = block.pick(["type", "text", "source", "content"]);
    let kind = kind.and_then(View::str);
    match kind.as_deref() {
        Some("text") => {
            if let Some(text) = text {
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
        Some("tool_result") => {
            sights.tool_turn();
            return content;
        }
        Some(kind) if kind == "tool_use" || kind.ends_with("_tool_use") || kind.ends_with("_tool_result") => {
            sights.tool_turn();
            sights.text(block);
        }
        _ => {
            sights.need("content of another kind");
            sights.text(block);
        }
    }
    if source.is_some_and(|source| is_str(source.get("type"), "file")) {
        sights.state("file");
    }
    None
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
            "thinking" => request.notes.left_out("thinking"),
            other => request.notes.left_out(other),
        }
    }
    for (index, message) in root.get("messages").into_iter().flat_map(View::items).enumerate() {
        let texts = message.get("content").map(|content| texts(content, "messages", &mut request)).unwrap_or_default();
        let role = match message.get_str("role").as_deref() {
            Some("assistant") => Role::Assistant,
            Some("system") => {
                if !request.turns.is_empty() {
                    request.notes.moved(&format!("messages[{index}]"), "to the system prompt");
                }
                request.system.extend(texts);
                continue;
            }
            _ => Role::User,
        };
        request.turns.push(Turn { role, blocks: texts.into_iter().map(Block::Text).collect() });
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
            request.notes.left_out(format!("{place}.{}", entry.key()));
        }
        texts.extend(block.get_str("text"));
    }
    texts
}

/// Writes a request.
pub(crate) fn encode(order: &Order<'_>, _draft: &mut Draft) -> String {
    Writer::write(|w| {
        w.key("model").str(&order.terms.model);
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
                    match &*turn_texts(turn) {
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

fn turn_texts<'a>(turn: &Turn<'a>) -> Vec<std::borrow::Cow<'a, str>> {
    turn.blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
