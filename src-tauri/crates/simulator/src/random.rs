//! Faults drawn by dice whose seed is given, so that a run that went wrong can be had again.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::fault::FaultKind;

/// The most that all weights may add up to.
const MOST_WEIGHT: u64 = 1_000_000_000;

/// Faults of which each request draws one, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Random {
    /// The same seed draws the same for the first, second, … request since the fault was set.
    pub seed: u64,
    /// How many of all requests are struck, from 0 to 1.
    pub rate: f64,
    /// What may strike; by weight.
    pub faults: Vec<Weighted>,
}

/// A fault and its weight among the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// From 1 up; 1 if not given.
    #[serde(default = "one")]
    pub weight: u32,
    /// Any fault but a drawn one.
    pub fault: FaultKind,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    seed: u64,
    rate: f64,
    faults: Vec<Weighted>,
}

impl TryFrom<Unchecked> for Random {
    type Error = &'static str;

    fn try_from(Unchecked { seed, rate, faults }: Unchecked) -> Result<Self, Self::Error> {
        if !(0.0..=1.0).contains(&rate) {
            return Err("`rate` must be from 0 to 1");
        }
        let total: u64 = faults.iter().map(|one| u64::from(one.weight)).sum();
        if faults.is_empty() || total > MOST_WEIGHT || faults.iter().any(|one| one.weight == 0) {
            return Err("drawing needs at least one fault, and each fault a weight from 1 up");
        }
        if faults.iter().any(|one| matches!(one.fault, FaultKind::Random(_))) {
            return Err("what is drawn can't be drawn again");
        }
        Ok(Self { seed, rate, faults })
    }
}

impl Random {
    /// What strikes the request of this number.
    pub(crate) fn draw(&self, number: u64) -> FaultKind {
        let mut dice = dice(self.seed, number);
        if !dice.random_bool(self.rate) {
            return FaultKind::Healthy {};
        }
        let total = self.faults.iter().map(|one| u64::from(one.weight)).sum::<u64>().max(1);
        let mut left = dice.random_range(0..total);
        for Weighted { weight, fault } in &self.faults {
            match left.checked_sub(u64::from(*weight)) {
                None => return fault.clone(),
                Some(rest) => left = rest,
            }
        }
        FaultKind::Healthy {}
    }
}

/// Dice for one request: no two requests share any, so the order in which requests come decides nothing else.
pub(crate) fn dice(seed: u64, number: u64) -> StdRng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&number.to_le_bytes());
    StdRng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fault::Fault;

    #[test]
    fn faults_strike_at_their_rate_and_by_their_weights() {
        let random = Random {
            seed: 1,
            rate: 0.4,
            faults: vec![
                Weighted { weight: 3, fault: FaultKind::Reset {} },
                Weighted { weight: 1, fault: FaultKind::Empty200 {} },
            ],
        };
        let drawn: Vec<FaultKind> = (0..10_000).map(|number| random.draw(number)).collect();
        let share = |kind: FaultKind| drawn.iter().filter(|one| **one == kind).count();
        assert!((2_850..3_150).contains(&share(FaultKind::Reset {})), "{}", share(FaultKind::Reset {}));
        assert!((900..1_100).contains(&share(FaultKind::Empty200 {})), "{}", share(FaultKind::Empty200 {}));
    }

    #[test]
    fn drawing_that_would_not_do_what_it_says_is_refused() {
        let reset = json!({"fault": {"kind": "reset"}});
        let inner = json!({"fault": {"kind": "random", "rate": 1, "faults": [reset]}});
        for (form, because) in [
            (json!({"kind": "random", "rate": 1.5, "faults": [reset]}), "`rate` must be"),
            (json!({"kind": "random", "rate": 0.5, "faults": []}), "at least one fault"),
            (
                json!({"kind": "random", "rate": 0.5, "faults": [{"weight": 0, "fault": {"kind": "reset"}}]}),
                "a weight from 1",
            ),
            (json!({"kind": "random", "rate": 0.5, "faults": [inner]}), "can't be drawn again"),
            (json!({"kind": "random", "rate": 0.5, "faults": [reset], "sed": 1}), "unknown field `sed`"),
        ] {
            let error = Fault::from_json(form.clone()).expect_err(&form.to_string()).to_string();
            assert!(error.contains(because), "{form}: {error}");
        }
    }
}
