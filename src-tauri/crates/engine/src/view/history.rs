//! The Requests place: the history, its statistics, prices.

use crate::error::Problem;
use crate::prices::PriceDraft;
use crate::retention::RetentionDraft;
use crate::view::ExchangeRow;
use mainstay_history::Group;
use serde::Serialize;
use ts_rs::TS;

/// A page of exchanges.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ExchangePage {
    /// Newest first.
    pub rows: Vec<ExchangeRow>,
    /// Where the next page starts, if there may be one: `after` of the next question.
    pub next: Option<String>,
    /// How many there are in all, where a place of the list was asked for.
    pub total: Option<u64>,
}

/// Statistics over a part of the history.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct StatisticsView {
    /// The groups, by their keys.
    pub groups: Vec<Group>,
    /// How the load of each route was shared, and how it was meant to be.
    pub shares: Vec<SharesView>,
}

/// How a route's load was shared.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SharesView {
    /// The profile or balancer.
    pub route: String,
    /// Its policy now; absent when it is no longer there.
    pub policy: Option<String>,
    /// It keeps conversations where they are: the intended shares are of conversations.
    pub sticky: bool,
    /// Its members that had any of it, and those it has now.
    pub members: Vec<ShareView>,
}

/// What one member had of a route.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShareView {
    /// Its profile's name.
    pub member: String,
    /// The share that it is meant to have now, in percent; absent under failover, and for a member that is no longer there.
    pub intended: Option<f64>,
    /// Exchanges that it served.
    pub requests: u64,
    /// The same in percent of the route's.
    pub request_share: f64,
    /// Exchanges that the policy placed there: not those that followed their conversation.
    pub placed: u64,
    /// The same in percent of the route's.
    pub placed_share: f64,
    /// Conversations whose first exchange in the range it served.
    pub conversations: u64,
    /// The same in percent of the route's.
    pub conversation_share: f64,
}

/// How the history stands.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct HistoryView {
    /// What is amiss, if anything.
    pub notice: Option<Problem>,
    /// Exchanges are being written to the file.
    pub recording: bool,
    /// Exchanges since the start that are not in it and never will be.
    pub lost: u64,
    /// The file.
    pub path: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// How many exchanges are in it; absent when it can't be read.
    pub exchanges: Option<u64>,
    /// When the oldest came in.
    pub oldest: Option<u64>,
    /// How long it is kept.
    pub retention: RetentionDraft,
}

/// An export on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ExportView {
    /// The file, in the data folder, for the user alone.
    pub path: String,
    /// How many exchanges are in it.
    pub exchanges: u64,
}

/// What a model's answers cost.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PriceView {
    /// The provider's catalogue name.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The user's own price. It wins.
    pub own: Option<PriceDraft>,
    /// The catalogue's list price.
    pub listed: Option<PriceDraft>,
    /// The provider has a free tier: without a price of the user's own its answers count as included.
    pub free_tier: bool,
}
