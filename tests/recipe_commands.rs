//! The recipe's commands through the binary, as its reader pastes them: each block runs, and the files are those that it prints.
//!
//! The recipe itself lies beside the project and may be absent; that is said, and the project's own copy is still run.

use crate::harness::{Gateway, Home, MEMBERS, Serve, Tongue, status};
use mainstay_simulator::{Practice, Simulator};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// The recipe's complete setup, for when the recipe is absent.
pub(crate) const SETUP: &str = "\
/auth anthropic enable
/auth gemini enable
/provider anthropic
/model claude-sonnet-4-5-20250929
/set modelparam max_tokens 8192
/set modelparam temperature 0.2
/set context-limit 200000
/profile save anthropic-primary
/provider openai
/key sk-your-openai-key
/model gpt-5.2
/set modelparam max_tokens 8192
/set modelparam temperature 0.2
/set context-limit 200000
/profile save openai-backup
/provider gemini
/model gemini-2.5-flash
/set modelparam max_tokens 8192
/set modelparam temperature 0.2
/set context-limit 200000
/profile save gemini-fallback
/profile save loadbalancer ha-failover failover anthropic-primary openai-backup gemini-fallback
/profile load ha-failover
/profile set-default ha-failover
";

/// The recipe, where it is there.
#[expect(clippy::print_stderr, reason = "a test that could not look must say so")]
fn recipe() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recipe.md");
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("the recipe is absent: its blocks were not run as it prints them");
    }
    text
}

/// A fenced block, and the profile that the line before it names.
struct Block {
    language: String,
    profile: Option<String>,
    text: String,
}

fn blocks(recipe: &str) -> Vec<Block> {
    let (mut blocks, mut open, mut last) = (Vec::new(), None::<Block>, String::new());
    for line in recipe.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let named = last.split_once("/profiles/").and_then(|(_, rest)| rest.split_once(".json"));
                let profile = named.map(|(name, _)| name.to_owned());
                open = Some(Block { language: language.to_owned(), profile, text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) if !line.trim().is_empty() => line.clone_into(&mut last),
            (None, None) => {}
        }
    }
    blocks
}

fn at(home: &Arc<Home>, command: &str) -> Serve {
    let serve = Serve::bare(home).arg(command).args(["--secrets", "file"]);
    serve.arg("--profiles-dir").arg(home.profiles()).arg("--data-dir").arg(home.data())
}

async fn paste(home: &Arc<Home>, text: &str) {
    let ended = at(home, "recipe").arg("-").input(text).run().await;
    assert_eq!(ended.code, Some(0), "{text}\n{ended:?}");
}

/// The file, without the empty fields that the CLI wants in a load balancer and the recipe leaves out.
fn file(home: &Home, name: &str, printed: &Value) -> Value {
    let text = std::fs::read_to_string(home.profile_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut file: Value = serde_json::from_str(&text).expect("a profile is JSON");
    for (key, empty) in
        [("provider", json!("")), ("model", json!("")), ("modelParams", json!({})), ("ephemeralSettings", json!({}))]
    {
        if printed.get(key).is_none() && file.get(key) == Some(&empty) {
            file.as_object_mut().expect("an object").remove(key);
        }
    }
    file
}

#[tokio::test]
async fn every_block_of_the_recipe_runs_and_makes_the_files_that_it_prints() {
    let Some(recipe) = recipe() else { return };
    let home = Arc::new(Home::new());
    let (mut commands, mut printed, mut nameless) = (0, 0, Vec::new());
    for block in blocks(&recipe) {
        match (block.language.as_str(), block.profile) {
            ("bash", _) => {
                paste(&home, &block.text).await;
                commands += 1;
            }
            ("json", Some(name)) => {
                let expected: Value = serde_json::from_str(&block.text).expect("the recipe prints JSON");
                assert_eq!(file(&home, &name, &expected), expected, "{name}");
                printed += 1;
            }
            ("json", None) => nameless.push(block.text),
            (other, _) => panic!("a block of a language that nobody expects: {other}"),
        }
    }
    assert!(commands >= 10 && printed == 5 && nameless.len() == 4, "{commands} {printed} {}", nameless.len());
    // The first of those without a name is what the budget's commands make.
    let budget: Value = serde_json::from_str(&nameless[0]).expect("the recipe prints JSON");
    assert_eq!(file(&home, "budget-ha", &budget), budget);
    for (n, text) in nameless.iter().enumerate() {
        home.write_text(&format!("printed-{n}"), text);
    }
    let ended = at(&home, "profiles").arg("--json").run().await;
    let profiles: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    assert_eq!(profiles["broken"], json!([]), "every block loads");
    let balancers = profiles["balancers"].as_array().expect("a list");
    assert_eq!(
        balancers.iter().filter(|row| row["name"].as_str().is_some_and(|name| name.starts_with("printed-"))).count(),
        4
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_made_overwritten_and_is_still_needed() {
    let home = Arc::new(Home::new());
    let look = async |text: &str| at(&home, "recipe").arg("--dry-run").arg("-").input(text).run().await;
    let said = look(SETUP).await.stdout;
    let created = "create openai-backup: openai, gpt-5.2, max_tokens 8192, temperature 0.2, context-limit 200000\n";
    assert!(said.contains(created), "{said}");
    assert!(said.contains("ha-failover becomes the default\n"), "{said}");
    assert!(said.contains("openai-backup needs a key: line 10 holds a placeholder\n"), "{said}");
    paste(&home, SETUP).await;
    let again =
        "/provider gemini\n/model gemini-2.5-flash\n/set modelparam max_tokens 8192\n/profile save gemini-fallback\n";
    let said = look(again).await.stdout;
    assert!(said.contains("replace gemini-fallback: temperature 0.2 removed"), "{said}");
}

/// Practice providers that take one key each, and a catalogue that leads to them.
async fn providers(home: &Home) -> (Simulator, std::path::PathBuf) {
    let practice = MEMBERS.map(|(name, speaks, model)| Practice {
        key: Some(format!("key-of-{name}")),
        ..Practice::new(name, speaks, model).true_to_model()
    });
    let simulator = Simulator::start(practice.into()).await.expect("three practice providers");
    let entries: Vec<Value> = simulator
        .providers()
        .iter()
        .map(|running| json!({ "name": running.name, "base_url": running.base_url }))
        .collect();
    let catalogue = home.file("catalogue.json", &json!({ "version": 1, "providers": entries }).to_string());
    (simulator, catalogue)
}

/// The recipe's setup with keys given, served by practice providers.
async fn set_up(home: &Arc<Home>) -> (Simulator, Gateway) {
    let (simulator, catalogue) = providers(home).await;
    paste(home, SETUP).await;
    for (provider, ..) in MEMBERS {
        let member = match provider {
            "anthropic" => "anthropic-primary",
            "openai" => "openai-backup",
            _ => "gemini-fallback",
        };
        let key = Serve::bare(home).args(["key", "set", "--secrets", "file", "--profile", member]);
        let key = key.arg("--catalogue").arg(&catalogue).arg("--profiles-dir").arg(home.profiles());
        let ended = key.arg("--data-dir").arg(home.data()).input(&format!("key-of-{provider}\n")).run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let gateway = at(home, "serve").args(["--listen", "127.0.0.1:0"]).arg("--catalogue").arg(&catalogue).start().await;
    (simulator, gateway)
}

#[tokio::test]
async fn the_recipes_setup_with_keys_given_serves_and_fails_over() {
    let home = Arc::new(Home::new());
    let (simulator, gateway) = set_up(&home).await;
    assert_eq!(gateway.ready["profile"], "ha-failover", "what was loaded serves at the next start");
    let first = gateway.ask(Tongue::Openai, "any", "hi", false).await;
    assert!(first.text(Tongue::Openai).contains("from anthropic"), "{first:?}");
    simulator.provider("anthropic").expect("it is there").set(status(503, &json!({})));
    let second = gateway.ask(Tongue::Openai, "any", "hi", false).await;
    assert!(second.text(Tongue::Openai).contains("from openai"), "{second:?}");

    // The reports tell of today, through the running engine.
    let said = at(&home, "run").arg("/stats buckets").run().await.stdout;
    assert!(said.contains("anthropic-primary") && said.contains("1 request (50 %), last used "), "{said}");
    let said = at(&home, "run").arg("/auth").run().await.stdout;
    let openai = said.lines().find(|line| line.starts_with("openai: ")).expect("a line for each provider");
    assert!(openai.ends_with(", no login, 1 request (50 %)"), "{said}");
}

#[tokio::test]
async fn a_tool_is_run_against_the_running_engine_by_its_environment_alone() {
    let home = Arc::new(Home::new());
    let (_simulator, gateway) = set_up(&home).await;
    let script = "echo \"$OPENAI_BASE_URL $OPENAI_API_KEY $ANTHROPIC_BASE_URL\"; exit 7";
    let ended = at(&home, "with").args(["--", "sh", "-c", script]).run().await;
    assert_eq!(ended.code, Some(7), "the tool's own exit code: {ended:?}");
    let words: Vec<&str> = ended.stdout.split_whitespace().collect();
    let base = format!("{}/v1", gateway.address);
    assert_eq!(words, [base.as_str(), gateway.token.as_str(), gateway.address.as_str()]);

    let idle = Arc::new(Home::new());
    let ended = at(&idle, "with").args(["--", "sh", "-c", "exit 0"]).run().await;
    assert_eq!(ended.problem()["code"], "not_running");
}

#[tokio::test]
async fn profiles_go_from_one_home_to_another_in_a_file() {
    let (home, other) = (Arc::new(Home::new()), Arc::new(Home::new()));
    paste(&home, SETUP).await;
    let archive = home.path().join("mainstay.zip");
    let ended = at(&home, "export").arg(&archive).run().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_ne!(at(&home, "export").arg(&archive).run().await.code, Some(0), "a file that is there stays");
    let looked = at(&other, "import").arg(&archive).arg("--dry-run").run().await;
    assert!(looked.stdout.contains("new      ha-failover"), "{looked:?}");
    assert!(!other.profile_path("ha-failover").exists());
    let unasked = at(&other, "import").arg(&archive).run().await;
    assert_eq!(unasked.code, Some(2), "nobody agreed: {unasked:?}");
    let ended = at(&other, "import").arg(&archive).args(["--yes", "--preferences"]).run().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for name in ["anthropic-primary", "openai-backup", "gemini-fallback", "ha-failover"] {
        assert_eq!(file(&other, name, &Value::Null), file(&home, name, &Value::Null), "{name}");
    }
    let listed = at(&other, "profiles").run().await;
    assert!(listed.stdout.contains("ha-failover (active, default)"), "{listed:?}");
}

#[tokio::test]
async fn keys_come_out_of_variables_only_when_the_user_agrees() {
    let home = Arc::new(Home::new());
    paste(&home, SETUP).await;
    let import = || at(&home, "import").arg("--env").variable("OPENAI_API_KEY", "sk-canary-0123456789");
    let looked = import().arg("--dry-run").run().await;
    assert!(looked.stdout.contains("OPENAI_API_KEY for openai\n"), "{looked:?}");
    assert_eq!(import().run().await.code, Some(2), "nobody agreed");
    let stored = import().args(["--yes", "--provider", "openai"]).run().await;
    assert!(stored.stdout.contains("stored for openai, ends in 6789"), "{stored:?}");
    for ended in [looked, stored] {
        assert!(!ended.stdout.contains("canary") && !ended.stderr.contains("canary"), "{ended:?}");
    }
    let variables = home.file("keys.env", "GEMINI_API_KEY=AIza-canary-0123456789\n");
    let stored = at(&home, "import").arg("--env").arg(&variables).arg("--yes").run().await;
    assert!(stored.stdout.contains("GEMINI_API_KEY is stored for gemini"), "{stored:?}");
    let status = at(&home, "run").arg("/auth").run().await.stdout;
    assert!(status.contains("anthropic: needs a key or login") && !status.contains("openai: needs"), "{status}");
}

#[tokio::test]
async fn a_profile_gets_another_name_in_its_lists_too_and_goes_only_with_its_places_there() {
    let home = Arc::new(Home::new());
    paste(&home, SETUP).await;
    let profiles = async |words: &[&str]| {
        let serve = words.iter().fold(Serve::bare(&home).arg("profiles"), |serve, word| serve.arg(*word));
        let serve = serve.args(["--secrets", "file"]).arg("--profiles-dir").arg(home.profiles());
        serve.arg("--data-dir").arg(home.data()).run().await
    };
    let renamed = profiles(&["rename", "openai-backup", "spare"]).await;
    assert_eq!(renamed.code, Some(0), "{renamed:?}");
    let members = |home: &Home| file(home, "ha-failover", &Value::Null)["profiles"].clone();
    assert_eq!(members(&home), json!(["anthropic-primary", "spare", "gemini-fallback"]));
    assert!(!home.profile_path("openai-backup").exists() && home.profile_path("spare").exists());
    let taken = profiles(&["rename", "spare", "gemini-fallback"]).await;
    assert_eq!(taken.problem()["code"], "profile_exists", "{taken:?}");

    let refused = profiles(&["delete", "spare"]).await;
    assert_eq!(refused.problem()["code"], "profile_in_use", "{refused:?}");
    assert!(refused.problem()["message"].as_str().is_some_and(|said| said.contains("ha-failover")), "{refused:?}");
    assert!(home.profile_path("spare").exists());
    let deleted = profiles(&["delete", "spare", "--from-lists"]).await;
    assert_eq!(deleted.code, Some(0), "{deleted:?}");
    assert_eq!(members(&home), json!(["anthropic-primary", "gemini-fallback"]));
    assert!(!home.profile_path("spare").exists());
    assert_eq!(profiles(&["delete", "spare"]).await.problem()["code"], "no_such_profile");
}
