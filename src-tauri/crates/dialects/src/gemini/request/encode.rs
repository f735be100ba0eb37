//! Writing a request from the common form.

use super::contents;
use crate::dialect::Dialect;
use crate::form::{Format, Function, Schema, Tool, ToolChoice};
use crate::gemini::model::Model;
use crate::gemini::reasoning::reasoning_members;
use crate::gemini::schema::narrow;
use crate::json::{View, Writer, quote};
use crate::setting::{Setting, in_generation_config};
use crate::translate::{Draft, Order};

/// Writes a request. Model and streaming are in its URL.
pub(crate) fn encode(order: &Order<'_>, draft: &mut Draft) -> String {
    note_what_has_no_place(order, draft);
    let Offer { tools, tool_config } = offer(order, draft);
    let mut instructions: Vec<String> = Vec::new();
    let mut config = thinking(order, draft);
    config.extend(format(order, draft, &mut instructions));
    let tier = tier(order, draft);
    let within = |name: &str| {
        in_generation_config(name) || Setting::ALL.iter().any(|setting| setting.field(Dialect::Gemini) == Some(name))
    };
    let has_params = !order.choices.is_empty() || order.extras.iter().any(|param| within(&param.name));
    Writer::write(|w| {
        if !order.request.system.is_empty() || !instructions.is_empty() {
            w.key("systemInstruction").object(|w| {
                w.key("parts").array(|w| {
                    let system = order.request.system.iter().map(|text| &**text);
                    for text in system.chain(instructions.iter().map(String::as_str)) {
                        w.object(|w| w.key("text").str(text));
                    }
                });
            });
        }
        w.key("contents").array(|w| contents::write(order, draft, w));
        if let Some(tools) = &tools {
            w.key("tools").raw(tools);
        }
        if let Some(tool_config) = &tool_config {
            w.key("toolConfig").raw(tool_config);
        }
        if has_params || !config.is_empty() {
            w.key("generationConfig").object(|w| {
                order.write_params(w, within);
                for (key, json) in &config {
                    w.key(key).raw(json);
                }
            });
        }
        if let Some(tier) = tier {
            w.key("serviceTier").str(tier);
        }
        order.write_params(w, |name| !within(name));
    })
}

fn note_what_has_no_place(order: &Order<'_>, draft: &mut Draft) {
    let request = &order.request;
    if request.parallel_calls == Some(false) {
        draft.notes.left_out("parallel_tool_calls");
    }
    for (field, is_there) in [
        ("verbosity", request.verbosity.is_some()),
        ("user", request.user.is_some()),
        ("prompt_cache_key", request.cache_key.is_some()),
        ("metadata", request.metadata.is_some()),
    ] {
        // A profile may set the field as it is, for an upstream that takes it.
        if is_there && !order.has_extra(field) {
            draft.notes.left_out(field);
        }
    }
}

fn thinking(order: &Order<'_>, draft: &mut Draft) -> Vec<(&'static str, String)> {
    let Some(reasoning) = order.request.reasoning.as_ref().filter(|_| !order.has_extra("thinkingConfig")) else {
        return Vec::new();
    };
    let max_tokens = order.setting(Setting::MaxTokens).and_then(|json| View::parse(json.as_bytes()).ok()?.u64());
    let terms = order.terms;
    let members = reasoning_members(reasoning, terms.reasoning_scale, &terms.model, max_tokens, &mut draft.notes);
    if members.is_empty() || draft.may(order, "generationConfig.thinkingConfig") { members } else { Vec::new() }
}

fn tier(order: &Order<'_>, draft: &mut Draft) -> Option<&'static str> {
    let tier = order.request.service_tier.as_deref().filter(|_| !order.has_extra("serviceTier"))?;
    let own = match tier {
        "auto" => return None,
        "default" => "standard",
        "flex" => "flex",
        "priority" => "priority",
        _ => {
            draft.notes.left_out("service_tier");
            return None;
        }
    };
    draft.may(order, "serviceTier").then_some(own)
}

/// The shape of the answer. Models before Gemini 3 refuse one beside tools ("Function calling with a response mime type:
/// 'application/json' is unsupported"), and are told in words.
fn format(order: &Order<'_>, draft: &mut Draft, instructions: &mut Vec<String>) -> Vec<(&'static str, String)> {
    let Some(format) = &order.request.format else { return Vec::new() };
    if ["responseMimeType", "responseSchema", "responseJsonSchema"].iter().any(|name| order.has_extra(name)) {
        return Vec::new();
    }
    let mut shape = "any object".to_owned();
    if let Format::Schema { name, description, schema, .. } = format {
        shape = schema.raw().to_owned();
        for (field, is_there) in [("format.name", name.is_some()), ("format.description", description.is_some())] {
            if is_there {
                draft.notes.left_out(field);
            }
        }
    }
    let beside_tools = !order.request.tools.is_empty() && !Model::of(&order.terms.model).is_third();
    if beside_tools || !draft.may(order, "generationConfig.responseMimeType") {
        draft.notes.reshaped("format", "is told to the model in words, since it takes no other here");
        instructions.push(format!("Answer with JSON alone, of this shape (JSON Schema): {shape}"));
        return Vec::new();
    }
    let mut members = vec![("responseMimeType", quote("application/json"))];
    if let Format::Schema { schema, .. } = format {
        members.extend(shape_of(schema, ["responseSchema", "responseJsonSchema"], "generationConfig.", order, draft));
    }
    members
}

/// A schema under the name that it needs: Gemini's own subset says what it can, and JSON Schema the rest.
fn shape_of(
    schema: &Schema<'_>,
    [own, json_schema]: [&'static str; 2],
    path: &str,
    order: &Order<'_>,
    draft: &mut Draft,
) -> Option<(&'static str, String)> {
    let narrowed = narrow(schema.view()?);
    let Some(lost) = narrowed.lost else { return Some((own, narrowed.json?)) };
    if draft.may(order, &format!("{path}{json_schema}")) {
        return Some((json_schema, schema.raw().to_owned()));
    }
    draft.notes.reshaped("schema", format!("without {lost}, which Gemini's own schemas can't say"));
    Some((own, narrowed.json?))
}

/// What a request offers the model to call.
#[derive(Default)]
struct Offer {
    /// JSON texts.
    tools: Option<String>,
    tool_config: Option<String>,
}

fn offer(order: &Order<'_>, draft: &mut Draft) -> Offer {
    if order.has_extra("tools") {
        return Offer::default();
    }
    let mut functions = Vec::new();
    let mut searches = false;
    for tool in &order.request.tools {
        match tool {
            Tool::Function(function) => functions.push(declaration(function, order, draft)),
            Tool::WebSearch(search) => {
                searches = true;
                let bounds = [
                    ("allowed_domains", search.allowed_domains.is_some()),
                    ("blocked_domains", search.blocked_domains.is_some()),
                    ("user_location", search.user_location.is_some()),
                    ("max_uses", search.max_uses.is_some()),
                    ("search_context_size", search.context_size.as_deref().is_some_and(|size| size != "medium")),
                ];
                for (bound, _) in bounds.iter().filter(|(_, is_there)| *is_there) {
                    draft.notes.left_out(format!("tools.web_search.{bound}"));
                }
            }
        }
    }
    // "Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling": Gemini
    // 3 wants that said, and models before it take no such mixture.
    let is_mixed = searches && !functions.is_empty();
    let may_mix = is_mixed
        && Model::of(&order.terms.model).is_third()
        && draft.may(order, "toolConfig.includeServerSideToolInvocations");
    if is_mixed && !may_mix {
        searches = false;
        draft.notes.add("not-carried", "tools.web_search", "this model takes none beside functions");
    }
    let calling = if functions.is_empty() { None } else { calling(order, draft) };
    let is_kept_to =
        calling.as_deref().is_some_and(|calling| calling.contains("\"ANY\"") || calling.contains(VALIDATED));
    if is_strict(order).is_some_and(|all| !all || !is_kept_to) {
        draft.notes.left_out("tools.strict");
    }
    let tools = (!functions.is_empty() || searches).then(|| {
        let mut list = Vec::new();
        if !functions.is_empty() {
            list.push(format!("{{\"functionDeclarations\":[{}]}}", functions.join(",")));
        }
        if searches {
            list.push("{\"googleSearch\":{}}".to_owned());
        }
        format!("[{}]", list.join(","))
    });
    let has_config = (calling.is_some() || may_mix) && !order.has_extra("toolConfig");
    let tool_config = has_config.then(|| {
        Writer::write(|w| {
            if let Some(calling) = &calling {
                w.key("functionCallingConfig").raw(calling);
            }
            if may_mix {
                w.key("includeServerSideToolInvocations").raw("true");
            }
        })
    });
    Offer { tools, tool_config }
}

/// The mode in which calls are kept to the functions' schemas, and may be left ("Function calling modes").
const VALIDATED: &str = "VALIDATED";

/// Whether all functions are to be kept to their schemas; `None` if none is.
fn is_strict(order: &Order<'_>) -> Option<bool> {
    let mut functions = order.request.tools.iter().filter_map(|tool| match tool {
        Tool::Function(function) => Some(function.strict == Some(true)),
        Tool::WebSearch(_) => None,
    });
    functions.clone().any(|strict| strict).then(|| functions.all(|strict| strict))
}

fn declaration(function: &Function<'_>, order: &Order<'_>, draft: &mut Draft) -> String {
    let description = function.described();
    let parameters = match &function.custom {
        Some(_) => {
            draft.notes.reshaped("tools.custom", "a tool of free text becomes a function with the one member `input`");
            Some((
                "parameters",
                r#"{"type":"OBJECT","properties":{"input":{"type":"STRING"}},"required":["input"]}"#.to_owned(),
            ))
        }
        None => function.schema.as_ref().and_then(|schema| {
            shape_of(schema, ["parameters", "parametersJsonSchema"], "tools.functionDeclarations.", order, draft)
        }),
    };
    Writer::write(|w| {
        w.key("name").str(&function.name);
        if !description.is_empty() {
            w.key("description").str(&description);
        }
        if let Some((key, json)) = &parameters {
            w.key(key).raw(json);
        }
    })
}

/// The `functionCallingConfig`; none where it would say what is so anyway. With names, `ANY` means one of these, and
/// `VALIDATED` one of these or words (the SDK's `FunctionCallingConfigMode`).
fn calling(order: &Order<'_>, draft: &mut Draft) -> Option<String> {
    let choice = order.request.tool_choice.as_ref().unwrap_or(&ToolChoice::Auto);
    let (mode, names) = match choice {
        ToolChoice::Auto => {
            let is_asked = is_strict(order) == Some(true) && draft.may(order, "toolConfig.functionCallingConfig");
            if !is_asked {
                return None;
            }
            (VALIDATED, &[][..])
        }
        ToolChoice::None => ("NONE", &[][..]),
        ToolChoice::Required => ("ANY", &[][..]),
        ToolChoice::Tool(name) => ("ANY", std::slice::from_ref(name)),
        ToolChoice::Allowed { required, names } => (if *required { "ANY" } else { VALIDATED }, names.as_slice()),
    };
    // A name that isn't declared is refused.
    let is_declared = |name: &&std::borrow::Cow<'_, str>| {
        order.request.tools.iter().any(|tool| matches!(tool, Tool::Function(function) if function.name == **name))
    };
    let known: Vec<_> = names.iter().filter(is_declared).collect();
    if known.len() < names.len() {
        draft.notes.left_out("tool_choice");
        if known.is_empty() {
            return None;
        }
    }
    Some(Writer::write(|w| {
        w.key("mode").str(mode);
        if !known.is_empty() {
            w.key("allowedFunctionNames").array(|w| known.iter().for_each(|name| w.str(name)));
        }
    }))
}
