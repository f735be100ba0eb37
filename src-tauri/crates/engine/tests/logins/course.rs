//! One login, to its end, however it ends.

use super::world::{World, browse};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_in_the_browser_ends_with_an_account_that_is_used() {
    let world = World::open().await;
    let wait = world.begin(&json!({})).await;
    assert_eq!((&wait["step"], &wait["method"]), (&json!("waiting"), &json!("browser")));
    let page = browse(wait["address"].as_str().unwrap()).await;
    assert!(page.contains("You can close this page"), "{page}");
    let over = world.over(&wait).await;
    assert_eq!((&over["step"], &over["address"]), (&json!("done"), &Value::Null));
    let account = world.account("default").await;
    assert_eq!((&account["state"], &account["who"]), (&json!("ready"), &json!("me@home.test")));
    assert_eq!(account["usedBy"], json!(["primary"]));
    let (status, answer) = world.request("primary").await;
    assert_eq!((status, &answer["content"][0]["text"]), (200, &json!("served me")));
    let headers = &world.facts().served[0];
    assert_eq!(headers["anthropic-beta"], "oauth-2025-04-20");
    assert!(!headers.contains_key("x-api-key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_own_client_is_asked_for_only_after_its_notice_is_accepted() {
    let world = World::open().await;
    let refused = world.perform("start_login", json!({ "provider": "anthropic" })).await.unwrap_err();
    assert_eq!(refused.code, "login_notice");
    assert!(refused.message.contains("terms"), "{refused:?}");
    world.begin(&json!({})).await;
    let again = world.perform("start_login", json!({ "provider": "anthropic" })).await;
    assert!(again.is_ok(), "it is accepted once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_can_be_pasted_and_what_is_no_code_is_said() {
    let world = World::open().await;
    let wait = world.begin(&json!({ "method": "paste" })).await;
    // The page of the provider shows the code; here it is read from the address that the browser would end on.
    let address = wait["address"].as_str().unwrap();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(address).send().await.unwrap();
    let shown = answer.headers()["location"].to_str().unwrap().to_owned();
    world.ask("paste_login_code", json!({ "id": wait["id"], "text": "not a code" })).await;
    let complained = world.until_problem(&wait).await;
    assert_eq!((&complained["problem"]["code"], &complained["step"]), (&json!("login_no_code"), &json!("waiting")));
    world.ask("paste_login_code", json!({ "id": wait["id"], "text": shown })).await;
    assert_eq!(world.over(&wait).await["step"], "done");
}

impl World {
    async fn until_problem(&self, wait: &Value) -> Value {
        let mut wait = wait.clone();
        while wait["problem"].is_null() {
            wait = self.ask("login", json!({ "id": wait["id"], "seen": wait["version"] })).await;
        }
        wait
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_another_login_is_not_taken() {
    let world = World::open().await;
    let wait = world.begin(&json!({ "method": "paste" })).await;
    world.ask("paste_login_code", json!({ "id": wait["id"], "text": "a-code#another-state" })).await;
    let over = world.over(&wait).await;
    assert_eq!((&over["step"], &over["problem"]["code"]), (&json!("failed"), &json!("login_wrong_state")));
    assert!(world.facts().grants.is_empty(), "it was not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_is_shown_and_waited_for() {
    let world = World::open().await;
    let wait = world.begin(&json!({ "method": "device" })).await;
    assert_eq!((&wait["code"], &wait["page"]), (&json!("ABCD-EFGH"), &json!("https://login.test/enter")));
    world.facts().entered = true;
    assert_eq!(world.over(&wait).await["step"], "done");
    assert_eq!(world.account("default").await["state"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_login_leaves_nothing() {
    let world = World::open().await;
    let wait = world.begin(&json!({})).await;
    let address = wait["address"].as_str().unwrap().to_owned();
    let cancelled = world.ask("cancel_login", json!({ "id": wait["id"] })).await;
    assert_eq!((&cancelled["step"], &cancelled["address"]), (&json!("cancelled"), &Value::Null));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(client.get(&address).send().await.is_err(), "nobody listens any more");
    assert_eq!(world.account("default").await, Value::Null);
    assert!(world.facts().grants.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_logins_of_one_account_the_later_counts_and_of_two_accounts_both() {
    let world = World::open().await;
    let first = world.begin(&json!({})).await;
    let other = world.begin(&json!({ "account": "work" })).await;
    let second = world.begin(&json!({})).await;
    assert_eq!(world.over(&first).await["step"], "cancelled");
    for wait in [&other, &second] {
        browse(wait["address"].as_str().unwrap()).await;
        assert_eq!(world.over(wait).await["step"], "done");
    }
    assert_eq!(world.account("work").await["state"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_fails_the_login_and_changes_nothing() {
    let world = World::open().await;
    world.facts().down = true;
    let wait = world.begin(&json!({})).await;
    browse(wait["address"].as_str().unwrap()).await;
    let over = world.over(&wait).await;
    assert_eq!((&over["step"], &over["problem"]["code"]), (&json!("failed"), &json!("login_unreachable")));
    assert_eq!(world.account("default").await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_wants_a_client_of_ones_own_says_so_and_takes_one() {
    let world = World::open().await;
    let refused = world.perform("start_login", json!({ "provider": "gemini" })).await.unwrap_err();
    assert_eq!(refused.code, "login_needs_client");
    let own = json!({ "client_id": "mine.apps", "project": "my-project", "token_url": format!("{}/token", world.address),
        "authorize_url": format!("{}/authorize", world.address) });
    world
        .ask(
            "set_login_settings",
            json!({ "provider": "gemini", "own": own.to_string(), "clientSecret": "canary-client-secret" }),
        )
        .await;
    let view = world.ask("accounts", json!({})).await;
    let gemini = view["providers"].as_array().unwrap().iter().find(|one| one["provider"] == "gemini").unwrap().clone();
    assert_eq!(
        (&gemini["login"]["needsClient"], &gemini["login"]["settings"]["clientSecret"]),
        (&json!(false), &json!(true))
    );
    assert!(!view.to_string().contains("canary"));
    let wait = world.ask("start_login", json!({ "provider": "gemini" })).await;
    let wait = world.until(&wait, |step| step != "starting").await;
    browse(wait["address"].as_str().unwrap()).await;
    assert_eq!(world.over(&wait).await["step"], "done");
    assert_eq!(world.facts().grants[0]["client_secret"], "canary-client-secret");
    let bad = world
        .perform("set_login_settings", json!({ "provider": "gemini", "own": "{\"token_url\": \"http://evil.test/\"}" }))
        .await;
    assert_eq!(bad.unwrap_err().code, "login_misconfigured");
}
