//! One client request and its answer, whatever it takes.
//!
//! Members are tried in the balancer's order under one deadline. Each is tried at most once, plus the single repeats that
//! failover §2 allows on the same member ([`member`]). When the candidates are used up, members that were out are looked at
//! again: one may be due soon enough to wait for (§3.9a), or only be out by a guess (§3.9b). What the client hears when
//! nobody could serve is in [`refusal`].

mod commit;
mod member;
mod refusal;

pub(crate) use commit::{Answer, Committed};
pub(crate) use member::{FAIR_LIMIT, FIRST_CONTENT};
pub(crate) use refusal::OFFLINE_RETRY_S;

use crate::admitted::Doubtful;
use crate::asked::Asked;
use crate::attempt::{Missed, same_dialect};
use crate::core::Core;
use crate::failure::Failure;
use crate::fitting::Fitting;
use crate::routing::Route;
use crate::story::Story;
use crate::trail::Ended;
use crate::waiting::Front;
use mainstay_balancer::{
    Account, AllOut, Ask, Candidate, Millis, Outcome, Plan, Pool, keep_larger_windows, reorder_after_caller_fault,
    reorder_after_overload,
};
use member::{Ready, Tried};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often an exchange is planned anew at most, however fast members come and go.
const ROUNDS: usize = 32;
/// Who waits sleeps at least this long, whatever the balancer says.
const NAP: Duration = Duration::from_millis(1);

/// An exchange under way.
pub(crate) struct Exchange {
    core: Arc<Core>,
    asked: Asked,
    route: Arc<Route>,
    fitting: Fitting,
    /// Who made the state that the request refers to (failover §3.7).
    made_by: Option<Account>,
    story: Story,
    misses: Vec<(usize, Missed)>,
    doubtful: Doubtful,
    /// The front of the line, while this exchange waits for a member.
    front: Option<Front>,
}

impl Exchange {
    pub(crate) fn new(core: Arc<Core>, asked: Asked, route: Arc<Route>, story: Story) -> Self {
        let fitting = Fitting::of(&core, &route, &asked);
        let ids = &asked.glance.state_ids;
        let made_by = if ids.is_empty() { None } else { core.balancer().maker_of(ids) };
        Self {
            core,
            asked,
            route,
            fitting,
            made_by,
            story,
            misses: Vec::new(),
            doubtful: Doubtful::default(),
            front: None,
        }
    }

    /// Runs to its commit or its failure. Dropped before that, the upstream call is dropped with it.
    pub(crate) async fn run(mut self) -> Result<Committed, Failure> {
        let mut failure = match self.serve().await {
            Ok(ready) => return Ok(self.commit(ready)),
            Err(failure) => failure,
        };
        failure.attempts = self.story.peek().attempts.len();
        let (status, code) = (failure.status, failure.code.clone());
        self.story.end(|trail| {
            trail.ended = Ended::Failed;
            trail.status = status;
            trail.error = Some(code);
        });
        Err(failure)
    }

    async fn serve(&mut self) -> Result<Ready, Failure> {
        if self.fitting.is_empty(&self.route) {
            return Err(self.nobody_fits());
        }
        let mut tried: Vec<usize> = Vec::new();
        let mut rounds = 0;
        let mut placed = false;
        loop {
            rounds += 1;
            let stirs = self.core.lines.stirs();
            let plan = self.plan(&tried, placed);
            if !placed && !plan.order.is_empty() {
                placed = true;
                self.note_candidates(&plan);
            }
            self.note_skips(&plan.skips);
            if plan.order.is_empty() {
                match plan.when_empty {
                    Some(AllOut::Wait { until }) if self.core.clock.instant(until) < self.asked.deadline => {
                        self.wait(until, stirs).await?;
                        continue;
                    }
                    refusal => return Err(self.give_up(refusal.as_ref())),
                }
            }
            let mut queue = VecDeque::from(plan.order);
            while let Some(candidate) = queue.pop_front() {
                if Instant::now() >= self.asked.deadline {
                    return Err(self.give_up(None));
                }
                tried.push(candidate.member);
                match self.try_member(&candidate, queue.len()).await {
                    Tried::Ready(ready) => return Ok(ready),
                    // Out since the plan was made: it may yet be waited for, or be the last resort.
                    Tried::OutMeanwhile if rounds < ROUNDS => {
                        tried.pop();
                    }
                    Tried::Skipped | Tried::OutMeanwhile => {}
                    Tried::Missed(missed) => {
                        if let Some(failure) = self.next_step(candidate.member, missed, &mut queue, &mut tried) {
                            return Err(failure);
                        }
                    }
                }
            }
            if tried.len() >= self.pool().members.len() {
                return Err(self.give_up(None));
            }
        }
    }

    /// Waits in line until a member is due (failover §3.9a). The front is kept until an attempt is let through.
    async fn wait(&mut self, until: Millis, stirs: u64) -> Result<(), Failure> {
        if self.front.is_none() {
            let Some(front) = self.core.lines.front(&self.route.pool.name, self.asked.deadline).await else {
                return Err(self.give_up(Some(&AllOut::Wait { until })));
            };
            let waited = front.waited;
            self.front = Some(front);
            if waited {
                return Ok(());
            }
        }
        let due = self.core.clock.instant(until).max(Instant::now() + NAP);
        self.core.lines.sleep(due, stirs).await;
        Ok(())
    }

    /// The route's members as this request finds them.
    fn pool(&self) -> &Pool {
        self.fitting.of_route(&self.route)
    }

    fn ask(&self) -> Ask<'_> {
        Ask {
            dialect: self.asked.dialect,
            needs: &self.asked.glance.needs,
            tokens: self.asked.glance.token_estimate,
            moves_wheel: true,
            conversation: self.asked.conversation,
            made_by: self.made_by.as_ref(),
        }
    }

    /// The first plan that names somebody moves a wheel; what comes after it does not.
    fn plan(&self, tried: &[usize], placed: bool) -> Plan {
        let (pool, now) = (self.pool(), self.core.clock.now());
        let mut balancer = self.core.balancer();
        let plan = if placed {
            balancer.plan_after(pool, &self.ask(), tried, now)
        } else {
            balancer.plan(pool, &self.ask(), now)
        };
        match plan.when_empty {
            Some(AllOut::Wait { until })
                if self.core.clock.instant(until) >= self.asked.deadline && tried.is_empty() =>
            {
                balancer.plan_at_once(pool, &self.ask(), now)
            }
            _ => plan,
        }
    }

    fn note_candidates(&mut self, plan: &Plan) {
        let members = &self.pool().members;
        let names = plan.order.iter().map(|candidate| Arc::clone(&members[candidate.member].name)).collect();
        let trail = self.story.trail();
        trail.candidates = names;
        trail.stuck = plan.stuck;
    }

    /// What a miss means for this exchange (failover §2, column "this exchange"). `Some` ends it.
    fn next_step(
        &mut self,
        member: usize,
        missed: Missed,
        queue: &mut VecDeque<Candidate>,
        tried: &mut Vec<usize>,
    ) -> Option<Failure> {
        let pool = self.fitting.of_route(&self.route);
        let own = self.speaks_like_client(member);
        let mut order = Vec::from(std::mem::take(queue));
        let mut handed = None;
        match &missed.outcome {
            // Another account may be the one that keeps it.
            Outcome::CallerFault if missed.lacks_state => {}
            Outcome::CallerFault if missed.untouched => handed = Some(true),
            Outcome::ContentRefused => handed = Some(own),
            Outcome::CallerFault => reorder_after_caller_fault(&mut order, pool, &self.ask()),
            Outcome::Overloaded { .. } => reorder_after_overload(&mut order, pool, member),
            Outcome::ContextTooLong => {
                keep_larger_windows(&mut order, pool, member, &self.ask());
                // Whose window is known to be too small is not to come back as a last resort.
                let window = |member: usize| pool.members[member].context_limit;
                let too_small = |other: usize| window(other).zip(window(member)).is_some_and(|(its, this)| its <= this);
                tried.extend((0..pool.members.len()).filter(|other| too_small(*other)));
                tried.sort_unstable();
                tried.dedup();
                let retryable = self.misses.iter().any(|(_, missed)| missed.outcome.retryable());
                if order.is_empty() && !retryable && tried.len() >= pool.members.len() {
                    handed = Some(own);
                }
            }
            _ => {}
        }
        *queue = order.into();
        if let Some(verbatim) = handed {
            return Some(self.handed_on(&missed, verbatim));
        }
        if let Some(effect) = self.asked.glance.effects.filter(|_| missed.begun) {
            return Some(self.not_repeated(member, &missed, effect));
        }
        self.misses.push((member, missed));
        None
    }

    /// Whether a member's own words are the client's dialect.
    fn speaks_like_client(&self, member: usize) -> bool {
        self.route.upstreams[member].as_ref().is_ok_and(|upstream| same_dialect(&self.asked, upstream))
    }
}
