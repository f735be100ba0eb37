//! The secret store, and which credential a profile uses.
//!
//! Four parts, each usable alone:
//! - **Where secrets live**: [`SecretStore`], opened by [`open`] as an encrypted vault whose key is in the OS keyring, the
//!   same vault with its key in a file beside it, or memory.
//! - **Which credential a profile uses**: [`resolve`] goes through the sources in their fixed order and says which one
//!   applied, or what stands in the way.
//! - **Logins** ([`oauth`]): the flows that get a token, and the accounts that keep it fresh.
//! - **The local door's token** ([`door_token`]) and the removal of known secrets from foreign text ([`Redactor`]).
//!
//! Invariants:
//! - A secret is never in a log line, an error, a `Debug` or a `Display` of this crate; what holds one is a
//!   [`SecretString`] or is zeroized on drop.
//! - A stored credential goes only to the origins it is bound to. Profile files change under the watcher, so this is what
//!   stands between an edited file and a stolen key.
//! - Keyring calls may hang for ever on a prompt, so they run on one thread of their own, and whoever waits has a limit.
//! - A vault that cannot be read is never written over.

mod bound;
mod cli_keys;
mod credential;
mod disk;
mod door;
mod environment;
mod id;
mod memory;
mod movable;
pub mod oauth;
mod once;
mod origin;
mod os_keyring;
mod random;
mod redact;
mod resolve;
mod store;
mod vault;

pub use bound::{
    BoundKey, BoundKeys, check_key, delete_profile_key, last_four, last_four_of, rename_profile_key, set_profile_key,
    set_provider_key,
};
pub use cli_keys::{CLI_KEYS_SERVICE, CliKeyError, CliKeys, MemoryCliKeys, OsCliKeys};
pub use credential::{Credential, CredentialAsk, CredentialId, CredentialProblem, KeyHeader, NamedSource, Source};
pub use door::{door_token, new_door_token};
pub use environment::{Environment, ProcessEnvironment};
pub use id::{InvalidSecretId, SecretId};
pub use memory::MemoryStore;
pub use movable::MovableStore;
pub use origin::{InvalidOrigin, Origin};
pub use os_keyring::{OPEN_LIMIT, REQUEST_LIMIT};
pub use redact::Redactor;
pub use resolve::resolve;
pub use secrecy::SecretString;
pub use store::{Health, SecretStore, StoreError, StoreKind, UnknownStoreKind, forget_vault_key, open};
pub use vault::{kind_of_vault, reset};
