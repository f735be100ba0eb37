//! The recipe's table, row by row: whatever a provider does, the client gets a whole answer from the next one, and the
//! trail says what happened.
//!
//! Each row is played by the official SDKs of all three dialects, streaming and not, with the recipe's order of providers;
//! then with another provider at the top, and with two that fail.

use crate::clients::{Clients, Heard};
use crate::harness::{Home, MEMBERS, Serve, Tongue, Trio, key_of, status, until, words_of};
use mainstay_simulator::{Fault, Running};
use serde_json::{Value, json};
use std::sync::Arc;

const MINUTE_MS: u64 = 60_000;

/// One row: what the first member does, and what that means.
struct Row {
    fault: fn() -> Fault,
    /// The attempt's outcome on the trail, by the provider (in the order of [`MEMBERS`]).
    outcome: [&'static str; 3],
    /// The status on the trail; `None` when the upstream gave none.
    status: Option<u16>,
    afterwards: Afterwards,
}

/// What becomes of the member after one such failure.
#[derive(Clone, Copy)]
enum Afterwards {
    /// It is asked again by the next request: a breaker counts, and one failure opens none.
    Ready,
    /// It is left out for this long, in milliseconds: at least, at most.
    Out(u64, u64),
}

use Afterwards::{Out, Ready};

/// One test a row.
macro_rules! rows {
    ($($name:ident: $fault:expr => $outcome:expr, $status:expr, $afterwards:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fault = || $fault;
            play(Row { fault, outcome: $outcome, status: $status, afterwards: $afterwards }).await;
        }
    )*};
}

rows! {
    // Gemini's own 429 names a delay of twenty seconds in its body; the others name none.
    a_429_without_retry_after_moves_on_and_cools_about_half_a_minute:
        status(429, &json!({})) => ["rate-limited"; 3], Some(429), Out(15_000, 40_000);
    a_429_with_retry_after_moves_on_and_cools_that_long:
        status(429, &json!({ "retry-after": "90" })) => ["rate-limited"; 3], Some(429), Out(80_000, 100_000);
    a_402_moves_on_and_cools_a_quarter_of_an_hour:
        status(402, &json!({})) => ["quota-spent"; 3], Some(402), Out(13 * MINUTE_MS, 18 * MINUTE_MS);
    a_401_with_an_unchanged_key_moves_on_after_one_call:
        Fault::reject_key() => ["credential-rejected"; 3], None, Out(MINUTE_MS / 2, 2 * MINUTE_MS);
    a_500_moves_on: status(500, &json!({})) => ["server-error"; 3], Some(500), Ready;
    a_501_moves_on: status(501, &json!({})) => ["server-error"; 3], Some(501), Ready;
    a_502_moves_on: status(502, &json!({})) => ["server-error"; 3], Some(502), Ready;
    a_503_moves_on: status(503, &json!({})) => ["overloaded"; 3], Some(503), Ready;
    a_529_moves_on: status(529, &json!({})) => ["overloaded"; 3], Some(529), Ready;
    a_hang_before_headers_moves_on_after_the_configured_timeout:
        Fault::hang_before_headers() => ["timed-out"; 3], None, Out(MINUTE_MS / 2, 2 * MINUTE_MS);
    a_hang_before_content_moves_on_after_the_configured_timeout:
        Fault::hang_mid_stream(0) => ["timed-out"; 3], Some(200), Out(MINUTE_MS / 2, 2 * MINUTE_MS);
    a_reset_moves_on: Fault::reset() => ["unreachable"; 3], None, Ready;
    // Each says it in its own way: OpenAI's stands for any error of its servers.
    an_error_inside_a_200_moves_on:
        Fault::error_in_200() => ["overloaded", "server-error", "overloaded"], Some(200), Ready;
    an_empty_200_moves_on: Fault::empty_200() => ["server-error"; 3], Some(200), Ready;
    a_page_of_html_moves_on: Fault::html_200() => ["server-error"; 3], Some(200), Ready;
    a_stream_cut_before_content_moves_on: Fault::cut_mid_stream(0) => ["server-error"; 3], Some(200), Ready;
}

/// Who asks whom, and how.
struct Cell {
    name: String,
    client: Tongue,
    stream: bool,
    order: [usize; 3],
}

/// Every dialect with the recipe's order, and each other provider at the top with a client of its own dialect, which is
/// where bytes pass through untranslated.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for stream in [false, true] {
        for (client, order) in [(0, [0, 1, 2]), (1, [0, 1, 2]), (2, [0, 1, 2]), (1, [1, 2, 0]), (2, [2, 0, 1])] {
            let name = format!("cell{}", cells.len());
            cells.push(Cell { name, client: Tongue::ALL[client], stream, order });
        }
    }
    cells
}

async fn play(row: Row) {
    let Some(clients) = Clients::get() else { return };
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    let cells = cells();
    for cell in &cells {
        trio.write(&home, &cell.name, "failover", cell.order, &json!({ "timeout_ms": 400 }));
    }
    trio.write(&home, "two-fail", "failover", [0, 1, 2], &json!({ "timeout_ms": 400 }));
    let gateway = Serve::at(&home).in_memory().start().await;

    for cell in &cells {
        let [first, second, _] = cell.order;
        trio.all().iter().for_each(Running::forget);
        trio.at(first).set((row.fault)());
        let said = format!("hello from {}", cell.name);
        let heard = clients.ask(&gateway, cell.client, &cell.name, &said, cell.stream).await;
        trio.at(first).clear();

        whole(cell.client, &heard, &words_of(second, &said));
        let failed = format!("{}-{}", cell.name, MEMBERS[first].0);
        let served = format!("{}-{}", cell.name, MEMBERS[second].0);
        assert_eq!(heard.header("x-mainstay-served-by"), Some(served.as_str()), "{heard:?}");
        assert_eq!(heard.header("x-mainstay-attempts"), Some("2"), "{heard:?}");
        let trail = gateway.trail(heard.request_id()).await;
        told(&trail, &[(&failed, row.outcome[first]), (&served, "served")]);
        assert_eq!(trail["stream"], cell.stream, "{trail}");
        if row.status.is_some() {
            assert_eq!(trail["attempts"][0]["status"], json!(row.status), "{trail}");
        }
        // A connection that was kept and then cut is made good on a fresh one, free (failover §2, Unreachable).
        let calls = if trail["attempts"][0]["again"] == "the kept connection was stale" { 2 } else { 1 };
        assert_eq!((trio.at(first).count(), trio.at(second).count()), (calls, 1), "{trail}");
        let state = gateway.member(&cell.name, &failed).await;
        match (row.afterwards, &state) {
            (Ready, (state, None)) if state == "ready" => {}
            (Out(least, most), (state, Some(left))) if state == "cooling" && (least..=most).contains(left) => {}
            _ => panic!("{failed} is {state:?} afterwards: {trail}"),
        }
        // The next request asks it again, or doesn't, accordingly; either way it is answered.
        let again = gateway.ask(cell.client, &cell.name, &said, cell.stream).await;
        let serves = if matches!(row.afterwards, Ready) { first } else { second };
        assert_eq!(again.text(cell.client), words_of(serves, &said), "{again:?}");
        let trail = gateway.trail(again.header("x-mainstay-request-id").expect("a request id")).await;
        let skips = trail["skips"].as_array().expect("a list of skips");
        assert_eq!(skips.iter().any(|skip| skip["member"] == failed.as_str()), serves == second, "{trail}");
    }

    trio.at(0).set((row.fault)());
    trio.at(1).set(status(503, &json!({})));
    let answer = gateway.ask(Tongue::Gemini, "two-fail", "still here?", true).await;
    assert_eq!(answer.text(Tongue::Gemini), words_of(2, "still here?"), "{answer:?}");
    let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
    let expected =
        [("two-fail-anthropic", row.outcome[0]), ("two-fail-openai", "overloaded"), ("two-fail-gemini", "served")];
    told(&trail, &expected);
}

/// The SDK gave its caller a whole answer: these words, a proper stop reason, usage.
fn whole(client: Tongue, heard: &Heard, words: &str) {
    assert!(heard.ok(), "{heard:?}");
    assert_eq!(heard.text(), words, "{heard:?}");
    assert_eq!(heard.stop(), Some(client.stop()), "{heard:?}");
    let count = words.split_whitespace().count();
    assert_eq!(heard.0["usage"]["output"], count, "{heard:?}");
    assert_eq!(heard.header("x-mainstay-simulated"), Some("1"), "{heard:?}");
}

/// The trail tells these attempts in this order, and that the last one served.
fn told(trail: &Value, attempts: &[(&str, &str)]) {
    let list = trail["attempts"].as_array().expect("a list of attempts").iter();
    let told: Vec<_> = list.map(|attempt| (attempt["member"].as_str(), attempt["outcome"].as_str())).collect();
    let expected: Vec<_> = attempts.iter().map(|(member, outcome)| (Some(*member), Some(*outcome))).collect();
    assert_eq!(told, expected, "{trail}");
    assert_eq!(trail["ended"], "served", "{trail}");
    assert_eq!(trail["served_by"].as_str(), attempts.last().map(|(member, _)| *member), "{trail}");
    assert_eq!(trail["status"], 200, "{trail}");
}

#[tokio::test]
async fn a_refused_connection_moves_on() {
    let Some(clients) = Clients::get() else { return };
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    // Bound and not listening: the port is nobody else's, and connections to it are refused.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let nowhere = format!("http://{}", socket.local_addr().expect("its address"));
    let mut names = Vec::new();
    for client in Tongue::ALL {
        for stream in [false, true] {
            let name = format!("refused{}", names.len());
            trio.write(&home, &name, "failover", [0, 1, 2], &json!({ "base-url": nowhere }));
            names.push((name, client, stream));
        }
    }
    let gateway = Serve::at(&home).in_memory().start().await;
    for (name, client, stream) in &names {
        let heard = clients.ask(&gateway, *client, name, "anybody?", *stream).await;
        whole(*client, &heard, &words_of(1, "anybody?"));
        let trail = gateway.trail(heard.request_id()).await;
        told(&trail, &[(&format!("{name}-anthropic"), "unreachable"), (&format!("{name}-openai"), "served")]);
        assert_eq!(trail["attempts"][0]["status"], Value::Null, "{trail}");
        let (state, _) = gateway.member(name, &format!("{name}-anthropic")).await;
        assert_eq!(state, "ready");
    }
}

#[tokio::test]
async fn after_a_401_the_key_file_is_read_again_and_a_new_key_serves_at_the_same_member() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    for number in 0..Tongue::ALL.len() {
        for stream in [false, true] {
            let name = format!("rotated-{number}-{stream}");
            let file = home.file(&format!("{name}.key"), "the-old-key\n");
            // A file that is named takes precedence over the key that every profile of the trio has.
            trio.write(&home, &name, "failover", [0, 1, 2], &json!({ "auth-keyfile": file, "auth-key": null }));
        }
    }
    let gateway = Serve::at(&home).in_memory().start().await;
    for (number, client) in Tongue::ALL.into_iter().enumerate() {
        for stream in [false, true] {
            let name = format!("rotated-{number}-{stream}");
            let member = format!("{name}-anthropic");
            trio.at(0).forget();
            trio.at(0).set(Fault::reject_key().times(1));
            home.file(&format!("{name}.key"), &format!("the-new-key-{name}"));

            let answer = gateway.ask(client, &name, "who am I?", stream).await;
            assert_eq!(answer.text(client), words_of(0, "who am I?"), "{answer:?}");
            assert_eq!(answer.header("x-mainstay-attempts"), Some("2"));
            let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
            told(&trail, &[(&member, "credential-rejected"), (&member, "served")]);
            assert!(trail["attempts"][1]["again"].is_string(), "it says why the member was called again: {trail}");
            let keys: Vec<_> = trio.at(0).seen();
            assert!(keys[0].key_was("the-old-key") && keys[1].key_was(&format!("the-new-key-{name}")), "{keys:?}");
            assert_eq!(gateway.member(&name, &member).await.0, "ready", "the new key has no record");
        }
    }
}

#[tokio::test]
async fn a_new_key_that_is_rejected_too_gets_no_third_call() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    let file = home.file("key", "the-old-key");
    trio.write(&home, "rotated", "failover", [0, 1, 2], &json!({ "auth-keyfile": file, "auth-key": null }));
    let gateway = Serve::at(&home).in_memory().start().await;
    trio.at(0).set(Fault::reject_key());
    home.file("key", "the-new-key");

    let answer = gateway.ask(Tongue::Anthropic, "rotated", "who am I?", false).await;
    assert_eq!(answer.text(Tongue::Anthropic), words_of(1, "who am I?"), "{answer:?}");
    let trail = gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
    let rejected = ("rotated-anthropic", "credential-rejected");
    told(&trail, &[rejected, rejected, ("rotated-openai", "served")]);
    assert_eq!(trio.at(0).count(), 2);
}

#[tokio::test]
async fn three_failures_open_the_breaker_and_the_fourth_request_does_not_ask() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().start().await;
    trio.at(0).set(status(500, &json!({})));
    for (number, state) in [(1, "ready"), (2, "ready"), (3, "open"), (3, "open")] {
        let answer = gateway.ask(Tongue::Openai, "ha", "hello", false).await;
        assert_eq!(answer.text(Tongue::Openai), words_of(1, "hello"), "{answer:?}");
        gateway.trail(answer.header("x-mainstay-request-id").expect("a request id")).await;
        assert_eq!(trio.at(0).count(), number);
        assert_eq!(gateway.member("ha", "ha-anthropic").await.0, state);
    }
}

#[tokio::test]
async fn a_breaker_closes_again_by_one_probe_that_succeeds() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    let quick = json!({ "circuit_breaker_failure_threshold": 1, "circuit_breaker_recovery_timeout_ms": 1000 });
    trio.write(&home, "ha", "failover", [0, 1, 2], &quick);
    let gateway = Serve::at(&home).in_memory().start().await;
    trio.at(0).set(status(500, &json!({})).times(1));
    assert_eq!(gateway.ask(Tongue::Openai, "ha", "one", false).await.text(Tongue::Openai), words_of(1, "one"));
    until("the first member is asked again", async || {
        let answer = gateway.ask(Tongue::Openai, "ha", "two", true).await;
        assert_eq!(answer.status, 200);
        (answer.text(Tongue::Openai) == words_of(0, "two")).then_some(())
    })
    .await;
    assert_eq!(gateway.member("ha", "ha-anthropic").await.0, "ready");
}

#[tokio::test]
async fn when_all_fail_the_client_gets_one_error_in_its_dialect_that_names_each_member_and_reason() {
    let Some(clients) = Clients::get() else { return };
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    for client in 0..3 {
        for stream in [false, true] {
            trio.write(&home, &format!("all-{client}-{stream}"), "failover", [0, 1, 2], &json!({}));
        }
    }
    let gateway = Serve::at(&home).in_memory().start().await;
    trio.at(0).set(status(500, &json!({})));
    trio.at(1).set(Fault::reject_key());
    trio.at(2).set(status(429, &json!({ "retry-after": "3600" })));
    for (number, client) in Tongue::ALL.into_iter().enumerate() {
        for stream in [false, true] {
            let name = format!("all-{number}-{stream}");
            let heard = clients.ask(&gateway, client, &name, "anybody?", stream).await;
            assert!(!heard.ok(), "{heard:?}");
            let status = heard.0["status"].as_u64().expect("an SDK's error has a status");
            assert!(status >= 500, "a retryable error of the highest member wins: {heard:?}");
            let message = heard.0["message"].as_str().expect("a message");
            for member in ["anthropic", "openai", "gemini"] {
                assert!(message.contains(&format!("{name}-{member}")), "{message}");
                assert!(!message.contains(&key_of(&format!("{name}-{member}"))), "{message}");
            }
            let trail = gateway.trail(heard.request_id()).await;
            assert_eq!(trail["ended"], "failed", "{trail}");
            assert_eq!(trail["attempts"].as_array().map(Vec::len), Some(3), "{trail}");

            let raw = gateway.ask(client, &name, "anybody?", stream).await;
            assert!(client.error(&raw.json()).is_some(), "{raw:?}");
            assert!(raw.header("x-mainstay-error").is_some(), "{raw:?}");
        }
    }
}

#[tokio::test]
async fn an_upstream_401_never_reaches_the_client_as_401() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().start().await;
    trio.all().iter().for_each(|running| running.set(Fault::reject_key()));
    for client in Tongue::ALL {
        let alone =
            format!("ha-{}", MEMBERS[Tongue::ALL.iter().position(|other| *other == client).expect("one of all")].0);
        for model in ["ha", &alone] {
            let answer = gateway.ask(client, model, "hello", false).await;
            assert!(answer.status >= 429, "{answer:?}");
            assert!(client.error(&answer.json()).is_some(), "{answer:?}");
        }
    }
    let first = gateway.ask(Tongue::Openai, "ha-gemini", "hello", false).await;
    assert_ne!(first.status, 401, "{first:?}");
}

#[tokio::test]
async fn a_clients_own_mistake_comes_back_as_the_provider_said_it_and_goes_nowhere_else() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().start().await;
    let refusal =
        json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "messages: too odd" } });
    trio.at(0).set(status(400, &json!({})).with_body(refusal.clone()));
    let answer = gateway.ask(Tongue::Anthropic, "ha", "hello", false).await;
    assert_eq!((answer.status, answer.json()), (400, refusal), "{answer:?}");
    assert_eq!((trio.at(1).count(), trio.at(2).count()), (0, 0));
    assert_eq!(gateway.member("ha", "ha-anthropic").await.0, "ready");
}
