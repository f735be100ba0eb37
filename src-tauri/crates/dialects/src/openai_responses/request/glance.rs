//! What routing needs of a request.

use crate::dialect::Dialect;
use crate::glance::{BodyError, Sights, is_filled, is_str, wrong};
use crate::json::{Kind, View};

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [
        model,
        stream,
        input,
        instructions,
        tools,
        previous,
        conversation,
        prompt,
        background,
        reasoning,
        top,
        include,
        metadata,
        cache_key,
    ] = root.pick([
        "model",
        "stream",
        "input",
        "instructions",
        "tools",
        "previous_response_id",
        "conversation",
        "prompt",
        "background",
        "reasoning",
        "top_logprobs",
        "include",
        "metadata",
        "prompt_cache_key",
    ]);
    sights.model_and_stream(model, stream)?;
    match input {
        None if [previous, conversation, prompt].iter().all(Option::is_none) => {
            return Err(BodyError::Missing("input"));
        }
        None => {}
        Some(input) => look_at_input(input, sights)?,
    }
    if let Some(instructions) = instructions {
        sights.text(instructions);
    }
    look_at_tools(tools, sights);
    for (what, is_there) in [("previous response", previous), ("conversation", conversation), ("prompt", prompt)] {
        if is_there.is_some() {
            sights.glance.continues |= what != "prompt";
            sights.state(what);
            sights.state_id(is_there);
        }
    }
    sights.user(metadata);
    sights.session(cache_key);
    if background.and_then(View::bool) == Some(true) {
        effects("background", sights);
    }
    if reasoning.is_some_and(asks_for_reasoning) {
        sights.reasoning();
    }
    let included = |what| include.into_iter().flat_map(View::items).any(|item| is_str(Some(item), what));
    if top.and_then(View::u64).is_some_and(|top| top > 0) || included("message.output_text.logprobs") {
        sights.need("log probabilities");
    }
    Ok(())
}

fn asks_for_reasoning(reasoning: View<'_>) -> bool {
    is_filled(reasoning) && reasoning.get_str("effort").is_none_or(|effort| effort != "none")
}

/// A tool with effects is the provider's to run, so no other dialect has a place for it.
fn effects(tool: &'static str, sights: &mut Sights) {
    sights.effects(tool);
    sights.need(tool);
}

fn look_at_input(input: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    match input.kind() {
        Kind::String => {
            sights.said(Some(input));
            sights.text(input);
        }
        Kind::Array => {
            for (index, item) in input.items().enumerate() {
                if item.kind() != Kind::Object {
                    return Err(wrong(format!("input[{index}]"), "an object"));
                }
                look_at_item(item, sights);
            }
        }
        _ => return Err(wrong("input", "a string or an array")),
    }
    Ok(())
}

fn look_at_item(item: View<'_>, sights: &mut Sights) {
    let [kind, role, content, output, summary, tools] =
        item.pick(["type", "role", "content", "output", "summary", "tools"]);
    match kind.and_then(View::str).as_deref() {
        // A reference may lack its type.
        None if role.is_none() && content.is_none() => stored(item, sights),
        Some("item_reference") => stored(item, sights),
        None | Some("message" | "agent_message") => {
            sights.glance.continues |= is_str(role, "assistant");
            if is_str(role, "user") {
                sights.said(content);
            }
            look_at_content(content, sights);
        }
        Some("function_call" | "custom_tool_call" | "local_shell_call" | "shell_call" | "apply_patch_call") => {
            sights.tool_turn();
            sights.text(item);
        }
        Some(
            "function_call_output"
            | "custom_tool_call_output"
            | "local_shell_call_output"
            | "shell_call_output"
            | "apply_patch_call_output",
        ) => {
            sights.tool_turn();
            look_at_content(output, sights);
        }
        Some("tool_search_call") => sights.tool_turn(),
        Some("tool_search_output") => {
            sights.tool_turn();
            look_at_tools(tools, sights);
        }
        Some("additional_tools") => look_at_tools(tools, sights),
        Some("reasoning") => {
            sights.glance.continues = true;
            if let Some(summary) = summary {
                sights.text(summary);
            }
        }
        Some("compaction" | "compaction_summary" | "compaction_trigger" | "context_compaction") => {
            sights.glance.continues = true;
            sights.need("compaction");
        }
        Some("computer_call_output") => {
            sights.tool_turn();
            effects("computer use", sights);
        }
        Some("mcp_approval_response") => {
            sights.tool_turn();
            effects("MCP", sights);
        }
        // What the provider did by itself, and bookkeeping: the conversation stands without it.
        Some(
            "web_search_call"
            | "file_search_call"
            | "code_interpreter_call"
            | "computer_call"
            | "image_generation_call"
            | "mcp_call"
            | "mcp_list_tools"
            | "mcp_approval_request"
            | "program"
            | "program_output"
            | "configuration_update",
        ) => sights.glance.continues = true,
        Some(_) => {
            sights.need("content of another kind");
            sights.text(item);
        }
    }
}

fn stored(item: View<'_>, sights: &mut Sights) {
    sights.state("stored item");
    sights.state_id(item.get("id"));
}

fn look_at_content(content: Option<View<'_>>, sights: &mut Sights) {
    let Some(content) = content else { return };
    if content.kind() == Kind::String {
        sights.text(content);
    }
    content.items().for_each(|part| look_at_part(part, sights));
}

fn look_at_part(part: View<'_>, sights: &mut Sights) {
    let [kind, text, refusal, file_id, file_url] = part.pick(["type", "text", "refusal", "file_id", "file_url"]);
    match kind.and_then(View::str).as_deref() {
        Some("input_text" | "output_text" | "text" | "refusal" | "summary_text" | "reasoning_text") => {
            if let Some(text) = text.or(refusal) {
                sights.text(text);
            }
        }
        Some("input_image") => sights.picture(),
        Some("input_file") => {
            sights.document();
            if file_url.is_some() && file_id.is_none() {
                sights.need_of("document by URL", &[Dialect::Anthropic, Dialect::Gemini]);
            }
        }
        Some("input_audio") => sights.sound(),
        _ => {
            sights.need("content of another kind");
            sights.text(part);
        }
    }
    if file_id.is_some() {
        sights.state("file");
        sights.state_id(file_id);
    }
}

fn look_at_tools(tools: Option<View<'_>>, sights: &mut Sights) {
    sights.tools(tools);
    tools.into_iter().flat_map(View::items).for_each(|tool| look_at_tool(tool, sights));
}

fn look_at_tool(tool: View<'_>, sights: &mut Sights) {
    let [kind, container, environment] = tool.pick(["type", "container", "environment"]);
    match kind.and_then(View::str).as_deref() {
        // A tool without a type is the upstream's to refuse.
        None | Some("function" | "custom" | "namespace" | "tool_search" | "programmatic_tool_calling") => {}
        Some(kind) if kind.starts_with("web_search") => {}
        Some("code_interpreter") => {
            effects("code execution", sights);
            if container.is_some_and(|container| container.kind() == Kind::String) {
                sights.state("container");
                sights.state_id(container);
            }
        }
        Some("shell") => {
            match environment.and_then(|environment| environment.get_str("type")).as_deref() {
                None | Some("local") => {}
                Some(kind) => {
                    sights.effects("code execution");
                    if kind == "container_reference" {
                        sights.state("container");
                        sights.state_id(environment.and_then(|environment| environment.get("container_id")));
                    }
                }
            }
            sights.need("native shell");
        }
        Some("local_shell") => sights.need("native shell"),
        Some("apply_patch") => sights.need("native patch"),
        Some("mcp") => effects("MCP", sights),
        Some("image_generation") => effects("image generation", sights),
        // Its vector stores are kept at the provider.
        Some("file_search") => {
            sights.state("file");
            let stores = tool.get("vector_store_ids");
            stores.into_iter().flat_map(View::items).for_each(|store| sights.state_id(Some(store)));
        }
        Some(kind) if kind.starts_with("computer") => effects("computer use", sights),
        Some(_) => sights.need("tool of another kind"),
    }
}
