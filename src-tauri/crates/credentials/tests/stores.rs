//! The stores that need nothing but a folder. The keyring has a test of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use contract::text;
use mainstay_credentials::{
    Health, MemoryStore, SecretId, SecretStore, SecretString, StoreError, StoreKind, open, reset,
};
use proptest::prelude::*;
use tempfile::TempDir;

const CANARY: &str = "sk-canary-0123456789";

async fn open_file(dir: &Path) -> Result<Arc<dyn SecretStore>, StoreError> {
    open(StoreKind::File, dir, "unused").await
}

fn anthropic() -> SecretId {
    SecretId::provider_key("anthropic")
}

/// A data folder with two secrets in its vault.
async fn folder() -> (TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let store = open_file(dir.path()).await.unwrap();
    store.set(&anthropic(), &SecretString::from(CANARY)).await.unwrap();
    store.set(&SecretId::provider_key("openai"), &SecretString::from("sk-other")).await.unwrap();
    let (vault, key) = (dir.path().join("vault.json"), dir.path().join("vault.key"));
    (dir, vault, key)
}

async fn error_of_opening(dir: &TempDir) -> StoreError {
    open_file(dir.path()).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn the_memory_store_holds_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(StoreKind::Memory, dir.path(), "unused").await.unwrap();
    assert_eq!(store.kind(), StoreKind::Memory);
    contract::holds(store).await;
    contract::holds(Arc::new(MemoryStore::new())).await;
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing on disk");
}

#[tokio::test]
async fn the_file_store_holds_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_file(&dir.path().join("not/there/yet")).await.unwrap();
    assert_eq!(store.kind(), StoreKind::File);
    contract::holds(store).await;
}

#[tokio::test]
async fn secrets_are_there_after_a_restart_and_sealed_on_disk() {
    let (dir, vault, _) = folder().await;
    let store = open_file(dir.path()).await.unwrap();
    assert_eq!(text(&*store, &anthropic()).await.unwrap(), CANARY);
    store.delete(&anthropic()).await.unwrap();
    let store = open_file(dir.path()).await.unwrap();
    assert_eq!(text(&*store, &anthropic()).await, None);
    assert!(!fs::read_to_string(vault).unwrap().contains("sk-"));
}

#[tokio::test]
async fn the_same_secret_is_never_sealed_the_same_way_twice() {
    let (dir, vault, _) = folder().await;
    let before = fs::read(&vault).unwrap();
    let store = open_file(dir.path()).await.unwrap();
    store.set(&anthropic(), &SecretString::from(CANARY)).await.unwrap();
    assert_ne!(fs::read(&vault).unwrap(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_their_owners_only_and_made_so_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    drop(open_file(&data).await.unwrap());
    assert_eq!(mode(&data), 0o700);
    for name in ["vault.json", "vault.key"] {
        let path = data.join(name);
        assert_eq!(mode(&path), 0o600, "{name}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    drop(open_file(&data).await.unwrap());
    for name in ["vault.json", "vault.key"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_vault_cut_off_anywhere_is_damaged_and_left_as_it_is() {
    let (dir, vault, _) = folder().await;
    let whole = fs::read(&vault).unwrap();
    for length in 0..whole.len() {
        fs::write(&vault, &whole[..length]).unwrap();
        let error = error_of_opening(&dir).await;
        assert!(matches!(error, StoreError::VaultDamaged { .. }), "{length}: {error}");
        assert_eq!(fs::read(&vault).unwrap(), whole[..length], "{length}");
    }
    fs::write(&vault, &whole).unwrap();
    assert_eq!(text(&*open_file(dir.path()).await.unwrap(), &anthropic()).await.unwrap(), CANARY);
}

#[tokio::test]
async fn a_vault_changed_anywhere_never_opens() {
    let (dir, vault, _) = folder().await;
    let whole = fs::read(&vault).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&vault, &changed).unwrap();
        let error = error_of_opening(&dir).await;
        assert!(error.code().starts_with("vault_"), "{at}: {error}");
        assert_eq!(fs::read(&vault).unwrap(), changed, "{at}");
    }
}

#[tokio::test]
async fn a_record_opens_only_under_its_own_id_and_in_its_own_vault() {
    let (dir, vault, key) = folder().await;
    let read = |path: &Path| serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()).unwrap();

    let mut swapped = read(&vault);
    let records = swapped["records"].as_object_mut().unwrap();
    let (a, b) = (records["provider:anthropic"].clone(), records["provider:openai"].clone());
    records["provider:anthropic"] = b;
    records["provider:openai"] = a.clone();
    fs::write(&vault, swapped.to_string()).unwrap();
    assert_eq!(error_of_opening(&dir).await.code(), "vault_damaged");

    // Another vault with the same key.
    let other = tempfile::tempdir().unwrap();
    fs::copy(&key, other.path().join("vault.key")).unwrap();
    drop(open_file(other.path()).await.unwrap());
    let mut document = read(&other.path().join("vault.json"));
    document["records"]["provider:anthropic"] = a;
    fs::write(other.path().join("vault.json"), document.to_string()).unwrap();
    assert_eq!(error_of_opening(&other).await.code(), "vault_damaged");
}

#[tokio::test]
async fn a_vault_without_its_key_is_left_as_it_is_until_it_is_moved_aside() {
    let other = tempfile::tempdir().unwrap();
    drop(open_file(other.path()).await.unwrap());
    let (dir, vault, key) = folder().await;
    let (whole, good_key) = (fs::read(&vault).unwrap(), fs::read(&key).unwrap());
    let other_key = fs::read(other.path().join("vault.key")).unwrap();
    for bad_key in [None, Some(other_key), Some(Vec::new()), Some(good_key[..20].to_vec()), Some(vec![0xff; 44])] {
        fs::remove_file(&key).unwrap();
        if let Some(bad_key) = &bad_key {
            fs::write(&key, bad_key).unwrap();
        }
        let error = error_of_opening(&dir).await;
        assert!(matches!(error, StoreError::VaultKeyLost { .. }), "{bad_key:?}: {error}");
        assert_eq!(fs::read(&vault).unwrap(), whole, "{bad_key:?}");
        assert_eq!(fs::read(&key).ok(), bad_key, "no key is made for a vault that has one");
        fs::write(&key, &good_key).unwrap();
    }

    assert_eq!(reset(dir.path()).await.unwrap(), Some(dir.path().join("vault.lost-1")));
    assert_eq!(fs::read(dir.path().join("vault.lost-1")).unwrap(), whole);
    let store = open_file(dir.path()).await.unwrap();
    assert!(store.list().await.unwrap().is_empty());
    assert_eq!(reset(dir.path()).await.unwrap(), Some(dir.path().join("vault.lost-2")));
    assert_eq!(reset(dir.path()).await.unwrap(), None);

    fs::rename(dir.path().join("vault.lost-1"), &vault).unwrap();
    assert_eq!(text(&*open_file(dir.path()).await.unwrap(), &anthropic()).await.unwrap(), CANARY);
}

#[tokio::test]
async fn a_key_file_without_a_vault_is_kept_if_it_is_a_key() {
    let (dir, vault, key) = folder().await;
    fs::remove_file(&vault).unwrap();
    let good_key = fs::read(&key).unwrap();
    drop(open_file(dir.path()).await.unwrap());
    assert_eq!(fs::read(&key).unwrap(), good_key, "it may open a vault that was moved aside");

    fs::remove_file(&vault).unwrap();
    fs::write(&key, "no key").unwrap();
    drop(open_file(dir.path()).await.unwrap());
    drop(open_file(dir.path()).await.unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// `Some` sets, `None` deletes. Few names, so that writes meet.
    #[test]
    fn a_vault_is_a_map_that_survives_restarts(
        changes in prop::collection::vec(("[a-c]", prop::option::of(any::<String>()), any::<bool>()), 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let mut store = open_file(dir.path()).await.unwrap();
            let mut model = BTreeMap::new();
            for (name, secret, restart) in changes {
                let id = SecretId::profile_key(&*name);
                match secret {
                    Some(secret) => {
                        store.set(&id, &SecretString::from(&*secret)).await.unwrap();
                        model.insert(id, secret);
                    }
                    None => assert_eq!(store.delete(&id).await.unwrap(), model.remove(&id).is_some()),
                }
                if restart {
                    store = open_file(dir.path()).await.unwrap();
                }
                assert_eq!(store.list().await.unwrap(), model.keys().cloned().collect::<Vec<_>>());
                for (id, secret) in &model {
                    assert_eq!(text(&*store, id).await.as_ref(), Some(secret));
                }
            }
        });
    }
}

#[tokio::test]
async fn other_vaults_are_named_for_what_they_are() {
    let (dir, vault, _) = folder().await;
    let whole = fs::read_to_string(&vault).unwrap();
    let cases = [
        (whole.replace("\"version\": 1", "\"version\": 2"), "vault_too_new"),
        ("{\"format\": \"mainstay-vault\", \"version\": 7}".to_owned(), "vault_too_new"),
        (whole.replace("\"version\": 1", "\"version\": 0"), "vault_damaged"),
        (whole.replace("\"key\": \"file\"", "\"key\": \"keyring\""), "vault_key_elsewhere"),
        (whole.replace("mainstay-vault", "something-else"), "vault_damaged"),
        ("[]".to_owned(), "vault_damaged"),
    ];
    for (content, code) in cases {
        fs::write(&vault, &content).unwrap();
        assert_eq!(error_of_opening(&dir).await.code(), code, "{content}");
    }
}

#[tokio::test]
async fn a_write_that_fails_changes_nothing_and_shows_in_the_health() {
    let (dir, vault, _) = folder().await;
    let store = open_file(dir.path()).await.unwrap();
    // A folder in the file's place: nothing can be renamed over it.
    fs::remove_file(&vault).unwrap();
    assert!(matches!(store.health().await, Health::Unavailable { .. }));
    fs::create_dir(&vault).unwrap();
    assert_eq!(store.set(&anthropic(), &SecretString::from("new")).await.unwrap_err().code(), "secret_store_io");
    assert_eq!(store.delete(&anthropic()).await.unwrap_err().code(), "secret_store_io");
    assert_eq!(text(&*store, &anthropic()).await.unwrap(), CANARY);
    assert!(matches!(store.health().await, Health::Unavailable { .. }));

    fs::remove_dir(&vault).unwrap();
    store.set(&anthropic(), &SecretString::from("new")).await.unwrap();
    assert_eq!(store.health().await, Health::Ready);
    assert_eq!(text(&*open_file(dir.path()).await.unwrap(), &anthropic()).await.unwrap(), "new");
}

#[test]
fn kinds_are_spelled_as_on_the_command_line() {
    for (kind, word) in [(StoreKind::Keyring, "keyring"), (StoreKind::File, "file"), (StoreKind::Memory, "memory")] {
        assert_eq!(kind.to_string(), word);
        assert_eq!(word.parse::<StoreKind>().unwrap(), kind);
    }
    assert!("Keyring".parse::<StoreKind>().is_err());
}
