//! How long things may take, so that a healthy last member is always reached before the client gives up (failover §3.4).

use crate::Millis;

/// What is kept back for each available member that has not been tried yet.
const RESERVE: Millis = 20_000;
/// The deadline of a request whose client doesn't say how long it waits. Node's fetch gives up on headers after 300 s.
const DEADLINE: Millis = 280_000;
/// The same for a stream, which heartbeats keep open; the SDKs' own limit is 600 s.
const STREAM_DEADLINE: Millis = 570_000;

/// How long the next attempt may take until its first content, in ms: the smaller of its `own` limit and what is `left`
/// less 20 s for each of the `untried_after` available members that would come after it (failover §3.4).
///
/// When the reserves no longer fit, the rest is shared evenly, so that the last one still runs with something.
pub fn attempt_limit(own: Millis, left: Millis, untried_after: usize) -> Millis {
    let after = untried_after as u64;
    let fair = left / after.saturating_add(1);
    own.min(left.saturating_sub(RESERVE.saturating_mul(after)).max(fair))
}

/// How long the whole exchange may take, in ms: what the client said that it waits (`x-stainless-timeout`,
/// `x-server-timeout`) less 5 %, else 280 s, or 570 s for a stream (failover §3.4). A client's 0 means that it did not say.
pub fn client_deadline(client_timeout: Option<Millis>, stream: bool) -> Millis {
    match client_timeout {
        Some(timeout) if timeout > 0 => timeout - timeout / 20,
        _ if stream => STREAM_DEADLINE,
        _ => DEADLINE,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// failover §3.4
    #[test]
    fn an_attempt_gets_its_own_limit_while_time_is_plenty() {
        assert_eq!(attempt_limit(120_000, 280_000, 2), 120_000);
    }

    /// failover §3.4
    #[test]
    fn an_attempt_leaves_twenty_seconds_for_each_that_follows() {
        assert_eq!(attempt_limit(120_000, 100_000, 2), 60_000);
        assert_eq!(attempt_limit(120_000, 100_000, 0), 100_000);
    }

    /// failover §3.4
    #[test]
    fn a_short_rest_is_shared_evenly() {
        assert_eq!(attempt_limit(120_000, 30_000, 2), 10_000);
        assert_eq!(attempt_limit(120_000, 45_000, 2), 15_000);
    }

    /// failover §3.4
    #[test]
    fn the_deadline_is_the_clients_less_five_percent() {
        assert_eq!(client_deadline(Some(600_000), false), 570_000);
        assert_eq!(client_deadline(Some(60_000), true), 57_000);
        assert_eq!(client_deadline(None, false), 280_000);
        assert_eq!(client_deadline(None, true), 570_000);
        assert_eq!(client_deadline(Some(0), true), 570_000);
    }

    proptest! {
        #[test]
        fn hanging_members_never_eat_the_last_ones_time(
            owns in prop::collection::vec(1_u64..600_000, 1..12), deadline in 1_000_u64..1_200_000,
        ) {
            let mut left = deadline;
            for (place, own) in owns.iter().enumerate() {
                let limit = attempt_limit(*own, left, owns.len() - place - 1);
                prop_assert!(limit > 0 && limit <= left && limit <= *own);
                left -= limit;
            }
        }

        /// failover §3.4: a healthy last member is always reached
        #[test]
        fn the_last_one_keeps_twenty_seconds_where_the_deadline_allows(
            owns in prop::collection::vec(1_u64..600_000, 1..8), more in 0_u64..600_000,
        ) {
            let mut left = 20_000 * owns.len() as u64 + more;
            for (place, own) in owns.iter().enumerate() {
                let after = owns.len() - place - 1;
                prop_assert!(left >= 20_000);
                left -= attempt_limit(*own, left, after);
            }
        }

        #[test]
        fn no_number_overflows(own: u64, left: u64, after: usize, timeout: u64, stream: bool) {
            prop_assert!(attempt_limit(own, left, after) <= left);
            prop_assert!(client_deadline(Some(timeout), stream) <= timeout.max(570_000));
        }
    }
}
