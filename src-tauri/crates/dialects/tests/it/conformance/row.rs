//! A field of one or more dialects, how each says it, and where each has a place for it.

use mainstay_dialects::{Dialect, Note, ReasoningScale};
use serde_json::{Value, json};

use Dialect::{Anthropic, Gemini, OpenaiChat, OpenaiResponses};

/// What stands in for the model of each dialect: one that takes what its provider's newest take.
pub(crate) fn model(dialect: Dialect) -> &'static str {
    match dialect {
        Anthropic => "claude-opus-4-6",
        OpenaiChat | OpenaiResponses => "gpt-5.2",
        Gemini => "gemini-3-pro-preview",
    }
}

/// A field.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// A request or an answer of each dialect that has the field, and nothing else that matters.
    bodies: [Option<Value>; 4],
    /// Where each dialect may have it; the first that holds counts.
    places: [Vec<Place>; 4],
    /// Why a dialect has no place for it.
    whys: [Option<Why>; 4],
    /// Where a dialect has a place that a translation does not use, and what is done instead.
    opens: [Option<&'static str>; 4],
    /// How notes name it: a part of a note's field, without `_`, blanks and capitals.
    called: Vec<&'static str>,
    /// How the model is told how much to reason, where that is known.
    pub(crate) scale: Option<ReasoningScale>,
    /// The model to ask, where not the newest.
    pub(crate) models: [&'static str; 4],
    pub(crate) history: Option<History>,
}

/// What was reasoned before, in the dialect of the client, after another dialect's answer was told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// Goes back to who reasoned.
    Maker,
    /// Goes to another provider of the same dialect.
    Other,
}

/// The provider's documentation that shows that there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    pub(crate) reason: &'static str,
    pub(crate) url: &'static str,
}

/// How a field comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Carried,
    Reformed,
}

#[derive(Clone, Debug)]
struct Place {
    form: Form,
    checks: Vec<(&'static str, Value)>,
}

/// The API references that a reason refers to where it names no other page.
pub(crate) fn reference(dialect: Dialect) -> &'static str {
    match dialect {
        Anthropic => "https://platform.claude.com/docs/en/api/messages",
        OpenaiChat => "https://platform.openai.com/docs/api-reference/chat/create",
        OpenaiResponses => "https://platform.openai.com/docs/api-reference/responses/create",
        Gemini => "https://ai.google.dev/api/generate-content",
    }
}

pub(crate) fn index(dialect: Dialect) -> usize {
    match dialect {
        Anthropic => 0,
        OpenaiChat => 1,
        OpenaiResponses => 2,
        Gemini => 3,
    }
}

/// A field that notes call `called`, or by one of several names divided by `|`.
pub(crate) fn row(name: &'static str, called: &'static str) -> Row {
    Row {
        name,
        bodies: [const { None }; 4],
        places: [const { Vec::new() }; 4],
        whys: [None; 4],
        opens: [None; 4],
        called: called.split('|').collect(),
        scale: Some(ReasoningScale::Effort),
        models: Dialect::ALL.map(model),
        history: None,
    }
}

impl Row {
    /// How `dialect` says it. For requests: members beside or in place of those of a minimal one.
    pub(crate) fn says(mut self, dialect: Dialect, body: Value) -> Self {
        self.bodies[index(dialect)] = Some(body);
        self
    }

    /// Where `dialect` has it: `path` has members divided by `.`, `*` for any; `value` is what is there, at least. A text
    /// that begins with `~` stands for one that holds the rest; null for nothing there. An empty path is the whole body.
    pub(crate) fn at(self, dialect: Dialect, path: &'static str, value: Value) -> Self {
        self.place(dialect, Form::Carried, path, value)
    }

    /// Where `dialect` has it in another form.
    pub(crate) fn or(self, dialect: Dialect, path: &'static str, value: Value) -> Self {
        self.place(dialect, Form::Reformed, path, value)
    }

    fn place(mut self, dialect: Dialect, form: Form, path: &'static str, value: Value) -> Self {
        self.places[index(dialect)].push(Place { form, checks: vec![(path, value)] });
        self
    }

    /// What has to be true beside the place named last for `dialect`.
    pub(crate) fn and(mut self, dialect: Dialect, path: &'static str, value: Value) -> Self {
        let place = self.places[index(dialect)].last_mut().expect("a place comes first");
        place.checks.push((path, value));
        self
    }

    /// Why `dialect` has no place for it, as its API reference shows.
    pub(crate) fn without(self, dialect: Dialect, reason: &'static str) -> Self {
        self.without_as(dialect, reason, reference(dialect))
    }

    /// Why `dialect` has no place for it, as the page shows.
    pub(crate) fn without_as(mut self, dialect: Dialect, reason: &'static str, url: &'static str) -> Self {
        self.whys[index(dialect)] = Some(Why { reason, url });
        self
    }

    /// `dialect` has a place for it that a translation does not use; what is done instead.
    pub(crate) fn open(mut self, dialect: Dialect, instead: &'static str) -> Self {
        self.opens[index(dialect)] = Some(instead);
        self
    }

    pub(crate) fn scaled(mut self, scale: ReasoningScale) -> Self {
        self.scale = Some(scale);
        self
    }

    pub(crate) fn unscaled(mut self) -> Self {
        self.scale = None;
        self
    }

    pub(crate) fn on(mut self, dialect: Dialect, model: &'static str) -> Self {
        self.models[index(dialect)] = model;
        self
    }

    pub(crate) fn of_history(mut self, history: History) -> Self {
        self.history = Some(history);
        self
    }

    pub(crate) fn body(&self, dialect: Dialect) -> Option<&Value> {
        self.bodies[index(dialect)].as_ref()
    }

    pub(crate) fn why(&self, dialect: Dialect) -> Option<Why> {
        self.whys[index(dialect)]
    }

    pub(crate) fn is_open(&self, dialect: Dialect) -> Option<&'static str> {
        self.opens[index(dialect)]
    }

    /// How `dialect`'s body has it.
    pub(crate) fn find(&self, dialect: Dialect, body: &Value) -> Option<Form> {
        let places = self.places[index(dialect)].iter();
        let mut holding = places.filter(|place| place.checks.iter().all(|(path, value)| holds(body, path, value)));
        holding.next().map(|place| place.form)
    }

    /// Whether the note is about it.
    pub(crate) fn is_noted_by(&self, note: &Note) -> bool {
        let field: String =
            note.field.chars().filter(|c| !matches!(c, '_' | ' ')).flat_map(char::to_lowercase).collect();
        self.called.iter().any(|called| field.contains(called))
    }
}

/// Whether `body` has at least `value` at `path`.
fn holds(body: &Value, path: &str, value: &Value) -> bool {
    if path.is_empty() {
        let text = body.to_string();
        return value.as_str().and_then(|value| value.strip_prefix('~')).is_some_and(|part| text.contains(part));
    }
    let mut found = vec![body];
    for step in path.split('.') {
        found = found.into_iter().flat_map(|value| members(value, step)).collect();
    }
    if value.is_null() { found.is_empty() } else { found.into_iter().any(|found| includes(found, value)) }
}

fn members<'a>(value: &'a Value, step: &str) -> Vec<&'a Value> {
    match (value, step) {
        (Value::Array(items), "*") => items.iter().collect(),
        (Value::Object(members), "*") => members.values().collect(),
        (Value::Array(items), step) => step.parse().ok().and_then(|at: usize| items.get(at)).into_iter().collect(),
        (value, step) => value.get(step).into_iter().collect(),
    }
}

fn includes(found: &Value, value: &Value) -> bool {
    match (found, value) {
        (Value::Object(found), Value::Object(value)) => {
            value.iter().all(|(name, value)| found.get(name).is_some_and(|found| includes(found, value)))
        }
        (Value::Array(found), Value::Array(value)) => {
            found.len() == value.len() && found.iter().zip(value).all(|(found, value)| includes(found, value))
        }
        (Value::Number(found), Value::Number(value)) => found.as_f64() == value.as_f64(),
        (Value::String(found), Value::String(value)) => match value.strip_prefix('~') {
            Some(part) => found.contains(part),
            None => found == value,
        },
        (found, value) => found == value,
    }
}

/// A minimal request, with these members.
pub(crate) fn request(dialect: Dialect, members: &Value) -> Value {
    let mut body = match dialect {
        Anthropic => {
            json!({"model": model(dialect), "max_tokens": 20000, "messages": [{"role": "user", "content": "hi"}]})
        }
        OpenaiChat => json!({"model": model(dialect), "messages": [{"role": "user", "content": "hi"}]}),
        OpenaiResponses => json!({"model": model(dialect), "input": "hi"}),
        Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
    };
    for (name, value) in members.as_object().expect("a request's members are an object") {
        body[name] = value.clone();
    }
    body
}

/// Members of a request that has one user turn of this content.
pub(crate) fn user(dialect: Dialect, content: Value) -> Value {
    let turn = json!([{"role": "user", (if dialect == Gemini { "parts" } else { "content" }): content}]);
    match dialect {
        Anthropic | OpenaiChat => json!({"messages": turn}),
        OpenaiResponses => json!({"input": turn}),
        Gemini => json!({"contents": turn}),
    }
}

#[test]
fn a_place_is_found_by_its_path_and_part() {
    let body = json!({"a": [{"b": "one two", "c": 1}, {"b": "three", "c": 1.5}]});
    for (path, value, expected) in [
        ("a.*.b", json!("~two"), true),
        ("a.0.b", json!("~three"), false),
        ("a.*", json!({"b": "three", "c": 1.5}), true),
        ("a.*", json!({"b": "three", "c": 1}), false),
        ("a.*.d", json!(null), true),
        ("a.*.c", json!(null), false),
        ("", json!("~one two"), true),
    ] {
        assert_eq!(holds(&body, path, &value), expected, "{path} {value}");
    }
}
