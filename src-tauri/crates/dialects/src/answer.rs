//! Whole, non-streaming answers: checked, and said in another dialect.

use crate::dialect::Dialect;
use crate::error_body::ErrorBody;
use crate::relay::Opening;
use crate::usage::Usage;

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
    let _ = (dialect, body);
    todo!()
}

/// Says a whole answer in the client's dialect. Same dialect: `body` unchanged.
///
/// # Errors
/// See [`AnswerFault`]. [`AnswerFault::Malformed`] also if the answer holds something that the translation does not carry,
/// such as a tool call.
pub fn convert_answer(
    upstream: Dialect,
    client: Dialect,
    body: &[u8],
    opening: &Opening,
) -> Result<Vec<u8>, AnswerFault> {
    let _ = (upstream, client, body, opening);
    todo!()
}
