//! One exchange explained: who was asked, what became of it, who answered.

use super::app::App;
use super::page::{id, key, said};
use crate::harness::Tongue;

#[tokio::test]
async fn a_row_of_the_feed_opens_the_trail_of_its_exchange() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    page.click(&id("fault-practice-anthropic")).await;
    page.click(&said("role='menuitemradio'", "answers 429")).await;
    page.wait_for_text(&id("fault-practice-anthropic"), "Broken").await;
    let answer = app.ask_as("codex-cli/1.2", Tongue::Openai, "gpt-5.2", "who answers?").await;
    let exchange = answer.header("x-mainstay-request-id").expect("an exchange has an id").to_owned();

    page.click(&format!("{} button", id(&format!("exchange-{exchange}")))).await;
    for words in ["The trail of one request", "practice-anthropic", "429", "practice-openai", &exchange] {
        page.wait_for_text(&id("trail"), words).await;
    }
    page.press(&id("trail"), key::ESCAPE).await;
    page.wait_until_gone(&id("trail")).await;
    app.close().await;
}
