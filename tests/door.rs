//! The local door as its user keeps it: tools' own tokens, the lists of hosts and origins, and the window in a browser.

use crate::harness::{Answer, Gateway, Home, Serve, Tongue, Trio, needs};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;

pub(crate) async fn serving(more: &[&str]) -> (Trio, Gateway) {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [1, 0, 2], &json!({}));
    let serve = Serve::at(&home).args(["--secrets", "file", "--profile", "ha"]);
    let gateway = more.iter().fold(serve, |serve, &argument| serve.arg(argument)).start().await;
    (trio, gateway)
}

/// `mainstay tokens …` on a home's folders; what it printed.
async fn tokens(home: &Arc<Home>, arguments: &[&str]) -> String {
    let serve = Serve::bare(home).arg("tokens");
    let serve = arguments.iter().fold(serve, |serve, &argument| serve.arg(argument));
    let ended = serve.args(["--secrets", "file"]).arg("--data-dir").arg(home.data()).run().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.trim().to_owned()
}

fn models(gateway: &Gateway, token: &str) -> RequestBuilder {
    gateway.request(Method::GET, "/v1/models").bearer_auth(token)
}

#[tokio::test]
async fn a_tool_gets_its_own_token_uses_it_and_loses_it_alone() {
    let (_trio, gateway) = serving(&[]).await;
    let home = Arc::clone(&gateway.home);
    assert!(tokens(&home, &["list"]).await.contains("No tool has a token of its own"));
    let own = tokens(&home, &["make", "my script"]).await;
    assert!(own.starts_with("mst_") && own.len() == 47, "it stands alone on its line");
    let file = fs::read_to_string(home.data().join("door.json")).expect("it is kept");
    assert!(!file.contains(&own) && !file.contains(&own[4..]), "as a digest alone");

    let asked = gateway.request(Method::POST, Tongue::Openai.path("ha", false).as_str()).bearer_auth(&own);
    let asked = Answer::to(asked.json(&Tongue::Openai.body("ha", "hi", false))).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let id = asked.header("x-mainstay-request-id").expect("every exchange has its name").to_owned();
    assert_eq!(gateway.trail(&id).await["tool"], "my script");
    let listed: Value = serde_json::from_str(&tokens(&home, &["list", "--json"]).await).expect("JSON");
    assert!(listed[0]["used"].as_u64() >= listed[0]["made"].as_u64(), "{listed}");
    assert!(tokens(&home, &["list"]).await.starts_with("my script: made "));

    assert!(tokens(&home, &["revoke", "my script"]).await.contains("opens nothing any more"));
    let refused = Answer::to(models(&gateway, &own)).await;
    assert_eq!((refused.status, refused.header("x-mainstay-error")), (401, Some("token_revoked")), "{refused:?}");
    assert_eq!(Answer::to(models(&gateway, &gateway.token)).await.status, 200, "the first goes on");
    assert!(!gateway.log().contains(&own));

    let again = Serve::bare(&home).args(["tokens", "revoke", "my script", "--secrets", "file"]);
    let ended = again.arg("--data-dir").arg(home.data()).run().await;
    assert_eq!(ended.problem()["code"], "no_such_token");
}

#[tokio::test]
async fn tokens_and_lists_outlive_the_run_and_can_be_made_while_nothing_runs() {
    let (_trio, gateway) = serving(&[]).await;
    let home = Arc::clone(&gateway.home);
    let first = gateway.token.clone();
    gateway.perform("set_door_lists", &json!({ "hosts": ["Box.internal"], "origins": ["http://tool.test:9"] })).await;
    gateway.stop().await;
    let own = tokens(&home, &["make", "codex"]).await;
    let gateway = Serve::at(&home).args(["--secrets", "file"]).start().await;
    assert_eq!(gateway.token, first, "the first is made once");
    for token in [&first, &own] {
        assert_eq!(Answer::to(models(&gateway, token)).await.status, 200);
    }
    let ask = |host: &str, origin: &str| {
        let asked = models(&gateway, &own).header("host", host).header("origin", origin);
        async { Answer::to(asked).await.status }
    };
    assert_eq!(ask("box.internal", "http://tool.test:9").await, 200);
    assert_eq!(ask("box.internal", "http://other.test:9").await, 403);
    assert_eq!(ask("other.internal", "http://tool.test:9").await, 403);
}

#[tokio::test]
async fn the_start_can_let_more_in_for_its_run_and_refuses_what_can_not_be() {
    let (_trio, gateway) = serving(&["--allow-host", "wsl.internal", "--allow-origin", "http://tool.test:9"]).await;
    let asked = models(&gateway, &gateway.token).header("host", "wsl.internal").header("origin", "http://tool.test:9");
    assert_eq!(Answer::to(asked).await.status, 200);
    let door = gateway.perform("door", &json!({})).await;
    assert_eq!((&door["givenHosts"], &door["hosts"]), (&json!(["wsl.internal"]), &json!([])), "{door}");

    let home = Arc::new(Home::new());
    for (flag, entry, code) in [
        ("--allow-host", "http://box.internal", "door_host_bad"),
        ("--allow-origin", "null", "door_origin_bad"),
        ("--allow-origin", "*", "door_entry_bad"),
    ] {
        let ended = Serve::at(&home).in_memory().args([flag, entry]).run().await;
        assert_eq!((ended.code, ended.problem()["code"].as_str()), (Some(2), Some(code)), "{ended:?}");
    }
}

/// One browser's way in, spoken by hand.
struct Browser<'a> {
    gateway: &'a Gateway,
    cookie: String,
    key: String,
}

impl<'a> Browser<'a> {
    fn trade(gateway: &Gateway, code: &str, origin: &str) -> RequestBuilder {
        let request = gateway.request(Method::POST, "/_mainstay/session").header("origin", origin);
        request.json(&json!({ "code": code }))
    }

    async fn open(gateway: &'a Gateway, code: &str) -> Self {
        let answer = Answer::to(Self::trade(gateway, code, &gateway.address)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        for wanted in ["HttpOnly", "SameSite=Strict", "Path=/_mainstay/"] {
            assert!(cookie.contains(wanted), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let key = answer.json()["key"].as_str().expect("a key").to_owned();
        Self { gateway, cookie, key }
    }

    fn request(&self, method: Method, route: &str) -> RequestBuilder {
        let request = self.gateway.request(method, &format!("/_mainstay/{route}"));
        request.header("cookie", format!("other=1; {}", self.cookie))
    }
}

/// The window's address, as the ready line has it.
pub(crate) fn window_of(gateway: &Gateway) -> String {
    gateway.ready["window"].as_str().expect("the ready line says where").to_owned()
}

/// Whether the command has the window in it; where not, the test is to be skipped.
pub(crate) async fn has_window() -> bool {
    let home = Arc::new(Home::new());
    let tried = Serve::bare(&home).args(["serve", "--ui", "--secrets", "memory", "--listen", "192.0.2.1:1"]);
    let lacks = tried.arg("--data-dir").arg(home.data()).run().await.problem()["code"] == "no_window";
    needs::are_met(&[], lacks.then_some("a command that was built after the UI"))
}

#[tokio::test]
async fn a_browser_trades_its_code_once_and_writes_only_with_all_that_it_was_given() {
    if !has_window().await {
        return;
    }
    let (_trio, gateway) = serving(&["--ui"]).await;
    let window = window_of(&gateway);
    let (page, code) = window.split_once("#code=").expect("the code stands where no server sees it");
    let index = Answer::to(gateway.request(Method::GET, page.strip_prefix(&gateway.address).expect("ours"))).await;
    assert!(index.body.contains("<title>Mainstay</title>"), "{index:?}");
    assert!(index.header("content-security-policy").expect("a policy").contains("frame-ancestors 'none'"));

    for (code, origin) in [(code, "http://evil.test"), ("wrong", gateway.address.as_str())] {
        let refused = Answer::to(Browser::trade(&gateway, code, origin)).await;
        assert!(matches!(refused.status, 401 | 403) && refused.header("set-cookie").is_none(), "{refused:?}");
    }
    let plain = gateway.request(Method::POST, "/_mainstay/session").body(json!({ "code": code }).to_string());
    assert_eq!(Answer::to(plain).await.status, 403, "no form can open a session");
    let browser = Browser::open(&gateway, code).await;
    let again = Answer::to(Browser::trade(&gateway, code, &gateway.address)).await;
    assert_eq!((again.status, again.header("x-mainstay-error")), (401, Some("code_used")));

    let own = gateway.address.clone();
    let write = |request: RequestBuilder| Answer::to(request.json(&json!({ "name": "codex" })));
    let make = || browser.request(Method::POST, "operations/make_token");
    for (lacking, request) in [
        ("the key", make().header("origin", &own)),
        ("the right key", make().header("origin", &own).header("x-mainstay-session", "wrong")),
        ("the origin", make().header("x-mainstay-session", &browser.key)),
        ("the right origin", make().header("origin", "http://evil.test").header("x-mainstay-session", &browser.key)),
        (
            "the cookie",
            gateway
                .request(Method::POST, "/_mainstay/operations/make_token")
                .header("origin", &own)
                .header("x-mainstay-session", &browser.key),
        ),
    ] {
        let refused = write(request).await;
        assert!(matches!(refused.status, 401 | 403), "without {lacking}: {refused:?}");
    }
    assert_eq!(gateway.perform("door", &json!({})).await["tokens"], json!([]));
    let made = write(make().header("origin", &own).header("x-mainstay-session", &browser.key)).await;
    assert_eq!(made.status, 200, "{made:?}");
    let read = Answer::to(browser.request(Method::GET, "state")).await;
    assert_eq!(read.status, 401, "the cookie alone reads nothing: it goes to every port of this machine");

    let ui = Serve::bare(&gateway.home).args(["ui", "--no-browser"]).arg("--data-dir").arg(gateway.home.data());
    let another = ui.run().await.stdout;
    let (_, code) = another.trim().split_once("#code=").expect("another address");
    Browser::open(&gateway, code).await;
    assert!(!gateway.log().contains(code));
}

#[tokio::test]
async fn news_flow_to_a_browser_and_do_not_hold_up_the_end() {
    let (_trio, gateway) = serving(&[]).await;
    let note = fs::read_to_string(gateway.home.data().join("run.json")).expect("a running engine has its note");
    let note: Value = serde_json::from_str(&note).expect("JSON");
    let token = note["admin_token"].as_str().expect("the admin token");
    let watch = gateway.request(Method::GET, "/_mainstay/watch").bearer_auth(token);
    let mut news = watch.send().await.expect("an answer");
    assert_eq!(news.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let mut until = async |what: &str| {
        while !text.contains(what) {
            let piece = news.chunk().await.expect("news").expect("it goes on");
            text.push_str(&String::from_utf8_lossy(&piece));
        }
        text.clone()
    };
    let first = until("\"state\":{").await;
    assert!(first.contains("data: {"), "{first}");
    gateway.ask(Tongue::Openai, "ha", "hi", false).await;
    until("\"servedBy\":\"ha-openai\"").await;
    let ended = gateway.stop().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("requests were still running"), "{}", ended.stderr);
    while news.chunk().await.is_ok_and(|piece| piece.is_some()) {}
}

#[tokio::test]
async fn a_gateway_without_the_window_says_so() {
    let (_trio, gateway) = serving(&[]).await;
    assert_eq!(gateway.ready.get("window"), None);
    let page = Answer::to(gateway.request(Method::GET, "/_mainstay/ui/")).await;
    assert_eq!((page.status, page.header("x-mainstay-error")), (404, Some("no_window")));
    let ui = Serve::bare(&gateway.home).args(["ui", "--no-browser"]).arg("--data-dir").arg(gateway.home.data());
    assert_eq!(ui.run().await.problem()["code"], "no_window");
    let nowhere = Arc::new(Home::new());
    let ui = Serve::bare(&nowhere).args(["ui", "--no-browser"]).arg("--data-dir").arg(nowhere.data());
    assert_eq!(ui.run().await.problem()["code"], "not_running");
}
