//! An exchange that no member could serve, on its way to the client.
//!
//! Either an upstream's own refusal of the client's own body, handed on as it is (failover §2, CallerFault), or an error
//! of ours in the client's dialect with the list of members and reasons.

use bytes::Bytes;
use http::HeaderValue;

/// What the client gets when there is no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Its HTTP status.
    pub(crate) status: u16,
    /// Stable code.
    pub(crate) code: String,
    /// One or more plain sentences.
    pub(crate) message: String,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after_s: Option<u64>,
    /// Tell SDKs not to sleep and try again (failover §3.9c).
    pub(crate) no_retry: bool,
    /// How many upstream calls were made.
    pub(crate) attempts: usize,
    /// An upstream's own body, to be handed on unchanged.
    pub(crate) verbatim: Option<Verbatim>,
}

/// An upstream's refusal, unchanged.
#[derive(Clone, Debug)]
pub(crate) struct Verbatim {
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) body: Bytes,
}

impl Failure {
    /// An error of ours.
    pub(crate) fn ours(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            retry_after_s: None,
            no_retry: false,
            attempts: 0,
            verbatim: None,
        }
    }
}
