//! Everything that can be asked of a running engine, listed once.
//!
//! From this list come the window's commands, the admin routes and the TypeScript types: [`perform`] is the only way in for
//! all of them, and `ui/src/host/generated.ts` is written from [`typescript`] (a test fails when it is stale).

#![expect(clippy::unused_async, reason = "operations have one shape, whether they wait or not")]

pub(crate) mod balancers;
mod console;
mod keys;
mod live;
pub(crate) mod profiles;

use crate::console::{Change, Completion, ConsoleInput, ConsoleOutput, Ran};
use crate::error::Problem;
use crate::view::{
    BalancerDetail, BalancerMember, CredentialView, ExchangeRow, LiveState, ProfileDetail, ProfilesView, ProviderView,
    TestResult, Undo,
};
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

/// Names an exchange.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ExchangeId {
    /// The id in `x-mainstay-request-id`.
    pub id: String,
}

/// How many exchanges to list.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct Limit {
    /// At most so many, newest first.
    pub limit: u32,
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
    /// The last exchanges, newest first.
    exchanges(Limit) -> Vec<ExchangeRow>;
    /// One exchange.
    exchange(ExchangeId) -> ExchangeRow;
    /// The folder's profiles and balancers.
    profiles(Nothing) -> ProfilesView;
    /// One profile.
    profile(Named) -> ProfileDetail;
    /// Creates a profile or saves its form; refused with `profile_changed` when the file changed meanwhile.
    save_profile(ProfileDraft) -> Undo;
    /// Deletes a profile or balancer that no balancer lists.
    delete_profile(Named) -> Undo;
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
    /// One balancer.
    balancer(Named) -> BalancerDetail;
    /// Creates a balancer.
    create_balancer(BalancerDraft) -> Undo;
    /// Changes a balancer's policy, members, order or weights.
    change_balancer(BalancerDraft) -> Undo;
    /// From now on this serves requests which name none.
    use_now(Named) -> Nothing;
    /// From now on this is the default, here and in the llxprt CLI.
    set_default(Named) -> Nothing;
    /// Forgets a member's cooldown and breaker.
    try_now(Member) -> Nothing;
    /// Runs the recipe's commands, or says what they would change.
    console(ConsoleInput) -> ConsoleOutput;
    /// What can come next in a line of commands.
    complete(Typed) -> Vec<Completion>;
    /// Breaks or mends a practice member.
    practice_fault(FaultInput) -> Nothing;
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
        FolderError::Referenced { .. } => "Remove it from there first.",
        FolderError::Exists(_) | FolderError::Name(_) => "Choose another name.",
        FolderError::Changed(_) => "Reload it, or save over it.",
        FolderError::Lock(_) => "Another program is writing profiles; try again.",
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
        ExchangeId,
        Limit,
        ProfileDraft,
        BalancerDraft,
        KeyInput,
        OriginInput,
        FaultInput,
        Member,
        UndoInput,
        Typed,
        ConsoleInput,
        Ran,
        Change,
        ConsoleOutput,
        Completion,
        Problem,
        view::MemberState,
        view::Minute,
        view::LiveMember,
        view::ActiveRoute,
        view::Today,
        view::SecretsNotice,
        view::LiveState,
        view::StepKind,
        view::RouteStep,
        view::ExchangeRow,
        view::LiveFrame,
        view::CredentialView,
        view::Finding,
        view::ProfileRow,
        view::BalancerRow,
        view::BrokenFile,
        view::ProfilesView,
        view::ProfileDetail,
        view::BalancerMember,
        view::BalancerDetail,
        view::ModelView,
        view::ProviderView,
        view::TestResult,
        view::Undo,
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
