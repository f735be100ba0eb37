//! The tokens of the local door: the first, which is kept, and those that are shown once.

use secrecy::SecretString;

use crate::{SecretId, SecretStore, StoreError, once::made_once, random::random_text};

/// What every token of the door begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "mst_";

/// The gateway's first token: made once, kept in the store, the same after a restart.
///
/// # Errors
/// What the store says.
pub async fn door_token(store: &dyn SecretStore) -> Result<SecretString, StoreError> {
    made_once(store, &SecretId::door_token(), new_door_token).await
}

/// A token that nobody has yet: `mst_` and 32 random bytes in base64url without padding, 47 characters.
pub fn new_door_token() -> SecretString {
    SecretString::from(format!("{PREFIX}{}", *random_text()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::MemoryStore;

    #[tokio::test]
    async fn the_token_is_made_once() {
        let store = MemoryStore::new();
        let first = door_token(&store).await.unwrap();
        let again = door_token(&store).await.unwrap();
        assert_eq!(first.expose_secret(), again.expose_secret());
        assert_eq!(first.expose_secret().len(), 47);
        assert!(first.expose_secret().starts_with("mst_"));
        assert!(first.expose_secret().bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
    }

    #[tokio::test]
    async fn stores_have_different_tokens() {
        let mut seen = HashSet::new();
        for _ in 0..100 {
            assert!(seen.insert(door_token(&MemoryStore::new()).await.unwrap().expose_secret().to_owned()));
        }
    }

    #[tokio::test]
    async fn callers_at_the_same_time_get_the_same_token() {
        let store = std::sync::Arc::new(MemoryStore::new());
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { door_token(&*store).await.unwrap().expose_secret().to_owned() })
            })
            .collect();
        let mut seen = HashSet::new();
        for task in tasks {
            seen.insert(task.await.unwrap());
        }
        assert_eq!(seen.len(), 1);
    }
}
