//! One window for each user: a second start hands over to the first and ends.

use super::app::{App, read};
use super::page::id;
use crate::harness::Home;
use std::sync::Arc;

#[tokio::test]
async fn a_second_start_hands_over_to_the_first_window_and_ends() {
    let Some(app) = App::open_with(&Arc::new(Home::new()), &[]).await else { return };
    let page = &app.page;
    let sentence = page.text(&id("live-sentence")).await;

    let status = app.start_again(&[]).ended().await;
    assert!(status.success(), "{status}");
    let note = read(&app.home.data().join("run.json")).expect("a running gateway has its note");
    assert_eq!(note["pid"], app.pid, "there is one gateway, and it is the first one's");
    assert_eq!(page.text(&id("live-sentence")).await, sentence, "the first goes on as it was");
    app.close().await;
}
