//! What `/auth` and `/stats` have to say.

use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::view::{LimitLeft, LiveMember, MemberState};
use crate::{live, logins};
use mainstay_history::MemberToday;
use mainstay_profiles::{Profile, Standard};
use std::collections::HashMap;

impl Handle {
    /// `/auth`: each provider that a profile or a login speaks of.
    pub(crate) async fn auth_report(&self) -> Result<String, Problem> {
        let standards = self.standards()?;
        let enabled = logins::enabled(&self.0.data_dir);
        let usage = self.usage_today().await;
        let mut lines = Vec::new();
        for provider in self.0.catalogue.now().providers() {
            let used = standards.iter().any(|standard| standard.provider == provider.name);
            if used || enabled.contains(&provider.name) {
                lines.push(self.told_of_provider(&provider.name, &standards, &usage).await);
            }
        }
        if lines.is_empty() {
            return Ok("No provider is used yet.".to_owned());
        }
        Ok(lines.join("\n"))
    }

    /// `/auth P status`.
    pub(crate) async fn auth_report_of(&self, provider: &str) -> Result<String, Problem> {
        let usage = self.usage_today().await;
        Ok(self.told_of_provider(provider, &self.standards()?, &usage).await)
    }

    /// The provider's state (that of its best member), its login, requests and share; then each member.
    async fn told_of_provider(&self, provider: &str, standards: &[Standard], usage: &Usage) -> String {
        let mine: Vec<&Standard> = standards.iter().filter(|standard| standard.provider == provider).collect();
        let mut states: Vec<(MemberState, Option<u64>)> =
            mine.iter().map(|standard| self.0.state_of_profile(&standard.name)).collect();
        states.sort_by_key(|(state, until)| (rank(*state), *until));
        let state = match states.first() {
            Some((state, until)) => self.state_in_words(*state, *until),
            None => "no profile uses it".to_owned(),
        };
        // Logins can't be made yet, so there is none to expire.
        let login = match logins::enabled(&self.0.data_dir).contains(provider) {
            true => "no login (logins allowed, nobody is logged in)",
            false => "no login",
        };
        let served = mine.iter().map(|standard| usage.of(&standard.name)).sum();
        let mut lines = vec![format!("{provider}: {state}, {login}, {}", requests(served, usage.total))];
        for standard in mine {
            let (state, until) = self.0.state_of_profile(&standard.name);
            let mut told = vec![self.state_in_words(state, until)];
            told.extend(self.why(&standard.name).filter(|why| *why != words(state)));
            let credential = match self.0.credential_of(&standard.name).await {
                Ok(source) => format!("key: {source}"),
                Err((_, reason)) => reason,
            };
            if !told.contains(&credential) {
                told.push(credential);
            }
            let served = requests(usage.of(&standard.name), usage.total);
            lines.push(format!("  {}: {}, {served}", standard.name, told.join(", ")));
        }
        lines.join("\n")
    }

    /// `/stats buckets`: what is active, who serves now and why; then who served how much today, by member and account.
    pub(crate) async fn buckets_report(&self) -> Result<String, Problem> {
        let live = self.0.live_state();
        let mut lines = vec![self.first_line(&live.active.as_ref().map(|route| route.name.clone()), &live.members)];
        let usage = self.usage_today().await;
        for standard in self.standards()? {
            let account = match self.0.credential_of(&standard.name).await {
                Ok(source) => source,
                Err((_, reason)) => reason,
            };
            let last = usage.last(&standard.name).map_or_else(String::new, |at| format!(", last used {}", clock(at)));
            let served = requests(usage.of(&standard.name), usage.total);
            lines.push(format!("{} ({account}): {served}{last}", standard.name));
        }
        Ok(lines.join("\n"))
    }

    /// `/stats lb`: the active balancer, member by member.
    pub(crate) fn balancer_report(&self) -> String {
        let live = self.0.live_state();
        let Some(active) = live.active.as_ref().filter(|active| active.balancer) else {
            return "No load balancer is active.".to_owned();
        };
        let mut lines = vec![format!("{} ({})", active.name, active.policy)];
        for member in &live.members {
            let percentiles = match (member.p50, member.p95) {
                (Some(p50), Some(p95)) => format!("first content {p50} ms, 95 % within {p95} ms"),
                _ => "no times yet".to_owned(),
            };
            let (good, bad) =
                member.minutes.iter().fold((0, 0), |(ok, bad), minute| (ok + minute.ok, bad + minute.failed));
            lines.push(format!(
                "{}: {}, {} served, in the last 30 minutes {good} answers and {bad} failures, {percentiles}",
                member.name,
                self.state(member),
                member.served
            ));
        }
        lines.join("\n")
    }

    fn first_line(&self, active: &Option<String>, members: &[LiveMember]) -> String {
        let Some(active) = active else {
            return "Nothing is active: load a profile with /profile load NAME.".to_owned();
        };
        let serving: Vec<&str> = members
            .iter()
            .filter(|member| member.state == MemberState::Serving)
            .map(|member| member.name.as_str())
            .collect();
        let mut line = match serving.as_slice() {
            [] => format!("{active} is active, and nobody can serve."),
            [one] => format!("{active} is active; {one} serves."),
            several => format!("{active} is active; {} share the load.", several.join(", ")),
        };
        for member in members.iter().filter(|member| member.why.is_some()) {
            line.push_str(&format!(" {}: {}.", member.name, self.state(member)));
        }
        line
    }

    fn state(&self, member: &LiveMember) -> String {
        let mut text = words(member.state).to_owned();
        if let Some(why) = member.why.as_ref().filter(|why| **why != text) {
            text.push_str(&format!(" ({why})"));
        }
        if let Some(until) = member.until {
            text.push_str(&format!(" {}", self.in_time(until)));
        }
        text
    }

    fn in_time(&self, until: u64) -> String {
        live::in_time(until, self.0.core.now())
    }

    fn standards(&self) -> Result<Vec<Standard>, Problem> {
        let entries = self.0.entries().map_err(|error| crate::operations::folder_problem(&error))?;
        let standard = |profile| match profile {
            Ok(Profile::Standard(standard)) => Some(standard),
            _ => None,
        };
        Ok(entries.into_iter().filter_map(|(entry, _)| standard(entry.profile)).collect())
    }

    /// What was served today, as the history has it; while that can't be read, as it was counted.
    async fn usage_today(&self) -> Usage {
        let read = self.blocking(|shared| Ok(shared.watcher.so_far().ok())).await.ok().flatten();
        if let Some(today) = read {
            let total = today.members.iter().map(|member| member.requests).sum();
            let of = |member: MemberToday| (member.member.to_string(), (member.requests, Some(member.last)));
            return Usage { total, members: today.members.into_iter().map(of).collect() };
        }
        let counted = |standard: &Standard| {
            let served = self.0.watcher.pulse().of(&standard.name).map_or(0, |vitals| vitals.served);
            (standard.name.clone(), (served, None))
        };
        let members: HashMap<_, _> = self.standards().unwrap_or_default().iter().map(counted).collect();
        Usage { total: members.values().map(|(served, _)| served).sum(), members }
    }

    fn state_in_words(&self, state: MemberState, until: Option<u64>) -> String {
        let until = until.map_or_else(String::new, |until| format!(" {}", self.in_time(until)));
        format!("{}{until}", words(state))
    }

    /// Why a member of the active route rests.
    fn why(&self, name: &str) -> Option<String> {
        self.0.live_state().members.into_iter().find(|member| member.name == name)?.why
    }
}

/// Who served how much today.
struct Usage {
    total: u64,
    /// By member: requests, and when the last one came in.
    members: HashMap<String, (u64, Option<u64>)>,
}

impl Usage {
    fn of(&self, member: &str) -> u64 {
        self.members.get(member).map_or(0, |(served, _)| *served)
    }

    fn last(&self, member: &str) -> Option<u64> {
        self.members.get(member).and_then(|(_, last)| *last)
    }
}

/// The best state first.
fn rank(state: MemberState) -> u8 {
    match state {
        MemberState::Serving => 0,
        MemberState::Ready => 1,
        MemberState::Unchecked => 2,
        MemberState::AtLimit => 3,
        MemberState::Probing => 4,
        MemberState::Cooling => 5,
        MemberState::Open => 6,
        MemberState::OriginUnconfirmed => 7,
        MemberState::NeedsCredential => 8,
        MemberState::Missing => 9,
        MemberState::Broken => 10,
    }
}

/// The local time of an instant in Unix milliseconds: `14:07`.
fn clock(at: u64) -> String {
    let instant = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string()
}

/// `/stats quota`: what the accounts' last answers said of their limits.
pub(crate) fn quota(shared: &Shared) -> String {
    let (mut lines, now) = (Vec::new(), shared.core.now());
    for route in shared.core.routing().routes() {
        for member in &route.pool.members {
            let limits = shared.core.limits_of(&member.key);
            let windows = limits.map(|limits| live::windows(&limits, now)).unwrap_or_default();
            let windows: Vec<String> = windows.iter().map(|window| told(window, now)).collect();
            let windows = if windows.is_empty() { "not reported".to_owned() } else { windows.join("; ") };
            let line = format!("{}: {windows}", member.name);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() { "There is no profile yet.".to_owned() } else { lines.join("\n") }
}

/// "5 hours: 58 % left, resets in 120 min".
fn told(window: &LimitLeft, now: u64) -> String {
    let much = match (window.left, window.remaining, window.limit) {
        (_, Some(remaining), Some(limit)) => format!("{remaining} of {limit} {} left", window.unit),
        (Some(left), ..) => format!("{:.0} % left", left * 100.0),
        (None, Some(remaining), None) => format!("{remaining} {} left", window.unit),
        (None, None, _) => "not reported".to_owned(),
    };
    let reset = window
        .resets_at
        .map_or_else(String::new, |at| format!(", resets {}", live::in_time(at, now).replacen("for", "in", 1)));
    format!("{}: {much}{reset}", window.name)
}

fn requests(served: u64, total: u64) -> String {
    match (served, total) {
        (_, 0) => "no requests today".to_owned(),
        (1, total) => format!("1 request ({:.0} %)", 100.0 / total as f64),
        (served, total) => format!("{served} requests ({:.0} %)", served as f64 * 100.0 / total as f64),
    }
}

fn words(state: MemberState) -> &'static str {
    match state {
        MemberState::Serving => "serving",
        MemberState::Ready => "ready",
        MemberState::Unchecked => "not checked yet",
        MemberState::AtLimit => "at its limit",
        MemberState::Cooling => "resting",
        MemberState::Open => "resting after failures",
        MemberState::Probing => "being tried again",
        MemberState::NeedsCredential => "needs a key or login",
        MemberState::OriginUnconfirmed => "waits for its address to be confirmed",
        MemberState::Missing => "missing",
        MemberState::Broken => "can't be used",
    }
}
