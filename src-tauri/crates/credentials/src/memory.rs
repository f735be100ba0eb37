//! The store that forgets: secrets for this run only, nothing on disk.

use std::{collections::BTreeMap, fmt, sync::Mutex};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{Health, SecretId, SecretStore, StoreError, StoreKind};

/// Keeps secrets in memory until it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    records: Mutex<BTreeMap<SecretId, SecretString>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn records(&self) -> std::sync::MutexGuard<'_, BTreeMap<SecretId, SecretString>> {
        self.records.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn get(&self, id: &SecretId) -> Result<Option<SecretString>, StoreError> {
        Ok(self.records().get(id).cloned())
    }

    async fn set(&self, id: &SecretId, secret: &SecretString) -> Result<(), StoreError> {
        self.records().insert(id.clone(), secret.clone());
        Ok(())
    }

    async fn delete(&self, id: &SecretId) -> Result<bool, StoreError> {
        Ok(self.records().remove(id).is_some())
    }

    async fn list(&self) -> Result<Vec<SecretId>, StoreError> {
        Ok(self.records().keys().cloned().collect())
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }

    async fn health(&self) -> Health {
        Health::Ready
    }
}
