//! Kept connections that turn out to be closed (failover §2, Unreachable).
//!
//! A server closes idle connections when it likes, now and then at the very moment at which one is used again. That says
//! nothing about the provider, so such a call is made once more: free, without a mark.
//!
//! Whether a connection was used before is not guessed. A response carries both addresses of its connection, and so does
//! the error of a call that got as far as a connection; those that have answered are remembered here. A broken connection
//! that has answered before was a kept one; one that never has was fresh, and its failure counts. Each repeat takes one
//! broken connection out of the client's pool and out of this memory, so repeats end, at the latest, with a fresh one. That
//! is why the same client is asked again, rather than one that keeps no connections: there is nothing to be had from a
//! second set of connections but a handshake in the common case, that of a single stale one.
//!
//! The whole request may have been read before the connection broke. Nothing proves that nothing was begun, so a request
//! with effects (failover §3.6) is not repeated; for others a second generation does no harm.

use crate::outbound::{CallError, Received};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpInfo;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// More connections than a client keeps. Twice as many are remembered at most.
const MOST: usize = 2048;

/// A connection, by its two ends.
type Ends = (SocketAddr, SocketAddr);

/// The connections that have answered.
#[derive(Debug, Default)]
pub(crate) struct Answered(Mutex<Known>);

/// Two generations: what is in use moves to the young one, and what isn't goes with the old one.
#[derive(Debug, Default)]
struct Known {
    young: HashSet<Ends>,
    old: HashSet<Ends>,
}

impl Known {
    fn add(&mut self, ends: Ends) {
        if self.young.len() == MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(ends);
    }

    fn take(&mut self, ends: &Ends) -> bool {
        // Both: a connection in use may stand in either.
        self.young.remove(ends) | self.old.remove(ends)
    }
}

impl Answered {
    /// A connection has answered.
    pub(crate) fn note(&self, response: &Received) {
        let Some(ends) = response.extensions().get::<HttpInfo>().map(ends) else { return };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(ends);
    }

    /// Whether a call failed because the connection that was kept for it is gone. Says so once for each connection.
    pub(crate) fn was_stale(&self, error: &CallError) -> bool {
        if error.is_connect() || error.is_timeout() {
            return false;
        }
        let Some(ends) = broken(error) else { return false };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(&ends)
    }
}

fn ends(info: &HttpInfo) -> Ends {
    (info.local_addr(), info.remote_addr())
}

/// The connection on which a call failed.
fn broken(error: &CallError) -> Option<Ends> {
    let error = error.causes().find_map(|cause| cause.downcast_ref::<legacy::Error>())?;
    let mut extras = http::Extensions::new();
    error.connect_info()?.get_extras(&mut extras);
    extras.get::<HttpInfo>().map(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(number: u32) -> Ends {
        let at = |port| SocketAddr::from((number.to_be_bytes(), port));
        (at(1), at(2))
    }

    #[test]
    fn a_connection_in_use_is_remembered_however_many_come_and_memory_is_bounded() {
        let mut known = Known::default();
        known.add(ends(0));
        for number in 1..20_000 {
            known.add(ends(number));
            if number % 1_000 == 0 {
                known.add(ends(0));
            }
        }
        assert!(known.young.len() + known.old.len() <= 2 * MOST);
        assert!(known.take(&ends(0)));
        assert!(!known.take(&ends(0)), "once for each connection");
        assert!(!known.take(&ends(1)));
    }
}
