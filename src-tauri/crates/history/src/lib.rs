//! What happened: every exchange with its attempts, skips and reasons, in a SQLite file, and statistics over it.
//!
//! The request path hands an [`Exchange`] over with [`History::record`], which never waits. One thread owns the only
//! connection that writes ([`writer`]) and takes them in in batches. Whoever reads opens a connection of its own that can
//! only read ([`Reader`]); reading blocks, so it belongs on a thread where blocking is allowed.
//!
//! Invariants:
//! - No body and no secret is stored: an [`Exchange`] has no place for one, and every text in it is cut to 300 characters.
//! - Nothing that goes wrong here stops an exchange. What can't be stored is kept in memory for a while, then counted as
//!   lost, and [`History::info`] says so.
//! - A file that is broken is moved aside, never deleted, unless the user deletes the history.
//! - What an exchange cost is reckoned once, when it ends. Later prices don't rewrite it.

mod day;
mod export;
mod failure;
mod filter;
mod history;
mod names;
mod place;
mod query;
mod queue;
mod reader;
mod record;
mod retention;
mod row;
mod schema;
mod shares;
mod statistics;
mod today;
mod writer;

pub use crate::export::{Exported, Format};
pub use crate::failure::{HistoryError, HistoryState};
pub use crate::filter::{Filter, Outcome};
pub use crate::history::{History, Info, Settings};
pub use crate::query::{Cursor, Page};
pub use crate::reader::Reader;
pub use crate::record::{Attempt, Cost, Ended, Exchange, Skip, Tokens};
pub use crate::retention::Retention;
pub use crate::shares::{MemberShare, RouteShares};
pub use crate::statistics::{AttemptCounts, By, Costs, Group, Percentiles, Statistics, StatisticsQuery, TokenSums};
pub use crate::today::{MemberToday, Today};
