//! What is left of a provider's limits, as an answer's headers say: which windows there are, and which of them would stop
//! requests first.
//!
//! [`limits`] reads them for display; ranking members by what is left comes with its own policy. `retry_hint` reads the
//! same windows to find when an exhausted one resets. Both families are tables of header names: nothing is formatted, and
//! nothing is allocated for an answer that says nothing.

mod rate;
mod subscription;

use std::borrow::Cow;

use crate::{Millis, Scope};

pub(crate) use self::{rate::windows, subscription::Subscription};

/// A response header's value by its lowercase name.
pub(crate) type Lookup<'a, 'h> = &'a (dyn Fn(&str) -> Option<&'h str> + 'a);

/// The most windows that are kept of one answer. No provider is known to name more than seven.
const MOST: usize = 12;

/// What one answer's headers say is left. Values that are no counts (Azure sends −1 for "don't know") are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// The windows, at most 12, in no meaningful order.
    pub windows: Vec<LimitWindow>,
}

/// One window of a limit: so much in so long.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitWindow {
    /// In plain words: "requests a minute", "input tokens", "5 hours", "7 days Opus".
    pub name: Cow<'static, str>,
    /// What it counts.
    pub measure: Measure,
    /// Whether it covers the account or only its use of this model.
    pub scope: Scope,
    /// How many are left in the window.
    pub remaining: Option<u64>,
    /// How many the window allows.
    pub limit: Option<u64>,
    /// How much of it is used, 0 to 1.
    pub used: Option<f64>,
    /// When it resets; never in the past of the answer.
    pub resets_at: Option<Millis>,
    /// It would stop requests before the others do. At most one window is.
    pub decisive: bool,
}

/// What a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Requests.
    Requests,
    /// Tokens.
    Tokens,
    /// A share of what a subscription includes; nobody says of what.
    Usage,
}

impl Limits {
    /// The window that would stop requests first, if one can be told.
    pub fn decisive(&self) -> Option<&LimitWindow> {
        self.windows.iter().find(|window| window.decisive)
    }

    /// What is left of the decisive window, 0 to 1.
    pub fn left(&self) -> Option<f64> {
        self.decisive()?.used.map(|used| 1.0 - used)
    }
}

/// Whether a header of this lowercase name can say anything to [`limits`].
pub fn tells_limits(name: &str) -> bool {
    name.contains("ratelimit") || name.starts_with("x-codex-")
}

/// Reads what is left from an answer's headers, whether it succeeded or not: `x-ratelimit-*` (OpenAI, Azure, Groq,
/// Cerebras, Mistral, OpenRouter …), `ratelimit-*` (IETF draft), `anthropic-ratelimit-*`, and the windows of subscriptions:
/// `anthropic-ratelimit-unified-*` and `x-codex-*`. `headers` looks a value up by its lowercase name.
///
/// A subscription's representative claim says which window is decisive; without one it is the exhausted window that is out
/// longest, else the fullest.
pub fn limits<'h>(headers: &dyn Fn(&str) -> Option<&'h str>, now: Millis) -> Limits {
    let mut windows = windows(headers, now);
    let subscription = Subscription::read(headers, now);
    let claimed = subscription.claimed().map(|claimed| windows.len() + claimed);
    windows.extend(subscription.windows.into_iter().map(|window| window.shown));
    let fullest = || {
        let told = windows.iter().enumerate().filter_map(|(at, window)| Some((at, window.used?, window.resets_at)));
        told.max_by(|(_, a, a_resets), (_, b, b_resets)| {
            a.total_cmp(b).then_with(|| if *a >= 1.0 { a_resets.cmp(b_resets) } else { std::cmp::Ordering::Equal })
        })
        .map(|(at, ..)| at)
    };
    if let Some(window) = claimed.or_else(fullest).and_then(|at| windows.get_mut(at)) {
        window.decisive = true;
    }
    // The decisive one is kept, wherever it stands.
    windows.sort_by_key(|window| !window.decisive);
    windows.truncate(MOST);
    Limits { windows }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Millis = 1_790_000_000_000;

    fn read(pairs: &[(&str, &str)]) -> Limits {
        limits(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), NOW)
    }

    /// Name, remaining, limit, used in percent, reset from now in ms, decisive; the decisive one first.
    fn told(limits: &Limits) -> Vec<String> {
        let one = |window: &LimitWindow| {
            let or_none = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
            format!(
                "{}: {} of {}, {}% used, resets {}{}",
                window.name,
                or_none(window.remaining),
                or_none(window.limit),
                or_none(window.used.map(|used| (used * 100.0).round() as u64)),
                or_none(window.resets_at.map(|at| at - NOW)),
                if window.decisive { ", decisive" } else { "" },
            )
        };
        limits.windows.iter().map(one).collect()
    }

    #[test]
    fn no_header_is_asked_for_that_is_not_known_to_tell() {
        let asked = std::cell::RefCell::new(Vec::new());
        limits(
            &|name| {
                asked.borrow_mut().push(name.to_owned());
                // Further ones are asked for where these are there.
                Some("1")
            },
            NOW,
        );
        let strange: Vec<String> = asked.into_inner().into_iter().filter(|name| !tells_limits(name)).collect();
        assert_eq!(strange, Vec::<String>::new());
    }

    #[test]
    fn every_providers_headers_become_windows_in_plain_words() {
        /// Headers, windows.
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let table: &[Case<'_>] = &[
            // OpenAI.
            (
                &[
                    ("x-ratelimit-limit-requests", "500"),
                    ("x-ratelimit-remaining-requests", "499"),
                    ("x-ratelimit-reset-requests", "120ms"),
                    ("x-ratelimit-limit-tokens", "30000"),
                    ("x-ratelimit-remaining-tokens", "15000"),
                    ("x-ratelimit-reset-tokens", "1m2.5s"),
                ],
                &[
                    "tokens: 15000 of 30000, 50% used, resets 62500, decisive",
                    "requests: 499 of 500, 0% used, resets 120",
                ],
            ),
            // Groq: requests are a day's, and say so only by their reset.
            (
                &[
                    ("x-ratelimit-limit-requests", "14400"),
                    ("x-ratelimit-remaining-requests", "14370"),
                    ("x-ratelimit-reset-requests", "2m59.56s"),
                    ("x-ratelimit-limit-tokens", "18000"),
                    ("x-ratelimit-remaining-tokens", "17997"),
                    ("x-ratelimit-reset-tokens", "7.66s"),
                ],
                &[
                    "requests: 14370 of 14400, 0% used, resets 179560, decisive",
                    "tokens: 17997 of 18000, 0% used, resets 7660",
                ],
            ),
            // Azure: "don't know" as −1 or 0 (openai-dotnet#838).
            (
                &[
                    ("x-ratelimit-limit-requests", "-1"),
                    ("x-ratelimit-remaining-requests", "-1"),
                    ("x-ratelimit-reset-requests", "-1"),
                    ("x-ratelimit-limit-tokens", "0"),
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "0"),
                ],
                &[],
            ),
            (&[("x-ratelimit-remaining-tokens", "7")], &["tokens: 7 of -, -% used, resets -"]),
            // Cerebras and Mistral name the window.
            (
                &[
                    ("x-ratelimit-limit-requests-day", "1440"),
                    ("x-ratelimit-remaining-requests-day", "1080"),
                    ("x-ratelimit-reset-requests-day", "33011.382867"),
                    ("x-ratelimit-limit-tokens-minute", "60000"),
                    ("x-ratelimit-remaining-tokens-minute", "59000"),
                    ("x-ratelimit-reset-tokens-minute", "11.382867"),
                ],
                &[
                    "requests a day: 1080 of 1440, 25% used, resets 33011383, decisive",
                    "tokens a minute: 59000 of 60000, 2% used, resets 11383",
                ],
            ),
            (
                &[("x-ratelimit-limit-req-minute", "60"), ("x-ratelimit-remaining-req-minute", "15")],
                &["requests a minute: 15 of 60, 75% used, resets -, decisive"],
            ),
            // OpenRouter's reset is in milliseconds.
            (
                &[("x-ratelimit-limit", "50"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1790035200000")],
                &["requests: 0 of 50, 100% used, resets 35200000, decisive"],
            ),
            // Anthropic by key; the reset of the requests has passed.
            (
                &[
                    ("anthropic-ratelimit-requests-limit", "50"),
                    ("anthropic-ratelimit-requests-remaining", "49"),
                    ("anthropic-ratelimit-requests-reset", "2026-09-21T14:13:10Z"),
                    ("anthropic-ratelimit-input-tokens-limit", "50000"),
                    ("anthropic-ratelimit-input-tokens-remaining", "50000"),
                    ("anthropic-ratelimit-output-tokens-limit", "10000"),
                    ("anthropic-ratelimit-output-tokens-remaining", "1000"),
                    ("anthropic-ratelimit-output-tokens-reset", "2026-09-21T14:13:50.5Z"),
                ],
                &[
                    "output tokens: 1000 of 10000, 90% used, resets 30500, decisive",
                    "requests: 49 of 50, 2% used, resets -",
                    "input tokens: 50000 of 50000, 0% used, resets -",
                ],
            ),
            // A subscription: the representative claim decides, and not the fullest window (claude-code#12829).
            (
                &[
                    ("anthropic-ratelimit-unified-status", "allowed"),
                    ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
                    ("anthropic-ratelimit-unified-reset", "1790003600"),
                    ("anthropic-ratelimit-unified-5h-utilization", "0.42"),
                    ("anthropic-ratelimit-unified-5h-reset", "1790003600"),
                    ("anthropic-ratelimit-unified-7d-utilization", "0.9"),
                    ("anthropic-ratelimit-unified-7d-reset", "1790400000"),
                    ("anthropic-ratelimit-unified-7d_opus-utilization", "0.3"),
                    ("anthropic-ratelimit-unified-overage-status", "rejected"),
                    ("anthropic-ratelimit-unified-overage-disabled-reason", "org_level_disabled"),
                ],
                &[
                    "5 hours: - of -, 42% used, resets 3600000, decisive",
                    "7 days: - of -, 90% used, resets 400000000",
                    "7 days Opus: - of -, 30% used, resets -",
                ],
            ),
            // An account on extra usage has no other window (claude-code-cache-fix#121).
            (
                &[
                    ("anthropic-ratelimit-unified-status", "allowed"),
                    ("anthropic-ratelimit-unified-representative-claim", "overage"),
                    ("anthropic-ratelimit-unified-overage-status", "allowed"),
                    ("anthropic-ratelimit-unified-overage-utilization", "0.25"),
                    ("anthropic-ratelimit-unified-overage-reset", "1790400000"),
                ],
                &["extra usage: - of -, 25% used, resets 400000000, decisive"],
            ),
            // The Codex backend (codex-proxy#65, pi#4172); a window of no minutes is none.
            (
                &[
                    ("x-codex-primary-used-percent", "60"),
                    ("x-codex-primary-window-minutes", "300"),
                    ("x-codex-primary-reset-after-seconds", "13873"),
                    ("x-codex-primary-reset-at", "1790013999"),
                    ("x-codex-secondary-used-percent", "80"),
                    ("x-codex-secondary-window-minutes", "10080"),
                    ("x-codex-secondary-reset-at", "1790316705"),
                ],
                &["7 days: - of -, 80% used, resets 316705000, decisive", "5 hours: - of -, 60% used, resets 13873000"],
            ),
            (
                &[
                    ("x-codex-primary-used-percent", "100"),
                    ("x-codex-primary-window-minutes", "43200"),
                    ("x-codex-primary-reset-after-seconds", "471285"),
                    ("x-codex-secondary-used-percent", "0"),
                    ("x-codex-secondary-window-minutes", "0"),
                    ("x-codex-secondary-reset-at", ""),
                ],
                &["30 days: - of -, 100% used, resets 471285000, decisive"],
            ),
            // Of exhausted windows the one that is out longest.
            (
                &[
                    ("x-ratelimit-limit-requests", "10"),
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "6m0s"),
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "6s"),
                ],
                &["requests: 0 of 10, 100% used, resets 360000, decisive", "tokens: 0 of -, 100% used, resets 6000"],
            ),
            (&[("x-ratelimit-remaining-requests", "many"), ("x-ratelimit-reset", "")], &[]),
            (&[], &[]),
        ];
        for (headers, windows) in table {
            assert_eq!(told(&read(headers)), *windows, "{headers:?}");
        }
    }

    #[test]
    fn what_is_left_is_the_decisive_windows() {
        let limits = read(&[
            ("x-ratelimit-limit-requests", "100"),
            ("x-ratelimit-remaining-requests", "75"),
            ("x-ratelimit-limit-tokens", "100"),
            ("x-ratelimit-remaining-tokens", "50"),
        ]);
        assert_eq!(limits.left(), Some(0.5));
        assert_eq!(limits.decisive().map(|window| window.measure), Some(Measure::Tokens));
        assert_eq!(read(&[]).left(), None);
    }

    #[test]
    fn an_answer_that_says_nothing_costs_no_allocation() {
        assert_eq!(read(&[]).windows.capacity(), 0);
    }

    #[test]
    fn a_windows_scope_is_the_accounts_where_the_provider_counts_by_account() {
        let status = ("anthropic-ratelimit-unified-status", "allowed");
        let scope = |name, value| read(&[status, (name, value)]).windows.first().map(|window| window.scope);
        assert_eq!(scope("x-ratelimit-remaining-tokens", "9"), Some(Scope::Model));
        assert_eq!(scope("x-ratelimit-remaining", "9"), Some(Scope::Account));
        assert_eq!(scope("anthropic-ratelimit-unified-5h-utilization", "0.5"), Some(Scope::Account));
        assert_eq!(scope("anthropic-ratelimit-unified-7d_opus-utilization", "0.5"), Some(Scope::Model));
        assert_eq!(scope("x-codex-primary-used-percent", "5"), Some(Scope::Account));
    }

    proptest! {
        #[test]
        fn whatever_the_headers_say_shares_are_shares_and_resets_are_to_come(
            values in proptest::collection::vec("([0-9.eE+-]{0,22}|[0-9]{1,6}(ms|s|m|h|d)|rejected|.{0,12})", 8),
            now: u64,
        ) {
            let found = limits(&|name| Some(values[name.len() % values.len()].as_str()), now);
            prop_assert!(found.windows.len() <= MOST);
            prop_assert!(found.windows.iter().filter(|window| window.decisive).count() <= 1);
            for window in &found.windows {
                prop_assert!(window.used.is_none_or(|used| (0.0..=1.0).contains(&used)));
                prop_assert!(window.resets_at.is_none_or(|at| at > now));
            }
        }
    }
}
