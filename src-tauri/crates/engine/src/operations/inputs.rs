//! What operations take, beside the one list of them.

mod catalogue;
mod credentials;
mod door;
mod history;
mod live;
mod logs;
mod own;
mod profiles;
mod transfer;

pub use self::catalogue::{MemberAction, MemberChoice, ProviderDraft, StarterInput, VariableChoice};
pub use self::credentials::{
    AccountName, KeepSecrets, KeyInput, LoginCode, LoginId, LoginInput, LoginSettingsDraft, LoginSwitch, OriginInput,
    ProviderKeyInput, SecretsPlace,
};
pub use self::door::{DoorLists, NetworkDraft, ProxyLoginInput, ProxyNamed, TokenNamed};
pub use self::history::{ExchangeFilter, ExchangeId, ExchangesInput, ExportInput, PriceInput, StatisticsInput};
pub use self::live::{
    CheckInput, FaultInput, ForesightInput, Member, MemberFailure, PinInput, RouteName, TakeOutInput, Typed,
};
pub use self::logs::LogsInput;
pub use self::own::{PortInput, RemoveInput};
pub use self::profiles::{
    BalancerDraft, BalancerSeen, DeleteInput, FillInput, FixInput, FormDraft, LockSeen, NewName, ProfileDraft,
    SaveTextInput, TextInput, UndoInput, VersionOf,
};
pub use self::transfer::{FindKeysInput, ImportInput, ImportKeysInput, KeyChoice, PathInput};
use serde::{Deserialize, Serialize};
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
