//! Keys, managed while no engine runs: bound to a profile, stored for a provider, or a variable that may be read.

use crate::consent::Consent;
use crate::data::DataFolder;
use crate::engine::locate_profiles;
use crate::error::{Problem, StartError};
use crate::layers::Layers;
use crate::options::KeyOptions;
use crate::orphans::Orphans;
use mainstay_credentials::{BoundKeys, Origin, SecretId, SecretStore, SecretString, set_profile_key, set_provider_key};
use mainstay_profiles::{Catalogue, Folder, Profile, settings_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;

/// What a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// One profile.
    Profile(String),
    /// All profiles of a provider that have none of their own.
    Provider(String),
}

/// A stored key, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// What it belongs to.
    pub slot: KeySlot,
    /// Where it may go, for a profile's key.
    pub origin: Option<String>,
    /// Its last four characters, unless it is too short to show any.
    pub last_four: Option<String>,
}

/// The keys of a data folder, held while no engine runs.
pub struct KeyRing {
    data: DataFolder,
    store: Arc<dyn SecretStore>,
    catalogue: Arc<Catalogue>,
    profiles: Folder,
}

impl KeyRing {
    /// Takes the data folder and opens its secret store.
    ///
    /// # Errors
    /// As for [`Engine::start`](crate::Engine::start).
    pub async fn open(options: &KeyOptions) -> Result<Self, StartError> {
        let data = DataFolder::hold(&options.data_dir)?;
        let catalogue = Layers::read(options.catalogue.as_deref(), data.path())?.now();
        let profiles = locate_profiles(options.profiles_dir.as_deref())?;
        let kind = match options.secrets {
            Some(kind) => kind,
            None => crate::secrets::kind_of(data.path()).await,
        };
        let store = mainstay_credentials::open(kind, data.path(), crate::IDENTIFIER).await?;
        Ok(Self { data, store, catalogue, profiles })
    }

    /// Moves a secret store that can't be opened any more aside, so that the next start makes a new one. Nothing is deleted;
    /// says where it lies now, `None` if there was none.
    ///
    /// # Errors
    /// When an engine runs on the data folder, or the file can't be moved.
    pub async fn set_aside(data_dir: &Path) -> Result<Option<PathBuf>, StartError> {
        let data = DataFolder::hold(data_dir)?;
        Ok(mainstay_credentials::reset(data.path()).await?)
    }

    /// Stores a key. A profile's key is bound to the address that the profile has now.
    ///
    /// # Errors
    /// When there is no such profile or provider, the key can't be one, or the store fails.
    pub async fn set(&self, slot: &KeySlot, key: &SecretString) -> Result<(), Problem> {
        match slot {
            KeySlot::Provider(name) => {
                self.provider(name)?;
                set_provider_key(&*self.store, name, key).await
            }
            KeySlot::Profile(name) => {
                let origin = self.origin_of(name)?;
                let set = set_profile_key(&*self.store, name, &origin, key).await;
                // An engine that was killed may have left it to be forgotten.
                Orphans::read(self.data.path()).keep(name);
                set
            }
        }
        .map_err(StartError::Secrets)
        .map_err(|error| error.problem())
    }

    /// Forgets a key; says whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, slot: &KeySlot) -> Result<bool, Problem> {
        let id = match slot {
            KeySlot::Profile(name) => SecretId::profile_key(name.clone()),
            KeySlot::Provider(name) => SecretId::provider_key(name.clone()),
        };
        self.store.delete(&id).await.map_err(StartError::Secrets).map_err(|error| error.problem())
    }

    /// All keys, without the keys themselves.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<KeyLine>, Problem> {
        let keys = BoundKeys::read(&*self.store).await.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        let line = |slot, key: mainstay_credentials::BoundKey| KeyLine {
            slot,
            origin: key.origin.map(|origin| origin.to_string()),
            last_four: key.last_four,
        };
        let profiles = keys.profiles.into_iter().map(|(name, key)| line(KeySlot::Profile(name), key));
        let providers = keys.providers.into_iter().map(|(name, key)| line(KeySlot::Provider(name), key));
        Ok(profiles.chain(providers).collect())
    }

    /// The user agrees that a variable is read for a provider.
    ///
    /// # Errors
    /// When there is no such provider, or the consent can't be kept.
    pub fn accept_variable(&self, provider: &str, variable: &str) -> Result<(), Problem> {
        self.provider(provider)?;
        self.agree(|consent| consent.environment.entry(provider.to_owned()).or_default().push(variable.to_owned()))
    }

    /// The user agrees that a profile's stored credential goes to the address that its file names now. Returns it.
    ///
    /// # Errors
    /// When there is no such profile, or the consent can't be kept.
    pub fn confirm_origin(&self, profile: &str) -> Result<String, Problem> {
        let origin = self.origin_of(profile)?.to_string();
        self.agree(|consent| consent.origins.entry(profile.to_owned()).or_default().push(origin.clone()))?;
        Ok(origin)
    }

    fn agree(&self, change: impl FnOnce(&mut Consent)) -> Result<(), Problem> {
        let fail = |source| StartError::DataFolder { path: self.data.path().to_owned(), source }.problem();
        Consent::agree(self.data.path(), change).map_err(fail)
    }

    fn provider(&self, name: &str) -> Result<&mainstay_profiles::Provider, Problem> {
        self.catalogue.provider(name).ok_or_else(|| Problem {
            code: "unknown_provider".to_owned(),
            message: format!("there is no provider called \"{name}\""),
            hint: format!(
                "There are: {}.",
                self.catalogue.providers().iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ")
            ),
        })
    }

    fn origin_of(&self, profile: &str) -> Result<Origin, Problem> {
        let broken =
            |message: String, hint: &str| Problem { code: "profile_broken".to_owned(), message, hint: hint.to_owned() };
        let read = self.profiles.read(profile).map_err(|error| {
            broken(format!("the profile \"{profile}\" can't be used: {error}"), "Check the name and the file.")
        })?;
        let Profile::Standard(standard) = read else {
            return Err(broken(format!("\"{profile}\" is a load balancer"), "Give the key to one of its members."));
        };
        let provider = self.provider(&standard.provider)?;
        let (settings, _) = settings_of(&standard.settings);
        let address = settings.base_url.or_else(|| provider.base_url.clone());
        let url = address.and_then(|address| Url::parse(&address).ok());
        url.map(|url| Origin::from(&url)).ok_or_else(|| {
            broken(format!("the profile \"{profile}\" has no address to send to"), "Give it a base-url.")
        })
    }
}
