//! What an engine is told at its start.

use crate::admin::WindowFiles;
use crate::network::NetworkOverrides;
use mainstay_credentials::{SecretString, StoreKind};
use std::net::SocketAddr;
use std::path::PathBuf;

/// How to start an engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the gateway listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Allow an address that other machines reach.
    pub allow_remote: bool,
    /// Further `Host` values that the door accepts.
    pub allow_hosts: Vec<String>,
    /// Further `Origin` values that the door accepts.
    pub allow_origins: Vec<String>,
    /// The profiles folder; `None`: found as failover §6 says.
    pub profiles_dir: Option<PathBuf>,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The profile that serves requests which name none.
    pub profile: Option<String>,
    /// Where secrets are kept; `None`: where they are already, else with the keyring.
    pub secrets: Option<StoreKind>,
    /// Whether to host practice providers.
    pub practice: Practice,
    /// Without a keyring, and with nothing stored yet, keep secrets for this run only, and say so. The window does, so
    /// that it opens everywhere; the command does not.
    pub without_keyring: bool,
    /// The door's token; `None`: the stored one.
    pub token: Option<SecretString>,
    /// A file that overlays the catalogue.
    pub catalogue: Option<PathBuf>,
    /// The way out, in place of what is set.
    pub network: NetworkOverrides,
    /// The window's files, to serve it to browsers; `None`: no browser gets it.
    pub window: Option<WindowFiles>,
}

/// When practice providers are hosted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Practice {
    /// Never.
    Off,
    /// Always.
    On,
    /// When the profiles folder holds no profile.
    WhenEmpty,
}

/// Where keys are managed when no engine runs.
#[derive(Clone, Debug)]
pub struct KeyOptions {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The profiles folder; `None`: found as failover §6 says.
    pub profiles_dir: Option<PathBuf>,
    /// Where secrets are kept; `None`: where they are already, else with the keyring.
    pub secrets: Option<StoreKind>,
    /// A file that overlays the catalogue.
    pub catalogue: Option<PathBuf>,
}
