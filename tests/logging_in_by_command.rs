//! Logins from a terminal, for real: the command says where to go, a person goes there with a browser, and the running gateway
//! serves with what comes of it.

use crate::harness::{Chromium, Gateway, Home, Serve, SystemBrowser, Terminal, Tongue, standard};
use crate::logins::{LoginServer, NO_OTHER_MACHINE};
use serde_json::{Value, json};
use std::sync::Arc;

struct World {
    gateway: Gateway,
    chromium: Chromium,
    system: SystemBrowser,
    server: LoginServer,
}

impl World {
    /// A gateway whose logins at this provider are made at the server; `None` when the test is to be skipped.
    async fn open(provider: &str, model: &str) -> Option<Self> {
        let server = LoginServer::start(600)?;
        let chromium = Chromium::open(&[NO_OTHER_MACHINE]).await?;
        let home = Arc::new(Home::new());
        home.write("primary", &standard(provider, model, &json!({})));
        let system = SystemBrowser::at(&home);
        let gateway = Serve::at(&home).in_memory().start().await;
        let settings = server.settings(&json!({ "client_id": LoginServer::CLIENT })).to_string();
        gateway.perform("set_login_settings", &json!({ "provider": provider, "own": settings })).await;
        Some(Self { gateway, chromium, system, server })
    }

    fn terminal(&self, arguments: &[&str]) -> Terminal {
        let data = self.gateway.home.data();
        let data = data.to_str().expect("UTF-8");
        let arguments = [&["auth", "--data-dir", data], arguments].concat();
        Terminal::run(&self.gateway.home, &self.system.path(), &arguments)
    }

    async fn allow(&self, who: &str) {
        self.chromium.page.fill("[name=who]", who).await;
        self.chromium.page.fill("[name=password]", "a password").await;
        self.chromium.page.click("//button[.='Log in']").await;
        self.chromium.page.click("//button[.='Allow']").await;
    }

    async fn served(&self, who: &str) {
        let answer = self.gateway.ask(Tongue::Anthropic, "primary", "hello", false).await;
        let text = answer.text(Tongue::Anthropic);
        assert!(text.starts_with(&format!("served {who} by token ")), "{answer:?}");
    }
}

#[tokio::test]
async fn a_device_code_is_told_in_the_terminal_and_entered_in_the_browser() {
    let Some(world) = World::open("qwen", "qwen3-coder-plus").await else { return };
    let World { chromium, system, server, .. } = &world;
    let mut terminal = world.terminal(&["qwen", "login"]);
    terminal.says("Go on? [y/N]").await;
    assert_eq!(system.count(), 0);
    terminal.type_line("y");
    let page = format!("{}/device", server.login);
    terminal.says(&format!("Open {page} on any device and enter the code")).await;
    let address = system.opened().await;
    let code = address.strip_prefix(&format!("{page}?user_code=")).expect("the page with the code").to_owned();
    terminal.says(&code).await;
    chromium.page.visit(&page).await;
    chromium.page.fill("[name=user_code]", &code).await;
    chromium.page.click("//button[.='Go on']").await;
    chromium.page.wait_for_text("#code", &code).await;
    chromium.page.click("//button[.='Go on']").await;
    world.allow("grace").await;
    terminal.says("Logged in at qwen as default.").await;
    assert_eq!(terminal.ended().await, Some(0));
    world.served("grace").await;
}

#[tokio::test]
async fn a_code_is_pasted_into_the_terminal() {
    let Some(world) = World::open("anthropic", "claude-sonnet-4-5-20250929").await else { return };
    let World { chromium, system, .. } = &world;
    let mut terminal = world.terminal(&["anthropic", "login", "--by", "paste", "--no-browser", "--accept-notice"]);
    terminal.says("Open this page to log in:").await;
    terminal.says("paste it and press Enter").await;
    let shown = terminal.shown();
    let address = shown.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
    assert_eq!(system.count(), 0, "no browser was wanted");
    chromium.page.visit(address).await;
    world.allow("ada").await;
    let code = chromium.page.text("#code").await;
    terminal.type_line("not a code");
    terminal.says("holds no code").await;
    terminal.type_line(&code);
    terminal.says("Logged in at anthropic as default.").await;
    assert_eq!(terminal.ended().await, Some(0));
    world.served("ada").await;
}

#[tokio::test]
async fn a_browser_that_comes_back_ends_the_login_in_the_terminal_and_a_denial_fails_it() {
    let Some(world) = World::open("anthropic", "claude-sonnet-4-5-20250929").await else { return };
    let World { gateway, chromium, system, .. } = &world;
    let mut terminal = world.terminal(&["anthropic", "login", "--accept-notice"]);
    chromium.page.visit(&system.opened().await).await;
    chromium.page.click("//button[.='Cancel']").await;
    chromium.page.wait_for_text("h1", "The login was denied").await;
    terminal.says("The login was denied.").await;
    assert_ne!(terminal.ended().await, Some(0));

    let mut terminal = world.terminal(&["anthropic", "login", "--account", "work"]);
    chromium.page.visit(&system.opened().await).await;
    world.allow("ada").await;
    chromium.page.wait_for_text("h1", "You can close this page").await;
    terminal.says("Logged in at anthropic as work.").await;
    assert_eq!(terminal.ended().await, Some(0));
    world.served("ada").await;
    let view = gateway.perform("accounts", &json!({})).await;
    let all = view["providers"].as_array().expect("a list");
    let accounts = &all.iter().find(|one| one["provider"] == "anthropic").expect("anthropic")["login"]["accounts"];
    let names: Vec<&Value> = accounts.as_array().expect("a list").iter().map(|one| &one["account"]).collect();
    assert_eq!(names, [&json!("work")], "the login that was denied has left nothing");
}
