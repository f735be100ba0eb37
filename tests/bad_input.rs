//! Whatever comes in that is wrong: a clear error each, nothing lost, and it stays up.

use crate::harness::{Answer, Ended, Gateway, Home, Serve, Tongue, Trio, balancer, standard, words_of};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MIB: usize = 1 << 20;

/// It ended with this exit code and this word for programs, and said nothing on stdout.
fn refused(ended: &Ended, exit: i32, code: &str) -> Value {
    assert_eq!(ended.code, Some(exit), "{ended:?}");
    let problem = ended.problem();
    assert_eq!(problem["code"], code, "{ended:?}");
    assert_eq!(ended.stdout, "", "stdout is for the ready line");
    problem
}

#[tokio::test]
async fn a_profile_that_cannot_serve_stops_the_start_with_the_reason() {
    let home = Arc::new(Home::new());
    home.write("good", &standard("anthropic", "m", &json!({})));
    for (name, text, reason) in [
        ("broken", "{\n  \"version\": 1,\n  \"provider\": \"anthropic\",,\n}", "line 3"),
        ("empty", "", "broken"),
        ("a-list", "[]", "a-list"),
        ("no-model", "{\"version\":1,\"provider\":\"anthropic\"}", "model"),
        (
            "bad-policy",
            "{\"version\":1,\"type\":\"loadbalancer\",\"policy\":\"random\",\"profiles\":[\"good\"]}",
            "policy",
        ),
    ] {
        home.write_text(name, text);
        let ended = Serve::at(&home).in_memory().args(["--profile", name]).run().await;
        let problem = refused(&ended, 4, "profile_broken");
        let message = problem["message"].as_str().expect("a message");
        assert!(message.contains(name) && (reason == "broken" || message.contains(reason)), "{name}: {message}");
        assert_eq!(fs::read_to_string(home.profile_path(name)).expect("the file"), text, "it is left as it is");
    }
    let ended = Serve::at(&home).in_memory().args(["--profile", "nobody"]).run().await;
    let problem = refused(&ended, 4, "no_such_profile");
    assert!(problem["hint"].as_str().expect("a hint").contains("good"), "it says which there are: {problem}");
    // Nothing is left behind: the same folders serve.
    Serve::at(&home).in_memory().args(["--profile", "good"]).start().await;
}

#[tokio::test]
async fn a_broken_file_an_unknown_provider_and_a_missing_member_take_out_themselves_only() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    home.write_text("broken", "{\"version\": 1, \"provider\": ");
    home.write("stranger", &standard("no-such-provider", "m", &json!({ "auth-key": "k" })));
    home.write("keyless", &standard("anthropic", "m", &json!({ "base-url": trio.at(0).base_url })));
    home.write("mixed", &balancer("failover", &["broken", "stranger", "missing", "keyless", "ha-gemini"]));
    home.write("hopeless", &balancer("failover", &["broken", "missing"]));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "mixed"]).start().await;
    for client in Tongue::ALL {
        for stream in [false, true] {
            let answer = gateway.ask(client, "m", "who is left?", stream).await;
            assert_eq!(answer.text(client), words_of(2, "who is left?"), "{answer:?}");
            let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
            let skips: Vec<_> = trail["skips"].as_array().expect("a list").iter().map(|skip| &skip["member"]).collect();
            assert_eq!(skips, ["broken", "stranger", "missing", "keyless"], "{trail}");

            let answer = gateway.ask(client, "hopeless", "anybody?", stream).await;
            assert_eq!(answer.status, 503, "{answer:?}");
            let body = answer.json();
            let message = client.error(&body).expect("its dialect's error");
            assert!(message.contains("broken") && message.contains("missing"), "{message}");
        }
    }
    for (profile, reason) in [("stranger", "no-such-provider"), ("keyless", "needs a key or login")] {
        let answer = gateway.ask(Tongue::Openai, profile, "hello", false).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        let body = answer.json();
        let message = Tongue::Openai.error(&body).expect("its dialect's error");
        assert!(message.contains(reason), "{profile}: {message}");
    }
}

#[tokio::test]
async fn a_bad_catalogue_stops_the_start_with_the_reason() {
    let home = Arc::new(Home::new());
    for (text, reason) in [
        ("{", "JSON"),
        ("[]", "object"),
        (r#"{"providers":[{"base_url":"http://127.0.0.1:1"}]}"#, "name"),
        (r#"{"providers":[{"name":"new"}]}"#, "new"),
        (r#"{"providers":[{"name":"anthropic","base_url":"ftp://host"}]}"#, "anthropic"),
        (r#"{"providers":[{"name":"anthropic","bsae_url":"http://127.0.0.1:1"}]}"#, "bsae_url"),
    ] {
        let file = home.file("catalogue.json", text);
        let ended = Serve::at(&home).in_memory().arg("--catalogue").arg(file).run().await;
        let problem = refused(&ended, 4, "catalogue_bad");
        assert!(problem["message"].as_str().expect("a message").contains(reason), "{text}: {problem}");
    }
    let ended = Serve::at(&home).in_memory().args(["--catalogue", "no-such-file.json"]).run().await;
    refused(&ended, 4, "catalogue_bad");
}

#[tokio::test]
async fn a_wrong_command_line_is_told_from_every_other_fault() {
    let home = Arc::new(Home::new());
    let empty = home.file("empty-token", "\n");
    let cases: [(&[&str], &str); 8] = [
        (&["--no-such-flag"], "usage"),
        (&["--listen", "nowhere"], "usage"),
        (&["--listen", "127.0.0.1:99999"], "usage"),
        (&["--secrets", "shoebox"], "usage"),
        (&["--log", "much=too=much"], "usage"),
        (&["--token-file", "no-such-file"], "usage"),
        (&["--token-file", empty.to_str().expect("UTF-8")], "usage"),
        (&["unexpected"], "usage"),
    ];
    for (arguments, code) in cases {
        let serve = Serve::bare(&home).arg("serve").arg("--data-dir").arg(home.data());
        let ended = arguments.iter().fold(serve, |serve, argument| serve.arg(*argument)).run().await;
        refused(&ended, 2, code);
    }
    for nothing in [Serve::bare(&home), Serve::bare(&home).arg("no-such-command")] {
        refused(&nothing.run().await, 2, "usage");
    }
    let serve = Serve::bare(&home).args(["serve", "--secrets", "memory", "--listen", "0.0.0.0:0"]);
    let ended = serve.arg("--data-dir").arg(home.data()).arg("--profiles-dir").arg(home.profiles()).run().await;
    let problem = refused(&ended, 2, "remote_not_allowed");
    assert!(problem["hint"].as_str().expect("a hint").contains("--allow-remote"), "{problem}");
}

#[tokio::test]
async fn a_port_in_use_is_exit_3_and_leaves_nothing_behind() {
    let home = Arc::new(Home::new());
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let serve = Serve::bare(&home).args(["serve", "--secrets", "memory", "--listen", &address]);
    let ended = serve.arg("--profiles-dir").arg(home.profiles()).arg("--data-dir").arg(home.data()).run().await;
    let problem = refused(&ended, 3, "port_in_use");
    assert!(problem["message"].as_str().expect("a message").contains(&address), "{problem}");
    assert!(!home.data().join("run.json").exists());
    Serve::at(&home).in_memory().start().await;
}

#[tokio::test]
async fn a_second_engine_on_a_data_folder_is_exit_6_and_the_first_serves_on() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().start().await;
    let note = fs::read(home.data().join("run.json")).expect("the first one's note");
    refused(&Serve::at(&home).in_memory().run().await, 6, "data_folder_in_use");
    let key = Serve::bare(&home).args(["key", "list", "--secrets", "file", "--data-dir"]).arg(home.data());
    refused(&key.run().await, 6, "data_folder_in_use");
    assert_eq!(fs::read(home.data().join("run.json")).expect("still there"), note);
    still_serves(&gateway).await;
}

#[tokio::test]
async fn without_a_keyring_it_says_which_stores_there_are() {
    let home = Arc::new(Home::new());
    // No session bus: nothing of this machine's environment comes in.
    let ended = Serve::at(&home).args(["--secrets", "keyring"]).run().await;
    assert_eq!(ended.code, Some(5), "{ended:?}");
    let problem = ended.problem();
    let hint = problem["hint"].as_str().expect("a hint");
    assert!(hint.contains("--secrets file") && hint.contains("memory"), "{problem}");
    assert_eq!(ended.stdout, "");
    let vault: Vec<_> =
        fs::read_dir(home.data()).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(!vault.iter().any(|name| name.to_string_lossy().contains("vault")), "never silently a file: {vault:?}");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_used_is_said_plainly() {
    let home = Arc::new(Home::new());
    let file = home.file("not-a-folder", "x");
    let serve = Serve::bare(&home).args(["serve", "--secrets", "memory", "--listen", "127.0.0.1:0", "--data-dir"]);
    let ended = serve.arg(&file).arg("--profiles-dir").arg(home.profiles()).run().await;
    refused(&ended, 1, "data_folder_unusable");
    assert_eq!(fs::read_to_string(file).expect("the file"), "x");
}

/// A request of each dialect is answered in full.
async fn still_serves(gateway: &Gateway) {
    for client in Tongue::ALL {
        let answer = gateway.ask(client, "ha", "still there?", true).await;
        assert_eq!(answer.text(client), words_of(0, "still there?"), "{answer:?}");
    }
}

async fn serving(trio: &Trio) -> Gateway {
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    Serve::at(&home).in_memory().start().await
}

#[tokio::test]
async fn who_may_not_come_in_is_told_so_in_their_dialect_and_reaches_no_provider() {
    let trio = Trio::start().await;
    let gateway = serving(&trio).await;
    type Change = fn(RequestBuilder) -> RequestBuilder;
    let cases: [(&str, bool, Change, u16, &str); 11] = [
        ("no token", false, |r| r, 401, "token_missing"),
        ("a wrong token", false, |r| r.header("x-mainstay-token", "wrong"), 401, "token_wrong"),
        ("a wrong key", false, |r| r.header("x-api-key", "wrong"), 401, "token_wrong"),
        ("a wrong bearer", false, |r| r.bearer_auth("wrong"), 401, "token_wrong"),
        ("an empty token", false, |r| r.header("x-mainstay-token", ""), 401, "token_wrong"),
        ("a foreign origin", true, |r| r.header("origin", "https://evil.example"), 403, "origin_not_allowed"),
        ("an origin of null", true, |r| r.header("origin", "null"), 403, "origin_not_allowed"),
        ("a page of another site", true, |r| r.header("sec-fetch-site", "cross-site"), 403, "origin_not_allowed"),
        ("a foreign host", true, |r| r.header("host", "evil.example"), 403, "host_not_allowed"),
        ("a host of another port", true, |r| r.header("host", "127.0.0.1:1"), 403, "host_not_allowed"),
        ("a rebound name", true, |r| r.header("host", "127.0.0.1.evil.example:80"), 403, "host_not_allowed"),
    ];
    for (who, with_token, change, status, code) in cases {
        for client in Tongue::ALL {
            for stream in [false, true] {
                let path = client.path("ha", stream);
                let mut request = gateway.request(Method::POST, &path).json(&client.body("ha", "let me in", stream));
                if with_token {
                    request = request.header("x-mainstay-token", &gateway.token);
                }
                let answer = Answer::to(change(request)).await;
                assert_eq!(
                    (answer.status, answer.header("x-mainstay-error")),
                    (status, Some(code)),
                    "{who}: {answer:?}"
                );
                assert!(client.error(&answer.json()).is_some(), "{who}: {answer:?}");
                assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "no CORS");
            }
        }
    }
    assert!(trio.all().iter().all(|running| running.count() == 0));
    still_serves(&gateway).await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_clients_dialect() {
    let trio = Trio::start().await;
    let gateway = serving(&trio).await;
    let with_token = |method, path: &str| gateway.request(method, path).header("x-mainstay-token", &gateway.token);
    for client in Tongue::ALL {
        let path = client.path("ha", false);
        for body in ["{", "", "null", "[]", "\"text\"", "{\"messages\":", "\u{0}\u{1}"] {
            let answer = Answer::to(with_token(Method::POST, &path).body(body)).await;
            assert_eq!(answer.status, 400, "{client:?} {body:?}: {answer:?}");
            assert!(client.error(&answer.json()).is_some(), "{answer:?}");
        }
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
            let answer = Answer::to(with_token(method.clone(), &path)).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method} {answer:?}");
            assert!(client.error(&answer.json()).is_some(), "{method} {answer:?}");
        }
        let upgrade = with_token(Method::GET, &path)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let answer = Answer::to(upgrade).await;
        assert_eq!(
            (answer.status, answer.header("x-mainstay-error")),
            (501, Some("upgrade_not_supported")),
            "{answer:?}"
        );
        assert!(client.error(&answer.json()).is_some(), "{answer:?}");
    }
    for (client, path) in [
        (Tongue::Anthropic, "/v1/messages/batches"),
        (Tongue::Openai, "/v1/audio/speech"),
        (Tongue::Gemini, "/v1beta/tunedModels/m:generateContent"),
    ] {
        let answer = Answer::to(with_token(Method::POST, path).json(&json!({}))).await;
        assert_eq!((answer.status, answer.header("x-mainstay-error")), (404, Some("not_found")), "{answer:?}");
        assert!(client.error(&answer.json()).is_some(), "{answer:?}");
    }
    for (path, takes) in [("/v1/models", "GET"), ("/healthz", "GET"), ("/", "HEAD")] {
        let answer = Answer::to(with_token(Method::DELETE, path)).await;
        let allow = answer.header("allow").unwrap_or_default();
        assert!(answer.status == 405 && allow.contains(takes) && !allow.contains("POST"), "{path}: {answer:?}");
    }
    let answer = Answer::to(with_token(Method::GET, "/elsewhere")).await;
    assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")), "{answer:?}");
    assert!(trio.all().iter().all(|running| running.count() == 0));
    still_serves(&gateway).await;
}

#[tokio::test]
async fn a_body_over_32_mib_is_413_and_one_just_under_it_passes() {
    let trio = Trio::start().await;
    let gateway = serving(&trio).await;
    for client in Tongue::ALL {
        let request = |bytes: usize| {
            let empty = client.body("ha", "", false).to_string().len();
            let said = "x".repeat(bytes - empty);
            let request = gateway.request(Method::POST, &client.path("ha", false));
            request.header("x-mainstay-token", &gateway.token).body(client.body("ha", &said, false).to_string())
        };
        let answer = Answer::to(request(33 * MIB)).await;
        assert_eq!((answer.status, answer.header("x-mainstay-error")), (413, Some("body_too_large")), "{client:?}");
        assert!(client.error(&answer.json()).is_some(), "{answer:?}");
    }
    assert!(trio.all().iter().all(|running| running.count() == 0));
    // A length is not needed to find out.
    let mut stream = TcpStream::connect(gateway.address.trim_start_matches("http://")).await.expect("a connection");
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: {}\r\nx-mainstay-token: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        gateway.address.trim_start_matches("http://"),
        gateway.token
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mebibyte = vec![b' '; MIB];
    for _ in 0..33 {
        stream.write_all(format!("{MIB:x}\r\n").as_bytes()).await.expect("sent");
        stream.write_all(&mebibyte).await.expect("sent");
        stream.write_all(b"\r\n").await.expect("sent");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    still_serves(&gateway).await;

    let said = "x".repeat(31 * MIB);
    let answer = gateway.ask(Tongue::Openai, "ha-openai", &said, false).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(trio.at(1).seen()[0].body_bytes().len() > 31 * MIB);
}

#[tokio::test]
async fn bytes_that_are_no_http_and_connections_that_break_harm_nobody() {
    let trio = Trio::start().await;
    let gateway = serving(&trio).await;
    let address = gateway.address.trim_start_matches("http://");
    let host = format!("host: {address}\r\nx-mainstay-token: {}\r\n", gateway.token);
    for sent in [
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("POST /v1/messages HTTP/1.1\r\n{host}content-length: 100\r\n\r\n{{\"model\":"),
        format!("POST /v1/messages HTTP/1.1\r\n{host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
        format!("GET /healthz HTTP/1.1\r\n{host}host: evil.example\r\n\r\n"),
        format!("GET /healthz HTTP/1.1\r\n{host}x-long: {}\r\n\r\n", "y".repeat(MIB)),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        // It may close before all is written, which is its right.
        let _ = stream.write_all(sent.as_bytes()).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(trio.all().iter().all(|running| running.count() == 0));
    still_serves(&gateway).await;
}

#[tokio::test]
async fn with_no_active_profile_a_request_that_names_none_is_told_what_to_do() {
    let Some(clients) = crate::clients::Clients::get() else { return };
    let trio = Trio::start().await;
    let gateway = serving(&trio).await;
    assert_eq!(gateway.ready["profile"], Value::Null);
    for client in Tongue::ALL {
        for stream in [false, true] {
            let answer = gateway.ask(client, "gpt-4o", "hello", stream).await;
            assert_eq!(
                (answer.status, answer.header("x-mainstay-error")),
                (503, Some("no_active_profile")),
                "{answer:?}"
            );
            let body = answer.json();
            assert!(client.error(&body).expect("its dialect's error").contains("--profile"), "{answer:?}");
            let heard = clients.ask(&gateway, client, "gpt-4o", "hello", stream).await;
            assert_eq!((heard.ok(), &heard.0["status"]), (false, &json!(503)), "{heard:?}");
            let trail = gateway.trail(heard.request_id()).await;
            assert_eq!((&trail["error"], &trail["route"]), (&json!("no_active_profile"), &Value::Null), "{trail}");
        }
    }
    still_serves(&gateway).await;
}

#[tokio::test]
async fn the_admin_routes_open_to_their_own_token_only() {
    let trio = Trio::start().await;
    let gateway = serving(&trio).await;
    for path in ["/_mainstay/exchanges", "/_mainstay/state", "/_mainstay/exchanges/req_1"] {
        for request in [
            gateway.request(Method::GET, path),
            gateway.request(Method::GET, path).bearer_auth(&gateway.token),
            gateway.request(Method::GET, path).header("x-mainstay-token", &gateway.token),
        ] {
            assert_eq!(Answer::to(request).await.status, 401, "{path}");
        }
        // Behind the gateway's token there are no such routes.
        let behind = gateway.request(Method::GET, &format!("/t/{}{path}", gateway.token));
        assert_eq!(Answer::to(behind).await.status, 404, "{path}");
    }
    let note: Value =
        serde_json::from_slice(&fs::read(gateway.home.data().join("run.json")).expect("the note")).expect("JSON");
    let admin = note["admin_token"].as_str().expect("a token");
    let asking = gateway.request(Method::POST, "/v1/messages").bearer_auth(admin);
    let answer = Answer::to(asking.json(&Tongue::Anthropic.body("ha", "hi", false))).await;
    assert_eq!(answer.status, 401, "the admin token opens no provider: {answer:?}");
    let page =
        gateway.request(Method::GET, "/_mainstay/state").bearer_auth(admin).header("origin", "https://evil.example");
    assert_eq!(Answer::to(page).await.status, 403);
    assert_eq!(gateway.admin("state").await.status, 200);
}
