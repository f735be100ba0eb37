//! Sums, shares and percentiles over a time range, grouped as asked.
//!
//! One pass over the range's rows, which hold numbers only; percentiles are exact, by nearest rank. A second, shorter pass
//! reads the attempts of those exchanges that took more than one: of the others the row itself says everything.

use crate::day;
use crate::failure::HistoryError;
use crate::filter::Filter;
use crate::names::Reading;
use crate::reader::Reader;
use crate::record::Ended;
use crate::schema::flag;
use crate::shares::{RouteShares, Tally};
use foldhash::HashMap;
use rusqlite::{Row, params_from_iter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use ts_rs::TS;

/// What exchanges are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The member that served, else the last one tried.
    Member,
    /// The profile or balancer that they went to.
    Route,
    /// The client program.
    Tool,
    /// The model asked of the provider.
    Model,
    /// The local day on which they came in.
    Day,
    /// The hour of the local day.
    Hour,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct StatisticsQuery {
    /// Which exchanges.
    pub filter: Filter,
    /// The grouping; empty: all in one group.
    pub by: Vec<By>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// The groups, by their keys.
    pub groups: Vec<Group>,
    /// How each route's load was shared.
    pub shares: Vec<RouteShares>,
}

/// Nearest-rank percentiles, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Percentiles {
    /// The median.
    pub p50: Option<u64>,
    /// 95 % were at most this.
    pub p95: Option<u64>,
    /// 99 % were at most this.
    pub p99: Option<u64>,
}

/// Tokens in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TokenSums {
    /// All input.
    pub input: u64,
    /// Input read from a cache.
    pub cached: u64,
    /// Input written to a cache.
    pub written: u64,
    /// All output.
    pub output: u64,
    /// Output that was reasoning.
    pub reasoning: u64,
    /// Input that is estimated; not in `input`.
    pub estimated_input: u64,
    /// Output that is estimated; not in `output`.
    pub estimated_output: u64,
    /// Exchanges that a member served and of whose tokens nothing is known.
    pub unknown: u64,
}

/// Money in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Costs {
    /// Millionths of a US dollar, of those whose cost is known.
    pub micro_usd: u64,
    /// Exchanges whose cost is known.
    pub known: u64,
    /// Exchanges that cost no money: subscription, free tier, practice.
    pub included: u64,
    /// Exchanges whose cost is not known. Where there are any, the sum says less than was spent.
    pub unknown: u64,
}

/// Calls to upstreams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AttemptCounts {
    /// All.
    pub tried: u64,
    /// By the outcome's code.
    pub outcomes: BTreeMap<Arc<str>, u64>,
}

/// One group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its keys, in the order of the grouping; `None` where an exchange has none, such as a tool that doesn't say its name.
    pub keys: Vec<Option<Arc<str>>>,
    /// Exchanges.
    pub requests: u64,
    /// Those that ended with the whole answer.
    pub served: u64,
    /// Those that ended in an error.
    pub failed: u64,
    /// Those whose answer broke off.
    pub truncated: u64,
    /// Those whose client went away.
    pub cancelled: u64,
    /// Those in which a member was tried and another served.
    pub failovers: u64,
    /// Those that were served although a member failed.
    pub saved: u64,
    /// To the first content, of those served.
    pub first_content: Percentiles,
    /// To the end, of those served.
    pub total: Percentiles,
    /// Tokens.
    pub tokens: TokenSums,
    /// Money.
    pub cost: Costs,
    /// Calls. Grouped by member: those to this member, whoever served in the end.
    pub attempts: AttemptCounts,
}

/// The numbers of a group's keys.
type Key = [Option<i64>; 5];

#[derive(Default)]
struct Sums {
    group: Group,
    first_content: Vec<u32>,
    total: Vec<u32>,
    outcomes: HashMap<i64, u64>,
}

impl Reader {
    /// Reckons statistics. Reads each row of the range.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn statistics(&self, query: &StatisticsQuery) -> Result<Statistics, HistoryError> {
        let mut by = query.by.clone();
        by.truncate(5);
        let (condition, parameters) = query.filter.sql();
        let mut sums: HashMap<Key, Sums> = HashMap::default();
        let mut tally = Tally::default();

        let keys = columns(&by, "e.member", "e.model");
        let sql = format!(
            "SELECT {keys}, e.ended, e.flags, e.attempts, e.outcome, e.first_content, e.total, e.cost_kind, e.cost, e.input,
               e.cached, e.written, e.output, e.reasoning, e.route, e.started, e.served_by, e.placed, e.conversation
             FROM exchange e WHERE {condition}"
        );
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(parameters.iter()))?;
        let n = by.len().max(1);
        while let Some(row) = rows.next()? {
            sums.entry(key(row, by.len())?).or_default().take(row, n)?;
            if let Some(route) = row.get(n + 13)? {
                tally.take(route, row.get(n + 14)?, row.get(n + 15)?, row.get(n + 16)?, row.get(n + 17)?);
            }
        }
        drop(rows);

        let keys = columns(&by, "a.member", "a.model");
        let sql = format!(
            "SELECT {keys}, a.outcome FROM exchange e JOIN attempt a ON a.exchange = e.seq
             WHERE e.attempts > 1 AND {condition}"
        );
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(parameters.iter()))?;
        while let Some(row) = rows.next()? {
            let sums = sums.entry(key(row, by.len())?).or_default();
            *sums.outcomes.entry(row.get(n)?).or_default() += 1;
        }
        drop(rows);
        self.told(&by, sums, tally)
    }

    fn told(&self, by: &[By], sums: HashMap<Key, Sums>, tally: Tally) -> Result<Statistics, HistoryError> {
        let mut names = Reading::default();
        let mut groups = Vec::with_capacity(sums.len());
        for (key, mut sums) in sums {
            let mut group = sums.group;
            group.first_content = percentiles(&mut sums.first_content);
            group.total = percentiles(&mut sums.total);
            for (by, number) in by.iter().zip(key) {
                group.keys.push(match (by, number) {
                    (By::Day, Some(number)) => Some(Arc::from(day::written(number))),
                    (By::Hour, Some(number)) => {
                        Some(Arc::from(format!("{}T{:02}", day::written(number / 100), number % 100)))
                    }
                    (_, number) => names.text_of(&self.0, number)?,
                });
            }
            for (outcome, count) in sums.outcomes {
                group.attempts.tried += count;
                *group.attempts.outcomes.entry(names.text(&self.0, outcome)?).or_default() += count;
            }
            groups.push(group);
        }
        groups.sort_by(|a, b| a.keys.cmp(&b.keys));
        let shares = tally.told(|number| names.text(&self.0, number))?;
        Ok(Statistics { groups, shares })
    }
}

impl Sums {
    /// Takes in a row whose facts start at column `n`.
    fn take(&mut self, row: &Row<'_>, n: usize) -> Result<(), HistoryError> {
        let group = &mut self.group;
        let flags: i64 = row.get(n + 1)?;
        let ended = usize::try_from(row.get::<_, i64>(n)?).ok().and_then(|n| Ended::ALL.get(n).copied());
        let ended = ended.unwrap_or(Ended::Failed);
        group.requests += 1;
        match ended {
            Ended::Served => group.served += 1,
            Ended::Failed => group.failed += 1,
            Ended::Truncated => group.truncated += 1,
            Ended::Cancelled => group.cancelled += 1,
        }
        group.failovers += u64::from(flags & flag::FAILED_OVER != 0);
        group.saved += u64::from(flags & flag::SAVED != 0);
        if row.get::<_, i64>(n + 2)? == 1
            && let Some(outcome) = row.get(n + 3)?
        {
            *self.outcomes.entry(outcome).or_default() += 1;
        }
        if ended == Ended::Served {
            let short = |ms: i64| u32::try_from(ms).unwrap_or(u32::MAX);
            self.first_content.extend(row.get::<_, Option<i64>>(n + 4)?.map(short));
            self.total.push(short(row.get(n + 5)?));
        }
        let cost_kind: i64 = row.get(n + 6)?;
        let sum = |column: usize| -> Result<u64, HistoryError> {
            Ok(row.get::<_, Option<i64>>(column)?.and_then(|value| u64::try_from(value).ok()).unwrap_or(0))
        };
        match cost_kind {
            1 => {
                group.cost.known += 1;
                group.cost.micro_usd += sum(n + 7)?;
            }
            2 => group.cost.included += 1,
            3 => group.cost.unknown += 1,
            _ => {}
        }
        let (input, output) = (sum(n + 8)?, sum(n + 11)?);
        let tokens = &mut group.tokens;
        if flags & flag::ESTIMATED != 0 {
            tokens.estimated_input += input;
            tokens.estimated_output += output;
        } else {
            tokens.input += input;
            tokens.cached += sum(n + 9)?;
            tokens.written += sum(n + 10)?;
            tokens.output += output;
            tokens.reasoning += sum(n + 12)?;
            let reported = row.get::<_, Option<i64>>(n + 8)?.or(row.get(n + 11)?).is_some();
            tokens.unknown += u64::from(!reported && row.get::<_, Option<i64>>(n + 15)?.is_some());
        }
        Ok(())
    }
}

/// The columns that make a group's key; one that is always the same where there is no grouping.
fn columns(by: &[By], member: &str, model: &str) -> String {
    let column = |by: &By| match by {
        By::Member => member.to_owned(),
        By::Model => model.to_owned(),
        By::Route => "e.route".to_owned(),
        By::Tool => "e.tool".to_owned(),
        By::Day => "e.day".to_owned(),
        By::Hour => {
            let hour = "CAST(strftime('%H', e.started / 1000, 'unixepoch', 'localtime') AS INTEGER)";
            format!("e.day * 100 + {hour}")
        }
    };
    if by.is_empty() { "NULL".to_owned() } else { by.iter().map(column).collect::<Vec<_>>().join(", ") }
}

fn key(row: &Row<'_>, columns: usize) -> Result<Key, HistoryError> {
    let mut key = Key::default();
    for (n, part) in key.iter_mut().enumerate().take(columns) {
        *part = row.get(n)?;
    }
    Ok(key)
}

fn percentiles(values: &mut [u32]) -> Percentiles {
    let mut rank = |percent: usize| {
        let rank = (values.len() * percent).div_ceil(100).max(1);
        (rank <= values.len()).then(|| u64::from(*values.select_nth_unstable(rank - 1).1))
    };
    Percentiles { p50: rank(50), p95: rank(95), p99: rank(99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut values: Vec<u32> = (1..=200).rev().collect();
        assert_eq!(percentiles(&mut values), Percentiles { p50: Some(100), p95: Some(190), p99: Some(198) });
        assert_eq!(percentiles(&mut [7]), Percentiles { p50: Some(7), p95: Some(7), p99: Some(7) });
        assert_eq!(percentiles(&mut []), Percentiles::default());
    }
}
