use std::{
    collections::BTreeMap,
    sync::{Condvar, atomic::AtomicUsize},
};

use super::*;
use crate::{
    SecretId, SecretStore, SecretString, StoreKind,
    store::{open, open_with},
};

const SERVICE: &str = "mainstay-test";
const LIMIT: Duration = Duration::from_secs(5);

/// A keyring whose owner is the test.
#[derive(Default)]
struct Owner {
    entries: Mutex<BTreeMap<(String, String), String>>,
    down: Mutex<bool>,
    refusing: Mutex<bool>,
    /// Connections up to this number are stale: the keyring has restarted since.
    stale: AtomicUsize,
    prompting: Mutex<bool>,
    answered_prompt: Condvar,
    connections: AtomicUsize,
    questions: AtomicUsize,
}

impl Owner {
    fn set_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }

    /// From now on every question waits for [`Owner::answer_prompts`].
    fn prompt(&self) {
        *self.prompting.lock().unwrap() = true;
    }

    fn answer_prompts(&self) {
        *self.prompting.lock().unwrap() = false;
        self.answered_prompt.notify_all();
    }

    fn begin_question(&self, connection: usize) -> Result<(), Fault> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        let prompting = self.prompting.lock().unwrap();
        drop(self.answered_prompt.wait_while(prompting, |prompting| *prompting).unwrap());
        if *self.down.lock().unwrap() || connection <= self.stale.load(Ordering::SeqCst) {
            return Err(Fault::Broken("the bus is gone".to_owned()));
        }
        if *self.refusing.lock().unwrap() { Err(Fault::Refused("locked".to_owned())) } else { Ok(()) }
    }

    fn thread(self: &Arc<Self>) -> KeyringThread {
        let owner = self.clone();
        KeyringThread::new(move || {
            let number = owner.connections.fetch_add(1, Ordering::SeqCst) + 1;
            if *owner.down.lock().unwrap() {
                return Err(Fault::Broken("no bus".to_owned()));
            }
            Ok(Box::new(Client { owner: owner.clone(), number }))
        })
    }
}

struct Client {
    owner: Arc<Owner>,
    number: usize,
}

impl Keyring for Client {
    fn get(&mut self, service: &str, account: &str) -> Result<Option<Zeroizing<String>>, Fault> {
        self.owner.begin_question(self.number)?;
        let found = self.owner.entries.lock().unwrap().get(&(service.to_owned(), account.to_owned())).cloned();
        Ok(found.map(Zeroizing::new))
    }

    fn set(&mut self, service: &str, account: &str, text: &str) -> Result<(), Fault> {
        self.owner.begin_question(self.number)?;
        self.owner.entries.lock().unwrap().insert((service.to_owned(), account.to_owned()), text.to_owned());
        Ok(())
    }

    fn delete(&mut self, service: &str, account: &str) -> Result<bool, Fault> {
        self.owner.begin_question(self.number)?;
        Ok(self.owner.entries.lock().unwrap().remove(&(service.to_owned(), account.to_owned())).is_some())
    }
}

/// Waits until a question stands before the prompt. It keeps the runtime busy, and so a paused clock where it is.
async fn begun(owner: &Owner, questions: usize) {
    while owner.questions.load(Ordering::SeqCst) < questions {
        tokio::task::yield_now().await;
    }
}

/// Asks before a prompt until the limit.
async fn ask_in_vain(owner: &Owner, thread: &KeyringThread) -> StoreError {
    let questions = owner.questions.load(Ordering::SeqCst) + 1;
    let (answer, ()) = tokio::join!(thread.get(SERVICE, "a", LIMIT), begun(owner, questions));
    answer.unwrap_err()
}

/// Asks until the keyring answers: a thread that came back needs a moment to say so.
async fn get_when_back(thread: &KeyringThread) -> Option<Zeroizing<String>> {
    loop {
        match thread.get(SERVICE, "a", LIMIT).await {
            Ok(answer) => return answer,
            Err(StoreError::KeyringUnavailable { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn what_is_set_is_there() {
    let thread = Arc::new(Owner::default()).thread();
    assert!(thread.get(SERVICE, "a", LIMIT).await.unwrap().is_none());
    thread.set(SERVICE, "a", Zeroizing::new("one".to_owned()), LIMIT).await.unwrap();
    assert_eq!(*thread.get(SERVICE, "a", LIMIT).await.unwrap().unwrap(), "one");
    assert!(thread.get("another", "a", LIMIT).await.unwrap().is_none());
}

#[tokio::test]
async fn one_connection_serves_until_it_breaks() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    for _ in 0..3 {
        thread.get(SERVICE, "a", LIMIT).await.unwrap();
    }
    assert_eq!(owner.connections.load(Ordering::SeqCst), 1);
    owner.set_down(true);
    for _ in 0..3 {
        let error = thread.get(SERVICE, "a", LIMIT).await.unwrap_err();
        assert_eq!(error.to_string(), "the system keyring is not available: no bus");
    }
    owner.set_down(false);
    thread.get(SERVICE, "a", LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_keyring_that_restarts_is_not_noticed() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    thread.get(SERVICE, "a", LIMIT).await.unwrap();
    owner.stale.store(1, Ordering::SeqCst);
    thread.set(SERVICE, "a", Zeroizing::new("one".to_owned()), LIMIT).await.unwrap();
    assert_eq!(*thread.get(SERVICE, "a", LIMIT).await.unwrap().unwrap(), "one");
    assert_eq!(owner.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_keyring_that_refuses_is_asked_once() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    thread.get(SERVICE, "a", LIMIT).await.unwrap();
    *owner.refusing.lock().unwrap() = true;
    let error = thread.get(SERVICE, "a", LIMIT).await.unwrap_err();
    assert_eq!(error.to_string(), "the system keyring is not available: locked");
    assert_eq!(owner.questions.load(Ordering::SeqCst), 2);
    assert_eq!(owner.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_behind_a_thread_that_hangs() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    owner.prompt();
    let start = Instant::now();
    let error = ask_in_vain(&owner, &thread).await;
    assert!(matches!(error, StoreError::KeyringTimeout { limit } if limit == LIMIT), "{error}");
    // The clock is the test's: it moves only while somebody waits for it.
    let waited = start.elapsed();
    for _ in 0..100 {
        assert_eq!(thread.get(SERVICE, "a", LIMIT).await.unwrap_err().code(), "keyring_unavailable");
    }
    assert_eq!(start.elapsed(), waited);
    owner.answer_prompts();
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_comes_back_serves_again() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    owner.prompt();
    ask_in_vain(&owner, &thread).await;
    owner.entries.lock().unwrap().insert((SERVICE.to_owned(), "a".to_owned()), "one".to_owned());
    owner.answer_prompts();
    tokio::time::resume();
    assert_eq!(*get_when_back(&thread).await.unwrap(), "one");
    assert_eq!(owner.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_is_not_begun() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    owner.prompt();
    let first = ask_in_vain(&owner, &thread);
    let second = thread.set(SERVICE, "a", Zeroizing::new("late".to_owned()), LIMIT);
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.code(), "keyring_timeout");
    assert_eq!(second.unwrap_err().code(), "keyring_timeout");
    owner.answer_prompts();
    tokio::time::resume();
    assert!(get_when_back(&thread).await.is_none(), "the write that timed out was done all the same");
    // The first, and the one that was answered.
    assert_eq!(owner.questions.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_another_thread_is_tried_but_not_for_ever() {
    let owner = Arc::new(Owner::default());
    let thread = owner.thread();
    owner.prompt();
    for _ in 0..MOST_HANGING {
        assert_eq!(ask_in_vain(&owner, &thread).await.code(), "keyring_timeout");
        tokio::time::advance(PAUSE).await;
    }
    assert_eq!(thread.get(SERVICE, "a", LIMIT).await.unwrap_err().code(), "keyring_unavailable");
    owner.answer_prompts();
    tokio::time::resume();
    assert!(get_when_back(&thread).await.is_none());
}

#[tokio::test]
async fn a_question_that_panics_ends_its_thread_only() {
    let thread = Arc::new(Owner::default()).thread();
    let answer: Result<(), _> = thread.ask(LIMIT, |_| panic!("on purpose")).await;
    assert_eq!(answer.unwrap_err().code(), "keyring_unavailable");
    assert!(get_when_back(&thread).await.is_none());
}

async fn open_on(owner: &Arc<Owner>, dir: &std::path::Path) -> Result<Arc<dyn SecretStore>, StoreError> {
    open_with(StoreKind::Keyring, dir, SERVICE, &owner.thread(), LIMIT).await
}

#[tokio::test]
async fn the_vault_opens_with_the_key_in_the_keyring() {
    let (owner, dir) = (Arc::new(Owner::default()), tempfile::tempdir().unwrap());
    let id = SecretId::provider_key("anthropic");
    let store = open_on(&owner, dir.path()).await.unwrap();
    store.set(&id, &SecretString::from("sk-canary-1")).await.unwrap();
    assert_eq!(store.kind(), StoreKind::Keyring);
    assert_eq!(owner.entries.lock().unwrap().len(), 1);
    drop(store);

    let store = open_on(&owner, dir.path()).await.unwrap();
    // Held from then on: the keyring may go.
    owner.set_down(true);
    assert_eq!(secrecy::ExposeSecret::expose_secret(&store.get(&id).await.unwrap().unwrap()), "sk-canary-1");
    store.delete(&id).await.unwrap();
}

#[tokio::test]
async fn a_keyring_that_appears_later_is_used() {
    let (owner, dir) = (Arc::new(Owner::default()), tempfile::tempdir().unwrap());
    owner.set_down(true);
    let error = open_on(&owner, dir.path()).await.map(drop).unwrap_err();
    assert_eq!(error.code(), "keyring_unavailable");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is made without a key");
    owner.set_down(false);
    open_on(&owner, dir.path()).await.unwrap();
}

#[tokio::test]
async fn a_vault_whose_key_is_not_in_the_keyring_is_left_alone() {
    let (owner, dir) = (Arc::new(Owner::default()), tempfile::tempdir().unwrap());
    open_on(&owner, dir.path()).await.unwrap();
    let vault = dir.path().join("vault.json");
    let before = std::fs::read(&vault).unwrap();
    let kept = owner.entries.lock().unwrap().clone();

    let wrong = key_text_of_another_vault().await;
    type Spoil = fn(&mut BTreeMap<(String, String), String>, &str);
    let cases: [(&str, Spoil); 3] = [
        ("lost", |entries, _| entries.clear()),
        ("another vault's", |entries, wrong| entries.values_mut().for_each(|text| wrong.clone_into(text))),
        ("not a key", |entries, _| entries.values_mut().for_each(|text| text.truncate(5))),
    ];
    for (case, spoil) in cases {
        spoil(&mut owner.entries.lock().unwrap(), &wrong);
        let error = open_on(&owner, dir.path()).await.map(drop).unwrap_err();
        assert!(matches!(&error, StoreError::VaultKeyLost { vault: named } if *named == vault), "{case}: {error}");
        assert_eq!(std::fs::read(&vault).unwrap(), before, "{case}");
        owner.entries.lock().unwrap().clone_from(&kept);
    }
    open_on(&owner, dir.path()).await.unwrap();
}

async fn key_text_of_another_vault() -> String {
    let (owner, dir) = (Arc::new(Owner::default()), tempfile::tempdir().unwrap());
    open_on(&owner, dir.path()).await.unwrap();
    let text = owner.entries.lock().unwrap().values().next().cloned();
    text.unwrap()
}

#[tokio::test]
async fn vaults_that_share_a_keyring_have_keys_of_their_own() {
    let owner = Arc::new(Owner::default());
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&one, &other] {
        open_on(&owner, dir.path()).await.unwrap();
    }
    assert_eq!(owner.entries.lock().unwrap().len(), 2);
    for dir in [&one, &other] {
        open_on(&owner, dir.path()).await.unwrap();
    }
}

#[tokio::test]
async fn a_vault_whose_key_is_forgotten_leaves_nothing_in_the_keyring() {
    let owner = Arc::new(Owner::default());
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&one, &other] {
        open_on(&owner, dir.path()).await.unwrap();
    }
    assert!(crate::store::forget_with(one.path(), SERVICE, &owner.thread()).await.unwrap());
    assert_eq!(owner.entries.lock().unwrap().len(), 1, "another folder's key stays");
    assert!(!crate::store::forget_with(one.path(), SERVICE, &owner.thread()).await.unwrap());
    open_on(&owner, other.path()).await.unwrap();
    let (kept, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    open(StoreKind::File, kept.path(), SERVICE).await.unwrap();
    for dir in [&kept, &empty] {
        assert!(!crate::store::forget_with(dir.path(), SERVICE, &owner.thread()).await.unwrap());
    }
}

#[tokio::test]
async fn a_vault_that_was_moved_aside_can_be_put_back() {
    let (owner, dir) = (Arc::new(Owner::default()), tempfile::tempdir().unwrap());
    open_on(&owner, dir.path()).await.unwrap();
    let aside = crate::reset(dir.path()).await.unwrap().unwrap();
    open_on(&owner, dir.path()).await.unwrap();
    std::fs::rename(aside, dir.path().join("vault.json")).unwrap();
    open_on(&owner, dir.path()).await.unwrap();
}

#[tokio::test]
async fn a_vault_made_with_a_key_file_says_so() {
    let (owner, dir) = (Arc::new(Owner::default()), tempfile::tempdir().unwrap());
    open(StoreKind::File, dir.path(), SERVICE).await.unwrap();
    let error = open_on(&owner, dir.path()).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::VaultKeyElsewhere { kept_in: StoreKind::File, .. }), "{error}");
    assert_eq!(owner.entries.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_keyring_that_forgets_at_once_gets_no_vault() {
    struct Forgetful;
    impl Keyring for Forgetful {
        fn get(&mut self, _: &str, _: &str) -> Result<Option<Zeroizing<String>>, Fault> {
            Ok(None)
        }
        fn set(&mut self, _: &str, _: &str, _: &str) -> Result<(), Fault> {
            Ok(())
        }
        fn delete(&mut self, _: &str, _: &str) -> Result<bool, Fault> {
            Ok(false)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let thread = KeyringThread::new(|| Ok(Box::new(Forgetful)));
    let opened = open_with(StoreKind::Keyring, dir.path(), SERVICE, &thread, LIMIT).await;
    assert_eq!(opened.map(drop).unwrap_err().code(), "keyring_unavailable");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
