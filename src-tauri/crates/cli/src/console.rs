//! `mainstay recipe` and `mainstay run`: the recipe's commands from a file or the command line.

use crate::exit::{self, Exit};
use crate::place::{Place, block_on};
use clap::Args;
use serde_json::{Map, Value, json};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

/// The largest block, in bytes.
const LARGEST: u64 = 512 << 10;

#[derive(Args)]
pub(crate) struct Recipe {
    #[command(flatten)]
    place: Place,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
    /// The file of commands; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    place: Place,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
    /// The command, such as '/profile load ha-failover'. With /key - the key is read from standard input.
    #[arg(value_name = "COMMAND", required = true)]
    command: Vec<String>,
}

impl Recipe {
    pub(crate) fn run(self) -> Result<(), Exit> {
        let name = self.file.display().to_string();
        let text = if name == "-" { read_input() } else { std::fs::read_to_string(&self.file) };
        let text = text.map_err(|error| Exit::usage(&format!("{name} can't be read: {error}")))?;
        act(self.place, &text, self.dry_run, &Map::new())
    }
}

impl Run {
    pub(crate) fn run(self) -> Result<(), Exit> {
        let text = self.command.join("\n");
        let mut keys = Map::new();
        // Only where a line asks for it: a command that waits for input that nobody gives would hang.
        for (number, line) in (1..).zip(text.lines()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first() == Some(&"/key") && words.last() == Some(&"-") {
                let key = read_input().map_err(|error| Exit::usage(&format!("no key can be read: {error}")))?;
                keys.insert(number.to_string(), Value::from(key.trim()));
            }
        }
        act(self.place, &text, self.dry_run, &keys)
    }
}

fn read_input() -> std::io::Result<String> {
    let mut text = String::new();
    std::io::stdin().lock().take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn act(place: Place, text: &str, dry_run: bool, keys: &Map<String, Value>) -> Result<(), Exit> {
    block_on(async {
        let engine = place.engine().await?;
        let output = engine.perform("console", json!({ "text": text, "dryRun": dry_run, "keys": keys })).await?;
        let mut out = std::io::stdout().lock();
        for ran in output["ran"].as_array().into_iter().flatten().filter(|_| !dry_run) {
            let said = ran["output"].as_str().unwrap_or_default();
            if !said.is_empty() {
                let _ = writeln!(out, "{said}");
            }
        }
        if dry_run {
            for change in output["changes"].as_array().into_iter().flatten() {
                let _ = writeln!(out, "{}", change_line(change));
            }
            for wanted in output["wanted"].as_array().into_iter().flatten().filter(|wanted| wanted["kept"] == false) {
                if let Some(name) = wanted["name"].as_str() {
                    let _ = writeln!(out, "{name} needs a key: line {} holds a placeholder", wanted["line"]);
                }
            }
        }
        let _ = out.flush();
        drop(out);
        if !dry_run {
            crate::auth::log_in_where_wanted(&engine, &output).await?;
        }
        match output.get("problem").filter(|problem| !problem.is_null()) {
            None => Ok(()),
            Some(problem) => {
                let text = |key: &str| problem[key].as_str().unwrap_or_default();
                let line = output["failed_line"].as_u64().unwrap_or_default();
                let message = format!("line {line}: {}", text("message"));
                if std::io::stderr().is_terminal() {
                    let _ = writeln!(std::io::stderr().lock(), "{message} {}", text("hint"));
                }
                Err(Exit::new(exit::FAULT, text("code"), message, text("hint")))
            }
        }
    })
}

/// `create openai-backup: openai, gpt-5.2`, `replace gemini-fallback: temperature 0.2 removed`.
fn change_line(change: &Value) -> String {
    let text = |key: &str| change[key].as_str().unwrap_or_default();
    let details: Vec<&str> = change["details"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (kind, name) = (text("kind"), text("name"));
    let head = match kind {
        "load" => format!("{name} serves from then on"),
        "default" if name.is_empty() => "no default any more".to_owned(),
        "default" => format!("{name} becomes the default"),
        "login" => return format!("{name}: {}", details.join(", ")),
        "key" => format!("the key {name}"),
        _ => format!("{kind} {name}"),
    };
    if details.is_empty() { head } else { format!("{head}: {}", details.join(", ")) }
}
