//! Whether the network is back, while nothing can be reached (failover §3.10).
//!
//! The next request finds that out too, but somebody would have to wait for it. So as long as the machine is offline the
//! members' hosts are knocked at: a TCP connection, opened and closed, nothing sent. Where a proxy leads out, it is the proxy
//! that is knocked at, unless that is on this machine: there the first request that is served ends the outage.

use mainstay_gateway::{Outbound, Routing};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use url::{Host, Url};

/// How often it is looked whether the machine is offline, and how soon a knock follows the first that failed.
const FIRST: Duration = Duration::from_secs(1);
/// The longest time between two rounds of knocks.
const LAST: Duration = Duration::from_secs(15);
/// How long one round may take.
const ROUND: Duration = Duration::from_secs(5);
/// How many hosts are knocked at in a round.
const MOST: usize = 8;

/// A host and a port.
pub(crate) type Door = (String, u16);

/// Knocks at `doors` while `offline`, and says `back` when one of them opens. Never ends.
pub(crate) async fn follow(offline: impl Fn() -> bool, doors: impl Fn() -> Vec<Door>, back: impl Fn()) {
    let mut wait = FIRST;
    loop {
        sleep(wait).await;
        if !offline() {
            wait = FIRST;
        } else if one_opens(doors()).await {
            back();
            wait = FIRST;
        } else {
            wait = (wait * 2).min(LAST);
        }
    }
}

async fn one_opens(doors: Vec<Door>) -> bool {
    let mut knocks = JoinSet::new();
    for door in doors {
        knocks.spawn(async move { TcpStream::connect(door).await.is_ok() });
    }
    let first = async {
        while let Some(knock) = knocks.join_next().await {
            if knock.unwrap_or(false) {
                return true;
            }
        }
        false
    };
    timeout(ROUND, first).await.unwrap_or(false)
}

/// Where the members of all routes answer. Those on this machine say nothing about the network, so they count only where
/// there are no others; practice never does.
pub(crate) fn doors(routing: &Routing, outbound: &Outbound) -> Vec<Door> {
    let mut far = BTreeSet::new();
    let mut near = BTreeSet::new();
    let mut hidden = false;
    for upstream in routing.routes().iter().flat_map(|route| route.upstreams.iter().flatten()) {
        if upstream.practice {
            continue;
        }
        let proxy = outbound.proxy(&upstream.base_url, &upstream.way);
        let proxy = proxy.and_then(|proxy| Url::parse(&proxy.address).ok());
        let first = proxy.as_ref().unwrap_or(&upstream.base_url);
        let Some(door) = door(first) else { continue };
        match (is_near(first), proxy) {
            (false, _) => far.insert(door),
            (true, None) => near.insert(door),
            (true, Some(_)) => {
                hidden = true;
                false
            }
        };
    }
    let doors = if far.is_empty() && !hidden { near } else { far };
    doors.into_iter().take(MOST).collect()
}

fn door(url: &Url) -> Option<Door> {
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    };
    Some((host, url.port_or_known_default()?))
}

fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::net::TcpListener;
    use tokio::sync::Notify;

    async fn open_door() -> (TcpListener, Door) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, ("127.0.0.1".to_owned(), port))
    }

    #[tokio::test]
    async fn one_open_door_among_closed_ones_is_enough() {
        let (listener, closed) = open_door().await;
        drop(listener);
        assert!(!one_opens(vec![closed.clone()]).await);
        assert!(!one_opens(Vec::new()).await);
        let (_listener, open) = open_door().await;
        assert!(one_opens(vec![closed, open]).await);
    }

    /// failover §3.10
    #[tokio::test]
    async fn a_network_that_is_back_is_told_once_and_nobody_knocks_while_online() {
        let (listener, door) = open_door().await;
        let offline = AtomicBool::new(true);
        let told = Notify::new();
        let back = || {
            offline.store(false, Ordering::Relaxed);
            told.notify_one();
        };
        let watch = follow(|| offline.load(Ordering::Relaxed), || vec![door.clone()], back);
        tokio::select! {
            () = watch => {}
            () = told.notified() => {}
        }
        assert!(!offline.load(Ordering::Relaxed));
        listener.accept().await.unwrap();
        let another = timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(another.is_err(), "one knock was enough");
    }

    #[test]
    fn hosts_on_this_machine_are_told_from_those_of_the_network() {
        let door_of = |text: &str| door(&text.parse().unwrap()).unwrap();
        assert_eq!(door_of("https://api.openai.com/v1"), ("api.openai.com".to_owned(), 443));
        assert_eq!(door_of("http://[::1]:8080"), ("::1".to_owned(), 8080));
        for (text, near) in [
            ("http://localhost:1", true),
            ("http://127.0.0.9:1", true),
            ("http://[::1]:1", true),
            ("https://a.example", false),
        ] {
            assert_eq!(is_near(&text.parse().unwrap()), near, "{text}");
        }
    }
}
