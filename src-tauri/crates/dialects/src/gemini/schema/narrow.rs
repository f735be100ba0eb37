//! From JSON Schema to Gemini's `Schema`.

use crate::json::{Kind, View, Writer};

/// How deep a schema is followed, references included.
const DEEPEST: usize = 48;

/// Keywords that constrain, and that Gemini's `Schema` has no field for (its API reference, "Schema").
const UNKNOWN: [&str; 22] = [
    "$dynamicRef",
    "$recursiveRef",
    "additionalItems",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxContains",
    "minContains",
    "multipleOf",
    "not",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "uniqueItems",
    "contentSchema",
];

/// Keywords that both have alike, and the type of what they constrain.
const ALIKE: [(&str, &str); 9] = [
    ("maxItems", "ARRAY"),
    ("maxLength", "STRING"),
    ("maxProperties", "OBJECT"),
    ("maximum", "NUMBER"),
    ("minItems", "ARRAY"),
    ("minLength", "STRING"),
    ("minProperties", "OBJECT"),
    ("minimum", "NUMBER"),
    ("pattern", "STRING"),
];

/// A schema of Gemini's.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gemini) struct Narrowed {
    /// Its JSON text; `None` for an object without members, where Gemini wants no schema at all.
    pub(in crate::gemini) json: Option<String>,
    /// The first thing of the JSON Schema that it doesn't say.
    pub(in crate::gemini) lost: Option<String>,
}

/// Says a JSON Schema in Gemini's terms, as far as those go. References are followed; annotations that bear no meaning for
/// a model (`$schema`, `examples`) and members that only repeat a default (`additionalProperties: false` is all that
/// Gemini's objects are) are left out.
pub(in crate::gemini) fn narrow(schema: View<'_>) -> Narrowed {
    if is_bare(schema) {
        return Narrowed { json: None, lost: None };
    }
    let mut walk = Walk {
        root: schema,
        open: Vec::new(),
        // What is read is the schema once for each level, and again for each reference.
        budget: schema.raw().len().saturating_mul(64).saturating_add(1 << 20),
        lost: None,
    };
    let json = Writer::write(|w| walk.members(schema, Above::default(), 0, w));
    Narrowed { json: Some(json), lost: walk.lost }
}

/// An object of which no member is described and none may be there.
fn is_bare(schema: View<'_>) -> bool {
    schema.kind() == Kind::Object
        && schema.entries().filter(|entry| !entry.value.is_null()).all(|entry| match &*entry.key() {
            "type" => entry.value.str().is_some_and(|kind| kind.eq_ignore_ascii_case("object")),
            "properties" => entry.value.entries().next().is_none(),
            "required" => entry.value.items().next().is_none(),
            "additionalProperties" => entry.value.bool() == Some(false),
            "$ref" | "anyOf" | "oneOf" | "allOf" | "enum" | "const" | "items" => false,
            key => !UNKNOWN.contains(&key) && !ALIKE.iter().any(|(name, _)| *name == key),
        })
}

/// A walk through a schema.
struct Walk<'a> {
    root: View<'a>,
    /// The references that are being followed.
    open: Vec<String>,
    /// Bytes that may still be read.
    budget: usize,
    lost: Option<String>,
}

/// What stands beside a reference or around a choice of one, and goes with what is referred to.
#[derive(Clone, Copy, Default)]
struct Above<'a> {
    description: Option<View<'a>>,
    title: Option<View<'a>>,
    default: Option<View<'a>>,
    nullable: bool,
}

/// A schema's keywords.
#[derive(Default)]
struct Words<'a> {
    above: Above<'a>,
    kind: Option<View<'a>>,
    reference: Option<View<'a>>,
    choice: Option<View<'a>>,
    all: Option<View<'a>>,
    values: Option<View<'a>>,
    constant: Option<View<'a>>,
    properties: Option<View<'a>>,
    required: Option<View<'a>>,
    items: Option<View<'a>>,
    format: Option<View<'a>>,
    alike: Vec<(&'static str, &'static str, View<'a>)>,
}

impl Words<'_> {
    /// It constrains by itself, besides what it refers to.
    fn constrain(&self) -> bool {
        let own = [self.kind, self.values, self.constant, self.properties, self.required, self.items, self.format];
        own.iter().any(Option::is_some) || !self.alike.is_empty()
    }
}

impl<'a> Walk<'a> {
    fn lose(&mut self, what: impl Into<String>) {
        self.lost.get_or_insert_with(|| what.into());
    }

    /// Writes a schema's members.
    fn members(&mut self, schema: View<'a>, above: Above<'a>, depth: usize, w: &mut Writer) {
        let size = schema.raw().len();
        if depth > DEEPEST || size > self.budget {
            self.lose("a schema of great depth or size");
            return w.key("type").str("OBJECT");
        }
        self.budget -= size;
        if schema.kind() != Kind::Object {
            self.lose("a schema without a type");
            return w.key("type").str("STRING");
        }
        let mut words = self.words(schema);
        words.above = Above {
            description: above.description.or(words.above.description),
            title: above.title.or(words.above.title),
            default: above.default.or(words.above.default),
            nullable: above.nullable || words.above.nullable,
        };
        if let Some(reference) = words.reference {
            self.refer(reference, &words, depth, w);
        } else if let Some(choice) = words.choice {
            self.choose(choice, &words, depth, w);
        } else if let Some(all) = words.all {
            if words.constrain() || all.items().count() > 1 {
                self.lose("allOf");
            }
            match all.items().next() {
                Some(only) => self.members(only, words.above, depth + 1, w),
                None => w.key("type").str("OBJECT"),
            }
        } else {
            self.plain(&words, depth, w);
        }
    }

    fn words(&mut self, schema: View<'a>) -> Words<'a> {
        let mut words = Words::default();
        for entry in schema.entries() {
            let key = entry.key();
            let value = Some(entry.value);
            if entry.value.is_null() && key != "const" && key != "default" {
                continue;
            }
            match &*key {
                "description" => words.above.description = value,
                "title" => words.above.title = value,
                "default" => words.above.default = value,
                "nullable" => words.above.nullable = entry.value.bool() == Some(true),
                "type" => words.kind = value,
                "$ref" => words.reference = value,
                "anyOf" | "oneOf" => {
                    if words.choice.replace(entry.value).is_some() {
                        self.lose("anyOf beside oneOf");
                    }
                }
                "allOf" => words.all = value,
                "enum" => words.values = value,
                "const" => words.constant = value,
                "properties" => words.properties = value,
                "required" => words.required = value.filter(|list| list.items().next().is_some()),
                "items" => words.items = value,
                "format" => words.format = value,
                "additionalProperties" => {
                    if entry.value.entries().next().is_some() {
                        self.lose("additionalProperties");
                    }
                }
                key => {
                    if let Some((name, kind)) = ALIKE.iter().find(|(name, _)| *name == key) {
                        words.alike.push((name, kind, entry.value));
                    } else if UNKNOWN.contains(&key) && entry.value.bool() != Some(false) {
                        self.lose(key);
                    }
                }
            }
        }
        words
    }

    fn refer(&mut self, reference: View<'a>, words: &Words<'a>, depth: usize, w: &mut Writer) {
        if words.constrain() || words.choice.is_some() || words.all.is_some() {
            self.lose("$ref beside other keywords");
        }
        let pointer = reference.str().unwrap_or_default().into_owned();
        self.budget = self.budget.saturating_sub(self.root.raw().len());
        let target = self.target(&pointer);
        match target {
            Some(target) if !self.open.contains(&pointer) => {
                self.open.push(pointer);
                self.members(target, words.above, depth + 1, w);
                self.open.pop();
            }
            _ => {
                self.lose("$ref to itself or to nothing");
                w.key("type").str("OBJECT");
            }
        }
    }

    /// What a JSON pointer (RFC 6901) within the schema points at.
    fn target(&self, pointer: &str) -> Option<View<'a>> {
        let path = pointer.strip_prefix('#')?;
        path.split('/').skip(1).take(DEEPEST).try_fold(self.root, |view, key| {
            let key = key.replace("~1", "/").replace("~0", "~");
            match view.kind() {
                Kind::Array => view.items().nth(key.parse().ok()?),
                _ => view.get(&key),
            }
        })
    }

    /// Gemini's `anyOf` stands alone: nothing may be beside it.
    fn choose(&mut self, choice: View<'a>, words: &Words<'a>, depth: usize, w: &mut Writer) {
        if words.constrain() || words.all.is_some() {
            self.lose("anyOf beside other keywords");
        }
        let is_null = |branch: &View<'_>| branch.get_str("type").is_some_and(|kind| kind == "null");
        let branches: Vec<View<'a>> = choice.items().filter(|branch| !is_null(branch)).collect();
        let nullable = words.above.nullable || branches.len() < choice.items().count();
        match branches.as_slice() {
            [] => {
                self.lose("anyOf of nothing");
                w.key("type").str("NULL");
            }
            [only] => self.members(*only, Above { nullable, ..words.above }, depth + 1, w),
            branches => {
                let Above { description, title, default, .. } = words.above;
                if description.or(title).or(default).is_some() {
                    self.lose("anyOf beside a description");
                }
                w.key("anyOf").array(|w| {
                    for branch in branches {
                        let above = Above { nullable, ..Above::default() };
                        w.object(|w| self.members(*branch, above, depth + 1, w));
                    }
                });
            }
        }
    }

    fn plain(&mut self, words: &Words<'a>, depth: usize, w: &mut Writer) {
        let (values, null_value) = self.values(words);
        let (kind, null_kind) = self.kind(words, values.is_some());
        if values.is_some() && kind != "STRING" {
            self.lose("enum of another type");
        }
        w.key("type").str(&kind);
        let Above { description, title, default, nullable } = words.above;
        for (key, value) in [("title", title), ("description", description), ("default", default)] {
            if let Some(value) = value {
                w.key(key).raw(value.raw());
            }
        }
        if nullable || null_kind || null_value {
            w.key("nullable").raw("true");
        }
        if let Some(values) = values {
            w.key("enum").array(|w| values.iter().for_each(|value| w.str(value)));
        }
        self.format(words, &kind, w);
        let is_number = matches!(&*kind, "NUMBER" | "INTEGER");
        for (key, of, value) in &words.alike {
            // A keyword of another type constrains nothing.
            if *of == kind || (*of == "NUMBER" && is_number) {
                w.key(key).raw(value.raw());
            }
        }
        match &*kind {
            "OBJECT" => self.object(words, depth, w),
            "ARRAY" => match words.items {
                Some(items) => w.key("items").object(|w| self.members(items, Above::default(), depth + 1, w)),
                None => {
                    self.lose("an array of anything");
                    w.key("items").object(|w| w.key("type").str("STRING"));
                }
            },
            _ => {}
        }
    }

    fn object(&mut self, words: &Words<'a>, depth: usize, w: &mut Writer) {
        let Some(properties) = words.properties.filter(|properties| properties.entries().next().is_some()) else {
            return self.lose("an object of anything");
        };
        w.key("properties").object(|w| {
            for property in properties.entries() {
                w.key(&property.key()).object(|w| self.members(property.value, Above::default(), depth + 1, w));
            }
        });
        let Some(required) = words.required else { return };
        let known: Vec<_> =
            required.items().filter_map(View::str).filter(|name| properties.member(name).is_some()).collect();
        // A required member that isn't described is refused.
        if known.len() < required.items().count() {
            self.lose("a required member without a schema");
        }
        if !known.is_empty() {
            w.key("required").array(|w| known.iter().for_each(|name| w.str(name)));
        }
    }

    /// The strings that are allowed, and whether `null` is.
    fn values(&mut self, words: &Words<'a>) -> (Option<Vec<String>>, bool) {
        let listed: Vec<View<'a>> = match (words.constant, words.values) {
            (Some(constant), _) => vec![constant],
            (None, Some(values)) => values.items().collect(),
            (None, None) => return (None, false),
        };
        let null = listed.iter().any(|value| value.is_null());
        let others = listed.iter().filter(|value| !value.is_null()).count();
        let strings: Vec<String> = listed
            .iter()
            .filter_map(|value| value.str())
            .filter(|text| !text.is_empty())
            .map(std::borrow::Cow::into_owned)
            .collect();
        // Nor does Gemini take an empty string.
        if strings.len() < others || strings.is_empty() {
            self.lose("enum of other values than strings");
            return (None, null);
        }
        (Some(strings), null)
    }

    /// The type, and whether `null` is one too.
    fn kind(&mut self, words: &Words<'a>, has_values: bool) -> (String, bool) {
        let Some(kind) = words.kind else {
            let implied = match (has_values, words.properties, words.items) {
                (true, ..) => "STRING",
                (_, Some(_), _) => "OBJECT",
                (_, _, Some(_)) => "ARRAY",
                _ => {
                    self.lose("a schema without a type");
                    "STRING"
                }
            };
            return (implied.to_owned(), false);
        };
        if let Some(kind) = kind.str() {
            return (kind.to_uppercase(), false);
        }
        let kinds: Vec<String> = kind.items().filter_map(View::str).map(|kind| kind.to_uppercase()).collect();
        let null = kinds.iter().any(|kind| kind == "NULL");
        let mut others = kinds.into_iter().filter(|kind| kind != "NULL");
        let first = others.next();
        if others.next().is_some() {
            self.lose("a list of types");
        }
        (first.unwrap_or_else(|| "NULL".to_owned()), null)
    }

    /// Few formats are taken: "only 'enum' and 'date-time' are supported for STRING type".
    fn format(&mut self, words: &Words<'a>, kind: &str, w: &mut Writer) {
        let Some(format) = words.format else { return };
        let known = match (kind, format.str().as_deref()) {
            ("STRING", Some(name)) => name == "date-time",
            ("INTEGER", Some(name)) => matches!(name, "int32" | "int64"),
            ("NUMBER", Some(name)) => matches!(name, "float" | "double"),
            _ => return,
        };
        if known {
            w.key("format").raw(format.raw());
        } else {
            self.lose("format");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowed(json: &str) -> Narrowed {
        narrow(View::parse(json.as_bytes()).expect("the test's JSON is valid"))
    }

    #[test]
    fn what_gemini_can_say_is_said_whole() {
        for (json, gemini) in [
            (
                r##"{"$schema":"x","type":"object","properties":{"a":{"type":["string","null"],"minLength":1,"examples":["b"]},"b":{"$ref":"#/$defs/B","description":"own"},"c":{"const":"k"}},"required":["a"],"additionalProperties":false,"$defs":{"B":{"type":"array","items":{"type":"integer","minimum":0},"description":"theirs"}}}"##,
                r#"{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true,"minLength":1},"b":{"type":"ARRAY","description":"own","items":{"type":"INTEGER","minimum":0}},"c":{"type":"STRING","enum":["k"]}},"required":["a"]}"#,
            ),
            (
                r#"{"type":"array","items":{"oneOf":[{"type":"string"},{"type":"number"},{"type":"null"}]}}"#,
                r#"{"type":"ARRAY","items":{"anyOf":[{"type":"STRING","nullable":true},{"type":"NUMBER","nullable":true}]}}"#,
            ),
            (
                r##"{"type":"object","properties":{"x":{"anyOf":[{"type":"null"},{"allOf":[{"$ref":"#/definitions/y~1z"}]}],"default":null}},"definitions":{"y/z":{"type":"boolean"}}}"##,
                r#"{"type":"OBJECT","properties":{"x":{"type":"BOOLEAN","default":null,"nullable":true}}}"#,
            ),
            (r#"{"enum":["a",null,"b"]}"#, r#"{"type":"STRING","nullable":true,"enum":["a","b"]}"#),
            (r#"{"type":"string","format":"date-time"}"#, r#"{"type":"STRING","format":"date-time"}"#),
        ] {
            assert_eq!(narrowed(json), Narrowed { json: Some(gemini.to_owned()), lost: None }, "{json}");
        }
    }

    #[test]
    fn an_object_without_members_has_no_schema() {
        for json in [
            "{}",
            r#"{"type":"object"}"#,
            r#"{"type":"object","properties":{},"additionalProperties":false,"required":[],"$schema":"x"}"#,
        ] {
            assert_eq!(narrowed(json), Narrowed { json: None, lost: None }, "{json}");
        }
    }

    #[test]
    fn what_gemini_cannot_say_is_told() {
        let of = |member: &str| format!(r#"{{"type":"object","properties":{{"a":{member}}}}}"#);
        for (member, lost) in [
            (r#"{"type":"number","exclusiveMinimum":0}"#, "exclusiveMinimum"),
            (r#"{"type":"integer","enum":[1,2]}"#, "enum of other values than strings"),
            (r#"{"type":"string","enum":["","a"]}"#, "enum of other values than strings"),
            (r#"{"type":"string","format":"uri"}"#, "format"),
            (r#"{"type":["string","integer"]}"#, "a list of types"),
            (r#"{"type":"object","additionalProperties":{"type":"string"}}"#, "additionalProperties"),
            (r#"{"type":"object"}"#, "an object of anything"),
            (r#"{"type":"array"}"#, "an array of anything"),
            (r#"{"description":"anything"}"#, "a schema without a type"),
            ("true", "a schema without a type"),
            (r##"{"$ref":"#"}"##, "$ref to itself or to nothing"),
            (r##"{"$ref":"#/$defs/none"}"##, "$ref to itself or to nothing"),
            (r#"{"$ref":"https://example.org/x"}"#, "$ref to itself or to nothing"),
            (r#"{"type":"string","not":{"enum":["a"]}}"#, "not"),
            (r#"{"allOf":[{"type":"string"},{"minLength":1}]}"#, "allOf"),
            (r#"{"anyOf":[{"type":"string"},{"type":"number"}],"description":"d"}"#, "anyOf beside a description"),
            (r#"{"type":"object","anyOf":[{"required":["b"]},{"required":["c"]}]}"#, "anyOf beside other keywords"),
            (
                r#"{"type":"object","properties":{"b":{"type":"null"}},"required":["c"]}"#,
                "a required member without a schema",
            ),
        ] {
            let narrowed = narrowed(&of(member));
            assert_eq!(narrowed.lost.as_deref(), Some(lost), "{member}");
            let json = narrowed.json.expect("there is a member");
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        }
    }

    #[test]
    fn depth_and_references_without_end_are_only_input() {
        let deep = format!("{}{{}}{}", "{\"items\":".repeat(50_000), "}".repeat(50_000));
        assert!(narrowed(&deep).lost.is_some());
        let doubling: String = (0..40)
            .map(|n| {
                format!(
                    r##""d{n}":{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/d{m}"}},"b":{{"$ref":"#/$defs/d{m}"}}}}}},"##,
                    m = n + 1
                )
            })
            .collect();
        let json = format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{doubling}"d40":{{"type":"string"}}}}}}"##);
        let narrowed = narrowed(&json);
        assert_eq!(narrowed.lost.as_deref(), Some("a schema of great depth or size"));
        assert!(narrowed.json.is_some_and(|text| text.len() < json.len() * 100));
    }
}
