//! Removal of known secrets from foreign text, such as an upstream's error message that quotes the key it refused.
//!
//! Invariant: after [`Redactor::clean`] the text holds no learnt secret, neither as it is nor in base64 (at any alignment
//! inside a longer text, both alphabets), percent-encoded, or as JSON writes it.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use memchr::memmem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What stands where a secret was.
const MARK: &str = "[redacted]";

/// Shorter secrets are ignored: removing them would tear ordinary words.
const SHORTEST: usize = 8;

/// All that RFC 3986 §2.3 does not leave as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Knows secrets, and takes them out of text. Clones know the same.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Every form of every secret. A form is at least [`SHORTEST`] bytes long.
    forms: Arc<RwLock<Vec<Zeroizing<String>>>>,
}

impl Redactor {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns a secret. One of fewer than 8 bytes is ignored; one that is known already costs nothing.
    pub fn learn(&self, secret: &SecretString) {
        let secret = secret.expose_secret();
        if secret.len() < SHORTEST || self.knows(secret) {
            return;
        }
        // Nothing that may panic happens under the lock: the panic's message goes through here.
        let new: Vec<_> = forms_of(secret).into_iter().collect();
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        for form in new {
            if form.len() >= SHORTEST && !forms.iter().any(|known| **known == *form) {
                forms.push(form);
            }
        }
    }

    fn knows(&self, secret: &str) -> bool {
        self.forms.read().unwrap_or_else(PoisonError::into_inner).iter().any(|form| form.as_str() == secret)
    }

    /// The text with every form of every known secret replaced by `[redacted]`.
    pub fn clean(&self, text: &str) -> String {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for form in self.forms.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let finder = memmem::Finder::new(form.as_bytes());
            let mut from = 0;
            // One byte on, not past the hit: a secret may overlap itself.
            while let Some(at) = text.as_bytes().get(from..).and_then(|rest| finder.find(rest)) {
                found.push((from + at, from + at + form.len()));
                from += at + 1;
            }
        }
        found.sort_unstable();
        let mut clean = String::with_capacity(text.len());
        let mut kept_to = 0;
        for (start, end) in found {
            // Hits that overlap or touch are one gap.
            if start > kept_to || clean.is_empty() {
                clean.push_str(&text[kept_to..start]);
                clean.push_str(MARK);
            }
            kept_to = kept_to.max(end);
        }
        clean.push_str(&text[kept_to..]);
        clean
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

fn forms_of(secret: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![Zeroizing::new(secret.to_owned())];
    for set in [NON_ALPHANUMERIC, RESERVED] {
        let upper = utf8_percent_encode(secret, set).to_string();
        forms.push(Zeroizing::new(lower_case_escapes(&upper)));
        forms.push(Zeroizing::new(upper));
    }
    // As JSON text, and as JSON text quoted in JSON text, which is how errors are handed through.
    let escaped = in_json(secret);
    for form in [Zeroizing::new(escaped.replace('/', "\\/")), escaped] {
        forms.push(in_json(&form));
        forms.push(form);
    }
    for skew in 0..3 {
        forms.extend(base64_within(secret, skew));
    }
    forms
}

/// A text as it stands between the quotes of a JSON string.
fn in_json(text: &str) -> Zeroizing<String> {
    let quoted = Zeroizing::new(serde_json::Value::from(text).to_string());
    Zeroizing::new(quoted[1..quoted.len() - 1].to_owned())
}

/// The characters of a base64 text that depend on the secret alone, when `skew` other bytes (modulo 3) stand before it.
fn base64_within(secret: &str, skew: usize) -> [Zeroizing<String>; 2] {
    let mut bytes = Zeroizing::new(vec![0; skew]);
    bytes.extend_from_slice(secret.as_bytes());
    // A character holds six bits: the first that the skew does not reach, and the last that the secret fills.
    let (first, last) = ((skew * 8).div_ceil(6), bytes.len() * 8 / 6);
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| {
        let text = Zeroizing::new(engine.encode(&*bytes));
        Zeroizing::new(text[first..last].to_owned())
    })
}

/// `%2F` as `%2f`: both are written.
fn lower_case_escapes(text: &str) -> String {
    let mut escape = 0;
    text.chars()
        .map(|c| {
            if c == '%' {
                escape = 2;
                c
            } else if escape > 0 {
                escape -= 1;
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    fn knowing(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::new();
        for secret in secrets {
            redactor.learn(&SecretString::from(*secret));
        }
        redactor
    }

    #[test]
    fn every_form_is_removed() {
        let secret = "sk+an/t=\"key?é";
        let redactor = knowing(&[secret]);
        let within = |before: &str, after: &str| format!("{before}{secret}{after}");
        let forms = [
            secret.to_owned(),
            STANDARD.encode(secret),
            URL_SAFE.encode(secret),
            STANDARD.encode(within("user:", "")),
            STANDARD.encode(within("a", "bcd")),
            URL_SAFE.encode(within("ab", "bc")),
            URL_SAFE_NO_PAD.encode(within("abc", "b")),
            "sk%2Ban%2Ft%3D%22key%3F%C3%A9".to_owned(),
            "sk%2ban%2ft%3d%22key%3f%c3%a9".to_owned(),
            "sk+an/t=\\\"key?é".to_owned(),
            "sk+an\\/t=\\\"key?é".to_owned(),
        ];
        for form in forms {
            let clean = redactor.clean(&format!("Incorrect API key provided: {form}. See the docs."));
            assert!(clean.starts_with("Incorrect API key provided: "), "{clean}");
            assert!(clean.contains(MARK) && clean.ends_with("See the docs."), "{clean}");
            assert!(!clean.contains(&form), "{clean}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let redactor = knowing(&["short", "sk-secret-1"]);
        for text in ["", "a short word", "sk-secret-", "k-secret-1", "ünïcödé"] {
            assert_eq!(redactor.clean(text), text);
        }
        assert_eq!(Redactor::new().clean("sk-secret-1"), "sk-secret-1");
    }

    #[test]
    fn secrets_that_overlap_leave_nothing() {
        let redactor = knowing(&["abcdefgh", "abcdefgh-long", "efghijkl", "aaaaaaaa"]);
        for (text, clean) in [
            ("x abcdefgh-long y", "x [redacted] y"),
            ("x abcdefghijkl y", "x [redacted] y"),
            ("abcdefghabcdefgh", "[redacted]"),
            ("x aaaaaaaaaaa", "x [redacted]"),
            ("abcdefgh and efghijkl", "[redacted] and [redacted]"),
        ] {
            assert_eq!(redactor.clean(text), clean, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_learnt_secret_survives(
            secrets in prop::collection::vec("[A-Za-z0-9_+/=.-]{8,40}", 1..4),
            before in "[ -~é]{0,20}",
            after in "[ -~é]{0,20}",
        ) {
            let redactor = knowing(&secrets.iter().map(String::as_str).collect::<Vec<_>>());
            let mut text = before.clone();
            for secret in &secrets {
                text += secret;
                text += &STANDARD.encode(format!("{before}{secret}{after}"));
            }
            text += &after;
            let clean = redactor.clean(&text);
            for secret in &secrets {
                prop_assert!(!clean.contains(secret.as_str()));
                for skew in 0..3 {
                    for form in base64_within(secret, skew) {
                        prop_assert!(!clean.contains(form.as_str()));
                    }
                }
            }
        }
    }
}
