//! Token counts, one meaning for all dialects.

/// What an answer cost, in tokens. `None` where the upstream has not said.
///
/// Dialects count differently: Anthropic's `input_tokens` leaves out what was read from or written to the cache, Gemini's
/// `candidatesTokenCount` leaves out thinking. Here [`input`](Usage::input) and [`output`](Usage::output) are totals, and
/// the rest are shares of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// All input tokens, those read from and written to a cache included.
    pub input: Option<u64>,
    /// All output tokens, reasoning included.
    pub output: Option<u64>,
    /// The share of the input that was read from a cache.
    pub cached_input: Option<u64>,
    /// The share of the input that was written to a cache.
    pub cache_creation: Option<u64>,
    /// The share of the output that was reasoning.
    pub reasoning: Option<u64>,
}
