//! Which credential a profile uses: the first source that applies, and whether it may go where the request goes.
//!
//! Order: what the profile's file names; the key bound to the profile; the provider's login; the provider's stored key; a
//! variable that the user accepted for the provider; for a provider that needs none, none.
//!
//! Invariants:
//! - What the file names is used as the file says. If the file names sources and none of them gives a key, that is
//!   an error and no stored key steps in: it could be another account's.
//! - A stored credential goes only to the origins that it is bound to, or to one that the user has confirmed for the
//!   profile. The caller's own credential likewise goes only to its own provider.
//! - No credential leaves this machine over plain http, unless the user has confirmed that origin.
//! - A variable is used only if the file names it or the user has accepted it.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    CliKeys, Credential, CredentialAsk, CredentialId, CredentialProblem, Environment, NamedSource, Origin, SecretId,
    SecretStore, Source,
    bound::{ProfileKey, usable},
    once::made_once,
    random::random_text,
};

/// A key file is one key. Whatever is longer is not one.
const LONGEST_KEYFILE: u64 = 64 * 1024;

/// Finds the credential of one attempt.
///
/// # Errors
/// [`CredentialProblem`]: nothing applies, the first source that applies must not be used for this address, a source
/// named by the file gives no key, or the store cannot answer.
pub async fn resolve(
    ask: &CredentialAsk,
    store: &dyn SecretStore,
    env: &dyn Environment,
    cli_keys: &dyn CliKeys,
) -> Result<Credential, CredentialProblem> {
    let destination = Destination::of(ask);
    if let Some(named) = named_by_the_file(ask, env, cli_keys).await? {
        return match named {
            Named::Login(accounts) => {
                destination.allows_origins(&ask.provider_origins)?;
                Ok(Credential::Login { accounts })
            }
            Named::Nothing => Ok(Credential::None),
            Named::Caller => {
                destination.allows_origins(&ask.provider_origins)?;
                Ok(Credential::Caller)
            }
            Named::Key(secret, source) => {
                destination.allows_any()?;
                Ok(key(store, secret, source).await)
            }
        };
    }
    if let Some(bound) = ProfileKey::of(store, &ask.profile).await? {
        destination.allows_origins(std::slice::from_ref(&bound.origin))?;
        return Ok(key(store, bound.secret, Source::ProfileKey).await);
    }
    if !ask.logins.is_empty() {
        destination.allows_origins(&ask.provider_origins)?;
        return Ok(Credential::Login { accounts: ask.logins.clone() });
    }
    if let Some(secret) = store.get(&SecretId::provider_key(&ask.provider)).await? {
        destination.allows_origins(&ask.provider_origins)?;
        return Ok(key(store, secret, Source::ProviderKey).await);
    }
    for name in &ask.accepted_env {
        let Some(secret) = env.var(name).map(Zeroizing::new).and_then(|value| usable(&value).ok()) else { continue };
        destination.allows_origins(&ask.provider_origins)?;
        return Ok(key(store, secret.into(), Source::AcceptedEnv(name.clone())).await);
    }
    if ask.keyless { Ok(Credential::None) } else { Err(CredentialProblem::Missing) }
}

/// Where the request goes, and what the user has said about that.
struct Destination {
    origin: Origin,
    confirmed: bool,
}

impl Destination {
    fn of(ask: &CredentialAsk) -> Self {
        let origin = Origin::from(&ask.base_url);
        Self { confirmed: ask.confirmed_origins.contains(&origin), origin }
    }

    /// For credentials that the file itself names for this address.
    fn allows_any(&self) -> Result<(), CredentialProblem> {
        if self.confirmed || self.origin.is_secure() {
            Ok(())
        } else {
            Err(CredentialProblem::InsecureOrigin { origin: self.origin.clone() })
        }
    }

    /// For credentials that are bound to these origins.
    fn allows_origins(&self, bound_to: &[Origin]) -> Result<(), CredentialProblem> {
        self.allows_any()?;
        if self.confirmed || bound_to.contains(&self.origin) {
            Ok(())
        } else {
            Err(CredentialProblem::OriginUnconfirmed { origin: self.origin.clone() })
        }
    }
}

enum Named {
    Key(SecretString, Source),
    Login(Vec<String>),
    Caller,
    Nothing,
}

/// The first named source that gives something; `None` if the file names none.
async fn named_by_the_file(
    ask: &CredentialAsk,
    env: &dyn Environment,
    cli_keys: &dyn CliKeys,
) -> Result<Option<Named>, CredentialProblem> {
    let mut first_problem = None;
    for source in &ask.named {
        let (source, found) = match source {
            NamedSource::Login(accounts) => {
                let ready: Vec<String> = accounts.iter().filter(|name| ask.logins.contains(name)).cloned().collect();
                if !ready.is_empty() {
                    return Ok(Some(Named::Login(ready)));
                }
                first_problem = first_problem.or(Some(CredentialProblem::LoginNeeded { accounts: accounts.clone() }));
                continue;
            }
            NamedSource::NoneNeeded => return Ok(Some(Named::Nothing)),
            NamedSource::Caller => return Ok(Some(Named::Caller)),
            NamedSource::Plain(secret) => (Source::FilePlain, Ok(secret.clone())),
            NamedSource::Env(name) => (
                Source::FileEnv(name.clone()),
                env.var(name).map(SecretString::from).ok_or_else(|| "the variable is not set".to_owned()),
            ),
            NamedSource::Keyfile(path) => {
                let path = under_home(path, env);
                (Source::FileKeyfile(path.clone()), read_keyfile(path).await)
            }
            NamedSource::CliKeyName(name) => {
                let found = match cli_keys.get(name).await {
                    Ok(Some(secret)) => Ok(secret),
                    Ok(None) => Err("the CLI has no key of this name in the keyring".to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                (Source::FileKeyName(name.clone()), found)
            }
        };
        let found = found.and_then(|secret| usable(secret.expose_secret()).map_err(|what| format!("the key {what}")));
        match found {
            Ok(secret) => return Ok(Some(Named::Key(secret.into(), source))),
            Err(reason) => first_problem = first_problem.or(Some(CredentialProblem::Unreadable { source, reason })),
        }
    }
    first_problem.map_or(Ok(None), Err)
}

/// `~/` is the home folder, as the CLI reads it.
fn under_home(path: &Path, env: &dyn Environment) -> PathBuf {
    let home = || env.var("HOME").or_else(|| env.var("USERPROFILE")).filter(|home| !home.is_empty());
    match path.strip_prefix("~") {
        Ok(rest) => home().map_or_else(|| path.to_owned(), |home| Path::new(&home).join(rest)),
        Err(_) => path.to_owned(),
    }
}

async fn read_keyfile(path: PathBuf) -> Result<SecretString, String> {
    let read = move || -> Result<SecretString, String> {
        let said = |error: std::io::Error| error.to_string();
        // Before opening: to open a pipe would wait for its writer.
        if !std::fs::metadata(&path).map_err(said)?.is_file() {
            return Err("it is not a file".to_owned());
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let file = std::fs::File::open(&path).map_err(said)?;
        file.take(LONGEST_KEYFILE + 1).read_to_end(&mut bytes).map_err(said)?;
        if bytes.len() as u64 > LONGEST_KEYFILE {
            return Err("it is too long for a key file".to_owned());
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| "it is not text".to_owned())?;
        Ok(SecretString::from(text.trim()))
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| Err("reading it failed".to_owned()))
}

async fn key(store: &dyn SecretStore, secret: SecretString, source: Source) -> Credential {
    let id = CredentialId::new(&source, &digest(store, &secret).await);
    Credential::Key { secret, id, source }
}

/// 48 bits of a digest under a key of the store's own: enough to tell credentials apart, too little and too well keyed to
/// find one. If the store is out, a key for this run: the request need not fail for want of a name.
async fn digest(store: &dyn SecretStore, secret: &SecretString) -> String {
    static FOR_THIS_RUN: std::sync::LazyLock<SecretString> =
        std::sync::LazyLock::new(|| SecretString::from(random_text().as_str()));
    let key = match made_once(store, &SecretId::digest_key(), || SecretString::from(random_text().as_str())).await {
        Ok(key) => key,
        Err(error) => {
            // Once: it would be so again for each request.
            static SAID: std::sync::Once = std::sync::Once::new();
            SAID.call_once(|| {
                tracing::warn!(code = error.code(), "credential ids are made with a key for this run only: {error}");
            });
            FOR_THIS_RUN.clone()
        }
    };
    let digest = Sha256::new()
        .chain_update(b"mainstay credential id\0")
        .chain_update(key.expose_secret())
        .chain_update([0])
        .chain_update(secret.expose_secret())
        .finalize();
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
