//! Providers that speak OpenAI Chat, each with codes of its own.

use super::*;

fn case(provider: &'static str, status: u16) -> Case {
    Case::new(Dialect::OpenaiChat, provider, status)
}

#[test]
fn deepseek_says_402_in_bare_text() {
    case("deepseek", 402).says("Insufficient Balance").is(spent(None));
    case("deepseek", 402)
        .kind("unknown_error")
        .code("invalid_request_error")
        .says("Insufficient Balance")
        .is(spent(None));
    case("deepseek", 400).kind("invalid_request_error").says("Model Not Exist").is(Outcome::ModelUnavailable);
}

#[test]
fn dashscopes_insufficient_quota_is_a_throttle() {
    case("qwen", 429)
        .kind("insufficient_quota")
        .code("insufficient_quota")
        .says(
            "You exceeded your current quota, please check your plan and billing details. See …/error-code#token-limit",
        )
        .is(limited(None));
    case("openai-compatible", 429)
        .code("insufficient_quota")
        .says("You exceeded your current quota. For details see …/error-code#token-limit")
        .is(limited(None));
    case("openai", 429).code("insufficient_quota").says("You exceeded your current quota").is(spent(None));
    case("qwen", 429)
        .code("Throttling.RateQuota")
        .says("Requests rate limit exceeded, please try again later.")
        .is(limited(None));
}

#[test]
fn dashscopes_other_codes() {
    case("qwen", 400)
        .code("Arrearage")
        .says("Access denied, please make sure your account is in good standing.")
        .is(spent(None));
    case("qwen", 403)
        .code("AllocationQuota.FreeTierOnly")
        .says("The free tier of the model has been exhausted.")
        .is(spent(None));
    case("qwen", 401).code("InvalidApiKey").says("Invalid API-key provided.").is(Outcome::CredentialRejected);
    case("qwen", 403).code("Model.AccessDenied").says("Model access denied.").is(Outcome::ModelUnavailable);
    case("qwen", 400)
        .code("data_inspection_failed")
        .says("Input data may contain inappropriate content.")
        .is(Outcome::ContentRefused);
    case("qwen", 400)
        .kind("invalid_request_error")
        .says("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]")
        .is(Outcome::ContextTooLong);
}

#[test]
fn openrouter() {
    case("openrouter", 402).code("402").says("This request requires more credits, or fewer max_tokens. You requested up to 64000 tokens, but can only afford 1200.").is(spent(None));
    case("openrouter", 429).code("429").says("Provider returned error").is(limited(None));
    case("openrouter", 429)
        .code("429")
        .says("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day")
        .header("x-ratelimit-limit", "50")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "1790035200000")
        .is(spent(Some(35_200_000)));
    case("openrouter", 429)
        .says("Rate limit exceeded: free-models-per-min.")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "1790000040000")
        .is(limited_account(Some(40_000)));
    case("openrouter", 404).code("404").says("No endpoints found for acme/model.").is(Outcome::ModelUnavailable);
    case("openrouter", 400).code("400").says("acme/model is not a valid model ID").is(Outcome::ModelUnavailable);
    case("openrouter", 403)
        .code("403")
        .says("Your chosen model requires moderation and your input was flagged")
        .is(Outcome::ContentRefused);
}

#[test]
fn others() {
    case("xai", 403)
        .code("The caller does not have permission to execute the specified operation")
        .says("Your team has either used all available credits or reached its monthly spending limit.")
        .is(spent(None));
    case("moonshot", 429)
        .kind("exceeded_current_quota_error")
        .says("Your account is suspended, please recharge")
        .is(spent(None));
    case("moonshot", 429)
        .kind("engine_overloaded_error")
        .says("The engine is currently overloaded")
        .is(overloaded(None));
    case("groq", 429)
        .kind("tokens")
        .code("rate_limit_exceeded")
        .says("Rate limit reached for model on tokens per day (TPD). Please try again in 7m12.5s.")
        .is(limited(Some(432_500)));
    case("groq", 400)
        .code("model_decommissioned")
        .says("The model has been decommissioned")
        .is(Outcome::ModelUnavailable);
    case("llamacpp", 400)
        .kind("exceed_context_size_error")
        .says("the request exceeds the available context size, try increasing it")
        .is(Outcome::ContextTooLong);
    case("openai-compatible", 400)
        .says("Unrecognized request argument supplied: max_completion_tokens")
        .ours(&["max_completion_tokens"])
        .is(rejected("max_completion_tokens"));
    case("openai-compatible", 422)
        .says("[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not permitted\"}]")
        .ours(&["seed"])
        .is(rejected("seed"));
    // A relay that answers 500 with what it was told.
    case("relay", 500).code("rate_limit_exceeded").says("upstream: rate limit").is(limited(None));
}
