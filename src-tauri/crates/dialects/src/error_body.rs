//! A provider's error body, whatever its shape.

/// What a provider's error says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The error's type, or a Gemini status such as `RESOURCE_EXHAUSTED`.
    pub kind: Option<String>,
    /// The error's code; a number is given as its digits.
    pub code: Option<String>,
    /// An HTTP status inside the body.
    pub status: Option<u16>,
    /// What it says, at most 2000 characters.
    pub message: String,
    /// The parameter that it complains about.
    pub param: Option<String>,
    /// How long to wait, in milliseconds: Gemini's `RetryInfo`.
    pub retry_after_ms: Option<u64>,
    /// Gemini's names of the quotas that were exceeded.
    pub quota_ids: Vec<String>,
    /// Gemini's `ErrorInfo` reasons, such as `API_KEY_INVALID`.
    pub reasons: Vec<String>,
}

/// Reads an error body. Never fails: what has no known shape becomes the message.
pub fn read_error(body: &[u8]) -> ErrorBody {
    let _ = body;
    todo!()
}
