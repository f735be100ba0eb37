//! Limits that really count down: so many requests or tokens in a window, and quotas that are spent until their reset.
//!
//! A window begins with the first request after the last one ended. How a provider tells of it, in headers and in words,
//! is the business of its protocol.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a provider allows. Only chat requests that its faults let through and whose key it takes are counted, one that it
/// refuses for its limits is not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests in a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Window>,
    /// Tokens in a window, those of questions and answers together. The one that uses up the last is still answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Window>,
    /// What is spent for good until it resets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
}

/// A limit that is whole again after each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// So many.
    pub limit: u64,
    /// In so many milliseconds.
    pub window_ms: u64,
}

/// So many requests until a reset that is far away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Which window it is, for the provider's words.
    pub period: Period,
    /// So many; 0 is spent from the beginning.
    pub requests: u64,
    /// Milliseconds from its first request (or refusal) to its reset. `None`: as long as the period is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets_ms: Option<u64>,
}

/// The window of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// Of a subscription: five hours.
    FiveHours,
    /// A day.
    Day,
    /// Of a subscription: seven days.
    Week,
}

impl Period {
    fn length(self) -> Duration {
        const HOUR: u64 = 3600;
        Duration::from_secs(match self {
            Self::FiveHours => 5 * HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
        })
    }
}

impl Limits {
    /// Reads the JSON form, e.g. `json!({"requests":{"limit":3,"window_ms":60000}})`.
    ///
    /// # Errors
    /// An unknown or missing field, or an unknown period.
    pub fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(json)
    }
}

/// How a limit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    /// Until it is whole again; nothing if it is.
    pub(crate) resets_in: Duration,
}

impl Level {
    pub(crate) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// How all limits stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) requests: Option<Level>,
    pub(crate) tokens: Option<Level>,
    pub(crate) quotas: Vec<(Period, Level)>,
}

/// The limit that a request is beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    Requests(Level),
    Tokens(Level),
    Quota(Period, Level),
}

/// Limits, and what of them is used.
#[derive(Default)]
pub(crate) struct Meter {
    limits: Limits,
    requests: Gauge,
    tokens: Gauge,
    quotas: Vec<Gauge>,
}

#[derive(Clone, Copy, Default)]
struct Gauge {
    used: u64,
    ends: Option<Instant>,
}

impl Gauge {
    fn level(&self, limit: u64, now: Instant) -> Level {
        let left = self.ends.map_or(Duration::ZERO, |ends| ends.saturating_duration_since(now));
        Level { limit, used: if left.is_zero() { 0 } else { self.used }, resets_in: left }
    }

    fn add(&mut self, amount: u64, length: Duration, now: Instant) {
        if self.ends.is_none_or(|ends| ends <= now) {
            *self = Self { used: 0, ends: Some(now + length) };
        }
        self.used = self.used.saturating_add(amount);
    }
}

fn length(window: Window) -> Duration {
    Duration::from_millis(window.window_ms)
}

impl Quota {
    fn length(&self) -> Duration {
        self.resets_ms.map_or(self.period.length(), Duration::from_millis)
    }
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        let quotas = vec![Gauge::default(); limits.quotas.len()];
        Self { limits, quotas, ..Self::default() }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The limit that it is beyond; then it isn't counted.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Beyond> {
        for (quota, gauge) in self.limits.quotas.iter().zip(&mut self.quotas) {
            gauge.add(0, quota.length(), now);
            let level = gauge.level(quota.requests, now);
            if level.remaining() == 0 {
                return Err(Beyond::Quota(quota.period, level));
            }
        }
        type Makes = fn(Level) -> Beyond;
        let windows = [
            (self.limits.requests, &self.requests, Beyond::Requests as Makes),
            (self.limits.tokens, &self.tokens, Beyond::Tokens as Makes),
        ];
        for (window, gauge, beyond) in windows {
            if let Some(window) = window {
                let level = gauge.level(window.limit, now);
                if level.remaining() == 0 {
                    return Err(beyond(level));
                }
            }
        }
        for (quota, gauge) in self.limits.quotas.iter().zip(&mut self.quotas) {
            gauge.add(1, quota.length(), now);
        }
        if let Some(window) = self.limits.requests {
            self.requests.add(1, length(window), now);
        }
        Ok(())
    }

    /// Counts the tokens of a request that was admitted.
    pub(crate) fn charge(&mut self, tokens: u64, now: Instant) {
        if let Some(window) = self.limits.tokens {
            self.tokens.add(tokens, length(window), now);
        }
    }

    pub(crate) fn standing(&self, now: Instant) -> Standing {
        let level = |window: Option<Window>, gauge: &Gauge| window.map(|window| gauge.level(window.limit, now));
        let quotas = self.limits.quotas.iter().zip(&self.quotas);
        Standing {
            requests: level(self.limits.requests, &self.requests),
            tokens: level(self.limits.tokens, &self.tokens),
            quotas: quotas.map(|(quota, gauge)| (quota.period, gauge.level(quota.requests, now))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meter(json: Value) -> Meter {
        Meter::new(Limits::from_json(json).unwrap())
    }

    #[test]
    fn requests_count_down_are_refused_and_come_back_with_the_window() {
        let mut meter = meter(json!({"requests": {"limit": 2, "window_ms": 1000}}));
        let now = Instant::now();
        let remaining = |meter: &Meter, at| meter.standing(at).requests.unwrap().remaining();
        assert_eq!(remaining(&meter, now), 2);
        assert_eq!((meter.admit(now), remaining(&meter, now)), (Ok(()), 1));
        let later = now + Duration::from_millis(400);
        assert_eq!((meter.admit(later), remaining(&meter, later)), (Ok(()), 0));
        let Err(Beyond::Requests(level)) = meter.admit(later) else { panic!("it was admitted") };
        assert_eq!((level.used, level.resets_in), (2, Duration::from_millis(600)));
        let reset = now + Duration::from_millis(1000);
        assert_eq!((meter.admit(reset), remaining(&meter, reset)), (Ok(()), 1));
    }

    #[test]
    fn the_request_that_uses_up_the_last_token_is_answered_and_the_next_is_not() {
        let mut meter = meter(json!({"tokens": {"limit": 10, "window_ms": 1000}}));
        let now = Instant::now();
        assert_eq!(meter.admit(now), Ok(()));
        meter.charge(25, now);
        assert_eq!(meter.standing(now).tokens.unwrap().remaining(), 0);
        assert!(matches!(meter.admit(now), Err(Beyond::Tokens(_))));
        assert_eq!(meter.admit(now + Duration::from_millis(1000)), Ok(()));
    }

    #[test]
    fn a_quota_is_spent_until_its_own_reset_however_long_that_is() {
        let mut meter = meter(json!({
            "requests": {"limit": 1, "window_ms": 10},
            "quotas": [{"period": "week", "requests": 9}, {"period": "five-hours", "requests": 1}],
        }));
        let now = Instant::now();
        assert_eq!(meter.admit(now), Ok(()));
        let hours = |hours: u64| now + Duration::from_secs(3600 * hours);
        let Err(Beyond::Quota(Period::FiveHours, level)) = meter.admit(hours(1)) else { panic!("it was admitted") };
        assert_eq!(level.resets_in, Duration::from_secs(4 * 3600));
        assert_eq!(meter.admit(hours(5)), Ok(()));
        let standing = meter.standing(hours(5));
        assert_eq!(standing.quotas.iter().map(|(_, level)| level.used).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn a_quota_of_none_is_spent_from_the_beginning() {
        let mut meter = meter(json!({"quotas": [{"period": "day", "requests": 0, "resets_ms": 50}]}));
        let now = Instant::now();
        assert!(matches!(meter.admit(now), Err(Beyond::Quota(Period::Day, _))));
        assert!(meter.admit(now + Duration::from_millis(60)).is_err());
    }
}
