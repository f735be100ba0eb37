//! Tools and the choice between them.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::form::{Block, Function, Request, Schema, Tool, ToolChoice, WebSearch};
use crate::glance::is_filled;
use crate::json::{Kind, View, Writer};
use crate::notes::Notes;
use crate::setting::brief;
use crate::translate::{Draft, Order};

use super::schema::Enforceable;

/// A tool that needs no input.
const NO_INPUT: &str = r#"{"type":"object"}"#;

/// The input of a tool that takes free text.
const TEXT_INPUT: &str = r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#;

/// Reads the tools that a request offers.
pub(super) fn read<'a>(tools: View<'a>, request: &mut Request<'a>) {
    request.tools = tools.items().filter_map(|tool| read_tool(tool, &mut request.notes)).collect();
}

/// Reads one tool. Those that the provider runs, besides web search, are left out and noted.
pub(super) fn read_tool<'a>(tool: View<'a>, notes: &mut Notes) -> Option<Tool<'a>> {
    let kind = tool.get_str("type");
    match kind.as_deref() {
        None | Some("custom") => Some(Tool::Function(function(tool, notes))),
        // Versions differ in what the search does, not in how it is bounded.
        Some(kind) if kind.starts_with("web_search") => Some(Tool::WebSearch(web_search(tool, notes))),
        Some(kind) => {
            let family = kind.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
            notes.left_out(format!("tools.{family}"));
            None
        }
    }
}

fn function<'a>(tool: View<'a>, notes: &mut Notes) -> Function<'a> {
    let mut function =
        Function { name: Cow::Borrowed(""), description: None, schema: None, strict: None, custom: None };
    for entry in tool.entries().filter(|entry| !entry.value.is_null()) {
        match &*entry.key() {
            "name" => function.name = entry.value.str().unwrap_or_default(),
            "description" => function.description = entry.value.str(),
            "input_schema" => function.schema = Some(entry.value.into()),
            "strict" => function.strict = entry.value.bool(),
            "defer_loading" if entry.value.bool() == Some(true) => {
                notes.reshaped("tools.defer_loading", "the tool is offered from the start");
            }
            "type" | "defer_loading" => {}
            // Who may call it: the model itself is the default.
            "allowed_callers" if entry.value.items().all(|who| who.str().is_some_and(|who| who == "direct")) => {}
            other if is_filled(entry.value) => notes.left_out(format!("tools.{other}")),
            _ => {}
        }
    }
    function
}

fn web_search<'a>(tool: View<'a>, notes: &mut Notes) -> WebSearch<'a> {
    let mut search = WebSearch::default();
    for entry in tool.entries().filter(|entry| is_filled(entry.value)) {
        match &*entry.key() {
            "type" | "name" => {}
            "allowed_domains" => search.allowed_domains = Some(entry.value),
            "blocked_domains" => search.blocked_domains = Some(entry.value),
            "user_location" => search.user_location = Some(entry.value),
            "max_uses" => search.max_uses = entry.value.u64(),
            "allowed_callers" if entry.value.items().all(|who| who.str().is_some_and(|who| who == "direct")) => {}
            other => notes.left_out(format!("tools.web_search.{other}")),
        }
    }
    search
}

/// Reads the choice between them.
pub(super) fn read_choice<'a>(choice: View<'a>, request: &mut Request<'a>) {
    request.tool_choice = match choice.get_str("type").as_deref() {
        Some("auto") => Some(ToolChoice::Auto),
        Some("none") => Some(ToolChoice::None),
        Some("any") => Some(ToolChoice::Required),
        Some("tool") => choice.get_str("name").map(ToolChoice::Tool),
        _ => {
            request.notes.left_out("tool_choice");
            None
        }
    };
    let disabled = choice.get("disable_parallel_tool_use").and_then(View::bool);
    request.parallel_calls = disabled.map(|disabled| !disabled);
}

/// The members `tools` and `tool_choice`.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// Each as JSON text.
    tools: Vec<String>,
    choice: Option<String>,
}

impl Offer {
    /// What an order offers. `thinks` if the request asks for thinking.
    pub(super) fn of(order: &Order<'_>, thinks: bool, draft: &mut Draft) -> Self {
        let request = &order.request;
        let mut offer = Offer::default();
        let mut names = HashSet::new();
        for tool in &request.tools {
            match tool {
                Tool::Function(function) => {
                    if is_offered(function, request.tool_choice.as_ref()) {
                        offer.add(&function.name, &mut names, draft, |draft| write(function, order, draft));
                    }
                }
                Tool::WebSearch(search) => {
                    offer.add("web_search", &mut names, draft, |draft| write_web_search(search, &mut draft.notes));
                }
            }
        }
        offer.choose(request, thinks, order, draft);
        if offer.tools.is_empty() {
            offer.define_called(request, draft);
        }
        offer
    }

    /// Adds a tool; names have to be unique.
    fn add(
        &mut self,
        name: &str,
        names: &mut HashSet<String>,
        draft: &mut Draft,
        write: impl FnOnce(&mut Draft) -> String,
    ) {
        if names.insert(name.to_owned()) {
            self.tools.push(write(draft));
        } else {
            draft.notes.add("not-carried", "tools", format!("a second tool named {} is left out", brief(name)));
        }
    }

    fn choose(&mut self, request: &Request<'_>, thinks: bool, order: &Order<'_>, draft: &mut Draft) {
        let asked = match &request.tool_choice {
            Some(ToolChoice::Allowed { required, .. }) => {
                draft.notes.reshaped("tool_choice", "only the tools that it allows are offered");
                Some(if *required { ToolChoice::Required } else { ToolChoice::Auto })
            }
            choice => choice.clone(),
        };
        // "tool_choice may only be specified while providing tools".
        if self.tools.is_empty() {
            return;
        }
        let forced = matches!(asked, Some(ToolChoice::Required | ToolChoice::Tool(_)));
        let asked = if forced && thinks {
            // "Extended thinking with tool use": thinking goes only with `auto` and `none`.
            draft.notes.reshaped("tool_choice", "becomes auto, for a call cannot be forced beside thinking");
            Some(ToolChoice::Auto)
        } else {
            asked
        };
        let one_call = request.parallel_calls == Some(false)
            && asked != Some(ToolChoice::None)
            && draft.may(order, "disable_parallel_tool_use");
        if asked.is_none() && !one_call {
            return;
        }
        self.choice = Some(Writer::write(|w| {
            w.key("type").str(match &asked {
                None | Some(ToolChoice::Auto | ToolChoice::Allowed { .. }) => "auto",
                Some(ToolChoice::None) => "none",
                Some(ToolChoice::Required) => "any",
                Some(ToolChoice::Tool(_)) => "tool",
            });
            if let Some(ToolChoice::Tool(name)) = &asked {
                w.key("name").str(name);
            }
            if one_call {
                w.key("disable_parallel_tool_use").raw("true");
            }
        }));
    }

    /// A conversation that holds calls needs tools: those that it calls are defined, and none may be called.
    fn define_called(&mut self, request: &Request<'_>, draft: &mut Draft) {
        let mut names = HashSet::new();
        for block in request.turns.iter().flat_map(|turn| &turn.blocks) {
            if let Block::Call(call) = block
                && names.insert(&*call.name)
            {
                self.tools.push(Writer::write(|w| {
                    w.key("name").str(&call.name);
                    w.key("input_schema").raw(NO_INPUT);
                }));
            }
        }
        if !self.tools.is_empty() {
            self.choice = Some(r#"{"type":"none"}"#.to_owned());
            draft.notes.add("filled", "tools", "those that the conversation has called, and none may be called now");
        }
    }

    pub(super) fn write(&self, order: &Order<'_>, w: &mut Writer) {
        if !self.tools.is_empty() && !order.has_extra("tools") {
            w.key("tools").array(|w| self.tools.iter().for_each(|tool| w.raw(tool)));
        }
        if let Some(choice) = self.choice.as_ref().filter(|_| !order.has_extra("tool_choice")) {
            w.key("tool_choice").raw(choice);
        }
    }
}

fn is_offered(function: &Function<'_>, choice: Option<&ToolChoice<'_>>) -> bool {
    match choice {
        Some(ToolChoice::Allowed { names, .. }) => names.contains(&function.name),
        _ => true,
    }
}

fn write(function: &Function<'_>, order: &Order<'_>, draft: &mut Draft) -> String {
    let mut description = function.described();
    let schema = match &function.custom {
        Some(_) => {
            draft.notes.reshaped("tools", "a tool that takes free text becomes one with a single string");
            Cow::Borrowed(TEXT_INPUT)
        }
        None => input_schema(function, &mut description, &mut draft.notes),
    };
    let mut schema = schema;
    let mut strict = function.custom.is_none() && function.strict == Some(true) && draft.may(order, "strict");
    if strict {
        match View::parse(schema.as_bytes()).ok().and_then(Enforceable::of) {
            Some(own) => {
                if own.is_changed {
                    let detail = "objects are closed, and what can't be enforced is told in descriptions";
                    draft.notes.reshaped("tools.strict", detail);
                }
                schema = Cow::Owned(own.json);
            }
            None => {
                strict = false;
                draft.notes.add("not-carried", "tools.strict", "Anthropic can't enforce a schema of such depth");
            }
        }
    }
    Writer::write(|w| {
        w.key("name").str(&function.name);
        if !description.is_empty() {
            w.key("description").str(&description);
        }
        w.key("input_schema").raw(&schema);
        if strict {
            w.key("strict").raw("true");
        }
    })
}

fn append(description: &mut String, more: &str) {
    if !description.is_empty() {
        description.push_str("\n\n");
    }
    description.push_str(more);
}

/// A schema as Anthropic takes it: of an object, and without `anyOf`, `oneOf` and `allOf` at its top level, which the API
/// refuses; those are told in the description.
fn input_schema<'f>(function: &'f Function<'_>, description: &mut String, notes: &mut Notes) -> Cow<'f, str> {
    let Some((schema, view)) = function.schema.as_ref().and_then(|schema| object(schema)) else {
        return Cow::Borrowed(NO_INPUT);
    };
    let [kind, any_of, one_of, all_of] = view.pick(["type", "anyOf", "oneOf", "allOf"]);
    let is_object = kind.and_then(View::str).is_some_and(|kind| kind == "object");
    let may_be_object =
        is_object || kind.is_none_or(|kind| kind.items().any(|kind| kind.str().is_some_and(|kind| kind == "object")));
    let combined = any_of.is_some() || one_of.is_some() || all_of.is_some();
    if is_object && !combined {
        return Cow::Borrowed(schema);
    }
    let name = brief(&function.name);
    if !may_be_object {
        notes.reshaped("tools", format!("the input of {name} is put into an object"));
        return Cow::Owned(format!(
            r#"{{"type":"object","properties":{{"arguments":{schema}}},"required":["arguments"]}}"#
        ));
    }
    if combined {
        notes.reshaped("tools", format!("alternatives in the schema of {name} are told in its description"));
        append(description, &format!("The input has to follow this JSON Schema:\n{schema}"));
    }
    Cow::Owned(Writer::write(|w| {
        w.key("type").str("object");
        let left_out = ["type", "anyOf", "oneOf", "allOf"];
        for entry in view.entries().filter(|entry| !left_out.iter().any(|key| entry.is(key))) {
            w.key(&entry.key()).raw(entry.value.raw());
        }
    }))
}

/// A schema that is a JSON object: its text, and a view of it.
fn object<'f>(schema: &'f Schema<'_>) -> Option<(&'f str, View<'f>)> {
    let view = schema.view()?;
    (view.kind() == Kind::Object).then(|| (schema.raw(), view))
}

fn write_web_search(search: &WebSearch<'_>, notes: &mut Notes) -> String {
    if search.context_size.is_some() {
        notes.left_out("tools.web_search.search_context_size");
    }
    Writer::write(|w| {
        w.key("type").str("web_search_20250305");
        w.key("name").str("web_search");
        if let Some(max_uses) = search.max_uses {
            w.key("max_uses").number(max_uses);
        }
        // One of the two lists only, says the tool's documentation.
        match (search.allowed_domains, search.blocked_domains) {
            (Some(allowed), blocked) => {
                w.key("allowed_domains").raw(allowed.raw());
                if blocked.is_some() {
                    notes.left_out("tools.web_search.blocked_domains");
                }
            }
            (None, Some(blocked)) => w.key("blocked_domains").raw(blocked.raw()),
            (None, None) => {}
        }
        if let Some(location) = search.user_location {
            w.key("user_location").raw(location.raw());
        }
    })
}
