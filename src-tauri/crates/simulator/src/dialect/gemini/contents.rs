//! What Gemini checks in the contents of a request: roles, parts, function turns, thought signatures.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde_json::{Map, Value};

use super::{
    super::{Refusal, heard::Heard},
    MARK, invalid, is_third,
    json::{field, known, payload, wrong_type, wrong_value},
};
use crate::{media, seal::Seal};

/// What a part can hold, one of them at a time.
const DATA: [&str; 9] = [
    "text",
    "inlineData",
    "functionCall",
    "functionResponse",
    "fileData",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];
/// What a part can say about that.
const ABOUT: [&str; 7] = [
    "thought",
    "thoughtSignature",
    "videoMetadata",
    "partMetadata",
    "mediaResolution",
    "mediaProcessing",
    "speechMetadata",
];
/// Image types that Gemini takes (<https://ai.google.dev/gemini-api/docs/image-understanding>).
const IMAGES: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"];
/// Signatures that switch their validation off (<https://ai.google.dev/gemini-api/docs/thought-signatures>).
const UNVALIDATED: [&str; 2] = ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"];
/// What Google calls bytes.
const BYTES: &str = "TYPE_BYTES";
/// What Google calls a JSON object.
const STRUCT: &str = "type.googleapis.com/google.protobuf.Struct";

/// Validates the contents and takes in what they say.
pub(super) fn converse(heard: &mut Heard, contents: &[Value], model: &str, seal: &Seal) -> Result<(), Refusal> {
    listen(heard, contents, seal)?;
    pair(contents)?;
    if is_third(model) { signed(contents) } else { Ok(()) }
}

/// The same, whatever the order of the contents: tokens are counted of pieces of conversations too.
pub(super) fn listen(heard: &mut Heard, contents: &[Value], seal: &Seal) -> Result<(), Refusal> {
    if contents.is_empty() {
        return Err(invalid("* GenerateContentRequest.contents: contents is not specified\n"));
    }
    for (at, content) in contents.iter().enumerate() {
        if let Some(fields) = content.as_object() {
            known(fields, &["role", "parts"], Some(&format!("contents[{at}]")))?;
        }
        let role = content.get("role").filter(|role| !role.is_null()).map_or(Some("user"), Value::as_str);
        let role = role.map(|role| if role.is_empty() { "user" } else { role });
        if !matches!(role, Some("user" | "model" | "function")) {
            return Err(invalid("Please use a valid role: user, model."));
        }
        let spoken = parts(content, &format!("contents[{at}]"), seal)?;
        if role == Some("model") { heard.model(&spoken) } else { heard.other(&spoken) }
    }
    Ok(())
}

/// The text of a content's parts.
pub(super) fn parts(content: &Value, place: &str, seal: &Seal) -> Result<String, Refusal> {
    let parts = list(content);
    if parts.is_empty() {
        return Err(invalid(&format!("* GenerateContentRequest.{place}.parts: contents.parts must not be empty.\n")));
    }
    let mut texts = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        texts.push(spoken(part, &format!("{place}.parts[{at}]"), seal)?);
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts.join(" "))
}

fn list(content: &Value) -> &[Value] {
    match content.get("parts") {
        Some(Value::Array(parts)) => parts.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    }
}

fn spoken(part: &Value, place: &str, seal: &Seal) -> Result<String, Refusal> {
    let none = Map::new();
    let fields = part.as_object().unwrap_or(&none);
    known(fields, &[&DATA[..], &ABOUT].concat(), Some(place))?;
    let mut held = DATA.iter().filter(|name| field(fields, name).is_some());
    let Some(first) = held.next() else {
        let what = "required oneof field 'data' must have one initialized field";
        return Err(invalid(&format!("* GenerateContentRequest.{place}.data: {what}\n")));
    };
    if let Some(second) = held.next() {
        let why = format!("oneof field 'data' is already set. Cannot set '{second}'");
        return Err(payload("Invalid value (oneof)", Some(place), &why));
    }
    signature(fields, place, seal)?;
    let data = field(fields, first).unwrap_or(&Value::Null);
    let inner = data.as_object().unwrap_or(&none);
    let text = |name: &str| field(inner, name).and_then(Value::as_str).unwrap_or_default();
    match *first {
        "text" => {
            data.as_str().map(str::to_owned).ok_or_else(|| wrong_type(&format!("{place}.text"), "TYPE_STRING", data))
        }
        "inlineData" => {
            let place = format!("{place}.inline_data");
            known(inner, &["mimeType", "data", "displayName"], Some(&place))?;
            let kind = text("mimeType");
            if decoded(text("data")).is_none_or(|bytes| bytes.is_empty()) {
                let data = text("data");
                return Err(invalid(&format!(
                    "Invalid value at '{place}.data' ({BYTES}), Base64 decoding failed for \"{data}\""
                )));
            }
            if takes(kind) { Ok(format!("[{kind}]")) } else { Err(invalid(&format!("Unsupported MIME type: {kind}"))) }
        }
        "fileData" => {
            known(inner, &["mimeType", "fileUri", "displayName"], Some(&format!("{place}.file_data")))?;
            if text("fileUri").is_empty() {
                return Err(invalid(&format!(
                    "* GenerateContentRequest.{place}.file_data.file_uri: file_uri is not specified\n"
                )));
            }
            Ok("[file]".to_owned())
        }
        "functionCall" => {
            let place = format!("{place}.function_call");
            known(inner, &["name", "args", "id", "partialArgs", "willContinue"], Some(&place))?;
            named(text("name"), &place)?;
            match field(inner, "args") {
                None => Ok(String::new()),
                Some(args @ Value::Object(_)) => Ok(args.to_string()),
                Some(other) => Err(wrong_type(&format!("{place}.args"), STRUCT, other)),
            }
        }
        "functionResponse" => {
            let place = format!("{place}.function_response");
            known(inner, &["name", "response", "id", "parts", "scheduling", "willContinue"], Some(&place))?;
            named(text("name"), &place)?;
            match field(inner, "response") {
                None => Ok(String::new()),
                Some(Value::Object(response)) => Ok(told(response)),
                Some(other) => Err(wrong_type(&format!("{place}.response"), STRUCT, other)),
            }
        }
        _ => Ok(String::new()),
    }
}

/// What a function gave: its text where it is wrapped in one, as clients do, else its JSON.
fn told(response: &Map<String, Value>) -> String {
    let mut values = response.values();
    match (values.next(), values.next()) {
        (Some(Value::String(text)), None) => text.clone(),
        _ => Value::Object(response.clone()).to_string(),
    }
}

fn named(name: &str, place: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(invalid(&format!("* GenerateContentRequest.{place}.name: Name cannot be empty.\n")));
    }
    Ok(())
}

fn takes(kind: &str) -> bool {
    IMAGES.contains(&kind)
        || kind == "application/pdf"
        || kind == "application/json"
        || ["audio/", "video/", "text/"].iter().any(|family| kind.starts_with(family))
}

/// Protobuf's JSON takes both alphabets of base64.
fn decoded(text: &str) -> Option<Vec<u8>> {
    media::decoded(text).or_else(|| URL_SAFE.decode(text).ok())
}

/// A signature must be one that this provider made.
fn signature(fields: &Map<String, Value>, place: &str, seal: &Seal) -> Result<(), Refusal> {
    let Some(given) = field(fields, "thoughtSignature") else { return Ok(()) };
    let place = format!("{place}.thought_signature");
    let Some(text) = given.as_str() else { return Err(wrong_value(&place)) };
    if UNVALIDATED.contains(&text) {
        return Ok(());
    }
    let Some(token) = STANDARD.decode(text).ok().or_else(|| decoded(text)) else {
        return Err(invalid(&format!("Invalid value at '{place}' ({BYTES}), Base64 decoding failed for \"{text}\"")));
    };
    if seal.made(&token, MARK, "") { Ok(()) } else { Err(invalid("Corrupted thought signature.")) }
}

/// How many parts of a content are calls, and how many are responses. A response that comes again (the same id in the
/// same content) counts once.
fn functions(content: &Value) -> (usize, usize) {
    let held = |name: &'static str| list(content).iter().filter_map(move |part| field(part.as_object()?, name));
    let mut seen: Vec<&str> = Vec::new();
    let responses = held("functionResponse").filter(|response| match response["id"].as_str() {
        Some(id) if seen.contains(&id) => false,
        Some(id) => {
            seen.push(id);
            true
        }
        None => true,
    });
    let responses = responses.count();
    (held("functionCall").count(), responses)
}

/// A turn of calls comes after a turn of somebody else, and the turn after it responds to each.
fn pair(contents: &[Value]) -> Result<(), Refusal> {
    for (at, content) in contents.iter().enumerate() {
        let (calls, responses) = functions(content);
        let before = at.checked_sub(1).map(|before| &contents[before]);
        let calls_before = before.map_or(0, |before| functions(before).0);
        if calls > 0 && before.is_none_or(|before| before["role"] == "model") {
            return Err(invalid(
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
            ));
        }
        if responses > 0 && calls_before == 0 {
            return Err(invalid(
                "Please ensure that function response turn comes immediately after a function call turn.",
            ));
        }
        if calls_before != responses {
            return Err(invalid(
                "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
            ));
        }
    }
    Ok(())
}

/// In the loop that is under way, the first call of each turn carries its signature.
fn signed(contents: &[Value]) -> Result<(), Refusal> {
    let begins = contents.iter().rposition(|content| content["role"] != "model" && functions(content).1 == 0);
    for (at, content) in contents.iter().enumerate().skip(begins.unwrap_or(0)) {
        let mut calls = list(content).iter().filter_map(Value::as_object).filter_map(|part| {
            let call = field(part, "functionCall")?;
            Some((call, field(part, "thoughtSignature").is_some()))
        });
        if let Some((call, false)) = calls.next() {
            let (name, position) = (call["name"].as_str().unwrap_or_default(), at + 1);
            return Err(invalid(&format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:{name}` , position {position}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
            )));
        }
    }
    Ok(())
}
