//! Which folders and which store a command works on.

use crate::exit::Exit;
use crate::serve::data_dir;
use clap::Args;
use mainstay_engine::{Engine, NetworkOverrides, Options, Practice, Problem, Remote, StoreKind, perform};
use serde_json::Value;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Place {
    /// The folder of profile files [default: the llxprt CLI's].
    #[arg(long, env = "MAINSTAY_PROFILES_DIR", value_name = "DIR")]
    profiles_dir: Option<PathBuf>,
    /// The folder for Mainstay's own data [default: the platform's].
    #[arg(long, env = "MAINSTAY_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where secrets are kept: keyring or file [default: where they are, else keyring]. A running engine has its own.
    #[arg(long, value_name = "STORE")]
    secrets: Option<StoreKind>,
    /// A JSON file that overlays the provider catalogue.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
}

/// An engine to ask: the one that runs on the data folder, or one for this command alone.
pub(crate) enum Asked {
    Running(Remote),
    Own(Box<Engine>),
}

impl Place {
    /// The running engine.
    pub(crate) async fn running(&self) -> Result<Option<Remote>, Exit> {
        Ok(Remote::find(&data_dir(self.data_dir.clone())?).await?)
    }

    /// The running engine; else one that holds the data folder until the command ends, and that nobody else can reach.
    pub(crate) async fn engine(self) -> Result<Asked, Exit> {
        if let Some(running) = self.running().await? {
            return Ok(Asked::Running(running));
        }
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: self.profiles_dir,
            data_dir: data_dir(self.data_dir)?,
            profile: None,
            secrets: self.secrets,
            practice: Practice::Off,
            without_keyring: false,
            token: None,
            catalogue: self.catalogue,
            network: NetworkOverrides::default(),
            window: None,
        };
        Ok(Asked::Own(Box::new(Engine::start(options).await?)))
    }
}

impl Asked {
    pub(crate) async fn perform(&self, operation: &str, input: Value) -> Result<Value, Problem> {
        match self {
            Self::Running(remote) => remote.perform(operation, &input).await,
            Self::Own(engine) => perform(&engine.handle(), operation, input).await,
        }
    }
}

/// Runs a command's work to its end.
pub(crate) fn block_on(work: impl Future<Output = Result<(), Exit>>) -> Result<(), Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::new(crate::exit::FAULT, "runtime", format!("the runtime can't start: {error}"), ""))?;
    let result = runtime.block_on(work);
    // A keyring prompt that nobody answers must not keep the process.
    runtime.shutdown_background();
    result
}
