//! A request for an upstream, written from the common form.

use super::input;
use super::reasoning::Asked;
use crate::form::{Block, Format, Function, Grammar, Tool, ToolChoice, WebSearch, fit_name};
use crate::json::{View, Writer};
use crate::notes::Notes;
use crate::openai_effort::reasons;
use crate::openai_strict;
use crate::setting::Setting;
use crate::translate::{Draft, Order};

/// The least that the API takes as an output limit.
const LEAST_OUTPUT: u64 = 16;
/// The most characters that it takes of a user's or a cache's name.
const LONGEST_NAME: usize = 64;

/// Writes a request.
pub(crate) fn encode(order: &Order<'_>, draft: &mut Draft) -> String {
    let request = &order.request;
    Writer::write(|w| {
        w.key("model").str(&order.terms.model);
        if !request.system.is_empty() {
            w.key("instructions").str(&request.system.join("\n\n"));
        }
        w.key("input").array(|w| {
            input::write(w, order, draft);
            write_json_hint(w, order, draft);
        });
        write_tools(w, order, draft);
        write_reasoning(w, order, draft);
        write_text(w, order, draft);
        write_names(w, order, draft);
        order.write_params(w, |name| name != "max_output_tokens");
        write_limit(w, order, draft);
        if order.stream {
            w.key("stream").raw("true");
        }
        // Nothing of another provider's client is kept.
        if !order.has_extra("store") {
            w.key("store").raw("false");
        }
    })
}

/// A JSON answer without a schema is refused where the input doesn't speak of JSON (OpenAI's documentation, "JSON mode").
fn write_json_hint(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    if !matches!(order.request.format, Some(Format::Json)) || order.has_extra("text") {
        return;
    }
    let speaks_of_it = |block: &Block<'_>| match block {
        Block::Text(text) => text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"json")),
        _ => false,
    };
    if !order.request.turns.iter().flat_map(|turn| &turn.blocks).any(speaks_of_it) {
        draft.notes.reshaped("format", "the model is told to answer in JSON, as the provider demands");
        w.object(|w| {
            w.key("type").str("message");
            w.key("role").str("developer");
            w.key("content").str("Answer in JSON.");
        });
    }
}

fn write_tools(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    let request = &order.request;
    if request.tools.is_empty() {
        if matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_) | ToolChoice::Allowed { .. }))
        {
            draft.notes.left_out("tool_choice");
        }
        return;
    }
    if !order.has_extra("tools") {
        w.key("tools").array(|w| {
            for tool in &request.tools {
                match tool {
                    Tool::Function(function) => write_function(w, function, &mut draft.notes),
                    Tool::WebSearch(search) => write_search(w, search, draft),
                }
            }
        });
    }
    if let Some(choice) = request.tool_choice.as_ref().filter(|_| !order.has_extra("tool_choice")) {
        w.key("tool_choice");
        write_choice(w, choice, order);
    }
    if let Some(parallel) = request.parallel_calls
        && !order.has_extra("parallel_tool_calls")
        && draft.may(order, "parallel_tool_calls")
    {
        w.key("parallel_tool_calls").raw(if parallel { "true" } else { "false" });
    }
}

fn write_function(w: &mut Writer, function: &Function<'_>, notes: &mut Notes) {
    w.object(|w| {
        w.key("type").str(if function.custom.is_some() { "custom" } else { "function" });
        w.key("name").str(&function.name);
        if let Some(description) = &function.description {
            w.key("description").str(description);
        }
        match &function.custom {
            Some(format) => {
                if let Some(format) = format {
                    w.key("format");
                    write_custom_format(w, *format);
                }
            }
            None => {
                let schema = function.schema.as_ref();
                w.key("parameters").raw(schema.map_or(r#"{"type":"object","properties":{}}"#, |schema| schema.raw()));
                // What is left out is `true` here, and most schemas are not fit for that.
                let strict = openai_strict::is_kept(function.strict, schema, "tools.strict", notes);
                w.key("strict").raw(if strict { "true" } else { "false" });
            }
        }
    });
}

/// A custom tool's format. Chat has the grammar's members in an object, this dialect beside the type.
fn write_custom_format(w: &mut Writer, format: View<'_>) {
    let Some(grammar) = Grammar::of(format) else { return w.raw(format.raw()) };
    w.object(|w| {
        w.key("type").str("grammar");
        grammar.write(w);
    });
}

fn write_search(w: &mut Writer, search: &WebSearch<'_>, draft: &mut Draft) {
    if search.max_uses.is_some() {
        draft.notes.left_out("tools.web_search.max_uses");
    }
    if search.blocked_domains.is_some() {
        draft.notes.left_out("tools.web_search.blocked_domains");
    }
    w.object(|w| {
        w.key("type").str("web_search");
        if let Some(domains) = search.allowed_domains {
            w.key("filters").object(|w| w.key("allowed_domains").raw(domains.raw()));
        }
        if let Some(place) = search.user_location {
            w.key("user_location").raw(place.raw());
        }
        if let Some(size) = &search.context_size {
            w.key("search_context_size").str(size);
        }
    });
}

fn write_choice(w: &mut Writer, choice: &ToolChoice<'_>, order: &Order<'_>) {
    let named = |w: &mut Writer, name: &str| {
        let is_custom = order.request.tools.iter().any(|tool| match tool {
            Tool::Function(function) => function.custom.is_some() && function.name == name,
            Tool::WebSearch(_) => false,
        });
        w.object(|w| {
            w.key("type").str(if is_custom { "custom" } else { "function" });
            w.key("name").str(name);
        });
    };
    match choice {
        ToolChoice::Auto => w.str("auto"),
        ToolChoice::None => w.str("none"),
        ToolChoice::Required => w.str("required"),
        ToolChoice::Tool(name) => named(w, name),
        ToolChoice::Allowed { required, names } => w.object(|w| {
            w.key("type").str("allowed_tools");
            w.key("mode").str(if *required { "required" } else { "auto" });
            w.key("tools").array(|w| names.iter().for_each(|name| named(w, name)));
        }),
    }
}

fn write_reasoning(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    let model = &order.terms.model;
    let wanted = order.request.reasoning.as_ref();
    if let Some(reasoning) = wanted.filter(|_| !order.has_extra("reasoning")) {
        let mut asked = Asked::new(reasoning, order.terms.reasoning_scale, model, true, &mut draft.notes);
        asked.effort = asked.effort.filter(|_| draft.may(order, "reasoning.effort"));
        asked.summary = asked.summary.filter(|_| draft.may(order, "reasoning.summary"));
        if asked.effort.is_some() || asked.summary.is_some() {
            w.key("reasoning").raw(&asked.json());
        }
    }
    // Reasoning that isn't kept comes back only if it goes out to the client; a model without any refuses to be asked.
    let is_on = wanted.is_some_and(|reasoning| !reasoning.off) || reasons(model) == Some(true);
    let can = reasons(model) != Some(false) && order.terms.reasoning_scale != Some(crate::terms::ReasoningScale::None);
    if is_on && can && !order.has_extra("include") && draft.may(order, "include") {
        w.key("include").raw(r#"["reasoning.encrypted_content"]"#);
    }
}

fn write_text(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    if order.has_extra("text") {
        return;
    }
    let request = &order.request;
    let format = request.format.as_ref().filter(|_| draft.may(order, "text.format"));
    let verbosity = request.verbosity.as_ref().filter(|_| !order.has_extra("verbosity"));
    let verbosity = verbosity.filter(|_| draft.may(order, "text.verbosity"));
    if format.is_none() && verbosity.is_none() {
        return;
    }
    w.key("text").object(|w| {
        if let Some(format) = format {
            w.key("format").object(|w| write_format(w, format, &mut draft.notes));
        }
        if let Some(verbosity) = verbosity {
            w.key("verbosity").str(verbosity);
        }
    });
}

fn write_format(w: &mut Writer, format: &Format<'_>, notes: &mut Notes) {
    match format {
        Format::Json => w.key("type").str("json_object"),
        Format::Schema { name, description, schema, strict } => {
            w.key("type").str("json_schema");
            // A name is demanded, and the same letters as of a tool.
            let name = name.as_deref().unwrap_or("answer");
            w.key("name").str(&fit_name(crate::dialect::Dialect::OpenaiResponses, name));
            if let Some(description) = description {
                w.key("description").str(description);
            }
            w.key("schema").raw(schema.raw());
            if strict.is_some() {
                let strict = openai_strict::is_kept(*strict, Some(schema), "text.format", notes);
                w.key("strict").raw(if strict { "true" } else { "false" });
            }
        }
    }
}

/// Who asks, what the prompt's cache is called, and the like.
fn write_names(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    let request = &order.request;
    let names = [("safety_identifier", &request.user), ("prompt_cache_key", &request.cache_key)];
    for (field, name) in names {
        if let Some(name) = name
            && !order.has_extra(field)
            && draft.may(order, field)
        {
            if name.chars().count() > LONGEST_NAME {
                draft.notes.reshaped(field, "a name of more than 64 characters is cut to one that stands for it");
                w.key(field).str(&fit_name(crate::dialect::Dialect::OpenaiResponses, name));
            } else {
                w.key(field).str(name);
            }
        }
    }
    if let Some(retention) = &request.cache_retention
        && !order.has_extra("prompt_cache_retention")
        && draft.may(order, "prompt_cache_retention")
    {
        w.key("prompt_cache_retention").str(retention);
    }
    if let Some(tier) = &request.service_tier
        && !order.has_extra("service_tier")
        && draft.may(order, "service_tier")
    {
        w.key("service_tier").str(tier);
    }
    if let Some(metadata) = request.metadata
        && !order.has_extra("metadata")
        && draft.may(order, "metadata")
    {
        w.key("metadata").raw(metadata.raw());
    }
}

fn write_limit(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    let Some(limit) = order.setting(Setting::MaxTokens) else { return };
    w.key("max_output_tokens");
    match limit.parse::<u64>() {
        Ok(asked) if asked < LEAST_OUTPUT => {
            draft.notes.add("capped", "max_output_tokens", format!("{asked} is less than the least, {LEAST_OUTPUT}"));
            w.number(LEAST_OUTPUT);
        }
        _ => w.raw(limit),
    }
}
