//! Removal of known secrets from foreign text, such as an upstream's error message that quotes the key it refused.
//!
//! Invariant: after [`Redactor::clean`] the text holds no learnt secret, neither as it is nor in base64 (at any alignment
//! inside a longer text, both alphabets), percent-encoded, or as JSON writes it.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
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

/// Knows secrets, and takes them out of text.
#[derive(Default)]
pub struct Redactor {
    /// Every form of every secret. A form is at least [`SHORTEST`] bytes long.
    forms: RwLock<Vec<Zeroizing<String>>>,
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
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms_of(secret) {
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
    let quoted = Zeroizing::new(serde_json::Value::from(secret).to_string());
    let escaped = &quoted[1..quoted.len() - 1];
    forms.push(Zeroizing::new(escaped.replace('/', "\\/")));
    forms.push(Zeroizing::new(escaped.to_owned()));
    for skew in 0..3 {
        forms.extend(base64_within(secret, skew));
    }
    forms
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
