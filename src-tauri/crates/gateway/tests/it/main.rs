//! The gateway from outside: a real server on loopback, upstreams that fail in every way that the failover page names. Each
//! test says which rule it holds the gateway to.

mod harness;

mod answers;
mod caller;
mod commit_gate;
mod conversations;
mod limits;
mod offline;
mod outs;
mod repeats;
