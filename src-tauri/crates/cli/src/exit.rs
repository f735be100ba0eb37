//! How a command ends: an exit code, and for programs one JSON line `{code, message, hint}` last on stderr.

use mainstay_engine::{Problem, StartError};
use std::io::Write as _;
use std::process::ExitCode;

/// Something went wrong while running.
pub(crate) const FAULT: u8 = 1;
/// The command was called wrongly.
pub(crate) const USAGE: u8 = 2;
/// The port is taken.
const PORT: u8 = 3;
/// The named profile or the configuration is bad.
const CONFIG: u8 = 4;
/// There is no secret store.
const SECRETS: u8 = 5;
/// Another engine holds the data folder.
const DATA: u8 = 6;

/// An end other than success.
#[derive(Debug)]
pub(crate) struct Exit {
    status: u8,
    problem: Problem,
}

impl Exit {
    pub(crate) fn usage(message: &str) -> Self {
        let message = message.trim_start_matches("error: ").to_owned();
        Self::new(USAGE, "usage", message, "See mainstay --help.")
    }

    pub(crate) fn new(status: u8, code: &str, message: impl Into<String>, hint: &str) -> Self {
        Self { status, problem: Problem { code: code.to_owned(), message: message.into(), hint: hint.to_owned() } }
    }

    /// Says why on stderr.
    pub(crate) fn report(self) -> ExitCode {
        let line = serde_json::to_string(&self.problem).expect("three strings are JSON");
        // Nobody may be listening any more; the exit code still says it.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
        ExitCode::from(self.status)
    }
}

impl From<Problem> for Exit {
    fn from(problem: Problem) -> Self {
        let status = match problem.code.as_str() {
            code if code.starts_with("keyring_") || code.starts_with("vault_") || code == "secret_store_io" => SECRETS,
            _ => CONFIG,
        };
        Self { status, problem }
    }
}

impl From<StartError> for Exit {
    fn from(error: StartError) -> Self {
        let problem = error.problem();
        let status = match (&error, problem.code.as_str()) {
            (_, "port_in_use") => PORT,
            (StartError::Remote(_) | StartError::Door(_), _) => USAGE,
            (StartError::DataFolderInUse(_), _) => DATA,
            (StartError::Secrets(_), _) => SECRETS,
            (
                StartError::NoSuchProfile { .. }
                | StartError::BrokenProfile { .. }
                | StartError::Catalogue(_)
                | StartError::CatalogueFile { .. }
                | StartError::Profiles(_)
                | StartError::Network(_),
                _,
            ) => CONFIG,
            _ => FAULT,
        };
        Self { status, problem }
    }
}
