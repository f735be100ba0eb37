//! The Failover place.

use super::profiles::{findings_of, readable};
use super::{BalancerDraft, Named, Nothing, file_problem, folder_problem, problem};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{BalancerDetail, BalancerMember, Undo};
use mainstay_profiles::{
    Document, EditError, Fingerprint, Folder, MemberRef, Policy, Profile, Write, lint, new_balancer_text,
};
use serde_json::{Value, json};
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
        let findings = if practice { Vec::new() } else { lint(&entries, &self.0.catalogue) };
        let default = crate::active::read_default(self.0.profiles.dir());
        Ok(BalancerDetail {
            policy: balancer.policy.as_str().to_owned(),
            members: balancer
                .members
                .iter()
                .map(|member| BalancerMember { profile: member.profile.clone(), weight: member.weight })
                .collect(),
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
                let folder = home_of(shared, &draft)?;
                if shared.entries().map_err(|e| folder_problem(&e))?.iter().any(|(entry, _)| entry.name == draft.name) {
                    let message = format!("There is already a profile \"{}\".", draft.name);
                    return Err(problem("profile_exists", message, "Choose another name."));
                }
                let text = new_balancer_text(policy, &members(&draft));
                folder.write(&draft.name, &text, Write::Create).map_err(|error| folder_problem(&error))?;
                Ok(Undo { token: shared.undo.keep(Undoing::Remove { name: draft.name }) })
            })
            .await?;
        self.reload().await?;
        Ok(undo)
    }

    pub(super) async fn change_balancer(&self, draft: BalancerDraft) -> Result<Undo, Problem> {
        let undo = self
            .blocking(move |shared| {
                let policy = policy(&draft.policy)?;
                let folder = home_of(shared, &draft)?;
                let before = folder.text(&draft.name).map_err(|error| file_problem(&draft.name, &error))?;
                let edit = |document: &mut Document| put(document, policy, &members(&draft));
                folder.edit(&draft.name, edit).map_err(|error| folder_problem(&error))?;
                Ok(Undo { token: shared.undo.keep(Undoing::Restore { name: draft.name, text: before }) })
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

/// Writes policy and members as failover §6 says, and nothing else.
pub(crate) fn put(document: &mut Document, policy: Policy, members: &[MemberRef]) -> Result<(), EditError> {
    let names = || Value::from(members.iter().map(|member| member.profile.clone()).collect::<Vec<_>>());
    let block = document.get(&["x-mainstay", "policy"]).is_some() || document.get(&["x-mainstay", "weights"]).is_some();
    if policy == Policy::Weighted && block {
        // The form that the CLI can load: names, and the weights by position.
        document.set(&["profiles"], names())?;
        document.set(&["x-mainstay", "policy"], json!("weighted"))?;
        let weights: Vec<u32> = members.iter().map(|member| member.weight).collect();
        return document.set(&["x-mainstay", "weights"], json!(weights));
    }
    document.remove(&["x-mainstay", "policy"])?;
    document.remove(&["x-mainstay", "weights"])?;
    if document.get(&["policy"]) != Some(json!(policy.as_str())) {
        document.set(&["policy"], json!(policy.as_str()))?;
    }
    if policy == Policy::Weighted {
        let list: Vec<Value> =
            members.iter().map(|member| json!({ "profile": member.profile, "weight": member.weight })).collect();
        return document.set(&["profiles"], json!(list));
    }
    document.set(&["profiles"], names())?;
    for (key, empty) in
        [("provider", json!("")), ("model", json!("")), ("modelParams", json!({})), ("ephemeralSettings", json!({}))]
    {
        if document.get(&[key]).is_none() {
            document.set(&[key], empty)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[(&str, u32)]) -> Vec<MemberRef> {
        names.iter().map(|(name, weight)| MemberRef { profile: (*name).to_owned(), weight: *weight }).collect()
    }

    fn after(text: &str, policy: Policy, members: &[(&str, u32)]) -> Value {
        let mut document = Document::parse(text).unwrap();
        put(&mut document, policy, &list(members)).unwrap();
        serde_json::from_str(document.text()).unwrap()
    }

    const MINIMAL: &str =
        r#"{"version":1,"type":"loadbalancer","policy":"failover","profiles":["a","b"],"mine":{"k":1}}"#;

    #[test]
    fn a_new_order_is_written_in_the_form_that_the_cli_loads_and_unknown_keys_stay() {
        let value = after(MINIMAL, Policy::Failover, &[("b", 1), ("a", 1)]);
        assert_eq!(value["profiles"], json!(["b", "a"]));
        assert_eq!(
            (&value["mine"], &value["provider"], &value["modelParams"]),
            (&json!({"k":1}), &json!(""), &json!({}))
        );
    }

    #[test]
    fn weights_are_written_in_the_recipes_form_or_in_the_clis_where_that_is_there() {
        let value = after(MINIMAL, Policy::Weighted, &[("a", 70), ("b", 30)]);
        assert_eq!(value["profiles"], json!([{"profile":"a","weight":70},{"profile":"b","weight":30}]));
        assert_eq!(value["policy"], json!("weighted"));
        let cli = r#"{"version":1,"type":"loadbalancer","policy":"roundrobin","profiles":["a","b"],"x-mainstay":{"policy":"weighted","weights":[1,1]}}"#;
        let value = after(cli, Policy::Weighted, &[("b", 20), ("a", 80)]);
        assert_eq!((&value["policy"], &value["profiles"]), (&json!("roundrobin"), &json!(["b", "a"])));
        assert_eq!(value["x-mainstay"], json!({"policy":"weighted","weights":[20,80]}));
        let value = after(cli, Policy::RoundRobin, &[("b", 1), ("a", 1)]);
        assert_eq!(value["policy"], json!("roundrobin"));
        assert!(value["x-mainstay"].get("weights").is_none());
    }
}
