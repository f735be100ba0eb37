//! Runs a block of commands, line by line, up to the first error.
//!
//! A block is understood whole before anything runs, so that a mistyped line never leaves half a setup behind. Looking at
//! what a block would do is the same run on a copy of the draft, with files that are only thought of ([`Shelf`]). Either
//! way the user may have lines passed over, and profiles saved under other names.

use super::auth::WantedLogin;
use super::command::{AuthAction, Command, Mistake, parse, shown};
use super::draft::{Draft, provider_named};
use super::keys::WantedKey;
use super::plan::Change;
use super::said::{Report, Said};
use super::saves::{Shelf, Written, undoing};
use super::{reports, table};
use crate::error::Problem;
use crate::operations::{DeleteInput, Named};
use crate::shared::Handle;
use crate::view::Undo;
use mainstay_profiles::{Entry, FolderError, Profile, Standard};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// A block to run.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConsoleInput {
    /// The commands, one a line. Keys may be among them.
    #[ts(type = "string")]
    pub text: SecretString,
    /// Only look at what would change.
    #[serde(default)]
    pub dry_run: bool,
    /// Keys for lines that hold a placeholder or `-`, by line from 1.
    #[serde(default)]
    #[ts(type = "Record<number, string>")]
    pub keys: BTreeMap<u32, SecretString>,
    /// Lines that are passed over, from 1. What they would have saved is not there for the lines after them.
    #[serde(default)]
    pub skip: BTreeSet<u32>,
    /// Other names for what a line saves, by line from 1. Lines after it that name it mean the other name too.
    #[serde(default)]
    #[ts(type = "Record<number, string>")]
    pub rename: BTreeMap<u32, String>,
}

/// A line that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Ran {
    /// The line, from 1.
    pub line: u32,
    /// The command, without what is secret in it.
    pub command: String,
    /// What it has to say; may be empty.
    pub output: String,
    /// The same as a table, where it is one.
    pub report: Option<Report>,
}

/// What became of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct ConsoleOutput {
    /// The lines that ran.
    pub ran: Vec<Ran>,
    /// What they changed, or would.
    pub changes: Vec<Change>,
    /// The lines that hold a placeholder where a key belongs.
    pub wanted: Vec<WantedKey>,
    /// The logins that it asks for. They wait for a person, so that the block does not.
    pub logins: Vec<WantedLogin>,
    /// The way back to the files as they were, if any was written.
    pub undo: Option<Undo>,
    /// The line that ended it before its end.
    pub failed_line: Option<u32>,
    /// Why.
    pub problem: Option<Problem>,
}

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Self {
        Self { code: "command_not_understood".to_owned(), message: mistake.message, hint: mistake.hint }
    }
}

pub(super) fn refused(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { code: code.to_owned(), message: message.into(), hint: hint.into() }
}

impl Handle {
    /// Runs a block, or looks at what it would change.
    pub(crate) async fn run_console(&self, input: ConsoleInput) -> ConsoleOutput {
        let mut output = ConsoleOutput::default();
        let mut steps = Vec::new();
        for (line, text) in (1..).zip(input.text.expose_secret().lines()) {
            match parse(text) {
                Ok(None) => {}
                Ok(Some(command)) => steps.push((line, shown(text), command)),
                Err(_) if input.skip.contains(&line) => {}
                Err(mistake) => {
                    output.failed_line = Some(line);
                    output.problem = Some(mistake.into());
                    return output;
                }
            }
        }
        let mut kept = self.0.console.lock().await;
        let mut run = Run {
            engine: self,
            draft: kept.clone(),
            shelf: Shelf::default(),
            keys: input.keys,
            rename: input.rename,
            called: BTreeMap::new(),
            dry: input.dry_run,
            changes: Vec::new(),
            wanted: Vec::new(),
            written: Vec::new(),
            logins: Vec::new(),
            deleted: None,
        };
        for (line, command, step) in steps {
            if input.skip.contains(&line) {
                if matches!(step, Command::Save(_)) {
                    run.pass_over_save();
                }
                continue;
            }
            match run.step(line, step).await {
                Ok(said) => output.ran.push(Ran { line, command, output: said.text, report: said.report }),
                Err(problem) => {
                    output.failed_line = Some(line);
                    output.problem = Some(problem);
                    break;
                }
            }
        }
        output.undo = run.way_back().await;
        if !run.dry {
            *kept = run.draft;
        }
        output.changes = run.changes;
        output.wanted = run.wanted;
        output.logins = run.logins;
        output
    }
}

/// A block under way.
pub(super) struct Run<'a> {
    pub(super) engine: &'a Handle,
    pub(super) draft: Draft,
    pub(super) shelf: Shelf,
    pub(super) keys: BTreeMap<u32, SecretString>,
    pub(super) rename: BTreeMap<u32, String>,
    /// What is saved under another name than the block says: the block's name, and that one.
    pub(super) called: BTreeMap<String, String>,
    pub(super) dry: bool,
    pub(super) changes: Vec<Change>,
    pub(super) wanted: Vec<WantedKey>,
    pub(super) written: Vec<Written>,
    /// The logins that the block asks for.
    pub(super) logins: Vec<WantedLogin>,
    /// The way back to what was deleted last.
    deleted: Option<Undo>,
}

impl Run<'_> {
    async fn step(&mut self, line: u32, command: Command) -> Result<Said, Problem> {
        let catalogue = &*self.engine.0.catalogue.now();
        let mut text = String::new();
        match command {
            Command::Provider(name) => {
                self.draft.begin(&name, catalogue)?;
                self.forget_wanted();
                text = format!("A new draft with {name}.");
            }
            Command::Model(name) => self.draft.set_model(&name)?,
            Command::Key(given) => text = self.key(line, given)?,
            Command::Keyfile(path) => self.draft.set_keyfile(&path)?,
            Command::BaseUrl(url) => self.draft.set_base_url(&url)?,
            Command::SetParam { name, value } => self.draft.set_param(&name, value)?,
            Command::Set { key, value } => self.draft.set(&key, value)?,
            Command::UnsetParam(name) => text = unset(&name, self.draft.unset_param(&name)?),
            Command::Unset(key) => text = unset(&key, self.draft.unset(&key)?),
            Command::KeySave { name, key } => text = self.keep_key(line, &name, key).await?,
            Command::KeyLoad(name) => text = self.load_key(&name).await?,
            Command::KeyList => return self.engine.kept_keys().await,
            Command::KeyDelete(name) => text = self.forget_key(line, &name).await?,
            Command::Save(name) => text = self.save(line, &name).await?,
            Command::SaveBalancer { name, policy, members, context_limit } => {
                text = self.save_balancer(line, &name, policy, members, context_limit).await?;
            }
            Command::Load(name) => text = self.load(line, name).await?,
            Command::List => return self.list(),
            Command::Show(name) => {
                let name = self.meant(name);
                text = crate::operations::profiles::readable(&self.read(&name)?.ok_or_else(|| self.missing(&name))?);
            }
            Command::Delete(name) => text = self.delete(line, name).await?,
            Command::SetDefault(name) => text = self.set_default(line, name).await?,
            Command::Auth => return self.engine.auth_report().await,
            Command::AuthOf { provider, action: AuthAction::Status } => {
                provider_named(&provider, catalogue)?;
                return self.engine.auth_report_of(&provider).await;
            }
            Command::AuthOf { provider, action } => text = self.auth(line, &provider, action).await?,
            Command::StatsBuckets => return self.engine.buckets_report().await,
            Command::StatsLb => return Ok(self.engine.balancer_report()),
            Command::StatsQuota => return Ok(reports::quota(&self.engine.0)),
            Command::Help => return Ok(table::help()),
        }
        Ok(text.into())
    }

    async fn load(&mut self, line: u32, name: String) -> Result<String, Problem> {
        let name = self.meant(name);
        self.read(&name)?.ok_or_else(|| self.missing(&name))?;
        let said = format!("{name} serves from now on.");
        let now = self.shelf.active.clone().or_else(|| self.engine.0.active.load_full().map(|now| now.to_string()));
        if now.as_ref() != Some(&name) {
            let details = now.map(|now| format!("in place of {now}")).into_iter().collect();
            self.changes.push(Change::new(line, "load", &name, details));
        }
        if self.dry {
            self.shelf.active = Some(name);
        } else {
            self.engine.use_now(Named { name }).await?;
        }
        Ok(said)
    }

    async fn set_default(&mut self, line: u32, name: Option<String>) -> Result<String, Problem> {
        let name = name.map(|name| self.meant(name));
        if let Some(name) = &name {
            self.read(name)?.ok_or_else(|| self.missing(name))?;
        }
        let now = self.shelf.default.clone();
        let now = now.unwrap_or_else(|| crate::active::read_default(self.engine.0.profiles.dir()));
        if now != name {
            let details = now.map(|now| format!("in place of {now}")).into_iter().collect();
            self.changes.push(Change::new(line, "default", name.as_deref().unwrap_or_default(), details));
        }
        let said = match &name {
            Some(name) => format!("{name} is the default, here and in the llxprt CLI."),
            None => "There is no default any more.".to_owned(),
        };
        match name {
            name if self.dry => self.shelf.default = Some(name),
            Some(name) => {
                self.engine.set_default(Named { name }).await?;
            }
            None => self.engine.blocking(|shared| crate::active::clear_default(shared.profiles.dir())).await?,
        }
        Ok(said)
    }

    async fn delete(&mut self, line: u32, name: String) -> Result<String, Problem> {
        let name = self.meant(name);
        self.read(&name)?.ok_or_else(|| self.missing(&name))?;
        let by = self.listed_by(&name);
        if self.dry && !by.is_empty() {
            return Err(crate::operations::folder_problem(&FolderError::Referenced { name, by }));
        }
        self.changes.push(Change::new(line, "delete", &name, Vec::new()));
        if self.dry {
            self.shelf.files.insert(name.clone(), None);
        } else {
            let input = DeleteInput { name: name.clone(), from_lists: false };
            self.deleted = Some(self.engine.delete_profile(input).await?);
        }
        Ok(format!("{name} is deleted."))
    }

    /// The way back to the files. What is deleted has a way back of its own, which can't be joined with that of others.
    async fn way_back(&mut self) -> Option<Undo> {
        let written = std::mem::take(&mut self.written);
        match self.deleted.take() {
            Some(undo) => written.is_empty().then_some(undo),
            None if written.is_empty() => None,
            None => self.engine.blocking(move |shared| Ok(shared.undoable(undoing(written)))).await.ok(),
        }
    }

    fn list(&self) -> Result<Said, Problem> {
        let entries = self.engine.0.entries().map_err(|error| crate::operations::folder_problem(&error))?;
        let active = self.engine.0.active.load_full();
        let default = crate::active::read_default(self.engine.0.profiles.dir());
        let (mut lines, mut report) = (Vec::new(), Report::new(["Name", "Kind", "Model or members", "Marks"]));
        for (entry, practice) in &entries {
            let Entry { name, profile, .. } = entry;
            let mut marks = Vec::new();
            marks.extend((active.as_deref() == Some(name)).then_some("active"));
            marks.extend((default.as_ref() == Some(name)).then_some("default"));
            marks.extend(practice.then_some("practice"));
            let marks = marks.join(", ");
            let (kind, what, line) = match profile {
                Ok(Profile::Standard(Standard { provider, model, .. })) => {
                    (provider.clone(), model.clone(), format!("{provider}, {model}"))
                }
                Ok(Profile::Balancer(balancer)) => {
                    let members: Vec<&str> = balancer.members.iter().map(|member| member.profile.as_str()).collect();
                    let members = members.join(", ");
                    (balancer.policy.to_string(), members.clone(), format!("{} over {members}", balancer.policy))
                }
                Err(error) => ("can't be used".to_owned(), error.to_string(), format!("can't be used: {error}")),
            };
            let marked = if marks.is_empty() { String::new() } else { format!(" ({marks})") };
            lines.push(format!("{name}{marked}: {line}"));
            report.row([name.clone(), kind, what, marks]);
        }
        let text = if lines.is_empty() { "There is no profile yet.".to_owned() } else { lines.join("\n") };
        Ok(Said::table(text, report))
    }
}

fn unset(name: &str, was: bool) -> String {
    if was { String::new() } else { format!("{name} was not set.") }
}

/// The names that completion offers.
pub(crate) async fn names(shared: &crate::shared::Shared) -> table::Names {
    let draft = shared.console.lock().await;
    let catalogue = shared.catalogue.now();
    let provider = draft.provider().and_then(|name| catalogue.provider(name));
    let mut models: Vec<String> =
        provider.into_iter().flat_map(|provider| &provider.models).map(|model| model.id.clone()).collect();
    let fetched = draft.provider().and_then(|name| crate::model_lists::ModelList::read(&shared.data_dir, name));
    for listed in fetched.into_iter().flat_map(|list| list.models) {
        if !models.contains(&listed.id) {
            models.push(listed.id);
        }
    }
    let parameters =
        ["temperature", "max_tokens", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed", "stop"];
    table::Names {
        providers: catalogue.providers().iter().map(|provider| provider.name.clone()).collect(),
        models,
        profiles: shared.entries().unwrap_or_default().into_iter().map(|(entry, _)| entry.name).collect(),
        settings: mainstay_profiles::known_settings().map(str::to_owned).collect(),
        parameters: parameters.map(str::to_owned).into(),
    }
}
