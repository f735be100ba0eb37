//! What happened stays: a request is found again in the history, explained, reckoned, exported, and deleted for good.

use super::app::App;
use super::page::{id, key, said};
use crate::harness::Tongue;
use std::fs;

#[tokio::test]
async fn a_request_is_found_in_the_history_reckoned_exported_and_deleted() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    app.ask_as("aider/0.86.1", Tongue::Openai, "gpt-5.2", "the one beside").await;
    page.click(&id("fault-practice-anthropic")).await;
    page.click(&said("role='menuitemradio'", "answers 429")).await;
    page.wait_for_text(&id("fault-practice-anthropic"), "Broken").await;
    let answer = app.ask_as("codex-cli/1.2", Tongue::Openai, "gpt-5.2", "who answers?").await;
    let exchange = answer.header("x-mainstay-request-id").expect("an exchange has an id").to_owned();
    let row = id(&format!("past-{exchange}"));

    app.go("requests").await;
    page.wait_for(&row).await;
    assert_eq!(page.count("[data-testid^=past-]").await, 2);
    page.fill(&id("history-search"), "codex").await;
    page.until("the other one is left out", async || (page.count("[data-testid^=past-]").await == 1).then_some(()))
        .await;
    page.click(&format!("{row} button")).await;
    for words in ["The trail of one request", "practice-anthropic", "429", "practice-openai", &exchange] {
        page.wait_for_text(&id("trail"), words).await;
    }
    page.press(&id("trail"), key::ESCAPE).await;
    page.wait_until_gone(&id("trail")).await;

    page.click(&id("export")).await;
    page.click(&said("role='menuitem'", "CSV, a line for each request")).await;
    page.wait_for_text(&id("exported"), "1 request written to").await;
    let exports = fs::read_dir(app.home.data().join("exports")).expect("the folder of exports");
    let texts: Vec<String> =
        exports.map(|file| fs::read_to_string(file.expect("a file").path()).expect("its text")).collect();
    assert!(texts.len() == 1 && texts[0].contains(&exchange) && texts[0].lines().count() == 2, "{texts:?}");

    page.click(&said("label", "Statistics")).await;
    page.wait_for_text(&id("group-practice-openai"), "included").await;

    app.go("settings").await;
    page.click(&id("section-history")).await;
    page.click(&id("delete-history")).await;
    page.click(&id("delete-history-now")).await;
    page.wait_for(&said("*", "The history is deleted.")).await;
    app.go("requests").await;
    page.click(&said("button", "Clear filters")).await;
    page.wait_for(&said("p", "No request yet")).await;
    app.close().await;
}
