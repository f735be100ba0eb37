//! The gateway from outside: a real server on loopback, upstreams that fail in every way that the failover page names. Each
//! test says which rule it holds the gateway to.

#![allow(clippy::unwrap_used, reason = "all of this is test code, its helpers too")]

mod harness;

mod answers;
mod caller;
mod commit_gate;
mod conversations;
mod door;
mod limits;
mod offline;
mod outs;
mod repeats;
