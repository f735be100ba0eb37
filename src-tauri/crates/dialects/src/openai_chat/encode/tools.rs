//! The tools that a request offers, and which of them may be called.

use crate::form::{Function, Grammar, Schema, Tool, ToolChoice, WebSearch};
use crate::json::{Kind, View, Writer, quote};
use crate::translate::{Draft, Order};

use super::may;
use crate::openai_chat::model::Model;
use crate::openai_strict;

/// The arguments of a function that stands for a custom tool.
const INPUT: &str = r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#;

pub(super) fn write(w: &mut Writer, order: &Order<'_>, model: &Model, draft: &mut Draft) {
    let mut functions = Vec::new();
    for tool in &order.request.tools {
        match tool {
            Tool::Function(function) => functions.push(function),
            Tool::WebSearch(search) if model.searches() && !order.has_extra("web_search_options") => {
                web_search(w, order, search, draft);
            }
            Tool::WebSearch(_) => draft.notes.left_out("tools.web_search"),
        }
    }
    let mut choice = order.request.tool_choice.clone();
    if let Some(ToolChoice::Allowed { required, names }) = &choice
        && !model.has_custom_tools()
    {
        // OpenAI's own list of allowed tools; others take a list of what is offered.
        functions.retain(|function| names.contains(&function.name));
        draft.notes.reshaped("tool_choice", "only the allowed tools are offered");
        choice = Some(if *required { ToolChoice::Required } else { ToolChoice::Auto });
    }
    if functions.is_empty() {
        // OpenAI refuses the others without tools.
        if choice.is_some_and(|choice| choice != ToolChoice::Auto && choice != ToolChoice::None) {
            draft.notes.left_out("tool_choice");
        }
        return;
    }
    if order.has_extra("tools") {
        draft.notes.add("replaced", "tools", "the profile has its own");
        return;
    }
    w.key("tools").array(|w| {
        for function in &functions {
            w.object(|w| offer(w, function, model, draft));
        }
    });
    if let Some(choice) = choice
        && may(order, draft, "tool_choice")
    {
        w.key("tool_choice");
        self::choice(w, &choice, |name| {
            model.has_custom_tools() && functions.iter().any(|own| own.custom.is_some() && own.name == name)
        });
    }
    if let Some(parallel) = order.request.parallel_calls
        && may(order, draft, "parallel_tool_calls")
    {
        w.key("parallel_tool_calls").raw(if parallel { "true" } else { "false" });
    }
}

fn offer(w: &mut Writer, function: &Function<'_>, model: &Model, draft: &mut Draft) {
    match function.custom {
        Some(format) if model.has_custom_tools() => {
            w.key("type").str("custom");
            w.key("custom").object(|w| {
                w.key("name").str(&function.name);
                if let Some(description) = &function.description {
                    w.key("description").str(description);
                }
                if let Some(format) = format {
                    w.key("format");
                    custom_format(w, format);
                }
            });
        }
        Some(_) => {
            draft.notes.reshaped("tools", "a tool that takes free text is sent as a function");
            w.key("type").str("function");
            w.key("function").object(|w| {
                w.key("name").str(&function.name);
                w.key("description").str(&function.described());
                w.key("parameters").raw(INPUT);
            });
        }
        None => {
            w.key("type").str("function");
            w.key("function").object(|w| {
                w.key("name").str(&function.name);
                if let Some(description) = &function.description {
                    w.key("description").str(description);
                }
                w.key("parameters");
                parameters(w, function.schema.as_ref());
                let schema = function.schema.as_ref();
                if openai_strict::is_kept(function.strict, schema, "tools.strict", &mut draft.notes) {
                    w.key("strict").raw("true");
                }
            });
        }
    }
}

/// A function's schema. OpenAI refuses one that is not of an object or has no properties, and many providers one that is
/// missing.
fn parameters(w: &mut Writer, schema: Option<&Schema<'_>>) {
    let view = schema.and_then(Schema::view).filter(|view| view.kind() == Kind::Object);
    let [kind, properties] = view.map(|view| view.pick(["type", "properties"])).unwrap_or_default();
    match schema {
        Some(schema) if kind.is_some() && properties.is_some() => w.raw(schema.raw()),
        _ => w.object(|w| {
            w.key("type").raw(kind.map_or("\"object\"", View::raw));
            for entry in view.into_iter().flat_map(View::entries).filter(|entry| !entry.is("type")) {
                if !(entry.is("properties") && entry.value.is_null()) {
                    w.key(&entry.key()).raw(entry.value.raw());
                }
            }
            if properties.is_none() {
                w.key("properties").object(|_| {});
            }
        }),
    }
}

/// A custom tool's format. The Responses dialect has the grammar's members beside the type, this one in an object.
fn custom_format(w: &mut Writer, format: View<'_>) {
    let Some(grammar) = Grammar::of(format) else { return w.raw(format.raw()) };
    w.object(|w| {
        w.key("type").str("grammar");
        w.key("grammar").object(|w| grammar.write(w));
    });
}

fn choice(w: &mut Writer, choice: &ToolChoice<'_>, is_custom: impl Fn(&str) -> bool) {
    let name = |w: &mut Writer, name: &str| {
        let kind = if is_custom(name) { "custom" } else { "function" };
        w.object(|w| {
            w.key("type").str(kind);
            w.key(kind).object(|w| w.key("name").str(name));
        });
    };
    match choice {
        ToolChoice::Auto => w.str("auto"),
        ToolChoice::None => w.str("none"),
        ToolChoice::Required => w.str("required"),
        ToolChoice::Tool(own) => name(w, own),
        ToolChoice::Allowed { required, names } => w.object(|w| {
            w.key("type").str("allowed_tools");
            w.key("allowed_tools").object(|w| {
                w.key("mode").str(if *required { "required" } else { "auto" });
                w.key("tools").array(|w| names.iter().for_each(|own| name(w, own)));
            });
        }),
    }
}

fn web_search(w: &mut Writer, order: &Order<'_>, search: &WebSearch<'_>, draft: &mut Draft) {
    let bounds = [
        ("tools.web_search.allowed_domains", search.allowed_domains.is_some()),
        ("tools.web_search.blocked_domains", search.blocked_domains.is_some()),
        ("tools.web_search.max_uses", search.max_uses.is_some()),
    ];
    for (field, _) in bounds.iter().filter(|(_, is_set)| *is_set) {
        draft.notes.left_out(field);
    }
    if !may(order, draft, "web_search_options") {
        return;
    }
    w.key("web_search_options").object(|w| {
        if let Some(size) = &search.context_size {
            w.key("search_context_size").str(size);
        }
        if let Some(location) = search.user_location {
            w.key("user_location").object(|w| {
                w.key("type").raw(&quote("approximate"));
                w.key("approximate").object(|w| {
                    for entry in location.entries().filter(|entry| !entry.is("type") && !entry.value.is_null()) {
                        w.key(&entry.key()).raw(entry.value.raw());
                    }
                });
            });
        }
    });
}
