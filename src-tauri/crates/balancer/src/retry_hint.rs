//! When a limited member may be asked again, from whatever its provider says (failover §2, RateLimited and QuotaSpent).
//!
//! The most definite word wins: `retry-after-ms`, `retry-after`, the body's own delay, the reset of an exhausted window, a
//! sentence ("try again in 18.6s"), and last the soonest reset of windows that don't say which is exhausted. **Never** the
//! longest header: a day's window that is half full says nothing about a minute's that is empty.

use mainstay_dialects::ErrorBody;

use crate::{
    Millis, instant,
    limits::{Lookup, Unified, windows},
};

/// No hint is believed beyond this, except a named weekly window's.
const LONGEST: Millis = 24 * 3_600_000;
/// A named weekly window, with a day's grace.
const LONGEST_WEEKLY: Millis = 8 * 24 * 3_600_000;

/// What the provider says of waiting in so many words: for limits, overload and server errors alike.
pub(crate) fn advised(headers: Lookup<'_, '_>, error: &ErrorBody, now: Millis) -> Option<Millis> {
    let milliseconds = || {
        let ms = headers("retry-after-ms")?.trim().parse::<f64>().ok()?;
        (ms.is_finite() && ms >= 0.0).then(|| now.saturating_add(ms.ceil() as Millis))
    };
    milliseconds()
        .or_else(|| headers("retry-after").and_then(|value| instant::retry_after(value, now)))
        .or_else(|| error.retry_after_ms.map(|ms| now.saturating_add(ms)))
        .map(|until| believed(until, LONGEST, now))
}

/// When a rate limit ends.
pub(crate) fn rate_limit(headers: Lookup<'_, '_>, error: &ErrorBody, now: Millis) -> Option<Millis> {
    advised(headers, error, now).or_else(|| {
        let windows = windows(headers, now);
        // Several may be exhausted at once; then the request passes when the last of them has reset.
        let exhausted =
            windows.iter().filter(|window| window.remaining == Some(0)).filter_map(|window| window.resets_at);
        let unclear = windows.iter().filter(|window| window.remaining.is_none()).filter_map(|window| window.resets_at);
        exhausted
            .max()
            .or_else(|| in_words(&error.message, now))
            .or_else(|| unclear.min())
            .map(|until| believed(until, LONGEST, now))
    })
}

/// When spent quota comes back: a subscription's window, then what the provider says in so many words.
///
/// Gemini's `RetryInfo` and `Retry-After` beside a day's quota speak of the minute; the caller leaves them out by
/// `daily`.
pub(crate) fn quota(headers: Lookup<'_, '_>, error: &ErrorBody, daily: bool, now: Millis) -> Option<Millis> {
    let unified = Unified::read(headers, now);
    if unified.rejected || unified.windows.iter().any(|window| window.rejected) {
        let (until, weekly) = unified.spent_until();
        if let Some(until) = until {
            return Some(believed(until, if weekly { LONGEST_WEEKLY } else { LONGEST }, now));
        }
    }
    let told = if daily { None } else { advised(headers, error, now) };
    told.or_else(|| {
        let spent = windows(headers, now)
            .iter()
            .filter(|window| window.remaining == Some(0))
            .filter_map(|window| window.resets_at)
            .max();
        spent
            .or_else(|| regained(&error.message))
            .or_else(|| if daily { None } else { in_words(&error.message, now) })
            .map(|until| believed(until, LONGEST, now))
    })
}

/// Whether a subscription's own windows turned the request away.
pub(crate) fn subscription_spent(headers: Lookup<'_, '_>, now: Millis) -> bool {
    let unified = Unified::read(headers, now);
    unified.rejected || unified.windows.iter().any(|window| window.rejected)
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
        instant::leading_wait(after).map(|(ms, _)| now.saturating_add(ms))
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
            (&[], &delayed, Some(34_400)),
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
