//! Logins in the browser: the flows that get a token, and the accounts that keep it fresh.
//!
//! - [`Flow`] is a provider's login as catalogue data: endpoints, client, scopes, ports.
//! - [`CodeLogin`], [`DeviceLogin`] and [`KeyLogin`] are one login each, from the address that the browser opens to the
//!   [`Bundle`] of tokens (or, where a provider gives one, the key).
//! - [`Accounts`] holds the bundles, refreshes them ahead of time and says which login has ended.
//!
//! Invariants:
//! - A login that is dropped leaves nothing behind: its listener closes, and nothing was stored.
//! - A refresh runs once at a time for an account and is never cut off by a request that goes away: the server may already
//!   have exchanged the token for another.
//! - New tokens are stored before they are used.
//! - A refresh token goes only to the origin that gave it.

mod accounts;
mod bundle;
mod code;
mod device;
mod error;
mod flow;
mod http;
mod key;
mod loopback;
mod page;
mod renewal;
#[cfg(test)]
mod scripted;

pub use accounts::{AccountStatus, Accounts, LoginState, Renewed};
pub use bundle::{Bundle, Ended};
pub use code::{CodeLogin, Pasted};
pub use device::{DeviceAddress, DeviceLogin};
pub use error::OauthError;
pub use flow::{Flow, FlowKind, Ports, Redirect, StateForm, TokenBody};
pub use http::{TokenHttp, Unreached};
pub use key::KeyLogin;
pub use loopback::Loopback;
