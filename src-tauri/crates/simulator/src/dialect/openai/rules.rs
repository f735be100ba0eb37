//! Rules and words that OpenAI's two protocols share: error bodies, names, schemas, images, files, vectors.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::{
    Refusal,
    vectors::{DIMENSIONS, MOST_DIMENSIONS, vector},
};
use crate::{
    media::{self, IMAGES},
    reply::tokens,
};

/// The longest name of a tool or a schema.
const LONGEST_NAME: usize = 64;
/// The most tools.
const MOST_TOOLS: usize = 128;
/// The most texts in one request for vectors.
const MOST_TEXTS: usize = 2048;
/// What OpenAI calls efforts of reasoning.
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

pub(in crate::dialect) fn missing(name: &str) -> Refusal {
    let message = format!("Missing required parameter: '{name}'.");
    refusal(400, &message, Some(name), Some("missing_required_parameter"))
}

pub(in crate::dialect) fn unknown(name: &str) -> Refusal {
    refusal(400, &format!("Unknown parameter: '{name}'."), Some(name), Some("unknown_parameter"))
}

pub(in crate::dialect) fn wrong_type(name: &str, expected: &str, got: &Value) -> Refusal {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message = format!("Invalid type for '{name}': expected {expected}, but got {got} instead.");
    refusal(400, &message, Some(name), Some("invalid_type"))
}

/// A value that isn't one of those supported.
pub(in crate::dialect) fn wrong_value(name: &str, got: &Value, supported: &[&str]) -> Refusal {
    let shown = got.as_str().map_or_else(|| got.to_string(), str::to_owned);
    let quoted: Vec<String> = supported.iter().map(|value| format!("'{value}'")).collect();
    let listed = match quoted.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [others @ .., last] => format!("{}, and {last}", others.join(", ")),
        [] => String::new(),
    };
    let message = format!("Invalid value: '{shown}'. Supported values are: {listed}.");
    refusal(400, &message, Some(name), Some("invalid_value"))
}

/// A field's value, which `null` counts as absent for.
pub(in crate::dialect) fn given<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| !value.is_null())
}

pub(in crate::dialect) fn text_of<'a>(value: &'a Value, name: &str, place: &str) -> Result<&'a str, Refusal> {
    let place = format!("{place}.{name}");
    let Some(found) = value.get(name) else { return Err(missing(&place)) };
    found.as_str().ok_or_else(|| wrong_type(&place, "a string", found))
}

pub(in crate::dialect) fn list_of<'a>(value: &'a Value, name: &str, place: &str) -> Result<&'a [Value], Refusal> {
    let Some(found) = value.get(name) else { return Err(missing(place)) };
    found.as_array().map(Vec::as_slice).ok_or_else(|| wrong_type(place, "an array of objects", found))
}

/// Refuses the fields of `value` that aren't among `names`.
pub(in crate::dialect) fn only(value: &Value, names: &[&str], place: &str) -> Result<(), Refusal> {
    let found = value.as_object().and_then(|fields| fields.keys().find(|name| !names.contains(&name.as_str())));
    found.map_or(Ok(()), |found| Err(unknown(&format!("{place}.{found}"))))
}

pub(in crate::dialect) fn no_longer_than(text: &str, most: usize, place: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    if text.is_empty() {
        let message = format!(
            "Invalid '{place}': empty string. Expected a string with minimum length 1, but got an empty string instead."
        );
        return Err(refusal(400, &message, Some(place), Some("empty_string")));
    }
    if length > most {
        let message = format!(
            "Invalid '{place}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead."
        );
        return Err(refusal(400, &message, Some(place), Some("string_above_max_length")));
    }
    Ok(())
}

/// The name of a tool or a schema.
pub(in crate::dialect) fn name(name: &str, place: &str) -> Result<(), Refusal> {
    no_longer_than(name, LONGEST_NAME, place)?;
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Ok(());
    }
    let message = format!(
        "Invalid '{place}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
    );
    Err(refusal(400, &message, Some(place), Some("invalid_value")))
}

pub(in crate::dialect) fn not_too_many_tools(tools: &[Value]) -> Result<(), Refusal> {
    let length = tools.len();
    if length <= MOST_TOOLS {
        return Ok(());
    }
    let message = format!(
        "Invalid 'tools': array too long. Expected an array with maximum length {MOST_TOOLS}, but got an array with length {length} instead."
    );
    Err(refusal(400, &message, Some("tools"), Some("array_above_max_length")))
}

/// The schema of a function's arguments. Absent: a function without any.
pub(in crate::dialect) fn parameters(
    schema: Option<&Value>,
    strict: bool,
    of: &str,
    place: &str,
) -> Result<(), Refusal> {
    let refuse = |reason: String| {
        let message = format!("Invalid schema for function '{of}': {reason}");
        refusal(400, &message, Some(place), Some("invalid_function_parameters"))
    };
    let Some(schema) = schema.filter(|schema| !schema.is_null()) else { return Ok(()) };
    if !schema.is_object() {
        return Err(wrong_type(place, "an object", schema));
    }
    if schema["type"] != "object" {
        let got = schema.get("type").map_or("\"None\"".to_owned(), Value::to_string);
        return Err(refuse(format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: {got}'.")));
    }
    if schema.get("properties").is_none() {
        return Err(refuse("In context=(), object schema missing properties.".to_owned()));
    }
    check(schema, strict, &mut Vec::new()).map_err(refuse)
}

/// The schema of a structured answer.
pub(in crate::dialect) fn structure(
    schema: &Value,
    strict: bool,
    of: &str,
    place: (&str, Option<&str>),
) -> Result<(), Refusal> {
    let refuse = |reason: String| {
        refusal(400, &format!("Invalid schema for response_format '{of}': {reason}"), Some(place.0), place.1)
    };
    if strict && schema["type"] != "object" {
        let got = schema.get("type").map_or("\"None\"".to_owned(), Value::to_string);
        return Err(refuse(format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: {got}'.")));
    }
    check(schema, strict, &mut Vec::new()).map_err(refuse)
}

/// The rules of <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>; without `strict` only
/// that arrays say what they hold.
fn check(schema: &Value, strict: bool, context: &mut Vec<String>) -> Result<(), String> {
    let Some(rules) = schema.as_object() else { return Ok(()) };
    let place = |context: &[String]| match context {
        [] => "In context=()".to_owned(),
        [one] => format!("In context=('{one}',)"),
        many => format!("In context=({})", many.iter().map(|step| format!("'{step}'")).collect::<Vec<_>>().join(", ")),
    };
    let is = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    if is("array") && !rules.contains_key("items") && !rules.contains_key("prefixItems") {
        return Err(format!("{}, array schema missing items.", place(context)));
    }
    let no_properties = Map::new();
    let properties = rules.get("properties").and_then(Value::as_object).unwrap_or(&no_properties);
    if strict && is("object") {
        if schema["additionalProperties"] != false {
            return Err(format!(
                "{}, 'additionalProperties' is required to be supplied and to be false.",
                place(context)
            ));
        }
        let required = rules.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if let Some(optional) = properties.keys().find(|name| !required.iter().any(|one| one == name.as_str())) {
            return Err(format!(
                "{}, 'required' is required to be supplied and to be an array including every key in properties. Missing '{optional}'.",
                place(context)
            ));
        }
    }
    if strict && let Some(refused) = ["oneOf", "allOf"].iter().find(|name| rules.contains_key(**name)) {
        return Err(format!("{}, '{refused}' is not permitted.", place(context)));
    }
    for group in ["properties", "$defs", "definitions"] {
        for (name, part) in rules.get(group).and_then(Value::as_object).into_iter().flatten() {
            context.extend([group.to_owned(), name.clone()]);
            check(part, strict, context)?;
            context.truncate(context.len() - 2);
        }
    }
    for group in ["anyOf", "oneOf", "allOf"] {
        for (at, part) in rules.get(group).and_then(Value::as_array).into_iter().flatten().enumerate() {
            context.extend([group.to_owned(), at.to_string()]);
            check(part, strict, context)?;
            context.truncate(context.len() - 2);
        }
    }
    if let Some(items) = rules.get("items") {
        context.push("items".to_owned());
        check(items, strict, context)?;
        context.pop();
    }
    Ok(())
}

/// An image by its URL. It counts as one word.
pub(in crate::dialect) fn image(url: &str, place: &str) -> Result<String, Refusal> {
    match media::data_url(url) {
        Some((kind, data)) => {
            if !IMAGES.contains(&kind) {
                let message = "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].";
                return Err(refusal(400, message, None, Some("invalid_image_format")));
            }
            if media::decoded(data).is_none() {
                return Err(refusal(400, "Invalid base64 image_url.", Some(place), Some("invalid_value")));
            }
            Ok(format!("[{kind}]"))
        }
        None if media::is_web_url(url) => Ok("[url]".to_owned()),
        None => {
            let message = format!("Invalid '{place}'. Expected a valid URL, but got a value with an invalid format.");
            Err(refusal(400, &message, Some(place), Some("invalid_value")))
        }
    }
}

/// A file by its `data:` URL. It counts as one word.
pub(in crate::dialect) fn file(data: &str, place: &str) -> Result<String, Refusal> {
    let refuse = |but: &str| {
        let message = format!(
            "Invalid file data: '{place}'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU='), but got {but}."
        );
        refusal(400, &message, Some(place), Some("invalid_value"))
    };
    match media::data_url(data) {
        None => Err(refuse("a value without the 'data:' prefix")),
        Some(("application/pdf", data)) if media::decoded(data).is_some() => Ok("[application/pdf]".to_owned()),
        Some(("application/pdf", _)) => Err(refuse("an invalid base64-encoded value")),
        Some((kind, _)) => Err(refuse(&format!("unsupported MIME type '{kind}'"))),
    }
}

/// Whether this effort of reasoning asks for any, by a model that can.
pub(in crate::dialect) fn effort(value: Option<&Value>, model: &str, place: &str) -> Result<bool, Refusal> {
    let Some(value) = value else { return Ok(false) };
    if !EFFORTS.iter().any(|known| value == known) {
        return Err(wrong_value(place, value, &EFFORTS));
    }
    if !reasons(model) {
        let message = format!("Unsupported parameter: '{place}' is not supported with this model.");
        return Err(refusal(400, &message, Some(place), Some("unsupported_parameter")));
    }
    Ok(value != "none")
}

/// OpenAI's older models don't reason.
pub(in crate::dialect) fn reasons(model: &str) -> bool {
    !["gpt-4", "gpt-3", "chatgpt"].iter().any(|family| model.starts_with(family))
}

pub(in crate::dialect) fn range(name: &str, value: &Value, low: f64, high: f64) -> Result<(), Refusal> {
    let Some(number) = value.as_f64() else {
        return Err(wrong_type(name, "a decimal", value));
    };
    let (side, sign, bound, code) = if number < low {
        ("below minimum", ">=", low, "decimal_below_min_value")
    } else if number > high {
        ("above maximum", "<=", high, "decimal_above_max_value")
    } else {
        return Ok(());
    };
    let message =
        format!("Invalid '{name}': decimal {side} value. Expected a value {sign} {bound}, but got {value} instead.");
    Err(refusal(400, &message, Some(name), Some(code)))
}

/// A whole number that is at least this.
pub(in crate::dialect) fn at_least(least: i64, name: &str, value: &Value) -> Result<u64, Refusal> {
    match value.as_i64() {
        Some(number) if number >= least => Ok(u64::try_from(number).unwrap_or(0)),
        Some(number) => {
            let message = format!(
                "Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {number} instead."
            );
            Err(refusal(400, &message, Some(name), Some("integer_below_min_value")))
        }
        None => Err(wrong_type(name, "an integer", value)),
    }
}

pub(in crate::dialect) fn streams(body: &Value) -> Result<bool, Refusal> {
    match body.get("stream") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(streams)) => Ok(*streams),
        Some(other) => Err(wrong_type("stream", "a boolean", other)),
    }
}

/// `POST /v1/embeddings`.
pub(in crate::dialect) fn embeddings(body: &Value) -> Result<Value, Refusal> {
    let Some(model) = given(body, "model") else {
        return Err(refusal(400, "you must provide a model parameter", None, None));
    };
    let known = ["model", "input", "encoding_format", "dimensions", "user"];
    if let Some(name) = body.as_object().and_then(|fields| fields.keys().find(|name| !known.contains(&name.as_str()))) {
        return Err(refusal(400, &format!("Unrecognized request argument supplied: {name}"), None, None));
    }
    let texts: Vec<String> = match body.get("input") {
        None => return Err(missing("input")),
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) if many.iter().all(Value::is_u64) && !many.is_empty() => {
            vec![Value::from(many.clone()).to_string()]
        }
        Some(Value::Array(many)) => {
            many.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect()
        }
        Some(other) => return Err(wrong_type("input", "one of a string or array", other)),
    };
    if texts.is_empty() || texts.len() > MOST_TEXTS || texts.iter().any(String::is_empty) {
        return Err(refusal(
            400,
            "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
            None,
            None,
        ));
    }
    let dimensions = match given(body, "dimensions") {
        None => DIMENSIONS,
        Some(value) => usize::try_from(at_least(1, "dimensions", value)?).unwrap_or(usize::MAX).min(MOST_DIMENSIONS),
    };
    let packed = match given(body, "encoding_format") {
        None => false,
        Some(format) if format == "float" => false,
        Some(format) if format == "base64" => true,
        Some(other) => return Err(wrong_value("encoding_format", other, &["float", "base64"])),
    };
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let numbers = vector(text, dimensions);
            let embedding = if packed {
                let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
                Value::from(STANDARD.encode(bytes))
            } else {
                json!(numbers)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: u64 = texts.iter().map(|text| tokens(text)).sum();
    Ok(
        json!({"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}),
    )
}

pub(in crate::dialect) fn refusal(status: u16, message: &str, param: Option<&str>, code: Option<&str>) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal { status, body: envelope(message, "invalid_request_error", param, code) }
}

pub(in crate::dialect) fn envelope(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}
