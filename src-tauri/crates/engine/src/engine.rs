//! One running product.

use crate::admin::Admin;
use crate::compile::{Compiler, Kind};
use crate::consent::Consent;
use crate::credential::Sources;
use crate::data::{DataFolder, RunFile, RunNote};
use crate::error::StartError;
use crate::options::Options;
use crate::practice;
use crate::recent::Recent;
use crate::watch::{EVERY, Look, WAITING_EVERY};
use crate::{IDENTIFIER, VERSION};
use mainstay_credentials::{OsCliKeys, ProcessEnvironment, Redactor, SecretString, StoreKind, door_token};
use mainstay_gateway::{Core, DoorRules, Outbound, Routing, Server};
use mainstay_profiles::{Catalogue, Folder, Locations, lint, locate};
use mainstay_simulator::Simulator;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// An engine that listens.
pub struct Engine {
    shared: Arc<Shared>,
    server: Server,
    token: SecretString,
    rules: DoorRules,
    admin: Arc<Admin>,
    simulator: Option<Simulator>,
    _run_file: RunFile,
    // Last: the folder is let go of when everything else has ended.
    _data: DataFolder,
}

/// What the running engine works with.
struct Shared {
    core: Arc<Core>,
    recent: Arc<Recent>,
    catalogue: Catalogue,
    sources: Arc<Sources>,
    profiles: Folder,
    practice: Option<Folder>,
    data_dir: PathBuf,
    active: Option<Arc<str>>,
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
        let catalogue = load_catalogue(options.catalogue.as_deref())?;
        let data = DataFolder::hold(&options.data_dir)?;
        let profiles = locate_profiles(options.profiles_dir.as_deref())?;
        let store = mainstay_credentials::open(options.secrets, data.path(), IDENTIFIER).await?;
        if options.secrets == StoreKind::Memory {
            tracing::warn!("secrets are kept for this run only");
        }
        let token = match options.token {
            Some(token) => token,
            None => door_token(&*store).await?,
        };
        let redactor = Redactor::new();
        redactor.learn(&token);
        let sources = Arc::new(Sources {
            store,
            environment: Box::new(ProcessEnvironment),
            cli_keys: Box::new(OsCliKeys::new()),
            redactor,
        });
        let (simulator, practice) = if options.practice {
            let (simulator, folder) = practice::start(data.path()).await?;
            (Some(simulator), Some(folder))
        } else {
            (None, None)
        };
        let active = options.profile.or_else(|| practice.is_some().then(|| practice::BALANCER.to_owned()));

        let outbound =
            Outbound::new(&format!("mainstay/{VERSION}")).map_err(|error| StartError::Outbound(error.to_string()))?;
        let recent = Arc::new(Recent::default());
        let clean = Arc::clone(&sources);
        let core = Arc::new(Core::new(outbound, recent.clone(), move |text| clean.redactor.clean(text)));
        let shared = Arc::new(Shared {
            core,
            recent,
            catalogue,
            sources,
            profiles,
            practice,
            data_dir: data.path().to_owned(),
            active: active.map(Arc::from),
        });
        shared.check_active()?;
        shared.reload().await?;

        let server = Server::bind(options.listen).await?;
        let admin = Arc::new(Admin {
            token: random_token(),
            recent: Arc::clone(&shared.recent),
            core: Arc::clone(&shared.core),
        });
        let address = format!("http://{}", server.address());
        let run_file = data.announce(&RunNote {
            pid: std::process::id(),
            address: &address,
            admin_token: admin.token.expose_secret(),
            version: VERSION,
        })?;
        let rules = DoorRules { hosts: options.allow_hosts, origins: Vec::new() };
        Ok(Self { shared, server, token, rules, admin, simulator, _run_file: run_file, _data: data })
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
            token: self.token.expose_secret().to_owned(),
            profile: self.shared.active.as_deref().map(str::to_owned),
            pid: std::process::id(),
            version: VERSION,
            practice: practice.collect(),
        }
    }

    /// The last trails.
    pub fn recent(&self) -> &Arc<Recent> {
        &self.shared.recent
    }

    /// Serves until `stop` resolves, then lets running requests finish. Dropping the future stops at once.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { shared, server, token, rules, admin, simulator, _run_file, _data } = self;
        let serving = server.serve(Arc::clone(&shared.core), vec![token], rules, admin, stop);
        tokio::select! {
            () = serving => {}
            () = shared.follow_files() => {}
        }
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
    }
}

impl Shared {
    /// Reads the profile files again and replaces the routes at once. On a fault the routes in force stay.
    async fn reload(&self) -> Result<bool, StartError> {
        let fail = |source| StartError::DataFolder { path: self.data_dir.clone(), source };
        let consent = Consent::read(&self.data_dir).map_err(fail)?;
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let compiler = Compiler { catalogue: &self.catalogue, sources: &self.sources, consent: &consent, home };
        let entries = self.profiles.read_all()?;
        for finding in lint(&entries, &self.catalogue) {
            tracing::info!(code = finding.code, profile = %finding.profile, message = %finding.message, "lint");
        }
        let mut compiled = compiler.compile(&entries, Kind::Real).await;
        if let Some(practice) = &self.practice {
            let rehearsed = compiler.compile(&practice.read_all()?, Kind::Practice).await;
            compiled.routes.extend(rehearsed.routes);
        }
        self.core.reroute(Routing::new(compiled.routes, self.active.clone()));
        Ok(compiled.waiting)
    }

    /// `--profile` must name a profile that can be used now.
    fn check_active(&self) -> Result<(), StartError> {
        let Some(name) = self.active.as_deref() else { return Ok(()) };
        let mut entries = self.profiles.read_all()?;
        if let Some(practice) = &self.practice {
            entries.extend(practice.read_all()?);
        }
        match entries.iter().find(|entry| entry.name == name).map(|entry| &entry.profile) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(StartError::BrokenProfile { name: name.to_owned(), reason: error.to_string() }),
            None => Err(StartError::NoSuchProfile {
                name: name.to_owned(),
                known: entries.into_iter().map(|entry| entry.name).collect(),
            }),
        }
    }

    /// Applies changes of profile files to running traffic. Never ends.
    async fn follow_files(&self) {
        let look = || {
            let real = Look::at(self.profiles.dir());
            let practice = self.practice.as_ref().map(|folder| Look::at(folder.dir()));
            (real.unwrap_or_default(), practice.and_then(Result::ok))
        };
        let mut seen = look();
        let mut waiting = true;
        let mut looked = Instant::now();
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let now = look();
            if now == seen && !(waiting && looked.elapsed() >= WAITING_EVERY) {
                continue;
            }
            let changed = now != seen;
            seen = now;
            looked = Instant::now();
            match self.reload().await {
                Ok(still_waiting) => waiting = still_waiting,
                Err(error) => tracing::warn!(%error, "profiles could not be read again; the routes in force stay"),
            }
            if changed {
                tracing::info!("profile files changed; routes replaced");
            }
        }
    }
}

/// The catalogue with its overlay.
pub(crate) fn load_catalogue(overlay: Option<&Path>) -> Result<Catalogue, StartError> {
    let mut catalogue = Catalogue::builtin();
    if let Some(path) = overlay {
        let text = std::fs::read_to_string(path)
            .map_err(|source| StartError::CatalogueFile { path: path.to_owned(), source })?;
        catalogue.overlay(&text, &path.display().to_string())?;
    }
    Ok(catalogue)
}

/// Finds and opens the profiles folder.
pub(crate) fn locate_profiles(explicit: Option<&Path>) -> Result<Folder, StartError> {
    let located = locate(&Locations::of_this_process(explicit.map(Path::to_owned)));
    if let Some(other) = &located.other {
        tracing::warn!(used = %located.dir.display(), other = %other.display(), "a second folder holds profiles too");
    }
    Ok(Folder::open(located.dir)?)
}

fn random_token() -> SecretString {
    let bytes: [u8; 32] = rand::random();
    SecretString::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
