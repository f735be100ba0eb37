//! Splits a line into words.

/// A word and where it begins in its line, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The word as written; for a quoted one what stands between the quotes.
    pub(crate) text: &'a str,
    /// Where it begins, quote included.
    pub(crate) at: usize,
}

/// The words of a line: apart by spaces, or held together by `"` or `'`. A quote within a word is part of it; one that is
/// never closed reaches to the end of the line.
pub(crate) fn words(line: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some((at, first)) = rest.next() {
        if first.is_whitespace() {
            continue;
        }
        let quoted = matches!(first, '"' | '\'');
        let begin = if quoted { at + first.len_utf8() } else { at };
        let ends = |c: char| if quoted { c == first } else { c.is_whitespace() };
        let mut end = line.len();
        while let Some((here, c)) = rest.peek().copied() {
            if ends(c) {
                end = here;
                rest.next();
                break;
            }
            rest.next();
        }
        found.push(Word { text: &line[begin..end], at });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_apart_by_spaces_or_held_together_by_quotes() {
        let split = |line| words(line).into_iter().map(|word| word.text).collect::<Vec<_>>();
        for (line, expected) in [
            ("/profile save  a\tb", vec!["/profile", "save", "a", "b"]),
            ("/profile load \"my own\" x", vec!["/profile", "load", "my own", "x"]),
            ("/set a 'b c", vec!["/set", "a", "b c"]),
            ("/profile load it's", vec!["/profile", "load", "it's"]),
            ("", vec![]),
            ("/key \"\"", vec!["/key", ""]),
        ] {
            assert_eq!(split(line), expected, "{line}");
        }
    }

    #[test]
    fn a_word_knows_where_it_begins() {
        assert_eq!(words("/set  x \"é\" y").iter().map(|word| word.at).collect::<Vec<_>>(), [0, 6, 8, 13]);
    }
}
