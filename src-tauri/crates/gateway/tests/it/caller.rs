//! The caller's own credential.

use crate::harness::*;
use mainstay_dialects::Dialect;
use serde_json::json;

const CLAUDE: Dialect = Dialect::Anthropic;

async fn gate(first: &Scripted, second: &Scripted) -> Gate {
    Gate::of(vec![keyed("login", CLAUDE, &first.origin(), Keys::caller()), member("key", CLAUDE, &second.origin())])
        .await
}

/// A client that is itself logged in keeps its login, and what it is rejected for is held against nobody else.
#[tokio::test]
async fn a_callers_login_goes_to_its_provider_and_is_marked_alone() {
    let wire = Wire(CLAUDE);
    let refusal =
        json!({ "type": "error", "error": { "type": "authentication_error", "message": "bad token theirs-secret-1" } });
    let first = Scripted::start(vec![vec![json_answer(401, "", &refusal)], wire.good_whole("id", "words")]).await;
    let second = Scripted::start(vec![wire.good_whole("id", "words")]).await;
    let gate = gate(&first, &second).await;
    let ask = async |bearer: &str| {
        Answer::read(gate.request(CLAUDE, false).header("authorization", format!("Bearer {bearer}"))).await
    };
    assert_eq!(ask("theirs-secret-1").await.served_by(), Some("key"));
    assert_eq!(first.got()[0].header("authorization"), Some("Bearer theirs-secret-1"));
    assert_eq!(first.got()[0].header("x-mainstay-token"), None);
    assert_eq!(ask("theirs-secret-1").await.served_by(), Some("key"), "that login rests");
    assert_eq!(first.got().len(), 1);
    assert_eq!(ask("theirs-secret-2").await.served_by(), Some("login"), "another's does not");
    for got in second.got() {
        assert_eq!(got.header("authorization"), Some("Bearer member-key"), "a caller's credential goes to nobody else");
        assert!(!got.head.contains("theirs"));
    }
    for number in 0..3 {
        let told = format!("{:?}", gate.watched.trail(number).await);
        assert!(!told.contains("theirs-secret"), "{told}");
    }
    assert!(gate.watched.trail(0).await.attempts[0].detail.contains("[redacted]"));
}

/// A client that brings none skips it, and a token of ours is none.
#[tokio::test]
async fn without_a_credential_of_its_own_a_client_skips_the_member() {
    let wire = Wire(CLAUDE);
    let (first, second) = (Scripted::start(vec![]).await, Scripted::start(vec![wire.good_whole("id", "words")]).await);
    let gate = gate(&first, &second).await;
    let url = format!("http://{}", gate.address);
    let plain = gate.http.post(format!("{url}/v1/messages")).json(&body(CLAUDE, false));
    let prefixed = gate.http.post(format!("{url}/t/{TOKEN}/v1/messages")).json(&body(CLAUDE, false));
    for (number, request) in [
        gate.request(CLAUDE, false),
        plain.header("x-api-key", TOKEN).header("x-goog-api-key", "ignored-secret"),
        prefixed.header("authorization", format!("Bearer {TOKEN}")),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(Answer::read(request).await.served_by(), Some("key"), "{number}");
        let skips = gate.watched.trail(number).await.skips;
        assert_eq!(&*skips[0].member, "login");
        assert_eq!(skips[0].reason, "was not called, because the client brought no credential of its own");
    }
    assert!(first.got().is_empty());
}

/// What an upstream quotes of the credential does not come through, whole or in a stream.
#[tokio::test]
async fn a_quoted_secret_is_removed_from_what_the_client_gets() {
    let wire = Wire(CLAUDE);
    let quoting =
        json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "odd: theirs-secret-1" } });
    let events = [wire.opening("id"), vec![wire.text("half"), format!("event: error\ndata: {quoting}\n\n")]].concat();
    let first = Scripted::start(vec![vec![json_answer(400, "", &quoting)], stream(&events)]).await;
    let gate = Gate::of(vec![keyed("login", CLAUDE, &first.origin(), Keys::caller())]).await;
    for stream in [false, true] {
        let answer = Answer::read(gate.request(CLAUDE, stream).header("x-api-key", "theirs-secret-1")).await;
        assert!(answer.text.contains("[redacted]") && !answer.text.contains("theirs-secret"), "{answer:?}");
    }
}

/// Only for calls in the provider's own dialect.
#[tokio::test]
async fn a_callers_credential_is_not_used_across_dialects() {
    let first = Scripted::start(vec![]).await;
    let gate = Gate::of(vec![keyed("login", CLAUDE, &first.origin(), Keys::caller())]).await;
    let answer = Answer::read(gate.request(Dialect::OpenaiChat, false).header("authorization", "Bearer theirs")).await;
    assert_eq!((answer.status, answer.header("x-mainstay-error")), (400, Some("no_member_for_request")), "{answer:?}");
    assert!(first.got().is_empty());
}
