//! What is in force and what is to come: a list of faults that requests use up, or a timeline that the clock does.

use std::{collections::VecDeque, time::Instant};

use crate::{
    fault::{Fault, FaultKind},
    timeline::Timeline,
};

/// What a provider has been told to do wrong.
#[derive(Default)]
pub(crate) struct Course {
    plan: Plan,
    /// Requests struck since the plan was set, for faults that are drawn.
    struck: u64,
}

enum Plan {
    /// First to last. Each is used up by its `times`; one without `times` stays.
    Steps(VecDeque<Fault>),
    /// Since when it runs.
    Timeline(Timeline, Instant),
}

impl Default for Plan {
    fn default() -> Self {
        Self::Steps(VecDeque::new())
    }
}

impl Course {
    pub(crate) fn one(fault: Fault) -> Self {
        Self { plan: Plan::Steps(VecDeque::from([fault])), struck: 0 }
    }

    /// One step per request, or as many as its `times`.
    pub(crate) fn script(faults: Vec<Fault>) -> Self {
        let steps = faults.into_iter().map(|fault| Fault { times: fault.times.or(Some(1)), ..fault }).collect();
        Self { plan: Plan::Steps(steps), struck: 0 }
    }

    pub(crate) fn timeline(timeline: Timeline, since: Instant) -> Self {
        Self { plan: Plan::Timeline(timeline, since), struck: 0 }
    }

    /// What requests are still to use up, first to last, with what is left of each.
    pub(crate) fn steps(&self) -> Vec<Fault> {
        match &self.plan {
            Plan::Steps(steps) => steps.iter().filter(|fault| fault.times != Some(0)).cloned().collect(),
            Plan::Timeline(..) => Vec::new(),
        }
    }

    pub(crate) fn running(&self) -> Option<Timeline> {
        match &self.plan {
            Plan::Steps(_) => None,
            Plan::Timeline(timeline, _) => Some(timeline.clone()),
        }
    }

    /// What would strike now. Uses nothing up.
    pub(crate) fn due(&self, now: Instant) -> Option<&FaultKind> {
        match &self.plan {
            Plan::Steps(steps) => steps.iter().find(|fault| fault.times != Some(0)).map(|fault| &fault.kind),
            Plan::Timeline(timeline, since) => timeline.at(now.saturating_duration_since(*since)),
        }
    }

    /// What strikes the request that comes now; uses up one of its times.
    pub(crate) fn take(&mut self, now: Instant) -> FaultKind {
        let kind = match &mut self.plan {
            Plan::Steps(steps) => next(steps),
            Plan::Timeline(..) => self.due(now).cloned().unwrap_or(FaultKind::Healthy {}),
        };
        self.struck += 1;
        match kind {
            FaultKind::Random(random) => random.draw(self.struck),
            other => other,
        }
    }
}

fn next(steps: &mut VecDeque<Fault>) -> FaultKind {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn take(course: &mut Course) -> FaultKind {
        course.take(Instant::now())
    }

    #[test]
    fn a_fault_stays() {
        let mut course = Course::one(Fault::reset());
        for _ in 0..5 {
            assert_eq!(take(&mut course), FaultKind::Reset {});
        }
    }

    #[test]
    fn a_fault_with_times_is_used_up() {
        let mut course = Course::one(Fault::reset().times(2));
        assert_eq!([take(&mut course), take(&mut course)], [FaultKind::Reset {}, FaultKind::Reset {}]);
        assert_eq!(course.steps(), []);
        assert_eq!(take(&mut course), FaultKind::Healthy {});
    }

    #[test]
    fn a_script_gives_one_step_per_request_and_then_health() {
        let mut course = Course::script(vec![Fault::reset(), Fault::healthy(), Fault::empty_200().times(2)]);
        assert_eq!(course.steps().len(), 3);
        let taken: Vec<FaultKind> = (0..5).map(|_| take(&mut course)).collect();
        let healthy = FaultKind::Healthy {};
        let empty = FaultKind::Empty200 {};
        assert_eq!(taken, [FaultKind::Reset {}, healthy.clone(), empty.clone(), empty, healthy]);
    }

    #[test]
    fn a_timeline_strikes_by_the_clock_and_is_not_used_up() {
        let begun = Instant::now();
        let timeline = json!({"phases": [{"at_ms": 100, "for_ms": 50, "fault": {"kind": "reset"}}], "repeat_ms": 200});
        let mut course = Course::timeline(serde_json::from_value(timeline).unwrap(), begun);
        for (ms, struck) in [(0, false), (100, true), (100, true), (149, true), (150, false), (310, true), (360, false)]
        {
            let kind = course.take(begun + Duration::from_millis(ms));
            assert_eq!(kind == FaultKind::Reset {}, struck, "{ms}");
        }
        assert_eq!(course.steps(), []);
    }

    #[test]
    fn what_is_drawn_is_drawn_anew_for_each_request_and_the_same_after_each_setting() {
        let fault = json!({"kind": "random", "seed": 3, "rate": 0.5, "faults": [{"fault": {"kind": "reset"}}]});
        let draws = || -> Vec<FaultKind> {
            let mut course = Course::one(Fault::from_json(fault.clone()).unwrap());
            (0..64).map(|_| take(&mut course)).collect()
        };
        let first = draws();
        assert!(first.contains(&FaultKind::Reset {}) && first.contains(&FaultKind::Healthy {}));
        assert_eq!(first, draws());
    }
}
