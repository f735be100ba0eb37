//! What goes wrong, and who is spared.
//!
//! The members are healthy in turn, each until the next one has been so for a while. That while is longer than a request
//! can take and than any rest that a provider asks for here, so at every moment somebody is healthy and may be asked.

use crate::harness::{MEMBERS, Trio};
use mainstay_simulator::{FaultKind, Latency, Phase, Random, Timeline, Weighted};
use serde_json::{Value, json};

/// How long the profiles let a member think, in milliseconds.
pub(super) const PATIENCE_MS: u64 = 1_500;
/// After so many milliseconds the next member becomes healthy.
const SHIFT_MS: u64 = 6_000;
/// How long two are healthy together, in milliseconds.
const TOGETHER_MS: u64 = 4_000;
/// Longer than any run: a thousand days.
const FOR_GOOD_MS: u64 = 86_400_000_000;
/// How many requests are struck at a member that isn't spared.
const RATE: f64 = 0.8;

/// Faults that come before any content, however the answer was to be sent, and their weights. Beside them, some that come
/// after content in a stream.
///
/// Left out is what is rightly handed to the client: refusals of its own request. An answer with a stop reason and no
/// content is a good answer except from Gemini.
fn faults(member: usize) -> Value {
    // Events before content: see docs/simulator.md.
    let (opening, content) = [(2, 6), (1, 4), (0, 3)][member];
    let mut faults = json!([
        {"weight": 12, "fault": {"kind": "status", "status": 500}},
        {"weight": 4, "fault": {"kind": "status", "status": 502, "body": "Bad gateway"}},
        {"weight": 12, "fault": {"kind": "status", "status": 503}},
        {"weight": 2, "fault": {"kind": "status", "status": 504}},
        {"weight": 8, "fault": {"kind": "status", "status": 529}},
        {"weight": 1, "fault": {"kind": "status", "status": 429, "headers": {"retry-after": "1"}}},
        {"weight": 12, "fault": {"kind": "reset"}},
        {"weight": 4, "fault": {"kind": "reset-mid-stream", "after_events": opening}},
        {"weight": 4, "fault": {"kind": "cut-mid-stream", "after_events": opening}},
        {"weight": 2, "fault": {"kind": "cut-mid-stream", "after_events": opening, "abrupt": true}},
        {"weight": 12, "fault": {"kind": "error-in-200"}},
        {"weight": 4, "fault": {"kind": "error-in-200", "after_events": opening}},
        {"weight": 4, "fault": {"kind": "empty-200"}},
        {"weight": 4, "fault": {"kind": "html-200"}},
        {"weight": 4, "fault": {"kind": "slow-start", "ms": 100}},
        {"weight": 4, "fault": {"kind": "slow-drip", "ms_between": 5}},
        {"weight": 2, "fault": {"kind": "refuse-parameters", "names": ["temperature"]}},
        {"weight": 4, "fault": {
            "kind": "status", "status": 200, "headers": {"content-type": "application/json"}, "body": "{\"id\":\"x\",\"cho",
        }},
        {"weight": 2, "fault": {
            "kind": "status", "status": 200, "headers": {"content-type": "text/event-stream"}, "body": "data: {oh no\n\n",
        }},
        {"weight": 2, "fault": {"kind": "reset-mid-stream", "after_events": content}},
        {"weight": 2, "fault": {"kind": "cut-mid-stream", "after_events": content}},
        {"weight": 2, "fault": {"kind": "error-in-200", "after_events": content}},
        {"weight": 1, "fault": {"kind": "hang-mid-stream", "after_events": content}},
    ]);
    let more = match MEMBERS[member].0 {
        "gemini" => json!([{"weight": 4, "fault": {"kind": "no-content"}}]),
        // Silence takes a member out for a minute and more. If all were silent at times, hardly anybody would be asked.
        "openai" => json!([
            {"weight": 2, "fault": {"kind": "hang-before-headers"}},
            {"weight": 2, "fault": {"kind": "hang-mid-stream", "after_events": opening}},
        ]),
        _ => json!([]),
    };
    let list = faults.as_array_mut().expect("a list");
    list.extend(more.as_array().expect("a list").clone());
    faults
}

/// Faults that take a member out for long.
fn lasting() -> Value {
    json!([
        {"fault": {"kind": "reject-key"}},
        {"fault": {"kind": "status", "status": 401}},
        {"fault": {"kind": "status", "status": 402}},
        {"fault": {"kind": "status", "status": 429, "headers": {"retry-after": "3600"}}},
    ])
}

fn drawn(seed: usize, faults: Value) -> FaultKind {
    let faults: Vec<Weighted> = serde_json::from_value(faults).expect("faults");
    FaultKind::Random(Random { seed: seed as u64, rate: RATE, faults })
}

/// `shifts` members are healthy in turn; the one of this place in the order is struck while it isn't.
fn turns(place: u64, shifts: u64, fault: &FaultKind) -> Timeline {
    let round = shifts * SHIFT_MS;
    let struck = round - SHIFT_MS - TOGETHER_MS;
    let from = (place * SHIFT_MS + SHIFT_MS + TOGETHER_MS) % round;
    let phase = |at_ms: u64, for_ms: u64| Phase { at_ms, for_ms, fault: fault.clone() };
    let tail = struck.min(round - from);
    // One that reaches over the round's end goes on at its beginning.
    let mut phases = vec![phase(from, tail)];
    if struck > tail {
        phases.push(phase(0, struck - tail));
    }
    Timeline { phases, repeat_ms: Some(round) }
}

/// All three take turns, and take their time as real providers do. The first is struck soon, so that a short run sees it.
pub(super) fn begin(trio: &Trio) {
    let latency = json!({
        // Of a million answers of a member that is well, none takes as long as the profiles' patience.
        "first_ms": {"log-normal": {"median": 100, "p95": 200}}, "between_ms": {"uniform": [2, 12]},
    });
    for member in 0..3 {
        trio.at(member).set_latency(Some(Latency::from_json(latency.clone()).expect("a latency")));
        let place = (member as u64 + 2) % 3;
        trio.at(member).set_timeline(turns(place, 3, &drawn(member, faults(member))));
    }
}

/// The last member falls out for good, as by a spent balance or a revoked key; the other two take turns.
///
/// It is well for a while more, together with them: who has met the faults of both before now still needs it.
pub(super) fn turn_for_good(trio: &Trio) {
    for member in 0..2 {
        trio.at(member).set_timeline(turns(member as u64, 2, &drawn(member + 10, faults(member))));
    }
    let lost = drawn(12, lasting());
    trio.at(2).set_timeline(Timeline {
        phases: vec![Phase { at_ms: TOGETHER_MS, for_ms: FOR_GOOD_MS, fault: lost }],
        repeat_ms: None,
    });
}
