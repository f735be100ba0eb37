//! `mainstay serve`.

use crate::exit::{self, Exit};
use clap::Args;
use mainstay_engine::{
    Engine, LogWriter, NetworkOverrides, Options, Practice, SecretString, StoreKind, default_data_dir, kept_listen,
};
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;
use tracing_subscriber::EnvFilter;

/// How long running requests may take to finish after the first signal.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1 with the port of the settings, 4117].
    #[arg(long, env = "MAINSTAY_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The folder of profile files [default: the llxprt CLI's].
    #[arg(long, env = "MAINSTAY_PROFILES_DIR", value_name = "DIR")]
    profiles_dir: Option<PathBuf>,
    /// The folder for Mainstay's own data [default: the platform's].
    #[arg(long, env = "MAINSTAY_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The profile or load balancer that serves requests which name none.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Where secrets are kept: keyring, file (a key file beside an encrypted vault), or memory (this run only)
    /// [default: where they are, else keyring].
    #[arg(long, value_name = "STORE")]
    secrets: Option<StoreKind>,
    /// Host simulated providers to practise with.
    #[arg(long)]
    practice: bool,
    /// A file that holds the token which tools must give.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Allow an address that other machines can reach.
    #[arg(long)]
    allow_remote: bool,
    /// A further Host header to accept in this run, for WSL and containers; may be repeated.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// An Origin whose requests to accept in this run (http://localhost:3000); may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Serve the window to a browser of this machine too, and print its address, which works once and for five minutes.
    /// Another: mainstay ui.
    #[arg(long)]
    ui: bool,
    /// A JSON file that overlays the provider catalogue.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The way out in this run, in place of what is set: system, none, or a proxy's address (http://HOST:PORT, https://…,
    /// socks5://…, socks5h://…) without a user name or password.
    #[arg(long, env = "MAINSTAY_PROXY", value_name = "PROXY")]
    proxy: Option<String>,
    /// Hosts that are reached without a proxy in this run, in the form of NO_PROXY.
    #[arg(long, env = "MAINSTAY_NO_PROXY", value_name = "HOSTS")]
    no_proxy: Option<String>,
    /// A PEM file with certificates to trust beside the system's in this run.
    #[arg(long, env = "MAINSTAY_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// What to log on stderr: error, warn, info, debug, trace, or a tracing filter.
    #[arg(long, default_value = "info", value_name = "LEVEL")]
    log: String,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Exit> {
        let filter =
            EnvFilter::try_new(&self.log).map_err(|error| Exit::usage(&format!("--log {}: {error}", self.log)))?;
        let log = LogWriter::new();
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || log).with_ansi(false).init();
        mainstay_engine::allow_many_connections();
        let options = self.options()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Exit::new(exit::FAULT, "runtime", format!("the runtime can't start: {error}"), ""))?;
        let result = runtime.block_on(serve(options));
        // A keyring prompt that nobody answers must not keep the process.
        runtime.shutdown_background();
        result
    }

    fn options(self) -> Result<Options, Exit> {
        let token = match &self.token_file {
            Some(file) => Some(read_token(file)?),
            None => std::env::var("MAINSTAY_TOKEN").ok().map(|token| checked(&token, "MAINSTAY_TOKEN")).transpose()?,
        };
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let ca_file = self.ca_file.map(absolute);
        let data_dir = data_dir(self.data_dir)?;
        Ok(Options {
            listen: self.listen.unwrap_or_else(|| kept_listen(&data_dir)),
            allow_remote: self.allow_remote,
            allow_hosts: self.allow_host,
            allow_origins: self.allow_origin,
            profiles_dir: self.profiles_dir,
            data_dir,
            profile: self.profile,
            secrets: self.secrets,
            practice: if self.practice { Practice::On } else { Practice::Off },
            without_keyring: false,
            token,
            catalogue: self.catalogue,
            network: NetworkOverrides { proxy: self.proxy, no_proxy: self.no_proxy, ca_file },
            window: if self.ui { Some(crate::window::files()?) } else { None },
        })
    }
}

/// The data folder given, or the platform's.
pub(crate) fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, Exit> {
    given.or_else(default_data_dir).ok_or_else(|| mainstay_engine::StartError::NoHome.into())
}

async fn serve(options: Options) -> Result<(), Exit> {
    let mut signals = Signals::listen()?;
    let engine = tokio::select! {
        engine = Engine::start(options) => engine?,
        () = signals.next() => return Ok(()),
    };
    engine.tell_panics();
    let ready = engine.ready();
    let line = serde_json::to_string(&ready).expect("plain strings and numbers are JSON");
    // Whoever started us may have stopped reading; serving goes on.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
    if let Some(window) = ready.window.filter(|_| std::io::stdout().is_terminal()) {
        let _ = writeln!(std::io::stdout().lock(), "\nThe window, once and within five minutes:\n\n  {window}\n");
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = engine.serve(async {
        let _ = stopped.await;
    });
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => return Ok(()),
        () = signals.next() => {}
    }
    tracing::info!("stopping; running requests may finish");
    let _ = stop.send(());
    tokio::select! {
        () = serving => {}
        () = signals.next() => tracing::warn!("stopped at once"),
        () = sleep(GRACE) => tracing::warn!("requests were still running after 30 s"),
    }
    Ok(())
}

fn read_token(file: &Path) -> Result<SecretString, Exit> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Exit::usage(&format!("--token-file {name} can't be read: {error}")))?;
    checked(&text, &name)
}

fn checked(text: &str, source: &str) -> Result<SecretString, Exit> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Exit::usage(&format!("{source} holds no token: it must be printable ASCII without spaces")));
    }
    Ok(SecretString::from(token.to_owned()))
}

/// SIGINT and SIGTERM, or Ctrl-C where there are no signals.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> Result<Self, Exit> {
        use tokio::signal::unix::{SignalKind, signal};
        let fail = |error| Exit::new(exit::FAULT, "signals", format!("signals can't be listened to: {error}"), "");
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(fail)?,
            terminate: signal(SignalKind::terminate()).map_err(fail)?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> Result<Self, Exit> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
