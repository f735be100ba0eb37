//! Makes the plan: who can serve this request, who of them is in health, and in which order the policy wants them.

use crate::{
    AllOut, Ask, Balancer, Candidate, Millis, Plan, Policy, Pool, Skip, SkipReason, TargetKey, health::Standing,
};

/// A member that is due within this is waited for (failover §3.9a).
const WORTH_WAITING: Millis = 10_000;
/// While another request's probe is all there is, look again after this.
const PROBE_LOOK: Millis = 1_000;
/// The longest `Retry-After`, in seconds: SDKs sleep whatever it says (failover §3.9c).
const LONGEST_RETRY_AFTER_S: u64 = 60;

impl Balancer {
    /// Whom to try for this request, in order, and why the others are left out (failover §3.8, §3.9, §3.12, §4).
    ///
    /// Every available member stands in the plan. First comes the one that the pool is pinned to, else the one where the
    /// request's conversation is, else whom the policy picks: `failover` the top of the list, round-robin and weighted where
    /// their wheel stands. A member whose breaker is due comes first under those two, once and without moving the wheel, so
    /// that it is found well again; under `failover` it keeps its place. A member whose window is too small for the request
    /// comes last, unless the user has pinned the pool to it.
    pub fn plan(&mut self, pool: &Pool, ask: &Ask<'_>, now: Millis) -> Plan {
        self.make(pool, ask, &[], true, now)
    }

    /// As [`Balancer::plan`], but never says [`AllOut::Wait`]: for a request whose deadline comes before the soonest member.
    pub fn plan_at_once(&mut self, pool: &Pool, ask: &Ask<'_>, now: Millis) -> Plan {
        self.make(pool, ask, &[], false, now)
    }

    /// A plan for a request whose candidates have all failed: as [`Balancer::plan`] without the targets of `tried`, and
    /// without moving a wheel. Members that were left out at first because others were well are now a last resort (failover
    /// §3.9a, b). A request that has only waited has not been placed yet: it asks [`Balancer::plan`] again.
    pub fn plan_after(&mut self, pool: &Pool, ask: &Ask<'_>, tried: &[usize], now: Millis) -> Plan {
        self.make(pool, &Ask { moves_wheel: false, ..*ask }, tried, true, now)
    }

    fn make(&mut self, pool: &Pool, ask: &Ask<'_>, tried: &[usize], may_wait: bool, now: Millis) -> Plan {
        self.notice(now);
        let places = self.sort_out(pool, ask, tried, now);
        let lead = self.lead(pool, ask, &places, tried, now);
        let mut order = self.in_order(pool, ask, &places, lead);
        let mut skips = places.skips;
        let mut when_empty = None;
        if order.is_empty() {
            match last_resort(&places.out, may_wait, now) {
                LastResort::Wait { until } => when_empty = Some(AllOut::Wait { until }),
                LastResort::Try(members) => {
                    order = members.into_iter().map(|member| Candidate { member, forced: true }).collect();
                }
                LastResort::None => when_empty = Some(refusal(pool, &skips, &places.out, now)),
            }
        }
        let mut taken: Vec<usize> = Vec::with_capacity(order.len());
        order.retain(|&Candidate { member, .. }| {
            // Who comes first out of turn stands a second time where the policy has it.
            if taken.contains(&member) {
                return false;
            }
            let repeated = taken.iter().any(|earlier| pool.members[*earlier].key == pool.members[member].key);
            if repeated {
                skips.push(Skip { member, why: SkipReason::Repeated, until: None });
            } else {
                taken.push(member);
            }
            !repeated
        });
        let forced = |member| order.iter().any(|candidate| candidate.forced && candidate.member == member);
        skips.extend(places.out.iter().filter(|out| !forced(out.member)).map(|out| out.standing.skip(out.member)));
        skips.sort_by_key(|skip| skip.member);
        skips.dedup_by_key(|skip| skip.member);
        Plan { order, stuck: matches!(lead, Some(Lead::Stuck(_))), skips, when_empty }
    }

    /// Who comes first whatever the policy picks.
    fn lead(&mut self, pool: &Pool, ask: &Ask<'_>, places: &Places, tried: &[usize], now: Millis) -> Option<Lead> {
        let may_be_tried = |place: &usize| places.ready.contains(place) || places.due.contains(place);
        let place = self.conversations.place(pool, ask, now);
        if ask.moves_wheel {
            self.conversations.seen(pool, ask, now);
        }
        let has_failed = |place: usize| {
            let is_it = |at: &usize| pool.members.get(*at).is_some_and(|member| member.key == pool.members[place].key);
            places.out.iter().any(|out| out.member == place) || tried.iter().any(is_it)
        };
        if place.is_some_and(has_failed) && (ask.moves_wheel || !tried.is_empty()) {
            self.conversations.failed(pool, ask);
        }
        if let Some(pinned) = self.pins.get(&*pool.name)
            && let Some(place) =
                (0..pool.members.len()).find(|at| *pool.members[*at].name == **pinned && may_be_tried(at))
        {
            return Some(Lead::Pinned(place));
        }
        let place = place.filter(may_be_tried)?;
        let roomiest = places.roomy.contains(&place) || !places.roomy.iter().any(may_be_tried);
        roomiest.then_some(Lead::Stuck(place))
    }

    fn sort_out(&self, pool: &Pool, ask: &Ask<'_>, tried: &[usize], now: Millis) -> Places {
        let mut places = Places::default();
        let tried: Vec<&TargetKey> =
            tried.iter().filter_map(|member| pool.members.get(*member)).map(|member| &member.key).collect();
        for (at, member) in pool.members.iter().enumerate() {
            let unmet = ask.unmet(member.dialect);
            let unfit = if let Some(why) = member.unready {
                Some(SkipReason::Unready(why))
            } else if !unmet.is_empty() {
                Some(SkipReason::OtherDialect(unmet))
            } else if !ask.is_kept_at(&member.key) {
                Some(SkipReason::OtherAccount)
            } else if tried.contains(&&member.key) {
                Some(SkipReason::Repeated)
            } else {
                None
            };
            if let Some(why) = unfit {
                places.skips.push(Skip { member: at, why, until: None });
                continue;
            }
            if ask.has_room_at(member) {
                places.roomy.push(at);
            } else {
                places.cramped.push(at);
            }
            match self.standing(pool, member, now) {
                Standing::Ready => places.ready.push(at),
                Standing::HalfOpen => places.due.push(at),
                standing => places.out.push(Out { member: at, standing }),
            }
        }
        places
    }

    fn in_order(&mut self, pool: &Pool, ask: &Ask<'_>, places: &Places, lead: Option<Lead>) -> Vec<Candidate> {
        let among = |these: &[usize], those: &[usize]| -> Vec<usize> {
            these.iter().copied().filter(|place| those.contains(place)).collect()
        };
        let seats = |places: &[usize]| -> Vec<usize> {
            let mut seats: Vec<usize> = places.iter().map(|place| pool.seat(*place)).collect();
            seats.dedup();
            seats
        };
        let mut order = Vec::with_capacity(pool.members.len() + 1);
        if let Some(lead) = lead.map(Lead::place) {
            order.push(lead);
            // Its member's other accounts come before the next member.
            let others = places.ready.iter().chain(&places.due).copied();
            order.extend(others.filter(|place| *place != lead && pool.seat(*place) == pool.seat(lead)));
        }
        if pool.policy == Policy::Failover {
            for group in [&places.roomy, &places.cramped] {
                order.extend(group.iter().filter(|place| places.ready.contains(place) || places.due.contains(place)));
            }
        } else {
            let counts = ask.moves_wheel && lead.is_none();
            let probe = among(&places.due, &places.roomy).first().copied().filter(|_| counts);
            order.extend(probe);
            let mut moves = counts && probe.is_none();
            for group in [&places.roomy, &places.cramped] {
                let ready = among(&places.ready, group);
                let turns = seats(&ready);
                if let Some(first) = self.wheels.pick(pool, &seats(group), &turns, moves) {
                    for turn in from(pool, &turns, first) {
                        order.extend(ready.iter().filter(|place| pool.seat(**place) == turn));
                    }
                    moves = false;
                }
                order.extend(among(&places.due, group).into_iter().filter(|place| Some(*place) != probe));
            }
        }
        order.into_iter().map(|member| Candidate { member, forced: false }).collect()
    }
}

/// The member that comes first, and not by the policy.
#[derive(Clone, Copy)]
enum Lead {
    Pinned(usize),
    Stuck(usize),
}

impl Lead {
    fn place(self) -> usize {
        match self {
            Self::Pinned(place) | Self::Stuck(place) => place,
        }
    }
}

/// The members of a pool as one request finds them.
#[derive(Default)]
struct Places {
    /// Can't serve this request at all.
    skips: Vec<Skip>,
    /// Can serve it, whatever their health, and have room for it …
    roomy: Vec<usize>,
    /// … or seem to have not.
    cramped: Vec<usize>,
    ready: Vec<usize>,
    /// Their breaker is due; the next request is the probe.
    due: Vec<usize>,
    out: Vec<Out>,
}

struct Out {
    member: usize,
    standing: Standing,
}

impl Out {
    fn due(&self) -> Option<Millis> {
        match self.standing {
            Standing::Cooling { until, .. }
            | Standing::Open { until, .. }
            | Standing::Spent { until }
            | Standing::TakenOut { until } => Some(until),
            Standing::Ready | Standing::HalfOpen | Standing::Probing => None,
        }
    }

    fn guessed(&self) -> bool {
        matches!(
            self.standing,
            Standing::Cooling { guessed: true, probed: false, .. } | Standing::Open { guessed: true, .. }
        )
    }

    /// Whether all that is missing is the end of another request's probe.
    fn probed(&self) -> bool {
        matches!(self.standing, Standing::Probing | Standing::Cooling { guessed: true, probed: true, .. })
    }

    fn limited(&self) -> bool {
        matches!(self.standing, Standing::Spent { .. } | Standing::Cooling { why: "rate-limited" | "quota-spent", .. })
    }
}

/// The places from the first pick on: in turn, or by weight.
fn from(pool: &Pool, ready: &[usize], first: usize) -> Vec<usize> {
    let mut order = ready.to_vec();
    let at = order.iter().position(|place| *place == first).unwrap_or(0);
    if pool.policy == Policy::Weighted {
        let first = order.remove(at);
        order.sort_by_key(|place| std::cmp::Reverse(pool.members[*place].weight));
        order.insert(0, first);
    } else {
        order.rotate_left(at);
    }
    order
}

enum LastResort {
    Wait { until: Millis },
    Try(Vec<usize>),
    None,
}

fn last_resort(out: &[Out], may_wait: bool, now: Millis) -> LastResort {
    if may_wait
        && let Some(until) = out.iter().filter_map(Out::due).min()
        && until <= now.saturating_add(WORTH_WAITING)
    {
        return LastResort::Wait { until };
    }
    let mut guessed: Vec<&Out> = out.iter().filter(|out| out.guessed()).collect();
    if !guessed.is_empty() {
        guessed.sort_by_key(|out| out.due());
        return LastResort::Try(guessed.into_iter().map(|out| out.member).collect());
    }
    if may_wait && out.iter().any(Out::probed) {
        return LastResort::Wait { until: now.saturating_add(PROBE_LOOK) };
    }
    LastResort::None
}

/// What the client is told (failover §3.9c).
fn refusal(pool: &Pool, unfit: &[Skip], out: &[Out], now: Millis) -> AllOut {
    let soonest = out.iter().filter_map(Out::due).min();
    let wait_ms =
        if out.iter().any(Out::probed) { Some(PROBE_LOOK) } else { soonest.map(|soonest| soonest.saturating_sub(now)) };
    let retry_after_s = wait_ms.map(|ms| ms.div_ceil(1_000).max(1)).filter(|s| *s <= LONGEST_RETRY_AFTER_S);
    let (status, code) = if !out.is_empty() {
        if out.iter().all(Out::limited) { (429, "all_members_limited") } else { (503, "all_members_out") }
    } else if pool.members.is_empty() {
        (503, "no_members")
    } else if unfit.iter().any(|skip| skip.why == SkipReason::Repeated) {
        (503, "all_members_out")
    } else if unfit.iter().all(|skip| skip.why.is_the_requests()) {
        // However often it is sent again, no member has a place for it.
        (400, "no_member_for_request")
    } else if unfit.iter().any(|skip| skip.why.is_the_requests()) {
        (503, "no_member_for_request")
    } else {
        (503, "no_member_ready")
    };
    AllOut::Refuse { status, retry_after_s, soonest, code }
}

impl Standing {
    /// The skip that goes with being out.
    pub(crate) fn skip(self, member: usize) -> Skip {
        let (why, until) = match self {
            Self::Cooling { until, why, .. } => (SkipReason::Cooling(why), Some(until)),
            Self::Open { until, .. } => (SkipReason::BreakerOpen, Some(until)),
            Self::Spent { until } => (SkipReason::DailyLimit, Some(until)),
            Self::TakenOut { until } => (SkipReason::TakenOut, Some(until)),
            Self::Ready | Self::HalfOpen | Self::Probing => (SkipReason::Probing, None),
        };
        Skip { member, why, until }
    }
}

#[cfg(test)]
mod tests;
