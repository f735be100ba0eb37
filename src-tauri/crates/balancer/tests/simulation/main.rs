//! A week of traffic at a request a second against three members whose providers fail as real ones do: windows that reset
//! when they say, quota until midnight, bursts of errors, outages of hours, hangs, flapping.
//!
//! The claim that it holds the balancer to: a request fails only if each member had its chance in vain, was down, or rested
//! by its provider's own word. So a pool is as available as the union of its members, but for those resets.

#![allow(clippy::print_stdout, reason = "the figures are what a reader wants of this")]

mod dice;
mod exchange;
mod weather;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mainstay_balancer::{
    Balancer, BreakerRule, Conversation, DailyLimit, Failback, Member, Millis, Policy, Pool, TargetKey,
};
use mainstay_dialects::Dialect;

use dice::Dice;
use exchange::{Cost, Exchange, Next, World};
use weather::{DAY, HOUR, Provider, SECOND, WEEK};

/// A midnight.
const START: Millis = 20_000 * DAY;
const SEED: u64 = 0x6D61_696E_7374_6179;
/// How many conversations go on at a time, and how many turns each has.
const CONVERSATIONS: u64 = 25;
const TURNS: u64 = 20;
/// A request that is served later than this has been held.
const LATE: Millis = 10 * SECOND;

#[derive(Default)]
struct Tally {
    requests: u64,
    /// For which somebody was up when they came.
    union: u64,
    each_up: Vec<u64>,
    served: u64,
    late: u64,
    /// Though nobody was up when they came.
    saved: u64,
    first_picks: Vec<u64>,
    failed: u64,
    /// Of the failed: those for which a member was up when they came that rested by its provider's word.
    by_reset: u64,
    /// Of the failed: those for which a member was up when they came that failed when it was tried, or went down before.
    by_chance: u64,
    /// Should stay empty: a member was up all the time, and nobody asked it.
    unexplained: Vec<String>,
    /// Had no answer yet when the process ended.
    cut: u64,
}

fn member(name: &str, weight: u32) -> Member {
    Member {
        name: name.into(),
        weight,
        key: TargetKey {
            base_url: format!("https://{name}.test").into(),
            credential: format!("{name}-key").into(),
            model: "a-model".into(),
        },
        dialect: Dialect::OpenaiChat,
        breaker: BreakerRule::default(),
        context_limit: None,
        unready: None,
        provider: name.into(),
        daily: DailyLimit::default(),
        spare_of: None,
    }
}

fn world(policy: Policy, sticky: bool) -> World {
    World {
        balancer: Balancer::default(),
        pool: Pool {
            name: "week".into(),
            policy,
            members: vec![member("north", 70), member("south", 20), member("west", 10)],
            sticky,
            failback: Failback::Conversation,
        },
        providers: [(600, 6 * HOUR), (900, 4 * HOUR), (1_500, 8 * HOUR)]
            .into_iter()
            .zip(SEED..)
            .map(|((latency, respite), seed)| Provider::new(dice::mix(seed), latency, START, respite))
            .collect(),
        dice: Dice(SEED),
        given: vec![0; 3],
        cost: Cost::default(),
    }
}

fn week(policy: Policy, sticky: bool, restarts: bool) -> (World, Tally) {
    let mut world = world(policy, sticky);
    let mut tally = Tally { each_up: vec![0; 3], first_picks: vec![0; 3], ..Tally::default() };
    let mut under_way: Vec<Option<Exchange>> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut events: BinaryHeap<Reverse<(Millis, u64, usize)>> = BinaryHeap::new();
    let mut numbers = 0_u64..;
    let mut arrivals = (0..WEEK / SECOND).peekable();
    loop {
        let arrives = arrivals.peek().map(|number| START + number * SECOND);
        let due = events.peek().map(|Reverse((at, ..))| *at);
        let (slot, now) = match (arrives, due) {
            (Some(arrives), due) if due.is_none_or(|due| arrives < due) => {
                let number = arrivals.next().unwrap_or_default();
                if restarts && number > 0 && (arrives - START).is_multiple_of(DAY) {
                    tally.cut += under_way.iter().flatten().filter(|exchange| !exchange.is_served()).count() as u64;
                    under_way.clear();
                    free.clear();
                    events.clear();
                    world.restart(arrives);
                }
                let up: Vec<bool> = world.providers.iter().map(|provider| provider.is_up(arrives)).collect();
                tally.requests += 1;
                tally.union += u64::from(up.contains(&true));
                tally.each_up.iter_mut().zip(&up).for_each(|(count, up)| *count += u64::from(*up));
                let turn = number / CONVERSATIONS;
                let conversation = Conversation {
                    key: number % CONVERSATIONS + turn / TURNS * CONVERSATIONS,
                    continues: !turn.is_multiple_of(TURNS),
                };
                let slot = free.pop().unwrap_or_else(|| {
                    under_way.push(None);
                    under_way.len() - 1
                });
                under_way[slot] = Some(Exchange::new(arrives, conversation));
                (slot, arrives)
            }
            _ => match events.pop() {
                Some(Reverse((at, _, slot))) => (slot, at),
                None => break,
            },
        };
        let exchange = under_way[slot].as_mut().expect("an event belongs to a request");
        let mut wake = |at: Millis| events.push(Reverse((at, numbers.next().unwrap_or_default(), slot)));
        match exchange.go_on(&mut world, now) {
            Next::At(at) => wake(at),
            Next::Served { until } => {
                tally.count_served(exchange, &world, now);
                wake(until);
            }
            Next::Failed(status) => {
                tally.count_failed(exchange, &world, now, status);
                under_way[slot] = None;
                free.push(slot);
            }
            Next::Over => {
                under_way[slot] = None;
                free.push(slot);
            }
        }
    }
    assert_eq!(world.balancer.under_way(), 0);
    (world, tally)
}

impl Tally {
    fn count_served(&mut self, exchange: &Exchange, world: &World, now: Millis) {
        self.served += 1;
        self.late += u64::from(now - exchange.arrived > LATE);
        self.saved += u64::from(!world.providers.iter().any(|provider| provider.is_up(exchange.arrived)));
        self.first_picks[exchange.tried[0]] += 1;
    }

    fn count_failed(&mut self, exchange: &Exchange, world: &World, now: Millis, status: u16) {
        self.failed += 1;
        let arrived = exchange.arrived;
        let was_up = |member: &usize| world.providers[*member].is_up(arrived);
        // Was it there the whole time, and nobody asked it?
        let overlooked = |member: &usize| {
            !exchange.tried.contains(member)
                && (arrived..=now).step_by(500).chain([now]).all(|at| world.providers[*member].is_up(at))
        };
        let rested = |member: &usize| world.given[*member] > arrived;
        let up: Vec<usize> = (0..world.providers.len()).filter(was_up).collect();
        if up.iter().any(rested) {
            self.by_reset += 1;
        } else if !up.is_empty() {
            self.by_chance += 1;
        }
        for member in up.iter().filter(|member| overlooked(member) && !rested(member)) {
            self.unexplained.push(format!(
                "at {} s, {status} after {} ms: {member} was up; tried {:?}",
                (arrived - START) / SECOND,
                now - arrived,
                exchange.tried
            ));
        }
    }
}

/// Runs the week, prints its figures and holds them to the claim.
fn hold(name: &str, policy: Policy, sticky: bool, restarts: bool) {
    let begun = std::time::Instant::now();
    let (world, tally) = week(policy, sticky, restarts);
    let of_all = |count: u64| 100.0 * count as f64 / tally.requests as f64;
    let each = |counts: &[u64]| -> Vec<String> {
        let members = world.pool.members.iter().zip(counts);
        members.map(|(member, count)| format!("{} {:.3} %", member.name, of_all(*count))).collect()
    };
    let each_of = |time: std::time::Duration, count: u32| time.as_secs_f64() * 1e6 / f64::from(count.max(1));
    println!("{name}: a week, {} requests, in {:.1} s", tally.requests, begun.elapsed().as_secs_f64());
    println!("  available: {}", each(&tally.each_up).join(", "));
    println!(
        "  their union {:.4} %, the balancer {:.4} % ({} served though nobody was up when they came, {} held for more than 10 s)",
        of_all(tally.union),
        of_all(tally.served),
        tally.saved,
        tally.late
    );
    println!("  first tried: {}", each(&tally.first_picks).join(", "));
    println!(
        "  failed {}: nobody was up {}, only who rested by its provider's word {}, gone when it was tried {}; cut by restarts {}",
        tally.failed,
        tally.failed - tally.by_reset - tally.by_chance,
        tally.by_reset,
        tally.by_chance,
        tally.cut
    );
    println!(
        "  a plan took {:.2} µs, the rest of an attempt {:.2} µs a call ({} build)",
        each_of(world.cost.planning, world.cost.plans),
        each_of(world.cost.attempting, world.cost.attempts),
        if cfg!(debug_assertions) { "debug" } else { "release" }
    );
    assert_eq!(tally.requests, 604_800);
    assert_eq!(tally.served + tally.failed + tally.cut, tally.requests);
    let unexplained: Vec<_> = tally.unexplained.iter().take(10).collect();
    assert!(unexplained.is_empty(), "{} times: {unexplained:#?}", tally.unexplained.len());
    assert!(
        tally.served + tally.by_reset + tally.by_chance + tally.cut >= tally.union,
        "whoever could be served was, but for given resets and for members that went down under its hands"
    );
    assert!(tally.by_chance * 2_000 <= tally.requests, "hardly any: {}", tally.by_chance);
}

/// failover §3.9, §4: as available as the union of its members
#[test]
fn a_week_under_failover() {
    hold("failover", Policy::Failover, false, false);
}

/// failover §3.9, §4: as available as the union of its members
#[test]
fn a_week_under_round_robin() {
    hold("roundrobin", Policy::RoundRobin, false, false);
}

/// failover §3.9, §3.11, §4: as available as the union of its members
#[test]
fn a_week_under_weighted_with_sticky_conversations_and_a_restart_each_midnight() {
    hold("weighted, sticky", Policy::Weighted, true, true);
}
