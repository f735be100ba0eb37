//! The whole product, from outside: the command `mainstay` as a process with official SDKs in front of it and practice
//! providers behind it, and the real window.
//!
//! The command is built before (`cargo build --package mainstay-cli`), or named by `MAINSTAY_BIN`.

mod bad_input;
mod browser;
mod chaos;
mod clients;
mod crash;
mod dialects;
mod door;
mod hang;
mod harness;
mod hostile;
mod layout;
mod leak_hunt;
#[cfg(target_os = "linux")]
mod logging_in_by_command;
#[cfg(target_os = "linux")]
mod logins;
mod offline;
mod recipe_commands;
mod recipe_profiles;
mod recipe_table;
mod rules;
mod secrecy;
mod serve;
mod shares;
mod streams;
mod window;
