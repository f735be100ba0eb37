//! The common form: what a request and an answer say, apart from any dialect.
//!
//! It carries text for now. What else a request may hold makes it one for members of its own dialect, and what else an
//! answer may hold is a [`Piece::Other`], which no writer is given: so a kind of content is added here, then in the readers
//! and writers, and the compiler names the places.

use std::borrow::Cow;

use crate::error_body::ErrorBody;
use crate::setting::Sent;
use crate::terms::Note;
use crate::usage::Usage;

/// A request.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    /// System prompt, and what system or developer messages say, in order.
    pub(crate) system: Vec<Cow<'a, str>>,
    pub(crate) turns: Vec<Turn<'a>>,
    pub(crate) settings: Vec<Sent>,
    /// What reading it had to leave out or move.
    pub(crate) notes: Vec<Note>,
}

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
}

#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) role: Role,
    pub(crate) texts: Vec<Cow<'a, str>>,
}

/// The most notes that reading a request makes, and the most characters of a name in one: both are the client's to choose.
const NOTES: usize = 32;
const NAME: usize = 80;

impl Request<'_> {
    /// Notes that something is left out, once for each field.
    pub(crate) fn leave_out(&mut self, field: impl AsRef<str>) {
        self.note("not-carried", field.as_ref(), "is left out in translation");
    }

    /// Notes that a system message stood among the turns.
    pub(crate) fn moved(&mut self, field: &str) {
        self.note("moved", field, "to the system prompt");
    }

    fn note(&mut self, code: &'static str, field: &str, detail: &str) {
        let field: String = field.chars().take(NAME).collect();
        if self.notes.len() < NOTES && !self.notes.iter().any(|note| note.field == field) {
            self.notes.push(Note { code, field, detail: detail.to_owned() });
        }
    }

    /// Makes the last system text a turn if there is none: some providers need one, and a request that has only
    /// instructions wants them followed.
    pub(crate) fn need_a_turn(&mut self) {
        if self.turns.is_empty()
            && let Some(text) = self.system.pop()
        {
            self.turns.push(Turn { role: Role::User, texts: vec![text] });
            self.note("moved", "system", "to a user turn, since there is no other");
        }
    }

    /// Leaves out empty texts and turns, which some providers refuse.
    pub(crate) fn drop_empty(&mut self) {
        let before = self.turns.len();
        for turn in &mut self.turns {
            turn.texts.retain(|text| !text.is_empty());
        }
        self.turns.retain(|turn| !turn.texts.is_empty());
        self.system.retain(|text| !text.is_empty());
        if self.turns.len() < before {
            self.note("not-carried", "messages", "an empty turn is left out");
        }
    }
}

/// A piece of an answer's content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    Text(Cow<'a, str>),
    /// Reasoning counts as content and is not passed on in translation: the dialects' signatures don't survive it.
    Reasoning,
    Refusal(Cow<'a, str>),
    /// Content that the form doesn't carry; its name.
    Other(&'static str),
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
}

/// A name that an upstream gives, at a length that fits a header.
pub(crate) fn name(text: &str) -> String {
    text.chars().take(200).collect()
}

impl Tally {
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
}

impl Reading<'_> {
    pub(crate) fn error(error: ErrorBody) -> Self {
        Reading { fault: Some(Fault::Error(Box::new(error))), ..Reading::default() }
    }

    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Reading { fault: Some(Fault::Malformed(reason.into())), ..Reading::default() }
    }

    pub(crate) fn has_content(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Text(text) | Piece::Refusal(text) => !text.is_empty(),
            Piece::Reasoning | Piece::Other(_) => true,
        })
    }
}
