//! Accounts that stay, go, and are switched off.

use super::world::World;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_survives_a_restart_and_no_file_holds_its_tokens() {
    let mut world = World::open().await;
    world.log_in("default").await;
    world.restart().await;
    assert_eq!(world.account("default").await["who"], "me@home.test");
    assert_eq!(world.request("primary").await.0, 200);
    for (file, bytes) in world.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"), "{file}");
    }
    let view = world.ask("accounts", json!({})).await.to_string();
    assert!(!view.contains("canary"), "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_out_is_forgotten_and_the_provider_is_told() {
    let world = World::open().await;
    world.log_in("default").await;
    assert_eq!(world.facts().refresh.len(), 1);
    world.ask("log_out", json!({ "provider": "anthropic", "account": "default" })).await;
    assert_eq!(world.account("default").await, Value::Null);
    assert!(world.facts().refresh.is_empty(), "revoked");
    assert_ne!(world.request("primary").await.0, 200);
    let again = world.perform("log_out", json!({ "provider": "anthropic", "account": "default" })).await;
    assert_eq!(again.unwrap_err().code, "no_such_login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_switched_off_is_kept_and_not_used() {
    let world = World::open().await;
    world.log_in("default").await;
    world.ask("enable_login", json!({ "provider": "anthropic", "enabled": false })).await;
    assert_ne!(world.request("primary").await.0, 200);
    assert_eq!(world.account("default").await["state"], "ready");
    world.ask("enable_login", json!({ "provider": "anthropic", "enabled": true })).await;
    assert_eq!(world.request("primary").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_enable_disable_and_log_out_and_ask_for_a_login_without_waiting() {
    let world = World::open().await;
    let run = async |text: &str| world.ask("console", json!({ "text": text })).await;
    let asked = run("/auth anthropic enable\n/auth anthropic login").await;
    assert_eq!(asked["logins"], json!([{ "provider": "anthropic", "account": "default" }]));
    assert!(asked["problem"].is_null());
    world.log_in("default").await;
    let told = run("/auth anthropic status").await.to_string();
    assert!(told.contains("logged in as me@home.test, token ends in"), "{told}");
    assert_eq!(run("/auth anthropic enable").await["logins"], json!([]));
    run("/auth anthropic disable").await;
    assert_ne!(world.request("primary").await.0, 200);
    let out = run("/auth anthropic logout").await;
    assert_eq!(out["ran"][0]["output"], "default is logged out at anthropic.");
    assert_eq!(world.account("default").await, Value::Null);
    let gemini = run("/auth gemini enable").await;
    assert!(gemini["problem"].is_null(), "a login that has ended stops no block");
    assert!(gemini["ran"][0]["output"].as_str().unwrap().contains("aistudio.google.com"), "{gemini}");
    assert_eq!(run("/auth gemini login").await["problem"]["code"], "login_needs_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_by_hand_gets_new_tokens_and_a_server_that_is_down_ends_nothing() {
    let world = World::open().await;
    world.log_in("default").await;
    let name = json!({ "provider": "anthropic", "account": "default" });
    world.ask("refresh_login", name.clone()).await;
    assert!(world.account("default").await["refreshedAt"].is_u64());
    world.facts().down = true;
    assert_eq!(world.perform("refresh_login", name).await.unwrap_err().code, "login_unreachable");
    let account = world.account("default").await;
    assert_eq!((&account["state"], &account["trouble"]["code"]), (&json!("ready"), &json!("login_unreachable")));
    assert_eq!(world.request("primary").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_key_serves_its_profiles_and_shows_its_end_only() {
    let world = World::open().await;
    let view = world.ask("set_provider_key", json!({ "provider": "anthropic", "key": "sk-ant-canary-key-wxyz" })).await;
    assert!(!view.to_string().contains("canary"));
    let anthropic = view["providers"].as_array().unwrap().iter().find(|one| one["provider"] == "anthropic").unwrap();
    assert_eq!(anthropic["keys"][0]["lastFour"], "wxyz");
    let view = world.ask("delete_provider_key", json!({ "name": "anthropic" })).await;
    assert!(!view.to_string().contains("wxyz"));
}
