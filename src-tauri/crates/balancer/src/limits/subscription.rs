//! The windows of a subscription: Anthropic's `anthropic-ratelimit-unified-*` and the Codex backend's `x-codex-*`. They
//! fill side by side; Anthropic names the one that decides.

use std::borrow::Cow;

use crate::{Millis, Scope, instant};

use super::{LimitWindow, Lookup, Measure};

/// One of a subscription's windows.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) shown: LimitWindow,
    claim: Option<&'static str>,
    rejected: bool,
    /// Longer than a day, by its name or its length.
    long: bool,
}

/// What a subscription says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscription {
    /// It turned the request away.
    pub(crate) rejected: bool,
    pub(crate) windows: Vec<Window>,
    claim: Option<&'static str>,
    resets_at: Option<Millis>,
}

/// A window of Anthropic's, and the names of its headers.
struct Unified {
    name: &'static str,
    /// The representative claim that means it.
    claim: &'static str,
    scope: Scope,
    long: bool,
    status: &'static str,
    reset: &'static str,
    utilization: &'static str,
}

macro_rules! unified {
    ($key:literal, $name:literal, $claim:literal, $scope:expr, $long:literal) => {
        Unified {
            name: $name,
            claim: $claim,
            scope: $scope,
            long: $long,
            status: concat!("anthropic-ratelimit-unified-", $key, "-status"),
            reset: concat!("anthropic-ratelimit-unified-", $key, "-reset"),
            utilization: concat!("anthropic-ratelimit-unified-", $key, "-utilization"),
        }
    };
}

const UNIFIED: &[Unified] = &[
    unified!("5h", "5 hours", "five_hour", Scope::Account, false),
    unified!("7d", "7 days", "seven_day", Scope::Account, true),
    unified!("7d_opus", "7 days Opus", "seven_day_opus", Scope::Model, true),
    unified!("7d_sonnet", "7 days Sonnet", "seven_day_sonnet", Scope::Model, true),
    unified!("7d_oi", "7 days with extra usage", "seven_day_overage_included", Scope::Account, true),
];

/// Usage beyond the subscription, billed. Where it is not allowed, every answer says `rejected`, which means nothing.
const OVERAGE: Unified = unified!("overage", "extra usage", "overage", Scope::Account, true);

const STATUS: &str = "anthropic-ratelimit-unified-status";
const CLAIM: &str = "anthropic-ratelimit-unified-representative-claim";
const RESET: &str = "anthropic-ratelimit-unified-reset";

/// A window of the Codex backend's, by the names of its headers.
struct Codex {
    used: &'static str,
    minutes: &'static str,
    reset_after: &'static str,
    reset_at: &'static str,
}

macro_rules! codex {
    ($key:literal) => {
        Codex {
            used: concat!("x-codex-", $key, "-used-percent"),
            minutes: concat!("x-codex-", $key, "-window-minutes"),
            reset_after: concat!("x-codex-", $key, "-reset-after-seconds"),
            reset_at: concat!("x-codex-", $key, "-reset-at"),
        }
    };
}

const CODEX: &[Codex] = &[codex!("primary"), codex!("secondary")];

impl Subscription {
    pub(crate) fn read(headers: Lookup<'_, '_>, now: Millis) -> Self {
        let mut read = Self::anthropic(headers, now);
        let codex = CODEX.iter().filter_map(|names| names.read(headers, now));
        read.windows.extend(codex);
        read.rejected |= read.windows.iter().any(|window| window.claim.is_none() && window.rejected);
        read
    }

    fn anthropic(headers: Lookup<'_, '_>, now: Millis) -> Self {
        let status = headers(STATUS).map(str::trim);
        // Where neither is said nothing else is, and most answers are of no subscription.
        if status.is_none() && headers(RESET).is_none() {
            return Self::default();
        }
        let claim = headers(CLAIM).map(str::trim);
        let known = || UNIFIED.iter().chain([&OVERAGE]);
        let windows: Vec<Window> = UNIFIED
            .iter()
            .filter_map(|names| names.read(headers, now))
            .chain(headers(OVERAGE.utilization).and_then(|_| OVERAGE.read(headers, now)))
            .collect();
        // The word on the whole counts: with extra usage a window may be rejected and the request is not.
        let rejected = status.map_or_else(
            || windows.iter().any(|window| window.rejected && window.claim != Some(OVERAGE.claim)),
            |status| status == "rejected",
        );
        Self {
            rejected,
            windows,
            claim: known().map(|names| names.claim).find(|known| Some(*known) == claim),
            resets_at: headers(RESET).and_then(|value| instant::reset(value, now)).filter(|at| *at > now),
        }
    }

    /// The index of the window that the representative claim names.
    pub(crate) fn claimed(&self) -> Option<usize> {
        let claim = self.claim?;
        self.windows.iter().position(|window| window.claim == Some(claim))
    }

    /// When the window that turned the request away resets, and whether that is one of more than a day. The claim decides;
    /// without one, the latest of the windows that are rejected; then the reset of the whole.
    pub(crate) fn spent_until(&self) -> (Option<Millis>, bool) {
        let claimed = self.claimed().map(|at| &self.windows[at]);
        let spent = claimed.or_else(|| {
            let rejected = |window: &&Window| window.rejected && window.claim != Some(OVERAGE.claim);
            self.windows.iter().filter(rejected).max_by_key(|window| window.shown.resets_at)
        });
        let long = spent.map(|window| window.long).or_else(|| {
            let named = UNIFIED.iter().chain([&OVERAGE]).find(|names| Some(names.claim) == self.claim);
            named.map(|names| names.long)
        });
        (spent.and_then(|window| window.shown.resets_at).or(self.resets_at), long.unwrap_or(false))
    }
}

impl Unified {
    fn read(&self, headers: Lookup<'_, '_>, now: Millis) -> Option<Window> {
        let rejected = headers(self.status).map(str::trim) == Some("rejected");
        let resets_at = headers(self.reset).and_then(|value| instant::reset(value, now)).filter(|at| *at > now);
        let used = headers(self.utilization).and_then(share);
        if !rejected && resets_at.is_none() && used.is_none() {
            return None;
        }
        let shown = usage(Cow::Borrowed(self.name), self.scope, used.or(rejected.then_some(1.0)), resets_at);
        Some(Window { shown, claim: Some(self.claim), rejected, long: self.long })
    }
}

impl Codex {
    fn read(&self, headers: Lookup<'_, '_>, now: Millis) -> Option<Window> {
        let used = headers(self.used)?.trim().parse::<f64>().ok().filter(|used| used.is_finite() && *used >= 0.0)?;
        let minutes = headers(self.minutes).and_then(|value| value.trim().parse::<u64>().ok());
        // A plan without the second window sends one of no length.
        if minutes == Some(0) {
            return None;
        }
        // What is told as a wait does not depend on the clocks.
        let resets_at = [self.reset_after, self.reset_at]
            .into_iter()
            .filter_map(headers)
            .filter_map(|value| instant::reset(value, now))
            .find(|at| *at > now);
        let shown = usage(length(minutes), Scope::Account, Some((used / 100.0).min(1.0)), resets_at);
        let long = minutes.is_some_and(|minutes| minutes > 24 * 60);
        Some(Window { shown, claim: None, rejected: used >= 100.0, long })
    }
}

fn usage(name: Cow<'static, str>, scope: Scope, used: Option<f64>, resets_at: Option<Millis>) -> LimitWindow {
    LimitWindow { name, measure: Measure::Usage, scope, remaining: None, limit: None, used, resets_at, decisive: false }
}

/// A share, where more than the whole (on extra usage) is the whole.
fn share(value: &str) -> Option<f64> {
    value.trim().parse::<f64>().ok().filter(|used| used.is_finite() && *used >= 0.0).map(|used| used.min(1.0))
}

/// A window's length in words. The usual ones are not formatted.
fn length(minutes: Option<u64>) -> Cow<'static, str> {
    const HOUR: u64 = 60;
    const DAY: u64 = 24 * HOUR;
    match minutes {
        None => Cow::Borrowed("usage"),
        Some(300) => Cow::Borrowed("5 hours"),
        Some(10_080) => Cow::Borrowed("7 days"),
        Some(minutes) if minutes >= 2 * DAY && minutes % DAY == 0 => Cow::Owned(format!("{} days", minutes / DAY)),
        Some(minutes) if minutes >= 2 * HOUR && minutes % HOUR == 0 => Cow::Owned(format!("{} hours", minutes / HOUR)),
        Some(minutes) => Cow::Owned(format!("{minutes} minutes")),
    }
}
