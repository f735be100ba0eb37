//! The control API over HTTP.

use mainstay_simulator::{Fault, Running, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Got, ask, fetch, http, simulator};

pub(crate) async fn order(
    simulator: &Simulator,
    running: &Running,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Got {
    let mut request =
        http().request(method, format!("{}{path}", running.control)).bearer_auth(simulator.control_token());
    if let Some(body) = body {
        request = request.json(&body);
    }
    fetch(request).await.unwrap()
}

#[tokio::test]
async fn a_fault_set_over_http_is_the_fault_seen_from_rust() {
    let simulator = simulator().await;
    let running = &simulator.providers()[1];
    let fault = json!({"kind": "status", "status": 503, "times": 2});
    let put = order(&simulator, running, Method::PUT, "/fault", Some(fault.clone())).await;
    assert_eq!((put.status, put.json()), (200, json!({"faults": [fault]})));
    assert_eq!(put.header("x-mainstay-simulated"), "1");
    assert_eq!(running.pending(), [Fault::from_json(fault).unwrap()]);
    assert_eq!(ask(running, false).await.unwrap().status, 503);
    let left = order(&simulator, running, Method::GET, "/fault", None).await.json();
    assert_eq!(left, json!({"faults": [{"kind": "status", "status": 503, "times": 1}]}));
    let cleared = order(&simulator, running, Method::DELETE, "/fault", None).await.json();
    assert_eq!(cleared, json!({"faults": []}));
    assert_eq!(ask(running, false).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_script_set_over_http_is_played() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    let script = json!([{"kind": "reject-key"}, {"kind": "healthy"}, {"kind": "empty-200"}]);
    let put = order(&simulator, running, Method::PUT, "/script", Some(script)).await;
    assert_eq!(put.json()["faults"][2], json!({"kind": "empty-200", "times": 1}));
    assert_eq!(ask(running, false).await.unwrap().status, 401);
    assert!(!ask(running, false).await.unwrap().text.is_empty());
    assert!(ask(running, false).await.unwrap().text.is_empty());
    assert!(running.pending().is_empty());
}

#[tokio::test]
async fn a_fault_that_is_wrong_is_refused_and_leaves_the_old_one() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    running.set(Fault::html_200());
    for (path, body) in [
        ("/fault", json!({"kind": "explode"})),
        ("/fault", json!({"kind": "reset", "tiems": 2})),
        ("/fault", json!([])),
        ("/script", json!({"kind": "reset"})),
        ("/script", json!([{"kind": "reset"}, {"kind": "status", "status": 99}])),
    ] {
        let got = order(&simulator, running, Method::PUT, path, Some(body.clone())).await;
        assert_eq!((got.status, &got.json()["code"]), (400, &json!("invalid_fault")), "{body}");
    }
    assert_eq!(running.pending(), [Fault::html_200()]);
}

#[tokio::test]
async fn what_was_seen_and_counted_can_be_read_and_forgotten() {
    let simulator = simulator().await;
    let running = &simulator.providers()[2];
    ask(running, false).await.unwrap();
    let seen = order(&simulator, running, Method::GET, "/seen", None).await;
    assert!(!seen.text.contains("\"k\""), "the key is redacted: {}", seen.text);
    let seen = &seen.json()["seen"][0];
    assert_eq!((&seen["number"], &seen["method"]), (&json!(1), &json!("POST")));
    assert_eq!(seen["path"], "/v1beta/models/gemini-2.5-flash:generateContent");
    assert_eq!(seen["body"]["contents"][0]["parts"][0]["text"], "hello there");
    let state = order(&simulator, running, Method::GET, "/state", None).await.json();
    assert_eq!(
        state,
        json!({
            "name": "gemini", "speaks": "gemini", "model": "gemini-2.5-flash", "refuses": [],
            "count": 1, "in_flight": 0, "disconnects": 0, "faults": [], "timeline": null, "outages": [], "play": null,
            "limits": null, "latency": null, "tools": [], "effects": {}, "canary": false,
        })
    );
    order(&simulator, running, Method::DELETE, "/seen", None).await;
    assert_eq!((running.count(), running.seen().len()), (0, 0));
}

#[tokio::test]
async fn every_setting_over_http_is_shown_in_the_state_and_taken_away() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    for (path, shown, setting, nothing) in [
        ("/limits", "limits", json!({"requests": {"limit": 1, "window_ms": 5}}), json!(null)),
        ("/latency", "latency", json!({"seed": 4, "first_ms": {"uniform": [1, 2]}}), json!(null)),
        (
            "/timeline",
            "timeline",
            json!({"phases": [{"at_ms": 9, "for_ms": 9, "fault": {"kind": "reset"}}]}),
            json!(null),
        ),
        ("/play", "play", json!({"steps": [[{"text": "hi"}]]}), json!(null)),
    ] {
        let put = order(&simulator, running, Method::PUT, path, Some(setting.clone())).await;
        assert_eq!((put.status, put.json()), (200, json!({shown: setting})), "{path}");
        let state = order(&simulator, running, Method::GET, "/state", None).await.json();
        assert_eq!(state[shown], setting);
        let deleted = order(&simulator, running, Method::DELETE, path, None).await.json();
        assert_eq!(deleted, json!({shown: nothing}));
    }
    let put = order(&simulator, running, Method::PUT, "/tools", Some(json!({"run": ["mcp"]}))).await.json();
    assert_eq!(put, json!({"run": ["mcp"], "effects": {}}));
    let canary = json!({"word": "tell-no-one"});
    let put = order(&simulator, running, Method::PUT, "/canary", Some(canary)).await;
    assert_eq!(put.json(), json!({"canary": true}));
    let state = order(&simulator, running, Method::GET, "/state", None).await;
    assert!(!state.text.contains("tell-no-one"), "{}", state.text);
    for path in ["/limits", "/latency", "/timeline", "/tools", "/canary", "/outage"] {
        let got = order(&simulator, running, Method::PUT, path, Some(json!({"nothing": 1}))).await;
        let code = format!("invalid_{}", &path[1..]);
        assert_eq!((got.status, got.json()["code"].as_str()), (400, Some(code.as_str())));
    }
}

#[tokio::test]
async fn strangers_and_web_pages_are_turned_away() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    let token = simulator.control_token();
    let state = || http().get(format!("{}/state", running.control));
    for (request, status, code) in [
        (state(), 401, "control_token_required"),
        (state().bearer_auth("0000"), 401, "control_token_required"),
        (state().bearer_auth(token).header("origin", running.base_url.as_str()), 403, "origin_not_allowed"),
        (state().bearer_auth(token).header("sec-fetch-site", "cross-site"), 403, "origin_not_allowed"),
        (state().bearer_auth(token).header("host", "rebound.example"), 403, "host_not_allowed"),
    ] {
        let got = fetch(request).await.unwrap();
        assert_eq!((got.status, &got.json()["code"]), (status, &json!(code)));
        assert_eq!(got.header("www-authenticate").is_empty(), status != 401);
    }
    assert_eq!(token.len(), 64);
}

#[tokio::test]
async fn what_does_not_exist_says_what_does() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "", 404),
        (Method::POST, "/fault", 405),
        (Method::PUT, "/seen", 405),
    ] {
        let got = order(&simulator, running, method, path, None).await;
        assert_eq!(got.status, status);
        assert!(got.json()["message"].is_string());
    }
}

#[tokio::test]
async fn control_is_neither_seen_nor_counted_nor_struck() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    running.set(Fault::reset());
    assert_eq!(order(&simulator, running, Method::GET, "/state", None).await.status, 200);
    assert_eq!((running.count(), running.seen().len()), (0, 0));
}
