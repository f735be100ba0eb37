//! Setting up on a real engine: starters, the user's own providers, lists of models, archives, keys from files.

#[path = "setup/starters.rs"]
mod starters;

use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, Problem, SecretString, StoreKind, perform};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

struct Desk {
    home: TempDir,
    handle: Handle,
    _engine: Engine,
}

impl Desk {
    async fn open() -> Self {
        Self::start(Practice::Off).await
    }

    async fn with_practice() -> Self {
        Self::start(Practice::On).await
    }

    async fn start(practice: Practice) -> Self {
        let home = tempfile::tempdir().expect("a folder for the test");
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: Some(home.path().join("config").join("profiles")),
            data_dir: home.path().join("data"),
            profile: None,
            secrets: Some(StoreKind::File),
            practice,
            without_keyring: false,
            token: Some(SecretString::from("a-token-of-the-test")),
            catalogue: None,
            network: NetworkOverrides::default(),
            window: None,
        };
        let engine = Engine::start(options).await.expect("the engine starts");
        Self { home, handle: engine.handle(), _engine: engine }
    }

    async fn ask(&self, operation: &str, input: Value) -> Result<Value, Problem> {
        perform(&self.handle, operation, input).await
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        self.ask(operation, input).await.unwrap_or_else(|problem| panic!("{operation}: {problem:?}"))
    }

    async fn refused(&self, operation: &str, input: Value) -> String {
        self.ask(operation, input).await.expect_err("it is refused").code
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("config").join("profiles").join(format!("{name}.json"))
    }

    fn file(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(name)).expect("the file is there")).expect("it is JSON")
    }

    fn write(&self, name: &str, profile: &Value) {
        fs::write(self.path(name), profile.to_string()).expect("a profile file");
    }

    fn count(&self) -> usize {
        let entries = fs::read_dir(self.home.path().join("config").join("profiles")).expect("the folder");
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "json")))
            .count()
    }

    async fn provider(&self, name: &str) -> Option<Value> {
        let list = self.ok("catalogue", json!({})).await;
        list.as_array().expect("a list").iter().find(|provider| provider["name"] == name).cloned()
    }
}

fn choices(action: &str, names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "name": name, "action": action })).collect()
}

/// The recipe's three profiles and their list, with a key for the first of them.
fn trio() -> Value {
    let keys = json!([{ "profile": "anthropic-primary", "key": "sk-ant-0123456789" }]);
    json!({ "id": "reliability", "members": choices("create", &TRIO), "keys": keys })
}

const TRIO: [&str; 3] = ["anthropic-primary", "openai-backup", "gemini-fallback"];

#[tokio::test]
async fn own_providers_lie_beside_the_shipped_ones() {
    let desk = Desk::open().await;
    let draft = json!({
        "name": "mine", "title": null, "dialect": "openai-chat", "baseUrl": "http://127.0.0.1:9/v1", "needsKey": false,
        "variables": [], "models": [{ "id": "m", "contextWindow": 1000, "maxOutput": null }],
    });
    desk.ok("add_provider", draft.clone()).await;
    let mine = desk.provider("mine").await.expect("it is there");
    assert_eq!(
        (&mine["own"], &mine["needsKey"], &mine["models"][0]["contextWindow"]),
        (&json!(true), &json!(false), &json!(1000))
    );
    assert_eq!((&mine["keyHeader"], &mine["trainsOn"]), (&json!("bearer"), &Value::Null));
    let mut other = draft.clone();
    other["keyHeader"] = "x-api-key".into();
    desk.ok("add_provider", other).await;
    assert_eq!(desk.provider("mine").await.expect("it is there")["keyHeader"], "x-api-key");
    assert_eq!(desk.provider("gemini").await.expect("it ships")["trainsOn"], "its free tier");
    let mut shipped = draft.clone();
    shipped["name"] = "openai".into();
    assert_eq!(desk.refused("add_provider", shipped).await, "provider_exists");
    let mut bad = draft.clone();
    bad["baseUrl"] = "nowhere".into();
    assert_eq!(desk.refused("add_provider", bad).await, "bad_provider");

    let block = "/provider mine\n/model m\n/profile save local";
    assert_eq!(desk.ok("console", json!({ "text": block })).await["problem"], Value::Null);
    let profile = desk.ok("profile", json!({ "name": "local" })).await;
    assert_eq!(profile["credential"]["usable"], true, "it needs no key: {profile}");
    assert_eq!(desk.refused("remove_provider", json!({ "name": "mine" })).await, "provider_in_use");
    desk.ok("delete_profile", json!({ "name": "local" })).await;
    desk.ok("remove_provider", json!({ "name": "mine" })).await;
    assert!(desk.provider("mine").await.is_none());
    assert_eq!(desk.refused("remove_provider", json!({ "name": "openai" })).await, "no_such_provider");
}

/// Answers every request with this, and says what it was asked.
async fn answering(body: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.expect("a request");
            request.extend_from_slice(&piece[..read]);
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.expect("an answer");
        String::from_utf8(request).expect("a request is text")
    });
    (address, asked)
}

#[tokio::test]
async fn a_providers_own_list_is_fetched_with_the_profiles_key_and_kept() {
    let desk = Desk::open().await;
    let (address, asked) = answering(r#"{"data":[{"id":"zeta"},{"id":"alpha","context_length":9000}]}"#).await;
    desk.write(
        "p",
        &json!({
            "version": 1, "provider": "openai", "model": "gpt-5.2", "modelParams": {},
            "ephemeralSettings": { "base-url": format!("{address}/v1"), "auth-key": "canary-key" },
        }),
    );
    // Any change makes the engine read the folder at once.
    desk.ok("console", json!({ "text": "/provider openai\n/model gpt-5.2\n/profile save other" })).await;
    let fetched = desk.ok("fetch_models", json!({ "name": "p" })).await;
    assert_eq!(fetched["models"][0], json!({ "id": "alpha", "contextWindow": 9000, "maxOutput": null }));
    let request = asked.await.expect("it was asked").to_lowercase();
    assert!(
        request.starts_with("get /v1/models ") && request.contains("authorization: bearer canary-key"),
        "{request}"
    );
    let provider = desk.provider("openai").await.expect("it is there");
    assert_eq!(provider["fetched"].as_array().expect("a list").len(), 2);
    assert!(provider["fetchedAt"].is_u64());
    let kept = fs::read_to_string(desk.home.path().join("data/models/openai.json")).expect("it is kept");
    assert!(!kept.contains("canary"));
    assert_eq!(desk.refused("fetch_models", json!({ "name": "other" })).await, "needs_credential");
}

#[tokio::test]
async fn an_export_holds_no_secret_and_comes_back_as_it_was() {
    let desk = Desk::open().await;
    desk.ok("apply_starter", trio()).await;
    desk.write(
        "plain",
        &json!({
            "version": 1, "provider": "openai", "model": "gpt-5.2", "modelParams": {},
            "ephemeralSettings": { "auth-key": "sk-canary", "custom-headers": { "x-team": "canary" } },
        }),
    );
    desk.ok("set_key", json!({ "profile": "openai-backup", "key": "sk-canary-0123456789" })).await;
    desk.ok("set_default", json!({ "name": "ha-failover" })).await;
    desk.ok("set_retention", json!({ "days": 7, "mebibytes": 64 })).await;
    let made = desk.ok("export_archive", json!({})).await;
    assert_eq!(made["profiles"], 5);
    assert_eq!(made["leftOut"].as_array().expect("a list").len(), 2, "{made}");
    let path = made["path"].as_str().expect("a path");

    let other = Desk::open().await;
    let view = other.ok("preview_import", json!({ "path": path })).await;
    let files: Vec<&str> = view["files"].as_array().unwrap().iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(files.len(), 5);
    assert!(view["files"].as_array().unwrap().iter().all(|file| file["state"] == "new"), "{view}");
    assert_eq!(other.count(), 0, "looking writes nothing");
    let input = json!({ "path": path, "fingerprint": view["fingerprint"], "files": files, "preferences": ["default", "retention"] });
    let mut stale = input.clone();
    stale["fingerprint"] = "another".into();
    assert_eq!(other.refused("import_archive", stale).await, "archive_changed");
    let outcome = other.ok("import_archive", input).await;
    assert_eq!((&outcome["preferences"], &outcome["problems"]), (&json!(["default", "retention"]), &json!([])));
    assert_eq!(other.file("ha-failover"), desk.file("ha-failover"));
    assert_eq!(other.file("anthropic-primary"), desk.file("anthropic-primary"));
    assert!(!other.file("plain").to_string().contains("canary"));
    assert_eq!(other.ok("history", json!({})).await["retention"]["days"], 7);
    let again = other.ok("preview_import", json!({ "path": path })).await;
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["state"] == "same"), "{again}");
    other.ok("undo", outcome["undo"].clone()).await;
    assert_eq!(other.count(), 0);

    // At home the file's own secrets stay: the archive has none, and the address is the same.
    let home = desk.ok("preview_import", json!({ "path": path })).await;
    let plain = home["files"].as_array().unwrap().iter().find(|file| file["name"] == "plain").unwrap();
    assert_eq!(plain["state"], "same", "{plain}");
}

#[tokio::test]
async fn an_archive_that_moves_an_address_never_keeps_the_key_beside_it() {
    let desk = Desk::open().await;
    let profile = |url: &str, key: Option<&str>| {
        let mut settings = json!({ "base-url": url });
        if let Some(key) = key {
            settings["auth-key"] = key.into();
        }
        json!({ "version": 1, "provider": "openai", "model": "m", "modelParams": {}, "ephemeralSettings": settings })
    };
    desk.write("p", &profile("https://elsewhere.example/v1", None));
    let made = desk.ok("export_archive", json!({})).await;
    let path = made["path"].as_str().expect("a path");
    desk.write("p", &profile("https://home.example/v1", Some("canary")));
    let view = desk.ok("preview_import", json!({ "path": path })).await;
    let file = &view["files"][0];
    assert_eq!((&file["state"], &file["address"]), (&json!("differs"), &json!("https://elsewhere.example/v1")));
    assert!(file["details"].to_string().contains("auth-key … removed"), "{file}");
    let input = json!({ "path": path, "fingerprint": view["fingerprint"], "files": ["p"], "preferences": [] });
    desk.ok("import_archive", input).await;
    assert!(!desk.file("p").to_string().contains("canary"));
}

#[tokio::test]
async fn a_profile_that_differs_is_imported_beside_the_one_here_and_its_list_follows() {
    let desk = Desk::open().await;
    desk.ok("apply_starter", trio()).await;
    let made = desk.ok("export_archive", json!({})).await;
    let path = made["path"].as_str().expect("a path");

    let other = Desk::open().await;
    let here =
        json!({ "version": 1, "provider": "openai", "model": "mine", "modelParams": {}, "ephemeralSettings": {} });
    other.write("openai-backup", &here);
    let view = other.ok("preview_import", json!({ "path": path })).await;
    let input = |name: &str| {
        json!({
            "path": path, "fingerprint": view["fingerprint"], "preferences": [],
            "files": ["anthropic-primary", "gemini-fallback", "ha-failover", "openai-backup"],
            "names": { "openai-backup": name },
        })
    };
    assert_eq!(other.refused("import_archive", input("gemini-fallback")).await, "profile_exists");
    assert_eq!(other.count(), 1, "all or nothing");
    other.ok("import_archive", input(" openai-work ")).await;
    assert_eq!(other.file("openai-backup"), here);
    assert_eq!(other.file("openai-work"), desk.file("openai-backup"));
    let members = other.file("ha-failover")["profiles"].clone();
    assert_eq!(members, json!(["anthropic-primary", "openai-work", "gemini-fallback"]));
}

#[tokio::test]
async fn a_hostile_or_damaged_archive_is_refused_and_nothing_is_written() {
    let desk = Desk::open().await;
    let path = desk.home.path().join("bad.zip");
    for bytes in [&b"PK\x03\x04 nothing"[..], b"", b"{}"] {
        fs::File::create(&path).and_then(|mut file| file.write_all(bytes)).expect("a file");
        assert_eq!(desk.refused("preview_import", json!({ "path": path })).await, "archive_bad");
    }
    assert_eq!(desk.refused("preview_import", json!({ "path": desk.home.path() })).await, "archive_unreadable");
    assert_eq!(desk.refused("preview_import", json!({ "path": "/nowhere/x.zip" })).await, "archive_unreadable");
    assert_eq!(desk.count(), 0);
}

#[tokio::test]
async fn keys_of_a_file_are_found_by_name_and_stored_where_the_user_says() {
    let desk = Desk::open().await;
    desk.ok("apply_starter", trio()).await;
    let file = desk.home.path().join(".env");
    fs::write(
        &file,
        "export OPENAI_API_KEY='sk-canary-0123456789'\nGEMINI_API_KEY=AIza-canary-0123\nUNRELATED=canary\n",
    )
    .expect("a file");
    let found = desk.ok("find_keys", json!({ "file": file })).await;
    assert!(!found.to_string().contains("canary") && !found.to_string().contains("UNRELATED"), "{found}");
    let openai = found.as_array().unwrap().iter().find(|key| key["provider"] == "openai").expect("it is found");
    assert_eq!(openai["waiting"], json!([{ "name": "openai-backup", "host": "api.openai.com" }]));
    assert_eq!((&openai["host"], &openai["lastFour"]), (&json!("api.openai.com"), &json!("6789")));
    let usable = async |name: &str| desk.ok("profile", json!({ "name": name })).await["credential"]["usable"].clone();
    assert_eq!(usable("openai-backup").await, false, "finding stores nothing");
    let keys = json!([
        { "variable": "OPENAI_API_KEY", "provider": "openai", "profile": null },
        { "variable": "GEMINI_API_KEY", "provider": null, "profile": "gemini-fallback" },
    ]);
    let stored = desk.ok("import_keys", json!({ "file": file, "keys": keys })).await;
    assert!(!stored.to_string().contains("canary"), "{stored}");
    assert_eq!(stored[0]["lastFour"], "6789");
    assert_eq!((usable("openai-backup").await, usable("gemini-fallback").await), (json!(true), json!(true)));
    let unknown = json!([{ "variable": "UNRELATED", "provider": "openai", "profile": null }]);
    assert_eq!(desk.refused("import_keys", json!({ "file": file, "keys": unknown })).await, "key_missing");
}
