//! Writing a whole answer.

use crate::form::{Block, Call, Citation, Media, MediaKind, Proof, ProofKind, Tally};
use crate::json::Writer;
use crate::notes::Notes;
use crate::openai_chat::call::write_call;
use crate::openai_chat::details;
use crate::relay::Opening;
use crate::usage::Usage;

use super::{Span, citation, head, image, reason, signature, usage};

/// What goes to each member of the message.
#[derive(Default)]
struct Message<'b> {
    text: String,
    refusal: String,
    reasoning: String,
    details: Vec<(&'b str, &'b Proof<'b>)>,
    /// With the sealed signature of each.
    calls: Vec<(&'b Call<'b>, Option<String>)>,
    citations: Vec<(&'b Citation<'b>, Span)>,
    images: Vec<&'b Media<'b>>,
}

impl<'b> Message<'b> {
    fn of(blocks: &'b [Block<'b>], opening: &Opening, notes: &mut Notes) -> Self {
        let mut message = Message::default();
        let mut span = Span::default();
        let mut sealed = None;
        for block in blocks {
            match block {
                Block::Text(text) => {
                    span.text(text);
                    message.text.push_str(text);
                }
                Block::Refusal(text) => message.refusal.push_str(text),
                Block::Thought(thought) => {
                    message.reasoning.push_str(&thought.text);
                    match &thought.proof {
                        Some(proof) if proof.kind == ProofKind::CallPart => sealed = Some(proof.seal(&opening.maker)),
                        Some(proof) if details::is_told(proof, &opening.maker) => {
                            message.details.push((&thought.text, proof));
                        }
                        _ => {}
                    }
                }
                Block::Call(call) => message.calls.push((call, sealed.take())),
                Block::Citation(citation) => {
                    message.citations.push((citation, Span { start: span.start, end: span.end, cited: true }));
                    span.cited = true;
                }
                Block::Media(media) if media.kind == MediaKind::Image => message.images.push(media),
                Block::Media(_) => notes.left_out("answer: media"),
                // Only a request has any.
                Block::Result(_) | Block::Instruction(_) => {}
            }
        }
        message
    }

    fn write(self, w: &mut Writer, maker: &str) {
        w.key("role").str("assistant");
        // The content is only null where something else is there in its place.
        if self.text.is_empty() && !(self.refusal.is_empty() && self.calls.is_empty()) {
            w.key("content").null();
        } else {
            w.key("content").str(&self.text);
        }
        if self.refusal.is_empty() {
            w.key("refusal").null();
        } else {
            w.key("refusal").str(&self.refusal);
        }
        if !self.reasoning.is_empty() {
            w.key("reasoning_content").str(&self.reasoning);
        }
        if !self.details.is_empty() {
            w.key("reasoning_details").array(|w| {
                for (index, (text, proof)) in (0..).zip(self.details) {
                    details::tell(w, text, proof, maker, index);
                }
            });
        }
        if !self.calls.is_empty() {
            w.key("tool_calls").array(|w| {
                self.calls.into_iter().for_each(|(call, sealed)| {
                    w.object(|w| {
                        write_call(w, call, call.custom);
                        signature(w, sealed.as_deref());
                    });
                });
            });
        }
        if !self.citations.is_empty() {
            w.key("annotations").array(|w| {
                self.citations.into_iter().for_each(|(own, mut span)| citation(w, own, &mut span));
            });
        }
        if !self.images.is_empty() {
            w.key("images").array(|w| self.images.into_iter().for_each(|media| image(w, media)));
        }
    }
}

/// Writes a whole answer.
pub(crate) fn write_whole(blocks: &[Block<'_>], tally: &Tally, opening: &Opening, notes: &mut Notes) -> String {
    let message = Message::of(blocks, opening, notes);
    Writer::write(|w| {
        head(w, "chat.completion", opening, tally);
        w.key("choices").array(|w| {
            w.object(|w| {
                w.key("index").number(0);
                w.key("message").object(|w| message.write(w, &opening.maker));
                w.key("logprobs").null();
                w.key("finish_reason").str(reason(tally));
            });
        });
        if tally.usage != Usage::default() {
            usage(w, tally.usage);
        }
    })
}
