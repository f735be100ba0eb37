//! The tray, notifications, closing and quitting, on a desktop that the test plays.

use super::app::{App, read};
use super::desktop::{Desktop, Frame};
use super::page::{id, said};
use super::reach::{bring, look};
use super::screenshots::keep;
use crate::harness::{Home, Tongue};
use std::sync::Arc;

async fn ask(app: &App) {
    let answer = app.ask_as("claude-cli/2.0", Tongue::Anthropic, "claude-sonnet-4-5-20250929", "hello").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn the_tray_says_who_serves_switches_pins_and_brings_the_window_back() {
    let home = Arc::new(Home::new());
    let Some(app) = App::open_with(&home, &[]).await else { return };
    let desktop = Desktop::around(&app, true).await;
    let frame = Frame::of(&app).await;
    desktop.shows("practice-anthropic is serving").await;
    desktop.shows("Protected: 3 of 3 ready").await;
    assert!(desktop.shows("practice").await, "the balancer in use is marked");

    // Pinned in the tray, seen in the window, and the other way round.
    desktop.choose("practice-openai").await;
    desktop.shows("practice-openai is serving, pinned").await;
    app.page.wait_for_text(&id("live-sentence"), "practice-openai is serving").await;
    app.page.click(&said("button", "Unpin")).await;
    desktop.until_checked("None: by its policy", true).await;
    desktop.shows("practice-anthropic is serving").await;

    // Closed to the tray, said once, and the gateway serves on.
    frame.until_shown(true).await;
    frame.close();
    frame.until_shown(false).await;
    let body = desktop.noticed("Mainstay keeps running").await;
    assert!(body.contains("tray"), "{body}");
    ask(&app).await;
    desktop.choose("Open Mainstay").await;
    frame.until_shown(true).await;
    frame.close();
    frame.until_shown(false).await;
    // A second start brings it back too.
    assert!(app.start_again(&[]).ended().await.success());
    frame.until_shown(true).await;
    let closings = desktop.all_noticed().iter().filter(|(title, _)| title == "Mainstay keeps running").count();
    assert_eq!(closings, 1, "it is said once");
    let kept = home.data().join("preferences.json");
    app.page.until("that is kept", async || (read(&kept)?["preferences"]["closingTold"] == true).then_some(())).await;

    // Quitting asks, because a tool was here.
    bring(&app).await;
    desktop.choose("Quit").await;
    app.page.wait_for(&id("quit-question")).await;
    app.page.wait_for_text(&id("quit-question"), "claude-cli").await;
    let mut found = Vec::new();
    look(&app, "the question before the end", "System", &mut found).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    keep("quitting.png", &app.page.photograph().await);
    app.page.click(&id("quit-stay")).await;
    app.page.wait_until_gone(&id("quit-question")).await;
    ask(&app).await;
    desktop.choose("Quit").await;
    app.page.wait_for(&id("quit-now")).await;
    app.quit_by(&id("quit-now")).await;
    assert!(!home.data().join("run.json").exists(), "it ended in good order");
}

#[tokio::test]
async fn a_failover_and_the_way_back_are_notified_with_the_reason_while_the_window_is_away() {
    let Some(app) = App::open().await else { return };
    let desktop = Desktop::around(&app, true).await;
    let frame = Frame::of(&app).await;
    desktop.shows("practice-anthropic is serving").await;
    app.page.click(&id("fault-practice-anthropic")).await;
    app.page.click(&said("role='menuitemradio'", "answers 429")).await;
    app.page.wait_for_text(&id("fault-practice-anthropic"), "Broken").await;
    frame.close();
    frame.until_shown(false).await;
    ask(&app).await;
    let body = desktop.noticed("practice-openai took over").await;
    assert!(body.starts_with("practice-anthropic: ") && body.contains("429"), "{body}");
    desktop.shows("practice-openai is serving").await;
    desktop.shows("Protected: 2 of 3 ready").await;

    // The pause is kept, and seen in the window.
    desktop.choose("Pause notifications").await;
    desktop.until_checked("Pause notifications", true).await;
    desktop.choose("Open Mainstay").await;
    frame.until_shown(true).await;
    app.go("settings").await;
    app.page.click(&id("section-window")).await;
    app.page.wait_for(&format!("{}:checked", id("notices-paused"))).await;
    app.close().await;
}

#[tokio::test]
async fn without_a_tray_the_window_is_never_out_of_reach() {
    let Some(app) = App::open().await else { return };
    let desktop = Desktop::around(&app, false).await;
    let frame = Frame::of(&app).await;
    frame.until_shown(true).await;
    frame.close();
    let body = desktop.noticed("Mainstay keeps running").await;
    assert!(body.contains("taskbar"), "{body}");
    ask(&app).await;
    // Nothing takes a window to a taskbar on this screen, so it is where it was.
    frame.until_shown(true).await;
    app.close().await;
}

#[tokio::test]
async fn mainstay_starts_at_login_when_the_user_says_so() {
    let home = Arc::new(Home::new());
    let Some(app) = App::open_at(&home).await else { return };
    let entries = home.user().join(".config/autostart");
    app.go("settings").await;
    app.page.click(&id("section-window")).await;
    app.page.click(&id("start-at-login")).await;
    let entry = super::page::until("an entry for the login", async || {
        std::fs::read_dir(&entries).ok()?.filter_map(Result::ok).next().map(|entry| entry.path())
    });
    let text = std::fs::read_to_string(entry.await).expect("an entry");
    assert!(text.contains("mainstay-desktop") && text.contains("--hidden"), "{text}");
    app.page.click(&id("start-at-login")).await;
    super::page::until("the entry is gone", async || std::fs::read_dir(&entries).ok()?.next().is_none().then_some(()))
        .await;
    app.close().await;
}
