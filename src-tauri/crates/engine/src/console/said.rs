//! What a command has to say: text for a terminal, and where it is a table also its parts for a window.

use serde::Serialize;
use ts_rs::TS;

/// A table with the sentence that stands before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct Report {
    /// What is true of all of it; may be empty.
    pub lead: String,
    /// The heads of its columns.
    pub columns: Vec<String>,
    /// Its rows, each with a text for every column; may be empty.
    pub rows: Vec<Vec<String>>,
}

impl Report {
    pub(crate) fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self { lead: String::new(), columns: columns.map(str::to_owned).into(), rows: Vec::new() }
    }

    /// Adds a row. Its length is that of the heads: the type says so where both are written.
    pub(crate) fn row<const N: usize>(&mut self, texts: [String; N]) {
        debug_assert_eq!(N, self.columns.len(), "a text for every column");
        self.rows.push(texts.into());
    }
}

/// What a command has to say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// All of it, as a terminal shows it.
    pub(crate) text: String,
    /// The same as a table, where it is one.
    pub(crate) report: Option<Report>,
}

impl Said {
    /// A table, or plain words where it has no rows.
    pub(crate) fn table(text: String, report: Report) -> Self {
        let report = (!report.rows.is_empty()).then_some(report);
        Self { text, report }
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self { text, report: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_rows_is_only_words() {
        let mut report = Report::new(["Key", "Ends in"]);
        assert_eq!(Said::table("No key is kept.".to_owned(), report.clone()).report, None);
        report.row(["work".to_owned(), "abcd".to_owned()]);
        assert_eq!(Said::table("work, ends in abcd".to_owned(), report.clone()).report, Some(report));
    }
}
