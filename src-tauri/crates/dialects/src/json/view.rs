//! Reading: a slice of valid JSON text and what is in it.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

/// Where text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// From 1.
    pub(crate) line: usize,
    /// In bytes.
    pub(crate) column: usize,
}

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A value in a valid JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> View<'a> {
    /// Checks that `bytes` are one JSON value (with an optional byte order mark before it) and looks at it.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|error| fault_at(bytes, error.valid_up_to()))?;
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Skipping a value is the one thing that serde_json does without recursion.
        serde_json::from_str::<IgnoredAny>(body)
            .map_err(|error| Fault { line: error.line(), column: error.column() })?;
        Ok(View::again(bytes))
    }

    /// Looks at bytes that [`View::parse`] has accepted before.
    pub(crate) fn again(bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).expect("what was accepted is text");
        let start = skip_space(text.as_bytes(), if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
        View { text, start, end: text.trim_end_matches([' ', '\t', '\r', '\n']).len() }
    }

    /// The value as it is written.
    pub(crate) fn raw(self) -> &'a str {
        &self.text[self.start..self.end]
    }

    /// Where the value lies in the text that was parsed, in bytes.
    pub(crate) fn span(self) -> Range<usize> {
        self.start..self.end
    }

    pub(crate) fn kind(self) -> Kind {
        match self.text.as_bytes()[self.start] {
            b'n' => Kind::Null,
            b't' | b'f' => Kind::Bool,
            b'"' => Kind::String,
            b'[' => Kind::Array,
            b'{' => Kind::Object,
            _ => Kind::Number,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The text of a string, with escapes resolved. A lone surrogate becomes U+FFFD.
    pub(crate) fn str(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| unescape(&self.text[self.start + 1..self.end - 1]))
    }

    pub(crate) fn bool(self) -> Option<bool> {
        match self.raw() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number that is a whole one of at least 0, however it is spelled (`4096`, `4096.0`, `4.096e3`).
    pub(crate) fn u64(self) -> Option<u64> {
        if self.kind() != Kind::Number {
            return None;
        }
        if let Ok(whole) = self.raw().parse() {
            return Some(whole);
        }
        let number = self.f64()?;
        // Above 2^53 a float no longer tells one whole number from the next.
        (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
    }

    pub(crate) fn f64(self) -> Option<f64> {
        if self.kind() == Kind::Number { self.raw().parse().ok() } else { None }
    }

    /// The members of an object, in order; none if it isn't one.
    pub(crate) fn entries(self) -> Entries<'a> {
        let at = if self.kind() == Kind::Object { self.start + 1 } else { self.end - 1 };
        Entries { text: self.text, at, end: self.end - 1 }
    }

    /// The elements of an array, in order; none if it isn't one.
    pub(crate) fn items(self) -> Items<'a> {
        let at = if self.kind() == Kind::Array { self.start + 1 } else { self.end - 1 };
        Items { text: self.text, at, end: self.end - 1 }
    }

    /// A member of an object, unless it is `null`: everywhere in these dialects that means the same as not there.
    pub(crate) fn get(self, key: &str) -> Option<View<'a>> {
        self.member(key).filter(|value| !value.is_null())
    }

    /// Several members of an object by one scan, each as [`View::get`] has it.
    pub(crate) fn pick<const N: usize>(self, keys: [&str; N]) -> [Option<View<'a>>; N] {
        let mut picked = [None; N];
        for entry in self.entries() {
            if let Some(index) = keys.iter().position(|key| entry.is(key)) {
                picked[index] = (!entry.value.is_null()).then_some(entry.value);
            }
        }
        picked
    }

    /// A member of an object, also if it is `null`.
    pub(crate) fn member(self, key: &str) -> Option<View<'a>> {
        self.entries().filter(|entry| entry.is(key)).last().map(|entry| entry.value)
    }

    /// A string member of an object.
    pub(crate) fn get_str(self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key)?.str()
    }

    /// A whole-number member of an object.
    pub(crate) fn get_u64(self, key: &str) -> Option<u64> {
        self.get(key)?.u64()
    }
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// Between the quotes, escapes and all.
    key: &'a str,
    /// Where the key's opening quote is.
    key_start: usize,
    pub(crate) value: View<'a>,
}

impl<'a> Entry<'a> {
    pub(crate) fn key(&self) -> Cow<'a, str> {
        unescape(self.key)
    }

    pub(crate) fn is(&self, key: &str) -> bool {
        self.key == key || (self.key.contains('\\') && unescape(self.key) == key)
    }

    /// The key with its quotes.
    pub(crate) fn key_span(&self) -> Range<usize> {
        self.key_start..self.key_start + self.key.len() + 2
    }
}

/// See [`View::entries`].
#[derive(Clone, Debug)]
pub(crate) struct Entries<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let bytes = self.text.as_bytes();
        let key_start = skip_separators(bytes, self.at);
        if key_start >= self.end {
            return None;
        }
        let key_end = skip_value(bytes, key_start);
        let start = skip_separators(bytes, key_end);
        let end = skip_value(bytes, start);
        self.at = end;
        let key = &self.text[key_start + 1..key_end - 1];
        Some(Entry { key, key_start, value: View { text: self.text, start, end } })
    }
}

/// See [`View::items`].
#[derive(Clone, Debug)]
pub(crate) struct Items<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        let bytes = self.text.as_bytes();
        let start = skip_separators(bytes, self.at);
        if start >= self.end {
            return None;
        }
        let end = skip_value(bytes, start);
        self.at = end;
        Some(View { text: self.text, start, end })
    }
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// Skips what stands between values; the text is known to be valid, so it doesn't matter what exactly.
fn skip_separators(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b':')) {
        at += 1;
    }
    at
}

/// The end of the valid value that starts at `at`.
fn skip_value(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => skip_string(bytes, at),
        Some(b'{' | b'[') => {
            let mut depth = 0_usize;
            let mut at = at;
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'"' => {
                        at = skip_string(bytes, at);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return at + 1;
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            at
        }
        _ => {
            let rest = bytes.get(at..).unwrap_or_default();
            let end = rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}'));
            end.map_or(bytes.len(), |length| at + length)
        }
    }
}

/// The end of the valid string that starts at `at`.
fn skip_string(bytes: &[u8], at: usize) -> usize {
    let start = at + 1;
    let mut at = start;
    while let Some(step) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        at += step + 1;
        // Few quotes have a backslash before them, and then it counts how many.
        if bytes[at - 2] != b'\\' {
            return at;
        }
        let backslashes = bytes[start..at - 1].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            return at;
        }
    }
    bytes.len()
}

fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut text = String::with_capacity(raw.len());
    text.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some(escape) = rest.strip_prefix('\\') {
        rest = match escape.as_bytes().first() {
            Some(b'u') => {
                let (unit, after) = code_unit(escape);
                let (character, after) = match unit {
                    0xD800..=0xDBFF => low_surrogate(after).map_or(('\u{fffd}', after), |(low, after)| {
                        let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        (char::from_u32(code).unwrap_or('\u{fffd}'), after)
                    }),
                    _ => (char::from_u32(unit).unwrap_or('\u{fffd}'), after),
                };
                text.push(character);
                after
            }
            Some(&byte) => {
                text.push(match byte {
                    b'n' => '\n',
                    b't' => '\t',
                    b'r' => '\r',
                    b'b' => '\u{8}',
                    b'f' => '\u{c}',
                    other => char::from(other),
                });
                &escape[1..]
            }
            None => escape,
        };
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        text.push_str(&rest[..plain]);
        rest = &rest[plain..];
    }
    Cow::Owned(text)
}

/// The value of `uXXXX` at the start of `escape`, and what comes after it.
fn code_unit(escape: &str) -> (u32, &str) {
    let unit = escape.get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xFFFD);
    (unit, escape.get(5..).unwrap_or_default())
}

fn low_surrogate(rest: &str) -> Option<(u32, &str)> {
    let escape = rest.strip_prefix('\\').filter(|escape| escape.starts_with('u'))?;
    let (unit, after) = code_unit(escape);
    (0xDC00..=0xDFFF).contains(&unit).then_some((unit, after))
}

fn fault_at(bytes: &[u8], at: usize) -> Fault {
    let before = &bytes[..at];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    Fault { line: memchr::memchr_iter(b'\n', before).count() + 1, column: at - line_start + 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Rebuilds a tree from views, so that it can be compared with another parser's.
    fn tree(view: View<'_>) -> Value {
        match view.kind() {
            Kind::Object => {
                Value::Object(view.entries().map(|entry| (entry.key().into_owned(), tree(entry.value))).collect())
            }
            Kind::Array => Value::Array(view.items().map(tree).collect()),
            Kind::String => Value::String(view.str().unwrap().into_owned()),
            Kind::Null | Kind::Bool | Kind::Number => serde_json::from_str(view.raw()).unwrap(),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            (-1e9_f64..1e9).prop_map(Value::from),
            ".*".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec((".{0,6}", inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_view_reads_what_a_parser_reads(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            // Not with `value`: serde_json doesn't read back every float that it writes.
            let parsed: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(tree(View::parse(text.as_bytes()).unwrap()), parsed);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(view) = View::parse(&bytes) {
                let _ = tree(view);
            }
        }

        #[test]
        fn escapes_are_read_as_a_parser_reads_them(text in r#"(\\u[0-9a-f]{4}|\\[nrtbf"/]|\\\\|[a-zü😀]){0,12}"#) {
            let quoted = format!("\"{text}\"");
            if let Ok(expected) = serde_json::from_str::<String>(&quoted) {
                prop_assert_eq!(View::parse(quoted.as_bytes()).unwrap().str().unwrap(), expected);
            }
        }
    }

    #[test]
    fn lone_surrogates_are_replaced_not_refused() {
        for (text, expected) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\ude00b""#, "\u{fffd}b"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
        ] {
            assert_eq!(View::parse(text.as_bytes()).unwrap().str().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_last_of_equal_keys_counts_however_it_is_spelled() {
        let view = View::parse(br#"{"a":1,"b":2,"\u0061":3}"#).unwrap();
        assert_eq!(view.get_u64("a"), Some(3));
        assert_eq!(view.pick(["b", "a", "c"]).map(|value| value.and_then(View::u64)), [Some(2), Some(3), None]);
    }

    #[test]
    fn whole_numbers_are_read_in_any_spelling() {
        for (text, expected) in [
            ("4096", Some(4096)),
            ("4096.0", Some(4096)),
            ("4.096e3", Some(4096)),
            ("18446744073709551615", Some(u64::MAX)),
            ("1.5", None),
            ("-1", None),
            ("1e300", None),
            ("\"4\"", None),
        ] {
            assert_eq!(View::parse(text.as_bytes()).unwrap().u64(), expected, "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(2_000_000), "]".repeat(2_000_000));
        let view = View::parse(deep.as_bytes()).unwrap();
        assert_eq!(view.get("a").unwrap().raw().len(), 4_000_000);
    }

    #[test]
    fn a_fault_says_where() {
        assert_eq!(View::parse(b"{\n  \"a\": }").unwrap_err(), Fault { line: 2, column: 8 });
        assert_eq!(View::parse(b"{\n\"\xff\"}").unwrap_err(), Fault { line: 2, column: 2 });
    }
}
