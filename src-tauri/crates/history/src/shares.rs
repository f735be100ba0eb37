//! How the load was shared, by route.

use foldhash::HashMap;
use std::sync::Arc;

/// What one member had of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberShare {
    /// Its profile's name.
    pub member: Arc<str>,
    /// Exchanges that it served.
    pub requests: u64,
    /// Exchanges that the policy would have placed there: not those that followed their conversation.
    pub placed: u64,
    /// Conversations whose first exchange it served.
    pub conversations: u64,
}

/// How a route's load was shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteShares {
    /// The profile or balancer.
    pub route: Arc<str>,
    /// Its members that had any, most requests first.
    pub members: Vec<MemberShare>,
}

/// Counted by the numbers of names.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: HashMap<(i64, i64), [u64; 2]>,
    /// By route and conversation: the earliest exchange that was served, and by whom.
    conversations: HashMap<(i64, i64), (i64, i64)>,
}

impl Tally {
    pub(crate) fn take(
        &mut self,
        route: i64,
        started: i64,
        served_by: Option<i64>,
        placed: Option<i64>,
        conversation: Option<i64>,
    ) {
        if let Some(placed) = placed {
            self.counts.entry((route, placed)).or_default()[1] += 1;
        }
        let Some(member) = served_by else { return };
        self.counts.entry((route, member)).or_default()[0] += 1;
        if let Some(conversation) = conversation {
            let first = self.conversations.entry((route, conversation)).or_insert((started, member));
            if started < first.0 {
                *first = (started, member);
            }
        }
    }

    pub(crate) fn told<E>(self, mut name: impl FnMut(i64) -> Result<Arc<str>, E>) -> Result<Vec<RouteShares>, E> {
        let mut firsts: HashMap<(i64, i64), u64> = HashMap::default();
        for ((route, _), (_, member)) in self.conversations {
            *firsts.entry((route, member)).or_default() += 1;
        }
        let mut routes: HashMap<i64, Vec<MemberShare>> = HashMap::default();
        for ((route, member), [requests, placed]) in self.counts {
            let conversations = firsts.get(&(route, member)).copied().unwrap_or(0);
            routes.entry(route).or_default().push(MemberShare {
                member: name(member)?,
                requests,
                placed,
                conversations,
            });
        }
        let mut shares = Vec::new();
        for (route, mut members) in routes {
            members.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.member.cmp(&b.member)));
            shares.push(RouteShares { route: name(route)?, members });
        }
        shares.sort_by(|a, b| a.route.cmp(&b.route));
        Ok(shares)
    }
}
