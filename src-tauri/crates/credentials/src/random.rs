//! Random bytes for keys, nonces and tokens, from a generator that the operating system seeds.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Random bytes.
pub(crate) fn random_bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut bytes[..]);
    bytes
}

/// 32 random bytes in base64url without padding: 43 characters.
pub(crate) fn random_text() -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(*random_bytes::<32>()))
}
