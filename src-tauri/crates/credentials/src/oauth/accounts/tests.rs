use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::*;
use crate::{
    Health, MemoryStore, StoreKind,
    oauth::{
        Unreached,
        scripted::{Scripted, flow, refusal, tokens},
    },
};

struct Bench {
    accounts: Accounts,
    server: Arc<Scripted>,
    store: Arc<Fickle>,
    clock: Arc<AtomicU64>,
    redactor: Redactor,
}

/// A store that can be made to fail.
#[derive(Default)]
struct Fickle {
    inner: MemoryStore,
    failing: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl SecretStore for Fickle {
    async fn get(&self, id: &SecretId) -> Result<Option<SecretString>, StoreError> {
        self.inner.get(id).await
    }
    async fn set(&self, id: &SecretId, secret: &SecretString) -> Result<(), StoreError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(StoreError::KeyringUnavailable { reason: "it is locked".into() });
        }
        self.inner.set(id, secret).await
    }
    async fn delete(&self, id: &SecretId) -> Result<bool, StoreError> {
        self.inner.delete(id).await
    }
    async fn list(&self) -> Result<Vec<SecretId>, StoreError> {
        self.inner.list().await
    }
    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }
    async fn health(&self) -> Health {
        Health::Ready
    }
}

fn first() -> Bundle {
    Bundle {
        access: SecretString::from("first-access-token"),
        refresh: Some(SecretString::from("first-refresh-token")),
        expires_at: Some(4_600),
        obtained_at: 1_000,
        logged_in_at: 1_000,
        scopes: vec!["one".into()],
        who: Some("me@home.test".into()),
        client_id: "the-client".into(),
        token_url: "https://login.test/token".into(),
        ended: None,
    }
}

async fn bench(answers: Vec<Result<(u16, Value), Unreached>>) -> Bench {
    let (server, store) = (Scripted::with(answers), Arc::new(Fickle::default()));
    let (clock, redactor) = (Arc::new(AtomicU64::new(1_000)), Redactor::new());
    let accounts = open(&server, &store, &clock, &redactor).await;
    accounts.keep("p", "default", first()).await.unwrap();
    Bench { accounts, server, store, clock, redactor }
}

async fn open(server: &Arc<Scripted>, store: &Arc<Fickle>, clock: &Arc<AtomicU64>, redactor: &Redactor) -> Accounts {
    let time = Arc::clone(clock);
    let flows = |provider: &str| (provider == "p").then(|| flow(&json!({"revoke_url": "https://login.test/revoke"})));
    let now = move || time.load(Ordering::SeqCst);
    Accounts::open(store.clone(), server.clone(), flows, now, redactor.clone()).await.unwrap()
}

impl Bench {
    fn status(&self) -> AccountStatus {
        self.accounts.list().remove(0)
    }

    async fn token(&self) -> Result<String, OauthError> {
        self.accounts.token("p", "default").await.map(|token| token.expose_secret().to_owned())
    }

    async fn written(&self) -> Bundle {
        Bundle::read(&self.store.get(&SecretId::oauth("p", "default")).await.unwrap().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_token_in_its_time_costs_no_call() {
    let bench = bench(vec![]).await;
    assert_eq!(bench.token().await.unwrap(), "first-access-token");
    assert!(bench.server.asked().is_empty());
    assert_eq!((bench.status().state, bench.accounts.next_due()), (LoginState::Ready, Some(4_300)));
}

#[tokio::test]
async fn what_is_due_is_refreshed_and_the_rotated_token_is_kept() {
    let bench =
        bench(vec![tokens("second-access", Some("second-refresh"), 3_600), tokens("third-access", None, 3_600)]).await;
    bench.clock.store(4_299, Ordering::SeqCst);
    bench.accounts.refresh_due().await;
    assert!(bench.server.asked().is_empty(), "not yet");
    bench.clock.store(4_300, Ordering::SeqCst);
    bench.accounts.refresh_due().await;
    assert_eq!(bench.token().await.unwrap(), "second-access");
    assert_eq!(bench.written().await.refresh.unwrap().expose_secret(), "second-refresh");
    assert_eq!(bench.server.asked()[0].fields["refresh_token"], "first-refresh-token");
    bench.accounts.renew("p", "default", None).await.unwrap();
    assert_eq!(bench.server.asked()[1].fields["refresh_token"], "second-refresh", "a spent one is never sent");
    assert_eq!(bench.redactor.clean("second-refresh and third-access"), "[redacted] and [redacted]");
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_goes_out() {
    let bench = bench(vec![tokens("second-access", Some("second-refresh"), 3_600)]).await;
    let gate = Arc::new(tokio::sync::Notify::new());
    *bench.server.held.lock().unwrap() = Some(gate.clone());
    let rejected = SecretString::from("first-access-token");
    let renewals: Vec<_> = (0..8)
        .map(|_| {
            let (accounts, rejected) = (bench.accounts.clone(), rejected.clone());
            tokio::spawn(async move { accounts.renew("p", "default", Some(&rejected)).await })
        })
        .collect();
    bench.server.arrived.notified().await;
    gate.notify_one();
    for renewal in renewals {
        assert_eq!(renewal.await.unwrap().unwrap(), Renewed::Changed);
    }
    assert_eq!(bench.server.asked().len(), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_cuts_no_refresh_off() {
    let bench = bench(vec![tokens("second-access", Some("second-refresh"), 3_600)]).await;
    let gate = Arc::new(tokio::sync::Notify::new());
    *bench.server.held.lock().unwrap() = Some(gate.clone());
    let accounts = bench.accounts.clone();
    let caller = tokio::spawn(async move { accounts.renew("p", "default", None).await });
    bench.server.arrived.notified().await;
    let stirred = bench.accounts.stirred();
    tokio::pin!(stirred);
    assert!(futures_ready(stirred.as_mut()).await.is_none());
    caller.abort();
    gate.notify_one();
    stirred.await;
    assert_eq!(bench.written().await.refresh.unwrap().expose_secret(), "second-refresh");
}

/// Polls once.
async fn futures_ready<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut future).poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn a_login_that_the_provider_has_ended_is_over_and_stays_so_after_a_restart() {
    let bench = bench(vec![refusal("invalid_grant")]).await;
    assert_eq!(bench.accounts.renew("p", "default", None).await.unwrap_err().code(), "login_ended");
    let status = bench.status();
    assert_eq!((status.state, status.who.as_deref()), (LoginState::Ended, Some("me@home.test")));
    assert!(bench.accounts.usable("p").is_empty());
    assert_eq!(bench.token().await.unwrap_err().code(), "login_ended");
    assert_eq!((bench.accounts.next_due(), bench.server.asked().len()), (None, 1));
    let again = open(&bench.server, &bench.store, &bench.clock, &bench.redactor).await;
    assert_eq!(again.list()[0].state, LoginState::Ended);
    again.keep("p", "default", first()).await.unwrap();
    assert_eq!(again.usable("p"), ["default"], "logged in again");
}

#[tokio::test]
async fn a_server_that_is_down_ends_nothing_and_is_asked_ever_less_often() {
    let down = || Err(Unreached("connection refused".into()));
    let bench = bench(vec![down(), Ok((503, json!({}))), tokens("second-access", None, 3_600)]).await;
    bench.clock.store(4_300, Ordering::SeqCst);
    bench.accounts.refresh_due().await;
    assert_eq!(bench.token().await.unwrap(), "first-access-token", "it is still good");
    assert_eq!(bench.status().trouble.unwrap().0, "login_unreachable");
    assert_eq!(bench.accounts.next_due(), Some(4_315));
    bench.accounts.refresh_due().await;
    assert_eq!(bench.server.asked().len(), 1);
    bench.clock.store(4_315, Ordering::SeqCst);
    bench.accounts.refresh_due().await;
    assert_eq!(bench.accounts.next_due(), Some(4_345));
    bench.clock.store(4_700, Ordering::SeqCst);
    assert_eq!(bench.status().state, LoginState::Stale);
    assert_eq!(bench.token().await.unwrap(), "second-access", "a request in need refreshes at once");
    assert_eq!(bench.status().trouble, None);
}

#[tokio::test]
async fn tokens_that_cannot_be_stored_are_used_and_stored_later() {
    let bench = bench(vec![tokens("second-access", Some("second-refresh"), 3_600)]).await;
    bench.store.failing.store(true, Ordering::SeqCst);
    bench.accounts.renew("p", "default", None).await.unwrap();
    assert_eq!(bench.token().await.unwrap(), "second-access");
    assert!(bench.status().unstored);
    bench.store.failing.store(false, Ordering::SeqCst);
    bench.accounts.refresh_due().await;
    assert!(!bench.status().unstored);
    assert_eq!(bench.written().await.refresh.unwrap().expose_secret(), "second-refresh");
}

#[tokio::test]
async fn a_refresh_token_goes_to_no_other_origin_than_its_own() {
    let bench = bench(vec![]).await;
    bench
        .accounts
        .keep("p", "default", Bundle { token_url: "https://elsewhere.test/token".into(), ..first() })
        .await
        .unwrap();
    assert_eq!(bench.accounts.renew("p", "default", None).await.unwrap_err().code(), "login_ended");
    assert!(bench.server.asked().is_empty());
}

#[tokio::test]
async fn who_logs_out_is_forgotten_here_and_told_there() {
    let bench = bench(vec![Ok((200, json!({}))), Ok((503, json!({})))]).await;
    assert!(matches!(bench.accounts.forget("p", "default").await.unwrap(), (true, None)));
    assert!(bench.accounts.list().is_empty());
    assert!(bench.store.list().await.unwrap().is_empty());
    let asked = &bench.server.asked()[0];
    assert_eq!(
        (asked.url.as_str(), asked.fields["token"].as_str()),
        ("https://login.test/revoke", "first-refresh-token")
    );
    assert!(!bench.accounts.forget("p", "default").await.unwrap().0);
    bench.accounts.keep("p", "default", first()).await.unwrap();
    let (gone, told) = bench.accounts.forget("p", "default").await.unwrap();
    assert!(gone && told.is_some(), "it is forgotten all the same");
}

#[tokio::test]
async fn the_default_account_is_tried_first() {
    let bench = bench(vec![]).await;
    for name in ["work", "a-first"] {
        bench.accounts.keep("p", name, first()).await.unwrap();
    }
    bench.accounts.keep("q", "default", first()).await.unwrap();
    assert_eq!(bench.accounts.usable("p"), ["default", "a-first", "work"]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_or_forth_loses_no_login() {
    let bench = bench(vec![tokens("second-access", None, 3_600)]).await;
    bench.clock.store(10, Ordering::SeqCst);
    assert_eq!(bench.token().await.unwrap(), "first-access-token");
    bench.clock.store(1_000_000, Ordering::SeqCst);
    assert_eq!(bench.token().await.unwrap(), "second-access", "after a long sleep the first request refreshes");
}
