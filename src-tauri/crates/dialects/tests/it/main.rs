//! What the crate does for whole requests and answers.
#![allow(clippy::unwrap_used, reason = "a test's own helpers may fail like the test")]

mod anthropic;
mod conformance;
mod corpus;
mod errors;
mod gemini;
mod glances;
mod laws;
mod openai_chat;
mod openai_responses;
mod requests;
mod signs;
mod snapshots;
