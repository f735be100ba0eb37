//! Local days.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The local day of an instant in Unix milliseconds, as a number that reads as a date: 20261126.
pub(crate) fn day_of(ms: u64) -> i64 {
    let instant = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let date = instant.to_zoned(TimeZone::system()).date();
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// The date that [`day_of`] made: `2026-11-26`.
pub(crate) fn written(day: i64) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

/// An instant as ISO 8601 in UTC.
pub(crate) fn instant(ms: u64) -> String {
    let instant = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    instant.map_or_else(|| ms.to_string(), |instant| format!("{instant:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_as_a_date() {
        // Noon in UTC on that day or, far enough east or west, on a neighbour.
        let day = day_of(1_764_158_400_000);
        assert!((20_251_125..=20_251_127).contains(&day), "{day}");
        assert_eq!(written(20_251_126), "2025-11-26");
        assert_eq!(instant(1_764_158_400_000), "2025-11-26T12:00:00.000Z");
    }
}
