//! What Gemini checks in a request: fields, tools, generation settings. Contents are in [`contents`](super::contents).

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    super::{Inquiry, Refusal, Route, Tongue as _, heard::Heard, strings, vectors},
    Gemini,
    contents::{converse, listen, parts},
    invalid, is_third,
    json::{field, known, wrong_value},
    schema::check,
};
use crate::reply::{Ask, Choice, Reasoning, Tool, tokens};

/// Top-level fields of a request, in lower camel case.
const FIELDS: [&str; 11] = [
    "cachedContent",
    "contents",
    "generationConfig",
    "labels",
    "model",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
    "toolConfig",
    "tools",
];

/// Fields of `generationConfig`, in lower camel case.
const CONFIG: [&str; 26] = [
    "audioTimestamp",
    "candidateCount",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "modelSelectionConfig",
    "presencePenalty",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "routingConfig",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
    "_responseJsonSchema",
    "translationConfig",
];

/// Fields of a tool: declarations of functions, and Google's own tools.
const TOOL: [&str; 9] = [
    "functionDeclarations",
    "googleSearch",
    "googleSearchRetrieval",
    "codeExecution",
    "urlContext",
    "computerUse",
    "fileSearch",
    "googleMaps",
    "mcpServers",
];

const DECLARATION: [&str; 7] =
    ["name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "behavior"];

const MODES: [&str; 5] = ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"];

/// Validates a request; `counting`: for `:countTokens`.
pub(super) fn read(inquiry: &Inquiry<'_>, counting: bool) -> Result<Ask, Refusal> {
    let Route::Generate { model: Some(model), stream } = inquiry.route else {
        return Err(Gemini.not_found(&Method::POST, ""));
    };
    let Some(fields) = inquiry.body.as_object() else {
        return Err(Gemini.not_json());
    };
    known(fields, &FIELDS, None)?;
    let none = Map::new();
    let config = match field(fields, "generationConfig") {
        None => &none,
        Some(Value::Object(config)) => config,
        Some(_) => return Err(wrong_value("generation_config")),
    };
    known(config, &CONFIG, Some("generation_config"))?;
    let limit = match field(config, "maxOutputTokens") {
        None => None,
        Some(value) => match value.as_u64() {
            Some(0) => {
                return Err(invalid(
                    "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.\n",
                ));
            }
            None => return Err(wrong_value("generation_config.max_output_tokens")),
            some => some,
        },
    };
    match field(config, "temperature").map(Value::as_f64) {
        Some(None) => return Err(wrong_value("generation_config.temperature")),
        Some(Some(t)) if !(0.0..=2.0).contains(&t) => {
            return Err(invalid(
                "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].\n",
            ));
        }
        None | Some(Some(_)) => {}
    }
    let tools = tools(fields, model)?;
    let choice = choice(fields, &tools)?;
    let structure = structure(config, model, !tools.is_empty())?;
    let reasoning = thinking(config, model)?;
    let mut heard = Heard::default();
    if let Some(system) = field(fields, "systemInstruction") {
        heard.instructed(&parts(system, "system_instruction", inquiry.seal)?);
    }
    let contents = listed(fields, "contents")?;
    if counting {
        listen(&mut heard, contents, inquiry.seal)?;
    } else {
        converse(&mut heard, contents, model, inquiry.seal)?;
    }
    Ok(Ask {
        model: model.clone(),
        stream: *stream,
        input_tokens: heard.words,
        cached_tokens: heard.cached(),
        written_tokens: 0,
        turns: heard.turns,
        said: heard.said,
        limit,
        stops: strings(field(config, "stopSequences")),
        usage_in_stream: true,
        tools,
        choice,
        one_call: false,
        structure,
        reasoning,
        runs: super::served::offered(listed(fields, "tools")?),
        own: Value::Null,
    })
}

/// `:countTokens`.
pub(super) fn count(inquiry: &Inquiry<'_>, model: &str) -> Result<Value, Refusal> {
    let Some(fields) = inquiry.body.as_object() else {
        return Err(Gemini.not_json());
    };
    known(fields, &["contents", "generateContentRequest", "model"], None)?;
    let body = match field(fields, "generateContentRequest") {
        Some(Value::Object(whole)) => {
            let model = field(whole, "model").and_then(Value::as_str).unwrap_or_default();
            if model.is_empty() {
                return Err(invalid("* CountTokensRequest.generate_content_request.model: model is not specified\n"));
            }
            Value::Object(whole.clone())
        }
        Some(_) => return Err(wrong_value("generate_content_request")),
        None => json!({"contents": field(fields, "contents").cloned().unwrap_or_default()}),
    };
    let route = Route::Generate { model: Some(model.to_owned()), stream: None };
    let ask = read(&Inquiry { route: &route, body: &body, ..*inquiry }, true)?;
    let details = json!([{"modality": "TEXT", "tokenCount": ask.input_tokens}]);
    Ok(json!({"totalTokens": ask.input_tokens, "promptTokensDetails": details}))
}

/// `:embedContent`, and each request of `:batchEmbedContents`.
pub(super) fn embed(inquiry: &Inquiry<'_>, batch: bool) -> Result<Value, Refusal> {
    let Some(fields) = inquiry.body.as_object() else {
        return Err(Gemini.not_json());
    };
    if !batch {
        let (values, tokens) = embedding(inquiry, fields, None)?;
        return Ok(json!({"embedding": {"values": values}, "usageMetadata": {"promptTokenCount": tokens}}));
    }
    known(fields, &["requests", "model"], None)?;
    let requests = listed(fields, "requests")?;
    if requests.is_empty() {
        return Err(invalid("* BatchEmbedContentsRequest.requests: requests is not specified\n"));
    }
    let mut embeddings = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        let place = format!("requests[{at}]");
        let Some(fields) = request.as_object() else { return Err(wrong_value(&place)) };
        if field(fields, "model").is_none() {
            return Err(invalid(&format!("* BatchEmbedContentsRequest.{place}.model: model is not specified\n")));
        }
        let (values, _) = embedding(inquiry, fields, Some(&place))?;
        embeddings.push(json!({"values": values}));
    }
    Ok(json!({"embeddings": embeddings}))
}

fn embedding(
    inquiry: &Inquiry<'_>,
    fields: &Map<String, Value>,
    place: Option<&str>,
) -> Result<(Vec<f32>, u64), Refusal> {
    known(fields, &["model", "content", "taskType", "title", "outputDimensionality", "embedContentConfig"], place)?;
    let Some(content) = field(fields, "content") else {
        return Err(invalid("* EmbedContentRequest.content: content is not specified\n"));
    };
    let text = parts(content, "content", inquiry.seal)?;
    let dimensions = match field(fields, "outputDimensionality").map(Value::as_u64) {
        None => vectors::DIMENSIONS,
        Some(Some(wanted)) if wanted > 0 => usize::try_from(wanted).unwrap_or(usize::MAX).min(vectors::MOST_DIMENSIONS),
        Some(_) => return Err(wrong_value("output_dimensionality")),
    };
    Ok((vectors::vector(&text, dimensions), tokens(&text)))
}

/// A repeated field; protobuf's JSON takes a single value for it too.
fn listed<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], Refusal> {
    match field(fields, name) {
        Some(Value::Array(many)) => Ok(many),
        Some(one @ Value::Object(_)) => Ok(std::slice::from_ref(one)),
        None => Ok(&[]),
        Some(_) => Err(wrong_value(name)),
    }
}

fn tools(fields: &Map<String, Value>, model: &str) -> Result<Vec<Tool>, Refusal> {
    let mut tools: Vec<Tool> = Vec::new();
    for (at, tool) in listed(fields, "tools")?.iter().enumerate() {
        let place = format!("tools[{at}]");
        let Some(tool) = tool.as_object() else { return Err(wrong_value(&place)) };
        known(tool, &TOOL, Some(&place))?;
        for (at, declaration) in listed(tool, "functionDeclarations")?.iter().enumerate() {
            let place = format!("{place}.function_declarations[{at}]");
            let declared = declared(declaration, model, &place)?;
            if tools.iter().any(|tool| tool.name == declared.name) {
                return Err(invalid(&format!("Duplicate function declaration found: {}", declared.name)));
            }
            tools.push(declared);
        }
    }
    Ok(tools)
}

fn declared(declaration: &Value, model: &str, place: &str) -> Result<Tool, Refusal> {
    let Some(fields) = declaration.as_object() else { return Err(wrong_value(place)) };
    known(fields, &DECLARATION, Some(place))?;
    let name = field(fields, "name").and_then(Value::as_str).unwrap_or_default();
    // The first models of the third generation doubled the length.
    let longest = if is_third(model) { 128 } else { 64 };
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte));
    if !begins || !plain || name.len() > longest {
        return Err(invalid(&format!(
            "* GenerateContentRequest.{place}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of {longest}.\n"
        )));
    }
    let (subset, any) = (field(fields, "parameters"), field(fields, "parametersJsonSchema"));
    if subset.is_some() && any.is_some() {
        return Err(invalid(&format!(
            "* GenerateContentRequest.{place}.parameters_json_schema: parameters_json_schema must not be set when parameters is set.\n"
        )));
    }
    if let Some(schema) = subset {
        check(schema, &format!("{place}.parameters"))?;
    }
    if let Some(schema) = field(fields, "response") {
        check(schema, &format!("{place}.response"))?;
    }
    let schema = subset.or(any).cloned().unwrap_or_default();
    Ok(Tool { name: name.to_owned(), schema, custom: false })
}

fn choice(fields: &Map<String, Value>, tools: &[Tool]) -> Result<Choice, Refusal> {
    let Some(config) = field(fields, "toolConfig") else { return Ok(Choice::Free) };
    let Some(config) = config.as_object() else { return Err(wrong_value("tool_config")) };
    known(
        config,
        &["functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations"],
        Some("tool_config"),
    )?;
    let place = "tool_config.function_calling_config";
    let Some(calling) = field(config, "functionCallingConfig") else { return Ok(Choice::Free) };
    let Some(calling) = calling.as_object() else { return Err(wrong_value(place)) };
    known(calling, &["mode", "allowedFunctionNames", "streamFunctionCallArguments"], Some(place))?;
    let mode = match field(calling, "mode") {
        None => "MODE_UNSPECIFIED",
        Some(mode) => match mode.as_str() {
            Some(mode) if MODES.contains(&mode.to_ascii_uppercase().as_str()) => mode,
            _ => {
                return Err(invalid(&format!(
                    "Invalid value at '{place}.mode' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), {mode}"
                )));
            }
        },
    }
    .to_ascii_uppercase();
    let allowed = strings(field(calling, "allowedFunctionNames"));
    if !allowed.is_empty() {
        if !["ANY", "VALIDATED"].contains(&mode.as_str()) {
            return Err(invalid(&format!(
                "* GenerateContentRequest.{place}.allowed_function_names: allowed_function_names should be set only when function calling mode is ANY.\n"
            )));
        }
        if let Some(stranger) = allowed.iter().find(|name| !tools.iter().any(|tool| tool.name == **name)) {
            return Err(invalid(&format!(
                "* GenerateContentRequest.{place}.allowed_function_names: {stranger} is not in the list of function declarations.\n"
            )));
        }
    }
    if mode != "ANY" {
        return Ok(Choice::Free);
    }
    if tools.is_empty() {
        return Err(invalid("Function calling config is set without function_declarations."));
    }
    let all = || tools.iter().map(|tool| tool.name.clone()).collect();
    Ok(Choice::OneOf(if allowed.is_empty() { all() } else { allowed }))
}

/// The schema of a structured answer; any JSON where only the media type asks for it.
fn structure(config: &Map<String, Value>, model: &str, tools: bool) -> Result<Option<Value>, Refusal> {
    let kind = field(config, "responseMimeType").and_then(Value::as_str).unwrap_or("text/plain");
    if !["text/plain", "application/json", "text/x.enum"].contains(&kind) {
        return Err(invalid(
            "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.\n",
        ));
    }
    let subset = field(config, "responseSchema");
    let any = field(config, "responseJsonSchema").or_else(|| config.get("_responseJsonSchema"));
    if let Some(schema) = subset {
        check(schema, "generation_config.response_schema")?;
    }
    for (given, name) in [(subset, "response_schema"), (any, "response_json_schema")] {
        if given.is_some() && kind == "text/plain" {
            return Err(invalid(&format!(
                "* GenerateContentRequest.generation_config.{name}: {name} is only supported when response_mime_type is `application/json` or `text/x.enum`.\n"
            )));
        }
    }
    if subset.is_some() && any.is_some() {
        return Err(invalid(
            "* GenerateContentRequest.generation_config.response_json_schema: response_json_schema must not be set when response_schema is set.\n",
        ));
    }
    if kind != "application/json" {
        return Ok(None);
    }
    if tools && !is_third(model) {
        return Err(invalid("Function calling with a response mime type: 'application/json' is unsupported"));
    }
    let free = || json!({"type": "object", "properties": {"simulated": {"type": "boolean"}}});
    Ok(Some(subset.or(any).cloned().unwrap_or_else(free)))
}

/// The rules of <https://ai.google.dev/gemini-api/docs/thinking>.
fn thinking(config: &Map<String, Value>, model: &str) -> Result<Option<Reasoning>, Refusal> {
    let Some(thinking) = field(config, "thinkingConfig") else { return Ok(None) };
    let place = "generation_config.thinking_config";
    let Some(thinking) = thinking.as_object() else { return Err(wrong_value(place)) };
    known(thinking, &["includeThoughts", "thinkingBudget", "thinkingLevel"], Some(place))?;
    let shown = match field(thinking, "includeThoughts") {
        None | Some(Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(wrong_value(&format!("{place}.include_thoughts"))),
    };
    let (budget, level) = (field(thinking, "thinkingBudget"), field(thinking, "thinkingLevel"));
    if budget.is_some() && level.is_some() {
        return Err(invalid("You can only set only one of thinking budget and thinking level."));
    }
    if let Some(level) = level {
        if !is_third(model) && model.starts_with("gemini-") {
            return Err(invalid("Thinking level is not supported for this model."));
        }
        let levels = ["MINIMAL", "LOW", "MEDIUM", "HIGH", "THINKING_LEVEL_UNSPECIFIED"];
        if !level.as_str().is_some_and(|level| levels.contains(&level.to_ascii_uppercase().as_str())) {
            return Err(invalid(&format!(
                "Invalid value at '{place}.thinking_level' (type.googleapis.com/google.ai.generativelanguage.v1beta.ThinkingConfig.ThinkingLevel), {level}"
            )));
        }
    }
    let budget = match budget {
        None => None,
        Some(budget) => match budget.as_i64() {
            Some(number) if (-1..=32_768).contains(&number) => Some(number),
            _ => {
                return Err(invalid(&format!(
                    "The thinking budget {budget} is invalid. Please choose a value between 0 and 24576."
                )));
            }
        },
    };
    if budget == Some(0) {
        if model.starts_with("gemini-2.5-pro") {
            return Err(invalid("Budget 0 is invalid. This model only works in thinking mode."));
        }
        if shown {
            return Err(invalid("Include_thoughts is only enabled when thinking is enabled."));
        }
        return Ok(None);
    }
    let thinks = shown || budget.is_some() || level.is_some();
    Ok(thinks.then_some(if shown { Reasoning::Shown } else { Reasoning::Hidden }))
}
