//! What a running provider knows about itself. One owner: the server, the control API and [`Running`](crate::Running)
//! all look at the same state, so a fault set over HTTP and one set from Rust are the same thing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use serde_json::Value;

use crate::{
    course::Course,
    fault::{Fault, FaultKind},
    latency::Latency,
    limits::{Beyond, Limits, Meter, Standing},
    outage::Outages,
    play::Play,
    practice::Practice,
    seal::Seal,
    seen::{Ledger, Seen},
    served::ServedTool,
    timeline::Timeline,
};

/// Answers kept per provider; older ones are forgotten.
const KEPT_ANSWERS: usize = 200;

/// Answers that a provider stores, so that a later request can go on from them.
#[derive(Default)]
pub(crate) struct Archive(Mutex<VecDeque<(String, Vec<Value>)>>);

impl Archive {
    /// Keeps the conversation that ends with the answer of this name.
    pub(crate) fn keep(&self, name: String, conversation: Vec<Value>) {
        let mut kept = locked(&self.0);
        kept.push_back((name, conversation));
        while kept.len() > KEPT_ANSWERS {
            kept.pop_front();
        }
    }

    /// The conversation up to and with this answer.
    pub(crate) fn conversation(&self, name: &str) -> Option<Vec<Value>> {
        locked(&self.0).iter().find(|(kept, _)| kept == name).map(|(_, conversation)| conversation.clone())
    }

    /// An item of any kept conversation.
    pub(crate) fn item(&self, id: &str) -> Option<Value> {
        let kept = locked(&self.0);
        kept.iter().flat_map(|(_, conversation)| conversation).find(|item| item["id"] == id).cloned()
    }
}

pub(crate) struct State {
    pub(crate) practice: Practice,
    pub(crate) seal: Seal,
    pub(crate) archive: Archive,
    /// Of the whole simulator.
    pub(crate) outages: Arc<Outages>,
    course: Mutex<Course>,
    play: Mutex<Option<Arc<Play>>>,
    meter: Mutex<Option<Meter>>,
    latency: Mutex<Option<Arc<Latency>>>,
    /// The tools that it runs when they are offered.
    tools: Mutex<Vec<ServedTool>>,
    effects: Mutex<BTreeMap<ServedTool, u64>>,
    canary: Mutex<Option<String>>,
    ledger: Mutex<Ledger>,
    listening: AtomicBool,
    requests: AtomicU64,
    count: AtomicU64,
    in_flight: AtomicU64,
    disconnects: AtomicU64,
}

impl State {
    pub(crate) fn new(practice: Practice, outages: Arc<Outages>) -> Self {
        Self {
            canary: Mutex::new(practice.canary.clone()),
            practice,
            seal: Seal::new(),
            archive: Archive::default(),
            outages,
            course: Mutex::default(),
            play: Mutex::default(),
            meter: Mutex::default(),
            latency: Mutex::default(),
            tools: Mutex::default(),
            effects: Mutex::default(),
            ledger: Mutex::default(),
            listening: AtomicBool::new(true),
            requests: AtomicU64::new(0),
            count: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            disconnects: AtomicU64::new(0),
        }
    }

    pub(crate) fn set(&self, fault: Fault) {
        *locked(&self.course) = Course::one(fault);
    }

    pub(crate) fn script(&self, faults: Vec<Fault>) {
        *locked(&self.course) = Course::script(faults);
    }

    pub(crate) fn run(&self, timeline: Timeline) {
        *locked(&self.course) = Course::timeline(timeline, Instant::now());
    }

    pub(crate) fn clear(&self) {
        *locked(&self.course) = Course::default();
    }

    pub(crate) fn act(&self, play: Option<Play>) {
        *locked(&self.play) = play.map(Arc::new);
    }

    /// The part that it acts.
    pub(crate) fn play(&self) -> Option<Arc<Play>> {
        locked(&self.play).clone()
    }

    /// What is still to come, first to last, with what is left of each.
    pub(crate) fn steps(&self) -> Vec<Fault> {
        locked(&self.course).steps()
    }

    pub(crate) fn timeline(&self) -> Option<Timeline> {
        locked(&self.course).running()
    }

    /// The fault for the next generation request; uses up one of its times, unless an outage strikes.
    pub(crate) fn take(&self) -> FaultKind {
        let now = Instant::now();
        match self.outages.fault(&self.practice.name, now) {
            Some(FaultKind::Random(random)) => random.draw(self.count()),
            Some(fault) => fault,
            None => locked(&self.course).take(now),
        }
    }

    /// Whether the provider rejects every key right now. Asks without using anything up: only generation counts.
    pub(crate) fn rejects_keys(&self) -> bool {
        let now = Instant::now();
        let rejects = |fault: &FaultKind| matches!(fault, FaultKind::RejectKey {});
        match self.outages.fault(&self.practice.name, now) {
            Some(fault) => rejects(&fault),
            None => locked(&self.course).due(now).is_some_and(rejects),
        }
    }

    /// Whether nobody may listen on its port, and until when if that is known.
    pub(crate) fn closed(&self) -> Option<Option<Instant>> {
        self.outages.closed(&self.practice.name, Instant::now())
    }

    pub(crate) fn listens(&self) -> bool {
        self.listening.load(Ordering::SeqCst)
    }

    pub(crate) fn set_listening(&self, listening: bool) {
        self.listening.store(listening, Ordering::SeqCst);
    }

    /// Puts limits in force, nothing of them used.
    pub(crate) fn limit(&self, limits: Option<Limits>) {
        *locked(&self.meter) = limits.map(Meter::new);
    }

    pub(crate) fn limits(&self) -> Option<Limits> {
        locked(&self.meter).as_ref().map(|meter| meter.limits().clone())
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The limit that it is beyond.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Beyond> {
        locked(&self.meter).as_mut().map_or(Ok(()), |meter| meter.admit(now))
    }

    pub(crate) fn charge(&self, tokens: u64, now: Instant) {
        if let Some(meter) = locked(&self.meter).as_mut() {
            meter.charge(tokens, now);
        }
    }

    pub(crate) fn standing(&self, now: Instant) -> Option<Standing> {
        locked(&self.meter).as_ref().map(|meter| meter.standing(now))
    }

    pub(crate) fn take_time(&self, latency: Option<Latency>) {
        *locked(&self.latency) = latency.map(Arc::new);
    }

    pub(crate) fn latency(&self) -> Option<Arc<Latency>> {
        locked(&self.latency).clone()
    }

    pub(crate) fn run_tools(&self, tools: Vec<ServedTool>) {
        *locked(&self.tools) = tools;
    }

    pub(crate) fn tools(&self) -> Vec<ServedTool> {
        locked(&self.tools).clone()
    }

    pub(crate) fn had_effect(&self, tool: ServedTool) {
        *locked(&self.effects).entry(tool).or_default() += 1;
    }

    pub(crate) fn effects(&self) -> BTreeMap<ServedTool, u64> {
        locked(&self.effects).clone()
    }

    pub(crate) fn leak(&self, word: Option<String>) {
        *locked(&self.canary) = word;
    }

    /// The word that it lets slip.
    pub(crate) fn canary(&self) -> Option<String> {
        locked(&self.canary).clone()
    }

    pub(crate) fn record(&self, make: impl FnOnce(u64) -> Seen) {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let seen = make(number);
        locked(&self.ledger).push(seen);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        locked(&self.ledger).all()
    }

    pub(crate) fn forget(&self) {
        locked(&self.ledger).clear();
        self.requests.store(0, Ordering::SeqCst);
        self.count.store(0, Ordering::SeqCst);
        self.disconnects.store(0, Ordering::SeqCst);
        locked(&self.effects).clear();
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn disconnects(&self) -> u64 {
        self.disconnects.load(Ordering::SeqCst)
    }

    /// Counts a generation request; what is returned follows its answer to the end.
    pub(crate) fn begin(self: &Arc<Self>) -> Flight {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        Flight { state: Arc::clone(self), ended_by_us: false }
    }
}

/// A generation request whose answer is under way. Dropped before [`Flight::end`], it counts as a client that went away.
pub(crate) struct Flight {
    state: Arc<State>,
    ended_by_us: bool,
}

impl Flight {
    /// The answer ended as this provider meant it to end, be it by a fault.
    pub(crate) fn end(&mut self) {
        self.ended_by_us = true;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.ended_by_us {
            self.state.disconnects.fetch_add(1, Ordering::SeqCst);
        }
        self.state.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// No code panics while it holds these locks, so what is behind a poisoned one is whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{outage::Outage, practice::Speaks};

    fn state() -> Arc<State> {
        let outages = Arc::new(Outages::new(vec!["p".to_owned()]));
        Arc::new(State::new(Practice::new("p", Speaks::Anthropic, "m"), outages))
    }

    #[test]
    fn setting_a_fault_replaces_a_script() {
        let state = state();
        state.script(vec![Fault::empty_200(), Fault::empty_200()]);
        state.set(Fault::reset().times(1));
        assert_eq!([state.take(), state.take()], [FaultKind::Reset {}, FaultKind::Healthy {}]);
    }

    #[test]
    fn an_outage_lies_over_a_fault_and_uses_nothing_of_it_up() {
        let state = state();
        state.set(Fault::reset().times(1));
        state.outages.strike(Outage::new("region", FaultKind::RejectKey {}), Instant::now()).unwrap();
        assert_eq!((state.take(), state.rejects_keys()), (FaultKind::RejectKey {}, true));
        state.outages.lift(Some("region"));
        assert_eq!((state.rejects_keys(), state.take()), (false, FaultKind::Reset {}));
    }

    #[test]
    fn a_flight_dropped_early_is_a_disconnect() {
        let state = state();
        let mut finished = state.begin();
        let abandoned = state.begin();
        assert_eq!((state.count(), state.in_flight(), state.disconnects()), (2, 2, 0));
        finished.end();
        drop(finished);
        drop(abandoned);
        assert_eq!((state.count(), state.in_flight(), state.disconnects()), (2, 0, 1));
    }
}
