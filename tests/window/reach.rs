//! Reachable by everyone: axe, in the real window, finds nothing in any place, light or dark.

use super::app::App;
use super::command_bar::paste;
use super::page::{id, key, said};
use crate::harness::Tongue;
use crate::recipe_commands::SETUP;
use std::path::Path;

#[tokio::test]
async fn axe_finds_nothing_in_any_place_in_either_appearance() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    bring(&app).await;

    // One that is out and one that serves in its stead: every kind of colour is there.
    page.click(&id("fault-practice-anthropic")).await;
    page.click(&said("role='menuitemradio'", "answers 429")).await;
    page.wait_for_text(&id("fault-practice-anthropic"), "Broken").await;
    app.ask_as("claude-cli/2.0", Tongue::Anthropic, "claude-sonnet-4-5-20250929", "hello").await;
    page.wait_for(&format!("{}[data-state=cooling]", id("member-practice-anthropic"))).await;

    let mut found = Vec::new();
    for appearance in ["Light", "Dark"] {
        app.appear(appearance).await;
        app.go("live").await;
        look(&app, "live", appearance, &mut found).await;
        page.click("[data-testid^=exchange-] button").await;
        page.wait_for(&id("trail")).await;
        look(&app, "a trail", appearance, &mut found).await;
        page.press(&id("trail"), key::ESCAPE).await;
        page.wait_until_gone(&id("trail")).await;

        app.go("profiles").await;
        page.click(&id("profile-practice-openai")).await;
        page.click("section[aria-label=practice-openai] summary").await;
        look(&app, "profiles", appearance, &mut found).await;
        page.click("//section[@aria-label='practice-openai']//button[.='JSON']").await;
        page.wait_for(&id("json-text")).await;
        look(&app, "a profile's text", appearance, &mut found).await;
        page.click("//section[@aria-label='practice-openai']//button[.='Form']").await;
        page.click(&id("help")).await;
        page.wait_for("[data-testid=guide] h2").await;
        look(&app, "the guide", appearance, &mut found).await;
        page.press(&id("guide"), key::ESCAPE).await;
        page.wait_until_gone(&id("guide")).await;
        page.click(&id("new-profile")).await;
        page.wait_for("form[aria-label='New profile']").await;
        look(&app, "a new profile", appearance, &mut found).await;
        page.click(&id("add-provider")).await;
        page.wait_for("form[aria-label='Add a provider']").await;
        page.click(&said("button", "Add a model")).await;
        look(&app, "a provider of one's own", appearance, &mut found).await;
        page.click("//form[@aria-label='Add a provider']//button[normalize-space()='Cancel']").await;

        app.go("failover").await;
        page.click(&said("label", "Failover")).await;
        page.wait_for(&id("handle-practice-openai")).await;
        look(&app, "failover", appearance, &mut found).await;
        page.click(&said("label", "Weighted")).await;
        page.wait_until_gone(&id("handle-practice-openai")).await;
        look(&app, "shares", appearance, &mut found).await;
        page.click(&id("from-starter")).await;
        page.wait_for(&id("starter-reliability")).await;
        look(&app, "starters", appearance, &mut found).await;
        page.click("[aria-label='Look at Quality first']").await;
        page.wait_for(&id("planned-quality-ha")).await;
        look(&app, "a starter", appearance, &mut found).await;
        page.click("main:not([hidden]) li button[type=button]").await;
        page.wait_for(&id("use-now")).await;

        app.go("accounts").await;
        page.wait_for(&id("accounts-qwen")).await;
        look(&app, "accounts", appearance, &mut found).await;
        page.click(&id("log-in-qwen")).await;
        page.wait_for(&said("button", "Accept and log in")).await;
        look(&app, "a login's notice", appearance, &mut found).await;
        page.press(&id("login-course"), key::ESCAPE).await;
        page.wait_until_gone(&id("login-course")).await;

        app.go("requests").await;
        page.click(&said("label", "List")).await;
        page.wait_for("[data-testid^=past-]").await;
        look(&app, "requests", appearance, &mut found).await;
        page.click(&said("label", "Statistics")).await;
        page.wait_for("[data-testid=statistics] tfoot").await;
        look(&app, "statistics", appearance, &mut found).await;

        page.click(&id("open-command-bar")).await;
        page.wait_for("[data-testid^=choice-]").await;
        look(&app, "the command bar", appearance, &mut found).await;
        paste(page, SETUP).await;
        page.wait_for(&id("key-10")).await;
        look(&app, "a pasted block", appearance, &mut found).await;
        page.press(&id("key-10"), key::ESCAPE).await;
        page.wait_until_gone(&id("command-bar")).await;

        app.go("connect").await;
        page.wait_for(&id("connect-claude")).await;
        look(&app, "connect", appearance, &mut found).await;

        app.go("settings").await;
        for section in
            ["gateway", "network", "history", "prices", "transfer", "window", "appearance", "privacy", "logs", "about"]
        {
            page.click(&id(&format!("section-{section}"))).await;
            page.wait_for(&format!("{}[data-state=active]", id(&format!("section-{section}")))).await;
            match section {
                "privacy" => {
                    page.click(&id("remove-data")).await;
                    page.wait_for(&id("remove-question")).await;
                }
                "logs" => page.click(&id("show-diagnostics")).await,
                "about" if page.count(&id("show-libraries")).await > 0 => page.click(&id("show-libraries")).await,
                _ => {}
            }
            look(&app, &format!("settings, {section}"), appearance, &mut found).await;
            match section {
                "privacy" => page.click(&said("button", "Keep it")).await,
                "logs" => page.click(&id("show-diagnostics")).await,
                _ => {}
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    app.close().await;
}

/// Brings axe into the page.
pub(crate) async fn bring(app: &App) {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("axe-core is among the modules of ui");
    app.page.run(&axe).await;
}

/// Adds what axe has to say about what is shown now.
pub(crate) async fn look(app: &App, what: &str, appearance: &str, found: &mut Vec<String>) {
    // Colours in mid-change have no contrast that means anything.
    let script = "return Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})))
        .then(() => window.axe.run(document, { resultTypes: ['violations'] }))
        .then(({ passes, violations }) => ({
          passed: passes.length,
          violations: violations.flatMap(({ id, nodes }) =>
            nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)),
        }))";
    let told = app.page.run(script).await;
    assert!(told["passed"].as_u64().is_some_and(|rules| rules > 10), "axe has looked: {told}");
    let violations = told["violations"].as_array().expect("a list");
    found.extend(violations.iter().map(|each| format!("{what}, {appearance}: {each}")));
}
