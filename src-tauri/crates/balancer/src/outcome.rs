//! How an attempt ended. Everything that the gateway, the health and the trail do after an attempt follows from this one
//! value, so it says whose fault it was and until when, never how it was found out.

use crate::Millis;

/// How an attempt on one member ended (failover §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The member answered, whole.
    Served,
    /// Too many requests or tokens in a short window. `until` is the reset that the provider named.
    RateLimited {
        /// What the limit covers.
        scope: Scope,
        /// When the exhausted window resets, if the provider said so.
        until: Option<Millis>,
    },
    /// Money, credits or a long window (a day, five hours, a week) are used up.
    QuotaSpent {
        /// When there is quota again, if the provider said so.
        until: Option<Millis>,
    },
    /// The provider does not accept this key or login.
    CredentialRejected,
    /// The provider says that it has too much to do. Shared capacity: another account there is unlikely to fare better.
    Overloaded {
        /// The provider's own "not before", if it gave one.
        until: Option<Millis>,
    },
    /// The provider failed, or sent something that is no answer.
    ServerError {
        /// The provider's own "not before", if it gave one.
        until: Option<Millis>,
    },
    /// No connection, or one that broke.
    Unreachable(Unreached),
    /// It took too long.
    TimedOut(Stage),
    /// The member's model is gone, or not for this account or region.
    ModelUnavailable,
    /// The request is larger than the model's window.
    ContextTooLong,
    /// The provider refuses a parameter that this side put into the request.
    ParameterRejected {
        /// The upstream field, spelled as in [`crate::Refusal::ours`].
        param: String,
    },
    /// The provider refuses reasoning that another account or provider has signed or encrypted.
    ReasoningRejected,
    /// The provider refuses the content itself.
    ContentRefused,
    /// The request is at fault.
    CallerFault,
    /// The answer broke off after the client had begun to receive it.
    Truncated,
    /// The client went away.
    Cancelled,
}

/// What a rate limit covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This account's use of this model.
    Model,
    /// The account, with every model.
    Account,
}

/// Where an attempt ran out of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// While connecting.
    Connect,
    /// Connected, but no content came.
    FirstContent,
    /// Content came, then nothing more.
    Idle,
    /// The provider itself gave up waiting (408).
    Request,
}

/// Why there was no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unreached {
    /// Nobody listens there.
    Refused,
    /// The name has no address.
    Dns,
    /// The secure connection could not be made.
    Tls,
    /// The connection was cut.
    Reset,
    /// Anything else below HTTP.
    Other,
}

/// The codes of all outcomes.
const CODES: [&str; 16] = [
    "served",
    "rate-limited",
    "quota-spent",
    "credential-rejected",
    "overloaded",
    "server-error",
    "unreachable",
    "timed-out",
    "model-unavailable",
    "context-too-long",
    "parameter-rejected",
    "reasoning-rejected",
    "content-refused",
    "caller-fault",
    "truncated",
    "cancelled",
];

/// The outcome's code that reads like this, if there is one.
pub(crate) fn known_code(code: &str) -> Option<&'static str> {
    CODES.into_iter().find(|known| *known == code)
}

impl Outcome {
    /// A stable name for logs, headers and stored history.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::RateLimited { .. } => "rate-limited",
            Self::QuotaSpent { .. } => "quota-spent",
            Self::CredentialRejected => "credential-rejected",
            Self::Overloaded { .. } => "overloaded",
            Self::ServerError { .. } => "server-error",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut(_) => "timed-out",
            Self::ModelUnavailable => "model-unavailable",
            Self::ContextTooLong => "context-too-long",
            Self::ParameterRejected { .. } => "parameter-rejected",
            Self::ReasoningRejected => "reasoning-rejected",
            Self::ContentRefused => "content-refused",
            Self::CallerFault => "caller-fault",
            Self::Truncated => "truncated",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the failure is the member's and not the request's: the very same request may succeed at another member
    /// now, or at this one later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::QuotaSpent { .. }
            | Self::CredentialRejected
            | Self::Overloaded { .. }
            | Self::ServerError { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::ModelUnavailable => true,
            Self::Served
            | Self::ContextTooLong
            | Self::ParameterRejected { .. }
            | Self::ReasoningRejected
            | Self::ContentRefused
            | Self::CallerFault
            | Self::Truncated
            | Self::Cancelled => false,
        }
    }

    /// Whether the exchange goes on to another member after this (the third column of failover §2). `untouched`: the body
    /// was the client's own dialect with nothing changed but the model; a fault in it is the caller's wherever it goes.
    pub fn moves_on(&self, untouched: bool) -> bool {
        match self {
            Self::CallerFault => !untouched,
            Self::Served | Self::ContentRefused | Self::Truncated | Self::Cancelled => false,
            Self::ContextTooLong
            | Self::ParameterRejected { .. }
            | Self::ReasoningRejected
            | Self::RateLimited { .. }
            | Self::QuotaSpent { .. }
            | Self::CredentialRejected
            | Self::Overloaded { .. }
            | Self::ServerError { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::ModelUnavailable => true,
        }
    }

    /// What happened, in words for a person; reads on from the member's name ("openai-backup hit its rate limit").
    pub fn describe(&self) -> String {
        match self {
            Self::Served => "answered".into(),
            Self::RateLimited { .. } => "hit its rate limit".into(),
            Self::QuotaSpent { .. } => "has used up its quota or credit".into(),
            Self::CredentialRejected => "did not accept the key or login".into(),
            Self::Overloaded { .. } => "is overloaded".into(),
            Self::ServerError { .. } => "had a server error".into(),
            Self::Unreachable(Unreached::Refused) => "refused the connection".into(),
            Self::Unreachable(Unreached::Dns) => "could not be found (its name has no address)".into(),
            Self::Unreachable(Unreached::Tls) => "could not be reached securely".into(),
            Self::Unreachable(Unreached::Reset) => "cut the connection".into(),
            Self::Unreachable(Unreached::Other) => "could not be reached".into(),
            Self::TimedOut(Stage::Connect) => "did not accept a connection in time".into(),
            Self::TimedOut(Stage::FirstContent) => "sent nothing in time".into(),
            Self::TimedOut(Stage::Idle) => "stopped sending".into(),
            Self::TimedOut(Stage::Request) => "gave up waiting".into(),
            Self::ModelUnavailable => "does not offer this model here".into(),
            Self::ContextTooLong => "found the request too long for its model".into(),
            Self::ParameterRejected { param } => format!("does not accept the parameter {param}"),
            Self::ReasoningRejected => "did not accept reasoning from another provider".into(),
            Self::ContentRefused => "refused the content".into(),
            Self::CallerFault => "found the request invalid".into(),
            Self::Truncated => "broke off in the middle of its answer".into(),
            Self::Cancelled => "was stopped because the client went away".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Outcome> {
        vec![
            Outcome::Served,
            Outcome::RateLimited { scope: Scope::Model, until: None },
            Outcome::QuotaSpent { until: None },
            Outcome::CredentialRejected,
            Outcome::Overloaded { until: None },
            Outcome::ServerError { until: None },
            Outcome::Unreachable(Unreached::Refused),
            Outcome::TimedOut(Stage::Connect),
            Outcome::ModelUnavailable,
            Outcome::ContextTooLong,
            Outcome::ParameterRejected { param: "seed".into() },
            Outcome::ReasoningRejected,
            Outcome::ContentRefused,
            Outcome::CallerFault,
            Outcome::Truncated,
            Outcome::Cancelled,
        ]
    }

    #[test]
    fn every_outcome_has_a_code_of_its_own_in_kebab_case() {
        let codes: std::collections::BTreeSet<&str> = all().iter().map(Outcome::code).collect();
        assert_eq!(codes.len(), all().len());
        assert!(codes.iter().all(|code| known_code(code) == Some(code)));
        assert_eq!(known_code("daily-limit"), None);
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn what_is_the_members_fault_always_moves_on() {
        for outcome in all().into_iter().filter(Outcome::retryable) {
            assert!(outcome.moves_on(true) && outcome.moves_on(false), "{outcome:?}");
        }
    }

    #[test]
    fn a_fault_of_the_callers_own_body_stays_with_the_caller() {
        assert!(!Outcome::CallerFault.moves_on(true));
        assert!(Outcome::CallerFault.moves_on(false));
        for outcome in [Outcome::Served, Outcome::ContentRefused, Outcome::Truncated, Outcome::Cancelled] {
            assert!(!outcome.moves_on(true) && !outcome.moves_on(false), "{outcome:?}");
        }
    }
}
