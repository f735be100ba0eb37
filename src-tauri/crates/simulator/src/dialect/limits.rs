//! How limits are written in headers, whoever writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

/// Sets a header that is made of names and numbers of our own.
pub(super) fn put(headers: &mut HeaderMap, name: &str, value: impl TryInto<HeaderValue>) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value.try_into()) {
        headers.insert(name, value);
    }
}

/// Whole seconds, rounded up: who comes back then finds the limit whole.
pub(super) fn retry_after(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// Seconds since 1970, rounded up.
pub(super) fn unix(at: SystemTime) -> u64 {
    retry_after(at.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// `2026-09-21T14:13:37Z`, rounded up to the second.
pub(super) fn rfc3339(at: SystemTime) -> String {
    let seconds = i64::try_from(unix(at)).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

/// `120ms`, `1.5s`, `6m0s`, `1h0m0s`.
pub(super) fn span(wait: Duration) -> String {
    let ms = wait.as_millis();
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let (minutes, rest) = (ms / 60_000, ms % 60_000);
    let seconds = match (rest / 1000, rest % 1000) {
        (whole, 0) => whole.to_string(),
        (whole, thousandths) => format!("{whole}.{thousandths:03}").trim_end_matches('0').to_owned(),
    };
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_openai_writes_them() {
        for (ms, written) in [
            (0, "0ms"),
            (120, "120ms"),
            (1_000, "1s"),
            (18_642, "18.642s"),
            (1_500, "1.5s"),
            (360_000, "6m0s"),
            (3_600_000, "1h0m0s"),
        ] {
            assert_eq!(span(Duration::from_millis(ms)), written);
        }
    }

    #[test]
    fn moments_are_rounded_up() {
        let at = UNIX_EPOCH + Duration::from_millis(1_790_000_000_001);
        assert_eq!((unix(at), rfc3339(at).as_str()), (1_790_000_001, "2026-09-21T14:13:21Z"));
        assert_eq!((retry_after(Duration::from_millis(1)), retry_after(Duration::ZERO)), (1, 0));
    }
}
