//! The subset of OpenAPI schemas that `parameters` and `responseSchema` take (<https://ai.google.dev/api/caching#Schema>).
//! JSON schemas go into `parametersJsonSchema` and `responseJsonSchema`, which take any.

use serde_json::{Map, Value};

use super::{
    super::Refusal,
    invalid,
    json::{field, known, payload, wrong_type, wrong_value},
};

const RULES: [&str; 22] = [
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "items",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
    "default",
    "minimum",
    "maximum",
];

const TYPES: [&str; 8] = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL", "TYPE_UNSPECIFIED"];

pub(super) fn check(schema: &Value, place: &str) -> Result<(), Refusal> {
    let Some(rules) = schema.as_object() else { return Err(wrong_value(place)) };
    known(rules, &RULES, Some(place))?;
    let kind = kind(rules, place)?;
    let asks = format!("* GenerateContentRequest.{place}");
    if let Some(values) = field(rules, "enum") {
        let Some(values) = values.as_array() else { return Err(wrong_value(&format!("{place}.enum"))) };
        if let Some((at, value)) = values.iter().enumerate().find(|(_, value)| !value.is_string()) {
            return Err(wrong_type(&format!("{place}.enum[{at}]"), "TYPE_STRING", value));
        }
        if kind != "STRING" {
            return Err(invalid(&format!("{asks}.enum: only allowed for STRING type\n")));
        }
        if values.iter().any(|value| value == "") {
            return Err(invalid(&format!("{asks}.enum[0]: cannot be empty\n")));
        }
    }
    let format = field(rules, "format").and_then(Value::as_str).unwrap_or_default();
    if kind == "STRING" && !["", "enum", "date-time"].contains(&format) {
        return Err(invalid(&format!("{asks}.format: only 'enum' and 'date-time' are supported for STRING type\n")));
    }
    let none = Map::new();
    let properties = match field(rules, "properties") {
        None => &none,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(wrong_value(&format!("{place}.properties"))),
    };
    for (at, (_, property)) in properties.iter().enumerate() {
        check(property, &format!("{place}.properties[{at}].value"))?;
    }
    for (at, name) in field(rules, "required").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if !name.as_str().is_some_and(|name| properties.contains_key(name)) {
            return Err(invalid(&format!("{asks}.required[{at}]: property is not defined\n")));
        }
    }
    match field(rules, "items") {
        Some(items) => check(items, &format!("{place}.items"))?,
        None if kind == "ARRAY" => return Err(invalid(&format!("{asks}.items: missing field.\n"))),
        None => {}
    }
    for (at, part) in field(rules, "anyOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        check(part, &format!("{place}.any_of[{at}]"))?;
    }
    Ok(())
}

fn kind(rules: &Map<String, Value>, place: &str) -> Result<String, Refusal> {
    match field(rules, "type") {
        None => Ok(String::new()),
        Some(Value::Array(_)) => {
            Err(payload("Unknown name \"type\"", Some(place), "Proto field is not repeating, cannot start list."))
        }
        Some(kind) => match kind.as_str().map(str::to_ascii_uppercase) {
            Some(kind) if TYPES.contains(&kind.as_str()) => Ok(kind),
            _ => {
                let name = "type.googleapis.com/google.ai.generativelanguage.v1beta.Type";
                Err(wrong_type(&format!("{place}.type"), name, kind))
            }
        },
    }
}
