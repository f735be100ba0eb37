//! How Anthropic tells of its limits (<https://platform.claude.com/docs/en/api/rate-limits>). A subscription's windows
//! have headers of their own, `anthropic-ratelimit-unified-*`, that its SDKs and coding agents read.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode};

use super::{
    super::{
        Refusal,
        limits::{put, retry_after, rfc3339, unix},
    },
    envelope,
};
use crate::limits::{Beyond, Level, Period, Standing};

/// From here on a subscription is warned.
const WARNED_FROM: f64 = 0.8;

pub(super) fn allowance(standing: &Standing, now: SystemTime, headers: &mut HeaderMap) {
    for (name, level) in [("requests", standing.requests), ("tokens", standing.tokens)] {
        let Some(level) = level else { continue };
        let header = |what: &str| format!("anthropic-ratelimit-{name}-{what}");
        put(headers, &header("limit"), level.limit);
        put(headers, &header("remaining"), level.remaining());
        put(headers, &header("reset"), rfc3339(now + level.resets_in));
    }
    let subscription: Vec<(&str, &str, &Level)> = standing
        .quotas
        .iter()
        .filter_map(|(period, level)| claim(*period).map(|(short, long)| (short, long, level)))
        .collect();
    // The claim that stands for all is the one that is nearest to its end.
    let nearest = subscription.iter().max_by(|one, other| share(one.2).total_cmp(&share(other.2)));
    let Some((_, claim, tightest)) = nearest else { return };
    let unified = |what: &str| format!("anthropic-ratelimit-unified-{what}");
    for (short, _, level) in &subscription {
        put(headers, &unified(&format!("{short}-status")), status(level));
        put(headers, &unified(&format!("{short}-reset")), unix(now + level.resets_in));
        put(headers, &unified(&format!("{short}-utilization")), format!("{:.2}", share(level)));
    }
    put(headers, &unified("status"), status(tightest));
    put(headers, &unified("reset"), unix(now + tightest.resets_in));
    put(headers, &unified("representative-claim"), *claim);
    put(headers, &unified("fallback-percentage"), "0.5");
    put(headers, &unified("overage-status"), "rejected");
    put(headers, &unified("overage-disabled-reason"), "org_level_disabled");
}

/// The short and the long name of a subscription's window.
fn claim(period: Period) -> Option<(&'static str, &'static str)> {
    match period {
        Period::FiveHours => Some(("5h", "five_hour")),
        Period::Week => Some(("7d", "seven_day")),
        Period::Day => None,
    }
}

fn share(level: &Level) -> f64 {
    if level.limit == 0 { 1.0 } else { (level.used as f64 / level.limit as f64).min(1.0) }
}

fn status(level: &Level) -> &'static str {
    match share(level) {
        share if share >= 1.0 => "rejected",
        share if share >= WARNED_FROM => "allowed_warning",
        _ => "allowed",
    }
}

pub(super) fn beyond(limit: &Beyond, now: SystemTime, headers: &mut HeaderMap) -> Refusal {
    let (Beyond::Requests(level) | Beyond::Tokens(level) | Beyond::Quota(_, level)) = limit;
    if let Beyond::Quota(Period::Day, _) = limit {
        let regained = rfc3339(now + level.resets_in);
        let (date, clock) = regained.split_once('T').unwrap_or((&regained, "00:00"));
        let clock = clock.get(..5).unwrap_or(clock);
        let message = format!(
            "You have reached your specified API usage limits. You will regain access on {date} at {clock} UTC."
        );
        return Refusal { status: StatusCode::BAD_REQUEST, body: envelope(400, &message) };
    }
    put(headers, "retry-after", retry_after(level.resets_in));
    put(headers, "x-should-retry", "true");
    let message = "This request would exceed your account's rate limit. Please try again later.";
    Refusal { status: StatusCode::TOO_MANY_REQUESTS, body: envelope(429, message) }
}
