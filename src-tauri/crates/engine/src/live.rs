//! What Live shows, reckoned from routing, health and pulse.

use crate::credential::login_of;
use crate::error::Problem;
use crate::shared::Shared;
use crate::spending::reached;
use crate::view::{
    ActiveRoute, Check, ExchangeRow, LimitLeft, LiveMember, LiveState, MemberAccount, MemberState, Minute, RouteStep,
    SecretsNotice, StepKind,
};
use crate::watcher::today;
use mainstay_balancer::{Availability, Limits, Measure, Policy, Pool, Unready};
use mainstay_gateway::{Route, RouteKind};
use mainstay_history::{Cost, Exchange, HistoryState};
use std::sync::Arc;

/// Why a member rests that has reached its daily limit, as the balancer says it.
const DAILY_LIMIT: &str = "daily-limit";
/// The same of one that the user has taken out.
const TAKEN_OUT: &str = "taken-out";

impl Shared {
    pub(crate) fn live_state(&self) -> LiveState {
        let routing = self.core.routing();
        let active = routing.active().and_then(|name| routing.named(name));
        let members = active.map(|route| self.live_members(route)).unwrap_or_default();
        let can_serve = |state| matches!(state, MemberState::Serving | MemberState::Ready | MemberState::Unchecked);
        let ready = members.iter().filter(|member| can_serve(member.state)).count();
        LiveState {
            now: self.core.now(),
            active: active.map(|route| self.told(route)),
            members,
            ready: u32::try_from(ready).unwrap_or(u32::MAX),
            routes: routing.routes().iter().map(|route| self.told(route)).collect(),
            today: self.watcher.pulse().today(today()),
            address: self.address.get().cloned().unwrap_or_default(),
            notice: self.secrets.notice().or_else(|| self.network.notice().map(SecretsNotice::from)),
            offline: self.core.offline(),
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
        let serving = self.serving(route, &availability);
        let mut rows = Vec::new();
        for (at, ((member, availability), upstream)) in
            route.pool.members.iter().zip(&availability).zip(&route.upstreams).enumerate()
        {
            let vitals = pulse.of(&member.name);
            let trouble = vitals.and_then(|vitals| vitals.trouble.clone());
            let served = vitals.map_or(0, |vitals| vitals.served);
            let answered = vitals.is_some_and(|vitals| vitals.answered);
            let (mut state, until) = state_of(availability, self.checks.prove(&member.key, answered));
            let checked = self.checks.of(&member.key);
            if serving.contains(&at) {
                state = MemberState::Serving;
            }
            let why = match availability {
                Availability::Ready => None,
                Availability::Cooling { why: DAILY_LIMIT, .. } => reached(member, self.core.spent(&member.name)),
                Availability::Cooling { why: TAKEN_OUT, .. } => Some("taken out by you for a minute".to_owned()),
                Availability::Unready(why) => {
                    Some(upstream.as_ref().err().cloned().unwrap_or_else(|| why.describe().to_owned()))
                }
                Availability::Cooling { why: "credential-rejected", .. } if failed(checked.as_ref()) => {
                    checked.as_ref().map(|check| check.message.clone())
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
                can_try: matches!(state, MemberState::Cooling | MemberState::Open | MemberState::TakenOut),
                share,
                minutes: vitals.map_or_else(|| vec![Minute::default(); 30], |vitals| vitals.minutes(now)),
                p50: vitals.and_then(|vitals| vitals.percentile(50)),
                p95: vitals.and_then(|vitals| vitals.percentile(95)),
                served,
                limits: self.core.limits_of(&member.key).map(|limits| windows(&limits, now)).unwrap_or_default(),
                checked,
                practice,
                fault: practice.then(|| self.fault_of(&member.name)).flatten(),
                accounts: Vec::new(),
            });
        }
        joined(&route.pool, rows)
    }

    /// The state of a profile outside any balancer.
    pub(crate) fn state_of_profile(&self, name: &str) -> (MemberState, Option<u64>) {
        let routing = self.core.routing();
        let Some(route) = routing.named(name) else { return (MemberState::Broken, None) };
        let answered = self.watcher.pulse().of(name).is_some_and(|vitals| vitals.answered);
        let availability = self.core.availability(&route.pool);
        let states = availability.iter().zip(&route.pool.members);
        let states = states.map(|(state, member)| state_of(state, self.checks.prove(&member.key, answered)));
        states.min_by_key(|state| readiness(*state)).unwrap_or((MemberState::Broken, None))
    }

    /// The last check of a profile.
    pub(crate) fn check_of_profile(&self, name: &str) -> Option<Check> {
        let routing = self.core.routing();
        self.checks.of(&routing.named(name)?.pool.members.first()?.key)
    }

    /// The places of those that the next requests go to: one, or all that share the load.
    fn serving(&self, route: &Route, availability: &[Availability]) -> Vec<usize> {
        let able: Vec<usize> = (0..availability.len()).filter(|at| availability[*at] == Availability::Ready).collect();
        let pinned = self.core.pinned(&route.name);
        let pinned = able.iter().find(|at| pinned.as_deref() == Some(&*route.pool.members[**at].name));
        match (route.pool.policy, pinned) {
            (_, Some(pinned)) => vec![*pinned],
            (Policy::Failover, None) => {
                self.core.next(&route.pool).filter(|next| able.contains(next)).into_iter().collect()
            }
            (Policy::RoundRobin | Policy::Weighted, None) => able,
        }
    }

    fn told(&self, route: &Route) -> ActiveRoute {
        ActiveRoute {
            name: route.name.to_string(),
            balancer: route.kind == RouteKind::Balancer,
            policy: policy_name(route.pool.policy).to_owned(),
            practice: route.upstreams.iter().flatten().any(|upstream| upstream.practice),
            pinned: self.core.pinned(&route.name),
            sticky: route.pool.sticky,
        }
    }
}

/// One row a member: its accounts' rows joined, shown as the one that serves or would.
fn joined(pool: &Pool, rows: Vec<LiveMember>) -> Vec<LiveMember> {
    let mut members: Vec<LiveMember> = Vec::new();
    let mut seats: Vec<usize> = Vec::new();
    for (place, row) in rows.into_iter().enumerate() {
        let account = MemberAccount {
            account: login_of(&pool.members[place].key.credential).map(|(_, account)| account).unwrap_or_default(),
            state: row.state,
            until: row.until,
            why: row.why.clone(),
        };
        let seat = pool.seat(place);
        match seats.iter().position(|known| *known == seat) {
            Some(at) => {
                let accounts = std::mem::take(&mut members[at].accounts);
                if readiness((row.state, row.until)) < readiness((members[at].state, members[at].until)) {
                    members[at] = row;
                }
                members[at].accounts = accounts;
                members[at].accounts.push(account);
            }
            None => {
                seats.push(seat);
                members.push(LiveMember { accounts: vec![account], ..row });
            }
        }
    }
    for member in members.iter_mut().filter(|member| member.accounts.len() < 2) {
        member.accounts.clear();
    }
    members
}

/// Lower is nearer to serving.
fn readiness((state, until): (MemberState, Option<u64>)) -> (u8, u64) {
    let rank = match state {
        MemberState::Serving => 0,
        MemberState::Ready => 1,
        MemberState::Unchecked => 2,
        MemberState::Probing => 3,
        MemberState::Cooling | MemberState::Open | MemberState::AtLimit | MemberState::TakenOut => 4,
        MemberState::NeedsCredential | MemberState::OriginUnconfirmed | MemberState::Missing | MemberState::Broken => 5,
    };
    (rank, until.unwrap_or(0))
}

/// The share that a member of this weight is meant to have, in percent; none where the load is not shared.
pub(crate) fn intended_share(pool: &Pool, weight: u32) -> Option<f64> {
    let total: u64 = pool.seats().map(|member| u64::from(member.weight)).sum();
    match pool.policy {
        Policy::Failover => None,
        Policy::RoundRobin => Some(100.0 / pool.seats().count() as f64),
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

fn state_of(availability: &Availability, proven: bool) -> (MemberState, Option<u64>) {
    match availability {
        Availability::Ready if proven => (MemberState::Ready, None),
        Availability::Ready => (MemberState::Unchecked, None),
        Availability::Cooling { until, why: DAILY_LIMIT } => (MemberState::AtLimit, Some(*until)),
        Availability::Cooling { until, why: TAKEN_OUT } => (MemberState::TakenOut, Some(*until)),
        Availability::Cooling { until, .. } => (MemberState::Cooling, Some(*until)),
        Availability::Open { until } => (MemberState::Open, Some(*until)),
        Availability::Probing => (MemberState::Probing, None),
        Availability::Unready(Unready::NeedsCredential) => (MemberState::NeedsCredential, None),
        Availability::Unready(Unready::OriginUnconfirmed) => (MemberState::OriginUnconfirmed, None),
        Availability::Unready(Unready::Missing) => (MemberState::Missing, None),
        Availability::Unready(Unready::Broken) => (MemberState::Broken, None),
    }
}

/// Whether a check was not passed.
fn failed(check: Option<&Check>) -> bool {
    check.is_some_and(|check| check.ok == Some(false))
}

/// Why a member is out: what it did last, or, where that was before the start, the outcome's code.
fn because(trouble: Option<&crate::pulse::Trouble>, outcome: &str) -> String {
    let Some(trouble) = trouble else { return outcome.replace('-', " ") };
    match trouble.status.filter(|status| *status >= 400) {
        Some(status) => format!("{status}, {}", trouble.reason),
        None => trouble.reason.clone(),
    }
}

/// What an account's windows have left, the one that would stop it first before the others. A window that has been reset
/// since is full again.
pub(crate) fn windows(limits: &Limits, now: u64) -> Vec<LimitLeft> {
    let mut windows: Vec<_> = limits.windows.iter().collect();
    windows.sort_by(|a, b| b.decisive.cmp(&a.decisive).then(b.used.unwrap_or(0.0).total_cmp(&a.used.unwrap_or(0.0))));
    let told = windows.into_iter().map(|window| {
        let reset = window.resets_at.is_some_and(|at| at <= now);
        LimitLeft {
            name: window.name.to_string(),
            left: window.used.map(|used| if reset { 1.0 } else { (1.0 - used).clamp(0.0, 1.0) }),
            remaining: if reset { window.limit } else { window.remaining },
            limit: window.limit,
            unit: match window.measure {
                Measure::Requests => "requests",
                Measure::Tokens => "tokens",
                Measure::Usage => "usage",
            }
            .to_owned(),
            resets_at: window.resets_at.filter(|_| !reset),
        }
    });
    told.filter(|window| window.left.is_some() || window.remaining.is_some()).collect()
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
