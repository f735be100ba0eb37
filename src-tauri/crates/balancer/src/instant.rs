//! Reads the many ways in which providers write "when": `6m0s`, `174ms`, `34.4s`, bare seconds, epoch seconds and
//! milliseconds, RFC 3339, HTTP dates. Everything else reads as nothing, never as an error: a hint is only a hint.

use crate::Millis;

/// A bare number above this is an instant in seconds, not a wait: as a wait it would be 31 years, as an instant it lies after
/// 2001. A wait of months (a monthly quota's) is a wait.
const EPOCH_S: f64 = 1e9;
/// A bare number above this is in milliseconds: as seconds it would lie in the year 5138.
const EPOCH_MS: f64 = 1e11;

/// A wait, in ms: a bare number of seconds (`20`, `33011.38`), or numbers with units in falling order (`1h2m3.5s`, `6m0s`,
/// `120ms`, `1d2h`), with or without spaces. All of `text` must be that.
pub(crate) fn wait(text: &str) -> Option<Millis> {
    let text = text.trim();
    match leading_wait(text)? {
        (ms, "") => Some(ms),
        _ => None,
    }
}

/// A wait at the beginning of a sentence ("18.642s. Visit …", "20 seconds"), and what follows it.
pub(crate) fn leading_wait(text: &str) -> Option<(Millis, &str)> {
    let mut rest = text;
    let mut total = 0.0;
    let mut parts = 0;
    let mut previous = f64::INFINITY;
    loop {
        let trimmed = rest.trim_start();
        let Some((number, after)) = leading_number(trimmed) else { break };
        let spaced = after.trim_start();
        let word_length = spaced.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(spaced.len());
        let (word, tail) = spaced.split_at(word_length);
        match unit(word) {
            Some(factor) if factor < previous => {
                total += number * factor;
                previous = factor;
                rest = tail;
            }
            _ if parts == 0 && (word.is_empty() || after.starts_with(' ')) => return finish(number * 1e3, after),
            _ => break,
        }
        parts += 1;
    }
    if parts == 0 { None } else { finish(total, rest) }
}

fn finish(ms: f64, rest: &str) -> Option<(Millis, &str)> {
    // Rounded up: a retry that comes a fraction of a millisecond too early fails.
    (ms.is_finite() && ms >= 0.0).then(|| (ms.ceil() as Millis, rest))
}

fn unit(word: &str) -> Option<f64> {
    Some(match word.to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 6e4,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3.6e6,
        "d" | "day" | "days" => 8.64e7,
        _ => return None,
    })
}

fn leading_number(text: &str) -> Option<(f64, &str)> {
    let mut dots = 0;
    let end = text
        .char_indices()
        .find(|(at, c)| match c {
            '0'..='9' => false,
            // A dot belongs to the number only before another digit: "in 5." ends a sentence.
            '.' => {
                dots += 1;
                dots > 1 || !text[at + 1..].starts_with(|next: char| next.is_ascii_digit())
            }
            _ => true,
        })
        .map_or(text.len(), |(at, _)| at);
    let number = text[..end].parse().ok()?;
    Some((number, &text[end..]))
}

/// An instant as a rate-limit header gives it: a wait from `now`, epoch seconds or milliseconds, or RFC 3339.
pub(crate) fn reset(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        return Some(if number > EPOCH_MS {
            number as Millis
        } else if number > EPOCH_S {
            (number * 1e3) as Millis
        } else {
            now.saturating_add((number * 1e3).ceil() as Millis)
        });
    }
    wait(text).map(|ms| now.saturating_add(ms)).or_else(|| rfc3339(text))
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, also fractional ones, or an HTTP date.
pub(crate) fn retry_after(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    if let Ok(date) = httpdate::parse_http_date(text) {
        let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        return Millis::try_from(since.as_millis()).ok();
    }
    reset(text, now)
}

/// An RFC 3339 instant, such as `2026-01-31T08:00:00.5Z` or `2026-01-31 08:00:00+01:00`, to the millisecond.
pub(crate) fn rfc3339(text: &str) -> Option<Millis> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let days = day(date)?;
    let offset_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = time.split_at(offset_at);
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hours, minutes, seconds] = numbers(whole, ':', [2, 2, 2])?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let ms: i64 = match fraction {
        "" if clock.contains('.') => return None,
        "" => 0,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<3}").get(..3).and_then(|three| three.parse().ok())?
        }
        _ => return None,
    };
    let shift = match (offset.get(..1)?, &offset[1..]) {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), shift) => {
            let [hours, minutes] = numbers(shift, ':', [2, 2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if sign == "+" { 60 } else { -60 }
        }
        _ => return None,
    };
    let total = (days * 86_400 + hours * 3_600 + minutes * 60 + seconds - shift) * 1_000 + ms;
    Millis::try_from(total).ok()
}

/// Days from the Unix epoch to a date `2026-01-31`.
pub(crate) fn day(date: &str) -> Option<i64> {
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    // Howard Hinnant's `days_from_civil`: years that begin in March put the leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Numbers of fixed widths between separators, and nothing else.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (number, width) in found.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_are_read_in_every_form_that_providers_use() {
        let table = [
            ("20", Some(20_000)),
            ("0", Some(0)),
            ("33011.382867", Some(33_011_383)),
            ("1s", Some(1_000)),
            ("6m0s", Some(360_000)),
            ("174ms", Some(174)),
            ("8.64s", Some(8_640)),
            ("2m59.56s", Some(179_560)),
            ("1h2m3.5s", Some(3_723_500)),
            ("1d2h", Some(93_600_000)),
            ("20 seconds", Some(20_000)),
            ("1 minute 30 seconds", Some(90_000)),
            ("-1", None),
            ("", None),
            ("soon", None),
            ("5 apples", None),
            ("1s1m", None),
            ("1.2.3s", None),
        ];
        for (text, ms) in table {
            assert_eq!(wait(text), ms, "{text:?}");
        }
    }

    #[test]
    fn a_wait_in_a_sentence_ends_where_the_sentence_goes_on() {
        assert_eq!(leading_wait("18.642s. Visit the page"), Some((18_642, ". Visit the page")));
        assert_eq!(leading_wait("5."), Some((5_000, ".")));
        assert_eq!(leading_wait("2 minutes or so"), Some((120_000, " or so")));
        assert_eq!(leading_wait("a moment"), None);
    }

    #[test]
    fn resets_are_waits_or_instants() {
        let now = 1_790_000_000_000;
        let table = [
            ("12", Some(now + 12_000)),
            ("6m0s", Some(now + 360_000)),
            ("1790000100", Some(1_790_000_100_000)),
            ("1790000100123", Some(1_790_000_100_123)),
            // 31 days, a month's quota: still a wait, and not the February of 1970.
            ("2678400", Some(now + 2_678_400_000)),
            ("999999999", Some(now + 999_999_999_000)),
            ("2026-09-21T14:13:20Z", Some(1_790_000_000_000)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
        ];
        for (text, at) in table {
            assert_eq!(reset(text, now), at, "{text:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = 1_445_412_400_000;
        assert_eq!(retry_after("30", now), Some(now + 30_000));
        assert_eq!(retry_after("1.5", now), Some(now + 1_500));
        assert_eq!(retry_after("2678400", now), Some(now + 2_678_400_000));
        // Some proxies put the instant there.
        assert_eq!(retry_after("1445412480", now), Some(1_445_412_480_000));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(1_445_412_480_000));
        assert_eq!(retry_after("tomorrow", now), None);
    }

    #[test]
    fn what_is_no_rfc3339_reads_as_nothing() {
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "1969-12-31T23:59:59Z",
            "T",
            "é026-01-01T00:00:00Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text:?}");
        }
        assert_eq!(rfc3339("1970-01-01T01:00:00.5+01:00"), Some(500));
    }

    proptest! {
        #[test]
        fn every_instant_is_read_as_the_date_library_writes_it(s in 0_u64..253_402_300_799) {
            let written = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(s));
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                .iter().position(|name| *name == &written[8..11]).unwrap() + 1;
            let text = format!("{}-{month:02}-{}T{}Z", &written[12..16], &written[5..7], &written[17..25]);
            prop_assert_eq!(rfc3339(&text), Some(s * 1_000));
            prop_assert_eq!(retry_after(&written, 0), Some(s * 1_000));
        }

        #[test]
        fn nothing_that_a_provider_sends_panics(text in ".{0,60}", now: u64) {
            let _ = (wait(&text), leading_wait(&text), reset(&text, now), retry_after(&text, now), rfc3339(&text));
        }

        #[test]
        fn nothing_that_looks_like_a_time_panics(text in "[0-9.:TZ+ \\-hmsd]{0,40}", now: u64) {
            let _ = (wait(&text), leading_wait(&text), reset(&text, now), retry_after(&text, now), rfc3339(&text));
        }
    }
}
