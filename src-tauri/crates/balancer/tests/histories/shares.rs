//! Shares under everything that must not touch them (failover §4, exactness).

use std::collections::HashSet;

use mainstay_balancer::{
    Ask, Availability, Balancer, Candidate, Conversation, Member, Millis, Outcome, Policy, Pool, Scope,
};
use proptest::prelude::*;

use crate::world::{ASK, START, pool};

#[derive(Clone, Debug)]
enum Step {
    /// Requests of no conversation, or first turns.
    Place(usize),
    /// Turns of a conversation.
    GoOn(u64),
    Look,
    Pin(Option<usize>),
    Limit(usize, Millis),
    Pass(Millis),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_usize..60).prop_map(Step::Place),
        4 => (0_u64..4).prop_map(Step::GoOn),
        2 => Just(Step::Look),
        1 => prop::option::of(0_usize..3).prop_map(Step::Pin),
        2 => (0_usize..3, 1_000_u64..60_000).prop_map(|(member, ms)| Step::Limit(member, ms)),
        2 => (0_u64..60_000).prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

/// What was placed since the available set last changed.
#[derive(Default)]
struct Counts {
    available: Vec<usize>,
    placed: u32,
    of: [u32; 3],
}

impl Counts {
    fn count(&mut self, pool: &Pool, available: &[usize], member: usize) -> Result<(), TestCaseError> {
        if self.available != available {
            *self = Self { available: available.to_vec(), ..Self::default() };
        }
        self.of[member] += 1;
        self.placed += 1;
        let weight = |place: &usize| if pool.policy == Policy::Weighted { pool.members[*place].weight } else { 1 };
        let sum: u32 = available.iter().map(weight).sum();
        for place in available {
            let exact = f64::from(self.placed) * f64::from(weight(place)) / f64::from(sum);
            prop_assert!(
                (f64::from(self.of[*place]) - exact).abs() < 2.0,
                "{place} has {} of {}",
                self.of[*place],
                self.placed
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// failover §4. Within 2 of exact, ever, between changes of the available set: whatever sticks, is pinned or only looks.
    #[test]
    fn shares_are_within_two_of_exact_ever(
        weights in prop::array::uniform3(1_u32..100), round_robin: bool, steps in steps(),
    ) {
        let policy = if round_robin { Policy::RoundRobin } else { Policy::Weighted };
        let members = [1, 2, 3];
        let mut pool = pool("shares", policy, &members);
        for (member, weight) in pool.members.iter_mut().zip(weights) {
            *member = Member { weight, daily: Default::default(), ..member.clone() };
        }
        let mut balancer = Balancer::default();
        let mut now = START;
        let mut counts = Counts::default();
        let mut settled: HashSet<u64> = HashSet::new();
        for step in steps {
            let available: Vec<usize> = (0..3)
                .filter(|place| balancer.availability(&pool, *place, now) == Availability::Ready)
                .collect();
            let pinned = balancer.pinned(&pool.name).map(str::to_owned);
            let by_policy = available.iter().all(|place| pinned.as_deref() != Some(&*pool.members[*place].name));
            match step {
                Step::Place(times) => {
                    for _ in 0..times {
                        if let Some(first) = balancer.plan(&pool, &ASK, now).order.first().filter(|_| by_policy)
                            && !first.forced
                        {
                            counts.count(&pool, &available, first.member)?;
                        }
                    }
                }
                Step::GoOn(key) => {
                    let ask = Ask { conversation: Some(Conversation { key, continues: true }), ..ASK };
                    let plan = balancer.plan(&pool, &ask, now);
                    let Some(first) = plan.order.first().filter(|first| !first.forced) else { continue };
                    prop_assert!(!plan.stuck || settled.contains(&key));
                    if !plan.stuck && by_policy {
                        counts.count(&pool, &available, first.member)?;
                    }
                    balancer.settle(&pool, &ask, first.member, now);
                    settled.insert(key);
                }
                Step::Look => {
                    balancer.plan(&pool, &Ask { moves_wheel: false, ..ASK }, now);
                }
                Step::Pin(member) => {
                    balancer.pin(&pool.name, member.map(|member| &*pool.members[member].name));
                }
                Step::Limit(member, ms) => {
                    if let Ok(permit) = balancer.admit(&pool, &Candidate { member, forced: false }, now) {
                        let limited = Outcome::RateLimited { scope: Scope::Model, until: Some(now + ms) };
                        balancer.conclude(permit, &limited, now, 0.0);
                    }
                }
                Step::Pass(ms) => now += ms,
                Step::Restart => {
                    let snapshot = balancer.snapshot(now);
                    balancer = Balancer::default();
                    balancer.restore(snapshot, now);
                    counts = Counts::default();
                }
            }
        }
    }
}
