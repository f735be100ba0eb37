//! The Live place.

use super::Check;
use crate::error::Problem;
use serde::Serialize;
use ts_rs::TS;

/// A member's state, as a word with its own shape and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum MemberState {
    /// The next request goes to it (one of several where the load is shared).
    Serving,
    /// It may be tried, and its last check was passed or it has answered since the start.
    Ready,
    /// It may be tried; nothing is known of it yet.
    Unchecked,
    /// Out until an instant: a limit, a spent quota, a rejected credential, a timeout.
    Cooling,
    /// Its breaker is open.
    Open,
    /// It has reached its daily limit; out until the local day ends.
    AtLimit,
    /// The user has taken it out for a minute.
    TakenOut,
    /// One request is finding out whether it is back.
    Probing,
    /// It has no key or login.
    NeedsCredential,
    /// Its address was not confirmed for its stored credential.
    OriginUnconfirmed,
    /// The list names a profile that isn't there.
    Missing,
    /// Its profile can't be used.
    Broken,
}

/// One minute of a member's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct Minute {
    /// Attempts that brought an answer.
    pub ok: u32,
    /// Attempts that did not.
    pub failed: u32,
}

/// What is left in one window of an account's limits.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LimitLeft {
    /// Plain words: "requests a minute", "5 hours".
    pub name: String,
    /// The part that is left, 0 to 1, if that is known.
    pub left: Option<f64>,
    /// How many are left, if that is known.
    pub remaining: Option<u64>,
    /// How many the window allows, if that is known.
    pub limit: Option<u64>,
    /// What is counted: `requests`, `tokens`, or `usage` of a subscription.
    pub unit: String,
    /// When it resets, if that is known and still to come.
    pub resets_at: Option<u64>,
}

/// One account of a member that has several.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct MemberAccount {
    /// Its name.
    pub account: String,
    /// How it stands.
    pub state: MemberState,
    /// Until when, where that is known.
    pub until: Option<u64>,
    /// Why it can't serve now.
    pub why: Option<String>,
}

/// A member of the active route.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveMember {
    /// Its profile's name.
    pub name: String,
    /// Its provider's catalogue name; empty for a missing member.
    pub provider: String,
    /// Its model; empty for a missing member.
    pub model: String,
    /// Its state.
    pub state: MemberState,
    /// When the state ends, if that is known.
    pub until: Option<u64>,
    /// Why it is out, or what it did last; plain words that read on from nothing ("429, hit its rate limit").
    pub why: Option<String>,
    /// "Try now" makes sense.
    pub can_try: bool,
    /// Its intended share in percent, where the load is shared.
    pub share: Option<f64>,
    /// The last 30 minutes, oldest first.
    pub minutes: Vec<Minute>,
    /// First content of recent answers, median, in milliseconds.
    pub p50: Option<u64>,
    /// First content of recent answers, 95th percentile, in milliseconds.
    pub p95: Option<u64>,
    /// Requests it served since the start, and before it on the same day.
    pub served: u64,
    /// What is left of its account's limits, as the last answer said; the one that would stop it first comes first. Empty
    /// where the provider reports none.
    pub limits: Vec<LimitLeft>,
    /// The last check of its key, or of its address where there is no key to check.
    pub checked: Option<Check>,
    /// It is simulated.
    pub practice: bool,
    /// The practice fault in force, by its kind.
    pub fault: Option<String>,
    /// Its accounts in the order to try them, where it has several.
    pub accounts: Vec<MemberAccount>,
}

/// The profile or balancer that serves requests which name none.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ActiveRoute {
    /// Its name.
    pub name: String,
    /// A load balancer rather than a single profile.
    pub balancer: bool,
    /// `failover`, `roundrobin` or `weighted`.
    pub policy: String,
    /// Its members are simulated.
    pub practice: bool,
    /// The member that it is pinned to until the user unpins it. The pin is void while its list does not hold that member.
    pub pinned: Option<String>,
    /// What continues a conversation stays with its member: its shares are of conversations.
    pub sticky: bool,
}

/// What happened since the local day began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Today {
    /// Exchanges.
    pub requests: u64,
    /// Exchanges that were served although a member failed.
    pub saved: u64,
    /// Exchanges that ended in an error.
    pub failed: u64,
    /// What the answers cost as far as known, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// Answers whose cost is not known; where there are any, the sum says less than was spent.
    pub cost_unknown: u64,
}

/// Something about the secret store or the network settings that the user must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SecretsNotice {
    /// Stable word.
    pub code: String,
    /// What is the case.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl From<crate::Problem> for SecretsNotice {
    fn from(problem: crate::Problem) -> Self {
        Self { code: problem.code, message: problem.message, hint: problem.hint }
    }
}

/// All of Live but the feed.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveState {
    /// The engine's clock; countdowns are reckoned from it.
    pub now: u64,
    /// The active route, if there is one.
    pub active: Option<ActiveRoute>,
    /// Its members in their order.
    pub members: Vec<LiveMember>,
    /// How many members can serve now.
    pub ready: u32,
    /// All balancers and profiles that could be made active: name, and whether it is a balancer.
    pub routes: Vec<ActiveRoute>,
    /// The day so far.
    pub today: Today,
    /// Where the gateway listens: `http://127.0.0.1:4117`.
    pub address: String,
    /// Something about the secret store or the network settings, if anything.
    pub notice: Option<SecretsNotice>,
    /// Since when nothing can be reached, if that is so: the machine seems to be offline.
    pub offline: Option<u64>,
    /// Something about the history, if anything. Serving goes on all the same.
    pub history: Option<Problem>,
}

/// What became of one member in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// It was not tried.
    Skipped,
    /// It was tried, and the next one had to.
    Failed,
    /// It answered.
    Served,
}

/// One step of an exchange's route.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RouteStep {
    /// The member.
    pub member: String,
    /// What became of it.
    pub kind: StepKind,
    /// The upstream's status, if it answered.
    pub status: Option<u16>,
    /// The outcome's code, or why it was skipped.
    pub outcome: String,
    /// Plain words: what the upstream said, or the reason for the skip.
    pub detail: String,
    /// Why the same member was called again.
    pub again: Option<String>,
    /// Milliseconds from the exchange's start.
    pub started_ms: Option<u64>,
    /// How long it took to its first content or its end.
    pub took_ms: Option<u64>,
}

/// One exchange in the feed, with its whole trail.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeRow {
    /// The id in `x-mainstay-request-id`.
    pub id: String,
    /// When it came in.
    pub time: u64,
    /// The client program.
    pub tool: Option<String>,
    /// `anthropic`, `openai-chat`, `openai-responses`, `gemini`.
    pub dialect: String,
    /// A stream was asked for.
    pub stream: bool,
    /// The model asked for.
    pub asked: Option<String>,
    /// The model that answered.
    pub answered: Option<String>,
    /// The profile or balancer it went to.
    pub route: Option<String>,
    /// Who was skipped, tried, and who served.
    pub steps: Vec<RouteStep>,
    /// Who served.
    pub served_by: Option<String>,
    /// `served`, `failed`, `truncated`, `cancelled`.
    pub ended: String,
    /// The status that the client got.
    pub status: u16,
    /// The code of our error.
    pub error: Option<String>,
    /// What was left out or changed.
    pub notes: Vec<String>,
    /// To the first content.
    pub first_content_ms: Option<u64>,
    /// To the end.
    pub total_ms: u64,
    /// All tokens, as far as reported.
    pub tokens: Option<u64>,
    /// The provider reported none, and they are estimated.
    pub tokens_estimated: bool,
    /// In US dollars at the price of its time; absent where the price or the tokens are not known or estimated.
    pub cost: Option<f64>,
    /// It cost no money: a subscription, a free tier, practice.
    pub included: bool,
}

/// One frame of the live subscription: what is new since the last one.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveFrame {
    /// The state, when it changed; always in the first frame.
    pub state: Option<LiveState>,
    /// New exchanges, oldest first; in the first frame the last ones.
    pub exchanges: Vec<ExchangeRow>,
    /// Profile files changed: lists should be read again.
    pub profiles_changed: bool,
}
