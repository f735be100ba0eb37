//! What proves reasoning to its maker, on its way through a client that speaks another dialect.
//!
//! Providers sign or encrypt their reasoning and refuse what they did not make, so it may go back only to the provider and
//! account that it came from. A client keeps it as an opaque text (Anthropic's `signature` and `data`, OpenAI's
//! `encrypted_content`, Gemini's `thoughtSignature`), and so it travels sealed: base64 of a mark, who made it, which kind
//! it is, and the proof itself. Base64, because Gemini's field is one; the mark's length makes every sealed proof begin
//! with [`SEAL`], so that a body without any is known by one search.
//!
//! Where the client keeps nothing but the proof, the reasoning's text travels inside, and so may several passages of
//! reasoning at once ([`Passage`]).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How every sealed proof begins, as it stands in a body.
pub(crate) const SEAL: &str = "bWFpbnN0YXk6";

const MARK: &[u8] = b"mainstay:";

/// Parts of a sealed proof are divided by it; none of the parts before the last holds one.
const DIVIDER: char = '\u{1f}';

/// What Gemini takes in place of a signature for calls that it did not make (its documentation, "Thought signatures").
pub(crate) const GEMINI_STAND_IN: &str = "skip_thought_signature_validator";

/// What a proof proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProofKind {
    /// Anthropic's `signature` of a thinking block; the block's text belongs to it.
    Signature,
    /// Anthropic's `redacted_thinking`: there is no text.
    Redacted,
    /// OpenAI's `encrypted_content` of a reasoning item; text beside it is the item's summary.
    Encrypted,
    /// Gemini's signature of a thought part; the text belongs to it.
    ThoughtPart,
    /// Gemini's signature of a function call, which is the next call.
    CallPart,
    /// Gemini's signature of an answer's text, which is the text before.
    TextPart,
    /// Nothing is proved: a provider that doesn't sign said the text, and may have it back.
    Bare,
}

impl ProofKind {
    const ALL: [(ProofKind, &str); 7] = [
        (ProofKind::Signature, "s"),
        (ProofKind::Redacted, "r"),
        (ProofKind::Encrypted, "e"),
        (ProofKind::ThoughtPart, "t"),
        (ProofKind::CallPart, "c"),
        (ProofKind::TextPart, "x"),
        (ProofKind::Bare, "b"),
    ];

    /// It belongs to the reasoning before it, not to a call or a text.
    pub(crate) fn ends_text(self) -> bool {
        matches!(self, ProofKind::Signature | ProofKind::Encrypted | ProofKind::ThoughtPart | ProofKind::Bare)
    }

    fn letter(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("b", |(_, letter)| letter)
    }
}

/// A proof.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Proof<'a> {
    pub(crate) kind: ProofKind,
    /// The tag of the provider and account that made it; `None` while it stands in its maker's own dialect.
    pub(crate) maker: Option<Cow<'a, str>>,
    /// The id of OpenAI's reasoning item.
    pub(crate) id: Option<Cow<'a, str>>,
    /// As the maker wrote it.
    pub(crate) data: Cow<'a, str>,
}

impl<'a> Proof<'a> {
    /// A proof as its maker wrote it.
    pub(crate) fn new(kind: ProofKind, data: Cow<'a, str>) -> Self {
        Proof { kind, maker: None, id: None, data }
    }

    /// For a client of another dialect to keep. `maker` is the tag of who made it.
    pub(crate) fn seal(&self, maker: &str) -> String {
        let id = self.id.as_deref().unwrap_or_default();
        let d = DIVIDER;
        let text = format!("mainstay:{}{d}{maker}{d}{id}{d}{}", self.kind.letter(), self.data);
        STANDARD.encode(text)
    }

    /// A sealed proof that comes back, the first if there are several; `None` for a text that is none.
    pub(crate) fn open(text: &str) -> Option<Proof<'static>> {
        Passage::open_all(text)?.into_iter().next().map(|passage| passage.proof)
    }

    /// The proof that a client's body holds: sealed by us, or as its maker wrote it.
    pub(crate) fn read(kind: ProofKind, data: Cow<'a, str>) -> Self {
        Proof::open(&data).unwrap_or_else(|| Proof::new(kind, data))
    }

    /// Whether the provider and account with the tag `maker` made it. An empty tag names nobody.
    pub(crate) fn is_by(&self, maker: &str) -> bool {
        !maker.is_empty() && self.maker.as_deref() == Some(maker)
    }

    pub(crate) fn into_owned(self) -> Proof<'static> {
        Proof {
            kind: self.kind,
            maker: self.maker.map(|maker| Cow::Owned(maker.into_owned())),
            id: self.id.map(|id| Cow::Owned(id.into_owned())),
            data: Cow::Owned(self.data.into_owned()),
        }
    }
}

/// A passage of reasoning that is sealed with its text and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Passage {
    pub(crate) proof: Proof<'static>,
    /// The reasoning itself; empty where it is hidden, or kept beside the proof.
    pub(crate) text: String,
    /// How much the answer said between the reasoning and what carries the proof, in bytes of text.
    pub(crate) said_after: usize,
}

impl Passage {
    /// Seals passages, in order, as one text. Each has the lengths of what it holds behind its kind's letter, so that the
    /// next can follow; a single one with nothing but a proof is sealed as that.
    pub(crate) fn seal_all(passages: &[Passage], maker: &str) -> String {
        if let [Passage { proof, text, said_after: 0 }] = passages
            && text.is_empty()
        {
            return proof.seal(maker);
        }
        let d = DIVIDER;
        let sealed = passages.iter().map(|Passage { proof, text, said_after }| {
            let (letter, id, data) = (proof.kind.letter(), proof.id.as_deref().unwrap_or_default(), &*proof.data);
            let (data_bytes, text_bytes) = (data.len(), text.len());
            format!("{letter}{data_bytes},{text_bytes},{said_after}{d}{maker}{d}{id}{d}{data}{text}")
        });
        STANDARD.encode(["mainstay:".to_owned()].into_iter().chain(sealed).collect::<String>())
    }

    /// What is sealed in a text; `None` if it isn't sealed, or not whole.
    pub(crate) fn open_all(text: &str) -> Option<Vec<Passage>> {
        if !text.starts_with(SEAL) {
            return None;
        }
        let bytes = STANDARD.decode(text).ok()?;
        let mut left = std::str::from_utf8(bytes.strip_prefix(MARK)?).ok()?;
        let mut passages = Vec::new();
        while !left.is_empty() || passages.is_empty() {
            let (passage, rest) = Passage::open_next(left)?;
            passages.push(passage);
            left = rest;
        }
        Some(passages)
    }

    /// The first passage of an opened text, and what follows it.
    fn open_next(text: &str) -> Option<(Passage, &str)> {
        let mut parts = text.splitn(4, DIVIDER);
        let (head, maker, id, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (letter, lengths) = head.split_at_checked(1)?;
        let kind = ProofKind::ALL.iter().find(|(_, own)| *own == letter)?.0;
        let (data_bytes, text_bytes, said_after) = if lengths.is_empty() {
            (rest.len(), 0, 0)
        } else {
            let mut lengths = lengths.splitn(3, ',').map(|length| length.parse().ok());
            (lengths.next()??, lengths.next()??, lengths.next()??)
        };
        let (data, rest) = rest.split_at_checked(data_bytes)?;
        let (text, rest) = rest.split_at_checked(text_bytes)?;
        let proof = Proof {
            kind,
            maker: Some(Cow::Owned(maker.to_owned())),
            id: (!id.is_empty()).then(|| Cow::Owned(id.to_owned())),
            data: Cow::Owned(data.to_owned()),
        };
        Some((Passage { proof, text: text.to_owned(), said_after }, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_foreign_text_is_no_sealed_proof() {
        for text in ["", "EqQBCgIYAhIM", SEAL, "bWFpbnN0YXk6!!", "bWFpbnN0YXk6cwo="] {
            assert_eq!(Proof::open(text), None, "{text}");
        }
    }

    #[test]
    fn a_proof_is_its_makers_alone() {
        let proof = Proof::new(ProofKind::Signature, "sig".into());
        assert!(!proof.is_by("") && !proof.is_by("a1"));
        let back = Proof::open(&proof.seal("a1")).unwrap();
        assert!(back.is_by("a1") && !back.is_by("a2"));
        assert!(!Proof::open(&proof.seal("")).unwrap().is_by(""));
    }

    #[test]
    fn passages_that_are_not_whole_are_none() {
        let sealed = |text: &str| STANDARD.encode(format!("mainstay:{text}"));
        let d = DIVIDER;
        assert!(Passage::open_all(&sealed(&format!("s1,1,0{d}m{d}{d}dt"))).is_some());
        for text in [
            format!("s1,9,0{d}m{d}{d}dt"),
            format!("s9,1,0{d}m{d}{d}dt"),
            format!("s1,{},0{d}m{d}{d}dt", u64::MAX),
            format!("s1,1{d}m{d}{d}dt"),
            format!("s1,1,0{d}m{d}{d}dtmore"),
            format!("s1,2,0{d}m{d}{d}dé{d}"),
            format!("é{d}m{d}{d}dt"),
            format!("z1,1,0{d}m{d}{d}dt"),
            format!("{d}m{d}{d}dt"),
        ] {
            assert_eq!(Passage::open_all(&sealed(&text)), None, "{text}");
            assert_eq!(Proof::open(&sealed(&text)), None, "{text}");
        }
    }

    fn any_proof() -> impl Strategy<Value = Proof<'static>> {
        let kind = prop::sample::select(ProofKind::ALL.map(|(kind, _)| kind).to_vec());
        (kind, prop::option::of("[a-z0-9_]{1,40}"), "\\PC{0,80}").prop_map(|(kind, id, data)| Proof {
            kind,
            maker: None,
            id: id.map(Cow::Owned),
            data: data.into(),
        })
    }

    fn any_passage() -> impl Strategy<Value = Passage> {
        (any_proof(), prop_oneof![Just(String::new()), any::<String>()], prop_oneof![Just(0), any::<usize>()])
            .prop_map(|(proof, text, said_after)| Passage { proof, text, said_after })
    }

    proptest! {
        #[test]
        fn what_is_sealed_comes_back_as_it_was(proof in any_proof(), maker in "[a-z0-9]{0,12}") {
            let sealed = proof.seal(&maker);
            prop_assert!(sealed.starts_with(SEAL));
            let back = Proof::open(&sealed).unwrap();
            prop_assert_eq!(back.maker.as_deref(), Some(&*maker));
            prop_assert_eq!(Proof { maker: None, ..back }, proof);
        }

        #[test]
        fn passages_come_back_as_they_were_and_the_first_ones_proof_alone(
            passages in prop::collection::vec(any_passage(), 1..4),
            maker in "[a-z0-9]{0,12}",
        ) {
            let sealed = Passage::seal_all(&passages, &maker);
            prop_assert!(sealed.starts_with(SEAL));
            let mut back = Passage::open_all(&sealed).unwrap();
            prop_assert_eq!(Proof::open(&sealed), Some(back[0].proof.clone()));
            for passage in &mut back {
                prop_assert!(passage.proof.maker.take().is_some_and(|own| own == maker));
            }
            prop_assert_eq!(back, passages);
        }

        #[test]
        fn any_text_is_opened_or_refused(text in "[srb][0-9]{0,2},?[0-9]{0,2},?[0-9]?\u{1f}m?\u{1f}i?\u{1f}\\PC{0,12}") {
            let sealed = STANDARD.encode(format!("mainstay:{text}"));
            prop_assert_eq!(Proof::open(&sealed).is_some(), Passage::open_all(&sealed).is_some());
        }
    }
}
