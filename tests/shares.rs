//! Who gets how much: exact shares, not shares on average.

use crate::harness::{Gateway, Home, MEMBERS, Serve, Tongue, Trio, status};
use serde_json::{Value, json};
use std::sync::Arc;

/// A gateway whose balancer `lb` has this policy; with weights where they are given.
async fn balanced(trio: &Trio, policy: &str, weights: Option<[u32; 3]>) -> Gateway {
    let home = Arc::new(Home::new());
    trio.write(&home, "lb", policy, [0, 1, 2], &json!({}));
    if let Some(weights) = weights {
        let members: Vec<Value> = (0..3)
            .map(|index| json!({ "profile": format!("lb-{}", MEMBERS[index].0), "weight": weights[index] }))
            .collect();
        home.write("lb", &json!({ "version": 1, "type": "loadbalancer", "policy": policy, "profiles": members }));
    }
    Serve::at(&home).in_memory().args(["--profile", "lb"]).start().await
}

/// Asks the same one-turn question again and again, by all dialects in turn; says who was called how often.
async fn ask(gateway: &Gateway, trio: &Trio, times: usize) -> [u64; 3] {
    let before: [u64; 3] = std::array::from_fn(|index| trio.at(index).count());
    for turn in 0..times {
        let client = Tongue::ALL[turn % 3];
        let answer = gateway.ask(client, "m", "the same question", turn % 2 == 0).await;
        assert_eq!((answer.status, answer.broken), (200, false), "{answer:?}");
        assert!(answer.text(client).ends_with("the same question"), "{answer:?}");
    }
    std::array::from_fn(|index| trio.at(index).count() - before[index])
}

#[tokio::test]
async fn weighted_70_20_10_gives_exactly_that_in_every_hundred() {
    let trio = Trio::start().await;
    let gateway = balanced(&trio, "weighted", Some([70, 20, 10])).await;
    for _ in 0..2 {
        assert_eq!(ask(&gateway, &trio, 100).await, [70, 20, 10]);
    }
}

#[tokio::test]
async fn nine_identical_requests_over_three_by_round_robin_are_three_each() {
    let trio = Trio::start().await;
    let gateway = balanced(&trio, "roundrobin", None).await;
    assert_eq!(ask(&gateway, &trio, 9).await, [3, 3, 3]);
}

#[tokio::test]
async fn requests_at_the_same_time_share_as_exactly() {
    let trio = Trio::start().await;
    let gateway = balanced(&trio, "roundrobin", None).await;
    let many: Vec<_> =
        (0..30).map(|_| tokio::spawn(gateway.asking(Tongue::Openai, "m", "all at once", false).send())).collect();
    for one in many {
        assert_eq!(one.await.expect("no panic").expect("an answer").status().as_u16(), 200);
    }
    assert_eq!([0, 1, 2].map(|index| trio.at(index).count()), [10, 10, 10]);
}

#[tokio::test]
async fn the_share_of_a_weighted_member_that_is_out_is_spread_by_weight() {
    let trio = Trio::start().await;
    let gateway = balanced(&trio, "weighted", Some([70, 20, 10])).await;
    trio.at(1).set(status(429, &json!({ "retry-after": "3600" })));
    // It finds out for itself: until then every request is answered all the same.
    while trio.at(1).count() == 0 {
        ask(&gateway, &trio, 1).await;
    }
    assert_eq!(ask(&gateway, &trio, 80).await, [70, 0, 10]);
}

#[tokio::test]
async fn the_turn_of_a_round_robin_member_that_is_out_is_spread_evenly() {
    let trio = Trio::start().await;
    let gateway = balanced(&trio, "roundrobin", None).await;
    trio.at(2).set(status(402, &json!({})));
    while trio.at(2).count() == 0 {
        ask(&gateway, &trio, 1).await;
    }
    assert_eq!(ask(&gateway, &trio, 10).await, [5, 5, 0]);
}

#[tokio::test]
async fn a_member_that_comes_back_gets_its_turn_and_no_backlog() {
    let trio = Trio::start().await;
    let gateway = balanced(&trio, "roundrobin", None).await;
    // One failure opens no breaker: the member stays in, and its failed turns go on to the next.
    trio.at(0).set(status(503, &json!({})).times(2));
    ask(&gateway, &trio, 6).await;
    assert_eq!(ask(&gateway, &trio, 9).await, [3, 3, 3]);
}
