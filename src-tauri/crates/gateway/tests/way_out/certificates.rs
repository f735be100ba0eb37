//! Whom we trust, and what is said of whom we don't.

use crate::authority::{Authority, Flaw};
use crate::servers::{Manner, Server, http_proxy, https_proxy, tls_upstream, upstream};
use crate::{ask, failure, outbound};
use mainstay_balancer::{Outcome, Unreached};
use mainstay_gateway::{NetworkSettings, Outbound, Way, read_ca_file};

const TARGET: &str = "https://provider.test/";

/// A provider with such a certificate behind a proxy, and clients that trust `trusted`.
async fn behind_a_proxy(
    issuer: &Authority,
    name: &str,
    flaw: Flaw,
    trusted: Option<&Authority>,
) -> (Outbound, Server, Server) {
    let provider = tls_upstream(issuer.server(name, flaw, &["h2", "http/1.1"])).await;
    let proxy = http_proxy(Manner::Open, provider.address).await;
    let roots = trusted.map(Authority::roots).unwrap_or_default();
    let settings = NetworkSettings { roots, ..NetworkSettings::default() };
    (outbound(&[("HTTPS_PROXY", format!("http://{}", proxy.address))], settings), provider, proxy)
}

async fn refused(issuer: &Authority, name: &str, flaw: Flaw, trusted: Option<&Authority>) -> String {
    let (outbound, _provider, _proxy) = behind_a_proxy(issuer, name, flaw, trusted).await;
    let (outcome, text) = failure(&outbound, TARGET, &Way::Settings).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Tls), "{text}");
    text
}

#[tokio::test]
async fn an_added_authority_is_trusted_beside_the_systems_and_http2_is_spoken() {
    let authority = Authority::new();
    let (outbound, provider, _proxy) = behind_a_proxy(&authority, "provider.test", Flaw::None, Some(&authority)).await;
    // The upstream speaks HTTP/1.1 only, so the call itself fails once HTTP/2 is agreed on.
    let _ = ask(&outbound, TARGET, &Way::Settings).await;
    assert_eq!(provider.heard.lines().first().map(String::as_str), Some("h2"));
}

#[tokio::test]
async fn an_unknown_issuer_is_named_with_the_fix() {
    let text = refused(&Authority::new(), "provider.test", Flaw::None, None).await;
    assert!(
        text.starts_with(
            "the certificate of provider.test comes from \"Acme Inspection CA\" (Acme Works), which is not trusted here. \
             If your company inspects traffic, add its CA file in Settings, Network (through the proxy http://127.0.0.1:"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_said_to() {
    let authority = Authority::new();
    let text = refused(&authority, "provider.test", Flaw::SelfSigned, Some(&authority)).await;
    assert!(text.contains("of provider.test is signed by nobody but itself"), "{text}");
}

#[tokio::test]
async fn an_expired_certificate_is_told_with_its_day_and_the_clock() {
    let authority = Authority::new();
    let text = refused(&authority, "provider.test", Flaw::Expired, Some(&authority)).await;
    assert!(text.contains("issued by \"Acme Inspection CA\" (Acme Works), expired on 2021-03-04"), "{text}");
    assert!(text.contains("Check this computer's clock"), "{text}");
}

#[tokio::test]
async fn a_certificate_of_the_future_is_told_with_its_day_and_the_clock() {
    let authority = Authority::new();
    let text = refused(&authority, "provider.test", Flaw::NotYetValid, Some(&authority)).await;
    assert!(text.contains("is not valid yet, only from 2090-05-06. Check this computer's clock"), "{text}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_told_with_the_hosts_that_it_is_for() {
    let authority = Authority::new();
    let text = refused(&authority, "portal.test", Flaw::None, Some(&authority)).await;
    assert!(
        text.contains(
            "that answers for provider.test, issued by \"Acme Inspection CA\" (Acme Works), is for portal.test instead"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn the_proxys_own_certificate_is_not_blamed_on_the_provider() {
    let authority = Authority::new();
    let provider = upstream().await;
    let proxy = https_proxy(authority.server("127.0.0.1", Flaw::None, &[]), provider.address).await;
    let outbound = outbound(&[("HTTPS_PROXY", format!("https://{}", proxy.address))], NetworkSettings::default());
    let (outcome, text) = failure(&outbound, TARGET, &Way::Settings).await;
    assert_eq!(outcome, Outcome::Unreachable(Unreached::Other));
    assert!(
        text.starts_with(&format!("the proxy https://{} (from HTTPS_PROXY) can't be reached", proxy.address)),
        "{text}"
    );
    assert!(text.contains("the certificate of 127.0.0.1 comes from"), "{text}");
}

#[tokio::test]
async fn without_a_proxy_it_is_told_the_same() {
    let authority = Authority::new();
    let provider = tls_upstream(authority.server("localhost", Flaw::None, &["http/1.1"])).await;
    let target = format!("https://localhost:{}/", provider.port());
    let outbound = outbound(&[], NetworkSettings::default());
    let (_, text) = failure(&outbound, &target, &Way::Settings).await;
    assert!(text.ends_with("add its CA file in Settings, Network"), "{text}");
    let roots = read_ca_file(authority.pem().as_bytes()).expect("a certificate");
    outbound.set(NetworkSettings { roots, ..NetworkSettings::default() }).expect("settings");
    assert_eq!(ask(&outbound, &target, &Way::Settings).await.expect("it is trusted now"), "hello");
}

#[tokio::test]
async fn a_server_without_tls_is_said_to_be_one() {
    let plain = upstream().await;
    let outbound = outbound(&[], NetworkSettings::default());
    let (_, text) = failure(&outbound, &format!("https://127.0.0.1:{}/", plain.port()), &Way::Settings).await;
    assert!(text.contains("127.0.0.1 does not speak TLS there"), "{text}");
}
