//! Everything that can be asked of a running engine, listed once.
//!
//! From this list come the window's commands, the admin routes and the TypeScript types: [`perform`] is the only way in for
//! all of them, and `ui/src/host/generated.ts` is written from [`typescript`] (a test fails when it is stale).

#![expect(clippy::unused_async, reason = "operations have one shape, whether they wait or not")]

mod archive;
pub(crate) mod balancers;
mod catalogue;
mod console;
mod fixes;
mod history;
mod key_import;
mod keys;
mod live;
mod lock;
mod naming;
mod network;
pub(crate) mod profiles;
mod starters;
mod undoing;
mod versions;

use crate::console::{Change, Completion, ConsoleInput, ConsoleOutput, Ran};
use crate::error::Problem;
use crate::prices::PriceDraft;
use crate::retention::RetentionDraft;
use crate::view::{
    ArchiveExport, BalancerDetail, BalancerMember, Check, CheckKind, CredentialView, ExchangePage, ExchangeRow,
    ExportView, FoundKey, HistoryView, ImportOutcome, ImportView, ImportedKey, LiveState, LockView, ModelView,
    ModelsView, NetworkView, PriceView, ProfileDetail, ProfilesView, ProviderView, StarterOutcome, StarterView,
    StatisticsView, TestResult, Undo, VersionText, VersionView,
};
use mainstay_history::{By, Format, Outcome};
use mainstay_profiles::{FileError, FolderError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// No input, or nothing to say.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// Names a profile or balancer.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct Named {
    /// Its name.
    pub name: String,
}

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

/// Names an exchange.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ExchangeId {
    /// The id in `x-mainstay-request-id`.
    pub id: String,
}

/// Which exchanges are meant. What is absent doesn't matter.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ExchangeFilter {
    /// Part of a model, member, tool, route, error, refusal or id.
    pub text: Option<String>,
    /// The profile or balancer that they went to.
    pub route: Option<String>,
    /// A member that was tried.
    pub member: Option<String>,
    /// The client program.
    pub tool: Option<String>,
    /// The client's dialect.
    pub dialect: Option<String>,
    /// How they came out.
    pub outcome: Option<Outcome>,
    /// Practice only, or none of it.
    pub practice: Option<bool>,
    /// Not before this, in Unix milliseconds.
    pub from: Option<u64>,
    /// Before this, in Unix milliseconds.
    pub to: Option<u64>,
}

/// Asks for a page of exchanges.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ExchangesInput {
    /// At most so many, newest first; no more than 1000.
    pub limit: u32,
    /// Where the page starts: `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// Which exchanges.
    #[serde(flatten)]
    pub filter: ExchangeFilter,
}

/// Asks for statistics.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct StatisticsInput {
    /// The grouping; empty: all in one group.
    #[serde(default)]
    pub by: Vec<By>,
    /// Over which exchanges.
    #[serde(flatten)]
    pub filter: ExchangeFilter,
}

/// Asks for an export.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ExportInput {
    /// CSV, a line for each exchange; or JSON, with all trails.
    pub format: Format,
    /// Which exchanges.
    #[serde(flatten)]
    pub filter: ExchangeFilter,
}

/// Sets the user's own price of a model, or takes it back.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct PriceInput {
    /// The provider's catalogue name.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The price; absent: the catalogue's again.
    pub price: Option<PriceDraft>,
}

/// A profile as the form has it.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDraft {
    /// Its name.
    pub name: String,
    /// The fingerprint of the text that was edited; absent for a new profile.
    pub fingerprint: Option<String>,
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
}

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
    /// It is there, and made what the starter says.
    Replace,
    /// The balancer does without it.
    Leave,
}

/// What the user chose for one member.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct MemberChoice {
    /// The member.
    pub name: String,
    /// What becomes of it.
    pub action: MemberAction,
}

/// Applies a starter, or looks at what that would do.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StarterInput {
    /// Which.
    pub id: String,
    /// What becomes of its members; one that is there and not spoken of is used.
    pub members: Vec<MemberChoice>,
    /// A load balancer of its name with other members may be replaced.
    #[serde(default)]
    pub replace: bool,
    /// Only look.
    #[serde(default)]
    pub dry_run: bool,
}

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
    /// The profiles and balancers.
    pub files: Vec<String>,
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
    #[ts(type = "Record<string, string>")]
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

/// A practice member's fault.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct FaultInput {
    /// The practice member.
    pub member: String,
    /// `rate-limit`, `server-error`, `refuse`, `hang`, `reject-key`, `break-stream`; absent to mend it.
    pub fault: Option<String>,
}

/// Names a member of the active route.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct Member {
    /// Its profile's name.
    pub member: String,
}

/// Names a member that a route is to be pinned to.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct PinInput {
    /// The balancer's name.
    pub route: String,
    /// Its member's profile.
    pub member: String,
}

/// Names a route.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct RouteName {
    /// The balancer's name.
    pub route: String,
}

/// What to check of a member.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct CheckInput {
    /// Its profile's name.
    pub member: String,
    /// What to check.
    pub what: CheckKind,
}

/// A line of commands as far as it is typed.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct Typed {
    /// Up to where the cursor stands.
    pub line: String,
}

/// Takes a change back.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct UndoInput {
    /// As it came with the change.
    pub token: String,
}

/// The way out as it is to be.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkDraft {
    /// `system`, `none`, or a proxy's address without a login.
    pub proxy: String,
    /// Hosts that are reached without it, as in `NO_PROXY`; absent: as the environment says.
    pub no_proxy: Option<String>,
    /// A PEM file with certificates that are trusted beside the system's; its whole path.
    pub ca_file: Option<String>,
}

/// A proxy's login on its way in. It never comes back out.
#[derive(Deserialize, TS)]
pub struct ProxyLoginInput {
    /// The proxy's address.
    pub proxy: String,
    /// The user's name.
    pub user: String,
    /// The password.
    #[ts(type = "string")]
    pub password: secrecy::SecretString,
}

/// Names a proxy.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ProxyNamed {
    /// Its address.
    pub proxy: String,
}

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident($input:ty) -> $output:ty;)+) => {
        /// The names of all operations.
        pub const OPERATIONS: &[&str] = &[$(stringify!($name)),+];

        /// Performs an operation by its name, JSON in and JSON out.
        ///
        /// # Errors
        /// `unknown_operation`, `bad_input`, or the operation's own problem.
        pub async fn perform(engine: &crate::Handle, name: &str, input: Value) -> Result<Value, Problem> {
            match name {
                $(stringify!($name) => {
                    let input: $input = serde_json::from_value(input).map_err(|error| bad_input(name, &error))?;
                    let output: $output = engine.$name(input).await?;
                    serde_json::to_value(output).map_err(|error| bad_input(name, &error))
                })+
                _ => Err(Problem {
                    code: "unknown_operation".to_owned(),
                    message: format!("There is no operation called \"{name}\"."),
                    hint: "The window and the engine are of different versions; restart Mainstay.".to_owned(),
                }),
            }
        }

        fn signatures() -> String {
            let mut text = String::from("export interface Operations {\n");
            $(
                $(text.push_str(&format!("  /**{} */\n", $doc));)+
                text.push_str(&format!(
                    "  {}: {{ input: {}; output: {} }};\n",
                    stringify!($name), <$input as TS>::name(&ts_rs::Config::default()), <$output as TS>::name(&ts_rs::Config::default())
                ));
            )+
            text.push_str("}\n");
            text
        }
    };
}

operations! {
    /// All of Live but the feed.
    live(Nothing) -> LiveState;
    /// Exchanges, newest first, page by page.
    exchanges(ExchangesInput) -> ExchangePage;
    /// One exchange.
    exchange(ExchangeId) -> ExchangeRow;
    /// Sums, shares and percentiles over a part of the history.
    statistics(StatisticsInput) -> StatisticsView;
    /// Writes a part of the history to a new file in the data folder.
    export_history(ExportInput) -> ExportView;
    /// How the history stands.
    history(Nothing) -> HistoryView;
    /// From now on the history is kept so long.
    set_retention(RetentionDraft) -> HistoryView;
    /// Deletes the history, the day's figures included; nothing of it stays on the disk but exports.
    delete_history(Nothing) -> HistoryView;
    /// What models cost.
    prices(Nothing) -> Vec<PriceView>;
    /// Sets the user's own price of a model, or takes it back. What answers have cost so far stays as it was reckoned.
    set_price(PriceInput) -> Vec<PriceView>;
    /// The folder's profiles and balancers.
    profiles(Nothing) -> ProfilesView;
    /// One profile.
    profile(Named) -> ProfileDetail;
    /// Creates a profile or saves its form; refused with `profile_changed` when the file changed meanwhile.
    save_profile(ProfileDraft) -> Undo;
    /// Deletes a profile or balancer; if balancers list it, only together with its place there.
    delete_profile(DeleteInput) -> Undo;
    /// Gives a profile or balancer another name. All that goes by its name follows: lists, key, default, pins, spend.
    rename_profile(NewName) -> Undo;
    /// Copies a profile or balancer, without its key.
    duplicate_profile(NewName) -> Undo;
    /// The earlier texts of a file that are kept, newest first.
    versions(Named) -> Vec<VersionView>;
    /// One earlier text, without secrets.
    version(VersionOf) -> VersionText;
    /// Puts an earlier text back in place of today's, which is kept in turn.
    restore_version(VersionOf) -> Undo;
    /// Puts right what lint found.
    apply_fix(FixInput) -> Undo;
    /// Who holds the lock over the profiles, which the llxprt CLI takes too.
    profiles_lock(Nothing) -> LockView;
    /// Removes a lock that was left behind; refused with `lock_changed` when it is another one by now.
    remove_lock(LockSeen) -> Nothing;
    /// Takes a change back.
    undo(UndoInput) -> Nothing;
    /// Sends one tiny real request to the profile.
    test_profile(Named) -> TestResult;
    /// Binds a key to a profile.
    set_key(KeyInput) -> CredentialView;
    /// Forgets the key bound to a profile.
    delete_key(Named) -> CredentialView;
    /// The user agrees that a profile's stored credential goes to the address in its file, as it was shown.
    confirm_origin(OriginInput) -> CredentialView;
    /// The providers of the catalogue.
    catalogue(Nothing) -> Vec<ProviderView>;
    /// Adds a provider of the user's own, or changes it.
    add_provider(ProviderDraft) -> Vec<ProviderView>;
    /// Removes a provider of the user's own that no profile uses.
    remove_provider(Named) -> Vec<ProviderView>;
    /// Asks a profile's provider which models it has, and keeps the answer. Costs nothing.
    fetch_models(Named) -> ModelsView;
    /// The ready-made load balancers: what they need, and what of it is there.
    starters(Nothing) -> Vec<StarterView>;
    /// Makes a ready-made load balancer and what it needs, or says what that would change; all of it or nothing.
    apply_starter(StarterInput) -> StarterOutcome;
    /// Writes profiles and preferences to a new file in the data folder, without anything secret.
    export_archive(Nothing) -> ArchiveExport;
    /// Says what importing a file would change. Nothing is written.
    preview_import(PathInput) -> ImportView;
    /// Imports what was chosen of a file that was looked at before; profiles all or none.
    import_archive(ImportInput) -> ImportOutcome;
    /// Which variables of the catalogue are set, here or in a .env file; never their values.
    find_keys(FindKeysInput) -> Vec<FoundKey>;
    /// Stores the keys that such variables hold.
    import_keys(ImportKeysInput) -> Vec<ImportedKey>;
    /// One balancer.
    balancer(Named) -> BalancerDetail;
    /// Creates a balancer.
    create_balancer(BalancerDraft) -> Undo;
    /// Changes a balancer's policy, members, order or weights, or where it keeps conversations.
    change_balancer(BalancerDraft) -> Undo;
    /// From now on this serves requests which name none.
    use_now(Named) -> Nothing;
    /// From now on this is the default, here and in the llxprt CLI.
    set_default(Named) -> Nothing;
    /// Forgets a member's cooldown and breaker, and checks its key.
    try_now(Member) -> Check;
    /// Checks for free whether a member's address answers or its key is accepted.
    check_member(CheckInput) -> Check;
    /// From now on a balancer's requests go to this member first, until it is unpinned. Its policy stays as it is.
    pin(PinInput) -> Nothing;
    /// The balancer chooses by its policy again.
    unpin(RouteName) -> Nothing;
    /// Runs the recipe's commands, or says what they would change.
    console(ConsoleInput) -> ConsoleOutput;
    /// What can come next in a line of commands.
    complete(Typed) -> Vec<Completion>;
    /// Breaks or mends a practice member.
    practice_fault(FaultInput) -> Nothing;
    /// The way out: proxy and certificates, as they are set and as they are in force.
    network(Nothing) -> NetworkView;
    /// Changes the way out, at once; refused with `proxy_bad` or `ca_file_unusable`.
    set_network(NetworkDraft) -> NetworkView;
    /// Keeps a proxy's user name and password in the secret store.
    set_proxy_login(ProxyLoginInput) -> NetworkView;
    /// Forgets a proxy's user name and password.
    delete_proxy_login(ProxyNamed) -> NetworkView;
}

/// An operation's problem.
fn problem(code: &str, message: String, hint: &str) -> Problem {
    Problem { code: code.to_owned(), message, hint: hint.to_owned() }
}

pub(crate) fn folder_problem(error: &FolderError) -> Problem {
    let mut message = error.to_string();
    if let Some(source) = std::error::Error::source(error).map(ToString::to_string)
        && !message.contains(&source)
    {
        message = format!("{message}: {source}");
    }
    let hint = match error {
        FolderError::Referenced { .. } => "Remove it from there first, or together with its place there.",
        FolderError::Exists(_) | FolderError::Name(_) => "Choose another name.",
        FolderError::Changed(_) => "Reload it, or save over it.",
        FolderError::Lock(_) => {
            "Another program is writing profiles; try again. A lock left behind can be removed in Profiles."
        }
        _ => "Check the profiles folder.",
    };
    problem(error.code(), message, hint)
}

pub(crate) fn file_problem(name: &str, error: &FileError) -> Problem {
    problem("profile_broken", format!("{name} can't be used: {error}"), "Correct the file; it has been left as it is.")
}

fn bad_input(name: &str, error: &serde_json::Error) -> Problem {
    Problem {
        code: "bad_input".to_owned(),
        message: format!("{name} was asked for wrongly: {error}."),
        hint: "Restart Mainstay; if it happens again, report it.".to_owned(),
    }
}

/// The TypeScript that the UI is checked against.
pub fn typescript() -> String {
    use crate::view;
    let config = ts_rs::Config::default().with_large_int("number");
    let mut text = String::from(
        "// Written from src-tauri/crates/engine by `cargo test -p mainstay-engine`. Do not edit.\n// To write it anew: make types\n\n",
    );
    macro_rules! declare {
        ($($type:ty),+ $(,)?) => { $(
            text.push_str("export ");
            text.push_str(&<$type as TS>::decl(&config));
            text.push_str("\n\n");
        )+ };
    }
    declare!(
        Nothing,
        Named,
        NewName,
        DeleteInput,
        VersionOf,
        LockSeen,
        FixInput,
        ExchangeId,
        Outcome,
        ExchangeFilter,
        ExchangesInput,
        By,
        StatisticsInput,
        Format,
        ExportInput,
        RetentionDraft,
        PriceDraft,
        PriceInput,
        ProfileDraft,
        BalancerDraft,
        KeyInput,
        OriginInput,
        FaultInput,
        Member,
        PinInput,
        RouteName,
        CheckInput,
        UndoInput,
        NetworkDraft,
        ProxyLoginInput,
        ProxyNamed,
        Typed,
        ConsoleInput,
        Ran,
        Change,
        ConsoleOutput,
        Completion,
        Problem,
        view::CheckKind,
        view::Check,
        view::TestCost,
        view::MemberState,
        view::Minute,
        view::LimitLeft,
        view::LiveMember,
        view::ActiveRoute,
        view::Today,
        view::SecretsNotice,
        view::LiveState,
        view::StepKind,
        view::RouteStep,
        view::ExchangeRow,
        view::LiveFrame,
        view::ExchangePage,
        mainstay_history::Percentiles,
        mainstay_history::TokenSums,
        mainstay_history::Costs,
        mainstay_history::AttemptCounts,
        mainstay_history::Group,
        view::ShareView,
        view::SharesView,
        view::StatisticsView,
        view::HistoryView,
        view::ExportView,
        view::PriceView,
        view::CredentialView,
        view::FixView,
        view::Finding,
        view::ProfileRow,
        view::BalancerRow,
        view::BrokenFile,
        view::ProfilesView,
        view::ProfileDetail,
        view::BalancerMember,
        view::BalancerDetail,
        view::ModelView,
        view::ModelsView,
        view::ProviderView,
        ProviderDraft,
        PathInput,
        ImportInput,
        FindKeysInput,
        KeyChoice,
        ImportKeysInput,
        view::ArchiveExport,
        view::ImportFile,
        view::ImportPreference,
        view::ImportView,
        view::ImportOutcome,
        view::FoundKey,
        view::ImportedKey,
        MemberAction,
        MemberChoice,
        StarterInput,
        view::StarterMemberView,
        view::StarterView,
        view::StarterOutcome,
        view::TestResult,
        view::Undo,
        view::VersionView,
        view::VersionText,
        view::LockHolderView,
        view::LockView,
        view::ProxyView,
        view::NetworkView,
    );
    text.push_str(&signatures());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_typescript_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/host/generated.ts");
        let fresh = typescript();
        if std::env::var_os("MAINSTAY_WRITE_TYPES").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == fresh, "ui/src/host/generated.ts is stale; run `make types`");
    }
}
