//! What a refusal means: one table over status, headers, code, message, dialect and provider (failover §2).
//!
//! The status alone misleads: spent credit comes as 400, 402, 403 and 429, overload as 429, 500, 503 and 529, a bad key as
//! 400. So a refusal is read in two steps. First `signs` looks for what the provider says in its body, from the most
//! definite sign to the vaguest; then the table below decides, by what was said, or where nothing was said by the status.
//!
//! **Invariant**: an unknown 4xx is [`Outcome::CallerFault`], an unknown 5xx is [`Outcome::ServerError`], and so is an error
//! inside an answer that began well of which nothing is known.

mod parameter;
mod rows;
mod signs;
#[cfg(test)]
mod tests;

use mainstay_dialects::{Dialect, ErrorBody};

use crate::{Millis, Outcome, Scope, Stage, retry_hint};

use self::rows::Sign;

/// An upstream's refusal as the gateway saw it.
#[derive(Clone, Copy)]
pub struct Refusal<'a> {
    /// The HTTP status; 200 when the error came inside an answer that began well.
    pub status: u16,
    /// Looks a response header up by its lowercase name.
    pub headers: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The error's body, read.
    pub error: &'a ErrorBody,
    /// What the upstream speaks.
    pub dialect: Dialect,
    /// The provider's catalogue name; some providers mean something else by the same code.
    pub provider: &'a str,
    /// The body sent was the client's own dialect with nothing changed but the model: what is wrong with it is the
    /// caller's.
    pub untouched: bool,
    /// The upstream field names that this side put in (from the profile, a default or the translation); only these can be
    /// left out.
    pub ours: &'a [String],
    /// When the refusal came.
    pub now: Millis,
}

/// Statuses that mean the same where the body says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Below 400: the error came inside an answer, or is no HTTP error at all.
    Inside,
    /// 400, 422.
    BadRequest,
    /// 401.
    Unauthorized,
    /// 402.
    PaymentRequired,
    /// 403.
    Forbidden,
    /// 404, 410; 451, which is a region's.
    Missing,
    /// 4xx that are never the caller's: 405, since this side chose path and method; 425, which asks to be sent again; 499,
    /// an upstream's own cancelling, since nobody reads an answer to ours.
    NotCallers,
    /// 408.
    RequestTimeout,
    /// 413.
    TooLarge,
    /// 429.
    TooManyRequests,
    /// Any other 4xx.
    OtherClient,
    /// 503, 529.
    Busy,
    /// Any other 5xx, and what lies beyond.
    Server,
}

impl Class {
    fn of(status: u16) -> Self {
        match status {
            0..=399 => Self::Inside,
            400 | 422 => Self::BadRequest,
            401 => Self::Unauthorized,
            402 => Self::PaymentRequired,
            403 => Self::Forbidden,
            404 | 410 | 451 => Self::Missing,
            405 | 425 | 499 => Self::NotCallers,
            408 => Self::RequestTimeout,
            413 => Self::TooLarge,
            429 => Self::TooManyRequests,
            406..=498 => Self::OtherClient,
            503 | 529 => Self::Busy,
            500.. => Self::Server,
        }
    }

    /// The answer's own status; for an error inside a 200 the one that its body names.
    fn of_refusal(refusal: &Refusal<'_>) -> Self {
        match Self::of(refusal.status) {
            Self::Inside => refusal.error.status.map_or(Self::Inside, Self::of),
            class => class,
        }
    }
}

/// After a refusal that only a request as large as this one gets: a smaller one passes at once.
const REST_AFTER_TOO_DEAR: Millis = 60_000;

/// What an upstream's refusal means (failover §2). Pure and total: every refusal has an outcome.
pub fn classify(refusal: &Refusal<'_>) -> Outcome {
    let Refusal { error, now, .. } = *refusal;
    // Headers of the answer first; some providers put those of a limit in the body.
    let in_body = |name: &str| error.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let headers = &|name: &str| (refusal.headers)(name).or_else(|| in_body(name));
    let refusal = &Refusal { headers, ..*refusal };
    let class = Class::of_refusal(refusal);
    let limited = || Outcome::RateLimited { scope: scope(error), until: retry_hint::rate_limit(headers, error, now) };
    let spent = |daily| Outcome::QuotaSpent { until: retry_hint::quota(headers, error, daily, now) };
    let overloaded = || Outcome::Overloaded { until: retry_hint::advised(headers, error, now) };
    let server_error = || Outcome::ServerError { until: retry_hint::advised(headers, error, now) };
    match signs::read(refusal, class) {
        Some(Sign::Spent) => spent(false),
        Some(Sign::SpentForTheDay) => spent(true),
        Some(Sign::TooDear) => Outcome::QuotaSpent { until: Some(now.saturating_add(REST_AFTER_TOO_DEAR)) },
        // What a 429 says in its headers at once; here the answer began before the window was used up.
        Some(Sign::Throttled) if class == Class::Inside && retry_hint::subscription_spent(headers, now) => spent(false),
        Some(Sign::Throttled) => limited(),
        Some(Sign::Credential) => Outcome::CredentialRejected,
        Some(Sign::Overloaded) => overloaded(),
        Some(Sign::NoAnswer) => server_error(),
        Some(Sign::Model) => Outcome::ModelUnavailable,
        Some(Sign::Context) => Outcome::ContextTooLong,
        Some(Sign::Reasoning) => Outcome::ReasoningRejected,
        Some(Sign::Policy) => Outcome::ContentRefused,
        Some(Sign::Parameter(param)) => Outcome::ParameterRejected { param },
        Some(Sign::Caller) => Outcome::CallerFault,
        None => match class {
            Class::BadRequest | Class::Forbidden | Class::TooLarge | Class::OtherClient => Outcome::CallerFault,
            Class::Unauthorized => Outcome::CredentialRejected,
            Class::PaymentRequired => spent(false),
            Class::Missing => Outcome::ModelUnavailable,
            Class::RequestTimeout => Outcome::TimedOut(Stage::Request),
            Class::TooManyRequests => limited(),
            Class::Busy => overloaded(),
            Class::Inside | Class::NotCallers | Class::Server => server_error(),
        },
    }
}

/// What a rate limit covers. Providers count by model unless they say otherwise; taking a model's limit for the account's
/// would leave healthy members out.
fn scope(error: &ErrorBody) -> Scope {
    let message = error.message.to_ascii_lowercase();
    let of_the_account = message.contains("account's rate limit")
        || message.contains("free-models-per-")
        || (!error.quota_ids.is_empty() && error.quota_ids.iter().all(|id| !id.contains("PerModel")));
    if of_the_account { Scope::Account } else { Scope::Model }
}
