//! A balancer, what happens to it, and the laws that are looked at after each step.

use std::collections::{BTreeMap, BTreeSet};

use mainstay_balancer::{
    AllOut, Ask, Availability, Balancer, BreakerRule, Candidate, Conversation, DailyLimit, Failback, Member, Millis,
    Outcome, Permit, Plan, Policy, Pool, Scope, Spend, Stage, TargetKey, Unreached,
};
use mainstay_dialects::Dialect;
use proptest::prelude::*;

pub(crate) const START: Millis = 1_790_000_000_000;
const DAY: Millis = 86_400_000;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Plan on a pool and admit the candidate at this place of the plan.
    Ask {
        pool: usize,
        place: usize,
        conversation: Option<Conversation>,
    },
    /// A request from its arrival to its end, while nothing else happens: what each target would answer, and how long that
    /// takes.
    Exchange {
        pool: usize,
        conversation: Option<Conversation>,
        answers: [(Outcome, Millis); 4],
    },
    Commit {
        permit: usize,
    },
    End {
        permit: usize,
        outcome: Outcome,
        dice: f64,
    },
    Release {
        permit: usize,
    },
    Pass(Millis),
    SetBack(Millis),
    /// A new process takes up the state, after a while; or before it was left, by a clock that was set back.
    Restart {
        later: bool,
        by: Millis,
    },
    Pin {
        pool: usize,
        target: Option<usize>,
    },
    Charge {
        target: usize,
        requests: u64,
    },
    NetworkBack,
    TryNow {
        target: usize,
    },
    CredentialChanged {
        target: usize,
    },
}

pub(crate) fn outcomes() -> impl Strategy<Value = Outcome> {
    // Waits are relative here; `absolute` adds the instant.
    let until = || prop::option::weighted(0.5, 0_u64..200_000);
    prop_oneof![
        4 => Just(Outcome::Served),
        2 => (any::<bool>(), until()).prop_map(|(account, until)| Outcome::RateLimited {
            scope: if account { Scope::Account } else { Scope::Model },
            until
        }),
        1 => until().prop_map(|until| Outcome::QuotaSpent { until }),
        1 => Just(Outcome::CredentialRejected),
        2 => until().prop_map(|until| Outcome::Overloaded { until }),
        4 => Just(Outcome::ServerError { until: None }),
        3 => Just(Outcome::Unreachable(Unreached::Reset)),
        2 => Just(Outcome::TimedOut(Stage::FirstContent)),
        1 => Just(Outcome::ModelUnavailable),
        1 => Just(Outcome::CallerFault),
        2 => Just(Outcome::Truncated),
        1 => Just(Outcome::Cancelled),
    ]
}

fn conversations() -> impl Strategy<Value = Option<Conversation>> {
    let conversation = (0_u64..3, any::<bool>()).prop_map(|(key, continues)| Conversation { key, continues });
    prop::option::weighted(0.7, conversation)
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Only how an attempt may fail before content; a client that goes away ends its request.
    let answer = || {
        let outcome = outcomes().prop_filter("before content", |outcome| {
            !matches!(outcome, Outcome::Truncated | Outcome::Cancelled | Outcome::CallerFault)
        });
        (outcome, prop_oneof![Just(0), 1_u64..5_000, 5_000_u64..120_000])
    };
    let answers = || [answer(), answer(), answer(), answer()];
    let step = prop_oneof![
        8 => (0_usize..3, 0_usize..4, conversations())
            .prop_map(|(pool, place, conversation)| Step::Ask { pool, place, conversation }),
        4 => (0_usize..3, conversations(), answers())
            .prop_map(|(pool, conversation, answers)| Step::Exchange { pool, conversation, answers }),
        2 => any::<usize>().prop_map(|permit| Step::Commit { permit }),
        7 => (any::<usize>(), outcomes(), 0.0..1.0).prop_map(|(permit, outcome, dice)| Step::End { permit, outcome, dice }),
        1 => any::<usize>().prop_map(|permit| Step::Release { permit }),
        3 => prop_oneof![Just(0), Just(1), 2_u64..40_000, 40_000_u64..2_000_000, 2_000_000_u64..200_000_000]
            .prop_map(Step::Pass),
        // Less is a slip between two readings, and let be.
        1 => (5_001_u64..100_000_000).prop_map(Step::SetBack),
        1 => (any::<bool>(), prop_oneof![Just(0), 1_u64..100_000, 100_000_u64..100_000_000])
            .prop_map(|(later, by)| Step::Restart { later, by }),
        1 => (0_usize..3, prop::option::of(0_usize..4)).prop_map(|(pool, target)| Step::Pin { pool, target }),
        2 => (0_usize..4, 0_u64..4).prop_map(|(target, requests)| Step::Charge { target, requests }),
        1 => Just(Step::NetworkBack),
        1 => (0_usize..4).prop_map(|target| Step::TryNow { target }),
        1 => (0_usize..4).prop_map(|target| Step::CredentialChanged { target }),
    ];
    prop::collection::vec(step, 1..120)
}

/// Targets 0 and 1 share an account.
pub(crate) fn key(target: usize) -> TargetKey {
    TargetKey {
        base_url: "https://example.test".into(),
        credential: format!("key-{}", target.max(1)).into(),
        model: format!("model-{target}").into(),
    }
}

/// Target 2 has a daily limit.
pub(crate) fn pool(name: &str, policy: Policy, targets: &[usize]) -> Pool {
    let member = |target: &usize| Member {
        name: format!("member-{target}").into(),
        weight: *target as u32 * 3 + 1,
        key: key(*target),
        dialect: Dialect::OpenaiChat,
        breaker: BreakerRule { enabled: true, threshold: 2, window: 60_000, recovery: 30_000 },
        context_limit: None,
        unready: None,
        provider: "any".into(),
        daily: DailyLimit { requests: (*target == 2).then_some(5), micro_usd: None },
        spare_of: None,
    };
    Pool {
        name: name.into(),
        policy,
        members: targets.iter().map(member).collect(),
        sticky: true,
        failback: Failback::default(),
    }
}

fn pools() -> [Pool; 3] {
    [
        pool("failover", Policy::Failover, &[0, 1, 2, 3]),
        pool("weighted", Policy::Weighted, &[2, 0, 3, 2]),
        Pool { failback: Failback::Never, ..pool("never", Policy::Failover, &[3, 1, 0]) },
    ]
}

pub(crate) const ASK: Ask<'static> =
    Ask { dialect: Dialect::OpenaiChat, needs: &[], tokens: 10, moves_wheel: true, conversation: None, made_by: None };

pub(crate) struct World {
    pub(crate) balancer: Balancer,
    pub(crate) pools: [Pool; 3],
    pub(crate) now: Millis,
    pub(crate) permits: Vec<Permit>,
    /// Until when each target has to stay out at least, by what was seen before.
    cooling: BTreeMap<TargetKey, Millis>,
    /// The longest that each target was ever to be out, from then.
    longest: BTreeMap<TargetKey, Millis>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            balancer: Balancer::default(),
            pools: pools(),
            now: START,
            permits: Vec::new(),
            cooling: BTreeMap::new(),
            longest: BTreeMap::new(),
        }
    }

    pub(crate) fn availability(&self, target: usize) -> Availability {
        self.balancer.availability(&self.pools[0], target, self.now)
    }

    pub(crate) fn run(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Pass(ms) => self.now += ms,
            Step::SetBack(ms) => self.set_back(ms)?,
            Step::Restart { later, by } => self.restart(later, by)?,
            Step::Ask { pool, place, conversation } => self.ask(pool, place, conversation)?,
            Step::Exchange { pool, conversation, answers } => self.exchange(pool, conversation, &answers)?,
            Step::Commit { permit } => {
                if let Some(permit) = self.pick(permit) {
                    let key = self.permits[permit].key().clone();
                    self.content(&key);
                    self.balancer.commit(&self.permits[permit], self.now);
                }
            }
            Step::End { permit, outcome, dice } => {
                if let Some(permit) = self.pick(permit) {
                    let permit = self.permits.swap_remove(permit);
                    self.conclude(permit, outcome, dice);
                }
            }
            Step::Release { permit } => {
                if let Some(permit) = self.pick(permit) {
                    let permit = self.permits.swap_remove(permit);
                    self.balancer.release(permit);
                }
            }
            Step::Pin { pool, target } => {
                let name = target.map(|target| format!("member-{target}"));
                self.balancer.pin(&self.pools[pool].name.clone(), name.as_deref());
            }
            Step::Charge { target, requests } => {
                let midnight = self.now - self.now % DAY + DAY;
                let spend = Spend { requests, micro_usd: 0 };
                let before = self.balancer.spent(&format!("member-{target}"), self.now).requests;
                self.balancer.charge(&format!("member-{target}"), spend, midnight, self.now);
                prop_assert_eq!(self.balancer.spent(&format!("member-{target}"), self.now).requests, before + requests);
            }
            Step::NetworkBack => {
                for key in self.balancer.network_back(self.now) {
                    prop_assert!((0..4).any(|target| self::key(target) == key));
                }
            }
            Step::TryNow { target } => {
                self.balancer.try_now(&key(target));
                self.cooling.clear();
            }
            Step::CredentialChanged { target } => {
                self.balancer.credential_changed(&key(target).credential);
                self.cooling.clear();
            }
        }
        self.check()
    }

    /// Nobody is out for longer afterwards than it ever was to be.
    fn set_back(&mut self, ms: Millis) -> Result<(), TestCaseError> {
        self.now -= ms;
        self.balancer.plan(&self.pools[0].clone(), &Ask { moves_wheel: false, ..ASK }, self.now);
        self.cooling.clear();
        self.nobody_is_out_for_longer()
    }

    fn restart(&mut self, later: bool, by: Millis) -> Result<(), TestCaseError> {
        let before: Vec<Availability> = (0..4).map(|target| self.availability(target)).collect();
        let file = serde_json::to_vec(&self.balancer.snapshot(self.now)).expect("a snapshot can be written");
        self.balancer = Balancer::default();
        self.permits.clear();
        if later {
            self.now += by;
        } else {
            self.now -= by;
            self.cooling.clear();
        }
        let snapshot = serde_json::from_slice(&file).expect("what was written can be read");
        self.balancer.restore(snapshot, self.now);
        for (target, before) in before.into_iter().enumerate() {
            let after = self.availability(target);
            if by == 0 && before == Availability::Ready {
                prop_assert_eq!(after, before, "a restart alone puts nobody out");
            }
            // A breaker that was being probed before its time is open again until then.
            if by == 0 && before != Availability::Probing {
                prop_assert!(out_until(after) >= out_until(before), "{after:?} after {before:?}");
            }
            prop_assert!(after != Availability::Probing);
        }
        self.nobody_is_out_for_longer()
    }

    fn nobody_is_out_for_longer(&self) -> Result<(), TestCaseError> {
        for target in 0..4 {
            if let Availability::Cooling { until, .. } | Availability::Open { until } = self.availability(target) {
                let longest = self.longest.get(&key(target)).copied().unwrap_or(0);
                prop_assert!(until - self.now <= longest, "{} ms are left of {longest}", until - self.now);
            }
        }
        Ok(())
    }

    fn pick(&self, permit: usize) -> Option<usize> {
        (!self.permits.is_empty()).then(|| permit % self.permits.len())
    }

    /// Content ends a guess about its account, when its attempt was let through during that.
    pub(crate) fn content(&mut self, key: &TargetKey) {
        self.cooling.retain(|other, _| other.credential != key.credential);
    }

    pub(crate) fn conclude(&mut self, permit: Permit, outcome: Outcome, dice: f64) {
        if outcome == Outcome::Served {
            self.content(&permit.key().clone());
        }
        self.balancer.conclude(permit, &absolute(outcome, self.now), self.now, dice);
        self.measure();
    }

    /// Keeps in mind how long everyone is to be out.
    fn measure(&mut self) {
        for target in 0..4 {
            if let Availability::Cooling { until, .. } | Availability::Open { until } = self.availability(target) {
                let longest = self.longest.entry(key(target)).or_default();
                *longest = (*longest).max(until.saturating_sub(self.now));
            }
        }
    }

    fn ask(&mut self, pool: usize, place: usize, conversation: Option<Conversation>) -> Result<(), TestCaseError> {
        let pool = self.pools[pool].clone();
        let ask = Ask { conversation, ..ASK };
        let plan = self.balancer.plan(&pool, &ask, self.now);
        self.look_at(&plan, &pool, &ask)?;
        if let Some(candidate) = plan.order.get(place) {
            let admitted = self.balancer.admit(&pool, candidate, self.now);
            prop_assert!(admitted.is_ok(), "what was just planned is admitted: {admitted:?}");
            self.permits.extend(admitted);
        }
        Ok(())
    }

    fn look_at(&self, plan: &Plan, pool: &Pool, ask: &Ask<'_>) -> Result<(), TestCaseError> {
        let named: BTreeSet<&TargetKey> =
            plan.order.iter().map(|candidate| &pool.members[candidate.member].key).collect();
        prop_assert_eq!(named.len(), plan.order.len(), "a plan names each target once");
        prop_assert_eq!(plan.order.is_empty(), plan.when_empty.is_some());
        for (at, member) in pool.members.iter().enumerate() {
            if self.balancer.availability(pool, at, self.now) == Availability::Ready {
                prop_assert!(named.contains(&member.key), "an available member is in the plan");
            }
            let places = plan.order.iter().filter(|candidate| candidate.member == at).count()
                + plan.skips.iter().filter(|skip| skip.member == at).count();
            prop_assert_eq!(places, 1, "every member is in the plan or has a reason not to be");
        }
        let forced = plan.order.iter().any(|candidate| candidate.forced);
        prop_assert!(!forced || plan.order.iter().all(|candidate| candidate.forced));
        let first = plan.order.first().map(|candidate| &pool.members[candidate.member]);
        let pinned = pool.members.iter().find(|member| {
            self.balancer.pinned(&pool.name) == Some(&*member.name) && named.contains(&member.key) && !forced
        });
        if let Some(pinned) = pinned {
            prop_assert_eq!(first.map(|member| &member.key), Some(&pinned.key), "the pinned one comes first");
            prop_assert!(!plan.stuck);
        }
        if plan.stuck {
            let whole_pool = pool.failback == Failback::Never;
            prop_assert!(whole_pool || ask.conversation.is_some_and(|conversation| conversation.continues));
            prop_assert!(!plan.order.is_empty() && !forced);
        }
        if let Some(AllOut::Wait { until }) = plan.when_empty {
            prop_assert!(until > self.now && until <= self.now + 10_000);
        }
        if let Some(AllOut::Refuse { status, retry_after_s, .. }) = plan.when_empty {
            prop_assert!(matches!(status, 429 | 503));
            prop_assert!(retry_after_s.is_none_or(|s| (1..=60).contains(&s)));
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.balancer.under_way(), self.permits.len());
        self.measure();
        for target in 0..4 {
            let key = key(target);
            let least = self.cooling.get(&key).copied().unwrap_or(0);
            let availability = self.availability(target);
            if let Availability::Cooling { until, .. } | Availability::Open { until } = availability {
                prop_assert!(until > self.now);
            }
            match availability {
                Availability::Cooling { until, why } => {
                    prop_assert!(until >= least, "a cooldown was shortened from {least} to {until}");
                    // A day's end is no cooldown: a clock that was set back may come to an earlier midnight.
                    if why != "daily-limit" {
                        self.cooling.insert(key, until);
                    }
                }
                Availability::Open { until } => {
                    prop_assert!(least <= until, "an open breaker hides a longer cooldown");
                }
                Availability::Probing => {
                    prop_assert!(least <= self.now, "a probe during a cooldown");
                    let forced = Candidate { member: target, forced: true };
                    let second = self.balancer.admit(&self.pools[0], &forced, self.now);
                    prop_assert!(second.is_err(), "two probes at once");
                }
                Availability::Ready => prop_assert!(least <= self.now, "out until {least}, ready at {}", self.now),
                Availability::Unready(why) => prop_assert!(false, "{why:?}"),
            }
        }
        Ok(())
    }
}

fn out_until(availability: Availability) -> Option<Millis> {
    match availability {
        Availability::Cooling { until, .. } | Availability::Open { until } => Some(until),
        _ => None,
    }
}

pub(crate) fn absolute(outcome: Outcome, now: Millis) -> Outcome {
    let at = |until: Option<Millis>| until.map(|wait| now + wait);
    match outcome {
        Outcome::RateLimited { scope, until } => Outcome::RateLimited { scope, until: at(until) },
        Outcome::QuotaSpent { until } => Outcome::QuotaSpent { until: at(until) },
        Outcome::Overloaded { until } => Outcome::Overloaded { until: at(until) },
        Outcome::ServerError { until } => Outcome::ServerError { until: at(until) },
        other => other,
    }
}
