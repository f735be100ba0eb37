//! Proof that a provider made something: what signatures of thinking and encrypted reasoning hold here.
//!
//! Real providers take back only what they made themselves, so a gateway that carries one provider's signature to
//! another must fail here too. A token is a mark, a nonce and a digest over both, what it is bound to, and a secret that
//! is new for each provider that is started.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

const NONCE: usize = 16;
const DIGEST: usize = 32;

/// What one provider seals with.
#[derive(Clone)]
pub(crate) struct Seal {
    secret: [u8; 32],
    owner: String,
}

impl Seal {
    /// A seal that no other has.
    pub(crate) fn new() -> Self {
        Self { secret: rand::random(), owner: String::new() }
    }

    /// The same seal for this owner: what it makes isn't taken back from another.
    pub(crate) fn owned_by(&self, owner: &str) -> Self {
        Self { owner: owner.to_owned(), ..self.clone() }
    }

    /// A new token that begins with `mark`. It holds for `bound` only.
    pub(crate) fn token(&self, mark: &[u8], bound: &str) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let mut token = mark.to_vec();
        token.extend(nonce);
        token.extend(self.digest(mark, &nonce, bound));
        token
    }

    /// Whether [`Seal::token`] of this seal made it, with this mark and for this.
    pub(crate) fn made(&self, token: &[u8], mark: &[u8], bound: &str) -> bool {
        let Some(rest) = token.strip_prefix(mark) else { return false };
        rest.len() == NONCE + DIGEST && bool::from(self.digest(mark, &rest[..NONCE], bound).ct_eq(&rest[NONCE..]))
    }

    fn digest(&self, mark: &[u8], nonce: &[u8], bound: &str) -> [u8; DIGEST] {
        let mut digest = Sha256::new();
        for part in [&self.secret[..], self.owner.as_bytes(), mark, nonce, bound.as_bytes()] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_seal_that_made_a_token_takes_it_back_and_only_for_what_it_was_made_for() {
        let seal = Seal::new();
        let token = seal.token(b"m", "text");
        assert!(seal.made(&token, b"m", "text"));
        assert_ne!(token, seal.token(b"m", "text"));
        assert!(!seal.made(&token, b"m", "texts"));
        assert!(!seal.made(&token, b"n", "text"));
        assert!(!seal.made(&token[..token.len() - 1], b"m", "text"));
        assert!(!seal.made(b"", b"m", "text"));
        assert!(!Seal::new().made(&token, b"m", "text"));
        assert!(!seal.owned_by("other").made(&token, b"m", "text"));
    }
}
