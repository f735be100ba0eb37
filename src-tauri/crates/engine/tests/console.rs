//! The recipe's commands on a real engine: the files are the recipe's, and what is wrong is said with its line.

use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, SecretString, StoreKind, perform};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The recipe's complete setup.
const SETUP: &str = "\
# 1. Logins for the free providers
/auth anthropic enable
/auth gemini enable

# 2. Claude
/provider anthropic
/model claude-sonnet-4-5-20250929
/set modelparam max_tokens 8192
/set modelparam temperature 0.2
/set context-limit 200000
/profile save anthropic-primary

# 3. OpenAI
/provider openai
/key sk-your-openai-key
/model gpt-5.2
/set modelparam max_tokens 8192
/set modelparam temperature 0.2
/set context-limit 200000
/profile save openai-backup

# 4. Gemini
/provider gemini
/model gemini-2.5-flash
/set modelparam max_tokens 8192
/set context-limit 200000
/profile save gemini-fallback

# 5. All of them
/profile save loadbalancer ha-failover failover anthropic-primary openai-backup gemini-fallback

# 6. In use
/profile load ha-failover
/profile set-default ha-failover
";

struct Console {
    home: TempDir,
    handle: Handle,
    _engine: Engine,
}

impl Console {
    async fn open() -> Self {
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
            practice: Practice::Off,
            without_keyring: false,
            token: Some(SecretString::from("a-token-of-the-test")),
            catalogue: None,
            network: NetworkOverrides::default(),
            window: None,
        };
        let engine = Engine::start(options).await.expect("the engine starts");
        Self { home, handle: engine.handle(), _engine: engine }
    }

    async fn perform(&self, input: Value) -> Value {
        perform(&self.handle, "console", input).await.expect("the console answers")
    }

    /// Runs a block that is to succeed, and returns what its lines said.
    async fn run(&self, text: &str) -> Vec<String> {
        let output = self.perform(json!({ "text": text })).await;
        assert_eq!(output["problem"], Value::Null, "{output}");
        let ran = output["ran"].as_array().expect("a list");
        ran.iter().map(|ran| ran["output"].as_str().expect("words").to_owned()).collect()
    }

    /// Runs a block that is to fail: at which line, and why.
    async fn fails(&self, text: &str) -> (u64, String) {
        let output = self.perform(json!({ "text": text })).await;
        let problem = &output["problem"];
        let line = output["failed_line"].as_u64().unwrap_or_else(|| panic!("it did not fail: {output}"));
        (line, format!("{} {}", problem["message"], problem["hint"]))
    }

    fn profiles(&self) -> std::path::PathBuf {
        self.home.path().join("config").join("profiles")
    }

    fn file(&self, name: &str) -> Value {
        read(&self.profiles().join(format!("{name}.json")))
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("the file is there")).expect("the file is JSON")
}

#[tokio::test]
async fn the_recipes_setup_pasted_whole_makes_the_recipes_files() {
    let console = Console::open().await;
    console.run(SETUP).await;
    assert_eq!(
        console.file("anthropic-primary"),
        json!({
            "version": 1, "provider": "anthropic", "model": "claude-sonnet-4-5-20250929",
            "modelParams": { "temperature": 0.2, "max_tokens": 8192 }, "ephemeralSettings": { "context-limit": 200_000 },
        })
    );
    assert_eq!(
        console.file("ha-failover"),
        json!({
            "version": 1, "type": "loadbalancer", "policy": "failover",
            "profiles": ["anthropic-primary", "openai-backup", "gemini-fallback"],
            "provider": "", "model": "", "modelParams": {}, "ephemeralSettings": {},
        })
    );
    assert_eq!(read(&console.home.path().join("config").join("settings.json"))["defaultProfile"], "ha-failover");
    let live = perform(&console.handle, "live", json!({})).await.expect("live");
    assert_eq!(live["active"]["name"], "ha-failover");
    // The same again changes nothing.
    let output = console.perform(json!({ "text": SETUP })).await;
    let kinds: Vec<&str> =
        output["changes"].as_array().expect("a list").iter().map(|change| change["kind"].as_str().unwrap()).collect();
    assert!(!kinds.contains(&"replace") && !kinds.contains(&"create"), "{kinds:?}");
}

#[tokio::test]
async fn a_block_is_looked_at_before_it_runs_and_nothing_is_written_by_that() {
    let console = Console::open().await;
    let output = console.perform(json!({ "text": SETUP, "dryRun": true })).await;
    assert_eq!(output["problem"], Value::Null, "{output}");
    let changes = output["changes"].as_array().expect("a list");
    let created: Vec<&str> = changes
        .iter()
        .filter(|change| change["kind"] == "create")
        .map(|change| change["name"].as_str().unwrap())
        .collect();
    assert_eq!(created, ["anthropic-primary", "openai-backup", "gemini-fallback", "ha-failover"]);
    assert_eq!(fs::read_dir(console.profiles()).expect("the folder").count(), 0);

    console.run(SETUP).await;
    let again = "/provider gemini\n/model gemini-2.5-pro\n/profile save gemini-fallback";
    let output = console.perform(json!({ "text": again, "dryRun": true })).await;
    assert_eq!(
        output["changes"][0]["details"],
        json!([
            "model gemini-2.5-flash becomes gemini-2.5-pro",
            "max_tokens 8192 removed",
            "context-limit 200000 removed"
        ])
    );
    assert_eq!(console.file("gemini-fallback")["model"], "gemini-2.5-flash");
}

#[tokio::test]
async fn a_mistake_is_named_with_its_line_before_anything_runs() {
    let console = Console::open().await;
    let (line, why) = console.fails("/provider openai\n/model gpt-5.2\n/profile sav x").await;
    assert_eq!(line, 3);
    assert!(why.contains("/profile save NAME"), "{why}");
    let (line, why) = console.fails("/provider openai\n\n/profile save x").await;
    assert_eq!(line, 3);
    assert!(why.contains("/model"), "{why}");
    let (_, why) = console.fails("/profile save loadbalancer ha failover nobody somebody").await;
    assert!(why.contains("nobody"), "{why}");
    let (_, why) = console.fails("/provider opneai").await;
    assert!(why.contains("anthropic"), "{why}");
    assert_eq!(fs::read_dir(console.profiles()).expect("the folder").count(), 0);
}

#[tokio::test]
async fn a_key_goes_into_the_store_bound_to_its_profile_and_is_never_said() {
    let console = Console::open().await;
    let block = "/provider openai\n/key sk-canary-0123456789abcd\n/model gpt-5.2\n/profile save mine\n/key list";
    let output = console.perform(json!({ "text": block })).await;
    assert!(!output.to_string().contains("canary"), "{output}");
    assert!(output.to_string().contains("ends in abcd"), "{output}");
    let profile = perform(&console.handle, "profile", json!({ "name": "mine" })).await.expect("it is there");
    assert_eq!(profile["credential"]["usable"], true);
    for entry in fs::read_dir(console.profiles()).expect("the folder") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        assert!(!text.contains("canary"));
    }
    // A placeholder saves a profile that needs a key; the real one may come beside the block.
    let block = "/provider gemini\n/key your-gemini-key\n/model gemini-2.5-flash\n/profile save g";
    assert!(console.run(block).await.concat().contains("needs a key"));
    let output = console.perform(json!({ "text": block, "keys": { "2": "AIza-canary-0123456789" } })).await;
    assert_eq!(output["problem"], Value::Null, "{output}");
    let profile = perform(&console.handle, "profile", json!({ "name": "g" })).await.expect("it is there");
    assert_eq!(profile["credential"]["usable"], true);
}

#[tokio::test]
async fn keys_are_kept_under_names_and_used_from_there() {
    let console = Console::open().await;
    let block =
        "/key save work sk-canary-0123456789abcd\n/provider openai\n/key load work\n/model gpt-5.2\n/profile save a";
    console.run(block).await;
    let profile = perform(&console.handle, "profile", json!({ "name": "a" })).await.expect("it is there");
    assert_eq!(profile["credential"]["usable"], true);
    assert_eq!(console.run("/key delete work").await, ["work is forgotten."]);
    assert!(console.fails("/provider openai\n/key load work").await.1.contains("/key list"));
}

#[tokio::test]
async fn weights_are_written_as_the_recipe_has_them() {
    let console = Console::open().await;
    console.run(SETUP).await;
    console.run("/profile save loadbalancer w weighted anthropic-primary:70 openai-backup:20 gemini-fallback:10").await;
    assert_eq!(
        console.file("w"),
        json!({
            "version": 1, "type": "loadbalancer", "policy": "weighted",
            "profiles": [
                { "profile": "anthropic-primary", "weight": 70 },
                { "profile": "openai-backup", "weight": 20 },
                { "profile": "gemini-fallback", "weight": 10 },
            ],
        })
    );
}

#[tokio::test]
async fn the_reports_say_who_serves_and_what_is_wrong() {
    let console = Console::open().await;
    console.run(SETUP).await;
    let said = console.run("/stats buckets\n/auth\n/stats lb\n/stats quota\n/profile list\n/help").await;
    assert!(said[0].starts_with("ha-failover is active"), "{}", said[0]);
    assert!(said[0].contains("openai-backup"), "{}", said[0]);
    assert!(said[1].contains("anthropic: needs a key or login, no login (logins allowed"), "{}", said[1]);
    assert!(said[1].contains("openai: needs a key or login, no login, no requests today"), "{}", said[1]);
    assert!(said[2].contains("ha-failover (failover)"), "{}", said[2]);
    assert!(said[4].contains("ha-failover (active, default)"), "{}", said[4]);
    console.run("/profile set-default none").await;
    let settings = read(&console.home.path().join("config").join("settings.json"));
    assert!(settings.get("defaultProfile").is_none(), "{settings}");
    assert!(console.fails("/profile delete openai-backup").await.1.contains("ha-failover"));
    let offered = perform(&console.handle, "complete", json!({ "line": "/profile load ha" })).await.expect("an answer");
    assert_eq!(offered[0]["word"], "ha-failover");
}

/// The changes of an answer: line, kind and name.
fn changes(output: &Value) -> Vec<(u64, String, String)> {
    let text = |change: &Value, key: &str| change[key].as_str().expect("a text").to_owned();
    let changes = output["changes"].as_array().expect("a list").iter();
    changes
        .map(|change| (change["line"].as_u64().expect("a line"), text(change, "kind"), text(change, "name")))
        .collect()
}

/// The line of the setup that says this.
fn line(text: &str) -> u64 {
    SETUP.lines().position(|each| each == text).expect("the setup has it") as u64 + 1
}

#[tokio::test]
async fn what_is_created_is_told_and_what_serves_is_told_with_what_served_before() {
    let console = Console::open().await;
    console.run("/provider gemini\n/model gemini-2.5-pro\n/profile save before\n/profile load before").await;
    let output = console.perform(json!({ "text": SETUP, "dryRun": true })).await;
    let all = output["changes"].as_array().expect("a list");
    let of = |name: &str, kind: &str| {
        let found = all.iter().find(|change| change["name"] == name && change["kind"] == kind);
        found.unwrap_or_else(|| panic!("{name}: {output}"))["details"].clone()
    };
    assert_eq!(
        of("openai-backup", "create"),
        json!(["openai", "gpt-5.2", "max_tokens 8192", "temperature 0.2", "context-limit 200000"])
    );
    assert_eq!(of("ha-failover", "create"), json!(["failover: anthropic-primary, openai-backup, gemini-fallback"]));
    assert_eq!(of("ha-failover", "load"), json!(["in place of before"]));
    assert_eq!(of("ha-failover", "default"), json!([]));
    console.run(SETUP).await;
    let again = console.perform(json!({ "text": SETUP, "dryRun": true })).await;
    let kinds: Vec<String> = changes(&again).into_iter().map(|(_, kind, _)| kind).collect();
    assert!(kinds.iter().all(|kind| kind == "login"), "{kinds:?}");
}

#[tokio::test]
async fn lines_are_passed_over_and_what_they_would_have_saved_is_missed_where_it_is_named() {
    let console = Console::open().await;
    let save = line("/profile save openai-backup");
    let list = line("/profile save loadbalancer ha-failover failover anthropic-primary openai-backup gemini-fallback");
    let output = console.perform(json!({ "text": SETUP, "dryRun": true, "skip": [save] })).await;
    assert_eq!(output["failed_line"], list);
    assert!(output["problem"]["message"].as_str().expect("words").contains("openai-backup"), "{output}");

    let rest = [save, list, list + 3, list + 4];
    let output = console.perform(json!({ "text": SETUP, "skip": rest })).await;
    assert_eq!(output["problem"], Value::Null, "{output}");
    assert!(!console.profiles().join("openai-backup.json").exists());
    assert_eq!(console.file("gemini-fallback")["provider"], "gemini");

    // A mistyped line that is passed over is no mistake, and a key goes to no other profile than its own.
    let block =
        "/provider openai\n/key sk-canary-0123456789\n/model gpt-5.2\n/profile save one\n/profle\n/profile save two";
    let output = console.perform(json!({ "text": block, "skip": [4, 5] })).await;
    assert_eq!(output["problem"], Value::Null, "{output}");
    let profile = perform(&console.handle, "profile", json!({ "name": "two" })).await.expect("it is there");
    assert_eq!(profile["credential"]["ownKey"], false, "{profile}");
}

#[tokio::test]
async fn a_profile_is_saved_under_another_name_and_what_names_it_follows() {
    let console = Console::open().await;
    console.run(SETUP).await;
    let save = line("/profile save gemini-fallback");
    let list = line("/profile save loadbalancer ha-failover failover anthropic-primary openai-backup gemini-fallback");
    let rename = json!({ save.to_string(): "gemini-two", list.to_string(): "ha-two" });
    let output = console.perform(json!({ "text": SETUP, "dryRun": true, "rename": rename })).await;
    let told = changes(&output);
    assert!(told.contains(&(save, "create".to_owned(), "gemini-two".to_owned())), "{told:?}");
    assert!(told.contains(&(list + 3, "load".to_owned(), "ha-two".to_owned())), "{told:?}");
    let output = console.perform(json!({ "text": SETUP, "rename": rename })).await;
    assert_eq!(output["problem"], Value::Null, "{output}");
    assert_eq!(console.file("ha-two")["profiles"], json!(["anthropic-primary", "openai-backup", "gemini-two"]));
    assert_eq!(read(&console.home.path().join("config").join("settings.json"))["defaultProfile"], "ha-two");
    // A later line that saves under the first name means that one from there on.
    let twice = "/provider gemini\n/model gemini-2.5-pro\n/profile save a\n/profile save a\n/profile load a";
    let output = console.perform(json!({ "text": twice, "dryRun": true, "rename": { "3": "b" } })).await;
    let names: Vec<String> = changes(&output).into_iter().map(|(_, _, name)| name).collect();
    assert_eq!(names, ["b", "a", "a"]);
    // A name that can't be one is told at its line.
    let output = console.perform(json!({ "text": twice, "dryRun": true, "rename": { "3": "a/b" } })).await;
    assert_eq!(output["failed_line"], 3);
}

#[tokio::test]
async fn a_placeholder_asks_for_the_key_of_the_profile_that_is_saved_with_it() {
    let console = Console::open().await;
    let key = line("/key sk-your-openai-key");
    let wanted = |kept: bool| json!([{ "line": key, "provider": "openai", "name": "openai-backup", "kept": kept }]);
    let output = console.perform(json!({ "text": SETUP, "dryRun": true })).await;
    assert_eq!(output["wanted"], wanted(false));
    let skip = [line("/profile save openai-backup")];
    let output = console.perform(json!({ "text": SETUP, "dryRun": true, "skip": skip })).await;
    assert_eq!(output["wanted"], json!([]), "nothing is saved with it");
    let output = console.perform(json!({ "text": SETUP, "keys": { key.to_string(): "sk-canary-0123456789" } })).await;
    assert_eq!(output["problem"], Value::Null, "{output}");
    assert!(!output.to_string().contains("canary"));
    // The same again without a key: the one that is kept stays, and that is what is said.
    let output = console.perform(json!({ "text": SETUP, "dryRun": true })).await;
    assert_eq!(output["wanted"], wanted(true));
    let said = console.run(SETUP).await.concat();
    assert!(said.contains("openai-backup is saved, with what it has already"), "{said}");
    let profile = perform(&console.handle, "profile", json!({ "name": "openai-backup" })).await.expect("it is there");
    assert_eq!(profile["credential"]["lastFour"], "6789");
    let named = console
        .perform(json!({ "text": "/key save work your-gemini-key\n/provider gemini\n/key load work", "dryRun": true }));
    assert_eq!(named.await["wanted"][0]["name"], "work");
}

#[tokio::test]
async fn a_block_is_taken_back_whole() {
    let console = Console::open().await;
    console.run("/provider gemini\n/model gemini-2.5-pro\n/profile save gemini-fallback").await;
    let before = console.file("gemini-fallback");
    let output = console.perform(json!({ "text": SETUP })).await;
    perform(&console.handle, "undo", output["undo"].clone()).await.expect("it is taken back");
    assert_eq!(console.file("gemini-fallback"), before);
    assert_eq!(fs::read_dir(console.profiles()).expect("the folder").count(), 1);
    let looked = console.perform(json!({ "text": SETUP, "dryRun": true })).await;
    assert_eq!(looked["undo"], Value::Null);
}

#[tokio::test]
async fn reports_come_as_tables_too() {
    let console = Console::open().await;
    console.run(SETUP).await;
    let output =
        console.perform(json!({ "text": "/stats buckets\n/auth\n/stats lb\n/profile list\n/help\n/model x" })).await;
    let report = |at: usize| &output["ran"][at]["report"];
    assert_eq!(report(0)["columns"][0], "Member");
    assert!(report(0)["lead"].as_str().expect("words").starts_with("ha-failover is active"), "{output}");
    let openai: Vec<&Value> =
        report(1)["rows"].as_array().expect("rows").iter().filter(|row| row[0] == "openai").collect();
    assert_eq!(openai[0][2], "needs a key or login");
    assert_eq!(report(2)["rows"].as_array().expect("rows").len(), 3);
    assert!(
        report(3)["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .any(|row| row[0] == "ha-failover" && row[3] == "active, default")
    );
    assert_eq!(report(4)["columns"], json!(["Command", "Meaning"]));
    assert_eq!(*report(5), Value::Null);
    for at in 0..5 {
        let columns = report(at)["columns"].as_array().expect("columns").len();
        assert!(
            report(at)["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .all(|row| row.as_array().expect("a row").len() == columns)
        );
    }
}
