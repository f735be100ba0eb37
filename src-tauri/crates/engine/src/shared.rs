//! What a running engine works with, shared by the gateway's observer, the file watcher and every operation.

use crate::accounts::Waiting;
use crate::checks::Checks;
use crate::compile::{Compiler, Kind};
use crate::consent::Consent;
use crate::console::Draft;
use crate::credential::Sources;
use crate::door::DoorKeeper;
use crate::error::{Problem, StartError};
use crate::feed::Feed;
use crate::knocks;
use crate::layers::Layers;
use crate::network::Network;
use crate::orphans::Orphans;
use crate::secrets::Secrets;
use crate::undo::{UndoShelf, Undoing};
use crate::view::Undo;
use crate::watch::{EVERY, Look, Steady, WAITING_EVERY};
use crate::watcher::Watcher;
use arc_swap::ArcSwapOption;
use mainstay_balancer::Availability;
use mainstay_credentials::oauth::Accounts;
use mainstay_credentials::{Credential, SecretString, resolve};
use mainstay_gateway::{Core, Routing};
use mainstay_profiles::{Around, Catalogue, Entry, Folder, FolderError, Profile, Standard, lint};
use mainstay_simulator::Running;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often the clocks are looked at.
const TICK: Duration = Duration::from_secs(1);

pub(crate) struct Shared {
    pub(crate) core: Arc<Core>,
    pub(crate) watcher: Arc<Watcher>,
    pub(crate) catalogue: Arc<Layers>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) accounts: Accounts,
    /// The logins under way.
    pub(crate) waiting: Waiting,
    pub(crate) profiles: Arc<Folder>,
    pub(crate) practice: Option<Rehearsal>,
    pub(crate) data_dir: PathBuf,
    pub(crate) active: ArcSwapOption<String>,
    /// Known once the gateway listens.
    pub(crate) address: OnceLock<String>,
    pub(crate) door: Arc<DoorKeeper>,
    pub(crate) secrets: Secrets,
    pub(crate) network: Network,
    /// Whether the engine is about to end, for what would go on by itself.
    pub(crate) closing: watch::Sender<bool>,
    pub(crate) undo: UndoShelf,
    pub(crate) orphans: Orphans,
    pub(crate) checks: Checks,
    /// The draft that the console's commands work on; one block at a time.
    pub(crate) console: tokio::sync::Mutex<Draft>,
    versions: AtomicU64,
    /// One reload at a time, so that an older one never wins over a newer.
    reloading: tokio::sync::Mutex<()>,
    steady: Mutex<Steady>,
    /// Some file was in the middle of a change when it was read last.
    unsettled: AtomicBool,
}

/// The practice providers, and the folder of their profiles.
pub(crate) struct Rehearsal {
    pub(crate) folder: Arc<Folder>,
    pub(crate) providers: Vec<Running>,
    /// The faults that were set here, by member.
    pub(crate) faults: Mutex<BTreeMap<String, String>>,
}

/// What an engine is made of before it listens.
pub(crate) struct Parts {
    pub(crate) core: Arc<Core>,
    pub(crate) watcher: Arc<Watcher>,
    pub(crate) catalogue: Arc<Layers>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) accounts: Accounts,
    pub(crate) profiles: Folder,
    pub(crate) practice: Option<Rehearsal>,
    pub(crate) data_dir: PathBuf,
    pub(crate) active: Option<String>,
    pub(crate) door: Arc<DoorKeeper>,
    pub(crate) secrets: Secrets,
    pub(crate) network: Network,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            core: parts.core,
            watcher: parts.watcher,
            catalogue: parts.catalogue,
            sources: parts.sources,
            accounts: parts.accounts,
            waiting: Waiting::default(),
            profiles: Arc::new(parts.profiles),
            practice: parts.practice,
            orphans: Orphans::read(&parts.data_dir),
            data_dir: parts.data_dir,
            active: ArcSwapOption::from_pointee(parts.active),
            address: OnceLock::new(),
            door: parts.door,
            secrets: parts.secrets,
            network: parts.network,
            closing: watch::Sender::new(false),
            undo: UndoShelf::default(),
            checks: Checks::default(),
            console: tokio::sync::Mutex::default(),
            versions: AtomicU64::new(0),
            reloading: tokio::sync::Mutex::default(),
            steady: Mutex::default(),
            unsettled: AtomicBool::new(false),
        }
    }

    /// Reads the profile files again and replaces the routes at once. On a fault the routes in force stay. Says whether a
    /// member waits for a credential.
    pub(crate) async fn reload(&self) -> Result<bool, StartError> {
        self.compile(false).await
    }

    /// `patient`: a file that is gone may be on its way back.
    async fn compile(&self, patient: bool) -> Result<bool, StartError> {
        let _one = self.reloading.lock().await;
        let fail = |source| StartError::DataFolder { path: self.data_dir.clone(), source };
        let consent = Consent::read(&self.data_dir).map_err(fail)?;
        let catalogue = self.catalogue.now();
        let compiler = self.compiler(&catalogue, &consent);
        let entries = read_all(&self.profiles).await?;
        let (entries, unsettled) = {
            let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
            steady.settle(self.profiles.dir(), entries, patient)
        };
        self.unsettled.store(unsettled, Ordering::Relaxed);
        for finding in lint(&entries, &catalogue, &Around::default()) {
            tracing::debug!(code = finding.code, profile = %finding.profile, message = %finding.message, "lint");
        }
        let mut compiled = compiler.compile(&entries, Kind::Real).await;
        if let Some(practice) = &self.practice {
            let rehearsed = compiler.compile(&read_all(&practice.folder).await?, Kind::Practice).await;
            compiled.routes.extend(rehearsed.routes);
        }
        let active = self.active.load_full().map(|name| Arc::from(name.as_str()));
        self.watcher.rerouted(&compiled.routes);
        self.core.reroute(Routing::new(compiled.routes, active));
        self.versions.fetch_add(1, Ordering::Relaxed);
        self.watcher.stir();
        Ok(compiled.waiting)
    }

    /// What compiles routes with what is known now.
    pub(crate) fn compiler<'a>(&'a self, catalogue: &'a Catalogue, consent: &'a Consent) -> Compiler<'a> {
        Compiler {
            catalogue,
            sources: &self.sources,
            accounts: &self.accounts,
            enabled: crate::logins::enabled(&self.data_dir),
            consent,
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        }
    }

    /// The window should read its lists again.
    pub(crate) fn bump(&self) {
        self.versions.fetch_add(1, Ordering::Relaxed);
    }

    /// A file of the data folder can't be read or written.
    pub(crate) fn folder_problem(&self, source: io::Error) -> Problem {
        StartError::DataFolder { path: self.data_dir.clone(), source }.problem()
    }

    /// Where a profile's credential comes from, or why it has none: code and words.
    pub(crate) async fn credential_of(&self, name: &str) -> Result<String, (&'static str, String)> {
        let unknown = || ("profile_broken", "the profile can't be used".to_owned());
        let Ok(Profile::Standard(standard)) = self.profiles.read(name) else { return Err(unknown()) };
        self.credential_for(&standard).await
    }

    /// The same for a profile that need not be written yet.
    pub(crate) async fn credential_for(&self, standard: &Standard) -> Result<String, (&'static str, String)> {
        let unknown = || ("profile_broken", "the profile can't be used".to_owned());
        let consent = Consent::read(&self.data_dir).unwrap_or_default();
        let catalogue = self.catalogue.now();
        let compiler = self.compiler(&catalogue, &consent);
        let ask = compiler.ask(standard).ok_or_else(unknown)?;
        let Sources { store, environment, cli_keys, .. } = &*self.sources;
        match resolve(&ask, &**store, &**environment, &**cli_keys).await {
            Ok(Credential::Key { source, .. }) => Ok(source.to_string()),
            Ok(Credential::Login { accounts }) => Ok(format!("the login of {}", accounts.join(", then "))),
            Ok(Credential::None) => Ok("needs no key".to_owned()),
            Ok(Credential::Caller) => Ok("the caller's own credential".to_owned()),
            Err(problem) => Err((problem.code(), problem.to_string())),
        }
    }

    /// The profile can be called, and its file leaves it open where its credential is.
    pub(crate) fn names_no_credential(&self, standard: &Standard) -> bool {
        let consent = Consent::read(&self.data_dir).unwrap_or_default();
        let catalogue = self.catalogue.now();
        self.compiler(&catalogue, &consent).ask(standard).is_some_and(|ask| ask.named.is_empty())
    }

    /// Keeps a change so that it can be taken back. On a thread that may block.
    pub(crate) fn undoable(&self, undoing: Undoing) -> Undo {
        let (token, gone) = self.undo.keep(undoing);
        if let Some(name) = gone.as_ref().and_then(Undoing::revives) {
            self.forget_orphan(name);
        }
        Undo { token }
    }

    /// A profile of this name is made: an earlier one can't be brought back any more, and its key is not for this one. On a
    /// thread that may block.
    pub(crate) fn begin_anew(&self, name: &str) {
        self.undo.give_up(name);
        self.forget_orphan(name);
    }

    /// Forgets the key of a deleted profile. On a thread that may block.
    pub(crate) fn forget_orphan(&self, name: &str) {
        tokio::runtime::Handle::current().block_on(self.orphans.forget(name, &*self.sources.store));
    }

    /// Writes down what the user agreed to. Blocks.
    pub(crate) fn agree(&self, change: impl FnOnce(&mut Consent)) -> Result<(), Problem> {
        Consent::agree(&self.data_dir, change)
            .map_err(|source| StartError::DataFolder { path: self.data_dir.clone(), source }.problem())
    }

    /// While this is held the routes in force stay: several things change together.
    pub(crate) async fn hold_routes(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.reloading.lock().await
    }

    /// Counts how often the routes were replaced.
    pub(crate) fn profiles_version(&self) -> u64 {
        self.versions.load(Ordering::Relaxed)
    }

    /// All entries, real ones first, and whether each is practice.
    pub(crate) fn entries(&self) -> Result<Vec<(Entry, bool)>, FolderError> {
        let mut entries: Vec<(Entry, bool)> =
            self.profiles.read_all()?.into_iter().map(|entry| (entry, false)).collect();
        if let Some(practice) = &self.practice {
            entries.extend(practice.folder.read_all()?.into_iter().map(|entry| (entry, true)));
        }
        Ok(entries)
    }

    /// The active route must be one that can be used now.
    pub(crate) fn check_active(&self, name: &str) -> Result<(), StartError> {
        let entries = self.entries()?;
        match entries.iter().find(|(entry, _)| entry.name == name).map(|(entry, _)| &entry.profile) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(StartError::BrokenProfile { name: name.to_owned(), reason: error.to_string() }),
            None => Err(StartError::NoSuchProfile {
                name: name.to_owned(),
                known: entries.into_iter().map(|(entry, _)| entry.name).collect(),
            }),
        }
    }

    /// Whether a profile or balancer is a practice one.
    pub(crate) fn is_practice(&self, name: &str) -> bool {
        self.core.routing().named(name).is_some_and(|route| route.upstreams.iter().flatten().any(|up| up.practice))
    }

    /// The folder that a profile of this name lies in.
    pub(crate) fn folder_of(&self, name: &str) -> Arc<Folder> {
        match &self.practice {
            Some(practice) if self.profiles.text(name).is_err() && practice.folder.text(name).is_ok() => {
                Arc::clone(&practice.folder)
            }
            _ => Arc::clone(&self.profiles),
        }
    }

    /// The practice fault in force at a member.
    pub(crate) fn fault_of(&self, member: &str) -> Option<String> {
        let practice = self.practice.as_ref()?;
        practice.faults.lock().unwrap_or_else(PoisonError::into_inner).get(member).cloned()
    }

    /// Whether a member rests because its credential was rejected: its source may hold another by now.
    fn someone_rejected(&self) -> bool {
        let rejected = |state: &Availability| matches!(state, Availability::Cooling { why: "credential-rejected", .. });
        let routing = self.core.routing();
        routing.routes().iter().any(|route| self.core.availability(&route.pool).iter().any(rejected))
    }

    /// Lets the gateway look at the clocks, so that a sleep of the machine is noticed. Never ends.
    pub(crate) async fn tick(&self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.core.tick();
        }
    }

    /// Finds out when a network that was gone is back. Never ends.
    pub(crate) async fn follow_network(&self) {
        let offline = || self.core.offline().is_some();
        let doors = || knocks::doors(&self.core.routing(), self.core.outbound());
        knocks::follow(offline, doors, || self.core.network_changed()).await;
    }

    /// Applies changes of profile files to running traffic. Never ends.
    pub(crate) async fn follow_files(&self) {
        let dirs = (self.profiles.dir().to_owned(), self.practice.as_ref().map(|it| it.folder.dir().to_owned()));
        let look = async || {
            let (real, practice) = dirs.clone();
            let catalogue = Arc::clone(&self.catalogue);
            off_the_runtime(move || {
                let practice = practice.and_then(|dir| Look::at(&dir).ok()).unwrap_or_default();
                (Look::at(&real).unwrap_or_default(), practice, catalogue.look())
            })
            .await
        };
        // Whether something was written since the start has read the files is not known.
        let mut seen = None;
        let mut waiting = true;
        let mut fresh = false;
        let mut looked = Instant::now();
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let now = Some(look().await);
            let due = looked.elapsed() >= WAITING_EVERY && (waiting || self.someone_rejected());
            let changed = now != seen;
            if !changed && !due && !fresh && !self.unsettled.load(Ordering::Relaxed) {
                continue;
            }
            let clock = SystemTime::now();
            fresh = changed && now.as_ref().is_some_and(|(real, own, _)| real.is_fresh(clock) || own.is_fresh(clock));
            let catalogue = |seen: &Option<(_, _, _)>| seen.as_ref().map(|(_, _, catalogue)| catalogue).cloned();
            if seen.is_some() && catalogue(&now) != catalogue(&seen) {
                self.catalogue.read_again();
            }
            let known = std::mem::replace(&mut seen, now).is_some();
            looked = Instant::now();
            match self.compile(true).await {
                Ok(still_waiting) => waiting = still_waiting,
                Err(error) => {
                    waiting = true;
                    tracing::warn!(%error, "profiles could not be read again; the routes in force stay");
                }
            }
            if changed && known {
                tracing::info!("profile files changed; routes replaced");
            }
        }
    }
}

/// Reads a folder on a thread that may block.
async fn read_all(folder: &Arc<Folder>) -> Result<Vec<Entry>, FolderError> {
    let folder = Arc::clone(folder);
    off_the_runtime(move || folder.read_all()).await
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// A running engine, to be asked and watched. Cheap to clone.
#[derive(Clone)]
pub struct Handle(pub(crate) Arc<Shared>);

impl Handle {
    /// Subscribes to what happens.
    pub fn watch(&self) -> Feed {
        Feed::new(Arc::clone(&self.0))
    }

    /// Becomes true when the engine is about to end.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// The door's token, for the clipboard. Not for a page, a log or an event.
    pub fn door_token(&self) -> SecretString {
        self.0.door.first().clone()
    }

    /// Reads the profile files again at once.
    pub(crate) async fn reload(&self) -> Result<(), Problem> {
        self.0.reload().await.map(drop).map_err(|error| error.problem())
    }

    /// Runs what blocks (a wait for the profile lock, a write to disk) off the async runtime.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = Arc::clone(&self.0);
        off_the_runtime(move || work(&shared)).await
    }
}
