//! Providers and their models: the catalogue, the user's own, and the lists that providers give out.

use super::{Named, Nothing, ProviderDraft, problem};
use crate::error::{Problem, StartError};
use crate::layers::OwnError;
use crate::model_lists::{Listed, ModelList, parse, path};
use crate::shared::{Handle, Shared};
use crate::view::{ModelView, ModelsView, ProviderView};
use mainstay_gateway::{Presented, Upstream};
use mainstay_profiles::{AuthScheme, Catalogue, CostClass, KeyHeader, Profile, Provider};
use serde_json::{Map, Value, json};
use std::time::Duration;
use url::Url;

/// How long a provider has for its list.
const LIMIT: Duration = Duration::from_secs(10);
/// The longest list, in bytes.
const LARGEST: usize = 4 << 20;

impl Handle {
    pub(super) async fn catalogue(&self, _: Nothing) -> Result<Vec<ProviderView>, Problem> {
        self.blocking(|shared| Ok(shared.provider_list())).await
    }

    pub(super) async fn add_provider(&self, draft: ProviderDraft) -> Result<Vec<ProviderView>, Problem> {
        let name = draft.name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(problem(
                "bad_provider",
                "A provider needs a name of at most 64 characters.".to_owned(),
                "Give it one.",
            ));
        }
        if Catalogue::builtin().provider(name).is_some() {
            let message = format!("Mainstay ships with a provider called \"{name}\".");
            return Err(problem("provider_exists", message, "Choose another name, or give the profile a base URL."));
        }
        let entry = entry_of(name, &draft);
        self.blocking(move |shared| shared.catalogue.put_own(entry).map_err(|error| own_problem(&error))).await?;
        self.reload().await?;
        self.catalogue(Nothing {}).await
    }

    pub(super) async fn remove_provider(&self, input: Named) -> Result<Vec<ProviderView>, Problem> {
        self.blocking(move |shared| {
            let entries = shared.profiles.read_all().map_err(|error| super::folder_problem(&error))?;
            let users: Vec<&str> = entries
                .iter()
                .filter(|entry| matches!(&entry.profile, Ok(Profile::Standard(standard)) if standard.provider == input.name))
                .map(|entry| entry.name.as_str())
                .collect();
            if !users.is_empty() && Catalogue::builtin().provider(&input.name).is_none() {
                let message = format!("{} is the provider of {}.", input.name, users.join(", "));
                return Err(problem("provider_in_use", message, "Give these another provider, or delete them first."));
            }
            if shared.catalogue.remove_own(&input.name).map_err(|error| own_problem(&error))? {
                return Ok(());
            }
            let message = format!("There is no provider of yours called \"{}\".", input.name);
            Err(problem("no_such_provider", message, "Only those that you added can be removed."))
        })
        .await?;
        self.reload().await?;
        self.catalogue(Nothing {}).await
    }

    /// Asks a profile's provider which models it has, with the profile's credential and by its way out, and keeps the answer.
    pub(super) async fn fetch_models(&self, input: Named) -> Result<ModelsView, Problem> {
        let upstream = self.0.callable(&input.name).ok_or_else(|| {
            let message = format!("{} can't be used yet, so its provider can't be asked.", input.name);
            problem("needs_credential", message, "Give it a key first.")
        })?;
        let credential = upstream.credential.current().await;
        let credential = credential.map_err(|error| problem(error.code, error.message, "Give the profile a key."))?;
        let models = self.ask_for_models(&upstream, credential).await?;
        let at = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
        let list = ModelList { at, base_url: upstream.base_url.to_string(), models };
        let provider = upstream.provider.to_string();
        let view =
            ModelsView { at, models: list.models.iter().map(ModelView::from).collect(), provider: provider.clone() };
        self.blocking(move |shared| {
            list.write(&shared.data_dir, &provider)
                .map_err(|source| StartError::DataFolder { path: shared.data_dir.clone(), source }.problem())
        })
        .await?;
        Ok(view)
    }

    async fn ask_for_models(&self, upstream: &Upstream, credential: Option<Presented>) -> Result<Vec<Listed>, Problem> {
        let outbound = self.0.core.outbound();
        let url = format!("{}{}", upstream.base_url.as_str().trim_end_matches('/'), path(upstream.dialect.name()));
        let url = Url::parse(&url).map_err(|_| {
            problem("no_address", format!("{} has no address to ask.", upstream.profile), "Give it a base URL.")
        })?;
        let mut headers = upstream.headers.clone();
        if let Some(credential) = credential {
            headers.insert(credential.header, credential.value);
        }
        let asking = outbound.client(&url, &upstream.way).get(url).headers(headers).timeout(LIMIT);
        let unreachable = |error: &reqwest::Error| {
            let (_, words) = outbound.read_failure(error, &upstream.way);
            let message = format!("{} could not be asked for its models: {words}.", upstream.provider);
            problem("unreachable", self.0.sources.redactor.clean(&message), "Check the address and your connection.")
        };
        let mut response = asking.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                let message = format!("{} gave a list of more than 4 MiB.", upstream.provider);
                return Err(problem("models_unreadable", message, "Write the model's name yourself."));
            }
        }
        match status.as_u16() {
            200..=299 => {}
            401 | 403 => {
                let message = format!("{} did not accept the key ({status}).", upstream.provider);
                return Err(problem("upstream_credential_rejected", message, "Check the key."));
            }
            _ => {
                let message = format!("{} has no list of models here ({status}).", upstream.provider);
                return Err(problem("models_unreadable", message, "Write the model's name yourself."));
            }
        }
        serde_json::from_slice::<Value>(&body).ok().as_ref().and_then(parse).ok_or_else(|| {
            let message = format!("What {} answered is no list of models.", upstream.provider);
            problem("models_unreadable", message, "Write the model's name yourself.")
        })
    }
}

impl Shared {
    fn provider_list(&self) -> Vec<ProviderView> {
        let own = self.catalogue.own_names();
        let catalogue = self.catalogue.now();
        catalogue
            .providers()
            .iter()
            .map(|provider| self.provider_view(provider, own.contains(&provider.name)))
            .collect()
    }

    fn provider_view(&self, provider: &Provider, own: bool) -> ProviderView {
        let known = provider.models.iter().map(|model| ModelView {
            id: model.id.clone(),
            context_window: model.context_window,
            max_output: model.max_output,
        });
        let fetched = ModelList::read(&self.data_dir, &provider.name);
        ProviderView {
            name: provider.name.clone(),
            title: provider.title.clone(),
            dialect: provider.dialect.clone(),
            base_url: provider.base_url.clone(),
            models: known.collect(),
            fetched_at: fetched.as_ref().map(|list| list.at),
            fetched_from: fetched.as_ref().map(|list| list.base_url.clone()),
            fetched: fetched.iter().flat_map(|list| &list.models).map(ModelView::from).collect(),
            strengths: provider.strengths.clone(),
            considerations: provider.considerations.clone(),
            trains_on: provider.trains_on.clone(),
            cost_class: provider.cost_class.map(|class| class_name(class).to_owned()),
            variables: provider.env.clone(),
            needs_key: provider.auth.first() != Some(&AuthScheme::None),
            key_header: header_name(provider.key_header).to_owned(),
            login_only: provider.auth == [AuthScheme::Oauth],
            own,
        }
    }
}

impl From<&Listed> for ModelView {
    fn from(listed: &Listed) -> Self {
        Self { id: listed.id.clone(), context_window: listed.context_window, max_output: listed.max_output }
    }
}

/// As `catalogue.json` has it.
fn entry_of(name: &str, draft: &ProviderDraft) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("name".into(), json!(name));
    if let Some(title) = draft.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
        entry.insert("title".into(), json!(title));
    }
    entry.insert("dialect".into(), json!(draft.dialect));
    entry.insert("base_url".into(), json!(draft.base_url.trim()));
    entry.insert("auth".into(), if draft.needs_key { json!(["api-key"]) } else { json!(["none", "api-key"]) });
    let usual = match draft.dialect.as_str() {
        "anthropic" => KeyHeader::XApiKey,
        "gemini" => KeyHeader::XGoogApiKey,
        _ => KeyHeader::Bearer,
    };
    let header = draft.key_header.as_deref().unwrap_or(header_name(usual));
    entry.insert("key_header".into(), json!(header));
    if draft.dialect == "anthropic" {
        entry.insert("static_headers".into(), json!({ "anthropic-version": "2023-06-01" }));
    }
    if !draft.variables.is_empty() {
        entry.insert("env".into(), json!(draft.variables));
    }
    let models = draft.models.iter().map(|model| {
        let mut known = Map::new();
        known.insert("id".into(), json!(model.id));
        known.extend(model.context_window.map(|tokens| ("context_window".to_owned(), json!(tokens))));
        known.extend(model.max_output.map(|tokens| ("max_output".to_owned(), json!(tokens))));
        Value::Object(known)
    });
    entry.insert("models".into(), models.collect());
    entry
}

/// As `catalogue.json` names it.
fn header_name(header: KeyHeader) -> &'static str {
    match header {
        KeyHeader::Bearer => "bearer",
        KeyHeader::XApiKey => "x-api-key",
        KeyHeader::XGoogApiKey => "x-goog-api-key",
    }
}

fn class_name(class: CostClass) -> &'static str {
    match class {
        CostClass::FreeTier => "free-tier",
        CostClass::Low => "low",
        CostClass::Medium => "medium",
        CostClass::High => "high",
    }
}

fn own_problem(error: &OwnError) -> Problem {
    match error {
        OwnError::Unfit(reason) => {
            problem("bad_provider", format!("The provider can't be used: {reason}."), "Correct it.")
        }
        OwnError::Io(_) => problem("catalogue_unusable", format!("{error}."), "Correct the file, or remove it."),
    }
}
