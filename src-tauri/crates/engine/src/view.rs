//! What the window is told, as plain data. TypeScript types are generated from these (ui/src/host/generated.ts).
//!
//! Times are Unix milliseconds, durations milliseconds. No secret is ever in one of them.

mod accounts;
mod archive;
mod checks;
mod door;
mod foresight;
mod history;
mod live;
mod logs;
mod network;
mod own;
mod profiles;
mod starters;

pub use accounts::{
    AccountState, AccountView, AccountsView, KeyView, LoginMethod, LoginSettingsView, LoginStep, LoginView, LoginWait,
    ProviderAccounts, SecretsView,
};
pub use archive::{
    ArchiveExport, FoundKey, ImportFile, ImportOutcome, ImportPreference, ImportView, ImportedKey, WaitingProfile,
};
pub use checks::{Check, CheckKind, TestCost};
pub use door::{DoorView, MadeToken, TokenView};
pub use foresight::{BreakerCount, ForeseenKind, ForeseenStep, ForesightView};
pub use history::{ExchangePage, ExportView, HistoryView, PriceView, ShareView, SharesView, StatisticsView};
pub use live::{
    ActiveRoute, ExchangeRow, LimitLeft, LiveFrame, LiveMember, LiveState, MemberAccount, MemberState, Minute,
    RouteStep, SecretsNotice, StepKind, Today,
};
pub use logs::{DiagnosticsView, LogLine, LogsView};
pub use network::{NetworkView, ProxyView};
pub use own::{CalledView, GatewayView, KeptItem, OwnDataView, ToolSeen};
pub use profiles::{
    BalancerDetail, BalancerMember, BalancerRow, BrokenFile, CredentialView, Fault, FilledText, Finding, FixView,
    LockHolderView, LockView, ModelRow, ModelView, ModelsForm, ModelsView, ProfileDetail, ProfileForm, ProfileRow,
    ProfileText, ProfilesView, ProviderView, TestResult, TextMeaning, Undo, VersionText, VersionView,
};
pub use starters::{MemberCredential, StarterMemberView, StarterOutcome, StarterView};
