//! The accounts that are logged in, and the tokens that stay fresh.
//!
//! Invariants:
//! - For one account there is one refresh at a time; whoever comes meanwhile gets its result. It runs on a task of its own, so
//!   that a caller who goes away cuts nothing off.
//! - Tokens are stored before anybody uses them. Where the store fails, they are used all the same (the old ones may be spent)
//!   and stored at the next chance.
//! - Only the provider ends a login (`invalid_grant`); a server that is down, or a machine that is offline, ends nothing.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, Notify};

use super::{
    Bundle, Flow, OauthError, TokenHttp,
    renewal::{refresh, revoke},
};
use crate::{Redactor, SecretId, SecretStore, StoreError};

/// After a failed refresh the next is tried so many seconds later, doubling …
const FIRST_PAUSE_S: u64 = 15;
/// … up to this.
const LONGEST_PAUSE_S: u64 = 300;

/// The account that a login goes to unless it names another.
pub(crate) const DEFAULT: &str = "default";

/// The flow of a provider as the catalogue has it now.
type Flows = dyn Fn(&str) -> Option<Flow> + Send + Sync;
/// Unix seconds.
type Clock = dyn Fn() -> u64 + Send + Sync;

/// Every account that is logged in, or was and has ended.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    store: Arc<dyn SecretStore>,
    http: Arc<dyn TokenHttp>,
    flows: Box<Flows>,
    clock: Box<Clock>,
    redactor: Redactor,
    /// By provider and account.
    held: RwLock<BTreeMap<(String, String), Arc<Held>>>,
    stirred: Notify,
}

struct Held {
    provider: String,
    account: String,
    now: ArcSwap<Standing>,
    /// Held while the account's tokens change.
    flight: Mutex<()>,
}

/// How an account stands.
#[derive(Clone)]
struct Standing {
    bundle: Bundle,
    refreshed_at: Option<u64>,
    /// The last refresh failed for a passing reason.
    trouble: Option<Trouble>,
    /// The bundle is newer than what the store has.
    unstored: bool,
}

#[derive(Clone)]
struct Trouble {
    code: &'static str,
    message: String,
    /// Not before this.
    again_at: u64,
    pause: u64,
}

/// What a login is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginState {
    /// It works.
    Ready,
    /// Its token's time is over and it could not be refreshed yet.
    Stale,
    /// The provider has ended it.
    Ended,
}

/// An account for a person to see. Holds no secret.
#[derive(Clone, Debug)]
pub struct AccountStatus {
    /// The provider whose accounts it is among.
    pub provider: String,
    /// Its name among them.
    pub account: String,
    /// What it is good for.
    pub state: LoginState,
    /// Who, as the provider calls them.
    pub who: Option<String>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Unix seconds.
    pub logged_in_at: u64,
    /// When the token ends, Unix seconds; `None` where the provider does not say.
    pub expires_at: Option<u64>,
    /// When it was refreshed last in this run, Unix seconds.
    pub refreshed_at: Option<u64>,
    /// It can be refreshed: the provider gave a refresh token.
    pub refreshable: bool,
    /// Why it ended, or what the last refresh failed of: code and words.
    pub trouble: Option<(String, String)>,
    /// The tokens could not be stored: they are lost when this run ends.
    pub unstored: bool,
}

/// What became of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// There is another token now.
    Changed,
    /// Nothing changed: it is not time yet.
    Same,
}

impl Accounts {
    /// Takes up every account in the store. `flows` gives a provider's login as the catalogue has it now, `clock` Unix seconds;
    /// the redactor learns every token.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        store: Arc<dyn SecretStore>,
        http: Arc<dyn TokenHttp>,
        flows: impl Fn(&str) -> Option<Flow> + Send + Sync + 'static,
        clock: impl Fn() -> u64 + Send + Sync + 'static,
        redactor: Redactor,
    ) -> Result<Self, StoreError> {
        let mut held = BTreeMap::new();
        for id in store.list().await? {
            let Some((provider, account)) = id.account() else { continue };
            let Some(bundle) = store.get(&id).await?.as_ref().and_then(Bundle::read) else {
                tracing::warn!(provider, account, "a stored login can't be read; log in again");
                continue;
            };
            learn(&redactor, &bundle);
            held.insert((provider.to_owned(), account.to_owned()), Arc::new(Held::new(provider, account, bundle)));
        }
        let inner = Inner {
            store,
            http,
            flows: Box::new(flows),
            clock: Box::new(clock),
            redactor,
            held: RwLock::new(held),
            stirred: Notify::new(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Whom calls to login servers go through.
    pub fn http(&self) -> &Arc<dyn TokenHttp> {
        &self.0.http
    }

    /// Unix seconds by the accounts' clock.
    pub fn now(&self) -> u64 {
        (self.0.clock)()
    }

    /// All accounts, by provider and name.
    pub fn list(&self) -> Vec<AccountStatus> {
        let now = self.now();
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.values().map(|held| held.status(now)).collect()
    }

    /// The accounts of a provider that have not ended, in the order to try them: the default one, then by name.
    pub fn usable(&self, provider: &str) -> Vec<String> {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        let of_provider = held.values().filter(|held| held.provider == provider);
        let mut names: Vec<String> = of_provider
            .filter(|held| held.now.load().bundle.ended.is_none())
            .map(|held| held.account.clone())
            .collect();
        names.sort_by_key(|name| name != DEFAULT);
        names
    }

    /// The token for a request. If its time is over, it is refreshed first.
    ///
    /// # Errors
    /// [`OauthError::InvalidGrant`] if the account has ended or is not there; else why it could not be refreshed.
    pub async fn token(&self, provider: &str, account: &str) -> Result<SecretString, OauthError> {
        let held = self.held(provider, account).ok_or(OauthError::InvalidGrant)?;
        let bundle = held.now.load().bundle.clone();
        if bundle.ended.is_some() {
            return Err(OauthError::InvalidGrant);
        }
        if !bundle.expired(self.now()) {
            return Ok(bundle.access);
        }
        self.renew(provider, account, Some(&bundle.access)).await?;
        let bundle = &held.now.load().bundle;
        if bundle.ended.is_some() { Err(OauthError::InvalidGrant) } else { Ok(bundle.access.clone()) }
    }

    /// Refreshes an account, unless its token is another than `rejected` already. Without `rejected`, whatever its age.
    ///
    /// # Errors
    /// [`OauthError`]. With `InvalidGrant` the login has ended; with the others it stays as it was.
    pub async fn renew(
        &self,
        provider: &str,
        account: &str,
        rejected: Option<&SecretString>,
    ) -> Result<Renewed, OauthError> {
        let held = self.held(provider, account).ok_or(OauthError::InvalidGrant)?;
        let (accounts, rejected) = (self.clone(), rejected.cloned());
        let flight = tokio::spawn(async move { accounts.fly(&held, rejected.as_ref()).await });
        flight.await.unwrap_or_else(|_| Err(OauthError::Malformed { reason: "reading it failed".to_owned() }))
    }

    async fn fly(&self, held: &Held, rejected: Option<&SecretString>) -> Result<Renewed, OauthError> {
        let asked_at = held.now.load().bundle.access.clone();
        let _flight = held.flight.lock().await;
        let standing = Standing::clone(&held.now.load());
        if standing.bundle.ended.is_some() {
            return Err(OauthError::InvalidGrant);
        }
        // Another one has refreshed while this one stood in line.
        let old = rejected.unwrap_or(&asked_at);
        if standing.bundle.access.expose_secret() != old.expose_secret() {
            return Ok(Renewed::Changed);
        }
        let now = self.now();
        let flow = (self.0.flows)(&held.provider).ok_or_else(|| OauthError::Misconfigured {
            provider: held.provider.clone(),
            reason: "the catalogue no longer has it".to_owned(),
        })?;
        let secret = self.client_secret(&held.provider).await?;
        match refresh(&standing.bundle, &flow, secret.as_ref(), &self.0.http, now).await {
            Ok(bundle) => {
                learn(&self.0.redactor, &bundle);
                let unstored = self.store(held, &bundle).await.is_err();
                held.set(Standing { bundle, refreshed_at: Some(now), trouble: None, unstored });
                tracing::info!(provider = held.provider, account = held.account, "a login was refreshed");
                self.0.stirred.notify_waiters();
                Ok(Renewed::Changed)
            }
            Err(OauthError::InvalidGrant) => {
                self.end(held, "The provider no longer accepts this login.", now).await;
                Err(OauthError::InvalidGrant)
            }
            Err(error) => {
                let pause = standing.trouble.map_or(FIRST_PAUSE_S, |before| (before.pause * 2).min(LONGEST_PAUSE_S));
                let message = error.to_string();
                tracing::warn!(provider = held.provider, account = held.account, code = error.code(), %message, "a login could not be refreshed");
                let trouble = Trouble { code: error.code(), message, again_at: now + pause, pause };
                held.now.rcu(|standing| Standing { trouble: Some(trouble.clone()), ..Standing::clone(standing) });
                self.0.stirred.notify_waiters();
                Err(error)
            }
        }
    }

    /// Keeps a login that was just made, in place of any that the account had.
    ///
    /// # Errors
    /// What the store says. The login is then good for this run: what the browser did is not to be done again.
    pub async fn keep(&self, provider: &str, account: &str, bundle: Bundle) -> Result<(), StoreError> {
        learn(&self.0.redactor, &bundle);
        let held = {
            let mut all = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
            let key = (provider.to_owned(), account.to_owned());
            Arc::clone(all.entry(key).or_insert_with(|| Arc::new(Held::new(provider, account, bundle.clone()))))
        };
        let _flight = held.flight.lock().await;
        let stored = self.store(&held, &bundle).await;
        held.set(Standing { bundle, refreshed_at: None, trouble: None, unstored: stored.is_err() });
        self.0.stirred.notify_waiters();
        stored
    }

    /// Forgets an account, and tells its provider where that takes it. Says whether there was one, and what the provider
    /// answered if it could not be told.
    ///
    /// # Errors
    /// What the store says; the account is then still there.
    pub async fn forget(&self, provider: &str, account: &str) -> Result<(bool, Option<OauthError>), StoreError> {
        let Some(held) = self.held(provider, account) else { return Ok((false, None)) };
        let _flight = held.flight.lock().await;
        self.0.store.delete(&SecretId::oauth(provider, account)).await?;
        let bundle = held.now.load().bundle.clone();
        held.set(Standing {
            bundle: bundle.end("It was logged out.", self.now()),
            ..Standing::clone(&held.now.load())
        });
        let key = (provider.to_owned(), account.to_owned());
        self.0.held.write().unwrap_or_else(PoisonError::into_inner).remove(&key);
        self.0.stirred.notify_waiters();
        let told = match (self.0.flows)(provider) {
            Some(flow) => {
                let secret = self.client_secret(provider).await?;
                revoke(&bundle, &flow, secret.as_ref(), &self.0.http).await.err()
            }
            None => None,
        };
        Ok((true, told))
    }

    /// Refreshes what is due, and stores what could not be stored before.
    pub async fn refresh_due(&self) {
        let now = self.now();
        let all: Vec<Arc<Held>> =
            self.0.held.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for held in all {
            let standing = held.now.load_full();
            if standing.unstored {
                let _flight = held.flight.lock().await;
                let standing = Standing::clone(&held.now.load());
                if self.store(&held, &standing.bundle).await.is_ok() {
                    held.set(Standing { unstored: false, ..standing });
                }
            }
            if standing.due_at().is_some_and(|due| due <= now) {
                let access = standing.bundle.access.clone();
                // What went wrong is kept with the account.
                let _ = self.renew(&held.provider, &held.account, Some(&access)).await;
            }
        }
    }

    /// When the next refresh is due, Unix seconds.
    pub fn next_due(&self) -> Option<u64> {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.values().filter_map(|held| held.now.load().due_at()).min()
    }

    /// Resolves when an account comes, goes, is refreshed or ends.
    pub async fn stirred(&self) {
        self.0.stirred.notified().await;
    }

    /// The secret of the user's own client of a provider, if it has one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn client_secret(&self, provider: &str) -> Result<Option<SecretString>, StoreError> {
        self.0.store.get(&SecretId::oauth_client(provider)).await
    }

    async fn end(&self, held: &Held, why: &str, now: u64) {
        let bundle = held.now.load().bundle.end(why, now);
        let unstored = self.store(held, &bundle).await.is_err();
        held.set(Standing { bundle, refreshed_at: None, trouble: None, unstored });
        tracing::warn!(provider = held.provider, account = held.account, "a login has ended");
        self.0.stirred.notify_waiters();
    }

    async fn store(&self, held: &Held, bundle: &Bundle) -> Result<(), StoreError> {
        let id = SecretId::oauth(&held.provider, &held.account);
        let stored = self.0.store.set(&id, &bundle.write()).await;
        if let Err(error) = &stored {
            tracing::warn!(provider = held.provider, account = held.account, code = error.code(), %error, "a login could not be stored");
        }
        stored
    }

    fn held(&self, provider: &str, account: &str) -> Option<Arc<Held>> {
        let key = (provider.to_owned(), account.to_owned());
        self.0.held.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }
}

impl Standing {
    fn due_at(&self) -> Option<u64> {
        if self.bundle.ended.is_some() || self.bundle.refresh.is_none() {
            return None;
        }
        let due = self.bundle.due_at()?;
        Some(self.trouble.as_ref().map_or(due, |trouble| due.max(trouble.again_at)))
    }
}

impl Held {
    fn new(provider: &str, account: &str, bundle: Bundle) -> Self {
        let standing = Standing { bundle, refreshed_at: None, trouble: None, unstored: false };
        Self {
            provider: provider.to_owned(),
            account: account.to_owned(),
            now: ArcSwap::from_pointee(standing),
            flight: Mutex::default(),
        }
    }

    fn set(&self, standing: Standing) {
        self.now.store(Arc::new(standing));
    }

    fn status(&self, now: u64) -> AccountStatus {
        let Standing { bundle, refreshed_at, trouble, unstored } = Standing::clone(&self.now.load());
        let state = match &bundle.ended {
            Some(_) => LoginState::Ended,
            None if bundle.expired(now) => LoginState::Stale,
            None => LoginState::Ready,
        };
        let ended = bundle.ended.map(|ended| ("login_ended".to_owned(), ended.why));
        AccountStatus {
            provider: self.provider.clone(),
            account: self.account.clone(),
            state,
            who: bundle.who,
            scopes: bundle.scopes,
            logged_in_at: bundle.logged_in_at,
            expires_at: bundle.expires_at,
            refreshed_at,
            refreshable: bundle.refresh.is_some(),
            trouble: ended.or_else(|| trouble.map(|trouble| (trouble.code.to_owned(), trouble.message))),
            unstored,
        }
    }
}

fn learn(redactor: &Redactor, bundle: &Bundle) {
    for token in [Some(&bundle.access), bundle.refresh.as_ref()].into_iter().flatten() {
        redactor.learn(token);
    }
}

#[cfg(test)]
mod tests;
