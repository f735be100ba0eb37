//! Keys bound to a profile or a provider.
//!
//! A profile's key is bound to the origin in force when it was set. Key and origin are one record, sealed together, so
//! that neither can change without the other.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::{Origin, SecretId, SecretStore, StoreError};

/// First line of a profile key's record: this mark, a space, the origin. The rest is the key.
const RECORD_MARK: &str = "profile-key/1";

/// Fewer characters than this, and the last four would give too much of the key away.
const SHORTEST_WITH_LAST_FOUR: usize = 12;

/// Whether a key could be stored and sent, before anything depends on it.
///
/// # Errors
/// [`StoreError::InvalidSecret`] if no HTTP header could carry the key.
pub fn check_key(secret: &SecretString) -> Result<(), StoreError> {
    usable(secret.expose_secret()).map(drop).map_err(StoreError::InvalidSecret)
}

/// Binds a key to the profile of this name, for requests to this origin. Replaces any other.
///
/// # Errors
/// [`StoreError::InvalidSecret`] if no HTTP header could carry the key; else what the store says.
pub async fn set_profile_key(
    store: &dyn SecretStore,
    profile: &str,
    origin: &Origin,
    secret: &SecretString,
) -> Result<(), StoreError> {
    let key = usable(secret.expose_secret()).map_err(StoreError::InvalidSecret)?;
    let record = SecretString::from(format!("{RECORD_MARK} {origin}\n{key}"));
    store.set(&SecretId::profile_key(profile), &record).await
}

/// Stores the key of a provider of the catalogue. Replaces any other.
///
/// # Errors
/// [`StoreError::InvalidSecret`] if no HTTP header could carry the key; else what the store says.
pub async fn set_provider_key(
    store: &dyn SecretStore,
    provider: &str,
    secret: &SecretString,
) -> Result<(), StoreError> {
    let key = usable(secret.expose_secret()).map_err(StoreError::InvalidSecret)?;
    store.set(&SecretId::provider_key(provider), &SecretString::from(key)).await
}

/// Lets the key of profile `from` follow a rename to `to`; says whether there was one.
///
/// The new record is durable before the old one goes: killed in between, both are there.
///
/// # Errors
/// What the store says.
pub async fn rename_profile_key(store: &dyn SecretStore, from: &str, to: &str) -> Result<bool, StoreError> {
    let old = SecretId::profile_key(from);
    let Some(record) = store.get(&old).await? else { return Ok(false) };
    if from != to {
        store.set(&SecretId::profile_key(to), &record).await?;
        store.delete(&old).await?;
    }
    Ok(true)
}

/// Forgets the key of a profile, as its file is deleted; says whether there was one.
///
/// # Errors
/// What the store says.
pub async fn delete_profile_key(store: &dyn SecretStore, profile: &str) -> Result<bool, StoreError> {
    store.delete(&SecretId::profile_key(profile)).await
}

/// The last four characters of a stored secret: all of it that may be shown.
///
/// `None` if there is no such secret, if it cannot be read, if it is so short that four characters would give too much of
/// it away, or if it is an account's token bundle, whose end says nothing.
pub async fn last_four(store: &dyn SecretStore, id: &SecretId) -> Option<String> {
    let secret = store.get(id).await.ok().flatten()?;
    if id.profile().is_some() {
        return ProfileKey::read(&secret)?.last_four();
    }
    if id.is_oauth() { None } else { tail(secret.expose_secret()) }
}

/// What may be shown of a key that is not stored yet: its last four characters, unless it is too short for that.
pub fn last_four_of(key: &SecretString) -> Option<String> {
    tail(key.expose_secret().trim())
}

/// What may be shown of all stored keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoundKeys {
    /// By profile name.
    pub profiles: BTreeMap<String, BoundKey>,
    /// By provider name.
    pub providers: BTreeMap<String, BoundKey>,
}

/// What may be shown of one stored key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundKey {
    /// The origin that a profile's key is bound to; a provider's key is bound to its catalogue entry instead.
    pub origin: Option<Origin>,
    /// As [`last_four`].
    pub last_four: Option<String>,
}

impl BoundKeys {
    /// Lists them.
    ///
    /// # Errors
    /// What the store says.
    pub async fn read(store: &dyn SecretStore) -> Result<Self, StoreError> {
        let mut keys = Self::default();
        for id in store.list().await? {
            let (shelf, name) = match (id.profile(), id.provider()) {
                (Some(name), _) => (&mut keys.profiles, name),
                (None, Some(name)) if !id.is_oauth() => (&mut keys.providers, name),
                _ => continue,
            };
            let Some(secret) = store.get(&id).await? else { continue };
            let key = match id.profile() {
                Some(_) => {
                    let Some(key) = ProfileKey::read(&secret) else { continue };
                    BoundKey { last_four: key.last_four(), origin: Some(key.origin) }
                }
                None => BoundKey { origin: None, last_four: tail(secret.expose_secret()) },
            };
            shelf.insert(name.to_owned(), key);
        }
        Ok(keys)
    }
}

/// A profile's key and the origin that it is bound to.
pub(crate) struct ProfileKey {
    pub(crate) origin: Origin,
    pub(crate) secret: SecretString,
}

impl ProfileKey {
    /// Reads a record of [`set_profile_key`]; `None` if it is none.
    fn read(record: &SecretString) -> Option<Self> {
        let (head, key) = record.expose_secret().split_once('\n')?;
        let (mark, origin) = head.split_once(' ')?;
        if mark != RECORD_MARK {
            return None;
        }
        Some(Self { origin: origin.parse().ok()?, secret: SecretString::from(key) })
    }

    /// The key bound to the profile of this name. A record that binds to no origin is none: it may go nowhere.
    pub(crate) async fn of(store: &dyn SecretStore, profile: &str) -> Result<Option<Self>, StoreError> {
        Ok(store.get(&SecretId::profile_key(profile)).await?.as_ref().and_then(Self::read))
    }

    fn last_four(&self) -> Option<String> {
        tail(self.secret.expose_secret())
    }
}

fn tail(secret: &str) -> Option<String> {
    let length = secret.chars().count();
    (length >= SHORTEST_WITH_LAST_FOUR).then(|| secret.chars().skip(length - 4).collect())
}

/// The trimmed key, if an HTTP header can carry it (RFC 9110 §5.5: no control characters).
pub(crate) fn usable(key: &str) -> Result<String, &'static str> {
    let key = key.trim();
    if key.is_empty() {
        return Err("is empty");
    }
    if key.chars().any(char::is_control) {
        return Err("holds characters that no HTTP header can carry");
    }
    Ok(key.to_owned())
}
