//! Reading answers, whole and streamed.

use crate::form::{Reading, Tally};
use crate::json::View;
use crate::stream;

/// Reads a whole answer.
pub(crate) fn read_whole(_: View<'_>) -> (Reading<'_>, Tally) {
    (Reading::malformed("not a response"), Tally::default())
}

/// Reads a stream's events.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    tally: Tally,
}

impl stream::EventReader for EventReader {
    fn read<'a>(&mut self, _: &'a str) -> Reading<'a> {
        Reading::malformed("not a response")
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}
