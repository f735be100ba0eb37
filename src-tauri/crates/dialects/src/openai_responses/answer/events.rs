//! Reading a stream's events.

use super::telling::{Extent, IMAGE, Layer, Telling, said};
use super::{count, failure, is_kept, stop};
use crate::error_body;
use crate::form::{Piece, Reading, Tally};
use crate::json::View;
use crate::stream;

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
    telling: Telling,
    /// The item that was spoken of last, for providers that leave out which.
    item: u64,
    sequence: Option<u64>,
    /// The provider said that it keeps none of it.
    unkept: bool,
}

/// What an event may have, by one scan.
struct Event<'a> {
    kind: std::borrow::Cow<'a, str>,
    response: Option<View<'a>>,
    item: Option<View<'a>>,
    part: Option<View<'a>>,
    annotation: Option<View<'a>>,
    /// The next piece of something, or the whole of it.
    text: Option<View<'a>>,
    content_index: u64,
    summary_index: u64,
}

impl EventReader {
    fn event<'a>(&mut self, event: &Event<'a>, reading: &mut Reading<'a>) {
        let pieces = &mut reading.pieces;
        let place = (self.item, event.content_index);
        let summary_place = (self.item, event.summary_index);
        let text = event.text.and_then(View::str);
        match &*event.kind {
            "response.output_item.added" => {
                if let Some(item) = event.item {
                    reading.makes = item.get_str("type").is_some_and(|kind| kind == IMAGE);
                    self.telling.begin(self.item, item, pieces);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = event.item {
                    if !self.unkept {
                        self.tally.keep(item.get("id"));
                    }
                    self.telling.end(self.item, item, pieces);
                }
            }
            "response.content_part.done" => {
                // A reasoning item's content has such events too.
                let part = event.part.filter(|part| part.get_str("type").is_none_or(|kind| kind != "reasoning_text"));
                if let Some(piece) = part.and_then(said) {
                    self.telling.text(place, piece, Extent::Whole, pieces);
                }
            }
            "response.output_text.annotation.added" => {
                if let Some(annotation) = event.annotation {
                    self.telling.source(self.item, annotation, pieces);
                }
            }
            kind => {
                let (Some(text), Some((what, step))) = (text, kind.rsplit_once('.')) else { return };
                let extent = match step {
                    "delta" => Extent::Piece,
                    "done" => Extent::Whole,
                    _ => return,
                };
                match what {
                    "response.output_text" => self.telling.text(place, Piece::Text(text), extent, pieces),
                    "response.refusal" => self.telling.text(place, Piece::Refusal(text), extent, pieces),
                    "response.reasoning_summary_text" => {
                        self.telling.thought(summary_place, Layer::Summary, text, extent, pieces);
                    }
                    "response.reasoning_text" => self.telling.thought(place, Layer::Itself, text, extent, pieces),
                    "response.function_call_arguments" | "response.custom_tool_call_input" => {
                        self.telling.arguments(self.item, text, extent, pieces);
                    }
                    // Of what the provider does by itself: its beginning was told.
                    _ => {}
                }
            }
        }
    }

    /// An event of the response as a whole.
    fn response<'a>(&mut self, kind: &str, response: View<'a>, reading: &mut Reading<'a>) {
        self.tally.name_model(response.get_str("model"));
        count(response, &mut self.tally);
        self.unkept |= !is_kept(response);
        if !self.unkept {
            self.tally.keep(response.get("id"));
        }
        let status = match kind {
            "response.created" => {
                self.telling = Telling::default();
                return;
            }
            "response.completed" => "completed",
            "response.incomplete" => "incomplete",
            _ => return,
        };
        if let Some(output) = response.get("output") {
            self.telling.rest(output, &mut reading.pieces);
        }
        self.tally.stop = stop(response, status, self.telling.refused);
        (reading.stopped, reading.closed) = (true, true);
    }

    fn event_of<'a>(&mut self, root: View<'a>) -> Option<Event<'a>> {
        let [
            kind,
            response,
            item,
            part,
            annotation,
            delta,
            text,
            arguments,
            input,
            refusal,
            output,
            content,
            summary,
            sequence,
        ] = root.pick([
            "type",
            "response",
            "item",
            "part",
            "annotation",
            "delta",
            "text",
            "arguments",
            "input",
            "refusal",
            "output_index",
            "content_index",
            "summary_index",
            "sequence_number",
        ]);
        self.item = output.and_then(View::u64).unwrap_or(self.item);
        self.sequence = sequence.and_then(View::u64).or(self.sequence);
        let number = |index: Option<View<'_>>| index.and_then(View::u64).unwrap_or(0);
        Some(Event {
            kind: kind?.str()?,
            response,
            item,
            part,
            annotation,
            text: delta.or(text).or(arguments).or(input).or(refusal),
            content_index: number(content),
            summary_index: number(summary),
        })
    }
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a> {
        let Ok(root) = View::parse(data.as_bytes()) else {
            // Some gateways end every dialect's stream as Chat's ends.
            return if data.trim() == "[DONE]" { Reading::default() } else { Reading::malformed("data is not JSON") };
        };
        let Some(event) = self.event_of(root) else {
            return if root.get("error").is_some() {
                Reading::error(error_body::of_view(root))
            } else {
                Reading::malformed("an event has no `type`")
            };
        };
        let mut reading = Reading { started: true, ..Reading::default() };
        match (&*event.kind, event.response) {
            ("error", _) => return Reading::error(error_body::of_view(root)),
            ("response.failed" | "response.cancelled", response) => {
                return Reading::error(failure(response.unwrap_or(root)));
            }
            (kind, Some(response)) => self.response(kind, response, &mut reading),
            (kind, None) if kind.starts_with("response.") => self.event(&event, &mut reading),
            // `keepalive`, and kinds of event that don't exist yet.
            _ => reading.started = false,
        }
        reading
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn sequence(&self) -> Option<u64> {
        self.sequence
    }
}
