//! What would happen to a request if certain members failed.
//!
//! The plan, the admission and the marks are the balancer's own, made on a copy of its present health: nothing is sent, and
//! nothing that serves changes. Around them stands what an exchange does between two attempts, with a clock that only runs
//! where a real request would wait. The tests hold its answers against those of real requests.

use crate::core::Core;
use crate::exchange::FIRST_CONTENT;
use crate::network::is_loopback;
use crate::routing::Route;
use mainstay_balancer::{
    AllOut, Ask, Availability, Balancer, Candidate, Millis, Outcome, Permit, Plan, Pool, Refusal, Skip, SkipReason,
    Stage, Unreached, attempt_limit, classify, client_deadline, reorder_after_overload, status_for_client, worst,
};
use mainstay_dialects::{Dialect, ErrorBody};
use std::collections::{HashMap, HashSet, VecDeque};

/// How a member is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// It answers with this status, and names no time.
    Status(u16),
    /// Nobody listens there.
    Unreachable,
    /// It takes the request and sends nothing.
    Silent,
}

/// What becomes of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// It is not tried.
    Skipped {
        /// Which, why, and until when.
        skip: Skip,
        /// The reason in words, where the profile says more than the skip.
        reason: Option<String>,
    },
    /// Nobody may be tried yet, and the request is held for so long.
    Waited {
        /// For so long.
        waited: Millis,
    },
    /// It is tried and fails.
    Failed {
        /// Its place in the route's pool.
        member: usize,
        /// What its failure means.
        outcome: Outcome,
        /// What it answers with, if it does.
        status: Option<u16>,
        /// It was out, but only by a guess, and nobody else was left.
        forced: bool,
        /// How long that takes.
        took: Millis,
        /// How long it rests then; `None`: not at all, or not for a time that is known.
        rests: Option<Millis>,
        /// How many failures its breaker counts then.
        failures: u32,
    },
    /// It answers.
    Served {
        /// Its place in the route's pool.
        member: usize,
        /// It was out, but only by a guess, and nobody else was left.
        forced: bool,
    },
}

/// How the request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foretold {
    /// A member answers.
    Served {
        /// Its place in the route's pool.
        member: usize,
    },
    /// Nobody does, and this is what the client hears.
    Failed {
        /// The status.
        status: u16,
        /// The code of our error.
        code: String,
        /// `Retry-After`, in seconds.
        retry_after_s: Option<u64>,
    },
}

/// What would happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foresight {
    /// Step by step; who is skipped comes before who is tried.
    pub steps: Vec<Foreseen>,
    /// How it ends.
    pub end: Foretold,
    /// How long the client waits before its answer or error begins, the members' own speed aside.
    pub waits: Millis,
}

impl Core {
    /// What would happen to the next request that begins a conversation, asks for nothing special and streams, if members
    /// failed as `failing` says. Looks only: nothing is sent, and nothing moves by it.
    pub fn foresee(&self, route: &Route, failing: &HashMap<usize, Failing>) -> Foresight {
        let balancer = self.balancer().clone();
        Looking { balancer, route, failing, began: self.clock.now(), now: self.clock.now(), steps: Vec::new() }.look()
    }
}

/// A request that is only thought of.
struct Looking<'a> {
    balancer: Balancer,
    route: &'a Route,
    failing: &'a HashMap<usize, Failing>,
    began: Millis,
    now: Millis,
    steps: Vec<Foreseen>,
}

struct Miss {
    member: usize,
    outcome: Outcome,
    status: Option<u16>,
    /// Until it is concluded.
    permit: Option<Permit>,
    /// Its step, where what becomes of it is filled in.
    step: usize,
    /// Marks nothing: its limit was cut too short to say anything.
    unmarked: bool,
}

const ASK: Ask<'static> =
    Ask { dialect: Dialect::OpenaiChat, needs: &[], tokens: 0, moves_wheel: true, conversation: None, made_by: None };

impl Looking<'_> {
    fn pool(&self) -> &Pool {
        &self.route.pool
    }

    fn deadline(&self) -> Millis {
        self.began + client_deadline(None, true)
    }

    fn look(mut self) -> Foresight {
        let mut tried: Vec<usize> = Vec::new();
        let mut misses: Vec<Miss> = Vec::new();
        let mut placed = false;
        loop {
            let plan = self.plan(&tried, placed);
            placed |= !plan.order.is_empty();
            self.note_skips(&plan.skips);
            if plan.order.is_empty() {
                match plan.when_empty {
                    Some(AllOut::Wait { until }) if until < self.deadline() => {
                        self.steps.push(Foreseen::Waited { waited: until.saturating_sub(self.now) });
                        // What another request's probe brings is not known; it is taken to bring nothing.
                        self.now = until.max(self.now + 1);
                        continue;
                    }
                    refusal => return self.failed(misses, refusal.as_ref()),
                }
            }
            let mut queue = VecDeque::from(plan.order);
            while let Some(candidate) = queue.pop_front() {
                if self.now >= self.deadline() {
                    return self.failed(misses, None);
                }
                tried.push(candidate.member);
                let permit = match self.balancer.admit(&self.route.pool, &candidate, self.now) {
                    Ok(permit) => permit,
                    Err(skip) => {
                        self.note_skips(&[skip]);
                        continue;
                    }
                };
                let Some(failing) = self.failing.get(&candidate.member) else {
                    return self.served(misses, &candidate);
                };
                let mut miss = self.miss(&candidate, *failing, permit, queue.len());
                if let Outcome::Overloaded { .. } = miss.outcome {
                    reorder_after_overload(queue.make_contiguous(), self.pool(), candidate.member);
                }
                // Whether nobody's being there is its fault shows at the end only (failover §3.10).
                if !matches!(miss.outcome, Outcome::Unreachable(_)) {
                    self.mark(&mut miss);
                }
                misses.push(miss);
            }
            if tried.len() >= self.pool().members.len() {
                return self.failed(misses, None);
            }
        }
    }

    fn plan(&mut self, tried: &[usize], placed: bool) -> Plan {
        let (pool, now) = (&self.route.pool, self.now);
        let deadline = self.deadline();
        let plan =
            if placed { self.balancer.plan_after(pool, &ASK, tried, now) } else { self.balancer.plan(pool, &ASK, now) };
        match plan.when_empty {
            Some(AllOut::Wait { until }) if until >= deadline && tried.is_empty() => {
                self.balancer.plan_at_once(pool, &ASK, now)
            }
            _ => plan,
        }
    }

    /// A member fails.
    fn miss(&mut self, candidate: &Candidate, failing: Failing, permit: Permit, untried_after: usize) -> Miss {
        let member = candidate.member;
        let mut unmarked = false;
        let mut took = 0;
        let (outcome, status) = match failing {
            Failing::Status(status) => (self.meaning(member, status), Some(status)),
            Failing::Unreachable => (Outcome::Unreachable(Unreached::Refused), None),
            Failing::Silent => {
                let own = self.route.upstreams[member].as_ref().ok().and_then(|upstream| upstream.first_content);
                let own = crate::clock::millis(own.unwrap_or(FIRST_CONTENT));
                took = attempt_limit(own, self.deadline().saturating_sub(self.now), untried_after);
                unmarked = took < own && took < crate::clock::millis(crate::exchange::FAIR_LIMIT);
                self.now += took;
                (Outcome::TimedOut(Stage::FirstContent), None)
            }
        };
        let forced = candidate.forced;
        self.steps.push(Foreseen::Failed {
            member,
            outcome: outcome.clone(),
            status,
            forced,
            took,
            rests: None,
            failures: 0,
        });
        Miss { member, outcome, status, permit: Some(permit), step: self.steps.len() - 1, unmarked }
    }

    /// What a bare status of that member means.
    fn meaning(&self, member: usize, status: u16) -> Outcome {
        let member = &self.pool().members[member];
        let error = ErrorBody::default();
        classify(&Refusal {
            status,
            headers: &|_| None,
            error: &error,
            dialect: member.dialect,
            provider: &member.provider,
            untouched: false,
            ours: &[],
            now: self.now,
        })
    }

    /// The miss counts: the member's health hears of it. Chance adds nothing.
    fn mark(&mut self, miss: &mut Miss) {
        let Some(permit) = miss.permit.take() else { return };
        let key = permit.key().clone();
        if miss.unmarked {
            self.balancer.release(permit);
            return;
        }
        self.balancer.conclude(permit, &miss.outcome, self.now, 0.0);
        let after = self.balancer.availability(&self.route.pool, miss.member, self.now);
        if let Foreseen::Failed { rests, failures, .. } = &mut self.steps[miss.step] {
            *failures = self.balancer.failures(&key);
            if let Availability::Cooling { until, .. } | Availability::Open { until } = after {
                *rests = Some(until.saturating_sub(self.now));
            }
        }
    }

    fn served(mut self, mut misses: Vec<Miss>, candidate: &Candidate) -> Foresight {
        misses.iter_mut().for_each(|miss| self.mark(miss));
        let Candidate { member, forced } = *candidate;
        self.steps.push(Foreseen::Served { member, forced });
        self.told(Foretold::Served { member })
    }

    /// What the client hears when nobody served; as in an exchange.
    fn failed(mut self, mut misses: Vec<Miss>, all_out: Option<&AllOut>) -> Foresight {
        if self.would_seem_offline(&misses) {
            let retry_after_s = Some(crate::exchange::OFFLINE_RETRY_S);
            return self.told(Foretold::Failed { status: 503, code: "offline".to_owned(), retry_after_s });
        }
        misses.iter_mut().for_each(|miss| self.mark(miss));
        misses.sort_by_key(|miss| miss.member);
        let outcomes: Vec<Outcome> = misses.iter().map(|miss| miss.outcome.clone()).collect();
        let Some(worst) = worst(&outcomes) else {
            let (status, code) = match all_out {
                Some(AllOut::Refuse { status, code, .. }) => (*status, *code),
                Some(AllOut::Wait { .. }) => (503, "all_members_out"),
                None => (503, "no_member"),
            };
            let retry_after_s = self.retry_after(all_out);
            return self.told(Foretold::Failed { status, code: code.to_owned(), retry_after_s });
        };
        let miss = &misses[worst];
        let code = match &miss.outcome {
            Outcome::CredentialRejected => "upstream_credential_rejected".to_owned(),
            outcome if misses.len() == 1 && self.pool().members.len() == 1 => outcome.code().replace('-', "_"),
            _ => "all_members_failed".to_owned(),
        };
        let status = status_for_client(&miss.outcome, miss.status, ASK.dialect);
        let then = self.balancer.plan_after(&self.route.pool, &ASK, &[], self.now).when_empty;
        let retry_after_s = self.retry_after(then.as_ref());
        self.told(Foretold::Failed { status, code, retry_after_s })
    }

    fn retry_after(&self, all_out: Option<&AllOut>) -> Option<u64> {
        match all_out? {
            AllOut::Refuse { retry_after_s, .. } => *retry_after_s,
            AllOut::Wait { until } => Some(until.saturating_sub(self.now).div_ceil(1_000).max(1)),
        }
    }

    /// Whether it would be taken for this machine's fault (failover §3.10).
    fn would_seem_offline(&self, misses: &[Miss]) -> bool {
        let mut origins = HashSet::new();
        for miss in misses {
            let Outcome::Unreachable(_) = miss.outcome else { return false };
            let Ok(upstream) = &self.route.upstreams[miss.member] else { return false };
            if is_loopback(&upstream.base_url) {
                return false;
            }
            origins.insert(upstream.base_url.origin().ascii_serialization());
        }
        origins.len() > 1
    }

    fn note_skips(&mut self, skips: &[Skip]) {
        for skip in skips {
            let known = self.steps.iter().any(|step| match step {
                Foreseen::Skipped { skip: known, .. } => known.member == skip.member,
                Foreseen::Failed { member, .. } => *member == skip.member,
                Foreseen::Waited { .. } | Foreseen::Served { .. } => false,
            });
            if known || matches!(skip.why, SkipReason::Repeated) {
                continue;
            }
            let reason = match (&skip.why, &self.route.upstreams[skip.member]) {
                (SkipReason::Unready(_), Err(reason)) => Some(reason.clone()),
                _ => None,
            };
            self.steps.push(Foreseen::Skipped { skip: skip.clone(), reason });
        }
    }

    fn told(self, end: Foretold) -> Foresight {
        Foresight { steps: self.steps, end, waits: self.now - self.began }
    }
}
