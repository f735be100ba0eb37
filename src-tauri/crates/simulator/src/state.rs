//! What a running provider knows about itself. One owner: the server, the control API and [`Running`](crate::Running)
//! all look at the same state, so a fault set over HTTP and one set from Rust are the same thing.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::Value;

use crate::{
    fault::{Fault, FaultKind},
    play::Play,
    practice::Practice,
    seal::Seal,
    seen::{Ledger, Seen},
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
    /// What is in force, first to last. Each step is used up by its `times`; one without `times` stays.
    steps: Mutex<VecDeque<Fault>>,
    play: Mutex<Option<Arc<Play>>>,
    ledger: Mutex<Ledger>,
    requests: AtomicU64,
    count: AtomicU64,
    in_flight: AtomicU64,
    disconnects: AtomicU64,
}

impl State {
    pub(crate) fn new(practice: Practice) -> Self {
        Self {
            practice,
            seal: Seal::new(),
            archive: Archive::default(),
            steps: Mutex::default(),
            play: Mutex::default(),
            ledger: Mutex::default(),
            requests: AtomicU64::new(0),
            count: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            disconnects: AtomicU64::new(0),
        }
    }

    pub(crate) fn set(&self, fault: Fault) {
        *locked(&self.steps) = VecDeque::from([fault]);
    }

    pub(crate) fn script(&self, faults: Vec<Fault>) {
        *locked(&self.steps) = faults.into_iter().map(|f| Fault { times: f.times.or(Some(1)), ..f }).collect();
    }

    pub(crate) fn clear(&self) {
        locked(&self.steps).clear();
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
        locked(&self.steps).iter().filter(|fault| fault.times != Some(0)).cloned().collect()
    }

    /// The fault for the next generation request; uses up one of its times.
    pub(crate) fn take(&self) -> FaultKind {
        let mut steps = locked(&self.steps);
        while let Some(first) = steps.front_mut() {
            match &mut first.times {
                None => return first.kind.clone(),
                Some(0) => {
                    steps.pop_front();
                }
                Some(left) => {
                    *left -= 1;
                    let kind = first.kind.clone();
                    if *left == 0 {
                        steps.pop_front();
                    }
                    return kind;
                }
            }
        }
        FaultKind::Healthy {}
    }

    /// Whether the provider rejects every key right now. Asks without using anything up: only generation counts.
    pub(crate) fn rejects_keys(&self) -> bool {
        self.steps().first().is_some_and(|fault| matches!(fault.kind, FaultKind::RejectKey {}))
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
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::Speaks;

    fn state() -> Arc<State> {
        Arc::new(State::new(Practice::new("p", Speaks::Anthropic, "m")))
    }

    #[test]
    fn a_fault_stays_until_it_is_cleared() {
        let state = state();
        state.set(Fault::reset());
        for _ in 0..5 {
            assert_eq!(state.take(), FaultKind::Reset {});
        }
        state.clear();
        assert_eq!(state.take(), FaultKind::Healthy {});
    }

    #[test]
    fn a_fault_with_times_is_used_up() {
        let state = state();
        state.set(Fault::reset().times(2));
        assert_eq!([state.take(), state.take()], [FaultKind::Reset {}, FaultKind::Reset {}]);
        assert_eq!(state.steps(), []);
        assert_eq!(state.take(), FaultKind::Healthy {});
    }

    #[test]
    fn a_script_gives_one_step_per_request_and_then_health() {
        let state = state();
        state.script(vec![Fault::reset(), Fault::healthy(), Fault::empty_200().times(2)]);
        assert_eq!(state.steps().len(), 3);
        let taken: Vec<FaultKind> = (0..5).map(|_| state.take()).collect();
        let healthy = FaultKind::Healthy {};
        let empty = FaultKind::Empty200 {};
        assert_eq!(taken, [FaultKind::Reset {}, healthy.clone(), empty.clone(), empty, healthy]);
    }

    #[test]
    fn setting_a_fault_replaces_a_script() {
        let state = state();
        state.script(vec![Fault::empty_200(), Fault::empty_200()]);
        state.set(Fault::reset().times(1));
        assert_eq!([state.take(), state.take()], [FaultKind::Reset {}, FaultKind::Healthy {}]);
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
