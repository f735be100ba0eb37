use super::*;
use secrecy::ExposeSecret;
use serde_json::json;

fn read(value: &Value) -> (Settings, Vec<Problem>) {
    settings_of(value.as_object().expect("an object"))
}

fn clean(value: &Value) -> Settings {
    let (settings, problems) = read(value);
    assert_eq!(problems, Vec::new());
    settings
}

#[test]
fn nothing_said_means_the_documented_defaults() {
    let settings = clean(&json!({}));
    assert_eq!(
        settings.breaker,
        BreakerSettings { enabled: true, failure_threshold: 3, failure_window_ms: 60_000, recovery_timeout_ms: 30_000 }
    );
    assert_eq!(settings.stream_idle_timeout_ms, Some(300_000));
    assert_eq!((settings.timeout_ms, settings.base_url, settings.streaming), (None, None, None));
}

#[test]
fn every_obeyed_setting_is_read() {
    let settings = clean(&json!({
        "base-url": "https://api.example.com/v1/",
        "context-limit": 200000,
        "maxOutputTokens": 8192,
        "timeout_ms": 30000,
        "stream-idle-timeout-ms": 5000,
        "circuit_breaker_enabled": false,
        "circuit_breaker_failure_threshold": 5,
        "circuit_breaker_failure_window_ms": 1000,
        "circuit_breaker_recovery_timeout_ms": 2000,
        "custom-headers": {"X-Team": "blue", "X-Count": 3},
        "user-agent": "tool/1",
        "auth-key": " sk-canary ",
        "auth-keyfile": "~/key",
        "auth-key-name": "work",
        "streaming": "disabled",
        "reasoning.enabled": true
    }));
    assert_eq!(settings.base_url.as_deref(), Some("https://api.example.com/v1"));
    assert_eq!(settings.context_limit, Some(200_000));
    assert_eq!(settings.max_output_tokens, Some(8192));
    assert_eq!(settings.timeout_ms, Some(30_000));
    assert_eq!(settings.stream_idle_timeout_ms, Some(5000));
    assert_eq!(
        settings.breaker,
        BreakerSettings { enabled: false, failure_threshold: 5, failure_window_ms: 1000, recovery_timeout_ms: 2000 }
    );
    assert_eq!(settings.custom_headers, [("X-Team".into(), "blue".into()), ("X-Count".into(), "3".into())]);
    assert_eq!(settings.user_agent.as_deref(), Some("tool/1"));
    assert_eq!(settings.auth_key.as_ref().map(ExposeSecret::expose_secret), Some("sk-canary"));
    assert_eq!(settings.keyfile(Some(Path::new("/home/me"))), Some(PathBuf::from("/home/me/key")));
    assert_eq!(settings.keyfile(None), Some(PathBuf::from("~/key")));
    assert_eq!(settings.auth_key_name.as_deref(), Some("work"));
    assert_eq!(settings.streaming, Some(false));
}

#[test]
fn numbers_and_flags_in_text_are_taken_at_their_meaning() {
    let settings = clean(&json!({
        "context-limit": "200000",
        "timeout_ms": " 30000 ",
        "maxOutputTokens": 8192.0,
        "circuit_breaker_enabled": "false",
        "custom-headers": "{\"X-A\": \"1\"}",
        "stream-idle-timeout-ms": "0"
    }));
    assert_eq!(settings.context_limit, Some(200_000));
    assert_eq!(settings.timeout_ms, Some(30_000));
    assert_eq!(settings.max_output_tokens, Some(8192));
    assert!(!settings.breaker.enabled);
    assert_eq!(settings.custom_headers, [("X-A".into(), "1".into())]);
    assert_eq!(settings.stream_idle_timeout_ms, None);
}

#[test]
fn the_clis_other_names_for_a_setting_count_too() {
    assert_eq!(clean(&json!({"max-output": 5})).max_output_tokens, Some(5));
    assert!(clean(&json!({"apiKey": "k"})).auth_key.is_some());
    assert!(clean(&json!({"api-key": "k"})).auth_key.is_some());
}

#[test]
fn a_wrong_value_is_a_problem_and_the_default_counts() {
    for (value, key) in [
        (json!({"context-limit": 0}), "context-limit"),
        (json!({"context-limit": -5}), "context-limit"),
        (json!({"context-limit": 1.5}), "context-limit"),
        (json!({"context-limit": "many"}), "context-limit"),
        (json!({"timeout_ms": []}), "timeout_ms"),
        (json!({"circuit_breaker_enabled": "maybe"}), "circuit_breaker_enabled"),
        (json!({"circuit_breaker_failure_threshold": {}}), "circuit_breaker_failure_threshold"),
        (json!({"streaming": 1}), "streaming"),
        (json!({"custom-headers": ["X-A"]}), "custom-headers"),
        (json!({"custom-headers": "X-A: 1"}), "custom-headers"),
        (json!({"custom-headers": {"X-A": null}}), "custom-headers.X-A"),
        (json!({"custom-headers": {"bad name": "v"}}), "custom-headers"),
        (json!({"custom-headers": {"X-A": "a\r\nX-B: 1"}}), "custom-headers"),
        (json!({"user-agent": "a\nb"}), "user-agent"),
        (json!({"base-url": "not an address"}), "base-url"),
        (json!({"base-url": "ftp://example.com"}), "base-url"),
        (json!({"base-url": "https://me:pw@example.com"}), "base-url"),
        (json!({"base-url": "https://example.com/?key=1"}), "base-url"),
        (json!({"auth-key": 5}), "auth-key"),
    ] {
        let (settings, problems) = read(&value);
        assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), [key], "{value}");
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()), "{value}");
    }
}

#[test]
fn cleared_settings_count_as_absent() {
    let settings = clean(&json!({"base-url": "", "auth-key": null, "context-limit": null, "custom-headers": ""}));
    assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()));
}

#[test]
fn neither_debug_nor_problems_show_a_secret() {
    let (settings, problems) = read(&json!({
        "auth-key": "canary-1",
        "custom-headers": {"Authorization": "canary-2", "Bad\n": "canary-3"},
        "base-url": "https://u:canary-4@example.com"
    }));
    let shown = format!("{settings:?}{problems:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert_eq!(problems.len(), 2);
}
