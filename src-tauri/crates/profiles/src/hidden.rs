//! A profile's text for a person to read and change: "(hidden)" stands in it where something may be secret, and what stood
//! there goes back in when the changed text is saved.
//!
//! A hidden value goes back to the place that it came from and to no other, so that no edit can carry it to where it would be
//! shown. A file that is not JSON is read word by word: there too many values are hidden rather than too few.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, parse_to_ast};

use crate::place::{FileError, FileErrorKind, lenient};
use crate::secrets::names_a_secret;

/// What stands where something is hidden.
const WORD: &str = "(hidden)";

const BOM: char = '\u{feff}';

/// Why a changed text can't be saved as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HiddenError {
    /// The text is no JSON object.
    #[error(transparent)]
    File(#[from] FileError),
    /// "(hidden)" stands where the file has nothing that was hidden.
    #[error("\"(hidden)\" on line {line} stands for nothing in the file")]
    Misplaced {
        /// The line, counted from 1.
        line: usize,
    },
}

/// A value that may be secret.
struct Place {
    /// Its keys from the top; in a text that is not JSON, its own key.
    name: String,
    /// Where it stands, quotes included.
    range: Range<usize>,
    /// It is a string from quote to quote, so that it can go back.
    whole: bool,
}

/// The text with "(hidden)" for each value that may be secret; nothing else of it changes. It need not be JSON.
pub fn hide_secrets(text: &str) -> String {
    let Ok(strict) = strict(text) else { return cover(text, &loose(text)) };
    let mut shown = text.to_owned();
    let values = strict.places.into_iter().map(|place| (place.range, format!("\"{WORD}\"")));
    let remarks = comments(text).into_iter().map(|range| (range.clone(), covered(&text[range])));
    let mut pieces: Vec<_> = values.chain(remarks).collect();
    pieces.sort_by_key(|(range, _)| range.start);
    for (range, piece) in pieces.into_iter().rev() {
        shown.replace_range(range, &piece);
    }
    shown
}

/// A remark as it is shown: a setting that was taken out of force may still hold its key.
fn covered(remark: &str) -> String {
    cover(remark, &loose(remark))
}

fn cover(text: &str, places: &[Place]) -> String {
    let mut shown = text.to_owned();
    for Place { range, .. } in places.iter().rev() {
        shown.replace_range(range.clone(), &format!("\"{WORD}\""));
    }
    shown
}

/// A changed text with the values of `file` where it says "(hidden)".
///
/// # Errors
/// [`HiddenError`]: the text is no JSON object, or says "(hidden)" where the file has nothing of the kind.
pub fn with_hidden(text: &str, file: &str) -> Result<String, HiddenError> {
    let asked = strict(text)?;
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let mut pieces = Vec::new();
    for range in comments(text).into_iter().filter(|range| text[range.clone()].contains(WORD)) {
        let same = |was: &Range<usize>| covered(&file[was.clone()]) == text[range.clone()];
        let was = comments(file).into_iter().find(same).ok_or(HiddenError::Misplaced { line: line(range.start) })?;
        pieces.push((range, &file[was]));
    }
    let (before, by_key) = match strict(file) {
        Ok(strict) => (strict.places, false),
        Err(_) => (loose(file), true),
    };
    let mut kept: HashMap<String, VecDeque<&str>> = HashMap::new();
    for Place { name, range, .. } in before.into_iter().filter(|place| place.whole) {
        kept.entry(name).or_default().push_back(&file[range]);
    }
    for range in asked.words {
        let place = asked.places.iter().find(|place| place.range == range);
        let name = place.map(|place| if by_key { own_key(&place.name) } else { place.name.as_str() });
        let value = name.and_then(|name| kept.get_mut(name)).and_then(VecDeque::pop_front);
        let line = line(range.start);
        pieces.push((range, value.ok_or(HiddenError::Misplaced { line })?));
    }
    pieces.sort_by_key(|(range, _)| range.start);
    let mut whole = text.to_owned();
    for (range, value) in pieces.into_iter().rev() {
        whole.replace_range(range, value);
    }
    Ok(whole)
}

/// Of a path, the last key that is none of a list's numbers.
fn own_key(path: &str) -> &str {
    path.rsplit('\0').find(|key| !key.starts_with('\u{1}')).unwrap_or(path)
}

/// What a JSON text holds.
#[derive(Default)]
struct Strict {
    /// In the text's order.
    places: Vec<Place>,
    /// Where a value is the word itself, in the text's order.
    words: Vec<Range<usize>>,
}

fn strict(text: &str) -> Result<Strict, FileError> {
    let body = text.strip_prefix(BOM).unwrap_or(text);
    let start = text.len() - body.len();
    let parsed =
        parse_to_ast(body, &CollectOptions::default(), &lenient()).map_err(|error| FileError::syntax(body, &error))?;
    let mut found = Strict::default();
    let value = parsed.value.filter(|value| matches!(value, ast::Value::Object(_)));
    let shape = || FileError::at(FileErrorKind::Shape, body, 0, "A profile is a JSON object.");
    let value = value.ok_or_else(shape)?;
    walk(&value, String::new(), false, &mut |name, literal, secret| {
        let range = start + literal.range().start..start + literal.range().end;
        if literal.value == WORD {
            found.words.push(range.clone());
        }
        if secret && !literal.value.is_empty() {
            found.places.push(Place { name, range, whole: true });
        }
    });
    Ok(found)
}

fn walk(value: &ast::Value<'_>, path: String, secret: bool, tell: &mut impl FnMut(String, &ast::StringLit<'_>, bool)) {
    match value {
        ast::Value::Object(object) => {
            for property in &object.properties {
                let key = property.name.as_str();
                // Headers as one text can't be told apart.
                let text = key == "custom-headers" && matches!(property.value, ast::Value::StringLit(_));
                walk(&property.value, format!("{path}\0{key}"), secret || text || names_a_secret(key), tell);
            }
        }
        ast::Value::Array(list) => {
            for (at, each) in list.elements.iter().enumerate() {
                walk(each, format!("{path}\0\u{1}{at}"), secret, tell);
            }
        }
        ast::Value::StringLit(literal) => tell(path, literal, secret),
        _ => {}
    }
}

/// Where a JSON text has remarks.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['"', '/']).map(|next| at + next) {
        let rest = &text[next..];
        let length = if let Some(string) = rest.strip_prefix('"') {
            string_end(string).map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("//") {
            let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
            found.push(next..next + length);
            length
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            found.push(next..next + length);
            length
        } else {
            1
        };
        at = next + length;
    }
    found
}

/// Where the quote stands that ends a string, counted from after the one that begins it.
fn string_end(string: &str) -> Option<usize> {
    let mut escaped = false;
    let end = string.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at)
}

/// A word of a text that is not JSON.
enum Word<'t> {
    /// From quote to quote.
    Quoted(&'t str),
    Bare(&'t str),
    Sign(char),
}

/// What may be secret in a text that is not JSON, in its order.
fn loose(text: &str) -> Vec<Place> {
    let mut reading = Reading::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        reading.line(line.trim_end_matches(['\n', '\r']), start);
        start += line.len();
    }
    reading.places
}

#[derive(Default)]
struct Reading {
    places: Vec<Place>,
    /// A key that names a secret, whose value comes next.
    pending: Option<String>,
    depth: usize,
    /// The key and the depth of a block that is secret as a whole.
    inside: Option<(String, usize)>,
}

impl Reading {
    fn line(&mut self, line: &str, start: usize) {
        let (words, closed) = words(line);
        if !closed {
            return self.torn(line, start);
        }
        for (at, (range, word)) in words.iter().enumerate() {
            let place = start + range.start..start + range.end;
            match word {
                Word::Quoted(content) => {
                    let is_key = matches!(words.get(at + 1), Some((_, Word::Sign(':'))));
                    if let Some(name) = self.pending.take() {
                        self.hide(name, place, true, content.is_empty());
                    } else if is_key || names(content) {
                        self.pending = names(content).then(|| (*content).to_owned());
                    } else if let Some((name, _)) = &self.inside {
                        self.hide(name.clone(), place, true, content.is_empty());
                    }
                }
                Word::Bare(content) => {
                    let plain = ["true", "false", "null"].contains(content) || content.parse::<f64>().is_ok();
                    let secret = self.pending.take().or_else(|| self.inside.as_ref().map(|(name, _)| name.clone()));
                    match secret {
                        Some(_) if plain => {}
                        // Where such a value ends is not known.
                        Some(name) => return self.hide(name, place.start..start + line.len(), false, false),
                        None => self.pending = names(content).then(|| (*content).to_owned()),
                    }
                }
                Word::Sign('{' | '[') => {
                    self.depth += 1;
                    if let Some(name) = self.pending.take().filter(|name| name != "custom-headers")
                        && self.inside.is_none()
                    {
                        self.inside = Some((name, self.depth));
                    }
                }
                Word::Sign('}' | ']') => {
                    if self.inside.as_ref().is_some_and(|(_, depth)| *depth == self.depth) {
                        self.inside = None;
                    }
                    self.depth = self.depth.saturating_sub(1);
                }
                Word::Sign(_) => {}
            }
        }
    }

    /// A line with a quote too few: what is a key in it and what a value can't be told.
    fn torn(&mut self, line: &str, start: usize) {
        let named = line
            .split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)))
            .find(|word| names(word))
            .map(|word| (word.as_ptr() as usize - line.as_ptr() as usize) + word.len());
        let secret = self.pending.take().is_some() || self.inside.is_some();
        let from = if secret { Some(line.len() - line.trim_start().len()) } else { named };
        if let Some(from) = from {
            self.hide(String::new(), start + from..start + line.len(), false, false);
        }
    }

    fn hide(&mut self, name: String, range: Range<usize>, whole: bool, empty: bool) {
        if !empty && !range.is_empty() {
            self.places.push(Place { name, range, whole });
        }
    }
}

fn names(word: &str) -> bool {
    word == "custom-headers" || names_a_secret(word)
}

/// The words of a line with where they stand, and whether all its quotes are closed.
fn words(line: &str) -> (Vec<(Range<usize>, Word<'_>)>, bool) {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(next) = line[at..].chars().next() {
        let rest = &line[at..];
        if next == '"' {
            let Some(end) = string_end(&rest[1..]).map(|end| end + 1) else { return (words, false) };
            words.push((at..at + end + 1, Word::Quoted(&rest[1..end])));
            at += end + 1;
        } else if next.is_whitespace() {
            at += next.len_utf8();
        } else if "{}[],:".contains(next) {
            words.push((at..at + 1, Word::Sign(next)));
            at += 1;
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "\"{}[],:".contains(c)).unwrap_or(rest.len());
            words.push((at..at + end, Word::Bare(&rest[..end])));
            at += end;
        }
    }
    (words, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "version": 1, "provider": "openai", "model": "m", // mine
  "modelParams": {"max_tokens": 5, "api_key": "canary-0"},
  "ephemeralSettings": {
    "auth-key": "canary-1", "auth-key-name": "work", "context-limit": 0200,
    "custom-headers": {"X-Api-Key": "canary-2", "X-Team": "blue"}
  },
  "loadBalancer": {"subProfiles": [{"name": "kept", "apiKey": "canary-3"}, {"apiKey": "canary-4"}]}
}"#;

    fn text() -> String {
        TEXT.replace("0200", "200")
    }

    #[test]
    fn what_may_be_secret_is_hidden_and_nothing_else_changes() {
        let shown = hide_secrets(&text());
        assert!(!shown.contains("canary"), "{shown}");
        let mut expected = text();
        for n in 0..5 {
            expected = expected.replace(&format!("canary-{n}"), WORD);
        }
        assert_eq!(shown, expected);
        let headers = r#"{"ephemeralSettings":{"custom-headers":"Authorization: canary"}}"#;
        assert!(!hide_secrets(headers).contains("canary"));
        let twice = r#"{"ephemeralSettings":{"auth-key":"canary"},"ephemeralSettings":{"auth-key":"canary"}}"#;
        assert!(!hide_secrets(twice).contains("canary"));
    }

    #[test]
    fn what_was_hidden_goes_back_to_its_place() {
        let shown = hide_secrets(&text());
        assert_eq!(with_hidden(&shown, &text()).unwrap(), text());
        let edited = shown.replace("\"m\"", "\"other\"").replace("\"blue\"", "\"red\"");
        let saved = with_hidden(&edited, &text()).unwrap();
        assert_eq!(saved, text().replace("\"m\"", "\"other\"").replace("\"blue\"", "\"red\""));
        let twice = r#"{"a": {"auth-key":"canary-1"}, "a": {"auth-key":"canary-2"}}"#;
        assert_eq!(with_hidden(&hide_secrets(twice), twice).unwrap(), twice);
        let typed = shown.replacen("\"auth-key\": \"(hidden)\"", "\"auth-key\": \"a new one\"", 1);
        assert!(with_hidden(&typed, &text()).unwrap().contains("\"auth-key\": \"a new one\""));
    }

    #[test]
    fn a_setting_that_was_made_a_remark_hides_its_key_and_keeps_it() {
        let text = "{ // \"auth-key\": \"canary\",\n  \"model\": \"// no remark\", /* and\n \"apiKey\": \"canary\" */ \"n\": 1 }";
        let shown = hide_secrets(text);
        assert!(!shown.contains("canary") && shown.contains("// no remark"), "{shown}");
        let edited = shown.replace("1 }", "2 }");
        assert_eq!(with_hidden(&edited, text).unwrap(), text.replace("1 }", "2 }"));
    }

    #[test]
    fn what_was_hidden_goes_to_no_other_place() {
        let shown = hide_secrets(&text());
        for moved in [
            shown.replace("\"model\": \"m\"", "\"model\": \"(hidden)\""),
            shown.replace("\"X-Api-Key\"", "\"X-Other-Key\""),
        ] {
            assert!(matches!(with_hidden(&moved, &text()), Err(HiddenError::Misplaced { line: 2 | 6 })), "{moved}");
        }
        assert!(matches!(with_hidden("{", &text()), Err(HiddenError::File(_))));
    }

    #[test]
    fn a_text_that_is_not_json_hides_as_much_and_can_be_mended() {
        let broken = text().replace("\"m\",", "\"m\"");
        let shown = hide_secrets(&broken);
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("\"blue\"") && shown.contains("\"work\""), "{shown}");
        let mended = shown.replace("\"m\"", "\"m\",");
        assert_eq!(with_hidden(&mended, &broken).unwrap(), text());
    }

    #[test]
    fn however_a_text_is_broken_no_secret_shows() {
        for broken in [
            r#"{"auth-key": "canary"#,
            r#"{"auth-key" "canary"}"#,
            r#"{"auth-key": canary, canary}"#,
            "{\"auth-key\":\n\"canary\"",
            r#"{auth-key": "canary"}"#,
            r#"{"auth-key: "canary"}"#,
            r#"{auth-key: "canary""#,
            r#"{"secrets": {"a": "canary", "b": ["canary", canary"#,
            "{\"secrets\": {\n\"a\": \"canary",
            "{\"custom-headers\": {\"Authorization\": \"canary\",\n \"X-Key\": 'canary' }",
            "{\"custom-headers\": \"Authorization: canary\",,",
            "// auth-key canary",
        ] {
            assert!(!hide_secrets(broken).contains("canary"), "{broken}: {}", hide_secrets(broken));
        }
    }
}
