//! A proxy's failures are told as the proxy's.

use crate::servers::{ClosedPort, Manner, http_proxy, socks_proxy, upstream};
use crate::{UNNAMEABLE, failure, outbound, url};
use bytes::Bytes;
use http::HeaderMap;
use mainstay_balancer::{Outcome, Unreached};
use mainstay_gateway::{NetworkSettings, ProxyChoice, Way};

const TARGET: &str = "https://provider.test/v1?key=canary";

/// What is said of a call through this proxy, with the outcome.
async fn through(proxy: &str) -> (Outcome, String) {
    let outbound = outbound(&[("ALL_PROXY", proxy.to_owned())], NetworkSettings::default());
    let (outcome, text) = failure(&outbound, TARGET, &Way::Settings).await;
    assert!(!text.contains("canary") && !text.contains("hunter2"), "{text}");
    (outcome, text)
}

#[tokio::test]
async fn a_proxy_that_is_down_is_said_to_be() {
    let closed = ClosedPort::new();
    let port = closed.port;
    let (outcome, text) = through(&format!("http://user:hunter2@127.0.0.1:{port}")).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Other));
    assert!(
        text.starts_with(&format!("the proxy http://127.0.0.1:{port} (from ALL_PROXY) can't be reached: ")),
        "{text}"
    );

    let (_, text) = through(&format!("socks5h://127.0.0.1:{port}")).await;
    assert_eq!(text, format!("the proxy socks5h://127.0.0.1:{port} (from ALL_PROXY) can't be reached"));
}

#[tokio::test]
async fn for_plain_http_too() {
    let closed = ClosedPort::new();
    let port = closed.port;
    let way = Way::Proxy(url(&format!("http://127.0.0.1:{port}")));
    let outbound = outbound(&[], NetworkSettings::default());
    let (outcome, text) = failure(&outbound, "http://provider.test/", &way).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Other));
    assert!(
        text.starts_with(&format!("the proxy http://127.0.0.1:{port} of the profile can't be reached: ")),
        "{text}"
    );
}

#[tokio::test]
async fn a_proxy_that_wants_a_login_says_how_to_give_one() {
    let provider = upstream().await;
    let proxy = http_proxy(Manner::Login("Basic right"), provider.address).await;
    let (outcome, text) = through(&format!("http://{}", proxy.address)).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Other));
    assert!(text.contains("wants a user name and password. Give them in Settings, Network"), "{text}");
    let (_, text) = through(&format!("http://user:hunter2@{}", proxy.address)).await;
    assert!(text.contains("did not accept its user name and password"), "{text}");

    let proxy = socks_proxy(Some(("user", "right")), provider.address).await;
    let (_, text) = through(&format!("socks5h://{}", proxy.address)).await;
    assert!(text.contains("wants a user name and password"), "{text}");
    let (_, text) = through(&format!("socks5h://user:hunter2@{}", proxy.address)).await;
    assert!(text.contains("did not accept its user name and password"), "{text}");
}

#[tokio::test]
async fn a_407_to_a_plain_request_is_the_proxys_and_not_the_providers() {
    let provider = upstream().await;
    let proxy = http_proxy(Manner::Login("Basic right"), provider.address).await;
    let settings = NetworkSettings {
        proxy: ProxyChoice::Url(url(&format!("http://{}", proxy.address))),
        ..NetworkSettings::default()
    };
    let outbound = outbound(&[], settings);
    let target = url("http://provider.test/");
    let sent = outbound.post(&target, &Way::Settings, HeaderMap::new(), Bytes::new()).await;
    let status = sent.expect("the proxy answers").status();
    let (outcome, text) = outbound.read_refusal(status, &target, &Way::Settings).expect("it is the proxy's");
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Other));
    assert!(text.starts_with(&format!("the proxy http://{} of the settings wants", proxy.address)), "{text}");
    assert!(
        outbound.read_refusal(status, &target, &Way::Direct).is_none(),
        "without a proxy it would be the provider's"
    );
}

#[tokio::test]
async fn a_proxy_that_does_not_connect_us_is_named_with_where_to() {
    let provider = upstream().await;
    for status in ["403 Forbidden", "502 Bad Gateway", "503 Service Unavailable"] {
        let proxy = http_proxy(Manner::Refuses(status), provider.address).await;
        let (outcome, text) = through(&format!("http://{}", proxy.address)).await;
        assert_eq!(outcome, Outcome::Unreachable(Unreached::Other));
        assert!(text.contains("did not connect us to provider.test:443. It may not be able to reach it"), "{text}");
    }
    let proxy = socks_proxy(None, provider.address).await;
    let outbound = outbound(&[("ALL_PROXY", format!("socks5h://{}", proxy.address))], NetworkSettings::default());
    let (_, text) = failure(&outbound, "https://nowhere.test/", &Way::Settings).await;
    assert!(text.ends_with("did not connect us to nowhere.test:443: host unreachable"), "{text}");
}

#[tokio::test]
async fn a_proxy_that_breaks_off_is_told() {
    let provider = upstream().await;
    let proxy = http_proxy(Manner::Hangs, provider.address).await;
    let (_, text) = through(&format!("http://{}", proxy.address)).await;
    assert!(text.ends_with("broke off before it had connected us to provider.test:443"), "{text}");
}

#[tokio::test]
async fn what_fails_behind_the_proxy_is_not_blamed_on_it() {
    let provider = upstream().await;
    let proxy = http_proxy(Manner::Open, provider.address).await;
    let (outcome, text) = through(&format!("http://{}", proxy.address)).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Tls));
    assert!(text.starts_with("provider.test does not speak TLS there"), "{text}");
    assert!(text.ends_with(&format!("(through the proxy http://{} (from ALL_PROXY))", proxy.address)), "{text}");
}

#[tokio::test]
async fn with_socks5_a_name_without_an_address_is_ours_to_look_up() {
    let provider = upstream().await;
    let proxy = socks_proxy(None, provider.address).await;
    let outbound = outbound(&[("ALL_PROXY", format!("socks5://{}", proxy.address))], NetworkSettings::default());
    let (outcome, text) = failure(&outbound, UNNAMEABLE, &Way::Settings).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Dns));
    assert!(text.contains("begin it with socks5h:// to let it look up names itself"), "{text}");
    assert!(proxy.heard.lines().is_empty());
}
