//! From Gemini's `Schema` to JSON Schema.

use crate::form::Schema;
use crate::gemini::camel;
use crate::json::{Kind, View, Writer};

/// How deep a schema is looked into; what lies deeper stays as it is written.
const DEEPEST: usize = 32;

/// A JSON Schema that says the same. Types are in lower case there, and `null` is one of them; whole numbers are numbers,
/// which protobuf's JSON writes as strings.
pub(in crate::gemini) fn widen(schema: View<'_>) -> Schema<'_> {
    if schema.kind() == Kind::Object {
        Schema::made(Writer::write(|w| members(schema, 0, w)))
    } else {
        Schema::from(schema)
    }
}

fn value(schema: View<'_>, depth: usize, w: &mut Writer) {
    if schema.kind() == Kind::Object && depth < DEEPEST {
        w.object(|w| members(schema, depth, w));
    } else {
        w.raw(schema.raw());
    }
}

fn list(schemas: View<'_>, depth: usize, is_nullable: bool, w: &mut Writer) {
    w.array(|w| {
        schemas.items().for_each(|schema| value(schema, depth + 1, w));
        if is_nullable {
            w.object(|w| w.key("type").str("null"));
        }
    });
}

fn members(schema: View<'_>, depth: usize, w: &mut Writer) {
    let [nullable, kind] = schema.pick(["nullable", "type"]);
    let is_nullable = nullable.and_then(View::bool) == Some(true);
    let kind = kind.and_then(View::str).map(|kind| kind.to_lowercase());
    let is_number = matches!(kind.as_deref(), Some("integer" | "number"));
    for entry in schema.entries().filter(|entry| !entry.value.is_null()) {
        let view = entry.value;
        match &*camel(&entry.key()) {
            "nullable" | "propertyOrdering" => {}
            "type" => match kind.as_deref() {
                Some("type_unspecified") => {}
                Some(kind) if is_nullable => w.key("type").array(|w| {
                    w.str(kind);
                    w.str("null");
                }),
                Some(kind) => w.key("type").str(kind),
                // JSON Schema's list of types.
                None => w.key("type").raw(view.raw()),
            },
            "properties" => w.key("properties").object(|w| {
                for property in view.entries() {
                    w.key(&property.key());
                    value(property.value, depth + 1, w);
                }
            }),
            key @ ("items" | "additionalProperties") => {
                w.key(key);
                value(view, depth + 1, w);
            }
            key @ ("anyOf" | "oneOf" | "allOf" | "prefixItems") => {
                w.key(key);
                list(view, depth, is_nullable && kind.is_none() && key == "anyOf", w);
            }
            "enum" => w.key("enum").array(|w| {
                for item in view.items() {
                    // Gemini writes an integer's values as strings.
                    let number = item.str().filter(|text| is_number && text.parse::<f64>().is_ok());
                    w.raw(number.as_deref().unwrap_or(item.raw()));
                }
                if is_nullable {
                    w.null();
                }
            }),
            key @ ("minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties") => {
                let number = view.str().filter(|text| text.parse::<u64>().is_ok());
                w.key(key).raw(number.as_deref().unwrap_or(view.raw()));
            }
            "example" => w.key("examples").array(|w| w.raw(view.raw())),
            "format" if view.str().as_deref() == Some("enum") => {}
            "ref" => w.key("$ref").raw(view.raw()),
            "defs" | "$defs" => w.key("$defs").object(|w| {
                for definition in view.entries() {
                    w.key(&definition.key());
                    value(definition.value, depth + 1, w);
                }
            }),
            key => w.key(key).raw(view.raw()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widened(json: &str) -> String {
        widen(View::parse(json.as_bytes()).expect("the test's JSON is valid")).raw().to_owned()
    }

    #[test]
    fn what_gemini_writes_becomes_json_schema() {
        for (gemini, json) in [
            (
                r#"{"type":"OBJECT","properties":{"Max_Items":{"type":"INTEGER","nullable":true,"format":"int32","minimum":1}},"required":["Max_Items"],"propertyOrdering":["Max_Items"]}"#,
                r#"{"type":"object","properties":{"Max_Items":{"type":["integer","null"],"format":"int32","minimum":1}},"required":["Max_Items"]}"#,
            ),
            (
                r#"{"type":"ARRAY","items":{"any_of":[{"type":"STRING","maxLength":"5"},{"type":"NUMBER"}],"nullable":true},"min_items":"1"}"#,
                r#"{"type":"array","items":{"anyOf":[{"type":"string","maxLength":5},{"type":"number"},{"type":"null"}]},"minItems":1}"#,
            ),
            (
                r#"{"type":"STRING","format":"enum","enum":["a","b"],"nullable":true,"example":"a"}"#,
                r#"{"type":["string","null"],"enum":["a","b",null],"examples":["a"]}"#,
            ),
            (r#"{"type":"INTEGER","enum":["1","20"]}"#, r#"{"type":"integer","enum":[1,20]}"#),
            (
                r#"{"type":["string","null"],"$defs":{"A":{"type":"BOOLEAN"}},"x":1}"#,
                r#"{"type":["string","null"],"$defs":{"A":{"type":"boolean"}},"x":1}"#,
            ),
            ("3", "3"),
        ] {
            assert_eq!(widened(gemini), json);
        }
    }

    #[test]
    fn depth_is_only_input() {
        let deep = format!("{}1{}", "{\"items\":".repeat(100_000), "}".repeat(100_000));
        assert_eq!(widened(&deep), deep);
    }
}
