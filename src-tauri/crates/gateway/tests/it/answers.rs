//! What clients are told besides the answer, how much of theirs is held, and how the gateway stops.

use crate::harness::*;
use mainstay_dialects::Dialect;
use mainstay_gateway::Ended;
use mainstay_simulator::{Fault, Practice, Simulator, Speaks};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CHAT: Dialect = Dialect::OpenaiChat;

/// failover §3.13, against providers that share no code with the gateway.
#[tokio::test]
async fn every_answer_says_who_served_after_how_many_calls_and_what_was_changed() {
    let speaks = [Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini];
    for (dialect, speaks) in ALL.into_iter().zip(speaks) {
        let providers = vec![Practice::new("a", speaks, "model"), Practice::new("b", speaks, "model")];
        let simulator = Simulator::start(providers).await.unwrap();
        simulator.provider("a").unwrap().set(Fault::status(http::StatusCode::SERVICE_UNAVAILABLE));
        let spec = |name: &str, provider: &str| {
            let origin = simulator.provider(provider).unwrap().base_url.trim_end_matches("/v1").to_owned();
            let mut spec = member(name, dialect, &origin);
            spec.upstream.terms.params =
                vec![mainstay_dialects::Param { name: "temperature".to_owned(), value: 0.5.into(), always: false }];
            // Practice providers take any key, each in its own header.
            for header in ["x-api-key", "x-goog-api-key"] {
                spec.upstream.headers.insert(header, http::HeaderValue::from_static("any-key"));
            }
            spec
        };
        let gate = Gate::of(vec![spec("a", "a"), spec("größe b", "b")]).await;
        for stream in [false, true] {
            let answer = gate.ask(dialect, stream).await;
            assert_eq!((answer.status, answer.served_by()), (200, Some("gr%C3%B6%C3%9Fe%20b")), "{dialect} {answer:?}");
            assert_eq!(answer.header("x-mainstay-attempts"), Some("2"));
            assert!(answer.header("x-mainstay-notes").is_some_and(|notes| notes.contains("emperature")), "{answer:?}");
            let id = answer.header("x-mainstay-request-id").unwrap();
            assert!(id.starts_with("req_"));
            assert_eq!(answer.header("x-mainstay-error"), None);
            let trail = gate.watched.trail(usize::from(stream)).await;
            assert_eq!((&*trail.id, trail.attempts[0].status, trail.ended), (id, Some(503), Ended::Served));
        }
    }
}

/// failover §2, last paragraph: an upstream's 401 is no 401 of ours; errors of ours say their code and list the members.
#[tokio::test]
async fn errors_of_ours_carry_their_code_and_the_list_of_members() {
    let rejecting = || {
        vec![json_answer(
            401,
            "",
            &serde_json::json!({ "error": { "message": "Incorrect API key: member-key", "code": "invalid_api_key" } }),
        )]
    };
    let (a, b) = (Scripted::start(vec![rejecting()]).await, Scripted::start(vec![rejecting()]).await);
    let gate = Gate::of(vec![member("a", CHAT, &a.origin()), member("b", CHAT, &b.origin())]).await;
    let answer = gate.ask(CHAT, false).await;
    assert_eq!((answer.status, answer.header("x-mainstay-error")), (502, Some("upstream_credential_rejected")));
    assert_eq!((answer.header("x-mainstay-attempts"), answer.served_by()), (Some("2"), None));
    assert!(
        answer.text.contains(" a: ") && answer.text.contains(" b: ") && answer.text.contains("[redacted]"),
        "{answer:?}"
    );
    assert!(!answer.text.contains(KEY) && answer.header("x-mainstay-request-id").is_some());
    let url = format!("http://{}/v1/messages", gate.address);
    let unknown = Answer::read(gate.http.post(url).header("x-api-key", "wrong").body("{}")).await;
    assert_eq!((unknown.status, unknown.header("x-mainstay-error")), (401, Some("token_wrong")));
}

/// Bodies are held whole: each at most 32 MiB.
#[tokio::test]
async fn a_body_over_32_mib_is_refused() {
    let first = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    let post = |bytes: reqwest::Body| {
        let url = format!("http://{}{}", gate.address, path(CHAT, false));
        Answer::read(gate.http.post(url).header("x-mainstay-token", TOKEN).body(bytes))
    };
    let padded = |length: usize| {
        let mut bytes = body(CHAT, false).to_string().into_bytes();
        bytes.resize(length, b' ');
        bytes
    };
    assert_eq!(post(padded(32 << 20).into()).await.status, 200);
    // Announced, and in pieces of which nobody knows how many will come.
    let pieces = futures_util::stream::iter((0..33).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20])));
    for bytes in [padded((32 << 20) + 1).into(), reqwest::Body::wrap_stream(pieces)] {
        let answer = post(bytes).await;
        assert_eq!((answer.status, answer.header("x-mainstay-error")), (413, Some("body_too_large")));
    }
    assert_eq!(first.got().len(), 1);
}

/// All bodies together at most 512 MiB: their room is taken when it is announced.
#[tokio::test]
async fn bodies_over_512_mib_in_all_are_refused_and_room_comes_back() {
    let first = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\nx-mainstay-token: {TOKEN}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        gate.address,
        32 << 20
    );
    let mut holders = Vec::new();
    for _ in 0..16 {
        let mut stream = TcpStream::connect(gate.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // The server asks for the body once it has room for it.
        let mut asked = [0; 12];
        stream.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100");
        holders.push(stream);
    }
    let answer = gate.ask(CHAT, false).await;
    assert_eq!((answer.status, answer.header("x-mainstay-error")), (503, Some("too_busy")), "{answer:?}");
    holders.clear();
    let patience = tokio::time::Instant::now() + PATIENCE;
    while gate.ask(CHAT, false).await.status != 200 {
        assert!(tokio::time::Instant::now() < patience, "room never came back");
    }
}

/// A client that reads slowly slows the upstream down, and does not grow memory.
#[tokio::test]
async fn a_client_that_does_not_read_holds_its_upstream_back() {
    const ALL_BYTES: usize = 64 << 20;
    let wire = Wire(CHAT);
    let text = wire.text(&"x".repeat(64 << 10));
    let events = ALL_BYTES / text.len();
    let part = [
        vec![stream_head(), chunk(&wire.text("begun"))],
        vec![chunk(&text); events],
        wire.stop("id").iter().map(|event| chunk(event)).collect(),
        vec![last_chunk()],
    ]
    .concat();
    let first = Scripted::start(vec![part]).await;
    let gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    let mut response = gate.request(CHAT, true).send().await.unwrap();
    // Until nothing moves any more, however busy the machine is.
    let mut said = first.said();
    let mut still = 0;
    while still < 10 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        still = if first.said() == said { still + 1 } else { 0 };
        said = first.said();
    }
    // What two pairs of sockets hold lies in the system; of the gateway's own there is not more than a few chunks.
    assert!(said < ALL_BYTES / 2, "{said} bytes were taken of {ALL_BYTES}");
    // It is the client that holds it back: as it reads, more comes.
    let mut got = 0;
    while got < 16 << 20 {
        got += response.chunk().await.unwrap().unwrap().len();
    }
    assert!(first.said() >= 16 << 20);
    drop(response);
    first.left(1).await;
    assert_eq!(gate.watched.trail(0).await.ended, Ended::Cancelled);
}

/// A stop lets what runs finish and takes nothing new.
#[tokio::test]
async fn a_graceful_stop_lets_a_stream_finish_and_refuses_new_requests() {
    let wire = Wire(CHAT);
    let told = std::sync::Arc::new(tokio::sync::Notify::new());
    let rest = wire.stop("id").iter().map(|event| chunk(event)).collect::<Vec<_>>();
    let part =
        [vec![stream_head(), chunk(&wire.text("half")), Do::Await(told.clone())], rest, vec![last_chunk()]].concat();
    let first = Scripted::start(vec![part]).await;
    let mut gate = Gate::of(vec![member("first", CHAT, &first.origin())]).await;
    let mut response = gate.request(CHAT, true).send().await.unwrap();
    let begun = response.chunk().await.unwrap().unwrap();
    gate.stop();
    let patience = tokio::time::Instant::now() + PATIENCE;
    while TcpStream::connect(gate.address).await.is_ok() {
        assert!(tokio::time::Instant::now() < patience, "it still takes connections");
    }
    told.notify_one();
    let text = String::from_utf8([&begun[..], response.text().await.unwrap().as_bytes()].concat()).unwrap();
    assert!(text.contains("half") && text.ends_with("data: [DONE]\n\n"), "{text}");
    tokio::time::timeout(PATIENCE, &mut gate.server).await.expect("it ends").unwrap();
    assert_eq!(gate.watched.trail(0).await.ended, Ended::Served);
}
