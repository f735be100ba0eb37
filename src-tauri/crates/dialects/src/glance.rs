//! What routing needs from a request body, read without building a tree.

use crate::dialect::Dialect;

/// What a request asks for, as far as routing cares.
///
/// For Gemini, model and streaming are in the URL: here [`model`](Glance::model) is `None` and
/// [`stream`](Glance::stream) false.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// The model that the client asks for.
    pub model: Option<String>,
    /// The client wants a stream.
    pub stream: bool,
    /// The request holds an assistant turn or a tool result: a conversation that goes on (failover §4, stickiness).
    pub continues: bool,
    /// The request asks for reasoning, so that first content may take longer (failover §3.5).
    pub reasoning: bool,
    /// What, for now, only a member of the same dialect can serve: `tools`, `images`, `reasoning` and so on. Only things
    /// that bear meaning; empty if the request can be translated.
    pub own_dialect_only: Vec<&'static str>,
    /// A cheap estimate of the input tokens: bytes of text over four, and a fixed cost for each picture, document or
    /// sound (failover §3.12).
    pub token_estimate: u64,
    /// A provider-run tool with effects that the request names (failover §3.6): `code execution`, `MCP`, `computer use`,
    /// `background` or `image generation`.
    pub effects: Option<&'static str>,
    /// State kept at a provider that the request refers to (failover §3.7): `previous response`, `file`, `container`,
    /// `cached content` or `audio`.
    pub state: Option<&'static str>,
}

/// Why a request body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON.
    #[error("the request body is not valid JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, in bytes.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("the request body must be a JSON object")]
    NotAnObject,
    /// A field that every request of the dialect has is not there.
    #[error("the request body has no `{0}`")]
    Missing(&'static str),
    /// A field has a value of the wrong type.
    #[error("`{field}` must be {expected}")]
    WrongType {
        /// The field, such as `messages[2].role`.
        field: String,
        /// What it has to be, such as `a string`.
        expected: &'static str,
    },
}

/// Reads what routing needs from a request body.
///
/// # Errors
/// See [`BodyError`]. A body is refused only for what routing cannot do without; the provider judges the rest.
pub fn glance(dialect: Dialect, body: &[u8]) -> Result<Glance, BodyError> {
    let _ = (dialect, body);
    todo!()
}
