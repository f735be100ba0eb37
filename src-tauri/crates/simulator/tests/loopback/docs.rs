//! What docs/simulator.md says can be set, can be set.

use std::collections::BTreeSet;

use mainstay_simulator::{Fault, Latency, Limits, Outage, Play, PlayBlock, ServedTool, Spread, Timeline};
use serde_json::Value;

const DOCS: &str = include_str!("../../../../../docs/simulator.md");

/// Each JSON value in the docs that begins like this.
fn quoted(opening: &str) -> Vec<Value> {
    let places = DOCS.match_indices(opening);
    places
        .map(|(at, _)| {
            let json = DOCS[at..].replace("{…}", "{}");
            let mut values = serde_json::Deserializer::from_str(&json).into_iter::<Value>();
            values.next().unwrap().unwrap_or_else(|e| panic!("{e}: {}", &json[..80]))
        })
        .collect()
}

#[test]
fn every_documented_fault_exists_and_every_fault_is_documented() {
    let mut documented = BTreeSet::new();
    for json in quoted("{\"kind\"") {
        Fault::from_json(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"));
        documented.insert(json["kind"].as_str().unwrap().to_owned());
    }
    // serde names all kinds when it is given one that it doesn't know.
    let error = Fault::from_json(serde_json::json!({"kind": "?"})).unwrap_err().to_string();
    let kinds: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(documented, kinds);
}

#[test]
fn every_documented_script_is_a_list_of_faults() {
    let scripts = quoted("[{\"kind\"");
    assert!(!scripts.is_empty());
    for script in scripts {
        serde_json::from_value::<Vec<Fault>>(script).unwrap();
    }
}

#[test]
fn every_documented_play_can_be_acted_and_every_block_is_documented() {
    let plays = quoted("{\"steps\"");
    assert!(plays.len() > 1);
    for play in plays {
        Play::from_json(play.clone()).unwrap_or_else(|e| panic!("{play}: {e}"));
    }
    let blocks = ["{\"text\"", "{\"reasoning\"", "{\"refusal\"", "{\"call\"", "{\"custom\""].map(|opening| {
        let blocks = quoted(opening);
        assert!(!blocks.is_empty(), "{opening}");
        blocks
    });
    for block in blocks.into_iter().flatten() {
        serde_json::from_value::<PlayBlock>(block.clone()).unwrap_or_else(|e| panic!("{block}: {e}"));
    }
}

#[test]
fn every_documented_setting_can_be_set() {
    fn all<T: serde::de::DeserializeOwned>(opening: &str) {
        let found = quoted(opening);
        assert!(!found.is_empty(), "{opening}");
        for json in found {
            serde_json::from_value::<T>(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"));
        }
    }
    all::<Timeline>("{\"phases\"");
    all::<Outage>("{\"cause\"");
    all::<Limits>("{\"requests\"");
    all::<Latency>("{\"seed\":7,\"first_ms\"");
    for opening in ["{\"fixed\"", "{\"uniform\"", "{\"log-normal\""] {
        all::<Spread>(opening);
    }
    for json in quoted("{\"run\"") {
        serde_json::from_value::<Vec<ServedTool>>(json["run"].clone()).unwrap();
    }
    assert_eq!(quoted("{\"word\"").len(), 1);
}
