//! A machine without a network.
//!
//! What is not reached here lies on this machine all the same: `0.0.0.0` leads to it and is no loopback address by name, and
//! nobody can connect to the broadcast address, of which the system says at once that there is no way to it.

use crate::harness::*;
use mainstay_balancer::Availability;
use mainstay_dialects::Dialect;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::Ordering;

const CHAT: Dialect = Dialect::OpenaiChat;

/// Where nobody listens, though it is not this machine by name.
fn refused() -> String {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

const NO_WAY: &str = "http://255.255.255.255:9";

/// failover §3.10.
#[tokio::test]
async fn when_nobody_can_be_reached_the_machine_is_offline_and_nobody_is_marked() {
    for members in [vec![refused(), refused()], vec![NO_WAY.to_owned()]] {
        let members = members.iter().enumerate().map(|(at, origin)| member(&format!("m{at}"), CHAT, origin)).collect();
        let gate = Gate::of(members).await;
        for _ in 0..4 {
            let answer = gate.ask(CHAT, false).await;
            assert_eq!((answer.status, answer.header("x-mainstay-error")), (503, Some("offline")), "{answer:?}");
            assert!(answer.text.contains("This machine seems to be offline"), "{answer:?}");
            assert_eq!((answer.header("retry-after"), answer.header("x-should-retry")), (Some("5"), None));
        }
        assert!(gate.core.offline().is_some());
        assert_eq!(*gate.watched.network.lock().unwrap(), [false], "it is news once");
        let route = gate.core.routing().named("ha").unwrap().clone();
        assert!(gate.core.availability(&route.pool).iter().all(|state| *state == Availability::Ready));
        assert_eq!(gate.watched.trail(0).await.attempts[0].outcome, "unreachable");

        gate.core.network_changed();
        assert_eq!(gate.core.offline(), None);
        assert_eq!(*gate.watched.network.lock().unwrap(), [false, true]);
    }
}

/// failover §3.10: a server that is down is no evidence by itself, and one on this machine none at all.
#[tokio::test]
async fn a_server_that_is_down_is_not_an_outage_of_the_machine() {
    let local = || refused().replace("0.0.0.0", "127.0.0.1");
    for members in [vec![refused()], vec![local(), local()], vec![local(), refused()]] {
        let members = members.iter().enumerate().map(|(at, origin)| member(&format!("m{at}"), CHAT, origin)).collect();
        let gate = Gate::of(members).await;
        let answer = gate.ask(CHAT, false).await;
        assert_eq!(answer.status, 502, "{answer:?}");
        assert_eq!(gate.core.offline(), None);
    }
}

/// failover §3.10: with one member reached, the others were out by their own fault.
#[tokio::test]
async fn one_that_answers_shows_that_the_others_are_down() {
    let up = Scripted::start(vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate =
        Gate::of(vec![member("a", CHAT, &refused()), member("b", CHAT, &refused()), member("up", CHAT, &up.origin())])
            .await;
    for _ in 0..3 {
        assert_eq!(gate.ask(CHAT, false).await.served_by(), Some("up"));
    }
    assert_eq!(gate.core.offline(), None);
    let route = gate.core.routing().named("ha").unwrap().clone();
    assert!(matches!(gate.core.availability(&route.pool)[0], Availability::Open { .. }));
    assert_eq!(gate.ask(CHAT, false).await.header("x-mainstay-attempts"), Some("1"));
}

/// failover §3.10: requests are tried all the same, and the first that is served ends it; so does a wake.
#[tokio::test]
async fn the_first_success_and_a_wake_end_an_outage() {
    let up = Scripted::at(Ipv4Addr::UNSPECIFIED, vec![Wire(CHAT).good_whole("id", "words")]).await;
    let gate = Gate::with(vec![
        pool("gone", vec![member("gone", CHAT, NO_WAY)]),
        pool("up", vec![member("up", CHAT, &up.origin())]),
    ])
    .await;
    assert_eq!(gate.ask(CHAT, false).await.status, 503);
    assert!(gate.core.offline().is_some());
    let mut asked = body(CHAT, false);
    asked["model"] = "up".into();
    assert_eq!(Answer::read(gate.post(path(CHAT, false), &asked)).await.status, 200);
    assert_eq!(gate.core.offline(), None);

    assert_eq!(gate.ask(CHAT, false).await.status, 503);
    let before = gate.core.now();
    gate.core.tick();
    assert!(gate.core.offline().is_some(), "no sleep yet");
    gate.wall.fetch_add(600_000, Ordering::SeqCst);
    gate.core.tick();
    assert_eq!(gate.core.offline(), None);
    assert!(gate.core.now() >= before + 590_000, "rests are due by the wall");
    assert_eq!(*gate.watched.network.lock().unwrap(), [false, true, false, true]);
}
