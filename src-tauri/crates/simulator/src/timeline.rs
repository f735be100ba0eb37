//! Faults that come and go by the clock, so that members can fall out in turn with nobody giving orders meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::FaultKind;

/// Faults over time, counted from the moment at which it is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Timeline {
    /// Where two overlap, the first of the list strikes. Between them the provider is healthy.
    pub phases: Vec<Phase>,
    /// After so many milliseconds it begins again. `None`: it happens once, and then the provider is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_ms: Option<u64>,
}

/// A fault, from when and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Milliseconds from the timeline's beginning.
    pub at_ms: u64,
    /// Milliseconds, at least one.
    pub for_ms: u64,
    /// What strikes every request that comes meanwhile. An answer that has begun goes on as it began.
    pub fault: FaultKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    phases: Vec<Phase>,
    repeat_ms: Option<u64>,
}

impl TryFrom<Unchecked> for Timeline {
    type Error = &'static str;

    fn try_from(Unchecked { phases, repeat_ms }: Unchecked) -> Result<Self, Self::Error> {
        if phases.is_empty() || phases.iter().any(|phase| phase.for_ms == 0) {
            return Err("a timeline needs at least one phase, and each phase at least a millisecond");
        }
        let ends = phases.iter().map(|phase| phase.at_ms.saturating_add(phase.for_ms)).max().unwrap_or(0);
        if repeat_ms.is_some_and(|repeat| repeat < ends) {
            return Err("`repeat_ms` must not come before the last phase has ended");
        }
        Ok(Self { phases, repeat_ms })
    }
}

impl Timeline {
    /// Reads the JSON form, e.g. `json!({"phases":[{"at_ms":0,"for_ms":500,"fault":{"kind":"reset"}}],"repeat_ms":1500})`.
    ///
    /// # Errors
    /// An unknown or missing field, a fault that isn't one, no phase, a phase of no length, or a repetition that would
    /// cut a phase off.
    pub fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(json)
    }

    /// What strikes after so long.
    pub(crate) fn at(&self, elapsed: Duration) -> Option<&FaultKind> {
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let at = self.repeat_ms.map_or(elapsed, |repeat| elapsed % repeat);
        let phase =
            self.phases.iter().find(|phase| (phase.at_ms..phase.at_ms.saturating_add(phase.for_ms)).contains(&at));
        phase.map(|phase| &phase.fault)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_timeline_that_happens_once_ends_in_health() {
        let form = json!({"phases": [
            {"at_ms": 10, "for_ms": 10, "fault": {"kind": "reset"}},
            {"at_ms": 15, "for_ms": 20, "fault": {"kind": "html-200"}},
        ]});
        let timeline = Timeline::from_json(form.clone()).unwrap();
        assert_eq!(serde_json::to_value(&timeline).unwrap(), form);
        let at = |ms| timeline.at(Duration::from_millis(ms));
        assert_eq!((at(9), at(19), at(20)), (None, Some(&FaultKind::Reset {}), Some(&FaultKind::Html200 {})));
        assert_eq!((at(35), at(1_000_000)), (None, None));
    }

    #[test]
    fn a_timeline_that_could_not_run_is_refused() {
        let phase = json!({"at_ms": 10, "for_ms": 10, "fault": {"kind": "reset"}});
        for (form, because) in [
            (json!({"phases": []}), "at least one phase"),
            (json!({"phases": [{"at_ms": 0, "for_ms": 0, "fault": {"kind": "reset"}}]}), "at least a millisecond"),
            (json!({"phases": [phase], "repeat_ms": 19}), "`repeat_ms` must not"),
            (json!({"phases": [{"at_ms": 0, "for_ms": 1, "fault": {"kind": "rest"}}]}), "unknown variant"),
            (json!({"phases": [{"at_ms": 0, "for_ms": 1, "fault": {"kind": "reset", "times": 1}}]}), "unknown field"),
            (json!({"phases": [phase], "repeat": 50}), "unknown field `repeat`"),
        ] {
            let error = Timeline::from_json(form.clone()).expect_err(&form.to_string()).to_string();
            assert!(error.contains(because), "{form}: {error}");
        }
    }
}
