//! The window in a browser: the files that this build has, and `mainstay ui`.

use crate::exit::{self, Exit};
use crate::place::{Place, block_on};
use clap::Args;
use mainstay_engine::WindowFiles;
use std::io::{IsTerminal as _, Write as _};

const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/window.rs"));

/// The window's files.
///
/// # Errors
/// When the UI was not built before this command was.
pub(crate) fn files() -> Result<WindowFiles, Exit> {
    if FILES.is_empty() {
        let hint = "Build it by make build, or open Mainstay's own window.";
        return Err(Exit::new(exit::USAGE, "no_window", "This build of mainstay has no window in it.", hint));
    }
    Ok(WindowFiles(FILES))
}

#[derive(Args)]
pub(crate) struct Ui {
    #[command(flatten)]
    place: Place,
    /// Only print the address; open no browser.
    #[arg(long)]
    no_browser: bool,
}

impl Ui {
    /// Gets a new address of the window from the running gateway.
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let Some(running) = self.place.running().await? else {
                let message = "No gateway runs on this data folder.";
                return Err(Exit::new(exit::FAULT, "not_running", message, "Start one: mainstay serve --ui"));
            };
            let address = running.window_address().await?;
            let _ = writeln!(std::io::stdout().lock(), "{address}");
            if !self.no_browser && std::io::stdout().is_terminal() {
                // Where there is none, the address stands there.
                let _ = open::that_detached(&address);
            }
            Ok(())
        })
    }
}
