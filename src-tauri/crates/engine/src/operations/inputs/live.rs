//! What operations on what serves now take.

use crate::view::CheckKind;
use serde::Deserialize;
use ts_rs::TS;

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

/// A member that is to fail, and how.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct MemberFailure {
    /// Its profile's name.
    pub member: String,
    /// `rate-limit`, `out-of-credit`, `rejected-key`, `down`, `unreachable`, `silent`.
    pub failure: String,
}

/// Asks what would happen.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ForesightInput {
    /// The balancer's or profile's name.
    pub route: String,
    /// Who fails; nobody: what would happen as things are.
    pub failures: Vec<MemberFailure>,
}

/// Takes a member out for a while.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct TakeOutInput {
    /// Its profile's name.
    pub member: String,
    /// For so long, 1 to 60.
    #[ts(type = "number")]
    pub seconds: u64,
}
