//! Keys that lie in environment variables or a `.env` file. Nothing is read before it is asked for, and no value is shown.

use super::{FindKeysInput, ImportKeysInput, KeyInput, VariableChoice, meant, problem};
use crate::error::{Problem, StartError};
use crate::shared::Handle;
use crate::view::{FoundKey, ImportedKey, WaitingProfile};
use mainstay_credentials::{SecretId, last_four, last_four_of, set_provider_key};
use mainstay_profiles::{Profile, settings_of};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;
use std::io::Read as _;
use url::Url;

/// The largest `.env` file, in bytes.
const LARGEST: u64 = 1 << 20;

type Variables = BTreeMap<String, SecretString>;

impl Handle {
    pub(super) async fn find_keys(&self, input: FindKeysInput) -> Result<Vec<FoundKey>, Problem> {
        let set = self.variables(input.file).await?;
        let entries = self.0.profiles.read_all().map_err(|error| super::folder_problem(&error))?;
        let catalogue = self.0.catalogue.now();
        let mut found = Vec::new();
        for provider in catalogue.providers() {
            let host = provider.base_url.as_deref().and_then(host_of);
            for variable in &provider.env {
                let Some(key) = set.get(variable) else { continue };
                let mut waiting = Vec::new();
                for entry in &entries {
                    let Ok(Profile::Standard(profile)) = &entry.profile else { continue };
                    if profile.provider != provider.name || self.0.credential_of(&entry.name).await.is_ok() {
                        continue;
                    }
                    let own = settings_of(&profile.settings).0.base_url;
                    let host = own.as_deref().map_or_else(|| host.clone(), host_of);
                    waiting.push(WaitingProfile { name: entry.name.clone(), host });
                }
                let id = SecretId::provider_key(&provider.name);
                let stored = self.0.sources.store.get(&id).await.ok().flatten().is_some();
                found.push(FoundKey {
                    variable: variable.clone(),
                    provider: provider.name.clone(),
                    host: host.clone(),
                    last_four: last_four_of(key),
                    waiting,
                    stored,
                });
            }
        }
        Ok(found)
    }

    pub(super) async fn import_keys(&self, input: ImportKeysInput) -> Result<Vec<ImportedKey>, Problem> {
        let set = match input.values {
            Some(values) => values,
            None => self.variables(input.file).await?,
        };
        let catalogue = self.0.catalogue.now();
        // All is checked before anything is stored.
        for choice in &input.keys {
            if !set.contains_key(&choice.variable) {
                let message = format!("The variable {} is not set there.", choice.variable);
                return Err(problem("key_missing", message, "Look for keys again."));
            }
            match (&choice.provider, &choice.profile) {
                (_, Some(_)) => {}
                (Some(provider), None) if catalogue.provider(provider).is_some() => {}
                _ => {
                    let message = format!("It is not said whose key {} holds.", choice.variable);
                    return Err(problem("bad_input", message, "Name a profile, or a provider of the catalogue."));
                }
            }
        }
        let store = &*self.0.sources.store;
        let mut imported = Vec::new();
        for choice in input.keys {
            let Some(key) = set.get(&choice.variable) else { continue };
            let id = match (&choice.profile, &choice.provider) {
                (Some(profile), _) => {
                    self.bind_key(profile, key).await?;
                    self.0.orphans.keep(profile);
                    SecretId::profile_key(profile)
                }
                (None, provider) => {
                    let provider = provider.as_deref().unwrap_or_default();
                    let stored = set_provider_key(store, provider, key).await;
                    stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
                    self.0.sources.redactor.learn(key);
                    SecretId::provider_key(provider)
                }
            };
            imported.push(ImportedKey {
                last_four: last_four(store, &id).await,
                variable: choice.variable,
                provider: choice.provider.filter(|_| choice.profile.is_none()),
                profile: choice.profile,
            });
        }
        self.reload().await?;
        Ok(imported)
    }

    /// The keys that variables of this process hold, each for a profile.
    pub(super) async fn of_environment(&self, choices: Vec<VariableChoice>) -> Result<Vec<KeyInput>, Problem> {
        if choices.is_empty() {
            return Ok(Vec::new());
        }
        let set = self.variables(None).await?;
        let keys = choices.into_iter().map(|VariableChoice { profile, variable }| match set.get(&variable) {
            Some(key) => Ok(KeyInput { profile, key: key.clone() }),
            None => {
                let message = format!("The variable {variable} is not set there.");
                Err(problem("key_missing", message, "Look for keys again."))
            }
        });
        keys.collect()
    }

    /// The variables that the catalogue names and that are set: of a file, or of this process.
    async fn variables(&self, file: Option<String>) -> Result<Variables, Problem> {
        let catalogue = self.0.catalogue.now();
        let names = catalogue.providers().iter().flat_map(|provider| &provider.env);
        let Some(file) = file else {
            let environment = &self.0.sources.environment;
            let value = |name: &String| Some((name.clone(), SecretString::from(environment.var(name)?)));
            return Ok(names.filter_map(value).filter(|(_, value)| !value.expose_secret().trim().is_empty()).collect());
        };
        let mut set = self.blocking(move |_| read(&file)).await?;
        let names: Vec<&String> = names.collect();
        set.retain(|name, value| names.contains(&name) && !value.expose_secret().trim().is_empty());
        Ok(set)
    }
}

/// Host and port of an address, as a person would name them.
fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn read(path: &str) -> Result<Variables, Problem> {
    let unreadable = |why: &dyn std::fmt::Display| {
        problem("env_unreadable", format!("{path} can't be read: {why}."), "Check the path.")
    };
    // Before opening: to open a pipe would wait for its writer.
    let file = meant(path);
    if !std::fs::metadata(&file).map_err(|error| unreadable(&error))?.is_file() {
        return Err(unreadable(&"it is not a file"));
    }
    let mut text = String::new();
    let file = std::fs::File::open(file).map_err(|error| unreadable(&error))?;
    let read = file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if read as u64 > LARGEST {
        return Err(unreadable(&"it is larger than 1 MiB"));
    }
    Ok(parse(&text))
}

/// `NAME=value` a line; `export`, quotes and comments as shells and dotenv libraries have them. No variable is expanded.
fn parse(text: &str) -> Variables {
    let mut found = Variables::new();
    for line in text.lines() {
        let line = line.trim_start_matches('\u{feff}').trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.split_once(quote));
        let value = match quoted {
            Some((inside, _)) => inside,
            None => value.split(" #").next().unwrap_or_default().trim(),
        };
        found.insert(name.to_owned(), SecretString::from(value.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_variables_is_read_as_shells_read_it() {
        let text = "# mine\nOPENAI_API_KEY=sk-1 # note\nexport GEMINI_API_KEY=\"a b\" # x\n\nXAI_API_KEY = 'q#q'\nnot a line\nA-B=1\nEMPTY=\n";
        let found: Vec<(String, String)> =
            parse(text).into_iter().map(|(name, value)| (name, value.expose_secret().to_owned())).collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found,
            [
                pair("EMPTY", ""),
                pair("GEMINI_API_KEY", "a b"),
                pair("OPENAI_API_KEY", "sk-1"),
                pair("XAI_API_KEY", "q#q")
            ]
        );
    }
}
