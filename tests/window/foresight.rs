//! "What would happen" in the real window, then the same for real; and all members tested with one of them broken.

use super::app::App;
use super::page::{id, said};
use super::screenshots::{keep, still};
use crate::harness::Tongue;

/// Lets a member fail in thought.
async fn fails(app: &App, member: &str, failure: &str) {
    let label = format!("How {member} fails");
    app.page
        .click(&format!("//select[@id=//label[normalize-space()={label:?}]/@for]/option[@value={failure:?}]"))
        .await;
}

/// Breaks a practice provider, on Live.
async fn breaks(app: &App, member: &str, how: &str) {
    app.go("live").await;
    app.page.click(&id(&format!("fault-{member}"))).await;
    app.page.click(&said("role='menuitemradio'", how)).await;
    app.page.wait_for_text(&id(&format!("fault-{member}")), "Broken").await;
}

#[tokio::test]
async fn what_would_happen_is_shown_and_then_happens_and_all_members_are_tested_with_one_broken() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    app.go("failover").await;
    page.wait_for_text(&id("step-practice-anthropic"), "serves").await;
    fails(&app, "practice-anthropic", "rate-limit").await;
    page.wait_for_text(&id("step-practice-anthropic"), "hits its rate limit").await;
    page.wait_for_text(&id("step-practice-openai"), "The tool notices nothing").await;
    keep("what-if.png", &still(&app).await);
    fails(&app, "practice-openai", "down").await;
    fails(&app, "practice-gemini", "unreachable").await;
    page.wait_for_text(&id("step-nobody"), "Nobody answers").await;
    page.wait_for_text(&id("step-nobody"), "429").await;
    page.click(&said("button", "As it is now")).await;
    page.wait_until_gone(&id("step-nobody")).await;

    // The same for real.
    breaks(&app, "practice-anthropic", "answers 429").await;
    let answer = app.ask_as("claude-cli/2.0", Tongue::Anthropic, "claude-sonnet-4-5-20250929", "hello").await;
    assert_eq!((answer.status, answer.header("x-mainstay-served-by")), (200, Some("practice-openai")), "{answer:?}");
    app.go("failover").await;
    page.wait_for(&format!("{}[data-kind=skipped]", id("step-practice-anthropic"))).await;
    page.wait_for_text(&id("step-practice-openai"), "serves").await;

    page.click(&id("test-all")).await;
    page.wait_for_text(&id("row-practice-anthropic"), "rate-limited").await;
    for well in ["practice-openai", "practice-gemini"] {
        page.wait_for_text(&id(&format!("row-{well}")), "Answered in").await;
    }
    page.wait_for(&said("p", "2 of 3 answered.")).await;
    page.wait_for_text("main:not([hidden])", "In use").await;
    keep("test-all.png", &still(&app).await);

    // Pinned from the row's menu; Live says so, and lets it go.
    page.click("[aria-label='More for practice-gemini']").await;
    page.click(&said("role='menuitem'", "Pin to it")).await;
    app.go("live").await;
    page.wait_for_text(&id("live-sentence"), "practice-gemini is serving").await;
    page.wait_for_text("main:not([hidden])", "Pinned to practice-gemini until you unpin").await;
    page.click("[data-testid=pin-practice-gemini]").await;
    page.wait_for_text(&id("live-sentence"), "practice-openai is serving").await;
    app.close().await;
}
