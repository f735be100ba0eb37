//! Everything goes wrong at once, as long as somebody is healthy: 64 clients in four dialects, half of them streaming, three
//! members that fail in every way that the practice providers know, in turn.
//!
//! A short run belongs to the tests. `MAINSTAY_CHAOS_REQUESTS` makes it longer (`make soak`), and with
//! `MAINSTAY_WRITE_DOCS` its figures go to docs/reliability.md.

mod client;
mod memory;
mod weather;

use crate::harness::{Figures, Gateway, Home, MEMBERS, Serve, Trio, balancer, key_of, number, standard, until};
use client::{Heard, Voice};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many at once.
const CLIENTS: usize = 64;
/// How many requests unless `MAINSTAY_CHAOS_REQUESTS` says otherwise.
const REQUESTS: usize = 3_000;
/// After so many requests what the gateway keeps by number is full, or nearly: trails, and ten thousand places of
/// conversations, of which each request here begins one.
const FULL: usize = 15_000;
/// From so many requests on the memory is held to its bound.
const LONG: usize = 20_000;
/// The most that the process may have grown by since then.
const GROWTH: f64 = 1.1;

/// One request and what came of it, in the order of their ends.
struct Exchange {
    id: String,
    heard: Heard,
    took: Duration,
}

struct Storm {
    gateway: Gateway,
    requests: usize,
    begun: AtomicUsize,
    ended: Mutex<Vec<Exchange>>,
    /// Resident kilobytes after each tenth.
    memory: Mutex<Vec<u64>>,
}

impl Storm {
    fn ended(&self) -> std::sync::MutexGuard<'_, Vec<Exchange>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One client: asks until all has been asked.
    async fn ask(self: Arc<Self>, trio: Arc<Trio>) {
        loop {
            let number = self.begun.fetch_add(1, Ordering::SeqCst);
            if number >= self.requests {
                return;
            }
            if number == self.requests / 2 {
                weather::turn_for_good(&trio);
            }
            let (voice, stream) = (Voice::ALL[number / 2 % Voice::ALL.len()], number.is_multiple_of(2));
            let said = format!("request number {number}");
            let begun = Instant::now();
            let (id, heard) = voice.ask(&self.gateway, &said, stream).await;
            let mut ended = self.ended();
            ended.push(Exchange { id, heard, took: begun.elapsed() });
            if ended.len().is_multiple_of((self.requests / 10).max(1)) {
                self.memory
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(memory::resident_kb(self.gateway.pid()));
            }
        }
    }

    /// No trail is lost: the history has each exchange, once.
    async fn check_trails(&self) -> usize {
        let ids: Vec<String> = self.ended().iter().map(|exchange| exchange.id.clone()).collect();
        let all: HashSet<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(all.len(), ids.len(), "each exchange has an id of its own");
        // A client may hear of an end a moment before the history does.
        let kept = until("every trail is kept", async || {
            let kept = self.history().await;
            (kept.len() >= ids.len()).then_some(kept)
        })
        .await;
        assert_eq!(kept.len(), ids.len(), "nothing is kept twice");
        assert_eq!(kept.iter().map(String::as_str).collect::<HashSet<_>>(), all);
        kept.len()
    }

    /// The ids of all exchanges in the history.
    async fn history(&self) -> Vec<String> {
        let mut ids = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = self.gateway.perform("exchanges", &json!({ "limit": 1000, "after": after })).await;
            ids.extend(each(&page["rows"]).filter_map(|row| row["id"].as_str().map(str::to_owned)));
            after = page["next"].clone();
            if after.is_null() {
                return ids;
            }
        }
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}

/// A profile for each member that gives up soon, and the balancer `ha` over them.
fn write_profiles(trio: &Trio, home: &Home, policy: &str, breaker: bool) {
    let names = MEMBERS.map(|(provider, ..)| format!("ha-{provider}"));
    for (index, (provider, _, model)) in MEMBERS.into_iter().enumerate() {
        let settings = json!({
            "base-url": trio.at(index).base_url, "auth-key": key_of(&names[index]),
            "timeout_ms": weather::PATIENCE_MS, "stream-idle-timeout-ms": weather::PATIENCE_MS,
            // A member comes back soon or is never out, so that it is asked often while it fails.
            "circuit_breaker_recovery_timeout_ms": 300, "circuit_breaker_enabled": breaker,
        });
        home.write(&names[index], &standard(provider, model, &settings));
    }
    home.write("ha", &balancer(policy, &names));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_any_member_is_healthy_no_client_sees_a_failure_and_nothing_comes_twice_or_is_lost() {
    weather_a_storm("failover", false, "chaos by failover").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_where_members_take_turns() {
    weather_a_storm("roundrobin", true, "chaos by round-robin").await;
}

async fn weather_a_storm(policy: &str, breaker: bool, name: &'static str) {
    let requests = number("MAINSTAY_CHAOS_REQUESTS", REQUESTS);
    let trio = Arc::new(Trio::start().await);
    let home = Arc::new(Home::new());
    write_profiles(&trio, &home, policy, breaker);
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
    weather::begin(&trio);

    let storm = Arc::new(Storm {
        gateway,
        requests,
        begun: AtomicUsize::new(0),
        ended: Mutex::default(),
        memory: Mutex::default(),
    });
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(Arc::clone(&storm).ask(Arc::clone(&trio)))).collect();
    for client in clients {
        client.await.expect("a client comes to its end");
    }
    let took = begun.elapsed();

    let (mut whole, mut truncated, mut wrong) = (0, 0, Vec::new());
    let mut times: Vec<Duration> = Vec::new();
    for exchange in storm.ended().iter() {
        times.push(exchange.took);
        match &exchange.heard {
            Heard::Whole => whole += 1,
            Heard::Truncated => truncated += 1,
            Heard::Wrong(why) => wrong.push(format!("{}: {why}", exchange.id)),
        }
    }
    times.sort_unstable();
    // Who got no answer at all has no id to look for.
    let kept = if wrong.is_empty() { storm.check_trails().await } else { 0 };
    let calls: u64 = trio.all().iter().map(mainstay_simulator::Running::count).sum();
    // From before the trails were asked for: to list them all takes memory of its own.
    let memory = storm.memory.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut figures = Figures::new(name);
    figures.tell("requests", requests);
    figures.tell("answered word by word", whole);
    figures.tell("failures that a client saw before content", wrong.len());
    figures.tell("streams that died after content, each with its error event", truncated);
    figures.tell("calls to members", calls);
    figures.tell("calls that failed", calls.saturating_sub(whole as u64));
    figures.tell("trails kept and checked", kept);
    figures.tell("seconds", format!("{:.0}", took.as_secs_f64()));
    figures.tell("longest wait of a client, in milliseconds", times.last().map_or(0, Duration::as_millis));
    let tenths: Vec<String> = memory.iter().map(|kb| format!("{:.1}", *kb as f64 / 1024.0)).collect();
    figures.tell("resident memory after each tenth, in MiB", tenths.join(", "));
    figures.publish();

    let outcomes = outcomes(&storm.gateway).await;
    assert!(
        wrong.is_empty(),
        "{} of {requests}; the first: {:#?}\n{outcomes:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(5)]
    );
    assert_eq!(whole + truncated, requests);
    assert!(calls > requests as u64 + 10, "hardly anything went wrong: {calls} calls for {requests} requests");
    if let (Some(full), Some(end)) = (memory.get((FULL * 10).div_ceil(requests) - 1), memory.last())
        && requests >= LONG
    {
        assert!(*end as f64 <= *full as f64 * GROWTH, "it grew from {full} to {end} kB: {memory:?}");
    }
    let storm = Arc::into_inner(storm).expect("no client is left");
    assert_eq!(storm.gateway.stop().await.code, Some(0));
}

/// How the attempts of the trails that are kept ended, by outcome.
async fn outcomes(gateway: &Gateway) -> BTreeMap<String, usize> {
    let trails = gateway.admin("exchanges?limit=1000").await.json();
    let mut outcomes = BTreeMap::new();
    for attempt in each(&trails).flat_map(|trail| each(&trail["attempts"])) {
        *outcomes.entry(attempt["outcome"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    outcomes
}
