//! Why an engine did not start, in the one shape that people and programs get: `{code, message, hint}`.

use mainstay_credentials::StoreError;
use mainstay_gateway::ServerError;
use mainstay_profiles::{CatalogueError, FolderError};
use mainstay_simulator::SimulatorError;
use serde::Serialize;
use std::io;
use std::path::PathBuf;
use ts_rs::TS;

/// An error as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Problem {
    /// Stable word for programs.
    pub code: String,
    /// What happened, one sentence.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another engine holds the data folder.
    #[error("another Mainstay is using the data folder {}", .0.display())]
    DataFolderInUse(PathBuf),
    /// The data folder can't be used.
    #[error("the data folder {} can't be used", path.display())]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No home folder, so no default data folder.
    #[error("there is no home folder to keep data in")]
    NoHome,
    /// The address isn't loopback and `--allow-remote` wasn't given.
    #[error("{0} is reachable from other machines")]
    Remote(std::net::SocketAddr),
    /// The gateway can't listen.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The catalogue overlay is wrong.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The catalogue overlay can't be read.
    #[error("the catalogue {} can't be read", path.display())]
    CatalogueFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The profiles folder can't be used.
    #[error(transparent)]
    Profiles(#[from] FolderError),
    /// `--profile` names what isn't there.
    #[error("there is no profile called \"{name}\"")]
    NoSuchProfile {
        /// The name given.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// `--profile` names a file that can't be read as a profile.
    #[error("the profile \"{name}\" can't be used: {reason}")]
    BrokenProfile {
        /// The name given.
        name: String,
        /// Line, column and reason.
        reason: String,
    },
    /// The secret store can't be opened.
    #[error("the secret store can't be opened: {0}")]
    Secrets(#[from] StoreError),
    /// The practice providers can't start.
    #[error("the practice providers can't start")]
    Practice(#[from] SimulatorError),
    /// The HTTP client can't be built.
    #[error("the client for upstream calls can't be built: {0}")]
    Outbound(String),
    /// The proxy or CA file given at the start can't be used.
    #[error("{}", .0.message.trim_end_matches('.'))]
    Network(Problem),
    /// A host or origin given at the start can't be one.
    #[error("{}", .0.message.trim_end_matches('.'))]
    Door(Problem),
}

impl StartError {
    /// The error as it is shown.
    pub fn problem(&self) -> Problem {
        let mut message = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let said = cause.to_string();
            if !message.contains(&said) {
                message = format!("{message}: {said}");
            }
            source = cause.source();
        }
        if let Self::Server(ServerError::InUse { address }) = self
            && let Some(holder) = crate::listening::holder(address.port())
        {
            message = format!("{address} is in use by {holder}");
        }
        Problem { code: self.code().to_owned(), message: sentence(message), hint: self.hint() }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::DataFolderInUse(_) => "data_folder_in_use",
            Self::DataFolder { .. } | Self::NoHome => "data_folder_unusable",
            Self::Remote(_) => "remote_not_allowed",
            Self::Server(ServerError::InUse { .. }) => "port_in_use",
            Self::Server(_) => "cannot_listen",
            Self::Catalogue(_) | Self::CatalogueFile { .. } => "catalogue_bad",
            Self::Profiles(_) => "profiles_folder_unusable",
            Self::NoSuchProfile { .. } => "no_such_profile",
            Self::BrokenProfile { .. } => "profile_broken",
            Self::Secrets(error) => error.code(),
            Self::Practice(_) => "practice_failed",
            Self::Outbound(_) => "client_failed",
            Self::Door(problem) if problem.code == "door_host_bad" => "door_host_bad",
            Self::Door(problem) if problem.code == "door_origin_bad" => "door_origin_bad",
            Self::Door(_) => "door_entry_bad",
            Self::Network(problem) if problem.code == "proxy_bad" => "proxy_bad",
            Self::Network(_) => "ca_file_unusable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::DataFolderInUse(_) => "Use the one that runs, stop it first, or give another --data-dir.".to_owned(),
            Self::DataFolder { .. } | Self::NoHome => "Give a folder that you may write to with --data-dir.".to_owned(),
            Self::Remote(_) => "Listen on 127.0.0.1, or add --allow-remote if that is what you want.".to_owned(),
            Self::Server(ServerError::InUse { .. }) => {
                "Stop the program that listens there, or give another address with --listen; port 0 picks a free one."
                    .to_owned()
            }
            Self::Server(_) => "Give an address of this machine with --listen.".to_owned(),
            Self::Catalogue(_) | Self::CatalogueFile { .. } => "Correct the file given with --catalogue.".to_owned(),
            Self::Profiles(_) => "Give a folder that you may read and write with --profiles-dir.".to_owned(),
            Self::NoSuchProfile { known, .. } if known.is_empty() => {
                "The profiles folder holds no profile yet.".to_owned()
            }
            Self::NoSuchProfile { known, .. } => format!("There are: {}.", known.join(", ")),
            Self::BrokenProfile { .. } => "Correct the file; it has been left as it is.".to_owned(),
            Self::Secrets(error) => error.hint().to_owned(),
            Self::Network(problem) | Self::Door(problem) => problem.hint.clone(),
            Self::Practice(_) | Self::Outbound(_) => String::new(),
        }
    }
}

/// An error's text as a sentence of its own.
fn sentence(mut text: String) -> String {
    if let Some(first) = text.get(..1).map(str::to_ascii_uppercase) {
        text.replace_range(..1, &first);
    }
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_speaks_in_sentences() {
        for (text, told) in [("the port is taken", "The port is taken."), ("äh", "äh."), ("Done.", "Done."), ("", ".")]
        {
            assert_eq!(sentence(text.to_owned()), told);
        }
    }
}
