//! Which credential a profile uses, and where it may go.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, path::PathBuf};

use mainstay_credentials::{
    CliKeys, Credential, CredentialAsk, CredentialProblem, Environment, Health, KeyHeader, MemoryCliKeys, MemoryStore,
    NamedSource, Origin, SecretId, SecretStore, SecretString, Source, StoreError, StoreKind, resolve, set_profile_key,
    set_provider_key,
};
use secrecy::ExposeSecret as _;

const HOME_ORIGIN: &str = "https://api.anthropic.com";

struct World {
    store: MemoryStore,
    env: BTreeMap<String, String>,
    cli_keys: MemoryCliKeys,
    ask: CredentialAsk,
}

impl World {
    /// A profile of the catalogue's provider, with no credential anywhere.
    fn empty() -> Self {
        Self {
            store: MemoryStore::new(),
            env: BTreeMap::new(),
            cli_keys: MemoryCliKeys::new(),
            ask: CredentialAsk {
                profile: "primary".to_owned(),
                provider: "anthropic".to_owned(),
                named: Vec::new(),
                base_url: format!("{HOME_ORIGIN}/v1/").parse().unwrap(),
                provider_origins: vec![origin(HOME_ORIGIN)],
                confirmed_origins: Vec::new(),
                logins: Vec::new(),
                accepted_env: Vec::new(),
                keyless: false,
            },
        }
    }

    /// A credential in every stored place.
    async fn full() -> Self {
        let mut world = Self::empty();
        world.bind_profile_key(HOME_ORIGIN).await;
        set_provider_key(&world.store, "anthropic", &SecretString::from("provider-key")).await.unwrap();
        set_provider_key(&world.store, "openai", &SecretString::from("foreign-key")).await.unwrap();
        world.env.insert("ACCEPTED".to_owned(), "accepted-key".to_owned());
        world.env.insert("ANTHROPIC_API_KEY".to_owned(), "never-accepted".to_owned());
        world.ask.accepted_env = vec!["UNSET".to_owned(), "ACCEPTED".to_owned()];
        world.cli_keys = world.cli_keys.with("work", SecretString::from("cli-key\n"));
        world
    }

    async fn bind_profile_key(&self, at: &str) {
        set_profile_key(&self.store, "primary", &origin(at), &SecretString::from("profile-key")).await.unwrap();
    }

    fn going_to(mut self, base_url: &str) -> Self {
        self.ask.base_url = base_url.parse().unwrap();
        self
    }

    fn naming(mut self, named: Vec<NamedSource>) -> Self {
        self.ask.named = named;
        self
    }

    async fn resolve(&self) -> Result<Credential, CredentialProblem> {
        resolve(&self.ask, &self.store, &self.env, &self.cli_keys).await
    }

    async fn key(&self) -> (String, Source, String) {
        match self.resolve().await.unwrap() {
            Credential::Key { secret, id, source } => (secret.expose_secret().to_owned(), source, id.to_string()),
            other => panic!("{other:?}"),
        }
    }

    async fn problem(&self) -> CredentialProblem {
        self.resolve().await.unwrap_err()
    }
}

fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

fn plain(key: &str) -> NamedSource {
    NamedSource::Plain(SecretString::from(key))
}

fn keyfile(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    std::fs::write(&path, content).unwrap();
    (dir, path)
}

#[tokio::test]
async fn a_provider_that_needs_no_key_is_sent_one_only_where_there_is_one() {
    let mut world = World::empty();
    world.ask.keyless = true;
    assert!(matches!(world.resolve().await, Ok(Credential::None)));
    world.bind_profile_key(HOME_ORIGIN).await;
    assert!(matches!(world.resolve().await, Ok(Credential::Key { .. })));
}

#[tokio::test]
async fn the_first_source_that_applies_is_used() {
    let mut world = World::full().await.naming(vec![plain("file-key")]);
    assert_eq!(world.key().await.0, "file-key");
    world.ask.named.clear();
    assert_eq!(world.key().await.1, Source::ProfileKey);
    assert_eq!(world.key().await.0, "profile-key");
    world.store.delete(&SecretId::profile_key("primary")).await.unwrap();
    assert_eq!(world.key().await.1, Source::ProviderKey);
    assert_eq!(world.key().await.0, "provider-key");
    world.store.delete(&SecretId::provider_key("anthropic")).await.unwrap();
    assert_eq!(world.key().await.1, Source::AcceptedEnv("ACCEPTED".to_owned()));
    assert_eq!(world.key().await.0, "accepted-key");
    world.ask.accepted_env.clear();
    let problem = world.problem().await;
    assert!(matches!(problem, CredentialProblem::Missing), "{problem}");
    assert_eq!((problem.code(), problem.to_string().as_str()), ("needs_credential", "needs a key or login"));
}

#[tokio::test]
async fn what_the_file_names_is_used_as_it_says() {
    let (dir, path) = keyfile(b"  keyfile-key\r\n");
    let mut world = World::full().await;
    world.env.insert("HOME".to_owned(), dir.path().to_str().unwrap().to_owned());
    world.env.insert("NAMED".to_owned(), " env-key ".to_owned());
    let cases = [
        (NamedSource::CliKeyName("work".to_owned()), "cli-key", Source::FileKeyName("work".to_owned())),
        (NamedSource::Keyfile(path.clone()), "keyfile-key", Source::FileKeyfile(path.clone())),
        (NamedSource::Keyfile(PathBuf::from("~/key")), "keyfile-key", Source::FileKeyfile(path.clone())),
        (plain(" plain-key "), "plain-key", Source::FilePlain),
        (NamedSource::Env("NAMED".to_owned()), "env-key", Source::FileEnv("NAMED".to_owned())),
    ];
    // Also for an address that no stored credential may go to: the file names both.
    for base_url in [HOME_ORIGIN, "https://proxy.example/v1", "http://127.0.0.1:8080"] {
        world = world.going_to(base_url);
        for (named, key, source) in cases.clone() {
            world = world.naming(vec![named]);
            let (found_key, found_source, _) = world.key().await;
            assert_eq!((found_key.as_str(), found_source), (key, source), "{base_url}");
        }
    }
}

#[tokio::test]
async fn named_sources_are_tried_in_order_and_no_stored_key_steps_in() {
    let gone = NamedSource::Keyfile(PathBuf::from("/does/not/exist"));
    let unset = NamedSource::Env("UNSET".to_owned());
    let world = World::full().await.naming(vec![gone.clone(), unset.clone(), plain("third")]);
    assert_eq!(world.key().await.0, "third");
    let problem = world.naming(vec![unset, gone]).problem().await;
    assert!(
        matches!(&problem, CredentialProblem::Unreadable { source: Source::FileEnv(name), .. } if name == "UNSET"),
        "{problem}"
    );
    assert_eq!(problem.code(), "credential_unreadable");
}

#[tokio::test]
async fn a_named_source_without_a_usable_key_says_why() {
    let (_dir, empty) = keyfile(b" \n");
    let (_dir2, two_lines) = keyfile(b"one\ntwo");
    let (_dir3, binary) = keyfile(&[0xff, 0xfe]);
    let (_dir4, huge) = keyfile(&vec![b'x'; 70_000]);
    let cases = [
        (NamedSource::Keyfile(empty), "the key is empty"),
        (NamedSource::Keyfile(two_lines), "the key holds characters that no HTTP header can carry"),
        (NamedSource::Keyfile(binary), "it is not text"),
        (NamedSource::Keyfile(huge), "it is too long for a key file"),
        (NamedSource::Keyfile(std::env::temp_dir()), "it is not a file"),
        (plain(""), "the key is empty"),
        (NamedSource::Env("UNSET".to_owned()), "the variable is not set"),
        (NamedSource::CliKeyName("absent".to_owned()), "the CLI has no key of this name in the keyring"),
        (NamedSource::CliKeyName("../x".to_owned()), "it is not a name that the CLI gives to keys"),
    ];
    for (named, expected) in cases {
        let problem = World::full().await.naming(vec![named]).problem().await;
        assert!(matches!(&problem, CredentialProblem::Unreadable { reason, .. } if reason == expected), "{problem}");
    }
}

#[tokio::test]
async fn no_credential_is_read_where_none_is_needed() {
    let world = World::full().await.naming(vec![NamedSource::NoneNeeded]).going_to("http://lan.example:8000");
    assert!(matches!(world.resolve().await.unwrap(), Credential::None));
}

#[tokio::test]
async fn a_profile_key_goes_only_where_it_was_set_for() {
    // An address of its own: the key was set for that.
    let world = World::full().await.going_to("https://proxy.example:8443/anthropic");
    world.bind_profile_key("https://proxy.example:8443").await;
    assert_eq!(world.key().await.1, Source::ProfileKey);
    // Back at the provider's address the key is still the proxy's.
    let problem = world.going_to(HOME_ORIGIN).problem().await;
    assert!(matches!(problem, CredentialProblem::OriginUnconfirmed { .. }), "{problem}");
}

#[tokio::test]
async fn stored_credentials_wait_for_the_users_word_on_another_address() {
    let elsewhere = [
        "https://evil.example/v1",
        "https://api.anthropic.com.evil.example",
        "https://api.anthropic.com:8443",
        "https://api.anthropic.com@evil.example",
        "http://127.0.0.1:9999",
    ];
    for base_url in elsewhere {
        let mut world = World::full().await.going_to(base_url);
        let here = Origin::from(&world.ask.base_url);
        for next_out in [Some(SecretId::profile_key("primary")), Some(SecretId::provider_key("anthropic")), None] {
            world.ask.confirmed_origins.clear();
            let problem = world.problem().await;
            assert!(
                matches!(&problem, CredentialProblem::OriginUnconfirmed { origin } if *origin == here),
                "{base_url}: {problem}"
            );
            assert_eq!(problem.code(), "credential_origin_unconfirmed");
            world.ask.confirmed_origins = vec![origin("https://unrelated.example"), here.clone()];
            world.key().await;
            match next_out {
                Some(id) => assert!(world.store.delete(&id).await.unwrap()),
                None => assert_eq!(world.key().await.1, Source::AcceptedEnv("ACCEPTED".to_owned())),
            }
        }
    }
}

#[tokio::test]
async fn the_callers_credential_goes_only_to_its_own_provider() {
    let world = World::full().await.naming(vec![NamedSource::Caller]);
    assert!(matches!(world.resolve().await.unwrap(), Credential::Caller));
    let mut world = world.going_to("https://evil.example");
    assert_eq!(world.problem().await.code(), "credential_origin_unconfirmed");
    world.ask.confirmed_origins = vec![origin("https://evil.example")];
    assert!(matches!(world.resolve().await.unwrap(), Credential::Caller));
}

#[tokio::test]
async fn no_credential_leaves_the_machine_unencrypted_unless_confirmed() {
    for base_url in ["http://api.anthropic.com", "http://192.168.1.7:8000/v1", "ftp://api.anthropic.com"] {
        for named in [vec![], vec![plain("file-key")], vec![NamedSource::Caller]] {
            let mut world = World::full().await.naming(named).going_to(base_url);
            let here = Origin::from(&world.ask.base_url);
            // The catalogue's word, or the address that a key was set for, is not the user's.
            world.ask.provider_origins.push(here.clone());
            world.bind_profile_key(&here.to_string()).await;
            let problem = world.problem().await;
            assert!(
                matches!(&problem, CredentialProblem::InsecureOrigin { origin } if *origin == here),
                "{base_url}: {problem}"
            );
            world.ask.confirmed_origins.push(here);
            world.resolve().await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_id_tells_keys_apart_and_stays_over_restarts() {
    let mut world = World::full().await;
    let (_, _, first) = world.key().await;
    assert_eq!(world.key().await.2, first);
    assert!(first.starts_with("key:profile:"), "{first}");
    set_profile_key(&world.store, "primary", &origin(HOME_ORIGIN), &SecretString::from("new-key")).await.unwrap();
    let (_, _, changed) = world.key().await;
    assert_ne!(changed, first);
    set_profile_key(&world.store, "primary", &origin(HOME_ORIGIN), &SecretString::from("profile-key")).await.unwrap();
    assert_eq!(world.key().await.2, first);

    // Profiles that share a key share what is known about its account.
    set_profile_key(&world.store, "second", &origin(HOME_ORIGIN), &SecretString::from("profile-key")).await.unwrap();
    world.ask.profile = "second".to_owned();
    assert_eq!(world.key().await.2, first);

    // Nobody without the store's own key can make the id of a guessed secret.
    assert_ne!(World::full().await.key().await.2, first);
}

/// A store that is out.
struct Out;

#[async_trait::async_trait]
impl SecretStore for Out {
    async fn get(&self, _: &SecretId) -> Result<Option<SecretString>, StoreError> {
        Err(StoreError::KeyringUnavailable { reason: "out".to_owned() })
    }
    async fn set(&self, _: &SecretId, _: &SecretString) -> Result<(), StoreError> {
        Err(StoreError::KeyringUnavailable { reason: "out".to_owned() })
    }
    async fn delete(&self, _: &SecretId) -> Result<bool, StoreError> {
        Err(StoreError::KeyringUnavailable { reason: "out".to_owned() })
    }
    async fn list(&self) -> Result<Vec<SecretId>, StoreError> {
        Err(StoreError::KeyringUnavailable { reason: "out".to_owned() })
    }
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }
    async fn health(&self) -> Health {
        Health::Unavailable { reason: "out".to_owned() }
    }
}

#[tokio::test]
async fn a_store_that_is_out_stops_only_what_needs_it() {
    let mut world = World::full().await;
    let problem = resolve(&world.ask, &Out, &world.env, &world.cli_keys).await.unwrap_err();
    assert_eq!(problem.code(), "keyring_unavailable");
    world.ask.named = vec![plain("file-key")];
    let id = |credential| match credential {
        Credential::Key { id, .. } => id,
        other => panic!("{other:?}"),
    };
    let first = id(resolve(&world.ask, &Out, &world.env, &world.cli_keys).await.unwrap());
    assert_eq!(id(resolve(&world.ask, &Out, &world.env, &world.cli_keys).await.unwrap()), first);
}

#[tokio::test]
async fn a_record_that_names_no_origin_is_no_profile_key() {
    let world = World::full().await;
    let id = SecretId::profile_key("primary");
    for record in ["bare-key-0123456789", "profile-key/1 nowhere\nkey", "profile-key/2 https://a.example\nkey", ""] {
        world.store.set(&id, &SecretString::from(record)).await.unwrap();
        assert_eq!(world.key().await.1, Source::ProviderKey, "{record}");
        assert_eq!(mainstay_credentials::last_four(&world.store, &id).await, None);
    }
}

#[tokio::test]
async fn keys_that_no_header_can_carry_are_not_stored() {
    let store = MemoryStore::new();
    for key in ["", "  ", "two\nlines", "tab\tbed", "nul\0"] {
        let key = SecretString::from(key);
        let at = origin(HOME_ORIGIN);
        assert_eq!(set_profile_key(&store, "p", &at, &key).await.unwrap_err().code(), "invalid_secret");
        assert_eq!(set_provider_key(&store, "p", &key).await.unwrap_err().code(), "invalid_secret");
    }
    assert!(store.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn short_keys_show_nothing_of_themselves() {
    let store = MemoryStore::new();
    let id = SecretId::provider_key("p");
    for (key, shown) in
        [("abcd", None), ("abcdefghijk", None), ("abcdefghijkl", Some("ijkl")), ("ääääääääöööö", Some("öööö"))]
    {
        set_provider_key(&store, "p", &SecretString::from(key)).await.unwrap();
        assert_eq!(mainstay_credentials::last_four(&store, &id).await.as_deref(), shown);
    }
}

#[test]
fn keys_are_put_on_requests_as_providers_want_them() {
    let key = SecretString::from("K");
    for (header, name, value) in [
        (KeyHeader::Bearer, "authorization", "Bearer K"),
        (KeyHeader::XApiKey, "x-api-key", "K"),
        (KeyHeader::XGoogApiKey, "x-goog-api-key", "K"),
    ] {
        assert_eq!((header.name(), header.value(&key).expose_secret()), (name, value));
    }
}

#[test]
fn sources_are_said_in_plain_words() {
    let said = [
        (Source::FileKeyName("work".to_owned()), "the CLI's key `work`, named in the profile file"),
        (Source::FileKeyfile(PathBuf::from("/k")), "the key file /k, named in the profile file"),
        (Source::FilePlain, "the key written in the profile file"),
        (Source::FileEnv("K".to_owned()), "the variable K, named in the profile file"),
        (Source::ProfileKey, "the profile's own key"),
        (Source::ProviderKey, "the provider's stored key"),
        (Source::AcceptedEnv("K".to_owned()), "the variable K, accepted for the provider"),
    ];
    for (source, words) in said {
        assert_eq!(source.to_string(), words);
    }
}

#[tokio::test]
async fn a_secret_shows_in_no_debug_text_and_no_error() {
    const CANARY: &str = "canary-0123456789";
    let mut world = World::full().await;
    set_profile_key(&world.store, "primary", &origin(HOME_ORIGIN), &SecretString::from(CANARY)).await.unwrap();
    world.env.insert("BAD".to_owned(), format!("{CANARY}\nmore"));
    world.cli_keys = MemoryCliKeys::new().with("work", SecretString::from(CANARY));
    let redactor = mainstay_credentials::Redactor::new();
    redactor.learn(&SecretString::from(CANARY));
    let mut shown = vec![
        format!("{:?}", SecretString::from(CANARY)),
        format!("{:?}", world.resolve().await),
        format!("{:?}", world.store),
        format!("{:?}", world.cli_keys),
        format!("{redactor:?}"),
        format!("{:?}", KeyHeader::Bearer.value(&SecretString::from(CANARY))),
        format!("{:?}", mainstay_credentials::BoundKeys::read(&world.store).await),
        format!("{:?}", world.store.list().await),
        format!("{:?}", world.cli_keys.get("work").await),
    ];
    for named in [plain(CANARY), plain(&format!("{CANARY}\0")), NamedSource::Env("BAD".to_owned())] {
        world.ask.named = vec![named];
        shown.push(format!("{:?}", world.ask));
        shown.push(match world.resolve().await {
            Ok(credential) => format!("{credential:?}"),
            Err(problem) => format!("{problem:?} {problem} {}", problem.hint()),
        });
    }
    let error = set_provider_key(&world.store, "p", &SecretString::from(format!("{CANARY}\n\0x"))).await.unwrap_err();
    shown.push(format!("{error:?} {error} {}", error.hint()));
    for text in shown {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn the_real_environment_is_an_environment() {
    let env: &dyn Environment = &mainstay_credentials::ProcessEnvironment;
    assert_eq!(env.var("MAINSTAY_TEST_SURELY_UNSET"), None);
}

fn accounts(found: Result<Credential, CredentialProblem>) -> Vec<String> {
    match found.unwrap() {
        Credential::Login { accounts } => accounts,
        other => panic!("{other:?}"),
    }
}

/// credentials.md, "Which credential a profile uses", 3
#[tokio::test]
async fn a_login_comes_after_the_profiles_own_key_and_before_the_providers() {
    let mut world = World::full().await;
    world.ask.logins = vec!["default".to_owned(), "work".to_owned()];
    assert!(matches!(world.resolve().await.unwrap(), Credential::Key { source: Source::ProfileKey, .. }));
    world.store.delete(&SecretId::profile_key("primary")).await.unwrap();
    assert_eq!(accounts(world.resolve().await), ["default", "work"]);
}

#[tokio::test]
async fn the_accounts_that_the_file_names_are_tried_in_its_order() {
    let mut world = World::full().await.naming(vec![NamedSource::Login(vec![
        "work".to_owned(),
        "gone".to_owned(),
        "default".to_owned(),
    ])]);
    world.ask.logins = vec!["default".to_owned(), "spare".to_owned(), "work".to_owned()];
    assert_eq!(accounts(world.resolve().await), ["work", "default"]);
}

#[tokio::test]
async fn where_the_file_names_a_login_no_stored_key_steps_in_for_it() {
    let world = World::full().await.naming(vec![NamedSource::Login(vec!["work".to_owned()])]);
    let problem = world.resolve().await.unwrap_err();
    assert_eq!((problem.code(), problem.to_string().as_str()), ("login_needed", "needs a login of the account work"));
    let world = World::full().await.naming(vec![NamedSource::Login(vec!["default".to_owned()])]);
    assert_eq!(world.resolve().await.unwrap_err().to_string(), "needs a login");
}

#[tokio::test]
async fn a_login_goes_to_no_foreign_address() {
    for named in [vec![], vec![NamedSource::Login(vec!["default".to_owned()])]] {
        let mut world = World::empty().going_to("https://evil.test/v1/").naming(named);
        world.ask.logins = vec!["default".to_owned()];
        assert_eq!(world.resolve().await.unwrap_err().code(), "credential_origin_unconfirmed");
        world.ask.confirmed_origins = vec![origin("https://evil.test")];
        assert_eq!(accounts(world.resolve().await), ["default"]);
    }
}
