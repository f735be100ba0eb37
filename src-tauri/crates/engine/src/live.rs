//! What Live shows, reckoned from routing, health and pulse.

use crate::error::Problem;
use crate::shared::Shared;
use crate::view::{ActiveRoute, ExchangeRow, LiveMember, LiveState, MemberState, Minute, RouteStep, StepKind};
use crate::watcher::today;
use mainstay_balancer::{Availability, Limits, Policy, Pool, Unready};
use mainstay_gateway::{Route, RouteKind};
use mainstay_history::{Cost, Exchange, HistoryState};
use std::sync::Arc;

impl Shared {
    pub(crate) fn live_state(&self) -> LiveState {
        let routing = self.core.routing();
        let active = routing.active().and_then(|name| routing.named(name));
        let members = active.map(|route| self.live_members(route)).unwrap_or_default();
        let can_serve = |state| matches!(state, MemberState::Serving | MemberState::Ready | MemberState::Unchecked);
        let ready = members.iter().filter(|member| can_serve(member.state)).count();
        LiveState {
            now: self.core.now(),
            active: active.map(|route| told(route)),
            members,
            ready: u32::try_from(ready).unwrap_or(u32::MAX),
            routes: routing.routes().iter().map(|route| told(route)).collect(),
            today: self.watcher.pulse().today(today()),
            address: self.address.get().cloned().unwrap_or_default(),
            notice: self.notice.clone(),
            history: self.history_notice(),
        }
    }

    /// What is amiss with the history, if anything.
    pub(crate) fn history_notice(&self) -> Option<Problem> {
        match self.watcher.history.state() {
            HistoryState::Ok => None,
            HistoryState::Degraded { code, message, hint } => Some(Problem { code: code.to_owned(), message, hint }),
        }
    }

    fn live_members(&self, route: &Route) -> Vec<LiveMember> {
        let now = self.core.now();
        let availability = self.core.availability(&route.pool);
        let pulse = self.watcher.pulse();
        let shared = route.pool.policy != Policy::Failover;
        let mut someone_serves = false;
        let mut rows = Vec::new();
        for ((member, availability), upstream) in route.pool.members.iter().zip(&availability).zip(&route.upstreams) {
            let vitals = pulse.of(&member.name);
            let trouble = vitals.and_then(|vitals| vitals.trouble.clone());
            let served = vitals.map_or(0, |vitals| vitals.served);
            let answered = vitals.is_some_and(|vitals| vitals.answered);
            let (mut state, until) = state_of(availability, answered);
            if *availability == Availability::Ready && (shared || !someone_serves) {
                someone_serves = true;
                state = MemberState::Serving;
            }
            let why = match availability {
                Availability::Ready => None,
                Availability::Unready(why) => {
                    Some(upstream.as_ref().err().cloned().unwrap_or_else(|| why.describe().to_owned()))
                }
                Availability::Cooling { why, .. } => Some(because(trouble.as_ref(), why)),
                Availability::Open { .. } | Availability::Probing => Some(because(trouble.as_ref(), "failing")),
            };
            let share = intended_share(&route.pool, member.weight);
            let practice = self.is_practice(&member.name);
            rows.push(LiveMember {
                name: member.name.to_string(),
                provider: member.provider.to_string(),
                model: member.key.model.to_string(),
                state,
                until,
                why,
                can_try: matches!(availability, Availability::Cooling { .. } | Availability::Open { .. }),
                share,
                minutes: vitals.map_or_else(|| vec![Minute::default(); 30], |vitals| vitals.minutes(now)),
                p50: vitals.and_then(|vitals| vitals.percentile(50)),
                p95: vitals.and_then(|vitals| vitals.percentile(95)),
                served,
                limit_left: self.core.limits_of(&member.key).and_then(|limits| left(&limits)),
                practice,
                fault: practice.then(|| self.fault_of(&member.name)).flatten(),
            });
        }
        rows
    }

    /// The state of a profile outside any balancer.
    pub(crate) fn state_of_profile(&self, name: &str) -> (MemberState, Option<u64>) {
        let routing = self.core.routing();
        let Some(route) = routing.named(name) else { return (MemberState::Broken, None) };
        let answered = self.watcher.pulse().of(name).is_some_and(|vitals| vitals.answered);
        self.core
            .availability(&route.pool)
            .first()
            .map_or((MemberState::Broken, None), |state| state_of(state, answered))
    }
}

/// The share that a member of this weight is meant to have, in percent; none where the load is not shared.
pub(crate) fn intended_share(pool: &Pool, weight: u32) -> Option<f64> {
    let total: u64 = pool.members.iter().map(|member| u64::from(member.weight)).sum();
    match pool.policy {
        Policy::Failover => None,
        Policy::RoundRobin => Some(100.0 / pool.members.len() as f64),
        Policy::Weighted if total == 0 => None,
        Policy::Weighted => Some(f64::from(weight) * 100.0 / total as f64),
    }
}

/// The file's word for a policy.
pub(crate) fn policy_name(policy: Policy) -> &'static str {
    match policy {
        Policy::Failover => "failover",
        Policy::RoundRobin => "roundrobin",
        Policy::Weighted => "weighted",
    }
}

fn told(route: &Route) -> ActiveRoute {
    ActiveRoute {
        name: route.name.to_string(),
        balancer: route.kind == RouteKind::Balancer,
        policy: policy_name(route.pool.policy).to_owned(),
        practice: route.upstreams.iter().flatten().any(|upstream| upstream.practice),
    }
}

fn state_of(availability: &Availability, proven: bool) -> (MemberState, Option<u64>) {
    match availability {
        Availability::Ready if proven => (MemberState::Ready, None),
        Availability::Ready => (MemberState::Unchecked, None),
        Availability::Cooling { until, .. } => (MemberState::Cooling, Some(*until)),
        Availability::Open { until } => (MemberState::Open, Some(*until)),
        Availability::Probing => (MemberState::Probing, None),
        Availability::Unready(Unready::NeedsCredential) => (MemberState::NeedsCredential, None),
        Availability::Unready(Unready::OriginUnconfirmed) => (MemberState::OriginUnconfirmed, None),
        Availability::Unready(Unready::Missing) => (MemberState::Missing, None),
        Availability::Unready(Unready::Broken) => (MemberState::Broken, None),
    }
}

/// Why a member is out: what it did last, or, where that was before the start, the outcome's code.
fn because(trouble: Option<&crate::pulse::Trouble>, outcome: &str) -> String {
    let Some(trouble) = trouble else { return outcome.replace('-', " ") };
    match trouble.status.filter(|status| *status >= 400) {
        Some(status) => format!("{status}, {}", trouble.reason),
        None => trouble.reason.clone(),
    }
}

fn left(limits: &Limits) -> Option<f64> {
    let ratio = |remaining: Option<u64>, limit: Option<u64>| {
        let (remaining, limit) = (remaining?, limit?);
        (limit > 0).then(|| remaining as f64 / limit as f64)
    };
    let used = limits.utilization.map(|used| 1.0 - used);
    [ratio(limits.remaining_requests, limits.limit_requests), ratio(limits.remaining_tokens, limits.limit_tokens), used]
        .into_iter()
        .flatten()
        .reduce(f64::min)
        .map(|left| left.clamp(0.0, 1.0))
}

/// An exchange as the window shows it.
pub(crate) fn row(exchange: &Exchange) -> ExchangeRow {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let skipped = exchange.skips.iter().map(|skip| RouteStep {
        member: skip.member.to_string(),
        kind: StepKind::Skipped,
        status: None,
        outcome: "skipped".to_owned(),
        detail: skip.reason.clone(),
        again: None,
        started_ms: None,
        took_ms: None,
    });
    let tried = exchange.attempts.iter().map(|attempt| RouteStep {
        member: attempt.member.to_string(),
        kind: if attempt.served() { StepKind::Served } else { StepKind::Failed },
        status: attempt.status,
        outcome: attempt.outcome.to_string(),
        detail: attempt.detail.clone(),
        again: text(&attempt.again),
        started_ms: Some(attempt.started_ms),
        took_ms: Some(attempt.took_ms),
    });
    let tokens = exchange.tokens.input.zip(exchange.tokens.output).map(|(input, output)| input.saturating_add(output));
    ExchangeRow {
        id: exchange.id.clone(),
        time: exchange.started,
        tool: text(&exchange.tool),
        dialect: exchange.dialect.to_string(),
        stream: exchange.stream,
        asked: text(&exchange.asked_model),
        answered: text(&exchange.answered_model),
        route: text(&exchange.route),
        steps: skipped.chain(tried).collect(),
        served_by: text(&exchange.served_by),
        ended: exchange.ended.name().to_owned(),
        status: exchange.status,
        error: text(&exchange.error),
        notes: exchange.notes.clone(),
        first_content_ms: exchange.first_content_ms,
        total_ms: exchange.total_ms,
        tokens,
        tokens_estimated: exchange.tokens.estimated,
        cost: exchange.cost.and_then(Cost::micro_usd).map(|micro_usd| micro_usd as f64 / 1_000_000.0),
        included: exchange.cost == Some(Cost::Included),
    }
}
