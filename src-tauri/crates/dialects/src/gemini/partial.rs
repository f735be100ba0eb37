//! A call's arguments that come in pieces: each names a place by a JSON path and what stands there.
//!
//! Vertex AI sends them so where it is asked to (`streamFunctionCallArguments`). They come in the order of the text that
//! they are pieces of, so that it can be written as they come, with no more memory than the path of the last one.

use crate::json::{View, quote};

/// A step of a JSON path (RFC 9535).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(u64),
}

/// Arguments in the making.
#[derive(Debug, Default)]
pub(super) struct Partial {
    /// The place of the last value; each of its steps but the last has led into an object or array that is still open.
    path: Vec<Step>,
    /// The last value is a string of which more may come.
    in_string: bool,
}

impl Partial {
    /// The JSON text that a piece adds. `None` if it names no place that can follow.
    pub(super) fn add(&mut self, piece: View<'_>) -> Option<String> {
        let [path, text, number, truth, null, more] =
            piece.pick(["jsonPath", "stringValue", "numberValue", "boolValue", "nullValue", "willContinue"]);
        let path = steps(&path?.str()?)?;
        let more = more.and_then(View::bool) == Some(true);
        let mut out = String::new();
        if path != self.path {
            self.go_to(path, &mut out)?;
        } else if !self.in_string {
            // What was said once is said again, as to tell that it is whole.
            return Some(out);
        }
        if let Some(text) = text.and_then(View::str) {
            if !std::mem::replace(&mut self.in_string, true) {
                out.push('"');
            }
            let quoted = quote(&text);
            out.push_str(&quoted[1..quoted.len() - 1]);
            if !more {
                self.close_string(&mut out);
            }
        } else if std::mem::take(&mut self.in_string) {
            out.push('"');
        } else {
            let scalar = number.or(truth).map(View::raw);
            out.push_str(scalar.or(null.map(|_| "null")).unwrap_or("null"));
        }
        Some(out)
    }

    /// What is left to make the text whole; empty if nothing has come.
    pub(super) fn finish(&mut self) -> String {
        let mut out = String::new();
        self.close_string(&mut out);
        self.close_to(0, &mut out);
        if let Some(first) = self.path.first() {
            out.push(bracket(first).1);
        }
        self.path.clear();
        out
    }

    fn close_string(&mut self, out: &mut String) {
        if std::mem::take(&mut self.in_string) {
            out.push('"');
        }
    }

    /// Closes objects and arrays down to the one that holds the step at `depth`.
    fn close_to(&mut self, depth: usize, out: &mut String) {
        for step in self.path.iter().skip(depth + 1).rev() {
            out.push(bracket(step).1);
        }
    }

    /// Goes from the last place to another: out of what doesn't hold it, into what does.
    fn go_to(&mut self, path: Vec<Step>, out: &mut String) -> Option<()> {
        let common = self.path.iter().zip(&path).take_while(|(own, new)| own == new).count();
        if self.path.is_empty() {
            out.push(bracket(path.first()?).0);
        } else {
            // Of a value's own parts there can be none, and no object is an array.
            let (own, new) = (self.path.get(common)?, path.get(common)?);
            if matches!(own, Step::Key(_)) != matches!(new, Step::Key(_)) {
                return None;
            }
            self.close_string(out);
            self.close_to(common, out);
            out.push(',');
        }
        for (index, step) in path.iter().enumerate().skip(common) {
            if index > common {
                out.push(bracket(step).0);
            }
            if let Step::Key(key) = step {
                out.push_str(&quote(key));
                out.push(':');
            }
        }
        self.path = path;
        Some(())
    }
}

/// The brackets around what a step leads to.
fn bracket(step: &Step) -> (char, char) {
    match step {
        Step::Key(_) => ('{', '}'),
        Step::Index(_) => ('[', ']'),
    }
}

/// The steps of a path such as `$.foo.bar[0]['a b']`.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            steps.push(Step::Key(after[..end].to_owned()));
            rest = &after[end..];
            continue;
        }
        let inner = rest.strip_prefix('[')?;
        if let Some(quoting) = inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (key, after) = quoted_key(&inner[1..], quoting)?;
            steps.push(Step::Key(key));
            rest = after.strip_prefix(']')?;
        } else {
            let (number, after) = inner.split_once(']')?;
            steps.push(Step::Index(number.trim().parse().ok()?));
            rest = after;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

/// A key up to its closing quote, and what is after that.
fn quoted_key(text: &str, quoting: char) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            c if c == quoting => return Some((key, &text[at + c.len_utf8()..])),
            c => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembled(pieces: &[&str]) -> String {
        let mut partial = Partial::default();
        let mut text = String::new();
        for piece in pieces {
            let view = View::parse(piece.as_bytes()).expect("the test's JSON is valid");
            text += &partial.add(view).unwrap_or_default();
        }
        text + &partial.finish()
    }

    #[test]
    fn pieces_become_the_text_that_they_are_pieces_of() {
        let text = assembled(&[
            r#"{"jsonPath":"$.name","stringValue":"a \"","willContinue":true}"#,
            r#"{"jsonPath":"$.name","stringValue":"b\n","willContinue":true}"#,
            r#"{"jsonPath":"$.name","stringValue":""}"#,
            r#"{"jsonPath":"$.list[0].n","numberValue":0.50}"#,
            r#"{"jsonPath":"$.list[0]['a.b']","boolValue":false}"#,
            r#"{"jsonPath":"$.list[1].n","nullValue":"NULL_VALUE"}"#,
            r#"{"jsonPath":"$.deep.er[0][0]","stringValue":"x"}"#,
            r#"{"jsonPath":"$.deep.er[0][1]","stringValue":"y"}"#,
            r#"{"jsonPath":"$.deep.er[1][0]","stringValue":"z"}"#,
            r#"{"jsonPath":"$.last","stringValue":"é"}"#,
        ]);
        let whole = r#"{"name":"a \"b\n","list":[{"n":0.50,"a.b":false},{"n":null}],"deep":{"er":[["x","y"],["z"]]},"last":"é"}"#;
        assert_eq!(text, whole);
    }

    #[test]
    fn an_open_string_is_closed_and_nothing_is_nothing() {
        assert_eq!(assembled(&[]), "");
        assert_eq!(assembled(&[r#"{"jsonPath":"$.a","stringValue":"x","willContinue":true}"#]), r#"{"a":"x"}"#);
        let two = [
            r#"{"jsonPath":"$.a","stringValue":"x","willContinue":true}"#,
            r#"{"jsonPath":"$.b.c","stringValue":"y","willContinue":true}"#,
        ];
        assert_eq!(assembled(&two), r#"{"a":"x","b":{"c":"y"}}"#);
    }

    #[test]
    fn a_place_that_cannot_follow_is_left_out() {
        for odd in ["$", "a", "$[", "$['a", "$[-1]", "$.a.b", "$[0]", "$.a[0]"] {
            let piece = format!(r#"{{"jsonPath":{},"stringValue":"y"}}"#, quote(odd));
            let text = assembled(&[r#"{"jsonPath":"$.a","stringValue":"x"}"#, &piece]);
            assert_eq!(text, r#"{"a":"x"}"#, "{odd}");
        }
    }
}
