//! Writing a stream's events.

use crate::form::{MediaKind, Piece, Proof, ProofKind, Tally};
use crate::json::Writer;
use crate::openai_chat::details;
use crate::relay::Opening;
use crate::stream::{self, Event};

use super::{Span, citation, head, image, reason, signature, usage};

/// Writes a stream's events: a chunk with the role, one for each piece, one with the finish reason, one with the counts if
/// the client asked for it, and `[DONE]`.
#[derive(Debug)]
pub(crate) struct EventWriter {
    opening: Opening,
    /// The reasoning since the last proof: its entry in `reasoning_details` has it whole, for a proof alone is of no use.
    thought: String,
    /// Proofs so far, and calls.
    proofs: u64,
    calls: u64,
    /// The sealed signature of the next call.
    signature: Option<String>,
    call: Option<Open>,
    span: Span,
}

/// The call that is being told.
#[derive(Debug)]
enum Open {
    Function {
        has_arguments: bool,
    },
    /// Told at once when it is whole: OpenAI's own accumulator keeps only the last part of a custom tool's input.
    Custom {
        id: String,
        name: String,
        input: String,
    },
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter {
            opening,
            thought: String::new(),
            proofs: 0,
            calls: 0,
            signature: None,
            call: None,
            span: Span::default(),
        }
    }

    fn chunk(&self, tally: &Tally, finish: Option<&str>, delta: impl FnOnce(&mut Writer)) -> Event {
        Event::data(Writer::write(|w| {
            head(w, "chat.completion.chunk", &self.opening, tally);
            w.key("choices").array(|w| {
                w.object(|w| {
                    w.key("index").number(0);
                    w.key("delta").object(delta);
                    w.key("logprobs").null();
                    match finish {
                        Some(finish) => w.key("finish_reason").str(finish),
                        None => w.key("finish_reason").null(),
                    }
                });
            });
            if self.opening.include_usage {
                w.key("usage").null();
            }
        }))
    }

    fn delta(&self, tally: &Tally, delta: impl FnOnce(&mut Writer)) -> Vec<Event> {
        vec![self.chunk(tally, None, delta)]
    }

    fn proof(&mut self, proof: &Proof<'_>, tally: &Tally) -> Vec<Event> {
        if proof.kind == ProofKind::CallPart {
            self.signature = Some(proof.seal(&self.opening.maker));
            return Vec::new();
        }
        let thought = if proof.kind.ends_text() { std::mem::take(&mut self.thought) } else { String::new() };
        if !details::is_told(proof, &self.opening.maker) {
            return Vec::new();
        }
        let index = self.proofs;
        self.proofs += 1;
        self.delta(tally, |w| {
            w.key("reasoning_details").array(|w| details::tell(w, &thought, proof, &self.opening.maker, index));
        })
    }

    /// A chunk with a part of the call that is being told, which is the last of all.
    fn call(&self, tally: &Tally, part: impl FnOnce(&mut Writer)) -> Vec<Event> {
        self.delta(tally, |w| {
            w.key("tool_calls").array(|w| {
                w.object(|w| {
                    w.key("index").number(self.calls.saturating_sub(1));
                    part(w);
                });
            });
        })
    }

    fn start(&mut self, id: &str, name: &str, custom: bool, tally: &Tally) -> Vec<Event> {
        self.calls += 1;
        if custom {
            let (id, name) = (id.to_owned(), name.to_owned());
            self.call = Some(Open::Custom { id, name, input: String::new() });
            return Vec::new();
        }
        self.call = Some(Open::Function { has_arguments: false });
        let sealed = self.signature.take();
        self.call(tally, |w| {
            w.key("id").str(id);
            w.key("type").str("function");
            w.key("function").object(|w| {
                w.key("name").str(name);
                w.key("arguments").str("");
            });
            signature(w, sealed.as_deref());
        })
    }

    fn arguments(&mut self, text: &str, tally: &Tally) -> Vec<Event> {
        match &mut self.call {
            Some(Open::Custom { input, .. }) => {
                input.push_str(text);
                Vec::new()
            }
            Some(Open::Function { has_arguments }) => {
                *has_arguments = true;
                self.call(tally, |w| w.key("function").object(|w| w.key("arguments").str(text)))
            }
            None => Vec::new(),
        }
    }

    fn end(&mut self, tally: &Tally) -> Vec<Event> {
        match self.call.take() {
            // OpenAI's clients parse the arguments, and an empty text is no JSON.
            Some(Open::Function { has_arguments: false }) => {
                self.call(tally, |w| w.key("function").object(|w| w.key("arguments").str("{}")))
            }
            Some(Open::Custom { id, name, input }) => {
                let sealed = self.signature.take();
                self.call(tally, |w| {
                    w.key("id").str(&id);
                    w.key("type").str("custom");
                    w.key("custom").object(|w| {
                        w.key("name").str(&name);
                        w.key("input").str(&input);
                    });
                    signature(w, sealed.as_deref());
                })
            }
            Some(Open::Function { has_arguments: true }) | None => Vec::new(),
        }
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, tally: &Tally) -> Vec<Event> {
        self.delta(tally, |w| {
            w.key("role").str("assistant");
            w.key("content").str("");
            w.key("refusal").null();
        })
    }

    fn piece(&mut self, piece: &Piece<'_>, tally: &Tally) -> Vec<Event> {
        match piece {
            Piece::Text(text) => {
                self.span.text(text);
                self.delta(tally, |w| w.key("content").str(text))
            }
            Piece::Refusal(text) => self.delta(tally, |w| w.key("refusal").str(text)),
            Piece::Thought(text) => {
                self.thought.push_str(text);
                self.delta(tally, |w| w.key("reasoning_content").str(text))
            }
            Piece::Proof(proof) => self.proof(proof, tally),
            Piece::CallStart { id, name, custom, .. } => self.start(id, name, *custom, tally),
            Piece::CallArgs { text, .. } => self.arguments(text, tally),
            Piece::CallEnd { .. } => self.end(tally),
            Piece::Citation(own) => {
                let mut span = std::mem::take(&mut self.span);
                let events = self.delta(tally, |w| w.key("annotations").array(|w| citation(w, own, &mut span)));
                self.span = span;
                events
            }
            Piece::Media(media) if media.kind == MediaKind::Image => {
                self.delta(tally, |w| w.key("images").array(|w| image(w, media)))
            }
            // Sound is made only for who asks for it in the upstream's own dialect.
            Piece::Media(_) | Piece::Other(_) => Vec::new(),
        }
    }

    fn close(&mut self, tally: &Tally) -> Vec<Event> {
        let mut events = vec![self.chunk(tally, Some(reason(tally)), |_| {})];
        if self.opening.include_usage {
            events.push(Event::data(Writer::write(|w| {
                head(w, "chat.completion.chunk", &self.opening, tally);
                w.key("choices").array(|_| {});
                usage(w, tally.usage);
            })));
        }
        events.push(Event::data("[DONE]".to_owned()));
        events
    }
}
