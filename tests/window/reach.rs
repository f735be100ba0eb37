//! Reachable by everyone: axe, in the real window, finds nothing in any place, light or dark.

use super::app::App;
use super::page::{id, key, said};
use crate::harness::Tongue;
use std::path::Path;

#[tokio::test]
async fn axe_finds_nothing_in_any_place_in_either_appearance() {
    let Some(app) = App::open().await else { return };
    let page = &app.page;
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("axe-core is among the modules of ui");
    page.run(&axe).await;

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
        look(&app, "profiles", appearance, &mut found).await;
        page.click(&id("new-profile")).await;
        page.wait_for("form[aria-label='New profile']").await;
        look(&app, "a new profile", appearance, &mut found).await;

        app.go("failover").await;
        page.click(&said("label", "Failover")).await;
        page.wait_for(&id("handle-practice-openai")).await;
        look(&app, "failover", appearance, &mut found).await;
        page.click(&said("label", "Weighted")).await;
        page.wait_until_gone(&id("handle-practice-openai")).await;
        look(&app, "shares", appearance, &mut found).await;

        app.go("requests").await;
        page.click(&said("label", "List")).await;
        page.wait_for("[data-testid^=past-]").await;
        look(&app, "requests", appearance, &mut found).await;
        page.click(&said("label", "Statistics")).await;
        page.wait_for("[data-testid=statistics] tfoot").await;
        look(&app, "statistics", appearance, &mut found).await;

        app.go("settings").await;
        for section in ["network", "history", "prices", "appearance"] {
            page.click(&id(&format!("section-{section}"))).await;
            page.wait_for(&format!("{}[data-state=active]", id(&format!("section-{section}")))).await;
            look(&app, &format!("settings, {section}"), appearance, &mut found).await;
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    app.close().await;
}

/// Adds what axe has to say about what is shown now.
async fn look(app: &App, what: &str, appearance: &str, found: &mut Vec<String>) {
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
