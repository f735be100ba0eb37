//! Takes in what the gateway tells, and lets others know that something is new.

use crate::health_file::HealthFile;
use crate::prices::{Billing, Prices, billing};
use crate::pulse::Pulse;
use crate::recent::Recent;
use crate::record;
use crate::shared::Shared;
use arc_swap::ArcSwap;
use jiff::Zoned;
use mainstay_balancer::TargetKey;
use mainstay_gateway::{Observer, Route, Trail};
use mainstay_history::{Exchange, Filter, History, HistoryError, Today};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tokio::sync::watch;

/// How many exchanges of an earlier run are taken up at most.
const TAKEN_UP: usize = 1000;

/// Watches the gateway for the engine.
pub(crate) struct Watcher {
    pub(crate) recent: Arc<Recent>,
    pub(crate) health: Arc<HealthFile>,
    /// Whom exchanges are charged by; set once it is whole.
    pub(crate) shared: OnceLock<Weak<Shared>>,
    pub(crate) history: History,
    pub(crate) prices: Prices,
    billing: ArcSwap<HashMap<Arc<str>, Billing>>,
    pulse: Mutex<Pulse>,
    ticks: Ticks,
}

/// Counts what happened; whoever waits for it looks for itself what that was.
pub(crate) type Ticks = Arc<watch::Sender<u64>>;

/// Something changed that the window may show.
pub(crate) fn stir(ticks: &watch::Sender<u64>) {
    ticks.send_modify(|ticks| *ticks += 1);
}

impl Watcher {
    pub(crate) fn new(health: Arc<HealthFile>, history: History, prices: Prices, ticks: Ticks) -> Self {
        Self {
            recent: Arc::default(),
            health,
            shared: OnceLock::new(),
            history,
            prices,
            billing: ArcSwap::default(),
            pulse: Mutex::default(),
            ticks,
        }
    }

    pub(crate) fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changed that the window may show.
    pub(crate) fn stir(&self) {
        stir(&self.ticks);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.ticks.subscribe()
    }

    /// From now on these routes serve.
    pub(crate) fn rerouted(&self, routes: &[Route]) {
        self.billing.store(Arc::new(billing(routes)));
    }

    /// Reads where an earlier run left off: the day so far, and the last exchanges, oldest first. Blocks.
    ///
    /// # Errors
    /// When the history can't be read.
    pub(crate) fn left(&self) -> Result<(Today, Vec<Exchange>), HistoryError> {
        // It waits for the file to be there, and up to date.
        self.history.flush()?;
        let reader = self.history.reader()?;
        let mut last = reader.list(&Filter::default(), None, TAKEN_UP)?.exchanges;
        last.reverse();
        Ok((reader.since(day_began())?, last))
    }

    /// What has happened today, as the history has it. On a thread that may block.
    pub(crate) fn so_far(&self) -> Result<Today, HistoryError> {
        // Where the last ones can't be written, what is in the file is still worth telling.
        let _ = self.history.flush();
        self.history.reader()?.since(day_began())
    }

    /// Takes that up, before the first exchange of this run.
    pub(crate) fn take_up(&self, so_far: &Today, last: Vec<Exchange>, now: u64) {
        self.pulse().take_up(so_far, &last, today(), now);
        self.recent.take_up(last);
    }

    /// A trail as it is kept, with what it cost.
    fn told(&self, trail: &Trail) -> Exchange {
        let mut exchange = record::exchange(trail);
        let billing = self.billing.load();
        let member = exchange.member().or(exchange.candidates.first());
        let billing = member.and_then(|member| billing.get(member)).copied().unwrap_or(Billing::Metered);
        exchange.practice = billing == Billing::Practice;
        exchange.cost = self.prices.cost(&exchange, billing);
        exchange
    }
}

/// The number of the local day now.
pub(crate) fn today() -> i64 {
    let now = Zoned::now();
    i64::from(now.date().year()) * 1000 + i64::from(now.date().day_of_year())
}

/// When the local day began, in Unix milliseconds.
fn day_began() -> u64 {
    let began = Zoned::now().start_of_day().map_or(0, |began| began.timestamp().as_millisecond());
    u64::try_from(began).unwrap_or(0)
}

impl Observer for Watcher {
    fn finished(&self, trail: Trail) {
        let exchange = Arc::new(self.told(&trail));
        if let Some(shared) = self.shared.get().and_then(Weak::upgrade) {
            shared.charge(&exchange);
        }
        self.history.record(Arc::clone(&exchange));
        self.pulse().take(&exchange, today());
        self.recent.finished(trail, exchange);
        self.stir();
    }

    fn health_changed(&self, target: &TargetKey) {
        tracing::info!(base_url = %target.base_url, model = %target.model, "health changed");
        self.health.stir();
        self.stir();
    }

    fn network(&self, _online: bool) {
        self.stir();
    }
}
