//! The commit gate (failover §3.1): a stream is held back until it shows real content.
//!
//! Until then any failure (an error event inside a 200, an early end, HTML, silence) leaves the client untouched, and the
//! next member is tried. At the bound of 256 events or 4 MiB what is held is sent; that is no failure.

use crate::outbound::{BodyError, Received};
use mainstay_dialects::{Ending, ErrorBody, Frame, Relay, Sign};
use tokio::time::{Instant, timeout_at};

const EVENT_BOUND: usize = 256;
const BYTE_BOUND: usize = 4 << 20;

/// A stream that has shown content, or is complete.
pub(crate) struct Opened {
    pub(crate) response: Received,
    pub(crate) relay: Relay,
    /// What was held, to be sent first.
    pub(crate) held: Vec<Frame>,
    /// The upstream has ended already.
    pub(crate) ending: Option<Ending>,
}

/// Why a stream never got so far.
#[derive(Debug)]
pub(crate) enum Shut {
    /// The upstream said that it failed.
    Error(Box<ErrorBody>),
    /// What came is not the dialect.
    Malformed(String),
    /// It ended with neither content nor a stop reason.
    Ended,
    /// The connection broke.
    Broken(BodyError),
    /// No content within the limit.
    TimedOut,
}

/// Holds `response` until it shows content, at the latest at `limit`.
pub(crate) async fn open(mut response: Received, mut relay: Relay, limit: Instant) -> Result<Opened, Shut> {
    let mut held: Vec<Frame> = Vec::new();
    let mut bytes = 0;
    loop {
        let chunk = timeout_at(limit, response.chunk()).await.map_err(|_| Shut::TimedOut)?;
        let (frames, ending) = match chunk.map_err(Shut::Broken)? {
            Some(chunk) => {
                bytes += chunk.len();
                (relay.push(&chunk), None)
            }
            None => {
                let (frames, ending) = relay.finish();
                (frames, Some(ending))
            }
        };
        let mut open = bytes > BYTE_BOUND;
        for frame in frames {
            if !open {
                match frame.sign {
                    Sign::Neutral => open = held.len() + 1 >= EVENT_BOUND,
                    Sign::Content | Sign::Terminal => open = true,
                    Sign::Error(error) => return Err(Shut::Error(error)),
                    Sign::Malformed(what) => return Err(Shut::Malformed(what)),
                }
            }
            held.push(frame);
        }
        match ending {
            Some(Ending::Truncated | Ending::Empty) if !open => return Err(Shut::Ended),
            Some(ending) => return Ok(Opened { response, relay, held, ending: Some(ending) }),
            None if open => return Ok(Opened { response, relay, held, ending: None }),
            None => {}
        }
    }
}
