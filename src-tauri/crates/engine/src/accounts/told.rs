//! Keys and logins as the window shows them.

use super::course::{methods, problem};
use super::{accounts_of, flow_of};
use crate::consent::Consent;
use crate::error::{Problem, StartError};
use crate::logins::Logins;
use crate::shared::Handle;
use crate::view::{
    AccountState, AccountView, AccountsView, KeyView, LoginSettingsView, LoginView, ProviderAccounts, SecretsView,
};
use mainstay_credentials::oauth::{AccountStatus, Flow, FlowKind, LoginState};
use mainstay_credentials::{CredentialAsk, Health, NamedSource, SecretId, StoreError, last_four};
use mainstay_profiles::{AuthScheme, Catalogue, Profile, Provider};
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds in a second.
const MS: u64 = 1_000;

/// What the views of all providers are made from.
struct Facts {
    keys: BTreeMap<String, KeyView>,
    provider_keys: BTreeMap<String, KeyView>,
    statuses: Vec<AccountStatus>,
    logins: Logins,
    client_secrets: BTreeSet<String>,
    /// By provider, the profiles that use it.
    profiles: BTreeMap<String, Vec<String>>,
    /// By provider and account, the profiles that use it now, or wait for it to be logged in again.
    used_by: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Handle {
    /// All keys and logins.
    pub(crate) async fn accounts_view(&self) -> Result<AccountsView, Problem> {
        let facts = self.facts().await.map_err(|error| StartError::Secrets(error).problem())?;
        let catalogue = self.0.catalogue.now();
        let mut providers: Vec<ProviderAccounts> =
            catalogue.providers().iter().filter_map(|provider| self.provider_accounts(provider, &facts)).collect();
        providers.sort_by_key(|provider| !in_use(provider));
        Ok(AccountsView { secrets: self.secrets_view().await, providers })
    }

    async fn secrets_view(&self) -> SecretsView {
        let store = &self.0.sources.store;
        let (ready, why) = match store.health().await {
            Health::Ready => (true, None),
            Health::Unavailable { reason } => (false, Some(reason)),
        };
        let notice = why.map(|reason| Problem {
            code: "secrets_unavailable".to_owned(),
            message: format!("Keys and logins can't be read: {reason}."),
            hint: "Unlock the keyring; nothing is lost.".to_owned(),
        });
        let notice = notice.or_else(|| {
            let notice = self.0.secrets.notice()?;
            Some(Problem { code: notice.code, message: notice.message, hint: notice.hint })
        });
        let can_move = self.0.secrets.can_move();
        SecretsView { kind: store.kind().as_str().to_owned(), ready, can_move, notice }
    }

    async fn facts(&self) -> Result<Facts, StoreError> {
        let store = &*self.0.sources.store;
        let mut facts = Facts {
            keys: BTreeMap::new(),
            provider_keys: BTreeMap::new(),
            statuses: self.0.accounts.list(),
            logins: Logins::read_or_none(&self.0.data_dir),
            client_secrets: BTreeSet::new(),
            profiles: BTreeMap::new(),
            used_by: BTreeMap::new(),
        };
        for id in store.list().await? {
            if let Some(profile) = id.profile() {
                let key = KeyView { profile: Some(profile.to_owned()), last_four: last_four(store, &id).await };
                facts.keys.insert(profile.to_owned(), key);
            } else if let Some(provider) = id.provider().filter(|name| id == SecretId::provider_key(*name)) {
                let key = KeyView { profile: None, last_four: last_four(store, &id).await };
                facts.provider_keys.insert(provider.to_owned(), key);
            } else if let Some(provider) = id.provider().filter(|name| id == SecretId::oauth_client(*name)) {
                facts.client_secrets.insert(provider.to_owned());
            }
        }
        let catalogue = self.0.catalogue.now();
        let consent = Consent::read(&self.0.data_dir).unwrap_or_default();
        let compiler = self.0.compiler(&catalogue, &consent);
        for entry in self.0.profiles.read_all().unwrap_or_default() {
            if let Ok(Profile::Standard(standard)) = entry.profile {
                let ask = compiler.ask(&standard);
                let waits_for = ask.map(|ask| facts.ended_that_it_waits_for(&catalogue, &ask)).unwrap_or_default();
                for account in waits_for {
                    facts.used_by.entry(account).or_default().insert(entry.name.clone());
                }
                facts.profiles.entry(standard.provider).or_default().push(entry.name);
            }
        }
        let routing = self.0.core.routing();
        for upstream in routing.routes().iter().flat_map(|route| &route.upstreams).flatten() {
            if let Some((provider, account)) = crate::credential::login_of(&upstream.key.credential) {
                facts.used_by.entry((provider, account)).or_default().insert(upstream.profile.to_string());
            }
        }
        Ok(facts)
    }

    fn provider_accounts(&self, provider: &Provider, facts: &Facts) -> Option<ProviderAccounts> {
        let flow = provider.oauth.as_ref().map(|_| flow_of(&self.0.catalogue.now(), &provider.name));
        let profiles = facts.profiles.get(&provider.name).cloned().unwrap_or_default();
        let mut keys: Vec<KeyView> = facts.provider_keys.get(&provider.name).cloned().into_iter().collect();
        keys.extend(profiles.iter().filter_map(|profile| facts.keys.get(profile)).cloned());
        let takes_key = provider.auth.contains(&AuthScheme::ApiKey);
        if !takes_key && flow.is_none() && keys.is_empty() && profiles.is_empty() {
            return None;
        }
        let key_url = flow.as_ref().and_then(|flow| flow.as_ref().ok()?.key_url.as_ref().map(ToString::to_string));
        Some(ProviderAccounts {
            provider: provider.name.clone(),
            title: provider.title.clone(),
            takes_key,
            key_url,
            keys,
            login: flow.map(|flow| self.login_view(provider, flow, facts)),
            profiles,
        })
    }

    fn login_view(
        &self,
        provider: &Provider,
        flow: Result<Flow, mainstay_credentials::oauth::OauthError>,
        facts: &Facts,
    ) -> LoginView {
        let own = self.0.catalogue.own_login(&provider.name);
        let fault = flow.as_ref().err().map(problem);
        let flow = flow.ok();
        let of = flow.as_ref().map_or_else(|| provider.name.clone(), |flow| accounts_of(&provider.name, flow));
        let settings = LoginSettingsView {
            client_id: flow.as_ref().and_then(|flow| flow.client_id.clone()),
            client_secret: facts.client_secrets.contains(&provider.name),
            wants_project: flow.as_ref().is_some_and(|flow| flow.project_header.is_some()),
            project: flow.as_ref().and_then(|flow| flow.project.clone()),
            flow: provider.oauth.as_ref().map(pretty).unwrap_or_default(),
            own: own.as_ref().map(pretty),
            problem: fault,
        };
        let accounts = facts.statuses.iter().filter(|status| status.provider == of);
        let accounts = accounts.map(|status| {
            let used_by = facts.used_by.get(&(status.provider.clone(), status.account.clone()));
            account_view(status, used_by)
        });
        let accept = flow.as_ref().is_some_and(|flow| flow.accept_notice);
        LoginView {
            enabled: facts.logins.enabled.contains(&provider.name),
            accounts: accounts.collect(),
            accounts_of: of,
            methods: flow.as_ref().map(methods).unwrap_or_default(),
            notice: flow.as_ref().and_then(|flow| flow.notice.clone()),
            must_accept: accept && !facts.logins.accepted.contains(&provider.name),
            needs_client: flow.as_ref().is_some_and(Flow::needs_client),
            gives_key: flow.as_ref().is_some_and(|flow| flow.flow == FlowKind::KeyExchange),
            waiting: self.0.waiting.running_at(&provider.name),
            settings,
        }
    }
}

impl Facts {
    /// The logins that have ended and would be a profile's credential, by the order of `mainstay_credentials::resolve`.
    fn ended_that_it_waits_for(&self, catalogue: &Catalogue, ask: &CredentialAsk) -> Vec<(String, String)> {
        let Ok(flow) = flow_of(catalogue, &ask.provider) else { return Vec::new() };
        let of = accounts_of(&ask.provider, &flow);
        let wanted: Option<&[String]> = match ask.named.first() {
            Some(NamedSource::Login(accounts)) => Some(accounts),
            Some(_) => return Vec::new(),
            None if self.keys.contains_key(&ask.profile) => return Vec::new(),
            None => None,
        };
        if !self.logins.enabled.contains(&ask.provider) {
            return Vec::new();
        }
        let ended = self.statuses.iter().filter(|status| status.provider == of && status.state == LoginState::Ended);
        let ended = ended.filter(|status| wanted.is_none_or(|wanted| wanted.contains(&status.account)));
        ended.map(|status| (status.provider.clone(), status.account.clone())).collect()
    }
}

fn in_use(provider: &ProviderAccounts) -> bool {
    let logged_in = provider.login.as_ref().is_some_and(|login| !login.accounts.is_empty());
    !provider.profiles.is_empty() || !provider.keys.is_empty() || logged_in
}

fn pretty(data: &serde_json::Value) -> String {
    serde_json::to_string_pretty(data).unwrap_or_default()
}

fn account_view(status: &AccountStatus, used_by: Option<&BTreeSet<String>>) -> AccountView {
    AccountView {
        account: status.account.clone(),
        state: match status.state {
            LoginState::Ready => AccountState::Ready,
            LoginState::Stale => AccountState::Stale,
            LoginState::Ended => AccountState::Ended,
        },
        who: status.who.clone(),
        scopes: status.scopes.clone(),
        logged_in_at: status.logged_in_at * MS,
        expires_at: status.expires_at.map(|at| at * MS),
        refreshed_at: status.refreshed_at.map(|at| at * MS),
        refreshable: status.refreshable,
        trouble: status.trouble.clone().map(|(code, message)| {
            let hint = if code == "login_ended" { "Log in again." } else { "It is tried again by itself." };
            Problem { code, message, hint: hint.to_owned() }
        }),
        unstored: status.unstored,
        used_by: used_by.into_iter().flatten().cloned().collect(),
    }
}
