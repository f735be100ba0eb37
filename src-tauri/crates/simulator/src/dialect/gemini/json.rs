//! Protobuf's JSON mapping, as far as Google's error messages speak of it.

use serde_json::{Map, Value, json};

use super::{super::Refusal, invalid, refusal};

/// A field under its lower camel or its snake case name.
pub(super) fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| fields.get(&snake(name))).filter(|value| !value.is_null())
}

pub(super) fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

pub(super) fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// Refuses the fields that aren't among `names`.
pub(super) fn known(fields: &Map<String, Value>, names: &[&str], place: Option<&str>) -> Result<(), Refusal> {
    let Some(unknown) =
        fields.keys().find(|key| !names.iter().any(|name| key.as_str() == *name || **key == snake(name)))
    else {
        return Ok(());
    };
    Err(payload(&format!("Unknown name \"{unknown}\""), place, "Cannot find field."))
}

/// A field that is there and holds what it can't.
pub(super) fn payload(what: &str, place: Option<&str>, why: &str) -> Refusal {
    let at = place.map(|place| format!(" at '{place}'")).unwrap_or_default();
    let message = format!("Invalid JSON payload received. {what}{at}: {why}");
    let mut violation = json!({"description": message});
    if let Some(place) = place {
        violation["field"] = place.into();
    }
    let details = json!([{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]);
    refusal(400, &message, Some(details))
}

pub(super) fn wrong_value(place: &str) -> Refusal {
    invalid(&format!("Invalid value at '{place}'"))
}

/// A field of another type than this.
pub(super) fn wrong_type(place: &str, kind: &str, got: &Value) -> Refusal {
    invalid(&format!("Invalid value at '{place}' ({kind}), {got}"))
}
