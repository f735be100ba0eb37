//! `/auth PROVIDER …`: logins, as far as they need nobody in a browser.

use super::command::AuthAction;
use super::draft::provider_named;
use super::plan::Change;
use super::run::{Run, refused};
use crate::accounts::{DEFAULT, flow_of, problem};
use crate::error::Problem;
use mainstay_credentials::oauth::{Flow, FlowKind, OauthError};
use serde::Serialize;
use ts_rs::TS;

/// A login that a block asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct WantedLogin {
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
}

impl Run<'_> {
    pub(super) async fn auth(&mut self, line: u32, provider: &str, action: AuthAction) -> Result<String, Problem> {
        provider_named(provider, &self.engine.0.catalogue.now())?;
        match action {
            AuthAction::Enable => self.allow(line, provider).await,
            AuthAction::Disable => {
                self.switch(line, provider, false).await?;
                Ok(format!("Logins for {provider} are not used; they are kept."))
            }
            AuthAction::Status => Ok(self.engine.auth_report_of(provider).await?.text),
            AuthAction::Login(account) => {
                let flow = flow_of(&self.engine.0.catalogue.now(), provider).map_err(|error| problem(&error))?;
                if flow.needs_client() {
                    return Err(without_client(provider, &flow));
                }
                let account = account.unwrap_or_else(|| DEFAULT.to_owned());
                self.changes.push(Change::new(line, "login", provider, vec!["a login in the browser".to_owned()]));
                self.want(provider, &account);
                Ok(format!("Log in at {provider} in the browser."))
            }
            AuthAction::Logout(account) => self.log_out(line, provider, account).await,
        }
    }

    /// Switches the login on and, if nobody is logged in, asks for one. Where a login is not to be had that is said, and ends
    /// no block.
    async fn allow(&mut self, line: u32, provider: &str) -> Result<String, Problem> {
        self.switch(line, provider, true).await?;
        let allowed = format!("Logins for {provider} are allowed.");
        let flow = match flow_of(&self.engine.0.catalogue.now(), provider) {
            Ok(flow) => flow,
            Err(OauthError::Misconfigured { .. }) => {
                return Ok(format!("{allowed} It has none that Mainstay knows: use a key."));
            }
            Err(error) => return Err(problem(&error)),
        };
        let of = self.engine.accounts_named(provider);
        if !self.engine.0.accounts.usable(&of).is_empty() {
            return Ok(allowed);
        }
        if flow.needs_client() {
            let told = without_client(provider, &flow);
            return Ok(format!("{allowed} {} {}", told.message, told.hint));
        }
        self.want(provider, DEFAULT);
        let notice = flow.notice.as_ref().map(|notice| format!(" {notice}")).unwrap_or_default();
        Ok(format!("{allowed} Nobody is logged in yet: /auth {provider} login.{notice}"))
    }

    async fn switch(&mut self, line: u32, provider: &str, enable: bool) -> Result<(), Problem> {
        let details = vec![if enable { "logins allowed" } else { "no login used" }.to_owned()];
        self.changes.push(Change::new(line, "login", provider, details));
        if self.dry {
            return Ok(());
        }
        self.engine.switch_login(provider.to_owned(), enable).await
    }

    async fn log_out(&mut self, line: u32, provider: &str, account: Option<String>) -> Result<String, Problem> {
        let of = self.engine.accounts_named(provider);
        let known: Vec<String> = self
            .engine
            .0
            .accounts
            .list()
            .into_iter()
            .filter(|status| status.provider == of)
            .map(|status| status.account)
            .collect();
        let account = match (account, known.as_slice()) {
            (Some(account), known) if known.contains(&account) => account,
            (Some(account), _) => return Ok(format!("Nobody is logged in at {provider} as {account}.")),
            (None, []) => return Ok(format!("Nobody is logged in at {provider}.")),
            (None, [one]) => one.clone(),
            (None, several) => {
                let message = format!("{provider} has the accounts {}.", several.join(", "));
                return Err(refused("which_account", message, format!("Say which: /auth {provider} logout ACCOUNT.")));
            }
        };
        self.changes.push(Change::new(line, "login", provider, vec![format!("{account} is logged out")]));
        if !self.dry {
            self.engine.forget_login(provider, &account).await?;
        }
        Ok(format!("{account} is logged out at {provider}."))
    }

    fn want(&mut self, provider: &str, account: &str) {
        let wanted = WantedLogin { provider: provider.to_owned(), account: account.to_owned() };
        if !self.logins.contains(&wanted) {
            self.logins.push(wanted);
        }
    }
}

/// The provider has no client for others.
fn without_client(provider: &str, flow: &Flow) -> Problem {
    let notice = flow.notice.clone().unwrap_or_else(|| format!("{provider} needs an OAuth client of your own."));
    let hint = match &flow.key_url {
        Some(url) => format!("A key can be had at {url}."),
        None => "Enter its id in Accounts, or use a key.".to_owned(),
    };
    let code = if flow.flow == FlowKind::KeyExchange { "login_misconfigured" } else { "login_needs_client" };
    refused(code, notice, hint)
}
