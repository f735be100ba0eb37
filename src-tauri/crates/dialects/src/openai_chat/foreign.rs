//! A client's own-dialect body without what another provider proved.

use crate::form::SEAL;
use crate::json::{Patch, View};
use crate::notes::Notes;
use crate::pass::Whose;

/// Takes out what holds a sealed proof: entries of `reasoning_details` with the plain text of the same reasoning, and the
/// signatures of calls. Providers of this dialect refuse a proof that is not their own, and some any field beside it that is
/// not OpenAI's.
pub(crate) fn strip_foreign(root: View<'_>, whose: Whose, patch: &mut Patch, notes: &mut Notes) {
    let holds = |value: View<'_>| holds(value, whose);
    for message in root.get("messages").into_iter().flat_map(View::items) {
        let [details, calls] = message.pick(["reasoning_details", "tool_calls"]);
        if let Some(details) = details.filter(|details| holds(*details)) {
            notes.left_out("reasoning history");
            if details.items().all(holds) {
                patch.remove_all(message, &["reasoning_details", "reasoning_content", "reasoning"]);
            } else {
                patch.remove_items(details, holds);
                patch.remove_all(message, &["reasoning_content", "reasoning"]);
            }
        }
        for call in calls.into_iter().flat_map(View::items) {
            if call.get("extra_content").is_some_and(holds) {
                notes.left_out("reasoning history");
                patch.remove(call, "extra_content");
            }
        }
    }
}

/// Whether an entry, a list of such or what stands beside a call has a proof that is to go.
fn holds(value: View<'_>, whose: Whose) -> bool {
    let proof = match whose {
        Whose::Foreign => &[SEAL][..],
        // OpenRouter's names for what providers sign or encrypt, and Google's.
        Whose::Anybodys => &["\"signature\"", "\"data\"", "\"thought_signature\""],
    };
    proof.iter().any(|proof| memchr::memmem::find(value.raw().as_bytes(), proof.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Proof, ProofKind};

    fn stripped(body: &str) -> (String, usize) {
        let (mut patch, mut notes) = (Patch::default(), Notes::default());
        strip_foreign(View::parse(body.as_bytes()).unwrap(), Whose::Foreign, &mut patch, &mut notes);
        (String::from_utf8(patch.apply(body.as_bytes())).unwrap(), notes.list().len())
    }

    #[test]
    fn a_sealed_proof_is_taken_out_with_its_text_and_nothing_else() {
        let sealed = Proof::new(ProofKind::Signature, "s".into()).seal("m");
        let own = r#"{"type":"reasoning.text","text":"a","signature":"own"}"#;
        let foreign = format!(r#"{{"type":"reasoning.text","text":"a","signature":"{sealed}","index":0}}"#);
        let call = r#"{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}"#;
        for (message, left, notes) in [
            (
                format!(
                    r#"{{"role":"assistant", "content":"x","reasoning_content":"a","reasoning_details":[{foreign}]}}"#
                ),
                r#"{"role":"assistant", "content":"x"}"#.to_owned(),
                1,
            ),
            (
                format!(
                    r#"{{"reasoning_content":"a","reasoning_details":[{foreign}],"role":"assistant","content":null}}"#
                ),
                r#"{"role":"assistant","content":null}"#.to_owned(),
                1,
            ),
            (
                format!(r#"{{"role":"assistant","reasoning_details":[{foreign},{own}],"content":"x"}}"#),
                format!(r#"{{"role":"assistant","reasoning_details":[{own}],"content":"x"}}"#),
                1,
            ),
            (
                format!(
                    r#"{{"role":"assistant","tool_calls":[{call},"extra_content":{{"google":{{"thought_signature":"{sealed}"}}}}}}]}}"#
                ),
                format!(r#"{{"role":"assistant","tool_calls":[{call}}}]}}"#),
                1,
            ),
            (
                format!(r#"{{"role":"assistant","content":"x","reasoning_content":"a","reasoning_details":[{own}]}}"#),
                format!(r#"{{"role":"assistant","content":"x","reasoning_content":"a","reasoning_details":[{own}]}}"#),
                0,
            ),
        ] {
            let body = |message: &str| format!(r#"{{"model":"m","messages":[{message},{{"role":"user"}}]}}"#);
            assert_eq!(stripped(&body(&message)), (body(&left), notes), "{message}");
        }
    }
}
