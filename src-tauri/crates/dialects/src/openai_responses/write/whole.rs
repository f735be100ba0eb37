//! Writing a whole answer.

use std::borrow::Cow;

use super::events::EventWriter;
use super::response;
use crate::form::{Block, Piece, Tally};
use crate::json::Writer;
use crate::notes::Notes;
use crate::relay::Opening;
use crate::stream::EventWriter as _;

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, notes: &mut Notes) -> String {
    let mut writer = EventWriter::silent(opening.clone());
    for block in blocks {
        pieces(block).iter().for_each(|piece| writer.take(piece));
    }
    for name in writer.untold() {
        notes.left_out(format!("answer: {name}"));
    }
    let (status, output) = writer.finish(tally);
    Writer::write(|w| response::write(w, opening, tally, status, output))
}

/// The pieces that a stream would tell the block in.
fn pieces<'a>(block: &'a Block<'_>) -> Vec<Piece<'a>> {
    let borrow = |text: &'a Cow<'_, str>| Cow::Borrowed(&**text);
    match block {
        Block::Text(text) => vec![Piece::Text(borrow(text))],
        Block::Refusal(text) => vec![Piece::Refusal(borrow(text))],
        Block::Thought(thought) => {
            let text = (!thought.text.is_empty()).then(|| Piece::Thought(borrow(&thought.text)));
            let proof = thought.proof.clone().map(|proof| Piece::Proof(proof.into_owned()));
            text.into_iter().chain(proof).collect()
        }
        Block::Call(call) => {
            let (id, name) = (borrow(&call.id), borrow(&call.name));
            let arguments = borrow(&call.arguments);
            vec![
                Piece::CallStart { slot: 0, id, name, custom: call.custom },
                Piece::CallArgs { slot: 0, text: arguments },
                Piece::CallEnd { slot: 0 },
            ]
        }
        Block::Citation(citation) => vec![Piece::Citation(citation.clone().into_owned())],
        Block::Media(media) => vec![Piece::Media(media.clone().into_owned())],
        Block::Result(_) | Block::Instruction(_) => Vec::new(),
    }
}
