//! The profile store as the window and other programs use it: names, copies, earlier texts, fixes, the lock, and changes from
//! outside under traffic.

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const KEY: &str = "sk-of-the-test-1234";

async fn provider() -> Simulator {
    let provider = Provider { key: Some(KEY.into()), ..Provider::new("p", Speaks::OpenaiChat, "gpt-5.2") };
    Simulator::start(vec![provider.true_to_model()]).await.expect("the provider starts")
}

fn failover(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({ "profile": member, "weight": 1 })).collect();
    json!({ "name": name, "policy": "failover", "members": members })
}

fn text(home: &TempDir, name: &str) -> String {
    fs::read_to_string(home.path().join("profiles").join(format!("{name}.json"))).expect("the file is there")
}

fn write(home: &TempDir, name: &str, text: &str) {
    fs::create_dir_all(home.path().join("profiles")).expect("a folder");
    fs::write(home.path().join("profiles").join(format!("{name}.json")), text).expect("written");
}

impl Running {
    async fn keyed(&self, name: &str, simulator: &Simulator) {
        self.create(name, &simulator.providers()[0].base_url).await;
        self.ok("set_key", json!({ "profile": name, "key": KEY })).await;
    }

    async fn finding(&self, name: &str, code: &str) -> Option<Value> {
        let view = self.ok("profiles", json!({})).await;
        let rows =
            view["profiles"].as_array().expect("a list").iter().chain(view["balancers"].as_array().expect("a list"));
        let row = rows.into_iter().find(|row| row["name"] == name).expect("it is listed");
        row["findings"].as_array().expect("a list").iter().find(|finding| finding["code"] == code).cloned()
    }

    /// Applies the fix of a finding, sees that the finding is gone, and gives the way back.
    async fn fix(&self, name: &str, code: &str) -> Value {
        let finding = self.finding(name, code).await.unwrap_or_else(|| panic!("{code} is found at {name}"));
        assert!(finding["fix"]["label"].as_str().is_some_and(|label| !label.is_empty()), "{finding}");
        let input = json!({ "profile": name, "code": code, "key": finding["fix"]["key"] });
        let undo = self.ok("apply_fix", input.clone()).await;
        assert_eq!(self.finding(name, code).await, None);
        assert_eq!(self.refused("apply_fix", input).await, "nothing_to_fix");
        undo
    }
}

#[tokio::test]
async fn everything_follows_a_new_name_and_comes_back_with_the_old_one() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    for name in ["old", "second"] {
        engine.keyed(name, &simulator).await;
    }
    engine.ok("create_balancer", failover("ha", &["old", "second"])).await;
    for (operation, input) in [
        ("use_now", json!({ "name": "old" })),
        ("set_default", json!({ "name": "old" })),
        ("pin", json!({ "route": "ha", "member": "old" })),
    ] {
        engine.ok(operation, input).await;
    }
    assert_eq!(engine.ok("test_profile", json!({ "name": "old" })).await["ok"], true);
    let mut draft = engine.ok("profile", json!({ "name": "old" })).await;
    draft["dailyRequests"] = json!(1);
    engine.ok("save_profile", draft).await;

    let name = |from: &str, to: &str| json!({ "from": from, "to": to });
    assert_eq!(engine.refused("rename_profile", name("old", "second")).await, "profile_exists");
    assert_eq!(engine.refused("rename_profile", name("nobody", "new")).await, "profile_missing");
    assert_eq!(engine.refused("rename_profile", name("old", "a/b")).await, "profile_name_invalid");
    assert_eq!(engine.refused("rename_profile", name("old", "practice-openai")).await, "profile_exists");
    let second = engine.ok("profile", json!({ "name": "second" })).await;
    assert_eq!(second["credential"]["usable"], true, "a refused rename takes nobody's key");

    let undo = engine.ok("rename_profile", name("old", "neu ü")).await;
    let is = async |present: &str, gone: &str| {
        assert!(!home.path().join("profiles").join(format!("{gone}.json")).exists());
        assert_eq!(file(&home, "ha")["profiles"], json!([present, "second"]));
        let detail = engine.ok("profile", json!({ "name": present })).await;
        assert_eq!((&detail["credential"]["ownKey"], &detail["credential"]["usable"]), (&json!(true), &json!(true)));
        let settings: Value =
            serde_json::from_slice(&fs::read(home.path().join("settings.json")).unwrap()).expect("JSON");
        assert_eq!(settings["defaultProfile"], present);
        let live = engine.ok("live", json!({})).await;
        assert_eq!(live["active"]["name"], present);
        assert_eq!(live["members"][0]["state"], "at-limit", "what it has spent today is not forgotten: {live}");
        let ha = live["routes"].as_array().unwrap().iter().find(|route| route["name"] == "ha").cloned().unwrap();
        assert_eq!(ha["pinned"], present);
        let kept = engine.ok("versions", json!({ "name": present })).await;
        assert_eq!(kept.as_array().map(Vec::len), Some(1), "{kept}");
        assert_eq!(engine.ok("versions", json!({ "name": gone })).await, json!([]));
    };
    is("neu ü", "old").await;
    engine.ok("undo", undo).await;
    is("old", "neu ü").await;
    engine.ok("rename_profile", name("old", "new")).await;
    engine.ok("rename_profile", name("ha", "list")).await;
    assert_eq!(file(&home, "list")["profiles"], json!(["new", "second"]));
    engine.stop().await;
    let engine = Running::start(home.path()).await;
    assert_eq!(engine.ok("live", json!({})).await["active"]["name"], "new", "also over a restart");
    engine.stop().await;
}

#[tokio::test]
async fn a_copy_has_no_key_neither_kept_nor_in_plain_text() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.keyed("mine", &simulator).await;
    let plain = text(&home, "mine").replace("\"context-limit\"", "\"auth-key\": \"sk-canary-123\", \"context-limit\"");
    write(&home, "plain", &plain);
    let undo = engine.ok("duplicate_profile", json!({ "from": "mine", "to": "copy" })).await;
    assert_eq!(text(&home, "copy"), text(&home, "mine"));
    let copy = engine.ok("profile", json!({ "name": "copy" })).await;
    assert_eq!(copy["credential"]["problem"], "needs_credential");
    engine.ok("undo", undo).await;
    assert!(!home.path().join("profiles/copy.json").exists());
    engine.ok("duplicate_profile", json!({ "from": "plain", "to": "copy" })).await;
    assert!(!text(&home, "copy").contains("canary"));
    assert_eq!(engine.refused("duplicate_profile", json!({ "from": "mine", "to": "copy" })).await, "profile_exists");
    engine.stop().await;
}

#[tokio::test]
async fn a_listed_profile_goes_from_its_lists_in_one_step_and_all_of_it_comes_back() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    for name in ["a", "b"] {
        engine.keyed(name, &simulator).await;
    }
    engine.ok("create_balancer", failover("one", &["a", "b"])).await;
    engine.ok("create_balancer", failover("two", &["b", "a"])).await;
    let before = [text(&home, "a"), text(&home, "one"), text(&home, "two")];
    assert_eq!(engine.refused("delete_profile", json!({ "name": "a" })).await, "profile_in_use");
    let undo = engine.ok("delete_profile", json!({ "name": "a", "fromLists": true })).await;
    assert_eq!((&file(&home, "one")["profiles"], &file(&home, "two")["profiles"]), (&json!(["b"]), &json!(["b"])));
    let last = engine.perform("delete_profile", json!({ "name": "b", "fromLists": true })).await.unwrap_err();
    assert_eq!(last.code, "profile_in_use");
    assert!(last.message.contains("no member"), "{last:?}");
    engine.ok("undo", undo).await;
    assert_eq!([text(&home, "a"), text(&home, "one"), text(&home, "two")], before);
    assert_eq!(engine.ok("test_profile", json!({ "name": "a" })).await["ok"], true, "its key is there again");
    let undo = engine.ok("delete_profile", json!({ "name": "a", "fromLists": true })).await;
    write(&home, "two", &text(&home, "two").replace("\"b\"", "\"b\", \"c\""));
    assert_eq!(engine.refused("undo", undo).await, "profile_changed");
    assert!(!home.path().join("profiles/a.json").exists(), "nothing comes back by halves");
    engine.stop().await;
}

#[tokio::test]
async fn a_conflict_loses_neither_text_and_an_earlier_one_can_be_looked_at_and_put_back() {
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    let mut draft = engine.ok("profile", json!({ "name": "mine" })).await;
    let theirs = text(&home, "mine")
        .replace("gpt-5.2", "theirs")
        .replace("\"context-limit\"", "\"auth-key\": \"sk-canary-123\", \"context-limit\"");
    write(&home, "mine", &theirs);
    draft["model"] = json!("ours");
    assert_eq!(engine.refused("save_profile", draft.clone()).await, "profile_changed");
    let now = engine.ok("profile", json!({ "name": "mine" })).await;
    assert!(now["text"].as_str().unwrap().contains("theirs"), "both texts can be shown side by side");
    draft["fingerprint"] = now["fingerprint"].clone();
    engine.ok("save_profile", draft).await;
    assert_eq!(file(&home, "mine")["model"], "ours");

    let kept = engine.ok("versions", json!({ "name": "mine" })).await;
    let of = |id: &Value| json!({ "name": "mine", "id": id });
    let version = engine.ok("version", of(&kept[0]["id"])).await;
    assert!(version["text"].as_str().unwrap().contains("theirs"), "{version}");
    assert!(version["now"].as_str().unwrap().contains("ours") && !version.to_string().contains("canary"), "{version}");
    for entry in walk(&home.path().join("data/versions")) {
        assert!(!fs::read_to_string(&entry).unwrap().contains("canary"), "{}", entry.display());
    }
    let before = text(&home, "mine");
    let undo = engine.ok("restore_version", of(&kept[0]["id"])).await;
    assert_eq!(file(&home, "mine")["model"], "theirs");
    assert!(text(&home, "mine").contains("sk-canary-123"), "the key that the file holds stays in it");
    engine.ok("undo", undo).await;
    assert_eq!(text(&home, "mine"), before);
    assert_eq!(engine.refused("version", of(&json!("1"))).await, "no_such_version");
    assert_eq!(engine.refused("restore_version", of(&json!("../../state"))).await, "no_such_version");
    engine.stop().await;
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn what_lint_finds_is_put_right_at_once_and_taken_back() {
    let home = home();
    let profile = |rest: &str| format!(r#"{{"version":1,"provider":"openai","model":"m","mine":[1,  2]{rest}}}"#);
    write(&home, "a", &profile(r#","ephemeralSettings":{"context-limit":1000}"#));
    write(&home, "b", &profile(r#","ephemeralSettings":{"context-limit":2000}"#));
    let list = |policy: &str, rest: &str| {
        format!(r#"{{"version":1,"type":"loadbalancer","policy":"{policy}","mine":[1,  2],{rest}}}"#)
    };
    write(&home, "missing", &list("failover", r#""profiles":["a","gone","b"],"contextLimit":1000"#));
    write(&home, "nested", &list("roundrobin", r#""profiles":["missing"]"#));
    write(&home, "limits", &list("failover", r#""profiles":["a","b"]"#));
    let shares = r#""profiles":[{"profile":"a","weight":-2},{"profile":"b","weight":3}],"contextLimit":1000"#;
    write(&home, "shares", &list("weighted", shares));
    write(&home, "zero", &list("weighted", &shares.replace("-2", "0")));
    let engine = Running::start(home.path()).await;
    engine.ok("set_default", json!({ "name": "zero" })).await;
    assert_eq!(engine.finding("zero", "weighted-not-for-cli").await.unwrap()["severity"], "warning");
    for (name, code, key, expected) in [
        ("missing", "missing-member", "profiles", json!(["a", "b"])),
        ("nested", "nested-balancer", "profiles", json!(["a", "gone", "b"])),
        ("limits", "context-limits-differ", "contextLimit", json!(1000)),
        ("shares", "bad-weight", "profiles", json!([{"profile":"a","weight":1},{"profile":"b","weight":3}])),
        ("zero", "bad-weight", "profiles", json!([{"profile":"a","weight":1},{"profile":"b","weight":3}])),
        ("zero", "weighted-not-for-cli", "policy", json!("roundrobin")),
    ] {
        let before = text(&home, name);
        let undo = engine.fix(name, code).await;
        assert_eq!(file(&home, name)[key], expected, "{name} {code}");
        assert!(text(&home, name).contains("[1,  2]"), "the rest stays to the byte");
        engine.ok("undo", undo).await;
        assert_eq!(text(&home, name), before);
        if name == "missing" {
            continue;
        }
        engine.fix(name, code).await;
    }
    assert_eq!(file(&home, "zero")["x-mainstay"], json!({"policy":"weighted","weights":[1,3]}));
    engine.stop().await;
}

#[tokio::test]
async fn a_key_in_plain_text_moves_into_the_store_and_serves_from_there() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", &simulator.providers()[0].base_url).await;
    let plain =
        text(&home, "mine").replace("\"context-limit\"", &format!("\"auth-key\": \"{KEY}\", \"context-limit\""));
    write(&home, "mine", &plain);
    let undo = engine.fix("mine", "plaintext-key").await;
    assert!(!text(&home, "mine").contains("auth-key"));
    for entry in walk(&home.path().join("data")) {
        assert!(!String::from_utf8_lossy(&fs::read(&entry).unwrap()).contains(KEY), "{}", entry.display());
    }
    let detail = engine.ok("profile", json!({ "name": "mine" })).await;
    assert_eq!((&detail["credential"]["ownKey"], &detail["credential"]["lastFour"]), (&json!(true), &json!("1234")));
    assert_eq!(engine.ok("test_profile", json!({ "name": "mine" })).await["ok"], true);
    engine.ok("undo", undo).await;
    assert_eq!(text(&home, "mine"), plain);
    let detail = engine.ok("profile", json!({ "name": "mine" })).await;
    assert_eq!((&detail["credential"]["ownKey"], &detail["credential"]["usable"]), (&json!(false), &json!(true)));
    engine.stop().await;
}

#[tokio::test]
async fn an_address_is_confirmed_by_its_fix_and_doubted_again_and_a_login_that_is_not_there_is_said() {
    let simulator = provider().await;
    let home = home();
    let engine = Running::start(home.path()).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    engine.ok("set_key", json!({ "profile": "mine", "key": KEY })).await;
    let mut draft = engine.ok("profile", json!({ "name": "mine" })).await;
    draft["baseUrl"] = json!(simulator.providers()[0].base_url);
    engine.ok("save_profile", draft).await;
    let elsewhere = json!({ "profile": "mine", "code": "origin-unconfirmed", "key": "https://elsewhere.example" });
    assert_eq!(engine.refused("apply_fix", elsewhere).await, "nothing_to_fix");
    let undo = engine.fix("mine", "origin-unconfirmed").await;
    assert_eq!(engine.ok("test_profile", json!({ "name": "mine" })).await["ok"], true);
    engine.ok("undo", undo).await;
    assert!(engine.finding("mine", "origin-unconfirmed").await.is_some());
    let login = r#"{"version":1,"provider":"anthropic","model":"m","auth":{"type":"oauth","buckets":["work"]}}"#;
    write(&home, "login", login);
    let finding = engine.finding("login", "login-ended").await.expect("it is found");
    assert!(finding["message"].as_str().unwrap().contains("work"), "{finding}");
    engine.stop().await;
}

#[tokio::test]
async fn a_lock_that_was_left_is_shown_and_removed_only_as_it_was_seen() {
    let home = home();
    let engine = Running::start(home.path()).await;
    assert_eq!(engine.ok("profiles_lock", json!({})).await, json!({ "holder": null }));
    let path = home.path().join("profiles/.profiles.lock");
    fs::write(&path, r#"{"pid":2147483647,"token":"t","created":"2026-01-01T00:00:00.000Z"}"#).unwrap();
    let lock = engine.ok("profiles_lock", json!({})).await;
    assert_eq!(
        (&lock["holder"]["pid"], &lock["holder"]["since"]),
        (&json!(2_147_483_647), &json!(1_767_225_600_000_u64))
    );
    #[cfg(unix)]
    assert_eq!(lock["holder"]["alive"], false);
    fs::write(&path, r#"{"pid":2147483647,"token":"u","created":"2026-01-01T00:00:00.000Z"}"#).unwrap();
    let seen = |lock: &Value| json!({ "seen": lock["holder"]["seen"] });
    assert_eq!(engine.refused("remove_lock", seen(&lock)).await, "lock_changed");
    let lock = engine.ok("profiles_lock", json!({})).await;
    engine.ok("remove_lock", seen(&lock)).await;
    assert!(!path.exists());
    engine.ok("remove_lock", seen(&lock)).await;
    engine.create("mine", "http://127.0.0.1:9/v1").await;
    engine.stop().await;
}

/// Another program writes as fast as 500 times a second, not atomically, so that the file is empty again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_changes_five_hundred_times_a_second_neither_drop_a_request_nor_lose_the_last_state() {
    const EDITS: u32 = 1500;
    let simulator = provider().await;
    let home = home();
    let engine = Arc::new(Running::start(home.path()).await);
    for name in ["a", "b"] {
        engine.keyed(name, &simulator).await;
    }
    engine.ok("create_balancer", failover("ha", &["a", "b"])).await;
    let done = Arc::new(AtomicBool::new(false));
    let (served, slowest) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let (engine, done, served, slowest) = (engine.clone(), done.clone(), served.clone(), slowest.clone());
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    let test = engine.ok("test_profile", json!({ "name": "ha" })).await;
                    assert_eq!(test["ok"], true, "{test}");
                    served.fetch_add(1, Ordering::Relaxed);
                    slowest.fetch_max(u32::try_from(test["tookMs"].as_u64().unwrap()).unwrap(), Ordering::Relaxed);
                }
            })
        })
        .collect();
    let path = home.path().join("profiles/a.json");
    let (before, list) = (text(&home, "a"), text(&home, "ha"));
    let list_path = home.path().join("profiles/ha.json");
    let writer = tokio::task::spawn_blocking(move || {
        let begun = std::time::Instant::now();
        for edit in 0..EDITS {
            // As many bytes each time, so that neither size nor, within a tick, time tells them apart.
            fs::write(&path, before.replace("200000", &format!("{}", 200_001 + edit))).expect("written");
            if edit % 50 == 0 {
                fs::write(&list_path, &list).expect("written");
            }
            let due = Duration::from_millis(2) * (edit + 1);
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        begun.elapsed()
    });
    let took = writer.await.expect("it writes");
    assert!(took < Duration::from_secs(6), "it wrote about as fast as it was to: {took:?}");
    let last = json!(200_000 + EDITS);
    assert_eq!(file(&home, "a")["ephemeralSettings"]["context-limit"], last);
    // One change more, as large as the file was before, right after the last.
    let other = text(&home, "a").replace("\"model\": \"gpt-5.2\"", "\"model\": \"gpt-5.x\"");
    write(&home, "a", &other);
    let applied = async {
        loop {
            let live = engine.ok("live", json!({})).await;
            if live["members"].as_array().is_some_and(|members| members.iter().any(|m| m["model"] == "gpt-5.x")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    engine.ok("use_now", json!({ "name": "ha" })).await;
    timeout(Duration::from_secs(10), applied).await.expect("the last state is applied");
    done.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no request was dropped");
    }
    let (served, slowest) = (served.load(Ordering::Relaxed), slowest.load(Ordering::Relaxed));
    println!("{served} requests served, the slowest in {slowest} ms");
    assert!(served > 20, "{served}");
    assert!(slowest < 2_000, "no request waited for the files: {slowest} ms");
    Arc::into_inner(engine).expect("nobody else has it").stop().await;
}
