//! An exchange's trail while it is being written.

use crate::core::Core;
use crate::trail::Trail;
use std::sync::Arc;
use tokio::time::Instant;

/// An exchange's trail under way. Dropped before its end, it says that the client went away.
pub(crate) struct Story {
    core: Arc<Core>,
    started: Instant,
    trail: Option<Trail>,
}

impl Story {
    pub(crate) fn begin(core: &Arc<Core>, started: Instant, trail: Trail) -> Self {
        Self { core: Arc::clone(core), started, trail: Some(trail) }
    }

    /// The trail so far.
    pub(crate) fn trail(&mut self) -> &mut Trail {
        self.trail.as_mut().expect("a story is told once, and that consumes it")
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The trail so far, to read.
    pub(crate) fn peek(&self) -> &Trail {
        self.trail.as_ref().expect("a story is told once, and that consumes it")
    }

    /// Milliseconds since the exchange came in.
    pub(crate) fn elapsed(&self) -> u64 {
        crate::clock::millis(self.started.elapsed())
    }

    /// Tells the story to whoever watches.
    pub(crate) fn end(mut self, tell: impl FnOnce(&mut Trail)) {
        tell(self.trail());
        self.publish();
    }

    fn publish(&mut self) {
        if let Some(mut trail) = self.trail.take() {
            trail.total_ms = self.elapsed();
            self.core.finished(trail);
        }
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.publish();
    }
}
