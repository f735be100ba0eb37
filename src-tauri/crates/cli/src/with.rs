//! `mainstay with` runs a tool against the running engine; `mainstay env` prints what that takes.

use crate::exit::{self, Exit};
use crate::place::{Place, block_on};
use crate::tools::{Pointing, TOOLS, point, tool_of};
use clap::Args;
use clap::builder::PossibleValuesParser;
use mainstay_engine::Remote;
use secrecy::ExposeSecret as _;
use std::io::Write as _;
use std::process::Command;

#[derive(Args)]
pub(crate) struct With {
    #[command(flatten)]
    place: Place,
    /// What the command is, where its name does not say so.
    #[arg(long = "as", value_name = "TOOL", value_parser = PossibleValuesParser::new(TOOLS))]
    tool: Option<String>,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Env {
    #[command(flatten)]
    place: Place,
    /// The tool.
    #[arg(value_name = "TOOL", value_parser = PossibleValuesParser::new(TOOLS))]
    tool: String,
}

/// How a tool is pointed at the engine that runs on the data folder.
async fn pointing(place: &Place, tool: &str) -> Result<Pointing, Exit> {
    let running: Remote = place.running().await?.ok_or_else(|| {
        let message = "no engine runs on this data folder";
        Exit::new(exit::FAULT, "not_running", message, "Open Mainstay, or start it with: mainstay serve")
    })?;
    let token = running.door_token().await?;
    let address = running.address().replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
    Ok(point(tool, &address, token.expose_secret()))
}

impl With {
    /// Becomes the command. Nothing but its own environment and arguments is changed.
    pub(crate) fn run(self) -> Result<(), Exit> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Exit::usage("there is no command after --"));
        };
        let tool = self.tool.as_deref().unwrap_or_else(|| tool_of(program)).to_owned();
        let mut found = None;
        block_on(async {
            found = Some(pointing(&self.place, &tool).await?);
            Ok(())
        })?;
        let Pointing { set, unset, arguments: ours } = found.unwrap_or_default();
        let mut command = Command::new(program);
        command.args(ours).args(arguments).envs(set);
        for name in unset {
            command.env_remove(name);
        }
        let failed = |error: std::io::Error| {
            let hint = "Check its name, and that it is installed.";
            Exit::new(exit::FAULT, "command_not_started", format!("{program} can't be started: {error}"), hint)
        };
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            Err(failed(command.exec()))
        }
        #[cfg(not(unix))]
        {
            let status = command.status().map_err(failed)?;
            std::process::exit(status.code().unwrap_or(1));
        }
    }
}

impl Env {
    /// Lines for a POSIX shell.
    pub(crate) fn run(self) -> Result<(), Exit> {
        block_on(async {
            let pointing = pointing(&self.place, &self.tool).await?;
            let mut out = std::io::stdout().lock();
            for name in &pointing.unset {
                let _ = writeln!(out, "unset {name}");
            }
            for (name, value) in &pointing.set {
                let _ = writeln!(out, "export {name}={}", quoted(value));
            }
            if !pointing.arguments.is_empty() {
                let words: Vec<String> = pointing.arguments.iter().map(|argument| quoted(argument)).collect();
                let _ = writeln!(out, "# and begin its command line with: {} {}", self.tool, words.join(" "));
            }
            Ok(())
        })
    }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("http://127.0.0.1:4117/v1"), "http://127.0.0.1:4117/v1");
        assert_eq!(quoted("it's {\"a\": 1}"), "'it'\\''s {\"a\": 1}'");
        assert_eq!(quoted(""), "''");
    }
}
