//! The history for other programs: CSV for a spreadsheet, JSON with everything.

use crate::day::instant;
use crate::failure::HistoryError;
use crate::filter::Filter;
use crate::reader::Reader;
use crate::record::{Cost, Exchange};
use serde::Deserialize;
use std::io::Write;
use ts_rs::TS;

/// How many exchanges are read at a time. Between them the writer may do its work on the file.
const AT_A_TIME: usize = 1000;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A line for each exchange.
    Csv,
    /// A list of exchanges with their trails.
    Json,
}

/// What an export wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many exchanges.
    pub exchanges: u64,
}

const HEAD: [&str; 28] = [
    "time",
    "id",
    "tool",
    "dialect",
    "stream",
    "asked_model",
    "answered_model",
    "route",
    "served_by",
    "provider",
    "model",
    "ended",
    "status",
    "error",
    "attempts",
    "failed_over",
    "saved",
    "first_content_ms",
    "total_ms",
    "input_tokens",
    "cached_tokens",
    "cache_written_tokens",
    "output_tokens",
    "reasoning_tokens",
    "tokens_estimated",
    "cost",
    "cost_usd",
    "trail",
];

impl Reader {
    /// Writes out what the filter means, newest first. What comes in meanwhile is not in it.
    ///
    /// # Errors
    /// When the file can't be read or `output` not be written to.
    pub fn export(&self, filter: &Filter, format: Format, mut output: impl Write) -> Result<Exported, HistoryError> {
        let exchanges = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(&mut output);
                writer.write_record(HEAD).map_err(output_error)?;
                let count = self.export_each(filter, |exchange| {
                    writer.write_record(cells(&exchange).map(harmless)).map_err(output_error)
                })?;
                writer.flush()?;
                count
            }
            Format::Json => {
                output.write_all(b"[")?;
                let mut between: &[u8] = b"\n";
                let count = self.export_each(filter, |exchange| {
                    output.write_all(between)?;
                    between = b",\n";
                    Ok(serde_json::to_writer(&mut output, &exchange).map_err(std::io::Error::from)?)
                })?;
                output.write_all(b"\n]\n")?;
                count
            }
        };
        output.flush()?;
        Ok(Exported { exchanges })
    }

    fn export_each(
        &self,
        filter: &Filter,
        mut each: impl FnMut(Exchange) -> Result<(), HistoryError>,
    ) -> Result<u64, HistoryError> {
        let (mut count, mut after) = (0, None);
        loop {
            after = self.walk(filter, after, AT_A_TIME, |exchange| {
                count += 1;
                each(exchange)
            })?;
            if after.is_none() {
                return Ok(count);
            }
        }
    }
}

fn cells(exchange: &Exchange) -> [String; 28] {
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let owner = exchange.owner();
    let trail: Vec<String> =
        exchange.attempts.iter().map(|attempt| format!("{}: {}", attempt.member, attempt.outcome)).collect();
    let tokens = exchange.tokens;
    [
        instant(exchange.started),
        exchange.id.clone(),
        text(&exchange.tool),
        exchange.dialect.to_string(),
        exchange.stream.to_string(),
        text(&exchange.asked_model),
        text(&exchange.answered_model),
        text(&exchange.route),
        text(&exchange.served_by),
        owner.map(|owner| owner.provider.to_string()).unwrap_or_default(),
        owner.map(|owner| owner.model.to_string()).unwrap_or_default(),
        exchange.ended.name().to_owned(),
        exchange.status.to_string(),
        text(&exchange.error),
        exchange.attempts.len().to_string(),
        exchange.failed_over().to_string(),
        exchange.saved().to_string(),
        number(exchange.first_content_ms),
        exchange.total_ms.to_string(),
        number(tokens.input),
        number(tokens.cached),
        number(tokens.written),
        number(tokens.output),
        number(tokens.reasoning),
        tokens.estimated.to_string(),
        exchange.cost.map(|cost| cost.name().to_owned()).unwrap_or_default(),
        exchange.cost.and_then(Cost::micro_usd).map(usd).unwrap_or_default(),
        trail.join(" > "),
    ]
}

/// A cell that a spreadsheet would take for a formula is taken for text (OWASP, "CSV injection").
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// Money without a float between.
fn usd(micro_usd: u64) -> String {
    format!("{}.{:06}", micro_usd / 1_000_000, micro_usd % 1_000_000)
}

fn output_error(error: csv::Error) -> HistoryError {
    HistoryError::Output(std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_starts_a_formula_is_made_text() {
        for dangerous in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(harmless(dangerous.to_owned()), format!("'{dangerous}"));
        }
        assert_eq!(harmless("a=b".to_owned()), "a=b");
        assert_eq!(usd(1_000_315), "1.000315");
    }
}
