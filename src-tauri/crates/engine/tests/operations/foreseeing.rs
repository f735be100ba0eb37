//! "What would happen" says what does happen: each answer is held against a real request to providers that fail in that way.

use super::*;
use mainstay_simulator::{Fault, Running as Simulated};

/// Three providers with a profile each, and `list` of all three.
struct Stage {
    simulator: Simulator,
    engine: Running,
    _home: TempDir,
}

impl Stage {
    async fn set(policy: &str) -> Self {
        let providers = ["a", "b", "c"].map(|name| Provider::new(name, Speaks::OpenaiChat, "gpt-5.2").true_to_model());
        let simulator = Simulator::start(providers.into()).await.expect("the providers start");
        let home = home();
        fs::create_dir(home.path().join("profiles")).expect("a folder for profiles");
        let write = |name: &str, file: Value| {
            fs::write(home.path().join("profiles").join(format!("{name}.json")), file.to_string())
                .expect("it is written");
        };
        for name in ["a", "b", "c"] {
            let url = &simulator.provider(name).expect("its provider").base_url;
            let settings = json!({ "base-url": url, "auth-key": format!("sk-of-{name}"), "timeout_ms": 400 });
            write(
                name,
                json!({ "version": 1, "provider": "openai", "model": "gpt-5.2", "modelParams": {}, "ephemeralSettings": settings }),
            );
        }
        write("list", json!({ "version": 1, "type": "loadbalancer", "policy": policy, "profiles": ["a", "b", "c"] }));
        let engine = Running::start_with(home.path(), Practice::Off).await;
        engine.ok("use_now", json!({ "name": "list" })).await;
        Self { simulator, engine, _home: home }
    }

    fn at(&self, name: &str) -> &Simulated {
        self.simulator.provider(name).expect("a provider of that name")
    }

    /// The way that the next request would take, in short, and how long each that fails rests then.
    async fn foreseen(&self, failures: &[(&str, &str)]) -> (Value, Vec<(String, Option<u64>)>) {
        let failures: Vec<Value> =
            failures.iter().map(|(member, failure)| json!({ "member": member, "failure": failure })).collect();
        let before = self.engine.ok("live", json!({})).await;
        let told = self.engine.ok("what_would_happen", json!({ "route": "list", "failures": failures })).await;
        let after = self.engine.ok("live", json!({})).await;
        assert_eq!(
            (&before["members"], &before["today"]),
            (&after["members"], &after["today"]),
            "looking changes nothing"
        );
        let steps = told["steps"].as_array().expect("a list");
        let rests = steps.iter().filter(|step| step["kind"] == "failed");
        let rests = rests.map(|step| (step["member"].as_str().expect("a name").to_owned(), step["restsMs"].as_u64()));
        let rests = rests.collect();
        let steps: Vec<Value> = steps.iter().map(short).collect();
        (json!([steps, told["servedBy"], told["status"], told["error"]]), rests)
    }

    /// The way that a request does take, in the same words.
    async fn happened(&self) -> Value {
        let _ = self.engine.perform("test_profile", json!({ "name": "list" })).await;
        let page = self.engine.ok("exchanges", json!({ "limit": 1 })).await;
        let row = &page["rows"][0];
        let served = row["servedBy"].as_str();
        let place = |name: &str| ["a", "b", "c"].iter().position(|each| *each == name);
        // Who stands below the one that answered is not told of.
        let looked_at = |step: &&Value| {
            step["kind"] != "skipped"
                || served
                    .is_none_or(|served| place(step["member"].as_str().expect("a step has a member")) < place(served))
        };
        let steps: Vec<Value> = row["steps"].as_array().expect("a list").iter().filter(looked_at).map(short).collect();
        json!([steps, row["servedBy"], row["status"], row["error"]])
    }

    async fn mend(&self) {
        for name in ["a", "b", "c"] {
            self.at(name).clear();
            self.engine.ok("try_now", json!({ "member": name })).await;
        }
    }

    fn break_(&self, failures: &[(&str, &str)]) {
        for (member, failure) in failures {
            let fault = match *failure {
                "rate-limit" => json!({ "kind": "status", "status": 429, "body": "" }),
                "out-of-credit" => json!({ "kind": "status", "status": 402, "body": "" }),
                "rejected-key" => json!({ "kind": "status", "status": 401, "body": "" }),
                "down" => json!({ "kind": "status", "status": 503, "body": "" }),
                "unreachable" => json!({ "kind": "reset" }),
                "silent" => json!({ "kind": "hang-before-headers" }),
                other => panic!("no fault for {other}"),
            };
            self.at(member).set(Fault::from_json(fault).expect("a fault"));
        }
    }
}

fn short(step: &Value) -> Value {
    let outcome = if step["kind"] == "skipped" { &json!(null) } else { &step["outcome"] };
    json!([step["member"], step["kind"], step["status"].as_u64().filter(|_| step["kind"] == "failed"), outcome])
}

#[tokio::test]
async fn what_would_happen_is_what_happens() {
    let stage = Stage::set("failover").await;
    for failures in [
        &[][..],
        &[("a", "rate-limit")],
        &[("a", "out-of-credit"), ("b", "rejected-key")],
        &[("a", "down"), ("b", "unreachable")],
        &[("a", "silent")],
        &[("b", "down")],
        &[("a", "rate-limit"), ("b", "rate-limit"), ("c", "rate-limit")],
        &[("a", "rejected-key"), ("b", "down"), ("c", "out-of-credit")],
        &[("a", "silent"), ("b", "down"), ("c", "unreachable")],
    ] {
        let (foreseen, rests) = stage.foreseen(failures).await;
        stage.break_(failures);
        assert_eq!(foreseen, stage.happened().await, "{failures:?}");
        let live = stage.engine.ok("live", json!({})).await;
        let now = live["now"].as_u64().expect("the clock");
        for (member, rests) in rests {
            let members = live["members"].as_array().expect("a list");
            let row = members.iter().find(|each| each["name"] == *member).expect("its row");
            let left = row["until"].as_u64().map(|until| until.saturating_sub(now));
            // Chance adds up to a tenth, and the request itself took a moment.
            let fits = match (rests, left) {
                (None, None) => true,
                (Some(told), Some(left)) => left <= told + told / 10 && left + 5_000 > told,
                _ => false,
            };
            assert!(fits, "{failures:?}: {member} rests {left:?}, foreseen {rests:?}");
        }
        stage.mend().await;
    }
    stage.engine.stop().await;
}

#[tokio::test]
async fn it_knows_who_rests_already_and_whom_a_breaker_keeps_out() {
    let stage = Stage::set("failover").await;
    let failing = [("a", "down")];
    stage.break_(&failing);
    for turn in 0..4 {
        let (foreseen, rests) = stage.foreseen(&failing).await;
        assert_eq!(foreseen, stage.happened().await, "turn {turn}");
        let expected = match turn {
            0 | 1 => vec![("a".to_owned(), None)],
            2 => vec![("a".to_owned(), Some(30_000))],
            _ => vec![],
        };
        assert_eq!(rests, expected, "the third failure opens it, then it is skipped");
    }
    let (foreseen, _) = stage.foreseen(&[("b", "rate-limit"), ("c", "out-of-credit")]).await;
    stage.break_(&[("b", "rate-limit"), ("c", "out-of-credit")]);
    stage.at("a").clear();
    assert_eq!(foreseen, stage.happened().await, "who is out by a guess is the last resort");
    stage.engine.stop().await;
}

#[tokio::test]
async fn under_a_share_it_names_whose_turn_is_next_and_moves_no_turn() {
    let stage = Stage::set("roundrobin").await;
    for _ in 0..4 {
        let (first, _) = stage.foreseen(&[]).await;
        let (again, _) = stage.foreseen(&[]).await;
        assert_eq!(first, again);
        assert_eq!(first, stage.happened().await);
    }
    assert_eq!(
        stage.engine.refused("what_would_happen", json!({ "route": "nobody", "failures": [] })).await,
        "no_such_route"
    );
    let stranger = json!({ "route": "list", "failures": [{ "member": "z", "failure": "down" }] });
    assert_eq!(stage.engine.refused("what_would_happen", stranger).await, "no_such_member");
    stage.engine.stop().await;
}

#[tokio::test]
async fn a_member_is_taken_out_for_a_minute_unless_it_is_the_only_one_that_works() {
    let stage = Stage::set("failover").await;
    let engine = &stage.engine;
    engine.ok("take_out", json!({ "member": "a", "seconds": 60 })).await;
    let live = engine.ok("live", json!({})).await;
    let first = &live["members"][0];
    let told = (&first["state"], &first["why"], &first["canTry"]);
    assert_eq!(told, (&json!("taken-out"), &json!("taken out by you for a minute"), &json!(true)));
    let left = first["until"].as_u64().expect("when it ends") - live["now"].as_u64().expect("the clock");
    assert!((55_000..=60_000).contains(&left), "{left}");
    assert_eq!((&live["members"][1]["state"], &live["ready"]), (&json!("serving"), &json!(2)));
    let (foreseen, _) = stage.foreseen(&[]).await;
    assert_eq!(foreseen, stage.happened().await);
    assert_eq!(foreseen[1], "b");

    engine.ok("take_out", json!({ "member": "b", "seconds": 60 })).await;
    assert_eq!(engine.refused("take_out", json!({ "member": "c", "seconds": 60 })).await, "nobody_else");
    assert_eq!(engine.refused("take_out", json!({ "member": "c", "seconds": 61 })).await, "out_too_long");
    assert_eq!(engine.refused("take_out", json!({ "member": "z", "seconds": 6 })).await, "no_such_member");
    engine.ok("try_now", json!({ "member": "a" })).await;
    assert_eq!(engine.ok("live", json!({})).await["members"][0]["state"], "serving");
    stage.engine.stop().await;
}
