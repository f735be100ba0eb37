//! Reading answers, whole and streamed.

mod events;
mod telling;

use telling::Telling;

pub(crate) use events::EventReader;

use crate::error_body::{self, ErrorBody};
use crate::form::{self, Reading, Reason, Stop, Tally};
use crate::json::{Kind, View};
use crate::usage::Usage;

/// Reads a whole answer.
pub(crate) fn read_whole(root: View<'_>) -> (Reading<'_>, Tally) {
    let mut tally = Tally::default();
    let [output, status] = root.pick(["output", "status"]);
    let Some(output) = output.filter(|output| output.kind() == Kind::Array) else {
        return (Reading::malformed("not a response: it has no `output`"), tally);
    };
    tally.name_model(root.get_str("model"));
    count(root, &mut tally);
    if is_kept(root) {
        tally.keep(root.get("id"));
        output.items().for_each(|item| tally.keep(item.get("id")));
    }
    let status = status.and_then(View::str);
    if let Some("failed" | "cancelled") = status.as_deref() {
        return (Reading::error(failure(root)), tally);
    }
    let mut pieces = Vec::new();
    let mut telling = Telling::default();
    for (index, item) in (0..).zip(output.items()) {
        telling.end(index, item, &mut pieces);
    }
    tally.stop = stop(root, status.as_deref().unwrap_or("completed"), telling.refused);
    (Reading { pieces, started: true, stopped: tally.stop.is_some(), closed: true, ..Reading::default() }, tally)
}

/// Whether the provider keeps a response, which it says in the response itself.
fn is_kept(response: View<'_>) -> bool {
    response.get("store").and_then(View::bool) != Some(false)
}

/// Takes the counts of a response object, if it has any yet.
fn count(response: View<'_>, tally: &mut Tally) {
    let Some(usage) = response.get("usage").filter(|usage| usage.kind() == Kind::Object) else { return };
    let [input, output, input_details, output_details] =
        usage.pick(["input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"]);
    let detail = |details: Option<View<'_>>, key: &str| details.and_then(|details| details.get_u64(key));
    tally.usage = Usage {
        input: input.and_then(View::u64),
        output: output.and_then(View::u64),
        cached_input: detail(input_details, "cached_tokens"),
        cache_creation: detail(input_details, "cache_write_tokens"),
        reasoning: detail(output_details, "reasoning_tokens"),
    };
}

/// Why a response with this status ended; `None` if it goes on. One in which the model has refused is complete, but no end
/// like another.
fn stop(response: View<'_>, status: &str, refused: bool) -> Option<Stop> {
    let (reason, raw) = match status {
        "completed" if refused => (Reason::Refusal, "completed".to_owned()),
        // Who called a tool stopped for that; the way back knows.
        "completed" => (Reason::End, "completed".to_owned()),
        "incomplete" => {
            let why = response.get("incomplete_details").and_then(|details| details.get_str("reason"));
            let reason = match why.as_deref() {
                Some("max_output_tokens") => Reason::Length,
                Some("content_filter") => Reason::Refusal,
                _ => Reason::Unknown,
            };
            (reason, form::name(why.as_deref().unwrap_or("incomplete")))
        }
        _ => return None,
    };
    Some(Stop { reason, raw, sequence: None })
}

/// The error of a response that failed.
fn failure(response: View<'_>) -> ErrorBody {
    match response.get("error").filter(|error| error.kind() == Kind::Object) {
        Some(error) => error_body::of_view(error),
        None => {
            let status = response.get_str("status").unwrap_or_default();
            ErrorBody { message: format!("the response has {}", form::name(&status)), ..ErrorBody::default() }
        }
    }
}
