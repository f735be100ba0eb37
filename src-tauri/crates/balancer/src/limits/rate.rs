//! Windows that count requests or tokens: `x-ratelimit-*`, `ratelimit-*` and `anthropic-ratelimit-*`.

use std::borrow::Cow;

use crate::{Millis, Scope, instant};

use super::{LimitWindow, Lookup, Measure};

/// A window and the names of its headers.
struct Row {
    name: &'static str,
    measure: Measure,
    scope: Scope,
    limit: &'static str,
    remaining: &'static str,
    reset: &'static str,
}

const fn row(name: &'static str, measure: Measure, scope: Scope, [limit, remaining, reset]: [&'static str; 3]) -> Row {
    Row { name, measure, scope, limit, remaining, reset }
}

/// The `x-ratelimit-` headers with a suffix.
macro_rules! x_ratelimit {
    ($suffix:literal) => {
        [
            concat!("x-ratelimit-limit", $suffix),
            concat!("x-ratelimit-remaining", $suffix),
            concat!("x-ratelimit-reset", $suffix),
        ]
    };
}

macro_rules! anthropic {
    ($what:literal) => {
        [
            concat!("anthropic-ratelimit-", $what, "-limit"),
            concat!("anthropic-ratelimit-", $what, "-remaining"),
            concat!("anthropic-ratelimit-", $what, "-reset"),
        ]
    };
}

/// Without a window in the name, how long it is differs by provider: a minute at OpenAI, a day for Groq's requests.
const ROWS: &[Row] = &[
    row("requests", Measure::Requests, Scope::Model, x_ratelimit!("-requests")),
    row("tokens", Measure::Tokens, Scope::Model, x_ratelimit!("-tokens")),
    row("requests a minute", Measure::Requests, Scope::Model, x_ratelimit!("-requests-minute")),
    row("requests a minute", Measure::Requests, Scope::Model, x_ratelimit!("-req-minute")),
    row("requests a day", Measure::Requests, Scope::Model, x_ratelimit!("-requests-day")),
    row("tokens a minute", Measure::Tokens, Scope::Model, x_ratelimit!("-tokens-minute")),
    row("tokens a day", Measure::Tokens, Scope::Model, x_ratelimit!("-tokens-day")),
    row("the project's tokens", Measure::Tokens, Scope::Model, x_ratelimit!("-project-tokens")),
    // OpenRouter counts free models by account, and so do the proxies that use the bare names.
    row("requests", Measure::Requests, Scope::Account, x_ratelimit!("")),
    row("requests", Measure::Requests, Scope::Account, ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]),
    row("requests", Measure::Requests, Scope::Model, anthropic!("requests")),
    row("tokens", Measure::Tokens, Scope::Model, anthropic!("tokens")),
    row("input tokens", Measure::Tokens, Scope::Model, anthropic!("input-tokens")),
    row("output tokens", Measure::Tokens, Scope::Model, anthropic!("output-tokens")),
];

/// The windows of which the headers say anything.
pub(crate) fn windows(headers: Lookup<'_, '_>, now: Millis) -> Vec<LimitWindow> {
    ROWS.iter().filter_map(|row| read(row, headers, now)).collect()
}

fn read(row: &Row, headers: Lookup<'_, '_>, now: Millis) -> Option<LimitWindow> {
    let (remaining, reset) = (headers(row.remaining), headers(row.reset));
    // A limit alone says nothing of what is left, and most answers have none of the three.
    if remaining.is_none() && reset.is_none() {
        return None;
    }
    // Whole numbers; some providers write a token count with a fraction.
    let count = |value: &str| {
        let number = value.trim().parse::<f64>().ok()?;
        (number >= 0.0 && number.is_finite()).then_some(number as u64)
    };
    let limit = headers(row.limit).and_then(count).filter(|limit| *limit > 0);
    let resets_at = reset.and_then(|value| instant::reset(value, now)).filter(|at| *at > now);
    // A bare "0 left", of no limit and without a reset, is Azure's "don't know".
    let remaining = remaining.and_then(count).filter(|left| *left > 0 || limit.is_some() || resets_at.is_some());
    if remaining.is_none() && resets_at.is_none() {
        return None;
    }
    let used = match (limit, remaining) {
        (_, Some(0)) => Some(1.0),
        (Some(limit), Some(remaining)) => Some((1.0 - remaining as f64 / limit as f64).max(0.0)),
        _ => None,
    };
    Some(LimitWindow {
        name: Cow::Borrowed(row.name),
        measure: row.measure,
        scope: row.scope,
        remaining,
        limit,
        used,
        resets_at,
        decisive: false,
    })
}
