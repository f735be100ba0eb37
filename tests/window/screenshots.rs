//! A picture of each place, light and dark, at the size that the window opens with and at its smallest.
//!
//! They are left in cargo's folder for tests, or where `MAINSTAY_SCREENSHOTS` says: `make screenshots` keeps them in the
//! documentation.

use super::app::App;
use super::page::{id, said};
use crate::harness::{MEMBERS, Tongue, balancer, standard};
use serde_json::json;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What is photographed: its name, its place, and what is clicked there first.
const VIEWS: [(&str, &str, Option<&str>); 6] = [
    ("live", "live", None),
    ("profiles", "profiles", None),
    ("failover", "failover", None),
    ("requests", "requests", Some("List")),
    ("statistics", "requests", Some("Statistics")),
    ("settings", "settings", None),
];
const APPEARANCES: [&str; 2] = ["Light", "Dark"];
const SIZES: [(u32, u32); 2] = [(1280, 800), (900, 600)];

/// `live-light.png` at the size that the window opens with, `live-light-900x600.png` at another.
fn name(place: &str, appearance: &str, (width, height): (u32, u32)) -> String {
    let appearance = appearance.to_lowercase();
    if (width, height) == SIZES[0] {
        return format!("{place}-{appearance}.png");
    }
    format!("{place}-{appearance}-{width}x{height}.png")
}

/// What is there once a view has been drawn with what it asked the engine for.
fn drawn(view: &str) -> &'static str {
    match view {
        "requests" => "[data-testid^=past-]",
        "statistics" => "[data-testid=statistics] tfoot",
        "settings" => "[data-testid=save-network]",
        _ => "main:not([hidden]) h1",
    }
}

/// Some traffic by several tools, before and after the first provider breaks.
async fn traffic(app: &App) {
    let tools = [
        ("claude-cli/2.0.14 (external, cli)", Tongue::Anthropic, "claude-sonnet-4-5-20250929"),
        ("codex_cli_rs/0.46.0", Tongue::Openai, "gpt-5.2"),
        ("llxprt/0.9.0", Tongue::Gemini, "gemini-2.5-flash"),
        ("aider/0.86.1", Tongue::Openai, "practice"),
    ];
    for turn in 0..8 {
        if turn == 5 {
            app.page.click(&id("fault-practice-anthropic")).await;
            app.page.click(&said("role='menuitemradio'", "answers 429")).await;
            app.page.wait_for_text(&id("fault-practice-anthropic"), "Broken").await;
        }
        let (tool, tongue, model) = tools[turn % tools.len()];
        let answer = app.ask_as(tool, tongue, model, "Why does this test fail on Tuesdays only?").await;
        let exchange = answer.header("x-mainstay-request-id").expect("an exchange has an id").to_owned();
        assert_eq!(answer.status, 200, "{answer:?}");
        app.page.wait_for(&id(&format!("exchange-{exchange}"))).await;
    }
    app.page.wait_for(&format!("{}[data-state=cooling]", id("member-practice-anthropic"))).await;
}

/// The recipe's profiles, as they come from another machine: without keys.
async fn recipe(app: &App) {
    for (name, (provider, _, model)) in ["anthropic-primary", "openai-backup", "gemini-fallback"].iter().zip(MEMBERS) {
        let mut profile = standard(provider, model, &json!({ "context-limit": 200_000 }));
        profile["modelParams"] = json!({ "temperature": 0.2, "max_tokens": 8192 });
        app.home.write(name, &profile);
    }
    app.home.write("ha-failover", &balancer("failover", &["anthropic-primary", "openai-backup", "gemini-fallback"]));
    app.go("profiles").await;
    app.page.click(&id("profile-anthropic-primary")).await;
    app.page.wait_for("section[aria-label=anthropic-primary]").await;
}

#[tokio::test]
async fn every_place_is_photographed_and_no_two_pictures_are_the_same() {
    let Some(app) = App::open().await else { return };
    let named = std::env::var_os("MAINSTAY_SCREENSHOTS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"));
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    traffic(&app).await;
    recipe(&app).await;

    let mut pictures = HashSet::new();
    for size in SIZES {
        app.page.resize(size.0, size.1).await;
        for appearance in APPEARANCES {
            app.appear(appearance).await;
            for (view, place, word) in VIEWS {
                app.go(place).await;
                if let Some(word) = word {
                    app.page.click(&said("label", word)).await;
                }
                app.page.wait_for(drawn(view)).await;
                // Nothing is photographed in mid-movement, nor with the focus ring of the click that led here.
                let rest = "document.activeElement?.blur();
                    return Promise.all(document.getAnimations().map(each => each.finished.catch(() => {}))).then(() =>
                      new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))";
                app.page.run(rest).await;
                let picture = app.page.photograph().await;
                std::fs::write(folder.join(name(view, appearance, size)), &picture).expect("the picture can be kept");
                assert!(pictures.insert(picture), "{view}, {appearance}, {size:?} looks like another");
            }
        }
    }
    app.close().await;
}
