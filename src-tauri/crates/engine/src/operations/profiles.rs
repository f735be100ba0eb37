//! The Profiles place.

use super::profile_form::{filled, form_of, new_text};
use super::profile_text::{save_text, unversioned};
use super::{DeleteInput, Named, Nothing, ProfileDraft, folder_problem, problem};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{
    BalancerRow, BrokenFile, CredentialView, Finding, FixView, ProfileDetail, ProfileRow, ProfilesView, Undo,
};
use mainstay_profiles::{Fingerprint, FolderError, Lint, Profile, Severity, Write, lint};

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
        let shown = readable(&text);
        let parsed = Profile::parse(&input.name, &shown).map_err(|error| super::file_problem(&input.name, &error))?;
        let Profile::Standard(standard) = parsed else {
            return Err(problem(
                "not_a_profile",
                format!("{} is a load balancer.", input.name),
                "Open it under Failover.",
            ));
        };
        let practice = folder.dir() != self.0.profiles.dir();
        let entries = self.0.entries().map_err(|error| folder_problem(&error))?;
        Ok(ProfileDetail {
            credential: self.credential_view(&input.name, practice).await,
            used_by: users(&entries, &input.name),
            test_cost: self.test_cost(&standard, practice),
            name: input.name,
            form: form_of(standard),
            fingerprint: Fingerprint::of(&text).to_string(),
            text: shown,
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
    mainstay_profiles::hide_secrets(text)
}

fn save(shared: &Shared, draft: &ProfileDraft) -> Result<Undo, Problem> {
    let name = &draft.name;
    if shared.practice.as_ref().is_some_and(|practice| practice.folder.text(name).is_ok()) {
        let message = format!("{name} is the name of a practice profile.");
        return Err(problem("practice_stays", message, "Choose another name."));
    }
    match &draft.fingerprint {
        None => {
            let text = new_text(&draft.form)?;
            shared.profiles.write(name, &text, Write::Create).map_err(|error| folder_problem(&error))?;
            shared.begin_anew(name);
            Ok(shared.undoable(Undoing::Remove { name: name.clone(), left: Fingerprint::of(&text) }))
        }
        Some(fingerprint) => {
            let expected = fingerprint.parse().map_err(|_| unversioned())?;
            save_text(shared, name, expected, |shown| filled(shown, &draft.form))
        }
    }
}

pub(super) fn changed(name: &str) -> Problem {
    problem("profile_changed", format!("{name} was changed on disk meanwhile."), "Reload it, or save over it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_file_is_not_shown() {
        let text =
            r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{"auth-key":"sk-canary-123456"}}"#;
        assert!(!readable(text).contains("canary"));
        let text = r#"{"ephemeralSettings":{"custom-headers":{"Authorization":"Bearer canary"},"timeout_ms":1}}"#;
        assert!(!readable(text).contains("canary") && readable(text).contains("timeout_ms"));
    }
}
