//! An answer: what it says, piece by piece as a stream tells it.
//!
//! Readers give pieces, also of a whole answer. Between reader and writer they are put in order
//! ([`Sequence`](super::sequence::Sequence)), so that a writer sees one call after the other. A whole answer is
//! written from blocks, which [`fold`](super::fold::fold) makes of the pieces.

use std::borrow::Cow;

use super::proof::{Proof, ProofKind};
use super::request::{Citation, Media};
use crate::error_body::ErrorBody;
use crate::json::View;
use crate::usage::Usage;

/// What tells one tool call of an answer from another; the reader's to choose.
pub(crate) type Slot = u64;

/// A piece of an answer's content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    Text(Cow<'a, str>),
    Refusal(Cow<'a, str>),
    /// Reasoning. What follows another such piece goes on with it, unless a proof stands between them.
    Thought(Cow<'a, str>),
    /// Ends the reasoning before it, or stands for some that is kept secret, or goes with the next call or the text before;
    /// its kind tells.
    Proof(Proof<'a>),
    /// A tool call begins. The id may be empty.
    CallStart {
        slot: Slot,
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        custom: bool,
    },
    /// The next part of its arguments; never empty.
    CallArgs {
        slot: Slot,
        text: Cow<'a, str>,
    },
    /// Its arguments are complete. Not every dialect says so; the order that the pieces are put in does.
    CallEnd {
        slot: Slot,
    },
    /// A source that the text before it cites.
    Citation(Citation<'a>),
    /// An image or sound that the model made.
    Media(Media<'a>),
    /// Content that the form doesn't carry, such as what a provider-run tool did; its name.
    Other(&'static str),
}

impl Piece<'_> {
    pub(crate) fn into_owned(self) -> Piece<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Piece::Text(text) => Piece::Text(own(text)),
            Piece::Refusal(text) => Piece::Refusal(own(text)),
            Piece::Thought(text) => Piece::Thought(own(text)),
            Piece::Proof(proof) => Piece::Proof(proof.into_owned()),
            Piece::CallStart { slot, id, name, custom } => {
                Piece::CallStart { slot, id: own(id), name: own(name), custom }
            }
            Piece::CallArgs { slot, text } => Piece::CallArgs { slot, text: own(text) },
            Piece::CallEnd { slot } => Piece::CallEnd { slot },
            Piece::Citation(citation) => Piece::Citation(citation.into_owned()),
            Piece::Media(media) => Piece::Media(media.into_owned()),
            Piece::Other(name) => Piece::Other(name),
        }
    }

    /// Whether it is content in the sense of the commit gate (failover §3.1): a call is once its arguments begin or end,
    /// or if it is a custom tool's.
    pub(crate) fn is_content(&self) -> bool {
        match self {
            Piece::Text(text) | Piece::Refusal(text) | Piece::Thought(text) => !text.is_empty(),
            Piece::Proof(proof) => matches!(proof.kind, ProofKind::Redacted | ProofKind::Encrypted),
            Piece::Citation(_) => false,
            Piece::CallStart { custom, .. } => *custom,
            Piece::CallArgs { .. } | Piece::CallEnd { .. } | Piece::Media(_) | Piece::Other(_) => true,
        }
    }
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    End,
    Length,
    StopSequence,
    ToolUse,
    Refusal,
    ContextWindow,
    Pause,
    /// A reason that this crate doesn't know; taken for an end.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) reason: Reason,
    /// In the upstream's spelling.
    pub(crate) raw: String,
    /// The sequence that was met, where the upstream tells it.
    pub(crate) sequence: Option<String>,
}

/// What an answer has told about itself so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) model: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) stop: Option<Stop>,
    /// Ids of what the provider keeps of the answer, which a later request may refer to.
    pub(crate) kept: Vec<String>,
}

/// Of an answer's ids, how many are remembered; a later request refers to the answer's own, or to those of its last items.
const MOST_KEPT: usize = 64;

/// A name that an upstream gives, at a length that fits a header.
pub(crate) fn name(text: &str) -> String {
    text.chars().take(200).collect()
}

impl Tally {
    /// Remembers an id of what the provider keeps.
    pub(crate) fn keep(&mut self, id: Option<View<'_>>) {
        let Some(id) = id.and_then(View::str).filter(|id| !id.is_empty() && id.len() <= 512) else { return };
        if self.kept.len() < MOST_KEPT && !self.kept.iter().any(|known| *known == *id) {
            self.kept.push(id.into_owned());
        }
    }

    /// Keeps a model's name; the first that is not empty counts.
    pub(crate) fn name_model(&mut self, model: Option<Cow<'_, str>>) {
        if self.model.is_none() {
            self.model = model.filter(|model| !model.is_empty()).map(|model| name(&model));
        }
    }
}

/// Why data is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Error(Box<ErrorBody>),
    Malformed(String),
}

/// What one event of a stream says, or a whole answer.
#[derive(Debug, Default)]
pub(crate) struct Reading<'a> {
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) fault: Option<Fault>,
    /// It holds a stop reason.
    pub(crate) stopped: bool,
    /// Nothing that matters comes after it.
    pub(crate) closed: bool,
    /// It belongs to the answer: not a ping or the like.
    pub(crate) started: bool,
    /// The provider has begun to make something that is told when it is whole. It is content, though there is no piece yet.
    pub(crate) makes: bool,
}

impl Reading<'_> {
    pub(crate) fn error(error: ErrorBody) -> Self {
        Reading { fault: Some(Fault::Error(Box::new(error))), ..Reading::default() }
    }

    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Reading { fault: Some(Fault::Malformed(reason.into())), ..Reading::default() }
    }

    /// How many bytes of text, reasoning and arguments it holds.
    pub(crate) fn said_bytes(&self) -> u64 {
        let length = |piece: &Piece<'_>| match piece {
            Piece::Text(text) | Piece::Refusal(text) | Piece::Thought(text) | Piece::CallArgs { text, .. } => {
                text.len()
            }
            _ => 0,
        };
        self.pieces.iter().map(length).sum::<usize>() as u64
    }

    pub(crate) fn has_content(&self) -> bool {
        self.makes || self.pieces.iter().any(Piece::is_content)
    }
}
