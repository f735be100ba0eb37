//! Runs a block of commands, line by line, up to the first error.
//!
//! A block is understood whole before anything runs, so that a mistyped line never leaves half a setup behind. Looking at
//! what a block would do is the same run on a copy of the draft, with files that are only thought of ([`Shelf`]).

use super::command::{AuthAction, Command, Given, Mistake, parse, shown};
use super::draft::{Draft, DraftKey, in_words, nearest, provider_named};
use super::plan::{Change, difference};
use super::{reports, table};
use crate::error::{Problem, StartError};
use crate::operations::{DeleteInput, Named};
use crate::shared::Handle;
use crate::undo::Undoing;
use mainstay_credentials::{Origin, SecretId, last_four, set_profile_key};
use mainstay_profiles::{
    Document, Entry, Fingerprint, FolderError, MemberRef, Policy, Profile, Write, new_balancer_text, set_members,
    settings_of,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;
use url::Url;

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
}

/// What became of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ConsoleOutput {
    /// The lines that ran.
    pub ran: Vec<Ran>,
    /// What they changed, or would.
    pub changes: Vec<Change>,
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

fn refused(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem { code: code.to_owned(), message: message.into(), hint: hint.into() }
}

impl Handle {
    /// Runs a block, or looks at what it would change.
    pub(crate) async fn run_console(&self, input: ConsoleInput) -> ConsoleOutput {
        let mut output = ConsoleOutput { ran: Vec::new(), changes: Vec::new(), failed_line: None, problem: None };
        let mut steps = Vec::new();
        for (line, text) in (1..).zip(input.text.expose_secret().lines()) {
            match parse(text) {
                Ok(None) => {}
                Ok(Some(command)) => steps.push((line, shown(text), command)),
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
            dry: input.dry_run,
            changes: Vec::new(),
        };
        for (line, command, step) in steps {
            match run.step(line, step).await {
                Ok(said) => output.ran.push(Ran { line, command, output: said }),
                Err(problem) => {
                    output.failed_line = Some(line);
                    output.problem = Some(problem);
                    break;
                }
            }
        }
        if !run.dry {
            *kept = run.draft;
        }
        output.changes = run.changes;
        output
    }
}

/// Files as they would be.
#[derive(Default)]
struct Shelf(BTreeMap<String, Option<String>>);

struct Run<'a> {
    engine: &'a Handle,
    draft: Draft,
    shelf: Shelf,
    keys: BTreeMap<u32, SecretString>,
    dry: bool,
    changes: Vec<Change>,
}

impl Run<'_> {
    async fn step(&mut self, line: u32, command: Command) -> Result<String, Problem> {
        let catalogue = &*self.engine.0.catalogue.now();
        match command {
            Command::Provider(name) => {
                self.draft.begin(&name, catalogue)?;
                Ok(format!("A new draft with {name}."))
            }
            Command::Model(name) => {
                self.draft.set_model(&name)?;
                Ok(String::new())
            }
            Command::Key(given) => self.key(line, given),
            Command::Keyfile(path) => {
                self.draft.set_keyfile(&path)?;
                Ok(String::new())
            }
            Command::BaseUrl(url) => {
                self.draft.set_base_url(&url)?;
                Ok(String::new())
            }
            Command::SetParam { name, value } => {
                self.draft.set_param(&name, value)?;
                Ok(String::new())
            }
            Command::Set { key, value } => {
                self.draft.set(&key, value)?;
                Ok(String::new())
            }
            Command::UnsetParam(name) => Ok(unset(&name, self.draft.unset_param(&name)?)),
            Command::Unset(key) => Ok(unset(&key, self.draft.unset(&key)?)),
            Command::KeySave { name, key } => self.keep_key(line, &name, key).await,
            Command::KeyLoad(name) => self.load_key(&name).await,
            Command::KeyList => self.engine.kept_keys().await,
            Command::KeyDelete(name) => self.forget_key(line, &name).await,
            Command::Save(name) => self.save(line, &name).await,
            Command::SaveBalancer { name, policy, members, context_limit } => {
                self.save_balancer(line, &name, policy, members, context_limit).await
            }
            Command::Load(name) => self.load(line, name).await,
            Command::List => self.list(),
            Command::Show(name) => {
                let text = self.read(&name)?.ok_or_else(|| self.missing(&name))?;
                Ok(crate::operations::profiles::readable(&text))
            }
            Command::Delete(name) => self.delete(line, &name).await,
            Command::SetDefault(name) => self.set_default(line, name).await,
            Command::Auth => self.engine.auth_report().await,
            Command::AuthOf { provider, action } => self.auth(line, &provider, action).await,
            Command::StatsBuckets => self.engine.buckets_report().await,
            Command::StatsLb => Ok(self.engine.balancer_report()),
            Command::StatsQuota => Ok(reports::quota(&self.engine.0)),
            Command::Help => Ok(table::help()),
        }
    }

    /// The key that was given, or that goes in the place of what stood there.
    fn real(&mut self, line: u32, given: Given) -> DraftKey {
        match (self.keys.remove(&line), given) {
            (Some(key), _) | (None, Given::Secret(key)) => DraftKey::Secret(key),
            (None, Given::Placeholder | Given::StandardInput) => DraftKey::Placeholder,
        }
    }

    fn key(&mut self, line: u32, given: Given) -> Result<String, Problem> {
        let awaited = matches!(given, Given::StandardInput);
        let key = self.real(line, given);
        if awaited && !self.dry && matches!(key, DraftKey::Placeholder) {
            return Err(refused("key_missing", "No key came on standard input.", "Write it there, or after /key."));
        }
        let said = match key {
            DraftKey::Placeholder => "That is the recipe's placeholder: the profile is saved as one that needs a key.",
            _ => "",
        };
        self.draft.set_key(key)?;
        Ok(said.to_owned())
    }

    async fn keep_key(&mut self, line: u32, name: &str, given: Given) -> Result<String, Problem> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            let hint = "A name has 1 to 64 letters, digits, dots, underscores or hyphens.";
            return Err(refused("key_name_invalid", format!("\"{name}\" can't name a key."), hint));
        }
        let DraftKey::Secret(key) = self.real(line, given) else {
            return Err(refused("key_missing", "There is no key to keep.", "Write it after the name."));
        };
        self.changes.push(Change::new(line, "key", name, vec!["kept under this name".to_owned()]));
        if !self.dry {
            let sources = &self.engine.0.sources;
            let stored = sources.store.set(&SecretId::named_key(name), &key).await;
            stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
            sources.redactor.learn(&key);
        }
        Ok(format!("Kept as {name}."))
    }

    async fn load_key(&mut self, name: &str) -> Result<String, Problem> {
        let found = self.engine.0.sources.store.get(&SecretId::named_key(name)).await;
        let found = found.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        let key = found.ok_or_else(|| {
            refused("no_such_key", format!("No key is kept as \"{name}\"."), "/key list shows those that are.")
        })?;
        self.draft.set_key(DraftKey::Secret(key))?;
        Ok(String::new())
    }

    async fn forget_key(&mut self, line: u32, name: &str) -> Result<String, Problem> {
        self.changes.push(Change::new(line, "key", name, vec!["forgotten".to_owned()]));
        if self.dry {
            return Ok(String::new());
        }
        let deleted = self.engine.0.sources.store.delete(&SecretId::named_key(name)).await;
        let was = deleted.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        Ok(if was { format!("{name} is forgotten.") } else { format!("No key was kept as {name}.") })
    }

    /// A file's text, or as it would be by now; `None` where there is none.
    fn read(&self, name: &str) -> Result<Option<String>, Problem> {
        if let Some(thought) = self.shelf.0.get(name) {
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
        for (name, text) in &self.shelf.0 {
            match text {
                Some(_) if !names.contains(name) => names.push(name.clone()),
                Some(_) => {}
                None => names.retain(|known| known != name),
            }
        }
        names
    }

    fn missing(&self, name: &str) -> Problem {
        let names = self.names();
        let hint = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None if names.is_empty() => "Save one with /profile save NAME.".to_owned(),
            None => format!("There are: {}.", names.join(", ")),
        };
        refused("profile_missing", format!("There is no profile \"{name}\"."), hint)
    }

    /// Writes a file, or thinks of it as written.
    async fn write(&mut self, line: u32, name: &str, before: Option<String>, after: String) -> Result<(), Problem> {
        let details = before.as_deref().map(|before| difference(before, &after)).unwrap_or_default();
        let kind = if before.is_some() { "replace" } else { "create" };
        if before.as_ref() != Some(&after) {
            self.changes.push(Change::new(line, kind, name, details));
        }
        if self.dry {
            self.shelf.0.insert(name.to_owned(), Some(after));
            return Ok(());
        }
        let file = name.to_owned();
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
                let left = Fingerprint::of(&after);
                let undoing = match before {
                    None => Undoing::Remove { name: file, left },
                    Some(text) => Undoing::Restore { name: file, text, left },
                };
                shared.undoable(undoing);
                Ok(())
            })
            .await
    }

    async fn save(&mut self, line: u32, name: &str) -> Result<String, Problem> {
        self.draft.whole()?;
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
        self.write(line, name, before, after).await?;
        let told = match &self.draft.key {
            DraftKey::None => format!("{name} is saved."),
            DraftKey::Placeholder => format!("{name} is saved. It needs a key."),
            DraftKey::Secret(key) => {
                if !self.dry {
                    self.engine.bind_key(name, key).await?;
                }
                format!("{name} is saved, with its key.")
            }
        };
        // The key was for this one.
        self.draft.key = DraftKey::None;
        if !self.dry {
            self.engine.reload().await?;
        }
        Ok(told)
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

    async fn save_balancer(
        &mut self,
        line: u32,
        name: &str,
        policy: Policy,
        members: Vec<(String, Option<u32>)>,
        context_limit: Option<u64>,
    ) -> Result<String, Problem> {
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
        self.write(line, name, before, after).await?;
        if !self.dry {
            self.engine.reload().await?;
        }
        let names: Vec<&str> = list.iter().map(|member| member.profile.as_str()).collect();
        Ok(format!("{name} is saved: {} {}.", names.join(", "), in_words(policy)))
    }

    async fn load(&mut self, line: u32, name: String) -> Result<String, Problem> {
        self.read(&name)?.ok_or_else(|| self.missing(&name))?;
        self.changes.push(Change::new(line, "load", &name, Vec::new()));
        let said = format!("{name} serves from now on.");
        if !self.dry {
            self.engine.use_now(Named { name }).await?;
        }
        Ok(said)
    }

    async fn set_default(&mut self, line: u32, name: Option<String>) -> Result<String, Problem> {
        if let Some(name) = &name {
            self.read(name)?.ok_or_else(|| self.missing(name))?;
        }
        self.changes.push(Change::new(line, "default", name.as_deref().unwrap_or_default(), Vec::new()));
        let said = match &name {
            Some(name) => format!("{name} is the default, here and in the llxprt CLI."),
            None => "There is no default any more.".to_owned(),
        };
        match name {
            _ if self.dry => {}
            Some(name) => {
                self.engine.set_default(Named { name }).await?;
            }
            None => self.engine.blocking(|shared| crate::active::clear_default(shared.profiles.dir())).await?,
        }
        Ok(said)
    }

    async fn delete(&mut self, line: u32, name: &str) -> Result<String, Problem> {
        self.read(name)?.ok_or_else(|| self.missing(name))?;
        self.changes.push(Change::new(line, "delete", name, Vec::new()));
        if self.dry {
            self.shelf.0.insert(name.to_owned(), None);
        } else {
            self.engine.delete_profile(DeleteInput { name: name.to_owned(), from_lists: false }).await?;
        }
        Ok(format!("{name} is deleted."))
    }

    fn list(&self) -> Result<String, Problem> {
        let entries = self.engine.0.entries().map_err(|error| crate::operations::folder_problem(&error))?;
        let active = self.engine.0.active.load_full();
        let default = crate::active::read_default(self.engine.0.profiles.dir());
        let line = |(entry, practice): &(Entry, bool)| {
            let mut marks = Vec::new();
            marks.extend((active.as_deref() == Some(&entry.name)).then_some("active"));
            marks.extend((default.as_ref() == Some(&entry.name)).then_some("default"));
            marks.extend(practice.then_some("practice"));
            let what = match &entry.profile {
                Ok(Profile::Standard(standard)) => format!("{}, {}", standard.provider, standard.model),
                Ok(Profile::Balancer(balancer)) => {
                    let members: Vec<&str> = balancer.members.iter().map(|member| member.profile.as_str()).collect();
                    format!("{} over {}", balancer.policy, members.join(", "))
                }
                Err(error) => format!("can't be used: {error}"),
            };
            let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
            format!("{}{marks}: {what}", entry.name)
        };
        if entries.is_empty() {
            return Ok("There is no profile yet.".to_owned());
        }
        Ok(entries.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    async fn auth(&mut self, line: u32, provider: &str, action: AuthAction) -> Result<String, Problem> {
        provider_named(provider, &self.engine.0.catalogue.now())?;
        let enable = match action {
            AuthAction::Enable => true,
            AuthAction::Disable => false,
            AuthAction::Status => return self.engine.auth_report_of(provider).await,
            AuthAction::Logout => return Ok(format!("Nobody is logged in at {provider}.")),
            AuthAction::Login => {
                let message = "Logging in through the browser is not built yet.";
                return Err(refused("login_not_built", message, "Use a key: /key KEY before /profile save."));
            }
        };
        let details = vec![if enable { "logins allowed" } else { "no login used" }.to_owned()];
        self.changes.push(Change::new(line, "login", provider, details));
        if !self.dry {
            let name = provider.to_owned();
            self.engine
                .blocking(move |shared| {
                    crate::logins::set_enabled(&shared.data_dir, &name, enable)
                        .map_err(|source| StartError::DataFolder { path: shared.data_dir.clone(), source }.problem())
                })
                .await?;
        }
        Ok(format!("Logins for {provider} are {}.", if enable { "allowed" } else { "not used" }))
    }
}

fn unset(name: &str, was: bool) -> String {
    if was { String::new() } else { format!("{name} was not set.") }
}

impl Handle {
    /// Binds a key to a profile and its address.
    pub(crate) async fn bind_key(&self, name: &str, key: &SecretString) -> Result<(), Problem> {
        let profile = self.0.profiles.read(name).map_err(|error| crate::operations::file_problem(name, &error))?;
        let Profile::Standard(standard) = profile else { return Ok(()) };
        let base = settings_of(&standard.settings).0.base_url;
        let base = base.or_else(|| self.0.catalogue.now().provider(&standard.provider)?.base_url.clone());
        let origin = base.and_then(|base| Url::parse(&base).ok()).map(|url| Origin::from(&url)).ok_or_else(|| {
            refused("no_address", format!("{name} has no address to send a key to."), "Give it one with /baseurl URL.")
        })?;
        let stored = set_profile_key(&*self.0.sources.store, name, &origin, key).await;
        stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        self.0.sources.redactor.learn(key);
        Ok(())
    }

    /// The keys that are kept, by their last four characters.
    async fn kept_keys(&self) -> Result<String, Problem> {
        let store = &*self.0.sources.store;
        let ids = store.list().await.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        let mut lines = Vec::new();
        for id in ids {
            let what = match (id.name(), id.profile(), id.provider()) {
                (Some(name), _, _) => name.to_owned(),
                (_, Some(profile), _) => format!("of the profile {profile}"),
                (_, _, Some(provider)) => format!("of the provider {provider}"),
                _ => continue,
            };
            let tail = last_four(store, &id).await.map_or_else(String::new, |tail| format!(", ends in {tail}"));
            lines.push(format!("{what}{tail}"));
        }
        Ok(if lines.is_empty() { "No key is kept.".to_owned() } else { lines.join("\n") })
    }
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
