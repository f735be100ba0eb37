//! The way out as the user has set it: proxy, exceptions, added certificates, and the logins that proxies want.
//!
//! Kept in `network.json` of the data folder, but for the logins: those lie in the secret store, under each proxy's
//! address. What was given at the start stands over it for that run.
//!
//! Invariant: what can't be used never takes effect and never stops a start. A change with a fault is refused whole; a
//! fault found at the start is left out and told.

use crate::data::replace;
use crate::error::Problem;
use mainstay_credentials::{Redactor, SecretId, SecretStore, SecretString};
use mainstay_gateway::{
    NetworkSettings, Outbound, ProxyChoice, ProxyLogin, Way, certificate_name, proxy_address, read_ca_file,
};
use mainstay_profiles::proxy_url;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};
use url::Url;

const FILE: &str = "network.json";

/// Certificates, as the gateway takes them.
type Roots = Vec<mainstay_gateway::CertificateDer<'static>>;

/// More than any bundle of certificates.
const CA_FILE_LIMIT: u64 = 8 << 20;

/// What the start gives in place of the settings, for that run.
#[derive(Clone, Debug, Default)]
pub struct NetworkOverrides {
    /// `system`, `none` or a proxy's address.
    pub proxy: Option<String>,
    /// Hosts that are reached without it.
    pub no_proxy: Option<String>,
    /// A PEM file with certificates to trust.
    pub ca_file: Option<PathBuf>,
}

/// `network.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Saved {
    /// `system`, `none` or a proxy's address without a login.
    pub(crate) proxy: String,
    /// Hosts that are reached without it; absent: as the environment says.
    pub(crate) no_proxy: Option<String>,
    /// A PEM file with certificates to trust beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Default for Saved {
    fn default() -> Self {
        Self { proxy: "system".to_owned(), no_proxy: None, ca_file: None }
    }
}

impl Saved {
    /// Reads the settings of a data folder; the defaults when there are none yet.
    fn read(data_dir: &Path) -> io::Result<Self> {
        match fs::read(data_dir.join(FILE)) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn write(&self, data_dir: &Path) -> io::Result<()> {
        replace(&data_dir.join(FILE), &serde_json::to_vec_pretty(self).map_err(io::Error::other)?)
    }

    /// With what the start gave in place of it.
    fn under(&self, overrides: &NetworkOverrides) -> Self {
        Self {
            proxy: overrides.proxy.clone().unwrap_or_else(|| self.proxy.clone()),
            no_proxy: overrides.no_proxy.clone().or_else(|| self.no_proxy.clone()),
            ca_file: overrides.ca_file.clone().or_else(|| self.ca_file.clone()),
        }
    }
}

/// What the engine keeps of the way out while it runs.
pub(crate) struct Network {
    pub(crate) overrides: NetworkOverrides,
    now: Mutex<State>,
    /// One change at a time, from reading to taking effect.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

/// The settings and what became of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) saved: Saved,
    /// Whose certificates the CA file in force holds.
    pub(crate) authorities: Vec<String>,
    /// The proxies that a login is kept for.
    pub(crate) logins: Vec<String>,
    /// What could not be used.
    pub(crate) notices: Vec<Problem>,
}

impl Network {
    /// Reads everything and makes the clients of it.
    ///
    /// # Errors
    /// When what the start itself gave can't be used.
    pub(crate) async fn start(
        data_dir: &Path,
        overrides: NetworkOverrides,
        store: &dyn SecretStore,
        redactor: &Redactor,
    ) -> Result<(Self, NetworkSettings), Problem> {
        settings_of(&Saved::default().under(&overrides))?;
        let mut notices = Vec::new();
        let saved = Saved::read(data_dir).unwrap_or_else(|error| {
            let message = format!("{} can't be read: {error}.", data_dir.join(FILE).display());
            notices.push(problem("network_settings_broken", message, "Set them anew in Settings, Network."));
            Saved::default()
        });
        let mut usable = saved.clone();
        if let Err(why) = choice(&usable.proxy) {
            notices.push(Problem { message: format!("{} The system's counts instead.", why.message), ..why });
            usable.proxy = Saved::default().proxy;
        }
        if let Err(why) = usable.ca_file.as_deref().map(authorities).transpose() {
            notices.push(Problem { message: format!("{} Its certificates are not trusted.", why.message), ..why });
            usable.ca_file = None;
        }
        for notice in &notices {
            tracing::warn!(code = notice.code, message = notice.message, "a network setting can't be used");
        }
        let logins = logins(store, redactor).await.unwrap_or_else(|error| {
            tracing::warn!(message = error.message, "the logins for proxies can't be read");
            Vec::new()
        });
        let settings = NetworkSettings { logins, ..settings_of(&usable.under(&overrides))? };
        let state = State { saved, notices, ..State::of(&settings) };
        Ok((Self { overrides, now: Mutex::new(state), changing: tokio::sync::Mutex::default() }, settings))
    }

    pub(crate) fn state(&self) -> State {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something that could not be used, if anything.
    pub(crate) fn notice(&self) -> Option<Problem> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).notices.first().cloned()
    }

    /// Checks settings, has `keep` write them down, and lets them take effect at once. On any fault nothing changes.
    pub(crate) async fn take(
        &self,
        saved: Saved,
        store: &dyn SecretStore,
        redactor: &Redactor,
        outbound: &Outbound,
        keep: impl AsyncFnOnce(&Saved) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let (set, given) = (saved.clone(), saved.under(&self.overrides));
        let settings = off_the_runtime(move || settings_of(&set).and_then(|_| settings_of(&given))).await?;
        let settings = NetworkSettings { logins: logins(store, redactor).await?, ..settings };
        keep(&saved).await?;
        let state = State { saved, ..State::of(&settings) };
        let outbound = outbound.clone();
        // The system's certificates are read again.
        off_the_runtime(move || outbound.set(settings))
            .await
            .map_err(|error| problem("client_failed", format!("{error}."), "Restart Mainstay."))?;
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(())
    }
}

impl State {
    fn of(settings: &NetworkSettings) -> Self {
        let name = |certificate: &[u8]| certificate_name(certificate).unwrap_or_else(|| "without a name".to_owned());
        Self {
            authorities: settings.roots.iter().map(|certificate| name(certificate)).collect(),
            logins: settings.logins.iter().map(|login| proxy_address(&login.proxy)).collect(),
            ..Self::default()
        }
    }
}

/// Runs what waits for a disk.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The proxies in force for `https` and `http` addresses that no rule leaves out.
pub(crate) fn in_force(outbound: &Outbound) -> [Option<mainstay_gateway::ProxyInUse>; 2] {
    ["https://provider.invalid", "http://provider.invalid"]
        .map(|address| outbound.proxy(&Url::parse(address).expect("an address"), &Way::Settings))
}

fn settings_of(saved: &Saved) -> Result<NetworkSettings, Problem> {
    let proxy = choice(&saved.proxy)?;
    let roots = saved.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
    Ok(NetworkSettings { proxy, no_proxy: saved.no_proxy.clone(), roots, logins: Vec::new() })
}

fn choice(text: &str) -> Result<ProxyChoice, Problem> {
    match text.trim() {
        "system" => Ok(ProxyChoice::System),
        "none" => Ok(ProxyChoice::None),
        address => proxy(address).map(ProxyChoice::Url),
    }
}

/// Reads a proxy's address.
pub(crate) fn proxy(text: &str) -> Result<Url, Problem> {
    proxy_url(text).map_err(|error| {
        let text = error.to_string();
        problem("proxy_bad", format!("T{}.", text.strip_prefix('t').unwrap_or(&text)), error.hint())
    })
}

fn authorities(path: &Path) -> Result<Roots, Problem> {
    let unusable = |why: String, hint: &str| {
        problem("ca_file_unusable", format!("The CA file {} can't be used: {why}.", path.display()), hint)
    };
    if !path.is_absolute() {
        return Err(unusable("its path does not begin at the root".to_owned(), "Give its whole path."));
    }
    let unreadable = |error: io::Error| unusable(error.to_string(), "Check that the file is there and may be read.");
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() || found.len() > CA_FILE_LIMIT {
        return Err(unusable("it is no file of certificates".to_owned(), PEM_HINT));
    }
    read_ca_file(&fs::read(path).map_err(unreadable)?).map_err(|error| unusable(error.to_string(), PEM_HINT))
}

const PEM_HINT: &str = "Give a file in PEM form: one or more blocks that begin with -----BEGIN CERTIFICATE-----. Your company's IT has it.";

/// Reads the logins of all proxies; what can't be one is passed over.
async fn logins(store: &dyn SecretStore, redactor: &Redactor) -> Result<Vec<ProxyLogin>, Problem> {
    let failed = |error| crate::error::StartError::Secrets(error).problem();
    let mut logins = Vec::new();
    for id in store.list().await.map_err(failed)? {
        let Some(proxy) = id.proxy().and_then(|address| proxy_url(address).ok()) else { continue };
        let Some(record) = store.get(&id).await.map_err(failed)? else { continue };
        let Some((user, password)) = record.expose_secret().split_once('\n') else { continue };
        let (user, password) = (user.to_owned(), SecretString::from(password.to_owned()));
        redactor.learn(&password);
        logins.push(ProxyLogin { proxy, user, password });
    }
    Ok(logins)
}

/// Keeps a proxy's login, or with none forgets it.
pub(crate) async fn keep_login(
    store: &dyn SecretStore,
    proxy: &Url,
    login: Option<(&str, &SecretString)>,
) -> Result<(), Problem> {
    let id = SecretId::proxy_login(proxy_address(proxy));
    let kept = match login {
        Some((user, password)) => {
            let password = password.expose_secret();
            if user.is_empty() || [user, password].iter().any(|text| text.contains(char::is_control)) {
                let message = "That can't be a user name and password.".to_owned();
                return Err(problem("proxy_login_bad", message, "Give both, without line breaks."));
            }
            store.set(&id, &SecretString::from(format!("{user}\n{password}"))).await
        }
        None => store.delete(&id).await.map(drop),
    };
    kept.map_err(|error| crate::error::StartError::Secrets(error).problem())
}

fn problem(code: &str, message: String, hint: &str) -> Problem {
    Problem { code: code.to_owned(), message, hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay_credentials::MemoryStore;

    #[test]
    fn settings_survive_and_the_defaults_need_no_file() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Saved::read(dir.path()).unwrap(), Saved::default());
        let saved = Saved { proxy: "none".into(), no_proxy: Some("a.test".into()), ca_file: Some("/ca.pem".into()) };
        saved.write(dir.path()).unwrap();
        assert_eq!(Saved::read(dir.path()).unwrap(), saved);
    }

    #[tokio::test]
    async fn what_can_not_be_used_at_the_start_is_left_out_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let (store, redactor) = (MemoryStore::new(), Redactor::new());
        let start = |overrides| Network::start(dir.path(), overrides, &store, &redactor);
        let gone = dir.path().join("gone.pem");
        let saved = Saved { proxy: "http://me:pw@proxy.test".into(), no_proxy: None, ca_file: Some(gone.clone()) };
        saved.write(dir.path()).unwrap();
        let (network, settings) = start(NetworkOverrides::default()).await.unwrap();
        assert_eq!((settings.proxy, settings.roots.len()), (ProxyChoice::System, 0));
        let codes: Vec<String> = network.state().notices.into_iter().map(|notice| notice.code).collect();
        assert_eq!(codes, ["proxy_bad", "ca_file_unusable"]);
        assert_eq!(network.state().saved, saved, "the file stays as it is");

        fs::write(dir.path().join(FILE), "{").unwrap();
        let (network, _) = start(NetworkOverrides::default()).await.unwrap();
        assert_eq!(network.notice().unwrap().code, "network_settings_broken");

        let overrides = NetworkOverrides { ca_file: Some(gone), ..NetworkOverrides::default() };
        assert_eq!(start(overrides).await.err().unwrap().code, "ca_file_unusable");
    }
}
