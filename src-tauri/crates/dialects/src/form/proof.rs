//! What proves reasoning to its maker, on its way through a client that speaks another dialect.
//!
//! Providers sign or encrypt their reasoning and refuse what they did not make, so it may go back only to the provider and
//! account that it came from. A client keeps it as an opaque text (Anthropic's `signature` and `data`, OpenAI's
//! `encrypted_content`, Gemini's `thoughtSignature`), and so it travels sealed: base64 of a mark, who made it, which kind
//! it is, and the proof itself. Base64, because Gemini's field is one; the mark's length makes every sealed proof begin
//! with [`SEAL`], so that a body without any is known by one search.

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

    /// A sealed proof that comes back; `None` for a text that is none.
    pub(crate) fn open(text: &str) -> Option<Proof<'static>> {
        if !text.starts_with(SEAL) {
            return None;
        }
        let bytes = STANDARD.decode(text).ok()?;
        let text = std::str::from_utf8(bytes.strip_prefix(MARK)?).ok()?;
        let mut parts = text.splitn(4, DIVIDER);
        let letter = parts.next()?;
        let kind = ProofKind::ALL.iter().find(|(_, own)| *own == letter)?.0;
        let maker = parts.next()?.to_owned();
        let id = parts.next()?.to_owned();
        let data = parts.next()?.to_owned();
        Some(Proof {
            kind,
            maker: Some(Cow::Owned(maker)),
            id: (!id.is_empty()).then_some(Cow::Owned(id)),
            data: Cow::Owned(data),
        })
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

    proptest! {
        #[test]
        fn what_is_sealed_comes_back_as_it_was(
            kind in prop::sample::select(ProofKind::ALL.map(|(kind, _)| kind).to_vec()),
            maker in "[a-z0-9]{0,12}",
            id in prop::option::of("[a-z0-9_]{1,40}"),
            data in "\\PC{0,80}",
        ) {
            let proof = Proof { kind, maker: None, id: id.map(Cow::Owned), data: data.into() };
            let sealed = proof.seal(&maker);
            prop_assert!(sealed.starts_with(SEAL));
            let back = Proof::open(&sealed).unwrap();
            prop_assert_eq!(back.maker.as_deref(), Some(&*maker));
            prop_assert_eq!(Proof { maker: None, ..back }, proof);
        }
    }
}
