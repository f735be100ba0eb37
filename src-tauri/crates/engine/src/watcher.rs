//! Takes in what the gateway tells, and lets others know that something is new.

use crate::health_file::HealthFile;
use crate::pulse::Pulse;
use crate::recent::Recent;
use crate::shared::Shared;
use mainstay_balancer::TargetKey;
use mainstay_gateway::{Observer, Trail};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tokio::sync::watch;

/// Watches the gateway for the engine.
pub(crate) struct Watcher {
    pub(crate) recent: Arc<Recent>,
    pub(crate) health: Arc<HealthFile>,
    /// Whom exchanges are charged by; set once it is whole.
    pub(crate) shared: OnceLock<Weak<Shared>>,
    pulse: Mutex<Pulse>,
    /// Counts what happened; whoever waits for it looks for itself what that was.
    ticks: watch::Sender<u64>,
}

impl Watcher {
    pub(crate) fn new(health: Arc<HealthFile>) -> Self {
        Self {
            recent: Arc::default(),
            health,
            shared: OnceLock::new(),
            pulse: Mutex::default(),
            ticks: watch::Sender::new(0),
        }
    }

    pub(crate) fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changed that the window may show.
    pub(crate) fn stir(&self) {
        self.ticks.send_modify(|ticks| *ticks += 1);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.ticks.subscribe()
    }
}

/// The number of the local day now.
pub(crate) fn today() -> i64 {
    let now = jiff::Zoned::now();
    i64::from(now.date().year()) * 1000 + i64::from(now.date().day_of_year())
}

impl Observer for Watcher {
    fn finished(&self, trail: Trail) {
        if let Some(shared) = self.shared.get().and_then(Weak::upgrade) {
            shared.charge(&trail);
        }
        self.pulse().take(&trail, today());
        self.recent.finished(trail);
        self.stir();
    }

    fn health_changed(&self, target: &TargetKey) {
        self.recent.health_changed(target);
        self.health.stir();
        self.stir();
    }

    fn network(&self, _online: bool) {
        self.stir();
    }
}
