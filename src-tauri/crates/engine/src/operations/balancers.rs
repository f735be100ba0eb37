//! The Failover place.

use super::profiles::{findings_of, readable};
use super::{BalancerDraft, BalancerSeen, Named, Nothing, file_problem, folder_problem, problem};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{BalancerDetail, BalancerMember, Undo};
use mainstay_profiles::{
    Document, EditError, Failback, Fingerprint, Folder, MemberRef, Policy, Profile, Write, lint, new_balancer_text,
    put_placement, set_members,
};
use serde_json::json;
use std::sync::Arc;

impl Handle {
    pub(super) async fn balancer(&self, input: Named) -> Result<BalancerDetail, Problem> {
        let folder = self.0.folder_of(&input.name);
        let text = folder.text(&input.name).map_err(|error| file_problem(&input.name, &error))?;
        let parsed = Profile::parse(&input.name, &text).map_err(|error| file_problem(&input.name, &error))?;
        let Profile::Balancer(balancer) = parsed else {
            return Err(problem("not_a_balancer", format!("{} is a profile.", input.name), "Open it under Profiles."));
        };
        let practice = folder.dir() != self.0.profiles.dir();
        let entries = folder.read_all().map_err(|error| folder_problem(&error))?;
        let listed = |name: &str| balancer.members.iter().any(|member| member.profile == name);
        let candidates = entries
            .iter()
            .filter(|entry| matches!(entry.profile, Ok(Profile::Standard(_))) && !listed(&entry.name))
            .map(|entry| entry.name.clone())
            .collect();
        let catalogue = self.0.catalogue.now();
        let findings = match practice {
            true => Vec::new(),
            false => lint(&entries, &catalogue, &self.around(&entries).await),
        };
        let default = crate::active::read_default(self.0.profiles.dir());
        Ok(BalancerDetail {
            policy: balancer.policy.as_str().to_owned(),
            members: balancer
                .members
                .iter()
                .map(|member| BalancerMember { profile: member.profile.clone(), weight: member.weight })
                .collect(),
            sticky: balancer.extension.sticky.unwrap_or_default(),
            failback: balancer.extension.failback.unwrap_or_default().as_str().to_owned(),
            candidates,
            active: self.0.active.load().as_deref() == Some(&input.name),
            default: default.as_ref() == Some(&input.name),
            practice,
            findings: findings_of(&findings, &input.name),
            fingerprint: Fingerprint::of(&text).to_string(),
            text: readable(&text),
            name: input.name,
        })
    }

    pub(super) async fn create_balancer(&self, draft: BalancerDraft) -> Result<Undo, Problem> {
        let undo = self
            .blocking(move |shared| {
                let policy = policy(&draft.policy)?;
                failback(&draft)?;
                let folder = home_of(shared, &draft)?;
                if shared.entries().map_err(|e| folder_problem(&e))?.iter().any(|(entry, _)| entry.name == draft.name) {
                    let message = format!("There is already a profile \"{}\".", draft.name);
                    return Err(problem("profile_exists", message, "Choose another name."));
                }
                let mut text = new_balancer_text(policy, &members(&draft));
                if draft.sticky.is_some() || draft.failback.is_some() {
                    let unreadable = |error| file_problem(&draft.name, &error);
                    let mut document = Document::parse(&text).map_err(unreadable)?;
                    place(&mut document, &draft)
                        .map_err(|error| problem("not_editable", error.to_string(), "Correct the file first."))?;
                    document.text().clone_into(&mut text);
                }
                folder.write(&draft.name, &text, Write::Create).map_err(|error| folder_problem(&error))?;
                shared.begin_anew(&draft.name);
                Ok(shared.undoable(Undoing::Remove { name: draft.name, left: Fingerprint::of(&text) }))
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }

    pub(super) async fn change_balancer(&self, draft: BalancerDraft) -> Result<Undo, Problem> {
        let undo = self
            .blocking(move |shared| {
                let policy = policy(&draft.policy)?;
                failback(&draft)?;
                let folder = home_of(shared, &draft)?;
                let (mut before, mut after) = (String::new(), String::new());
                let mut overtaken = false;
                let edit = |document: &mut Document| {
                    document.text().clone_into(&mut before);
                    overtaken = draft.was.as_ref().is_some_and(|was| !still(was, &draft.name, &before));
                    if overtaken {
                        return Ok(());
                    }
                    set_members(document, policy, &members(&draft))?;
                    place(document, &draft)?;
                    document.text().clone_into(&mut after);
                    Ok(())
                };
                folder.edit(&draft.name, edit).map_err(|error| folder_problem(&error))?;
                if overtaken {
                    let message = format!("Another program has changed {} meanwhile.", draft.name);
                    return Err(problem("balancer_changed", message, "It is shown as it is now; change it once more."));
                }
                let left = Fingerprint::of(&after);
                Ok(shared.undoable(Undoing::Restore { name: draft.name, text: before, left }))
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }

    pub(crate) async fn use_now(&self, input: Named) -> Result<Nothing, Problem> {
        self.0.check_active(&input.name).map_err(|error| error.problem())?;
        let dir = self.0.data_dir.clone();
        let name = input.name.clone();
        self.blocking(move |_| {
            crate::active::write(&dir, &name).map_err(|error| {
                let message = format!("{name} could not be remembered as the active profile: {error}.");
                problem("state_unwritable", message, "Check the data folder's permissions and free space.")
            })
        })
        .await?;
        self.0.active.store(Some(Arc::new(input.name)));
        self.reload().await?;
        Ok(Nothing {})
    }

    pub(crate) async fn set_default(&self, input: Named) -> Result<Nothing, Problem> {
        if self.0.is_practice(&input.name) {
            let message = "Practice can't be the default: other programs would take it for real.".to_owned();
            return Err(problem("practice_not_default", message, "Choose a balancer or profile of your own."));
        }
        self.0.check_active(&input.name).map_err(|error| error.problem())?;
        self.blocking(move |shared| crate::active::write_default(shared.profiles.dir(), &input.name)).await?;
        self.0.watcher.stir();
        Ok(Nothing {})
    }
}

fn policy(name: &str) -> Result<Policy, Problem> {
    match name {
        "failover" => Ok(Policy::Failover),
        "roundrobin" => Ok(Policy::RoundRobin),
        "weighted" => Ok(Policy::Weighted),
        _ => Err(problem(
            "no_such_policy",
            format!("There is no policy \"{name}\"."),
            "Failover, roundrobin or weighted.",
        )),
    }
}

/// Whether the file still holds the list that was shown.
fn still(was: &BalancerSeen, name: &str, text: &str) -> bool {
    let Ok(Profile::Balancer(now)) = Profile::parse(name, text) else { return false };
    let weight = |weight: u32| if now.policy == Policy::Weighted { weight } else { 1 };
    let seen = was.members.iter().map(|member| (member.profile.as_str(), weight(member.weight)));
    let there = now.members.iter().map(|member| (member.profile.as_str(), weight(member.weight)));
    was.policy == now.policy.as_str() && seen.eq(there)
}

/// The draft's word for when failover goes back, if it has one.
fn failback(draft: &BalancerDraft) -> Result<Option<Failback>, Problem> {
    let Some(word) = &draft.failback else { return Ok(None) };
    Failback::from_file(word).map(Some).ok_or_else(|| {
        let message = format!("There is no way back called \"{word}\".");
        problem("no_such_failback", message, "Conversation, at-once or never.")
    })
}

/// Writes where conversations are kept, as far as the draft says. What it leaves out stays.
fn place(document: &mut Document, draft: &BalancerDraft) -> Result<(), EditError> {
    let now = |key: &str| document.get(&["x-mainstay", key]);
    let sticky = draft.sticky.unwrap_or_else(|| now("sticky") == Some(json!(true)));
    let word = draft.failback.clone().or_else(|| now("failback")?.as_str().map(str::to_owned));
    let failback = word.as_deref().and_then(Failback::from_file).unwrap_or_default();
    if draft.sticky.is_some() || draft.failback.is_some() {
        put_placement(document, sticky, failback)?;
    }
    Ok(())
}

fn members(draft: &BalancerDraft) -> Vec<MemberRef> {
    draft.members.iter().map(|m| MemberRef { profile: m.profile.clone(), weight: m.weight }).collect()
}

/// The folder that the balancer's members lie in. Practice and real members never share one.
fn home_of(shared: &Shared, draft: &BalancerDraft) -> Result<Arc<Folder>, Problem> {
    if draft.members.is_empty() {
        return Err(problem("no_members", "A load balancer needs a member.".to_owned(), "Add a profile to it."));
    }
    let practice: Vec<bool> = draft.members.iter().map(|member| shared.is_practice(&member.profile)).collect();
    match (practice.contains(&true), practice.contains(&false)) {
        (true, true) => {
            let message = "Practice and real profiles can't share a load balancer.".to_owned();
            Err(problem("practice_apart", message, "Use profiles of one kind."))
        }
        (true, false) => Ok(shared.practice.as_ref().map_or(&shared.profiles, |practice| &practice.folder).clone()),
        (false, _) => Ok(shared.profiles.clone()),
    }
}
