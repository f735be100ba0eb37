//! The vault's format: JSON that holds ids in the clear and secrets sealed.
//!
//! ```json
//! {"format": "mainstay-vault", "version": 1, "vault": "NAME", "key": "keyring", "check": "…", "records": {"profile:x": "…"}}
//! ```
//!
//! A sealed text is base64 of a 24-byte nonce and the XChaCha20-Poly1305 box (draft-irtf-cfrg-xchacha-03). Format, version,
//! vault and id are its associated data, so a record opens only under its own id in its own vault. Nonces are random: at
//! 192 bits they may be.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::{SecretId, StoreError, StoreKind, random::random_bytes};

const FORMAT: &str = "mainstay-vault";
const VERSION: u64 = 1;
const NONCE_LENGTH: usize = 24;
/// What the check is sealed under; no secret has this id.
const CHECK: &str = "check";

/// A vault's random name: it tells apart the keys of several vaults in one keyring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VaultName(String);

impl VaultName {
    pub(crate) fn random() -> Self {
        Self(random_bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key that seals a vault. It stays in one place in memory and is zeroized on drop.
pub(crate) struct Key(SecretBox<[u8; 32]>);

impl Key {
    pub(crate) fn random() -> Self {
        Self(SecretBox::init_with_mut(|key: &mut [u8; 32]| rand::fill(&mut key[..])))
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    pub(crate) fn seal(&self, vault: &VaultName, id: &str, secret: &SecretString) -> String {
        let nonce = random_bytes::<NONCE_LENGTH>();
        let aad = associated(vault, id);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &aad };
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(*nonce), payload)
            .expect("a secret is shorter than the 256 GiB that one box can hold");
        STANDARD.encode([&nonce[..], &sealed].concat())
    }

    pub(crate) fn open(&self, vault: &VaultName, id: &str, sealed: &str) -> Result<SecretString, &'static str> {
        let bytes = STANDARD.decode(sealed).map_err(|_| "a record is not base64")?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or("a record is too short")?;
        let aad = associated(vault, id);
        let opened = self
            .cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad })
            .map_err(|_| "a record does not open with the vault's key")?;
        match String::from_utf8(opened) {
            Ok(secret) => Ok(SecretString::from(secret)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err("a record holds no text")
            }
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes().into())
    }
}

fn associated(vault: &VaultName, id: &str) -> Vec<u8> {
    format!("{FORMAT}\0{VERSION}\0{}\0{id}", vault.as_str()).into_bytes()
}

/// The file's content.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    format: String,
    version: u64,
    /// The vault's name.
    pub(crate) vault: VaultName,
    /// The word for the kind of store that keeps the key.
    #[serde(rename = "key")]
    pub(crate) kept_in: String,
    /// Nothing, sealed: it opens exactly with the vault's key.
    check: String,
    /// Sealed secrets under the text of their ids.
    pub(crate) records: BTreeMap<String, String>,
}

/// The part that every version has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

impl Document {
    pub(crate) fn new(vault: VaultName, kept_in: StoreKind, key: &Key) -> Self {
        let check = key.seal(&vault, CHECK, &SecretString::from(""));
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            vault,
            kept_in: kept_in.as_str().to_owned(),
            check,
            records: BTreeMap::new(),
        }
    }

    pub(crate) fn parse(content: &[u8], path: &Path) -> Result<Self, StoreError> {
        let damaged = |reason: &str| super::damaged(path, reason);
        let head: Head = serde_json::from_slice(content).map_err(|_| damaged("it is cut off or is no vault"))?;
        if head.format != FORMAT {
            return Err(damaged("it is no vault"));
        }
        if head.version > VERSION {
            return Err(StoreError::VaultTooNew { vault: path.to_owned(), found: head.version });
        }
        if head.version < VERSION {
            return Err(damaged("it has a format that never was"));
        }
        serde_json::from_slice(content).map_err(|_| damaged("a part is missing or has been changed"))
    }

    /// Opens every record with the key, and gives the sealed ones back under their ids.
    pub(crate) fn verify(&self, key: &Key, path: &Path) -> Result<BTreeMap<SecretId, String>, StoreError> {
        let opens = |id: &str, sealed: &str| key.open(&self.vault, id, sealed).map(drop);
        let any_record_opens = || self.records.iter().any(|(id, sealed)| opens(id, sealed).is_ok());
        match opens(CHECK, &self.check) {
            Ok(()) => {}
            Err(reason) if any_record_opens() => return Err(super::damaged(path, reason)),
            Err(_) => return Err(StoreError::VaultKeyLost { vault: path.to_owned() }),
        }
        let mut records = BTreeMap::new();
        for (text, sealed) in &self.records {
            opens(text, sealed).map_err(|reason| super::damaged(path, reason))?;
            let id = text.parse().map_err(|_| super::damaged(path, "a record has an unknown name"))?;
            records.insert(id, sealed.clone());
        }
        Ok(records)
    }

    /// The file with these records.
    pub(crate) fn to_bytes(&self, records: &BTreeMap<SecretId, String>) -> Vec<u8> {
        let records = records.iter().map(|(id, sealed)| (id.to_string(), sealed.clone())).collect();
        let document = Self { records, ..self.clone() };
        serde_json::to_vec_pretty(&document).expect("strings and numbers are always JSON")
    }
}
