//! What happens by the clock, by dice, or to several at once.

use std::time::{Duration, Instant};

use mainstay_simulator::{Fault, FaultKind, Latency, Outage, Timeline};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    client::{ask, body, dial, drain, fetch, http, origin, path, request, simulator, until},
    control::order,
};

#[tokio::test]
async fn a_latency_comes_before_the_first_content_and_between_tokens() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        let ms = |ms: u64| Duration::from_millis(ms);
        running.set_latency(Some(
            Latency::from_json(json!({"first_ms": {"fixed": 60}, "between_ms": {"fixed": 5}})).unwrap(),
        ));
        let begun = Instant::now();
        let turn = request(&http(), running, Method::POST, &path(running.speaks, true));
        let mut response = turn.json(&body(running.speaks, true)).send().await.unwrap();
        let (mut text, mut first) = (String::new(), None);
        while let Some(chunk) = response.chunk().await.unwrap() {
            text.push_str(&String::from_utf8_lossy(&chunk));
            if first.is_none() && text.contains("Simulated") {
                first = Some(begun.elapsed());
            }
        }
        assert!(first.unwrap() >= ms(60), "{first:?}");
        // There are at least nine words.
        assert!(begun.elapsed() >= ms(60 + 8 * 5), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(ask(running, false).await.unwrap().status, 200);
        assert!(begun.elapsed() >= ms(60 + 8 * 5), "a whole answer takes as long: {:?}", begun.elapsed());
        running.set_latency(None);
    }
}

#[tokio::test]
async fn a_timeline_takes_members_out_in_turn_and_brings_them_back() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    let timeline = json!({"phases": [{"at_ms": 0, "for_ms": 150, "fault": {"kind": "status", "status": 503}}]});
    running.set_timeline(Timeline::from_json(timeline).unwrap());
    let begun = Instant::now();
    assert_eq!(ask(running, false).await.unwrap().status, 503);
    while ask(running, false).await.unwrap().status == 503 {}
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_eq!(ask(running, false).await.unwrap().status, 200);
    running.set(Fault::html_200());
    assert_eq!(ask(running, false).await.unwrap().header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn drawn_faults_strike_some_requests_and_not_others_in_an_order_that_repeats_itself() {
    let simulator = simulator().await;
    let running = &simulator.providers()[1];
    let mut runs = Vec::new();
    for _ in 0..2 {
        running.set(
            Fault::from_json(json!({"kind": "random", "seed": 11, "rate": 0.5, "faults": [
                {"weight": 3, "fault": {"kind": "status", "status": 500}}, {"fault": {"kind": "status", "status": 429}},
            ]}))
            .unwrap(),
        );
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(ask(running, false).await.unwrap().status);
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    for status in [200, 429, 500] {
        assert!(runs[0].contains(&status), "{runs:?}");
    }
}

#[tokio::test]
async fn one_cause_strikes_several_providers_at_once_and_is_lifted_at_once() {
    let simulator = simulator().await;
    let statuses = async || {
        let mut statuses = Vec::new();
        for running in simulator.providers() {
            statuses.push(ask(running, false).await.unwrap().status);
        }
        statuses
    };
    let down = FaultKind::Status { status: http_status(503), headers: <_>::default(), body: None };
    simulator.strike(Outage::new("region", down).at(["anthropic", "gemini"])).unwrap();
    assert_eq!(statuses().await, [503, 200, 503, 200]);
    assert_eq!(simulator.outages().len(), 1);
    simulator.lift("region");
    assert_eq!(statuses().await, [200; 4]);
    let stranger = simulator.strike(Outage::unreachable("x").at(["nobody"])).unwrap_err();
    assert_eq!(stranger.to_string(), "there is no practice provider `nobody`");
}

fn http_status(code: u16) -> reqwest::StatusCode {
    reqwest::StatusCode::from_u16(code).unwrap()
}

#[tokio::test]
async fn an_unreachable_provider_refuses_connections_ends_those_that_it_has_and_comes_back_on_its_port() {
    let simulator = simulator().await;
    for running in simulator.providers() {
        running.set(Fault::hang_before_headers());
    }
    let mut waiting = dial(&simulator.providers()[0], false).await;
    until("the request has come", || simulator.providers()[0].in_flight() == 1).await;
    for _ in 0..3 {
        simulator.strike(Outage::unreachable("network")).unwrap();
        until("nobody listens", || simulator.providers().iter().all(|running| !running.listens())).await;
        for running in simulator.providers() {
            let address = origin(running).strip_prefix("http://").unwrap();
            let refused = TcpStream::connect(address).await.unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
            assert!(ask(running, false).await.unwrap_err().is_connect());
        }
        simulator.lift("network");
        until("all listen", || simulator.providers().iter().all(mainstay_simulator::Running::listens)).await;
        for running in simulator.providers() {
            running.clear();
            assert_eq!(ask(running, false).await.unwrap().status, 200);
        }
    }
    assert_eq!(drain(&mut waiting).await.0, "");
    assert_eq!(simulator.providers()[0].in_flight(), 0);
}

#[tokio::test]
async fn an_outage_ordered_over_http_ends_by_itself() {
    let simulator = simulator().await;
    let running = &simulator.providers()[0];
    let other = &simulator.providers()[1];
    let endless = json!({"cause": "network", "unreachable": true});
    let refused = order(&simulator, running, Method::PUT, "/outage", Some(endless)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("invalid_outage")));
    let outage = json!({"cause": "region", "fault": {"kind": "status", "status": 529}});
    order(&simulator, running, Method::PUT, "/outage", Some(outage.clone())).await;
    assert_eq!(ask(other, false).await.unwrap().status, 529, "it strikes all");
    let all = order(&simulator, other, Method::GET, "/outage", None).await.json();
    assert_eq!(all, json!({"outages": [outage]}));
    order(&simulator, other, Method::DELETE, "/outage?cause=region", None).await;
    assert_eq!(ask(running, false).await.unwrap().status, 200);
    let gone = json!({"cause": "network", "providers": [running.name], "unreachable": true, "for_ms": 100});
    order(&simulator, other, Method::PUT, "/outage", Some(gone)).await;
    until("nobody listens", || !running.listens()).await;
    until("it listens again", || running.listens()).await;
    let state = fetch(http().get(format!("{}/state", running.control)).bearer_auth(simulator.control_token())).await;
    assert_eq!(state.unwrap().json()["outages"], json!([]));
}
