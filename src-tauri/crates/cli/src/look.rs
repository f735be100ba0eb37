//! `mainstay status` and `mainstay profiles`.

use crate::exit::Exit;
use crate::place::{Place, block_on};
use clap::Args;
use serde_json::{Value, json};
use std::io::Write as _;

#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    place: Place,
    /// As one JSON line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Profiles {
    #[command(flatten)]
    place: Place,
    /// As one JSON line.
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Who serves now and why; whether an engine runs.
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let mut out = std::io::stdout().lock();
            let Some(running) = self.place.running().await? else {
                let line = if self.json { r#"{"running":false}"# } else { "No engine runs on this data folder." };
                let _ = writeln!(out, "{line}");
                return Ok(());
            };
            if self.json {
                let mut live = running.perform("live", &json!({})).await?;
                live["running"] = true.into();
                live["pid"] = running.pid().into();
                let _ = writeln!(out, "{live}");
                return Ok(());
            }
            let said = running.perform("console", &json!({ "text": "/stats buckets" })).await?;
            let _ = writeln!(out, "Listening at {}.", running.address());
            let _ = writeln!(out, "{}", said["ran"][0]["output"].as_str().unwrap_or_default());
            Ok(())
        })
    }
}

impl Profiles {
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let engine = self.place.engine().await?;
            let mut out = std::io::stdout().lock();
            let line = if self.json {
                engine.perform("profiles", json!({})).await?.to_string()
            } else {
                let said: Value = engine.perform("console", json!({ "text": "/profile list" })).await?;
                said["ran"][0]["output"].as_str().unwrap_or_default().to_owned()
            };
            let _ = writeln!(out, "{line}");
            Ok(())
        })
    }
}
