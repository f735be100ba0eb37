//! Taking other providers' proofs out of a client's own body, which Gemini would refuse.

use super::either;
use crate::form::{GEMINI_STAND_IN, SEAL};
use crate::json::{Patch, View, quote};
use crate::notes::Notes;

/// Takes sealed proofs out: thoughts that hold one go, a call gets the text that Gemini takes in place of a signature, and
/// other parts lose it. A content that is left without parts goes too.
pub(crate) fn strip_foreign(root: View<'_>, patch: &mut Patch, notes: &mut Notes) {
    let Some(contents) = root.get("contents") else { return };
    let mut found = false;
    for content in contents.items().filter(|content| !is_gone_whole(*content)) {
        let Some(parts) = content.get("parts") else { continue };
        for part in parts.items().filter(|part| !is_gone(*part)) {
            for key in sealed(part) {
                found = true;
                if either(part, "functionCall", "function_call").is_some() {
                    patch.set(part, key, &quote(GEMINI_STAND_IN));
                } else {
                    patch.remove(part, key);
                }
            }
        }
        if parts.items().any(is_gone) {
            found = true;
            patch.remove_items(parts, is_gone);
        }
    }
    if contents.items().any(is_gone_whole) {
        found = true;
        patch.remove_items(contents, is_gone_whole);
    }
    if found {
        notes.left_out("reasoning history");
    }
}

/// The members that hold a sealed proof.
fn sealed(part: View<'_>) -> impl Iterator<Item = &'static str> {
    ["thoughtSignature", "thought_signature"]
        .into_iter()
        .filter(move |key| part.get_str(key).is_some_and(|signature| signature.starts_with(SEAL)))
}

/// A part of which nothing is left: a thought with a sealed proof, or nothing but that.
fn is_gone(part: View<'_>) -> bool {
    let is_thought = part.get("thought").and_then(View::bool) == Some(true);
    let is_empty = || {
        part.entries().filter(|entry| !entry.value.is_null()).all(|entry| {
            let is_qualifier = entry.is("thought") || entry.is("thoughtSignature") || entry.is("thought_signature");
            is_qualifier || (entry.is("text") && entry.value.raw() == "\"\"")
        })
    };
    sealed(part).next().is_some() && (is_thought || is_empty())
}

fn is_gone_whole(content: View<'_>) -> bool {
    let Some(parts) = content.get("parts") else { return false };
    parts.items().next().is_some() && parts.items().all(is_gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Proof, ProofKind};

    fn stripped(body: &str) -> (String, usize) {
        let sealed = Proof::new(ProofKind::Signature, "s".into()).seal("other");
        let body = body.replace("SEALED", &sealed);
        let mut patch = Patch::default();
        let mut notes = Notes::default();
        strip_foreign(View::parse(body.as_bytes()).expect("the test's JSON is valid"), &mut patch, &mut notes);
        (String::from_utf8(patch.apply(body.as_bytes())).expect("it was text"), notes.list().len())
    }

    #[test]
    fn only_what_another_provider_made_goes() {
        for (body, left) in [
            (
                r#"{"contents":[{"parts":[{"text":"a"}]},{"role":"model","parts":[{"thought":true,"text":"t","thoughtSignature":"SEALED"}, {"functionCall":{"name":"f"},"thoughtSignature":"SEALED"},{"functionCall":{"name":"g"}}]}]}"#,
                r#"{"contents":[{"parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"name":"g"}}]}]}"#,
            ),
            (
                r#"{"contents":[{"parts":[{"text":"a"}]}, {"role":"model","parts":[{"text":"","thought_signature":"SEALED"}]}, {"parts":[{"text":"b","thoughtSignature":"SEALED"}]}]}"#,
                r#"{"contents":[{"parts":[{"text":"a"}]}, {"parts":[{"text":"b"}]}]}"#,
            ),
        ] {
            assert_eq!(stripped(body), (left.to_owned(), 1));
        }
        let own =
            r#"{"contents":[{"parts":[{"thought":true,"text":"t","thoughtSignature":"CiQ="},{"text":"SEALED"}]}]}"#;
        let (left, notes) = stripped(own);
        assert_eq!((left.len() > own.len(), notes), (true, 0));
    }
}
