//! The main tasks by keyboard alone: a profile is made, a list is put in order and used, a pin set, a command run.

use super::app::{App, read};
use super::page::{id, key};
use crate::harness::{Home, standard};
use serde_json::json;
use std::sync::Arc;

/// Presses Tab until what has the focus matches, as a person does who watches the ring.
async fn tab_to(app: &App, css: &str) {
    for _ in 0..150 {
        let there = format!("return document.activeElement?.matches({css:?}) ?? false");
        if app.page.run(&there).await == json!(true) {
            let ring = "const style = getComputedStyle(document.activeElement.matches('input[type=radio]')
                ? document.activeElement.closest('label') : document.activeElement);
                return style.outlineStyle !== 'none' || style.boxShadow !== 'none' ||
                  document.activeElement.closest(':has(:focus-visible)') !== null";
            assert_eq!(app.page.run(ring).await, json!(true), "{css} shows that it has the focus");
            return;
        }
        app.page.stroke(key::TAB).await;
    }
    let at = app.page.run("return document.activeElement?.outerHTML.slice(0, 300)").await;
    panic!("Tab does not come to {css}; it is at {at}");
}

#[tokio::test]
async fn the_main_tasks_are_done_by_keyboard_alone() {
    let home = Arc::new(Home::new());
    home.write("backup", &standard("openai", "gpt-5.2", &json!({})));
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;

    // A profile.
    page.chord(key::CONTROL, "2").await;
    page.wait_for("main:not([hidden]) [data-testid=new-profile]").await;
    tab_to(&app, "[data-testid=new-profile]").await;
    page.stroke(key::ENTER).await;
    page.wait_for("form[aria-label='New profile']").await;
    tab_to(&app, "form[aria-label='New profile'] input:not([type=radio])").await;
    page.type_text("primary").await;
    tab_to(&app, "form[aria-label='New profile'] select").await;
    page.type_text("anthropic").await;
    page.until("the provider", async || {
        let chosen = page.run("return document.activeElement.value").await;
        (chosen == "anthropic").then_some(())
    })
    .await;
    page.stroke(key::TAB).await;
    tab_to(&app, "form[aria-label='New profile'] input:not([type=radio])").await;
    page.type_text("claude-sonnet-4-5-20250929").await;
    tab_to(&app, "form[aria-label='New profile'] button[type=submit]").await;
    page.stroke(key::ENTER).await;
    page.until("its file", async || home.profile_path("primary").exists().then_some(())).await;

    // A list of both, which serves.
    page.chord(key::CONTROL, "k").await;
    page.wait_for(&id("command-bar")).await;
    page.type_text("/profile save loadbalancer ha failover primary backup").await;
    page.stroke(key::ENTER).await;
    page.until("its file", async || home.profile_path("ha").exists().then_some(())).await;
    page.stroke(key::ESCAPE).await;
    page.wait_until_gone(&id("command-bar")).await;
    page.chord(key::CONTROL, "3").await;
    page.wait_for(&id("handle-backup")).await;
    tab_to(&app, "[data-testid=handle-backup]").await;
    page.stroke(key::SPACE).await;
    page.wait_for("//p[starts-with(., 'Picked up backup')]").await;
    page.stroke(key::UP).await;
    page.wait_for("//*[@aria-live and contains(., 'backup would be')]").await;
    page.stroke(key::SPACE).await;
    page.until("the new order", async || {
        (read(&home.profile_path("ha"))?["profiles"] == json!(["backup", "primary"])).then_some(())
    })
    .await;
    tab_to(&app, "[data-testid=use-now]").await;
    page.stroke(key::ENTER).await;
    page.chord(key::CONTROL, "1").await;
    page.wait_for(&id("member-backup")).await;
    app.close().await;
}
