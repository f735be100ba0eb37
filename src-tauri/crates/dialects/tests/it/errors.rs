//! Error bodies of every shape that providers are known to send, and errors in every client's shape.

use mainstay_dialects::{ClientError, Dialect, ErrorBody, Framing, read_error, write_error, write_error_event};
use serde_json::{Value, json};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn waits_resets_and_headers_within_a_body_are_read() {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let codex = r#"{"type":"error","error":{"type":"usage_limit_reached","message":"The usage limit has been reached","plan_type":"plus","resets_at":1777936568,"resets_in_seconds":13872.5},"status_code":429,"headers":{"X-Codex-Primary-Used-Percent":"100","X-Codex-Secondary-Used-Percent":80,"Set-Cookie":"a=b"}}"#;
    let error = read_error(codex.as_bytes());
    assert_eq!((error.status, error.retry_after_ms), (Some(429), Some(13_872_500)));
    assert_eq!(error.resets_at_ms, Some(1_777_936_568_000));
    assert_eq!(
        error.headers,
        [header("x-codex-primary-used-percent", "100"), header("x-codex-secondary-used-percent", "80")]
    );
    let openrouter = r#"{"error":{"message":"Rate limit exceeded: free-models-per-day.","code":429,"metadata":{"headers":{"X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1741305600000"},"provider_name":null}}}"#;
    assert_eq!(
        read_error(openrouter.as_bytes()).headers,
        [header("x-ratelimit-remaining", "0"), header("x-ratelimit-reset", "1741305600000")]
    );
    // A status as text is one too.
    assert_eq!(read_error(br#"{"error":{"message":"Rate limited","code":"429"}}"#).status, Some(429));
    let delayed = read_error(br#"{"error":{"message":"","retry_after":-1,"metadata":{"retry_after_seconds":7}}}"#);
    assert_eq!(delayed.retry_after_ms, Some(7_000));
}

#[test]
fn every_known_shape_is_read() {
    let none = ErrorBody::default;
    let cases = [
        (
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens'","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
            ErrorBody {
                kind: some("invalid_request_error"),
                code: some("unsupported_parameter"),
                message: "Unsupported parameter: 'max_tokens'".to_owned(),
                param: some("max_tokens"),
                ..none()
            },
        ),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            ErrorBody { kind: some("overloaded_error"), message: "Overloaded".to_owned(), ..none() },
        ),
        (
            r#"[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[
                {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"PerDay-Free"},{"quotaId":"PerMinute-Free"}]},
                {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}]"#,
            ErrorBody {
                kind: some("RESOURCE_EXHAUSTED"),
                code: some("429"),
                status: Some(429),
                message: "Quota exceeded".to_owned(),
                retry_after_ms: Some(34_400),
                quota_ids: vec!["PerDay-Free".to_owned(), "PerMinute-Free".to_owned()],
                ..none()
            },
        ),
        (
            r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[
                {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#,
            ErrorBody {
                kind: some("INVALID_ARGUMENT"),
                code: some("400"),
                status: Some(400),
                message: "API key not valid.".to_owned(),
                reasons: vec!["API_KEY_INVALID".to_owned()],
                ..none()
            },
        ),
        (
            r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\"}}","provider_name":"X"}},"user_id":"u"}"#,
            ErrorBody {
                kind: some("rate_limit_error"),
                code: some("429"),
                status: Some(429),
                message: "Provider returned error: slow down".to_owned(),
                ..none()
            },
        ),
        (
            r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream is away"}}}"#,
            ErrorBody {
                code: some("502"),
                status: Some(502),
                message: "Provider returned error: upstream is away".to_owned(),
                ..none()
            },
        ),
        (r#"{"detail":"Unauthorized"}"#, ErrorBody { message: "Unauthorized".to_owned(), ..none() }),
        (
            r#"{"detail":[{"loc":["body","model"],"msg":"field required","type":"missing"}]}"#,
            ErrorBody {
                kind: some("missing"),
                message: "field required".to_owned(),
                param: some("body.model"),
                ..none()
            },
        ),
        (
            r#"{"detail":{"code":"deactivated","message":"Workspace is off"}}"#,
            ErrorBody { code: some("deactivated"), message: "Workspace is off".to_owned(), ..none() },
        ),
        (
            r#"{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"r"}"#,
            ErrorBody { code: some("InvalidApiKey"), message: "Invalid API-key provided.".to_owned(), ..none() },
        ),
        (r#"{"message":"no Route matched"}"#, ErrorBody { message: "no Route matched".to_owned(), ..none() }),
        (r#"{"error":"model not found"}"#, ErrorBody { message: "model not found".to_owned(), ..none() }),
        (
            r#"{"error":"invalid_grant","error_description":"Token has expired"}"#,
            ErrorBody { code: some("invalid_grant"), message: "Token has expired".to_owned(), ..none() },
        ),
        (
            r#"{"object":"error","message":"context is too long","type":"BadRequestError","param":null,"code":40303}"#,
            ErrorBody {
                kind: some("BadRequestError"),
                code: some("40303"),
                message: "context is too long".to_owned(),
                ..none()
            },
        ),
        (
            r#"{"errors":[{"message":"no such model","code":7003}],"success":false}"#,
            ErrorBody { code: some("7003"), message: "no such model".to_owned(), ..none() },
        ),
        (
            "<!DOCTYPE html><html><head><TITLE>502\n Bad Gateway</TITLE></head></html>",
            ErrorBody { message: "an HTML page: 502 Bad Gateway".to_owned(), ..none() },
        ),
        ("<html></html>", ErrorBody { message: "an HTML page".to_owned(), ..none() }),
        ("  Insufficient Balance\n", ErrorBody { message: "Insufficient Balance".to_owned(), ..none() }),
        ("", none()),
        ("null", ErrorBody { message: "null".to_owned(), ..none() }),
        (r#"{"ok":false}"#, ErrorBody { message: r#"{"ok":false}"#.to_owned(), ..none() }),
    ];
    for (body, expected) in cases {
        assert_eq!(read_error(body.as_bytes()), expected, "{body}");
    }
}

#[test]
fn a_long_message_is_cut_at_2000_characters() {
    let body = json!({"error": {"message": "ü".repeat(5000), "type": "x".repeat(5000)}}).to_string();
    let error = read_error(body.as_bytes());
    assert_eq!(error.message.chars().count(), 2000);
    assert!(error.kind.unwrap().len() <= 200);
    assert_eq!(read_error("ß".repeat(5000).as_bytes()).message.chars().count(), 2000);
}

#[test]
fn an_error_body_that_is_not_utf8_is_still_a_message() {
    assert_eq!(read_error(b"caf\xe9").message, "caf\u{fffd}");
}

#[test]
fn a_retry_delay_is_read_in_each_of_its_spellings() {
    for (delay, ms) in [
        (json!("0s"), Some(0)),
        (json!("1.0004s"), Some(1001)),
        (json!({"seconds": 26, "nanos": 500_000_000}), Some(26_500)),
        (json!({"seconds": "26"}), Some(26_000)),
        (json!("soon"), None),
        (json!("-3s"), None),
        (json!(5), None),
    ] {
        let detail = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay});
        let body = json!({"error": {"code": 429, "details": [detail]}}).to_string();
        assert_eq!(read_error(body.as_bytes()).retry_after_ms, ms, "{delay}");
    }
}

fn error(status: u16) -> ClientError<'static> {
    ClientError { status, code: "all_members_failed", message: "Nobody \"could\" serve", request_id: "ms-1" }
}

#[test]
fn an_error_has_the_clients_shape_and_a_fitting_type() {
    for (status, anthropic, openai, gemini) in [
        (400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
        (401, "authentication_error", "authentication_error", "UNAUTHENTICATED"),
        (403, "permission_error", "permission_error", "PERMISSION_DENIED"),
        (404, "not_found_error", "invalid_request_error", "NOT_FOUND"),
        (413, "request_too_large", "invalid_request_error", "INVALID_ARGUMENT"),
        (429, "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"),
        (500, "api_error", "server_error", "INTERNAL"),
        (502, "api_error", "server_error", "UNAVAILABLE"),
        (503, "overloaded_error", "server_error", "UNAVAILABLE"),
        (529, "overloaded_error", "server_error", "UNAVAILABLE"),
    ] {
        let written = |dialect| serde_json::from_slice::<Value>(&write_error(dialect, &error(status))).unwrap();
        let message = "Nobody \"could\" serve";
        assert_eq!(
            written(Dialect::Anthropic),
            json!({"type": "error", "error": {"type": anthropic, "message": message}, "request_id": "ms-1"})
        );
        assert_eq!(
            written(Dialect::OpenaiChat),
            json!({"error": {"message": message, "type": openai, "param": null, "code": "all_members_failed"}, "request_id": "ms-1"})
        );
        let body = written(Dialect::Gemini);
        assert_eq!(body["error"]["code"], status);
        assert_eq!(body["error"]["status"], gemini);
        assert_eq!(body["error"]["details"][0]["reason"], "all_members_failed");
    }
}

#[test]
fn an_error_of_ours_is_read_back_by_its_reader() {
    for dialect in Dialect::ALL {
        let read = read_error(&write_error(dialect, &error(429)));
        assert_eq!(read.message, "Nobody \"could\" serve");
        assert!(["rate_limit_error", "RESOURCE_EXHAUSTED"].contains(&read.kind.as_deref().unwrap()));
    }
}

#[test]
fn an_error_in_a_stream_is_the_dialects_own() {
    let text = |dialect, framing| String::from_utf8(write_error_event(dialect, framing, &error(503))).unwrap();
    let anthropic = text(Dialect::Anthropic, Framing::Sse);
    assert!(anthropic.starts_with("event: error\ndata: {\"type\":\"error\",") && anthropic.ends_with("}\n\n"));
    let openai = text(Dialect::OpenaiChat, Framing::Sse);
    assert!(openai.starts_with("data: {\"error\":{") && openai.ends_with("}\n\n") && !openai.contains("[DONE]"));
    let gemini = text(Dialect::Gemini, Framing::Sse);
    let (event, bare) = gemini.split_once("\n\n").unwrap();
    assert_eq!(event.strip_prefix("data: "), Some(bare));
    assert!(bare.starts_with("{\"error\":{\"code\":503,"));
    let array: Value = serde_json::from_str(&text(Dialect::Gemini, Framing::JsonArray)).unwrap();
    assert_eq!(array[0]["error"]["code"], 503);
}
