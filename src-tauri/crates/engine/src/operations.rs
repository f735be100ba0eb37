//! Everything that can be asked of a running engine, listed once.
//!
//! From this list come the window's commands, the admin routes and the TypeScript types: [`perform`] is the only way in for
//! all of them, and `ui/src/host/generated.ts` is written from [`typescript`] (a test fails when it is stale).

#![expect(clippy::unused_async, reason = "operations have one shape, whether they wait or not")]

mod accounts;
mod archive;
pub(crate) mod balancers;
mod catalogue;
mod console;
mod diagnostics;
mod door;
mod fixes;
mod foresight;
mod gateway;
mod history;
mod inputs;
mod key_import;
mod keys;
mod live;
mod lock;
mod logs;
mod naming;
mod network;
mod own_data;
mod profile_form;
mod profile_text;
pub(crate) mod profiles;
mod starters;
mod undoing;
mod versions;

pub use self::inputs::*;
use crate::console::{Change, Completion, ConsoleInput, ConsoleOutput, Ran, Report, WantedKey};
use crate::error::Problem;
use crate::prices::PriceDraft;
use crate::retention::RetentionDraft;
use crate::view::{
    AccountsView, ArchiveExport, BalancerDetail, Check, CredentialView, DoorView, ExchangePage, ExchangeRow,
    ExportView, FilledText, ForesightView, FoundKey, HistoryView, ImportOutcome, ImportView, ImportedKey, LiveState,
    LockView, LoginWait, MadeToken, ModelsView, NetworkView, PriceView, ProfileDetail, ProfileText, ProfilesView,
    ProviderView, StarterOutcome, StarterView, StatisticsView, TestResult, TextMeaning, Undo, VersionText, VersionView,
};
use crate::view::{DiagnosticsView, GatewayView, LogsView, OwnDataView};
use mainstay_history::{By, Format, Outcome};
use mainstay_profiles::{FileError, FileErrorKind, FolderError};
use serde_json::Value;
use std::path::{Path, PathBuf};
use ts_rs::TS;

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
    /// A file's text, broken or not, to be edited.
    profile_text(Named) -> ProfileText;
    /// What a text in the editor means: its form, its faults, what lint finds. Nothing is written.
    read_profile_text(TextInput) -> TextMeaning;
    /// Puts a form's values into a text, and leaves the rest of it as it is. Nothing is written.
    fill_profile_text(FillInput) -> FilledText;
    /// Saves a text as it is, once it is a profile; refused with `profile_changed` when the file changed meanwhile, and
    /// with `hidden_misplaced` where "(hidden)" stands for nothing in it.
    save_profile_text(SaveTextInput) -> Undo;
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
    /// All keys and logins, by provider; never a secret.
    accounts(Nothing) -> AccountsView;
    /// Keeps secrets there from now on, those entered so far too; refused with `secrets_kept` when they are on the disk.
    keep_secrets(KeepSecrets) -> AccountsView;
    /// Keeps a key for all profiles of a provider that have none of their own.
    set_provider_key(ProviderKeyInput) -> AccountsView;
    /// Forgets a provider's key.
    delete_provider_key(Named) -> AccountsView;
    /// Begins a login. One that the account had under way is cancelled.
    start_login(LoginInput) -> LoginWait;
    /// How far a login has come.
    login(LoginId) -> LoginWait;
    /// Gives a login the code that the provider's page showed.
    paste_login_code(LoginCode) -> LoginWait;
    /// Cancels a login; nothing is left of it.
    cancel_login(LoginId) -> LoginWait;
    /// Switches a provider's login on or off; its accounts are kept.
    enable_login(LoginSwitch) -> AccountsView;
    /// Gets an account new tokens now.
    refresh_login(AccountName) -> AccountsView;
    /// Forgets an account, and tells its provider where that takes it.
    log_out(AccountName) -> AccountsView;
    /// Changes what a provider's login is made of.
    set_login_settings(LoginSettingsDraft) -> AccountsView;
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
    /// Which way the next request would take if certain members failed, and what they would do then. Nothing is sent.
    what_would_happen(ForesightInput) -> ForesightView;
    /// Takes a member out for at most a minute, to see a failover; refused with `nobody_else` where no other could serve. It
    /// ends by itself, or by `try_now`.
    take_out(TakeOutInput) -> Nothing;
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
    /// Whom the gateway lets in: tokens by name, further hosts and origins.
    door(Nothing) -> DoorView;
    /// Makes a token for one tool. It is told this once.
    make_token(TokenNamed) -> MadeToken;
    /// From now on a tool's own token opens nothing.
    revoke_token(TokenNamed) -> DoorView;
    /// Replaces the lists of further hosts and origins, at once; refused with `door_host_bad`, `door_origin_bad`,
    /// `door_entry_star` or `door_entry_empty`.
    set_door_lists(DoorLists) -> DoorView;
    /// The end of the log.
    logs(LogsInput) -> LogsView;
    /// What to tell others when something is wrong, as text without anything secret.
    diagnostics(Nothing) -> DiagnosticsView;
    /// Where the gateway listens, now and from the next start on.
    gateway(Nothing) -> GatewayView;
    /// From the next start on the gateway listens at this port; refused with `port_bad` or `port_in_use`.
    set_port(PortInput) -> GatewayView;
    /// What Mainstay has stored, and whom it calls.
    own_data(Nothing) -> OwnDataView;
    /// Removes everything that Mainstay has stored: keys and history at once, the rest when it ends.
    remove_own_data(RemoveInput) -> OwnDataView;
}

/// The file that a person means by this path: spaces around it are none of its name, and `~` is the home folder.
fn meant(path: &str) -> PathBuf {
    let path = Path::new(path.trim());
    match (path.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => path.to_owned(),
    }
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
    if error.kind == FileErrorKind::Missing {
        return problem("no_such_profile", format!("There is no profile \"{name}\"."), "Choose one of the list.");
    }
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
        FormDraft,
        ProfileDraft,
        TextInput,
        FillInput,
        SaveTextInput,
        BalancerDraft,
        BalancerSeen,
        KeyInput,
        OriginInput,
        FaultInput,
        Member,
        PinInput,
        RouteName,
        MemberFailure,
        ForesightInput,
        TakeOutInput,
        CheckInput,
        UndoInput,
        NetworkDraft,
        ProxyLoginInput,
        ProxyNamed,
        Typed,
        ConsoleInput,
        Report,
        Ran,
        WantedKey,
        Change,
        crate::console::WantedLogin,
        ConsoleOutput,
        Completion,
        Problem,
        view::CheckKind,
        view::Check,
        view::TestCost,
        view::MemberState,
        view::Minute,
        view::LimitLeft,
        view::MemberAccount,
        view::LiveMember,
        view::ActiveRoute,
        view::Today,
        view::SecretsNotice,
        view::LiveState,
        view::StepKind,
        view::RouteStep,
        view::ForeseenKind,
        view::BreakerCount,
        view::ForeseenStep,
        view::ForesightView,
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
        view::ModelRow,
        view::ModelsForm,
        view::ProfileForm,
        view::ProfileDetail,
        view::Fault,
        view::ProfileText,
        view::TextMeaning,
        view::FilledText,
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
        view::WaitingProfile,
        view::FoundKey,
        view::ImportedKey,
        MemberAction,
        MemberChoice,
        VariableChoice,
        StarterInput,
        view::StarterMemberView,
        view::StarterView,
        view::MemberCredential,
        view::StarterOutcome,
        view::TestResult,
        view::Undo,
        view::VersionView,
        view::VersionText,
        view::LockHolderView,
        view::LockView,
        view::ProxyView,
        view::NetworkView,
        view::SecretsView,
        view::KeyView,
        view::AccountState,
        view::AccountView,
        view::LoginMethod,
        view::LoginStep,
        view::LoginWait,
        view::LoginSettingsView,
        view::LoginView,
        view::ProviderAccounts,
        view::AccountsView,
        SecretsPlace,
        KeepSecrets,
        ProviderKeyInput,
        LoginInput,
        LoginId,
        LoginCode,
        LoginSwitch,
        AccountName,
        LoginSettingsDraft,
        TokenNamed,
        DoorLists,
        view::TokenView,
        view::DoorView,
        view::MadeToken,
        LogsInput,
        view::LogLine,
        view::LogsView,
        view::DiagnosticsView,
        PortInput,
        RemoveInput,
        view::GatewayView,
        view::KeptItem,
        view::CalledView,
        view::ToolSeen,
        view::OwnDataView,
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
