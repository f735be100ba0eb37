//! Logins on a real engine: through a scripted authorization server, and out to an upstream that takes its tokens alone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod logins {
    pub(crate) mod account;
    pub(crate) mod course;
    pub(crate) mod serving;
    pub(crate) mod world;
}
