//! The leak hunt: a day in the life of the product with a secret in every place that takes one, then a search of everything
//! that it has written or said, for each secret as it is, percent-encoded and in base64.
//!
//! [`crate::secrecy`] has what a provider's answers may say; here are the other ways: logins and their tokens, commands,
//! keys found in variables and files, a proxy's password, exports, every operation that reads, and files at rest.

mod provider;

use crate::harness::{Answer, Ended, Gateway, Home, Serve, Tongue, http, standard, until};
use crate::secrecy::needles;
use provider::Provider;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// A secret for each way in. All tokens of the login have `LOGIN` in them.
const LOGIN: &str = "canary/LOGIN+oauth==~Zk1";
const BOUND: &str = "sk-canary/BOUND+hunt==~Zk2";
const PROVIDER: &str = "sk-canary/STORED+hunt==~Zk3";
const PASTED: &str = "sk-canary/PASTED+hunt==~Zk4";
const NAMED: &str = "sk-canary/NAMED+hunt==~Zk5";
const VARIABLE: &str = "sk-canary/VARIAB+hunt==~Zk6";
const DOTENV: &str = "sk-canary/DOTENV+hunt==~Zk7";
const PROXY: &str = "canary/PROXYPW+hunt==~Zk8";
const CLIENT: &str = "canary/CLIENT+hunt==~Zk9";
const CALLERS: &str = "canary/CALLERS+hunt==~Zk0";
/// What a user said to a model: in no log and no file, whatever happens to it.
const SAID: &str = "a sentence that is long enough to be known again, with canary/WORDS+hunt==~Zka";
const ALL: [&str; 11] = [LOGIN, BOUND, PROVIDER, PASTED, NAMED, VARIABLE, DOTENV, PROXY, CLIENT, CALLERS, SAID];

/// The operations that only read and need no input.
const READING: [&str; 15] = [
    "live",
    "history",
    "prices",
    "profiles",
    "profiles_lock",
    "accounts",
    "catalogue",
    "starters",
    "network",
    "export_archive",
    "statistics",
    "exchanges",
    "diagnostics",
    "gateway",
    "own_data",
];

fn found_in(hay: &str) -> Option<&'static str> {
    ALL.into_iter().find(|secret| needles(secret).iter().any(|needle| hay.contains(needle.as_str())))
}

/// Performs an operation and looks at the answer, good or bad.
async fn perform(gateway: &Gateway, operation: &str, input: &Value) -> Value {
    let answer = gateway.try_perform(operation, input).await;
    assert_eq!(found_in(&answer.body), None, "{operation}: {}", answer.body);
    answer.json()
}

async fn open(home: &Arc<Home>, provider: &Provider) -> Gateway {
    let oauth = json!({
        "authorize_url": format!("{}/authorize", provider.address), "token_url": format!("{}/token", provider.address),
        "revoke_url": format!("{}/revoke", provider.address), "token_body": "form",
        "redirect": { "host": "127.0.0.1", "ports": null },
    });
    let entry = json!({ "name": "anthropic", "base_url": provider.address, "oauth": oauth });
    let catalogue = home.file("catalogue.json", &json!({ "version": 1, "providers": [entry] }).to_string());
    let claude = |more: &Value| {
        let mut profile = standard("anthropic", "claude-sonnet-4-5-20250929", &json!({}));
        for (key, value) in more.as_object().expect("an object") {
            profile[key] = value.clone();
        }
        profile
    };
    home.write("by-login", &claude(&json!({ "auth": { "type": "oauth", "buckets": ["default"] } })));
    home.write("bound", &claude(&json!({})));
    home.write("stored", &claude(&json!({})));
    Serve::at(home)
        .args(["--secrets", "file", "--log", "trace", "--catalogue"])
        .arg(&catalogue)
        .variable("ANTHROPIC_API_KEY", VARIABLE)
        .start()
        .await
}

/// Logs in as a person does in the browser, and looks at every step that the window is shown.
async fn log_in(gateway: &Gateway) -> Value {
    let mut wait = perform(gateway, "start_login", &json!({ "provider": "anthropic", "acceptNotice": true })).await;
    let mut browsed = false;
    while ["starting", "waiting", "finishing"].contains(&wait["step"].as_str().expect("a step")) {
        if wait["step"] == "waiting" && !browsed {
            // By way of the login page, which sends the browser back to the app.
            let page = http().get(wait["address"].as_str().expect("an address")).send().await.expect("the login page");
            let ended = page.text().await.expect("the app's page");
            assert_eq!(found_in(&ended), None, "{ended}");
            browsed = true;
        }
        wait = perform(gateway, "login", &json!({ "id": wait["id"], "seen": wait["version"] })).await;
    }
    wait
}

/// Sends one user turn, with a credential of the caller's own beside the token, and looks at the answer and its trail.
async fn ask(gateway: &Gateway, profile: &str) -> u16 {
    let request = gateway.asking(Tongue::Anthropic, profile, SAID, false).bearer_auth(CALLERS);
    let answer = Answer::to(request).await;
    let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
    let seen = format!("{:?} {} {trail}", answer.headers, answer.body);
    // The user's own words may come back to them, as the provider's error quotes them; nothing else may.
    let others = seen.replace(SAID, "");
    assert_eq!(found_in(&others).filter(|secret| *secret != SAID), None, "{profile}: {seen}");
    answer.status
}

/// Looks into every file below a folder, archives unpacked.
fn search(folder: &Path, but: &[&Path]) -> usize {
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if but.contains(&path.as_path()) {
            continue;
        }
        if path.is_dir() {
            looked += search(&path, but);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert_eq!(found_in(&String::from_utf8_lossy(&bytes)), None, "{}", path.display());
        if path.extension().is_some_and(|extension| extension == "zip") {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
            for index in 0..archive.len() {
                let mut text = String::new();
                archive.by_index(index).expect("a file in it").read_to_string(&mut text).expect("text");
                assert_eq!(found_in(&text), None, "{} in {}", index, path.display());
            }
        }
        looked += 1;
    }
    looked
}

#[tokio::test]
async fn no_secret_is_found_in_anything_that_was_written_or_said_in_a_whole_days_use() {
    let provider = Provider::start(LOGIN).await;
    let home = Arc::new(Home::new());
    let dotenv = home.file("project.env", &format!("ANTHROPIC_API_KEY={DOTENV}\nOPENAI_API_KEY='{DOTENV}'\n"));
    let gateway = open(&home, &provider).await;

    // Every way in.
    perform(&gateway, "set_key", &json!({ "profile": "bound", "key": BOUND })).await;
    perform(&gateway, "set_provider_key", &json!({ "provider": "anthropic", "key": PROVIDER })).await;
    let own = json!({ "provider": "anthropic", "own": null, "clientSecret": CLIENT });
    perform(&gateway, "set_login_settings", &own).await;
    let login = json!({ "proxy": "http://127.0.0.1:9", "user": "me", "password": PROXY });
    perform(&gateway, "set_proxy_login", &login).await;
    let block = format!(
        "/provider openai\n/model gpt-5.2\n/key {PASTED}\n/profile save pasted\n/key save work {NAMED}\n/key list\n/nonsense {PASTED}"
    );
    for dry in [true, false] {
        let input = json!({ "text": block, "dryRun": dry, "keys": {}, "skip": [], "rename": {} });
        perform(&gateway, "console", &input).await;
    }
    let input = json!({ "text": block.replace("/nonsense", "# "), "dryRun": false, "keys": { "3": PASTED }, "skip": [], "rename": {} });
    perform(&gateway, "console", &input).await;
    perform(&gateway, "complete", &json!({ "line": format!("/key {PASTED}") })).await;
    for file in [Value::Null, json!(dotenv)] {
        perform(&gateway, "find_keys", &json!({ "file": file })).await;
        let keys = json!([{ "variable": "ANTHROPIC_API_KEY", "provider": "anthropic", "profile": null }]);
        perform(&gateway, "import_keys", &json!({ "file": file, "keys": keys })).await;
    }
    perform(&gateway, "set_provider_key", &json!({ "provider": "anthropic", "key": PROVIDER })).await;

    // A login that works, is refreshed, and ends.
    let login = log_in(&gateway).await;
    assert_eq!(login["step"], "done", "{login}");
    for status in [0, 401, 429, 500, 400] {
        provider.facts().status = status;
        for profile in ["by-login", "bound", "stored"] {
            let answered = ask(&gateway, profile).await;
            assert!((answered == 200) == (status == 0), "{profile}: {answered} for {status}");
        }
        perform(&gateway, "test_profile", &json!({ "name": "bound" })).await;
        perform(&gateway, "fetch_models", &json!({ "name": "bound" })).await;
    }
    provider.facts().status = 0;
    // The provider's key serves where its login is switched off.
    for enabled in [false, true] {
        perform(&gateway, "enable_login", &json!({ "provider": "anthropic", "enabled": enabled })).await;
        if !enabled {
            until("the key serves", async || (ask(&gateway, "stored").await == 200).then_some(())).await;
        }
    }
    let account = json!({ "provider": "anthropic", "account": "default" });
    perform(&gateway, "refresh_login", &account).await;
    provider.facts().ended = true;
    perform(&gateway, "refresh_login", &account).await;
    provider.facts().ended = false;
    assert_eq!(log_in(&gateway).await["step"], "done");
    let shown = provider.facts().shown.join("\n");
    for secret in [LOGIN, BOUND, PROVIDER] {
        assert!(shown.contains(secret), "{secret} was used: {shown}");
    }
    assert!(!shown.contains(CALLERS), "{shown}");

    // Every way out.
    for operation in READING {
        let input = if operation == "exchanges" { json!({ "limit": 1000 }) } else { json!({}) };
        perform(&gateway, operation, &input).await;
    }
    perform(&gateway, "logs", &json!({ "level": "trace", "limit": 2000 })).await;
    for name in ["bound", "pasted"] {
        let shown = perform(&gateway, "profile_text", &json!({ "name": name })).await;
        perform(&gateway, "read_profile_text", &json!({ "name": name, "text": shown["text"] })).await;
    }
    for format in ["csv", "json"] {
        perform(&gateway, "export_history", &json!({ "format": format })).await;
    }
    for command in ["/auth", "/auth anthropic status", "/key list", "/stats buckets", "/profile show pasted"] {
        let input = json!({ "text": command, "dryRun": false, "keys": {}, "skip": [], "rename": {} });
        perform(&gateway, "console", &input).await;
    }
    for path in ["state", "exchanges", "exchanges?limit=1000"] {
        let answer = gateway.admin(path).await;
        assert_eq!(found_in(&answer.body), None, "{path}: {}", answer.body);
    }
    perform(&gateway, "log_out", &account).await;
    perform(&gateway, "delete_profile", &json!({ "name": "pasted" })).await;

    until("the history has it", async || {
        let page = gateway.perform("exchanges", &json!({ "limit": 1000 })).await;
        (page["rows"].as_array().is_some_and(|rows| rows.len() >= 15)).then_some(())
    })
    .await;
    let Ended { stderr, stdout, .. } = gateway.stop().await;
    assert!(stderr.contains("TRACE"), "the log is at its loudest");
    assert_eq!(found_in(&stderr), None, "the log");
    assert_eq!(found_in(&stdout), None, "{stdout}");
    let looked = search(home.path(), &[&dotenv]);
    assert!(looked > 10, "only {looked} files were looked at");
    let log =
        std::fs::read_to_string(home.data().join("logs/mainstay.log")).expect("the log is kept, and was looked at");
    assert!(log.contains("TRACE"), "it is as loud as stderr");
    assert!(home.data().join("vault.json").is_file(), "the secrets are kept where they belong");
}
