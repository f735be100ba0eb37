//! The recipe pasted into the command bar: shown first, its keys asked for in place, run, and taken back.

use super::app::{App, read};
use super::page::{Page, id, key, said};
use crate::recipe_commands::SETUP;
use serde_json::json;
use std::fs;

const KEY: &str = "sk-typed-into-the-command-bar-1234";

/// Pastes as a person does who has copied the text elsewhere. WebDriver has no clipboard, so the page is told of it.
pub(crate) async fn paste(page: &Page, text: &str) {
    page.wait_for(&id("command-field")).await;
    let script = format!(
        "const data = new DataTransfer();
         data.setData('text/plain', {});
         document.querySelector('[data-testid=command-field]').dispatchEvent(
           new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}))",
        json!(text)
    );
    page.run(&script).await;
}

#[tokio::test]
async fn the_pasted_recipe_is_shown_run_with_the_key_given_in_place_and_taken_back() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    page.click(&id("open-command-bar")).await;
    paste(page, SETUP).await;

    // Four files, what is loaded and the default; nothing of it is there yet.
    page.wait_for(&id("change-22")).await;
    assert_eq!(fs::read_dir(app.home.profiles()).expect("the folder").count(), 0, "it is only shown");
    let shown = page.text(&id("command-bar")).await;
    for words in ["anthropic-primary", "openai-backup", "gemini-fallback", "ha-failover"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    page.fill(&id("key-10"), KEY).await;
    page.run("document.querySelector('[data-testid=change-24]').scrollIntoView({ block: 'center' })").await;
    page.click(&format!("{}//button[normalize-space()='Skip']", xpath("change-24"))).await;
    page.wait_for(&format!("{}[data-state=skipped]", id("change-24"))).await;
    page.click(&id("run-block")).await;
    page.wait_for(&id("block-outcome")).await;

    let written = read(&app.home.profile_path("ha-failover")).expect("the balancer is a file");
    assert_eq!(written["profiles"], json!(["anthropic-primary", "openai-backup", "gemini-fallback"]));
    let text = fs::read_to_string(app.home.profile_path("openai-backup")).expect("the profile is a file");
    assert!(!text.contains(KEY), "{text}");
    let settings = app.home.path().join("settings.json");
    assert!(!fs::read_to_string(settings).unwrap_or_default().contains("ha-failover"), "the default was skipped");
    assert!(!page.run("return document.documentElement.outerHTML").await.to_string().contains(KEY));

    page.click(&id("undo-block")).await;
    page.until("the files are gone", async || {
        (fs::read_dir(app.home.profiles()).expect("the folder").filter_map(Result::ok))
            .all(|entry| entry.path().extension().is_none_or(|extension| extension != "json"))
            .then_some(())
    })
    .await;
    page.press(&id("block-outcome"), key::ESCAPE).await;
    page.wait_until_gone(&id("command-bar")).await;
    app.close().await;
}

#[tokio::test]
async fn a_command_is_completed_run_and_answered_and_plain_words_lead_to_places() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    page.chord(key::CONTROL, "k").await;
    page.fill(&id("command-field"), "/stats b").await;
    page.wait_for(&id("choice-buckets")).await;
    page.fill(&id("command-field"), "/stats buckets").await;
    page.press(&id("command-field"), key::ENTER).await;
    page.wait_for_text(&id("command-entries"), "practice-anthropic").await;
    page.fill(&id("command-field"), "/profile load nobody").await;
    page.press(&id("command-field"), key::ENTER).await;
    page.wait_for_text(&id("command-entries"), "nobody").await;

    page.fill(&id("command-field"), "requests").await;
    page.press(&id("command-field"), key::ENTER).await;
    page.wait_until_gone(&id("command-bar")).await;
    page.wait_for(&format!("{}[aria-current=page]", id("nav-requests"))).await;
    page.wait_for(&said("label", "List")).await;
    app.close().await;
}

/// The element with this `data-testid`, for an XPath to go on from.
fn xpath(name: &str) -> String {
    format!("//*[@data-testid={name:?}]")
}
