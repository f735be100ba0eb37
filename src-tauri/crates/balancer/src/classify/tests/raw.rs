//! Whole bodies as they come over the wire, read by the dialects' own reader: what the reader makes of a shape and what
//! the table makes of that fit together.

use std::path::Path;

use mainstay_dialects::read_error;

use super::*;

fn meant(dialect: Dialect, status: u16, body: &[u8], ours: &[&str]) -> Outcome {
    Case { error: read_error(body), ..Case::new(dialect, "any", status).ours(ours) }.outcome()
}

#[test]
fn bodies_from_the_wire_mean_what_they_say() {
    let anthropic = Dialect::Anthropic;
    let openai = Dialect::OpenaiChat;
    let gemini = Dialect::Gemini;
    let table: &[(Dialect, u16, &str, Outcome)] = &[
        (
            anthropic,
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            overloaded(None),
        ),
        (anthropic, 500, r#"{"type":"error","error":{"type":"api_error","message":"Overloaded"}}"#, overloaded(None)),
        (
            anthropic,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
            spent(None),
        ),
        (
            anthropic,
            401,
            r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            Outcome::CredentialRejected,
        ),
        (
            openai,
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            spent(None),
        ),
        (openai, 402, "Insufficient Balance", spent(None)),
        (
            openai,
            402,
            r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
            spent(None),
        ),
        (openai, 401, r#"{"detail":"Unauthorized"}"#, Outcome::CredentialRejected),
        (
            openai,
            400,
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#,
            rejected("temperature"),
        ),
        (openai, 200, r#"{"error":{"message":"Provider returned error","code":502}}"#, SERVER_ERROR),
        (openai, 200, r#"{"error":{"message":"Rate limit exceeded","code":429}}"#, limited(None)),
        (openai, 502, "<html><body>Bad Gateway</body></html>", SERVER_ERROR),
        (openai, 403, "<!DOCTYPE html><html><title>Just a moment...</title></html>", SERVER_ERROR),
        (openai, 503, "", overloaded(None)),
        (openai, 400, "", Outcome::CallerFault),
        (
            gemini,
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#,
            Outcome::CredentialRejected,
        ),
        (
            gemini,
            429,
            r#"[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"47s"}]}}]"#,
            spent(None),
        ),
        (
            gemini,
            429,
            r#"{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26.5s"}]}}"#,
            limited(Some(26_500)),
        ),
    ];
    for (dialect, status, body, outcome) in table {
        assert_eq!(meant(*dialect, *status, body.as_bytes(), &["temperature"]), *outcome, "{status} {body}");
    }
}

#[test]
fn captured_refusals_mean_what_they_say() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/captures");
    let table = [
        ("gemini/google-429-retry-info.json", Dialect::Gemini, 429, limited(Some(34_400))),
        ("openai-chat/reasoning-model-legacy-parameter-error.json", Dialect::OpenaiChat, 400, rejected("max_tokens")),
        ("openai-responses/reasoning-model-temperature-error.json", Dialect::OpenaiChat, 400, rejected("temperature")),
    ];
    for (name, dialect, status, outcome) in table {
        let Ok(body) = std::fs::read(captures.join(name)) else {
            eprintln!("SKIPPED {name}: the captures are not beside the repository");
            continue;
        };
        assert_eq!(meant(dialect, status, &body, &["max_tokens", "temperature"]), outcome, "{name}");
    }
}
