//! What every secret store does, whatever it keeps secrets in.

use std::sync::Arc;

use mainstay_credentials::{
    BoundKeys, Health, SecretId, SecretStore, SecretString, delete_profile_key, door_token, last_four,
    rename_profile_key, set_profile_key, set_provider_key,
};
use secrecy::ExposeSecret as _;

/// The text under an id.
pub(crate) async fn text(store: &dyn SecretStore, id: &SecretId) -> Option<String> {
    store.get(id).await.unwrap().map(|secret| secret.expose_secret().to_owned())
}

/// Runs through the contract on a store that is empty, and leaves it empty but for the door's token.
pub(crate) async fn holds(store: Arc<dyn SecretStore>) {
    assert_eq!(store.health().await, Health::Ready);
    keeps_what_it_is_given(&*store).await;
    keeps_writes_at_the_same_time(store.clone()).await;
    binds_keys(&*store).await;
    let token = door_token(&*store).await.unwrap();
    assert_eq!(text(&*store, &SecretId::door_token()).await.unwrap(), token.expose_secret());
    assert_eq!(store.list().await.unwrap(), [SecretId::door_token()]);
    assert_eq!(store.health().await, Health::Ready);
}

async fn keeps_what_it_is_given(store: &dyn SecretStore) {
    let id = SecretId::provider_key("anthropic");
    assert!(store.get(&id).await.unwrap().is_none());
    assert!(!store.delete(&id).await.unwrap());
    assert!(store.list().await.unwrap().is_empty());

    let long = "x".repeat(200_000);
    for secret in ["", "sk-ant-1", "schlüssel 🔑\n\u{0}", &long] {
        store.set(&id, &SecretString::from(secret)).await.unwrap();
        assert_eq!(text(store, &id).await.unwrap(), secret);
    }

    // Ids that look alike are different secrets.
    let alike = [
        SecretId::profile_key("anthropic"),
        SecretId::oauth("anthropic", ""),
        SecretId::oauth("anthropic", "a:b"),
        SecretId::oauth("anthropic:a", "b"),
        SecretId::provider_key("Anthropic"),
        SecretId::provider_key(""),
        SecretId::provider_key("../../etc/passwd"),
    ];
    for id in &alike {
        store.set(id, &SecretString::from(id.to_string())).await.unwrap();
    }
    for id in &alike {
        assert_eq!(text(store, id).await.unwrap(), id.to_string());
    }
    assert_eq!(text(store, &id).await.unwrap(), long);

    let mut all = alike.to_vec();
    all.push(id);
    all.sort();
    assert_eq!(store.list().await.unwrap(), all);
    for id in &all {
        assert!(store.delete(id).await.unwrap());
        assert!(store.get(id).await.unwrap().is_none());
        assert!(!store.delete(id).await.unwrap());
    }
    assert!(store.list().await.unwrap().is_empty());
}

async fn keeps_writes_at_the_same_time(store: Arc<dyn SecretStore>) {
    let writers: Vec<_> = (0..16)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let id = SecretId::provider_key(n.to_string());
                store.set(&id, &SecretString::from(n.to_string())).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for n in 0..16 {
        let id = SecretId::provider_key(n.to_string());
        assert_eq!(text(&*store, &id).await.unwrap(), n.to_string());
        store.delete(&id).await.unwrap();
    }
}

async fn binds_keys(store: &dyn SecretStore) {
    let origin = "https://api.anthropic.com".parse().unwrap();
    let key = SecretString::from("sk-ant-api03-abcdWXYZ");
    set_profile_key(store, "primary", &origin, &key).await.unwrap();
    set_provider_key(store, "openai", &SecretString::from(" sk-openai-12345678\n")).await.unwrap();
    assert_eq!(text(store, &SecretId::provider_key("openai")).await.unwrap(), "sk-openai-12345678");

    assert!(rename_profile_key(store, "primary", "main").await.unwrap());
    assert!(!rename_profile_key(store, "primary", "again").await.unwrap());
    assert!(rename_profile_key(store, "main", "main").await.unwrap());
    assert_eq!(last_four(store, &SecretId::profile_key("primary")).await, None);
    assert_eq!(last_four(store, &SecretId::profile_key("main")).await.unwrap(), "WXYZ");

    let keys = BoundKeys::read(store).await.unwrap();
    assert_eq!(keys.profiles.len(), 1);
    assert_eq!(keys.profiles["main"].origin.as_ref(), Some(&origin));
    assert_eq!(keys.profiles["main"].last_four.as_deref(), Some("WXYZ"));
    assert_eq!(keys.providers["openai"].last_four.as_deref(), Some("5678"));

    let account = SecretId::oauth("anthropic", "work");
    store.set(&account, &SecretString::from("{\"token\":\"0123456789\"}")).await.unwrap();
    assert_eq!(last_four(store, &account).await, None);
    assert_eq!(BoundKeys::read(store).await.unwrap(), keys);
    assert!(store.delete(&account).await.unwrap());

    assert!(delete_profile_key(store, "main").await.unwrap());
    assert!(!delete_profile_key(store, "main").await.unwrap());
    assert!(store.delete(&SecretId::provider_key("openai")).await.unwrap());
}
