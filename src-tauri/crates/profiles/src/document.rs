//! Editing a profile's text in place.
//!
//! A profile file belongs to its user: it may hold keys that we don't know, in an order and a layout of their own, and
//! comments. An edit changes the bytes of the one value that it is about, and what must move to make room for it (a comma, a
//! line), and nothing else. So the text is cut at places that a parse of it gives, rather than written anew from a tree.

use jsonc_parser::ast::{self, Object, ObjectProp};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::cst::CstRootNode;
use jsonc_parser::{CollectOptions, parse_to_ast};
use serde_json::Value;

use crate::place::{FileError, FileErrorKind, lenient};

/// The text of a JSON file whose top level is an object, open for edits.
///
/// ```
/// use mainstay_profiles::Document;
///
/// let mut document = Document::parse(r#"{ "model": "a", "mine": [1,  2] } // kept"#)?;
/// document.set(&["model"], "b".into())?;
/// assert_eq!(document.text(), r#"{ "model": "b", "mine": [1,  2] } // kept"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    text: String,
}

/// The text may hold a key: its length only.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

/// Why an edit does not fit the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The path is empty; the whole file cannot be set or removed.
    #[error("the edit names no key")]
    NoPath,
    /// A key on the way holds something other than an object.
    #[error("\"{0}\" is not an object, so nothing can be set inside it")]
    NotAnObject(String),
}

const BOM: &str = "\u{feff}";

impl Document {
    /// Opens a text. Comments, trailing commas and a byte order mark are tolerated, and kept.
    ///
    /// # Errors
    /// [`FileError`] with the place where the text is not JSON, or when its top level is no object.
    pub fn parse(text: &str) -> Result<Document, FileError> {
        let body = text.strip_prefix(BOM).unwrap_or(text);
        let parsed = parse_to_ast(body, &CollectOptions::default(), &lenient())
            .map_err(|error| FileError::syntax(body, &error))?;
        match parsed.value {
            Some(ast::Value::Object(_)) => Ok(Document { text: text.to_owned() }),
            _ => Err(FileError::at(FileErrorKind::Shape, body, 0, "A profile is a JSON object.")),
        }
    }

    /// The text as it stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All values, without what only the text holds: comments, layout, repeated keys.
    pub fn values(&self) -> serde_json::Map<String, Value> {
        match ast::Value::Object(self.root()).into() {
            Value::Object(values) => values,
            _ => serde_json::Map::new(),
        }
    }

    /// The value at `path`, a list of keys from the top. Of repeated keys the last one counts, as in every JSON reader that
    /// the CLI and we use.
    pub fn get(&self, path: &[&str]) -> Option<Value> {
        let root = self.root();
        let (last, parents) = path.split_last()?;
        let mut object = &root;
        for key in parents {
            match &find(object, key)?.value {
                ast::Value::Object(inner) => object = inner,
                _ => return None,
            }
        }
        find(object, last).map(|property| property.value.clone().into())
    }

    /// All of it, as a value. Of repeated keys the last one counts.
    pub(crate) fn value(&self) -> Value {
        ast::Value::Object(self.root()).into()
    }

    /// Whether some object has a key twice: then what an edit changes is not all that the text says of it.
    pub(crate) fn repeats_keys(&self) -> bool {
        fn repeats(value: &ast::Value<'_>) -> bool {
            match value {
                ast::Value::Object(object) => {
                    let mut names = std::collections::HashSet::new();
                    object.properties.iter().any(|each| !names.insert(each.name.as_str()) || repeats(&each.value))
                }
                ast::Value::Array(list) => list.elements.iter().any(repeats),
                _ => false,
            }
        }
        repeats(&ast::Value::Object(self.root()))
    }

    /// Sets the value at `path`, adding the objects on the way that are missing. A value that is already there and equal
    /// keeps its bytes (`0.20` stays `0.20`).
    ///
    /// # Errors
    /// [`EditError`]; the text is then as it was.
    pub fn set(&mut self, path: &[&str], value: Value) -> Result<(), EditError> {
        let (last, parents) = path.split_last().ok_or(EditError::NoPath)?;
        let root = self.root();
        let mut object = &root;
        for (depth, key) in parents.iter().enumerate() {
            match find(object, key).map(|property| &property.value) {
                Some(ast::Value::Object(inner)) => object = inner,
                Some(_) => return Err(EditError::NotAnObject(path[..=depth].join("."))),
                None => {
                    let nested = path[depth + 1..]
                        .iter()
                        .rev()
                        .fold(value, |inner, key| Value::Object(std::iter::once(((*key).to_owned(), inner)).collect()));
                    self.text = insert(&self.text, self.bom(), &root, object, key, &nested);
                    return Ok(());
                }
            }
        }
        self.text = match find(object, last) {
            Some(property) if Value::from(property.value.clone()) == value => return Ok(()),
            Some(property) => {
                let layout = Layout::of(self.body(), &root, object);
                let range = property.value.range();
                splice(&self.text, self.bom(), range, &layout.render(&value))
            }
            None => insert(&self.text, self.bom(), &root, object, last, &value),
        };
        Ok(())
    }

    /// Removes the key at `path` with its value, every time it occurs. Returns whether it was there.
    ///
    /// # Errors
    /// [`EditError`]; the text is then as it was.
    pub fn remove(&mut self, path: &[&str]) -> Result<bool, EditError> {
        let (last, parents) = path.split_last().ok_or(EditError::NoPath)?;
        let root = CstRootNode::parse(self.body(), &lenient()).expect("the text was parsed before");
        let Some(mut object) = root.object_value() else { return Ok(false) };
        for (depth, key) in parents.iter().enumerate() {
            let Some(property) =
                object.properties().into_iter().rev().find(|p| p.decoded_name().as_deref() == Some(key))
            else {
                return Ok(false);
            };
            object = property.object_value().ok_or_else(|| EditError::NotAnObject(path[..=depth].join(".")))?;
        }
        let named: Vec<_> = object
            .properties()
            .into_iter()
            .filter(|property| property.decoded_name().as_deref() == Some(*last))
            .collect();
        let found = !named.is_empty();
        for property in named {
            property.remove();
        }
        if found {
            self.text = format!("{}{root}", &self.text[..self.bom()]);
        }
        Ok(found)
    }

    /// Sets the value at `path`, or removes the key and then the objects on the way that it leaves empty.
    ///
    /// # Errors
    /// [`EditError`]; the text is then as it was.
    pub fn put_or_remove(&mut self, path: &[&str], value: Option<Value>) -> Result<(), EditError> {
        if let Some(value) = value {
            return self.set(path, value);
        }
        let mut path = path;
        while self.remove(path)? {
            path = &path[..path.len() - 1];
            let empty = self.get(path).is_some_and(|left| left.as_object().is_some_and(serde_json::Map::is_empty));
            if !empty {
                break;
            }
        }
        Ok(())
    }

    fn bom(&self) -> usize {
        if self.text.starts_with(BOM) { BOM.len() } else { 0 }
    }

    fn body(&self) -> &str {
        &self.text[self.bom()..]
    }

    fn root(&self) -> Object<'_> {
        match parse_to_ast(self.body(), &CollectOptions::default(), &lenient()) {
            Ok(jsonc_parser::ParseResult { value: Some(ast::Value::Object(root)), .. }) => root,
            _ => unreachable!("the text was an object when it came, and every edit keeps it one"),
        }
    }
}

fn find<'o, 'a>(object: &'o Object<'a>, key: &str) -> Option<&'o ObjectProp<'a>> {
    object.properties.iter().rev().find(|property| property.name.as_str() == key)
}

fn splice(text: &str, bom: usize, range: Range, replacement: &str) -> String {
    format!("{}{replacement}{}", &text[..bom + range.start], &text[bom + range.end..])
}

/// How an object is laid out, so that what is added looks like what is there.
struct Layout {
    /// The indentation of its properties when each has its own line; `None` when they share one.
    indent: Option<String>,
    /// One level of indentation.
    unit: String,
    newline: &'static str,
}

impl Layout {
    fn of(body: &str, root: &Object<'_>, object: &Object<'_>) -> Layout {
        let newline = if body.contains("\r\n") { "\r\n" } else { "\n" };
        let unit = root
            .properties
            .iter()
            .find_map(|property| own_line_indent(body, property.range.start))
            .filter(|unit| !unit.is_empty())
            .unwrap_or("  ")
            .to_owned();
        let indent = match object.properties.last() {
            Some(property) => own_line_indent(body, property.range.start).map(str::to_owned),
            // An empty object in a file of several lines gets lines of its own.
            None if body[..object.range.end].contains('\n') || object.range.start == root.range.start => {
                Some(format!("{}{unit}", line_indent(body, object.range.start)))
            }
            None => None,
        };
        Layout { indent, unit, newline }
    }

    /// The value's text, ready to stand after a key of the object.
    fn render(&self, value: &Value) -> String {
        let Some(indent) = &self.indent else {
            return value.to_string();
        };
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(self.unit.as_bytes());
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        serde::Serialize::serialize(value, &mut serializer).expect("a JSON value with text keys can be written");
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        text.replace('\n', &format!("{}{indent}", self.newline))
    }
}

/// The white space before `offset` if nothing else stands before it on its line.
fn own_line_indent(body: &str, offset: usize) -> Option<&str> {
    let line_start = body[..offset].rfind('\n')? + 1;
    let before = &body[line_start..offset];
    before.chars().all(|c| c == ' ' || c == '\t').then_some(before)
}

/// The white space with which the line of `offset` starts.
fn line_indent(body: &str, offset: usize) -> &str {
    let line_start = body[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &body[line_start..offset];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Adds `key` as the last property of `object`.
fn insert(text: &str, bom: usize, root: &Object<'_>, object: &Object<'_>, key: &str, value: &Value) -> String {
    let body = &text[bom..];
    let layout = Layout::of(body, root, object);
    let property = format!("{}{}{}", Value::from(key), colon(body, object), layout.render(value));
    let head = &text[..bom];
    let Some(last) = object.properties.last() else {
        return format!("{head}{}", insert_into_empty(body, object, &layout, &property));
    };
    let tail = Tail::after(body, last.range.end);
    // On a line of its own the property comes after the last one's remark; on a shared line, right after the last one.
    let (before_comma, rest_from) = (&body[..last.range.end], last.range.end);
    match (&layout.indent, tail.comma) {
        (Some(indent), None) => {
            let remark = &body[rest_from..tail.line_end];
            let rest = &body[tail.line_end..];
            format!("{head}{before_comma},{remark}{}{indent}{property}{rest}", layout.newline)
        }
        (Some(indent), Some(_)) => {
            let (before, rest) = body.split_at(tail.line_end);
            format!("{head}{before}{}{indent}{property},{rest}", layout.newline)
        }
        (None, None) => {
            let rest = &body[rest_from..];
            format!("{head}{before_comma}, {property}{rest}")
        }
        (None, Some(comma)) => {
            let (before, rest) = body.split_at(comma + 1);
            format!("{head}{before} {property},{rest}")
        }
    }
}

fn insert_into_empty(body: &str, object: &Object<'_>, layout: &Layout, property: &str) -> String {
    let (open, close) = (object.range.start + 1, object.range.end - 1);
    let inside = body[open..close].trim_end();
    let (before, after) = (&body[..open], &body[close..]);
    match &layout.indent {
        Some(indent) => {
            let outer = line_indent(body, object.range.start);
            format!("{before}{inside}{n}{indent}{property}{n}{outer}{after}", n = layout.newline)
        }
        // A comment stays before it; it ends on this line, or the object would have lines of its own.
        None if inside.is_empty() => format!("{before}{property}{after}"),
        None => format!("{before}{inside} {property}{after}"),
    }
}

/// What stands between a key and its value in `object`: as in its last property, else as the CLI writes it.
fn colon<'b>(body: &'b str, object: &Object<'_>) -> &'b str {
    object
        .properties
        .last()
        .map(|property| &body[name_range(property).end..property.value.range().start])
        .filter(|between| between.chars().all(|c| c == ':' || c == ' '))
        .unwrap_or(": ")
}

fn name_range(property: &ObjectProp<'_>) -> Range {
    match &property.name {
        ast::ObjectPropName::String(name) => name.range,
        ast::ObjectPropName::Word(name) => name.range,
    }
}

/// What follows the last property of an object.
struct Tail {
    /// Where its trailing comma stands, if it has one.
    comma: Option<usize>,
    /// The end of the last comment (or of the comma, or of the property) that still belongs to its line.
    line_end: usize,
}

impl Tail {
    fn after(body: &str, from: usize) -> Tail {
        let mut tail = Tail { comma: None, line_end: from };
        let mut at = from;
        let mut same_line = true;
        loop {
            let rest = &body[at..];
            let length = if rest.starts_with("//") {
                rest.find(['\n', '\r']).unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                match rest.chars().next() {
                    Some(c) if c.is_whitespace() => {
                        same_line &= c != '\n';
                        at += c.len_utf8();
                        continue;
                    }
                    Some(',') => {
                        tail.comma = Some(at);
                        // A comma on a later line still has to stand before what is added.
                        same_line = true;
                        1
                    }
                    _ => return tail,
                }
            };
            at += length;
            if same_line {
                tail.line_end = at;
            }
            same_line &= !rest[..length].contains('\n');
        }
    }
}

#[cfg(test)]
mod tests;
