//! A stream on its way from upstream to client: bytes in, frames out.

use crate::dialect::{Dialect, Framing};
use crate::error_body::ErrorBody;
use crate::error_write::ClientError;
use crate::usage::Usage;

/// Facts that an encoder needs when the upstream doesn't give them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// A unique suffix to build ids from, such as `msg_{id}`.
    pub id: String,
    /// The model to name when the upstream names none.
    pub model: String,
    /// When the answer was begun, in seconds since 1970.
    pub created_s: u64,
    /// The client asked for `stream_options.include_usage`. OpenAI only.
    pub include_usage: bool,
}

/// A piece of a stream that is passed on whole or held whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// For the client. May be empty: the upstream's event has no counterpart in the client's dialect.
    pub bytes: Vec<u8>,
    /// What it means for the commit gate.
    pub sign: Sign,
}

/// What a frame means for the commit gate (failover §3.1).
#[derive(Clone, Debug, PartialEq)]
pub enum Sign {
    /// Nothing yet: pings, comments, starts, role-only and empty deltas, usage.
    Neutral,
    /// Real content: text, reasoning, a refusal, a tool call whose arguments begin or end, the start of a tool call that
    /// the provider runs.
    Content,
    /// A stop reason: the answer is complete, even if empty.
    Terminal,
    /// An error inside the stream. The frame's bytes are the upstream's own event when the dialects agree, else empty.
    Error(Box<ErrorBody>),
    /// Data that isn't the dialect's, or that the client's dialect has no place for; the reason.
    Malformed(String),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A stop reason was seen.
    Whole,
    /// There was something besides neutral frames, but no stop reason.
    Truncated,
    /// There was nothing but neutral frames.
    Empty,
}

/// Carries a stream from an upstream to a client.
///
/// Any split of the upstream's bytes over [`push`](Relay::push) gives the same frames.
#[derive(Debug)]
pub struct Relay {
    upstream: Dialect,
    client: Dialect,
    framing: Framing,
    opening: Opening,
}

impl Relay {
    /// A relay for one attempt's stream.
    pub fn new(upstream: Dialect, client: Dialect, framing: Framing, opening: Opening) -> Self {
        Relay { upstream, client, framing, opening }
    }

    /// Takes the next bytes from the upstream and gives the frames that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let _ = (bytes, self.upstream, self.client, self.framing, &self.opening);
        todo!()
    }

    /// The upstream has ended: the last frames, and whether the stream was whole.
    pub fn finish(&mut self) -> (Vec<Frame>, Ending) {
        todo!()
    }

    /// Token counts, as far as they are known.
    pub fn usage(&self) -> Usage {
        todo!()
    }

    /// The model that the upstream says it is.
    pub fn model(&self) -> Option<&str> {
        todo!()
    }

    /// The stop reason, in the upstream's spelling.
    pub fn stop(&self) -> Option<&str> {
        todo!()
    }

    /// An error that ends this stream, fitted to what the client has been given so far.
    ///
    /// Use this rather than [`write_error_event`](crate::write_error_event) once frames of this relay have gone to the
    /// client: in a JSON array only the relay knows whether the array is open.
    pub fn error_event(&self, error: &ClientError<'_>) -> Vec<u8> {
        let _ = error;
        todo!()
    }
}
