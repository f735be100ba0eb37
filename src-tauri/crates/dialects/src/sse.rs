//! Server-sent events as they come over the wire (WHATWG HTML, "Interpreting an event stream").
//!
//! A stream is cut into blocks, each ending with its blank line. A block keeps its bytes, so that it can be passed on
//! exactly as it came; [`read`] says what it holds. Lines may end in LF, CRLF or CR.

use std::borrow::Cow;

/// The most bytes that a block may have.
pub(crate) const MOST: usize = 16 * 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A block that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Cuts a stream into blocks. Where its bytes are split makes no difference.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    buffer: Vec<u8>,
    /// Where the first block that has not been taken starts.
    start: usize,
    /// Where its current line starts.
    line: usize,
    /// How far it has been searched for line ends.
    searched: usize,
    /// The line before the current one ended in a CR alone.
    bare_cr: bool,
}

impl Blocks {
    /// Adds bytes from the wire.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.line -= self.start;
        self.searched -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next whole block.
    pub(crate) fn take(&mut self) -> Option<Result<Vec<u8>, TooLong>> {
        while let Some(step) = memchr::memchr2(b'\n', b'\r', &self.buffer[self.searched..]) {
            let at = self.searched + step;
            let is_blank = at == self.line;
            let is_cr = self.buffer[at] == b'\r';
            let followed_by_lf = is_cr && self.buffer.get(at + 1) == Some(&b'\n');
            // A CR at the end may be half of a CRLF. Only where lines end in CR alone does a block not wait for more.
            if is_cr && at + 1 == self.buffer.len() && !(is_blank && self.bare_cr) {
                self.searched = at;
                break;
            }
            let ends_bare = is_cr && (!followed_by_lf || (is_blank && self.bare_cr));
            let end = if is_cr && !ends_bare { at + 2 } else { at + 1 };
            self.bare_cr = ends_bare;
            (self.line, self.searched) = (end, end);
            if is_blank {
                let block = self.buffer[self.start..end].to_vec();
                self.start = end;
                self.bare_cr = false;
                return Some(if block.len() > MOST { Err(TooLong) } else { Ok(block) });
            }
        }
        if memchr::memchr2(b'\n', b'\r', &self.buffer[self.searched..]).is_none() {
            self.searched = self.buffer.len();
        }
        (self.buffer.len() - self.start > MOST).then_some(Err(TooLong))
    }

    /// What is left when the stream has ended.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.start);
        *self = Blocks::default();
        rest
    }
}

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held<'a> {
    /// The data of an event, its lines joined.
    Data(Cow<'a, str>),
    /// Not SSE: JSON or HTML that stands where a stream should be. Gemini tells errors within a stream so.
    Stray(Cow<'a, str>),
    /// Comments, blank lines, fields without data.
    Nothing,
    /// Data that isn't text.
    NotText,
}

/// Reads a block.
pub(crate) fn read(block: &[u8]) -> Held<'_> {
    let block = block.strip_prefix(BOM).unwrap_or(block);
    let Ok(text) = std::str::from_utf8(block) else { return Held::NotText };
    let bare = text.trim();
    if bare == "[DONE]" {
        return Held::Data(Cow::Borrowed(bare));
    }
    if bare.starts_with(['{', '[', '<']) {
        return Held::Stray(Cow::Borrowed(bare));
    }
    let mut data: Option<Cow<'_, str>> = None;
    for line in lines(text) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            data = Some(match data {
                None => Cow::Borrowed(value),
                Some(before) => Cow::Owned(before.into_owned() + "\n" + value),
            });
        }
    }
    match data {
        Some(data) if !data.trim().is_empty() => Held::Data(data),
        _ => Held::Nothing,
    }
}

/// Lines by any of the three line ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    // CRLF gives an empty line besides, which means nothing inside a block.
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr2(b'\n', b'\r', text.as_bytes());
        rest = end.map(|end| &text[end + 1..]);
        Some(end.map_or(text, |end| &text[..end]))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> (Vec<String>, String) {
        let mut blocks = Blocks::default();
        let mut out = Vec::new();
        for piece in pieces {
            blocks.push(piece);
            while let Some(block) = blocks.take() {
                out.push(String::from_utf8(block.unwrap()).unwrap());
            }
        }
        (out, String::from_utf8(blocks.rest()).unwrap())
    }

    #[test]
    fn a_block_ends_with_its_blank_line_whatever_the_line_ends() {
        for (wire, blocks, rest) in [
            ("data: a\n\ndata: b\n\n", vec!["data: a\n\n", "data: b\n\n"], ""),
            ("data: a\r\n\r\ndata: b\r\n\r\n", vec!["data: a\r\n\r\n", "data: b\r\n\r\n"], ""),
            ("data: a\r\rdata: b\r\r", vec!["data: a\r\r", "data: b\r\r"], ""),
            ("data: a\r\n\ndata: b\n\r\n", vec!["data: a\r\n\n", "data: b\n\r\n"], ""),
            (": c\n\n\n", vec![": c\n\n", "\n"], ""),
            ("data: a\n\ndata: b\n", vec!["data: a\n\n"], "data: b\n"),
            ("data: a\r\n\r", vec![], "data: a\r\n\r"),
        ] {
            let expected: (Vec<String>, String) = (blocks.into_iter().map(str::to_owned).collect(), rest.to_owned());
            assert_eq!(cut(&[wire.as_bytes()]), expected, "{wire:?}");
        }
    }

    #[test]
    fn a_blocks_data_is_read_as_the_standard_has_it() {
        let data = |text: &'static str| Held::Data(text.into());
        for (block, held) in [
            ("data: a\n\n", data("a")),
            ("data:a\n\n", data("a")),
            ("data:  a \n\n", data(" a ")),
            ("\u{feff}data: a\n\n", data("a")),
            (": hi\nevent: x\ndata: a\r\ndata: b\ndata\n\n", data("a\nb\n")),
            ("data: a\rdata: b\r\r", data("a\nb")),
            ("data: a:b\n\n", data("a:b")),
            ("event: ping\n\n", Held::Nothing),
            (": data: a\n\n", Held::Nothing),
            ("data: \n\n", Held::Nothing),
            ("\n", Held::Nothing),
            ("datum: a\n\n", Held::Nothing),
            ("{\n \"error\": 1}\n", Held::Stray("{\n \"error\": 1}".into())),
            ("<html>\n\n", Held::Stray("<html>".into())),
            ("[DONE]\n\n", data("[DONE]")),
        ] {
            assert_eq!(read(block.as_bytes()), held, "{block:?}");
        }
        assert_eq!(read(b"data: \xff\n\n"), Held::NotText);
    }

    #[test]
    fn a_block_over_the_bound_is_refused_whole_or_in_part() {
        let mut whole = vec![b'x'; MOST];
        whole.extend_from_slice(b"\n\n");
        for wire in [&whole[..], &whole[..=MOST]] {
            let mut blocks = Blocks::default();
            blocks.push(wire);
            assert_eq!(blocks.take(), Some(Err(TooLong)));
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_blocks_and_no_byte_is_lost(
            wire in "(data: [aü]|data:|: c|\n|\r|\r\n|\n\n|\r\r|x){0,24}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let bytes = wire.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let (blocks, rest) = cut(&pieces);
            prop_assert_eq!(blocks.concat() + &rest, wire.clone());
            prop_assert_eq!((blocks, rest), cut(&[bytes]));
        }
    }
}
