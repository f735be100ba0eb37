//! Laws that hold in every history: random requests, ends, delays and clicks, over pools that share their targets.

use std::collections::{BTreeMap, BTreeSet};

use mainstay_balancer::{
    AllOut, Ask, Availability, Balancer, BreakerRule, Candidate, DailyLimit, Failback, Member, Millis, Outcome, Permit,
    Policy, Pool, Scope, Stage, TargetKey, Unreached,
};
use mainstay_dialects::Dialect;
use proptest::prelude::*;

const START: Millis = 1_790_000_000_000;

#[derive(Clone, Debug)]
enum Step {
    /// Plan on a pool and admit the candidate at this place of the plan.
    Ask {
        pool: usize,
        place: usize,
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
    TryNow {
        target: usize,
    },
    CredentialChanged {
        target: usize,
    },
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    // Waits are relative here; `run` adds the instant.
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

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0_usize..3, 0_usize..4).prop_map(|(pool, place)| Step::Ask { pool, place }),
        2 => any::<usize>().prop_map(|permit| Step::Commit { permit }),
        7 => (any::<usize>(), outcomes(), 0.0..1.0).prop_map(|(permit, outcome, dice)| Step::End { permit, outcome, dice }),
        1 => any::<usize>().prop_map(|permit| Step::Release { permit }),
        3 => prop_oneof![Just(0), Just(1), 2_u64..40_000, 40_000_u64..2_000_000].prop_map(Step::Pass),
        1 => (0_usize..4).prop_map(|target| Step::TryNow { target }),
        1 => (0_usize..4).prop_map(|target| Step::CredentialChanged { target }),
    ];
    prop::collection::vec(step, 1..120)
}

/// Targets 0 and 1 share an account.
fn key(target: usize) -> TargetKey {
    TargetKey {
        base_url: "https://example.test".into(),
        credential: format!("key-{}", target.max(1)).into(),
        model: format!("model-{target}").into(),
    }
}

fn pool(name: &str, policy: Policy, targets: &[usize]) -> Pool {
    let member = |target: &usize| Member {
        name: format!("member-{target}").into(),
        weight: *target as u32 * 3 + 1,
        key: key(*target),
        dialect: Dialect::OpenaiChat,
        breaker: BreakerRule { enabled: true, threshold: 2, window: 60_000, recovery: 30_000 },
        context_limit: None,
        unready: None,
        provider: "any".into(),
        daily: DailyLimit::default(),
    };
    Pool {
        name: name.into(),
        policy,
        members: targets.iter().map(member).collect(),
        sticky: false,
        failback: Failback::default(),
    }
}

fn pools() -> [Pool; 3] {
    [
        pool("failover", Policy::Failover, &[0, 1, 2, 3]),
        pool("weighted", Policy::Weighted, &[2, 0, 3, 2]),
        pool("roundrobin", Policy::RoundRobin, &[3, 1, 0]),
    ]
}

const ASK: Ask<'static> =
    Ask { dialect: Dialect::OpenaiChat, needs: &[], tokens: 10, moves_wheel: true, conversation: None, made_by: None };

struct World {
    balancer: Balancer,
    pools: [Pool; 3],
    now: Millis,
    permits: Vec<Permit>,
    /// Until when each target has to stay out at least, by what was seen before.
    cooling: BTreeMap<TargetKey, Millis>,
}

impl World {
    fn new() -> Self {
        Self {
            balancer: Balancer::default(),
            pools: pools(),
            now: START,
            permits: Vec::new(),
            cooling: BTreeMap::new(),
        }
    }

    fn availability(&self, target: usize) -> Availability {
        self.balancer.availability(&self.pools[0], target, self.now)
    }

    fn run(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Pass(ms) => self.now += ms,
            Step::Ask { pool, place } => self.ask(pool, place)?,
            Step::Commit { permit } => {
                if let Some(permit) = self.pick(permit) {
                    self.content(permit);
                    self.balancer.commit(&self.permits[permit], self.now);
                }
            }
            Step::End { permit, outcome, dice } => {
                if let Some(permit) = self.pick(permit) {
                    if outcome == Outcome::Served {
                        self.content(permit);
                    }
                    let permit = self.permits.swap_remove(permit);
                    let outcome = absolute(outcome, self.now);
                    self.balancer.conclude(permit, &outcome, self.now, dice);
                }
            }
            Step::Release { permit } => {
                if let Some(permit) = self.pick(permit) {
                    let permit = self.permits.swap_remove(permit);
                    self.balancer.release(permit);
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

    fn pick(&self, permit: usize) -> Option<usize> {
        (!self.permits.is_empty()).then(|| permit % self.permits.len())
    }

    /// Content ends a guess about its account, when its attempt was let through during that.
    fn content(&mut self, permit: usize) {
        let credential = &self.permits[permit].key().credential;
        self.cooling.retain(|key, _| key.credential != *credential);
    }

    fn ask(&mut self, pool: usize, place: usize) -> Result<(), TestCaseError> {
        let pool = self.pools[pool].clone();
        let plan = self.balancer.plan(&pool, &ASK, self.now);
        let named: BTreeSet<&TargetKey> =
            plan.order.iter().map(|candidate| &pool.members[candidate.member].key).collect();
        prop_assert_eq!(named.len(), plan.order.len(), "a plan names each target once");
        prop_assert_eq!(plan.order.is_empty(), plan.when_empty.is_some());
        for (at, member) in pool.members.iter().enumerate() {
            if self.balancer.availability(&pool, at, self.now) == Availability::Ready {
                prop_assert!(named.contains(&member.key), "an available member is in the plan");
            }
            let places = plan.order.iter().filter(|candidate| candidate.member == at).count()
                + plan.skips.iter().filter(|skip| skip.member == at).count();
            prop_assert_eq!(places, 1, "every member is in the plan or has a reason not to be");
        }
        let forced = plan.order.iter().any(|candidate| candidate.forced);
        prop_assert!(!forced || plan.order.iter().all(|candidate| candidate.forced));
        if let Some(AllOut::Wait { until }) = plan.when_empty {
            prop_assert!(until > self.now && until <= self.now + 10_000);
        }
        if let Some(AllOut::Refuse { status, retry_after_s, .. }) = plan.when_empty {
            prop_assert!(matches!(status, 429 | 503));
            prop_assert!(retry_after_s.is_none_or(|s| (1..=60).contains(&s)));
        }
        if let Some(candidate) = plan.order.get(place) {
            let admitted = self.balancer.admit(&pool, candidate, self.now);
            prop_assert!(admitted.is_ok(), "what was just planned is admitted: {admitted:?}");
            self.permits.extend(admitted);
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.balancer.under_way(), self.permits.len());
        for target in 0..4 {
            let key = key(target);
            match self.availability(target) {
                Availability::Cooling { until, .. } => {
                    prop_assert!(until > self.now);
                    let least = self.cooling.entry(key).or_insert(until);
                    prop_assert!(until >= *least, "a cooldown was shortened from {least} to {until}");
                    *least = until;
                }
                Availability::Open { until } => {
                    prop_assert!(until > self.now);
                    let least = self.cooling.get(&key).copied().unwrap_or(0);
                    prop_assert!(least <= until, "an open breaker hides a longer cooldown");
                }
                Availability::Probing => {
                    let least = self.cooling.get(&key).copied().unwrap_or(0);
                    prop_assert!(least <= self.now, "a probe during a cooldown");
                    let forced = Candidate { member: target, forced: true };
                    let second = self.balancer.admit(&self.pools[0], &forced, self.now);
                    prop_assert!(second.is_err(), "two probes at once");
                }
                Availability::Ready => {
                    let least = self.cooling.get(&key).copied().unwrap_or(0);
                    prop_assert!(least <= self.now, "out until {least}, ready at {}", self.now);
                }
                Availability::Unready(why) => prop_assert!(false, "{why:?}"),
            }
        }
        Ok(())
    }
}

fn absolute(outcome: Outcome, now: Millis) -> Outcome {
    let at = |until: Option<Millis>| until.map(|wait| now + wait);
    match outcome {
        Outcome::RateLimited { scope, until } => Outcome::RateLimited { scope, until: at(until) },
        Outcome::QuotaSpent { until } => Outcome::QuotaSpent { until: at(until) },
        Outcome::Overloaded { until } => Outcome::Overloaded { until: at(until) },
        Outcome::ServerError { until } => Outcome::ServerError { until: at(until) },
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// In every history: no plan names a target twice or leaves an available one out, no two probes at once, no cooldown
    /// shortened but by the user, a changed credential or content.
    #[test]
    fn the_laws_hold_in_every_history(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.run(step)?;
        }
    }

    /// Whatever happened: once all permits are back and time has passed, everyone can be asked, and content closes it.
    #[test]
    fn a_breaker_never_wedges(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.run(step)?;
        }
        for permit in std::mem::take(&mut world.permits) {
            world.balancer.release(permit);
        }
        world.now += 9 * 24 * 3_600_000;
        for member in 0..4 {
            prop_assert_eq!(world.availability(member), Availability::Ready);
            let candidate = Candidate { member, forced: false };
            let pool = world.pools[0].clone();
            let probe = world.balancer.admit(&pool, &candidate, world.now);
            prop_assert!(probe.is_ok());
            if let Ok(probe) = probe {
                world.balancer.conclude(probe, &Outcome::Served, world.now, 0.5);
            }
            let several: Vec<_> = (0..3).map(|_| world.balancer.admit(&pool, &candidate, world.now)).collect();
            prop_assert!(several.iter().all(Result::is_ok), "a closed breaker lets all through");
        }
    }

    /// A probe that is dropped, over and over, is free each time.
    #[test]
    fn a_dropped_probe_is_always_given_back(times in 1_usize..20, forced: bool) {
        let pool = pool("two", Policy::Failover, &[2, 3]);
        let mut balancer = Balancer::default();
        let candidate = Candidate { member: 0, forced: false };
        let failing: Vec<_> = (0..2).filter_map(|_| balancer.admit(&pool, &candidate, START).ok()).collect();
        for permit in failing {
            balancer.conclude(permit, &Outcome::ServerError { until: None }, START, 0.0);
        }
        let now = if forced { START } else { START + 30_000 };
        for _ in 0..times {
            let probe = balancer.admit(&pool, &Candidate { member: 0, forced }, now);
            prop_assert!(probe.is_ok());
            let second = balancer.admit(&pool, &Candidate { member: 0, forced: true }, now);
            prop_assert!(second.is_err());
            probe.into_iter().for_each(|probe| balancer.release(probe));
        }
    }
}
