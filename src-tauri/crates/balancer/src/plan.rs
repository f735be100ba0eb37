//! The order in which members are tried, and the words for why one is not. These are the plan's shapes and the rules that
//! reorder what is left of it; who is out is decided in `balancer`.

use std::cmp::Reverse;

use mainstay_dialects::{Dialect, Need};

use crate::{Account, Member, Millis, Pool, TargetKey, Unready};

/// What a request needs from the member that serves it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What the client speaks.
    pub dialect: Dialect,
    /// What in the request not every dialect has a place for; empty when any member can serve it.
    pub needs: &'a [Need],
    /// A cheap estimate of the request's size in tokens.
    pub tokens: u64,
    /// Whether this placement counts for round-robin and weighted. False for `count_tokens` and for what is only looked at
    /// (failover §4): the plan is then what the next counted request would get.
    pub moves_wheel: bool,
    /// The conversation that the request belongs to, where that can be told (failover §4).
    pub conversation: Option<Conversation>,
    /// The account that made the state which the request refers to (failover §3.7): only its members can serve. `None` when
    /// it refers to no state, or nobody here saw that state being made.
    pub made_by: Option<&'a Account>,
}

/// A conversation, as far as placing its requests goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conversation {
    /// Tells it from others: a hash of its session's id or of its first words.
    pub key: u64,
    /// The request goes on with it: it holds an assistant turn, a tool result, or names the previous response. A first turn
    /// is always placed by the policy.
    pub continues: bool,
}

/// Whom to try, in order, and why the others are left out. Each target stands in `order` at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The candidates, first to last.
    pub order: Vec<Candidate>,
    /// The first candidate is first because the request's conversation is there (stickiness, `failback`), not by the policy's
    /// own choice. Such a request moves no wheel.
    pub stuck: bool,
    /// The members left out, in the pool's order.
    pub skips: Vec<Skip>,
    /// What to do with nobody to try; `Some` exactly when `order` is empty.
    pub when_empty: Option<AllOut>,
}

/// A member to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Index into the pool's members.
    pub member: usize,
    /// It is out, but only by our own guess, and nobody else is left: tried once all the same (failover §3.9b).
    pub forced: bool,
}

/// A member that is not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Index into the pool's members.
    pub member: usize,
    /// The reason.
    pub why: SkipReason,
    /// When the reason ends, if that is known.
    pub until: Option<Millis>,
}

/// Why a member is not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// It cools after the outcome with this code.
    Cooling(&'static str),
    /// Its breaker is open.
    BreakerOpen,
    /// Its breaker lets one request through to see, and that one is under way.
    Probing,
    /// The request holds what its dialect has no place for: the names of that.
    OtherDialect(Vec<&'static str>),
    /// The request refers to state that another account made (failover §3.7).
    OtherAccount,
    /// Its daily limit is reached (failover §4).
    DailyLimit,
    /// The user has taken it out for a while.
    TakenOut,
    /// It can't be tried at all.
    Unready(Unready),
    /// Its target already stands in the plan.
    Repeated,
}

impl SkipReason {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cooling(_) => "cooling",
            Self::BreakerOpen => "breaker-open",
            Self::Probing => "probing",
            Self::OtherDialect(_) => "other-dialect",
            Self::OtherAccount => "other-account",
            Self::DailyLimit => "daily-limit",
            Self::TakenOut => "taken-out",
            Self::Unready(why) => why.code(),
            Self::Repeated => "repeated",
        }
    }

    /// The request itself rules the member out, however often it is sent again.
    pub(crate) fn is_the_requests(&self) -> bool {
        matches!(self, Self::OtherDialect(_) | Self::OtherAccount)
    }

    /// The reason in words for a person; reads on from the member's name.
    pub fn describe(&self) -> String {
        match self {
            Self::Cooling(code) => format!("is resting ({code})"),
            Self::BreakerOpen => "is resting after repeated failures".into(),
            Self::Probing => "is being tried again by another request".into(),
            Self::OtherDialect(names) => {
                format!("speaks another dialect, which has no place for what the request has: {}", names.join(", "))
            }
            Self::OtherAccount => "is another account than the one that keeps what the request refers to".into(),
            Self::DailyLimit => "has reached its daily limit".into(),
            Self::TakenOut => "was taken out by you for a minute".into(),
            Self::Unready(why) => why.describe().into(),
            Self::Repeated => "already stands in the list".into(),
        }
    }
}

impl Ask<'_> {
    /// What in the request a member that speaks `dialect` has no place for.
    pub(crate) fn unmet(&self, dialect: Dialect) -> Vec<&'static str> {
        let unmet = self.needs.iter().filter(|need| !need.is_met(self.dialect, dialect));
        unmet.map(|need| need.what).collect()
    }

    /// Whether the state that the request refers to, if any, is kept at this account (failover §3.7).
    pub(crate) fn is_kept_at(&self, key: &TargetKey) -> bool {
        self.made_by.is_none_or(|maker| maker.base_url == key.base_url && maker.credential == key.credential)
    }

    /// Whether the member seems to have room for the request (failover §3.12).
    pub(crate) fn has_room_at(&self, member: &Member) -> bool {
        member.context_limit.is_none_or(|limit| self.tokens <= limit)
    }

    /// Whether the member can serve the request, its health aside.
    pub(crate) fn fits(&self, member: &Member) -> bool {
        self.needs.iter().all(|need| need.is_met(self.dialect, member.dialect))
            && self.is_kept_at(&member.key)
            && self.has_room_at(member)
    }
}

/// What to do with a request when no member can be tried (failover §3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllOut {
    /// One is due within 10 s: wait until then, and ask [`crate::Balancer::plan`] again. If the request's deadline comes first, use
    /// [`crate::Balancer::plan_at_once`].
    Wait {
        /// The soonest instant at which a member may be tried.
        until: Millis,
    },
    /// Tell the client.
    Refuse {
        /// 429 if all are limited or spent, 400 if the request has what no member can ever serve, else 503.
        status: u16,
        /// For `Retry-After`, in seconds, 1 to 60: SDKs sleep whatever it says. `None` when the soonest is later or
        /// unknown; then send `x-should-retry: false` and say the time in the message.
        retry_after_s: Option<u64>,
        /// When the first member is due, if that is known.
        soonest: Option<Millis>,
        /// A stable name: `all_members_limited`, `all_members_out`, `no_member_ready`, `no_member_for_request`,
        /// `no_members`.
        code: &'static str,
    },
}

/// After [`crate::Outcome::CallerFault`] on a body that was translated or filled in: of the candidates not yet tried, those
/// that speak the client's own dialect come first (failover §2). The order is otherwise kept.
pub fn reorder_after_caller_fault(order: &mut [Candidate], pool: &Pool, ask: &Ask<'_>) {
    order.sort_by_key(|candidate| pool.members.get(candidate.member).map(|member| member.dialect) != Some(ask.dialect));
}

/// After [`crate::Outcome::Overloaded`] at the member `failed`: of the candidates not yet tried, those of the same provider
/// come last, since its capacity is shared (failover §2). The order is otherwise kept.
pub fn reorder_after_overload(order: &mut [Candidate], pool: &Pool, failed: usize) {
    let Some(failed) = pool.members.get(failed) else { return };
    order.sort_by_key(|candidate| {
        pool.members.get(candidate.member).is_some_and(|member| member.provider == failed.provider)
    });
}

/// After [`crate::Outcome::ContextTooLong`] at the member `failed`: keeps, of the candidates not yet tried, only those that
/// may have a larger window, the largest known first (failover §2). With none left the error goes to the client.
///
/// A window that is not known may be larger. When the failed member's own is not known, the request's estimate stands in.
pub fn keep_larger_windows(order: &mut Vec<Candidate>, pool: &Pool, failed: usize, ask: &Ask<'_>) {
    let floor = pool.members.get(failed).and_then(|member| member.context_limit).unwrap_or(ask.tokens);
    let window = |candidate: &Candidate| pool.members.get(candidate.member).and_then(|member| member.context_limit);
    order.retain(|candidate| window(candidate).is_none_or(|limit| limit > floor));
    order.sort_by_key(|candidate| Reverse(window(candidate).unwrap_or(0)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{ASK, failover};

    fn rest(members: &[usize]) -> Vec<Candidate> {
        members.iter().map(|member| Candidate { member: *member, forced: false }).collect()
    }

    /// failover §2, caller's fault
    #[test]
    fn after_a_callers_fault_the_clients_own_dialect_comes_first() {
        let mut pool = failover(&["a", "b", "c", "d"]);
        pool.members[1].dialect = Dialect::Anthropic;
        pool.members[2].dialect = Dialect::Gemini;
        let mut order = rest(&[1, 2, 3, 0]);
        reorder_after_caller_fault(&mut order, &pool, &ASK);
        assert_eq!(order, rest(&[3, 0, 1, 2]));
    }

    /// failover §2, overloaded
    #[test]
    fn after_overload_the_same_providers_accounts_come_last() {
        let mut pool = failover(&["a", "b", "c", "d"]);
        pool.members[2].provider = pool.members[0].provider.clone();
        let mut order = rest(&[2, 1, 3]);
        reorder_after_overload(&mut order, &pool, 0);
        assert_eq!(order, rest(&[1, 3, 2]));
        reorder_after_overload(&mut order, &pool, 99);
        assert_eq!(order, rest(&[1, 3, 2]));
    }

    /// failover §2, context too long
    #[test]
    fn after_too_long_a_request_only_larger_windows_are_left_the_largest_first() {
        let mut pool = failover(&["a", "b", "c", "d", "e"]);
        let limits = [Some(200_000), Some(200_000), Some(400_000), Some(1_000_000), None];
        for (member, limit) in pool.members.iter_mut().zip(limits) {
            member.context_limit = limit;
        }
        let mut order = rest(&[1, 2, 3, 4]);
        keep_larger_windows(&mut order, &pool, 0, &ASK);
        assert_eq!(order, rest(&[3, 2, 4]));
        let mut order = rest(&[0, 1]);
        keep_larger_windows(&mut order, &pool, 3, &ASK);
        assert!(order.is_empty());
    }
}
