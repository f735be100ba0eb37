//! Settings that concern Mainstay itself: its log and diagnostics, its port, and the end of its data.

use super::app::{App, TOKEN, read};
use super::page::{id, said};
use crate::harness::{Home, Tongue};
use std::fs;
use std::sync::Arc;

#[tokio::test]
async fn the_log_is_read_the_port_set_and_all_data_removed_for_good() {
    let home = Arc::new(Home::new());
    let Some(app) = App::open_at(&home).await else { return };
    let page = &app.page;
    app.ask_as("claude-cli/2.0.14", Tongue::Anthropic, "claude-sonnet-4-5", "words that nobody else reads").await;

    app.go("settings").await;
    page.click(&id("section-logs")).await;
    page.wait_for(&format!("{} li", id("log-lines"))).await;
    page.click(&id("show-diagnostics")).await;
    for words in ["Mainstay ", "Active: practice", "practice-anthropic served"] {
        page.wait_for_text(&id("diagnostics"), words).await;
    }
    let everything = page.run("return document.documentElement.outerHTML").await;
    let everything = everything.as_str().expect("a page");
    assert!(!everything.contains(TOKEN) && !everything.contains("nobody else reads"), "neither token nor words");
    let log = fs::read_to_string(home.data().join("logs/mainstay.log")).expect("the log");
    assert!(!log.is_empty() && !log.contains(TOKEN) && !log.contains("nobody else reads"), "{log}");

    page.click(&id("section-gateway")).await;
    page.fill(&id("port"), "47653").await;
    page.click(&id("save-port")).await;
    page.wait_for_text(&id("port-next"), "Port 47653 from the next start on.").await;
    page.wait_for_text(&id("port-next"), "Claude Code").await;
    assert_eq!(read(&home.data().join("gateway.json")).expect("it is kept")["port"], 47653);

    page.click(&id("section-privacy")).await;
    page.click(&id("remove-data")).await;
    page.wait_for_text(&id("remove-question"), "What stays").await;
    page.click(&id("remove-data-now")).await;
    page.wait_for(&id("removed")).await;
    app.close().await;

    let Some(app) = App::open_at(&home).await else { return };
    assert!(!home.data().join("gateway.json").exists(), "nothing of the run before is left");
    app.go("requests").await;
    app.page.wait_for(&said("p", "No request yet")).await;
    app.close().await;
}

#[tokio::test]
async fn a_port_that_is_taken_at_the_start_is_left_for_the_next_free_one_when_the_user_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let listen = taken.local_addr().expect("an address");
    let home = Arc::new(Home::new());
    let flags = ["--alone", "--listen", &listen.to_string()];
    let Some(opening) = App::begin(&home, &flags, &[]).await else { return };
    opening.page.wait_for_text(&id("live-sentence"), "did not start").await;
    opening.page.click(&id("start-other-port")).await;
    let app = opening.listening().await;
    assert!(!app.address.ends_with(&format!(":{}", listen.port())), "{}", app.address);
    let answer = app.ask_as("curl/8", Tongue::Openai, "practice", "hello").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    app.close().await;
}
