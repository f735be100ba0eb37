//! The history from outside: real files, real threads, real processes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod export;
mod faults;
mod killed;
mod list;
mod million;
mod record;
mod retention;
mod sample;
mod statistics;
mod writing;
