//! `mainstay tokens`: which tools have a token of their own.

use crate::exit::Exit;
use crate::place::{Place, block_on};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::Write as _;

#[derive(Args)]
pub(crate) struct Tokens {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Say which tools have a token, since when, and when it was used last.
    List {
        /// As one JSON line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Make a token for one tool and print it, this once.
    Make {
        /// The tool that it is for.
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// From now on a tool's token opens nothing.
    Revoke {
        /// The tool that it is for.
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        place: Place,
    },
}

impl Tokens {
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let said = match self.what {
                What::List { json, place } => {
                    let door = place.engine().await?.perform("door", json!({})).await?;
                    if json { door["tokens"].to_string() } else { listed(&door["tokens"]) }
                }
                // Alone on its line, so that a script can take it.
                What::Make { name, place } => {
                    let made = place.engine().await?.perform("make_token", json!({ "name": name })).await?;
                    made["token"].as_str().unwrap_or_default().to_owned()
                }
                What::Revoke { name, place } => {
                    place.engine().await?.perform("revoke_token", json!({ "name": name })).await?;
                    format!("The token of {} opens nothing any more.", name.trim())
                }
            };
            let _ = writeln!(std::io::stdout().lock(), "{said}");
            Ok(())
        })
    }
}

/// All tokens, one a line, for people.
fn listed(tokens: &Value) -> String {
    let lines: Vec<String> = tokens.as_array().into_iter().flatten().map(told).collect();
    match lines.is_empty() {
        true => "No tool has a token of its own. Make one: mainstay tokens make NAME".to_owned(),
        false => lines.join("\n"),
    }
}

/// One token, for people.
fn told(token: &Value) -> String {
    let when = |key: &str| token[key].as_i64().and_then(|at| Timestamp::from_millisecond(at).ok()).map(day_and_time);
    let name = token["name"].as_str().unwrap_or_default();
    let made = when("made").unwrap_or_default();
    let used = when("used").map_or_else(|| "never used".to_owned(), |used| format!("last used {used}"));
    match when("revoked") {
        Some(revoked) => format!("{name}: revoked {revoked}, made {made}, {used}"),
        None => format!("{name}: made {made}, {used}"),
    }
}

fn day_and_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
