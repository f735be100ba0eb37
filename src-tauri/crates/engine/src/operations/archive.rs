//! Export and import of profiles and preferences.

use super::starters::Sheet;
use super::{ImportInput, Named, NetworkDraft, Nothing, PathInput, meant, problem};
use crate::archive::strip::{strip, values};
use crate::archive::{Archive, ArchiveError, LARGEST, fingerprint};
use crate::console::difference;
use crate::data::{private_dir, replace};
use crate::error::{Problem, StartError};
use crate::prices::OwnPrices;
use crate::retention::{self, RetentionDraft};
use crate::shared::{Handle, Shared};
use crate::view::{ArchiveExport, ImportFile, ImportOutcome, ImportPreference, ImportView};
use mainstay_profiles::{Document, MemberRef, NamedAuth, NamedProxy, Profile, set_members, settings_of};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;

/// Settings of a profile that this machine keeps while provider and address stay the same: an archive never has them.
const KEPT: [&str; 4] = ["auth-key", "apiKey", "api-key", "custom-headers"];

impl Handle {
    pub(super) async fn export_archive(&self, _: Nothing) -> Result<ArchiveExport, Problem> {
        self.blocking(|shared| {
            let archive = shared.archive()?;
            let bytes = archive.write().map_err(|error| archive_problem(&error))?;
            let stamp = jiff::Zoned::now().strftime("%Y-%m-%d-%H%M%S%3f").to_string();
            let folder = shared.data_dir.join("exports");
            let path = folder.join(format!("profiles-{stamp}.zip"));
            let written = private_dir(&folder).and_then(|()| replace(&path, &bytes));
            written.map_err(|source| StartError::DataFolder { path: path.clone(), source }.problem())?;
            Ok(ArchiveExport {
                path: path.display().to_string(),
                profiles: u32::try_from(archive.profiles.len()).unwrap_or(u32::MAX),
                left_out: archive.left_out,
            })
        })
        .await
    }

    pub(super) async fn preview_import(&self, input: PathInput) -> Result<ImportView, Problem> {
        let engine = self.clone();
        self.blocking(move |shared| {
            let (bytes, archive) = read(&input.path)?;
            let (mut files, mut left_out) = (Vec::new(), archive.left_out.clone());
            for (name, text) in &archive.profiles {
                let (file, taken) = engine.import_file(name, text)?;
                left_out.extend(taken.into_iter().map(|what| format!("{name}: {what}")));
                files.push(file);
            }
            let preferences = shared.import_preferences(&archive.preferences);
            Ok(ImportView { fingerprint: fingerprint(&bytes), files, preferences, left_out })
        })
        .await
    }

    pub(super) async fn import_archive(&self, input: ImportInput) -> Result<ImportOutcome, Problem> {
        let engine = self.clone();
        let (chosen, names, path, print) = (input.files, input.names, input.path, input.fingerprint);
        let (sheets, archive) = self
            .blocking(move |_| {
                let (bytes, archive) = read(&path)?;
                if fingerprint(&bytes) != print {
                    let message = "The file was changed since it was looked at.".to_owned();
                    return Err(problem("archive_changed", message, "Look at it again."));
                }
                let renamed: BTreeMap<&str, &str> = chosen
                    .iter()
                    .filter_map(|name| Some((name.as_str(), names.get(name)?.trim())))
                    .filter(|(name, other)| name != other)
                    .collect();
                let mut sheets: Vec<Sheet> = Vec::new();
                for name in &chosen {
                    let text = archive.profiles.get(name).ok_or_else(|| {
                        problem("bad_input", format!("The file holds no profile {name}."), "Choose from the list.")
                    })?;
                    let own = renamed.get(name.as_str()).copied();
                    if let Some(other) = own {
                        engine.free(other)?;
                    }
                    let here = own.unwrap_or(name);
                    if sheets.iter().any(|sheet| sheet.name == here) {
                        let message = format!("Two of the import would be called {here}.");
                        return Err(problem("profile_exists", message, "Choose another name."));
                    }
                    sheets.extend(engine.import_sheet(here, &following(text, &renamed))?);
                }
                // Members first, so that no balancer ever names a profile that is not there yet.
                sheets.sort_by_key(|sheet| matches!(Profile::parse("", &sheet.after), Ok(Profile::Balancer(_))));
                Ok((sheets, archive))
            })
            .await?;
        let changes = sheets.iter().map(Sheet::change).collect();
        let undo = if sheets.is_empty() {
            None
        } else {
            let undoing = self.blocking(move |shared| shared.write_all(sheets)).await?;
            self.reload().await?;
            Some(self.blocking(move |shared| Ok(shared.undoable(undoing))).await?)
        };
        let (mut preferences, mut problems) = (Vec::new(), Vec::new());
        for name in input.preferences {
            let Some(value) = archive.preferences.get(&name) else { continue };
            match self.set_preference(&name, value).await {
                Ok(()) => preferences.push(name),
                Err(error) => problems.push(format!("{name}: {} {}", error.message, error.hint)),
            }
        }
        Ok(ImportOutcome { changes, preferences, problems, undo })
    }

    fn import_sheet(&self, name: &str, text: &str) -> Result<Option<Sheet>, Problem> {
        self.not_practice(name)?;
        let (after, _) = cleaned(text)
            .ok_or_else(|| problem("profile_broken", format!("{name} in the file can't be used."), "Leave it out."))?;
        Profile::parse(name, &after).map_err(|error| super::file_problem(name, &error))?;
        let before = self.read_file(name)?;
        let after = merged(before.as_deref(), after);
        let same = before.as_deref().and_then(values) == values(&after);
        Ok((!same).then(|| Sheet { name: name.to_owned(), before, after }))
    }

    fn import_file(&self, name: &str, text: &str) -> Result<(ImportFile, Vec<String>), Problem> {
        let unusable = |reason: String| ImportFile {
            name: name.to_owned(),
            kind: "file".to_owned(),
            state: "unusable".to_owned(),
            details: vec![reason],
            address: None,
            key_from: None,
            proxy: None,
        };
        let Some((after, taken)) = cleaned(text) else {
            return Ok((unusable("it is not JSON".to_owned()), Vec::new()));
        };
        let profile = match Profile::parse(name, &after) {
            Ok(profile) => profile,
            Err(error) => return Ok((unusable(error.to_string()), taken)),
        };
        let sheet = match self.import_sheet(name, text) {
            Ok(sheet) => sheet,
            Err(error) => return Ok((unusable(error.message), taken)),
        };
        let (state, details) = match &sheet {
            None => ("same", Vec::new()),
            Some(Sheet { before: None, .. }) => ("new", Vec::new()),
            Some(Sheet { before: Some(before), after, .. }) => ("differs", difference(before, after)),
        };
        let (kind, address, key_from, proxy) = match &profile {
            Profile::Balancer(_) => ("balancer", None, None, None),
            Profile::Standard(standard) => {
                let (settings, _) = settings_of(&standard.settings);
                let named = match &standard.extension.auth {
                    Some(NamedAuth::Env(variable)) => Some(format!("the variable {variable}")),
                    Some(NamedAuth::Caller) => Some("the caller".to_owned()),
                    Some(NamedAuth::None_) | None => None,
                };
                let stored = settings.auth_key_name.clone().map(|name| format!("the key that the CLI keeps as {name}"));
                let file = settings.keyfile(None).map(|path| format!("the file {}", path.display()));
                let proxy = match &standard.extension.proxy {
                    Some(NamedProxy::Url(url)) => Some(url.to_string()),
                    _ => None,
                };
                ("profile", settings.base_url, named.or(stored).or(file), proxy)
            }
        };
        let file = ImportFile {
            name: name.to_owned(),
            kind: kind.to_owned(),
            state: state.to_owned(),
            details,
            address,
            key_from,
            proxy,
        };
        Ok((file, taken))
    }

    async fn set_preference(&self, name: &str, value: &Value) -> Result<(), Problem> {
        let unreadable = || problem("bad_input", "it can't be read.".to_owned(), "Set it by hand.");
        match name {
            "active" | "default" => {
                let route = Named { name: value.as_str().ok_or_else(unreadable)?.to_owned() };
                let set = if name == "active" { self.use_now(route).await } else { self.set_default(route).await };
                set.map(drop)
            }
            "retention" => {
                let draft = serde_json::from_value(value.clone()).map_err(|_| unreadable())?;
                self.set_retention(draft).await.map(drop)
            }
            "prices" => {
                let prices: OwnPrices = serde_json::from_value(value.clone()).map_err(|_| unreadable())?;
                for (provider, models) in prices {
                    for (model, price) in models {
                        let input = super::PriceInput { provider: provider.clone(), model, price: Some(price) };
                        self.set_price(input).await?;
                    }
                }
                Ok(())
            }
            "network" => {
                let draft: NetworkDraft = serde_json::from_value(value.clone()).map_err(|_| unreadable())?;
                self.set_network(draft).await.map(drop)
            }
            _ => Err(unreadable()),
        }
    }
}

impl Shared {
    fn archive(&self) -> Result<Archive, Problem> {
        let mut archive = Archive { preferences: self.preferences(), ..Archive::default() };
        for entry in self.profiles.read_all().map_err(|error| super::folder_problem(&error))? {
            let cleaned = self.profiles.text(&entry.name).ok().as_deref().and_then(cleaned);
            let Some((text, taken)) = cleaned.filter(|_| entry.profile.is_ok()) else {
                archive.left_out.push(format!("{}: its file can't be used", entry.name));
                continue;
            };
            // A key that Mainstay knows may stand where nobody would look for one.
            if self.sources.redactor.clean(&text) != text {
                archive.left_out.push(format!("{}: it holds a key in a place of its own", entry.name));
                continue;
            }
            archive.left_out.extend(taken.into_iter().map(|what| format!("{}: {what}", entry.name)));
            archive.profiles.insert(entry.name, text);
        }
        Ok(archive)
    }

    fn preferences(&self) -> Map<String, Value> {
        let saved = self.network.state().saved;
        let network = json!({ "proxy": saved.proxy, "noProxy": saved.no_proxy, "caFile": saved.ca_file });
        let own = [
            ("active", json!(self.active.load_full())),
            ("default", json!(crate::active::read_default(self.profiles.dir()))),
            ("retention", json!(retention::read(&self.data_dir))),
            ("prices", json!(self.watcher.prices.own_prices())),
            ("network", network),
        ];
        own.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn import_preferences(&self, brought: &Map<String, Value>) -> Vec<ImportPreference> {
        let now = self.preferences();
        let known = ["active", "default", "retention", "prices", "network"];
        let preference = |name: &str| {
            let after = brought.get(name)?;
            Some(ImportPreference {
                name: name.to_owned(),
                same: now.get(name) == Some(after),
                before: now.get(name).map_or_else(|| "none".to_owned(), |value| in_words(name, value)),
                after: in_words(name, after),
            })
        };
        known.into_iter().filter_map(preference).collect()
    }
}

/// A preference as a person would say it; what can't be read as one is shown as it stands.
fn in_words(name: &str, value: &Value) -> String {
    let words = match name {
        "retention" => serde_json::from_value(value.clone())
            .ok()
            .map(|draft: RetentionDraft| format!("{} days, at most {} MiB", draft.days, draft.mebibytes)),
        "prices" => serde_json::from_value(value.clone()).ok().map(|prices: OwnPrices| {
            let models: Vec<String> = prices.into_values().flat_map(BTreeMap::into_keys).collect();
            if models.is_empty() { "none".to_owned() } else { models.join(", ") }
        }),
        "network" => serde_json::from_value(value.clone()).ok().map(|draft: NetworkDraft| {
            let proxy = match draft.proxy.as_str() {
                "system" => "the system's proxy".to_owned(),
                "none" => "no proxy".to_owned(),
                address => format!("the proxy {address}"),
            };
            let hosts = draft.no_proxy.map(|hosts| format!("but not for {hosts}"));
            let file = draft.ca_file.map(|file| format!("certificates of {file}"));
            [Some(proxy), hosts, file].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }),
        _ => value.as_str().map(str::to_owned),
    };
    words.unwrap_or_else(|| value.to_string())
}

/// A profile's text without what may be secret, and what that was.
fn cleaned(text: &str) -> Option<(String, Vec<String>)> {
    let mut found = values(text)?;
    let taken = strip(&mut found);
    Some((format!("{:#}", Value::Object(found)), taken))
}

/// A load balancer's text in which members have the names under which they are imported; any other text as it is.
fn following(text: &str, renamed: &BTreeMap<&str, &str>) -> String {
    let Ok(Profile::Balancer(balancer)) = Profile::parse("", text) else { return text.to_owned() };
    let named = |member: &MemberRef| MemberRef {
        profile: renamed.get(member.profile.as_str()).map_or_else(|| member.profile.clone(), |&name| name.to_owned()),
        weight: member.weight,
    };
    let members: Vec<MemberRef> = balancer.members.iter().map(named).collect();
    let Ok(mut document) = Document::parse(text) else { return text.to_owned() };
    if members == balancer.members || set_members(&mut document, balancer.policy, &members).is_err() {
        return text.to_owned();
    }
    document.text().to_owned()
}

/// What an import is to leave: a file's own secrets stay where they are, unless they would go somewhere else.
fn merged(before: Option<&str>, after: String) -> String {
    let Some(old) = before.and_then(values) else { return after };
    let Some(mut new) = values(&after) else { return after };
    let address = |file: &Map<String, Value>| {
        let settings = file.get("ephemeralSettings");
        let proxy = file.get("x-mainstay").and_then(|block| block.get("proxy"));
        [file.get("provider"), settings.and_then(|settings| settings.get("base-url")), proxy]
            .map(Option::<&Value>::cloned)
    };
    if address(&old) != address(&new) {
        return after;
    }
    let Some(Value::Object(kept)) = old.get("ephemeralSettings") else { return after };
    let kept: Vec<(String, Value)> = kept
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if kept.is_empty() {
        return after;
    }
    let Some(Value::Object(settings)) = new.get_mut("ephemeralSettings") else { return after };
    settings.extend(kept);
    format!("{:#}", Value::Object(new))
}

fn read(path: &str) -> Result<(Vec<u8>, Archive), Problem> {
    let unreadable = |error: std::io::Error| {
        problem("archive_unreadable", format!("{path} can't be read: {error}."), "Check the path.")
    };
    // Before opening: to open a pipe would wait for its writer.
    let file = meant(path);
    if !std::fs::metadata(&file).map_err(unreadable)?.is_file() {
        return Err(problem("archive_unreadable", format!("{path} is not a file."), "Check the path."));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let archive = Archive::read(&bytes).map_err(|error| archive_problem(&error))?;
    Ok((bytes, archive))
}

fn archive_problem(error: &ArchiveError) -> Problem {
    let message = format!("The file can't be imported: {error}.");
    problem("archive_bad", message, "Nothing was changed. Use a file that Mainstay's export has written.")
}
