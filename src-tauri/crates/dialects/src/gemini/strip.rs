//! Taking other providers' proofs out of a client's own body, which Gemini would refuse.

use super::either;
use super::model::Model;
use crate::form::GEMINI_STAND_IN;
use crate::json::{Patch, View, quote};
use crate::notes::Notes;
use crate::pass::Whose;

/// Takes sealed proofs out: thoughts that hold one go, and other parts lose it. A content that is left without parts goes
/// too. From Gemini 3 on the first call of each step since the user spoke has to be signed ("Thought signatures"), and gets
/// the text that Gemini takes in place of a signature if it isn't.
pub(crate) fn strip_foreign(root: View<'_>, whose: Whose, model: &str, patch: &mut Patch, notes: &mut Notes) {
    let Some(contents) = root.get("contents") else { return };
    let (is_gone, is_gone_whole) =
        (|part: View<'_>| is_gone(part, whose), |content: View<'_>| is_gone_whole(content, whose));
    let checks = Model::of(model).is_third();
    let loop_start = contents.items().collect::<Vec<_>>().iter().rposition(|content| is_said(*content)).unwrap_or(0);
    let mut found = false;
    // A call has come since the user's last turn.
    let mut has_called = false;
    for (index, content) in contents.items().enumerate().filter(|(_, content)| !is_gone_whole(*content)) {
        let Some(parts) = content.get("parts") else { continue };
        has_called &= is_models(content);
        for part in parts.items().filter(|part| !is_gone(*part)) {
            let is_call = either(part, "functionCall", "function_call").is_some();
            let is_first = is_call && !has_called;
            has_called |= is_call;
            let needs_one = checks && is_first && index >= loop_start;
            let mut has_one = either(part, "thoughtSignature", "thought_signature").is_some();
            for key in proofs(part, whose) {
                (found, has_one) = (true, needs_one);
                if needs_one {
                    patch.set(part, key, &quote(GEMINI_STAND_IN));
                } else {
                    patch.remove(part, key);
                }
            }
            if needs_one && !has_one {
                found = true;
                patch.set(part, "thoughtSignature", &quote(GEMINI_STAND_IN));
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

fn is_models(content: View<'_>) -> bool {
    content.get_str("role").is_some_and(|role| role == "model")
}

/// Something that the user said by himself.
fn is_said(content: View<'_>) -> bool {
    let is_result = |part: View<'_>| either(part, "functionResponse", "function_response").is_some();
    !is_models(content) && !content.get("parts").into_iter().flat_map(View::items).any(is_result)
}

/// The members that hold a proof to take out.
fn proofs(part: View<'_>, whose: Whose) -> impl Iterator<Item = &'static str> {
    ["thoughtSignature", "thought_signature"]
        .into_iter()
        .filter(move |key| part.get_str(key).is_some_and(|signature| whose.takes(&signature)))
}

/// A part of which nothing is left: a thought with a sealed proof, or nothing but that.
fn is_gone(part: View<'_>, whose: Whose) -> bool {
    let is_thought = part.get("thought").and_then(View::bool) == Some(true);
    let is_empty = || {
        part.entries().filter(|entry| !entry.value.is_null()).all(|entry| {
            let is_qualifier = entry.is("thought") || entry.is("thoughtSignature") || entry.is("thought_signature");
            is_qualifier || (entry.is("text") && entry.value.raw() == "\"\"")
        })
    };
    proofs(part, whose).next().is_some() && (is_thought || is_empty())
}

fn is_gone_whole(content: View<'_>, whose: Whose) -> bool {
    let Some(parts) = content.get("parts") else { return false };
    parts.items().next().is_some() && parts.items().all(|part| is_gone(part, whose))
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
        let root = View::parse(body.as_bytes()).expect("the test's JSON is valid");
        strip_foreign(root, Whose::Foreign, "gemini-3-pro", &mut patch, &mut notes);
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

    #[test]
    fn the_first_call_of_each_step_since_the_user_spoke_is_signed_by_a_stand_in() {
        const CALL: &str = r#"{"functionCall":{"name":"f"}}"#;
        const MARKED: &str = r#"{"thoughtSignature":"skip_thought_signature_validator","functionCall":{"name":"f"}}"#;
        const THOUGHT: &str = r#"{"thought":true,"text":"t","thoughtSignature":"SEALED"}"#;
        let body = |thought: &str, first: &str, second: &str| {
            format!(
                r#"{{"contents":[{{"role":"model","parts":[{CALL}]}},{{"role":"user","parts":[{{"text":"a"}}]}},{{"role":"model","parts":[{thought}{first},{CALL}]}},{{"role":"model","parts":[{CALL}]}},
                {{"role":"user","parts":[{{"functionResponse":{{"name":"f"}}}}]}},{{"role":"model","parts":[{second}]}}]}}"#
            )
        };
        let own = r#"{"functionCall":{"name":"f"},"thoughtSignature":"CiQ="}"#;
        let before = body(&format!("{THOUGHT},"), CALL, own);
        assert_eq!(stripped(&before), (body("", MARKED, own), 1));
        assert_eq!(stripped(&body(&format!("{THOUGHT},"), own, CALL)), (body("", own, MARKED), 1));
        let older = |body: &str| {
            let mut patch = Patch::default();
            let root = View::parse(body.as_bytes()).expect("the test's JSON is valid");
            strip_foreign(root, Whose::Foreign, "gemini-2.5-pro", &mut patch, &mut Notes::default());
            String::from_utf8(patch.apply(body.as_bytes())).expect("it was text")
        };
        let sealed = Proof::new(ProofKind::CallPart, "s".into()).seal("other");
        let signed = format!(r#"{{"functionCall":{{"name":"f"}},"thoughtSignature":"{sealed}"}}"#);
        assert_eq!(older(&body("", &signed, CALL)), body("", CALL, CALL), "older models don't check");
    }
}
