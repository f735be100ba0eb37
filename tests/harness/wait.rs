//! Waiting for a thing by looking at it, never by sleeping for as long as it should take.

use std::time::Duration;
use tokio::time::{Instant, interval};

/// How long anything that is waited for may take on a busy machine before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often something that can't announce itself is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// Looks until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let patience = Instant::now() + PATIENCE;
    let mut glance = interval(GLANCE);
    loop {
        glance.tick().await;
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < patience, "waited {PATIENCE:?} in vain: {what}");
    }
}
