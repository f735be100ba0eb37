//! Conversations, and state that is kept at a provider.

use crate::harness::*;
use mainstay_balancer::Policy;
use mainstay_dialects::Dialect;
use serde_json::{Value, json};

const RESPONSES: Dialect = Dialect::OpenaiResponses;

/// failover §4: by session, else by what the user said first, and never by the system prompt; with stickiness on, what
/// continues stays where it was.
#[tokio::test]
async fn a_conversation_is_known_again_and_stays_where_it_was() {
    let wire = Wire(Dialect::Anthropic);
    let (a, b) = (
        Scripted::start(vec![wire.good_whole("id", "x")]).await,
        Scripted::start(vec![wire.good_whole("id", "x")]).await,
    );
    let mut route =
        pool("ha", vec![member("a", Dialect::Anthropic, &a.origin()), member("b", Dialect::Anthropic, &b.origin())]);
    route.pool.policy = Policy::RoundRobin;
    route.pool.sticky = true;
    let gate = Gate::with(vec![route]).await;
    let turn = |first: &str, more: bool, system: &str| {
        let mut turns = vec![json!({ "role": "user", "content": first })];
        if more {
            turns.push(json!({ "role": "assistant", "content": "x" }));
            turns.push(json!({ "role": "user", "content": "go on" }));
        }
        json!({ "model": "any", "max_tokens": 9, "system": system, "messages": turns })
    };
    let ask = async |body: Value, session: Option<&str>| {
        let request = gate.post("/v1/messages", &body);
        let request =
            session.into_iter().fold(request, |request, name| request.header("x-claude-code-session-id", name));
        Answer::read(request).await.served_by().map(str::to_owned)
    };
    let placed = ask(turn("one", false, "s"), None).await;
    let other = ask(turn("two", false, "s"), None).await;
    assert_ne!(placed, other, "first turns go by the policy");
    for _ in 0..3 {
        assert_eq!(ask(turn("one", true, "t"), None).await, placed);
        assert_eq!(ask(turn("two", true, "t"), None).await, other);
    }
    let trail = gate.watched.trail(2).await;
    assert!(trail.stuck && trail.conversation.is_some());
    assert_eq!(trail.conversation, gate.watched.trail(0).await.conversation);
    assert!(!gate.watched.trail(0).await.stuck);
    let named = ask(turn("three", false, "s"), Some("session-1")).await;
    assert_eq!(ask(turn("four", true, "s"), Some("session-1")).await, named, "the session comes before the words");
}

/// failover §3.7: only to the account that made it.
#[tokio::test]
async fn what_refers_to_an_answer_goes_to_the_account_that_keeps_it() {
    let wire = Wire(RESPONSES);
    for streamed in [false, true] {
        let part = |id: &str| if streamed { wire.good(id, "x") } else { wire.good_whole(id, "x") };
        let (a, b) = (Scripted::start(vec![part("resp_a")]).await, Scripted::start(vec![part("resp_b")]).await);
        let mut route = pool("ha", vec![member("a", RESPONSES, &a.origin()), member("b", RESPONSES, &b.origin())]);
        route.pool.policy = Policy::RoundRobin;
        let gate = Gate::with(vec![route]).await;
        assert_eq!(gate.ask(RESPONSES, streamed).await.served_by(), Some("a"));
        gate.watched.trail(0).await;
        assert_eq!(gate.ask(RESPONSES, streamed).await.served_by(), Some("b"));
        gate.watched.trail(1).await;
        for id in ["resp_b", "resp_a", "resp_b", "resp_b", "resp_a"] {
            let body = json!({ "model": "any", "input": "hi", "stream": streamed, "previous_response_id": id });
            let answer = Answer::read(gate.post("/v1/responses", &body)).await;
            assert_eq!(answer.served_by().unwrap(), &id[5..], "{answer:?}");
        }
        let body =
            json!({ "model": "any", "input": [{ "type": "item_reference", "id": "msg_resp_b" }], "stream": streamed });
        if !streamed {
            assert_eq!(Answer::read(gate.post("/v1/responses", &body)).await.served_by(), Some("b"));
        }
    }
}

/// failover §3.7: nobody here saw it being made, so accounts of the dialect are asked in order until one knows it.
#[tokio::test]
async fn an_id_that_nobody_saw_made_is_asked_for_in_order() {
    let missing = || error(404, "previous_response_not_found", "Previous response with id 'resp_x' not found.");
    let a = Scripted::start(vec![missing()]).await;
    let b = Scripted::start(vec![Wire(RESPONSES).good_whole("resp_y", "x")]).await;
    let gate = Gate::of(vec![member("a", RESPONSES, &a.origin()), member("b", RESPONSES, &b.origin())]).await;
    let body = json!({ "model": "any", "input": "hi", "previous_response_id": "resp_x" });
    let answer = Answer::read(gate.post("/v1/responses", &body)).await;
    assert_eq!((answer.status, answer.served_by()), (200, Some("b")), "{answer:?}");
    let route = gate.core.routing().named("ha").unwrap().clone();
    assert_eq!(
        gate.core.availability(&route.pool)[0],
        mainstay_balancer::Availability::Ready,
        "no fault of the member"
    );

    let b = Scripted::start(vec![missing()]).await;
    let gate = Gate::of(vec![member("a", RESPONSES, &a.origin()), member("b", RESPONSES, &b.origin())]).await;
    let answer = Answer::read(gate.post("/v1/responses", &body)).await;
    assert_eq!((answer.status, b.got().len()), (404, 1), "{answer:?}");
    assert!(answer.text.contains("previous_response_not_found"), "as it came: {answer:?}");
}

/// failover §3.7: vectors of another model don't compare.
#[tokio::test]
async fn vectors_come_from_members_with_the_same_model_only() {
    let vectors = vec![json_answer(200, "", &json!({ "data": [], "model": "model", "usage": { "prompt_tokens": 1 } }))];
    let (a, b) = (Scripted::start(vec![error(503, "down", "down")]).await, Scripted::start(vec![vectors]).await);
    let other = Scripted::start(vec![]).await;
    let mut unlike = member("unlike", Dialect::OpenaiChat, &other.origin());
    unlike.upstream.terms.model = "another".to_owned();
    let members =
        vec![member("a", Dialect::OpenaiChat, &a.origin()), unlike, member("b", Dialect::OpenaiChat, &b.origin())];
    let gate = Gate::of(members).await;
    let asked = |model: &str| json!({ "model": model, "input": "hi" });
    assert_eq!(Answer::read(gate.post("/v1/embeddings", &asked("model"))).await.served_by(), Some("b"));
    assert!(other.got().is_empty());
    assert!(gate.watched.trail(0).await.skips.iter().any(|skip| skip.reason.contains("don't compare")));
    let answer = Answer::read(gate.post("/v1/embeddings", &asked("a-third"))).await;
    assert_eq!((answer.status, answer.header("x-mainstay-error")), (400, Some("no_member_for_request")), "{answer:?}");
    assert_eq!(gate.watched.trail(1).await.attempts.len(), 0);
}
