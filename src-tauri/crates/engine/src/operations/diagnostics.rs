//! What helps to find out what is wrong, as text that may be given to others: versions, states, findings and outcomes. No
//! key, no request, no answer, no address of a person's; the home folder is `~`.

use super::{ExchangeFilter, ExchangesInput, Nothing};
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::{ExchangeRow, LiveState, StepKind};
use crate::{IDENTIFIER, VERSION};
use std::fmt::Write as _;

/// How many of the last exchanges are told.
const LAST: u32 = 20;

impl Handle {
    /// The whole text.
    pub(super) async fn diagnosis(&self) -> Result<String, Problem> {
        let shared = &self.0;
        let live = self.live(Nothing {}).await?;
        let mut text = String::new();
        let mut line = |said: String| {
            text.push_str(&said);
            text.push('\n');
        };
        line(format!("Mainstay {VERSION} ({IDENTIFIER})"));
        line(format!("System: {} {}{}", std::env::consts::OS, std::env::consts::ARCH, release()));
        line(format!("Time: {:.0}", jiff::Timestamp::now()));
        line(format!("Listening at: {}", live.address));
        line(format!("Data folder: {}", shared.data_dir.display()));
        line(format!("Profiles folder: {}", shared.profiles.dir().display()));
        line(format!("Secrets: {}", shared.sources.store.kind()));
        for notice in
            live.notice.iter().map(|notice| &notice.code).chain(live.history.iter().map(|problem| &problem.code))
        {
            line(format!("Notice: {notice}"));
        }
        let network = self.network(Nothing {}).await?;
        // An address may say where somebody works.
        let proxy = if ["system", "none"].contains(&network.proxy.as_str()) { network.proxy.as_str() } else { "set" };
        line(format!("Proxy: {proxy}; own certificates: {}", if network.ca_file.is_some() { "set" } else { "none" }));
        let history = self.history(Nothing {}).await?;
        line(format!(
            "History: {}, {} exchanges, {} bytes, {} lost",
            if history.recording { "recording" } else { "not recording" },
            history.exchanges.map_or_else(|| "unknown".to_owned(), |count| count.to_string()),
            history.bytes,
            history.lost
        ));
        members(&live, &mut line);
        self.findings(&mut line).await?;
        line(format!("\nThe last {LAST} exchanges, newest first"));
        let page =
            self.exchanges(ExchangesInput { limit: LAST, after: None, skip: None, filter: ExchangeFilter::default() });
        match page.await {
            Ok(page) => page.rows.iter().for_each(|row| line(exchange(row))),
            Err(problem) => line(format!("  not to be had: {}", problem.code)),
        }
        Ok(self.fit_to_show(&text))
    }

    /// Without what the engine knows to be secret, and without the name in the home folder's path.
    pub(crate) fn fit_to_show(&self, text: &str) -> String {
        let clean = self.0.sources.redactor.clean(text);
        match directories::BaseDirs::new().map(|dirs| dirs.home_dir().display().to_string()) {
            Some(home) if home.len() > 1 => clean.replace(&home, "~"),
            _ => clean,
        }
    }

    async fn findings(&self, line: &mut impl FnMut(String)) -> Result<(), Problem> {
        let view = self.profiles(Nothing {}).await?;
        line(format!("\nProfiles: {}, load balancers: {}", view.profiles.len(), view.balancers.len()));
        for file in &view.broken {
            line(format!("  {}: can't be read, line {}", file.name, file.line));
        }
        let profiles = view.profiles.iter().map(|row| (&row.name, &row.findings));
        let balancers = view.balancers.iter().map(|row| (&row.name, &row.findings));
        for (name, findings) in profiles.chain(balancers) {
            for finding in findings {
                line(format!("  {name}: {} ({})", finding.code, finding.severity));
            }
        }
        Ok(())
    }
}

fn members(live: &LiveState, line: &mut impl FnMut(String)) {
    match &live.active {
        None => line("\nNothing is active".to_owned()),
        Some(route) => {
            let pinned = route.pinned.as_ref().map(|member| format!(", pinned to {member}")).unwrap_or_default();
            line(format!(
                "\nActive: {} ({}{pinned}); {} of {} ready",
                route.name,
                route.policy,
                live.ready,
                live.members.len()
            ));
        }
    }
    for member in &live.members {
        let state = word(&member.state);
        let until = member.until.map(|until| format!(" for {} s", until.saturating_sub(live.now) / 1000));
        let why = member.why.as_ref().map(|why| format!(", {why}"));
        let mut said = format!("  {}: {} {}: {state}", member.name, member.provider, member.model);
        for more in [until, why].into_iter().flatten() {
            said.push_str(&more);
        }
        let _ = write!(said, "; served {}", member.served);
        line(said);
    }
    if let Some(since) = live.offline {
        line(format!("Offline for {} s", live.now.saturating_sub(since) / 1000));
    }
}

/// Who was tried and how it came out; not what was said to whom.
fn exchange(row: &ExchangeRow) -> String {
    let at = i64::try_from(row.time).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let steps: Vec<String> = (row.steps.iter())
        .map(|step| match step.kind {
            StepKind::Served => format!("{} served", step.member),
            StepKind::Skipped => format!("{} skipped ({})", step.member, step.outcome),
            StepKind::Failed => {
                let status = step.status.map_or_else(|| "no status".to_owned(), |status| status.to_string());
                format!("{} {} ({status})", step.member, step.outcome)
            }
        })
        .collect();
    format!(
        "  {at:.0} {} {}{}: {}; {} {} in {} ms{}",
        row.tool.as_deref().unwrap_or("unknown tool"),
        row.dialect,
        if row.stream { " stream" } else { "" },
        steps.join(" -> "),
        row.ended,
        row.status,
        row.total_ms,
        row.error.as_ref().map(|code| format!(" ({code})")).unwrap_or_default(),
    )
}

/// The word that stands for a state in the window's types.
fn word(state: &crate::view::MemberState) -> String {
    serde_json::to_value(state).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The system's release, where it says so in a file.
fn release() -> String {
    let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map(|name| format!(", {}", name.trim_matches('"'))).unwrap_or_default()
}
