//! A picture of each place, light and dark, at the size that the window opens with and at its smallest.
//!
//! They are left in cargo's folder for tests, or where `MAINSTAY_SCREENSHOTS` says: `make screenshots` keeps them in the
//! documentation.

use super::app::App;
use super::command_bar::paste;
use super::page::{id, key, said};
use crate::harness::{MEMBERS, Tongue, balancer, standard};
use crate::recipe_commands::SETUP;
use serde_json::json;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What is photographed: its name, its place, and what is clicked there first.
const VIEWS: [(&str, &str, &[&str]); 20] = [
    ("welcome", "live", &["[data-testid=welcome-again]"]),
    ("guide", "live", &["[data-testid=door-recipe]"]),
    ("live", "live", &["[data-testid=leave-guide]", "[data-testid=welcome-leave]"]),
    (
        "profiles",
        "profiles",
        &["[data-testid=profile-anthropic-primary]", "//section[@aria-label='anthropic-primary']//button[.='Form']"],
    ),
    // A starter may be open there since the pictures before.
    (
        "failover",
        "failover",
        &["//main[not(@hidden)]//li/button[starts-with(., 'practice')]", "//button[.='As it is now']"],
    ),
    (
        "what-if",
        "failover",
        &[
            "//select[@id=//label[.='How practice-anthropic fails']/@for]/option[@value='rate-limit']",
            "//select[@id=//label[.='How practice-openai fails']/@for]/option[@value='down']",
        ],
    ),
    ("starters", "failover", &["[data-testid=from-starter]"]),
    ("starter", "failover", &["[data-testid=from-starter]", "[aria-label='Look at Quality first']"]),
    ("accounts", "accounts", &[]),
    ("requests", "requests", &["//label[normalize-space()='List']"]),
    ("statistics", "requests", &["//label[normalize-space()='Statistics']"]),
    ("settings", "settings", &["[data-testid=section-network]"]),
    ("connect", "connect", &["[data-testid=tool-claude]"]),
    ("transfer", "settings", &["[data-testid=section-transfer]"]),
    ("window", "settings", &["[data-testid=section-window]"]),
    ("provider", "profiles", &["[data-testid=add-provider]"]),
    (
        "json",
        "profiles",
        &["[data-testid=profile-anthropic-primary]", "//section[@aria-label='anthropic-primary']//button[.='JSON']"],
    ),
    ("privacy", "settings", &["[data-testid=section-privacy]"]),
    ("logs", "settings", &["[data-testid=section-logs]"]),
    ("about", "settings", &["[data-testid=section-about]"]),
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
        "welcome" => "[data-testid=door-recipe]",
        "guide" => "[data-testid=guide-list]",
        "live" => "[data-testid=welcome-again]",
        "failover" => "[data-testid=way] li",
        "what-if" => "[data-testid=step-practice-openai][data-kind=failed] ~ [data-kind=served]",
        "starters" => "[data-testid=starter-proportional]",
        "starter" => "[data-testid=planned-quality-ha]",
        "accounts" => "[data-testid^=accounts-]",
        "requests" => "[data-testid^=past-]",
        "statistics" => "[data-testid=statistics] tfoot",
        "settings" => "[data-testid=save-network]",
        "transfer" => "[data-testid=archive-path]",
        "window" => "[data-testid=start-at-login]",
        "provider" => "form[aria-label='Add a provider']",
        "json" => "[data-testid=json-text]",
        "privacy" => "[data-testid=remove-data]",
        "logs" => "[data-testid=log-lines] li",
        "about" => "[data-testid=show-libraries]",
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

/// Keeps a picture where all are kept.
pub(crate) fn keep(name: &str, picture: &[u8]) {
    let named = std::env::var_os("MAINSTAY_SCREENSHOTS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"));
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    std::fs::write(folder.join(name), picture).expect("the picture can be kept");
}

/// A picture of what is shown, not in mid-movement, nor with the focus ring of the click that led here.
pub(crate) async fn still(app: &App) -> Vec<u8> {
    let rest = "document.activeElement?.blur();
        return Promise.all(document.getAnimations().map(each => each.finished.catch(() => {}))).then(() =>
          new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))";
    app.page.run(rest).await;
    app.page.photograph().await
}

#[tokio::test]
async fn every_place_is_photographed_and_no_two_pictures_are_the_same() {
    let Some(app) = App::open().await else { return };
    traffic(&app).await;
    recipe(&app).await;
    app.go("live").await;
    app.page.click(&id("welcome-leave")).await;

    let mut pictures = HashSet::new();
    let mut picture = async |view: &str, appearance: &str, size| {
        let picture = still(&app).await;
        keep(&name(view, appearance, size), &picture);
        assert!(pictures.insert(picture), "{view}, {appearance}, {size:?} looks like another");
    };
    for size in SIZES {
        app.page.resize(size.0, size.1).await;
        for appearance in APPEARANCES {
            app.appear(appearance).await;
            for (view, place, clicks) in VIEWS {
                app.go(place).await;
                for click in clicks {
                    app.page.click(click).await;
                }
                app.page.wait_for(drawn(view)).await;
                picture(view, appearance, size).await;
            }
            app.page.click(&id("open-command-bar")).await;
            app.page.wait_for("[data-testid^=choice-]").await;
            picture("command-bar", appearance, size).await;
            paste(&app.page, SETUP).await;
            app.page.wait_for(&id("key-10")).await;
            picture("pasted-block", appearance, size).await;
            app.page.press(&id("key-10"), key::ESCAPE).await;
            app.page.wait_until_gone(&id("command-bar")).await;
        }
    }
    app.close().await;
}
