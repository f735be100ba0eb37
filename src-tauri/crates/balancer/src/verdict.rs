//! What the client hears when no member served (failover §2, last paragraph).

use crate::Outcome;

/// Which failure the client hears of when all members failed: the index into the attempts in the order of the members.
///
/// A failure of a member wins over one that blames the request, since the request may be quite right for a member that is
/// merely out; among equals the highest member's counts. `None` when nothing failed.
pub fn worst(outcomes: &[Outcome]) -> Option<usize> {
    outcomes.iter().enumerate().filter_map(|(at, outcome)| Some((rank(outcome)?, at))).min().map(|(_, at)| at)
}

/// Lower is told first. A missing model is the member's, but reads as a 4xx to the client, so it yields to the others.
fn rank(outcome: &Outcome) -> Option<u8> {
    match outcome {
        Outcome::Served => None,
        Outcome::RateLimited { .. }
        | Outcome::QuotaSpent { .. }
        | Outcome::CredentialRejected
        | Outcome::Overloaded { .. }
        | Outcome::ServerError { .. }
        | Outcome::Unreachable(_)
        | Outcome::TimedOut(_) => Some(0),
        Outcome::ModelUnavailable => Some(1),
        Outcome::ContextTooLong
        | Outcome::ParameterRejected { .. }
        | Outcome::ReasoningRejected
        | Outcome::ContentRefused
        | Outcome::CallerFault => Some(2),
        Outcome::Truncated | Outcome::Cancelled => Some(3),
    }
}

/// The HTTP status under which the client hears of `outcome`. `upstream_status` is what the provider answered with, if it
/// did.
///
/// An upstream 401 never reaches the client as 401, since that would read as a bad gateway token: it becomes 502. Spent
/// quota becomes 429, the status that SDKs know how to wait for, whatever the provider called it (402, 400, 403).
pub fn status_for_client(outcome: &Outcome, upstream_status: Option<u16>) -> u16 {
    match outcome {
        Outcome::Served => upstream_status.unwrap_or(200),
        Outcome::RateLimited { .. } | Outcome::QuotaSpent { .. } => 429,
        Outcome::CredentialRejected | Outcome::Unreachable(_) | Outcome::Truncated => 502,
        Outcome::Overloaded { .. } => 503,
        Outcome::ServerError { .. } => upstream_status.filter(|status| (500..=599).contains(status)).unwrap_or(502),
        Outcome::TimedOut(_) => 504,
        Outcome::ModelUnavailable => caller_status(upstream_status, 404),
        Outcome::ContextTooLong
        | Outcome::ParameterRejected { .. }
        | Outcome::ReasoningRejected
        | Outcome::ContentRefused
        | Outcome::CallerFault => caller_status(upstream_status, 400),
        // nginx's "client closed request"; nobody is left to read it.
        Outcome::Cancelled => 499,
    }
}

/// The upstream's own 4xx, except those that speak of this gateway's door, its proxy or its pace.
fn caller_status(upstream_status: Option<u16>, otherwise: u16) -> u16 {
    match upstream_status {
        Some(401 | 407) => 502,
        Some(408 | 429) => otherwise,
        Some(status @ 400..=499) => status,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scope, Stage, Unreached};

    const LIMITED: Outcome = Outcome::RateLimited { scope: Scope::Model, until: None };
    const BROKEN: Outcome = Outcome::ServerError { until: None };

    /// failover §2, last paragraph
    #[test]
    fn a_members_failure_is_told_before_a_fault_of_the_request() {
        assert_eq!(worst(&[Outcome::CallerFault, BROKEN, LIMITED]), Some(1));
        assert_eq!(worst(&[Outcome::ContextTooLong, Outcome::CallerFault]), Some(0));
        assert_eq!(worst(&[Outcome::ModelUnavailable, LIMITED]), Some(1));
        assert_eq!(worst(&[Outcome::CallerFault, Outcome::ModelUnavailable]), Some(1));
        assert_eq!(worst(&[Outcome::Cancelled, Outcome::CallerFault]), Some(1));
    }

    #[test]
    fn nothing_is_told_when_nothing_failed() {
        assert_eq!(worst(&[]), None);
        assert_eq!(worst(&[Outcome::Served]), None);
    }

    /// failover §2, last paragraph
    #[test]
    fn an_upstream_401_never_reaches_the_client_as_401() {
        for outcome in [
            Outcome::CredentialRejected,
            Outcome::CallerFault,
            Outcome::ModelUnavailable,
            BROKEN,
            LIMITED,
            Outcome::ContentRefused,
            Outcome::ParameterRejected { param: "seed".into() },
        ] {
            assert_ne!(status_for_client(&outcome, Some(401)), 401, "{outcome:?}");
        }
        assert_eq!(status_for_client(&Outcome::CredentialRejected, Some(401)), 502);
        assert_eq!(status_for_client(&Outcome::CredentialRejected, Some(400)), 502);
    }

    #[test]
    fn each_outcome_has_its_status() {
        let table = [
            (LIMITED, Some(429), 429),
            (Outcome::QuotaSpent { until: None }, Some(402), 429),
            (Outcome::QuotaSpent { until: None }, Some(400), 429),
            (Outcome::Overloaded { until: None }, Some(529), 503),
            (BROKEN, Some(500), 500),
            (BROKEN, Some(200), 502),
            (Outcome::Unreachable(Unreached::Dns), None, 502),
            (Outcome::TimedOut(Stage::FirstContent), None, 504),
            (Outcome::TimedOut(Stage::Request), Some(408), 504),
            (Outcome::ModelUnavailable, Some(404), 404),
            (Outcome::ModelUnavailable, Some(403), 403),
            (Outcome::ContextTooLong, Some(413), 413),
            (Outcome::ContextTooLong, Some(200), 400),
            (Outcome::CallerFault, Some(422), 422),
            (Outcome::CallerFault, Some(407), 502),
        ];
        for (outcome, upstream, told) in table {
            assert_eq!(status_for_client(&outcome, upstream), told, "{outcome:?} {upstream:?}");
        }
    }
}
