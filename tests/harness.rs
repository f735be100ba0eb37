//! `mainstay serve` as a process, from outside: what each of the whole-product tests stands on.
//!
//! Nothing here knows Mainstay's crates. The one exception is the simulator, which runs inside the test as the upstream and
//! shares no code with the gateway.

mod figures;
mod home;
mod members;
mod process;
mod wait;
mod wire;

pub(crate) use figures::{Figures, number};
pub(crate) use home::Home;
pub(crate) use members::{MEMBERS, Trio, balancer, key_of, standard, status, words_of};
pub(crate) use process::{Ended, Gateway, Serve, binary};
pub(crate) use wait::{PATIENCE, until};
pub(crate) use wire::{Answer, Tongue, http};
