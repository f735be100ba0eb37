//! Writing answers, whole and streamed.

use crate::error_write::ClientError;
use crate::form::{Block, Piece, Tally};
use crate::notes::Notes;
use crate::relay::Opening;
use crate::stream::{self, Event};

/// Writes a whole answer.
pub(crate) fn write_whole(_: &[Block<'_>], _: &Tally, _: &Opening, _: &mut Notes) -> String {
    String::new()
}

/// The events that end a stream with an error.
pub(crate) fn error_events(_: &ClientError<'_>) -> Vec<u8> {
    Vec::new()
}

/// Writes a stream's events.
#[derive(Debug)]
pub(crate) struct EventWriter {
    _opening: Opening,
}

impl EventWriter {
    pub(crate) fn new(opening: Opening) -> Self {
        EventWriter { _opening: opening }
    }
}

impl stream::EventWriter for EventWriter {
    fn open(&mut self, _: &Tally) -> Vec<Event> {
        Vec::new()
    }

    fn piece(&mut self, _: &Piece<'_>, _: &Tally) -> Vec<Event> {
        Vec::new()
    }

    fn close(&mut self, _: &Tally) -> Vec<Event> {
        Vec::new()
    }
}
