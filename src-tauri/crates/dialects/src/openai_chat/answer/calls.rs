//! Tool calls, told apart.
//!
//! A stream tells a call in parts, which OpenAI numbers by `index`. Providers that speak the dialect number them otherwise:
//! some not at all, some all as 0 with another id each, some repeat id and name with every part, or send an empty id; some
//! send the arguments whole, as a string or as the object itself.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::form::{Piece, Proof, ProofKind, Slot};
use crate::json::{Kind, View};

use super::content::Rest;

/// The calls of an answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<Call>,
    /// The last call of each number, and of each id.
    by_key: HashMap<Key, usize>,
    by_id: HashMap<String, usize>,
    /// All calls before this one are complete.
    complete: usize,
}

#[derive(Debug)]
struct Call {
    id: String,
    begun: bool,
    ended: bool,
}

/// How the parts of a call name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Index(u64),
    /// By its id, or by coming last.
    Unnumbered,
    /// The form that `tool_calls` replaced, of which there is one.
    Old,
}

/// A part of a call.
struct Part<'a> {
    key: Key,
    id: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    arguments: Option<Cow<'a, str>>,
    custom: bool,
    signature: Option<Cow<'a, str>>,
}

fn filled<'a>(value: Option<View<'a>>) -> Option<Cow<'a, str>> {
    value.and_then(View::str).filter(|text| !text.is_empty())
}

impl<'a> Part<'a> {
    /// `None` for a call that is neither a function's nor a custom tool's.
    fn of(call: View<'a>) -> Option<Self> {
        let [index, id, kind, function, own, extra] =
            call.pick(["index", "id", "type", "function", "custom", "extra_content"]);
        let kind = filled(kind);
        let custom = own.is_some() || kind.as_deref() == Some("custom");
        if !custom && function.is_none() && kind.is_some_and(|kind| kind != "function") {
            return None;
        }
        // Gemini's endpoint for this dialect.
        let signature = extra.and_then(|extra| extra.get("google")?.get("thought_signature"));
        Some(Part {
            key: index.and_then(View::u64).map_or(Key::Unnumbered, Key::Index),
            id: filled(id),
            signature: filled(signature),
            ..Part::of_function(own.or(function), Key::Unnumbered, custom)
        })
    }

    fn of_function(function: Option<View<'a>>, key: Key, custom: bool) -> Self {
        let [name, arguments, input] = function.map(|own| own.pick(["name", "arguments", "input"])).unwrap_or_default();
        let arguments = if custom { input } else { arguments };
        let arguments = arguments.and_then(|value| match value.kind() {
            Kind::String => filled(Some(value)),
            _ => Some(Cow::Borrowed(value.raw())),
        });
        Part { key, id: None, name: filled(name), arguments, custom, signature: None }
    }
}

impl Calls {
    /// The calls' parts that a delta holds.
    pub(super) fn delta<'a>(&mut self, delta: &Rest<'a>, out: &mut Vec<Piece<'a>>) {
        self.take(delta, false, out);
    }

    /// The calls of a whole message, each complete.
    pub(super) fn whole<'a>(&mut self, message: &Rest<'a>, out: &mut Vec<Piece<'a>>) {
        self.take(message, true, out);
    }

    fn take<'a>(&mut self, holder: &Rest<'a>, whole: bool, out: &mut Vec<Piece<'a>>) {
        for call in holder.tool_calls.into_iter().flat_map(View::items) {
            let Some(part) = Part::of(call) else {
                out.push(Piece::Other("a tool call of another kind"));
                continue;
            };
            let place = if whole { None } else { self.find(&part) };
            self.part(place, part, out);
        }
        if let Some(old) = holder.function_call {
            let part = Part::of_function(Some(old), Key::Old, false);
            let place = self.find(&part);
            self.part(place, part, out);
        }
    }

    /// The call that a part goes on with; `None` if it begins one.
    fn find(&self, part: &Part<'_>) -> Option<usize> {
        let last = self.calls.len().checked_sub(1);
        let place = match (part.key, &part.id) {
            // An id that is new with every part, as the arguments go on, names no other call.
            (Key::Unnumbered, Some(id)) => self.by_id.get(&**id).copied().or(last.filter(|_| part.name.is_none())),
            (Key::Unnumbered, None) => last.filter(|_| part.name.is_none()),
            (key, _) => self.by_key.get(&key).copied(),
        }?;
        let call = self.calls.get(place)?;
        // Some number every call 0: another id with a name is another call.
        let is_other = part.name.is_some() && part.id.as_ref().is_some_and(|id| !call.id.is_empty() && call.id != **id);
        (!is_other).then_some(place)
    }

    fn part<'a>(&mut self, place: Option<usize>, part: Part<'a>, out: &mut Vec<Piece<'a>>) {
        let place = place.unwrap_or_else(|| {
            let place = self.calls.len();
            self.calls.push(Call { id: String::new(), begun: false, ended: false });
            if let Some(before) = self.by_key.insert(part.key, place).filter(|_| part.key != Key::Unnumbered) {
                self.end_one(before, out);
            }
            place
        });
        let slot = place as Slot;
        let Some(call) = self.calls.get_mut(place).filter(|call| !call.ended) else { return };
        if let Some(id) = part.id
            && call.id.is_empty()
        {
            self.by_id.insert(id.clone().into_owned(), place);
            call.id = id.into_owned();
        }
        if !call.begun && (part.name.is_some() || part.arguments.is_some()) {
            call.begun = true;
            out.extend(part.signature.map(|signature| Piece::Proof(Proof::new(ProofKind::CallPart, signature))));
            out.push(Piece::CallStart {
                slot,
                id: Cow::Owned(call.id.clone()),
                name: part.name.unwrap_or_default(),
                custom: part.custom,
            });
        }
        if let Some(text) = part.arguments {
            out.push(Piece::CallArgs { slot, text });
        }
    }

    fn end_one(&mut self, place: usize, out: &mut Vec<Piece<'_>>) {
        let Some(call) = self.calls.get_mut(place) else { return };
        if std::mem::replace(&mut call.ended, true) {
            return;
        }
        let slot = place as Slot;
        if !call.begun {
            let id = Cow::Owned(call.id.clone());
            out.push(Piece::CallStart { slot, id, name: Cow::Borrowed(""), custom: false });
        }
        out.push(Piece::CallEnd { slot });
    }

    /// The answer has a stop reason: all calls are complete.
    pub(super) fn end(&mut self, out: &mut Vec<Piece<'_>>) {
        for place in std::mem::replace(&mut self.complete, self.calls.len())..self.calls.len() {
            self.end_one(place, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each call as `id name arguments`, in the order in which they end.
    fn read(deltas: &[&str]) -> Vec<String> {
        let mut calls = Calls::default();
        let mut told: Vec<(Slot, String)> = Vec::new();
        let mut out = Vec::new();
        for delta in deltas {
            let text = format!(r#"{{"tool_calls":[{delta}]}}"#);
            let mut pieces = Vec::new();
            let said = super::super::content::pieces(View::parse(text.as_bytes()).unwrap(), &mut Vec::new());
            calls.delta(&said, &mut pieces);
            out.extend(pieces.into_iter().map(Piece::into_owned));
        }
        calls.end(&mut out);
        for piece in out {
            match piece {
                Piece::CallStart { slot, id, name, custom } => {
                    let mark = if custom { "*" } else { "" };
                    told.push((slot, format!("{id} {name}{mark} ")));
                }
                Piece::CallArgs { slot, text } => {
                    told.iter_mut().find(|(of, _)| *of == slot).unwrap().1.push_str(&text);
                }
                Piece::Proof(proof) => told.push((Slot::MAX, format!("proof {}", proof.data))),
                _ => {}
            }
        }
        told.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn calls_are_told_apart_however_they_are_numbered() {
        for (what, deltas, expected) in [
            (
                "interleaved by index",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g"}}"#,
                    r#"{"index":1,"function":{"arguments":"{1"}},{"index":0,"function":{"arguments":"{0"}}"#,
                    r#"{"index":0,"function":{"arguments":"}"}}"#,
                ][..],
                &["a f {0}", "b g {1"][..],
            ),
            (
                "an empty id and a repeated name",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
                    r#"{"index":0,"id":"","function":{"name":"","arguments":"1"}}"#,
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}"#,
                ],
                &["a f {1}"],
            ),
            (
                "every call numbered 0",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                    r#"{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}"#,
                ],
                &["a f {}", "b f {}"],
            ),
            (
                "another id with each part, but no name",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
                    r#"{"index":0,"id":"b","function":{"arguments":"}"}}"#,
                    r#"{"id":"c","function":{"arguments":" "}}"#,
                ],
                &["a f {} "],
            ),
            (
                "no index",
                &[
                    r#"{"id":"a","function":{"name":"f","arguments":"{"}}"#,
                    r#"{"function":{"arguments":"}"}}"#,
                    r#"{"id":"b","function":{"name":"g"}}"#,
                    r#"{"id":"a","function":{"name":"f","arguments":" "}}"#,
                ],
                &["a f {} ", "b g "],
            ),
            (
                "neither index nor id",
                &[r#"{"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"f","arguments":{}}}"#],
                &[" f {\"a\":1}", " f {}"],
            ),
            (
                "the name in a later part",
                &[r#"{"index":0,"id":"a"}"#, r#"{"index":0,"function":{"name":"f"}}"#],
                &["a f "],
            ),
            ("only an id", &[r#"{"index":3,"id":"a"}"#], &["a  "]),
            (
                "a custom tool's",
                &[
                    r#"{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"x"}}"#,
                    r#"{"index":0,"custom":{"input":"y"}}"#,
                ],
                &["a f* xy"],
            ),
            (
                "signed by Gemini",
                &[
                    r#"{"index":0,"id":"a","extra_content":{"google":{"thought_signature":"s"}},"function":{"name":"f","arguments":"{}"}}"#,
                ],
                &["proof s", "a f {}"],
            ),
        ] {
            assert_eq!(read(deltas), expected, "{what}");
        }
    }

    #[test]
    fn a_call_of_a_message_is_its_own_whatever_its_number() {
        let text = r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}},{"index":0,"id":"a","function":{"name":"f"}}],"function_call":{"name":"g","arguments":"{}"}}"#;
        let mut out = Vec::new();
        let mut calls = Calls::default();
        let said = super::super::content::pieces(View::parse(text.as_bytes()).unwrap(), &mut Vec::new());
        calls.whole(&said, &mut out);
        calls.end(&mut out);
        assert_eq!(out.iter().filter(|piece| matches!(piece, Piece::CallStart { .. })).count(), 3);
        assert_eq!(out.iter().filter(|piece| matches!(piece, Piece::CallEnd { .. })).count(), 3);
    }
}
