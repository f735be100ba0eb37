//! The local door, the attempt loop and the commit gate.
//!
//! A request comes in on loopback ([`door`]), is recognised by its path ([`call`]), gets a route from an immutable
//! snapshot ([`routing`]) and becomes an [`exchange`]: candidates in the balancer's order, one [`attempt`] after
//! another, nothing shown to the client until an attempt commits at the [`gate`]. From then on bytes [`flow`] without
//! buffering. What happened is a [`trail`].
//!
//! Invariants:
//! - Nothing of an attempt reaches the client before real content (failover §3.1), and nothing is replayed after it (§3.3).
//! - A client's credential headers are never forwarded, but by the scheme `caller` to the client's own provider; the token of
//!   the door is removed before anything goes upstream.
//! - Redirects are off: no credential follows one.
//! - No lock is held across an await; health has one owner, the balancer behind [`Core`](core::Core).
//! - Every exchange ends in exactly one trail, also when the client goes away.

mod admitted;
mod answer;
mod apart;
mod asked;
mod attempt;
mod call;
mod caller;
mod carried;
mod check;
mod clock;
mod conversation;
mod core;
mod count;
mod door;
mod endpoint;
mod exchange;
mod failure;
mod fitting;
mod flow;
mod foresight;
mod gate;
mod heartbeat;
mod held;
mod intake;
mod listing;
mod network;
mod outbound;
mod quotes;
mod refused_name;
mod request_id;
mod routing;
mod server;
mod stale;
mod story;
mod trail;
mod waiting;

pub use crate::answer::{Body, problem};
pub use crate::check::{Checked, Finding, FreeCall};
pub use crate::core::{Core, Observer};
pub use crate::door::{AllowedHost, AllowedOrigin, Door, DoorRules, DoorToken, EntryError, NoDigest, TokenDigest};
pub use crate::foresight::{Failing, Foreseen, Foresight, Foretold};
pub use crate::outbound::{
    BodyError, CaFileError, CallError, CertificateDer, NetworkSettings, Outbound, ProxyChoice, ProxyEnvironment,
    ProxyInUse, ProxyLogin, Received, Way, certificate_name, proxy_address, read_ca_file,
};
pub use crate::routing::{
    CredentialError, CredentialSource, ModelRule, Presented, Route, RouteKind, Routing, Upstream,
};
pub use crate::server::{AdminRoutes, Server, ServerError};
pub use crate::trail::{AttemptNote, Ended, SkipNote, Trail};
