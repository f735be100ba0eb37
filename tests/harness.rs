//! `mainstay serve` as a process, from outside: what each of the whole-product tests stands on.
//!
//! Nothing here knows Mainstay's crates. The one exception is the simulator, which runs inside the test as the upstream and
//! shares no code with the gateway.

#[cfg(target_os = "linux")]
mod chromium;
mod figures;
mod home;
mod members;
#[cfg(target_os = "linux")]
pub(crate) mod needs;
#[cfg(target_os = "linux")]
pub(crate) mod page;
mod process;
#[cfg(target_os = "linux")]
mod system_browser;
#[cfg(target_os = "linux")]
mod terminal;
mod wait;
mod wire;

#[cfg(target_os = "linux")]
pub(crate) use chromium::Chromium;
pub(crate) use figures::{Figures, number};
pub(crate) use home::Home;
pub(crate) use members::{MEMBERS, Trio, balancer, key_of, standard, status, words_of};
pub(crate) use process::{Ended, Gateway, Serve, binary};
#[cfg(target_os = "linux")]
pub(crate) use system_browser::SystemBrowser;
#[cfg(target_os = "linux")]
pub(crate) use terminal::Terminal;
pub(crate) use wait::{PATIENCE, until};
pub(crate) use wire::{Answer, Tongue, http};
