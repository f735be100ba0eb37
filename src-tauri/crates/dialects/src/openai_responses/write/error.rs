//! An error inside a stream.

use super::response::{self, Status};
use crate::error_write::{ClientError, openai_type};
use crate::form::Tally;
use crate::json::Writer;
use crate::relay::Opening;
use crate::stream::Event;

/// The events that end a stream with an error, of which nothing is known but the number of the next event.
pub(crate) fn error_events(error: &ClientError<'_>, next: Option<u64>) -> Vec<Event> {
    let opening = Opening { id: error.request_id.to_owned(), ..Opening::default() };
    events(error, next, &opening, &Tally::default(), &[])
}

/// The same two events that OpenAI sends: `error`, at which its SDKs fail, and then `response.failed`, at which Codex does,
/// which passes over the first.
pub(super) fn events(
    error: &ClientError<'_>,
    next: Option<u64>,
    opening: &Opening,
    tally: &Tally,
    output: &[String],
) -> Vec<Event> {
    let event = |kind: &'static str, number: Option<u64>, fill: &dyn Fn(&mut Writer)| {
        let data = Writer::write(|w| {
            w.key("type").str(kind);
            if let Some(number) = number {
                w.key("sequence_number").number(number);
            }
            fill(w);
        });
        Event::named(kind, data)
    };
    let first = event("error", next, &|w| {
        w.key("error").object(|w| {
            w.key("type").str(openai_type(error.status));
            w.key("code").str(error.code);
            w.key("message").str(error.message);
            w.key("param").null();
        });
    });
    let failed = Status::Failed(error.code, error.message);
    let second = event("response.failed", next.map(|next| next.saturating_add(1)), &|w| {
        w.key("response").object(|w| response::write(w, opening, tally, failed, output));
    });
    vec![first, second]
}
