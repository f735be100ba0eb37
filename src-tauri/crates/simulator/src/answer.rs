//! The body of an answer on its way out: pieces at a pace, and an end that may be a fault.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::{
    state::Flight,
    wire::{Line, Severed},
};

/// How long the bytes before a reset or an abrupt close get to leave. The kernel throws away what it hasn't sent when a
/// connection is reset, and "after N events" has to mean that the client can read N events.
const LAST_BYTES: Duration = Duration::from_millis(10);

/// How the body ends after its last piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As HTTP wants it.
    Proper,
    /// Never.
    Hang,
    /// With a TCP reset.
    Reset,
    /// The connection closes in the middle of the body.
    Abrupt,
}

pub(crate) struct Answer {
    pieces: vec::IntoIter<Bytes>,
    ending: Ending,
    /// Before each piece; none left: at once.
    pauses: VecDeque<Duration>,
    pause: Option<Pin<Box<Sleep>>>,
    /// The pause before the next piece (or before the end) is over.
    rested: bool,
    promised: Option<u64>,
    flight: Option<Flight>,
    line: Line,
}

impl Answer {
    /// A body sent at once, its length announced.
    pub(crate) fn whole(bytes: Bytes, flight: Option<Flight>, line: Line) -> Self {
        let length = bytes.len() as u64;
        let pieces = if bytes.is_empty() { Vec::new() } else { vec![bytes] };
        Self { promised: Some(length), ..Self::pieces(pieces, Ending::Proper, flight, line) }
    }

    /// A body sent in pieces, its length not announced.
    pub(crate) fn pieces(pieces: Vec<Bytes>, ending: Ending, mut flight: Option<Flight>, line: Line) -> Self {
        if pieces.is_empty() && ending == Ending::Proper {
            finish(&mut flight);
        }
        Self {
            pieces: pieces.into_iter(),
            ending,
            pauses: VecDeque::new(),
            pause: None,
            rested: false,
            promised: None,
            flight,
            line,
        }
    }

    /// Announces this length, be it kept or not.
    pub(crate) fn promising(mut self, length: u64) -> Self {
        self.promised = Some(length);
        self
    }

    /// Pauses so long before each piece.
    pub(crate) fn paced(mut self, pause: Duration) -> Self {
        self.pauses = vec![pause; self.pieces.len()].into();
        self
    }

    /// Pauses so long before the first piece, the second, …, on top of any other pauses.
    pub(crate) fn resting(mut self, pauses: &[Duration]) -> Self {
        let paced = self.pauses.len();
        let own = self.pauses.into_iter().chain(std::iter::repeat(Duration::ZERO));
        let both = own.zip(pauses.iter().copied().chain(std::iter::repeat(Duration::ZERO)));
        self.pauses = both.take(paced.max(pauses.len())).map(|(one, other)| one + other).collect();
        self
    }

    fn poll_pause(&mut self, length: Duration, cx: &mut Context<'_>) -> Poll<()> {
        if !self.rested {
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(length)));
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
            self.rested = true;
        }
        Poll::Ready(())
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        let this = &mut *self;
        if this.pieces.len() > 0 {
            if let Some(pause) = this.pauses.front().copied().filter(|pause| !pause.is_zero()) {
                std::task::ready!(this.poll_pause(pause, cx));
            }
            this.pauses.pop_front();
            this.rested = false;
            let piece = this.pieces.next();
            if this.pieces.len() == 0 && this.ending == Ending::Proper {
                finish(&mut this.flight);
            }
            return Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))));
        }
        match this.ending {
            Ending::Proper => Poll::Ready(None),
            Ending::Hang => Poll::Pending, // Only the client's leaving ends it, and the connection watches for that.
            Ending::Reset | Ending::Abrupt => {
                std::task::ready!(this.poll_pause(LAST_BYTES, cx));
                if this.ending == Ending::Reset {
                    this.line.reset();
                }
                finish(&mut this.flight);
                Poll::Ready(Some(Err(Severed)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.len() == 0 && self.ending == Ending::Proper
    }

    fn size_hint(&self) -> SizeHint {
        self.promised.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn finish(flight: &mut Option<Flight>) {
    if let Some(flight) = flight {
        flight.end();
    }
}
