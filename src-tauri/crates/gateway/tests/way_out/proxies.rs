//! Which proxy a call goes through, seen from the proxies.

use crate::authority::{Authority, Flaw};
use crate::servers::{ClosedPort, Manner, http_proxy, https_proxy, socks_proxy, tls_upstream, upstream};
use crate::{UNNAMEABLE, ask, outbound, url};
use mainstay_gateway::{NetworkSettings, ProxyChoice, ProxyLogin, Way};

const TARGET: &str = "https://provider.test/v1/models";

fn trusting(authority: &Authority) -> NetworkSettings {
    NetworkSettings { roots: authority.roots(), ..NetworkSettings::default() }
}

#[tokio::test]
async fn each_variable_in_both_cases_leads_through_its_proxy() {
    let authority = Authority::new();
    let secure = tls_upstream(authority.server("provider.test", Flaw::None, &["http/1.1"])).await;
    let plain = upstream().await;
    for (name, over_tls) in [
        ("HTTPS_PROXY", true),
        ("https_proxy", true),
        ("ALL_PROXY", true),
        ("all_proxy", true),
        ("HTTP_PROXY", false),
        ("http_proxy", false),
        ("ALL_PROXY", false),
        ("all_proxy", false),
    ] {
        let target = if over_tls { secure.address } else { plain.address };
        let proxy = http_proxy(Manner::Open, target).await;
        let outbound = outbound(&[(name, format!("http://{}", proxy.address))], trusting(&authority));
        let asked = if over_tls { TARGET } else { "http://provider.test/v1/models" };
        assert_eq!(ask(&outbound, asked, &Way::Settings).await.expect(name), "hello");
        let line = if over_tls {
            "CONNECT provider.test:443 HTTP/1.1"
        } else {
            "POST http://provider.test/v1/models HTTP/1.1"
        };
        assert_eq!(proxy.heard.lines(), [line], "{name}");
        assert_eq!(outbound.proxy(&url(asked), &Way::Settings).expect(name).from, name);
    }
}

#[tokio::test]
async fn the_settings_go_before_the_environment_and_the_profile_before_the_settings() {
    let authority = Authority::new();
    let provider = tls_upstream(authority.server("provider.test", Flaw::None, &["http/1.1"])).await;
    let by_environment = http_proxy(Manner::Open, provider.address).await;
    let by_settings = http_proxy(Manner::Open, provider.address).await;
    let by_profile = http_proxy(Manner::Open, provider.address).await;
    let address = |server: &crate::servers::Server| url(&format!("http://{}", server.address));
    let settings = NetworkSettings { proxy: ProxyChoice::Url(address(&by_settings)), ..trusting(&authority) };
    let outbound = outbound(&[("ALL_PROXY", address(&by_environment).to_string())], settings.clone());
    let heard = || [&by_environment, &by_settings, &by_profile].map(|proxy| proxy.heard.lines().len());

    ask(&outbound, TARGET, &Way::Settings).await.expect("by the settings");
    assert_eq!(heard(), [0, 1, 0]);
    ask(&outbound, TARGET, &Way::Proxy(address(&by_profile))).await.expect("by the profile");
    assert_eq!(heard(), [0, 1, 1]);
    // Direct: the name has no address here, so there is nobody to reach.
    ask(&outbound, UNNAMEABLE, &Way::Direct).await.expect_err("no proxy is asked");
    assert_eq!(heard(), [0, 1, 1]);
    // Whatever the settings are, they are taken up while it runs.
    outbound.set(trusting(&authority)).expect("settings");
    ask(&outbound, TARGET, &Way::Settings).await.expect("by the environment");
    assert_eq!(heard(), [1, 1, 1]);
    let except = NetworkSettings { no_proxy: Some(".test".to_owned()), ..trusting(&authority) };
    outbound.set(except).expect("settings");
    ask(&outbound, UNNAMEABLE, &Way::Settings).await.expect_err("the name is left out");
    outbound.set(NetworkSettings { proxy: ProxyChoice::None, ..trusting(&authority) }).expect("settings");
    ask(&outbound, UNNAMEABLE, &Way::Settings).await.expect_err("there is no proxy");
    assert_eq!(heard(), [1, 1, 1]);
}

#[tokio::test]
async fn loopback_is_reached_without_the_proxy_by_whatever_way() {
    let plain = upstream().await;
    let closed = ClosedPort::new();
    let nobody = format!("http://127.0.0.1:{}", closed.port);
    let variables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"].map(|name| (name, nobody.clone()));
    let settings = NetworkSettings {
        proxy: ProxyChoice::Url(url(&nobody)),
        no_proxy: Some(String::new()),
        ..NetworkSettings::default()
    };
    let outbound = outbound(&variables, settings);
    for host in ["127.0.0.1", "localhost"] {
        for way in [Way::Settings, Way::Direct, Way::Proxy(url(&nobody))] {
            let target = format!("http://{host}:{}/", plain.port());
            assert_eq!(ask(&outbound, &target, &way).await.expect(host), "hello");
        }
    }
}

#[tokio::test]
async fn a_login_in_a_variable_is_given_to_that_proxy() {
    // user:p@ss
    const LOGIN: Manner = Manner::Login("Basic dXNlcjpwQHNz");
    let authority = Authority::new();
    let provider = tls_upstream(authority.server("provider.test", Flaw::None, &["http/1.1"])).await;
    let plain = upstream().await;
    let secure_proxy = http_proxy(LOGIN, provider.address).await;
    let plain_proxy = http_proxy(LOGIN, plain.address).await;
    let with_login = |server: &crate::servers::Server| format!("http://user:p%40ss@{}", server.address);
    let variables = [("https_proxy", with_login(&secure_proxy)), ("http_proxy", with_login(&plain_proxy))];
    let outbound = outbound(&variables, trusting(&authority));
    assert_eq!(ask(&outbound, TARGET, &Way::Settings).await.expect("over TLS"), "hello");
    assert_eq!(ask(&outbound, "http://provider.test/", &Way::Settings).await.expect("without TLS"), "hello");
    // Where a profile or the settings name the same proxy, they need no login of their own.
    let way = Way::Proxy(url(&format!("http://{}", secure_proxy.address)));
    assert_eq!(ask(&outbound, TARGET, &way).await.expect("by the profile"), "hello");
    assert!(!format!("{outbound:?}").contains("p%40ss"));
}

#[tokio::test]
async fn a_stored_login_is_given_letter_for_letter() {
    let (user, password) = ("me@acme", "p%41:/@ss");
    let plain = upstream().await;
    let http = http_proxy(Manner::Login("Basic bWVAYWNtZTpwJTQxOi9Ac3M="), plain.address).await;
    let socks = socks_proxy(Some((user, password)), plain.address).await;
    let addresses = [format!("http://{}", http.address), format!("socks5h://{}", socks.address)];
    let login =
        |proxy: &String| ProxyLogin { proxy: url(proxy), user: user.to_owned(), password: password.to_owned().into() };
    let settings = NetworkSettings { logins: addresses.iter().map(login).collect(), ..NetworkSettings::default() };
    let outbound = outbound(&[], settings);
    for proxy in &addresses {
        let way = Way::Proxy(url(proxy));
        assert_eq!(ask(&outbound, "http://provider.test/", &way).await.expect(proxy), "hello");
    }
}

#[tokio::test]
async fn a_proxy_may_itself_be_reached_over_tls() {
    let authority = Authority::new();
    let provider = tls_upstream(authority.server("provider.test", Flaw::None, &["http/1.1"])).await;
    let proxy = https_proxy(authority.server("127.0.0.1", Flaw::None, &[]), provider.address).await;
    let outbound = outbound(&[("HTTPS_PROXY", format!("https://{}", proxy.address))], trusting(&authority));
    assert_eq!(ask(&outbound, TARGET, &Way::Settings).await.expect("through TLS"), "hello");
    assert_eq!(proxy.heard.lines(), ["CONNECT provider.test:443 HTTP/1.1"]);
}

#[tokio::test]
async fn a_socks_proxy_looks_up_the_name_itself_where_the_address_says_so() {
    let authority = Authority::new();
    let provider = tls_upstream(authority.server("provider.test", Flaw::None, &["http/1.1"])).await;
    let proxy = socks_proxy(None, provider.address).await;
    let outbound = outbound(&[("ALL_PROXY", format!("socks5h://{}", proxy.address))], trusting(&authority));
    assert_eq!(ask(&outbound, TARGET, &Way::Settings).await.expect("by the environment"), "hello");
    // The name's own lookup comes first with socks5; an address needs none.
    let way = Way::Proxy(url(&format!("socks5://{}", proxy.address)));
    let plain = upstream().await;
    let to_plain = socks_proxy(None, plain.address).await;
    let plain_way = Way::Proxy(url(&format!("socks5://{}", to_plain.address)));
    assert_eq!(ask(&outbound, "http://192.0.2.1/", &plain_way).await.expect("by the profile"), "hello");
    ask(&outbound, UNNAMEABLE, &way).await.expect_err("the name has no address here");
    assert_eq!(proxy.heard.lines(), ["provider.test:443"]);
    assert_eq!(to_plain.heard.lines(), ["192.0.2.1:80"]);
}

#[tokio::test]
async fn a_socks_login_comes_from_the_variable_too() {
    let plain = upstream().await;
    let proxy = socks_proxy(Some(("user", "p@ss")), plain.address).await;
    let outbound =
        outbound(&[("all_proxy", format!("socks5h://user:p%40ss@{}", proxy.address))], NetworkSettings::default());
    assert_eq!(ask(&outbound, "http://provider.test/", &Way::Settings).await.expect("with a login"), "hello");
}

#[tokio::test]
async fn connections_are_kept_but_for_a_fresh_client() {
    let plain = upstream().await;
    let outbound = outbound(&[], NetworkSettings::default());
    let target = url(&format!("http://{}/", plain.address));
    let connections = || plain.heard.lines().iter().filter(|line| *line == "connection").count();
    for _ in 0..3 {
        assert_eq!(ask(&outbound, target.as_str(), &Way::Settings).await.expect("kept"), "hello");
    }
    assert_eq!(connections(), 1);
    for _ in 0..3 {
        let answer = outbound.fresh(&target, &Way::Settings).get(target.clone()).send().await.expect("fresh");
        assert_eq!(answer.text().await.expect("a body"), "hello");
    }
    assert_eq!(connections(), 4);
}

#[tokio::test]
async fn a_fresh_client_goes_the_same_way() {
    let plain = upstream().await;
    let proxy = http_proxy(Manner::Open, plain.address).await;
    let outbound = outbound(&[("ALL_PROXY", format!("http://{}", proxy.address))], NetworkSettings::default());
    let target = url("http://provider.test/");
    for way in [Way::Settings, Way::Proxy(url(&format!("http://{}", proxy.address)))] {
        let answer = outbound.fresh(&target, &way).get(target.clone()).send().await.expect("by the proxy");
        assert_eq!(answer.text().await.expect("a body"), "hello");
    }
    assert_eq!(proxy.heard.lines().len(), 2);
}
