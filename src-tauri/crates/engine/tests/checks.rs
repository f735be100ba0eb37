//! Checks of keys on a real engine, with simulated providers behind it. Time is moved on where nothing happens meanwhile.

use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, SecretString, StoreKind, perform};
use mainstay_simulator::{Fault, Practice as Provider, Running, Simulator, Speaks};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{advance, pause, resume, sleep, timeout};

/// All first checks of a few members are due within so long.
const FIRST_CHECKS: Duration = Duration::from_secs(15);
/// Longer than the time between two checks.
const A_DAY: Duration = Duration::from_secs(24 * 3600 + 60);

/// Three providers, and profiles `a`, `b`, `c` of one each in the profiles folder.
struct Stage {
    simulator: Simulator,
    home: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let providers = ["a", "b", "c"].map(|name| Provider::new(name, Speaks::OpenaiChat, "gpt-5.2").true_to_model());
        let simulator = Simulator::start(providers.into()).await.expect("the providers start");
        let stage = Self { simulator, home: tempfile::tempdir().expect("a folder for the test") };
        fs::create_dir(stage.home.path().join("profiles")).expect("a folder for profiles");
        for name in ["a", "b", "c"] {
            stage.profile(name, name, &format!("sk-of-{name}"));
        }
        stage.balancer("ha", &["a", "b"]);
        stage
    }

    fn at(&self, name: &str) -> &Running {
        self.simulator.provider(name).expect("a provider of that name")
    }

    fn write(&self, name: &str, json: &Value) {
        let file = self.home.path().join("profiles").join(format!("{name}.json"));
        fs::write(file, json.to_string()).expect("the file is written");
    }

    fn profile(&self, name: &str, provider: &str, key: &str) {
        let settings = json!({ "base-url": self.at(provider).base_url, "auth-key": key });
        let file = json!({ "version": 1, "provider": "openai", "model": "gpt-5.2", "modelParams": {}, "ephemeralSettings": settings });
        self.write(name, &file);
    }

    fn balancer(&self, name: &str, members: &[&str]) {
        let file = json!({ "version": 1, "type": "loadbalancer", "policy": "failover", "profiles": members });
        self.write(name, &file);
    }

    async fn start(&self, active: &str) -> Play {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: Some(self.home.path().join("profiles")),
            data_dir: self.home.path().join("data"),
            profile: Some(active.to_owned()),
            secrets: Some(StoreKind::Memory),
            practice: Practice::Off,
            without_keyring: false,
            token: Some(SecretString::from("a-token-of-the-test")),
            catalogue: None,
            network: NetworkOverrides::default(),
            window: None,
        };
        let engine = Engine::start(options).await.expect("the engine starts");
        let handle = engine.handle();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(engine.serve_together(async {
            let _ = stopped.await;
        }));
        Play { handle, stop, serving }
    }

    /// How often a provider was asked for its models with this key, and how often for anything else with it.
    fn asked(&self, provider: &str, key: &str) -> (usize, usize) {
        let seen = self.at(provider).seen();
        let keyed = seen.iter().filter(|seen| seen.key_was(key));
        let (checks, others): (Vec<_>, Vec<_>) =
            keyed.partition(|seen| (seen.method(), seen.path().as_str()) == ("GET", "/v1/models"));
        (checks.len(), others.len())
    }
}

/// A running engine.
struct Play {
    handle: Handle,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Play {
    async fn ok(&self, operation: &str, input: Value) -> Value {
        let done = perform(&self.handle, operation, input).await;
        done.unwrap_or_else(|problem| panic!("{operation}: {problem:?}"))
    }

    async fn member(&self, name: &str) -> Value {
        let live = self.ok("live", json!({})).await;
        let members = live["members"].as_array().expect("a list");
        members.iter().find(|member| member["name"] == name).cloned().expect("a member of that name")
    }

    /// Waits until a member was checked, and gives what came of it.
    async fn checked(&self, name: &str) -> Value {
        self.until(name, |member| !member["checked"].is_null()).await["checked"].clone()
    }

    async fn until(&self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let member = self.member(name).await;
                if fits(&member) {
                    return member;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(60), wait).await.expect("it comes to that")
    }

    async fn stop(self) {
        self.stop.send(()).expect("it still runs");
        self.serving.await.expect("it ends in peace");
    }
}

/// Moves time on while nothing else happens.
async fn jump(by: Duration) {
    pause();
    advance(by).await;
    resume();
}

/// Waits until something is the case.
async fn wait_for(what: &str, fits: impl Fn() -> bool) {
    let wait = async {
        while !fits() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("{what} does not come"));
}

#[tokio::test]
async fn at_the_start_each_member_of_what_serves_is_checked_once_and_not_all_at_once_and_nobody_else() {
    let stage = Stage::set().await;
    stage.balancer("other", &["b", "c"]);
    let play = stage.start("ha").await;
    assert_eq!(play.member("b").await["state"], "unchecked", "nothing is known of it yet");
    for name in ["a", "b"] {
        let checked = play.checked(name).await;
        assert_eq!((&checked["ok"], &checked["what"]), (&json!(true), &json!("key")), "{checked}");
        assert_eq!(checked["message"], "the key is accepted");
    }
    assert_eq!(play.member("b").await["state"], "ready");
    let first = |name: &str| stage.at(name).seen().first().expect("a request").at();
    assert!(first("a") < first("b"), "in its slot each");
    assert_eq!((stage.asked("a", "sk-of-a"), stage.asked("b", "sk-of-b")), ((1, 0), (1, 0)), "none costs anything");
    assert!(stage.at("c").seen().is_empty());
    // Once without the key, since nobody says of this address that it needs one.
    assert!(stage.at("a").seen().iter().all(|seen| seen.method() == "GET" && seen.path() == "/v1/models"));
    assert_eq!(stage.at("a").seen().len(), 2);
    play.stop().await;
}

#[tokio::test]
async fn it_is_checked_again_once_a_day() {
    let stage = Stage::set().await;
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    play.checked("a").await;
    play.checked("b").await;
    for times in 2..4 {
        jump(Duration::from_secs(21 * 3600)).await;
        sleep(Duration::from_millis(300)).await;
        assert_eq!(stage.asked("a", "sk-of-a").0, times - 1, "not before its time");
        jump(Duration::from_secs(3 * 3600 + 60)).await;
        wait_for("the daily check", || {
            stage.asked("a", "sk-of-a").0 == times && stage.asked("b", "sk-of-b").0 == times
        })
        .await;
        // Until it is known that both were kept.
        play.until("b", |member| member["checked"]["ok"] == true).await;
        sleep(Duration::from_millis(300)).await;
    }
    play.stop().await;
}

#[tokio::test]
async fn a_new_key_is_checked_at_once() {
    let stage = Stage::set().await;
    for name in ["a", "b"] {
        let settings = json!({ "base-url": stage.at(name).base_url });
        let file = json!({ "version": 1, "provider": "openai", "model": "gpt-5.2", "modelParams": {}, "ephemeralSettings": settings });
        stage.write(name, &file);
    }
    let play = stage.start("ha").await;
    assert_eq!(play.member("a").await["state"], "needs-credential");
    play.ok("set_key", json!({ "profile": "a", "key": "the-first-key" })).await;
    assert_eq!(play.checked("a").await["ok"], true);
    stage.at("a").set(Fault::reject_key());
    play.ok("set_key", json!({ "profile": "a", "key": "the-second-key" })).await;
    let member = play.until("a", |member| member["checked"]["ok"] == false).await;
    assert_eq!((&member["state"], &member["canTry"]), (&json!("cooling"), &json!(true)), "{member}");
    assert_eq!((stage.asked("a", "the-first-key"), stage.asked("a", "the-second-key")), ((1, 0), (1, 0)));
    // The same key once more is checked once more.
    stage.at("a").clear();
    play.ok("set_key", json!({ "profile": "a", "key": "the-second-key" })).await;
    wait_for("the check", || stage.asked("a", "the-second-key").0 >= 2).await;
    play.stop().await;
}

/// failover §2, CredentialRejected
#[tokio::test]
async fn a_rejected_key_is_found_before_a_request_meets_it() {
    let stage = Stage::set().await;
    stage.at("a").set(Fault::reject_key());
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    let member = play.until("a", |member| member["state"] == "cooling").await;
    assert_eq!(member["why"], "401, did not accept the key or login");
    let test = play.ok("test_profile", json!({ "name": "ha" })).await;
    assert_eq!(test["ok"], true, "{test}");
    assert_eq!((stage.asked("a", "sk-of-a"), stage.asked("b", "sk-of-b").1), ((1, 0), 1));
    play.stop().await;
}

/// failover §2, CredentialRejected
#[tokio::test]
async fn a_rejected_key_is_checked_again_before_it_may_serve_again() {
    let stage = Stage::set().await;
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    play.checked("a").await;
    stage.at("a").set(Fault::reject_key());
    play.ok("test_profile", json!({ "name": "ha" })).await;
    assert_eq!(stage.asked("a", "sk-of-a"), (1, 1), "a request met it");
    let rest = play.until("a", |member| member["state"] == "cooling").await["until"].as_u64().expect("an instant");
    jump(Duration::from_secs(40)).await;
    play.until("a", |member| member["until"].as_u64().is_some_and(|until| until > rest + 30_000)).await;
    jump(Duration::from_secs(25)).await;
    play.ok("test_profile", json!({ "name": "ha" })).await;
    assert_eq!(stage.asked("a", "sk-of-a"), (2, 1), "no second request was spent on it");
    stage.at("a").clear();
    jump(Duration::from_secs(75)).await;
    play.until("a", |member| member["state"] == "serving").await;
    assert_eq!(stage.asked("a", "sk-of-a"), (3, 1));
    play.stop().await;
}

#[tokio::test]
async fn profiles_of_one_account_are_checked_once() {
    let stage = Stage::set().await;
    stage.profile("b", "a", "sk-of-a");
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    assert_eq!(play.checked("a").await, play.checked("b").await);
    assert_eq!(stage.asked("a", "sk-of-a"), (1, 0));
    play.stop().await;
}

#[tokio::test]
async fn try_now_clears_and_checks_and_a_check_alone_clears_nothing() {
    let stage = Stage::set().await;
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    play.checked("a").await;
    let limit = json!({ "kind": "status", "status": 429, "headers": { "retry-after": "60" } });
    stage.at("a").set(Fault::from_json(limit).expect("a fault"));
    play.ok("test_profile", json!({ "name": "ha" })).await;
    assert_eq!(play.member("a").await["state"], "cooling");
    let key = json!({ "member": "a", "what": "key" });
    assert_eq!(play.ok("check_member", key).await["ok"], true);
    assert_eq!(play.member("a").await["state"], "cooling", "a check ends no rest but that of a rejected key");
    let tried = play.ok("try_now", json!({ "member": "a" })).await;
    assert_eq!((&tried["ok"], &tried["what"]), (&json!(true), &json!("key")));
    assert_eq!(play.member("a").await["state"], "serving");
    stage.at("a").set(Fault::reject_key());
    let tried = play.ok("try_now", json!({ "member": "a" })).await;
    assert_eq!((&tried["ok"], &tried["message"]), (&json!(false), &json!("401, did not accept the key or login")));
    assert_eq!(play.member("a").await["state"], "cooling");
    let address = play.ok("check_member", json!({ "member": "c", "what": "address" })).await;
    assert_eq!((&address["ok"], &address["message"]), (&json!(true), &json!("the address answers")));
    let problem = perform(&play.handle, "check_member", json!({ "member": "nobody", "what": "key" })).await;
    assert_eq!(problem.expect_err("there is none").code, "no_such_member");
    play.stop().await;
}

#[tokio::test]
async fn of_a_member_that_needs_no_key_the_address_is_checked() {
    let stage = Stage::set().await;
    let settings = json!({ "base-url": stage.at("b").base_url });
    let file = json!({
        "version": 1, "provider": "openai-compatible", "model": "m", "modelParams": {}, "ephemeralSettings": settings,
        "x-mainstay": { "auth": "none" },
    });
    stage.write("b", &file);
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    let checked = play.checked("b").await;
    assert_eq!((&checked["ok"], &checked["what"]), (&json!(true), &json!("address")), "{checked}");
    assert_eq!(play.member("b").await["state"], "ready");
    let methods: Vec<String> = stage.at("b").seen().iter().map(|seen| seen.method().to_owned()).collect();
    assert_eq!(methods, ["HEAD"]);
    play.stop().await;
}

#[tokio::test]
async fn a_member_whose_provider_is_away_stays_unmarked_and_unchecked() {
    let stage = Stage::set().await;
    let settings = json!({ "base-url": "http://127.0.0.1:9/v1", "auth-key": "sk" });
    let file = json!({ "version": 1, "provider": "openai", "model": "gpt-5.2", "modelParams": {}, "ephemeralSettings": settings });
    stage.write("b", &file);
    let play = stage.start("ha").await;
    jump(FIRST_CHECKS).await;
    let checked = play.checked("b").await;
    assert_eq!(checked["ok"], Value::Null);
    assert_eq!(checked["message"], "the key could not be checked now: the provider refused the connection");
    assert_eq!(play.member("b").await["state"], "unchecked");
    let detail = play.ok("profile", json!({ "name": "b" })).await;
    assert_eq!(detail["testCost"], json!({ "included": false, "tokens": 84, "usd": 0.000_931 }));
    jump(A_DAY).await;
    play.until("b", |member| member["checked"]["at"].as_u64() > checked["at"].as_u64()).await;
    play.stop().await;
}
