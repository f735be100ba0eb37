//! Whole, non-streaming answers: checked, and said in another dialect.

use crate::dialect::{Dialect, Framing};
use crate::error_body::{self, ErrorBody};
use crate::form::{Fault, Reading, Tally, fold};
use crate::json::{Kind, View};
use crate::relay::Opening;
use crate::retell::Retelling;
use crate::stream::{self, Framer};
use crate::terms::Note;
use crate::usage::Usage;
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// What a whole answer amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerGlance {
    /// It has real content (failover §3.1).
    pub content: bool,
    /// The stop reason, in the upstream's spelling.
    pub stop: Option<String>,
    /// Token counts.
    pub usage: Usage,
    /// The model that the upstream says it is.
    pub model: Option<String>,
    /// Ids of what the provider keeps of it, which a later request may refer to (failover §3.7).
    pub kept: Vec<String>,
}

/// Why a whole answer with a status of success is none (failover §2, ServerError).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerFault {
    /// An error envelope inside a success.
    #[error("the answer is an error: {}", .0.message)]
    Error(Box<ErrorBody>),
    /// HTML, not JSON, not this dialect's, or something that the client's dialect has no place for; the reason.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// Neither content nor a stop reason; or a Gemini answer that says `STOP` without parts, `MALFORMED_FUNCTION_CALL` or
    /// `OTHER`.
    #[error("the answer is empty")]
    Empty,
}

/// Checks a whole answer.
///
/// # Errors
/// See [`AnswerFault`].
pub fn read_answer(dialect: Dialect, body: &[u8]) -> Result<AnswerGlance, AnswerFault> {
    let (reading, tally) = read(dialect, body)?;
    Ok(AnswerGlance {
        content: reading.has_content(),
        stop: tally.stop.map(|stop| stop.raw),
        usage: tally.usage,
        model: tally.model,
        kept: tally.kept,
    })
}

fn read(dialect: Dialect, body: &[u8]) -> Result<(Reading<'_>, Tally), AnswerFault> {
    if body.trim_ascii().is_empty() {
        return Err(AnswerFault::Empty);
    }
    let root = View::parse(body).map_err(|_| AnswerFault::Malformed(not_json(body).to_owned()))?;
    // Gemini can tell an error in an array.
    let root = root.items().next().unwrap_or(root);
    if root.kind() != Kind::Object {
        return Err(AnswerFault::Malformed("not a JSON object".to_owned()));
    }
    let [error, kind] = root.pick(["error", "type"]);
    if error.is_some() || kind.and_then(View::str).is_some_and(|kind| kind == "error") {
        return Err(AnswerFault::Error(Box::new(error_body::of_view(root))));
    }
    let (mut reading, tally) = match dialect {
        Dialect::Anthropic => anthropic::read_whole(root),
        Dialect::OpenaiChat => openai_chat::read_whole(root),
        Dialect::OpenaiResponses => openai_responses::read_whole(root),
        Dialect::Gemini => gemini::read_whole(root),
    };
    match reading.fault.take() {
        // Error envelopes were told apart above: what Gemini's reader finds is an answer that is none.
        Some(Fault::Error(_)) if dialect == Dialect::Gemini => Err(AnswerFault::Empty),
        Some(Fault::Error(error)) => Err(AnswerFault::Error(error)),
        Some(Fault::Malformed(reason)) => Err(AnswerFault::Malformed(reason)),
        None if !reading.has_content() && !reading.stopped => Err(AnswerFault::Empty),
        None => Ok((reading, tally)),
    }
}

fn not_json(body: &[u8]) -> &'static str {
    let body = body.trim_ascii_start();
    if body.starts_with(b"<") {
        "HTML in place of an answer"
    } else if [&b"data:"[..], b"event:", b":"].iter().any(|start| body.starts_with(start)) {
        "a stream in place of a whole answer"
    } else {
        "not JSON"
    }
}

/// A whole answer in the client's dialect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The body.
    pub body: Vec<u8>,
    /// What the client's dialect has no place for, or has in another form.
    pub notes: Vec<Note>,
}

/// Says a whole answer as the stream that the client asked for, where its member was not to stream. Same dialect or other.
///
/// # Errors
/// See [`AnswerFault`].
pub fn stream_answer(
    upstream: Dialect,
    client: Dialect,
    framing: Framing,
    body: &[u8],
    opening: &Opening,
) -> Result<Converted, AnswerFault> {
    let (reading, tally) = read(upstream, body)?;
    let mut retelling = Retelling::new(opening.clone());
    let mut pieces = retelling.push(reading.pieces);
    pieces.extend(retelling.finish());
    let tally = retelling.tally(&tally);
    let mut writer = stream::writer(client, opening.clone());
    let mut events = writer.open(&tally);
    for piece in pieces {
        events.extend(writer.piece(&piece, &tally));
    }
    events.extend(writer.close(&tally));
    retelling.note_untold(writer.untold());
    let mut framer = Framer::new(framing);
    let mut body: Vec<u8> = events.iter().flat_map(|event| framer.frame(event)).collect();
    body.extend_from_slice(framer.end());
    Ok(Converted { body, notes: retelling.notes().list().to_vec() })
}

/// Says a whole answer in the client's dialect. Same dialect: `body` unchanged.
///
/// # Errors
/// See [`AnswerFault`].
pub fn convert_answer(
    upstream: Dialect,
    client: Dialect,
    body: &[u8],
    opening: &Opening,
) -> Result<Converted, AnswerFault> {
    if upstream == client {
        return Ok(Converted { body: body.to_vec(), notes: Vec::new() });
    }
    let (reading, tally) = read(upstream, body)?;
    let mut retelling = Retelling::new(opening.clone());
    let mut pieces = retelling.push(reading.pieces);
    pieces.extend(retelling.finish());
    let tally = retelling.tally(&tally);
    let blocks = fold(pieces);
    let write = match client {
        Dialect::Anthropic => anthropic::write_whole,
        Dialect::OpenaiChat => openai_chat::write_whole,
        Dialect::OpenaiResponses => openai_responses::write_whole,
        Dialect::Gemini => gemini::write_whole,
    };
    let mut notes = retelling.notes().clone();
    let body = write(&blocks, &tally, opening, &mut notes).into_bytes();
    Ok(Converted { body, notes: notes.into_list() })
}
