//! `reasoning_details`: reasoning and what proves it, as OpenRouter has it in this dialect (its documentation, "Reasoning
//! tokens"): a list of `reasoning.text` with a `signature`, `reasoning.summary`, and `reasoning.encrypted` with `data`.
//!
//! An upstream's entry has to come back with all its members, so the proof that is made of it holds the entry itself, but for
//! its text. A client of this dialect is given the same kinds of entries, with sealed proofs of any provider.

use std::borrow::Cow;

use crate::form::{Piece, Proof, ProofKind, Thought};
use crate::json::{Kind, View, Writer};

/// The members that hold an entry's text.
const TEXTS: [&str; 2] = ["text", "summary"];

fn filled<'a>(value: Option<View<'a>>) -> Option<Cow<'a, str>> {
    value.and_then(View::str).filter(|text| !text.is_empty())
}

/// What an upstream's entries say.
pub(super) fn pieces<'a>(details: View<'a>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for detail in details.items() {
        let [text, summary, signature, data] = detail.pick(["text", "summary", "signature", "data"]);
        pieces.extend(filled(text).or_else(|| filled(summary)).map(Piece::Thought));
        let kind = match (filled(data), filled(signature)) {
            (Some(_), _) => ProofKind::Encrypted,
            (None, Some(_)) => ProofKind::Signature,
            (None, None) => continue,
        };
        pieces.push(Piece::Proof(Proof::new(kind, Cow::Owned(without_text(detail)))));
    }
    pieces
}

fn without_text(detail: View<'_>) -> String {
    Writer::write(|w| {
        for entry in detail.entries().filter(|entry| !TEXTS.iter().any(|text| entry.is(text))) {
            w.key(&entry.key()).raw(entry.value.raw());
        }
    })
}

/// The entry that a proof was made of; `None` for a proof of another dialect.
pub(super) fn origin<'p>(proof: &'p Proof<'_>) -> Option<View<'p>> {
    View::parse(proof.data.as_bytes()).ok().filter(|view| view.kind() == Kind::Object)
}

/// Gives an upstream its own entry back. The text before secret reasoning is its summary, which has an entry of its own.
pub(super) fn give_back(w: &mut Writer, text: &str, origin: View<'_>) {
    let is_secret = origin.get("data").is_some();
    if is_secret && !text.is_empty() {
        w.object(|w| {
            w.key("type").str("reasoning.summary");
            w.key("summary").str(text);
            for entry in origin.entries().filter(|entry| entry.is("format") || entry.is("index")) {
                w.key(&entry.key()).raw(entry.value.raw());
            }
        });
    }
    w.object(|w| {
        if !is_secret {
            w.key("text").str(text);
        }
        for entry in origin.entries() {
            w.key(&entry.key()).raw(entry.value.raw());
        }
    });
}

/// An entry for a client.
pub(super) fn tell(w: &mut Writer, text: &str, proof: &Proof<'_>, maker: &str, index: u64) {
    w.object(|w| {
        let sealed = proof.seal(maker);
        if text.is_empty() {
            w.key("type").str("reasoning.encrypted");
            w.key("data").str(&sealed);
        } else {
            w.key("type").str("reasoning.text");
            w.key("text").str(text);
            w.key("signature").str(&sealed);
        }
        w.key("index").number(index);
    });
}

/// Whether a client is given an entry for a proof: where nothing is proved and nobody is named, there is nothing to keep.
pub(super) fn is_told(proof: &Proof<'_>, maker: &str) -> bool {
    proof.kind != ProofKind::CallPart && (proof.kind != ProofKind::Bare || !maker.is_empty())
}

/// What a client's entries say, with what it has beside them as plain text. The two say the same where both have text.
pub(super) fn thoughts<'a>(details: Option<View<'a>>, plain: Option<Cow<'a, str>>) -> Vec<Thought<'a>> {
    let mut thoughts: Vec<Thought<'a>> = Vec::new();
    for detail in details.into_iter().flat_map(View::items) {
        let [text, summary, signature, data] = detail.pick(["text", "summary", "signature", "data"]);
        let text = filled(text).or_else(|| filled(summary)).unwrap_or_default();
        let secret = filled(data).map(|data| Proof::read(ProofKind::Encrypted, data));
        let proof = secret.or_else(|| filled(signature).map(|signature| Proof::read(ProofKind::Signature, signature)));
        if !text.is_empty() || proof.is_some() {
            thoughts.push(Thought { text, proof });
        }
    }
    if let Some(plain) = plain.filter(|_| thoughts.iter().all(|thought| thought.text.is_empty())) {
        // Some clients keep the proof, but not the text beside it.
        let ends_text = |thought: &&mut Thought<'a>| thought.proof.as_ref().is_some_and(|proof| proof.kind.ends_text());
        match thoughts.iter_mut().find(ends_text) {
            Some(thought) => thought.text = plain,
            None => thoughts.insert(0, Thought { text: plain, proof: None }),
        }
    }
    thoughts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(fill: impl FnOnce(&mut Writer)) -> String {
        Writer::write(|w| w.key("d").array(fill))
    }

    fn details(json: &str) -> View<'_> {
        View::parse(json.as_bytes()).unwrap().get("d").unwrap()
    }

    #[test]
    fn an_upstreams_entries_come_back_as_they_were() {
        for entries in [
            r#"{"d":[{"text":"a","type":"reasoning.text","signature":"s","format":"anthropic-claude-v1","index":0}]}"#,
            r#"{"d":[{"type":"reasoning.encrypted","data":"x","id":"rs_1","format":"openai-responses-v1"}]}"#,
            r#"{"d":[{"type":"reasoning.summary","summary":"a","format":"f","index":0},{"type":"reasoning.encrypted","data":"x","format":"f","index":0}]}"#,
        ] {
            let mut pieces = pieces(details(entries)).into_iter().peekable();
            let back = list(|w| {
                while let Some(piece) = pieces.next() {
                    let (text, proof) = match (piece, pieces.peek()) {
                        (Piece::Thought(text), Some(Piece::Proof(_))) => (text, pieces.next()),
                        (piece, _) => (Cow::Borrowed(""), Some(piece)),
                    };
                    let Some(Piece::Proof(proof)) = proof else { panic!("{proof:?}") };
                    give_back(w, &text, origin(&proof).unwrap());
                }
            });
            assert_eq!(back, entries);
        }
    }

    #[test]
    fn a_clients_entries_are_read_as_they_were_told() {
        let thoughts = [
            Thought { text: "a".into(), proof: Some(Proof::new(ProofKind::Signature, "s".into())) },
            Thought { text: "".into(), proof: Some(Proof::new(ProofKind::Redacted, "r".into())) },
            Thought { text: "b".into(), proof: Some(Proof::new(ProofKind::Bare, "".into())) },
        ];
        let told = list(|w| {
            for (index, thought) in (0..).zip(&thoughts) {
                tell(w, &thought.text, thought.proof.as_ref().unwrap(), "m", index);
            }
        });
        let mut read = super::thoughts(Some(details(&told)), Some("ab".into()));
        for thought in &mut read {
            let proof = thought.proof.as_mut().unwrap();
            assert!(proof.is_by("m"));
            proof.maker = None;
        }
        assert_eq!(read, thoughts);
    }

    #[test]
    fn plain_text_belongs_to_the_signature_that_has_none() {
        let sealed = Proof::new(ProofKind::Signature, "s".into()).seal("m");
        let told = format!(r#"{{"d":[{{"type":"reasoning.text","signature":"{sealed}"}}]}}"#);
        let read = thoughts(Some(details(&told)), Some("a".into()));
        assert_eq!((read.len(), &*read[0].text, read[0].proof.is_some()), (1, "a", true));
        let read = thoughts(None, Some("a".into()));
        assert_eq!(read, [Thought { text: "a".into(), proof: None }]);
    }
}
