//! What another provider has proved, taken out of a request on its way to this dialect's.

use crate::form::SEAL;
use crate::json::{Patch, View};
use crate::notes::Notes;
use crate::pass::Whose;

/// Takes out the reasoning items that other providers made: their proofs would be refused as not to be decrypted, and their
/// ids as not to be found.
pub(crate) fn strip_foreign(root: View<'_>, whose: Whose, patch: &mut Patch, notes: &mut Notes) {
    let Some(input) = root.get("input") else { return };
    patch.remove_items(input, |item| {
        let is_foreign = is_foreign(item, whose);
        if is_foreign {
            notes.left_out("reasoning history");
        }
        is_foreign
    });
}

fn is_foreign(item: View<'_>, whose: Whose) -> bool {
    let [kind, id, encrypted] = item.pick(["type", "id", "encrypted_content"]).map(|value| value.and_then(View::str));
    kind.is_some_and(|kind| kind == "reasoning")
        && (whose == Whose::Anybodys
            || encrypted.is_some_and(|data| whose.takes(&data))
            || id.is_some_and(|id| id.contains(SEAL)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Proof, ProofKind};

    #[test]
    fn reasoning_of_others_is_taken_out_and_all_else_stays() {
        let sealed = Proof::new(ProofKind::Signature, "sig".into()).seal("a");
        let body = format!(
            r#"{{"input": [{{"role":"user","content":"{SEAL}"}} , {{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"{sealed}"}},
            {{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAAA"}}, {{"type":"reasoning","id":"rs_{SEAL}_3","summary":[]}}]}}"#
        );
        let mut patch = Patch::default();
        let mut notes = Notes::default();
        strip_foreign(View::parse(body.as_bytes()).unwrap(), Whose::Foreign, &mut patch, &mut notes);
        let left = String::from_utf8(patch.apply(body.as_bytes())).unwrap();
        let expected = format!(
            r#"{{"input": [{{"role":"user","content":"{SEAL}"}} , {{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAAA"}}]}}"#
        );
        assert_eq!((left, notes.list().len()), (expected, 1));
    }

    #[test]
    fn an_input_of_text_has_nothing_to_take_out() {
        let mut patch = Patch::default();
        strip_foreign(View::parse(br#"{"input":"hi"}"#).unwrap(), Whose::Anybodys, &mut patch, &mut Notes::default());
        assert!(patch.is_empty());
    }
}
