//! Profiles by hand: made in the form, given a key, tested, used, and deleted only where nobody needs them.

use super::app::{App, TOKEN, read};
use super::page::{Page, id, labelled, said};
use crate::harness::{Home, Tongue, standard};
use mainstay_simulator::{Practice, Simulator, Speaks};
use serde_json::json;
use std::sync::Arc;

const KEY: &str = "sk-only-this-one-opens-7f3a";

/// A profile's menu, opened, and its Delete.
async fn delete(page: &Page, name: &str) {
    page.click(&id(&format!("profile-{name}"))).await;
    page.click(&format!("//section[@aria-label={name:?}]//button[@aria-label='More for {name}']")).await;
    page.click(&said("role='menuitem'", "Delete")).await;
}

#[tokio::test]
async fn a_profile_is_made_by_form_given_a_key_tested_used_and_deleted_only_when_nobody_lists_it() {
    let strict = Practice { key: Some(KEY.to_owned()), ..Practice::new("strict", Speaks::Anthropic, "claude-x") };
    let open = Practice::new("open", Speaks::OpenaiChat, "gpt-x");
    let simulator = Simulator::start(vec![strict, open]).await.expect("two providers");
    let address = |name: &str| simulator.provider(name).expect("it runs").base_url.clone();
    let home = Arc::new(Home::new());
    home.write("spare", &standard("openai", "gpt-x", &json!({ "base-url": address("open"), "auth-key": "k" })));
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;

    app.go("profiles").await;
    page.click(&id("new-profile")).await;
    let field = |label: &str| labelled("New profile", label);
    page.fill(&field("Name"), "primary").await;
    page.click(&format!("{}/option[@value='anthropic']", field("Provider"))).await;
    page.fill(&field("Model"), "claude-x").await;
    page.fill(&field("max_tokens"), "256").await;
    page.fill(&field("base-url"), &address("strict")).await;
    page.click("form[aria-label='New profile'] [data-testid=save-profile]").await;
    page.wait_for(&id("profile-primary")).await;
    let file = read(&home.profile_path("primary")).expect("its file");
    assert_eq!(file["provider"], "anthropic");
    assert_eq!(file["model"], "claude-x");
    assert_eq!(file["modelParams"], json!({ "max_tokens": 256 }));
    assert_eq!(file["ephemeralSettings"]["base-url"], address("strict"));

    let editor = |hook: &str| format!("section[aria-label=primary] {}", id(hook));
    page.fill(&editor("key-input"), KEY).await;
    page.click(&editor("key-save")).await;
    page.wait_for_text(&editor("credential"), &KEY[KEY.len() - 4..]).await;
    page.click(&editor("test-profile")).await;
    page.wait_for(&format!("{}[data-ok=true]", editor("test-result"))).await;
    page.wait_for_text(&editor("test-result"), "Simulated answer from strict").await;
    let everything = page.run("return document.documentElement.outerHTML").await;
    let everything = everything.as_str().expect("a page");
    assert!(!everything.contains(KEY) && !everything.contains(TOKEN), "a secret goes in and never comes out");
    let text = std::fs::read_to_string(home.profile_path("primary")).expect("its file");
    assert!(!text.contains(KEY), "a key is kept in the store, not in the file");

    app.go("failover").await;
    page.click(&said("button", "New load balancer")).await;
    page.fill(&labelled("New load balancer", "Name"), "both").await;
    for member in ["primary", "spare"] {
        page.click(&format!(
            "//form[@aria-label='New load balancer']//label[starts-with(normalize-space(), '{member}')]"
        ))
        .await;
    }
    page.click(&id("create-balancer")).await;
    page.click(&format!("section[aria-label=both] {}", id("use-now"))).await;
    app.go("live").await;
    page.wait_for(&id("member-primary")).await;
    let answer = app.ask_as("curl/8", Tongue::Openai, "m", "hello").await;
    assert!(answer.text(Tongue::Openai).contains("Simulated answer from strict"), "{answer:?}");
    page.wait_for(&format!("{}[data-state=serving]", id("member-primary"))).await;

    app.go("profiles").await;
    delete(page, "spare").await;
    page.wait_for("//li[@role='status' or @data-state='open'][contains(., 'both')]").await;
    assert!(home.profile_path("spare").exists(), "what a load balancer lists is not deleted");

    home.write("lonely", &standard("openai", "gpt-x", &json!({ "base-url": address("open") })));
    page.wait_for(&id("profile-lonely")).await;
    delete(page, "lonely").await;
    page.wait_until_gone(&id("profile-lonely")).await;
    assert!(!home.profile_path("lonely").exists());
    app.undo().await;
    page.wait_for(&id("profile-lonely")).await;
    assert_eq!(read(&home.profile_path("lonely")).expect("it is back")["model"], "gpt-x");
    app.close().await;
    simulator.stop().await;
}
