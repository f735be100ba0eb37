//! The vault's key as text, and the file that holds it where no keyring does.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{Key, LockedVault};
use crate::{
    StoreError,
    disk::{read_if_there, sweep_temporaries, tighten, write_private},
};

/// The key's file, beside the vault.
const KEY_FILE: &str = "vault.key";

/// The key as one line of base64. Text, since some keyrings take nothing else.
pub(crate) fn key_to_text(key: &Key) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(key.bytes()))
}

/// Reads [`key_to_text`]; `None` if it is none.
pub(crate) fn key_from_text(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    bytes.as_slice().try_into().ok().map(Key::from_bytes)
}

/// The key beside the vault (mode 0600). It is made only for a vault that is new, and then only if there is none: a key
/// may still open a vault that was moved aside.
pub(crate) fn read_or_make_key_file(data_dir: &Path, vault: &LockedVault) -> Result<Key, StoreError> {
    let path = data_dir.join(KEY_FILE);
    sweep_temporaries(&path)?;
    let content = read_if_there(&path)?.map(Zeroizing::new);
    let key = content.as_deref().and_then(|content| std::str::from_utf8(content).ok()).and_then(key_from_text);
    match key {
        Some(key) => {
            tighten(&path)?;
            Ok(key)
        }
        // What is no key has sealed nothing, so it may be replaced.
        None if vault.is_new() => {
            let key = Key::random();
            write_private(&path, key_to_text(&key).as_bytes())?;
            Ok(key)
        }
        None => Err(vault.key_lost()),
    }
}
