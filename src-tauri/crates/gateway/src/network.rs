//! Whether the machine is offline (failover §3.10).
//!
//! When every member of an exchange fails before a connection stands, and at once, it is likelier that this machine has no
//! network than that all providers are down. Then nobody is marked. One member alone is no evidence unless its name could
//! not be looked up or the system says that there is no network; and a server on this machine that is down says nothing at
//! all. Requests are tried all the same while the machine is taken to be offline: the first that is served ends that.

use crate::outbound::CallError;
use mainstay_balancer::{Millis, Outcome, Unreached};
use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use url::{Host, Url};

/// A failure that takes longer is the other side's.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(5);

/// How an attempt failed that never reached anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Scheme, host and port.
    origin: String,
    /// The name has no address, or there is no network.
    certain: bool,
}

/// What a failed call says about the network; nothing where it got as far as a connection.
pub(crate) fn lost(error: &CallError, outcome: &Outcome, url: &Url) -> Option<Lost> {
    let Outcome::Unreachable(unreached) = outcome else { return None };
    if !error.is_connect() || *unreached == Unreached::Tls || is_loopback(url) {
        return None;
    }
    let no_network = error.causes().any(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown))
    });
    let certain = no_network || *unreached == Unreached::Dns;
    Some(Lost { origin: url.origin().ascii_serialization(), certain })
}

/// Whether this machine is offline when these were all the attempts of an exchange.
pub(crate) fn is_offline<'a>(all: impl Iterator<Item = &'a Lost>) -> bool {
    let mut origins = HashSet::new();
    let mut certain = false;
    for lost in all {
        origins.insert(&lost.origin);
        certain |= lost.certain;
    }
    origins.len() > 1 || certain
}

/// Whether an address leads through no network at all. The unspecified address does on some systems.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Since when the machine has been offline.
#[derive(Debug, Default)]
pub(crate) struct Network(AtomicU64);

impl Network {
    pub(crate) fn offline_since(&self) -> Option<Millis> {
        Some(self.0.load(Ordering::Acquire)).filter(|since| *since > 0)
    }

    /// The machine is offline. Whether that is news.
    pub(crate) fn lose(&self, now: Millis) -> bool {
        self.0.compare_exchange(0, now.max(1), Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// It is not. Whether that is news.
    pub(crate) fn find(&self) -> bool {
        self.0.swap(0, Ordering::AcqRel) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// failover §3.10.
    #[test]
    fn one_member_alone_is_no_evidence_unless_there_is_no_network_at_all() {
        let lost = |origin: &str, certain| Lost { origin: origin.to_owned(), certain };
        for (all, offline) in [
            (vec![], false),
            (vec![lost("a", false)], false),
            (vec![lost("a", false), lost("a", false)], false),
            (vec![lost("a", true)], true),
            (vec![lost("a", false), lost("b", false)], true),
        ] {
            assert_eq!(is_offline(all.iter()), offline, "{all:?}");
        }
    }

    #[test]
    fn being_offline_is_news_once() {
        let network = Network::default();
        assert_eq!(network.offline_since(), None);
        assert_eq!((network.lose(7), network.lose(9)), (true, false));
        assert_eq!(network.offline_since(), Some(7));
        assert_eq!((network.find(), network.find()), (true, false));
    }
}
