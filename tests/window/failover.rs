//! Order and shares: what is dragged or typed stands in the file at once, and is still so after a restart.

use super::app::{App, read};
use super::page::{id, key, said};
use serde_json::{Value, json};
use std::sync::Arc;

const FIRST: &str = "practice-anthropic";
const SECOND: &str = "practice-openai";
const THIRD: &str = "practice-gemini";

/// The rows as they stand in the window.
async fn shown(app: &App) -> Value {
    app.page
        .run("return [...document.querySelectorAll('[data-testid^=row-]')].map(e => e.dataset.testid.slice(4))")
        .await
}

/// Waits until file and window have this order.
async fn ordered(app: &App, order: [&str; 3]) {
    let file = app.practice_file("practice");
    let what = format!("the file has the order {order:?}");
    app.page.until(&what, async || (names(&read(&file)?) == order).then_some(())).await;
    app.page
        .until(&format!("the window has the order {order:?}"), async || {
            (shown(app).await == json!(order)).then_some(())
        })
        .await;
}

/// The members of a load balancer's file; each is a name or an object with one.
fn names(file: &Value) -> Vec<String> {
    let members = file["profiles"].as_array().expect("a list of members").iter();
    members.filter_map(|member| member.as_str().or(member["profile"].as_str()).map(str::to_owned)).collect()
}

/// Picks a member up by the keyboard and holds it one place higher, which is `place`.
async fn lift(app: &App, member: &str, place: &str) {
    let (page, handle) = (&app.page, id(&format!("handle-{member}")));
    page.press(&handle, key::SPACE).await;
    page.wait_for(&format!("//p[starts-with(., 'Picked up {member}')]")).await;
    page.press(&handle, key::UP).await;
    spoken(app, &format!("{member} would be {place}")).await;
}

/// Waits until a screen reader is told so.
async fn spoken(app: &App, words: &str) {
    app.page.wait_for(&format!("//*[@aria-live and contains(., {words:?})]")).await;
}

#[tokio::test]
async fn the_order_is_dragged_by_mouse_and_keyboard_saved_at_once_undone_and_still_there_after_a_restart() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    app.go("failover").await;
    ordered(&app, [FIRST, SECOND, THIRD]).await;

    page.drag(&id(&format!("handle-{SECOND}")), &id(&format!("handle-{FIRST}"))).await;
    ordered(&app, [SECOND, FIRST, THIRD]).await;
    app.undo().await;
    ordered(&app, [FIRST, SECOND, THIRD]).await;

    lift(&app, THIRD, "2 of 3").await;
    page.press(&id(&format!("handle-{THIRD}")), key::SPACE).await;
    spoken(&app, &format!("{THIRD} dropped")).await;
    ordered(&app, [FIRST, THIRD, SECOND]).await;
    page.drag(&id(&format!("handle-{SECOND}")), &id(&format!("handle-{FIRST}"))).await;
    ordered(&app, [SECOND, FIRST, THIRD]).await;
    app.go("live").await;
    page.wait_for_text(&id("live-sentence"), SECOND).await;

    let home = Arc::clone(&app.home);
    app.close().await;
    let Some(app) = App::open_at(&home).await else { return };
    app.page.wait_for_text(&id("live-sentence"), SECOND).await;
    app.go("failover").await;
    ordered(&app, [SECOND, FIRST, THIRD]).await;
    app.close().await;
}

#[tokio::test]
async fn a_drag_that_is_given_up_by_escape_changes_nothing() {
    let Some(app) = App::open().await else { return };
    app.go("failover").await;
    let before = std::fs::read(app.practice_file("practice")).expect("the balancer's file");
    lift(&app, SECOND, "1 of 3").await;
    app.page.press(&id(&format!("handle-{SECOND}")), key::ESCAPE).await;
    spoken(&app, &format!("{SECOND} put back")).await;
    ordered(&app, [FIRST, SECOND, THIRD]).await;
    assert_eq!(std::fs::read(app.practice_file("practice")).expect("the balancer's file"), before);
    app.close().await;
}

#[tokio::test]
async fn shares_that_are_typed_stand_in_the_file() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    app.go("failover").await;
    let file = app.practice_file("practice");
    page.click(&said("label", "Weighted")).await;
    page.until("the file has the policy", async || (read(&file)?["policy"] == "weighted").then_some(())).await;
    page.wait_until_gone(&id(&format!("handle-{FIRST}"))).await;

    let field = format!("[aria-label='Share of {FIRST}, in percent']");
    page.fill(&field, &format!("70{}", key::ENTER)).await;
    let weights = page
        .until("the file has the share", async || {
            let members = read(&file)?["profiles"].as_array()?.clone();
            let weights: Vec<u64> = members.iter().filter_map(|member| member["weight"].as_u64()).collect();
            (weights.first() == Some(&70)).then_some(weights)
        })
        .await;
    assert_eq!((weights.len(), weights.iter().sum::<u64>()), (3, 100), "what one takes, the others give: {weights:?}");

    // The change before can be taken back too, and the file is written before the window is told of it.
    page.wait_for(&said("*", "Shares saved.")).await;
    app.undo().await;
    page.until("the share is as before", async || (read(&file)?["profiles"][0]["weight"] != 70).then_some(())).await;
    app.close().await;
}
