//! Strict schemas, in both of OpenAI's dialects: OpenAI refuses one that doesn't keep to its subset (Structured Outputs guide,
//! "Supported schemas"), so only one that does is sent as strict.

use crate::form::Schema;
use crate::json::{Kind, View};
use crate::notes::Notes;

/// Levels of nesting in a schema's text; the guide allows 10 levels of objects, and each takes two.
const MOST: usize = 24;

/// Whether what `asked` for a strict schema can have it; if not, that is noted of `field`. No schema at all is none that is
/// strict.
pub(crate) fn is_kept(asked: Option<bool>, schema: Option<&Schema<'_>>, field: &str, notes: &mut Notes) -> bool {
    if asked != Some(true) {
        return false;
    }
    let is_fit = schema.and_then(Schema::view).is_some_and(|root| {
        // What is at the top is an object, and no choice of several.
        root.get_str("type").is_some_and(|kind| kind == "object") && root.get("anyOf").is_none() && is_strict(root)
    });
    if !is_fit {
        notes.reshaped(field, "is sent as not strict, since the schema is not of the subset that may be");
    }
    is_fit
}

/// Whether each object in a schema has all its properties required and no others allowed, and there is nothing in it that
/// the subset lacks.
fn is_strict(root: View<'_>) -> bool {
    let mut open = vec![(root, 0)];
    while let Some((schema, depth)) = open.pop() {
        if depth > MOST {
            return false;
        }
        let [properties, required, additional, items, any_of, defs, definitions] =
            schema.pick(["properties", "required", "additionalProperties", "items", "anyOf", "$defs", "definitions"]);
        let lacks = ["allOf", "oneOf", "not", "if", "patternProperties", "dependentRequired", "prefixItems"];
        if schema.entries().any(|entry| lacks.iter().any(|word| entry.is(word))) {
            return false;
        }
        let is_object = schema.get_str("type").is_some_and(|kind| kind == "object") || properties.is_some();
        if is_object {
            let required: Vec<_> = required.into_iter().flat_map(View::items).filter_map(View::str).collect();
            let all = properties.into_iter().flat_map(View::entries).all(|entry| required.contains(&entry.key()));
            if !all || additional.and_then(View::bool) != Some(false) {
                return false;
            }
        }
        let named = [properties, defs, definitions].into_iter().flatten().flat_map(View::entries);
        open.extend(named.map(|entry| (entry.value, depth + 2)));
        open.extend(items.into_iter().filter(|items| items.kind() == Kind::Object).map(|items| (items, depth + 1)));
        open.extend(any_of.into_iter().flat_map(View::items).map(|item| (item, depth + 2)));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_strict_if_every_object_in_it_is_closed_and_whole() {
        for (schema, strict) in [
            (r#"{"type":"object","properties":{},"additionalProperties":false}"#, true),
            (
                r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
                true,
            ),
            (r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#, false),
            (r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#, false),
            (
                r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}"#,
                false,
            ),
            (r#"{"oneOf":[]}"#, false),
            (r#"{"type":"string"}"#, true),
        ] {
            assert_eq!(is_strict(View::parse(schema.as_bytes()).unwrap()), strict, "{schema}");
        }
    }

    #[test]
    fn only_who_asks_for_a_strict_schema_that_can_be_one_gets_it() {
        const CLOSED: &str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;
        for (asked, schema, kept, notes) in [
            (Some(true), Some(CLOSED), true, 0),
            (Some(false), Some(CLOSED), false, 0),
            (None, Some(CLOSED), false, 0),
            (Some(true), Some(r#"{"type":"string"}"#), false, 1),
            (Some(true), Some(r#"{"anyOf":[{"type":"string"}]}"#), false, 1),
            (Some(true), None, false, 1),
        ] {
            let schema = schema.map(|schema| Schema::made(schema.to_owned()));
            let mut noted = Notes::default();
            assert_eq!(is_kept(asked, schema.as_ref(), "tools.strict", &mut noted), kept, "{schema:?}");
            assert_eq!(noted.list().len(), notes, "{schema:?}");
        }
    }

    #[test]
    fn depth_is_only_input() {
        let deep = format!("{}{}{}", "{\"items\":".repeat(20_000), "{}", "}".repeat(20_000));
        assert!(!is_strict(View::parse(deep.as_bytes()).unwrap()));
    }
}
