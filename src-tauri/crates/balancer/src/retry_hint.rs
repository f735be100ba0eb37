//! When a limited member may be asked again, from whatever its provider says (failover §2, RateLimited and QuotaSpent).
//!
//! The most definite word wins: `retry-after-ms`, `retry-after`, the body's own delay, the reset of an exhausted window, a
//! sentence ("try again in 18.6s"), and last the soonest reset of windows that don't say which is exhausted. **Never** the
//! longest header: a day's window that is half full says nothing about a minute's that is empty.

use mainstay_dialects::ErrorBody;

use crate::{
    Millis, instant,
    limits::{Lookup, Subscription, windows},
};

/// No hint is believed beyond this, except a named weekly window's.
const LONGEST: Millis = 24 * 3_600_000;
/// A named weekly window, with a day's grace.
const LONGEST_WEEKLY: Millis = 8 * 24 * 3_600_000;
/// Beside a day's quota a shorter wait than this is the minute's.
const SHORTEST_OF_A_DAY: Millis = 3_600_000;

/// What the provider says of waiting in so many words: for limits, overload and server errors alike.
pub(crate) fn advised(headers: Lookup<'_, '_>, error: &ErrorBody, now: Millis) -> Option<Millis> {
    told(headers, error, now).map(|until| believed(until, LONGEST, now))
}

/// As [`advised`], but as it was said. A wait of nothing, and what lies in the past, is no hint.
fn told(headers: Lookup<'_, '_>, error: &ErrorBody, now: Millis) -> Option<Millis> {
    let milliseconds = || {
        let ms = headers("retry-after-ms")?.trim().parse::<f64>().ok()?;
        (ms.is_finite() && ms >= 0.0).then(|| now.saturating_add(ms.ceil() as Millis))
    };
    let to_come = |until: &Millis| *until > now;
    milliseconds()
        .filter(to_come)
        .or_else(|| headers("retry-after").and_then(|value| instant::retry_after(value, now)).filter(to_come))
        .or_else(|| error.retry_after_ms.map(|ms| now.saturating_add(ms)).filter(to_come))
        .or_else(|| error.resets_at_ms.filter(to_come))
}

/// When a rate limit ends.
pub(crate) fn rate_limit(headers: Lookup<'_, '_>, error: &ErrorBody, now: Millis) -> Option<Millis> {
    advised(headers, error, now).or_else(|| {
        let windows = windows(headers, now);
        let unclear = windows.iter().filter(|window| window.remaining.is_none()).filter_map(|window| window.resets_at);
        exhausted(headers, now)
            .or_else(|| in_words(&error.message, now))
            .or_else(|| unclear.min())
            .map(|until| believed(until, LONGEST, now))
    })
}

/// When spent quota comes back: a subscription's window, then what the provider says in so many words.
///
/// Gemini's `RetryInfo` and `Retry-After` beside a day's quota mostly speak of the minute's; with `daily` a short wait is
/// left out.
pub(crate) fn quota(headers: Lookup<'_, '_>, error: &ErrorBody, daily: bool, now: Millis) -> Option<Millis> {
    let subscription = Subscription::read(headers, now);
    if subscription.rejected
        && let (Some(until), long) = subscription.spent_until()
    {
        return Some(believed(until, if long { LONGEST_WEEKLY } else { LONGEST }, now));
    }
    // The Codex backend's code for its windows of five hours and a week, told without saying which.
    let of_a_plan = [&error.kind, &error.code].into_iter().any(|name| name.as_deref() == Some("usage_limit_reached"));
    let longest = if of_a_plan { LONGEST_WEEKLY } else { LONGEST };
    let long_enough = |until: &Millis| !daily || *until >= now.saturating_add(SHORTEST_OF_A_DAY);
    told(headers, error, now)
        .filter(long_enough)
        .or_else(|| exhausted(headers, now))
        .or_else(|| regained(&error.message).filter(|until| *until > now))
        .or_else(|| in_words(&error.message, now).filter(long_enough))
        .map(|until| believed(until, longest, now))
}

/// Whether a subscription's own windows turned the request away.
pub(crate) fn subscription_spent(headers: Lookup<'_, '_>, now: Millis) -> bool {
    Subscription::read(headers, now).rejected
}

/// When the exhausted windows have all reset: only then the request passes.
fn exhausted(headers: Lookup<'_, '_>, now: Millis) -> Option<Millis> {
    let windows = windows(headers, now);
    windows.iter().filter(|window| window.remaining == Some(0)).filter_map(|window| window.resets_at).max()
}

fn believed(until: Millis, longest: Millis, now: Millis) -> Millis {
    until.min(now.saturating_add(longest))
}

/// "Please try again in 18.642s", "retry in 34.4s", "Your quota will reset after 6h34m21s".
fn in_words(message: &str, now: Millis) -> Option<Millis> {
    const LEADS: [&str; 8] = [
        "try again in ",
        "retry in ",
        "retry after ",
        "try again after ",
        "reset after ",
        "resets in ",
        "reset in ",
        "please wait ",
    ];
    let lower = message.to_ascii_lowercase();
    LEADS.iter().find_map(|lead| {
        let after = &lower[lower.find(lead)? + lead.len()..];
        instant::leading_wait(after).map(|(ms, _)| now.saturating_add(ms)).filter(|until| *until > now)
    })
}

/// "You will regain access on 2026-02-01 at 00:00 UTC."
fn regained(message: &str) -> Option<Millis> {
    let lower = message.to_ascii_lowercase();
    let after = lower.split_once("regain access on ")?.1;
    let date = after.get(..10)?;
    let clock = after.get(10..).and_then(|rest| rest.strip_prefix(" at ")).and_then(|rest| rest.get(..5));
    instant::rfc3339(&format!("{date}T{}:00Z", clock.unwrap_or("00:00")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Millis = 1_790_000_000_000;

    fn body(message: &str) -> ErrorBody {
        ErrorBody { message: message.into(), ..ErrorBody::default() }
    }

    fn limited(pairs: &'static [(&'static str, &'static str)], error: &ErrorBody) -> Option<Millis> {
        rate_limit(&lookup(pairs), error, NOW).map(|until| until - NOW)
    }

    fn lookup(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<&'static str> {
        move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    #[test]
    fn the_most_definite_word_wins() {
        let sentence = body("Please try again in 9s.");
        let delayed = ErrorBody { retry_after_ms: Some(34_400), ..body("Please retry in 9s.") };
        type Case<'a> = (&'static [(&'static str, &'static str)], &'a ErrorBody, Option<Millis>);
        let none = body("");
        let table: &[Case<'_>] = &[
            (&[("retry-after-ms", "1500"), ("retry-after", "30")], &none, Some(1_500)),
            (&[("retry-after", "30"), ("x-ratelimit-reset-tokens", "6m0s")], &none, Some(30_000)),
            (&[("retry-after", "Mon, 21 Sep 2026 14:14:20 GMT")], &none, Some(60_000)),
            (&[("retry-after-ms", "soon"), ("retry-after", "30")], &none, Some(30_000)),
            (&[("retry-after", "1.5")], &none, Some(1_500)),
            (&[("retry-after", "1790000060")], &none, Some(60_000)),
            (&[], &delayed, Some(34_400)),
            // A wait of nothing and an instant in the past are no hints.
            (&[("retry-after", "0")], &sentence, Some(9_000)),
            (&[("retry-after", "Mon, 21 Sep 2026 14:13:20 GMT")], &sentence, Some(9_000)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1789999999")], &none, None),
            // OpenRouter's instant is in milliseconds, Cerebras' windows have a length.
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1790000040000")], &none, Some(40_000)),
            (
                &[
                    ("x-ratelimit-remaining-tokens-minute", "0"),
                    ("x-ratelimit-reset-tokens-minute", "11.4"),
                    ("x-ratelimit-remaining-requests-day", "900"),
                    ("x-ratelimit-reset-requests-day", "33011.4"),
                ],
                &none,
                Some(11_400),
            ),
            (
                &[
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "12s"),
                    ("x-ratelimit-remaining-tokens", "900"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                ],
                &none,
                Some(12_000),
            ),
            (
                &[
                    ("anthropic-ratelimit-input-tokens-remaining", "0"),
                    ("anthropic-ratelimit-input-tokens-reset", "2026-09-21T14:13:37Z"),
                    ("anthropic-ratelimit-requests-remaining", "40"),
                    ("anthropic-ratelimit-requests-reset", "2026-09-21T15:13:37Z"),
                ],
                &none,
                Some(17_000),
            ),
            (&[("x-ratelimit-reset-requests", "1h0m0s"), ("x-ratelimit-reset-tokens", "3s")], &none, Some(3_000)),
            (&[("x-ratelimit-reset-requests", "1h0m0s")], &sentence, Some(9_000)),
            (&[("x-ratelimit-remaining-requests", "-1"), ("x-ratelimit-remaining-tokens", "0")], &none, None),
            (&[("x-ratelimit-remaining-requests", "12"), ("x-ratelimit-reset-requests", "1h0m0s")], &none, None),
            (&[], &none, None),
        ];
        for (headers, error, wait) in table {
            assert_eq!(limited(headers, error), *wait, "{headers:?} {:?}", error.message);
        }
    }

    #[test]
    fn waits_in_words_are_the_last_resort() {
        let table = [
            (
                "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000. Please try again in 174ms. Visit …",
                174,
            ),
            ("Please try again in 18.642s.", 18_642),
            ("Please try again in 1m26.4s", 86_400),
            ("Please retry in 34.4s.", 34_400),
            ("Please try again in 1m3s.", 63_000),
            ("Please retry after 23 seconds.", 23_000),
            ("Upgrade to Pro or try again in 22 hours 11 minutes.", 79_860_000),
            ("You've hit your usage limit. Try again in 2 days.", LONGEST),
            ("You have exhausted your capacity on this model. Your quota will reset after 6h34m21s.", 23_661_000),
            ("Too fast; please wait 5 seconds.", 5_000),
        ];
        for (message, ms) in table {
            assert_eq!(limited(&[], &body(message)), Some(ms), "{message}");
        }
        assert_eq!(limited(&[], &body("Please try again in a while.")), None);
    }

    #[test]
    fn a_subscriptions_claim_decides_and_a_week_may_last_longer_than_a_day() {
        let until = |pairs| quota(&lookup(pairs), &body(""), false, NOW);
        let five_hours = until(&[
            ("anthropic-ratelimit-unified-status", "rejected"),
            ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
            ("anthropic-ratelimit-unified-5h-reset", "1790007200"),
            ("anthropic-ratelimit-unified-7d-reset", "1790400000"),
        ]);
        assert_eq!(five_hours, Some(1_790_007_200_000));
        let week = until(&[
            ("anthropic-ratelimit-unified-status", "rejected"),
            ("anthropic-ratelimit-unified-representative-claim", "seven_day"),
            ("anthropic-ratelimit-unified-reset", "1790400000"),
        ]);
        assert_eq!(week, Some(1_790_400_000_000));
        let one_model = until(&[
            ("anthropic-ratelimit-unified-status", "rejected"),
            ("anthropic-ratelimit-unified-5h-status", "allowed"),
            ("anthropic-ratelimit-unified-5h-reset", "1790000100"),
            ("anthropic-ratelimit-unified-7d_oi-status", "rejected"),
            ("anthropic-ratelimit-unified-7d_oi-reset", "1790300000"),
        ]);
        assert_eq!(one_model, Some(1_790_300_000_000));
    }

    #[test]
    fn a_plans_window_that_is_used_up_decides_at_the_codex_backend() {
        let windows: &[(&str, &str)] = &[
            ("x-codex-primary-used-percent", "100"),
            ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-after-seconds", "13873"),
            ("x-codex-secondary-used-percent", "80"),
            ("x-codex-secondary-window-minutes", "10080"),
            ("x-codex-secondary-reset-after-seconds", "316705"),
        ];
        assert_eq!(quota(&lookup(windows), &body(""), false, NOW), Some(NOW + 13_873_000));
        let week: &[(&str, &str)] = &[
            ("x-codex-primary-used-percent", "100"),
            ("x-codex-primary-window-minutes", "10080"),
            ("x-codex-primary-reset-at", "1790471285"),
        ];
        assert_eq!(quota(&lookup(week), &body(""), false, NOW), Some(1_790_471_285_000));
        // Without headers the body's wait, which may be a week's.
        let told = ErrorBody {
            kind: Some("usage_limit_reached".into()),
            retry_after_ms: Some(602_705_000),
            resets_at_ms: Some(NOW + 600_000_000),
            ..body("The usage limit has been reached")
        };
        assert_eq!(quota(&|_| None, &told, false, NOW), Some(NOW + 602_705_000));
        assert_eq!(quota(&|_| None, &ErrorBody { retry_after_ms: None, ..told }, false, NOW), Some(NOW + 600_000_000));
        assert!(!subscription_spent(&lookup(&[("x-codex-primary-used-percent", "99")]), NOW));
    }

    #[test]
    fn the_word_on_the_whole_subscription_counts() {
        let rejected = |pairs| subscription_spent(&lookup(pairs), NOW);
        assert!(rejected(&[("anthropic-ratelimit-unified-status", "rejected")]));
        assert!(rejected(&[
            ("anthropic-ratelimit-unified-reset", "1790007200"),
            ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ]));
        // On extra usage the window is rejected and the account is not.
        assert!(!rejected(&[
            ("anthropic-ratelimit-unified-status", "allowed"),
            ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ]));
        // No extra usage: said in every answer of an account that has none.
        assert!(!rejected(&[
            ("anthropic-ratelimit-unified-reset", "1790007200"),
            ("anthropic-ratelimit-unified-overage-status", "rejected"),
            ("anthropic-ratelimit-unified-overage-utilization", "0"),
        ]));
    }

    #[test]
    fn beside_a_days_quota_only_a_long_wait_is_the_days() {
        let error = |ms| ErrorBody { retry_after_ms: Some(ms), ..body("Please retry in 47s.") };
        assert_eq!(quota(&|_| None, &error(47_000), true, NOW), None);
        assert_eq!(quota(&|_| None, &error(38_763_000), true, NOW), Some(NOW + 38_763_000));
    }

    proptest! {
        /// failover §2: the cap is 24 h, except for named weekly windows.
        #[test]
        fn no_hint_lies_in_the_past_or_beyond_the_cap(
            values in proptest::collection::vec(
                "([0-9.eE+-]{0,22}|[0-9]{1,9}|[0-9]{1,6}(ms|s|m|h|d)|rejected|five_hour|seven_day|inf|.{0,12})", 8,
            ),
            message in "(try again in [0-9]{1,12}(s|d|ms)|regain access on [0-9]{4}-[0-9]{2}-[0-9]{2}|.{0,40})",
            delay in proptest::option::of(any::<u64>()),
            resets in proptest::option::of(any::<u64>()),
            plan: bool,
            now in prop_oneof![Just(NOW), any::<u64>()],
        ) {
            let kind = plan.then(|| "usage_limit_reached".to_owned());
            let error = ErrorBody { kind, retry_after_ms: delay, resets_at_ms: resets, ..body(&message) };
            let headers = |name: &str| Some(values[name.len() % values.len()].as_str());
            let silent = |_: &str| None;
            for headers in [&headers as Lookup<'_, '_>, &silent] {
                for until in [advised(headers, &error, now), rate_limit(headers, &error, now)].into_iter().flatten() {
                    prop_assert!(until > now && until <= now.saturating_add(LONGEST), "{until}");
                }
                for daily in [true, false] {
                    if let Some(until) = quota(headers, &error, daily, now) {
                        prop_assert!(until > now && until <= now.saturating_add(LONGEST_WEEKLY), "{until}");
                    }
                }
            }
        }
    }

    #[test]
    fn hints_beyond_a_day_are_cut() {
        assert_eq!(limited(&[("retry-after", "200000")], &body("")), Some(LONGEST));
        assert_eq!(limited(&[("x-ratelimit-reset", "99999999999999999")], &body("")), Some(LONGEST));
    }

    #[test]
    fn the_day_on_which_access_comes_back_is_read() {
        let error = body(
            "You have reached your specified API usage limits. You will regain access on 2026-09-22 at 00:00 UTC.",
        );
        assert_eq!(quota(&|_| None, &error, false, NOW), Some(1_790_035_200_000));
        let far = body(
            "You have reached your specified API usage limits. You will regain access on 2026-10-01 at 00:00 UTC.",
        );
        assert_eq!(quota(&|_| None, &far, false, NOW), Some(NOW + LONGEST));
        assert_eq!(quota(&|_| None, &body("You will regain access on ééééééé"), false, NOW), None);
    }
}
