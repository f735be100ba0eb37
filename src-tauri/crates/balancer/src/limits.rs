//! What is left of a provider's limits, as its headers say: which windows there are, and which of them are exhausted.
//!
//! [`limits`] reads them for display; ranking members by what is left comes with its own policy. `retry_hint` reads the
//! same windows to find when an exhausted one resets.

use crate::{Millis, instant};

/// A response header's value by its lowercase name.
pub(crate) type Lookup<'a, 'h> = &'a (dyn Fn(&str) -> Option<&'h str> + 'a);

/// What one answer's headers say is left. Absent and negative values (Azure sends −1 for "don't know") are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Requests left in the window.
    pub remaining_requests: Option<u64>,
    /// Requests that the window allows.
    pub limit_requests: Option<u64>,
    /// Tokens left in the window.
    pub remaining_tokens: Option<u64>,
    /// Tokens that the window allows.
    pub limit_tokens: Option<u64>,
    /// When the window that matters resets: the one that the provider calls representative, else the exhausted one that is
    /// out longest, else the soonest.
    pub resets_at: Option<Millis>,
    /// How much of that window is used, 0 to 1 (above 1 on overage): the representative one's, else that of the fullest.
    pub utilization: Option<f64>,
}

/// Reads what is left from an answer's headers, whether it succeeded or not: `x-ratelimit-*` (OpenAI, Azure, Groq,
/// Cerebras, OpenRouter …), `ratelimit-*` (IETF draft), `anthropic-ratelimit-*` and `anthropic-ratelimit-unified-*`
/// (subscriptions). `headers` looks a value up by its lowercase name.
pub fn limits<'h>(headers: &dyn Fn(&str) -> Option<&'h str>, now: Millis) -> Limits {
    let windows = windows(headers, now);
    let unified = Unified::read(headers, now);
    let of = |measure: Measure| {
        windows
            .iter()
            .filter(|window| window.measure == measure)
            .min_by(|a, b| a.left_share().total_cmp(&b.left_share()))
    };
    let (requests, tokens) = (of(Measure::Requests), of(Measure::Tokens));
    let representative = unified.representative();
    let exhausted = windows.iter().filter(|window| window.remaining == Some(0)).filter_map(|window| window.resets_at);
    let soonest = windows.iter().filter_map(|window| window.resets_at).min();
    Limits {
        remaining_requests: requests.and_then(|window| window.remaining),
        limit_requests: requests.and_then(|window| window.limit),
        remaining_tokens: tokens.and_then(|window| window.remaining),
        limit_tokens: tokens.and_then(|window| window.limit),
        resets_at: representative
            .and_then(|window| window.resets_at)
            .or(unified.resets_at)
            .or_else(|| exhausted.max())
            .or(soonest),
        utilization: representative
            .and_then(|window| window.utilization)
            .or_else(|| unified.fullest())
            .or_else(|| windows.iter().filter_map(Window::used_share).max_by(f64::total_cmp)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Requests,
    Tokens,
}

/// One window of requests or tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    measure: Measure,
    limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) resets_at: Option<Millis>,
}

impl Window {
    fn used_share(&self) -> Option<f64> {
        match (self.limit, self.remaining) {
            (Some(limit), Some(remaining)) if limit > 0 => Some((1.0 - remaining as f64 / limit as f64).max(0.0)),
            _ => None,
        }
    }

    /// Sorts the windows of one measure: the emptiest is the one that tells.
    fn left_share(&self) -> f64 {
        self.used_share().map_or(if self.remaining == Some(0) { 0.0 } else { f64::INFINITY }, |used| 1.0 - used)
    }
}

/// Measure, then the names of limit, remaining and reset.
const WINDOWS: &[(Measure, &str, &str, &str)] = &[
    (Measure::Requests, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    (Measure::Tokens, "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (
        Measure::Requests,
        "x-ratelimit-limit-requests-minute",
        "x-ratelimit-remaining-requests-minute",
        "x-ratelimit-reset-requests-minute",
    ),
    (
        Measure::Requests,
        "x-ratelimit-limit-requests-day",
        "x-ratelimit-remaining-requests-day",
        "x-ratelimit-reset-requests-day",
    ),
    (
        Measure::Tokens,
        "x-ratelimit-limit-tokens-minute",
        "x-ratelimit-remaining-tokens-minute",
        "x-ratelimit-reset-tokens-minute",
    ),
    (
        Measure::Tokens,
        "x-ratelimit-limit-tokens-day",
        "x-ratelimit-remaining-tokens-day",
        "x-ratelimit-reset-tokens-day",
    ),
    (Measure::Requests, "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    (Measure::Requests, "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    (
        Measure::Requests,
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        Measure::Tokens,
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        Measure::Tokens,
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        Measure::Tokens,
        "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
];

/// The windows of which the headers say anything.
pub(crate) fn windows(headers: Lookup<'_, '_>, now: Millis) -> Vec<Window> {
    let count = |name: &str| headers(name).and_then(|value| value.trim().parse::<u64>().ok());
    WINDOWS
        .iter()
        .map(|(measure, limit, remaining, reset)| Window {
            measure: *measure,
            limit: count(limit),
            remaining: count(remaining),
            resets_at: headers(reset).and_then(|value| instant::reset(value, now)),
        })
        .filter(|window| window.limit.is_some() || window.remaining.is_some() || window.resets_at.is_some())
        .collect()
}

/// One of a subscription's windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnifiedWindow {
    pub(crate) name: &'static str,
    claim: &'static str,
    pub(crate) rejected: bool,
    pub(crate) resets_at: Option<Millis>,
    utilization: Option<f64>,
}

/// A subscription's windows (`anthropic-ratelimit-unified-*`). They fill side by side; the representative claim names the
/// one that decides, which need not be the fullest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unified {
    pub(crate) rejected: bool,
    claim: Option<&'static str>,
    resets_at: Option<Millis>,
    pub(crate) windows: Vec<UnifiedWindow>,
}

/// Window names in the headers, the claims that name them.
const UNIFIED: &[(&str, &str)] = &[
    ("5h", "five_hour"),
    ("7d", "seven_day"),
    ("7d_opus", "seven_day_opus"),
    ("7d_sonnet", "seven_day_sonnet"),
    ("7d_oi", "seven_day_overage_included"),
];

impl Unified {
    pub(crate) fn read(headers: Lookup<'_, '_>, now: Millis) -> Self {
        let header = |name: &str| headers(&format!("anthropic-ratelimit-unified-{name}")).map(str::trim);
        let reset = |name: &str| header(name).and_then(|value| instant::reset(value, now));
        let claimed = header("representative-claim");
        let windows = UNIFIED
            .iter()
            .map(|(name, claim)| UnifiedWindow {
                name,
                claim,
                rejected: header(&format!("{name}-status")) == Some("rejected"),
                resets_at: reset(&format!("{name}-reset")),
                utilization: header(&format!("{name}-utilization"))
                    .and_then(|value| value.parse::<f64>().ok())
                    .filter(|used| used.is_finite() && *used >= 0.0),
            })
            .filter(|window| window.rejected || window.resets_at.is_some() || window.utilization.is_some())
            .collect();
        Self {
            rejected: header("status") == Some("rejected"),
            claim: UNIFIED.iter().map(|(_, claim)| *claim).find(|claim| Some(*claim) == claimed),
            resets_at: reset("reset"),
            windows,
        }
    }

    fn representative(&self) -> Option<&UnifiedWindow> {
        let claim = self.claim?;
        self.windows.iter().find(|window| window.claim == claim)
    }

    fn fullest(&self) -> Option<f64> {
        self.windows.iter().filter_map(|window| window.utilization).max_by(f64::total_cmp)
    }

    /// When the window that turned the request away resets, and whether that is a weekly one. The claim decides; without
    /// one, the latest of the windows that say `rejected`; then the reset of the whole.
    pub(crate) fn spent_until(&self) -> (Option<Millis>, bool) {
        let spent = self
            .representative()
            .or_else(|| self.windows.iter().filter(|window| window.rejected).max_by_key(|window| window.resets_at));
        let named = spent
            .map(|window| window.name)
            .or_else(|| UNIFIED.iter().find(|(_, claim)| Some(*claim) == self.claim).map(|(name, _)| *name));
        (spent.and_then(|window| window.resets_at).or(self.resets_at), named.is_some_and(|name| name.starts_with("7d")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_790_000_000_000;

    fn read(pairs: &[(&str, &str)]) -> Limits {
        limits(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), NOW)
    }

    #[test]
    fn openai_headers_are_read() {
        let read = read(&[
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-tokens", "15000"),
            ("x-ratelimit-reset-tokens", "30s"),
        ]);
        assert_eq!(read.remaining_requests, Some(499));
        assert_eq!(read.limit_requests, Some(500));
        assert_eq!(read.remaining_tokens, Some(15_000));
        assert_eq!(read.limit_tokens, Some(30_000));
        assert_eq!(read.resets_at, Some(NOW + 120));
        assert_eq!(read.utilization, Some(0.5));
    }

    #[test]
    fn an_exhausted_window_is_the_one_whose_reset_counts() {
        let read = read(&[
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        assert_eq!(read.resets_at, Some(NOW + 360_000));
    }

    #[test]
    fn azures_minus_one_is_ignored() {
        let read = read(&[
            ("x-ratelimit-limit-requests", "-1"),
            ("x-ratelimit-remaining-requests", "-1"),
            ("x-ratelimit-reset-requests", "-1"),
            ("x-ratelimit-remaining-tokens", "7"),
        ]);
        assert_eq!(read, Limits { remaining_tokens: Some(7), ..Limits::default() });
    }

    #[test]
    fn anthropics_windows_are_read_and_the_emptiest_tells() {
        let read = read(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-09-21T14:13:30Z"),
            ("anthropic-ratelimit-input-tokens-limit", "50000"),
            ("anthropic-ratelimit-input-tokens-remaining", "50000"),
            ("anthropic-ratelimit-output-tokens-limit", "10000"),
            ("anthropic-ratelimit-output-tokens-remaining", "1000"),
        ]);
        assert_eq!(read.remaining_requests, Some(49));
        assert_eq!(read.remaining_tokens, Some(1_000));
        assert_eq!(read.limit_tokens, Some(10_000));
        assert_eq!(read.resets_at, Some(NOW + 10_000));
        assert_eq!(read.utilization, Some(0.9));
    }

    #[test]
    fn a_subscriptions_representative_window_tells_and_not_the_fullest() {
        let read = read(&[
            ("anthropic-ratelimit-unified-status", "allowed"),
            ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
            ("anthropic-ratelimit-unified-reset", "1790003600"),
            ("anthropic-ratelimit-unified-5h-utilization", "0.42"),
            ("anthropic-ratelimit-unified-5h-reset", "1790003600"),
            ("anthropic-ratelimit-unified-7d-utilization", "0.9"),
            ("anthropic-ratelimit-unified-7d-reset", "1790400000"),
        ]);
        assert_eq!(read.utilization, Some(0.42));
        assert_eq!(read.resets_at, Some(1_790_003_600_000));
    }

    #[test]
    fn without_headers_nothing_is_known() {
        assert_eq!(read(&[]), Limits::default());
        assert_eq!(read(&[("x-ratelimit-remaining-requests", "many"), ("x-ratelimit-reset", "")]), Limits::default());
    }

    #[test]
    fn cerebras_and_openrouter_forms_are_read() {
        let day = read(&[
            ("x-ratelimit-limit-requests-day", "1440"),
            ("x-ratelimit-remaining-requests-day", "1080"),
            ("x-ratelimit-reset-requests-day", "33011.382867"),
        ]);
        assert_eq!((day.remaining_requests, day.resets_at), (Some(1_080), Some(NOW + 33_011_383)));
        let free = read(&[
            ("x-ratelimit-limit", "50"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1790035200000"),
        ]);
        assert_eq!((free.limit_requests, free.remaining_requests), (Some(50), Some(0)));
        assert_eq!((free.resets_at, free.utilization), (Some(1_790_035_200_000), Some(1.0)));
    }
}
