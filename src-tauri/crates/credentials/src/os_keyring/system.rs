//! The connection to the system's keyring.
//!
//! `keyring::Entry::new` connects once per process and keeps a failure for ever, which is wrong where the keyring is a
//! service that may start later or restart. There the store is opened here, anew for each connection; where the keyring is
//! part of the system (macOS, Windows), `keyring` does it.

use keyring::Error;
use zeroize::Zeroizing;

use super::{Fault, Keyring};

pub(super) fn connect() -> Result<Box<dyn Keyring>, Fault> {
    #[cfg(all(unix, not(target_os = "macos")))]
    let keyring =
        SystemKeyring { store: zbus_secret_service_keyring_store::Store::new().map_err(|error| fault(&error))? };
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
    fn get(&mut self, service: &str, account: &str) -> Result<Option<Zeroizing<String>>, Fault> {
        match self.entry(service, account).and_then(|entry| entry.get_password()) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(fault(&error)),
        }
    }

    fn set(&mut self, service: &str, account: &str, text: &str) -> Result<(), Fault> {
        self.entry(service, account).and_then(|entry| entry.set_password(text)).map_err(|error| fault(&error))
    }

    fn delete(&mut self, service: &str, account: &str) -> Result<bool, Fault> {
        match self.entry(service, account).and_then(|entry| entry.delete_credential()) {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(fault(&error)),
        }
    }
}

/// Some of the errors carry what the keyring holds: only what never does is said.
fn fault(error: &Error) -> Fault {
    match error {
        Error::PlatformFailure(cause) => Fault::Broken(cause.to_string()),
        Error::NoDefaultStore => Fault::Broken("it could not be opened when this process started".to_owned()),
        Error::NoStorageAccess(cause) => {
            Fault::Refused(format!("it is locked or has no place for new entries ({cause})"))
        }
        Error::BadEncoding(_) | Error::BadDataFormat(..) => Fault::Refused("the entry holds no text".to_owned()),
        Error::Ambiguous(entries) => Fault::Refused(format!("it has {} entries of that name", entries.len())),
        other => Fault::Refused(other.to_string()),
    }
}
