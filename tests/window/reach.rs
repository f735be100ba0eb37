//! Reachable by everyone: axe, in the real window, finds nothing in any place, light or dark.

use super::app::App;
use super::page::{id, said};
use crate::harness::Tongue;
use serde_json::json;
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
        for place in ["live", "profiles", "failover"] {
            app.go(place).await;
            let violations = page
                .run(
                    "return Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})))
                       .then(() => window.axe.run(document, { resultTypes: ['violations'] }))
                       .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
                         nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)))",
                )
                .await;
            let violations = violations.as_array().expect("a list").clone();
            found.extend(violations.into_iter().map(|each| format!("{place}, {appearance}: {each}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_ne!(page.run("return window.axe.version").await, json!(null));
    app.close().await;
}
