//! Mainstay itself: where it listens, what it has stored, whom it calls.

use serde::Serialize;
use ts_rs::TS;

/// Where the gateway listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct GatewayView {
    /// The address: `http://127.0.0.1:4117`.
    pub address: String,
    /// Its port.
    pub port: Option<u32>,
    /// The port unless another is set.
    pub usual: u32,
    /// The port from the next start on, where that is another one, unless a flag or a variable says otherwise.
    pub next: Option<u32>,
}

/// Something that lies in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KeptItem {
    /// Stable word: `secrets`, `history`, `exports`, `versions`, `health`, `door`, `network`, `consent`, `catalogue`,
    /// `practice`, `logs`, `run` or `window`.
    pub what: String,
    /// Where; the first of its files.
    pub path: String,
    /// What it takes.
    pub bytes: u64,
}

/// An address that requests go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CalledView {
    /// Scheme, host and port.
    pub address: String,
    /// The profiles whose requests go there.
    pub profiles: Vec<String>,
}

/// A tool that has sent requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ToolSeen {
    /// Its name.
    pub name: String,
    /// How many in the last 30 days.
    pub requests: u64,
}

/// What Mainstay has stored and whom it calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct OwnDataView {
    /// The data folder.
    pub folder: String,
    /// The profiles folder, which is not Mainstay's alone.
    pub profiles: String,
    /// What lies in the data folder.
    pub items: Vec<KeptItem>,
    /// An entry of the system's keyring opens the secrets.
    pub keyring: bool,
    /// Where requests go.
    pub called: Vec<CalledView>,
    /// The tools that point here, as far as the history says.
    pub tools: Vec<ToolSeen>,
    /// All of it goes when Mainstay ends.
    pub removing: bool,
}
