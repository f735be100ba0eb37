//! The operations on a real engine: real files, a real gateway on loopback, practice providers behind it.

use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, Problem, SecretString, StoreKind, perform};
use mainstay_simulator::{Practice as Provider, Simulator, Speaks};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

#[path = "operations/foreseeing.rs"]
mod foreseeing;
#[path = "operations/keeping.rs"]
mod keeping;
#[path = "operations/own.rs"]
mod own;
#[path = "operations/storing.rs"]
mod storing;
#[path = "operations/texts.rs"]
mod texts;

const TOKEN: &str = "a-token-of-the-test";

struct Running {
    handle: Handle,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    async fn start(home: &Path) -> Self {
        Self::start_with(home, Practice::WhenEmpty).await
    }

    async fn start_with(home: &Path, practice: Practice) -> Self {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: Some(home.join("profiles")),
            data_dir: home.join("data"),
            profile: None,
            secrets: Some(StoreKind::File),
            practice,
            without_keyring: false,
            token: Some(SecretString::from(TOKEN)),
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

    async fn perform(&self, operation: &str, input: Value) -> Result<Value, Problem> {
        perform(&self.handle, operation, input).await
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        self.perform(operation, input).await.unwrap_or_else(|problem| panic!("{operation}: {problem:?}"))
    }

    async fn refused(&self, operation: &str, input: Value) -> String {
        self.perform(operation, input).await.expect_err("it is refused").code
    }

    async fn create(&self, name: &str, base_url: &str) -> Value {
        let draft = json!({
            "name": name, "fingerprint": null, "provider": "openai", "model": "gpt-5.2", "params": { "max_tokens": 100 },
            "contextLimit": 200_000, "baseUrl": base_url, "timeoutMs": null,
        });
        self.ok("save_profile", draft).await
    }
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn file(home: &TempDir, name: &str) -> Value {
    let text =
        fs::read_to_string(home.path().join("profiles").join(format!("{name}.json"))).expect("the file is there");
    serde_json::from_str(&text).expect("the file is JSON")
}

#[tokio::test]
async fn with_no_profile_it_opens_with_practice_and_shows_a_fault_and_its_mending() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let live = engine.ok("live", json!({})).await;
    assert_eq!(
        live["active"],
        json!({ "name": "practice", "balancer": true, "policy": "failover", "practice": true, "pinned": null, "sticky": false })
    );
    assert_eq!((&live["members"][0]["state"], &live["ready"]), (&json!("serving"), &json!(3)));

    engine.ok("practice_fault", json!({ "member": "practice-anthropic", "fault": "rate-limit" })).await;
    let test = engine.ok("test_profile", json!({ "name": "practice" })).await;
    assert_eq!((&test["ok"], &test["model"]), (&json!(true), &json!("gpt-5.2")), "{test}");
    let live = engine.ok("live", json!({})).await;
    let first = &live["members"][0];
    assert_eq!((&first["state"], &first["why"]), (&json!("cooling"), &json!("429, hit its rate limit")), "{live}");
    assert_eq!((&first["canTry"], &first["fault"]), (&json!(true), &json!("rate-limit")));
    assert_eq!(live["members"][1]["state"], "serving");
    let today = json!({ "requests": 1, "saved": 1, "failed": 0, "costMicroUsd": 0, "costUnknown": 0 });
    assert_eq!(live["today"], today);

    engine.ok("practice_fault", json!({ "member": "practice-anthropic", "fault": null })).await;
    engine.ok("try_now", json!({ "member": "practice-anthropic" })).await;
    assert_eq!(engine.ok("live", json!({})).await["members"][0]["state"], "serving");
    assert_eq!(engine.refused("practice_fault", json!({ "member": "nobody", "fault": null })).await, "not_practice");
    assert_eq!(engine.refused("set_default", json!({ "name": "practice" })).await, "practice_not_default");
    engine.stop().await;
}

#[tokio::test]
async fn a_watcher_gets_everything_first_and_then_only_what_is_new() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let mut feed = engine.handle.watch();
    let first = feed.next().await;
    assert!(first.state.is_some() && first.exchanges.is_empty() && !first.profiles_changed);
    engine.ok("test_profile", json!({ "name": "practice" })).await;
    let mut seen = Vec::new();
    while seen.is_empty() {
        let frame = timeout(Duration::from_secs(30), feed.next()).await.expect("a frame comes");
        seen.extend(frame.exchanges);
    }
    assert_eq!((seen.len(), seen[0].served_by.as_deref()), (1, Some("practice-anthropic")));
    let again = timeout(Duration::from_secs(30), engine.handle.watch().next()).await.expect("a frame comes");
    assert_eq!(again.exchanges, seen, "who comes later gets the last exchanges first");
    engine.stop().await;
}

#[tokio::test]
async fn a_profile_is_made_given_a_key_tested_and_used_and_its_key_never_comes_back() {
    let provider =
        Provider { key: Some("sk-of-the-test-1234".into()), ..Provider::new("p", Speaks::OpenaiChat, "gpt-5.2") };
    let simulator = Simulator::start(vec![provider.true_to_model()]).await.expect("the provider starts");
    let base = simulator.providers()[0].base_url.clone();
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", &base).await;
    let row =
        |view: &Value| view["profiles"].as_array().unwrap().iter().find(|row| row["name"] == "mine").cloned().unwrap();
    assert_eq!(row(&engine.ok("profiles", json!({})).await)["state"], "needs-credential");
    let test = engine.ok("test_profile", json!({ "name": "mine" })).await;
    assert_eq!(test["ok"], false);
    assert!(test["message"].as_str().unwrap().contains("needs a key or login"), "{test}");

    let credential = engine.ok("set_key", json!({ "profile": "mine", "key": "sk-of-the-test-1234" })).await;
    assert_eq!((&credential["usable"], &credential["lastFour"]), (&json!(true), &json!("1234")));
    let test = engine.ok("test_profile", json!({ "name": "mine" })).await;
    assert_eq!(test["ok"], true, "{test}");
    assert!(test["answer"].as_str().unwrap().contains("Simulated answer"), "{test}");
    assert_eq!(row(&engine.ok("profiles", json!({})).await)["state"], "ready");

    engine.ok("use_now", json!({ "name": "mine" })).await;
    for operation in ["live", "profiles"] {
        assert!(!engine.ok(operation, json!({})).await.to_string().contains("sk-of-the-test"));
    }
    assert!(!engine.ok("profile", json!({ "name": "mine" })).await.to_string().contains("sk-of-the-test"));
    engine.stop().await;

    let engine = Running::start(home.path()).await;
    let live = engine.ok("live", json!({})).await;
    assert_eq!(live["active"]["name"], "mine", "what is active survives a restart");
    assert_eq!(engine.ok("test_profile", json!({ "name": "mine" })).await["ok"], true, "so does its key");
    let credential = engine.ok("delete_key", json!({ "name": "mine" })).await;
    assert_eq!((&credential["usable"], &credential["problem"]), (&json!(false), &json!("needs_credential")));
    engine.stop().await;
}

#[tokio::test]
async fn a_key_follows_a_profile_to_another_address_only_when_the_user_says_so() {
    let simulator = Simulator::start(vec![Provider::new("p", Speaks::OpenaiChat, "gpt-5.2").true_to_model()]).await;
    let simulator = simulator.expect("the provider starts");
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    engine.ok("set_key", json!({ "profile": "mine", "key": "sk-of-the-test-1234" })).await;
    let mut draft = engine.ok("profile", json!({ "name": "mine" })).await;
    draft["baseUrl"] = json!(simulator.providers()[0].base_url);
    engine.ok("save_profile", draft).await;
    let shown = engine.ok("profile", json!({ "name": "mine" })).await;
    assert_eq!(shown["credential"]["problem"], "credential_origin_unconfirmed");
    assert_eq!(engine.ok("test_profile", json!({ "name": "mine" })).await["ok"], false);
    assert!(simulator.providers()[0].seen().is_empty());

    let older = json!({ "name": "mine", "fingerprint": "0".repeat(64) });
    assert_eq!(engine.refused("confirm_origin", older).await, "profile_changed");
    let seen = json!({ "name": "mine", "fingerprint": shown["fingerprint"] });
    let credential = engine.ok("confirm_origin", seen).await;
    assert_eq!((&credential["usable"], &credential["problem"]), (&json!(true), &Value::Null));
    assert_eq!(engine.ok("test_profile", json!({ "name": "mine" })).await["ok"], true);
    engine.stop().await;
}

#[tokio::test]
async fn a_form_that_edits_an_older_text_is_refused_and_loses_nothing() {
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    let detail = engine.ok("profile", json!({ "name": "mine" })).await;
    let path = home.path().join("profiles/mine.json");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("gpt-5.2", "gpt-5.2-mini")).unwrap();
    let mut draft = detail.clone();
    draft["model"] = json!("gpt-5");
    assert_eq!(engine.refused("save_profile", draft.clone()).await, "profile_changed");
    assert_eq!(file(&home, "mine")["model"], "gpt-5.2-mini");
    draft["fingerprint"] = engine.ok("profile", json!({ "name": "mine" })).await["fingerprint"].clone();
    let undo = engine.ok("save_profile", draft).await;
    assert_eq!(file(&home, "mine")["model"], "gpt-5");
    engine.ok("undo", undo.clone()).await;
    assert_eq!(file(&home, "mine")["model"], "gpt-5.2-mini");
    assert_eq!(engine.refused("undo", undo).await, "nothing_to_undo");
    assert_eq!(engine.refused("save_profile", json!({ "name": "x" })).await, "bad_input");
    engine.stop().await;
}

#[tokio::test]
async fn a_balancer_is_made_reordered_shared_out_and_protects_its_members() {
    let home = home();
    let engine = Running::start(home.path()).await;
    for name in ["a", "b", "c"] {
        engine.create(name, "http://127.0.0.1:9/v1").await;
    }
    let list = |names: &[(&str, u32)]| -> Value {
        names.iter().map(|(name, weight)| json!({ "profile": name, "weight": weight })).collect()
    };
    let draft = |policy: &str, members: Value| json!({ "name": "ha", "policy": policy, "members": members });
    engine.ok("create_balancer", draft("failover", list(&[("a", 1), ("b", 1)]))).await;
    assert_eq!(engine.refused("create_balancer", draft("failover", list(&[("a", 1)]))).await, "profile_exists");
    let undo = engine.ok("change_balancer", draft("failover", list(&[("b", 1), ("a", 1)]))).await;
    assert_eq!(file(&home, "ha")["profiles"], json!(["b", "a"]));
    engine.ok("undo", undo).await;
    assert_eq!(file(&home, "ha")["profiles"], json!(["a", "b"]));
    engine.ok("change_balancer", draft("weighted", list(&[("a", 70), ("b", 30)]))).await;
    let detail = engine.ok("balancer", json!({ "name": "ha" })).await;
    assert_eq!((&detail["members"][0]["weight"], &detail["candidates"]), (&json!(70), &json!(["c"])));

    assert_eq!(engine.refused("delete_profile", json!({ "name": "a" })).await, "profile_in_use");
    let undo = engine.ok("delete_profile", json!({ "name": "c" })).await;
    assert!(!home.path().join("profiles/c.json").exists());
    engine.ok("undo", undo).await;
    assert_eq!(file(&home, "c")["model"], "gpt-5.2");

    engine.ok("use_now", json!({ "name": "ha" })).await;
    engine.ok("set_default", json!({ "name": "ha" })).await;
    let settings = fs::read_to_string(home.path().join("settings.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&settings).unwrap(), json!({ "defaultProfile": "ha" }));
    let view = engine.ok("profiles", json!({})).await;
    let row = view["balancers"].as_array().unwrap().iter().find(|row| row["name"] == "ha").cloned().unwrap();
    assert_eq!((&row["active"], &row["default"]), (&json!(true), &json!(true)));

    let mixed = draft("failover", list(&[("a", 1), ("practice-openai", 1)]));
    assert_eq!(engine.refused("change_balancer", mixed).await, "practice_apart");
    assert_eq!(engine.refused("change_balancer", draft("lottery", list(&[("a", 1)]))).await, "no_such_policy");
    assert_eq!(engine.refused("conquer", json!({})).await, "unknown_operation");
    engine.stop().await;
}

#[tokio::test]
async fn a_change_of_a_balancer_that_another_program_has_changed_meanwhile_is_refused_and_loses_neither() {
    let home = home();
    let engine = Running::start(home.path()).await;
    for name in ["a", "b", "c"] {
        engine.create(name, "http://127.0.0.1:9/v1").await;
    }
    let list = |names: &[(&str, u32)]| -> Value {
        names.iter().map(|(name, weight)| json!({ "profile": name, "weight": weight })).collect()
    };
    let draft = |policy: &str, members: Value, was: Value| json!({ "name": "ha", "policy": policy, "members": members, "was": was });
    engine.ok("create_balancer", draft("failover", list(&[("a", 1), ("b", 1)]), Value::Null)).await;
    let shown = json!({ "policy": "failover", "members": list(&[("a", 1), ("b", 1)]) });

    let path = home.path().join("profiles/ha.json");
    let mut outside = file(&home, "ha");
    outside["profiles"] = json!(["a", "b", "c"]);
    fs::write(&path, outside.to_string()).unwrap();
    let turned = draft("failover", list(&[("b", 1), ("a", 1)]), shown);
    assert_eq!(engine.refused("change_balancer", turned).await, "balancer_changed");
    assert_eq!(file(&home, "ha"), outside);

    // What the balancer doesn't hold may change, and weights don't count where nothing is shared out.
    outside["x-of-another"] = json!(1);
    fs::write(&path, outside.to_string()).unwrap();
    let shown = json!({ "policy": "failover", "members": list(&[("a", 7), ("b", 1), ("c", 1)]) });
    engine.ok("change_balancer", draft("weighted", list(&[("c", 70), ("a", 30)]), shown)).await;
    assert_eq!(file(&home, "ha")["x-of-another"], json!(1));
    let stale = json!({ "policy": "weighted", "members": list(&[("c", 60), ("a", 40)]) });
    assert_eq!(
        engine.refused("change_balancer", draft("weighted", list(&[("c", 50), ("a", 50)]), stale)).await,
        "balancer_changed"
    );
    engine.stop().await;
}

#[tokio::test]
async fn the_admin_routes_perform_the_same_operations_and_open_to_their_own_token_only() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let note: Value = serde_json::from_slice(&fs::read(home.path().join("data/run.json")).unwrap()).unwrap();
    let (address, admin) = (note["address"].as_str().unwrap(), note["admin_token"].as_str().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = async |operation: &str, token: &str, input: Value| {
        let url = format!("{address}/_mainstay/operations/{operation}");
        let answer = client.post(url).bearer_auth(token).json(&input).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, live) = call("live", admin, json!({})).await;
    assert_eq!((status, &live["active"]["name"]), (200, &json!("practice")));
    assert_eq!(call("live", TOKEN, json!({})).await.0, 401);
    let (status, refusal) = call("use_now", admin, json!({ "name": "nobody" })).await;
    assert_eq!((status, &refusal["code"]), (422, &json!("no_such_profile")));
    assert_eq!(call("conquer", admin, json!({})).await.0, 404);
    assert_eq!(call("use_now", admin, json!({})).await.1["code"], "bad_input");
    engine.stop().await;
}

#[tokio::test]
async fn what_another_program_wrote_since_is_not_undone() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let path = home.path().join("profiles/mine.json");
    let rewrite = |from: &str, to: &str| {
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace(from, to)).unwrap();
        fs::read_to_string(&path).unwrap()
    };
    let created = engine.create("mine", "http://127.0.0.1:9/v1").await;
    let mut draft = engine.ok("profile", json!({ "name": "mine" })).await;
    draft["model"] = json!("gpt-5");
    let saved = engine.ok("save_profile", draft).await;
    let theirs = rewrite("gpt-5", "theirs");
    for undo in [saved, created] {
        assert_eq!(engine.refused("undo", undo).await, "profile_changed");
        assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
    }

    engine.create("other", "http://127.0.0.1:9/v1").await;
    let list = json!([{ "profile": "mine", "weight": 1 }, { "profile": "other", "weight": 1 }]);
    let draft = |policy: &str| json!({ "name": "ha", "policy": policy, "members": list });
    engine.ok("create_balancer", draft("failover")).await;
    let undo = engine.ok("change_balancer", draft("roundrobin")).await;
    let ha = home.path().join("profiles/ha.json");
    fs::write(&ha, fs::read_to_string(&ha).unwrap().replace("\"roundrobin\"", "\"failover\"")).unwrap();
    assert_eq!(engine.refused("undo", undo).await, "profile_changed");

    let undo = engine.ok("delete_profile", json!({ "name": "ha" })).await;
    fs::write(&ha, "{\"version\":1,\"provider\":\"openai\",\"model\":\"theirs\"}").unwrap();
    assert_eq!(engine.refused("undo", undo).await, "profile_exists");
    assert_eq!(file(&home, "ha")["model"], "theirs");
    engine.stop().await;
}

#[tokio::test]
async fn the_key_of_a_deleted_profile_comes_back_with_it_and_is_forgotten_when_it_can_not() {
    let home = home();
    let engine = Running::start(home.path()).await;
    let named = |name: &str| json!({ "name": name });
    let own_key = async |engine: &Running, name: &str| {
        engine.ok("profile", json!({ "name": name })).await["credential"]["ownKey"] == json!(true)
    };
    for name in ["back", "anew", "gone"] {
        engine.create(name, "http://127.0.0.1:9/v1").await;
        engine.ok("set_key", json!({ "profile": name, "key": "sk-of-the-test-1234" })).await;
    }
    let undo = engine.ok("delete_profile", named("back")).await;
    engine.ok("undo", undo).await;
    assert!(own_key(&engine, "back").await);

    let undo = engine.ok("delete_profile", named("anew")).await;
    engine.create("anew", "http://127.0.0.1:10/v1").await;
    assert!(!own_key(&engine, "anew").await, "a later profile of that name does not find it");
    assert_eq!(engine.refused("undo", undo).await, "nothing_to_undo");

    engine.ok("delete_profile", named("gone")).await;
    let listed = fs::read_to_string(home.path().join("data/deleted.json")).unwrap();
    assert_eq!(listed, "[\"gone\"]", "a kill would leave this for the next start");
    engine.stop().await;
    assert!(!home.path().join("data/deleted.json").exists());

    let engine = Running::start(home.path()).await;
    engine.create("gone", "http://127.0.0.1:9/v1").await;
    assert!(!own_key(&engine, "gone").await);
    assert!(own_key(&engine, "back").await);
    engine.ok("set_key", json!({ "profile": "gone", "key": "sk-of-the-test-1234" })).await;
    engine.ok("delete_profile", named("gone")).await;
    let Running { serving, .. } = engine;
    serving.abort();
    let _ = serving.await;
    assert!(home.path().join("data/deleted.json").exists());

    let engine = Running::start(home.path()).await;
    assert!(!home.path().join("data/deleted.json").exists());
    engine.create("gone", "http://127.0.0.1:9/v1").await;
    assert!(!own_key(&engine, "gone").await, "the next start forgets what a kill left");
    engine.stop().await;
}

/// failover §4
#[tokio::test]
async fn where_conversations_stay_is_changed_in_the_file_and_nothing_else_is() {
    let home = home();
    let engine = Running::start(home.path()).await;
    for name in ["a", "b"] {
        engine.create(name, "http://127.0.0.1:9/v1").await;
    }
    let list = json!([{ "profile": "a", "weight": 1 }, { "profile": "b", "weight": 1 }]);
    let draft = |policy: &str, sticky: Value, failback: Value| json!({ "name": "ha", "policy": policy, "members": list, "sticky": sticky, "failback": failback });
    engine.ok("create_balancer", draft("roundrobin", json!(true), Value::Null)).await;
    assert_eq!(file(&home, "ha")["x-mainstay"], json!({ "sticky": true }));
    let undo = engine.ok("change_balancer", draft("failover", json!(false), json!("at-once"))).await;
    assert_eq!(file(&home, "ha")["x-mainstay"], json!({ "failback": "at-once" }));
    let detail = engine.ok("balancer", json!({ "name": "ha" })).await;
    assert_eq!((&detail["sticky"], &detail["failback"]), (&json!(false), &json!("at-once")));
    engine.ok("change_balancer", draft("failover", Value::Null, Value::Null)).await;
    assert_eq!(file(&home, "ha")["x-mainstay"], json!({ "failback": "at-once" }), "what is not said stays");
    engine.ok("undo", undo).await;
    assert_eq!(file(&home, "ha")["x-mainstay"], json!({ "sticky": true }));
    engine.ok("change_balancer", draft("failover", json!(false), json!("never"))).await;
    let refused = engine.refused("change_balancer", draft("failover", Value::Null, json!("soon"))).await;
    assert_eq!(refused, "no_such_failback");
    engine.ok("change_balancer", draft("failover", Value::Null, json!("conversation"))).await;
    assert!(file(&home, "ha").get("x-mainstay").is_none(), "a default leaves no key");
    engine.stop().await;
}

/// failover §4
#[tokio::test]
async fn a_daily_limit_is_saved_with_the_profile() {
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    let mut draft = engine.ok("profile", json!({ "name": "mine" })).await;
    assert_eq!((&draft["dailyRequests"], &draft["dailyUsd"]), (&Value::Null, &Value::Null));
    (draft["dailyRequests"], draft["dailyUsd"]) = (json!(200), json!(2.5));
    engine.ok("save_profile", draft).await;
    assert_eq!(file(&home, "mine")["x-mainstay"]["dailyLimit"], json!({ "requests": 200, "usd": 2.5 }));
    let mut draft = engine.ok("profile", json!({ "name": "mine" })).await;
    assert_eq!((&draft["dailyRequests"], &draft["dailyUsd"]), (&json!(200), &json!(2.5)));
    draft["dailyUsd"] = json!(0);
    assert_eq!(engine.refused("save_profile", draft.clone()).await, "bad_input");
    (draft["dailyRequests"], draft["dailyUsd"]) = (Value::Null, Value::Null);
    engine.ok("save_profile", draft).await;
    assert!(file(&home, "mine").get("x-mainstay").is_none());
    engine.stop().await;
}
