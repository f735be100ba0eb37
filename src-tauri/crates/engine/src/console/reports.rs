//! What `/auth` and `/stats` have to say.

use super::said::{Report, Said};
use crate::accounts::DEFAULT;
use crate::credential::login_of;
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::view::{LimitLeft, LiveMember, MemberState};
use crate::{live, logins};
use mainstay_credentials::oauth::{AccountStatus, LoginState};
use mainstay_history::MemberToday;
use mainstay_profiles::{Profile, Standard};
use std::collections::HashMap;

impl Handle {
    /// `/auth`: each provider that a profile or a login speaks of.
    pub(crate) async fn auth_report(&self) -> Result<Said, Problem> {
        let standards = self.standards()?;
        let enabled = logins::enabled(&self.0.data_dir);
        let usage = self.usage_today().await;
        let (mut lines, mut report) = (Vec::new(), auth_table());
        for provider in self.0.catalogue.now().providers() {
            let used = standards.iter().any(|standard| standard.provider == provider.name);
            if used || enabled.contains(&provider.name) {
                lines.push(self.told_of_provider(&provider.name, &standards, &usage, &mut report).await);
            }
        }
        if lines.is_empty() {
            lines.push("No provider is used yet.".to_owned());
        }
        Ok(Said::table(lines.join("\n"), report))
    }

    /// `/auth P status`.
    pub(crate) async fn auth_report_of(&self, provider: &str) -> Result<Said, Problem> {
        let (usage, mut report) = (self.usage_today().await, auth_table());
        let text = self.told_of_provider(provider, &self.standards()?, &usage, &mut report).await;
        Ok(Said::table(text, report))
    }

    /// The provider's state (that of its best member), its login, requests and share; then each member.
    async fn told_of_provider(
        &self,
        provider: &str,
        standards: &[Standard],
        usage: &Usage,
        report: &mut Report,
    ) -> String {
        let mine: Vec<&Standard> = standards.iter().filter(|standard| standard.provider == provider).collect();
        let mut states: Vec<(MemberState, Option<u64>)> =
            mine.iter().map(|standard| self.0.state_of_profile(&standard.name)).collect();
        states.sort_by_key(|(state, until)| (rank(*state), *until));
        let state = match states.first() {
            Some((state, until)) => self.state_in_words(*state, *until),
            None => "no profile uses it".to_owned(),
        };
        let login = self.login_in_words(provider);
        let served = mine.iter().map(|standard| usage.of(&standard.name)).sum();
        let mut lines = vec![format!("{provider}: {state}, {login}, {}", requests(served, usage.total))];
        report.row([
            provider.to_owned(),
            String::new(),
            state,
            login.clone(),
            served.to_string(),
            share(served, usage.total),
        ]);
        for standard in mine {
            let (state, until) = self.0.state_of_profile(&standard.name);
            let mut told = vec![self.state_in_words(state, until)];
            told.extend(self.why(&standard.name).filter(|why| *why != words(state)));
            let credential = match self.0.credential_of(&standard.name).await {
                Ok(source) => format!("key: {source}"),
                Err((_, reason)) => reason,
            };
            let state = told.join(", ");
            if !told.contains(&credential) {
                told.push(credential.clone());
            }
            let served = usage.of(&standard.name);
            let counted = requests(served, usage.total);
            lines.push(format!("  {}: {}, {counted}", standard.name, told.join(", ")));
            report.row([
                String::new(),
                standard.name.clone(),
                state,
                credential,
                served.to_string(),
                share(served, usage.total),
            ]);
        }
        lines.join("\n")
    }

    /// How a provider's login stands.
    fn login_in_words(&self, provider: &str) -> String {
        let of = self.accounts_named(provider);
        let now = self.0.accounts.now();
        let told = |status: AccountStatus| {
            let who = status.who.map(|who| format!(" as {who}")).unwrap_or_default();
            let name = if status.account == DEFAULT { String::new() } else { format!("{}: ", status.account) };
            match (status.state, status.expires_at) {
                (LoginState::Ended, _) => format!("{name}login has ended"),
                (LoginState::Stale, _) => format!("{name}logged in{who}, its token is too old"),
                (LoginState::Ready, None) => format!("{name}logged in{who}"),
                (LoginState::Ready, Some(at)) => {
                    let left = live::in_time(at * 1_000, now * 1_000).replacen("for", "in", 1);
                    format!("{name}logged in{who}, token ends {left}")
                }
            }
        };
        let accounts: Vec<String> =
            self.0.accounts.list().into_iter().filter(|status| status.provider == of).map(told).collect();
        let enabled = logins::enabled(&self.0.data_dir).contains(provider);
        match (accounts.is_empty(), enabled) {
            (true, true) => "no login (logins allowed, nobody is logged in)".to_owned(),
            (true, false) => "no login".to_owned(),
            (false, true) => accounts.join("; "),
            (false, false) => format!("{} (switched off)", accounts.join("; ")),
        }
    }

    /// `/stats buckets`: what is active, who serves now and why; then who served how much today, by member and account.
    pub(crate) async fn buckets_report(&self) -> Result<Said, Problem> {
        let live = self.0.live_state();
        let mut lines = vec![self.first_line(&live.active.as_ref().map(|route| route.name.clone()), &live.members)];
        let mut report = Report::new(["Member", "Account", "Requests today", "Share", "Last used"]);
        report.lead.clone_from(&lines[0]);
        let usage = self.usage_today().await;
        for standard in self.standards()? {
            let account = match self.0.credential_of(&standard.name).await {
                Ok(source) => source,
                Err((_, reason)) => reason,
            };
            let at = usage.last(&standard.name).map(clock);
            let last = at.as_ref().map_or_else(String::new, |at| format!(", last used {at}"));
            let served = usage.of(&standard.name);
            lines.push(format!("{} ({account}): {}{last}", standard.name, requests(served, usage.total)));
            let used = at.unwrap_or_default();
            report.row([standard.name.clone(), account, served.to_string(), share(served, usage.total), used]);
        }
        Ok(Said::table(lines.join("\n"), report))
    }

    /// `/stats lb`: the active balancer, member by member.
    pub(crate) fn balancer_report(&self) -> Said {
        let live = self.0.live_state();
        let Some(active) = live.active.as_ref().filter(|active| active.balancer) else {
            return "No load balancer is active.".to_owned().into();
        };
        let mut lines = vec![format!("{} ({})", active.name, active.policy)];
        let mut report = Report::new(["Member", "State", "Served", "Last 30 minutes", "First content"]);
        report.lead.clone_from(&lines[0]);
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
            let minutes = format!("{good} answers, {bad} failures");
            report.row([member.name.clone(), self.state(member), member.served.to_string(), minutes, percentiles]);
        }
        Said::table(lines.join("\n"), report)
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
        MemberState::Cooling | MemberState::TakenOut => 5,
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
pub(crate) fn quota(shared: &Shared) -> Said {
    let (mut lines, now) = (Vec::new(), shared.core.now());
    let mut report = Report::new(["Member", "Left"]);
    for route in shared.core.routing().routes() {
        for member in &route.pool.members {
            let limits = shared.core.limits_of(&member.key);
            let windows = limits.map(|limits| live::windows(&limits, now)).unwrap_or_default();
            let windows: Vec<String> = windows.iter().map(|window| told(window, now)).collect();
            let windows = if windows.is_empty() { "not reported".to_owned() } else { windows.join("; ") };
            let account = login_of(&member.key.credential).map(|(_, account)| format!(" ({account})"));
            let line = format!("{}{}: {windows}", member.name, account.unwrap_or_default());
            if !lines.contains(&line) {
                lines.push(line);
                report.row([member.name.to_string(), windows]);
            }
        }
    }
    let text = if lines.is_empty() { "There is no profile yet.".to_owned() } else { lines.join("\n") };
    Said::table(text, report)
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

fn auth_table() -> Report {
    Report::new(["Provider", "Profile", "State", "Login or key", "Requests today", "Share"])
}

/// "40 %"; empty while nothing was served.
fn share(served: u64, total: u64) -> String {
    if total == 0 { String::new() } else { format!("{:.0} %", served as f64 * 100.0 / total as f64) }
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
        MemberState::TakenOut => "taken out by you for a minute",
        MemberState::Open => "resting after failures",
        MemberState::Probing => "being tried again",
        MemberState::NeedsCredential => "needs a key or login",
        MemberState::OriginUnconfirmed => "waits for its address to be confirmed",
        MemberState::Missing => "missing",
        MemberState::Broken => "can't be used",
    }
}
