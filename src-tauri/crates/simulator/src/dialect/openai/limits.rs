//! How OpenAI tells of its limits (<https://platform.openai.com/docs/guides/rate-limits>).

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::{
    super::{
        Refusal,
        limits::{put, retry_after, span},
    },
    rules::envelope,
};
use crate::limits::{Beyond, Level, Standing};

pub(in crate::dialect) fn allowance(standing: &Standing, headers: &mut HeaderMap) {
    for (name, level) in [("requests", standing.requests), ("tokens", standing.tokens)] {
        let Some(level) = level else { continue };
        put(headers, &format!("x-ratelimit-limit-{name}"), level.limit);
        put(headers, &format!("x-ratelimit-remaining-{name}"), level.remaining());
        put(headers, &format!("x-ratelimit-reset-{name}"), span(level.resets_in));
    }
}

pub(in crate::dialect) fn beyond(limit: &Beyond, model: &str, headers: &mut HeaderMap) -> Refusal {
    let (kind, unit, level) = match limit {
        Beyond::Requests(level) => ("requests", "requests per min (RPM)", level),
        Beyond::Tokens(level) => ("tokens", "tokens per min (TPM)", level),
        Beyond::Quota(..) => {
            let message = "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.";
            let body = envelope(message, "insufficient_quota", None, Some("insufficient_quota"));
            return Refusal { status: StatusCode::TOO_MANY_REQUESTS, body };
        }
    };
    let Level { limit, used, resets_in } = *level;
    put(headers, "retry-after", retry_after(resets_in));
    put(headers, "retry-after-ms", resets_in.as_millis().to_string());
    // In words it is never nothing.
    let wait = span(resets_in.max(Duration::from_millis(1)));
    let message = format!(
        "Rate limit reached for {model} in organization org-simulated on {unit}: Limit {limit}, Used {used}, Requested 1. Please try again in {wait}. Visit https://platform.openai.com/account/rate-limits to learn more."
    );
    Refusal { status: StatusCode::TOO_MANY_REQUESTS, body: envelope(&message, kind, None, Some("rate_limit_exceeded")) }
}
