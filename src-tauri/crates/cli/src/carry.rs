//! `mainstay export` and `mainstay import`: profiles and preferences in one file, and keys out of variables.

use crate::exit::{self, Exit};
use crate::place::{Asked, Place, block_on};
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    place: Place,
    /// The file to write, such as mainstay.zip. One that is there is not written over.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Args)]
pub(crate) struct Import {
    #[command(flatten)]
    place: Place,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Import keys instead: out of environment variables, or out of a .env file.
    #[arg(long)]
    env: bool,
    /// Replace profiles that differ too.
    #[arg(long, conflicts_with = "env")]
    replace: bool,
    /// Set the preferences too.
    #[arg(long, conflicts_with = "env")]
    preferences: bool,
    /// With --env: keys of these providers only.
    #[arg(long, value_name = "NAME", requires = "env")]
    provider: Vec<String>,
    /// Don't ask.
    #[arg(long)]
    yes: bool,
    /// The file that an export has written; with --env the .env file, if any.
    #[arg(value_name = "FILE", required_unless_present = "env")]
    file: Option<PathBuf>,
}

impl Export {
    pub(crate) fn run(self) -> Result<(), Exit> {
        let file = self.file;
        block_on(async {
            let failed = |error: std::io::Error| {
                let hint = "Choose another place, or remove the file that is there.";
                Exit::new(
                    exit::FAULT,
                    "export_not_written",
                    format!("{} can't be written: {error}", file.display()),
                    hint,
                )
            };
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let engine = self.place.engine().await?;
            let made = engine.perform("export_archive", json!({})).await?;
            let path = made["path"].as_str().unwrap_or_default();
            // The engine writes in its own folder only; what is told here is where the user wants it.
            let bytes = std::fs::read(path).map_err(failed)?;
            let _ = std::fs::remove_file(path);
            options
                .open(&file)
                .and_then(|mut out| out.write_all(&bytes).and_then(|()| out.sync_all()))
                .map_err(failed)?;
            say(&format!("{} profiles and load balancers are in {}.", made["profiles"], file.display()));
            for left_out in texts(&made["leftOut"]) {
                say(&format!("left out: {left_out}"));
            }
            Ok(())
        })
    }
}

impl Import {
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async { if self.env { self.keys().await } else { self.profiles().await } })
    }

    async fn profiles(self) -> Result<(), Exit> {
        let path = absolute(self.file.as_deref().unwrap_or(Path::new("")))?;
        let engine = self.place.engine().await?;
        let view = engine.perform("preview_import", json!({ "path": path })).await?;
        let (mut files, mut preferences) = (Vec::new(), Vec::new());
        for file in view["files"].as_array().into_iter().flatten() {
            let (name, state) = (text(file, "name"), text(file, "state"));
            let mut line = format!("{state:8} {name}");
            for (what, key) in [("to", "address"), ("with the key of", "keyFrom"), ("through", "proxy")] {
                if let Some(said) = file[key].as_str() {
                    line.push_str(&format!(", {what} {said}"));
                }
            }
            let details = texts(&file["details"]);
            if !details.is_empty() {
                line.push_str(&format!(": {}", details.join(", ")));
            }
            say(&line);
            if state == "new" || (state == "differs" && self.replace) {
                files.push(name.to_owned());
            }
        }
        for preference in view["preferences"].as_array().into_iter().flatten().filter(|one| one["same"] != true) {
            let (name, before, after) =
                (text(preference, "name"), text(preference, "before"), text(preference, "after"));
            say(&format!("setting  {name}: {before} becomes {after}"));
            if self.preferences {
                preferences.push(name.to_owned());
            }
        }
        for left_out in texts(&view["leftOut"]) {
            say(&format!("left out {left_out}"));
        }
        if self.dry_run {
            return Ok(());
        }
        if files.is_empty() && preferences.is_empty() {
            say("Nothing is imported. --replace takes profiles that differ, --preferences the settings.");
            return Ok(());
        }
        if !agreed(self.yes, &format!("Import {}?", [files.as_slice(), preferences.as_slice()].concat().join(", ")))? {
            return Ok(());
        }
        let input =
            json!({ "path": path, "fingerprint": view["fingerprint"], "files": files, "preferences": preferences });
        let outcome = engine.perform("import_archive", input).await?;
        let written = outcome["changes"].as_array().map_or(0, Vec::len);
        say(&format!("{written} written, {} set.", outcome["preferences"].as_array().map_or(0, Vec::len)));
        let problems = texts(&outcome["problems"]);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Exit::new(exit::FAULT, "import_incomplete", problems.join("; "), "Set it by hand."))
        }
    }

    async fn keys(self) -> Result<(), Exit> {
        let engine = self.place.engine().await?;
        let file = self.file.as_deref().map(absolute).transpose()?;
        let found = match &file {
            Some(file) => pairs(&engine.perform("find_keys", json!({ "file": file })).await?),
            None => own_variables(&engine).await?,
        };
        let wanted = |provider: &str| self.provider.is_empty() || self.provider.iter().any(|name| name == provider);
        let found: Vec<(String, String)> = found.into_iter().filter(|(_, provider)| wanted(provider)).collect();
        for (variable, provider) in &found {
            say(&format!("{variable} for {provider}"));
        }
        if found.is_empty() {
            say("No variable of a known provider is set.");
            return Ok(());
        }
        if self.dry_run || !agreed(self.yes, "Store these keys?")? {
            return Ok(());
        }
        let keys: Vec<Value> = found
            .iter()
            .map(|(variable, provider)| json!({ "variable": variable, "provider": provider, "profile": null }))
            .collect();
        let mut input = json!({ "file": file, "keys": keys });
        if file.is_none() {
            let names: BTreeSet<&String> = found.iter().map(|(variable, _)| variable).collect();
            let values =
                names.into_iter().filter_map(|name| Some((name.clone(), Value::from(std::env::var(name).ok()?))));
            input["values"] = Value::Object(values.collect::<Map<_, _>>());
        }
        let stored = engine.perform("import_keys", input).await?;
        for key in stored.as_array().into_iter().flatten() {
            let tail = key["lastFour"].as_str().map_or_else(String::new, |tail| format!(", ends in {tail}"));
            say(&format!("{} is stored for {}{tail}.", text(key, "variable"), text(key, "provider")));
        }
        Ok(())
    }
}

/// The variables of this process: a running engine has others.
async fn own_variables(engine: &Asked) -> Result<Vec<(String, String)>, Exit> {
    let catalogue = engine.perform("catalogue", json!({})).await?;
    let mut found = Vec::new();
    for provider in catalogue.as_array().into_iter().flatten() {
        for variable in texts(&provider["variables"]) {
            if std::env::var(&variable).is_ok_and(|value| !value.trim().is_empty()) {
                found.push((variable, text(provider, "name").to_owned()));
            }
        }
    }
    Ok(found)
}

fn pairs(found: &Value) -> Vec<(String, String)> {
    let found = found.as_array().into_iter().flatten();
    found.map(|key| (text(key, "variable").to_owned(), text(key, "provider").to_owned())).collect()
}

fn absolute(path: &Path) -> Result<String, Exit> {
    let absolute = std::path::absolute(path).map_err(|error| Exit::usage(&format!("{}: {error}", path.display())))?;
    absolute.into_os_string().into_string().map_err(|_| Exit::usage("the file's path is not Unicode"))
}

/// Asks on the terminal; without one nobody has agreed.
fn agreed(yes: bool, question: &str) -> Result<bool, Exit> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Exit::usage("there is no terminal to ask on: look with --dry-run, then say --yes"));
    }
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{question} [y/N] ");
    let _ = out.flush();
    let mut answer = String::new();
    let _ = std::io::stdin().read_line(&mut answer);
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
