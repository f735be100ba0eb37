//! The connection to the system's keyring.
//!
//! `keyring::Entry::new` connects once per process and keeps a failure for ever, which is wrong where the keyring is a
//! service that may start later or restart. There the store is opened here, anew for each connection; where the keyring is
//! part of the system (macOS, Windows), `keyring` does it.

use keyring::Error;
use zeroize::Zeroizing;

use super::Keyring;

pub(super) fn connect() -> Result<Box<dyn Keyring>, String> {
    #[cfg(all(unix, not(target_os = "macos")))]
    let keyring =
        SystemKeyring { store: zbus_secret_service_keyring_store::Store::new().map_err(|error| in_words(&error))? };
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    let keyring = SystemKeyring {};
    Ok(Box::new(keyring))
}

struct SystemKeyring {
    #[cfg(all(unix, not(target_os = "macos")))]
    store: std::sync::Arc<zbus_secret_service_keyring_store::Store>,
}

impl SystemKeyring {
    #[cfg(all(unix, not(target_os = "macos")))]
    fn entry(&self, service: &str, account: &str) -> keyring::Result<keyring::Entry> {
        use keyring_core::api::CredentialStoreApi as _;
        Ok(keyring::Entry { inner: self.store.build(service, account, None)? })
    }

    #[cfg(not(all(unix, not(target_os = "macos"))))]
    fn entry(&self, service: &str, account: &str) -> keyring::Result<keyring::Entry> {
        keyring::Entry::new(service, account)
    }
}

impl Keyring for SystemKeyring {
    fn get(&mut self, service: &str, account: &str) -> Result<Option<Zeroizing<String>>, String> {
        match self.entry(service, account).and_then(|entry| entry.get_password()) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(in_words(&error)),
        }
    }

    fn set(&mut self, service: &str, account: &str, text: &str) -> Result<(), String> {
        self.entry(service, account).and_then(|entry| entry.set_password(text)).map_err(|error| in_words(&error))
    }
}

/// Some of the errors carry what the keyring holds: only what never does is said.
fn in_words(error: &Error) -> String {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "the entry holds no text".to_owned(),
        Error::Ambiguous(entries) => format!("it has {} entries of that name", entries.len()),
        Error::NoDefaultStore => "it could not be opened when this process started".to_owned(),
        other => other.to_string(),
    }
}
