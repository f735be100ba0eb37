//! Keys and logins, by provider.

use crate::error::Problem;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where secrets are kept, and how that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecretsView {
    /// `keyring`, `file` or `memory`.
    pub kind: String,
    /// It can do its work.
    pub ready: bool,
    /// The user may choose another place now (`keep_secrets`).
    pub can_move: bool,
    /// Why not, if it can't; or what the user should know.
    pub notice: Option<Problem>,
}

/// A key in the secret store. It never comes out: only its end is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// The profile that it is bound to; absent: it is the provider's, for all its profiles.
    pub profile: Option<String>,
    /// The last four characters; absent where the key is too short to show any.
    pub last_four: Option<String>,
}

/// What a login is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum AccountState {
    /// It works.
    Ready,
    /// Its token's time is over, and it could not be refreshed yet.
    Stale,
    /// The provider has ended it.
    Ended,
}

/// An account that is, or was, logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Its name here.
    pub account: String,
    /// What it is good for.
    pub state: AccountState,
    /// Who, as the provider calls them.
    pub who: Option<String>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When it was logged in.
    pub logged_in_at: u64,
    /// When its token ends; absent where the provider does not say.
    pub expires_at: Option<u64>,
    /// When it was refreshed last in this run.
    pub refreshed_at: Option<u64>,
    /// It refreshes by itself.
    pub refreshable: bool,
    /// Why it ended, or what the last refresh failed of.
    pub trouble: Option<Problem>,
    /// The tokens could not be stored: they are lost when this run ends.
    pub unstored: bool,
    /// The profiles that use it now; of one that has ended, those that wait for it to be logged in again.
    pub used_by: Vec<String>,
}

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LoginMethod {
    /// The browser comes back to this machine.
    Browser,
    /// The browser's page shows a code to paste.
    Paste,
    /// A short code is entered on a page, on any machine.
    Device,
}

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LoginStep {
    /// The provider is asked for a code.
    Starting,
    /// The browser has its address; the user is there.
    Waiting,
    /// The code has come and is traded for tokens.
    Finishing,
    /// It is done.
    Done,
    /// It failed; nothing is left of it.
    Failed,
    /// It was cancelled; nothing is left of it.
    Cancelled,
}

/// A login under way, or just over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LoginWait {
    /// Names it.
    pub id: String,
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
    /// How it goes.
    pub method: LoginMethod,
    /// How far it has come.
    pub step: LoginStep,
    /// Grows with every change.
    pub version: u32,
    /// What the browser opens.
    pub address: Option<String>,
    /// The page for people who type: it asks for the code.
    pub page: Option<String>,
    /// The code to enter there.
    pub code: Option<String>,
    /// When it is over by itself.
    pub until: u64,
    /// The code can be pasted.
    pub can_paste: bool,
    /// What went wrong.
    pub problem: Option<Problem>,
}

/// What of a provider's login can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LoginSettingsView {
    /// The client id in force.
    pub client_id: Option<String>,
    /// A client secret is stored. It never comes out.
    pub client_secret: bool,
    /// The provider wants to know the user's project.
    pub wants_project: bool,
    /// The project.
    pub project: Option<String>,
    /// All of the login as the catalogue has it, as JSON.
    pub flow: String,
    /// What of it the user has set, as JSON; absent: nothing.
    pub own: Option<String>,
    /// Why it can't be used, if so.
    pub problem: Option<Problem>,
}

/// A provider's login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LoginView {
    /// It is switched on: profiles may use it.
    pub enabled: bool,
    /// The provider whose accounts these are, where several share them.
    pub accounts_of: String,
    /// The ways to log in, best first.
    pub methods: Vec<LoginMethod>,
    /// What the user should know before.
    pub notice: Option<String>,
    /// The notice has to be accepted first, and was not yet.
    pub must_accept: bool,
    /// The user has to bring an OAuth client of their own first.
    pub needs_client: bool,
    /// What comes of it is a key, kept as the provider's.
    pub gives_key: bool,
    /// Its accounts.
    pub accounts: Vec<AccountView>,
    /// Logins under way.
    pub waiting: Vec<LoginWait>,
    /// What can be set.
    pub settings: LoginSettingsView,
}

/// The keys and logins of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAccounts {
    /// Its name in the catalogue.
    pub provider: String,
    /// Its name for people.
    pub title: String,
    /// It takes keys.
    pub takes_key: bool,
    /// Where a key can be had.
    pub key_url: Option<String>,
    /// Its keys: the provider's own first, then those of profiles.
    pub keys: Vec<KeyView>,
    /// Its login, if it has one.
    pub login: Option<LoginView>,
    /// The profiles that use the provider.
    pub profiles: Vec<String>,
}

/// All keys and logins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountsView {
    /// Where they are kept.
    pub secrets: SecretsView,
    /// The providers that have or could have one: those in use first.
    pub providers: Vec<ProviderAccounts>,
}
