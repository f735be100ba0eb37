//! Pools for tests.

use std::sync::Arc;

use mainstay_dialects::Dialect;

use crate::{Ask, BreakerRule, DailyLimit, Failback, Member, Policy, Pool, TargetKey};

/// An arbitrary instant to start from.
pub(crate) const START: u64 = 1_790_000_000_000;

pub(crate) const ASK: Ask<'static> =
    Ask { dialect: Dialect::OpenaiChat, needs: &[], tokens: 100, moves_wheel: true, conversation: None, made_by: None };

pub(crate) fn key(name: &str) -> TargetKey {
    TargetKey { base_url: "https://example.test".into(), credential: format!("{name}-key").into(), model: name.into() }
}

pub(crate) fn member(name: &str, weight: u32) -> Member {
    Member {
        name: name.into(),
        weight,
        key: key(name),
        dialect: Dialect::OpenaiChat,
        breaker: BreakerRule::default(),
        context_limit: None,
        unready: None,
        provider: Arc::from(name),
        daily: DailyLimit::default(),
        spare_of: None,
    }
}

pub(crate) fn pool(policy: Policy, members: &[(&str, u32)]) -> Pool {
    let members = members.iter().map(|(name, weight)| member(name, *weight)).collect();
    Pool { name: "sample".into(), policy, members, sticky: false, failback: Failback::default() }
}

pub(crate) fn failover(names: &[&str]) -> Pool {
    pool(Policy::Failover, &names.iter().map(|name| (*name, 1)).collect::<Vec<_>>())
}
