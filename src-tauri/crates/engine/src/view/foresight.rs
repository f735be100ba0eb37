//! "What would happen", in the place Failover.

use serde::Serialize;
use ts_rs::TS;

/// What would become of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ForeseenKind {
    /// It is not tried.
    Skipped,
    /// Nobody may be tried yet: the request is held.
    Waited,
    /// It is tried and fails; the next one is tried.
    Failed,
    /// It answers.
    Served,
}

/// How a breaker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BreakerCount {
    /// The failures that it counts then.
    pub failures: u32,
    /// At so many it opens.
    pub threshold: u32,
    /// Over so many milliseconds.
    pub window_ms: u64,
    /// For so many milliseconds it stays open the first time.
    pub recovery_ms: u64,
}

/// One step of the way that a request would take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ForeseenStep {
    /// What would become of it.
    pub kind: ForeseenKind,
    /// The member; absent where the request is held.
    pub member: Option<String>,
    /// Its account, where it has several.
    pub account: Option<String>,
    /// The outcome's code, or that of the reason for the skip.
    pub outcome: String,
    /// What it would answer with, if it does.
    pub status: Option<u16>,
    /// Why it is skipped, in words that read on from its name.
    pub reason: Option<String>,
    /// Until when it is skipped, if that is known.
    pub until: Option<u64>,
    /// How long that takes in milliseconds: until it is given up, or for how long the request is held.
    pub took_ms: u64,
    /// How long it rests then; absent: not at all, or as its breaker says.
    pub rests_ms: Option<u64>,
    /// Its breaker, where that counts this failure.
    pub breaker: Option<BreakerCount>,
    /// It was out, but only by a guess, and is tried since nobody else is left.
    pub forced: bool,
}

/// What would happen to the next request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ForesightView {
    /// Step by step.
    pub steps: Vec<ForeseenStep>,
    /// Who answers, if anybody does.
    pub served_by: Option<String>,
    /// The status that the client gets.
    pub status: u16,
    /// The code of our error, if nobody answers.
    pub error: Option<String>,
    /// When the client may try again, in seconds, if it is told.
    pub retry_after_s: Option<u64>,
    /// How long the client waits in milliseconds, the members' own speed aside.
    pub waits_ms: u64,
}
