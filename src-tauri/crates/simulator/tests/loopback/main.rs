//! Practice providers from outside: as a raw TCP client and as reqwest see them.

mod client;
mod control;
mod faults;
mod providers;
