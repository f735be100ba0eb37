//! What the desktop binary can be told at its start. A person needs none of it.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use mainstay_engine::{NetworkOverrides, Options, Practice, SecretString, StoreKind, kept_listen};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Keeps your AI tools working when a provider fails.
#[derive(Clone, Debug, Parser)]
#[command(name = "mainstay-desktop", version)]
pub(crate) struct Arguments {
    /// Where the gateway listens; port 0 picks a free one [default: 127.0.0.1 with the port of the settings, 4117].
    #[arg(long, env = "MAINSTAY_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The folder of profile files [default: the llxprt CLI's].
    #[arg(long, env = "MAINSTAY_PROFILES_DIR", value_name = "DIR")]
    profiles_dir: Option<PathBuf>,
    /// The folder for Mainstay's own data [default: the platform's].
    #[arg(long, env = "MAINSTAY_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where secrets are kept: keyring, file (a key file beside an encrypted vault), or memory (this run only)
    /// [default: where they are, else keyring].
    #[arg(long, value_name = "STORE")]
    secrets: Option<StoreKind>,
    /// A JSON file that overlays the provider catalogue.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// What to log on stderr: error, warn, info, debug, trace, or a tracing filter.
    #[arg(long, default_value = "info", value_name = "LEVEL")]
    pub(crate) log: String,
    /// Run beside another window, on folders of its own.
    #[arg(long)]
    pub(crate) alone: bool,
    /// Start without showing the window, as at login. Without a tray it is shown in the taskbar.
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Open at the default size, and don't remember it.
    #[arg(long)]
    pub(crate) fixed_size: bool,
}

impl Arguments {
    /// How to start the engine; `data_dir` is the platform's. The gateway's token is `MAINSTAY_TOKEN` where that is set,
    /// else the stored one; a value that can't be a token ends the program with a usage error.
    pub(crate) fn engine(&self, data_dir: PathBuf) -> Options {
        let data_dir = self.data_dir.clone().unwrap_or(data_dir);
        Options {
            listen: self.listen.unwrap_or_else(|| kept_listen(&data_dir)),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: self.profiles_dir.clone(),
            data_dir,
            profile: None,
            secrets: self.secrets,
            practice: Practice::WhenEmpty,
            without_keyring: true,
            token: token_from_environment(),
            catalogue: self.catalogue.clone(),
            network: NetworkOverrides::default(),
            window: None,
        }
    }
}

/// A variable and no flag: what stands on a command line can be read by every user of the machine.
fn token_from_environment() -> Option<SecretString> {
    let text = std::env::var_os("MAINSTAY_TOKEN")?;
    let token = text.to_str().and_then(checked);
    Some(token.unwrap_or_else(|| {
        let message = "MAINSTAY_TOKEN holds no token: it must be printable ASCII without spaces";
        Arguments::command().error(ErrorKind::InvalidValue, message).exit()
    }))
}

/// As `mainstay serve` checks it: a token must fit into a header.
fn checked(text: &str) -> Option<SecretString> {
    let token = text.trim();
    let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| SecretString::from(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_token_is_printable_ascii_without_spaces() {
        for (text, token) in [
            ("mst-1_a.b", Some("mst-1_a.b")),
            ("  mst-1\n", Some("mst-1")),
            ("", None),
            (" \n", None),
            ("two words", None),
            ("schlüssel", None),
        ] {
            assert_eq!(checked(text).as_ref().map(ExposeSecret::expose_secret), token, "{text:?}");
        }
    }
}
