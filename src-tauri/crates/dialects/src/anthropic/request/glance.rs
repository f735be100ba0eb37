//! What a request asks for, at a glance.

use crate::dialect::Dialect;
use crate::glance::{BodyError, Sights, each_turn, is_filled, is_str};
use crate::json::{Kind, View};

use super::thinking::thinks;

/// Where a document that is a URL has a place.
const DOCUMENT_URL: &[Dialect] = &[Dialect::OpenaiResponses, Dialect::Gemini];

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [
        model,
        stream,
        messages,
        system,
        tools,
        mcp_servers,
        thinking,
        container,
        thread,
        compaction,
        max_tokens,
        metadata,
    ] = root.pick([
        "model",
        "stream",
        "messages",
        "system",
        "tools",
        "mcp_servers",
        "thinking",
        "container",
        "thread",
        "compaction",
        "max_tokens",
        "metadata",
    ]);
    sights.model_and_stream(model, stream)?;
    each_turn(messages, "messages", |message| {
        let [role, content] = message.pick(["role", "content"]);
        if is_str(role, "assistant") {
            sights.glance.continues = true;
        } else if is_str(role, "user") {
            sights.said(content);
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
        sights.need("MCP");
        sights.effects("MCP");
    }
    if thinks(thinking) {
        sights.reasoning();
    }
    if container.is_some_and(|container| container.kind() == Kind::String || container.get("id").is_some()) {
        sights.state("container");
        sights.state_id(container);
    } else if container.is_some() {
        sights.need("skills");
    }
    // A conversation that the provider keeps.
    if thread.is_some() {
        sights.glance.continues = true;
        sights.state("previous response");
        sights.state_id(thread);
    }
    sights.user(metadata);
    // Asks for a summary in place of an answer.
    if compaction.is_some() {
        sights.need("compaction");
    }
    // Asks for the prompt to be put in the cache, and for no answer.
    if max_tokens.and_then(View::u64) == Some(0) {
        sights.need("cache warming");
    }
    Ok(())
}

fn look_at_tools(tools: Option<View<'_>>, sights: &mut Sights) {
    sights.tools(tools);
    for kind in tools.into_iter().flat_map(View::items).filter_map(|tool| tool.get_str("type")) {
        // Families are versioned: `code_execution_20250825`.
        let is = |family: &str| kind.starts_with(family);
        if is("code_execution") {
            sights.need("code execution");
            sights.effects("code execution");
        } else if is("mcp") {
            sights.need("MCP");
            sights.effects("MCP");
        } else if is("computer") {
            sights.need("computer use");
            sights.effects("computer use");
        } else if is("bash") || is("text_editor") || is("memory") || is("browser") {
            // The client runs them, but only Claude models know how they are called.
            sights.need("a tool that Anthropic defines");
        }
        // Of the rest, the provider searches or reads with some, which changes nothing; those are noted when they are
        // left out.
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
    let [kind, text, source, content, toolset] = block.pick(["type", "text", "source", "content", "toolset_name"]);
    let kind = kind.and_then(View::str);
    match kind.as_deref() {
        Some("text") => {
            if let Some(text) = text {
                sights.text(text);
            }
        }
        Some("image") => sights.picture(),
        Some("document") => look_at_document(block, source, sights),
        Some("container_upload") => {
            sights.state("file");
            sights.state_id(block.get("file_id"));
        }
        Some("tool_result") => {
            sights.tool_turn();
            return content;
        }
        Some(kind) if kind == "tool_use" || kind.ends_with("_tool_use") || kind.ends_with("_tool_result") => {
            if toolset.is_some() {
                sights.need("a tool that Anthropic defines");
            }
            sights.tool_turn();
            sights.text(block);
        }
        Some(
            "thinking" | "redacted_thinking" | "search_result" | "tool_reference" | "compaction" | "fallback"
            | "tool_addition" | "tool_removal" | "mcp_tool_listing",
        ) => sights.text(block),
        _ => {
            sights.need("content of another kind");
            sights.text(block);
        }
    }
    if source.is_some_and(|source| is_str(source.get("type"), "file")) {
        sights.state("file");
        sights.state_id(source.and_then(|source| source.get("file_id")));
    }
    None
}

fn look_at_document(block: View<'_>, source: Option<View<'_>>, sights: &mut Sights) {
    match source.and_then(|source| source.get_str("type")).as_deref() {
        Some("text" | "content") => sights.text(block),
        Some("url") => {
            sights.need_of("documents by URL", DOCUMENT_URL);
            sights.document();
        }
        _ => sights.document(),
    }
}
