//! The log in the data folder, and the diagnostics. Alone in its file: the log is the process's.

use mainstay_engine::{Engine, LogWriter, NetworkOverrides, Options, Practice, SecretString, StoreKind, perform};
use serde_json::{Value, json};

const TOKEN: &str = "mst-canary-of-the-log-test";

async fn engine(home: &std::path::Path) -> Engine {
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        allow_remote: false,
        allow_hosts: Vec::new(),
        allow_origins: Vec::new(),
        profiles_dir: Some(home.join("profiles")),
        data_dir: home.join("data"),
        profile: None,
        secrets: Some(StoreKind::Memory),
        practice: Practice::On,
        without_keyring: false,
        token: Some(SecretString::from(TOKEN)),
        catalogue: None,
        network: NetworkOverrides::default(),
        window: None,
    };
    Engine::start(options).await.expect("the engine starts")
}

#[tokio::test]
async fn what_is_said_is_kept_without_secrets_and_read_by_level_and_word() {
    let home = tempfile::tempdir().expect("a folder for the test");
    let log = LogWriter::new();
    tracing_subscriber::fmt().with_writer(move || log).with_ansi(false).init();
    tracing::info!("said before there was a folder");
    let engine = engine(home.path()).await;
    let handle = engine.handle();
    let ask = async |operation: &str, input: Value| perform(&handle, operation, input).await.expect("an answer");
    tracing::error!("refused with {TOKEN}, oh dear");
    let said = |view: &Value| {
        let lines = view["lines"].as_array().expect("lines").iter();
        lines.map(|line| line["text"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let all = ask("logs", json!({ "level": "info", "limit": 100 })).await;
    assert!(said(&all).iter().any(|text| text.contains("said before there was a folder")), "{all}");
    let errors = ask("logs", json!({ "level": "error", "limit": 100, "text": "OH DEAR" })).await;
    assert_eq!(said(&errors).len(), 1, "{errors}");
    assert!(said(&errors)[0].contains("refused with [redacted], oh dear"), "{errors}");
    assert_eq!(errors["lines"][0]["level"], "error");
    let file = std::fs::read_to_string(home.path().join("data/logs/mainstay.log")).expect("the file");
    assert!(file.contains("oh dear") && !file.contains(TOKEN), "{file}");

    let told = ask("diagnostics", json!({})).await;
    let text = told["text"].as_str().expect("text");
    for words in
        ["Mainstay ", "Secrets: memory", "Active: practice (failover)", "practice-anthropic", "The last 20 exchanges"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains(TOKEN), "{text}");
}
