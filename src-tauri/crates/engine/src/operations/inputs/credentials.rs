//! What operations on keys and logins take.

use crate::view::LoginMethod;
use serde::Deserialize;
use ts_rs::TS;

/// A key on its way in. It never comes back out.
#[derive(Deserialize, TS)]
pub struct KeyInput {
    /// The profile that the key belongs to.
    pub profile: String,
    /// The key.
    #[ts(type = "string")]
    pub key: secrecy::SecretString,
}

/// The user's word that a key may follow a profile to its address.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct OriginInput {
    /// The profile.
    pub name: String,
    /// The fingerprint of the text that the user saw: what is confirmed is the address in that, not one written since.
    pub fingerprint: String,
}

/// A provider's key on its way in. It never comes back out.
#[derive(Deserialize, TS)]
pub struct ProviderKeyInput {
    /// The provider.
    pub provider: String,
    /// The key.
    #[ts(type = "string")]
    pub key: secrecy::SecretString,
}

/// Where secrets may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SecretsPlace {
    /// In an encrypted file whose key is in the system's keyring.
    Keyring,
    /// In an encrypted file whose key lies beside it.
    File,
    /// In memory, until Mainstay ends; at the next start too.
    ThisRun,
}

/// Says where secrets are kept.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
pub struct KeepSecrets {
    /// There.
    pub place: SecretsPlace,
}

/// Begins a login.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct LoginInput {
    /// The provider.
    pub provider: String,
    /// The account; absent: `default`.
    #[serde(default)]
    pub account: Option<String>,
    /// How; absent: the best way that the provider has.
    #[serde(default)]
    pub method: Option<LoginMethod>,
    /// The user has read the provider's notice and goes on.
    #[serde(default)]
    #[ts(as = "Option<bool>")]
    pub accept_notice: bool,
}

/// Names a login under way.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LoginId {
    /// As it came when the login began.
    pub id: String,
    /// The version that was seen last: the answer waits up to 20 s for another. Absent: it comes at once.
    #[serde(default)]
    pub seen: Option<u32>,
}

/// A code that the provider's page showed, on its way in.
#[derive(Deserialize, TS)]
pub struct LoginCode {
    /// The login.
    pub id: String,
    /// What was pasted.
    #[ts(type = "string")]
    pub text: secrecy::SecretString,
}

/// Switches a provider's login on or off.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct LoginSwitch {
    /// The provider.
    pub provider: String,
    /// Whether profiles may use it. Off keeps it.
    pub enabled: bool,
}

/// Names an account.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct AccountName {
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
}

/// What of a provider's login is to be otherwise than in the catalogue.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct LoginSettingsDraft {
    /// The provider.
    pub provider: String,
    /// What the user sets, as a JSON object of the catalogue's fields; empty or absent: nothing.
    #[serde(default)]
    pub own: Option<String>,
    /// The secret of the user's own client; absent: as it is; empty: none.
    #[serde(default)]
    #[ts(as = "Option<String>")]
    pub client_secret: Option<secrecy::SecretString>,
}
