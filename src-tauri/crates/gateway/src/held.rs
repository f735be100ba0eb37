//! Request bodies, held whole so that they can be sent again.
//!
//! Each at most 32 MiB, all together at most 512 MiB: beyond that a request gets 503 rather than the machine's last
//! memory.

use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest request body, in bytes.
pub(crate) const BODY_LIMIT: usize = 32 << 20;
/// The most that all bodies may take together, in KiB.
const ALL_LIMIT_KIB: u32 = 512 << 10;

/// A body of unknown length takes its share in steps of this size, in bytes.
const STEP: usize = 256 << 10;
/// From this size on, reading a body through would hold up other requests on the same thread.
const LARGE: usize = 1 << 20;

/// Does work over a body of that size: at once where it is small, on a thread for such work where it is large.
pub(crate) async fn off_path<T: Send + 'static>(size: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if size < LARGE {
        return work();
    }
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The shared allowance.
#[derive(Clone, Debug)]
pub(crate) struct Allowance(Arc<Semaphore>);

/// A body and its share of the allowance, given back on drop.
#[derive(Debug)]
pub(crate) struct HeldBody {
    pub(crate) bytes: Bytes,
    _share: Vec<OwnedSemaphorePermit>,
}

/// Why a body was not taken.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum BodyFault {
    #[error("the request body is larger than 32 MiB")]
    TooLarge,
    #[error("too many large requests are being held at once")]
    NoRoom,
    #[error("the request body ended early")]
    Broken,
}

impl Default for Allowance {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_LIMIT_KIB as usize)))
    }
}

impl Allowance {
    /// Reads a body whole.
    pub(crate) async fn take(&self, body: &mut Incoming) -> Result<HeldBody, BodyFault> {
        let announced = body.size_hint().lower();
        if announced > BODY_LIMIT as u64 {
            return Err(BodyFault::TooLarge);
        }
        let mut room = usize::try_from(announced).unwrap_or(BODY_LIMIT);
        let mut shares = vec![self.share(room)?];
        let mut first: Option<Bytes> = None;
        let mut joined = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else { continue };
            let length = first.as_ref().map_or(0, Bytes::len) + joined.len() + data.len();
            if length > BODY_LIMIT {
                return Err(BodyFault::TooLarge);
            }
            if length > room {
                let more = (length - room).next_multiple_of(STEP);
                shares.push(self.share(more)?);
                room += more;
            }
            // A body that comes in one piece is not copied.
            match first.take() {
                None if joined.is_empty() => first = Some(data),
                None => joined.extend_from_slice(&data),
                Some(one) => {
                    joined.reserve(usize::try_from(announced).unwrap_or(0).max(one.len() + data.len()));
                    joined.extend_from_slice(&one);
                    joined.extend_from_slice(&data);
                }
            }
        }
        Ok(HeldBody { bytes: first.unwrap_or_else(|| joined.freeze()), _share: shares })
    }

    fn share(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyFault> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        Arc::clone(&self.0).try_acquire_many_owned(kib).map_err(|_| BodyFault::NoRoom)
    }
}
