//! What the crate does for whole requests and answers.

mod corpus;
mod errors;
mod glances;
mod laws;
mod requests;
mod signs;
mod snapshots;
