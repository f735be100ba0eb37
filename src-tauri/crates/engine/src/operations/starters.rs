//! Ready-made load balancers: what they need, what of it is there, and making the rest.
//!
//! Invariant: nothing is written until every member is settled and the list that comes out could serve. What is written can
//! be taken back by one word, and a write that fails half way is taken back at once.

use super::undoing::take_back;
use super::{MemberAction, Nothing, StarterInput, folder_problem, problem};
use crate::console::{Change, difference};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{StarterMemberView, StarterOutcome, StarterView};
use mainstay_profiles::{
    Document, EditError, Fingerprint, MemberRef, Policy, Profile, Starter, StarterDraft, Write, new_balancer_text,
    set_members, starters, valid_name,
};
use serde_json::{Map, Value};

/// Files as they are to be: name, what is there now, what is to be there.
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: String,
}

impl Handle {
    pub(super) async fn starters(&self, _: Nothing) -> Result<Vec<StarterView>, Problem> {
        let mut views = Vec::new();
        for starter in starters() {
            let mut members = Vec::new();
            for member in &starter.members {
                let draft = &member.draft;
                let (state, details) = self.state_of_draft(draft)?;
                let credential =
                    if state == "missing" { None } else { Some(self.credential_view(&draft.name, false).await) };
                members.push(StarterMemberView {
                    name: draft.name.clone(),
                    weight: member.weight,
                    provider: draft.provider.clone(),
                    model: draft.model.clone(),
                    state: state.to_owned(),
                    details,
                    credential,
                });
            }
            let exists = self.read_file(&starter.balancer)?.is_some();
            views.push(StarterView {
                id: starter.id,
                title: starter.title,
                summary: starter.summary,
                balancer: starter.balancer,
                policy: starter.policy.as_str().to_owned(),
                exists,
                members,
            });
        }
        Ok(views)
    }

    pub(super) async fn apply_starter(&self, input: StarterInput) -> Result<StarterOutcome, Problem> {
        let starter = starters().into_iter().find(|starter| starter.id == input.id).ok_or_else(|| {
            problem("no_such_starter", format!("There is no starter \"{}\".", input.id), "Choose one of the list.")
        })?;
        let (sheets, members) = self.settle(&starter, &input)?;
        let changes: Vec<Change> = sheets.iter().map(Sheet::change).collect();
        let undo = if input.dry_run || sheets.is_empty() {
            None
        } else {
            let undoing = self.blocking(move |shared| shared.write_all(sheets)).await?;
            self.reload().await?;
            Some(self.blocking(move |shared| Ok(shared.undoable(undoing))).await?)
        };
        let mut needs_key = Vec::new();
        for member in &members {
            let there = !input.dry_run || self.read_file(member)?.is_some();
            if !there || !self.credential_view(member, false).await.usable {
                needs_key.push(member.clone());
            }
        }
        Ok(StarterOutcome { balancer: starter.balancer, members, changes, needs_key, undo })
    }

    /// What is to be written, and the members of the list; nothing is yet.
    fn settle(&self, starter: &Starter, input: &StarterInput) -> Result<(Vec<Sheet>, Vec<String>), Problem> {
        if let Some(stranger) =
            input.members.iter().find(|choice| starter.members.iter().all(|member| member.draft.name != choice.name))
        {
            let message = format!("{} is no member of {}.", stranger.name, starter.title);
            return Err(problem("bad_input", message, "Choose among its members."));
        }
        let (mut sheets, mut list) = (Vec::new(), Vec::new());
        for member in &starter.members {
            let draft = &member.draft;
            self.not_practice(&draft.name)?;
            let before = self.read_file(&draft.name)?;
            let chosen = input.members.iter().find(|choice| choice.name == draft.name).map(|choice| choice.action);
            match (chosen, before) {
                (Some(MemberAction::Leave), _) => continue,
                (Some(MemberAction::Create), None) => {
                    sheets.push(Sheet { name: draft.name.clone(), before: None, after: draft.text() });
                }
                (Some(MemberAction::Create), Some(_)) => {
                    let message = format!("There is a profile named {} already.", draft.name);
                    return Err(problem("profile_exists", message, "Use it, replace it, or leave it out."));
                }
                (Some(MemberAction::Replace), Some(before)) => {
                    let after = replaced(&before, draft)?;
                    if after != before {
                        sheets.push(Sheet { name: draft.name.clone(), before: Some(before), after });
                    }
                }
                (Some(MemberAction::Use) | None, Some(before)) => match Profile::parse(&draft.name, &before) {
                    Ok(Profile::Standard(_)) => {}
                    Ok(Profile::Balancer(_)) => {
                        let message = format!("{} is a load balancer, and they don't nest.", draft.name);
                        return Err(problem("nested_balancer", message, "Leave it out, or rename that one."));
                    }
                    Err(error) => return Err(super::file_problem(&draft.name, &error)),
                },
                (Some(MemberAction::Use | MemberAction::Replace), None) => {
                    let message = format!("There is no profile named {}.", draft.name);
                    return Err(problem("profile_missing", message, "Create it, or leave it out."));
                }
                (None, None) => {
                    let message = format!("{} is missing.", draft.name);
                    return Err(problem("starter_unsettled", message, "Create it, or leave it out."));
                }
            }
            list.push(MemberRef { profile: draft.name.clone(), weight: member.weight });
        }
        let least = if starter.policy == Policy::Failover { 2 } else { 1 };
        if list.len() < least {
            let message = format!("{} needs at least {least} members, and has {}.", starter.title, list.len());
            return Err(problem("starter_empty", message, "Leave fewer of them out."));
        }
        self.not_practice(&starter.balancer)?;
        sheets.extend(self.balancer_sheet(starter, &list, input.replace)?);
        Ok((sheets, list.into_iter().map(|member| member.profile).collect()))
    }

    fn balancer_sheet(&self, starter: &Starter, list: &[MemberRef], replace: bool) -> Result<Option<Sheet>, Problem> {
        let name = &starter.balancer;
        let Some(before) = self.read_file(name)? else {
            let after = new_balancer_text(starter.policy, list);
            return Ok(Some(Sheet { name: name.clone(), before: None, after }));
        };
        let taken =
            |message: String| problem("profile_exists", message, "Allow that it is replaced, or rename it first.");
        match Profile::parse(name, &before) {
            Ok(Profile::Balancer(known)) if known.policy == starter.policy && known.members == list => Ok(None),
            Ok(Profile::Balancer(_)) if replace => {
                let mut document = Document::parse(&before).map_err(|error| super::file_problem(name, &error))?;
                set_members(&mut document, starter.policy, list).map_err(|error| unfit(name, &error))?;
                Ok(Some(Sheet { name: name.clone(), after: document.text().to_owned(), before: Some(before) }))
            }
            Ok(Profile::Balancer(_)) => Err(taken(format!("There is a load balancer {name} with other members."))),
            Ok(Profile::Standard(_)) => Err(problem(
                "profile_exists",
                format!("{name} is a profile, not a load balancer."),
                "Rename or delete it first.",
            )),
            Err(error) => Err(super::file_problem(name, &error)),
        }
    }

    /// How a member's file stands to what the starter needs, and in what it differs.
    fn state_of_draft(&self, draft: &StarterDraft) -> Result<(&'static str, Vec<String>), Problem> {
        let Some(text) = self.read_file(&draft.name)? else { return Ok(("missing", Vec::new())) };
        match Profile::parse(&draft.name, &text) {
            Ok(Profile::Standard(_)) => {
                let details = difference(&text, &draft.text());
                Ok((if details.is_empty() { "same" } else { "differs" }, details))
            }
            Ok(Profile::Balancer(_)) | Err(_) => Ok(("unusable", Vec::new())),
        }
    }

    /// A real profile's text; `None` where there is none.
    pub(crate) fn read_file(&self, name: &str) -> Result<Option<String>, Problem> {
        match self.0.profiles.text(name) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind == mainstay_profiles::FileErrorKind::Missing => Ok(None),
            Err(error) => Err(super::file_problem(name, &error)),
        }
    }

    pub(crate) fn not_practice(&self, name: &str) -> Result<(), Problem> {
        valid_name(name).map_err(|error| folder_problem(&mainstay_profiles::FolderError::Name(error)))?;
        let practice = self.0.practice.as_ref().is_some_and(|practice| practice.folder.text(name).is_ok());
        if practice && self.0.profiles.text(name).is_err() {
            let message = format!("{name} is the name of a practice profile.");
            return Err(problem("practice_stays", message, "Choose another name."));
        }
        Ok(())
    }
}

impl Sheet {
    pub(crate) fn change(&self) -> Change {
        let details = self.before.as_deref().map(|before| difference(before, &self.after)).unwrap_or_default();
        Change::new(0, if self.before.is_some() { "replace" } else { "create" }, &self.name, details)
    }
}

impl Shared {
    /// Writes files in this order, all or none, and says how to take it back. On a thread that may block.
    pub(crate) fn write_all(&self, sheets: Vec<Sheet>) -> Result<Undoing, Problem> {
        let mut done = Vec::new();
        for Sheet { name, before, after } in sheets {
            let mode = match &before {
                None => Write::Create,
                Some(before) => Write::Replace { expected: Some(Fingerprint::of(before)) },
            };
            if let Err(error) = self.profiles.write(&name, &after, mode) {
                if let Err(left) = take_back(self, Undoing::All(done)) {
                    tracing::warn!(left = %left.message, "a change that failed half way could not be taken back whole");
                }
                return Err(folder_problem(&error));
            }
            if before.is_none() {
                self.begin_anew(&name);
            }
            let left = Fingerprint::of(&after);
            done.push(match before {
                None => Undoing::Remove { name, left },
                Some(text) => Undoing::Restore { name, text, left },
            });
        }
        Ok(Undoing::All(done))
    }
}

/// Makes a profile that is there the starter's. Where its credential is, our block, and keys that nobody knows stay.
fn replaced(before: &str, draft: &StarterDraft) -> Result<String, Problem> {
    let mut document = Document::parse(before).map_err(|error| super::file_problem(&draft.name, &error))?;
    match Profile::parse(&draft.name, before) {
        Ok(Profile::Standard(_)) => {}
        Ok(Profile::Balancer(_)) => {
            let message = format!("{} is a load balancer, not a profile.", draft.name);
            return Err(problem("profile_exists", message, "Leave it out, or rename that one."));
        }
        Err(error) => return Err(super::file_problem(&draft.name, &error)),
    }
    let mut put = |path: &[&str], value: Value| {
        if document.get(path).as_ref() == Some(&value) { Ok(()) } else { document.set(path, value) }
    };
    let settings: Map<String, Value> = draft.settings();
    put(&["provider"], draft.provider.as_str().into())
        .and_then(|()| put(&["model"], draft.model.as_str().into()))
        .and_then(|()| put(&["modelParams"], Value::Object(draft.params.clone())))
        .and_then(|()| settings.iter().try_for_each(|(key, value)| put(&["ephemeralSettings", key], value.clone())))
        .map_err(|error| unfit(&draft.name, &error))?;
    Ok(document.text().to_owned())
}

fn unfit(name: &str, error: &EditError) -> Problem {
    problem("profile_edit_invalid", format!("{name} can't be edited: {error}."), "Correct its file.")
}
