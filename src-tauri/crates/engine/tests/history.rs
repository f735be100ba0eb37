//! The history of a real engine: what it keeps over a restart, what it reckons, and what happens when it can't be written.

use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, SecretString, StoreKind, perform};
use mainstay_simulator::{Practice as Provider, Simulator, Speaks};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

struct Running {
    handle: Handle,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    async fn start(home: &Path) -> Self {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: Some(home.join("profiles")),
            data_dir: home.join("data"),
            profile: None,
            secrets: Some(StoreKind::File),
            practice: Practice::WhenEmpty,
            without_keyring: false,
            token: Some(SecretString::from("a-token-of-the-test")),
            catalogue: None,
            network: NetworkOverrides::default(),
            window: None,
        };
        let engine = Engine::start(options).await.expect("the engine starts");
        let handle = engine.handle();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(engine.serve(async {
            let _ = stopped.await;
        }));
        Self { handle, stop, serving }
    }

    async fn stop(self) {
        self.stop.send(()).expect("it still runs");
        self.serving.await.expect("it ends in peace");
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        let performed = perform(&self.handle, operation, input).await;
        performed.unwrap_or_else(|problem| panic!("{operation}: {problem:?}"))
    }

    async fn refused(&self, operation: &str, input: Value) -> String {
        perform(&self.handle, operation, input).await.expect_err("it is refused").code
    }

    /// Sends one request to a profile or balancer, and waits until its trail is told.
    async fn ask(&self, name: &str) -> Value {
        let before = self.requests().await;
        let test = self.ok("test_profile", json!({ "name": name })).await;
        assert_eq!(test["ok"], true, "{test}");
        let told = async {
            while self.requests().await == before {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), told).await.expect("the trail is told");
        self.ok("exchanges", json!({ "limit": 1 })).await["rows"][0].clone()
    }

    async fn requests(&self) -> Value {
        self.ok("live", json!({})).await["today"]["requests"].clone()
    }
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

#[tokio::test]
async fn a_restart_loses_nothing_of_the_day() {
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.ok("practice_fault", json!({ "member": "practice-anthropic", "fault": "rate-limit" })).await;
    let exchange = engine.ask("practice").await;
    assert_eq!((&exchange["servedBy"], &exchange["included"]), (&json!("practice-openai"), &json!(true)));
    let before = engine.ok("live", json!({})).await;
    engine.stop().await;

    let engine = Running::start(home.path()).await;
    let live = engine.ok("live", json!({})).await;
    assert_eq!((&live["today"], &live["history"]), (&before["today"], &Value::Null));
    assert_eq!((&live["today"]["requests"], &live["today"]["saved"]), (&json!(1), &json!(1)));
    for (now, then) in live["members"].as_array().unwrap().iter().zip(before["members"].as_array().unwrap()) {
        for what in ["served", "p50"] {
            assert_eq!(now[what], then[what], "{what} of {now}");
        }
        let sum = |member: &Value| -> u64 {
            let minutes = member["minutes"].as_array().unwrap().iter();
            minutes.map(|minute| minute["ok"].as_u64().unwrap() + 10 * minute["failed"].as_u64().unwrap()).sum()
        };
        assert_eq!(sum(now), sum(then), "the last half hour of {now}");
    }
    assert_eq!(live["members"][1]["state"], "unchecked", "that it answered before the start proves nothing now");
    assert_eq!(engine.ok("exchanges", json!({ "limit": 10 })).await["rows"], json!([exchange]));
    assert_eq!(engine.ok("exchange", json!({ "id": exchange["id"] })).await, exchange);
    let first = timeout(Duration::from_secs(30), engine.handle.watch().next()).await.expect("a frame comes");
    assert_eq!(first.exchanges.len(), 1, "the feed shows it too");
    engine.stop().await;
}

#[tokio::test]
async fn exchanges_are_searched_counted_exported_and_deleted() {
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.ask("practice").await;
    engine.ok("practice_fault", json!({ "member": "practice-anthropic", "fault": "server-error" })).await;
    engine.ask("practice").await;
    engine.ask("practice-gemini").await;

    let found = async |filter: Value| {
        let mut input = json!({ "limit": 10 });
        input.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        engine.ok("exchanges", input).await["rows"].as_array().unwrap().len()
    };
    assert_eq!(found(json!({})).await, 3);
    assert_eq!(found(json!({ "route": "practice" })).await, 2);
    assert_eq!(found(json!({ "member": "practice-anthropic" })).await, 2);
    assert_eq!(found(json!({ "outcome": "saved", "text": "OPENAI" })).await, 1);
    assert_eq!(found(json!({ "practice": false })).await, 0);
    let first = engine.ok("exchanges", json!({ "limit": 2 })).await;
    let second = engine.ok("exchanges", json!({ "limit": 2, "after": first["next"] })).await;
    assert_eq!(second["rows"].as_array().unwrap().len(), 1);
    assert_eq!(engine.refused("exchanges", json!({ "limit": 2, "after": "x" })).await, "bad_cursor");

    let statistics = engine.ok("statistics", json!({ "by": ["member"], "route": "practice" })).await;
    let groups = statistics["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{statistics}");
    assert_eq!((&groups[0]["keys"], &groups[0]["requests"]), (&json!(["practice-anthropic"]), &json!(1)));
    assert_eq!(groups[0]["attempts"]["tried"], 2);
    assert_eq!((&groups[1]["saved"], &groups[1]["cost"]["included"]), (&json!(1), &json!(1)));
    let shares = &statistics["shares"][0];
    assert_eq!((&shares["policy"], &shares["members"][0]["intended"]), (&json!("failover"), &Value::Null));
    assert_eq!(shares["members"].as_array().unwrap().len(), 3, "who had nothing is told too");
    assert_eq!(shares["members"][0]["requestShare"], 50.0);

    for format in ["csv", "json"] {
        let export = engine.ok("export_history", json!({ "format": format, "route": "practice" })).await;
        assert_eq!(export["exchanges"], 2);
        let path = Path::new(export["path"].as_str().unwrap());
        assert!(path.starts_with(home.path().join("data/exports")));
        assert!(fs::read_to_string(path).unwrap().contains("practice-openai"));
    }

    assert_eq!(engine.refused("set_retention", json!({ "days": 0, "mebibytes": 64 })).await, "bad_retention");
    let history = engine.ok("set_retention", json!({ "days": 7, "mebibytes": 64 })).await;
    assert_eq!((&history["exchanges"], &history["retention"]["days"]), (&json!(3), &json!(7)));
    let history = engine.ok("delete_history", json!({})).await;
    assert_eq!((&history["exchanges"], &history["oldest"], &history["lost"]), (&json!(0), &Value::Null, &json!(0)));
    assert_eq!((found(json!({})).await, engine.requests().await), (0, json!(0)));
    engine.stop().await;
    let engine = Running::start(home.path()).await;
    let history = engine.ok("history", json!({})).await;
    assert_eq!((&history["exchanges"], &history["retention"]["days"]), (&json!(0), &json!(7)));
    engine.stop().await;
}

#[tokio::test]
async fn a_price_that_changes_changes_what_comes_and_not_what_was() {
    let provider = Provider::new("p", Speaks::OpenaiChat, "gpt-5.2");
    let simulator = Simulator::start(vec![provider.true_to_model()]).await.expect("the provider starts");
    let home = home();
    let engine = Running::start(home.path()).await;
    let draft = json!({
        "name": "mine", "fingerprint": null, "provider": "openai", "model": "gpt-5.2", "params": {}, "contextLimit": null,
        "baseUrl": simulator.providers()[0].base_url, "timeoutMs": null,
    });
    engine.ok("save_profile", draft).await;
    engine.ok("set_key", json!({ "profile": "mine", "key": "sk-of-the-test-1234" })).await;
    let listed = engine.ask("mine").await;
    let before = listed["cost"].as_f64().expect("the catalogue knows the price");
    assert!(before > 0.0 && listed["included"] == false);

    let find = |list: &Value| {
        let mut rows = list.as_array().unwrap().iter();
        rows.find(|row| row["provider"] == "openai" && row["model"] == "gpt-5.2").cloned().expect("its row")
    };
    let row = find(&engine.ok("prices", json!({})).await);
    assert_eq!((&row["own"], &row["listed"]["input"]), (&Value::Null, &json!(1.75)));
    let mut price = row["listed"].clone();
    for part in ["input", "output", "cachedInput"] {
        price[part] = json!(price[part].as_f64().unwrap() * 1_000.0);
    }
    let set = json!({ "provider": "openai", "model": "gpt-5.2", "price": price });
    assert_eq!(find(&engine.ok("set_price", set).await)["own"], price);
    let dear = engine.ask("mine").await["cost"].as_f64().unwrap();
    assert!(dear > 500.0 * before, "{before} {dear}");
    assert_eq!(engine.ok("exchange", json!({ "id": listed["id"] })).await["cost"], listed["cost"]);
    let today = engine.ok("live", json!({})).await["today"].clone();
    let micro = ((before + dear) * 1e6).round() as u64;
    assert_eq!((&today["costMicroUsd"], &today["costUnknown"]), (&json!(micro), &json!(0)));

    let wrong = json!({ "provider": "openai", "model": "m", "price": { "input": -1.0, "output": 1.0 } });
    assert_eq!(engine.refused("set_price", wrong).await, "bad_price");
    let nobody = json!({ "provider": "nobody", "model": "m", "price": null });
    assert_eq!(engine.refused("set_price", nobody).await, "no_such_provider");
    engine.stop().await;

    let engine = Running::start(home.path()).await;
    assert_eq!(find(&engine.ok("prices", json!({})).await)["own"], price);
    let reset = json!({ "provider": "openai", "model": "gpt-5.2", "price": null });
    assert_eq!(find(&engine.ok("set_price", reset).await)["own"], Value::Null);
    engine.stop().await;
}

#[tokio::test]
async fn without_a_file_it_serves_shows_the_last_and_says_what_is_amiss() {
    let home = home();
    fs::create_dir_all(home.path().join("data/history.db")).unwrap();
    let engine = Running::start(home.path()).await;
    let exchange = engine.ask("practice").await;
    assert_eq!(exchange["servedBy"], "practice-anthropic");
    let live = engine.ok("live", json!({})).await;
    assert_eq!(live["history"]["code"], "history_unusable", "{live}");
    assert!(live["history"]["hint"].as_str().unwrap().contains("writable"), "{live}");
    assert_eq!(engine.ok("exchange", json!({ "id": exchange["id"] })).await, exchange);
    let history = engine.ok("history", json!({})).await;
    assert_eq!((&history["recording"], &history["exchanges"]), (&json!(false), &Value::Null));
    engine.stop().await;
}

/// failover §3.13, under load: the clients' count is the history's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exchange_of_many_clients_is_in_the_history() {
    const CLIENTS: u64 = 20;
    const EACH: u64 = 100;
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.ok("practice_fault", json!({ "member": "practice-anthropic", "fault": "server-error" })).await;
    let address = engine.ok("live", json!({})).await["address"].as_str().unwrap().to_owned();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (client, url) = (client.clone(), format!("{address}/v1/chat/completions"));
            tokio::spawn(async move {
                let body = json!({ "model": "practice", "messages": [{ "role": "user", "content": "hello" }] });
                for _ in 0..EACH {
                    let asked = client.post(&url).bearer_auth("a-token-of-the-test").json(&body).send().await.unwrap();
                    assert_eq!(asked.status().as_u16(), 200);
                    asked.bytes().await.unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    engine.stop().await;
    let engine = Running::start(home.path()).await;
    let history = engine.ok("history", json!({})).await;
    assert_eq!((&history["exchanges"], &history["lost"]), (&json!(CLIENTS * EACH), &json!(0)));
    let statistics = engine.ok("statistics", json!({ "by": ["route"] })).await;
    let group = &statistics["groups"][0];
    assert_eq!((&group["served"], &group["requests"]), (&json!(CLIENTS * EACH), &json!(CLIENTS * EACH)));
    let live = engine.ok("live", json!({})).await;
    assert_eq!((&live["today"]["requests"], &live["today"]["saved"]), (&group["requests"], &group["saved"]));
    engine.stop().await;
}
