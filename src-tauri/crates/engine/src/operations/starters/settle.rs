//! From a starter and what the user chose for its members to the files that are to be; nothing is written here.

use super::Sheet;
use crate::error::Problem;
use crate::operations::{MemberAction, MemberChoice, StarterInput, file_problem, problem};
use crate::shared::Handle;
use mainstay_profiles::{
    Document, EditError, MemberRef, Policy, Profile, Standard, Starter, StarterDraft, StarterMember, new_balancer_text,
    set_members,
};
use serde_json::{Map, Value};

/// What is to be written, and the list that comes out.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) sheets: Vec<Sheet>,
    pub(super) members: Vec<Listed>,
}

/// A member of the list as it is to be.
pub(super) struct Listed {
    /// Its place in the list.
    pub(super) place: MemberRef,
    /// What its file says then.
    pub(super) standard: Standard,
    /// There is no file of it yet.
    pub(super) new: bool,
}

impl Handle {
    /// What is to be written, and the members of the list.
    pub(super) fn settle(&self, starter: &Starter, input: &StarterInput) -> Result<Settled, Problem> {
        for choice in &input.members {
            if starter.members.iter().all(|member| member.draft.name != choice.name) {
                let message = format!("{} is no member of {}.", choice.name, starter.title);
                return Err(problem("bad_input", message, "Choose among its members."));
            }
            fits(choice)?;
        }
        let mut settled = Settled::default();
        for member in &starter.members {
            let choice = input.members.iter().find(|choice| choice.name == member.draft.name);
            let Some((listed, sheet)) = self.settle_member(member, choice)? else { continue };
            if settled.members.iter().any(|other| other.place.profile == listed.place.profile) {
                let message = format!("{} would be listed twice.", listed.place.profile);
                return Err(problem("member_twice", message, "Choose another profile, or leave one of the two out."));
            }
            settled.sheets.extend(sheet);
            settled.members.push(listed);
        }
        let (least, has) = (if starter.policy == Policy::Failover { 2 } else { 1 }, settled.members.len());
        if input.alone && has == 1 && least == 2 {
            return Ok(settled);
        }
        if has < least {
            let needed = if least == 1 { "a member".to_owned() } else { format!("at least {least} members") };
            let message = format!("{} needs {needed}, and has {has}.", starter.title);
            return Err(problem("starter_empty", message, "Leave fewer of them out."));
        }
        self.not_practice(&starter.balancer)?;
        let list: Vec<MemberRef> = settled.members.iter().map(|member| member.place.clone()).collect();
        settled.sheets.extend(self.balancer_sheet(starter, &list, input.replace)?);
        Ok(settled)
    }

    /// One member and the file that it needs written; `None` where the list does without it.
    fn settle_member(
        &self,
        member: &StarterMember,
        choice: Option<&MemberChoice>,
    ) -> Result<Option<(Listed, Option<Sheet>)>, Problem> {
        let draft = &member.draft;
        let listed = |name: &str, standard: Standard, new: bool| {
            let place = MemberRef { profile: name.to_owned(), weight: member.weight };
            Listed { place, standard, new }
        };
        if let Some(other) = choice.and_then(|choice| choice.profile.as_deref()) {
            return Ok(Some((listed(other, self.existing(other)?, false), None)));
        }
        self.not_practice(&draft.name)?;
        let before = self.read_file(&draft.name)?;
        match (choice.map(|choice| choice.action), before) {
            (Some(MemberAction::Leave), _) => Ok(None),
            (Some(MemberAction::Create), None) => {
                let mut after = self.wanted(draft, choice)?.text();
                if choice.is_some_and(|choice| choice.caller) {
                    after = by_its_caller(&draft.name, &after)?;
                }
                let standard = standard_of(&draft.name, &after)?;
                let sheet = Sheet { name: draft.name.clone(), before: None, after };
                Ok(Some((listed(&draft.name, standard, true), Some(sheet))))
            }
            (Some(MemberAction::Create), Some(_)) => {
                let message = format!("There is a profile named {} already.", draft.name);
                Err(problem("profile_exists", message, "Use it, replace it, or leave it out."))
            }
            (Some(MemberAction::Replace), Some(before)) => {
                let after = replaced(&before, draft)?;
                let standard = standard_of(&draft.name, &after)?;
                let changes = after != before;
                let sheet = Sheet { name: draft.name.clone(), before: Some(before), after };
                Ok(Some((listed(&draft.name, standard, false), changes.then_some(sheet))))
            }
            (Some(MemberAction::Use) | None, Some(before)) => {
                Ok(Some((listed(&draft.name, standard_of(&draft.name, &before)?, false), None)))
            }
            (Some(MemberAction::Use | MemberAction::Replace), None) => {
                let message = format!("There is no profile named {}.", draft.name);
                Err(problem("profile_missing", message, "Create it, or leave it out."))
            }
            (None, None) => {
                let message = format!("{} is missing.", draft.name);
                Err(problem("starter_unsettled", message, "Create it, or leave it out."))
            }
        }
    }

    /// A profile of the user's that is to stand in a member's place.
    fn existing(&self, name: &str) -> Result<Standard, Problem> {
        if let Some(text) = self.read_file(name)? {
            return standard_of(name, &text);
        }
        if self.0.practice.as_ref().is_some_and(|practice| practice.folder.text(name).is_ok()) {
            let message = "Practice and real profiles can't share a load balancer.".to_owned();
            return Err(problem("practice_apart", message, "Use a profile of your own."));
        }
        let message = format!("There is no profile named {name}.");
        Err(problem("profile_missing", message, "Choose one of your profiles."))
    }

    /// What a new member is to be: the starter's, or with the provider and model that the user chose.
    fn wanted(&self, draft: &StarterDraft, choice: Option<&MemberChoice>) -> Result<StarterDraft, Problem> {
        let chosen = |part: fn(&MemberChoice) -> Option<&String>| choice.and_then(part).map(|word| word.trim());
        let provider = chosen(|choice| choice.provider.as_ref()).unwrap_or(&draft.provider);
        let model = match chosen(|choice| choice.model.as_ref()) {
            Some(model) if !model.is_empty() => model,
            None if provider == draft.provider => &draft.model,
            _ => {
                let message = format!("It is not said which model of {provider} {} has.", draft.name);
                return Err(problem("model_missing", message, "Choose a model."));
            }
        };
        let catalogue = self.0.catalogue.now();
        let Some(entry) = catalogue.provider(provider) else {
            let message = format!("There is no provider {provider}.");
            return Err(problem("no_such_provider", message, "Choose one of the catalogue's."));
        };
        if entry.base_url.is_none() {
            let message = format!("{} has no address of its own.", entry.title);
            let hint = "Create that profile under Profiles, with its address, and choose it here.";
            return Err(problem("no_address", message, hint));
        }
        let window = entry.model(model).context_window.unwrap_or(draft.context_limit);
        Ok(StarterDraft {
            provider: provider.to_owned(),
            model: model.to_owned(),
            context_limit: draft.context_limit.min(window),
            ..draft.clone()
        })
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
                let mut document = Document::parse(&before).map_err(|error| file_problem(name, &error))?;
                set_members(&mut document, starter.policy, list).map_err(|error| unfit(name, &error))?;
                Ok(Some(Sheet { name: name.clone(), after: document.text().to_owned(), before: Some(before) }))
            }
            Ok(Profile::Balancer(_)) => Err(taken(format!("There is a load balancer {name} with other members."))),
            Ok(Profile::Standard(_)) => Err(problem(
                "profile_exists",
                format!("{name} is a profile, not a load balancer."),
                "Rename or delete it first.",
            )),
            Err(error) => Err(file_problem(name, &error)),
        }
    }
}

/// A choice says nothing that its action has no use for.
fn fits(choice: &MemberChoice) -> Result<(), Problem> {
    let misfit = |message: &str| Err(problem("bad_input", format!("{}: {message}", choice.name), "Choose again."));
    if choice.profile.is_some() && choice.action != MemberAction::Replace {
        return misfit("only a member that is replaced takes another profile.");
    }
    if choice.caller && choice.action != MemberAction::Create {
        return misfit("only a member that is created can be told to use its caller's credential.");
    }
    if (choice.provider.is_some() || choice.model.is_some()) && choice.action != MemberAction::Create {
        return misfit("only a member that is created takes a provider and a model.");
    }
    Ok(())
}

/// A new profile whose requests carry the caller's own credential.
fn by_its_caller(name: &str, text: &str) -> Result<String, Problem> {
    let mut document = Document::parse(text).map_err(|error| file_problem(name, &error))?;
    document.set(&["x-mainstay", "auth"], Value::from("caller")).map_err(|error| unfit(name, &error))?;
    Ok(document.text().to_owned())
}

/// A file of a profile, which a list may hold.
fn standard_of(name: &str, text: &str) -> Result<Standard, Problem> {
    match Profile::parse(name, text) {
        Ok(Profile::Standard(standard)) => Ok(standard),
        Ok(Profile::Balancer(_)) => {
            let message = format!("{name} is a load balancer, and they don't nest.");
            Err(problem("nested_balancer", message, "Use a profile in its place, or leave it out."))
        }
        Err(error) => Err(file_problem(name, &error)),
    }
}

/// Makes a profile that is there the starter's. Where its credential is, our block, and keys that nobody knows stay.
fn replaced(before: &str, draft: &StarterDraft) -> Result<String, Problem> {
    let mut document = Document::parse(before).map_err(|error| file_problem(&draft.name, &error))?;
    standard_of(&draft.name, before)?;
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
