//! What is known about providers and their models.
//!
//! The catalogue is data: `catalogue.json` in this crate, over which a user may lay files of the same format
//! ([`Catalogue::overlay`]). Its format is described in the crate's README and enforced here: an unknown key is an error,
//! because a misspelt one would silently do nothing. A fact that we don't know is absent, never guessed.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::settings::usable_base_url;

mod alias;

pub use alias::alias_folder;

const BUILTIN: &str = include_str!("catalogue.json");

/// Providers and their models.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// The merged JSON, from which the typed form is made anew after each overlay.
    merged: Value,
    providers: Vec<Provider>,
}

/// A service that serves models.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// What a profile's `provider` says; case-sensitive, as in the CLI.
    pub name: String,
    /// Its name for a person.
    pub title: String,
    /// The wire dialect: `anthropic`, `openai-chat`, `openai-responses` or `gemini`.
    pub dialect: String,
    /// Where it is, without a trailing slash; for OpenAI's dialects with the version (`…/v1`), else without. `None`: a profile
    /// must say (`base-url`).
    pub base_url: Option<String>,
    /// Ways to authenticate, best first.
    pub auth: Vec<AuthScheme>,
    /// The header that carries an API key.
    pub key_header: KeyHeader,
    /// Environment variables that commonly hold its key. Used only when the user accepts.
    pub env: Vec<String>,
    /// Origins (`scheme://host:port`, default ports left out) to which a stored credential may go. Unless the data says
    /// otherwise, the origin of `base_url` alone.
    pub origins: Vec<String>,
    /// The models that we know.
    pub models: Vec<Model>,
    /// Facts about models by pattern (`id` with `*`), for those that `models` doesn't list or says less about.
    pub families: Vec<Model>,
    /// What speaks for it, in a few words.
    pub strengths: Option<String>,
    /// What to keep in mind, in a few words.
    pub considerations: Option<String>,
    /// The tier of it that may use prompts for training, by its name. `None`: none is known to.
    pub trains_on: Option<String>,
    /// What it costs, roughly.
    pub cost_class: Option<CostClass>,
    /// Its logins: endpoints, client ids, scopes, as the OAuth flows understand them.
    pub oauth: Option<Value>,
    /// Headers that each request must carry, such as `anthropic-version`.
    pub static_headers: Vec<(String, String)>,
    /// The call that shows for free whether it accepts a key. `None`: we know of none.
    pub key_check: Option<KeyCheck>,
}

/// A provider's free call (`GET`) that shows whether it accepts a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCheck {
    /// Path and query, under the base URL. The provider is documented to refuse it without a key at its own base URL.
    pub path: String,
    /// Other origins at which this dialect is spoken, and the path that is documented to need a key there.
    #[serde(default)]
    pub elsewhere: BTreeMap<String, String>,
}

/// The free call for one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeCall {
    /// Path and query, under the base URL.
    pub path: String,
    /// It is documented to be refused without a key. Else that has to be found out: many lists of models are public, and an
    /// answer from one of those proves nothing of a key.
    pub guarded: bool,
}

/// A way to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthScheme {
    /// `api-key`.
    ApiKey,
    /// `oauth`: a login.
    Oauth,
    /// `caller`: the caller's own credential is forwarded.
    Caller,
    /// `none`: no credential at all.
    None,
}

/// The header that carries an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHeader {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// `x-goog-api-key: KEY`.
    XGoogApiKey,
}

/// What a provider costs, roughly, for someone who chooses an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CostClass {
    /// `free-tier`: some use is free.
    FreeTier,
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
}

/// A model, or a family of them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What a profile's `model` says. In a family: a pattern with `*`.
    pub id: String,
    /// Tokens of input and output together.
    #[serde(default)]
    pub context_window: Option<u64>,
    /// Tokens of output.
    #[serde(default)]
    pub max_output: Option<u64>,
    /// List price.
    #[serde(default)]
    pub price: Option<Price>,
    /// The name under which the model takes the output limit when it isn't the dialect's usual one:
    /// `max_completion_tokens` for OpenAI's reasoning models.
    #[serde(default)]
    pub token_limit_name: Option<String>,
    /// Parameters that the model is documented to refuse. What only some accounts or efforts refuse is not listed: the
    /// gateway learns refusals.
    #[serde(default)]
    pub unsupported_params: Vec<String>,
    /// How it is told how much to reason, where that is not plain from its name.
    #[serde(default)]
    pub reasoning: Option<ReasoningKind>,
    /// The day after which the provider may stop serving it (`YYYY-MM-DD`), where it has announced one.
    #[serde(default)]
    pub retires: Option<String>,
}

/// How a model is told how much to reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasoningKind {
    /// `budget`: by a number of tokens.
    Budget,
    /// `effort`: by a word.
    Effort,
    /// `none`: it does not reason.
    None,
}

/// List prices in US dollars for a million tokens.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Input.
    pub input_per_mtok: f64,
    /// Output, reasoning included.
    pub output_per_mtok: f64,
    /// Input that is read from the provider's prompt cache.
    #[serde(default)]
    pub cached_input_per_mtok: Option<f64>,
    /// Input that is written to the prompt cache, at its shortest lifetime, where that costs extra.
    #[serde(default)]
    pub cache_write_per_mtok: Option<f64>,
}

/// Why an overlay was not taken. The catalogue is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The text is not JSON.
    #[error("{origin} is not JSON")]
    Syntax {
        /// Which overlay.
        origin: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The JSON is not a catalogue, or the result of laying it over would not be one.
    #[error("{origin} is not a catalogue: {reason}")]
    Shape {
        /// Which overlay.
        origin: String,
        /// What is wrong, naming the provider where it can.
        reason: String,
    },
}

/// The file's top level.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    version: u32,
    providers: Vec<ProviderForm>,
}

/// A provider as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderForm {
    name: String,
    #[serde(default)]
    title: Option<String>,
    dialect: DialectName,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default = "api_key_only")]
    auth: Vec<AuthScheme>,
    #[serde(default = "bearer")]
    key_header: KeyHeader,
    #[serde(default)]
    env: Vec<String>,
    #[serde(default)]
    origins: Option<Vec<String>>,
    #[serde(default)]
    models: Vec<Model>,
    #[serde(default)]
    families: Vec<Model>,
    #[serde(default)]
    strengths: Option<String>,
    #[serde(default)]
    considerations: Option<String>,
    #[serde(default)]
    trains_on: Option<String>,
    #[serde(default)]
    cost_class: Option<CostClass>,
    #[serde(default)]
    oauth: Option<Value>,
    #[serde(default)]
    static_headers: Map<String, Value>,
    #[serde(default)]
    key_check: Option<KeyCheck>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum DialectName {
    Anthropic,
    OpenaiChat,
    OpenaiResponses,
    Gemini,
}

impl DialectName {
    fn as_str(self) -> &'static str {
        match self {
            DialectName::Anthropic => "anthropic",
            DialectName::OpenaiChat => "openai-chat",
            DialectName::OpenaiResponses => "openai-responses",
            DialectName::Gemini => "gemini",
        }
    }
}

fn api_key_only() -> Vec<AuthScheme> {
    vec![AuthScheme::ApiKey]
}

fn bearer() -> KeyHeader {
    KeyHeader::Bearer
}

impl Catalogue {
    /// The catalogue that this version ships with.
    pub fn builtin() -> Catalogue {
        let merged: Value = serde_json::from_str(BUILTIN).expect("the shipped catalogue is JSON; a test reads it");
        let providers = typed(&merged).expect("the shipped catalogue has the right form; a test reads it");
        Catalogue { merged, providers }
    }

    /// Lays a file of the same format over this catalogue. `origin` names it in errors.
    ///
    /// Providers are matched by `name`, their models and families by `id`; objects are merged key by key as in JSON Merge
    /// Patch (RFC 7396), so `null` takes a fact away; other lists are replaced. A provider that is not there yet is added
    /// and then needs a `dialect`. Where an overlay moves `base_url` and gives no `origins`, stored credentials are bound
    /// to the new base URL's origin.
    ///
    /// # Errors
    /// [`CatalogueError`]; nothing of the overlay is then taken.
    pub fn overlay(&mut self, json: &str, origin: &str) -> Result<(), CatalogueError> {
        let shape = |reason: String| CatalogueError::Shape { origin: origin.to_owned(), reason };
        let overlay: Value = serde_json::from_str(json)
            .map_err(|source| CatalogueError::Syntax { origin: origin.to_owned(), source })?;
        let Value::Object(overlay) = overlay else { return Err(shape("its top level is not an object".into())) };
        if let Some(unknown) = overlay.keys().find(|key| !["version", "providers"].contains(&key.as_str())) {
            return Err(shape(format!("the key \"{unknown}\" is not known")));
        }
        if overlay.get("version").is_some_and(|version| version != 1) {
            return Err(shape("only version 1 is known".into()));
        }
        let mut merged = self.merged.clone();
        if let Some(providers) = overlay.get("providers") {
            let Value::Array(providers) = providers else { return Err(shape("\"providers\" is not a list".into())) };
            for provider in providers {
                let name = provider.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
                if name.is_none() {
                    return Err(shape("a provider has no \"name\"".into()));
                }
            }
            let target = merged.get_mut("providers").expect("a catalogue has providers");
            merge_list(target, providers, "name", &|entry, patch| {
                if patch.contains_key("base_url") && !patch.contains_key("origins") {
                    entry.remove("origins");
                }
                merge_provider(entry, patch);
            });
        }
        self.providers = typed(&merged).map_err(shape)?;
        self.merged = merged;
        Ok(())
    }

    /// The provider of that name.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// The call that shows for free whether `base_url` accepts a key of `provider`'s: what is documented for that address,
    /// whichever provider says so in the same dialect; else `provider`'s own call, of which it is not known there whether it
    /// needs a key.
    pub fn free_call(&self, provider: &str, base_url: &str) -> Option<FreeCall> {
        let own = self.provider(provider)?;
        let at = origin(base_url).ok()?;
        let documented = |provider: &Provider| {
            let check = provider.key_check.as_ref()?;
            let home = provider.base_url.as_deref().and_then(|url| origin(url).ok());
            if home.as_ref() == Some(&at) { Some(&check.path) } else { check.elsewhere.get(&at) }.cloned()
        };
        let alike = self.providers.iter().filter(|other| other.dialect == own.dialect);
        match std::iter::once(own).chain(alike).find_map(documented) {
            Some(path) => Some(FreeCall { path, guarded: true }),
            None => own.key_check.as_ref().map(|check| FreeCall { path: check.path.clone(), guarded: false }),
        }
    }

    /// All providers, in the data's order.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }
}

impl Provider {
    /// What is known about a model: its own entry, and what that leaves open from the first family that matches. The result
    /// is empty but for the id when nothing is known.
    pub fn model(&self, id: &str) -> Model {
        let mut model = self
            .models
            .iter()
            .find(|model| model.id == id)
            .cloned()
            .unwrap_or_else(|| Model { id: id.to_owned(), ..Model::default() });
        if let Some(family) = self.families.iter().find(|family| matches(&family.id, id)) {
            model.context_window = model.context_window.or(family.context_window);
            model.max_output = model.max_output.or(family.max_output);
            model.reasoning = model.reasoning.or(family.reasoning);
            model.price = model.price.or_else(|| family.price.clone());
            model.token_limit_name = model.token_limit_name.or_else(|| family.token_limit_name.clone());
            if model.unsupported_params.is_empty() {
                model.unsupported_params.clone_from(&family.unsupported_params);
            }
        }
        model
    }
}

/// Whether `pattern`, in which `*` stands for any text, is the whole of `text`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

type Entry = Map<String, Value>;

/// Merges the objects of `patch` into those of `target` that have the same `key`, and appends the others.
fn merge_list(target: &mut Value, patch: &[Value], key: &str, merge: &dyn Fn(&mut Entry, &Entry)) {
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    let Value::Array(target) = target else { return };
    for patch in patch {
        let Value::Object(fields) = patch else {
            // Not mergeable, and refused when the result is read.
            target.push(patch.clone());
            continue;
        };
        let same = target.iter_mut().filter_map(Value::as_object_mut).find(|entry| entry.get(key) == fields.get(key));
        if let Some(entry) = same {
            merge(entry, fields);
        } else {
            let mut entry = Entry::new();
            merge(&mut entry, fields);
            target.push(Value::Object(entry));
        }
    }
}

fn merge_provider(entry: &mut Entry, patch: &Entry) {
    for (key, value) in patch {
        match value {
            Value::Array(models) if key == "models" || key == "families" => {
                let target = entry.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
                merge_list(target, models, "id", &merge_patch);
            }
            _ => merge_patch(entry, &Entry::from_iter([(key.clone(), value.clone())])),
        }
    }
}

/// RFC 7396.
fn merge_patch(target: &mut Entry, patch: &Entry) {
    for (key, value) in patch {
        match value {
            Value::Null => {
                target.shift_remove(key);
            }
            Value::Object(inner) => {
                let slot = target.entry(key.clone()).or_insert_with(|| Value::Object(Entry::new()));
                if !slot.is_object() {
                    *slot = Value::Object(Entry::new());
                }
                if let Value::Object(slot) = slot {
                    merge_patch(slot, inner);
                }
            }
            other => {
                target.insert(key.clone(), other.clone());
            }
        }
    }
}

fn typed(merged: &Value) -> Result<Vec<Provider>, String> {
    let Some(list) = merged.get("providers").and_then(Value::as_array) else {
        return Err("it has no providers".into());
    };
    // One at a time first, so that an error can say which.
    for provider in list {
        let name = provider.get("name").and_then(Value::as_str).unwrap_or("?");
        ProviderForm::deserialize(provider).map_err(|error| format!("provider \"{name}\": {error}"))?;
    }
    let file = FileForm::deserialize(merged).map_err(|error| error.to_string())?;
    if file.version != 1 {
        return Err("only version 1 is known".into());
    }
    file.providers
        .into_iter()
        .map(|form| {
            let name = form.name.clone();
            resolve(form).map_err(|reason| format!("provider \"{name}\": {reason}"))
        })
        .collect()
}

fn resolve(form: ProviderForm) -> Result<Provider, String> {
    let base_url = match &form.base_url {
        Some(text) => Some(usable_base_url(text).map_err(|reason| format!("\"base_url\" {reason}"))?),
        None => None,
    };
    let origins = match form.origins {
        Some(given) => given.iter().map(|text| origin(text)).collect::<Result<_, _>>()?,
        None => base_url.iter().map(|text| origin(text)).collect::<Result<_, _>>()?,
    };
    let static_headers = form
        .static_headers
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(value) => Ok((name, value)),
            _ => Err(format!("the header \"{name}\" is not text")),
        })
        .collect::<Result<_, _>>()?;
    let key_check = form.key_check.map(key_check).transpose()?;
    Ok(Provider {
        title: form.title.unwrap_or_else(|| form.name.clone()),
        name: form.name,
        dialect: form.dialect.as_str().to_owned(),
        base_url,
        auth: form.auth,
        key_header: form.key_header,
        env: form.env,
        origins,
        models: form.models,
        families: form.families,
        strengths: form.strengths,
        considerations: form.considerations,
        trains_on: form.trains_on,
        cost_class: form.cost_class,
        oauth: form.oauth,
        static_headers,
        key_check,
    })
}

/// A path that goes under a base URL, and origins as [`origin`] writes them.
fn key_check(check: KeyCheck) -> Result<KeyCheck, String> {
    let rooted = |path: &str| {
        let fault = || format!("\"key_check\" has the path \"{path}\", which doesn't begin with a slash");
        path.starts_with('/').then_some(()).ok_or_else(fault)
    };
    rooted(&check.path)?;
    let elsewhere = check
        .elsewhere
        .into_iter()
        .map(|(address, path)| rooted(&path).and(Ok((origin(&address)?, path))))
        .collect::<Result<_, String>>()?;
    Ok(KeyCheck { elsewhere, ..check })
}

/// RFC 6454 §6.2: scheme, host and, unless it is the scheme's own, port.
fn origin(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|_| format!("\"{text}\" is not an origin"))?;
    match url.origin() {
        tuple @ url::Origin::Tuple(..) if matches!(url.scheme(), "http" | "https") => Ok(tuple.ascii_serialization()),
        _ => Err(format!("\"{text}\" is not an http or https origin")),
    }
}

#[cfg(test)]
mod tests;
