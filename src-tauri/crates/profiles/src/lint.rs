//! What is wrong, risky or without effect in a set of profiles, said before a request meets it.

use std::collections::HashMap;

use crate::catalogue::Catalogue;
use crate::daily_limit::DailyLimit;
use crate::folder::Entry;
use crate::profile::{BalancerProfile, Policy, Profile, Standard};
use crate::settings::{PLAINTEXT_KEYS, obeyed, settings_of};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// It works, and probably not as meant.
    Warning,
    /// The profile, or a member of it, cannot serve.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Stable name of the kind of finding.
    pub code: &'static str,
    /// The profile it is about.
    pub profile: String,
    /// What is the case, as a sentence. It holds no value of a setting.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// How much it matters.
    pub severity: Severity,
}

/// Looks over all profiles of a folder. Findings come in the entries' order.
///
/// | code | severity | what it means |
/// | --- | --- | --- |
/// | `broken-file` | error | the file is no profile; it is left as it is |
/// | `missing-member` | error | a balancer lists a profile that does not exist or is broken; the rest serve |
/// | `nested-balancer` | error | a balancer lists a balancer; the rest serve |
/// | `single-member-failover` | warning | `failover` with one distinct member has nowhere to go, and the CLI refuses it |
/// | `bad-weight` | warning | a weight is missing, unusable or 0 |
/// | `weighted-not-for-cli` | info | the CLI cannot load this file |
/// | `unknown-provider` | error | the catalogue has no such provider |
/// | `base-url-missing` | error | the provider has no address of its own, and the profile gives none |
/// | `plaintext-key` | warning | the file holds a key |
/// | `bad-setting`, `bad-extension` | warning | a value makes no sense and is ignored |
/// | `placement-without-effect` | info | `sticky` on failover or `failback` on another policy does nothing |
/// | `daily-limit-misplaced` | info | a load balancer has no daily limit; its members have |
/// | `setting-not-used-here` | info | settings that are kept for the CLI and do nothing here |
pub fn lint(entries: &[Entry], catalogue: &Catalogue) -> Vec<Lint> {
    let known: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let mut findings = Vec::new();
    for entry in entries {
        let mut report = Report { profile: &entry.name, findings: &mut findings };
        match &entry.profile {
            Err(error) => report.add(
                Severity::Error,
                "broken-file",
                format!("The file cannot be used: {error}"),
                "Correct it in an editor; it is left as it is.",
            ),
            Ok(profile) => {
                match profile {
                    Profile::Standard(standard) => check_standard(standard, catalogue, &mut report),
                    Profile::Balancer(balancer) => check_balancer(balancer, &known, &mut report),
                }
                check_extension(profile, &mut report);
                check_settings(profile, &mut report);
            }
        }
    }
    findings
}

struct Report<'a> {
    profile: &'a str,
    findings: &'a mut Vec<Lint>,
}

impl Report<'_> {
    fn add(&mut self, severity: Severity, code: &'static str, message: impl Into<String>, hint: impl Into<String>) {
        let profile = self.profile.to_owned();
        self.findings.push(Lint { code, profile, message: message.into(), hint: hint.into(), severity });
    }
}

fn check_standard(profile: &Standard, catalogue: &Catalogue, report: &mut Report<'_>) {
    match catalogue.provider(&profile.provider) {
        None => {
            let names: Vec<&str> = catalogue.providers().iter().map(|provider| provider.name.as_str()).collect();
            report.add(
                Severity::Error,
                "unknown-provider",
                format!("The provider \"{}\" is not in the catalogue.", profile.provider),
                format!(
                    "Use one of {}; \"openai-compatible\" with a base-url reaches any other. Names are case-sensitive.",
                    names.join(", ")
                ),
            );
        }
        Some(provider) if provider.base_url.is_none() && settings_of(&profile.settings).0.base_url.is_none() => report
            .add(
                Severity::Error,
                "base-url-missing",
                format!("The provider \"{}\" has no address of its own.", profile.provider),
                "Set base-url in ephemeralSettings.",
            ),
        Some(_) => {}
    }
}

fn check_balancer(balancer: &BalancerProfile, known: &HashMap<&str, &Entry>, report: &mut Report<'_>) {
    let mut distinct: Vec<&str> = Vec::new();
    for member in &balancer.members {
        if distinct.contains(&member.profile.as_str()) {
            continue;
        }
        distinct.push(&member.profile);
        match known.get(member.profile.as_str()).map(|entry| &entry.profile) {
            None => report.add(
                Severity::Error,
                "missing-member",
                format!("The member \"{}\" does not exist; the others serve.", member.profile),
                "Create that profile, or take it off the list.",
            ),
            Some(Err(_)) => report.add(
                Severity::Error,
                "missing-member",
                format!("The file of the member \"{}\" is broken; the others serve.", member.profile),
                "Correct that file, or take the member off the list.",
            ),
            Some(Ok(Profile::Balancer(_))) => report.add(
                Severity::Error,
                "nested-balancer",
                format!("The member \"{}\" is a load balancer itself; the others serve.", member.profile),
                "List its members instead. Load balancers don't nest.",
            ),
            Some(Ok(Profile::Standard(_))) => {}
        }
    }
    if balancer.policy == Policy::Failover && distinct.len() < 2 {
        report.add(
            Severity::Warning,
            "single-member-failover",
            "There is nothing to fail over to: the list has one member.",
            "Add a second member. The CLI refuses such a list.",
        );
    }
    if balancer.policy == Policy::Weighted {
        for member in balancer.members.iter().filter(|member| member.weight == 0) {
            report.add(
                Severity::Warning,
                "bad-weight",
                format!("The member \"{}\" has weight 0: it serves only when the others fail.", member.profile),
                "Give it a weight of 1 or more if it should take a share.",
            );
        }
    }
    if balancer.written_policy == Policy::Weighted {
        report.add(
            Severity::Info,
            "weighted-not-for-cli",
            "The llxprt CLI cannot load this file: it has no weighted policy.",
            "\"Save so that the CLI can load it\" keeps the weights for us and lets the CLI take turns.",
        );
    }
}

/// What is said under `"x-mainstay"` where it does nothing.
fn check_extension(profile: &Profile, report: &mut Report<'_>) {
    let extension = profile.extension();
    let policy = match profile {
        Profile::Standard(_) => None,
        Profile::Balancer(balancer) => Some(balancer.policy),
    };
    if extension.sticky == Some(true) && !matches!(policy, Some(Policy::RoundRobin | Policy::Weighted)) {
        report.add(
            Severity::Info,
            "placement-without-effect",
            "\"sticky\" does nothing here: it is for round-robin and weighted lists.",
            "Remove it. A failover list says with \"failback\" when a conversation goes back to the first member.",
        );
    }
    if extension.failback.is_some() && policy != Some(Policy::Failover) {
        report.add(
            Severity::Info,
            "placement-without-effect",
            "\"failback\" does nothing here: it is for failover lists.",
            "Remove it. \"sticky\" keeps conversations where they are under round-robin and weighted.",
        );
    }
    if policy.is_some() && extension.daily_limit != DailyLimit::default() {
        report.add(
            Severity::Info,
            "daily-limit-misplaced",
            "\"dailyLimit\" does nothing in a load balancer: each member has its own.",
            "Write it into the profile that it is for.",
        );
    }
}

fn check_settings(profile: &Profile, report: &mut Report<'_>) {
    let settings = profile.settings();
    for key in PLAINTEXT_KEYS {
        if settings.get(key).and_then(|value| value.as_str()).is_some_and(|value| !value.trim().is_empty()) {
            report.add(
                Severity::Warning,
                "plaintext-key",
                format!("The file holds an API key in plain text (\"{key}\")."),
                "Move it into the secret store.",
            );
        }
    }
    let (_, problems) = settings_of(settings);
    for problem in profile.problems().iter().chain(&problems) {
        report.add(Severity::Warning, problem.code, problem.message.clone(), problem.hint.clone());
    }
    let unused: Vec<&str> = settings.keys().map(String::as_str).filter(|key| !obeyed(key)).collect();
    if !unused.is_empty() {
        report.add(
            Severity::Info,
            "setting-not-used-here",
            format!("Kept, not used here: {}.", unused.join(", ")),
            "Nothing to do; the CLI may use them.",
        );
    }
}

#[cfg(test)]
mod tests;
