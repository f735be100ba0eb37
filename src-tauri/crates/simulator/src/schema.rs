//! Example values for JSON schemas: the arguments of a tool that must be called, and structured answers.
//!
//! It knows what the vendors' structured outputs know: types (Gemini's upper-case names too), `properties`, `required`,
//! `items`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, local `$ref`, bounds of numbers, lengths and counts. `pattern` it
//! can't fulfil.

use std::cell::Cell;

use serde_json::{Map, Number, Value};

/// Objects and arrays deeper than this hold only what they must, so that recursive schemas end.
const DEEP: usize = 6;
/// A schema that must be deeper than this has no finite example.
const DEEPEST: usize = 32;
/// Values in one example. A schema that wants more has no example that anybody would read.
const MOST: usize = 10_000;

/// A value that the schema accepts.
pub(crate) fn example(schema: &Value) -> Value {
    Examples { root: schema, left: Cell::new(MOST) }.of(schema, 0)
}

struct Examples<'a> {
    root: &'a Value,
    left: Cell<usize>,
}

impl Examples<'_> {
    fn of(&self, schema: &Value, depth: usize) -> Value {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        let Some(rules) = schema.as_object().filter(|_| depth < DEEPEST && left > 0) else {
            return Value::from("simulated");
        };
        if let Some(target) = rules.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return found.map_or(Value::Null, |found| self.of(found, depth + 1));
        }
        if let Some(value) = rules.get("const") {
            return value.clone();
        }
        if let Some(first) = rules.get("enum").and_then(Value::as_array).and_then(|values| values.first()) {
            return first.clone();
        }
        for name in ["anyOf", "oneOf"] {
            let any = rules.get(name).and_then(Value::as_array);
            if let Some(first) = any.and_then(|any| any.iter().find(|one| !is_null(one)).or_else(|| any.first())) {
                return self.of(first, depth + 1);
            }
        }
        if let Some(all) = rules.get("allOf").and_then(Value::as_array) {
            return self.of(&merged(rules, all), depth + 1);
        }
        match kind(rules).as_str() {
            "object" => self.object(rules, depth),
            "array" => self.array(rules, depth),
            "integer" => number(rules, true),
            "number" => number(rules, false),
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => Value::String(string(rules)),
        }
    }

    fn object(&self, rules: &Map<String, Value>, depth: usize) -> Value {
        let required: Vec<&str> = rules
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut object = Map::new();
        for (name, property) in rules.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if depth < DEEP || required.contains(&name.as_str()) {
                object.insert(name.clone(), self.of(property, depth + 1));
            }
        }
        for name in required {
            object.entry(name).or_insert_with(|| Value::from("simulated"));
        }
        Value::Object(object)
    }

    fn array(&self, rules: &Map<String, Value>, depth: usize) -> Value {
        let most = count(rules, "maxItems").unwrap_or(usize::MAX);
        let wanted = usize::from(depth < DEEP).max(count(rules, "minItems").unwrap_or(0)).min(most);
        let prefix = rules.get("prefixItems").and_then(Value::as_array);
        let any = Value::Null;
        let items = rules.get("items").unwrap_or(&any);
        let at = |at: usize| prefix.and_then(|prefix| prefix.get(at)).unwrap_or(items);
        (0..wanted.min(64)).map(|place| self.of(at(place), depth + 1)).collect()
    }
}

fn is_null(schema: &Value) -> bool {
    schema["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("null"))
}

/// The type in lower case; of several the first that isn't `null`; without one, the type that the rules imply.
fn kind(rules: &Map<String, Value>) -> String {
    let named = match rules.get("type") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    };
    let implied = || {
        let clues = [("properties", "object"), ("required", "object"), ("items", "array"), ("minimum", "number")];
        clues.iter().find(|(clue, _)| rules.contains_key(*clue)).map_or("string", |(_, kind)| *kind)
    };
    named.unwrap_or_else(implied).to_ascii_lowercase()
}

fn merged(rules: &Map<String, Value>, all: &[Value]) -> Value {
    let mut whole = rules.clone();
    whole.remove("allOf");
    for part in all.iter().filter_map(Value::as_object) {
        for (name, rule) in part {
            match (whole.get_mut(name), rule) {
                (Some(Value::Object(into)), Value::Object(more)) => {
                    into.extend(more.iter().map(|(name, rule)| (name.clone(), rule.clone())));
                }
                (Some(Value::Array(into)), Value::Array(more)) => into.extend(more.iter().cloned()),
                _ => {
                    whole.insert(name.clone(), rule.clone());
                }
            }
        }
    }
    Value::Object(whole)
}

/// A count; Gemini writes them as strings (protobuf's int64).
fn count(rules: &Map<String, Value>, name: &str) -> Option<usize> {
    let value = rules.get(name)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    usize::try_from(number).ok()
}

fn number(rules: &Map<String, Value>, whole: bool) -> Value {
    let bound = |name: &str| rules.get(name).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0).unwrap_or(if whole { 1.0 } else { 0.5 });
    let low = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|low| low + step));
    let high = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|high| high - step));
    let wish = low.unwrap_or_else(|| high.map_or(1.0, |high| high.min(1.0)));
    let mut number = (wish / step).ceil() * step;
    if high.is_some_and(|high| number > high) {
        number = wish;
    }
    if whole {
        #[allow(clippy::cast_possible_truncation, reason = "bounds beyond i64 have no whole example here")]
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn string(rules: &Map<String, Value>) -> String {
    let known = rules.get("format").and_then(Value::as_str).and_then(|format| {
        Some(match format {
            "date-time" => "2026-01-01T00:00:00Z",
            "date" => "2026-01-01",
            "time" => "00:00:00Z",
            "duration" => "PT1S",
            "email" => "simulated@example.com",
            "hostname" => "example.com",
            "ipv4" => "127.0.0.1",
            "ipv6" => "::1",
            "uuid" => "00000000-0000-4000-8000-000000000000",
            "uri" | "url" => "https://example.com/",
            _ => return None,
        })
    });
    if let Some(known) = known {
        return known.to_owned();
    }
    let mut text = "simulated".to_owned();
    let least = count(rules, "minLength").unwrap_or(0).min(10_000);
    text.extend(std::iter::repeat_n('.', least.saturating_sub(text.len())));
    text.truncate(count(rules, "maxLength").unwrap_or(usize::MAX).max(least));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn examples_satisfy_their_schemas() {
        for (schema, expected) in [
            (json!({"type": "string"}), json!("simulated")),
            (json!({"type": "string", "minLength": 11, "maxLength": 12}), json!("simulated..")),
            (json!({"type": "string", "maxLength": 3}), json!("sim")),
            (json!({"type": "string", "format": "date"}), json!("2026-01-01")),
            (json!({"type": "integer"}), json!(1)),
            (json!({"type": "integer", "minimum": 5, "multipleOf": 3}), json!(6)),
            (json!({"type": "integer", "maximum": -2}), json!(-2)),
            (json!({"type": "number", "exclusiveMinimum": 2}), json!(2.5)),
            (json!({"type": "boolean"}), json!(true)),
            (json!({"type": ["null", "string"]}), json!("simulated")),
            (json!({"type": "array", "items": {"type": "integer"}, "minItems": 2}), json!([1, 1])),
            (json!({"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "2"}), json!(["simulated", "simulated"])),
            (json!({"type": "string", "enum": ["b", "a"]}), json!("b")),
            (json!({"const": 4}), json!(4)),
            (json!({"anyOf": [{"type": "null"}, {"type": "boolean"}]}), json!(true)),
            (json!({"type": "object"}), json!({})),
            (
                json!({"type": "OBJECT", "properties": {"a": {"type": "STRING"}, "b": {"type": "OBJECT", "required": ["c"]}}}),
                json!({"a": "simulated", "b": {"c": "simulated"}}),
            ),
            (json!({"$defs": {"x": {"type": "boolean"}}, "$ref": "#/$defs/x"}), json!(true)),
            (
                json!({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}),
                json!({"a": 1, "b": 2}),
            ),
        ] {
            assert_eq!(example(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn recursive_schemas_have_finite_examples() {
        let list = json!({
            "type": "object",
            "properties": {"next": {"$ref": "#"}, "value": {"type": "integer"}},
            "required": ["value"],
        });
        assert_eq!(example(&list)["next"]["next"]["value"], 1);
        let endless = json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]});
        assert!(example(&endless).is_object());
        let bushy: Map<String, Value> = ('a'..='j').map(|name| (name.to_string(), json!({"$ref": "#"}))).collect();
        let names: Vec<&String> = bushy.keys().collect();
        let bushy = json!({"type": "object", "required": names, "properties": bushy});
        assert!(example(&bushy).is_object());
    }
}
