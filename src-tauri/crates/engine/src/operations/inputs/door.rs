//! What operations on the ways in and out take.

use serde::Deserialize;
use ts_rs::TS;

/// The way out as it is to be.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkDraft {
    /// `system`, `none`, or a proxy's address without a login.
    pub proxy: String,
    /// Hosts that are reached without it, as in `NO_PROXY`; absent: as the environment says.
    pub no_proxy: Option<String>,
    /// A PEM file with certificates that are trusted beside the system's; its whole path.
    pub ca_file: Option<String>,
}

/// A proxy's login on its way in. It never comes back out.
#[derive(Deserialize, TS)]
pub struct ProxyLoginInput {
    /// The proxy's address.
    pub proxy: String,
    /// The user's name.
    pub user: String,
    /// The password.
    #[ts(type = "string")]
    pub password: secrecy::SecretString,
}

/// Names a proxy.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ProxyNamed {
    /// Its address.
    pub proxy: String,
}

/// Names a tool's own token.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct TokenNamed {
    /// The tool that it is for.
    pub name: String,
}

/// The lists of the door as they are to be.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct DoorLists {
    /// Further hosts: `host.docker.internal`, with or without a port.
    pub hosts: Vec<String>,
    /// Origins, as browsers send them: `http://localhost:3000`.
    pub origins: Vec<String>,
}
