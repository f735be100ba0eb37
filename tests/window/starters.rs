//! A starter by point and click: each member is settled in its own way, and what stands in the window is what is written.

use super::app::{App, read};
use super::page::{id, labelled, said};
use crate::harness::{Home, standard};
use serde_json::json;
use std::sync::Arc;

const KEY: &str = "sk-typed-for-a-starter-9c1e";

/// A control of one member of a starter, by its label.
fn of(member: &str, label: &str) -> String {
    format!("//*[@id=//*[@role='group'][@aria-label={member:?}]//label[normalize-space()={label:?}]/@for]")
}

/// Says what becomes of a member.
async fn settle(app: &App, member: &str, way: &str) {
    app.page.click(&format!("{}/option[.={way:?}]", of(member, &format!("What becomes of {member}")))).await;
}

#[tokio::test]
async fn a_starter_is_settled_member_by_member_applied_and_taken_back_whole() {
    let home = Arc::new(Home::new());
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;
    // A profile of the user's own, which came by another program.
    let mine = standard("gemini", "gemini-2.5-pro", &json!({ "context-limit": 100_000 }));
    home.write("mine", &mine);

    app.go("failover").await;
    page.click(&id("from-starter")).await;
    page.wait_for(&id("starter-reliability")).await;
    assert_eq!(page.count("[data-testid^=starter-]").await, 6, "the recipe's starters");
    page.click("[aria-label='Look at Reliability first']").await;
    page.wait_for(&id("planned-ha-failover")).await;
    assert!(!home.profile_path("ha-failover").exists(), "looking writes nothing");

    // As it is, nobody could serve: pressing the button does nothing and says why.
    let form = "form[aria-label='Reliability first']";
    page.wait_for_text("#starter-verdict", "no member has a key or login").await;
    page.click(&id("apply-starter")).await;
    page.click(&format!("{}/option[@value='openai']", of("anthropic-primary", "Provider"))).await;
    page.wait_for_text(&id("planned-anthropic-primary"), "openai").await;
    page.click(&format!("{}/option[@value='anthropic']", of("anthropic-primary", "Provider"))).await;
    page.fill(&of("anthropic-primary", "Model"), "claude-opus-5").await;
    page.wait_for_text(&id("planned-anthropic-primary"), "claude-opus-5").await;
    settle(&app, "openai-backup", "Leave it out").await;
    page.wait_until_gone(&id("planned-openai-backup")).await;
    settle(&app, "gemini-fallback", "Use another profile").await;
    page.wait_until_gone(&id("planned-gemini-fallback")).await;
    page.wait_for_text(&id("planned-ha-failover"), "failover: anthropic-primary, mine").await;
    page.fill(&labelled("Reliability first", "Key for anthropic-primary"), KEY).await;
    page.wait_for_text("#starter-verdict", "only anthropic-primary could serve").await;
    for name in ["anthropic-primary", "openai-backup", "gemini-fallback", "ha-failover"] {
        assert!(!home.profile_path(name).exists(), "{name} is written by Apply only");
    }

    page.click(&id("apply-starter")).await;
    page.wait_for("section[aria-label=ha-failover]").await;
    page.wait_until_gone(form).await;
    let list = read(&home.profile_path("ha-failover")).expect("the load balancer's file");
    assert_eq!((&list["policy"], &list["profiles"]), (&json!("failover"), &json!(["anthropic-primary", "mine"])));
    let made = read(&home.profile_path("anthropic-primary")).expect("the new member's file");
    assert_eq!((&made["provider"], &made["model"]), (&json!("anthropic"), &json!("claude-opus-5")));
    assert_eq!(made["modelParams"], json!({ "temperature": 0.2, "max_tokens": 8192 }));
    assert!(!made.to_string().contains(KEY), "a key is kept in the store, not in the file");
    for name in ["openai-backup", "gemini-fallback"] {
        assert!(!home.profile_path(name).exists(), "{name} is not needed");
    }
    assert_eq!(read(&home.profile_path("mine")).expect("its file"), mine, "what is only listed stays as it was");
    let everything = page.run("return document.documentElement.outerHTML").await;
    assert!(!everything.as_str().expect("a page").contains(KEY), "a key goes in and never comes out");

    app.undo().await;
    page.wait_until_gone("section[aria-label=ha-failover]").await;
    for name in ["anthropic-primary", "ha-failover"] {
        assert!(!home.profile_path(name).exists(), "{name} is taken back");
    }
    assert_eq!(read(&home.profile_path("mine")).expect("its file"), mine);

    // The key went with the profile: one that is made again waits for its own.
    page.click(&id("from-starter")).await;
    page.click("[aria-label='Look at Reliability first']").await;
    page.wait_for(&of("anthropic-primary", "Key for anthropic-primary")).await;
    page.click(&said("button", "Cancel")).await;
    page.wait_for(&id("starter-reliability")).await;
    app.close().await;
}
