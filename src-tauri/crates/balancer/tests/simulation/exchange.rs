//! One request under way, as the gateway takes it through: plan, admit, attempt, conclude, and plan again (its
//! `exchange.rs`). Time is the simulation's.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use mainstay_balancer::{
    AllOut, Ask, Balancer, Candidate, Conversation, Millis, Outcome, Permit, Pool, Stage, attempt_limit,
    client_deadline, reorder_after_overload,
};
use mainstay_dialects::Dialect;

use crate::dice::Dice;
use crate::weather::{Provider, SECOND};

/// The limit to the first content.
const FIRST_CONTENT: Millis = 120 * SECOND;
/// A limit below this says nothing about the member.
const FAIR_LIMIT: Millis = 10 * SECOND;
/// How often a request is planned anew at most after members went out under its hands.
const ROUNDS: usize = 32;
/// How long an answer flows after its first content.
const FLOWS: Millis = 1_500;

/// What all requests share.
pub(crate) struct World {
    pub(crate) balancer: Balancer,
    pub(crate) pool: Pool,
    pub(crate) providers: Vec<Provider>,
    pub(crate) dice: Dice,
    /// Until when each member rests by its provider's own word.
    pub(crate) given: Vec<Millis>,
    pub(crate) cost: Cost,
}

/// What the decisions took.
#[derive(Default)]
pub(crate) struct Cost {
    pub(crate) plans: u32,
    pub(crate) planning: Duration,
    pub(crate) attempts: u32,
    pub(crate) attempting: Duration,
}

pub(crate) struct Exchange {
    pub(crate) arrived: Millis,
    conversation: Conversation,
    deadline: Millis,
    /// The members that had their chance.
    pub(crate) tried: Vec<usize>,
    queue: VecDeque<Candidate>,
    rounds: usize,
    placed: bool,
    doing: Doing,
}

enum Doing {
    /// Nothing yet, or waiting for the soonest.
    Planning,
    Attempting {
        member: usize,
        permit: Permit,
        outcome: Outcome,
        fair: bool,
    },
    Flowing {
        permit: Permit,
    },
}

/// What comes next for a request.
pub(crate) enum Next {
    /// Something happens at this instant.
    At(Millis),
    /// Content has come, and the answer flows until this instant.
    Served { until: Millis },
    /// All is told.
    Over,
    /// The client gets an error with this status.
    Failed(u16),
}

impl Exchange {
    pub(crate) fn new(arrived: Millis, conversation: Conversation) -> Self {
        Self {
            arrived,
            conversation,
            deadline: arrived + client_deadline(None, false),
            tried: Vec::new(),
            queue: VecDeque::new(),
            rounds: 0,
            placed: false,
            doing: Doing::Planning,
        }
    }

    fn ask(&self) -> Ask<'static> {
        Ask {
            dialect: Dialect::OpenaiChat,
            needs: &[],
            tokens: 1_000,
            moves_wheel: true,
            conversation: Some(self.conversation),
            made_by: None,
        }
    }

    /// Whether its answer is flowing already.
    pub(crate) fn is_served(&self) -> bool {
        matches!(self.doing, Doing::Flowing { .. })
    }

    /// What was to happen now happens.
    pub(crate) fn go_on(&mut self, world: &mut World, now: Millis) -> Next {
        match std::mem::replace(&mut self.doing, Doing::Planning) {
            Doing::Planning => self.plan(world, now),
            Doing::Flowing { permit } => {
                let dice = world.dice.share();
                world.timed(|world| world.balancer.conclude(permit, &Outcome::Served, now, dice));
                Next::Over
            }
            Doing::Attempting { member, permit, outcome: Outcome::Served, .. } => {
                let ask = self.ask();
                world.timed(|world| {
                    world.balancer.commit(&permit, now);
                    world.balancer.settle(&world.pool, &ask, member, now);
                });
                self.doing = Doing::Flowing { permit };
                Next::Served { until: now + FLOWS }
            }
            Doing::Attempting { member, permit, outcome, fair } => {
                if fair || outcome != Outcome::TimedOut(Stage::FirstContent) {
                    let dice = world.dice.share();
                    world.timed(|world| world.balancer.conclude(permit, &outcome, now, dice));
                    world.heed(member, &outcome, now);
                } else {
                    world.balancer.release(permit);
                }
                if matches!(outcome, Outcome::Overloaded { .. }) {
                    reorder_after_overload(self.queue.make_contiguous(), &world.pool, member);
                }
                self.next_candidate(world, now)
            }
        }
    }

    fn plan(&mut self, world: &mut World, now: Millis) -> Next {
        loop {
            self.rounds += 1;
            let ask = self.ask();
            let begun = Instant::now();
            let (balancer, pool) = (&mut world.balancer, &world.pool);
            let mut plan = if self.placed {
                balancer.plan_after(pool, &ask, &self.tried, now)
            } else {
                balancer.plan(pool, &ask, now)
            };
            if let Some(AllOut::Wait { until }) = plan.when_empty
                && until >= self.deadline
                && self.tried.is_empty()
            {
                plan = balancer.plan_at_once(pool, &ask, now);
            }
            world.cost.planning += begun.elapsed();
            world.cost.plans += 1;
            self.placed |= !plan.order.is_empty();
            match plan.when_empty {
                None => {}
                Some(AllOut::Wait { until }) if until < self.deadline => return Next::At(until),
                Some(AllOut::Wait { .. }) => return Next::Failed(503),
                Some(AllOut::Refuse { status, .. }) => return Next::Failed(status),
            }
            self.queue = plan.order.into();
            if let Some(next) = self.try_next(world, now) {
                return next;
            }
        }
    }

    fn next_candidate(&mut self, world: &mut World, now: Millis) -> Next {
        match self.try_next(world, now) {
            Some(next) => next,
            None => self.plan(world, now),
        }
    }

    /// `None` when the candidates are used up, and a new plan may have more.
    fn try_next(&mut self, world: &mut World, now: Millis) -> Option<Next> {
        while let Some(candidate) = self.queue.pop_front() {
            if now >= self.deadline {
                return Some(Next::Failed(504));
            }
            let member = candidate.member;
            let admitted = world.timed(|world| world.balancer.admit(&world.pool, &candidate, now));
            let Ok(permit) = admitted else {
                if self.rounds >= ROUNDS {
                    self.tried.push(member);
                }
                continue;
            };
            self.tried.push(member);
            let limit = attempt_limit(FIRST_CONTENT, self.deadline - now, self.queue.len());
            let answer = world.providers[member].answer(now);
            let (outcome, takes) = if answer.takes > limit {
                (Outcome::TimedOut(Stage::FirstContent), limit)
            } else {
                (answer.outcome, answer.takes)
            };
            self.doing = Doing::Attempting { member, permit, outcome, fair: limit >= FAIR_LIMIT };
            return Some(Next::At(now + takes));
        }
        (self.tried.len() >= world.pool.members.len()).then_some(Next::Failed(503))
    }
}

impl World {
    fn timed<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let begun = Instant::now();
        let done = act(self);
        self.cost.attempting += begun.elapsed();
        self.cost.attempts += 1;
        done
    }

    /// A new process takes up what this one leaves; what is under way ends with it.
    pub(crate) fn restart(&mut self, now: Millis) {
        let file = serde_json::to_vec(&self.balancer.snapshot(now)).expect("a snapshot can be written");
        self.balancer = Balancer::default();
        self.balancer.restore(serde_json::from_slice(&file).expect("what was written can be read"), now);
    }

    /// Keeps in mind how long a provider's own word holds.
    fn heed(&mut self, member: usize, outcome: &Outcome, now: Millis) {
        use mainstay_balancer::Availability::Cooling;
        if let Outcome::RateLimited { until: Some(_), .. } | Outcome::QuotaSpent { .. } = outcome
            && let Cooling { until, .. } = self.balancer.availability(&self.pool, member, now)
        {
            self.given[member] = self.given[member].max(until);
        }
    }
}
