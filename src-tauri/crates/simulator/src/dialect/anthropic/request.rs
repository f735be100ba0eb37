//! What Anthropic checks in a request: fields, tools, thinking, structured outputs. Messages are in
//! [`messages`](super::messages).

use http::HeaderMap;
use serde_json::{Map, Value};

use super::{
    super::{Inquiry, Refusal, strings},
    invalid,
    messages::{Thinking, converse, text},
};
use crate::reply::{Ask, Choice, Form, Reasoning, Tool};

/// Top-level fields of a request in every version, the beta ones included.
const FIELDS: [&str; 27] = [
    "model",
    "messages",
    "max_tokens",
    "billing_policy",
    "cache_control",
    "compaction",
    "container",
    "context_management",
    "diagnostics",
    "fallback_credit_token",
    "fallbacks",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "thinking",
    "thread",
    "tool_choice",
    "tools",
    "user_profile_id",
    "workspace_id",
];

/// Top-level fields until version `2026-10-21`.
const SAMPLING: [&str; 3] = ["temperature", "top_k", "top_p"];

/// Fields that counting tokens doesn't take.
const NOT_COUNTED: [&str; 5] = ["max_tokens", "stream", "stop_sequences", "metadata", "service_tier"];

/// The newest version, and the older ones.
const NEWEST: &str = "2026-10-21";
const OLDER: [&str; 2] = ["2023-01-01", "2023-06-01"];

/// Fields of a tool that the client defines.
const TOOL: [&str; 10] = [
    "type",
    "name",
    "description",
    "input_schema",
    "cache_control",
    "strict",
    "allowed_callers",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
];

/// Rules that structured outputs don't take
/// (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>).
const UNSUPPORTED: [(&str, &[&str]); 4] = [
    ("integer", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ("string", &["minLength", "maxLength"]),
    ("array", &["maxItems", "uniqueItems"]),
];

/// The longest name of a tool.
const LONGEST_NAME: usize = 128;
/// The least that thinking may be given, in tokens.
const LEAST_BUDGET: u64 = 1024;
/// The most places that may be marked for the cache.
const MOST_MARKS: usize = 4;
/// Where the rules of thinking are, as error messages say.
const THINKING_DOCS: &str =
    "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking";

/// Validates a request; `counting`: for `count_tokens`, which needs no token limit.
pub(super) fn read(inquiry: &Inquiry<'_>, counting: bool) -> Result<Ask, Refusal> {
    let body = inquiry.body;
    let newest = newest_version(inquiry.headers)?;
    let Some(fields) = body.as_object() else {
        return Err(invalid("Input should be a valid dictionary or object to extract fields from"));
    };
    for required in ["model", "max_tokens", "messages"] {
        let spared = counting && required == "max_tokens";
        if !fields.contains_key(required) && !spared {
            return Err(invalid(&format!("{required}: Field required")));
        }
    }
    let known = |name: &str| {
        let known = FIELDS.contains(&name) || (!newest && SAMPLING.contains(&name));
        known && !(counting && (NOT_COUNTED.contains(&name) || SAMPLING.contains(&name)))
    };
    if let Some(unknown) = fields.keys().find(|name| !known(name)) {
        return Err(extra(unknown));
    }
    let Some(model) = body["model"].as_str() else {
        return Err(invalid("model: Input should be a valid string"));
    };
    let limit = match fields.get("max_tokens").map(Value::as_u64) {
        Some(Some(0)) => return Err(invalid("max_tokens: Input should be greater than or equal to 1")),
        Some(None) => return Err(invalid("max_tokens: Input should be a valid integer")),
        limit => limit.flatten(),
    };
    for name in ["temperature", "top_p"] {
        match fields.get(name).map(Value::as_f64) {
            Some(None) => return Err(invalid(&format!("{name}: Input should be a valid number"))),
            Some(Some(number)) if !(0.0..=1.0).contains(&number) => {
                return Err(invalid(&format!("{name}: range: 0..1")));
            }
            _ => {}
        }
    }
    let stream = match fields.get("stream") {
        None | Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(Form::Sse),
        Some(_) => return Err(invalid("stream: Input should be a valid boolean")),
    };
    let tools = tools(fields.get("tools"))?;
    let (choice, one_call) = choice(fields, &tools)?;
    let (thinking, reasoning) = thinking(fields, limit, &choice)?;
    let structure = structure(fields)?;
    if marks(body) > MOST_MARKS {
        let found = marks(body);
        return Err(invalid(&format!(
            "A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {found}."
        )));
    }
    let mut chat = super::messages::Chat::new(inquiry.seal, model, newest, thinking);
    if let Some(system) = fields.get("system") {
        let text = text(system, "system")?;
        chat.instructed(system, &text);
    }
    converse(&mut chat, &body["messages"])?;
    let heard = chat.heard;
    // What is marked for the cache is written in the first turn and read from then on.
    let (cached_tokens, written_tokens) = if heard.turns > 0 { (chat.marked, 0) } else { (0, chat.marked) };
    Ok(Ask {
        model: model.to_owned(),
        stream,
        said: heard.said,
        input_tokens: heard.words,
        cached_tokens,
        written_tokens,
        limit,
        stops: strings(fields.get("stop_sequences")),
        usage_in_stream: true,
        turns: heard.turns,
        tools,
        choice,
        one_call,
        structure,
        reasoning,
        runs: super::served::offered(body),
        own: Value::Null,
    })
}

/// Whether the request is of the newest version.
fn newest_version(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(version) = headers.get("anthropic-version") else {
        return Err(invalid("anthropic-version: header is required"));
    };
    let version = String::from_utf8_lossy(version.as_bytes());
    if OLDER.contains(&&*version) || version == NEWEST {
        Ok(version == NEWEST)
    } else {
        Err(invalid(&format!("anthropic-version: \"{version}\" is not a valid version")))
    }
}

/// A field that nothing here has.
pub(super) fn extra(place: &str) -> Refusal {
    invalid(&format!("{place}: Extra inputs are not permitted"))
}

/// Refuses the fields of `value` that aren't among `names`.
pub(super) fn only(value: &Value, names: &[&str], place: &str) -> Result<(), Refusal> {
    let unknown = value.as_object().and_then(|fields| fields.keys().find(|name| !names.contains(&name.as_str())));
    unknown.map_or(Ok(()), |unknown| Err(extra(&format!("{place}.{unknown}"))))
}

fn tools(given: Option<&Value>) -> Result<Vec<Tool>, Refusal> {
    let given = match given {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(given)) => given,
        Some(_) => return Err(invalid("tools: Input should be a valid list")),
    };
    let mut tools: Vec<Tool> = Vec::new();
    for (at, tool) in given.iter().enumerate() {
        match tool.get("type").and_then(Value::as_str) {
            None | Some("custom") => tools.push(custom(tool, &format!("tools.{at}.custom"))?),
            Some("mcp_toolset") => {}
            Some(kind) if of_anthropic(kind) => {
                let name = tool["name"].as_str().unwrap_or(kind).to_owned();
                tools.push(Tool { name, ..Tool::default() });
            }
            Some(kind) => {
                return Err(invalid(&format!(
                    "tools.{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom', 'text_editor_20250124', 'text_editor_20250429', 'text_editor_20250728', 'web_search_20250305'"
                )));
            }
        }
    }
    let twice = (1..tools.len()).any(|at| tools[..at].iter().any(|tool| tool.name == tools[at].name));
    if twice { Err(invalid("tools: Tool names must be unique.")) } else { Ok(tools) }
}

/// Anthropic's own tools are named after their kind and a date.
fn of_anthropic(kind: &str) -> bool {
    let date = kind.rsplit_once('_').map_or("", |(_, date)| date);
    date.len() == 8 && date.bytes().all(|digit| digit.is_ascii_digit())
}

fn custom(tool: &Value, place: &str) -> Result<Tool, Refusal> {
    only(tool, &TOOL, place)?;
    for required in ["name", "input_schema"] {
        if tool.get(required).is_none() {
            return Err(invalid(&format!("{place}.{required}: Field required")));
        }
    }
    let Some(name) = tool["name"].as_str() else {
        return Err(invalid(&format!("{place}.name: Input should be a valid string")));
    };
    let fits = (1..=LONGEST_NAME).contains(&name.len()) && is_plain(name);
    if !fits {
        return Err(invalid(&format!(
            "{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,{LONGEST_NAME}}}$'"
        )));
    }
    let schema = &tool["input_schema"];
    match schema.as_object().map(|schema| schema.get("type")) {
        None => {
            return Err(invalid(&format!("{place}.input_schema: Input should be a valid dictionary")));
        }
        Some(None) => return Err(invalid(&format!("{place}.input_schema.type: Field required"))),
        Some(Some(kind)) if kind != "object" => {
            return Err(invalid(&format!("{place}.input_schema.type: Input should be 'object'")));
        }
        Some(Some(_)) => {}
    }
    if ["oneOf", "allOf", "anyOf"].iter().any(|name| schema.get(name).is_some()) {
        return Err(invalid(&format!(
            "{place}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )));
    }
    if tool["strict"] == true {
        constrained(schema, place)?;
    }
    Ok(Tool { name: name.to_owned(), schema: schema.clone(), custom: false })
}

/// Letters, digits, `_` and `-`.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Which tools must be called, and whether at most one may be.
fn choice(fields: &Map<String, Value>, tools: &[Tool]) -> Result<(Choice, bool), Refusal> {
    let given = match fields.get("tool_choice") {
        None | Some(Value::Null) => return Ok((Choice::Free, false)),
        Some(given) if given.is_object() => given,
        Some(_) => {
            return Err(invalid("tool_choice: Input should be a valid dictionary or object to extract fields from"));
        }
    };
    let kind = given["type"].as_str().unwrap_or_default();
    let names: &[&str] = match kind {
        "auto" | "any" => &["type", "disable_parallel_tool_use"],
        "tool" => &["type", "name", "disable_parallel_tool_use"],
        "none" => &["type"],
        _ => {
            return Err(invalid(&format!(
                "tool_choice: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'"
            )));
        }
    };
    only(given, names, &format!("tool_choice.{kind}"))?;
    if !fields.contains_key("tools") {
        return Err(invalid("tool_choice may only be specified while providing tools"));
    }
    let one_call = given["disable_parallel_tool_use"] == true;
    let choice = match kind {
        "any" => Choice::OneOf(tools.iter().map(|tool| tool.name.clone()).collect()),
        "tool" => {
            let Some(name) = given["name"].as_str() else {
                return Err(invalid("tool_choice.tool.name: Field required"));
            };
            if !tools.iter().any(|tool| tool.name == name) {
                return Err(invalid(&format!("Tool '{name}' not found in provided tools")));
            }
            Choice::OneOf(vec![name.to_owned()])
        }
        _ => Choice::Free,
    };
    Ok((choice, one_call))
}

/// The rules of <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
fn thinking(
    fields: &Map<String, Value>,
    limit: Option<u64>,
    choice: &Choice,
) -> Result<(Thinking, Option<Reasoning>), Refusal> {
    let given = match fields.get("thinking") {
        None | Some(Value::Null) => return Ok((Thinking::Off, None)),
        Some(given) => given,
    };
    let thinking = match given["type"].as_str() {
        Some("disabled") => {
            only(given, &["type"], "thinking.disabled")?;
            return Ok((Thinking::Off, None));
        }
        Some("adaptive") => {
            only(given, &["type", "display"], "thinking.adaptive")?;
            Thinking::Adaptive
        }
        Some("enabled") => {
            only(given, &["type", "budget_tokens", "display"], "thinking.enabled")?;
            match given.get("budget_tokens").map(Value::as_u64) {
                None => return Err(invalid("thinking.enabled.budget_tokens: Field required")),
                Some(Some(budget)) if budget >= LEAST_BUDGET => {
                    if limit.is_some_and(|limit| budget >= limit) {
                        return Err(invalid(&format!(
                            "`max_tokens` must be greater than `thinking.budget_tokens`. {THINKING_DOCS}#max-tokens-and-context-window-size"
                        )));
                    }
                }
                Some(_) => {
                    return Err(invalid(&format!(
                        "thinking.enabled.budget_tokens: Input should be greater than or equal to {LEAST_BUDGET}"
                    )));
                }
            }
            Thinking::Enabled
        }
        other => {
            let kind = other.unwrap_or_default();
            return Err(invalid(&format!(
                "thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'"
            )));
        }
    };
    let number = |name: &str| fields.get(name).and_then(Value::as_f64);
    if number("temperature").is_some_and(|t| t != 1.0) {
        return Err(invalid(&format!("`temperature` may only be set to 1 when thinking is enabled. {THINKING_DOCS}")));
    }
    if number("top_p").is_some_and(|p| p < 0.95) {
        return Err(invalid(&format!(
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled. {THINKING_DOCS}"
        )));
    }
    if fields.get("top_k").is_some_and(|k| !k.is_null()) {
        return Err(invalid(&format!("`top_k` must be unset when thinking is enabled. {THINKING_DOCS}")));
    }
    if *choice != Choice::Free {
        return Err(invalid("Thinking may not be enabled when tool_choice forces tool use."));
    }
    let reasoning = match given.get("display").and_then(Value::as_str) {
        Some("omitted") => Reasoning::Hidden,
        _ => Reasoning::Shown,
    };
    Ok((thinking, Some(reasoning)))
}

/// The schema of the answer, under its new or its old name.
fn structure(fields: &Map<String, Value>) -> Result<Option<Value>, Refusal> {
    let config = fields.get("output_config").filter(|config| !config.is_null());
    if let Some(config) = config {
        only(config, &["effort", "format", "task_budget"], "output_config")?;
        effort(config, "output_config")?;
    }
    let new = config.and_then(|config| config.get("format")).map(|format| ("output_config.format", format));
    let old = fields.get("output_format").map(|format| ("output_format", format));
    let Some((place, format)) = new.or(old).filter(|(_, format)| !format.is_null()) else { return Ok(None) };
    only(format, &["type", "schema"], place)?;
    if format["type"] != "json_schema" {
        return Err(invalid(&format!("{place}.type: Input should be 'json_schema'")));
    }
    let Some(schema) = format.get("schema") else {
        return Err(invalid(&format!("{place}.schema: Field required")));
    };
    if !schema.is_object() {
        return Err(invalid(&format!("{place}.schema: Input should be a valid dictionary")));
    }
    constrained(schema, &format!("{place}.schema"))?;
    Ok(Some(schema.clone()))
}

/// How hard to think, where an `output_config` says it.
pub(super) fn effort(config: &Value, place: &str) -> Result<(), Refusal> {
    let effort = config.get("effort").filter(|effort| !effort.is_null());
    if effort.is_some_and(|effort| !["low", "medium", "high", "xhigh", "max"].iter().any(|known| effort == known)) {
        return Err(invalid(&format!("{place}.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")));
    }
    Ok(())
}

/// What a schema must hold to be enforced.
fn constrained(schema: &Value, place: &str) -> Result<(), Refusal> {
    let Some(rules) = schema.as_object() else { return Ok(()) };
    let kind = schema["type"].as_str().unwrap_or_default();
    if kind == "object" && schema["additionalProperties"] != false {
        return Err(invalid(&format!(
            "{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )));
    }
    let unsupported = UNSUPPORTED.iter().filter(|(of, _)| *of == kind).flat_map(|(_, names)| *names);
    let found: Vec<&str> = unsupported.copied().filter(|name| rules.contains_key(*name)).collect();
    if !found.is_empty() {
        let found = found.join(", ");
        return Err(invalid(&format!("{place}: For '{kind}' type, properties {found} are not supported")));
    }
    let below = |name: &str| rules.get(name);
    let named = ["properties", "$defs", "definitions"].into_iter().filter_map(below).filter_map(Value::as_object);
    let listed = ["anyOf", "allOf"].into_iter().filter_map(below).filter_map(Value::as_array);
    let parts = named.flat_map(Map::values).chain(listed.flatten()).chain(below("items"));
    for part in parts {
        constrained(part, place)?;
    }
    Ok(())
}

/// How many places are marked for the cache.
fn marks(body: &Value) -> usize {
    let marked = |value: &Value| usize::from(value.get("cache_control").is_some_and(|mark| !mark.is_null()));
    let list = |value: &Value| value.as_array().map_or(0, |list| list.iter().map(marked).sum::<usize>());
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let in_messages: usize = messages.iter().map(|message| list(&message["content"])).sum();
    marked(body) + list(&body["tools"]) + list(&body["system"]) + in_messages
}
