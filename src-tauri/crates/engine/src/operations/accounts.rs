//! Keys and logins.

use super::{
    AccountName, KeepSecrets, LoginCode, LoginId, LoginInput, LoginSettingsDraft, LoginSwitch, Named, Nothing,
    ProviderKeyInput, problem,
};
use crate::accounts::{self, flow_of};
use crate::error::{Problem, StartError};
use crate::layers::OwnError;
use crate::shared::Handle;
use crate::view::{AccountsView, LoginWait};
use mainstay_credentials::oauth::OauthError;
use mainstay_credentials::{SecretId, set_provider_key};
use secrecy::ExposeSecret;
use serde_json::Value;

impl Handle {
    pub(super) async fn accounts(&self, _: Nothing) -> Result<AccountsView, Problem> {
        self.accounts_view().await
    }

    pub(super) async fn keep_secrets(&self, input: KeepSecrets) -> Result<AccountsView, Problem> {
        self.0.secrets.keep(input.place).await?;
        self.0.accounts_changed();
        self.accounts_view().await
    }

    pub(super) async fn set_provider_key(&self, input: ProviderKeyInput) -> Result<AccountsView, Problem> {
        self.provider_known(&input.provider)?;
        let stored = set_provider_key(&*self.0.sources.store, &input.provider, &input.key).await;
        stored.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        self.0.sources.redactor.learn(&input.key);
        self.reload().await?;
        self.accounts_view().await
    }

    pub(super) async fn delete_provider_key(&self, input: Named) -> Result<AccountsView, Problem> {
        let deleted = self.0.sources.store.delete(&SecretId::provider_key(input.name)).await;
        deleted.map_err(StartError::Secrets).map_err(|error| error.problem())?;
        self.reload().await?;
        self.accounts_view().await
    }

    pub(crate) async fn start_login(&self, input: LoginInput) -> Result<LoginWait, Problem> {
        self.provider_known(&input.provider)?;
        accounts::begin(&self.0, input)
    }

    pub(crate) async fn login(&self, input: LoginId) -> Result<LoginWait, Problem> {
        let wait = match input.seen {
            Some(seen) => self.0.waiting.news_of(&input.id, seen).await,
            None => self.0.waiting.get(&input.id),
        };
        wait.ok_or_else(no_such_login)
    }

    pub(crate) async fn paste_login_code(&self, input: LoginCode) -> Result<LoginWait, Problem> {
        if !self.0.waiting.paste(&input.id, input.text) {
            return Err(no_such_login());
        }
        self.0.waiting.get(&input.id).ok_or_else(no_such_login)
    }

    pub(crate) async fn cancel_login(&self, input: LoginId) -> Result<LoginWait, Problem> {
        let wait = self.0.waiting.cancel(&input.id).ok_or_else(no_such_login)?;
        self.0.accounts_changed();
        Ok(wait)
    }

    pub(crate) async fn enable_login(&self, input: LoginSwitch) -> Result<AccountsView, Problem> {
        self.provider_known(&input.provider)?;
        self.switch_login(input.provider, input.enabled).await?;
        self.accounts_view().await
    }

    /// Switches a provider's login on or off.
    pub(crate) async fn switch_login(&self, provider: String, enabled: bool) -> Result<(), Problem> {
        self.blocking(move |shared| {
            crate::logins::set_enabled(&shared.data_dir, &provider, enabled)
                .map_err(|source| shared.folder_problem(source))
        })
        .await?;
        self.reload().await?;
        self.0.accounts_changed();
        Ok(())
    }

    pub(crate) async fn refresh_login(&self, input: AccountName) -> Result<AccountsView, Problem> {
        let of = self.accounts_named(&input.provider);
        let renewed = self.0.accounts.renew(&of, &input.account, None).await;
        renewed.map_err(|error| accounts::problem(&error))?;
        self.accounts_view().await
    }

    pub(crate) async fn log_out(&self, input: AccountName) -> Result<AccountsView, Problem> {
        if !self.forget_login(&input.provider, &input.account).await? {
            let message = format!("Nobody is logged in at {} as {}.", input.provider, input.account);
            return Err(problem("no_such_login", message, "Look at the accounts again."));
        }
        self.accounts_view().await
    }

    /// Forgets an account; says whether it was there.
    pub(crate) async fn forget_login(&self, provider: &str, account: &str) -> Result<bool, Problem> {
        let of = self.accounts_named(provider);
        let forgotten = self.0.accounts.forget(&of, account).await;
        let (was, told) = forgotten.map_err(|error| StartError::Secrets(error).problem())?;
        if let Some(error) = told {
            tracing::warn!(provider, account, code = error.code(), %error, "the provider could not be told of a logout");
        }
        if was {
            self.reload().await?;
            self.0.accounts_changed();
        }
        Ok(was)
    }

    pub(super) async fn set_login_settings(&self, input: LoginSettingsDraft) -> Result<AccountsView, Problem> {
        self.provider_known(&input.provider)?;
        let own = match input.own.as_deref().map(str::trim).filter(|own| !own.is_empty()) {
            Some(text) => Some(read_own(text)?),
            None => None,
        };
        let provider = input.provider.clone();
        self.blocking(move |shared| {
            shared.catalogue.set_own_login(&provider, own).map_err(|error| match error {
                OwnError::Unfit(reason) => bad_settings(&reason),
                OwnError::Io(source) => shared.folder_problem(source),
            })
        })
        .await?;
        if let Some(secret) = &input.client_secret {
            let id = SecretId::oauth_client(input.provider.clone());
            let store = &self.0.sources.store;
            let stored = if secret.expose_secret().is_empty() {
                store.delete(&id).await.map(|_| ())
            } else {
                self.0.sources.redactor.learn(secret);
                store.set(&id, secret).await
            };
            stored.map_err(|error| StartError::Secrets(error).problem())?;
        }
        self.reload().await?;
        self.0.accounts_changed();
        self.accounts_view().await
    }

    /// Whose accounts a provider's are.
    pub(crate) fn accounts_named(&self, provider: &str) -> String {
        let flow = flow_of(&self.0.catalogue.now(), provider);
        flow.map_or_else(|_| provider.to_owned(), |flow| accounts::accounts_of(provider, &flow))
    }

    fn provider_known(&self, provider: &str) -> Result<(), Problem> {
        if self.0.catalogue.now().provider(provider).is_some() {
            return Ok(());
        }
        let message = format!("There is no provider called \"{provider}\".");
        Err(problem("no_such_provider", message, "Choose one of the catalogue's."))
    }
}

fn read_own(text: &str) -> Result<Value, Problem> {
    match serde_json::from_str(text) {
        Ok(own @ Value::Object(_)) => Ok(own),
        Ok(_) => Err(bad_settings("it is not a JSON object")),
        Err(error) => Err(bad_settings(&error.to_string())),
    }
}

fn bad_settings(reason: &str) -> Problem {
    problem("login_misconfigured", format!("The login can't be set so: {reason}."), "Correct it; nothing was changed.")
}

fn no_such_login() -> Problem {
    problem("no_such_login", "This login is over.".to_owned(), "Begin a new one.")
}

impl From<OauthError> for Problem {
    fn from(error: OauthError) -> Self {
        accounts::problem(&error)
    }
}
