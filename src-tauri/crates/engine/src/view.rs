//! What the window is told, as plain data. TypeScript types are generated from these (ui/src/host/generated.ts).
//!
//! Times are Unix milliseconds, durations milliseconds. No secret is ever in one of them.

mod archive;
mod checks;
mod history;
mod live;
mod network;
mod profiles;
mod starters;

pub use archive::{ArchiveExport, FoundKey, ImportFile, ImportOutcome, ImportPreference, ImportView, ImportedKey};
pub use checks::{Check, CheckKind, TestCost};
pub use history::{ExchangePage, ExportView, HistoryView, PriceView, ShareView, SharesView, StatisticsView};
pub use live::{
    ActiveRoute, ExchangeRow, LimitLeft, LiveFrame, LiveMember, LiveState, MemberState, Minute, RouteStep,
    SecretsNotice, StepKind, Today,
};
pub use network::{NetworkView, ProxyView};
pub use profiles::{
    BalancerDetail, BalancerMember, BalancerRow, BrokenFile, CredentialView, Finding, FixView, LockHolderView,
    LockView, ModelView, ModelsView, ProfileDetail, ProfileRow, ProfilesView, ProviderView, TestResult, Undo,
    VersionText, VersionView,
};
pub use starters::{StarterMemberView, StarterOutcome, StarterView};
