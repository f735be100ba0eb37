//! Limits, as each provider tells of them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mainstay_simulator::{Fault, Limits, Running, Speaks};
use serde_json::{Value, json};

use crate::client::{ALL, Got, ask, body, post, simulator};

fn limit(running: &Running, limits: Value) {
    running.set_limits(Some(Limits::from_json(limits).unwrap()));
}

fn seconds_from_now(header: &str) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    header.parse::<f64>().unwrap() - now
}

async fn until_answered(running: &Running) -> Got {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        let got = ask(running, false).await.unwrap();
        if got.status == 200 {
            return got;
        }
    }
    panic!("its window never ends");
}

#[tokio::test]
async fn openai_counts_down_in_headers_and_refuses_until_the_window_resets() {
    let simulator = simulator().await;
    for speaks in [Speaks::OpenaiChat, Speaks::OpenaiResponses] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        limit(
            running,
            json!({"requests": {"limit": 3, "window_ms": 700}, "tokens": {"limit": 1000, "window_ms": 90_000}}),
        );
        let mut tokens = 1000;
        for left in ["2", "1", "0"] {
            let got = ask(running, left == "1").await.unwrap();
            assert_eq!((got.status, got.header("x-ratelimit-remaining-requests")), (200, left));
            assert_eq!(
                (got.header("x-ratelimit-limit-requests"), got.header("x-ratelimit-limit-tokens")),
                ("3", "1000")
            );
            assert!(got.header("x-ratelimit-reset-requests").ends_with("ms"));
            assert!(got.header("x-ratelimit-reset-tokens").starts_with("1m"));
            let now: u64 = got.header("x-ratelimit-remaining-tokens").parse().unwrap();
            assert!(now < tokens, "{now}");
            tokens = now;
        }
        let got = ask(running, true).await.unwrap();
        assert_eq!((got.status, got.json()["error"]["code"].as_str()), (429, Some("rate_limit_exceeded")));
        assert_eq!((got.header("x-ratelimit-remaining-requests"), got.header("retry-after")), ("0", "1"));
        assert!(got.header("retry-after-ms").parse::<u64>().unwrap() <= 700);
        let message = got.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("Limit 3, Used 3, Requested 1. Please try again in "), "{message}");
        assert!(message.contains("for gpt-5.2 "), "{message}");
        let again = until_answered(running).await;
        assert_eq!(again.header("x-ratelimit-remaining-requests"), "2");
    }
}

#[tokio::test]
async fn anthropic_counts_down_in_headers_and_refuses_until_the_window_resets() {
    let simulator = simulator().await;
    let running = simulator.provider("anthropic").unwrap();
    limit(running, json!({"requests": {"limit": 2, "window_ms": 900}, "tokens": {"limit": 5, "window_ms": 900}}));
    let got = ask(running, true).await.unwrap();
    assert_eq!(got.header("anthropic-ratelimit-requests-limit"), "2");
    assert_eq!(got.header("anthropic-ratelimit-requests-remaining"), "1");
    assert_eq!(got.header("anthropic-ratelimit-tokens-remaining"), "0", "the answer has more words than that");
    assert!(got.header("anthropic-ratelimit-tokens-reset").ends_with('Z'));
    let got = ask(running, true).await.unwrap();
    assert_eq!((got.status, got.json()["error"]["type"].as_str()), (429, Some("rate_limit_error")));
    assert_eq!((got.header("retry-after"), got.header("anthropic-ratelimit-tokens-remaining")), ("1", "0"));
    assert_eq!(until_answered(running).await.header("anthropic-ratelimit-requests-remaining"), "1");
}

#[tokio::test]
async fn gemini_tells_in_the_error_alone() {
    let simulator = simulator().await;
    let running = simulator.provider("gemini").unwrap();
    limit(running, json!({"requests": {"limit": 1, "window_ms": 34_400}}));
    let good = ask(running, false).await.unwrap();
    assert!(good.headers.keys().all(|name| !name.as_str().contains("limit")), "{:?}", good.headers);
    let got = ask(running, false).await.unwrap();
    let error = got.json()["error"].clone();
    assert_eq!((got.status, error["status"].as_str()), (429, Some("RESOURCE_EXHAUSTED")));
    assert!(got.headers.get("retry-after").is_none());
    let detail = |kind: &str| {
        let all = error["details"].as_array().unwrap();
        all.iter().find(|detail| detail["@type"].as_str().unwrap().ends_with(kind)).unwrap().clone()
    };
    let violation = &detail("QuotaFailure")["violations"][0];
    assert_eq!(violation["quotaId"], "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
    assert_eq!(
        (&violation["quotaValue"], &violation["quotaDimensions"]["model"]),
        (&json!("1"), &json!("gemini-2.5-flash"))
    );
    let delay = detail("RetryInfo")["retryDelay"].as_str().unwrap().to_owned();
    let delay: f64 = delay.strip_suffix('s').unwrap().parse().unwrap();
    assert!((30.0..=34.4).contains(&delay), "{delay}");
}

#[tokio::test]
async fn a_spent_quota_is_told_in_each_providers_own_words() {
    let simulator = simulator().await;
    for (speaks, period, status, pointer, expected) in [
        (Speaks::Anthropic, "day", 400, "/error/type", "invalid_request_error"),
        (Speaks::Anthropic, "five-hours", 429, "/error/type", "rate_limit_error"),
        (Speaks::OpenaiChat, "day", 429, "/error/code", "insufficient_quota"),
        (Speaks::OpenaiResponses, "day", 429, "/error/type", "insufficient_quota"),
        (
            Speaks::Gemini,
            "day",
            429,
            "/error/details/1/violations/0/quotaId",
            "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        ),
    ] {
        let running = simulator.provider(speaks.as_str()).unwrap();
        limit(running, json!({"quotas": [{"period": period, "requests": 1}]}));
        assert_eq!(ask(running, false).await.unwrap().status, 200);
        for streaming in [false, true] {
            let got = ask(running, streaming).await.unwrap();
            assert_eq!((got.status, got.json().pointer(pointer).and_then(Value::as_str)), (status, Some(expected)));
        }
        running.set_limits(None);
        assert_eq!(ask(running, false).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_spent_day_at_anthropic_names_the_minute_at_which_access_comes_back() {
    let simulator = simulator().await;
    let running = simulator.provider("anthropic").unwrap();
    limit(running, json!({"quotas": [{"period": "day", "requests": 0}]}));
    let got = ask(running, false).await.unwrap();
    let message = got.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("You have reached your specified API usage limits. You will regain access on 20"));
    assert!(message.ends_with(" UTC.") && message.contains(" at "), "{message}");
}

#[tokio::test]
async fn a_subscription_tells_its_windows_by_unified_headers() {
    let simulator = simulator().await;
    let running = simulator.provider("anthropic").unwrap();
    limit(
        running,
        json!({"quotas": [
            {"period": "five-hours", "requests": 2, "resets_ms": 3_600_000},
            {"period": "week", "requests": 100},
        ]}),
    );
    let unified = |got: &Got, name: &str| got.header(&format!("anthropic-ratelimit-unified-{name}")).to_owned();
    let got = ask(running, true).await.unwrap();
    assert_eq!((unified(&got, "status"), unified(&got, "5h-utilization")), ("allowed".into(), "0.50".into()));
    assert_eq!((unified(&got, "7d-utilization"), unified(&got, "7d-status")), ("0.01".into(), "allowed".into()));
    ask(running, false).await.unwrap();
    let got = ask(running, false).await.unwrap();
    assert_eq!((got.status, unified(&got, "status")), (429, "rejected".into()));
    assert_eq!(
        (unified(&got, "5h-status"), unified(&got, "representative-claim")),
        ("rejected".into(), "five_hour".into())
    );
    for reset in ["reset", "5h-reset"] {
        assert!((3590.0..=3601.0).contains(&seconds_from_now(&unified(&got, reset))), "{reset}");
    }
    assert!(seconds_from_now(&unified(&got, "7d-reset")) > 6.0 * 86_400.0);
    assert!(got.header("retry-after").parse::<u64>().unwrap() <= 3600);
}

#[tokio::test]
async fn what_never_reached_the_provider_is_not_counted() {
    let simulator = simulator().await;
    for speaks in ALL {
        let running = simulator.provider(speaks.as_str()).unwrap();
        limit(running, json!({"requests": {"limit": 2, "window_ms": 60_000}}));
        for fault in [Fault::empty_200(), Fault::reset(), Fault::reject_key()] {
            running.set(fault.times(1));
            let _ = ask(running, false).await;
        }
        // Limits that are looked at before the request is: one that is wrong counts.
        assert_eq!(post(running, false, &json!({"nothing": 1})).await.unwrap().status, 400);
        assert_eq!(ask(running, false).await.unwrap().status, 200);
        assert_eq!(post(running, false, &body(speaks, false)).await.unwrap().status, 429);
    }
}

#[tokio::test]
async fn a_window_that_is_set_anew_is_whole() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    for _ in 0..2 {
        limit(running, json!({"requests": {"limit": 1, "window_ms": 3_600_000}}));
        assert_eq!(ask(running, false).await.unwrap().status, 200);
        assert_eq!(ask(running, false).await.unwrap().header("retry-after"), "3600");
    }
}
