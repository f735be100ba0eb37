//! Patching: changes to an object's members that leave all other bytes as they are.

use std::ops::Range;

use super::view::{Kind, View};
use super::write::quote;

/// A set of changes to a JSON text, applied at once. Of changes that overlap, the first in the text is made.
#[derive(Debug, Default)]
pub(crate) struct Patch {
    /// What replaces which bytes.
    edits: Vec<(Range<usize>, String)>,
    /// Members to put into an object, by the place after its opening brace, and whether it had members that stay.
    inserts: Vec<Insert>,
}

#[derive(Debug)]
struct Insert {
    at: usize,
    before_members: bool,
    members: String,
}

impl Patch {
    pub(crate) fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.inserts.is_empty()
    }

    /// Sets a member of `object` to the value that `json` is the text of, in place if it is there, else before the first
    /// member.
    pub(crate) fn set(&mut self, object: View<'_>, key: &str, json: &str) {
        let mut found = false;
        for entry in object.entries().filter(|entry| entry.is(key)) {
            self.edits.push((entry.value.span(), json.to_owned()));
            found = true;
        }
        if !found {
            self.insert(object, key, json);
        }
    }

    /// Gives the member of `object` another key, in place; its value stays as it is written.
    pub(crate) fn rename(&mut self, object: View<'_>, from: &str, to: &str) {
        for entry in object.entries().filter(|entry| entry.is(from)) {
            self.edits.push((entry.key_span(), quote(to)));
        }
    }

    /// Takes elements out of an array.
    pub(crate) fn remove_items(&mut self, array: View<'_>, mut is_removed: impl FnMut(View<'_>) -> bool) {
        let spans = array.items().map(|item| (item.span(), is_removed(item)));
        self.cut(array.span().start + 1, &spans.collect::<Vec<_>>());
    }

    /// Takes a member out of an object.
    pub(crate) fn remove(&mut self, object: View<'_>, key: &str) {
        self.remove_all(object, &[key]);
    }

    /// Takes several members out of an object; one after the other they could be taken for overlapping changes.
    pub(crate) fn remove_all(&mut self, object: View<'_>, keys: &[&str]) {
        let is_removed = |entry: &super::view::Entry<'_>| keys.iter().any(|key| entry.is(key));
        let spans = object.entries().map(|entry| (entry.key_span().start..entry.value.span().end, is_removed(&entry)));
        self.cut(object.span().start + 1, &spans.collect::<Vec<_>>());
    }

    /// Cuts out what is marked of a list of members or elements, each with the comma after it, the last ones with the comma
    /// before them.
    fn cut(&mut self, start: usize, list: &[(Range<usize>, bool)]) {
        let kept = list.iter().rposition(|(_, is_cut)| !is_cut);
        let after_kept = kept.map_or(0, |last| last + 1);
        for pair in list.windows(2).take(after_kept).filter(|pair| pair[0].1) {
            self.edits.push((pair[0].0.start..pair[1].0.start, String::new()));
        }
        if let Some((last, true)) = list.last() {
            let from = kept.map_or(start, |kept| list[kept].0.end);
            self.edits.push((from..last.end, String::new()));
        }
    }

    fn insert(&mut self, object: View<'_>, key: &str, json: &str) {
        debug_assert_eq!(object.kind(), Kind::Object);
        let at = object.span().start + 1;
        let member = format!("{}:{json}", quote(key));
        if let Some(insert) = self.inserts.iter_mut().find(|insert| insert.at == at) {
            insert.members.push(',');
            insert.members.push_str(&member);
        } else {
            let before_members = object.entries().next().is_some();
            self.inserts.push(Insert { at, before_members, members: member });
        }
    }

    /// The patched text.
    pub(crate) fn apply(self, text: &[u8]) -> Vec<u8> {
        let mut edits = self.edits;
        edits.extend(self.inserts.into_iter().map(|insert| {
            let comma = if insert.before_members { "," } else { "" };
            (insert.at..insert.at, format!("{}{comma}", insert.members))
        }));
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let grown: usize = edits.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(text.len() + grown);
        let mut at = 0;
        for (range, new) in edits {
            if range.start < at {
                continue;
            }
            out.extend_from_slice(&text[at..range.start]);
            out.extend_from_slice(new.as_bytes());
            at = range.end;
        }
        out.extend_from_slice(&text[at..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn patched(text: &str, change: impl FnOnce(View<'_>, &mut Patch)) -> String {
        let mut patch = Patch::default();
        change(View::parse(text.as_bytes()).unwrap(), &mut patch);
        String::from_utf8(patch.apply(text.as_bytes())).unwrap()
    }

    #[test]
    fn only_the_patched_bytes_change() {
        let text = "\u{feff} {\n  \"model\" : \"a\" , \"n\":1.0e2,\"x\":{\"model\":3}}\n";
        let out = patched(text, |object, patch| {
            patch.set(object, "model", "\"b\"");
            patch.set(object, "new", "[1]");
            patch.set(object, "newer", "2");
            patch.rename(object, "n", "m");
        });
        assert_eq!(out, "\u{feff} {\"new\":[1],\"newer\":2,\n  \"model\" : \"b\" , \"m\":1.0e2,\"x\":{\"model\":3}}\n");
    }

    #[test]
    fn what_is_removed_leaves_valid_json_and_all_else_as_it_was() {
        for (text, left) in [
            ("{\"x\":[ 1 , 9, 2]}", "{\"x\":[ 1 , 2]}"),
            ("{\"x\":[9 ,9, 2 ]}", "{\"x\":[2 ]}"),
            ("{\"x\":[1, 9 , 9 ]}", "{\"x\":[1 ]}"),
            ("{\"x\":[9, 9]}", "{\"x\":[]}"),
            ("{\"x\":[1,9,2,9]}", "{\"x\":[1,2]}"),
        ] {
            let out = patched(text, |object, patch| {
                patch.remove_items(object.get("x").unwrap(), |item| item.u64() == Some(9));
            });
            assert_eq!(out, left);
        }
        for (text, left) in [
            ("{\"a\":9, \"b\" : 1}", "{\"b\" : 1}"),
            ("{\"b\":1 , \"a\" : [9] }", "{\"b\":1 }"),
            ("{ \"a\" : 9 }", "{ }"),
            ("{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":2}"),
        ] {
            assert_eq!(patched(text, |object, patch| patch.remove(object, "a")), left);
        }
    }

    #[test]
    fn an_empty_object_takes_members() {
        assert_eq!(patched("{ }", |object, patch| patch.set(object, "a", "1")), "{\"a\":1 }");
    }

    #[test]
    fn every_spelling_of_a_repeated_key_is_set() {
        let out = patched(r#"{"a":1,"\u0061":2}"#, |object, patch| patch.set(object, "a", "9"));
        assert_eq!(out, r#"{"a":9,"\u0061":9}"#);
    }

    proptest! {
        #[test]
        fn setting_members_is_what_setting_them_in_a_tree_is(
            members in prop::collection::vec(("[a-e]{1,2}", any::<i32>()), 0..6),
            sets in prop::collection::btree_map("[a-g]{1,2}", any::<i32>(), 0..6),
            pretty in any::<bool>(),
        ) {
            let mut tree: Map<String, Value> = members.into_iter().map(|(key, n)| (key, n.into())).collect();
            let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap();
            let out = patched(&text, |object, patch| {
                for (key, n) in &sets {
                    patch.set(object, key, &n.to_string());
                }
            });
            for (key, n) in sets {
                tree.insert(key, n.into());
            }
            prop_assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), Value::Object(tree));
        }
    }
}
