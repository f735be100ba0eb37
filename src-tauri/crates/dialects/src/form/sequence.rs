//! One block at a time: a stream's pieces in an order in which every tool call is whole before the next thing begins.
//!
//! OpenAI's Chat dialect may interleave the arguments of parallel calls and never says when one is complete; the other
//! dialects open and close one block after another. So while a call is open, what belongs to others waits, unless the
//! call's arguments are whole JSON, which nothing can be added to.

use std::collections::{HashMap, VecDeque};

use super::answer::{Piece, Slot};

/// Puts pieces in order. Holds at most what came while one call was open.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    open: Option<(Slot, Progress)>,
    /// What waits for the open call, in the order in which it began.
    queue: VecDeque<Waiting>,
    calls: HashMap<Slot, Call>,
}

#[derive(Debug)]
enum Waiting {
    Piece(Piece<'static>),
    Call(Slot),
}

/// A call that waits, with what has come of it.
#[derive(Debug)]
struct Call {
    pieces: Vec<Piece<'static>>,
    progress: Progress,
    ended: bool,
}

impl Sequence {
    /// Takes the next piece and gives those whose turn it is.
    pub(crate) fn push<'a>(&mut self, piece: Piece<'a>, out: &mut Vec<Piece<'a>>) {
        let Some((slot, progress)) = &mut self.open else { return self.begin(piece, out) };
        let slot = *slot;
        match piece {
            Piece::CallArgs { slot: of, text } if of == slot => {
                progress.read(&text);
                out.push(Piece::CallArgs { slot, text });
            }
            Piece::CallEnd { slot: of } if of == slot => self.end(slot, out),
            piece => {
                let whole = progress.is_whole();
                self.wait(piece);
                if whole {
                    self.end(slot, out);
                }
            }
        }
    }

    /// The answer has ended: all that is left.
    pub(crate) fn finish(&mut self, out: &mut Vec<Piece<'_>>) {
        while let Some((slot, _)) = self.open {
            self.end(slot, out);
        }
    }

    fn begin<'a>(&mut self, piece: Piece<'a>, out: &mut Vec<Piece<'a>>) {
        match &piece {
            Piece::CallStart { slot, .. } => {
                self.open = Some((*slot, Progress::default()));
                out.push(piece);
            }
            // Of a call that is over, or never began.
            Piece::CallArgs { .. } | Piece::CallEnd { .. } => {}
            _ => out.push(piece),
        }
    }

    fn wait(&mut self, piece: Piece<'_>) {
        match piece.into_owned() {
            start @ Piece::CallStart { slot, .. } => {
                let call = Call { pieces: vec![start], progress: Progress::default(), ended: false };
                if self.calls.insert(slot, call).is_none() {
                    self.queue.push_back(Waiting::Call(slot));
                }
            }
            Piece::CallArgs { slot, text } => {
                if let Some(call) = self.calls.get_mut(&slot) {
                    call.progress.read(&text);
                    call.pieces.push(Piece::CallArgs { slot, text });
                }
            }
            Piece::CallEnd { slot } => {
                if let Some(call) = self.calls.get_mut(&slot) {
                    call.ended = true;
                }
            }
            piece => self.queue.push_back(Waiting::Piece(piece)),
        }
    }

    /// Ends the open call and lets out what waited for that: all up to a call of which more may come.
    fn end(&mut self, slot: Slot, out: &mut Vec<Piece<'_>>) {
        out.push(Piece::CallEnd { slot });
        self.open = None;
        while let Some(waiting) = self.queue.pop_front() {
            let slot = match waiting {
                Waiting::Piece(piece) => {
                    out.push(piece);
                    continue;
                }
                Waiting::Call(slot) => slot,
            };
            let Some(call) = self.calls.remove(&slot) else { continue };
            out.extend(call.pieces);
            if call.ended || (call.progress.is_whole() && !self.queue.is_empty()) {
                out.push(Piece::CallEnd { slot });
            } else {
                self.open = Some((slot, call.progress));
                return;
            }
        }
    }
}

/// How far a JSON object or array has come.
#[derive(Debug, Default)]
struct Progress {
    depth: u32,
    begun: bool,
    in_string: bool,
    escaped: bool,
}

impl Progress {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => {
                    self.begun = true;
                    self.depth = self.depth.saturating_add(1);
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_string
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start(slot: u64) -> Piece<'static> {
        Piece::CallStart { slot, id: format!("id{slot}").into(), name: "f".into(), custom: false }
    }

    fn args(slot: u64, text: &'static str) -> Piece<'static> {
        Piece::CallArgs { slot, text: text.into() }
    }

    fn end(slot: u64) -> Piece<'static> {
        Piece::CallEnd { slot }
    }

    fn text(text: &'static str) -> Piece<'static> {
        Piece::Text(text.into())
    }

    fn ordered(pieces: Vec<Piece<'static>>) -> (Vec<Piece<'static>>, usize) {
        let mut sequence = Sequence::default();
        let mut out = Vec::new();
        for piece in pieces {
            sequence.push(piece, &mut out);
        }
        let before = out.len();
        sequence.finish(&mut out);
        (out, before)
    }

    #[test]
    fn a_whole_call_lets_the_next_thing_begin_at_once() {
        let (out, before) =
            ordered(vec![start(0), args(0, "{\"a\":\"}"), args(0, "\"}"), start(1), args(1, "{}"), text("x")]);
        let expected =
            vec![start(0), args(0, "{\"a\":\"}"), args(0, "\"}"), end(0), start(1), args(1, "{}"), end(1), text("x")];
        assert_eq!((out, before), (expected, 8));
    }

    #[test]
    fn interleaved_arguments_come_one_call_after_the_other() {
        let (out, before) =
            ordered(vec![start(0), start(1), args(0, "{"), args(1, "{"), args(0, "}"), args(1, "}"), start(2)]);
        let expected =
            vec![start(0), args(0, "{"), args(0, "}"), end(0), start(1), args(1, "{"), args(1, "}"), end(1), start(2)];
        assert_eq!((out[..9].to_vec(), before), (expected, 9));
        assert_eq!(out[9..], [end(2)]);
    }

    #[test]
    fn an_end_that_is_said_is_an_end_whatever_the_arguments() {
        let (out, _) = ordered(vec![start(0), end(0), start(1), args(1, "free {text"), end(1), text("x")]);
        assert_eq!(out, [start(0), end(0), start(1), args(1, "free {text"), end(1), text("x")]);
    }

    #[test]
    fn arguments_without_a_call_are_dropped() {
        assert_eq!(ordered(vec![args(3, "{}"), end(3), text("x")]).0, [text("x")]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_calls_are_whole_whatever_the_order(
            steps in prop::collection::vec((0_u64..4, 0_usize..3), 0..40),
        ) {
            let mut begun = [false; 4];
            let mut sent = [String::new(), String::new(), String::new(), String::new()];
            let mut texts = 0;
            let mut pieces = Vec::new();
            for (slot, what) in steps {
                match what {
                    0 => { texts += 1; pieces.push(text("t")); }
                    _ if !std::mem::replace(&mut begun[slot as usize], true) => pieces.push(start(slot)),
                    _ => { sent[slot as usize].push('x'); pieces.push(args(slot, "x")); }
                }
            }
            let (out, _) = ordered(pieces);
            prop_assert_eq!(out.iter().filter(|piece| matches!(piece, Piece::Text(_))).count(), texts);
            let mut open = None;
            let mut got = [String::new(), String::new(), String::new(), String::new()];
            for piece in &out {
                match piece {
                    Piece::CallStart { slot, .. } => { prop_assert_eq!(open, None); open = Some(*slot); }
                    Piece::CallArgs { slot, text } => { prop_assert_eq!(open, Some(*slot)); got[*slot as usize] += text; }
                    Piece::CallEnd { slot } => { prop_assert_eq!(open, Some(*slot)); open = None; }
                    _ => prop_assert_eq!(open, None),
                }
            }
            prop_assert_eq!(open, None);
            prop_assert_eq!(got, sent);
        }
    }
}
