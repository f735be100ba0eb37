//! The way out.

use crate::error::Problem;
use serde::Serialize;
use ts_rs::TS;

/// A proxy that calls go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ProxyView {
    /// Its address, without a login.
    pub address: String,
    /// Who named it: `settings`, `system`, or the variable of the environment.
    pub from: String,
}

/// The way out: what is set, and what is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkView {
    /// `system`, `none` or a proxy's address.
    pub proxy: String,
    /// Hosts that are reached without a proxy; absent: as the environment says.
    pub no_proxy: Option<String>,
    /// A PEM file with certificates that are trusted beside the system's.
    pub ca_file: Option<String>,
    /// Whose certificates the CA file in force holds.
    pub authorities: Vec<String>,
    /// The proxy in force for `https` addresses.
    pub https: Option<ProxyView>,
    /// The proxy in force for `http` addresses.
    pub http: Option<ProxyView>,
    /// The proxies that a user name and password are kept for.
    pub logins: Vec<String>,
    /// Which of `proxy`, `noProxy` and `caFile` this run was started with; what is set counts from the next start.
    pub overridden: Vec<String>,
    /// What of the settings could not be used.
    pub notices: Vec<Problem>,
}
