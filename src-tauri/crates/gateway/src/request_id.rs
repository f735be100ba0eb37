//! What a request is called, in headers, logs and the history.

use mainstay_balancer::Millis;

/// A new id. It begins with the time, so that ids sort as requests came: an index of them grows at its end only, which for a
/// long history is the greater part of writing an entry (as UUIDs of version 7 do it, RFC 9562 §5.7).
pub(crate) fn request_id(now: Millis) -> String {
    let random = rand::random::<u64>() >> 16;
    format!("req_{now:012x}{random:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ_within_a_millisecond() {
        assert!(request_id(1_790_000_000_000) < request_id(1_790_000_000_001));
        assert_ne!(request_id(1), request_id(1));
        assert_eq!(request_id(1_790_000_000_000).len(), "req_".len() + 24);
    }
}
