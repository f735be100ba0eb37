//! Who may serve: members, and the pools that join them. Built anew from the profile files by the gateway; nothing here
//! changes while requests run.

use std::sync::Arc;

use mainstay_dialects::Dialect;
use serde::{Deserialize, Serialize};

use crate::BreakerRule;

/// What health is kept for: shared by all balancers (failover §3.8).
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetKey {
    /// The base URL that requests go to.
    pub base_url: Arc<str>,
    /// The id of the credential; never the secret.
    pub credential: Arc<str>,
    /// The upstream's model name.
    pub model: Arc<str>,
}

/// A credential at a provider, with all its models.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    /// The base URL that requests go to.
    pub base_url: Arc<str>,
    /// The id of the credential; never the secret.
    pub credential: Arc<str>,
}

impl From<&TargetKey> for Account {
    fn from(key: &TargetKey) -> Self {
        Self { base_url: key.base_url.clone(), credential: key.credential.clone() }
    }
}

/// What a member may spend in a local day (failover §4). At the limit it is skipped until the day ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DailyLimit {
    /// Requests that it serves.
    pub requests: Option<u64>,
    /// Millionths of a US dollar, at the catalogue's prices.
    pub micro_usd: Option<u64>,
}

/// When `failover` goes back to the top of its list (failover §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failback {
    /// A new conversation starts at the top; one that has moved stays until its member fails or it rests for five minutes.
    #[default]
    Conversation,
    /// Every request starts at the top.
    AtOnce,
    /// The pool stays with the member that it has moved to until that fails.
    Never,
}

/// One member of a pool. The same profile may stand in a pool more than once; each place counts for its share.
#[derive(Clone, Debug)]
pub struct Member {
    /// The profile's name.
    pub name: Arc<str>,
    /// Its share under [`Policy::Weighted`]; other policies don't read it. A weight of 0 is never picked first while
    /// another member is available.
    pub weight: u32,
    /// What its health is kept for.
    pub key: TargetKey,
    /// What its provider speaks.
    pub dialect: Dialect,
    /// When it is taken out after failures.
    pub breaker: BreakerRule,
    /// The largest request in tokens that its profile allows; `None` when unknown.
    pub context_limit: Option<u64>,
    /// Why it can't be tried at all, if so.
    pub unready: Option<Unready>,
    /// Its provider's catalogue name.
    pub provider: Arc<str>,
    /// What it may spend in a day.
    pub daily: DailyLimit,
    /// This is a further account of the member at that place, which stands before it. A member's accounts are tried one after
    /// another before the next member, and have one turn and one share between them.
    pub spare_of: Option<usize>,
}

/// Why a member can't be tried at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unready {
    /// No key or login was found for it.
    NeedsCredential,
    /// Its stored credential belongs to another address, and the user has not confirmed this one.
    OriginUnconfirmed,
    /// The pool names a profile that does not exist.
    Missing,
    /// Its profile file can't be read.
    Broken,
}

impl Unready {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::NeedsCredential => "needs-credential",
            Self::OriginUnconfirmed => "origin-unconfirmed",
            Self::Missing => "missing",
            Self::Broken => "broken",
        }
    }

    /// The reason in words for a person; reads on from the member's name.
    pub fn describe(self) -> &'static str {
        match self {
            Self::NeedsCredential => "needs a key or login",
            Self::OriginUnconfirmed => "has an address that its key was not confirmed for",
            Self::Missing => "does not exist",
            Self::Broken => "has a profile file that can't be read",
        }
    }
}

/// How a pool chooses (failover §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// The list's order; when a moved conversation comes back to the top is [`Failback`]'s matter.
    Failover,
    /// Each in turn.
    RoundRobin,
    /// Each by its weight, smoothly mixed.
    Weighted,
}

/// What a request is placed on: a load balancer, or a single profile as a pool of one. A pool of one has no breaker
/// (failover §3.8): there would be nobody else to ask.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The balancer's or profile's name.
    pub name: Arc<str>,
    /// How it chooses.
    pub policy: Policy,
    /// Its members in the file's order.
    pub members: Vec<Member>,
    /// Requests that go on with a conversation stay with the member that serves it (round-robin and weighted, failover §4).
    pub sticky: bool,
    /// When `failover` goes back to the top.
    pub failback: Failback,
}

/// Whether a credential is one that a caller brings along. Nothing about it is written down (failover §3.11).
pub(crate) fn is_the_callers(credential: &str) -> bool {
    credential.starts_with("caller:")
}

impl Pool {
    /// The members, each once: without their further accounts.
    pub fn seats(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.spare_of.is_none())
    }

    /// The place whose turn a member takes: its own, or for a further account that of the first.
    pub fn seat(&self, place: usize) -> usize {
        self.members[place].spare_of.unwrap_or(place)
    }

    /// The breaker's rule for a member's attempts; `None` where no breaker applies.
    pub(crate) fn breaker_rule(&self, member: &Member) -> Option<BreakerRule> {
        let another = |other: &Member| other.unready.is_none() && other.key != member.key;
        (member.breaker.enabled && self.members.iter().any(another)).then_some(member.breaker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_have_the_names_of_the_profile_files() {
        for (policy, name) in [
            (Policy::Failover, "\"failover\""),
            (Policy::RoundRobin, "\"roundrobin\""),
            (Policy::Weighted, "\"weighted\""),
        ] {
            assert_eq!(serde_json::to_string(&policy).unwrap(), name);
            assert_eq!(serde_json::from_str::<Policy>(name).unwrap(), policy);
        }
    }
}
