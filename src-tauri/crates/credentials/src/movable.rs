//! A store whose place can change while it is used: what was kept for this run only moves to where it lasts.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{Health, SecretId, SecretStore, StoreError, StoreKind};

/// A store in front of another one, which can be replaced.
pub struct MovableStore {
    now: RwLock<Arc<dyn SecretStore>>,
    /// Writes share it; a move has it alone, so that nothing is written to the old place after it was copied.
    writing: tokio::sync::RwLock<()>,
}

impl MovableStore {
    /// In front of this store.
    pub fn new(store: Arc<dyn SecretStore>) -> Self {
        Self { now: RwLock::new(store), writing: tokio::sync::RwLock::default() }
    }

    fn now(&self) -> Arc<dyn SecretStore> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Copies everything to the store that `open` makes, then uses that one. The old one keeps what it has.
    ///
    /// # Errors
    /// What opening, reading or writing says; then the old store stays in use.
    pub async fn move_to(
        &self,
        open: impl Future<Output = Result<Arc<dyn SecretStore>, StoreError>> + Send,
    ) -> Result<(), StoreError> {
        let _alone = self.writing.write().await;
        let next = open.await?;
        let before = self.now();
        for id in before.list().await? {
            if let Some(secret) = before.get(&id).await? {
                next.set(&id, &secret).await?;
            }
        }
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

#[async_trait]
impl SecretStore for MovableStore {
    async fn get(&self, id: &SecretId) -> Result<Option<SecretString>, StoreError> {
        self.now().get(id).await
    }

    async fn set(&self, id: &SecretId, secret: &SecretString) -> Result<(), StoreError> {
        let _shared = self.writing.read().await;
        self.now().set(id, secret).await
    }

    async fn delete(&self, id: &SecretId) -> Result<bool, StoreError> {
        let _shared = self.writing.read().await;
        self.now().delete(id).await
    }

    async fn list(&self) -> Result<Vec<SecretId>, StoreError> {
        self.now().list().await
    }

    fn kind(&self) -> StoreKind {
        self.now().kind()
    }

    async fn health(&self) -> Health {
        self.now().health().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryStore, open};
    use secrecy::ExposeSecret;

    #[tokio::test]
    async fn what_was_kept_for_this_run_moves_to_where_it_lasts() {
        let dir = tempfile::tempdir().unwrap();
        let store = MovableStore::new(Arc::new(MemoryStore::new()));
        let id = SecretId::provider_key("anthropic");
        store.set(&id, &SecretString::from("a key of the test")).await.unwrap();

        store.move_to(open(StoreKind::File, dir.path(), "test")).await.unwrap();
        assert_eq!(store.kind(), StoreKind::File);
        store.set(&SecretId::provider_key("openai"), &SecretString::from("another")).await.unwrap();

        let again = open(StoreKind::File, dir.path(), "test").await.unwrap();
        assert_eq!(again.get(&id).await.unwrap().unwrap().expose_secret(), "a key of the test");
        assert_eq!(again.list().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_place_that_does_not_open_leaves_all_as_it_was() {
        let store = MovableStore::new(Arc::new(MemoryStore::new()));
        let id = SecretId::provider_key("anthropic");
        store.set(&id, &SecretString::from("a key of the test")).await.unwrap();
        let refused = store.move_to(async { Err(StoreError::KeyringUnavailable { reason: "gone".to_owned() }) }).await;
        assert!(matches!(refused, Err(StoreError::KeyringUnavailable { .. })), "{refused:?}");
        assert_eq!(store.kind(), StoreKind::Memory);
        assert!(store.get(&id).await.unwrap().is_some());
    }
}
