//! What Live shows, reckoned from routing, health and pulse.

use crate::shared::Shared;
use crate::view::{ActiveRoute, ExchangeRow, LiveMember, LiveState, MemberState, Minute, RouteStep, StepKind};
use crate::watcher::today;
use mainstay_balancer::{Availability, Limits, Policy, Unready};
use mainstay_gateway::{Ended, Route, RouteKind, Trail};
use mainstay_profiles::Catalogue;

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
        }
    }

    fn live_members(&self, route: &Route) -> Vec<LiveMember> {
        let now = self.core.now();
        let availability = self.core.availability(&route.pool);
        let pulse = self.watcher.pulse();
        let total: u64 = route.pool.members.iter().map(|member| u64::from(member.weight)).sum();
        let shared = route.pool.policy != Policy::Failover;
        let mut someone_serves = false;
        let mut rows = Vec::new();
        for ((member, availability), upstream) in route.pool.members.iter().zip(&availability).zip(&route.upstreams) {
            let vitals = pulse.of(&member.name);
            let trouble = vitals.and_then(|vitals| vitals.trouble.clone());
            let served = vitals.map_or(0, |vitals| vitals.served);
            let (mut state, until) = state_of(availability, served > 0);
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
            let share = match route.pool.policy {
                Policy::Failover => None,
                Policy::RoundRobin => Some(100.0 / route.pool.members.len() as f64),
                Policy::Weighted if total == 0 => None,
                Policy::Weighted => Some(f64::from(member.weight) * 100.0 / total as f64),
            };
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
        let served = self.watcher.pulse().of(name).is_some_and(|vitals| vitals.served > 0);
        self.core.availability(&route.pool).first().map_or((MemberState::Broken, None), |state| state_of(state, served))
    }
}

fn told(route: &Route) -> ActiveRoute {
    let policy = match route.pool.policy {
        Policy::Failover => "failover",
        Policy::RoundRobin => "roundrobin",
        Policy::Weighted => "weighted",
    };
    ActiveRoute {
        name: route.name.to_string(),
        balancer: route.kind == RouteKind::Balancer,
        policy: policy.to_owned(),
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

pub(crate) fn left(limits: &Limits) -> Option<f64> {
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

/// How long it is until an instant, in words.
pub(crate) fn in_time(until: u64, now: u64) -> String {
    let seconds = until.saturating_sub(now).div_ceil(1_000);
    match seconds {
        0..60 => format!("for {seconds} s"),
        60..3_600 => format!("for {} min", seconds.div_ceil(60)),
        _ => format!("for {} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A trail as the feed shows it.
pub(crate) fn row(trail: &Trail, shared: &Shared) -> ExchangeRow {
    let skipped = trail.skips.iter().map(|skip| RouteStep {
        member: skip.member.to_string(),
        kind: StepKind::Skipped,
        status: None,
        outcome: "skipped".to_owned(),
        detail: skip.reason.clone(),
        again: None,
        started_ms: None,
        took_ms: None,
    });
    let tried = trail.attempts.iter().map(|attempt| RouteStep {
        member: attempt.member.to_string(),
        kind: if attempt.outcome == "served" { StepKind::Served } else { StepKind::Failed },
        status: attempt.status,
        outcome: attempt.outcome.to_owned(),
        detail: attempt.detail.clone(),
        again: attempt.again.clone(),
        started_ms: Some(attempt.started_ms),
        took_ms: Some(attempt.took_ms),
    });
    let tokens = trail.usage.input.zip(trail.usage.output).map(|(input, output)| input.saturating_add(output));
    ExchangeRow {
        id: trail.id.clone(),
        time: trail.started,
        tool: trail.tool.clone(),
        dialect: trail.dialect.name().to_owned(),
        stream: trail.stream,
        asked: trail.asked_model.clone(),
        answered: trail.answered_model.clone(),
        route: trail.route.as_deref().map(str::to_owned),
        steps: skipped.chain(tried).collect(),
        served_by: trail.served_by.as_deref().map(str::to_owned),
        ended: match trail.ended {
            Ended::Served => "served",
            Ended::Failed => "failed",
            Ended::Truncated => "truncated",
            Ended::Cancelled => "cancelled",
        }
        .to_owned(),
        status: trail.status,
        error: trail.error.clone(),
        notes: trail.notes.clone(),
        first_content_ms: trail.first_content_ms,
        total_ms: trail.total_ms,
        tokens,
        tokens_estimated: trail.usage_estimated,
        cost: trail
            .served_by
            .as_deref()
            .filter(|member| !shared.is_practice(member) && !trail.usage_estimated)
            .and_then(|_| cost(trail, &shared.catalogue)),
    }
}

/// What the answer cost at the catalogue's prices; unknown where the price or the tokens are not known.
fn cost(trail: &Trail, catalogue: &Catalogue) -> Option<f64> {
    let attempt = trail.attempts.iter().rev().find(|attempt| attempt.outcome == "served")?;
    let price = catalogue.provider(&attempt.provider)?.model(&attempt.model).price?;
    let (input, output) = (trail.usage.input?, trail.usage.output?);
    let cached = trail.usage.cached_input.unwrap_or(0).min(input);
    let written = trail.usage.cache_creation.unwrap_or(0).min(input - cached);
    let plain = input - cached - written;
    let per = |tokens: u64, price: f64| tokens as f64 * price / 1_000_000.0;
    Some(
        per(plain, price.input_per_mtok)
            + per(cached, price.cached_input_per_mtok.unwrap_or(price.input_per_mtok))
            + per(written, price.cache_write_per_mtok.unwrap_or(price.input_per_mtok))
            + per(output, price.output_per_mtok),
    )
}
