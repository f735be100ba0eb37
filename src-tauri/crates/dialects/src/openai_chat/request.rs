//! Reading and writing requests.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::form::{Block, Request, Role, Turn};
use crate::glance::{BodyError, Sights, each_turn, is_filled};
use crate::json::{Kind, View, Writer};
use crate::pass;
use crate::translate::{Draft, Order};

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [model, stream, messages, tools, functions, search, previous, background] = root.pick([
        "model",
        "stream",
        "messages",
        "tools",
        "functions",
        "web_search_options",
        "previous_response_id",
        "background",
    ]);
    sights.model_and_stream(model, stream)?;
    each_turn(messages, "messages", |message| look_at_message(message, sights))?;
    look_at_tools(tools, sights);
    sights.tools(functions);
    // Present, though empty: it turns the search on.
    if search.is_some() {
        sights.need("tools");
    }
    look_at_output(root, sights);
    if asks_for_reasoning(root) {
        sights.reasoning();
    }
    if previous.is_some() {
        sights.state("previous response");
    }
    if background.and_then(View::bool) == Some(true) {
        sights.effects("background");
    }
    Ok(())
}

fn look_at_message(message: View<'_>, sights: &mut Sights) {
    let [role, content, calls, old_call, audio] =
        message.pick(["role", "content", "tool_calls", "function_call", "audio"]);
    match role.and_then(View::str).as_deref() {
        Some("assistant") => sights.glance.continues = true,
        Some("tool" | "function") => sights.tool_turn(),
        _ => {}
    }
    for calls in [calls, old_call].into_iter().flatten().filter(|calls| is_filled(*calls)) {
        sights.tool_turn();
        sights.text(calls);
    }
    if audio.is_some() {
        // An assistant's earlier sound is told by its id at the provider.
        sights.sound();
        sights.state("audio");
    }
    let Some(content) = content else { return };
    if content.kind() == Kind::String {
        sights.text(content);
    }
    content.items().for_each(|part| look_at_part(part, sights));
}

fn look_at_part(part: View<'_>, sights: &mut Sights) {
    let [kind, text, refusal, file] = part.pick(["type", "text", "refusal", "file"]);
    match kind.and_then(View::str).as_deref() {
        Some("text" | "refusal") => {
            if let Some(text) = text.or(refusal) {
                sights.text(text);
            }
        }
        Some("image_url") => sights.picture(),
        Some("input_audio") => sights.sound(),
        Some("file") => {
            sights.document();
            if file.is_some_and(|file| file.get("file_id").is_some()) {
                sights.state("file");
            }
        }
        _ => {
            sights.need("content of another kind");
            sights.text(part);
        }
    }
}

fn look_at_tools(tools: Option<View<'_>>, sights: &mut Sights) {
    sights.tools(tools);
    for kind in tools.into_iter().flat_map(View::items).filter_map(|tool| tool.get_str("type")) {
        // Not OpenAI's own in this dialect, but providers that speak it have them.
        match &*kind {
            "code_interpreter" => sights.effects("code execution"),
            "mcp" => sights.effects("MCP"),
            "image_generation" => sights.effects("image generation"),
            kind if kind.starts_with("computer") => sights.effects("computer use"),
            _ => {}
        }
    }
}

/// The shape of the answer that is asked for.
fn look_at_output(root: View<'_>, sights: &mut Sights) {
    let [format, n, logprobs, modalities] = root.pick(["response_format", "n", "logprobs", "modalities"]);
    if format.and_then(|format| format.get_str("type")).is_some_and(|format| format != "text") {
        sights.need("structured output");
    }
    if n.and_then(View::u64).is_some_and(|n| n > 1) {
        sights.need("several answers");
    }
    if logprobs.and_then(View::bool) == Some(true) {
        sights.need("log probabilities");
    }
    for modality in modalities.into_iter().flat_map(View::items).filter_map(View::str) {
        match &*modality {
            "audio" => sights.need("audio"),
            "image" => {
                sights.need("images");
                sights.effects("image generation");
            }
            _ => {}
        }
    }
}

/// OpenAI's field and those of providers that speak its dialect: OpenRouter, Z.AI and Moonshot, Qwen.
fn asks_for_reasoning(root: View<'_>) -> bool {
    let is_on = |value: Option<Cow<'_, str>>| value.is_some_and(|value| value != "none" && value != "disabled");
    let [reasoning, effort, thinking, enabled] =
        root.pick(["reasoning", "reasoning_effort", "thinking", "enable_thinking"]);
    let nested = reasoning.is_some_and(|reasoning| {
        let [enabled, effort, budget] = reasoning.pick(["enabled", "effort", "max_tokens"]);
        let enabled = enabled.and_then(View::bool);
        let budget = budget.and_then(View::u64).is_some_and(|budget| budget > 0);
        enabled != Some(false) && (enabled == Some(true) || is_on(effort.and_then(View::str)) || budget)
    });
    nested
        || is_on(effort.and_then(View::str))
        || is_on(thinking.and_then(|thinking| thinking.get_str("type")))
        || enabled.and_then(View::bool) == Some(true)
}

/// Reads a request that holds nothing but text.
pub(crate) fn decode(root: View<'_>) -> Request<'_> {
    let mut request = Request { settings: pass::sent(Dialect::OpenaiChat, root), ..Request::default() };
    // Both names of the limit may be there; the newer one counts.
    if request.settings.iter().any(|sent| sent.field == "max_completion_tokens") {
        request.settings.retain(|sent| sent.field != "max_tokens");
    }
    for entry in root.entries().filter(|entry| !entry.value.is_null()) {
        match &*entry.key() {
            // Of tools there are none here; the last of these ask for what every answer is.
            "model"
            | "messages"
            | "stream"
            | "stream_options"
            | "max_tokens"
            | "max_completion_tokens"
            | "temperature"
            | "top_p"
            | "stop"
            | "frequency_penalty"
            | "presence_penalty"
            | "seed"
            | "tools"
            | "functions"
            | "tool_choice"
            | "function_call"
            | "parallel_tool_calls"
            | "response_format"
            | "n"
            | "modalities" => {}
            "logprobs" if entry.value.bool() == Some(false) => {}
            other => request.notes.left_out(other),
        }
    }
    for (index, message) in root.get("messages").into_iter().flat_map(View::items).enumerate() {
        let mut texts = Vec::new();
        for entry in message.entries().filter(|entry| is_filled(entry.value)) {
            match &*entry.key() {
                "role" => {}
                "content" => texts.extend(self::texts(entry.value)),
                "refusal" => texts.extend(entry.value.str()),
                other => request.notes.left_out(format!("messages.{other}")),
            }
        }
        let role = match message.get_str("role").as_deref() {
            Some("assistant") => Role::Assistant,
            Some("system" | "developer") => {
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

/// The texts of a string or of text parts.
fn texts(content: View<'_>) -> Vec<Cow<'_, str>> {
    if let Some(text) = content.str() {
        return vec![text];
    }
    content.items().filter_map(|part| part.get_str("text").or_else(|| part.get_str("refusal"))).collect()
}

/// Writes a request.
pub(crate) fn encode(order: &Order<'_>, _draft: &mut Draft) -> String {
    Writer::write(|w| {
        w.key("model").str(&order.terms.model);
        w.key("messages").array(|w| {
            // Every provider of this dialect takes one system message as a string; not every one takes more, or parts.
            if !order.request.system.is_empty() {
                w.object(|w| {
                    w.key("role").str("system");
                    w.key("content").str(&order.request.system.join("\n\n"));
                });
            }
            for turn in &order.request.turns {
                w.object(|w| match turn.role {
                    Role::User => {
                        w.key("role").str("user");
                        w.key("content");
                        user_content(w, &turn_texts(turn));
                    }
                    // The blocks of one answer are one text.
                    Role::Assistant => {
                        w.key("role").str("assistant");
                        w.key("content").str(&turn_texts(turn).concat());
                    }
                });
            }
        });
        order.write_params(w, |_| true);
        if order.stream {
            w.key("stream").raw("true");
        }
        if order.include_usage {
            w.key("stream_options").raw(r#"{"include_usage":true}"#);
        }
    })
}

fn user_content(w: &mut Writer, texts: &[Cow<'_, str>]) {
    match texts {
        [] => w.str(""),
        [text] => w.str(text),
        texts => w.array(|w| {
            for text in texts {
                w.object(|w| {
                    w.key("type").str("text");
                    w.key("text").str(text);
                });
            }
        }),
    }
}

fn turn_texts<'a>(turn: &Turn<'a>) -> Vec<Cow<'a, str>> {
    turn.blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
