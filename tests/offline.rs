//! The network goes and comes back (failover §3.10).
//!
//! What is on this machine says nothing about its network, so the providers have names of elsewhere here, and the way to
//! them is a proxy. It is the network: when it is gone, nobody can be reached.

mod network;

use crate::harness::{Gateway, Home, MEMBERS, Serve, Tongue, Trio, balancer, standard, words_of};
use mainstay_simulator::Outage;
use network::Network;
use serde_json::json;
use std::sync::Arc;

/// A name of elsewhere for each member.
fn host(index: usize) -> String {
    format!("{}.example", MEMBERS[index].0)
}

async fn behind(network: &Network, trio: &Trio) -> Gateway {
    let home = Arc::new(Home::new());
    let names = MEMBERS.map(|(provider, ..)| format!("ha-{provider}"));
    for (index, (provider, _, model)) in MEMBERS.into_iter().enumerate() {
        let path = if trio.at(index).base_url.ends_with("/v1") { "/v1" } else { "" };
        let url = format!("http://{}{path}", host(index));
        let mut profile = standard(provider, model, &json!({ "base-url": url, "timeout_ms": 5000 }));
        profile["x-mainstay"] = json!({ "auth": "none" });
        home.write(&names[index], &profile);
    }
    home.write("ha", &balancer("failover", &names));
    let proxy = network.address();
    Serve::at(&home)
        .in_memory()
        .args(["--profile", "ha"])
        .variable("HTTP_PROXY", &proxy)
        .variable("http_proxy", proxy)
        .start()
        .await
}

async fn states(gateway: &Gateway) -> Vec<String> {
    let mut states = Vec::new();
    for (provider, ..) in MEMBERS {
        states.push(gateway.member("ha", &format!("ha-{provider}")).await.0);
    }
    states
}

#[tokio::test]
async fn while_the_network_is_gone_nobody_is_marked_and_its_return_is_found_by_the_first_request() {
    let trio = Trio::start().await;
    let network = Network::start((0..3).map(|index| (host(index), trio.at(index).base_url.clone())).collect()).await;
    let gateway = behind(&network, &trio).await;
    let before = gateway.ask(Tongue::Anthropic, "m", "is anybody there?", false).await;
    assert_eq!(before.text(Tongue::Anthropic), words_of(0, "is anybody there?"), "{before:?}");
    for _ in 0..3 {
        network.go().await;
        for turn in 0..12 {
            let (client, stream) = (Tongue::ALL[turn % 3], turn % 2 == 0);
            let answer = gateway.ask(client, "m", "hello?", stream).await;
            assert_eq!((answer.status, answer.header("x-mainstay-error")), (503, Some("offline")), "{answer:?}");
        }
        assert_eq!(states(&gateway).await, ["ready"; 3], "nobody is marked");
        network.come_back().await;
        let answer = gateway.ask(Tongue::Gemini, "m", "and now?", true).await;
        assert_eq!(answer.text(Tongue::Gemini), words_of(0, "and now?"), "{answer:?}");
        assert_eq!(answer.header("x-mainstay-attempts"), Some("1"), "{answer:?}");
    }
}

/// One provider that nobody can connect to is that provider's trouble.
#[tokio::test]
async fn while_a_single_provider_refuses_connections_the_next_serves() {
    let trio = Trio::start().await;
    let home = Arc::new(Home::new());
    trio.write(&home, "ha", "failover", [0, 1, 2], &json!({}));
    let gateway = Serve::at(&home).in_memory().args(["--profile", "ha"]).start().await;
    trio.strike(Outage::unreachable("its own").at([MEMBERS[0].0]));
    trio.until_closed(0).await;
    for turn in 0..6 {
        let answer = gateway.ask(Tongue::Openai, "m", "anyone?", turn % 2 == 0).await;
        assert_eq!(answer.text(Tongue::Openai), words_of(1, "anyone?"), "{answer:?}");
    }
    assert_eq!(gateway.member("ha", "ha-openai").await.0, "ready");
}
