//! Joins profiles, credentials, balancer and gateway into one running product.
//!
//! The window, the command `mainstay` and the admin routes are thin adapters around [`Engine`]. It owns the data folder
//! (one engine per folder), compiles profile files, catalogue and credentials into the gateway's routing snapshot, hosts
//! the practice providers, and hands each finished exchange to the history.
//!
//! Invariants:
//! - No crate below the shell depends on tauri; this one neither.
//! - Practice and real members never share a balancer: each looks for its members among its own kind only.
//! - A broken profile file takes out that profile, never the engine.

mod accounts;
mod active;
mod admin;
mod archive;
mod checks;
mod compile;
mod consent;
mod console;
mod credential;
mod data;
mod door;
mod engine;
mod error;
mod feed;
mod health_file;
mod keys;
mod knocks;
mod layers;
mod listening;
mod live;
mod log;
mod logins;
mod model_lists;
mod network;
mod open_files;
pub mod operations;
mod options;
mod orphans;
mod panics;
mod practice;
mod prices;
mod pulse;
mod recent;
mod record;
mod remote;
mod retention;
mod secrets;
mod shared;
mod spending;
mod undo;
pub mod view;
mod watch;
mod watcher;

pub use crate::admin::WindowFiles;
pub use crate::consent::Consent;
pub use crate::console::{Change, Completion, ConsoleInput, ConsoleOutput, Ran, Report, WantedKey};
pub use crate::data::default_data_dir;
pub use crate::engine::{Engine, PracticeLine, Ready};
pub use crate::error::{Problem, StartError};
pub use crate::feed::Feed;
pub use crate::keys::{KeyLine, KeyRing, KeySlot};
pub use crate::listening::{DEFAULT_LISTEN, free_after, keep_port, kept_listen};
pub use crate::log::LogWriter;
pub use crate::network::NetworkOverrides;
pub use crate::open_files::allow_many_connections;
pub use crate::operations::{OPERATIONS, perform, typescript};
pub use crate::options::{KeyOptions, Options, Practice};
pub use crate::recent::Recent;
pub use crate::remote::Remote;
pub use crate::shared::Handle;
pub use crate::view::{LiveFrame, LiveState};
pub use mainstay_credentials::{SecretString, StoreKind, UnknownStoreKind};
pub use mainstay_gateway::Trail;

/// The product's identifier, which names its data folder and its entries in the keyring.
pub const IDENTIFIER: &str = env!("MAINSTAY_IDENTIFIER");
/// The product's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
