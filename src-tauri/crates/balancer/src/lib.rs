//! What an answer means, who is next, and who is out until when.
//!
//! This crate is the judgement of the gateway and nothing else. Given an upstream's refusal it says whose fault that was
//! ([`classify`]); given a pool of members it says whom to try and in which order ([`Balancer::plan`]); given how an
//! attempt ended it keeps the health that decides the next plan ([`Balancer::conclude`]). It remembers where conversations
//! are served ([`Balancer::settle`]), what a day has cost, who keeps which state, and hands all that over to the next
//! process ([`Balancer::snapshot`]).
//!
//! **Invariants**
//! - Pure: no IO, no clock, no randomness, no logging. Time comes in as [`Millis`], chance as a number in `0..1`. The same
//!   calls give the same answers, so every history can be replayed in a test.
//! - One owner: all health lives in one [`Balancer`]. Nothing else decides who is out.
//! - Health is kept per [`TargetKey`] (base URL, credential, model) and shared by all pools that reach that target; only
//!   the wheels of round-robin and weighted, the places of conversations and the pin belong to one pool.
//! - Everything that requests can make grow without end is bounded, and forgets what has rested longest.
//! - A secret never enters: a credential is known here by its id.

mod attempt;
mod availability;
mod balancer;
mod breaker;
mod budget;
mod checks;
mod classify;
mod conversations;
mod cooldown;
mod health;
mod instant;
mod limits;
mod makers;
mod outcome;
mod plan;
mod planning;
mod pool;
mod refused;
mod retry_hint;
#[cfg(test)]
mod sample;
mod snapshot;
mod spend;
mod verdict;
mod wheel;

pub use attempt::{Change, Permit};
pub use availability::Availability;
pub use balancer::Balancer;
pub use breaker::BreakerRule;
pub use budget::{attempt_limit, client_deadline};
pub use checks::CheckBegun;
pub use classify::{Refusal, classify};
pub use limits::{LimitWindow, Limits, Measure, limits, tells_limits};
pub use outcome::{Outcome, Scope, Stage, Unreached};
pub use plan::{
    AllOut, Ask, Candidate, Conversation, Plan, Skip, SkipReason, keep_larger_windows, reorder_after_caller_fault,
    reorder_after_overload,
};
pub use pool::{Account, DailyLimit, Failback, Member, Policy, Pool, TargetKey, Unready};
pub use snapshot::Snapshot;
pub use spend::Spend;
pub use verdict::{status_for_client, worst};

/// Milliseconds since the Unix epoch, as the caller's clock shows them; in durations, plain milliseconds.
pub type Millis = u64;
