//! What operations on the history and prices take.

use crate::prices::PriceDraft;
use mainstay_history::{By, Format, Outcome};
use serde::Deserialize;
use ts_rs::TS;

/// Names an exchange.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ExchangeId {
    /// The id in `x-mainstay-request-id`.
    pub id: String,
}

/// Which exchanges are meant. What is absent doesn't matter.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ExchangeFilter {
    /// Part of a model, member, tool, route, error, refusal or id.
    pub text: Option<String>,
    /// The profile or balancer that they went to.
    pub route: Option<String>,
    /// A member that was tried.
    pub member: Option<String>,
    /// The client program.
    pub tool: Option<String>,
    /// The client's dialect.
    pub dialect: Option<String>,
    /// How they came out.
    pub outcome: Option<Outcome>,
    /// Practice only, or none of it.
    pub practice: Option<bool>,
    /// Not before this, in Unix milliseconds.
    pub from: Option<u64>,
    /// Before this, in Unix milliseconds.
    pub to: Option<u64>,
}

/// Asks for a page of exchanges.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ExchangesInput {
    /// At most so many, newest first; no more than 1000.
    pub limit: u32,
    /// Where the page starts: `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// Or this many after the newest. With it the answer says how many there are in all.
    #[serde(default)]
    pub skip: Option<u64>,
    /// Which exchanges.
    #[serde(flatten)]
    pub filter: ExchangeFilter,
}

/// Asks for statistics.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct StatisticsInput {
    /// The grouping; empty: all in one group.
    #[serde(default)]
    pub by: Vec<By>,
    /// Over which exchanges.
    #[serde(flatten)]
    pub filter: ExchangeFilter,
}

/// Asks for an export.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ExportInput {
    /// CSV, a line for each exchange; or JSON, with all trails.
    pub format: Format,
    /// Which exchanges.
    #[serde(flatten)]
    pub filter: ExchangeFilter,
}

/// Sets the user's own price of a model, or takes it back.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct PriceInput {
    /// The provider's catalogue name.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The price; absent: the catalogue's again.
    pub price: Option<PriceDraft>,
}
