//! The catalogue in force: the one that ships, and what is laid over it.
//!
//! From below: the shipped data, the CLI's alias files, `catalogue.json` of the data folder (the user's own providers and
//! models), the file given with `--catalogue`. All but the first are looked at again while the engine runs.
//!
//! Invariant: what can't be used never stops a start, unless the start itself named it. A fault found later changes nothing:
//! the catalogue in force stays.

use crate::data::replace;
use crate::error::StartError;
use arc_swap::ArcSwap;
use mainstay_credentials::oauth::Flow;
use mainstay_profiles::{Catalogue, alias_folder};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use std::{fs, io};

const FILE: &str = "catalogue.json";
/// The most alias files that are read, and the most bytes of one.
const MOST_ALIASES: usize = 200;
const LARGEST: u64 = 1 << 20;

/// Where the layers lie.
#[derive(Clone, Debug)]
struct Places {
    given: Option<PathBuf>,
    own: PathBuf,
    aliases: Option<PathBuf>,
}

/// The catalogue in force.
#[derive(Debug)]
pub(crate) struct Layers {
    now: ArcSwap<Catalogue>,
    places: Places,
}

/// What the layers' files looked like.
pub(crate) type Looks = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Why the user's own file was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnError {
    /// It can't be read or written.
    #[error("{FILE} in the data folder can't be used: {0}")]
    Io(#[from] io::Error),
    /// What is in it, or was to be, is no catalogue.
    #[error("{0}")]
    Unfit(String),
}

impl Layers {
    /// Reads all layers.
    ///
    /// # Errors
    /// When the file given at the start can't be used.
    pub(crate) fn read(given: Option<&Path>, data_dir: &Path) -> Result<Self, StartError> {
        let places = Places { given: given.map(Path::to_owned), own: data_dir.join(FILE), aliases: alias_folder() };
        let mut catalogue = Catalogue::builtin();
        places.lay_aliases(&mut catalogue);
        if let Err(error) = places.lay_own(&mut catalogue) {
            tracing::warn!(%error, "the user's own providers are left out");
        }
        places.lay_given(&mut catalogue)?;
        Ok(Self { now: ArcSwap::from_pointee(catalogue), places })
    }

    /// The catalogue as it is now.
    pub(crate) fn now(&self) -> Arc<Catalogue> {
        self.now.load_full()
    }

    /// Reads the layers again. Says whether that was possible; the catalogue in force stays otherwise.
    pub(crate) fn read_again(&self) -> bool {
        let mut catalogue = Catalogue::builtin();
        self.places.lay_aliases(&mut catalogue);
        let laid = self.places.lay_own(&mut catalogue).map_err(|error| error.to_string());
        let laid = laid.and_then(|()| self.places.lay_given(&mut catalogue).map_err(|error| error.to_string()));
        match laid {
            Ok(()) => self.now.store(Arc::new(catalogue)),
            Err(ref error) => tracing::warn!(error, "the catalogue could not be read again; the one in force stays"),
        }
        laid.is_ok()
    }

    /// What the files look like: they have not changed while this is the same.
    pub(crate) fn look(&self) -> Looks {
        let mut files: Vec<PathBuf> = self.places.given.iter().cloned().collect();
        files.push(self.places.own.clone());
        files.extend(self.places.alias_files());
        let look = |file: PathBuf| {
            let metadata = fs::metadata(&file).ok()?;
            Some((file, metadata.len(), metadata.modified().ok()))
        };
        files.into_iter().filter_map(look).collect()
    }

    /// The providers of the user's own file, by name.
    pub(crate) fn own_names(&self) -> Vec<String> {
        let Ok(own) = self.places.own_file() else { return Vec::new() };
        let shipped = Catalogue::builtin();
        let names = own.iter().filter_map(|provider| provider["name"].as_str());
        names.filter(|name| shipped.provider(name).is_none()).map(str::to_owned).collect()
    }

    /// What the user has set of a provider's login.
    pub(crate) fn own_login(&self, name: &str) -> Option<Value> {
        let own = self.places.own_file().ok()?;
        own.iter().find(|provider| provider["name"] == name)?.get("oauth").cloned()
    }

    /// Sets what the user wants otherwise of a provider's login, or nothing. On a thread that may block.
    pub(crate) fn set_own_login(&self, name: &str, login: Option<Value>) -> Result<(), OwnError> {
        let mut own = self.places.own_file()?;
        let known = own.iter_mut().find(|provider| provider["name"] == name);
        match (known.and_then(Value::as_object_mut), login) {
            (Some(provider), Some(login)) => {
                provider.insert("oauth".to_owned(), login);
            }
            (Some(provider), None) => {
                provider.remove("oauth");
            }
            (None, Some(login)) => own.push(json!({ "name": name, "oauth": login })),
            (None, None) => return Ok(()),
        }
        own.retain(|provider| provider.as_object().is_some_and(|fields| fields.keys().any(|key| key != "name")));
        self.check_login(name, &own)?;
        self.keep_own(&own)
    }

    /// A login that could not be used is not written.
    fn check_login(&self, name: &str, own: &[Value]) -> Result<(), OwnError> {
        let mut trial = Catalogue::builtin();
        let file = json!({ "version": 1, "providers": own });
        trial.overlay(&file.to_string(), FILE).map_err(|error| OwnError::Unfit(error.to_string()))?;
        match trial.provider(name).and_then(|provider| provider.oauth.as_ref()) {
            Some(login) => Flow::of(name, login).map(|_| ()).map_err(|error| OwnError::Unfit(error.to_string())),
            None => Ok(()),
        }
    }

    /// Adds a provider to the user's own file, or changes the one of its name there. On a thread that may block.
    pub(crate) fn put_own(&self, provider: Map<String, Value>) -> Result<(), OwnError> {
        let mut own = self.places.own_file()?;
        let same = own.iter_mut().find(|known| known.get("name") == provider.get("name"));
        match same.and_then(Value::as_object_mut) {
            Some(known) => change(known, provider),
            None => own.push(Value::Object(provider)),
        }
        self.keep_own(&own)
    }

    /// Takes a provider out of the user's own file; says whether it was there. On a thread that may block.
    pub(crate) fn remove_own(&self, name: &str) -> Result<bool, OwnError> {
        let mut own = self.places.own_file()?;
        let before = own.len();
        own.retain(|provider| provider["name"] != name);
        if own.len() == before {
            return Ok(false);
        }
        self.keep_own(&own).map(|()| true)
    }

    /// Writes the file only if it fits, then takes it.
    fn keep_own(&self, providers: &[Value]) -> Result<(), OwnError> {
        let file = json!({ "version": 1, "providers": providers });
        let mut trial = Catalogue::builtin();
        self.places.lay_aliases(&mut trial);
        trial.overlay(&file.to_string(), FILE).map_err(|error| OwnError::Unfit(error.to_string()))?;
        let text = serde_json::to_vec_pretty(&file).map_err(io::Error::other)?;
        replace(&self.places.own, &text)?;
        self.read_again();
        Ok(())
    }
}

/// Makes an entry what a form says. What no form settles (logins, prices, headers of its own) was written by hand, and stays.
fn change(known: &mut Map<String, Value>, provider: Map<String, Value>) {
    for settled in ["title", "env"] {
        known.shift_remove(settled);
    }
    for (key, value) in provider {
        let value = match (known.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                old.extend(new);
                continue;
            }
            (Some(Value::Array(old)), Value::Array(models)) if key == "models" => {
                models.into_iter().map(|model| model_in(old, model)).collect()
            }
            (_, value) => value,
        };
        known.insert(key, value);
    }
}

fn model_in(known: &[Value], model: Value) -> Value {
    let same = known.iter().find(|each| each["id"] == model["id"]).and_then(Value::as_object);
    let (Some(same), Value::Object(model)) = (same, &model) else { return model };
    let mut whole = same.clone();
    whole.retain(|key, _| !["context_window", "max_output"].contains(&key.as_str()));
    whole.extend(model.clone());
    Value::Object(whole)
}

impl Places {
    fn lay_aliases(&self, catalogue: &mut Catalogue) {
        for file in self.alias_files() {
            let name = file.display().to_string();
            let laid = read_bounded(&file).map_err(|error| error.to_string());
            let laid = laid.and_then(|text| catalogue.overlay_alias(&text, &name).map_err(|error| error.to_string()));
            if let Err(error) = laid {
                tracing::warn!(file = name, error, "an alias of the llxprt CLI can't be used");
            }
        }
    }

    fn lay_own(&self, catalogue: &mut Catalogue) -> Result<(), OwnError> {
        match read_bounded(&self.own) {
            Ok(text) => catalogue.overlay(&text, FILE).map_err(|error| OwnError::Unfit(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn lay_given(&self, catalogue: &mut Catalogue) -> Result<(), StartError> {
        let Some(path) = &self.given else { return Ok(()) };
        let text =
            fs::read_to_string(path).map_err(|source| StartError::CatalogueFile { path: path.to_owned(), source })?;
        Ok(catalogue.overlay(&text, &path.display().to_string())?)
    }

    /// The providers of the user's own file; a file that can't be read is an error, so that nothing is written over it.
    fn own_file(&self) -> Result<Vec<Value>, OwnError> {
        let text = match read_bounded(&self.own) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut file: Value = serde_json::from_str(&text).map_err(|error| OwnError::Unfit(error.to_string()))?;
        match file.get_mut("providers").map(Value::take) {
            Some(Value::Array(providers)) => Ok(providers),
            _ => Err(OwnError::Unfit(format!("{FILE} in the data folder has no list of providers"))),
        }
    }

    fn alias_files(&self) -> Vec<PathBuf> {
        let Some(entries) = self.aliases.as_deref().and_then(|dir| fs::read_dir(dir).ok()) else { return Vec::new() };
        let alias = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "config" || kind == "json");
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(alias).collect();
        files.sort();
        files.truncate(MOST_ALIASES);
        files
    }
}

fn read_bounded(path: &Path) -> io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let read = fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if read as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(dir: &Path) -> Layers {
        let places = Places { given: None, own: dir.join(FILE), aliases: Some(dir.join("providers")) };
        let layers = Layers { now: ArcSwap::from_pointee(Catalogue::builtin()), places };
        layers.read_again();
        layers
    }

    fn provider(name: &str, base_url: &str) -> Map<String, Value> {
        let value = json!({ "name": name, "dialect": "openai-chat", "base_url": base_url });
        value.as_object().unwrap().clone()
    }

    #[test]
    fn own_providers_are_kept_and_taken_out_again() {
        let dir = tempfile::tempdir().unwrap();
        let layers = layers(dir.path());
        layers.put_own(provider("mine", "http://localhost:1/v1")).unwrap();
        layers.put_own(provider("mine", "http://localhost:2/v1")).unwrap();
        assert_eq!(layers.now().provider("mine").unwrap().base_url.as_deref(), Some("http://localhost:2/v1"));
        assert_eq!(layers.own_names(), ["mine"]);
        let unfit = layers.put_own(provider("bad", "ftp://localhost"));
        assert!(matches!(unfit, Err(OwnError::Unfit(_))), "{unfit:?}");
        assert_eq!(layers.own_names(), ["mine"]);
        assert!(layers.remove_own("mine").unwrap());
        assert!(layers.now().provider("mine").is_none() && !layers.remove_own("mine").unwrap());
    }

    #[test]
    fn what_was_written_by_hand_outlives_a_change_by_form() {
        let dir = tempfile::tempdir().unwrap();
        let layers = layers(dir.path());
        let written = json!({ "version": 1, "providers": [{
            "name": "mine", "title": "Mine", "dialect": "openai-chat", "base_url": "http://localhost:1/v1", "env": ["MINE"],
            "cost_class": "low", "static_headers": { "x-team": "blue" },
            "models": [{ "id": "a", "max_output": 5, "retires": "2027-01-01" }, { "id": "b" }],
        }]});
        fs::write(dir.path().join(FILE), written.to_string()).unwrap();
        let mut form = provider("mine", "http://localhost:2/v1");
        form.insert("models".into(), json!([{ "id": "a", "context_window": 9 }]));
        form.insert("static_headers".into(), json!({ "anthropic-version": "2023-06-01" }));
        layers.put_own(form).unwrap();
        let file: Value = serde_json::from_str(&fs::read_to_string(dir.path().join(FILE)).unwrap()).unwrap();
        let expected = json!({
            "name": "mine", "dialect": "openai-chat", "base_url": "http://localhost:2/v1", "cost_class": "low",
            "static_headers": { "x-team": "blue", "anthropic-version": "2023-06-01" },
            "models": [{ "id": "a", "retires": "2027-01-01", "context_window": 9 }],
        });
        assert_eq!(file["providers"][0], expected);
    }

    #[test]
    fn a_broken_file_changes_nothing_and_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let layers = layers(dir.path());
        layers.put_own(provider("mine", "http://localhost:1/v1")).unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(!layers.read_again());
        assert!(layers.now().provider("mine").is_some());
        assert!(layers.put_own(provider("other", "http://localhost:1/v1")).is_err());
        assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), "{");
    }

    #[test]
    fn the_clis_aliases_lie_under_the_users_own_file_and_a_bad_one_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("providers")).unwrap();
        let alias = r#"{ "name": "theirs", "baseProvider": "openai", "base-url": "http://localhost:1/v1" } // alias"#;
        fs::write(dir.path().join("providers/theirs.config"), alias).unwrap();
        fs::write(dir.path().join("providers/bad.config"), "{").unwrap();
        let layers = layers(dir.path());
        assert!(layers.now().provider("theirs").is_some());
        let before = layers.look();
        layers.put_own(provider("theirs", "http://localhost:2/v1")).unwrap();
        assert_eq!(layers.now().provider("theirs").unwrap().base_url.as_deref(), Some("http://localhost:2/v1"));
        assert_ne!(layers.look(), before);
    }
}
