//! What each dialect does for a stream: read its events into the common form, and write the form as its events.

use crate::dialect::{Dialect, Framing};
use crate::error_write::ClientError;
use crate::form::{Piece, Reading, Tally};
use crate::relay::Opening;
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// Reads the events of one upstream's stream, in order.
pub(crate) trait EventReader: std::fmt::Debug + Send {
    /// Reads an event's data.
    fn read<'a>(&mut self, data: &'a str) -> Reading<'a>;

    /// What the events so far have told.
    fn tally(&self) -> &Tally;

    /// The number of the last event, in a dialect that numbers them.
    fn sequence(&self) -> Option<u64> {
        None
    }
}

/// Writes the events of one client's stream, following its dialect's grammar.
pub(crate) trait EventWriter: std::fmt::Debug + Send {
    /// Opens the answer. Called once, before anything else.
    fn open(&mut self, tally: &Tally) -> Vec<Event>;

    /// The events that end the stream with an error, in a dialect whose errors go on with what was written.
    fn fail(&self, _: &ClientError<'_>, _: &Tally) -> Option<Vec<Event>> {
        None
    }

    /// The next piece. Calls come whole, one after the other, under the client's names, and reasoning ends with its proof;
    /// a piece is never [`Piece::Other`].
    fn piece(&mut self, piece: &Piece<'_>, tally: &Tally) -> Vec<Event>;

    /// Ends the answer. Called once, when a stop reason is known.
    fn close(&mut self, tally: &Tally) -> Vec<Event>;

    /// Names of what the pieces since the last call held and the dialect has no place for.
    fn untold(&mut self) -> Vec<&'static str> {
        Vec::new()
    }
}

pub(crate) fn reader(dialect: Dialect) -> Box<dyn EventReader> {
    match dialect {
        Dialect::Anthropic => Box::new(anthropic::EventReader::default()),
        Dialect::OpenaiChat => Box::new(openai_chat::EventReader::default()),
        Dialect::OpenaiResponses => Box::new(openai_responses::EventReader::default()),
        Dialect::Gemini => Box::new(gemini::EventReader::default()),
    }
}

pub(crate) fn writer(dialect: Dialect, opening: Opening) -> Box<dyn EventWriter> {
    match dialect {
        Dialect::Anthropic => Box::new(anthropic::EventWriter::new(opening)),
        Dialect::OpenaiChat => Box::new(openai_chat::EventWriter::new(opening)),
        Dialect::OpenaiResponses => Box::new(openai_responses::EventWriter::new(opening)),
        Dialect::Gemini => Box::new(gemini::EventWriter::new(opening)),
    }
}

/// An event for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: Option<&'static str>,
    pub(crate) data: String,
}

impl Event {
    pub(crate) fn data(data: String) -> Self {
        Event { name: None, data }
    }

    pub(crate) fn named(name: &'static str, data: String) -> Self {
        Event { name: Some(name), data }
    }
}

/// Puts events into bytes.
#[derive(Debug)]
pub(crate) struct Framer {
    framing: Framing,
    /// The JSON array has been opened.
    open: bool,
}

impl Framer {
    pub(crate) fn new(framing: Framing) -> Self {
        Framer { framing, open: false }
    }

    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn frame(&mut self, event: &Event) -> Vec<u8> {
        match self.framing {
            Framing::Sse => sse(event),
            Framing::JsonArray => {
                let before = if self.open { ",\n" } else { "[" };
                self.open = true;
                format!("{before}{}", event.data).into_bytes()
            }
        }
    }

    /// What comes after the last event of a whole stream.
    pub(crate) fn end(&mut self) -> &'static [u8] {
        match (self.framing, self.open) {
            (Framing::Sse, _) => b"",
            (Framing::JsonArray, true) => b"]",
            (Framing::JsonArray, false) => b"[]",
        }
    }
}

/// An event as SSE, its data on one line. Line breaks in it stand between tokens, as a provider or a model may write the
/// JSON that is passed on in it; within a JSON string there are none.
pub(crate) fn sse(event: &Event) -> Vec<u8> {
    let Event { name, data } = event;
    let data = if data.contains(['\n', '\r']) { &*data.replace(['\n', '\r'], " ") } else { &**data };
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_over_several_lines_is_one_line_of_an_event() {
        let event = Event::data("{\n  \"a\": \"b\\n\"\r\n}".to_owned());
        assert_eq!(sse(&event), b"data: {   \"a\": \"b\\n\"  }\n\n");
    }
}
