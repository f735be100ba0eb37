//! The reasoning that a call carries in its signature.
//!
//! Google signs the first call of a step ("Thought signatures"), and Gemini CLI relies on it: it drops thoughts from its
//! history and keeps the signatures of calls. So a call carries all reasoning since the call before, with its text, which a
//! signature of Anthropic's holds for, and with its place, since Anthropic wants an answer to begin with its reasoning.

use std::borrow::Cow;

use crate::form::{Block, Passage, Proof, ProofKind, Thought};

/// Gathers the reasoning of an answer for the next call.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Reasoning whose proof hasn't come yet.
    unproved: String,
    /// With the bytes of text that the answer had said before each.
    passages: Vec<(Passage, usize)>,
}

impl Gathered {
    /// Reasoning, of which the text or the proof may be missing, after `said` bytes of the answer's text.
    pub(super) fn think(&mut self, text: &str, proof: Option<&Proof<'_>>, said: usize) {
        self.unproved.push_str(text);
        let Some(proof) = proof else { return };
        let text = std::mem::take(&mut self.unproved);
        let passage = Passage { proof: proof.clone().into_owned(), text, said_after: 0 };
        if says_something(&passage) {
            self.passages.push((passage, said));
        }
    }

    /// What a call after `said` bytes of the answer's text carries, sealed; `None` if there is nothing.
    pub(super) fn take(&mut self, said: usize, maker: &str) -> Option<String> {
        let passages: Vec<Passage> = std::mem::take(&mut self.passages)
            .into_iter()
            .map(|(passage, before)| Passage { said_after: said.saturating_sub(before), ..passage })
            .collect();
        (!passages.is_empty()).then(|| Passage::seal_all(&passages, maker))
    }
}

/// One that proves nothing of nothing only marks a call that Gemini didn't make.
fn says_something(passage: &Passage) -> bool {
    passage.proof.kind != ProofKind::Bare || !passage.text.is_empty()
}

/// Puts the reasoning that the next call carries where it stood among what the same speaker has said before. Clients that
/// send their thoughts back too have said it already.
pub(super) fn bring_back(passages: Vec<Passage>, blocks: &mut Vec<Block<'_>>) {
    let mut from = blocks.iter().rposition(|block| matches!(block, Block::Call(_))).map_or(0, |call| call + 1);
    for passage in passages.into_iter().filter(says_something) {
        let standing = (from..blocks.len()).find(|&at| is_there(&passage, at, blocks));
        let at = standing.unwrap_or_else(|| {
            let at = place(passage.said_after, from, blocks);
            blocks.insert(at, Block::Thought(Thought { text: Cow::Borrowed(""), proof: None }));
            at
        });
        if let Block::Thought(thought) = &mut blocks[at] {
            thought.proof = Some(passage.proof);
            if !passage.text.is_empty() {
                thought.text = Cow::Owned(passage.text);
            }
        }
        from = at + 1;
    }
}

/// Whether the block at `at` is the passage, be it without the proof.
fn is_there(passage: &Passage, at: usize, blocks: &[Block<'_>]) -> bool {
    let Block::Thought(Thought { text, proof }) = &blocks[at] else { return false };
    match proof {
        Some(proof) => *proof == passage.proof && (!proof.data.is_empty() || *text == passage.text),
        None if passage.text.is_empty() => passage.proof.kind.ends_text() && at + 1 == blocks.len(),
        None => *text == passage.text,
    }
}

/// Where, not before `from`, as many bytes of text follow as were said after a passage. A text is divided there, since
/// Gemini CLI joins those that follow each other.
fn place(said_after: usize, from: usize, blocks: &mut Vec<Block<'_>>) -> usize {
    let mut left = said_after;
    for at in (from..blocks.len()).rev() {
        if left == 0 {
            return at + 1;
        }
        let Block::Text(text) = &mut blocks[at] else { continue };
        match text.len().checked_sub(left) {
            Some(0) | None => left = left.saturating_sub(text.len()),
            Some(before) => {
                let Some(after) = split_off(text, before) else { return at };
                blocks.insert(at + 1, Block::Text(after));
                return at + 1;
            }
        }
    }
    from
}

/// Leaves the first bytes of a text and gives the others; `None` if a letter stands across.
fn split_off<'a>(text: &mut Cow<'a, str>, at: usize) -> Option<Cow<'a, str>> {
    match text {
        Cow::Borrowed(whole) => {
            let (before, after) = whole.split_at_checked(at)?;
            *whole = before;
            Some(Cow::Borrowed(after))
        }
        Cow::Owned(whole) => whole.is_char_boundary(at).then(|| Cow::Owned(whole.split_off(at))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Call;

    fn proof(kind: ProofKind, data: &'static str) -> Proof<'static> {
        Proof { maker: Some("m".into()), ..Proof::new(kind, data.into()) }
    }

    fn passage(text: &str, data: &'static str, said_after: usize) -> Passage {
        Passage { proof: proof(ProofKind::Signature, data), text: text.to_owned(), said_after }
    }

    fn thought(text: &'static str, data: &'static str) -> Block<'static> {
        Block::Thought(Thought { text: text.into(), proof: Some(proof(ProofKind::Signature, data)) })
    }

    fn unproved(text: &'static str) -> Block<'static> {
        Block::Thought(Thought { text: text.into(), proof: None })
    }

    fn text(text: &'static str) -> Block<'static> {
        Block::Text(text.into())
    }

    fn call() -> Block<'static> {
        Block::Call(Call { id: "c".into(), name: "f".into(), arguments: "{}".into(), custom: false })
    }

    fn brought(passages: &[Passage], mut blocks: Vec<Block<'static>>) -> Vec<Block<'static>> {
        bring_back(passages.to_vec(), &mut blocks);
        blocks
    }

    #[test]
    fn reasoning_stands_where_it_stood() {
        let both = [passage("a", "1", 5), passage("b", "2", 3)];
        assert_eq!(
            brought(&both, vec![text("éxyz")]),
            [thought("a", "1"), text("é"), thought("b", "2"), text("xyz")],
            "texts that the client joined"
        );
        assert_eq!(
            brought(&both, vec![text("é"), text("xyz")]),
            [thought("a", "1"), text("é"), thought("b", "2"), text("xyz")],
        );
        let owned = Block::Text(Cow::Owned("éxyz".to_owned()));
        assert_eq!(brought(&both, vec![owned]), [thought("a", "1"), text("é"), thought("b", "2"), text("xyz")]);
        let adjacent = [passage("a", "1", 3), passage("b", "2", 3), passage("c", "3", 0)];
        assert_eq!(
            brought(&adjacent, vec![text("w"), call(), text("xyz")]),
            [text("w"), call(), thought("a", "1"), thought("b", "2"), text("xyz"), thought("c", "3")],
        );
    }

    #[test]
    fn reasoning_is_kept_in_order_where_the_text_was_changed() {
        let both = [passage("a", "1", 9), passage("b", "2", 7)];
        assert_eq!(brought(&both, vec![]), [thought("a", "1"), thought("b", "2")]);
        assert_eq!(brought(&both, vec![call(), text("x")]), [call(), thought("a", "1"), thought("b", "2"), text("x")]);
        let across = brought(&[passage("a", "1", 1)], vec![text("é")]);
        assert_eq!(across, [thought("a", "1"), text("é")], "a letter is not divided");
    }

    #[test]
    fn reasoning_that_the_client_sends_too_is_not_doubled() {
        let both = [passage("a", "1", 1), passage("b", "2", 0)];
        let whole = vec![thought("a", "1"), text("x"), thought("b", "2")];
        assert_eq!(brought(&both, whole.clone()), whole);
        assert_eq!(brought(&both, vec![unproved("a"), text("x"), unproved("b")]), whole, "it lost the proofs");
        assert_eq!(brought(&both, vec![thought("", "1"), text("x"), thought("", "2")]), whole, "it lost the texts");
        assert_eq!(brought(&both, vec![thought("a", "1"), text("x")]), whole, "it lost one");
        assert_eq!(brought(&both, vec![text("x"), thought("b", "2")]), whole, "it lost the other");
    }

    #[test]
    fn what_proves_nothing_is_known_by_its_text() {
        let bare = |text: &str| Passage { proof: proof(ProofKind::Bare, ""), text: text.to_owned(), said_after: 0 };
        let thought =
            |text: &'static str| Block::Thought(Thought { text: text.into(), proof: Some(proof(ProofKind::Bare, "")) });
        let all = [bare("a"), bare(""), bare("b"), bare("b")];
        let expected = [thought("a"), thought("b"), thought("b")];
        assert_eq!(brought(&all, vec![]), expected);
        assert_eq!(brought(&all, vec![thought("a"), thought("b")]), expected);
    }

    #[test]
    fn a_call_carries_what_was_thought_since_the_last() {
        let mut gathered = Gathered::default();
        gathered.think("a", None, 0);
        gathered.think("b", Some(&Proof::new(ProofKind::Signature, "1".into())), 0);
        gathered.think("", Some(&Proof::new(ProofKind::Bare, "".into())), 0);
        gathered.think("", Some(&Proof::new(ProofKind::Redacted, "2".into())), 4);
        let opened = Passage::open_all(&gathered.take(6, "m").unwrap()).unwrap();
        let redacted = Passage { proof: proof(ProofKind::Redacted, "2"), ..passage("", "", 2) };
        assert_eq!(opened, [passage("ab", "1", 6), redacted]);
        assert_eq!(gathered.take(6, "m"), None);
    }
}
