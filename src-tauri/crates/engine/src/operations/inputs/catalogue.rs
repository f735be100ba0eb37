//! What operations on the catalogue and the starters take.

use super::credentials::KeyInput;
use crate::view::ModelView;
use serde::Deserialize;
use ts_rs::TS;

/// A provider of the user's own.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProviderDraft {
    /// What profiles call it.
    pub name: String,
    /// Its name for people; absent: the same.
    pub title: Option<String>,
    /// What it speaks: `anthropic`, `openai-chat`, `openai-responses` or `gemini`.
    pub dialect: String,
    /// Where it answers; with the version for OpenAI's dialects, else without.
    pub base_url: String,
    /// It takes no request without a key.
    pub needs_key: bool,
    /// The header that carries its key: `bearer` (in `Authorization`), `x-api-key` or `x-goog-api-key`; absent: the one that
    /// its dialect's own provider takes.
    #[ts(optional)]
    pub key_header: Option<String>,
    /// The variables that usually hold its key.
    pub variables: Vec<String>,
    /// Its models.
    pub models: Vec<ModelView>,
}

/// What becomes of a starter's member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum MemberAction {
    /// It is missing, and made.
    Create,
    /// It is there, and stays as it is.
    Use,
    /// It is there, and made what the starter says; or another profile takes its place in the list.
    Replace,
    /// The balancer does without it.
    Leave,
}

/// What the user chose for one member.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(optional_fields)]
pub struct MemberChoice {
    /// The member.
    pub name: String,
    /// What becomes of it.
    pub action: MemberAction,
    /// To replace: the profile of the user's that is listed in its place. Absent: its own file is made what the starter says.
    pub profile: Option<String>,
    /// To create: the provider, where not the starter's.
    pub provider: Option<String>,
    /// To create: the model, where not the starter's. With another provider it must be said.
    pub model: Option<String>,
    /// To create: its requests carry the credential that the caller brings (`auth: caller`), such as a tool's own login.
    #[serde(default)]
    #[ts(as = "Option<bool>")]
    pub caller: bool,
}

/// A variable whose key a profile is to have.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct VariableChoice {
    /// The profile.
    pub profile: String,
    /// The variable; the catalogue names it.
    pub variable: String,
}

/// Applies a starter, or looks at what that would do.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StarterInput {
    /// Which.
    pub id: String,
    /// What becomes of its members; one that is there and not spoken of is used.
    pub members: Vec<MemberChoice>,
    /// Keys for members that have none, stored once the files are written.
    #[serde(default)]
    pub keys: Vec<KeyInput>,
    /// The same, from variables of the engine's own environment.
    #[serde(default)]
    #[ts(as = "Option<Vec<VariableChoice>>", optional)]
    pub variables: Vec<VariableChoice>,
    /// Where only one member is left of a failover list: that profile alone is made, and no list.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub alone: bool,
    /// A load balancer of its name with other members may be replaced.
    #[serde(default)]
    pub replace: bool,
    /// Only look.
    #[serde(default)]
    pub dry_run: bool,
}
