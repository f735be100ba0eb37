//! What the balancer is told and what outlives the engine: pins, daily limits, health.

use super::*;
use mainstay_simulator::Fault;

/// A provider that speaks Chat and takes the test's key.
async fn provider() -> Simulator {
    let provider =
        Provider { key: Some("sk-of-the-test-1234".into()), ..Provider::new("p", Speaks::OpenaiChat, "gpt-5.2") };
    Simulator::start(vec![provider.true_to_model()]).await.expect("the provider starts")
}

impl Running {
    async fn create_keyed(&self, name: &str, simulator: &Simulator) {
        self.create(name, &simulator.providers()[0].base_url).await;
        self.ok("set_key", json!({ "profile": name, "key": "sk-of-the-test-1234" })).await;
    }

    async fn limit(&self, name: &str, requests: Value, usd: Value) {
        let mut draft = self.ok("profile", json!({ "name": name })).await;
        (draft["dailyRequests"], draft["dailyUsd"]) = (requests, usd);
        self.ok("save_profile", draft).await;
    }

    async fn test(&self, name: &str) -> Value {
        self.ok("test_profile", json!({ "name": name })).await
    }

    async fn row(&self, name: &str) -> Value {
        let view = self.ok("profiles", json!({})).await;
        let mut rows = view["profiles"].as_array().expect("a list").iter();
        rows.find(|row| row["name"] == name).cloned().expect("it is listed")
    }

    /// Ends at once, as by a kill.
    async fn kill(self) {
        self.serving.abort();
        let _ = self.serving.await;
    }
}

/// Waits until `health.json` holds what a test looks for.
async fn kept(home: &TempDir, holds: impl Fn(&str) -> bool) -> String {
    let look = async {
        loop {
            let text = fs::read_to_string(home.path().join("data/health.json")).unwrap_or_default();
            if holds(&text) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(30), look).await.expect("it is written")
}

/// failover §3.11
#[tokio::test]
async fn a_rest_survives_a_kill_and_ends_when_it_was_to_end() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create_keyed("mine", &simulator).await;
    let fault = json!({ "kind": "status", "status": 429, "headers": { "retry-after": "3600" } });
    simulator.providers()[0].set(serde_json::from_value::<Fault>(fault).unwrap());
    assert_eq!(engine.test("mine").await["ok"], false);
    let before = engine.row("mine").await;
    assert_eq!(before["state"], "cooling");
    let text = kept(&home, |text| text.contains(&before["until"].to_string())).await;
    assert!(!text.contains("sk-of-the-test"), "{text}");
    engine.kill().await;

    let engine = Running::start(home.path()).await;
    let after = engine.row("mine").await;
    assert_eq!((&after["state"], &after["until"]), (&before["state"], &before["until"]));
    engine.ok("try_now", json!({ "member": "mine" })).await;
    engine.stop().await;

    let engine = Running::start(home.path()).await;
    assert_ne!(engine.row("mine").await["state"], "cooling", "what the user ended stays ended");
    engine.stop().await;
}

/// failover §4
#[tokio::test]
async fn a_pin_holds_until_it_is_taken_away_and_over_a_restart() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let pin = |route: &str, member: &str| json!({ "route": route, "member": member });
    assert_eq!(engine.refused("pin", pin("nothing", "practice-openai")).await, "no_such_balancer");
    assert_eq!(engine.refused("pin", pin("practice-openai", "practice-openai")).await, "no_such_balancer");
    assert_eq!(engine.refused("pin", pin("practice", "nobody")).await, "no_such_member");
    engine.ok("pin", pin("practice", "practice-openai")).await;
    let live = engine.ok("live", json!({})).await;
    assert_eq!(
        (&live["active"]["pinned"], &live["members"][1]["state"]),
        (&json!("practice-openai"), &json!("serving"))
    );
    assert_eq!((&live["members"][0]["state"], &live["ready"]), (&json!("unchecked"), &json!(3)));
    assert_eq!(engine.test("practice").await["model"], "gpt-5.2");
    kept(&home, |text| text.contains("practice-openai")).await;
    engine.kill().await;

    let engine = Running::start_with(home.path(), Practice::On).await;
    assert_eq!(engine.ok("live", json!({})).await["active"]["pinned"], "practice-openai");
    engine.ok("practice_fault", json!({ "member": "practice-openai", "fault": "server-error" })).await;
    assert_eq!(engine.test("practice").await["model"], "claude-sonnet-4-5-20250929", "the others stay as fallbacks");
    engine.ok("unpin", json!({ "route": "practice" })).await;
    let live = engine.ok("live", json!({})).await;
    assert_eq!((&live["active"]["pinned"], &live["members"][0]["state"]), (&Value::Null, &json!("serving")));
    engine.stop().await;
}

/// failover §4
#[tokio::test]
async fn a_member_at_its_daily_limit_is_passed_over_until_the_day_ends() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    for name in ["first", "second"] {
        engine.create_keyed(name, &simulator).await;
    }
    engine.limit("first", json!(1), Value::Null).await;
    let list = json!([{ "profile": "first", "weight": 1 }, { "profile": "second", "weight": 1 }]);
    engine.ok("create_balancer", json!({ "name": "ha", "policy": "failover", "members": list })).await;
    engine.ok("use_now", json!({ "name": "ha" })).await;
    assert_eq!(engine.test("ha").await["ok"], true);
    let live = engine.ok("live", json!({})).await;
    let first = &live["members"][0];
    assert_eq!((&first["state"], &first["why"]), (&json!("at-limit"), &json!("has served its one request of today")));
    assert_eq!((&first["canTry"], &live["members"][1]["state"]), (&json!(false), &json!("serving")));
    let until = first["until"].as_u64().expect("the day's end is known");
    assert!(until > live["now"].as_u64().unwrap() && until - live["now"].as_u64().unwrap() <= 26 * 3_600_000);
    assert_eq!(engine.row("first").await["state"], "at-limit");

    assert_eq!(engine.test("ha").await["ok"], true);
    let rows = engine.ok("exchanges", json!({ "limit": 1 })).await["rows"].clone();
    let steps = rows[0]["steps"].as_array().unwrap();
    assert_eq!((&steps[0]["member"], &steps[0]["kind"]), (&json!("first"), &json!("skipped")), "{rows}");
    assert!(steps[0]["detail"].as_str().unwrap().contains("daily limit"), "{rows}");
    assert_eq!(rows[0]["servedBy"], "second");
    engine.stop().await;

    let engine = Running::start(home.path()).await;
    assert_eq!(engine.row("first").await["state"], "at-limit", "what was spent today counts after a restart too");
    engine.limit("first", json!(2), Value::Null).await;
    assert_ne!(engine.row("first").await["state"], "at-limit");
    engine.stop().await;
}

/// failover §4
#[tokio::test]
async fn money_counts_at_the_catalogues_prices() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create_keyed("mine", &simulator).await;
    engine.limit("mine", Value::Null, json!(0.000_001)).await;
    engine.ok("use_now", json!({ "name": "mine" })).await;
    assert_eq!(engine.test("mine").await["ok"], true);
    let member = &engine.ok("live", json!({})).await["members"][0];
    assert_eq!(member["why"], "has spent its 0.000001 US dollars of today", "{member}");
    engine.stop().await;
}

/// failover §3.10: `0.0.0.0` leads to this machine, and is no loopback address by name.
#[tokio::test]
async fn a_network_that_is_gone_is_told_and_its_return_is_noticed_without_a_request() {
    let home = home();
    fs::create_dir_all(home.path().join("profiles")).expect("a folder");
    let mut closed = Vec::new();
    for name in ["a", "b"] {
        let listener = std::net::TcpListener::bind(("0.0.0.0", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let profile = json!({
            "version": 1, "provider": "openai-compatible", "model": "m", "x-mainstay": { "auth": "none" },
            "ephemeralSettings": { "base-url": format!("http://{address}/v1") },
        });
        fs::write(home.path().join(format!("profiles/{name}.json")), profile.to_string()).expect("a file");
        closed.push(address);
    }
    let engine = Running::start(home.path()).await;
    let list = json!([{ "profile": "a", "weight": 1 }, { "profile": "b", "weight": 1 }]);
    engine.ok("create_balancer", json!({ "name": "ha", "policy": "failover", "members": list })).await;
    engine.ok("use_now", json!({ "name": "ha" })).await;
    assert_eq!(engine.test("ha").await["ok"], false);
    let live = engine.ok("live", json!({})).await;
    assert!(live["offline"].is_u64(), "{live}");
    assert_eq!(live["members"][0]["state"], "serving", "nobody is marked: {live}");

    let mut feed = engine.handle.watch();
    let _back = tokio::net::TcpListener::bind(closed[0]).await.expect("the port is free again");
    let online = async {
        loop {
            if feed.next().await.state.is_some_and(|state| state.offline.is_none()) {
                break;
            }
        }
    };
    timeout(Duration::from_secs(60), online).await.expect("it is noticed");
    engine.stop().await;
}
