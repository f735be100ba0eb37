//! Where in a file's text something is wrong.

use jsonc_parser::ParseOptions;
use jsonc_parser::errors::ParseError;

/// What kind of trouble a [`FileError`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileErrorKind {
    /// There is no such file.
    Missing,
    /// The file is there but could not be read: its permissions, its size, a disk fault, or an impossible name.
    Unreadable,
    /// The text is not JSON.
    Syntax,
    /// The text is JSON but not a profile.
    Shape,
}

/// A profile file that cannot be used, and where its text goes wrong.
///
/// The reason is a sentence for a person. It may quote key names, never a value of `ephemeralSettings`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", self.prefix())]
pub struct FileError {
    /// What kind of trouble.
    pub kind: FileErrorKind,
    /// Line, counted from 1; 0 when the trouble is not at a place in the text.
    pub line: usize,
    /// Column in characters, counted from 1; 0 when the trouble is not at a place in the text.
    pub column: usize,
    /// What is wrong, as a sentence.
    pub reason: String,
}

impl FileError {
    pub(crate) fn nowhere(kind: FileErrorKind, reason: impl Into<String>) -> FileError {
        FileError { kind, line: 0, column: 0, reason: reason.into() }
    }

    /// A trouble at byte `offset` of `text`.
    pub(crate) fn at(kind: FileErrorKind, text: &str, offset: usize, reason: impl Into<String>) -> FileError {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        FileError {
            kind,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or("").chars().count() + 1,
            reason: reason.into(),
        }
    }

    pub(crate) fn syntax(text: &str, error: &ParseError) -> FileError {
        let mut reason = error.kind().to_string();
        reason.push('.');
        FileError::at(FileErrorKind::Syntax, text, error.range().start, reason)
    }

    fn prefix(&self) -> String {
        if self.line == 0 { String::new() } else { format!("line {}, column {}: ", self.line, self.column) }
    }
}

/// JSON with what editors commonly leave behind: comments and trailing commas. Nothing else of JSON5 is tolerated, because
/// the CLI would refuse it and a typo must stay a typo.
pub(crate) fn lenient() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "{\n  \"ü\": x\n}";
        let offset = text.find('x').expect("there is an x");
        let error = FileError::at(FileErrorKind::Syntax, text, offset, "Odd.");
        assert_eq!((error.line, error.column), (2, 8));
        assert_eq!(error.to_string(), "line 2, column 8: Odd.");
    }

    #[test]
    fn trouble_outside_the_text_has_no_place() {
        assert_eq!(FileError::nowhere(FileErrorKind::Missing, "Not there.").to_string(), "Not there.");
    }
}
