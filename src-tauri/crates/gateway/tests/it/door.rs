//! The local door from outside: whom it lets in, what it says to the others, and that nothing happens for them.

use crate::harness::*;
use mainstay_dialects::Dialect;
use mainstay_gateway::{AllowedHost, AllowedOrigin, DoorRules, DoorToken, TokenDigest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CLAUDE: Dialect = Dialect::Anthropic;

async fn gate(upstream: &Scripted) -> Gate {
    Gate::of(vec![member("one", CLAUDE, &upstream.origin())]).await
}

/// Sends bytes as they stand, and reads what comes until the end.
async fn said(gate: &Gate, head: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(gate.address).await.unwrap();
    stream.write_all(head.replace("PORT", &gate.address.port().to_string()).as_bytes()).await.unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    (text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default(), text)
}

/// A head for `said`, with the token, a body that any dialect refuses, and these lines.
fn head(first: &str, lines: &str) -> String {
    format!(
        "{first} HTTP/1.1\r\n{lines}x-mainstay-token: {TOKEN}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
    )
}

#[tokio::test]
async fn a_foreign_host_is_refused_on_every_path_and_nothing_goes_out() {
    let upstream = Scripted::start(vec![]).await;
    let gate = gate(&upstream).await;
    for host in [
        "",
        "Host: evil.example\r\n",
        "Host: evil.example:PORT\r\n",
        "Host: 127.0.0.1\r\n",
        "Host: 127.0.0.1:1\r\n",
        "Host: 127.0.0.1:PORT.evil.example\r\n",
        "Host: localhost.evil.example:PORT\r\n",
        "Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n",
        "Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n",
    ] {
        for path in
            ["POST /v1/messages", "GET /healthz", "HEAD /", "GET /_mainstay/state", "POST /_mainstay/operations/live"]
        {
            let (status, text) = said(&gate, &head(path, host)).await;
            assert!(matches!(status, 400 | 403), "{path} {host:?}: {text}");
            assert!(!text.contains("no_such_admin_route"), "{path} {host:?}: {text}");
        }
    }
    let (status, text) = said(&gate, &head("GET http://evil.example/healthz", "Host: 127.0.0.1:PORT\r\n")).await;
    assert_eq!(status, 403, "{text}");
    assert!(upstream.got().is_empty());
}

#[tokio::test]
async fn a_page_is_refused_whatever_it_sends_and_nothing_goes_out() {
    let upstream = Scripted::start(vec![]).await;
    let gate = gate(&upstream).await;
    for lines in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1:PORT\r\n",
        "Origin: http://127.0.0.1:1\r\n",
        "Origin: \r\n",
        "Origin: \u{e9}\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        for path in ["POST /v1/messages", "OPTIONS /v1/messages", "GET /v1/models", "GET /healthz", "HEAD /"] {
            let (status, text) = said(&gate, &head(path, &format!("Host: 127.0.0.1:PORT\r\n{lines}"))).await;
            assert_eq!(status, 403, "{path} {lines:?}: {text}");
            assert!(!text.to_lowercase().contains("access-control"), "there is no CORS: {text}");
        }
    }
    assert!(upstream.got().is_empty());
}

#[tokio::test]
async fn admin_routes_take_their_own_page_and_no_gateway_token_in_front() {
    let upstream = Scripted::start(vec![]).await;
    let gate = gate(&upstream).await;
    let origins = vec![AllowedOrigin::parse("http://tool.local:9").unwrap()];
    gate.door.set(DoorRules { origins, tokens: vec![first_token()], ..DoorRules::default() });
    let path = "POST /_mainstay/operations/live";
    for (origin, status) in [
        ("http://127.0.0.1:PORT", 404),
        ("http://localhost:PORT", 403),
        ("http://tool.local:9", 403),
        ("http://evil.example", 403),
        ("null", 403),
    ] {
        let lines = format!("Host: 127.0.0.1:PORT\r\nOrigin: {origin}\r\n");
        assert_eq!(said(&gate, &head(path, &lines)).await.0, status, "{origin}");
    }
    let (status, text) = said(&gate, &head("GET /t/door-token/_mainstay/state", "Host: 127.0.0.1:PORT\r\n")).await;
    assert!(status == 404 && !text.contains("no_such_admin_route"), "the gateway's token leads nowhere: {text}");
}

#[tokio::test]
async fn what_is_allowed_counts_at_once_and_so_does_what_is_taken_back() {
    let wire = Wire(CLAUDE);
    let upstream = Scripted::start(vec![wire.good_whole("id", "words")]).await;
    let gate = gate(&upstream).await;
    let page =
        || gate.request(CLAUDE, false).header("origin", "http://tool.local:9").header("sec-fetch-site", "cross-site");
    let refused = Answer::read(page()).await;
    assert_eq!((refused.status, refused.header("x-mainstay-error")), (403, Some("origin_not_allowed")));
    assert!(refused.text.contains("--allow-origin http://tool.local:9"), "{}", refused.text);

    let rules = DoorRules {
        hosts: vec![AllowedHost::parse("box.internal").unwrap()],
        origins: vec![AllowedOrigin::parse("http://tool.local:9").unwrap()],
        tokens: vec![first_token()],
    };
    gate.door.set(rules);
    let allowed = Answer::read(page()).await;
    assert_eq!(allowed.served_by(), Some("one"));
    assert!(!allowed.headers.keys().any(|name| name.as_str().starts_with("access-control")));
    let aliased = Answer::read(gate.request(CLAUDE, false).header("host", "box.internal:4117")).await;
    assert_eq!(aliased.served_by(), Some("one"));

    gate.door.set(DoorRules { tokens: vec![first_token()], ..DoorRules::default() });
    assert_eq!(Answer::read(page()).await.status, 403);
    let aliased = Answer::read(gate.request(CLAUDE, false).header("host", "box.internal:4117")).await;
    assert_eq!(aliased.header("x-mainstay-error"), Some("host_not_allowed"));
    assert!(aliased.text.contains("--allow-host box.internal:4117"), "{}", aliased.text);
    assert_eq!(upstream.got().len(), 2);
}

#[tokio::test]
async fn a_tool_s_own_token_opens_names_it_and_can_be_revoked() {
    let wire = Wire(CLAUDE);
    let upstream = Scripted::start(vec![wire.good_whole("id", "words")]).await;
    let gate = gate(&upstream).await;
    let set = |revoked| {
        let own = DoorToken::of_tool("my script", TokenDigest::of("own-token"), revoked);
        gate.door.set(DoorRules { tokens: vec![first_token(), own], ..DoorRules::default() });
    };
    let url = format!("http://{}/v1/messages", gate.address);
    let ask = |token: &str, agent: &str| {
        let request = gate.http.post(&url).header("x-api-key", token).header("user-agent", agent);
        Answer::read(request.json(&body(CLAUDE, false)))
    };
    set(false);
    for (number, (token, agent, tool)) in [
        ("own-token", "", "my script"),
        ("own-token", "python-httpx/0.28", "my script"),
        ("own-token", "claude-cli/2.0", "claude-cli"),
        (TOKEN, "python-httpx/0.28", "python-httpx"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(ask(token, agent).await.served_by(), Some("one"));
        assert_eq!(gate.watched.trail(number).await.tool.as_deref(), Some(tool), "{agent}");
    }
    for got in upstream.got() {
        assert!(!got.head.contains("own-token") && !got.head.contains(TOKEN), "no token of the door goes out");
    }
    set(true);
    let refused = ask("own-token", "").await;
    assert_eq!((refused.status, refused.header("x-mainstay-error")), (401, Some("token_revoked")));
    assert!(refused.text.contains("my script") && !refused.text.contains("own-token"), "{}", refused.text);
    assert_eq!(ask(TOKEN, "").await.served_by(), Some("one"), "the first goes on");
    assert_eq!(upstream.got().len(), 5);
}

#[tokio::test]
async fn who_only_asks_whether_anybody_is_there_needs_no_token() {
    let upstream = Scripted::start(vec![]).await;
    let gate = gate(&upstream).await;
    let url = |path: &str| format!("http://{}{path}", gate.address);
    assert_eq!(Answer::read(gate.http.get(url("/healthz"))).await.status, 200);
    assert_eq!(Answer::read(gate.http.head(url("/"))).await.status, 200);
    for (path, code) in [("/v1/models", "token_missing"), ("/v1/models?key=wrong", "token_wrong")] {
        let answer = Answer::read(gate.http.get(url(path))).await;
        assert_eq!((answer.status, answer.header("x-mainstay-error")), (401, Some(code)));
    }
}
