//! What is wrong, risky or without effect in a set of profiles, said before a request meets it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalogue::Catalogue;
use crate::daily_limit::DailyLimit;
use crate::fix::{Fix, FixKind};
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
    /// What can be done about it at once.
    pub fix: Option<Fix>,
}

/// What decides about findings beside the files themselves.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The profile that the llxprt CLI loads by default.
    pub default: Option<String>,
    /// The logins (provider and account) that files name and that are not there.
    pub missing_logins: BTreeSet<(String, String)>,
    /// By profile: the address that its stored credential is not bound to and that nobody has confirmed.
    pub unconfirmed: BTreeMap<String, String>,
}

/// Looks over all profiles of a folder. Findings come in the entries' order.
///
/// | code | severity | what it means | its fix |
/// | --- | --- | --- | --- |
/// | `broken-file` | error | the file is no profile; it is left as it is | |
/// | `missing-member` | error | a balancer lists a profile that does not exist or is broken; the rest serve | take it off |
/// | `nested-balancer` | error | a balancer lists a balancer; the rest serve | list its members |
/// | `single-member-failover` | warning | `failover` with one distinct member has nowhere to go, and the CLI refuses it | |
/// | `bad-weight` | warning | a weight is missing, unusable or 0 | 1 |
/// | `context-limits-differ` | info | a conversation can outgrow some members | `contextLimit` |
/// | `member-may-train` | info | a tier of a member's provider may use prompts for training | |
/// | `weighted-not-for-cli` | info; warning if it is the CLI's default | the CLI cannot load this file | rewrite |
/// | `unknown-provider` | error | the catalogue has no such provider | |
/// | `base-url-missing` | error | the provider has no address of its own, and the profile gives none | |
/// | `unsupported-param` | warning | the catalogue says that the model refuses this parameter | remove it |
/// | `plaintext-key` | warning | the file holds a key | the secret store |
/// | `login-ended` | warning | the file names a login that is not there | |
/// | `origin-unconfirmed` | error | a stored key is bound to another address | confirm |
/// | `bad-setting`, `bad-extension` | warning | a value makes no sense and is ignored | |
/// | `placement-without-effect` | info | `sticky` on failover or `failback` on another policy does nothing | |
/// | `daily-limit-misplaced` | info | a load balancer has no daily limit; its members have | |
/// | `setting-not-used-here` | info | settings that are kept for the CLI and do nothing here | |
pub fn lint(entries: &[Entry], catalogue: &Catalogue, around: &Around) -> Vec<Lint> {
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
                    Profile::Standard(standard) => {
                        check_standard(standard, catalogue, &mut report);
                        check_credential(standard, around, &mut report);
                    }
                    Profile::Balancer(balancer) => {
                        check_balancer(balancer, &known, around, &mut report);
                        check_members(balancer, &known, catalogue, &mut report);
                    }
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
        self.findings.push(Lint { code, profile, message: message.into(), hint: hint.into(), severity, fix: None });
    }

    /// Says what can be done about what was added last.
    fn with(&mut self, kind: FixKind, key: Option<&str>) {
        if let Some(last) = self.findings.last_mut() {
            last.fix = Some(Fix { kind, key: key.map(str::to_owned) });
        }
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
        Some(provider) => {
            let main = profile.extension.models.main.as_deref().unwrap_or(&profile.model);
            let refused = provider.model(main).unsupported_params;
            for name in profile.params.keys().filter(|name| refused.contains(name)) {
                report.add(
                    Severity::Warning,
                    "unsupported-param",
                    format!("The model {main} does not know the parameter \"{name}\"."),
                    "Remove it; it is not sent.",
                );
                report.with(FixKind::RemoveParam, Some(name));
            }
        }
    }
}

/// Logins and addresses, as far as the surroundings say that something is amiss with them.
fn check_credential(profile: &Standard, around: &Around, report: &mut Report<'_>) {
    for account in profile.logins() {
        if around.missing_logins.contains(&(profile.provider.clone(), account.clone())) {
            report.add(
                Severity::Warning,
                "login-ended",
                format!(
                    "The login \"{account}\" at {} is not here: it has ended, or was never made.",
                    profile.provider
                ),
                "Log in again, or give the profile a key.",
            );
        }
    }
    if let Some(origin) = around.unconfirmed.get(&profile.name) {
        report.add(
            Severity::Error,
            "origin-unconfirmed",
            format!(
                "Its key does not go to {origin}, where the file sends it: it is kept for another address, or the way there is not encrypted."
            ),
            "If that address is meant to have the key, confirm it; otherwise correct the file.",
        );
        report.with(FixKind::ConfirmOrigin, Some(origin));
    }
}

/// What is true of the members together.
fn check_members(
    balancer: &BalancerProfile,
    known: &HashMap<&str, &Entry>,
    catalogue: &Catalogue,
    report: &mut Report<'_>,
) {
    let mut limits: Vec<(&str, u64)> = Vec::new();
    let mut seen = BTreeSet::new();
    for member in balancer.members.iter().filter(|member| seen.insert(&member.profile)) {
        let Some(Ok(Profile::Standard(standard))) = known.get(member.profile.as_str()).map(|entry| &entry.profile)
        else {
            continue;
        };
        let provider = catalogue.provider(&standard.provider);
        if let Some((provider, tier)) = provider.and_then(|provider| Some((provider, provider.trains_on.as_ref()?))) {
            report.add(
                Severity::Info,
                "member-may-train",
                format!(
                    "The member \"{}\" may be on a tier that uses prompts for training: {}, {tier}.",
                    standard.name, provider.title
                ),
                "What must not be used so should not be able to reach it; see the provider's terms.",
            );
        }
        limits.extend(context_limit(standard, catalogue).map(|limit| (standard.name.as_str(), limit)));
    }
    let Some((name, smallest)) = limits.iter().min_by_key(|(_, limit)| limit).copied() else { return };
    let differ = limits.iter().any(|(_, limit)| *limit != smallest);
    if differ && balancer.context_limit.is_none_or(|limit| limit > smallest) {
        report.add(
            Severity::Info,
            "context-limits-differ",
            format!("The members' context limits differ; the smallest is {smallest} tokens (\"{name}\")."),
            "A conversation that outgrows a member can't move there. One limit for the list keeps all of them usable.",
        );
        report.with(FixKind::SetContextLimit, Some(&smallest.to_string()));
    }
}

/// How much context a profile takes: its own limit or its model's, whichever is smaller.
fn context_limit(standard: &Standard, catalogue: &Catalogue) -> Option<u64> {
    let main = standard.extension.models.main.as_deref().unwrap_or(&standard.model);
    let window = catalogue.provider(&standard.provider).and_then(|provider| provider.model(main).context_window);
    settings_of(&standard.settings).0.context_limit.into_iter().chain(window).min()
}

fn check_balancer(balancer: &BalancerProfile, known: &HashMap<&str, &Entry>, around: &Around, report: &mut Report<'_>) {
    let others = |name: &str| balancer.members.iter().any(|member| member.profile != name);
    let mut distinct: Vec<&str> = Vec::new();
    for member in &balancer.members {
        if distinct.contains(&member.profile.as_str()) {
            continue;
        }
        distinct.push(&member.profile);
        let name = member.profile.as_str();
        match known.get(name).map(|entry| &entry.profile) {
            None => {
                report.add(
                    Severity::Error,
                    "missing-member",
                    format!("The member \"{name}\" does not exist; the others serve."),
                    "Create that profile, or take it off the list.",
                );
                if others(name) {
                    report.with(FixKind::RemoveMember, Some(name));
                }
            }
            Some(Err(_)) => {
                report.add(
                    Severity::Error,
                    "missing-member",
                    format!("The file of the member \"{name}\" is broken; the others serve."),
                    "Correct that file, or take the member off the list.",
                );
                if others(name) {
                    report.with(FixKind::RemoveMember, Some(name));
                }
            }
            Some(Ok(Profile::Balancer(inner))) => {
                report.add(
                    Severity::Error,
                    "nested-balancer",
                    format!("The member \"{name}\" is a load balancer itself; the others serve."),
                    "List its members instead. Load balancers don't nest.",
                );
                if !crate::fix::unnested(balancer, inner).is_empty() {
                    report.with(FixKind::Unnest, Some(name));
                }
            }
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
            report.with(FixKind::SetWeight, Some(&member.profile));
        }
    }
    if balancer.written_policy == Policy::Weighted {
        let default = around.default.as_deref() == Some(&balancer.name);
        report.add(
            if default { Severity::Warning } else { Severity::Info },
            "weighted-not-for-cli",
            match default {
                true => "The llxprt CLI cannot load this file, and it is the CLI's default: it has no weighted policy.",
                false => "The llxprt CLI cannot load this file: it has no weighted policy.",
            },
            "\"Save so that the CLI can load it\" keeps the weights for us and lets the CLI take turns.",
        );
        report.with(FixKind::SaveForCli, None);
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
            if let Profile::Standard(standard) = profile
                && crate::fix::key_to_move(standard).is_some()
            {
                report.with(FixKind::MoveKey, None);
            }
        }
    }
    let (_, problems) = settings_of(settings);
    for problem in profile.problems().iter().chain(&problems) {
        report.add(Severity::Warning, problem.code, problem.message.clone(), problem.hint.clone());
        if problem.code == "bad-weight" {
            report.with(FixKind::SetWeight, None);
        }
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
