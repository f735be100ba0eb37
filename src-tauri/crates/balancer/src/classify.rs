//! What a refusal means.

use mainstay_dialects::{Dialect, ErrorBody};

use crate::{Millis, Outcome, Scope, Stage};

/// An upstream's refusal as the gateway saw it.
#[derive(Clone, Copy)]
pub struct Refusal<'a> {
    /// The HTTP status; 200 when the error came inside an answer that began well.
    pub status: u16,
    /// Looks a response header up by its lowercase name.
    pub headers: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body.
    pub error: &'a ErrorBody,
    /// What the upstream speaks.
    pub dialect: Dialect,
    /// The provider's catalogue name.
    pub provider: &'a str,
    /// The body sent was the client's own dialect with nothing changed but the model.
    pub untouched: bool,
    /// The upstream field names that this side put in.
    pub ours: &'a [String],
    /// The instant.
    pub now: Millis,
}

/// What the refusal means.
pub fn classify(refusal: &Refusal<'_>) -> Outcome {
    match refusal.status {
        401 => Outcome::CredentialRejected,
        402 => Outcome::QuotaSpent { until: None },
        404 | 410 => Outcome::ModelUnavailable,
        408 => Outcome::TimedOut(Stage::Request),
        429 => Outcome::RateLimited { scope: Scope::Model, until: None },
        503 | 529 => Outcome::Overloaded { until: None },
        400..=499 => Outcome::CallerFault,
        _ => Outcome::ServerError { until: None },
    }
}
