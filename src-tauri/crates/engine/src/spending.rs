//! What members have spent in the day, told to the balancer (failover §4, daily limits).

use crate::shared::Shared;
use jiff::Zoned;
use mainstay_balancer::{Member, Millis, Spend};
use mainstay_history::{Cost, Exchange};

impl Shared {
    /// Charges the member that served an exchange: one request, and its cost where that is known.
    pub(crate) fn charge(&self, exchange: &Exchange) {
        let Some(member) = exchange.served_by.as_deref() else { return };
        let micro_usd = exchange.cost.and_then(Cost::micro_usd).unwrap_or(0);
        let Some(ends) = day_ends(&Zoned::now()) else { return };
        self.core.charge(member, Spend { requests: 1, micro_usd }, ends);
        self.watcher.health.stir();
    }
}

/// What of its daily limit a member has reached, in words that read on from its name; `None` while it may serve.
pub(crate) fn reached(member: &Member, spent: Spend) -> Option<String> {
    let requests = member.daily.requests.filter(|limit| spent.requests >= *limit);
    let micro_usd = member.daily.micro_usd.filter(|limit| spent.micro_usd >= *limit);
    match (requests, micro_usd) {
        (Some(1), _) => Some("has served its one request of today".to_owned()),
        (Some(limit), _) => Some(format!("has served its {limit} requests of today")),
        (None, Some(limit)) => Some(format!("has spent its {} US dollars of today", usd(limit))),
        (None, None) => None,
    }
}

/// Millionths of a US dollar in US dollars, with cents at least.
fn usd(micro: u64) -> String {
    let (whole, rest) = (micro / 1_000_000, format!("{:06}", micro % 1_000_000));
    let (cents, finer) = rest.split_at(2);
    format!("{whole}.{cents}{}", finer.trim_end_matches('0'))
}

/// When the local day of `now` ends, in Unix milliseconds: 23, 24 or 25 hours after it began. `None` at the calendar's end.
pub(crate) fn day_ends(now: &Zoned) -> Option<Millis> {
    let tomorrow = now.tomorrow().ok()?.start_of_day().ok()?;
    u64::try_from(tomorrow.timestamp().as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours_left(now: &str) -> f64 {
        let now: Zoned = now.parse().unwrap();
        let left = day_ends(&now).unwrap() - u64::try_from(now.timestamp().as_millisecond()).unwrap();
        left as f64 / 3_600_000.0
    }

    #[test]
    fn money_is_told_with_cents_at_least() {
        for (micro, told) in [(5_000_000, "5.00"), (2_500_000, "2.50"), (1_234_500, "1.2345"), (1, "0.000001")] {
            assert_eq!(usd(micro), told);
        }
    }

    #[test]
    fn a_day_ends_at_local_midnight_also_when_the_clocks_change() {
        assert!((hours_left("2026-11-26T00:00:00[Europe/Berlin]") - 24.0).abs() < 1e-9);
        assert!((hours_left("2026-03-29T00:00:00[Europe/Berlin]") - 23.0).abs() < 1e-9);
        assert!((hours_left("2026-10-25T00:00:00[Europe/Berlin]") - 25.0).abs() < 1e-9);
        assert!((hours_left("2026-10-25T23:30:00[Europe/Berlin]") - 0.5).abs() < 1e-9);
        // Here midnight itself is skipped: the day begins at one.
        assert!((hours_left("2018-11-03T12:00:00[America/Sao_Paulo]") - 12.0).abs() < 1e-9);
    }
}
