//! Anthropic Messages: API keys and subscriptions.

use super::*;

fn case(status: u16, kind: &str, message: &str) -> Case {
    Case::new(Dialect::Anthropic, "anthropic", status).kind(kind).says(message)
}

#[test]
fn rate_limits() {
    case(
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50,000 input tokens per minute",
    )
    .header("retry-after", "17")
    .header("anthropic-ratelimit-requests-remaining", "40")
    .header("anthropic-ratelimit-requests-reset", "2026-09-21T15:13:20Z")
    .is(limited(Some(17_000)));
    case(429, "rate_limit_error", "Number of request tokens has exceeded your per-minute rate limit")
        .header("anthropic-ratelimit-input-tokens-remaining", "0")
        .header("anthropic-ratelimit-input-tokens-reset", "2026-09-21T14:14:20Z")
        .header("anthropic-ratelimit-requests-remaining", "49")
        .header("anthropic-ratelimit-requests-reset", "2026-09-21T16:00:00Z")
        .is(limited(Some(60_000)));
    // No rate-limit header at all (trmnl-claude#2).
    case(429, "rate_limit_error", "Error").header("x-should-retry", "true").is(limited(None));
    case(429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later.")
        .is(limited_account(None));
    case(200, "rate_limit_error", "Rate limited").is(limited(None));
}

#[test]
fn subscription_windows_are_spent_quota() {
    case(429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later.")
        .header("anthropic-ratelimit-unified-status", "rejected")
        .header("anthropic-ratelimit-unified-representative-claim", "five_hour")
        .header("anthropic-ratelimit-unified-5h-reset", "1790007200")
        .header("anthropic-ratelimit-unified-5h-utilization", "1.0")
        .header("anthropic-ratelimit-unified-7d-reset", "1790400000")
        .header("anthropic-ratelimit-unified-7d-utilization", "0.96")
        .header("retry-after", "7200")
        .is(spent(Some(7_200_000)));
    case(429, "rate_limit_error", "…")
        .header("anthropic-ratelimit-unified-status", "rejected")
        .header("anthropic-ratelimit-unified-representative-claim", "seven_day")
        .header("anthropic-ratelimit-unified-reset", "1790400000")
        .is(spent(Some(400_000_000)));
    case(429, "rate_limit_error", "…")
        .header("anthropic-ratelimit-unified-status", "allowed_warning")
        .header("anthropic-ratelimit-unified-5h-utilization", "0.97")
        .header("anthropic-ratelimit-unified-5h-reset", "1790007200")
        .is(limited(None));
}

#[test]
fn a_throttle_that_is_no_limit_of_the_account_is_overload() {
    case(429, "rate_limit_error", "Server is temporarily limiting requests (not your usage limit)")
        .header("retry-after", "3")
        .is(overloaded(Some(3_000)));
}

#[test]
fn spent_credit_comes_as_400() {
    case(
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    )
    .untouched()
    .is(spent(None));
    case(
        400,
        "invalid_request_error",
        "You have reached your specified API usage limits. You will regain access on 2026-09-22 at 00:00 UTC.",
    )
    .untouched()
    .is(spent(Some(35_200_000)));
    case(402, "billing_error", "Payment required").is(spent(None));
}

#[test]
fn rejected_credentials() {
    case(401, "authentication_error", "invalid x-api-key").is(Outcome::CredentialRejected);
    case(
        401,
        "authentication_error",
        "OAuth token has expired. Please obtain a new token or refresh your existing token.",
    )
    .is(Outcome::CredentialRejected);
    case(403, "permission_error", "OAuth token does not meet scope requirement user:inference")
        .is(Outcome::CredentialRejected);
    case(403, "permission_error", "Your API key does not have permission to use the specified resource.")
        .is(Outcome::CredentialRejected);
    case(400, "invalid_request_error", "This organization has been disabled.")
        .untouched()
        .is(Outcome::CredentialRejected);
    case(
        400,
        "invalid_request_error",
        "This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
    )
    .is(Outcome::CredentialRejected);
    case(200, "authentication_error", "invalid x-api-key").is(Outcome::CredentialRejected);
}

#[test]
fn overload() {
    case(529, "overloaded_error", "Overloaded").is(overloaded(None));
    case(500, "api_error", "Overloaded").is(overloaded(None));
    case(200, "overloaded_error", "Overloaded").is(overloaded(None));
    case(503, "api_error", "Service unavailable").is(overloaded(None));
}

#[test]
fn server_errors() {
    case(500, "api_error", "Internal server error").is(SERVER_ERROR);
    case(504, "timeout_error", "Request timed out").is(SERVER_ERROR);
    case(200, "api_error", "Internal server error").is(SERVER_ERROR);
}

#[test]
fn models_that_are_not_there() {
    case(404, "not_found_error", "model: claude-sonnet-3-9").untouched().is(Outcome::ModelUnavailable);
    case(403, "permission_error", "Your account does not have access to the model claude-opus-4.")
        .is(Outcome::ModelUnavailable);
    case(403, "forbidden", "Request not allowed").is(Outcome::ModelUnavailable);
    case(404, "not_found_error", "File not found: file_011CNha8iCJcU1wXNR6q4V8w").is(Outcome::CallerFault);
}

#[test]
fn requests_that_are_too_long() {
    case(400, "invalid_request_error", "prompt is too long: 205000 tokens > 200000 maximum")
        .is(Outcome::ContextTooLong);
    case(400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 195000 + 8192 > 200000")
        .ours(&["max_tokens"])
        .is(Outcome::ContextTooLong);
    case(413, "request_too_large", "Request exceeds the maximum size").is(Outcome::CallerFault);
    case(413, "invalid_request_error", "Prompt is too long").is(Outcome::ContextTooLong);
}

#[test]
fn parameters_that_this_side_put_in() {
    case(400, "invalid_request_error", "temperature: Input should be less than or equal to 1")
        .ours(&["max_tokens", "temperature"])
        .is(rejected("temperature"));
    case(
        400,
        "invalid_request_error",
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    )
    .ours(&["temperature"])
    .is(rejected("temperature"));
    case(400, "invalid_request_error", "`temperature` is deprecated for this model.")
        .ours(&["temperature"])
        .is(rejected("temperature"));
    case(
        400,
        "invalid_request_error",
        "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens",
    )
    .ours(&["max_tokens"])
    .is(rejected("max_tokens"));
    case(400, "invalid_request_error", "thinking.budget_tokens: Input should be greater than or equal to 1024")
        .ours(&["thinking"])
        .is(rejected("thinking"));
}

#[test]
fn parameters_that_the_client_sent_are_the_callers() {
    case(400, "invalid_request_error", "`temperature` is deprecated for this model.")
        .untouched()
        .is(Outcome::CallerFault);
    case(400, "invalid_request_error", "temperature: Input should be less than or equal to 1")
        .ours(&["max_tokens"])
        .is(Outcome::CallerFault);
    case(400, "invalid_request_error", "messages.0.content.0.text.text: Field required")
        .ours(&["max_tokens", "temperature"])
        .is(Outcome::CallerFault);
}

#[test]
fn foreign_reasoning() {
    case(400, "invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block")
        .ours(&["max_tokens"])
        .is(Outcome::ReasoningRejected);
    case(
        400,
        "invalid_request_error",
        "messages.3.content.1: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
    )
    .is(Outcome::CallerFault);
    case(
        400,
        "invalid_request_error",
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`.",
    )
    .is(Outcome::CallerFault);
}

#[test]
fn refused_content() {
    case(400, "invalid_request_error", "Output blocked by content filtering policy").is(Outcome::ContentRefused);
    case(500, "api_error", "Output blocked by content filtering policy").is(Outcome::ContentRefused);
}
