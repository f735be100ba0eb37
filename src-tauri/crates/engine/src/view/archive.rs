//! Exports, imports and found keys, for the page.

use super::Undo;
use crate::console::Change;
use serde::Serialize;
use ts_rs::TS;

/// An export that was written.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveExport {
    /// The file.
    pub path: String,
    /// How many profiles and balancers it holds.
    pub profiles: u32,
    /// What was left out because it is secret or may be, or could not be read; in words.
    pub left_out: Vec<String>,
}

/// What a file would bring.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportView {
    /// Says which file this is; given back when importing.
    pub fingerprint: String,
    /// Its profiles and balancers, by name.
    pub files: Vec<ImportFile>,
    /// Its preferences.
    pub preferences: Vec<ImportPreference>,
    /// What was left out when it was made, and what is left out now; in words.
    pub left_out: Vec<String>,
}

/// A profile or balancer of an import.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportFile {
    /// Its name.
    pub name: String,
    /// `profile` or `balancer`; of one that is unusable: `file`.
    pub kind: String,
    /// `new`, `same`, `differs` (it would be replaced), or `unusable`.
    pub state: String,
    /// What replacing would change, or why it is unusable; in words.
    pub details: Vec<String>,
    /// Where its requests would go, if the profile itself says so.
    pub address: Option<String>,
    /// Where its key would come from, if the profile itself says so.
    pub key_from: Option<String>,
    /// The proxy that it names.
    pub proxy: Option<String>,
}

/// A preference of an import.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ImportPreference {
    /// `active`, `default`, `retention`, `prices` or `network`.
    pub name: String,
    /// It is so already.
    pub same: bool,
    /// What it is now.
    pub before: String,
    /// What it would be.
    pub after: String,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ImportOutcome {
    /// The files that were written.
    pub changes: Vec<Change>,
    /// The preferences that were set.
    pub preferences: Vec<String>,
    /// What could not be set, and why.
    pub problems: Vec<String>,
    /// Takes the files back; absent where none was written.
    pub undo: Option<Undo>,
}

/// A variable that is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FoundKey {
    /// The variable.
    pub variable: String,
    /// A provider whose key it usually holds.
    pub provider: String,
    /// Where a key of that provider goes, host and port; absent where each profile says so itself.
    pub host: Option<String>,
    /// Its last four characters, unless it is too short to show any.
    pub last_four: Option<String>,
    /// The profiles of that provider that have no usable credential yet.
    pub waiting: Vec<WaitingProfile>,
    /// The provider has a stored key already, which would be replaced.
    pub stored: bool,
}

/// A profile that waits for a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct WaitingProfile {
    /// Its name.
    pub name: String,
    /// Where its key would go, host and port; absent where neither it nor its provider has an address.
    pub host: Option<String>,
}

/// A key that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportedKey {
    /// The variable that held it.
    pub variable: String,
    /// The provider that it was stored for.
    pub provider: Option<String>,
    /// The profile that it was bound to.
    pub profile: Option<String>,
    /// Its last four characters, unless it is too short to show any.
    pub last_four: Option<String>,
}
