//! Practice providers: small servers on loopback that speak Anthropic Messages, OpenAI Chat Completions, OpenAI
//! Responses and Gemini generateContent truly enough for the vendors' own SDKs, and that fail on demand.
//!
//! They exist so that failover can be tried, tested and measured without an account anywhere. Two rules follow:
//! - **They are an independent witness.** Nothing here is shared with the code that the gateway uses to read and write
//!   these protocols, so a misreading there cannot hide behind the same misreading here. Requests are validated as the
//!   vendors validate them: a field that the real provider would refuse is refused.
//! - **They never pass for the real thing.** Every answer says in its text that it is simulated, and by which provider,
//!   unless it was given its words as part of a [`Play`];
//!   every response carries `x-mainstay-simulated: 1`.
//!
//! Faults are set from Rust ([`Running::set`], [`Running::script`], faults over time with [`Running::set_timeline`], what strikes several at
//! once with [`Simulator::strike`], a part to act in a tool loop with [`Running::play`]) or over HTTP under `/_control`, which is described in
//! docs/simulator.md together with each fault.

mod answer;
mod canary;
mod control;
mod course;
mod dialect;
mod fault;
mod handler;
mod latency;
mod limits;
mod media;
mod outage;
mod play;
mod practice;
mod random;
mod reply;
mod schema;
mod seal;
mod seen;
mod served;
mod simulator;
mod state;
mod timeline;
mod wire;

pub use fault::{Fault, FaultKind};
pub use latency::{Latency, Spread};
pub use limits::{Limits, Period, Quota, Window};
pub use outage::{Outage, Strike};
pub use play::{Play, PlayBlock};
pub use practice::{Practice, Speaks};
pub use random::{Random, Weighted};
pub use seen::Seen;
pub use served::ServedTool;
pub use simulator::{Running, Simulator, SimulatorError};
pub use timeline::{Phase, Timeline};
