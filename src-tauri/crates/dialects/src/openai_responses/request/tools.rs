//! The tools that a request offers, and which of them are to be called.

use std::borrow::Cow;
use std::collections::HashSet;

use super::TOOL_SEARCH;
use crate::form::{Function, Origin, Request, Tool, ToolChoice, WebSearch};
use crate::glance::{is_filled, is_str};
use crate::json::View;

/// The namespace that OpenAI's models put every tool into that has none.
const DEFAULT_NAMESPACE: &str = "functions";

/// Reads tools into a request, each name once: others refuse a name that comes twice, and tools can be added again in the
/// course of a conversation.
#[derive(Debug, Default)]
pub(super) struct Toolbox {
    names: HashSet<String>,
}

impl Toolbox {
    /// Adds a list of tools.
    pub(super) fn add<'a>(&mut self, tools: View<'a>, request: &mut Request<'a>) {
        tools.items().for_each(|tool| self.tool(tool, request));
    }

    fn tool<'a>(&mut self, tool: View<'a>, request: &mut Request<'a>) {
        let kind = tool.get_str("type");
        match kind.as_deref() {
            Some("function" | "custom") => self.function(tool, None, request),
            Some("namespace") => {
                let [name, description, tools] = tool.pick(["name", "description", "tools"]);
                let name = name.and_then(View::str).unwrap_or_default();
                // Told once, with the first of its functions.
                let mut description = description.and_then(View::str).filter(|text| !text.trim().is_empty());
                for inner in tools.into_iter().flat_map(View::items) {
                    self.function(inner, Some((&name, description.take())), request);
                }
                if name != DEFAULT_NAMESPACE {
                    request.notes.reshaped("tools", "functions of a namespace are given its name");
                }
            }
            Some(TOOL_SEARCH) => self.search(tool, request),
            Some(kind) if kind.starts_with("web_search") => {
                if self.names.insert("web_search".to_owned()) {
                    let search = web_search(tool, request);
                    request.tools.push(Tool::WebSearch(search));
                }
            }
            Some(kind) => request.notes.left_out(format!("tools.{kind}")),
            None => request.notes.left_out("tools"),
        }
    }

    fn function<'a>(
        &mut self,
        tool: View<'a>,
        namespace: Option<(&str, Option<Cow<'a, str>>)>,
        request: &mut Request<'a>,
    ) {
        let mut function = Function { name: "".into(), description: None, schema: None, strict: None, custom: None };
        let mut format = None;
        let is_custom = is_str(tool.get("type"), "custom");
        for entry in tool.entries().filter(|entry| !entry.value.is_null()) {
            match &*entry.key() {
                "defer_loading" if entry.value.bool() == Some(true) => {
                    request.notes.reshaped("tools.defer_loading", "the tool is offered from the start");
                }
                "type" | "defer_loading" => {}
                "name" => function.name = entry.value.str().unwrap_or_default(),
                "description" => function.description = entry.value.str(),
                "parameters" if !is_custom => function.schema = Some(entry.value.into()),
                "strict" if !is_custom => function.strict = entry.value.bool(),
                // Free text is what a custom tool takes anyway.
                "format" if is_custom => {
                    format = Some(entry.value).filter(|format| !is_str(format.get("type"), "text"));
                }
                other => request.notes.left_out(format!("tools.{other}")),
            }
        }
        function.custom = is_custom.then_some(format);
        if let Some((namespace, about)) = namespace {
            if namespace != DEFAULT_NAMESPACE {
                let name = function.name.clone().into_owned();
                function.name = flat_name(Some(namespace), function.name);
                let origin = Origin::Namespace { namespace: namespace.to_owned(), name };
                request.origins.push((function.name.clone().into_owned(), origin));
            }
            function.description = match (about, function.description) {
                (Some(about), Some(own)) => Some(Cow::Owned(format!("{own}\n\n{namespace}: {about}"))),
                (about, own) => own.or(about),
            };
        }
        if self.names.insert(function.name.clone().into_owned()) {
            request.tools.push(Tool::Function(function));
        }
    }

    /// The client's own search is offered as a function; where the provider would search, every tool is there already.
    fn search<'a>(&mut self, tool: View<'a>, request: &mut Request<'a>) {
        let [execution, description, parameters] = tool.pick(["execution", "description", "parameters"]);
        if !is_str(execution, "client") {
            request.notes.left_out("tools.tool_search");
            return;
        }
        if self.names.insert(TOOL_SEARCH.to_owned()) {
            request.origins.push((TOOL_SEARCH.to_owned(), Origin::ToolSearch));
            request.notes.reshaped("tools", "the search for tools is offered as a function");
            request.tools.push(Tool::Function(Function {
                name: Cow::Borrowed(TOOL_SEARCH),
                description: description.and_then(View::str),
                schema: parameters.map(Into::into),
                strict: None,
                custom: None,
            }));
        }
    }
}

/// A function's name as it is offered where there are no namespaces. A namespace may end in its own divider.
pub(super) fn flat_name<'a>(namespace: Option<&str>, name: Cow<'a, str>) -> Cow<'a, str> {
    match namespace {
        None | Some("" | DEFAULT_NAMESPACE) => name,
        Some(namespace) if namespace.ends_with("__") => Cow::Owned(format!("{namespace}{name}")),
        Some(namespace) => Cow::Owned(format!("{namespace}__{name}")),
    }
}

fn web_search<'a>(tool: View<'a>, request: &mut Request<'a>) -> WebSearch<'a> {
    let mut search = WebSearch::default();
    for entry in tool.entries().filter(|entry| is_filled(entry.value)) {
        match &*entry.key() {
            "type" => {}
            // The default: live pages, not only what is kept of them.
            "external_web_access" if entry.value.bool() == Some(true) => {}
            "filters" => {
                for filter in entry.value.entries().filter(|filter| is_filled(filter.value)) {
                    match &*filter.key() {
                        "allowed_domains" => search.allowed_domains = Some(filter.value),
                        "blocked_domains" => search.blocked_domains = Some(filter.value),
                        other => request.notes.left_out(format!("tools.web_search.filters.{other}")),
                    }
                }
            }
            "user_location" => search.user_location = Some(entry.value),
            "search_context_size" => search.context_size = entry.value.str(),
            other => request.notes.left_out(format!("tools.web_search.{other}")),
        }
    }
    search
}

/// Reads `tool_choice`.
pub(super) fn choice<'a>(choice: View<'a>, request: &mut Request<'a>) {
    let kind = choice.str().or_else(|| choice.get_str("type"));
    let read = match kind.as_deref() {
        Some("auto") => Some(ToolChoice::Auto),
        Some("none") => Some(ToolChoice::None),
        Some("required") => Some(ToolChoice::Required),
        Some("function" | "custom") => named(choice).map(ToolChoice::Tool),
        Some(TOOL_SEARCH) if request.origins.iter().any(|(name, _)| name == TOOL_SEARCH) => {
            Some(ToolChoice::Tool(Cow::Borrowed(TOOL_SEARCH)))
        }
        Some("allowed_tools") => {
            let tools = choice.get("tools").into_iter().flat_map(View::items);
            let names: Vec<_> = tools.clone().filter_map(named).collect();
            if names.len() < tools.count() {
                request.notes.left_out("tool_choice.tools");
            }
            Some(ToolChoice::Allowed { required: is_str(choice.get("mode"), "required"), names })
        }
        // One of the provider's own tools.
        _ => None,
    };
    if read.is_none() {
        request.notes.left_out("tool_choice");
    }
    request.tool_choice = read;
}

fn named(choice: View<'_>) -> Option<Cow<'_, str>> {
    // Chat's clients put the name into an object.
    let name = choice.get_str("name").or_else(|| choice.get("function")?.get_str("name"))?;
    Some(flat_name(choice.get_str("namespace").as_deref(), name))
}
