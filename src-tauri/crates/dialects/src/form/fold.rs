//! From pieces to blocks: a whole answer as one list of content.

use std::borrow::Cow;

use super::answer::Piece;
use super::request::{Block, Call, Thought};

/// Blocks of pieces that are in order. What the form doesn't carry is left out here; the pieces' reader has noted it.
pub(crate) fn fold<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for piece in pieces {
        match (piece, blocks.last_mut()) {
            (Piece::Text(text), Some(Block::Text(before)))
            | (Piece::Refusal(text), Some(Block::Refusal(before)))
            | (Piece::Thought(text), Some(Block::Thought(Thought { text: before, proof: None }))) => {
                append(before, &text);
            }
            (Piece::Text(text), _) => blocks.push(Block::Text(text)),
            (Piece::Refusal(text), _) => blocks.push(Block::Refusal(text)),
            (Piece::Thought(text), _) => blocks.push(Block::Thought(Thought { text, proof: None })),
            (Piece::Proof(proof), Some(Block::Thought(Thought { proof: slot @ None, .. })))
                if proof.kind.ends_text() =>
            {
                *slot = Some(proof);
            }
            (Piece::Proof(proof), _) => {
                blocks.push(Block::Thought(Thought { text: Cow::Borrowed(""), proof: Some(proof) }));
            }
            (Piece::CallStart { id, name, custom, .. }, _) => {
                blocks.push(Block::Call(Call { id, name, arguments: Cow::Borrowed(""), custom }));
            }
            (Piece::CallArgs { text, .. }, Some(Block::Call(call))) => append(&mut call.arguments, &text),
            (Piece::Citation(citation), _) => blocks.push(Block::Citation(citation)),
            (Piece::Media(media), _) => blocks.push(Block::Media(media)),
            (Piece::CallArgs { .. } | Piece::CallEnd { .. } | Piece::Other(_), _) => {}
        }
    }
    blocks
}

fn append(before: &mut Cow<'_, str>, text: &str) {
    if before.is_empty() {
        *before = Cow::Owned(text.to_owned());
    } else {
        before.to_mut().push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::proof::{Proof, ProofKind};

    #[test]
    fn pieces_of_one_kind_are_one_block_and_a_proof_ends_its_reasoning() {
        let proof = |kind| Proof::new(kind, "p".into());
        let blocks = fold(vec![
            Piece::Thought("a".into()),
            Piece::Thought("b".into()),
            Piece::Proof(proof(ProofKind::Signature)),
            Piece::Thought("c".into()),
            Piece::Proof(proof(ProofKind::CallPart)),
            Piece::CallStart { slot: 0, id: "i".into(), name: "f".into(), custom: false },
            Piece::CallArgs { slot: 0, text: "{".into() },
            Piece::CallArgs { slot: 0, text: "}".into() },
            Piece::CallEnd { slot: 0 },
            Piece::Text("x".into()),
            Piece::Other("a provider-run tool"),
            Piece::Text("y".into()),
            Piece::Refusal("no".into()),
        ]);
        let thought = |text: &'static str, kind: Option<ProofKind>| {
            Block::Thought(Thought { text: text.into(), proof: kind.map(proof) })
        };
        let call = Call { id: "i".into(), name: "f".into(), arguments: "{}".into(), custom: false };
        assert_eq!(
            blocks,
            [
                thought("ab", Some(ProofKind::Signature)),
                thought("c", None),
                thought("", Some(ProofKind::CallPart)),
                Block::Call(call),
                Block::Text("xy".into()),
                Block::Refusal("no".into()),
            ]
        );
    }
}
