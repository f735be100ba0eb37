//! How long a provider takes: to its first content, and from token to token.

use std::time::Duration;

use rand::{RngExt as _, rngs::StdRng};
use rand_distr::{Distribution as _, LogNormal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::random::dice;

/// How many standard deviations the 95th percentile lies above the median.
const P95: f64 = 1.644_853_626_951_472_6;

/// How long a healthy provider takes. Faults that slow an answer come on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// The same seed draws the same for the first, second, … chat request of this provider.
    #[serde(default)]
    pub seed: u64,
    /// Milliseconds to the first content. Headers and opening events of a stream come at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<Spread>,
    /// Milliseconds from each event to the next. An answer that isn't streamed takes as long as all of its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between_ms: Option<Spread>,
}

/// How milliseconds are spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "Unchecked")]
pub enum Spread {
    /// Always this.
    Fixed(u64),
    /// Anything between these two, both included.
    Uniform(u64, u64),
    /// Most near the median, a few far above it, as network services are.
    LogNormal {
        /// Half take less.
        median: f64,
        /// One of twenty takes more.
        p95: f64,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Unchecked {
    Fixed(u64),
    Uniform(u64, u64),
    LogNormal { median: f64, p95: f64 },
}

impl TryFrom<Unchecked> for Spread {
    type Error = &'static str;

    fn try_from(unchecked: Unchecked) -> Result<Self, Self::Error> {
        match unchecked {
            Unchecked::Fixed(ms) => Ok(Self::Fixed(ms)),
            Unchecked::Uniform(low, high) if low <= high => Ok(Self::Uniform(low, high)),
            Unchecked::Uniform(..) => Err("`uniform` needs the smaller number first"),
            Unchecked::LogNormal { median, p95 } if median > 0.0 && p95 >= median && p95.is_finite() => {
                Ok(Self::LogNormal { median, p95 })
            }
            Unchecked::LogNormal { .. } => Err("`log-normal` needs a median above 0 and a p95 that isn't below it"),
        }
    }
}

impl Spread {
    fn draw(self, dice: &mut StdRng) -> Duration {
        match self {
            Self::Fixed(ms) => Duration::from_millis(ms),
            Self::Uniform(low, high) => Duration::from_millis(dice.random_range(low..=high)),
            Self::LogNormal { median, p95 } => {
                let spread = LogNormal::new(median.ln(), (p95 / median).ln() / P95);
                let ms = spread.map_or(median, |spread| spread.sample(dice));
                Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(Duration::MAX)
            }
        }
    }
}

impl Latency {
    /// Reads the JSON form, e.g. `json!({"first_ms":{"fixed":200},"between_ms":{"log-normal":{"median":20,"p95":90}}})`.
    ///
    /// # Errors
    /// An unknown field or distribution, or one that couldn't be drawn from.
    pub fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(json)
    }

    /// The pauses before each of so many events, `opening` of which come before the first content.
    pub(crate) fn pauses(&self, number: u64, opening: usize, events: usize) -> Vec<Duration> {
        let mut dice = dice(self.seed, number);
        let mut draw = |spread: Option<Spread>| spread.map_or(Duration::ZERO, |spread| spread.draw(&mut dice));
        let pause = |at: usize| match at.cmp(&opening) {
            std::cmp::Ordering::Less => Duration::ZERO,
            std::cmp::Ordering::Equal => draw(self.first_ms),
            std::cmp::Ordering::Greater => draw(self.between_ms),
        };
        (0..events).map(pause).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sorted(spread: &Value) -> Vec<u128> {
        let latency = Latency::from_json(json!({"seed": 5, "first_ms": spread})).unwrap();
        let mut drawn: Vec<u128> = (0..4000).map(|number| latency.pauses(number, 0, 1)[0].as_millis()).collect();
        drawn.sort_unstable();
        drawn
    }

    #[test]
    fn a_log_normal_has_the_median_and_the_p95_that_it_was_given() {
        let drawn = sorted(&json!({"log-normal": {"median": 200, "p95": 900}}));
        assert!((190..=210).contains(&drawn[2000]), "{}", drawn[2000]);
        assert!((820..=980).contains(&drawn[3800]), "{}", drawn[3800]);
    }

    #[test]
    fn a_uniform_spread_stays_within_its_bounds() {
        let drawn = sorted(&json!({"uniform": [50, 150]}));
        assert_eq!((drawn[0], drawn[3999]), (50, 150));
        assert!((95..=105).contains(&drawn[2000]), "{}", drawn[2000]);
    }

    #[test]
    fn opening_events_come_at_once_and_a_seed_repeats_itself() {
        let form = json!({"seed": 2, "first_ms": {"fixed": 300}, "between_ms": {"uniform": [1, 1000]}});
        let latency = Latency::from_json(form.clone()).unwrap();
        assert_eq!(serde_json::to_value(&latency).unwrap(), form);
        let pauses = latency.pauses(1, 2, 6);
        assert_eq!(pauses[..3], [Duration::ZERO, Duration::ZERO, Duration::from_millis(300)]);
        assert!(pauses[3..].iter().all(|pause| *pause >= Duration::from_millis(1)));
        assert_eq!((latency.pauses(1, 2, 6) == pauses, latency.pauses(2, 2, 6) == pauses), (true, false));
    }

    #[test]
    fn a_spread_that_could_not_be_drawn_from_is_refused() {
        for spread in [
            json!({"uniform": [2, 1]}),
            json!({"log-normal": {"median": 0, "p95": 9}}),
            json!({"log-normal": {"median": 10, "p95": 9}}),
            json!({"normal": {"median": 10, "p95": 9}}),
            json!({"fixed": -1}),
        ] {
            assert!(Latency::from_json(json!({"first_ms": spread})).is_err(), "{spread}");
        }
    }
}
