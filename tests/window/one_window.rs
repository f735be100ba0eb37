//! One window for each user: a second start hands over to the first and ends.

use super::app::App;
use super::page::{id, until};
use crate::harness::Home;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_second_start_raises_the_first_window_and_ends() {
    let Some(app) = App::open_with(&Arc::new(Home::new()), &[]).await else { return };
    let page = &app.page;
    let sentence = page.text(&id("live-sentence")).await;

    eprintln!("FOCUS BEFORE {}", page.run("return document.hasFocus()").await);
    let status = app.start_again(&[]).ended().await;
    assert!(status.success(), "{status}");
    until("the first window has the focus", async || {
        (page.run("return document.hasFocus()").await == json!(true)).then_some(())
    })
    .await;
    assert_eq!(page.text(&id("live-sentence")).await, sentence, "the first goes on as it was");
    app.close().await;
}
