//! Whose turn it is under round-robin and weighted (failover §4).
//!
//! A pool has one wheel for each set of places that its requests can use: those that all members can serve turn another
//! wheel than those that only one dialect can. Were there only one, each such request would look like a change of the
//! available set, and counting would start anew each time with the heaviest. Within a wheel only health changes the set.
//!
//! **Exactness**: while the set stays the same, every run of placements as long as the weights' sum (divided by their
//! greatest common divisor) holds exactly the shares.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use crate::{Policy, Pool};

/// How many wheels are kept; the ones that have rested longest go first.
const MOST_WHEELS: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct WheelKey {
    pool: Arc<str>,
    /// Of policy, members and weights: an edited pool is another pool.
    fingerprint: u64,
    /// The places that the request can use, whatever their health.
    usable: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
struct Wheel {
    /// Smooth weighted round-robin: the available places with their current weights, as of the last pick.
    current: Vec<(usize, i64)>,
    /// Round-robin: the place picked last.
    last: Option<usize>,
    used: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Wheels {
    wheels: HashMap<WheelKey, Wheel>,
    turns: u64,
}

impl Wheels {
    /// Picks the first place among `available` (rising, a part of `usable`), and turns the wheel if it `moves`. `None` when
    /// nothing is available, or under a policy without a wheel.
    pub(crate) fn pick(&mut self, pool: &Pool, usable: &[usize], available: &[usize], moves: bool) -> Option<usize> {
        let first = *available.first()?;
        if pool.policy == Policy::Failover {
            return Some(first);
        }
        let key = WheelKey { pool: pool.name.clone(), fingerprint: fingerprint(pool), usable: usable.to_vec() };
        let mut wheel = self.wheels.get(&key).cloned().unwrap_or_default();
        let picked = match pool.policy {
            Policy::Failover => first,
            Policy::RoundRobin => wheel.next_in_turn(available),
            Policy::Weighted => wheel.next_by_weight(pool, available),
        };
        if moves {
            self.turns += 1;
            wheel.used = self.turns;
            self.wheels.insert(key, wheel);
            self.forget_the_longest_at_rest();
        }
        Some(picked)
    }

    fn forget_the_longest_at_rest(&mut self) {
        if self.wheels.len() > MOST_WHEELS
            && let Some(key) = self.wheels.iter().min_by_key(|(_, wheel)| wheel.used).map(|(key, _)| key.clone())
        {
            self.wheels.remove(&key);
        }
    }
}

impl Wheel {
    /// The next place after the last one picked. A changed set needs no reset here: going on in turn is within one of
    /// exact from any start, while starting over would favour the top of the list each time.
    fn next_in_turn(&mut self, available: &[usize]) -> usize {
        let after = self.last.map_or(0, |last| available.partition_point(|place| *place <= last));
        let picked = available[after % available.len()];
        self.last = Some(picked);
        picked
    }

    /// Smooth weighted round-robin: each place gains its weight, the highest is picked and pays the sum.
    fn next_by_weight(&mut self, pool: &Pool, available: &[usize]) -> usize {
        if !self.current.iter().map(|(place, _)| place).eq(available) {
            self.current = available.iter().map(|place| (*place, 0)).collect();
        }
        let weights = shares(pool, available);
        for ((_, current), weight) in self.current.iter_mut().zip(&weights) {
            *current += weight;
        }
        let mut picked = 0;
        for (at, (_, current)) in self.current.iter().enumerate() {
            if weights[at] > 0 && (weights[picked] == 0 || *current > self.current[picked].1) {
                picked = at;
            }
        }
        self.current[picked].1 -= weights.iter().sum::<i64>();
        available[picked]
    }
}

/// The weights of these places; all alike when all are 0.
fn shares(pool: &Pool, places: &[usize]) -> Vec<i64> {
    let weights: Vec<i64> = places.iter().map(|place| i64::from(pool.members[*place].weight)).collect();
    if weights.iter().any(|weight| *weight > 0) { weights } else { vec![1; places.len()] }
}

fn fingerprint(pool: &Pool) -> u64 {
    let mut hasher = DefaultHasher::new();
    pool.policy.hash(&mut hasher);
    for member in &pool.members {
        member.name.hash(&mut hasher);
        member.weight.hash(&mut hasher);
        member.key.hash(&mut hasher);
    }
    hasher.finish()
}
