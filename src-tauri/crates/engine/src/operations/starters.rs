//! Ready-made load balancers: what they need, what of it is there, and making the rest.
//!
//! Invariant: nothing is written until every member is settled and the list that comes out could serve, which needs a key or
//! login for one of its members at least. What is written can be taken back by one word, the keys given with it too, and a
//! write that fails half way is taken back at once.

mod keys;
mod settle;

use self::settle::Settled;
use super::undoing::take_back;
use super::{KeyInput, Nothing, StarterInput, folder_problem, problem};
use crate::console::{Change, contents, difference};
use crate::error::Problem;
use crate::shared::{Handle, Shared};
use crate::undo::Undoing;
use crate::view::{StarterMemberView, StarterOutcome, StarterView, Undo};
use mainstay_profiles::{Fingerprint, Policy, Profile, StarterDraft, Write, starters, valid_name};

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

    pub(super) async fn apply_starter(&self, mut input: StarterInput) -> Result<StarterOutcome, Problem> {
        let starter = starters().into_iter().find(|starter| starter.id == input.id).ok_or_else(|| {
            problem("no_such_starter", format!("There is no starter \"{}\".", input.id), "Choose one of the list.")
        })?;
        let Settled { sheets, members } = self.settle(&starter, &input)?;
        let made = match members.as_slice() {
            // Without a list it is that profile that was made.
            [only] if input.alone && starter.policy == Policy::Failover => only.place.profile.clone(),
            _ => starter.balancer.clone(),
        };
        input.keys.extend(self.of_environment(std::mem::take(&mut input.variables)).await?);
        self.check_keys(&members, &input.keys)?;
        let mut credentials = self.standing(&members, &input.keys).await;
        let changes: Vec<Change> = sheets.iter().map(Sheet::change).collect();
        let undo = if input.dry_run {
            None
        } else {
            if !credentials.iter().any(|each| each.usable) {
                let message = format!("{made} could not serve: none of its members has a key or login.");
                return Err(problem("starter_could_not_serve", message, "Give one of them a key, or log in first."));
            }
            let undo = self.put_in_place(sheets, input.keys).await?;
            credentials = self.standing(&members, &[]).await;
            undo
        };
        let members = members.into_iter().map(|member| member.place.profile).collect();
        Ok(StarterOutcome { balancer: made, members, changes, credentials, undo })
    }

    /// Writes the files, then stores the keys: all of it, or nothing is left.
    async fn put_in_place(&self, sheets: Vec<Sheet>, keys: Vec<KeyInput>) -> Result<Option<Undo>, Problem> {
        if sheets.is_empty() && keys.is_empty() {
            return Ok(None);
        }
        let files = self.blocking(move |shared| shared.write_all(sheets)).await?;
        let keys = match self.store_keys(keys).await {
            Ok(keys) => keys,
            Err(refusal) => {
                let back = self.blocking(move |shared| take_back(shared, files)).await;
                if let Err(left) = back {
                    tracing::warn!(left = %left.message, "a starter that failed half way could not be taken back whole");
                }
                self.reload().await?;
                return Err(refusal);
            }
        };
        self.reload().await?;
        for key in &keys {
            self.0.credential_set(&key.profile);
        }
        let undoing = Undoing::Keyed { files: Box::new(files), keys };
        Ok(Some(self.blocking(move |shared| Ok(shared.undoable(undoing))).await?))
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
        match &self.before {
            Some(before) => Change::new(0, "replace", &self.name, difference(before, &self.after)),
            None => Change::new(0, "create", &self.name, contents(&self.after)),
        }
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
