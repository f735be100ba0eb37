//! The tokens of the door, as it knows them: by their digests alone.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The SHA-256 of a token. A token has 256 random bits, so its digest gives nothing away and needs no salt.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Whether both are one. Takes as long whatever they are.
    pub fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest")
    }
}

/// A text that is no digest: 64 hexadecimal digits make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct NoDigest;

impl FromStr for TokenDigest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let mut digest = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoDigest);
        }
        for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| NoDigest)?;
        }
        Ok(Self(digest))
    }
}

/// One token of the door.
#[derive(Clone, Debug)]
pub struct DoorToken {
    name: Option<Arc<str>>,
    digest: TokenDigest,
    revoked: bool,
}

impl DoorToken {
    /// The first token, which is nobody's in particular.
    pub fn first(token: &SecretString) -> Self {
        Self { name: None, digest: TokenDigest::of(token.expose_secret()), revoked: false }
    }

    /// A tool's own token. One that is revoked is still known, so that its user is told what is the matter.
    pub fn of_tool(name: &str, digest: TokenDigest, revoked: bool) -> Self {
        Self { name: Some(name.into()), digest, revoked }
    }
}

/// Whose token was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The door opens: to the tool of that name, or to the bearer of the first token.
    Opens(Option<Arc<str>>),
    /// It did once.
    Revoked(Arc<str>),
    /// Not a token of this door.
    No,
}

/// Finds the token. Takes as long whichever it is, and whether it is one at all.
pub(super) fn look_up(tokens: &[DoorToken], given: &str) -> Known {
    let given = TokenDigest::of(given);
    let mut found = Known::No;
    for token in tokens {
        // The digests are compared whole, and all of them; which one it was is no secret from its owner.
        if token.digest.equals(&given) {
            found = match (&token.name, token.revoked) {
                (Some(name), true) => Known::Revoked(Arc::clone(name)),
                (name, _) => Known::Opens(name.clone()),
            };
        }
    }
    found
}

/// Which tool's token a request came with. Travels with the request.
#[derive(Clone, Debug)]
pub(crate) struct TokenName(pub(crate) Arc<str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_written_and_read_and_nothing_else_is_one() {
        // https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values, SHA-256 of "abc"
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(TokenDigest::of("abc").to_string(), known);
        assert_eq!(known.parse(), Ok(TokenDigest::of("abc")));
        for text in ["", "ba78", &known[1..], &known.replace('b', "g"), &format!("{known}00"), &"é".repeat(32)] {
            assert_eq!(text.parse::<TokenDigest>(), Err(NoDigest), "{text}");
        }
    }

    #[test]
    fn each_token_is_known_by_its_owner_and_a_revoked_one_as_such() {
        let tokens = [
            DoorToken::first(&"first".to_owned().into()),
            DoorToken::of_tool("codex", TokenDigest::of("second"), false),
            DoorToken::of_tool("old", TokenDigest::of("third"), true),
        ];
        assert_eq!(look_up(&tokens, "first"), Known::Opens(None));
        assert_eq!(look_up(&tokens, "second"), Known::Opens(Some("codex".into())));
        assert_eq!(look_up(&tokens, "third"), Known::Revoked("old".into()));
        for given in ["", "firs", "first ", "FIRST", &TokenDigest::of("second").to_string()] {
            assert_eq!(look_up(&tokens, given), Known::No, "{given}");
        }
    }
}
