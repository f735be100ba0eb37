//! The window in a real browser, served by `mainstay serve --ui`: what the desktop shows, over HTTP.
#![cfg(target_os = "linux")]

mod fits;

use crate::door::{has_window, serving, window_of};
use crate::harness::page::{id, labelled, said};
use crate::harness::{Chromium, Tongue};
use serde_json::json;

#[tokio::test]
async fn the_window_opens_follows_what_happens_and_changes_things() {
    if !has_window().await {
        return;
    }
    let Some(chromium) = Chromium::open(&[]).await else { return };
    let (_trio, gateway) = serving(&["--ui"]).await;
    let page = &chromium.page;
    let first = window_of(&gateway);
    page.visit(&first).await;
    page.wait_for_text(&id("live-sentence"), "ha").await;
    assert_eq!(page.address().await, format!("{}/_mainstay/ui/", gateway.address), "the code has left the address");
    assert_eq!(page.run("return document.cookie").await, "", "the cookie is out of the page's reach");

    assert_eq!(gateway.ask(Tongue::Openai, "ha", "hi", false).await.status, 200);
    page.wait_for("//*[@data-testid='nav-requests']").await;
    page.until("the request shows by itself", async || {
        let text = page.text("main").await;
        text.contains("ha-openai").then_some(())
    })
    .await;

    page.click(&id("nav-settings")).await;
    page.fill(&labelled("Make token", "Tool"), "codex").await;
    page.click(&id("make-token")).await;
    let token = page.text(&id("made-token")).await;
    assert!(token.starts_with("mst_"), "it is shown once");
    page.click(&said("button", "It is in its place")).await;
    let door = gateway.perform("door", &json!({})).await;
    assert_eq!(door["tokens"][0]["name"], "codex", "{door}");

    // The tab goes on with its session; an address that was used opens no other.
    page.run("location.reload()").await;
    page.wait_for_text(&id("live-sentence"), "ha").await;
    page.run("sessionStorage.clear()").await;
    page.visit(&first).await;
    page.until("a used address is told", async || page.text("main").await.contains("used already").then_some(())).await;

    let another = gateway.perform_admin("window-code").await;
    page.visit(&format!("{}{}", gateway.address, another["path"].as_str().expect("a path"))).await;
    page.wait_for_text(&id("live-sentence"), "ha").await;

    let ended = gateway.stop().await;
    assert_eq!(ended.code, Some(0), "an open window does not hold up the end: {ended:?}");
    page.until("the page says that nobody answers", async || {
        page.text("main").await.contains("does not answer").then_some(())
    })
    .await;
}
