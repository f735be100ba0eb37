//! Schemas that Anthropic enforces, of an answer or of a strict tool's input.
//!
//! They are compiled into grammars, and what a grammar can't say is refused ("Structured outputs", "JSON Schema limitations"):
//! objects have to be closed, and bounds of numbers, texts and lists may not be there. Its SDKs close objects by themselves and
//! tell the bounds in descriptions; so does this.

use std::borrow::Cow;

use crate::json::{Kind, View, Writer};

/// How deep a schema is followed.
const DEEPEST: usize = 48;

/// The formats of texts that are enforced.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// A schema as the API takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Enforceable {
    pub(super) json: String,
    /// It says other than what it was made of: objects are closed, or what can't be enforced is told in words.
    pub(super) is_changed: bool,
}

impl Enforceable {
    /// `None` for a schema that is too deep or refers to itself as a whole, which the API can't enforce.
    pub(super) fn of(schema: View<'_>) -> Option<Self> {
        let mut walk = Walk { is_rewritten: false, is_changed: false, is_endless: false };
        let mut w = Writer::default();
        walk.schema(schema, 0, &mut w);
        (!walk.is_endless).then(|| {
            let json = if walk.is_rewritten || walk.is_changed { w.into_text() } else { schema.raw().to_owned() };
            Enforceable { json, is_changed: walk.is_changed }
        })
    }
}

struct Walk {
    /// What bears no meaning is left out.
    is_rewritten: bool,
    is_changed: bool,
    is_endless: bool,
}

impl Walk {
    fn schema(&mut self, schema: View<'_>, depth: usize, w: &mut Writer) {
        self.is_endless |= depth > DEEPEST;
        if self.is_endless || schema.kind() != Kind::Object {
            return w.raw(schema.raw());
        }
        let [reference, kind, properties, any_of] = schema.pick(["$ref", "type", "properties", "anyOf"]);
        if let Some(reference) = reference {
            self.is_endless |= reference.str().is_some_and(|reference| reference == "#");
            self.is_changed |= schema.entries().count() > 1;
            return w.object(|w| w.key("$ref").raw(reference.raw()));
        }
        let is = |name: &str| {
            let is_it = |kind: View<'_>| kind.str().is_some_and(|kind| kind == name);
            kind.is_some_and(|kind| is_it(kind) || kind.items().any(is_it))
        };
        let is_object = is("object") || (kind.is_none() && properties.is_some());
        let mut description = None;
        // What is only told, as members of an object.
        let mut told = Vec::new();
        w.object(|w| {
            if is_object && kind.is_none() {
                self.is_changed = true;
                w.key("type").str("object");
            }
            for entry in schema.entries().filter(|entry| !entry.value.is_null() || entry.is("const")) {
                let key = entry.key();
                match &*key {
                    "description" => description = entry.value.str(),
                    "type" | "title" | "const" | "enum" | "default" => w.key(&key).raw(entry.value.raw()),
                    "$defs" | "definitions" => {
                        w.key(&key).object(|w| self.named(entry.value, depth, w));
                    }
                    "anyOf" | "allOf" => w.key(&key).array(|w| self.listed(entry.value, depth, w)),
                    "oneOf" if any_of.is_none() => {
                        self.is_changed = true;
                        w.key("anyOf").array(|w| self.listed(entry.value, depth, w));
                    }
                    "properties" if is_object => w.key("properties").object(|w| self.named(entry.value, depth, w)),
                    "required" if is_object => w.key("required").raw(entry.value.raw()),
                    "additionalProperties" if is_object => {}
                    "items" if is("array") && entry.value.kind() == Kind::Object => {
                        w.key("items");
                        self.schema(entry.value, depth + 1, w);
                    }
                    "minItems" if is("array") && matches!(entry.value.u64(), Some(0 | 1)) => {
                        w.key("minItems").raw(entry.value.raw());
                    }
                    "format" if is("string") && entry.value.str().is_some_and(|name| FORMATS.contains(&&*name)) => {
                        w.key("format").raw(entry.value.raw());
                    }
                    // These constrain nothing.
                    "$schema" | "$id" | "$comment" | "examples" => self.is_rewritten = true,
                    _ => told.push(entry),
                }
            }
            if is_object {
                self.is_changed |= schema.get("additionalProperties").and_then(View::bool) != Some(false);
                w.key("additionalProperties").raw("false");
            }
            let mut words = description.map(std::borrow::Cow::into_owned).unwrap_or_default();
            if !told.is_empty() {
                self.is_changed = true;
                let rules = Writer::write(|w| told.iter().for_each(|entry| w.key(&entry.key()).raw(entry.value.raw())));
                if !words.is_empty() {
                    words.push_str("\n\n");
                }
                words.push_str(&format!("It also has to keep to {rules}"));
            }
            if !words.is_empty() {
                w.key("description").str(&words);
            }
        });
    }

    fn named(&mut self, schemas: View<'_>, depth: usize, w: &mut Writer) {
        for entry in schemas.entries() {
            w.key(&entry.key());
            self.schema(entry.value, depth + 1, w);
        }
    }

    fn listed(&mut self, schemas: View<'_>, depth: usize, w: &mut Writer) {
        schemas.items().for_each(|schema| self.schema(schema, depth + 1, w));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enforceable(schema: &str) -> Option<Enforceable> {
        Enforceable::of(View::parse(schema.as_bytes()).unwrap())
    }

    #[test]
    fn objects_are_closed_and_bounds_are_told_in_words() {
        for (schema, expected) in [
            (
                r#"{"type":"object","properties":{"title":{"type":"string","minLength":1,"description":"Its name."},"count":{"type":"integer","minimum":3},"place":{"type":["object","null"],"properties":{"city":{"type":"string","format":"city"}}}},"required":["title"]}"#,
                r#"{"type":"object","properties":{"title":{"type":"string","description":"Its name.\n\nIt also has to keep to {\"minLength\":1}"},"count":{"type":"integer","description":"It also has to keep to {\"minimum\":3}"},"place":{"type":["object","null"],"properties":{"city":{"type":"string","description":"It also has to keep to {\"format\":\"city\"}"}},"additionalProperties":false}},"required":["title"],"additionalProperties":false}"#,
            ),
            (
                r##"{"$schema":"x","properties":{"a":{"oneOf":[{"type":"null"},{"$ref":"#/$defs/A","title":"T"}]}},"$defs":{"A":{"type":"array","items":{"type":"object","additionalProperties":true},"minItems":1,"maxItems":9}}}"##,
                r##"{"type":"object","properties":{"a":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/A"}]}},"$defs":{"A":{"type":"array","items":{"type":"object","additionalProperties":false},"minItems":1,"description":"It also has to keep to {\"maxItems\":9}"}},"additionalProperties":false}"##,
            ),
        ] {
            assert_eq!(enforceable(schema), Some(Enforceable { json: expected.to_owned(), is_changed: true }));
        }
    }

    #[test]
    fn a_schema_that_can_be_enforced_stays_as_it_is_written() {
        let schema = r#"{ "additionalProperties": false, "type": "object", "properties": {"a": {"enum": ["x", 1.0]},
            "b": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "description": "When."}} }"#;
        assert_eq!(enforceable(schema), Some(Enforceable { json: schema.to_owned(), is_changed: false }));
    }

    #[test]
    fn a_schema_without_end_is_not_enforced() {
        assert_eq!(enforceable(r##"{"type":"object","properties":{"next":{"$ref":"#"}}}"##), None);
        let deep = format!("{}{{}}{}", r#"{"type":"array","items":"#.repeat(20_000), "}".repeat(20_000));
        assert_eq!(enforceable(&deep), None);
    }
}
