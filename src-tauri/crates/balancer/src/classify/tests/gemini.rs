//! Gemini generateContent.

use super::*;

fn case(status: u16, kind: &str, message: &str) -> Case {
    Case::new(Dialect::Gemini, "gemini", status).kind(kind).code(&status.to_string()).says(message)
}

const OVER_QUOTA: &str = "You exceeded your current quota, please check your plan and billing details.";

#[test]
fn a_minutes_quota_is_a_rate_limit_with_its_retry_info() {
    case(429, "RESOURCE_EXHAUSTED", OVER_QUOTA)
        .quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")
        .retry_info(34_400)
        .is(limited(Some(34_400)));
    case(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 26.5s.")
        .quota("GenerateContentInputTokensPerModelPerMinute-FreeTier")
        .is(limited(Some(26_500)));
    case(429, "RESOURCE_EXHAUSTED", OVER_QUOTA).quota("GenerateRequestsPerMinutePerProject").is(limited_account(None));
    case(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).").is(limited(None));
    case(200, "RESOURCE_EXHAUSTED", OVER_QUOTA).retry_info(5_000).is(limited(Some(5_000)));
}

#[test]
fn a_days_quota_is_spent_whatever_the_retry_info_says() {
    case(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 47s.")
        .quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")
        .quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")
        .retry_info(47_000)
        .header("retry-after", "47")
        .is(spent(None));
    case(
        429,
        "RESOURCE_EXHAUSTED",
        "You have exhausted your capacity on this model. Your quota will reset after 6h34m21s.",
    )
    .reason("QUOTA_EXHAUSTED")
    .is(spent(Some(23_661_000)));
    case(429, "RESOURCE_EXHAUSTED", "You have exhausted your daily quota on this model.").is(spent(None));
}

#[test]
fn no_capacity_is_overload() {
    case(429, "RESOURCE_EXHAUSTED", "No capacity available for model gemini-2.5-pro on the server")
        .reason("MODEL_CAPACITY_EXHAUSTED")
        .is(overloaded(None));
    case(503, "UNAVAILABLE", "The model is overloaded. Please try again later.").is(overloaded(None));
    case(200, "UNAVAILABLE", "The model is overloaded. Please try again later.").is(overloaded(None));
}

#[test]
fn rejected_credentials() {
    case(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        .reason("API_KEY_INVALID")
        .ours(&["generationConfig.temperature"])
        .is(Outcome::CredentialRejected);
    case(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.")
        .untouched()
        .is(Outcome::CredentialRejected);
    case(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.").is(Outcome::CredentialRejected);
    case(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.").is(Outcome::CredentialRejected);
    case(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key.")
        .is(Outcome::CredentialRejected);
    case(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
        .reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        .is(Outcome::CredentialRejected);
    case(403, "PERMISSION_DENIED", "Generative Language API has not been used in project 1 before or it is disabled.")
        .reason("SERVICE_DISABLED")
        .is(Outcome::CredentialRejected);
}

#[test]
fn models_and_regions() {
    case(
        404,
        "NOT_FOUND",
        "models/gemini-1.0 is not found for API version v1beta, or is not supported for generateContent.",
    )
    .is(Outcome::ModelUnavailable);
    case(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")
        .untouched()
        .is(Outcome::ModelUnavailable);
    case(404, "NOT_FOUND", "CachedContent not found (or permission denied)").is(Outcome::CallerFault);
    case(403, "PERMISSION_DENIED", "You do not have permission to access the File abc or it may not exist.")
        .is(Outcome::CallerFault);
}

#[test]
fn requests_that_are_too_long() {
    case(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    )
    .ours(&["generationConfig.maxOutputTokens"])
    .is(Outcome::ContextTooLong);
}

#[test]
fn parameters_that_this_side_put_in() {
    case(
        400,
        "INVALID_ARGUMENT",
        "Invalid JSON payload received. Unknown name \"topK\" at 'generation_config': Cannot find field.",
    )
    .ours(&["generationConfig.topK"])
    .is(rejected("generationConfig.topK"));
    case(400, "INVALID_ARGUMENT", "Penalty is not enabled for models/gemini-2.5-flash-lite")
        .ours(&["generationConfig.presencePenalty"])
        .is(rejected("generationConfig.presencePenalty"));
    case(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unknown name \"foo\": Cannot find field.")
        .ours(&["generationConfig.topK"])
        .is(Outcome::CallerFault);
}

#[test]
fn foreign_reasoning() {
    case(400, "INVALID_ARGUMENT", "Thought signature is not valid").is(Outcome::ReasoningRejected);
    case(400, "INVALID_ARGUMENT", "Function call is missing a thought_signature in functionCall parts.")
        .is(Outcome::ReasoningRejected);
}

#[test]
fn server_errors() {
    case(500, "INTERNAL", "An internal error has occurred.").is(SERVER_ERROR);
    case(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.").is(SERVER_ERROR);
    case(200, "MALFORMED_FUNCTION_CALL", "").is(SERVER_ERROR);
}
