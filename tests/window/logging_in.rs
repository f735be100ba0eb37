//! Logins from the window, for real: the window opens the system's browser, a person logs in there at an authorization server,
//! and requests through the gateway are served by what comes of it.

use super::app::App;
use super::page::{id, key, labelled, said};
use super::reach::{bring, look};
use super::screenshots::keep;
use crate::harness::{Chromium, Home, SystemBrowser, Tongue, standard};
use crate::logins::{LoginServer, NO_OTHER_MACHINE};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;

/// A minute is long enough for no token to end by itself.
const LONG: u64 = 600;
/// And this is short enough to wait for.
const SHORT: u64 = 6;

/// The window, the browser, and the server between them.
struct World {
    app: App,
    chromium: Chromium,
    system: SystemBrowser,
    server: LoginServer,
}

impl World {
    /// Opens them all, with the profile `primary` at Anthropic and `coder` at Qwen, neither with a key; `None` when the test is
    /// to be skipped.
    async fn open() -> Option<Self> {
        let server = LoginServer::start(LONG)?;
        let chromium = Chromium::open(&[NO_OTHER_MACHINE]).await?;
        let home = Arc::new(Home::new());
        home.write("primary", &standard("anthropic", "claude-sonnet-4-5-20250929", &json!({})));
        home.write("coder", &standard("qwen", "qwen3-coder-plus", &json!({})));
        let system = SystemBrowser::at(&home);
        let app = App::open_among(&home, &["--alone"], &[("PATH", &system.path())]).await?;
        app.go("accounts").await;
        Some(Self { app, chromium, system, server })
    }

    /// Points a provider's login at the server, in the form that a user has for that.
    async fn set_up(&self, provider: &str, more: &Value) {
        let page = &self.app.page;
        let card = id(&format!("accounts-{provider}"));
        let settings = self.server.settings(more);
        let form = format!("//*[@data-testid='accounts-{provider}']//form[@aria-label='Login settings']");
        if page.count(&format!("{card} details[open] form")).await == 0 {
            page.click(&format!("//*[@data-testid='accounts-{provider}']//summary[.='Login settings']")).await;
        }
        page.fill(&format!("{form}//*[@id={form}//label[.='Client id']/@for]"), LoginServer::CLIENT).await;
        page.fill(&format!("({form}//textarea)[1]"), &settings.to_string()).await;
        page.click(&format!("{form}//button[.='Save']")).await;
        let in_force = format!("return document.querySelector({:?}).value", format!("{card} textarea[readonly]"));
        let whole = |shown: &str| settings_of(shown).is_some_and(|shown| includes(&shown, &settings));
        page.until("the settings are in force", async || whole(page.run(&in_force).await.as_str()?).then_some(()))
            .await;
    }

    /// Begins a login in the window, and reads and accepts what there is to know first.
    async fn begin(&self, provider: &str) {
        let page = &self.app.page;
        page.click(&id(&format!("log-in-{provider}"))).await;
        page.wait_for(&said("button", "Accept and log in")).await;
        assert_eq!(self.system.count(), 0, "nothing is opened before the notice was accepted");
        page.click(&said("button", "Accept and log in")).await;
    }

    /// Logs in in the browser and allows what is asked for.
    async fn allow(&self, who: &str) {
        self.name(who).await;
        self.chromium.page.click(&said("button", "Allow")).await;
    }

    async fn name(&self, who: &str) {
        self.chromium.page.fill("[name=who]", who).await;
        self.chromium.page.fill("[name=password]", "a password").await;
        self.chromium.page.click(&said("button", "Log in")).await;
    }

    /// Waits until an account stands so.
    async fn account(&self, named: &str, words: &str) {
        self.app.page.wait_for_text(&id(&format!("account-{named}")), words).await;
    }

    /// Axe finds nothing in what is shown now, light or dark. Leaves a picture of each beside those of the places.
    async fn reachable(&self, what: &str) {
        let (app, mut found) = (&self.app, Vec::new());
        bring(app).await;
        for appearance in ["Light", "Dark"] {
            app.appear(appearance).await;
            look(app, what, appearance, &mut found).await;
            keep(&format!("{what}-{}.png", appearance.to_lowercase()), &app.page.photograph().await);
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    /// By which of a person's tokens a request is served.
    async fn served(&self, profile: &str, who: &str) -> u64 {
        let answer = self.app.ask_as("a-tool/1.0", Tongue::Anthropic, profile, "hello").await;
        let text = answer.text(Tongue::Anthropic);
        let token = text.strip_prefix(&format!("served {who} by token ")).unwrap_or_else(|| panic!("{answer:?}"));
        token.parse().expect("a number")
    }
}

/// A login's settings as the window shows them.
fn settings_of(shown: &str) -> Option<Value> {
    serde_json::from_str(shown).ok()
}

/// Whether all that was set is among what is shown.
fn includes(shown: &Value, set: &Value) -> bool {
    match set.as_object() {
        Some(set) => set.iter().all(|(name, value)| includes(&shown[name], value)),
        None => shown == set,
    }
}

#[tokio::test]
async fn a_login_by_code_serves_is_refreshed_by_rotation_ends_when_revoked_and_is_made_again() {
    let Some(world) = World::open().await else { return };
    let World { app, chromium, system, server } = &world;
    let page = &app.page;
    world.set_up("anthropic", &json!({})).await;

    world.begin("anthropic").await;
    chromium.page.visit(&system.opened().await).await;
    world.allow("ada").await;
    chromium.page.wait_for_text("h1", "You can close this page").await;
    assert!(chromium.page.address().await.contains("/callback?"), "the browser has come back to this machine");
    world.account("anthropic-default", "logged in").await;
    page.wait_until_gone(&id("login-course")).await;
    world.account("anthropic-default", "as ada@home.test").await;
    world.account("anthropic-default", "token ends").await;
    world.account("anthropic-default", "Used by primary").await;
    page.click("//li[@data-testid='account-anthropic-default']//summary").await;
    world.account("anthropic-default", "openid offline_access email chat").await;
    page.click("//*[@data-testid='accounts-anthropic']//summary[.='Login settings']").await;
    world.reachable("logged-in").await;
    let first = world.served("primary", "ada").await;
    assert_eq!(world.served("primary", "ada").await, first, "the same token, as long as it is good");

    server.live(SHORT);
    page.click("[aria-label='Refresh now, default']").await;
    page.wait_for(&said("*", "default has new tokens.")).await;
    server.live(LONG);
    let second = world.served("primary", "ada").await;
    assert!(second > first);
    page.until("it is refreshed by itself", async || (server.grants("refresh_token") == (2, 0)).then_some(())).await;
    assert!(world.served("primary", "ada").await > second);

    server.end("ada");
    let refused = app.ask_as("a-tool/1.0", Tongue::Anthropic, "primary", "hello").await;
    assert_ne!(refused.status, 200, "{refused:?}");
    world.account("anthropic-default", "login has ended").await;
    app.go("live").await;
    page.wait_for_text(&format!("main:not([hidden]) {}", id("login-ended")), "The login at Anthropic has ended").await;
    world.reachable("login-ended").await;
    let again = "//main[not(@hidden)]//button[.='Log in again']";
    page.click(again).await;
    page.wait_for(&id("login-course")).await;
    page.wait_until_gone(again).await;

    // The browser still knows who this is.
    chromium.page.visit(&system.opened().await).await;
    chromium.page.click(&said("button", "Allow")).await;
    chromium.page.wait_for_text("h1", "You can close this page").await;
    world.account("anthropic-default", "logged in").await;
    world.served("primary", "ada").await;
    page.wait_until_gone(&id("login-ended")).await;
    world.app.close().await;
}

#[tokio::test]
async fn a_device_code_is_shown_and_entered_in_the_browser() {
    let Some(world) = World::open().await else { return };
    let World { app, chromium, system, server } = &world;
    let page = &app.page;
    world.set_up("qwen", &json!({})).await;
    world.begin("qwen").await;
    let code = page.text(&id("login-code")).await;
    let place = format!("{}/device", server.login);
    page.wait_for_text(&id("login-course"), &place).await;
    world.reachable("login-code").await;
    assert_eq!(system.opened().await, format!("{place}?user_code={code}"));

    // As on another device: the page is opened and the code typed.
    chromium.page.visit(&place).await;
    chromium.page.fill("[name=user_code]", &code).await;
    chromium.page.click(&said("button", "Go on")).await;
    chromium.page.wait_for_text("#code", &code).await;
    chromium.page.click(&said("button", "Go on")).await;
    world.allow("grace").await;
    chromium.page.wait_for_text("h1", "The device is logged in").await;
    world.account("qwen-default", "as grace@home.test").await;
    world.served("coder", "grace").await;
    world.app.close().await;
}

#[tokio::test]
async fn a_login_that_is_cancelled_denied_or_finds_its_port_taken_leaves_nothing_and_says_what_is_next() {
    let Some(world) = World::open().await else { return };
    let World { app, chromium, system, server } = &world;
    let page = &app.page;
    let course = id("login-course");
    world.set_up("anthropic", &json!({})).await;

    world.begin("anthropic").await;
    let address = system.opened().await;
    page.press(&course, key::ESCAPE).await;
    page.wait_for(&said("*", "The login was cancelled. Nothing is left of it.")).await;
    chromium.page.visit(&address).await;
    world.allow("ada").await;
    page.wait_for(&id("log-in-anthropic")).await;
    assert_eq!(server.grants("authorization_code"), (0, 0), "nobody was there to take the code");

    page.click(&id("log-in-anthropic")).await;
    chromium.page.visit(&system.opened().await).await;
    chromium.page.click(&said("button", "Deny")).await;
    chromium.page.wait_for_text("h1", "The login was denied").await;
    page.wait_for_text(&course, "The login was denied.").await;
    page.click(&said("button", "Close")).await;

    let held = TcpListener::bind("127.0.0.1:0").expect("a port to hold");
    let port = held.local_addr().expect("a bound listener has an address").port();
    world.set_up("anthropic", &json!({ "redirect": { "host": "127.0.0.1", "ports": [port, port] } })).await;
    page.click(&id("log-in-anthropic")).await;
    page.wait_for_text(&course, &port.to_string()).await;
    page.wait_for(&format!("{course} [data-code=login_port_taken]")).await;
    drop(held);
    page.click(&said("button", "Try again")).await;
    let here = system.opened().await;
    assert!(here.contains(&port.to_string()), "{here}");

    // A second one beside it, of another provider: each goes its own way.
    world.set_up("qwen", &json!({})).await;
    page.click(&id("log-in-qwen")).await;
    page.click(&said("button", "Accept and log in")).await;
    let there = system.opened().await;
    assert_eq!(page.count(&course).await, 2);
    chromium.page.visit(&there).await;
    chromium.page.click(&said("button", "Go on")).await;
    chromium.page.click(&said("button", "Allow")).await;
    world.account("qwen-default", "logged in").await;
    chromium.page.visit(&here).await;
    chromium.page.click(&said("button", "Allow")).await;
    chromium.page.wait_for_text("h1", "You can close this page").await;
    world.account("anthropic-default", "logged in").await;
    world.served("primary", "ada").await;
    world.served("coder", "ada").await;
    world.app.close().await;
}

#[tokio::test]
async fn a_code_that_the_providers_page_shows_is_pasted() {
    let Some(world) = World::open().await else { return };
    let World { app, chromium, system, .. } = &world;
    let page = &app.page;
    world.set_up("anthropic", &json!({})).await;
    world.begin("anthropic").await;
    system.opened().await;
    page.click(&said("button", "Paste a code instead")).await;
    chromium.page.visit(&system.opened().await).await;
    world.allow("ada").await;
    let code = chromium.page.text("#code").await;
    let field = labelled("Code from the page", "Code from the page");
    page.fill(&field, "not a code").await;
    page.click(&said("button", "Use this code")).await;
    page.wait_for(&format!("{} [data-code=login_no_code]", id("login-course"))).await;
    page.fill(&field, &code).await;
    page.click(&said("button", "Use this code")).await;
    world.account("anthropic-default", "as ada@home.test").await;
    world.served("primary", "ada").await;
    world.app.close().await;
}
