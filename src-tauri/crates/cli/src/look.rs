//! `mainstay status`, and `mainstay profiles` with what it can change.

use crate::exit::Exit;
use crate::place::{Place, block_on};
use clap::{Args, Subcommand};
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
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Profiles {
    #[command(flatten)]
    place: Place,
    /// As one JSON line.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    what: Option<Change>,
}

#[derive(Subcommand)]
enum Change {
    /// Give a profile or load balancer another name; lists, key, default, pins and spend follow.
    Rename(Rename),
    /// Delete a profile or load balancer.
    Delete(Delete),
}

#[derive(Args)]
struct Rename {
    /// Its name.
    #[arg(value_name = "NAME")]
    from: String,
    /// The new one.
    #[arg(value_name = "NEW")]
    to: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct Delete {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
    /// Take it off the load balancers that list it, instead of refusing.
    #[arg(long)]
    from_lists: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(crate) struct Diagnostics {
    #[command(flatten)]
    place: Place,
}

impl Diagnostics {
    /// What to tell others when something is wrong: states, findings, outcomes; no key, no request, no answer.
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let said = self.place.engine().await?.perform("diagnostics", json!({})).await?;
            let _ = write!(std::io::stdout().lock(), "{}", said["text"].as_str().unwrap_or_default());
            Ok(())
        })
    }
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

impl Change {
    fn run(self) -> Result<(), Exit> {
        block_on(async {
            let (place, operation, input, said) = match self {
                Self::Rename(Rename { from, to, place }) => {
                    let said = format!("{from} is {to} now.");
                    (place, "rename_profile", json!({ "from": from, "to": to }), said)
                }
                Self::Delete(Delete { name, from_lists, place }) => {
                    let said = format!("{name} is deleted.");
                    (place, "delete_profile", json!({ "name": name, "fromLists": from_lists }), said)
                }
            };
            place.engine().await?.perform(operation, input).await?;
            let _ = writeln!(std::io::stdout().lock(), "{said}");
            Ok(())
        })
    }
}

impl Profiles {
    pub(crate) fn run(self) -> Result<(), Exit> {
        if let Some(change) = self.what {
            return change.run();
        }
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
