//! What routing needs of a request.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::glance::{BodyError, Sights, each_turn, is_filled};
use crate::json::{Kind, View};

use super::reasoning;

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [effort, reasoning, include, thinking, enabled, budget, template, extra] = reasoning::MEMBERS;
    // One scan for all: what a conversation has said is gone over each time.
    let [
        model,
        stream,
        messages,
        tools,
        functions,
        previous,
        background,
        metadata,
        cache_key,
        n,
        logprobs,
        modalities,
        stream_options,
        asked @ ..,
    ] = root.pick([
        "model",
        "stream",
        "messages",
        "tools",
        "functions",
        "previous_response_id",
        "background",
        "metadata",
        "prompt_cache_key",
        "n",
        "logprobs",
        "modalities",
        "stream_options",
        effort,
        reasoning,
        include,
        thinking,
        enabled,
        budget,
        template,
        extra,
    ]);
    sights.model_and_stream(model, stream)?;
    sights.glance.include_usage = stream_options.and_then(|options| options.get("include_usage")?.bool()) == Some(true);
    each_turn(messages, "messages", |message| look_at_message(message, sights))?;
    look_at_tools(tools, sights);
    sights.tools(functions);
    look_at_output([n, logprobs, modalities], sights);
    if asks_for_reasoning(asked) {
        sights.reasoning();
    }
    if previous.is_some() {
        sights.glance.continues = true;
        sights.state("previous response");
        sights.state_id(previous);
    }
    sights.user(metadata);
    sights.session(cache_key);
    if background.and_then(View::bool) == Some(true) {
        effects("background", sights);
    }
    Ok(())
}

fn effects(what: &'static str, sights: &mut Sights) {
    sights.effects(what);
    sights.need(what);
}

fn look_at_message(message: View<'_>, sights: &mut Sights) {
    let [role, content, calls, old_call, audio, images] =
        message.pick(["role", "content", "tool_calls", "function_call", "audio", "images"]);
    match role.and_then(View::str).as_deref() {
        Some("assistant") => sights.glance.continues = true,
        Some("user") => sights.said(content),
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
        sights.state_id(audio);
    }
    images.into_iter().flat_map(View::items).for_each(|_| sights.picture());
    let Some(content) = content else { return };
    if content.kind() == Kind::String {
        sights.text(content);
    }
    content.items().for_each(|part| look_at_part(part, sights));
}

fn look_at_part(part: View<'_>, sights: &mut Sights) {
    let [kind, text, refusal, thinking, file, document] =
        part.pick(["type", "text", "refusal", "thinking", "file", "document_url"]);
    match kind.and_then(View::str).as_deref() {
        Some("text" | "refusal" | "thinking") => {
            if let Some(text) = text.or(refusal).or(thinking) {
                sights.text(text);
            }
        }
        Some("image_url") => sights.picture(),
        Some("input_audio") => sights.sound(),
        Some("video_url") => {
            sights.need_of("video", &[Dialect::Gemini]);
            sights.document();
        }
        Some("file") => look_at_file(file, sights),
        Some("document_url") => {
            sights.document();
            by_url(document, sights);
        }
        _ => {
            sights.need("content of another kind");
            sights.text(part);
        }
    }
}

fn look_at_file(file: Option<View<'_>>, sights: &mut Sights) {
    sights.document();
    let [id, data] = file.map(|file| file.pick(["file_id", "file_data"])).unwrap_or_default();
    if id.is_some() {
        sights.state("file");
        sights.state_id(id);
    } else {
        // OpenRouter takes a URL here.
        by_url(data, sights);
    }
}

fn by_url(url: Option<View<'_>>, sights: &mut Sights) {
    let starts = |start: &str| url.is_some_and(|url| url.raw().get(1..).is_some_and(|url| url.starts_with(start)));
    if starts("http:") || starts("https:") {
        sights.need_of("a document by URL", &[Dialect::Anthropic, Dialect::OpenaiResponses, Dialect::Gemini]);
    }
}

fn look_at_tools(tools: Option<View<'_>>, sights: &mut Sights) {
    sights.tools(tools);
    for kind in tools.into_iter().flat_map(View::items).filter_map(|tool| tool.get_str("type")) {
        // Not OpenAI's own in this dialect, but providers that speak it have them.
        match &*kind {
            "code_interpreter" => effects("code execution", sights),
            "mcp" => effects("MCP", sights),
            "image_generation" => effects("image generation", sights),
            kind if kind.starts_with("computer") => effects("computer use", sights),
            _ => {}
        }
    }
}

/// The shape of the answer that is asked for.
fn look_at_output([n, logprobs, modalities]: [Option<View<'_>>; 3], sights: &mut Sights) {
    if n.and_then(View::u64).is_some_and(|n| n > 1) {
        sights.need("several answers");
    }
    if logprobs.and_then(View::bool) == Some(true) {
        sights.need("log probabilities");
    }
    for modality in modalities.into_iter().flat_map(View::items).filter_map(View::str) {
        match &*modality {
            "audio" => sights.need("audio"),
            "image" => effects("image generation", sights),
            _ => {}
        }
    }
}

/// A request that [`reasoning::asked`] would read as one, told by the members that it reads.
fn asks_for_reasoning(asked: [Option<View<'_>>; 8]) -> bool {
    let is_on =
        |value: Option<Cow<'_, str>>| value.is_some_and(|value| !["none", "disabled", "default"].contains(&&*value));
    let is_true = |value: Option<View<'_>>| value.and_then(View::bool) == Some(true);
    let [effort, nested, _, thinking, enabled, budget, template, extra] = asked;
    let nested = nested.is_some_and(|reasoning| {
        let [enabled, effort, budget] = reasoning.pick(["enabled", "effort", "max_tokens"]);
        let enabled = enabled.and_then(View::bool);
        let budget = budget.and_then(View::u64).is_some_and(|budget| budget > 0);
        enabled != Some(false) && (enabled == Some(true) || is_on(effort.and_then(View::str)) || budget)
    });
    nested
        || is_on(effort.and_then(View::str))
        || is_on(thinking.and_then(|thinking| thinking.get_str("type")))
        || is_true(enabled)
        || (enabled.is_none() && budget.and_then(View::u64).is_some_and(|budget| budget > 0))
        || is_true(template.and_then(|template| template.get("enable_thinking")))
        || extra.and_then(|extra| extra.get("google")?.get("thinking_config")).is_some()
}
