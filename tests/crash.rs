//! kill -9 at bad moments: it starts again by itself, and nothing is torn.

use crate::harness::{Figures, Gateway, Home, Serve, Tongue, Trio, number, status, until, words_of};
use mainstay_simulator::Fault;
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::LocalSet;

/// How often it is killed unless `MAINSTAY_KILLS` says otherwise (`make soak`).
const KILLS: usize = 8;

/// The rest that a provider asks for here, in milliseconds: longer than any run.
const REST_MS: u64 = 3_600_000;

/// Every JSON file below is whole.
fn whole(dir: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files += whole(&path);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let content = fs::read(&path).expect("a file");
            let json: Result<Value, _> = serde_json::from_slice(&content);
            assert!(json.is_ok(), "{} is torn: {}", path.display(), String::from_utf8_lossy(&content));
            files += 1;
        }
    }
    files
}

#[tokio::test]
async fn killed_in_the_middle_of_traffic_it_starts_again_and_serves_with_the_same_token() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let profiles = fs::read(home.profile_path("ha")).expect("the file");
    // One answer of four is on its way for long, so that the kill finds some in every state.
    trio.at(0).script((0..100).map(|n| if n % 4 == 0 { Fault::slow_drip(20) } else { Fault::healthy() }).collect());
    let mut token = None;
    let kills = number("MAINSTAY_KILLS", KILLS);
    let (mut cut_off, mut slowest, mut remembered) = (0, 0, 0);
    for kill in 0..kills {
        let begun = Instant::now();
        let gateway = Serve::at(&home).args(["--secrets", "file", "--profile", "ha"]).start().await;
        slowest = slowest.max(begun.elapsed().as_millis());
        assert_eq!(*token.get_or_insert_with(|| gateway.token.clone()), gateway.token, "the token survives");
        let note: Value =
            serde_json::from_slice(&fs::read(home.data().join("run.json")).expect("its note")).expect("JSON");
        assert_eq!(note["pid"], gateway.pid(), "a stale note is replaced");
        let history = gateway.perform("history", &json!({})).await;
        assert_eq!(history["notice"], Value::Null, "{history}");
        assert!(history["exchanges"].as_u64() >= Some(remembered), "what was written stays: {history}");
        let (answered, broken) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let traffic = LocalSet::new();
        for client in Tongue::ALL {
            for stream in [false, true] {
                let request = gateway.asking(client, "m", "in the middle", stream);
                let (answered, broken) = (Rc::clone(&answered), Rc::clone(&broken));
                traffic.spawn_local(async move {
                    // Until the connection breaks, which is what a client sees of a kill.
                    loop {
                        let Ok(mut response) = request.try_clone().expect("its body is in memory").send().await else {
                            break;
                        };
                        assert_eq!(response.status().as_u16(), 200);
                        let end = loop {
                            match response.chunk().await {
                                Ok(Some(_)) => {}
                                Ok(None) => break Some(()),
                                Err(_) => break None,
                            }
                        };
                        if end.is_none() {
                            broken.set(broken.get() + 1);
                            break;
                        }
                        answered.set(answered.get() + 1);
                    }
                });
            }
        }
        traffic
            .run_until(async {
                until("traffic flows", async || (answered.get() > 3 * (kill % KILLS)).then_some(())).await;
                // And is being written: what is killed is a writer at work.
                remembered = until("it is remembered", async || {
                    let history = gateway.perform("history", &json!({})).await;
                    history["exchanges"].as_u64().filter(|exchanges| *exchanges > remembered)
                })
                .await;
                gateway.kill().await;
            })
            .await;
        traffic.await;
        cut_off += broken.get();
        assert!(home.data().join("run.json").exists(), "nobody was left to take the note away");
        whole(&home.data());
        assert_eq!(fs::read(home.profile_path("ha")).expect("the file"), profiles);
    }
    let aside = |name: &str| name.contains("broken") || name.contains("damaged");
    let put_aside = fs::read_dir(home.data()).expect("the data folder").flatten();
    let put_aside: Vec<_> = put_aside.filter(|entry| aside(&entry.file_name().to_string_lossy())).collect();
    assert!(put_aside.is_empty(), "a file was found to be torn: {put_aside:?}");
    let gateway = Serve::at(&home).args(["--secrets", "file", "--profile", "ha"]).start().await;
    trio.at(0).clear();
    let answer = gateway.ask(Tongue::Anthropic, "m", "alive?", true).await;
    assert_eq!(answer.text(Tongue::Anthropic), words_of(0, "alive?"), "{answer:?}");
    assert_eq!(gateway.stop().await.code, Some(0));
    let mut figures = Figures::new("kills");
    figures.tell("kills in the middle of traffic", kills);
    figures.tell("answers that they cut off", cut_off);
    figures.tell("exchanges in the history before the last kill", remembered);
    figures.tell("slowest start, in milliseconds", slowest);
    figures.publish();
}

/// failover §3.11
#[tokio::test]
async fn a_rest_that_a_provider_asked_for_outlives_every_kill() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let start = async || Serve::at(&home).args(["--secrets", "file", "--profile", "ha"]).start().await;
    trio.at(0).set(status(429, &json!({ "retry-after": (REST_MS / 1000).to_string() })));
    let mut gateway = start().await;
    let first = gateway.ask(Tongue::Openai, "m", "who serves?", false).await;
    assert_eq!(first.text(Tongue::Openai), words_of(1, "who serves?"), "{first:?}");
    trio.at(0).clear();
    until("it is written down", async || home.data().join("health.json").exists().then_some(())).await;
    let (_, before) = gateway.member("ha", "ha-anthropic").await;
    for _ in 0..number("MAINSTAY_KILLS", KILLS) {
        gateway.kill().await;
        whole(&home.data());
        gateway = start().await;
        let (state, left) = gateway.member("ha", "ha-anthropic").await;
        assert_eq!(state, "cooling");
        assert!(left > Some(REST_MS / 10 * 9) && left <= before, "{left:?} of {before:?}");
        let answer = gateway.ask(Tongue::Anthropic, "m", "and now?", true).await;
        assert_eq!(answer.text(Tongue::Anthropic), words_of(1, "and now?"), "{answer:?}");
    }
    assert_eq!(trio.at(0).count(), 1, "it was left in peace");
}

#[tokio::test]
async fn killed_while_it_writes_profiles_it_leaves_whole_files_and_no_lock_that_stops_the_next_start() {
    let home = Arc::new(Home::new());
    let practice = home.data().join("practice");
    // Each start writes the practice profiles: first they are made, then their addresses are replaced.
    let entries = |dir: &Path| fs::read_dir(dir).map(Iterator::count).unwrap_or_default();
    for wanted in 1..=number("MAINSTAY_KILLS", KILLS) {
        let before = contents(&practice);
        let serve = Serve::at(&home).in_memory().arg("--practice");
        serve
            .kill_when("it has begun to write", || {
                if wanted <= 4 { entries(&practice) >= wanted } else { contents(&practice) != before }
            })
            .await;
        whole(&practice);
    }
    let gateway: Gateway = Serve::at(&home).in_memory().arg("--practice").start().await;
    assert_eq!(whole(&practice), 4);
    let answer = gateway.ask(Tongue::Gemini, "m", "alive?", true).await;
    assert_eq!((answer.status, answer.header("x-mainstay-simulated")), (200, Some("1")), "{answer:?}");
}

/// Names and contents of a folder's files.
fn contents(dir: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut all: Vec<_> =
        entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap_or_default())).collect();
    all.sort();
    all
}

#[tokio::test]
async fn killed_while_it_stores_keys_it_loses_none_that_it_had() {
    let home = Arc::new(Home::new());
    let command = |arguments: &[&str]| {
        let serve = arguments.iter().fold(Serve::bare(&home).arg("key"), |serve, argument| serve.arg(*argument));
        serve.args(["--secrets", "file", "--data-dir"]).arg(home.data()).arg("--profiles-dir").arg(home.profiles())
    };
    let first = command(&["set", "--provider", "anthropic"]).input("the-first-key-AAAA").run().await;
    assert_eq!(first.code, Some(0), "{first:?}");
    for _ in 0..number("MAINSTAY_KILLS", KILLS) {
        let before = contents(&home.data());
        let set = command(&["set", "--provider", "openai"]).input("another-key-of-openai-BBBB");
        set.kill_when("the folder changes", || contents(&home.data()) != before).await;
        let listed = command(&["list"]).run().await;
        assert_eq!(listed.code, Some(0), "{listed:?}");
        assert!(listed.stdout.contains("provider anthropic: ends in AAAA"), "{listed:?}");
    }
    let set = command(&["set", "--provider", "openai"]).input("another-key-of-openai-BBBB").run().await;
    assert_eq!(set.code, Some(0), "{set:?}");
    assert!(command(&["list"]).run().await.stdout.contains("provider openai: ends in BBBB"));
}
