//! Whose turn it is under round-robin and weighted (failover §4).
//!
//! A pool has one wheel for each set of places that its requests can use: those that all members can serve turn another
//! wheel than those that only one dialect can. Were there only one, each such request would look like a change of the
//! available set, and counting would start anew each time with the heaviest. Within a wheel only health changes the set.
//!
//! **Exactness**: while the set stays the same, every run of placements as long as the weights' sum (divided by their
//! greatest common divisor) holds exactly the shares.

use std::{collections::HashMap, sync::Arc};

use crate::{Member, Policy, Pool, TargetKey};

/// How many wheels are kept; the ones that have rested longest go first.
const MOST_WHEELS: usize = 1024;

/// What a wheel belongs to. An edited pool is another pool.
#[derive(Clone, Debug)]
struct Axle {
    policy: Policy,
    members: Vec<(Arc<str>, u32, TargetKey)>,
    /// The places that the request can use, whatever their health.
    usable: Vec<usize>,
}

impl Axle {
    fn new(pool: &Pool, usable: &[usize]) -> Self {
        let face = |member: &Member| (member.name.clone(), member.weight, member.key.clone());
        Self { policy: pool.policy, members: pool.members.iter().map(face).collect(), usable: usable.to_vec() }
    }

    fn carries(&self, pool: &Pool, usable: &[usize]) -> bool {
        self.policy == pool.policy
            && self.usable == usable
            && self.members.len() == pool.members.len()
            && self.members.iter().zip(&pool.members).all(|((name, weight, key), member)| {
                *weight == member.weight
                    && same(name, &member.name)
                    && same(&key.model, &member.key.model)
                    && same(&key.credential, &member.key.credential)
                    && same(&key.base_url, &member.key.base_url)
            })
    }
}

/// Requests of one routing snapshot share their names, so that looking at the letters is the exception.
fn same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[derive(Clone, Debug, Default)]
struct Wheel {
    /// Smooth weighted round-robin: the available places with their current weights, as of the last pick.
    current: Vec<(usize, i64)>,
    /// Round-robin: the place picked last.
    last: Option<usize>,
    used: u64,
}

/// The wheels of each pool, by its name. There is one for each kind of request and, for a while, for each edit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wheels {
    wheels: HashMap<Arc<str>, Vec<(Axle, Wheel)>>,
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
        let of_pool = self.wheels.get_mut(&pool.name);
        let known = of_pool.and_then(|wheels| wheels.iter_mut().find(|(axle, _)| axle.carries(pool, usable)));
        if !moves {
            let mut copy = known.map(|(_, wheel)| wheel.clone()).unwrap_or_default();
            return Some(copy.turn(pool, available));
        }
        self.turns += 1;
        if let Some((_, wheel)) = known {
            wheel.used = self.turns;
            return Some(wheel.turn(pool, available));
        }
        let mut wheel = Wheel { used: self.turns, ..Wheel::default() };
        let picked = wheel.turn(pool, available);
        self.wheels.entry(pool.name.clone()).or_default().push((Axle::new(pool, usable), wheel));
        self.forget_the_longest_at_rest();
        Some(picked)
    }

    fn forget_the_longest_at_rest(&mut self) {
        let all =
            || self.wheels.iter().flat_map(|(name, wheels)| wheels.iter().map(move |(_, wheel)| (wheel.used, name)));
        if all().count() <= MOST_WHEELS {
            return;
        }
        let Some((oldest, name)) = all().min().map(|(used, name)| (used, name.clone())) else { return };
        if let Some(wheels) = self.wheels.get_mut(&name) {
            wheels.retain(|(_, wheel)| wheel.used != oldest);
            if wheels.is_empty() {
                self.wheels.remove(&name);
            }
        }
    }
}

impl Wheel {
    fn turn(&mut self, pool: &Pool, available: &[usize]) -> usize {
        match pool.policy {
            Policy::Failover => available[0],
            Policy::RoundRobin => self.next_in_turn(available),
            Policy::Weighted => self.next_by_weight(pool, available),
        }
    }

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::pool;

    fn turn(wheels: &mut Wheels, pool: &Pool, available: &[usize], times: usize) -> Vec<usize> {
        let usable: Vec<usize> = (0..pool.members.len()).collect();
        (0..times).map(|_| wheels.pick(pool, &usable, available, true).unwrap()).collect()
    }

    fn count(picks: &[usize], place: usize) -> usize {
        picks.iter().filter(|pick| **pick == place).count()
    }

    /// failover §4, exactness; the recipe: "Proportional distribution, 70/20/10"
    #[test]
    fn weights_70_20_10_give_exactly_that_in_every_hundred() {
        let pool = pool(Policy::Weighted, &[("a", 70), ("b", 20), ("c", 10)]);
        let picks = turn(&mut Wheels::default(), &pool, &[0, 1, 2], 1_000);
        for hundred in picks.windows(100) {
            assert_eq!([0, 1, 2].map(|place| count(hundred, place)), [70, 20, 10]);
        }
    }

    #[test]
    fn the_heaviest_does_not_come_in_one_block() {
        let pool = pool(Policy::Weighted, &[("a", 5), ("b", 1), ("c", 1)]);
        assert_eq!(turn(&mut Wheels::default(), &pool, &[0, 1, 2], 7), [0, 0, 1, 0, 2, 0, 0]);
    }

    /// failover §4, exactness; the recipe: "evenly"
    #[test]
    fn round_robin_gives_each_exactly_its_turn() {
        let pool = pool(Policy::RoundRobin, &[("a", 9), ("b", 1), ("c", 0)]);
        assert_eq!(turn(&mut Wheels::default(), &pool, &[0, 1, 2], 9), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_place_that_comes_and_goes_does_not_favour_the_top_of_the_list() {
        let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
        let mut wheels = Wheels::default();
        let sets: [&[usize]; 2] = [&[0, 1, 2], &[0, 1]];
        let picks: Vec<usize> = (0..12).flat_map(|at| turn(&mut wheels, &pool, sets[at % 2], 1)).collect();
        assert!(count(&picks, 1) >= 4, "{picks:?}");
    }

    /// failover §4: a repeated name counts for its share
    #[test]
    fn a_name_that_stands_twice_counts_twice() {
        let twice = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("a", 1)]);
        let picks = turn(&mut Wheels::default(), &twice, &[0, 1, 2], 9);
        assert_eq!(count(&picks, 0) + count(&picks, 2), 6);
        let heavy = pool(Policy::Weighted, &[("a", 30), ("b", 40), ("a", 30)]);
        let picks = turn(&mut Wheels::default(), &heavy, &[0, 1, 2], 100);
        assert_eq!(count(&picks, 0) + count(&picks, 2), 60);
    }

    #[test]
    fn a_place_without_weight_is_never_first_unless_all_are() {
        let pool = pool(Policy::Weighted, &[("a", 0), ("b", 3), ("c", 0)]);
        let mut wheels = Wheels::default();
        assert_eq!(turn(&mut wheels, &pool, &[0, 1, 2], 5), [1; 5]);
        assert_eq!(turn(&mut wheels, &pool, &[0, 2], 4), [0, 2, 0, 2]);
    }

    #[test]
    fn looking_does_not_turn_the_wheel() {
        let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]);
        let mut wheels = Wheels::default();
        for _ in 0..3 {
            assert_eq!(wheels.pick(&pool, &[0, 1], &[0, 1], false), Some(0));
        }
        assert_eq!(turn(&mut wheels, &pool, &[0, 1], 1), [0]);
        assert_eq!(wheels.pick(&pool, &[0, 1], &[0, 1], false), Some(1));
    }

    #[test]
    fn requests_for_some_places_only_do_not_disturb_the_others_shares() {
        let pool = pool(Policy::Weighted, &[("a", 70), ("b", 20), ("c", 10)]);
        let mut wheels = Wheels::default();
        let mut picks = Vec::new();
        for _ in 0..100 {
            picks.extend(wheels.pick(&pool, &[0, 1, 2], &[0, 1, 2], true));
            assert_eq!(wheels.pick(&pool, &[1], &[1], true), Some(1));
        }
        assert_eq!([0, 1, 2].map(|place| count(&picks, place)), [70, 20, 10]);
    }

    #[test]
    fn an_edited_pool_starts_anew_and_a_namesake_is_another() {
        let mut wheels = Wheels::default();
        let before = pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]);
        let after = pool(Policy::RoundRobin, &[("a", 1), ("c", 1)]);
        assert_eq!(turn(&mut wheels, &before, &[0, 1], 1), [0]);
        assert_eq!(turn(&mut wheels, &after, &[0, 1], 1), [0]);
        assert_eq!(turn(&mut wheels, &before, &[0, 1], 1), [1]);
    }

    #[test]
    fn wheels_do_not_pile_up() {
        let mut wheels = Wheels::default();
        for at in 0..MOST_WHEELS + 50 {
            let mut pool = pool(Policy::RoundRobin, &[("a", 1)]);
            pool.name = at.to_string().into();
            turn(&mut wheels, &pool, &[0], 1);
        }
        assert_eq!(wheels.wheels.len(), MOST_WHEELS);
        assert!(!wheels.wheels.contains_key("0"), "the longest at rest have gone");
    }

    fn members(weights: &[u32]) -> Vec<(String, u32)> {
        weights.iter().enumerate().map(|(at, weight)| (format!("m{at}"), *weight)).collect()
    }

    fn pool_of(policy: Policy, weights: &[u32]) -> Pool {
        let named = members(weights);
        pool(policy, &named.iter().map(|(name, weight)| (name.as_str(), *weight)).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn every_run_as_long_as_the_sum_holds_exactly_the_weights(
            weights in prop::collection::vec(0_u32..40, 1..8), offset in 0_usize..200,
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let pool = pool_of(Policy::Weighted, &weights);
            let all: Vec<usize> = (0..weights.len()).collect();
            let sum: u32 = weights.iter().sum();
            let picks = turn(&mut Wheels::default(), &pool, &all, offset + sum as usize);
            for (place, weight) in weights.iter().enumerate() {
                prop_assert_eq!(count(&picks[offset..], place), *weight as usize);
            }
        }

        /// Whatever comes and goes: since the last change, each place has had its share to within 2.
        #[test]
        fn counts_are_within_two_of_exact_ever(
            weights in prop::collection::vec(1_u32..100, 1..8),
            round_robin: bool,
            epochs in prop::collection::vec((any::<u8>(), 1_usize..60), 1..12),
        ) {
            let policy = if round_robin { Policy::RoundRobin } else { Policy::Weighted };
            let pool = pool_of(policy, &weights);
            let mut wheels = Wheels::default();
            let mut previous = Vec::new();
            let mut counts = vec![0_u32; weights.len()];
            let mut placed = 0_u32;
            for (mask, times) in epochs {
                let mut available: Vec<usize> = (0..weights.len()).filter(|place| mask & (1 << place) != 0).collect();
                if available.is_empty() {
                    available.push(0);
                }
                if available != previous {
                    counts.fill(0);
                    placed = 0;
                    previous.clone_from(&available);
                }
                for _ in 0..times {
                    counts[turn(&mut wheels, &pool, &available, 1)[0]] += 1;
                    placed += 1;
                    let weight = |place: usize| if round_robin { 1 } else { weights[place] };
                    let sum: u32 = available.iter().map(|place| weight(*place)).sum();
                    for (place, count) in counts.iter().enumerate() {
                        let share = if available.contains(&place) {
                            f64::from(placed) * f64::from(weight(place)) / f64::from(sum)
                        } else {
                            0.0
                        };
                        prop_assert!((f64::from(*count) - share).abs() < 2.0);
                    }
                }
            }
        }
    }
}
