//! Reading the tools that a request offers, and which of them may be called.

use std::borrow::Cow;

use crate::form::{Function, Request, Tool, ToolChoice, WebSearch};
use crate::glance::is_filled;
use crate::json::{Kind, View};
use crate::notes::Notes;

use super::{filled, note_others};

pub(super) fn read<'a>(root: View<'a>, request: &mut Request<'a>) {
    let [tools, functions, choice, old_choice, parallel, search] =
        root.pick(["tools", "functions", "tool_choice", "function_call", "parallel_tool_calls", "web_search_options"]);
    let notes = &mut request.notes;
    request.tools.extend(tools.into_iter().flat_map(View::items).filter_map(|item| tool(item, notes)));
    // The form that `tools` replaced.
    request.tools.extend(functions.into_iter().flat_map(View::items).filter_map(|item| function(item, notes)));
    request.tools.extend(search.map(|search| Tool::WebSearch(web_search(search, notes))));
    request.tool_choice = match choice.or(old_choice) {
        Some(choice) => tool_choice(choice, notes),
        None => None,
    };
    request.parallel_calls = parallel.and_then(View::bool);
}

fn tool<'a>(tool: View<'a>, notes: &mut Notes) -> Option<Tool<'a>> {
    let [kind, inner, own, name] = tool.pick(["type", "function", "custom", "name"]);
    let kind = kind.and_then(View::str);
    match kind.as_deref() {
        Some("function") | None => {
            note_others(tool, "tools", &["type", "function", "name", "description", "parameters", "strict"], notes);
            // Some send the members without the object around them, as the Responses dialect has it.
            let inner = inner.or_else(|| name.map(|_| tool));
            inner.and_then(|inner| function(inner, notes))
        }
        Some("custom") => {
            note_others(tool, "tools", &["type", "custom"], notes);
            let own = own?;
            let [name, description, format] = own.pick(["name", "description", "format"]);
            Some(Tool::Function(Function {
                name: filled(name)?,
                description: filled(description),
                schema: None,
                strict: None,
                custom: Some(format),
            }))
        }
        // Not OpenAI's in this dialect; of Z.AI and others that speak it.
        Some(kind) if kind.starts_with("web_search") => {
            note_others(tool, "tools.web_search", &["type"], notes);
            Some(Tool::WebSearch(WebSearch::default()))
        }
        Some(kind) => {
            notes.left_out(format!("tools.{kind}"));
            None
        }
    }
}

fn function<'a>(function: View<'a>, notes: &mut Notes) -> Option<Tool<'a>> {
    note_others(function, "tools", &["type", "name", "description", "parameters", "strict"], notes);
    let [name, description, parameters, strict] = function.pick(["name", "description", "parameters", "strict"]);
    let Some(name) = filled(name) else {
        notes.left_out("tools without a name");
        return None;
    };
    Some(Tool::Function(Function {
        name,
        description: filled(description),
        schema: parameters.filter(|parameters| parameters.kind() == Kind::Object).map(Into::into),
        strict: strict.and_then(View::bool),
        custom: None,
    }))
}

fn web_search<'a>(search: View<'a>, notes: &mut Notes) -> WebSearch<'a> {
    note_others(search, "web_search_options", &["search_context_size", "user_location"], notes);
    let [size, location] = search.pick(["search_context_size", "user_location"]);
    WebSearch {
        context_size: filled(size),
        // The members lie one level deeper than in other dialects.
        user_location: location.and_then(|location| location.get("approximate")).filter(|place| is_filled(*place)),
        ..WebSearch::default()
    }
}

fn tool_choice<'a>(choice: View<'a>, notes: &mut Notes) -> Option<ToolChoice<'a>> {
    if let Some(word) = choice.str() {
        return match &*word {
            "auto" => Some(ToolChoice::Auto),
            "none" => Some(ToolChoice::None),
            // Mistral's word is `any`.
            "required" | "any" => Some(ToolChoice::Required),
            _ => {
                notes.left_out("tool_choice");
                None
            }
        };
    }
    let [allowed, name] = choice.pick(["allowed_tools", "name"]);
    if let Some(allowed) = allowed {
        let [mode, tools] = allowed.pick(["mode", "tools"]);
        let required = filled(mode).is_some_and(|mode| mode == "required");
        let names = tools.into_iter().flat_map(View::items).filter_map(named).collect();
        return Some(ToolChoice::Allowed { required, names });
    }
    // The old `function_call` has the name at once.
    let tool = named(choice).or_else(|| filled(name)).map(ToolChoice::Tool);
    if tool.is_none() {
        notes.left_out("tool_choice");
    }
    tool
}

/// The name of a tool in a reference to it.
fn named<'a>(reference: View<'a>) -> Option<Cow<'a, str>> {
    let [function, custom] = reference.pick(["function", "custom"]);
    filled(function.or(custom)?.get("name"))
}
