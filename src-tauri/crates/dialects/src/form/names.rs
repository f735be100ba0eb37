//! Names of tools and ids of calls, fitted to what a dialect takes.
//!
//! Both are references: they have to be the same wherever one conversation names the same thing, and what an answer names
//! has to be what the client knows. Names that don't fit are replaced by ones that hold a hash of the original; the way
//! back has the list. Ids made by one provider that another's clients can't hold are written in letters, and read back.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::dialect::Dialect;

/// How an id begins that is written in letters.
const ESCAPED: &str = "ms64_";

/// A tool's name as `dialect` takes it. Anthropic: letters, digits, `_` and `-`, at most 128 (its documentation, "How to
/// implement tool use"). OpenAI: the same, at most 64. Gemini: a letter or `_` first, also `.` and `:`, at most 64.
pub(crate) fn fit_name(dialect: Dialect, name: &str) -> Cow<'_, str> {
    let most = if dialect == Dialect::Anthropic { 128 } else { 64 };
    let is_gemini = dialect == Dialect::Gemini;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || (is_gemini && (c == '.' || c == ':'));
    let starts = |c: char| !is_gemini || c.is_ascii_alphabetic() || c == '_';
    if !name.is_empty() && name.len() <= most && name.chars().all(allowed) && name.starts_with(starts) {
        return Cow::Borrowed(name);
    }
    let mut fitted: String = if name.starts_with(starts) { String::new() } else { "_".to_owned() };
    fitted.extend(name.chars().map(|c| if allowed(c) { c } else { '_' }));
    fitted.truncate(most - 9);
    Cow::Owned(format!("{fitted}_{:08x}", hash(name) as u32))
}

/// A call's id as an upstream of `dialect` takes it, from the id in the client's body. Anthropic: letters, digits, `_` and
/// `-`. OpenAI Chat: at most 40 characters; Responses: at most 64. Gemini takes any.
pub(crate) fn id_for_upstream(dialect: Dialect, id: &str) -> Cow<'_, str> {
    let original = unescape(id);
    let fits = match dialect {
        Dialect::Anthropic => is_plain(&original),
        Dialect::OpenaiChat => original.len() <= 40,
        Dialect::OpenaiResponses => original.len() <= 64,
        Dialect::Gemini => true,
    };
    if fits { original } else { Cow::Owned(format!("call_{:016x}{:08x}", hash(&original), original.len())) }
}

/// A call's id as any client can hold it and send it back to any provider, from the upstream's own.
pub(crate) fn id_for_client(id: &str) -> Cow<'_, str> {
    if is_plain(id) { Cow::Borrowed(id) } else { Cow::Owned(format!("{ESCAPED}{}", URL_SAFE_NO_PAD.encode(id))) }
}

fn unescape(id: &str) -> Cow<'_, str> {
    let original = id
        .strip_prefix(ESCAPED)
        .and_then(|code| URL_SAFE_NO_PAD.decode(code).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    original.map_or(Cow::Borrowed(id), Cow::Owned)
}

fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// FNV-1a: the same on every machine and in every version, as names in a conversation that goes on have to be.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        for dialect in Dialect::ALL {
            assert!(matches!(fit_name(dialect, "mcp__files__read-1"), Cow::Borrowed(_)));
            assert_eq!(id_for_upstream(dialect, "call_AbC-9"), "call_AbC-9");
        }
        assert_eq!(fit_name(Dialect::Gemini, "a.b:c"), "a.b:c");
        assert_eq!(id_for_client("toolu_01"), "toolu_01");
    }

    #[test]
    fn an_id_that_only_its_maker_takes_comes_back_to_him() {
        let sealed = id_for_client("functions.read:0").into_owned();
        assert!(is_plain(&sealed), "{sealed}");
        assert_eq!(id_for_upstream(Dialect::OpenaiChat, &sealed), "functions.read:0");
        assert!(is_plain(&id_for_upstream(Dialect::Anthropic, &sealed)));
    }

    proptest! {
        #[test]
        fn a_fitted_name_keeps_to_the_rules_and_names_stay_apart(a in ".{0,150}", b in ".{0,150}") {
            for dialect in Dialect::ALL {
                let (fit_a, fit_b) = (fit_name(dialect, &a), fit_name(dialect, &b));
                prop_assert_eq!(a == b, fit_a == fit_b);
                let most = if dialect == Dialect::Anthropic { 128 } else { 64 };
                prop_assert!(fit_a.len() <= most);
                prop_assert_eq!(fit_name(dialect, &fit_a), fit_a.clone());
            }
        }

        #[test]
        fn ids_stay_apart_and_fit(a in ".{1,90}", b in ".{1,90}") {
            prop_assert_eq!(a == b, id_for_client(&a) == id_for_client(&b));
            for dialect in Dialect::ALL {
                let id = id_for_upstream(dialect, &a).into_owned();
                prop_assert_eq!(a == b, id == id_for_upstream(dialect, &b));
                match dialect {
                    Dialect::Anthropic => prop_assert!(is_plain(&id)),
                    Dialect::OpenaiChat => prop_assert!(id.len() <= 40),
                    Dialect::OpenaiResponses => prop_assert!(id.len() <= 64),
                    Dialect::Gemini => prop_assert_eq!(&id, &a),
                }
            }
        }
    }
}
