//! What an upstream says of a request may quote it. A trail is kept in a file, and a file keeps nothing of what was asked.

use memchr::memmem;

/// A quote of at least so many bytes goes; a model's or parameter's name, which tells what was wrong, is shorter.
const LONG: usize = 40;
/// Every long quote holds a piece of this length that begins at a multiple of it.
const PIECE: usize = LONG / 2;
/// So many places of the request are looked at where a piece may come from.
const PLACES: usize = 8;
/// What stands in a quote's place.
const MARK: &str = "[quoted from the request]";

/// The text without what it quotes of the body at length.
pub(crate) fn without_quotes(said: &str, body: &[u8]) -> String {
    let bytes = said.as_bytes();
    let (mut kept, mut from, mut at) = (String::new(), 0, 0);
    while let Some(piece) = bytes.get(at..at + PIECE) {
        let quotes = memmem::find_iter(body, piece).take(PLACES).map(|place| around(bytes, at, body, place));
        match quotes.max_by_key(|(start, end)| end - start) {
            Some((start, end)) if end - start >= LONG => {
                // Cut where characters begin, and never into what is kept already.
                let start = (start.max(from)..).find(|&index| said.is_char_boundary(index)).unwrap_or(at);
                let end = (at..=end).rev().find(|&index| said.is_char_boundary(index)).unwrap_or(at);
                kept.push_str(&said[from..start.min(end)]);
                kept.push_str(MARK);
                from = end.max(from);
                at = from.next_multiple_of(PIECE);
            }
            _ => at += PIECE,
        }
    }
    kept.push_str(&said[from..]);
    kept
}

/// How far the text is the same as the body around a piece that both have.
fn around(said: &[u8], at: usize, body: &[u8], place: usize) -> (usize, usize) {
    let before = said[..at].iter().rev().zip(body[..place].iter().rev()).take_while(|(a, b)| a == b).count();
    let after = said[at..].iter().zip(&body[place..]).take_while(|(a, b)| a == b).count();
    (at - before, at + after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] =
        br#"{"model":"claude-sonnet-4-5-20250929","messages":[{"role":"user","content":"My neighbour's name is Grigor and he owes me 40 pounds, \"since March\""}]}"#;

    #[test]
    fn a_long_quote_goes_and_a_name_stays() {
        for (said, kept) in [
            ("model claude-sonnet-4-5-20250929 is not known", "model claude-sonnet-4-5-20250929 is not known"),
            (
                "in \"My neighbour's name is Grigor and he owes me 40 pounds\" is a name",
                "in [quoted from the request]\" is a name",
            ),
            (
                "messages: [{\"role\":\"user\",\"content\":\"My neighbour's name is Grigor and",
                "messages: [quoted from the request]",
            ),
            ("", ""),
            ("short", "short"),
        ] {
            assert_eq!(without_quotes(said, BODY), kept);
        }
    }

    proptest! {
        #[test]
        fn no_long_quote_is_left_and_nothing_panics(
            before in ".{0,50}", after in ".{0,50}", body in "[a-zé ]{60,200}", from in 0_usize..20, long in 44_usize..100,
        ) {
            let quote: String = body.chars().skip(from).take(long).collect();
            prop_assume!(quote.len() >= LONG);
            let kept = without_quotes(&format!("{before}{quote}{after}"), body.as_bytes());
            prop_assert!(!kept.contains(&quote), "{kept}");
        }

        #[test]
        fn what_quotes_nothing_stays(said in "[A-Z0-9]{0,200}", body in "[a-z]{0,200}") {
            prop_assert_eq!(without_quotes(&said, body.as_bytes()), said);
        }
    }
}
