//! What operations on profiles and balancers take.

use crate::view::{BalancerMember, ModelsForm};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Gives a profile or balancer, or a copy of it, another name.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct NewName {
    /// Its name.
    pub from: String,
    /// The new one, which nothing has yet.
    pub to: String,
}

/// Names a profile or balancer that is to go.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeleteInput {
    /// Its name.
    pub name: String,
    /// The balancers that list it lose it; else it is refused while there are any.
    #[serde(default)]
    pub from_lists: bool,
}

/// Names an earlier text of a file.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct VersionOf {
    /// The profile or balancer.
    pub name: String,
    /// As `versions` has it.
    pub id: String,
}

/// The lock as the user saw it.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct LockSeen {
    /// `seen` of its holder: another lock is not removed.
    pub seen: String,
}

/// Names a finding that is to be put right.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct FixInput {
    /// The profile or balancer.
    pub profile: String,
    /// The finding's code.
    pub code: String,
    /// The `key` of its fix.
    #[serde(default)]
    pub key: Option<String>,
}

/// A profile as the form has it.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDraft {
    /// Its name.
    pub name: String,
    /// The fingerprint of the text that was edited; absent for a new profile.
    pub fingerprint: Option<String>,
    /// What stands in the form.
    #[serde(flatten)]
    pub form: FormDraft,
}

/// What stands in a profile's form. What is absent of the optional parts stays as the file has it.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FormDraft {
    /// Its provider.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// `modelParams`.
    #[ts(type = "Record<string, unknown>")]
    pub params: BTreeMap<String, Value>,
    /// `context-limit`.
    pub context_limit: Option<u64>,
    /// `base-url`.
    pub base_url: Option<String>,
    /// `timeout_ms`.
    pub timeout_ms: Option<u64>,
    /// Requests that it may serve in a local day.
    pub daily_requests: Option<u64>,
    /// US dollars that it may cost in a local day, at the catalogue's prices.
    pub daily_usd: Option<f64>,
    /// The other settings that the form has, by their names in the file; one that is absent is removed.
    #[serde(default)]
    #[ts(type = "Record<string, unknown>", optional)]
    pub settings: Option<BTreeMap<String, Value>>,
    /// Which model serves which request.
    #[serde(default)]
    #[ts(optional)]
    pub models: Option<ModelsForm>,
    /// Names of parameters that replace what the client sends.
    #[serde(default)]
    #[ts(optional)]
    pub always: Option<Vec<String>>,
}

/// A profile's text as it stands in the editor.
#[derive(Deserialize, TS)]
pub struct TextInput {
    /// The profile or balancer.
    pub name: String,
    /// The text; "(hidden)" stands for what the file has there.
    pub text: String,
}

/// A form whose values are to stand in a text.
#[derive(Deserialize, TS)]
pub struct FillInput {
    /// The text.
    pub text: String,
    /// The form.
    pub form: FormDraft,
}

/// A text that is to be the file.
#[derive(Deserialize, TS)]
pub struct SaveTextInput {
    /// The profile or balancer.
    pub name: String,
    /// The text; "(hidden)" stands for what the file has there.
    pub text: String,
    /// Which text of the file it was made from.
    pub fingerprint: String,
}

/// A balancer as the place has it. Saved at once.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct BalancerDraft {
    /// Its name.
    pub name: String,
    /// `failover`, `roundrobin` or `weighted`.
    pub policy: String,
    /// Its members in order.
    pub members: Vec<BalancerMember>,
    /// Requests that go on with a conversation stay with its member (round-robin and weighted). Absent: as it is.
    pub sticky: Option<bool>,
    /// When failover goes back to the first member: `conversation`, `at-once` or `never`. Absent: as it is.
    pub failback: Option<String>,
    /// What it is changed from. If it is no longer so, because another program changed it, nothing is written
    /// (`balancer_changed`). Absent: whatever it is.
    #[serde(default)]
    #[ts(optional)]
    pub was: Option<BalancerSeen>,
}

/// A balancer as it was shown to who changed it.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct BalancerSeen {
    /// `failover`, `roundrobin` or `weighted`.
    pub policy: String,
    /// Its members in order; weights count where the policy has shares.
    pub members: Vec<BalancerMember>,
}

/// Takes a change back.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct UndoInput {
    /// As it came with the change.
    pub token: String,
}
