//! One running product.

use crate::VERSION;
use crate::active;
use crate::admin::Admin;
use crate::credential::Sources;
use crate::data::{DataFolder, RunFile, RunNote};
use crate::door::{DoorKeeper, Given};
use crate::error::StartError;
use crate::health_file::HealthFile;
use crate::layers::Layers;
use crate::network::Network;
use crate::options::{Options, Practice};
use crate::practice;
use crate::prices::Prices;
use crate::recent::Recent;
use crate::retention;
use crate::secrets::Secrets;
use crate::shared::{Handle, Parts, Rehearsal, Shared};
use crate::watcher::{Ticks, Watcher, stir};
use mainstay_credentials::{OsCliKeys, ProcessEnvironment, Redactor, door_token};
use mainstay_gateway::{Core, Outbound, ProxyEnvironment, Server};
use mainstay_history::{History, Settings};
use mainstay_profiles::{Folder, Locations, Versions, locate};
use mainstay_simulator::Simulator;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::timeout;

/// How long the last exchanges may take to be written at the end.
const CLOSING: Duration = Duration::from_secs(5);
/// How long a start waits for what an earlier run left.
const TAKING_UP: Duration = Duration::from_secs(2);

/// An engine that listens.
pub struct Engine {
    shared: Arc<Shared>,
    server: Server,
    admin: Arc<Admin>,
    simulator: Option<Simulator>,
    recording: Recording,
    _run_file: RunFile,
    // Last: the folder is let go of when everything else has ended.
    _data: DataFolder,
}

/// What an engine says when it is ready.
#[derive(Serialize)]
pub struct Ready {
    /// Where the gateway listens.
    pub listening: String,
    /// The door's token. This one line is where it may be read.
    pub token: String,
    /// The active profile.
    pub profile: Option<String>,
    /// The process.
    pub pid: u32,
    /// The product's version.
    pub version: &'static str,
    /// The practice providers, none unless they were asked for.
    pub practice: Vec<PracticeLine>,
    /// Where a browser gets the window, once and within five minutes; absent where none is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
}

/// One practice provider.
#[derive(Serialize)]
pub struct PracticeLine {
    /// Its profile.
    pub profile: String,
    /// Where it answers.
    pub base_url: String,
    /// Where its faults are set (docs/simulator.md).
    pub control: String,
    /// The token for that. It opens nothing else.
    pub control_token: String,
}

impl Engine {
    /// Takes the data folder, opens the stores, compiles the routes and listens.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left behind then.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !options.listen.ip().is_loopback() {
            if !options.allow_remote {
                return Err(StartError::Remote(options.listen));
            }
            tracing::warn!(address = %options.listen, "other machines can reach the gateway; its token is all that stands between");
        }
        let data = DataFolder::hold(&options.data_dir)?;
        let catalogue = Arc::new(Layers::read(options.catalogue.as_deref(), data.path())?);
        let versions = Versions::at(data.path().join("versions"));
        let profiles = locate_profiles(options.profiles_dir.as_deref())?.with_versions(versions);
        let secrets = Secrets::open(&options, data.path()).await?;
        let store = secrets.store();
        let token = match options.token {
            Some(token) => token,
            None => door_token(&*store).await?,
        };
        let redactor = Redactor::new();
        redactor.learn(&token);
        crate::log::begin(data.path(), &redactor);
        let given = Given { hosts: options.allow_hosts, origins: options.allow_origins };
        let door = Arc::new(DoorKeeper::start(data.path(), token, given).map_err(StartError::Door)?);
        let sources = Arc::new(Sources {
            store,
            environment: Box::new(ProcessEnvironment),
            cli_keys: Box::new(OsCliKeys::new()),
            redactor,
        });
        let wanted = match options.practice {
            Practice::Off => false,
            Practice::On => true,
            Practice::WhenEmpty => profiles.read_all()?.is_empty(),
        };
        let (simulator, practice) = if wanted {
            let (simulator, folder) = practice::start(data.path()).await?;
            let providers = simulator.providers().to_vec();
            (Some(simulator), Some(Rehearsal { folder: Arc::new(folder), providers, faults: Mutex::default() }))
        } else {
            (None, None)
        };
        let named = options.profile.is_some();
        let active = options
            .profile
            .or_else(|| active::read(data.path()))
            .or_else(|| active::read_default(profiles.dir()))
            .or_else(|| practice.is_some().then(|| practice::BALANCER.to_owned()));

        let (network, settings) = Network::start(data.path(), options.network, &*sources.store, &sources.redactor)
            .await
            .map_err(StartError::Network)?;
        let outbound = Outbound::with(&format!("mainstay/{VERSION}"), ProxyEnvironment::of_this_process(), settings)
            .map_err(|error| StartError::Outbound(error.to_string()))?;
        let accounts = crate::accounts::open(&sources, &outbound, &catalogue).await?;
        let watcher = watch(data.path(), &catalogue).await;
        let recording = Recording(Arc::clone(&watcher));
        let clean = Arc::clone(&sources);
        let core = Arc::new(Core::new(outbound, watcher.clone(), move |text| clean.redactor.clean(text)));
        let shared = Arc::new(Shared::new(Parts {
            core,
            watcher,
            catalogue,
            sources,
            accounts,
            profiles,
            practice,
            data_dir: data.path().to_owned(),
            active: active.clone(),
            door,
            secrets,
            network,
        }));
        let _ = shared.watcher.shared.set(Arc::downgrade(&shared));
        shared.orphans.forget_all(&*shared.sources.store).await;
        shared.core.restore(shared.watcher.health.read());
        if let Some(active) = &active
            && let Err(error) = shared.check_active(active)
        {
            if named {
                return Err(error);
            }
            // What was active last is gone or broken; that is no reason not to start.
            tracing::warn!(%error, "the last active profile can't serve");
            let practice = shared.practice.is_some().then(|| Arc::new(practice::BALANCER.to_owned()));
            shared.active.store(practice);
        }
        shared.reload().await?;

        let server = Server::bind(options.listen).await?;
        let admin = Arc::new(Admin::new(Handle(Arc::clone(&shared)), server.address().port(), options.window));
        let address = format!("http://{}", server.address());
        let run_file = data.announce(&RunNote {
            pid: std::process::id(),
            address: &address,
            admin_token: admin.token().expose_secret(),
            version: VERSION,
        })?;
        let _ = shared.address.set(address);
        Ok(Self { shared, server, admin, simulator, recording, _run_file: run_file, _data: data })
    }

    /// What to say now that it listens.
    pub fn ready(&self) -> Ready {
        let practice = self.simulator.iter().flat_map(|simulator| {
            simulator.providers().iter().map(|running| PracticeLine {
                profile: running.name.clone(),
                base_url: running.base_url.clone(),
                control: running.control.clone(),
                control_token: simulator.control_token().to_owned(),
            })
        });
        Ready {
            listening: format!("http://{}", self.server.address()),
            token: self.shared.door.first().expose_secret().to_owned(),
            profile: self.shared.active.load().as_deref().cloned(),
            pid: std::process::id(),
            version: VERSION,
            practice: practice.collect(),
            window: self.admin.window_path().map(|path| format!("http://{}{path}", self.server.address())),
        }
    }

    /// The last trails.
    pub fn recent(&self) -> &Arc<Recent> {
        &self.shared.watcher.recent
    }

    /// From now on what panics in this process say goes to the log, without the secrets that this engine knows, instead
    /// of to stderr as it is. For a process that is there for its engine alone.
    pub fn tell_panics(&self) {
        crate::panics::tell_by(self.shared.sources.redactor.clone());
    }

    /// To ask and watch the engine with, also while it serves.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Serves until `stop` resolves, then lets running requests finish; the gateway on a thread of its own. Dropping the
    /// future stops at once.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) {
        self.serve_on(Threads::Apart, stop).await;
    }

    /// As [`serve`](Self::serve), all on the runtime that calls this: where a test moves its clock, everybody's moves.
    pub async fn serve_together(self, stop: impl Future<Output = ()> + Send + 'static) {
        self.serve_on(Threads::Together, stop).await;
    }

    async fn serve_on(self, threads: Threads, stop: impl Future<Output = ()> + Send + 'static) {
        // Let go of in the reverse order: the folder last.
        let Self { _data, _run_file, recording, shared, server, admin, simulator } = self;
        let ending = Arc::clone(&shared);
        let stop = async move {
            stop.await;
            // What is watched for ever would never finish.
            ending.closing.send_replace(true);
        };
        let (core, door) = (Arc::clone(&shared.core), Arc::clone(&shared.door.door));
        let serving = async {
            match threads {
                Threads::Apart => server.serve_apart(core, door, admin, stop).await,
                Threads::Together => {
                    server.serve(core, door, admin, stop).await;
                    Ok(())
                }
            }
        };
        tokio::select! {
            result = serving => if let Err(error) = result { tracing::error!(%error, "the gateway ended") },
            () = shared.follow_files() => {}
            () = shared.tick() => {}
            () = shared.follow_network() => {}
            () = Arc::clone(&shared.watcher.health).follow(Arc::clone(&shared.core)) => {}
            () = shared.keep_checked() => {}
            () = shared.keep_logged_in() => {}
            () = Arc::clone(&shared.door).follow_uses() => {}
        }
        shared.waiting.cancel_all();
        shared.watcher.health.write_off_path(&shared.core).await;
        shared.door.write_uses().await;
        shared.orphans.forget_all(&*shared.sources.store).await;
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        // The trails of the last exchanges are in the file before anyone is told that it is over.
        let _ = tokio::task::spawn_blocking(move || {
            drop(recording);
            crate::log::flush();
        })
        .await;
    }
}

/// Where the gateway runs.
enum Threads {
    Apart,
    Together,
}

/// Ends the history's writer when the engine ends, whoever still holds a handle.
struct Recording(Arc<Watcher>);

impl Drop for Recording {
    fn drop(&mut self) {
        self.0.history.close(CLOSING);
    }
}

/// Opens the history, and takes up what an earlier run left in it. What is wrong with it stops no start.
async fn watch(data_dir: &Path, catalogue: &Arc<Layers>) -> Arc<Watcher> {
    let ticks = Ticks::default();
    let settings = Settings { retention: retention::read(data_dir).into(), ..Settings::default() };
    let changed = Arc::clone(&ticks);
    let history = History::open(&data_dir.join("history.db"), settings, move || stir(&changed));
    let prices = Prices::read(data_dir, Arc::clone(catalogue));
    let watcher = Arc::new(Watcher::new(Arc::new(HealthFile::new(data_dir)), history, prices, ticks));
    let reading = Arc::clone(&watcher);
    match timeout(TAKING_UP, tokio::task::spawn_blocking(move || reading.left())).await {
        Ok(Ok(Ok((so_far, last)))) => {
            let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
            watcher.take_up(&so_far, last, now);
        }
        Ok(Ok(Err(error))) => tracing::warn!(%error, "what happened earlier today can't be told"),
        Ok(Err(_)) | Err(_) => tracing::warn!("the history takes too long; what happened earlier today is not told"),
    }
    watcher
}

/// Finds and opens the profiles folder.
pub(crate) fn locate_profiles(explicit: Option<&Path>) -> Result<Folder, StartError> {
    let located = locate(&Locations::of_this_process(explicit.map(Path::to_owned)));
    if let Some(other) = &located.other {
        tracing::warn!(used = %located.dir.display(), other = %other.display(), "a second folder holds profiles too");
    }
    Ok(Folder::open(located.dir)?)
}
