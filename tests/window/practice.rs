//! First light: on empty folders it serves, one provider breaks, the next one answers, and the window says so.

use super::app::{App, TOKEN};
use super::page::{id, said};
use crate::clients::Clients;
use crate::harness::Tongue;

#[tokio::test]
async fn practice_serves_official_clients_and_the_window_follows_a_provider_that_breaks_and_is_mended() {
    let (Some(clients), Some(app)) = (Clients::get(), App::open().await) else { return };
    let page = &app.page;
    let first = id("member-practice-anthropic");
    let second = id("member-practice-openai");

    page.wait_for_text("main", "These providers are simulated").await;
    assert_eq!(page.count("[data-testid^=member-]").await, 3);
    page.wait_for_text(&id("live-sentence"), "practice-anthropic").await;
    page.wait_for_text(&id("protection"), "3 of 3 ready").await;
    let address = app.address.trim_start_matches("http://");
    assert_eq!(page.text(&id("gateway-address")).await, address);

    for (turn, tongue) in [Tongue::Openai, Tongue::Anthropic].into_iter().enumerate() {
        let heard = app.ask_by_sdk(clients, tongue, "first light").await;
        assert!(heard.ok() && heard.text().contains("practice-anthropic"), "{heard:?}");
        page.wait_for(&id(&format!("exchange-{}", heard.request_id()))).await;
        assert_eq!(page.count("[data-testid^=exchange-]").await, turn as u64 + 1);
    }
    page.wait_for_text(&id("live-sentence"), "practice-anthropic is serving").await;

    page.click(&id("fault-practice-anthropic")).await;
    page.click(&said("role='menuitemradio'", "answers 429")).await;
    page.wait_for_text(&id("fault-practice-anthropic"), "Broken").await;
    let heard = app.ask_by_sdk(clients, Tongue::Openai, "and now").await;
    assert!(heard.ok() && heard.text().contains("practice-openai"), "{heard:?}");
    page.wait_for(&format!("{first}[data-state=cooling]")).await;
    page.wait_for(&format!("{second}[data-state=serving]")).await;
    page.wait_for_text(&first, "429").await;
    page.wait_for_text(&id("live-sentence"), "practice-openai is serving").await;
    page.wait_for_text(&id("protection"), "2 of 3 ready").await;

    page.click(&id("fault-practice-anthropic")).await;
    page.click(&said("role='menuitem'", "Mend")).await;
    page.wait_for_text(&id("fault-practice-anthropic"), "Break").await;
    page.click("//li[@data-testid='member-practice-anthropic']//button[normalize-space()='Try now']").await;
    page.wait_for(&format!("{first}[data-state=serving]")).await;
    let heard = app.ask_by_sdk(clients, Tongue::Anthropic, "welcome back").await;
    assert!(heard.ok() && heard.text().contains("practice-anthropic"), "{heard:?}");
    page.wait_for_text(&id("live-sentence"), "practice-anthropic is serving").await;

    let everything = page.run("return document.documentElement.outerHTML").await;
    assert!(!everything.as_str().expect("a page").contains(TOKEN), "the page never learns the token");
    page.click(&id("copy-token")).await;
    page.wait_for(&said("*", "Token copied. Paste it into your tool, not into a chat.")).await;
    app.close().await;
}
