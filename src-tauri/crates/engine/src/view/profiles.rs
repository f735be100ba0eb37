//! The Profiles and Failover places.

use super::{Check, MemberState, TestCost};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Where a profile's credential comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialView {
    /// There is one, and it may go to the profile's address.
    pub usable: bool,
    /// Plain words: where it comes from, or why there is none.
    pub source: String,
    /// Stable word for what is wrong: `needs_credential`, `credential_origin_unconfirmed`, …
    pub problem: Option<String>,
    /// The last four characters of the key bound to the profile, if there is one and it is long enough.
    pub last_four: Option<String>,
    /// A key is bound to this profile.
    pub own_key: bool,
}

/// Something to know about a profile, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Finding {
    /// Stable word.
    pub code: String,
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// What is the case.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// What can be done at once, with `apply_fix`.
    pub fix: Option<FixView>,
}

/// Something that can be done about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FixView {
    /// Stable word.
    pub id: String,
    /// The words of its button.
    pub label: String,
    /// To what: a member, a parameter, an address; given back with the finding's code.
    pub key: Option<String>,
}

/// An earlier text of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    /// Names it among the file's versions.
    pub id: String,
    /// When it was replaced, in Unix milliseconds.
    pub replaced_at: u64,
}

/// An earlier text of a file, to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct VersionText {
    /// Names it among the file's versions.
    pub id: String,
    /// What it says, without secrets.
    pub text: String,
    /// What the file says now, without secrets.
    pub now: String,
}

/// Who holds the lock over the profiles folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LockHolderView {
    /// The process, if the lock says one.
    pub pid: Option<u32>,
    /// Since when, in Unix milliseconds, if that is known.
    pub since: Option<u64>,
    /// Whether a process of that number runs; absent: not known. It may be another one by now.
    pub alive: Option<bool>,
    /// Says which lock this is; given back with `remove_lock`.
    pub seen: String,
}

/// The lock over the profiles folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LockView {
    /// Who holds it; absent: nobody.
    pub holder: Option<LockHolderView>,
}

/// A profile in the list.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileRow {
    /// Its name.
    pub name: String,
    /// Its provider's catalogue name.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// Its state.
    pub state: MemberState,
    /// When the state ends, if that is known.
    pub until: Option<u64>,
    /// The last check of its key, or of its address where there is no key to check.
    pub checked: Option<Check>,
    /// Its credential.
    pub credential: CredentialView,
    /// The balancers that list it.
    pub used_by: Vec<String>,
    /// It serves requests which name none.
    pub active: bool,
    /// It is the default.
    pub default: bool,
    /// It is simulated, and can't be edited here.
    pub practice: bool,
    /// What lint found.
    pub findings: Vec<Finding>,
}

/// A balancer in the list.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BalancerRow {
    /// Its name.
    pub name: String,
    /// `failover`, `roundrobin` or `weighted`.
    pub policy: String,
    /// How many members.
    pub members: u32,
    /// It serves requests which name none.
    pub active: bool,
    /// It is the default.
    pub default: bool,
    /// Its members are simulated.
    pub practice: bool,
    /// What lint found.
    pub findings: Vec<Finding>,
}

/// A file that can't be read as a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct BrokenFile {
    /// Its name.
    pub name: String,
    /// Line, 0 if there is no place.
    pub line: u32,
    /// Column, 0 if there is no place.
    pub column: u32,
    /// What is wrong.
    pub reason: String,
}

/// Everything in the profiles folder, and the practice profiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfilesView {
    /// The folder.
    pub folder: String,
    /// Profiles by name.
    pub profiles: Vec<ProfileRow>,
    /// Balancers by name.
    pub balancers: Vec<BalancerRow>,
    /// Files that can't be used.
    pub broken: Vec<BrokenFile>,
}

/// What the form shows of a profile's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileForm {
    /// Its provider.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// `modelParams` as written.
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
    /// US dollars that it may cost in a local day.
    pub daily_usd: Option<f64>,
    /// The other settings that the form has, by their names in the file, as written.
    #[ts(type = "Record<string, unknown>")]
    pub settings: BTreeMap<String, Value>,
    /// Which model serves which request.
    pub models: ModelsForm,
    /// Names of parameters that replace what the client sends.
    pub always: Vec<String>,
}

/// Which model serves a request that asks for another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelsForm {
    /// Serves whatever no other rule names; absent: the profile's model.
    pub main: Option<String>,
    /// Serves the small models that agents ask for in side jobs; absent: no distinction.
    pub small: Option<String>,
    /// The first pattern that fits counts.
    pub map: Vec<ModelRow>,
    /// The model that the client asked for serves where the provider has it.
    pub keep_client: bool,
}

/// A rule by the model that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelRow {
    /// The model asked for; `*` stands for anything.
    pub asked: String,
    /// The model that serves.
    pub serves: String,
}

/// Where a text goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Fault {
    /// Line, counted from 1; 0 if there is no place.
    pub line: u32,
    /// Column, counted from 1; 0 if there is no place.
    pub column: u32,
    /// What is wrong.
    pub reason: String,
}

/// A file's text, to be edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ProfileText {
    /// The text; "(hidden)" stands where something may be secret.
    pub text: String,
    /// Says which text this is; given back when saving.
    pub fingerprint: String,
    /// Why it can't be used; absent: it can.
    pub fault: Option<Fault>,
}

/// What a text in the editor means.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct TextMeaning {
    /// Why it can't be used; absent: it can.
    pub fault: Option<Fault>,
    /// What the form shows of it; absent when it is broken or a load balancer.
    pub form: Option<ProfileForm>,
    /// What lint finds in it.
    pub findings: Vec<Finding>,
}

/// A text after a form's values were put into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FilledText {
    /// The text.
    pub text: String,
}

/// One profile, to be edited.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDetail {
    /// Its name.
    pub name: String,
    /// What its form shows.
    #[serde(flatten)]
    pub form: ProfileForm,
    /// The file's text.
    pub text: String,
    /// Says which text this is; given back when saving.
    pub fingerprint: String,
    /// Its credential.
    pub credential: CredentialView,
    /// The balancers that list it.
    pub used_by: Vec<String>,
    /// It is simulated, and can't be edited here.
    pub practice: bool,
    /// What a test of it costs.
    pub test_cost: TestCost,
}

/// A member as a balancer's file lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BalancerMember {
    /// The profile's name.
    pub profile: String,
    /// Its weight; counts under `weighted` only.
    pub weight: u32,
}

/// One balancer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BalancerDetail {
    /// Its name.
    pub name: String,
    /// `failover`, `roundrobin` or `weighted`.
    pub policy: String,
    /// Its members in order.
    pub members: Vec<BalancerMember>,
    /// Requests that go on with a conversation stay with its member (round-robin and weighted).
    pub sticky: bool,
    /// When failover goes back to the first member: `conversation`, `at-once` or `never`.
    pub failback: String,
    /// Profiles that could be added.
    pub candidates: Vec<String>,
    /// It serves requests which name none.
    pub active: bool,
    /// It is the default.
    pub default: bool,
    /// Its members are simulated.
    pub practice: bool,
    /// What lint found.
    pub findings: Vec<Finding>,
    /// The file's text.
    pub text: String,
    /// Says which text this is.
    pub fingerprint: String,
}

/// A model of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    /// Its id.
    pub id: String,
    /// Context window, in tokens.
    pub context_window: Option<u64>,
    /// Largest output, in tokens.
    pub max_output: Option<u64>,
}

/// The models that a provider has itself named.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ModelsView {
    /// The provider's name.
    pub provider: String,
    /// When it was asked, in Unix milliseconds.
    pub at: u64,
    /// Its models, by id.
    pub models: Vec<ModelView>,
}

/// A provider of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// Its name in profile files.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it speaks: `anthropic`, `openai-chat`, `openai-responses` or `gemini`.
    pub dialect: String,
    /// Where it answers; absent where the profile must say.
    pub base_url: Option<String>,
    /// Its models.
    pub models: Vec<ModelView>,
    /// The models that it named itself when it was last asked.
    pub fetched: Vec<ModelView>,
    /// When that was, in Unix milliseconds.
    pub fetched_at: Option<u64>,
    /// The address that it was asked at.
    pub fetched_from: Option<String>,
    /// What it is good at.
    pub strengths: Option<String>,
    /// What to consider.
    pub considerations: Option<String>,
    /// The tier of it that may use prompts for training, by its name; absent: none is known to.
    pub trains_on: Option<String>,
    /// What it costs, roughly: `free-tier`, `low`, `medium` or `high`.
    pub cost_class: Option<String>,
    /// The variables that usually hold its key.
    pub variables: Vec<String>,
    /// It takes no request without a key.
    pub needs_key: bool,
    /// The header that carries a key: `bearer` (in `Authorization`), `x-api-key` or `x-goog-api-key`.
    pub key_header: String,
    /// It takes logins only, and none of its can be made yet.
    pub login_only: bool,
    /// The user added it.
    pub own: bool,
}

/// What a test request came to.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// It answered.
    pub ok: bool,
    /// How long it took.
    pub took_ms: u64,
    /// What it answered, cut.
    pub answer: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// What went wrong.
    pub message: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

/// A change that can be taken back with `undo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Undo {
    /// What to give to `undo`; good for this run, once.
    pub token: String,
}
