//! A hostile page in a real browser: from another port, another name, no origin at all, or with a name that was made to lead
//! here. It even knows the gateway's token. It is refused, and nothing happens.
#![cfg(target_os = "linux")]

use crate::harness::{Chromium, Gateway, Home, Serve, Tongue, Trio};
use axum::Router;
use axum::response::Html;
use serde_json::{Value, json};
use std::sync::Arc;

const PAGE: &str = include_str!("hostile/page.html");

/// How many attacks the page knows.
const ATTACKS: usize = 16;

/// Serves the page on a port of its own, whatever it is asked for.
async fn hostile_server() -> u16 {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let app = Router::new().fallback(async || Html(PAGE));
    tokio::spawn(async move { axum::serve(listener, app).await });
    port
}

/// A gateway with providers behind it, and the browser of its user, for whom every `.test` name leads to this machine.
struct Scene {
    trio: Trio,
    gateway: Gateway,
    chromium: Chromium,
    hostile: u16,
}

impl Scene {
    async fn open() -> Option<Self> {
        let chromium = Chromium::open(&["--host-resolver-rules=MAP *.test 127.0.0.1"]).await?;
        let trio = Trio::start().await;
        let home = Arc::new(Home::new());
        trio.write(&home, "ha", "failover", [1, 0, 2], &json!({}));
        let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
        Some(Self { trio, gateway, chromium, hostile: hostile_server().await })
    }

    fn port(&self) -> &str {
        self.gateway.address.rsplit(':').next().expect("an address has a port")
    }

    /// Has the shown page attack the gateway at `target`; what came of each attack.
    async fn attack(&self, function: &str, target: &str) -> Vec<(String, String)> {
        let token = &self.gateway.token;
        let outcomes = self.chromium.page.run(&format!("return {function}({}, {})", json!(target), json!(token))).await;
        let outcomes = outcomes.as_object().expect("outcomes by name").clone();
        outcomes.into_iter().map(|(name, outcome)| (name, outcome.as_str().unwrap_or_default().to_owned())).collect()
    }

    /// The refusals so far, by their codes.
    fn refusals(&self) -> Vec<String> {
        let log = self.gateway.log();
        let refused = log.lines().filter(|line| line.contains("a request was refused"));
        refused.filter_map(|line| Some(line.split("code=\"").nth(1)?.split('"').next()?.to_owned())).collect()
    }

    /// Nobody was called, no token opened the door, and nothing was changed.
    async fn nothing_happened(&self) {
        for provider in self.trio.all() {
            assert_eq!(provider.count(), 0, "{} was asked for an answer", provider.name);
        }
        assert_eq!(self.gateway.admin("exchanges").await.json(), json!([]));
        let door = self.gateway.perform("door", &json!({})).await;
        for (name, untouched) in
            [("firstUsed", Value::Null), ("tokens", json!([])), ("hosts", json!([])), ("origins", json!([]))]
        {
            assert_eq!(door[name], untouched, "{name}: {door}");
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_can_use_neither_the_gateway_nor_its_admin_routes() {
    let Some(scene) = Scene::open().await else { return };
    let page = &scene.chromium.page;
    let mut refused = 0;
    for (host, function) in [
        ("127.0.0.1", "attack"),
        ("localhost", "attack"),
        ("evil.test", "attack"),
        ("evil.test", "attackWithoutOrigin"),
    ] {
        page.visit(&format!("http://{host}:{}/", scene.hostile)).await;
        let outcomes = scene.attack(function, &scene.gateway.address).await;
        assert_eq!(outcomes.len(), ATTACKS, "{outcomes:?}");
        for (attack, outcome) in outcomes {
            assert_eq!(outcome, "done", "{attack}, from {host} by {function}: the page could read the answer");
        }
        let now = page.until("every attack was refused", async || {
            let refusals = scene.refusals();
            (refusals.len() >= refused + ATTACKS).then_some(refusals)
        });
        let now = now.await;
        assert!(now[refused..].iter().all(|code| code == "origin_not_allowed"), "{:?}", &now[refused..]);
        refused = now.len();
        scene.nothing_happened().await;
    }
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_refused_as_a_host() {
    let Some(scene) = Scene::open().await else { return };
    let page = &scene.chromium.page;
    // The page's own name leads to the gateway now: for the browser both are one origin, and it hides nothing.
    let rebound = format!("http://evil.test:{}", scene.port());
    page.visit(&format!("{rebound}/v1/models?key={}", scene.gateway.token)).await;
    assert!(page.text("body").await.contains("host_not_allowed"));
    let functions = PAGE.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a script");
    let token = &scene.gateway.token;
    let outcomes = page.run(&format!("{functions}; return attack({}, {})", json!(rebound), json!(token))).await;
    let outcomes = outcomes.as_object().expect("outcomes by name");
    assert_eq!(outcomes.len(), ATTACKS);
    for (attack, outcome) in outcomes {
        let outcome = outcome.as_str().unwrap_or_default();
        assert!(outcome == "done" || outcome.contains("host_not_allowed"), "{attack}: {outcome}");
    }
    assert!(scene.refusals().iter().all(|code| code == "host_not_allowed"), "{:?}", scene.refusals());
    scene.nothing_happened().await;
}

/// The attacks are real: where the user lets the page in, they work.
#[tokio::test]
async fn a_page_that_the_user_lets_in_is_served_and_no_other() {
    let Some(scene) = Scene::open().await else { return };
    let origin = format!("http://tool.test:{}", scene.hostile);
    scene.gateway.perform("set_door_lists", &json!({ "hosts": [], "origins": [origin] })).await;
    let send = |page: &str| {
        let address = format!("{}/t/{}/v1/chat/completions", scene.gateway.address, scene.gateway.token);
        let body = Tongue::Openai.body("ha", &format!("from {page}"), false).to_string();
        format!(
            "return fetch({}, {{ method: 'POST', mode: 'no-cors', body: {} }}).then(() => 'sent', String)",
            json!(address),
            json!(body)
        )
    };
    let page = &scene.chromium.page;
    for name in ["other.test", "tool.test"] {
        page.visit(&format!("http://{name}:{}/", scene.hostile)).await;
        assert_eq!(page.run(&send(name)).await, "sent");
    }
    let exchanges = scene.gateway.admin("exchanges").await.json();
    assert_eq!(exchanges.as_array().map(Vec::len), Some(1), "{exchanges}");
    assert_eq!(scene.trio.at(1).count(), 1);
    let own = scene.gateway.ask(Tongue::Openai, "ha", "hi", false).await;
    assert_eq!(own.status, 200, "its user's own tools work all along: {own:?}");
    let admin = format!("{}/_mainstay/operations/make_token", scene.gateway.address);
    let body = json!({ "name": "evil" }).to_string();
    let admin = format!(
        "return fetch({}, {{ method: 'POST', mode: 'no-cors', body: {} }}).then(() => 'sent', String)",
        json!(admin),
        json!(body)
    );
    assert_eq!(page.run(&admin).await, "sent");
    assert_eq!(scene.gateway.perform("door", &json!({})).await["tokens"], json!([]), "the admin routes know no list");
}
