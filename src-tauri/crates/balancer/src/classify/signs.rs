//! What a provider says in the body of a refusal, whatever the status: the rows of `rows`, and what no row can say.

use super::{
    Class, Refusal, parameter,
    rows::{LATER_ROWS, ROWS, Row, Sign},
};
use crate::retry_hint;

/// Providers whose `insufficient_quota` is a limit per minute more often than spent credit.
const THROTTLE_AS_QUOTA: &[&str] = &["qwen", "dashscope", "alibaba", "alibaba-cn"];

/// What servers say of a path that they don't have: this side built it, from the member's base URL.
const NO_SUCH_PATH: &[&str] = &[
    "not found",
    "404 not found",
    "404 page not found",
    "page not found",
    "file not found",
    "resource not found",
    "no route matched with those values",
];
/// The same, in a sentence of its own.
const NO_SUCH_PATH_OPENINGS: &[&str] = &["invalid url", "unknown request url", "cannot post ", "no handler found for "];

/// What the body (or a subscription's headers) says; `None` leaves it to the status.
pub(super) fn read(refusal: &Refusal<'_>, class: Class) -> Option<Sign> {
    let Refusal { headers, error, now, .. } = *refusal;
    let message = error.message.to_ascii_lowercase();
    if too_dear(&message) && class != Class::TooManyRequests {
        return Some(Sign::TooDear);
    }
    if class == Class::PaymentRequired {
        return Some(Sign::Spent);
    }
    let limiting = matches!(class, Class::TooManyRequests | Class::Inside);
    if limiting && error.quota_ids.iter().any(|id| id.contains("PerDay")) {
        return Some(Sign::SpentForTheDay);
    }
    if class == Class::TooManyRequests && retry_hint::subscription_spent(headers, now) {
        return Some(Sign::Spent);
    }
    // Google's reason is more definite than its words, which speak of a quota either way.
    if limiting && error.reasons.iter().any(|reason| reason == "RATE_LIMIT_EXCEEDED") {
        return Some(Sign::Throttled);
    }
    let says = |name: &str| {
        let own = [error.kind.as_deref(), error.code.as_deref()];
        own.into_iter()
            .flatten()
            .chain(error.reasons.iter().map(String::as_str))
            .any(|said| said.eq_ignore_ascii_case(name))
    };
    let throttle_as_quota = THROTTLE_AS_QUOTA.contains(&refusal.provider) && !message.contains("free allocated quota");
    if limiting && throttle_as_quota && says("insufficient_quota") {
        return Some(Sign::Throttled);
    }
    let first_of = |rows: &[Row]| {
        rows.iter()
            .find(|row| {
                row.at.contains(&class)
                    && (row.names.iter().any(|name| says(name))
                        || row.words.iter().any(|phrase| follows(&message, phrase)))
            })
            .map(|row| row.sign.clone())
    };
    let by_status =
        matches!(class, Class::BadRequest | Class::Forbidden | Class::Missing | Class::TooLarge | Class::OtherClient);
    let no_answer = |is_none: bool| (by_status && is_none).then_some(Sign::NoAnswer);
    first_of(ROWS)
        .or_else(|| {
            let may_be_ours = !refusal.untouched && matches!(class, Class::BadRequest | Class::Inside);
            may_be_ours.then(|| parameter::named(error, refusal.ours)).flatten().map(Sign::Parameter)
        })
        .or_else(|| no_answer(is_page(&message) || (class == Class::Missing && is_no_such_path(&message))))
        .or_else(|| first_of(LATER_ROWS))
        // JSON that calls itself a page has had its say.
        .or_else(|| no_answer(calls_itself_page(headers("content-type"))))
        // The provider itself says that the very same request may pass.
        .or_else(|| no_answer(headers("x-should-retry").is_some_and(|value| value.trim() == "true")))
}

/// OpenRouter's 402 for one request: its `max_tokens`, or its prompt, costs more than is left.
fn too_dear(message: &str) -> bool {
    ["can only afford", "requires more credits, or fewer max_tokens", "prompt tokens limit exceeded"]
        .iter()
        .any(|words| message.contains(words))
}

fn is_no_such_path(message: &str) -> bool {
    let message = message.trim().trim_end_matches('.');
    NO_SUCH_PATH.contains(&message) || NO_SUCH_PATH_OPENINGS.iter().any(|opening| message.starts_with(opening))
}

/// Whether a web page came instead of an answer, or the one line of a proxy's. `read_error` calls a page "an HTML page" and
/// gives its title. A `<` alone is none: DashScope begins its messages with the status in such brackets.
fn is_page(message: &str) -> bool {
    let message = message.trim_start();
    message.starts_with("an html page")
        || message.starts_with("error code: 1")
        || message.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!'))
}

fn calls_itself_page(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Whether the parts of a phrase occur one after the other.
fn follows(message: &str, phrase: &[&str]) -> bool {
    let mut rest = message;
    phrase.iter().all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}
