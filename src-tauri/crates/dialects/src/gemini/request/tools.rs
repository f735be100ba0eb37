//! Reading the tools that a request offers, and which of them are to be called.

use std::borrow::Cow;

use crate::form::{Function, Tool, ToolChoice, WebSearch};
use crate::gemini::schema::widen;
use crate::gemini::{camel, either};
use crate::json::View;
use crate::notes::Notes;

/// The tools of a request.
pub(super) fn offered<'a>(tools: View<'a>, notes: &mut Notes) -> Vec<Tool<'a>> {
    let mut offered = Vec::new();
    // A single tool is taken for a list of one.
    let list = tools.items().chain([tools]);
    for entry in list.flat_map(View::entries).filter(|entry| !entry.value.is_null()) {
        match &*camel(&entry.key()) {
            "functionDeclarations" => {
                offered.extend(entry.value.items().map(|declared| Tool::Function(function(declared, notes))));
            }
            "googleSearch" | "googleSearchRetrieval" | "enterpriseWebSearch" => {
                offered.push(Tool::WebSearch(search(entry.value, notes)));
            }
            // A need, and so never translated.
            "codeExecution" | "mcpServers" | "computerUse" | "fileSearch" | "retrieval" => {}
            key => notes.left_out(format!("tools.{key}")),
        }
    }
    offered
}

fn function<'a>(declared: View<'a>, notes: &mut Notes) -> Function<'a> {
    let mut function =
        Function { name: Cow::Borrowed(""), description: None, schema: None, strict: None, custom: None };
    for entry in declared.entries().filter(|entry| !entry.value.is_null()) {
        match &*camel(&entry.key()) {
            "name" => function.name = entry.value.str().unwrap_or_default(),
            "description" => function.description = entry.value.str(),
            "parameters" => function.schema = function.schema.take().or_else(|| Some(widen(entry.value))),
            "parametersJsonSchema" => function.schema = Some(entry.value.into()),
            // What a function answers, and when: only Gemini is told.
            key => notes.left_out(format!("tools.{key}")),
        }
    }
    function
}

fn search<'a>(search: View<'a>, notes: &mut Notes) -> WebSearch<'a> {
    let mut bounds = WebSearch::default();
    for entry in search.entries().filter(|entry| !entry.value.is_null()) {
        match &*camel(&entry.key()) {
            "excludeDomains" => bounds.blocked_domains = Some(entry.value),
            key => notes.left_out(format!("tools.googleSearch.{key}")),
        }
    }
    bounds
}

/// Which tools a `toolConfig` says that the model may or must call.
pub(super) fn chosen<'a>(config: View<'a>, notes: &mut Notes) -> Option<ToolChoice<'a>> {
    for entry in config.entries().filter(|entry| !entry.value.is_null() && entry.value.bool() != Some(false)) {
        match &*camel(&entry.key()) {
            "functionCallingConfig" => {}
            key => notes.left_out(format!("toolConfig.{key}")),
        }
    }
    let config = either(config, "functionCallingConfig", "function_calling_config")?;
    if either(config, "streamFunctionCallArguments", "stream_function_call_arguments").and_then(View::bool)
        == Some(true)
    {
        notes.left_out("toolConfig.streamFunctionCallArguments");
    }
    let names = either(config, "allowedFunctionNames", "allowed_function_names");
    let mut names: Vec<Cow<'a, str>> = names.into_iter().flat_map(View::items).filter_map(View::str).collect();
    match config.get_str("mode")?.to_uppercase().as_str() {
        "AUTO" => Some(ToolChoice::Auto),
        "NONE" => Some(ToolChoice::None),
        "ANY" if names.is_empty() => Some(ToolChoice::Required),
        "ANY" if names.len() == 1 => names.pop().map(ToolChoice::Tool),
        "ANY" => Some(ToolChoice::Allowed { required: true, names }),
        "VALIDATED" if names.is_empty() => Some(ToolChoice::Auto),
        "VALIDATED" => Some(ToolChoice::Allowed { required: false, names }),
        _ => None,
    }
}
