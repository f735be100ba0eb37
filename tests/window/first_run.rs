//! The first run in the real window: from empty folders by the recipe's three steps to the first request of a tool, and a
//! failover that is seen. Only the addresses are not the vendors'.

use super::app::App;
use super::page::{id, said};
use super::reach::{bring, look};
use super::screenshots::{keep, still};
use crate::harness::{Home, MEMBERS, Tongue, Trio};
use serde_json::json;
use std::sync::Arc;

const TYPED: &str = "sk-ant-typed-at-the-first-run-4d2a";
const FOUND: &str = "sk-found-in-the-environment-77c1";

/// A button of the present step.
fn of_step(step: &str, words: &str) -> String {
    format!("//*[@data-testid='guide-{step}']//button[normalize-space()={words:?}]")
}

/// Axe finds nothing in what is shown now, light or dark; a picture of each is kept.
async fn reachable(app: &App, what: &str) {
    let mut found = Vec::new();
    for appearance in ["Light", "Dark"] {
        app.appear(appearance).await;
        look(app, what, appearance, &mut found).await;
        keep(&format!("{what}-{}.png", appearance.to_lowercase()), &still(app).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn from_empty_folders_to_the_first_request_of_a_tool_and_a_failover_that_is_seen() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    let addresses = MEMBERS.iter().enumerate();
    let providers: Vec<_> =
        addresses.map(|(at, (name, ..))| json!({ "name": name, "base_url": trio.at(at).base_url })).collect();
    let catalogue = home.file("catalogue.json", &json!({ "version": 1, "providers": providers }).to_string());
    let catalogue = catalogue.to_str().expect("UTF-8");
    let flags = ["--alone", "--catalogue", catalogue];
    let Some(app) = App::open_among(&home, &flags, &[("OPENAI_API_KEY", FOUND)]).await else { return };
    let page = &app.page;
    bring(&app).await;

    page.wait_for(&id("door-recipe")).await;
    reachable(&app, "first-run").await;
    page.click(&id("door-recipe")).await;
    page.wait_for(&id("guide")).await;
    page.click(&id("find-keys")).await;
    page.wait_for_text(&id("guide"), "Found: OPENAI_API_KEY. Nothing is used before you choose it").await;
    page.fill(&format!("{} input[type=password]", id("guide-anthropic-primary")), TYPED).await;
    reachable(&app, "guide").await;
    page.click(&of_step("anthropic-primary", "Next")).await;
    page.wait_for_text(&id("guide-openai-backup"), "OPENAI_API_KEY from the environment, ends in 77c1").await;
    page.click(&of_step("openai-backup", "Next")).await;
    page.click("//*[@data-testid='guide-gemini-fallback']//label[normalize-space()='Skip it for now']").await;
    page.click(&of_step("gemini-fallback", "Next")).await;
    page.wait_for_text(&id("guide-list"), "They are tried in this order: anthropic-primary, openai-backup.").await;
    assert!(!home.profile_path("anthropic-primary").exists(), "nothing is written before the user says so");

    page.click(&id("guide-set-up")).await;
    page.wait_for(&id("connect-claude")).await;
    let list = super::app::read(&home.profile_path("ha-failover")).expect("the list's file");
    assert_eq!(list["profiles"], json!(["anthropic-primary", "openai-backup"]));
    assert!(!home.profile_path("gemini-fallback").exists(), "who was skipped is not made");
    let everything = page.run("return document.documentElement.outerHTML").await.to_string();
    assert!(!everything.contains(TYPED) && !everything.contains(FOUND), "a key goes in and never comes out");

    // A tool's first request, served by the first of the list.
    let ask = async |said: &str| {
        app.ask_as("claude-cli/2.0.14 (external, cli)", Tongue::Anthropic, "claude-sonnet-4-5-20250929", said).await
    };
    let answer = ask("hello").await;
    assert_eq!((answer.status, answer.header("x-mainstay-served-by")), (200, Some("anthropic-primary")), "{answer:?}");
    page.wait_for_text(&id("first-request"), "anthropic-primary answered").await;
    page.wait_for_text(&id("guide-connected"), "Go on").await;
    keep("guide-tool.png", &still(&app).await);
    page.click(&id("guide-connected")).await;

    page.click(&id("take-out")).await;
    page.wait_for_text(&id("guide-state-anthropic-primary"), "Taken out").await;
    page.wait_for_text(&id("guide-state-openai-backup"), "Serving").await;
    let answer = ask("and now").await;
    assert_eq!((answer.status, answer.header("x-mainstay-served-by")), (200, Some("openai-backup")), "{answer:?}");
    page.wait_for_text(&id("guide-saved"), "openai-backup answered in its stead").await;
    assert!(trio.at(1).seen().iter().any(|seen| seen.key_was(FOUND)), "by the key of the environment");
    page.click(&id("guide-send")).await;
    reachable(&app, "try-a-failover").await;

    page.click(&said("button", "End it now")).await;
    page.wait_for_text(&id("guide-state-anthropic-primary"), "Serving").await;
    page.click(&id("guide-finish")).await;
    page.wait_for_text(&id("live-sentence"), "anthropic-primary is serving").await;
    page.wait_until_gone(&id("welcome")).await;
    assert_eq!(ask("back").await.header("x-mainstay-served-by"), Some("anthropic-primary"));
    app.close().await;
}
