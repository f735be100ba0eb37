//! The Profiles place.

use super::{DeleteInput, Named, Nothing, ProfileDraft, folder_problem, problem};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{
    BalancerRow, BrokenFile, CredentialView, Finding, FixView, ProfileDetail, ProfileRow, ProfilesView, Undo,
};
use mainstay_profiles::{
    DailyLimit, Document, EditError, Fingerprint, Folder, FolderError, Lint, Profile, Severity, Write, lint,
    new_standard_text, put_daily_limit, settings_of,
};
use serde_json::{Map, Value, json};

impl Handle {
    pub(super) async fn profiles(&self, _: Nothing) -> Result<ProfilesView, Problem> {
        let entries = self.0.entries().map_err(|error| folder_problem(&error))?;
        let real: Vec<_> = self.0.profiles.read_all().map_err(|error| folder_problem(&error))?;
        let around = self.around(&real).await;
        let findings = lint(&real, &self.0.catalogue.now(), &around);
        let active = self.0.active.load_full();
        let default = crate::active::read_default(self.0.profiles.dir());
        let is = |chosen: Option<&String>, name: &str| chosen.is_some_and(|chosen| chosen == name);
        let mut view = ProfilesView { folder: self.0.profiles.dir().display().to_string(), ..ProfilesView::default() };
        for (entry, practice) in &entries {
            let name = entry.name.clone();
            let (active, default) = (is(active.as_deref(), &name), is(default.as_ref(), &name));
            match &entry.profile {
                Ok(Profile::Standard(standard)) => {
                    let (state, until) = self.0.state_of_profile(&name);
                    view.profiles.push(ProfileRow {
                        provider: standard.provider.clone(),
                        model: standard.model.clone(),
                        state,
                        until,
                        checked: self.0.check_of_profile(&name),
                        credential: self.credential_view(&name, *practice).await,
                        used_by: users(&entries, &name),
                        active,
                        default,
                        practice: *practice,
                        findings: findings_of(&findings, &name),
                        name,
                    });
                }
                Ok(Profile::Balancer(balancer)) => view.balancers.push(BalancerRow {
                    policy: balancer.policy.as_str().to_owned(),
                    members: u32::try_from(balancer.members.len()).unwrap_or(u32::MAX),
                    active,
                    default,
                    practice: *practice,
                    findings: findings_of(&findings, &name),
                    name,
                }),
                Err(error) => view.broken.push(BrokenFile {
                    name,
                    line: u32::try_from(error.line).unwrap_or(0),
                    column: u32::try_from(error.column).unwrap_or(0),
                    reason: error.reason.clone(),
                }),
            }
        }
        Ok(view)
    }

    pub(super) async fn profile(&self, input: Named) -> Result<ProfileDetail, Problem> {
        let folder = self.0.folder_of(&input.name);
        let text = folder.text(&input.name).map_err(|error| super::file_problem(&input.name, &error))?;
        let parsed = Profile::parse(&input.name, &text).map_err(|error| super::file_problem(&input.name, &error))?;
        let Profile::Standard(standard) = parsed else {
            return Err(problem(
                "not_a_profile",
                format!("{} is a load balancer.", input.name),
                "Open it under Failover.",
            ));
        };
        let (settings, _) = settings_of(&standard.settings);
        let practice = folder.dir() != self.0.profiles.dir();
        let entries = self.0.entries().map_err(|error| folder_problem(&error))?;
        Ok(ProfileDetail {
            credential: self.credential_view(&input.name, practice).await,
            used_by: users(&entries, &input.name),
            test_cost: self.test_cost(&standard, practice),
            name: input.name,
            provider: standard.provider,
            model: standard.model,
            params: standard.params.into_iter().collect(),
            context_limit: settings.context_limit,
            base_url: settings.base_url,
            timeout_ms: settings.timeout_ms,
            daily_requests: standard.extension.daily_limit.requests,
            daily_usd: standard.extension.daily_limit.usd(),
            fingerprint: Fingerprint::of(&text).to_string(),
            text: readable(&text),
            practice,
        })
    }

    pub(super) async fn save_profile(&self, draft: ProfileDraft) -> Result<Undo, Problem> {
        let undo = self.blocking(move |shared| save(shared, &draft)).await?;
        self.reload().await?;
        Ok(undo)
    }

    pub(crate) async fn delete_profile(&self, input: DeleteInput) -> Result<Undo, Problem> {
        if self.0.is_practice(&input.name) {
            return Err(problem(
                "practice_stays",
                "Practice profiles can't be deleted.".to_owned(),
                "They go with practice.",
            ));
        }
        let id = mainstay_credentials::SecretId::profile_key(&input.name);
        let has_key = self.0.sources.store.get(&id).await.ok().flatten().is_some();
        let undo = self
            .blocking(move |shared| {
                let text =
                    shared.profiles.text(&input.name).map_err(|error| super::file_problem(&input.name, &error))?;
                let lists = match input.from_lists {
                    true => shared.profiles.delete_from_lists(&input.name),
                    false => shared.profiles.delete(&input.name).map(|()| Vec::new()),
                };
                let lists = lists.map_err(|error| match error {
                    FolderError::Referenced { name, by } if input.from_lists => problem(
                        "profile_in_use",
                        format!("{} would have no member without {name}.", by.join(", ")),
                        "Delete that load balancer first, or give it another member.",
                    ),
                    error => folder_problem(&error),
                })?;
                if has_key {
                    shared.orphans.add(&input.name);
                }
                Ok(shared.undoable(Undoing::Revive { name: input.name, text, lists }))
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }

    pub(super) async fn credential_view(&self, name: &str, practice: bool) -> CredentialView {
        if practice {
            let source = "simulated, needs no key".to_owned();
            return CredentialView { usable: true, source, problem: None, last_four: None, own_key: false };
        }
        let id = mainstay_credentials::SecretId::profile_key(name);
        let own_key = self.0.sources.store.get(&id).await.ok().flatten().is_some();
        let last_four = mainstay_credentials::last_four(&*self.0.sources.store, &id).await;
        match self.0.credential_of(name).await {
            Ok(source) => CredentialView { usable: true, source, problem: None, last_four, own_key },
            Err((code, words)) => {
                CredentialView { usable: false, source: words, problem: Some(code.to_owned()), last_four, own_key }
            }
        }
    }
}

/// The balancers that list a profile.
fn users(entries: &[(mainstay_profiles::Entry, bool)], name: &str) -> Vec<String> {
    let lists = |profile: &Profile| match profile {
        Profile::Balancer(balancer) => balancer.members.iter().any(|member| member.profile == name),
        Profile::Standard(_) => false,
    };
    entries
        .iter()
        .filter(|(entry, _)| entry.profile.as_ref().is_ok_and(lists))
        .map(|(entry, _)| entry.name.clone())
        .collect()
}

/// What lint found about one profile.
pub(super) fn findings_of(findings: &[Lint], name: &str) -> Vec<Finding> {
    let about = findings.iter().filter(|finding| finding.profile == name);
    about
        .map(|finding| Finding {
            code: finding.code.to_owned(),
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            }
            .to_owned(),
            message: finding.message.clone(),
            hint: finding.hint.clone(),
            fix: finding.fix.as_ref().map(|fix| FixView {
                id: fix.kind.id().to_owned(),
                label: fix.kind.label().to_owned(),
                key: fix.key.clone(),
            }),
        })
        .collect()
}

/// A file's text for the window: what may be a secret in it is not shown.
pub(crate) fn readable(text: &str) -> String {
    mainstay_profiles::hide_secrets(text).unwrap_or_default()
}

fn save(shared: &Shared, draft: &ProfileDraft) -> Result<Undo, Problem> {
    let folder: &Folder = &shared.profiles;
    let daily = daily(draft)?;
    if shared.practice.as_ref().is_some_and(|practice| practice.folder.text(&draft.name).is_ok()) {
        let message = format!("{} is the name of a practice profile.", draft.name);
        return Err(problem("practice_stays", message, "Choose another name."));
    }
    let undoing = match &draft.fingerprint {
        None => {
            let params: Map<String, Value> = draft.params.clone().into_iter().collect();
            let mut settings = Map::new();
            for (key, value) in settings_in(draft) {
                if let Some(value) = value {
                    settings.insert(key.to_owned(), value);
                }
            }
            let text = new_standard_text(&draft.provider, &draft.model, &params, &settings);
            let mut document = Document::parse(&text).map_err(|error| super::file_problem(&draft.name, &error))?;
            put_daily_limit(&mut document, daily)
                .map_err(|error| problem("not_editable", error.to_string(), "Correct the file first."))?;
            let text = document.text();
            folder.write(&draft.name, text, Write::Create).map_err(|error| folder_problem(&error))?;
            shared.begin_anew(&draft.name);
            Undoing::Remove { name: draft.name.clone(), left: Fingerprint::of(text) }
        }
        Some(fingerprint) => {
            let before = folder.text(&draft.name).map_err(|error| super::file_problem(&draft.name, &error))?;
            let expected: Fingerprint = fingerprint.parse().map_err(|_| {
                problem(
                    "bad_input",
                    "The form does not say which version it edits.".to_owned(),
                    "Open the profile again.",
                )
            })?;
            if Fingerprint::of(&before) != expected {
                return Err(changed(&draft.name));
            }
            let text = edited(&before, draft, daily)
                .map_err(|reason| problem("not_editable", reason, "Correct the file first."))?;
            let mode = Write::Replace { expected: Some(expected) };
            folder.write(&draft.name, &text, mode).map_err(|error| folder_problem(&error))?;
            Undoing::Restore { name: draft.name.clone(), text: before, left: Fingerprint::of(&text) }
        }
    };
    Ok(shared.undoable(undoing))
}

fn changed(name: &str) -> Problem {
    problem("profile_changed", format!("{name} was changed on disk meanwhile."), "Reload it, or save over it.")
}

fn settings_in(draft: &ProfileDraft) -> [(&'static str, Option<Value>); 3] {
    [
        ("context-limit", draft.context_limit.map(Value::from)),
        ("base-url", draft.base_url.clone().map(Value::from)),
        ("timeout_ms", draft.timeout_ms.map(Value::from)),
    ]
}

/// Changes only what the form changed: everything else in the file stays as it is, to the byte.
fn edited(before: &str, draft: &ProfileDraft, daily: DailyLimit) -> Result<String, String> {
    let failed = |error: EditError| error.to_string();
    let mut document = Document::parse(before).map_err(|error| error.to_string())?;
    let mut put = |path: &[&str], value: Option<Value>| -> Result<(), String> {
        match (document.get(path), value) {
            (Some(now), Some(value)) if now == value => Ok(()),
            (_, Some(value)) => document.set(path, value).map_err(failed),
            (Some(_), None) => document.remove(path).map(drop).map_err(failed),
            (None, None) => Ok(()),
        }
    };
    put(&["provider"], Some(json!(draft.provider)))?;
    put(&["model"], Some(json!(draft.model)))?;
    let current: Map<String, Value> = match Document::parse(before).map_err(|e| e.to_string())?.get(&["modelParams"]) {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    for name in current.keys().filter(|name| !draft.params.contains_key(*name)) {
        put(&["modelParams", name], None)?;
    }
    for (name, value) in &draft.params {
        put(&["modelParams", name], Some(value.clone()))?;
    }
    for (key, value) in settings_in(draft) {
        put(&["ephemeralSettings", key], value)?;
    }
    let written = Profile::parse(&draft.name, before).is_ok_and(|profile| profile.extension().daily_limit == daily);
    if !written {
        put_daily_limit(&mut document, daily).map_err(failed)?;
    }
    Ok(document.text().to_owned())
}

/// What the form says of the day.
fn daily(draft: &ProfileDraft) -> Result<DailyLimit, Problem> {
    let micro_usd = draft.daily_usd.map(DailyLimit::micro_of);
    if draft.daily_requests == Some(0) || micro_usd == Some(None) {
        let message = "A daily limit is more than nothing.".to_owned();
        return Err(problem("bad_input", message, "Leave it empty for no limit."));
    }
    Ok(DailyLimit { requests: draft.daily_requests, micro_usd: micro_usd.flatten() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_a_form_changes_only_what_the_form_changed() {
        let before = "{\n  \"version\": 1, \"provider\": \"openai\",\n  \"model\": \"gpt-5.2\",\n  \"modelParams\": {\"temperature\": 0.20, \"x\": 1},\n  \"ephemeralSettings\": { \"context-limit\": 200000 },\n  \"mine\": [1,  2]\n}\n";
        let mut draft = ProfileDraft {
            name: "p".into(),
            fingerprint: None,
            provider: "openai".into(),
            model: "gpt-5.2-mini".into(),
            params: [("temperature".to_owned(), json!(0.2)), ("x".to_owned(), json!(1))].into(),
            context_limit: Some(200_000),
            base_url: None,
            timeout_ms: None,
            daily_requests: None,
            daily_usd: None,
        };
        let edited = |before: &str, draft: &ProfileDraft| edited(before, draft, daily(draft).unwrap());
        assert_eq!(edited(before, &draft).unwrap(), before.replace("gpt-5.2\"", "gpt-5.2-mini\""));
        draft.params.remove("x");
        let after: Value = serde_json::from_str(&edited(before, &draft).unwrap()).unwrap();
        assert_eq!(after["modelParams"], json!({ "temperature": 0.2 }));
        assert_eq!(after["mine"], json!([1, 2]));
        draft.daily_requests = Some(200);
        draft.daily_usd = Some(2.5);
        let after = edited(before, &draft).unwrap();
        let value: Value = serde_json::from_str(&after).unwrap();
        assert_eq!(value["x-mainstay"], json!({ "dailyLimit": { "requests": 200, "usd": 2.5 } }));
        assert_eq!(edited(&after, &draft).unwrap(), after);
        draft.daily_usd = Some(-1.0);
        assert_eq!(daily(&draft).unwrap_err().code, "bad_input");
    }

    #[test]
    fn a_key_in_a_file_is_not_shown() {
        let text =
            r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"auth-key":"sk-canary-123456"}}"#;
        assert!(!readable(text).contains("canary"));
        let text = r#"{"ephemeralSettings":{"custom-headers":{"Authorization":"Bearer canary"},"timeout_ms":1}}"#;
        assert!(!readable(text).contains("canary") && readable(text).contains("timeout_ms"));
    }
}
