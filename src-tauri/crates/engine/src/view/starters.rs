//! Starters and archives, for the page.

use super::{CredentialView, Undo};
use crate::console::Change;
use serde::Serialize;
use ts_rs::TS;

/// A ready-made load balancer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StarterView {
    /// Its stable id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it does.
    pub summary: String,
    /// The load balancer that it makes.
    pub balancer: String,
    /// `failover`, `roundrobin` or `weighted`.
    pub policy: String,
    /// There is a file of the balancer's name already.
    pub exists: bool,
    /// Its members in order.
    pub members: Vec<StarterMemberView>,
}

/// A member of a starter.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StarterMemberView {
    /// The profile that it needs.
    pub name: String,
    /// Its weight; counts under `weighted` only.
    pub weight: u32,
    /// The provider that it would have.
    pub provider: String,
    /// The model that it would have.
    pub model: String,
    /// `missing`, `same`, `differs`, or `unusable` where a broken file or a balancer has the name.
    pub state: String,
    /// What replacing it would change, in words.
    pub details: Vec<String>,
    /// Its credential, where the profile is there.
    pub credential: Option<CredentialView>,
}

/// What applying a starter did, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StarterOutcome {
    /// The load balancer, or the one profile that was made alone.
    pub balancer: String,
    /// Its members.
    pub members: Vec<String>,
    /// What is written.
    pub changes: Vec<Change>,
    /// How each of its members gets its key or login; without one it can't serve.
    pub credentials: Vec<MemberCredential>,
    /// Takes all of it back, keys too; absent where nothing was written.
    pub undo: Option<Undo>,
}

/// How a member of a list that is to be gets its credential.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MemberCredential {
    /// The member.
    pub profile: String,
    /// It could serve.
    pub usable: bool,
    /// Where its credential comes from, or why it has none.
    pub source: String,
    /// A key that is given for it would be used.
    pub takes_key: bool,
}
