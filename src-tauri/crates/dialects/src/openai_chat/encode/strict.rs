//! Strict schemas: OpenAI refuses one that doesn't keep to its subset (Structured Outputs guide, "Supported schemas"), so only
//! one that does is sent as strict.

use crate::form::Schema;
use crate::json::{Kind, View, Writer};
use crate::translate::Draft;

/// Levels of nesting in a schema's text; the guide allows 10 levels of objects, and each takes two.
const MOST: usize = 24;

/// Writes `strict` where the schema allows it.
pub(super) fn write(w: &mut Writer, schema: &Schema<'_>, field: &str, draft: &mut Draft) {
    if schema.view().is_some_and(is_strict) {
        w.key("strict").raw("true");
    } else {
        draft.notes.reshaped(field, "is sent as not strict, since the schema is not of the subset that may be");
    }
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
    fn depth_is_only_input() {
        let deep = format!("{}{}{}", "{\"items\":".repeat(20_000), "{}", "}".repeat(20_000));
        assert!(!is_strict(View::parse(deep.as_bytes()).unwrap()));
    }
}
