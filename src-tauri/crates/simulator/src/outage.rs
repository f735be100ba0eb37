//! What strikes several providers at once, by one cause, and is lifted at once: a region that is down, a network that is
//! gone.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::{fault::FaultKind, state::locked};

/// A fault of several providers that has one cause. It lies over what each of them was told by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Outage {
    /// What it is lifted by. A second outage of the same cause takes the place of the first.
    pub cause: String,
    /// The names of those that it strikes; none: all of the simulator's.
    pub providers: Vec<String>,
    /// What happens to them.
    pub strike: Strike,
    /// After so many milliseconds it lifts itself. `None`: when it is lifted.
    pub for_ms: Option<u64>,
}

/// What an outage does.
#[derive(Clone, Debug, PartialEq)]
pub enum Strike {
    /// This strikes every chat request.
    Fault(FaultKind),
    /// Connections break and new ones are refused: nobody listens on the port, not even for orders.
    Unreachable,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    cause: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    providers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<FaultKind>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unreachable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    for_ms: Option<u64>,
}

impl TryFrom<Unchecked> for Outage {
    type Error = &'static str;

    fn try_from(Unchecked { cause, providers, fault, unreachable, for_ms }: Unchecked) -> Result<Self, Self::Error> {
        if cause.is_empty() {
            return Err("an outage needs a cause");
        }
        let strike = match (fault, unreachable) {
            (Some(fault), false) => Strike::Fault(fault),
            (None, true) => Strike::Unreachable,
            _ => return Err("an outage needs a `fault`, or `\"unreachable\": true`, and not both"),
        };
        Ok(Self { cause, providers, strike, for_ms })
    }
}

impl From<Outage> for Unchecked {
    fn from(Outage { cause, providers, strike, for_ms }: Outage) -> Self {
        let (fault, unreachable) = match strike {
            Strike::Fault(fault) => (Some(fault), false),
            Strike::Unreachable => (None, true),
        };
        Self { cause, providers, fault, unreachable, for_ms }
    }
}

impl Outage {
    /// This fault, at all providers.
    pub fn new(cause: impl Into<String>, fault: FaultKind) -> Self {
        Self { cause: cause.into(), providers: Vec::new(), strike: Strike::Fault(fault), for_ms: None }
    }

    /// Nobody listens any more, at no provider.
    pub fn unreachable(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), providers: Vec::new(), strike: Strike::Unreachable, for_ms: None }
    }

    /// Only at these.
    #[must_use]
    pub fn at<S: Into<String>>(mut self, providers: impl IntoIterator<Item = S>) -> Self {
        self.providers = providers.into_iter().map(Into::into).collect();
        self
    }

    /// Reads the JSON form, e.g. `json!({"cause":"region","providers":["a","b"],"fault":{"kind":"status","status":503}})`.
    ///
    /// # Errors
    /// An unknown or missing field, no cause, a fault that isn't one, or anything but exactly one of `fault` and
    /// `unreachable`.
    pub fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(json)
    }

    fn strikes(&self, provider: &str) -> bool {
        self.providers.is_empty() || self.providers.iter().any(|name| name == provider)
    }
}

/// The outages of one simulator.
pub(crate) struct Outages {
    names: Vec<String>,
    standing: Mutex<Vec<(Outage, Option<Instant>)>>,
    changes: watch::Sender<()>,
}

impl Outages {
    /// For providers of these names.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self { names, standing: Mutex::default(), changes: watch::Sender::new(()) }
    }

    /// # Errors
    /// The name that no provider has.
    pub(crate) fn strike(&self, outage: Outage, now: Instant) -> Result<(), String> {
        if let Some(stranger) = outage.providers.iter().find(|name| !self.names.contains(name)) {
            return Err(stranger.clone());
        }
        let until = outage.for_ms.map(|ms| now + Duration::from_millis(ms));
        let mut standing = locked(&self.standing);
        standing.retain(|(old, _)| old.cause != outage.cause);
        standing.push((outage, until));
        drop(standing);
        self.changes.send_replace(());
        Ok(())
    }

    /// Ends the one of this cause, or all.
    pub(crate) fn lift(&self, cause: Option<&str>) {
        locked(&self.standing).retain(|(outage, _)| cause.is_some_and(|cause| outage.cause != cause));
        self.changes.send_replace(());
    }

    pub(crate) fn all(&self, now: Instant) -> Vec<Outage> {
        let standing = locked(&self.standing);
        standing.iter().filter(|(_, until)| until.is_none_or(|until| now < until)).map(|(one, _)| one.clone()).collect()
    }

    /// The fault that strikes this provider by an outage: that of the newest.
    pub(crate) fn fault(&self, provider: &str, now: Instant) -> Option<FaultKind> {
        let standing = locked(&self.standing);
        let mut faults = standing.iter().rev().filter_map(|(outage, until)| match &outage.strike {
            Strike::Fault(fault) if outage.strikes(provider) && until.is_none_or(|until| now < until) => Some(fault),
            _ => None,
        });
        faults.next().cloned()
    }

    /// Whether nobody may listen for this provider, and until when if that is known.
    pub(crate) fn closed(&self, provider: &str, now: Instant) -> Option<Option<Instant>> {
        let standing = locked(&self.standing);
        let closing = standing.iter().filter(|(outage, until)| {
            outage.strike == Strike::Unreachable && outage.strikes(provider) && until.is_none_or(|until| now < until)
        });
        // The longest of them decides; one without an end is longer than any.
        closing.map(|(_, until)| *until).reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))
    }

    /// Wakes at each change.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_outage_strikes_those_that_it_names_until_it_is_lifted_or_over() {
        let outages = Outages::new(vec!["a".into(), "b".into(), "c".into()]);
        let now = Instant::now();
        let form = json!({"cause": "region", "providers": ["a", "b"], "fault": {"kind": "reset"}, "for_ms": 50});
        let outage = Outage::from_json(form.clone()).unwrap();
        assert_eq!(serde_json::to_value(&outage).unwrap(), form);
        outages.strike(outage, now).unwrap();
        let struck = |at| ["a", "b", "c"].map(|name| outages.fault(name, at).is_some());
        assert_eq!(struck(now), [true, true, false]);
        assert_eq!(struck(now + Duration::from_millis(50)), [false; 3]);
        outages.strike(Outage::new("all", FaultKind::Html200 {}), now).unwrap();
        assert_eq!(outages.fault("a", now), Some(FaultKind::Html200 {}), "the newest decides");
        outages.lift(Some("all"));
        assert_eq!((struck(now), outages.all(now).len()), ([true, true, false], 1));
        outages.lift(None);
        assert_eq!(struck(now), [false; 3]);
        assert_eq!(outages.strike(Outage::unreachable("x").at(["z"]), now), Err("z".to_owned()));
    }

    #[test]
    fn ports_stay_closed_as_long_as_any_outage_wants_it() {
        let outages = Outages::new(vec!["a".into()]);
        let now = Instant::now();
        assert_eq!(outages.closed("a", now), None);
        let later = now + Duration::from_millis(90);
        outages.strike(Outage { for_ms: Some(90), ..Outage::unreachable("one") }, now).unwrap();
        outages.strike(Outage { for_ms: Some(40), ..Outage::unreachable("two") }, now).unwrap();
        assert_eq!(outages.closed("a", now), Some(Some(later)));
        outages.strike(Outage::unreachable("three"), now).unwrap();
        assert_eq!(outages.closed("a", now), Some(None));
    }

    #[test]
    fn an_outage_that_would_do_nothing_or_two_things_is_refused() {
        for form in [
            json!({"cause": "a"}),
            json!({"cause": "", "unreachable": true}),
            json!({"cause": "a", "unreachable": true, "fault": {"kind": "reset"}}),
            json!({"cause": "a", "unreachable": true, "for": 1}),
        ] {
            assert!(Outage::from_json(form.clone()).is_err(), "{form}");
        }
    }
}
