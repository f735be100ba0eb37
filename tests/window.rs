//! The real window: the desktop binary on a virtual screen, driven through WebDriver as a person would use it.
//!
//! Few and broad on purpose. What a component does is tested beside it; here stands only what no other test can see: that
//! what is clicked in the window reaches the gateway and the files, and that what happens there reaches the window.
#![cfg(target_os = "linux")]

mod app;
mod command_bar;
mod desktop;
mod driver;
mod failover;
mod figures;
mod first_run;
mod foresight;
mod history;
mod importing;
mod keyboard;
mod logging_in;
mod long_history;
mod needs;
mod one_window;
mod policy;
mod practice;
mod profiles;
mod reach;
mod screen;
mod screenshots;
mod secrets;
mod settings;
mod starters;
mod texts;
mod trail;
mod tray;

use crate::harness::page;
