//! OpenAI itself and Azure.

use super::*;

fn case(status: u16, kind: &str, code: &str, message: &str) -> Case {
    let case = Case::new(Dialect::OpenaiChat, "openai", status).kind(kind).says(message);
    if code.is_empty() { case } else { case.code(code) }
}

#[test]
fn rate_limits() {
    case(
        429,
        "tokens",
        "rate_limit_exceeded",
        "Rate limit reached for gpt-5.2 in organization org-x on tokens per min (TPM): Limit 30000, Used 29000, Requested 1500. Please try again in 18.642s. Visit …",
    )
    .is(limited(Some(18_642)));
    case(429, "requests", "rate_limit_exceeded", "Rate limit reached. Please try again in 174ms.")
        .is(limited(Some(174)));
    case(429, "tokens", "rate_limit_exceeded", "Rate limit reached")
        .header("retry-after-ms", "642")
        .header("retry-after", "1")
        .is(limited(Some(642)));
    case(429, "tokens", "rate_limit_exceeded", "Rate limit reached")
        .header("x-ratelimit-remaining-requests", "499")
        .header("x-ratelimit-reset-requests", "120ms")
        .header("x-ratelimit-remaining-tokens", "0")
        .header("x-ratelimit-reset-tokens", "6m0s")
        .is(limited(Some(360_000)));
    // Azure: "don't know", and no retry-after (openai-dotnet#838).
    Case::new(Dialect::OpenaiChat, "azure", 429)
        .code("429")
        .header("x-ratelimit-remaining-requests", "-1")
        .header("x-ratelimit-remaining-tokens", "0")
        .is(limited(None));
    case(413, "tokens", "rate_limit_exceeded", "Request too large for model on tokens per minute").is(limited(None));
    case(200, "requests", "rate_limit_exceeded", "Rate limit reached").is(limited(None));
}

#[test]
fn spent_quota_is_read_before_the_rate_limit() {
    case(
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    )
    .is(spent(None));
    case(429, "insufficient_quota", "billing_hard_limit_reached", "Billing hard limit has been reached")
        .is(spent(None));
    case(400, "invalid_request_error", "billing_hard_limit_reached", "Billing hard limit has been reached")
        .untouched()
        .is(spent(None));
    case(200, "insufficient_quota", "insufficient_quota", "You exceeded your current quota").is(spent(None));
}

#[test]
fn rejected_credentials() {
    case(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-…")
        .is(Outcome::CredentialRejected);
    case(401, "invalid_request_error", "", "You didn't provide an API key.").is(Outcome::CredentialRejected);
    case(403, "invalid_request_error", "account_deactivated", "This account is deactivated")
        .is(Outcome::CredentialRejected);
    Case::new(Dialect::OpenaiChat, "openai", 400)
        .code("invalid_grant")
        .says("Token expired")
        .is(Outcome::CredentialRejected);
    // The Codex backend's body has another shape.
    Case::new(Dialect::OpenaiChat, "openai", 401).says("Unauthorized").is(Outcome::CredentialRejected);
}

#[test]
fn models_that_are_not_there() {
    case(
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `gpt-6` does not exist or you do not have access to it.",
    )
    .untouched()
    .is(Outcome::ModelUnavailable);
    case(403, "invalid_request_error", "model_not_found", "Project `proj_x` does not have access to model `gpt-5.2`")
        .is(Outcome::ModelUnavailable);
    case(
        403,
        "request_forbidden",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    )
    .is(Outcome::ModelUnavailable);
    case(400, "invalid_request_error", "", "Your organization must be verified to stream this model.")
        .is(Outcome::ModelUnavailable);
    case(410, "invalid_request_error", "", "This model has been retired").is(Outcome::ModelUnavailable);
    case(404, "invalid_request_error", "previous_response_not_found", "Previous response with id 'resp_1' not found.")
        .is(Outcome::CallerFault);
}

#[test]
fn overload_and_server_errors() {
    case(503, "server_error", "", "The engine is currently overloaded, please try again later").is(overloaded(None));
    case(503, "server_error", "slow_down", "Slow down").is(overloaded(None));
    case(429, "requests", "", "That model is currently overloaded with other requests.").is(overloaded(None));
    case(500, "server_error", "", "The server had an error while processing your request. Sorry about that!")
        .is(SERVER_ERROR);
    case(200, "server_error", "server_error", "The server had an error processing your request.").is(SERVER_ERROR);
}

#[test]
fn requests_that_are_too_long() {
    case(
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 200000 tokens. Please reduce the length of the messages.",
    )
    .param("messages")
    .ours(&["messages", "max_tokens"])
    .is(Outcome::ContextTooLong);
    case(
        200,
        "invalid_request_error",
        "context_length_exceeded",
        "Your input exceeds the context window of this model.",
    )
    .is(Outcome::ContextTooLong);
}

#[test]
fn parameters_that_reasoning_models_refuse() {
    case(
        400,
        "invalid_request_error",
        "unsupported_parameter",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    )
    .param("max_tokens")
    .ours(&["max_tokens", "temperature"])
    .is(rejected("max_tokens"));
    case(
        400,
        "invalid_request_error",
        "unsupported_value",
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
    )
    .param("temperature")
    .ours(&["max_completion_tokens", "temperature"])
    .is(rejected("temperature"));
    // Without code or param, as some relays pass it on.
    case(400, "invalid_request_error", "", "Unsupported parameter: 'temperature' is not supported with this model.")
        .ours(&["temperature"])
        .is(rejected("temperature"));
    case(
        400,
        "invalid_request_error",
        "unsupported_parameter",
        "Unsupported parameter: 'temperature' is not supported with this model.",
    )
    .param("temperature")
    .ours(&["temperature"])
    .untouched()
    .is(Outcome::CallerFault);
}

#[test]
fn foreign_reasoning() {
    case(
        400,
        "invalid_request_error",
        "invalid_encrypted_content",
        "The encrypted content for item rs_1 could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    )
    .is(Outcome::ReasoningRejected);
    case(
        400,
        "invalid_request_error",
        "",
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    )
    .is(Outcome::ReasoningRejected);
}

#[test]
fn refused_content() {
    case(
        400,
        "invalid_request_error",
        "content_policy_violation",
        "Your request was rejected as a result of our safety system.",
    )
    .is(Outcome::ContentRefused);
    case(
        400,
        "",
        "content_filter",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    )
    .is(Outcome::ContentRefused);
    case(
        400,
        "invalid_request_error",
        "invalid_prompt",
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    )
    .is(Outcome::ContentRefused);
}

#[test]
fn anything_else_in_the_request_is_the_callers() {
    case(400, "invalid_request_error", "invalid_type", "Invalid type for 'messages[0].content': expected a string.")
        .param("messages[0].content")
        .ours(&["temperature", "messages"])
        .is(Outcome::CallerFault);
    case(400, "invalid_request_error", "", "We could not parse the JSON body of your request.")
        .is(Outcome::CallerFault);
}
