//! Practice providers from outside: as a raw TCP client and as reqwest see them.

#![allow(clippy::unwrap_used, reason = "all of this is test code, its helpers too")]

mod agents;
mod client;
mod clockwork;
mod control;
mod docs;
mod effects;
mod faults;
mod limits;
mod plays;
mod providers;
mod refusals;
mod shapes;
