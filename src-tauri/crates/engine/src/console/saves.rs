//! The commands that save a profile or load balancer, and the files that a dry run thinks of.

use super::draft::{DraftKey, in_words, nearest};
use super::plan::{Change, contents, difference};
use super::run::{Run, refused};
use crate::error::Problem;
use crate::undo::Undoing;
use mainstay_profiles::{
    Document, Fingerprint, FolderError, MemberRef, Policy, Profile, Write, new_balancer_text, set_members,
};
use std::collections::BTreeMap;

/// What a dry run thinks of as written.
#[derive(Default)]
pub(super) struct Shelf {
    /// Files by name; `None`: deleted.
    pub(super) files: BTreeMap<String, Option<String>>,
    /// Keys that are kept under a name.
    pub(super) keys: BTreeMap<String, DraftKey>,
    /// What serves requests that name none.
    pub(super) active: Option<String>,
    /// The default, if a line sets it; within, `None`: to none.
    pub(super) default: Option<Option<String>>,
}

/// How a file was before a block, and how the block left it.
pub(super) struct Written {
    name: String,
    before: Option<String>,
    left: Fingerprint,
}

/// How to take all of it back.
pub(super) fn undoing(written: Vec<Written>) -> Undoing {
    let one = |Written { name, before, left }| match before {
        None => Undoing::Remove { name, left },
        Some(text) => Undoing::Restore { name, text, left },
    };
    Undoing::All(written.into_iter().map(one).collect())
}

impl Run<'_> {
    /// A file's text, or as it would be by now; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, Problem> {
        if let Some(thought) = self.shelf.files.get(name) {
            return Ok(thought.clone());
        }
        match self.engine.0.folder_of(name).text(name) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind == mainstay_profiles::FileErrorKind::Missing => Ok(None),
            Err(error) => Err(crate::operations::file_problem(name, &error)),
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = self.engine.0.entries().unwrap_or_default();
        let mut names: Vec<String> = entries.into_iter().map(|(entry, _)| entry.name).collect();
        for (name, text) in &self.shelf.files {
            match text {
                Some(_) if !names.contains(name) => names.push(name.clone()),
                Some(_) => {}
                None => names.retain(|known| known != name),
            }
        }
        names
    }

    /// The load balancers that list a profile.
    pub(super) fn listed_by(&self, profile: &str) -> Vec<String> {
        let lists = |name: &String| match self.read(name).ok().flatten().map(|text| Profile::parse(name, &text)) {
            Some(Ok(Profile::Balancer(list))) => list.members.iter().any(|member| member.profile == profile),
            _ => false,
        };
        self.names().into_iter().filter(lists).collect()
    }

    pub(super) fn missing(&self, name: &str) -> Problem {
        let names = self.names();
        let hint = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None if names.is_empty() => "Save one with /profile save NAME.".to_owned(),
            None => format!("There are: {}.", names.join(", ")),
        };
        refused("profile_missing", format!("There is no profile \"{name}\"."), hint)
    }

    /// Writes a file, or thinks of it as written. `more` is what else becomes different.
    async fn write(
        &mut self,
        line: u32,
        name: &str,
        before: Option<String>,
        after: String,
        more: Option<&str>,
    ) -> Result<(), Problem> {
        let mut details = match &before {
            Some(before) => difference(before, &after),
            None => contents(&after),
        };
        details.extend(more.map(str::to_owned));
        let kind = if before.is_some() { "replace" } else { "create" };
        if before.as_ref() != Some(&after) || more.is_some() {
            self.changes.push(Change::new(line, kind, name, details));
        }
        if self.dry {
            self.shelf.files.insert(name.to_owned(), Some(after));
            return Ok(());
        }
        if before.as_ref() == Some(&after) {
            return Ok(());
        }
        let (file, left, was) = (name.to_owned(), Fingerprint::of(&after), before.clone());
        self.engine
            .blocking(move |shared| {
                let mode = match &before {
                    None => Write::Create,
                    Some(before) => Write::Replace { expected: Some(Fingerprint::of(before)) },
                };
                let folder = shared.folder_of(&file);
                folder.write(&file, &after, mode).map_err(|error| crate::operations::folder_problem(&error))?;
                if before.is_none() {
                    shared.begin_anew(&file);
                }
                Ok(())
            })
            .await?;
        match self.written.iter_mut().find(|written| written.name == name) {
            Some(written) => written.left = left,
            None => self.written.push(Written { name: name.to_owned(), before: was, left }),
        }
        Ok(())
    }

    /// The name under which a line saves: as written, or as the user would have it. What comes after follows.
    fn saved_as(&mut self, line: u32, name: &str) -> String {
        match self.rename.get(&line).filter(|new| *new != name) {
            Some(new) => {
                self.called.insert(name.to_owned(), new.clone());
                new.clone()
            }
            None => {
                self.called.remove(name);
                name.to_owned()
            }
        }
    }

    /// The name that a line means when it says this one.
    pub(super) fn meant(&self, name: String) -> String {
        self.called.get(&name).cloned().unwrap_or(name)
    }

    pub(super) async fn save(&mut self, line: u32, written: &str) -> Result<String, Problem> {
        self.draft.whole()?;
        let name = &*self.saved_as(line, written);
        mainstay_profiles::valid_name(name)
            .map_err(|error| crate::operations::folder_problem(&FolderError::Name(error)))?;
        self.not_practice(name)?;
        let before = self.read(name)?;
        let after = match before.as_deref().map(|text| Profile::parse(name, text)) {
            Some(Ok(Profile::Standard(_))) => {
                let before = before.as_deref().unwrap_or_default();
                let mut document =
                    Document::parse(before).map_err(|error| crate::operations::file_problem(name, &error))?;
                let unfit = |error: mainstay_profiles::EditError| {
                    refused("profile_edit_invalid", format!("{name} can't be edited: {error}."), "Correct its file.")
                };
                self.draft.put_into(&mut document).map_err(unfit)?;
                document.text().to_owned()
            }
            Some(Ok(Profile::Balancer(_))) => {
                let hint = "Choose another name, or delete the balancer first.";
                return Err(refused("profile_exists", format!("{name} is a load balancer."), hint));
            }
            Some(Err(error)) => return Err(crate::operations::file_problem(name, &error)),
            None => self.draft.text()?,
        };
        let more = match &self.draft.key {
            DraftKey::Secret(_) => Some("with its key"),
            DraftKey::None | DraftKey::Placeholder => None,
        };
        self.write(line, name, before, after, more).await?;
        if let DraftKey::Secret(key) = &self.draft.key
            && !self.dry
        {
            self.engine.bind_key(name, key).await?;
        }
        // The key was for this one.
        let key = std::mem::take(&mut self.draft.key);
        if matches!(key, DraftKey::Placeholder) {
            self.wanted_for(name).await;
        }
        if !self.dry {
            self.engine.reload().await?;
        }
        Ok(match key {
            DraftKey::None => format!("{name} is saved."),
            DraftKey::Secret(_) => format!("{name} is saved, with its key."),
            DraftKey::Placeholder if self.dry => format!("{name} is saved."),
            DraftKey::Placeholder => match self.engine.0.credential_of(name).await {
                Ok(source) => format!("{name} is saved, with what it has already: {source}."),
                Err(_) => format!("{name} is saved. It needs a key."),
            },
        })
    }

    /// Passes over a line that would save: the key that was for it is not for the next one.
    pub(super) fn pass_over_save(&mut self) {
        self.draft.key = DraftKey::None;
        self.forget_wanted();
    }

    fn not_practice(&self, name: &str) -> Result<(), Problem> {
        if self.engine.0.practice.as_ref().is_some_and(|practice| practice.folder.text(name).is_ok())
            && self.engine.0.profiles.text(name).is_err()
        {
            let message = format!("{name} is the name of a practice profile.");
            return Err(refused("practice_stays", message, "Choose another name."));
        }
        Ok(())
    }

    pub(super) async fn save_balancer(
        &mut self,
        line: u32,
        written: &str,
        policy: Policy,
        members: Vec<(String, Option<u32>)>,
        context_limit: Option<u64>,
    ) -> Result<String, Problem> {
        let members: Vec<(String, Option<u32>)> =
            members.into_iter().map(|(member, weight)| (self.meant(member), weight)).collect();
        let name = &*self.saved_as(line, written);
        mainstay_profiles::valid_name(name)
            .map_err(|error| crate::operations::folder_problem(&FolderError::Name(error)))?;
        self.not_practice(name)?;
        for (member, _) in &members {
            let text = self.read(member)?.ok_or_else(|| self.missing(member))?;
            if let Ok(Profile::Balancer(_)) = Profile::parse(member, &text) {
                let message = format!("{member} is a load balancer, and they don't nest.");
                return Err(refused("nested_balancer", message, "Name its members instead."));
            }
            if self.engine.0.is_practice(member) {
                let message = format!("{member} is a practice profile.");
                return Err(refused("practice_apart", message, "Practice and real profiles can't share a balancer."));
            }
        }
        let list: Vec<MemberRef> =
            members.into_iter().map(|(profile, weight)| MemberRef { profile, weight: weight.unwrap_or(1) }).collect();
        let before = self.read(name)?;
        let unfit = |error: mainstay_profiles::EditError| {
            refused("profile_edit_invalid", format!("{name} can't be edited: {error}."), "Correct its file.")
        };
        let text = match before.as_deref().map(|text| Profile::parse(name, text)) {
            Some(Ok(Profile::Standard(_))) => {
                let hint = "Choose another name, or delete the profile first.";
                return Err(refused("profile_exists", format!("{name} is a profile, not a load balancer."), hint));
            }
            Some(Err(error)) => return Err(crate::operations::file_problem(name, &error)),
            Some(Ok(Profile::Balancer(_))) => before.clone().unwrap_or_default(),
            None => new_balancer_text(policy, &list),
        };
        let mut document = Document::parse(&text).map_err(|error| crate::operations::file_problem(name, &error))?;
        if before.is_some() {
            set_members(&mut document, policy, &list).map_err(unfit)?;
        }
        if let Some(limit) = context_limit {
            document.set(&["contextLimit"], limit.into()).map_err(unfit)?;
        }
        let after = document.text().to_owned();
        self.write(line, name, before, after, None).await?;
        if !self.dry {
            self.engine.reload().await?;
        }
        let names: Vec<&str> = list.iter().map(|member| member.profile.as_str()).collect();
        Ok(format!("{name} is saved: {} {}.", names.join(", "), in_words(policy)))
    }
}
