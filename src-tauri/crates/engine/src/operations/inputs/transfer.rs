//! What operations on what is imported take.

use serde::Deserialize;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Names a file.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct PathInput {
    /// Its whole path.
    pub path: String,
}

/// What is to be imported.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ImportInput {
    /// The file's whole path.
    pub path: String,
    /// Says which file was looked at: as the preview gave it.
    pub fingerprint: String,
    /// The profiles and balancers, by their names in the file.
    pub files: Vec<String>,
    /// What some of these are to be called here, where it is not their own name; load balancers of the same import follow.
    #[serde(default)]
    #[ts(as = "Option<BTreeMap<String, String>>", optional)]
    pub names: BTreeMap<String, String>,
    /// The preferences.
    pub preferences: Vec<String>,
}

/// Where to look for keys.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct FindKeysInput {
    /// A `.env` file; absent: the engine's own environment.
    pub file: Option<String>,
}

/// Which keys to store.
#[derive(Deserialize, TS)]
#[ts(optional_fields)]
pub struct ImportKeysInput {
    /// A `.env` file that holds them; absent: the engine's own environment, or `values`.
    pub file: Option<String>,
    /// Which, and whom for.
    pub keys: Vec<KeyChoice>,
    /// The variables of another process, by name.
    #[serde(default)]
    #[ts(as = "Option<BTreeMap<String, String>>")]
    pub values: Option<BTreeMap<String, secrecy::SecretString>>,
}

/// A variable, and whose key it holds.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct KeyChoice {
    /// The variable.
    pub variable: String,
    /// The provider; absent where a profile is named.
    pub provider: Option<String>,
    /// The profile; absent: all profiles of the provider that have no key of their own.
    pub profile: Option<String>,
}
