//! An answer's pieces on their way from one dialect to another: in order, under the client's names, with what is not told
//! left out and noted.

use std::borrow::Cow;

use crate::form::{Piece, Proof, ProofKind, Reason, Sequence, Slot, Tally, id_for_client};
use crate::json::View;
use crate::notes::Notes;
use crate::relay::Opening;

/// Makes an upstream's pieces the client's.
#[derive(Debug)]
pub(crate) struct Retelling {
    opening: Opening,
    sequence: Sequence,
    notes: Notes,
    /// Reasoning has been told whose proof has not come.
    unproved: bool,
    /// Calls so far.
    calls: usize,
    /// The open call is of a custom tool that the upstream was offered as a function: its arguments so far.
    wrapped: Option<(Slot, String)>,
}

impl Retelling {
    pub(crate) fn new(opening: Opening) -> Self {
        Retelling {
            opening,
            sequence: Sequence::default(),
            notes: Notes::default(),
            unproved: false,
            calls: 0,
            wrapped: None,
        }
    }

    pub(crate) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Notes what the client's dialect turned out to have no place for.
    pub(crate) fn note_untold(&mut self, names: Vec<&'static str>) {
        for name in names {
            self.notes.left_out(format!("answer: {name}"));
        }
    }

    /// The next pieces of the upstream.
    pub(crate) fn push<'a>(&mut self, pieces: impl IntoIterator<Item = Piece<'a>>) -> Vec<Piece<'a>> {
        let mut ordered = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Other(name) => self.notes.left_out(format!("answer: {name}")),
                piece => self.sequence.push(piece, &mut ordered),
            }
        }
        self.tell(ordered)
    }

    /// What is left at the answer's end.
    pub(crate) fn finish(&mut self) -> Vec<Piece<'static>> {
        let mut ordered: Vec<Piece<'static>> = Vec::new();
        self.sequence.finish(&mut ordered);
        let mut told = self.tell(ordered);
        self.prove(&mut told);
        told
    }

    /// The tally with the stop reason that fits what was told: who called a tool stopped for that.
    pub(crate) fn tally(&self, tally: &Tally) -> Tally {
        let mut tally = tally.clone();
        if let Some(stop) = &mut tally.stop {
            stop.reason = match stop.reason {
                Reason::End | Reason::Unknown if self.calls > 0 => Reason::ToolUse,
                Reason::ToolUse if self.calls == 0 => Reason::End,
                reason => reason,
            };
        }
        tally
    }

    fn tell<'a>(&mut self, ordered: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
        let mut told = Vec::with_capacity(ordered.len());
        for piece in ordered {
            match piece {
                Piece::Thought(_) if self.opening.back.hides_thoughts => self.hide(),
                Piece::Thought(_) if self.opening.back.omits_text => {}
                Piece::Thought(text) => {
                    self.unproved = true;
                    told.push(Piece::Thought(text));
                }
                Piece::Proof(proof) => self.tell_proof(proof, &mut told),
                piece => {
                    self.prove(&mut told);
                    self.tell_other(piece, &mut told);
                }
            }
        }
        told
    }

    fn tell_proof<'a>(&mut self, proof: Proof<'a>, told: &mut Vec<Piece<'a>>) {
        if self.opening.back.hides_thoughts {
            return self.hide();
        }
        match proof.kind {
            // It is asked for, not demanded, when it comes back, and no other dialect has a place beside a text for it.
            ProofKind::TextPart => self.notes.left_out("answer: the signature of a text"),
            kind => {
                if !kind.ends_text() {
                    self.prove(told);
                }
                self.unproved = false;
                let proof =
                    if self.opening.back.omits_proofs { Proof::new(ProofKind::Bare, Cow::Borrowed("")) } else { proof };
                told.push(Piece::Proof(proof));
            }
        }
    }

    fn hide(&mut self) {
        self.notes.add("not-carried", "answer: reasoning", "the client did not ask to see it");
    }

    /// Ends reasoning that came without a proof.
    fn prove(&mut self, told: &mut Vec<Piece<'_>>) {
        if std::mem::take(&mut self.unproved) {
            told.push(Piece::Proof(Proof::new(ProofKind::Bare, Cow::Borrowed(""))));
        }
    }

    fn tell_other<'a>(&mut self, piece: Piece<'a>, told: &mut Vec<Piece<'a>>) {
        match piece {
            Piece::CallStart { slot, id, name, custom } => {
                self.calls += 1;
                let id = if id.is_empty() {
                    Cow::Owned(format!("call_{}_{}", self.opening.id, self.calls))
                } else {
                    match id_for_client(&id) {
                        Cow::Borrowed(_) => id,
                        Cow::Owned(fitted) => Cow::Owned(fitted),
                    }
                };
                let clients = self.opening.back.name(&name);
                let name = if *name == *clients { name } else { Cow::Owned(clients.to_owned()) };
                let wrapped = !custom && self.opening.back.custom.iter().any(|own| *own == *name);
                self.wrapped = wrapped.then(|| (slot, String::new()));
                told.push(Piece::CallStart { slot, id, name, custom: custom || wrapped });
            }
            Piece::CallArgs { slot, text } => match &mut self.wrapped {
                Some((of, arguments)) if *of == slot => arguments.push_str(&text),
                _ => told.push(Piece::CallArgs { slot, text }),
            },
            Piece::CallEnd { slot } => {
                if let Some((slot, arguments)) = self.wrapped.take() {
                    let input = View::parse(arguments.as_bytes())
                        .ok()
                        .and_then(|view| view.get_str("input").map(Cow::into_owned))
                        .unwrap_or(arguments);
                    if !input.is_empty() {
                        told.push(Piece::CallArgs { slot, text: Cow::Owned(input) });
                    }
                }
                told.push(Piece::CallEnd { slot });
            }
            piece => told.push(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::back::Back;

    fn retold(back: Back, pieces: Vec<Piece<'static>>) -> (Vec<Piece<'static>>, usize) {
        let mut retelling = Retelling::new(Opening { id: "9".to_owned(), back, ..Opening::default() });
        let mut told = retelling.push(pieces);
        told.extend(retelling.finish());
        (told, retelling.notes().list().len())
    }

    fn start(id: &'static str, name: &'static str, custom: bool) -> Piece<'static> {
        Piece::CallStart { slot: 0, id: id.into(), name: name.into(), custom }
    }

    fn args(text: &'static str) -> Piece<'static> {
        Piece::CallArgs { slot: 0, text: text.into() }
    }

    const END: Piece<'static> = Piece::CallEnd { slot: 0 };

    #[test]
    fn a_call_has_the_clients_name_and_an_id_that_the_client_can_hold() {
        let back = Back { names: vec![("a_b_1".into(), "a.b".into())], ..Back::default() };
        let (told, _) = retold(back, vec![start("", "a_b_1", false), args("{}")]);
        assert_eq!(told, [start("call_9_1", "a.b", false), args("{}"), END]);
        let (told, _) = retold(Back::default(), vec![start("f:0", "f", false)]);
        assert_eq!(told, [start("ms64_Zjow", "f", false), END]);
    }

    #[test]
    fn a_custom_tool_that_was_offered_as_a_function_is_given_its_text() {
        let back = Back { custom: vec!["patch".into()], ..Back::default() };
        let (told, _) = retold(back.clone(), vec![start("1", "patch", false), args("{\"input\":\"a\\n"), args("b\"}")]);
        assert_eq!(told, [start("1", "patch", true), args("a\nb"), END]);
        let (told, _) = retold(back, vec![start("1", "patch", true), args("a"), args("b")]);
        assert_eq!(told, [start("1", "patch", true), args("a"), args("b"), END]);
    }

    #[test]
    fn reasoning_always_ends_with_a_proof_and_is_told_only_to_who_wants_it() {
        let bare = || Piece::Proof(Proof::new(ProofKind::Bare, "".into()));
        let signed = || Piece::Proof(Proof::new(ProofKind::Signature, "s".into()));
        let thought = || Piece::Thought("t".into());
        let text = || Piece::Text("x".into());
        let (told, _) = retold(Back::default(), vec![thought(), thought(), text(), thought(), signed()]);
        assert_eq!(told, [thought(), thought(), bare(), text(), thought(), signed()]);
        let omits = Back { omits_proofs: true, ..Back::default() };
        assert_eq!(retold(omits, vec![thought(), signed(), text()]).0, [thought(), bare(), text()]);
        let omits = Back { omits_text: true, ..Back::default() };
        assert_eq!(retold(omits, vec![thought(), signed(), thought(), text()]), (vec![signed(), text()], 0));
        let hides = Back { hides_thoughts: true, ..Back::default() };
        assert_eq!(retold(hides, vec![thought(), signed(), text()]), (vec![text()], 1));
    }
}
