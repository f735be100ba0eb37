//! A whole request, as the gateway takes it through, and what its error may leave untried (failover §3.4, §3.9).

use mainstay_balancer::{AllOut, Ask, Candidate, Conversation, Millis, Outcome};
use proptest::prelude::*;

use crate::world::{ASK, World};

const DEADLINE: Millis = 280_000;

impl World {
    pub(crate) fn exchange(
        &mut self,
        pool: usize,
        conversation: Option<Conversation>,
        answers: &[(Outcome, Millis); 4],
    ) -> Result<(), TestCaseError> {
        let pool = self.pools[pool].clone();
        let ask = Ask { conversation, ..ASK };
        let deadline = self.now + DEADLINE;
        let mut tried: Vec<usize> = Vec::new();
        loop {
            let plan = if tried.is_empty() {
                self.balancer.plan(&pool, &ask, self.now)
            } else {
                self.balancer.plan_after(&pool, &ask, &tried, self.now)
            };
            match plan.when_empty {
                Some(AllOut::Wait { until }) if until < deadline => {
                    self.now = until;
                    continue;
                }
                Some(AllOut::Wait { .. }) => return Ok(()),
                Some(AllOut::Refuse { .. }) => break,
                None => {}
            }
            for candidate in plan.order {
                let again = tried.iter().any(|member| pool.members[*member].key == pool.members[candidate.member].key);
                prop_assert!(!again, "each is tried once");
                // Another model of its account may have put it out since.
                let Ok(permit) = self.balancer.admit(&pool, &candidate, self.now) else { continue };
                tried.push(candidate.member);
                let target: usize = permit.key().model.trim_start_matches("model-").parse().expect("a number");
                let (outcome, takes) = answers[target].clone();
                self.now += takes;
                if outcome == Outcome::Served {
                    let key = permit.key().clone();
                    self.content(&key);
                    self.balancer.commit(&permit, self.now);
                    self.balancer.settle(&pool, &ask, candidate.member, self.now);
                    self.conclude(permit, outcome, 0.5);
                    return Ok(());
                }
                self.conclude(permit, outcome, 0.5);
                if self.now >= deadline {
                    return Ok(());
                }
            }
        }
        for member in 0..pool.members.len() {
            let had_its_chance = tried.iter().any(|tried| pool.members[*tried].key == pool.members[member].key);
            let forced = Candidate { member, forced: true };
            let overlooked = if had_its_chance { None } else { self.balancer.admit(&pool, &forced, self.now).ok() };
            if let Some(permit) = overlooked {
                self.balancer.release(permit);
                prop_assert!(false, "{member} could have been asked; tried were {tried:?}");
            }
        }
        Ok(())
    }
}
