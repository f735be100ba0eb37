//! Whom the local door lets in, as the user has set it: the tools' own tokens, further hosts and origins.
//!
//! Kept in `door.json` of the data folder, of tokens only their digests: a token is shown once, when it is made. The first
//! token is not among them, it lies in the secret store. What was given at the start counts beside the lists for that run.
//!
//! Invariant: what the file holds and what the running door does change together, the file first.

use crate::data::replace;
use crate::error::Problem;
use crate::view::{DoorView, TokenView};
use mainstay_credentials::{SecretString, new_door_token};
use mainstay_gateway::{AllowedHost, AllowedOrigin, Door, DoorRules, DoorToken, EntryError, TokenDigest};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, io};
use tokio::time::{MissedTickBehavior, interval};

const FILE: &str = "door.json";
/// How often the last uses of tokens are written down.
const WRITTEN_EVERY: Duration = Duration::from_secs(60);
/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 60;

/// `door.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Saved {
    tokens: Vec<SavedToken>,
    hosts: Vec<String>,
    origins: Vec<String>,
    /// When the first token was used last, in Unix milliseconds.
    first_used: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SavedToken {
    name: String,
    /// SHA-256, in hexadecimal digits.
    digest: String,
    made: u64,
    used: Option<u64>,
    revoked: Option<u64>,
}

/// Hosts and origins that the start gives beside the lists, for that run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
}

/// When each token was used last: the tool's name, or none for the first.
type Uses = BTreeMap<Option<String>, u64>;

/// What the engine keeps of the door while it runs.
pub(crate) struct DoorKeeper {
    path: PathBuf,
    pub(crate) door: Arc<Door>,
    first: SecretString,
    given: Given,
    saved: Mutex<Saved>,
    notices: Vec<Problem>,
    /// Uses that `saved` does not have yet.
    uses: Arc<Mutex<Uses>>,
}

impl DoorKeeper {
    /// Reads the file and makes the door. A file that can't be read opens it to nobody but the first token's bearers: it is put
    /// aside and told.
    ///
    /// # Errors
    /// When what the start itself gave can't be used.
    pub(crate) fn start(data_dir: &Path, first: SecretString, given: Given) -> Result<Self, Problem> {
        parsed(&given.hosts, &given.origins)?;
        let path = data_dir.join(FILE);
        let mut notices = Vec::new();
        let mut saved = read(&path).unwrap_or_else(|error| {
            let aside = path.with_extension("json.broken");
            // Where it can't be put aside either, the first change replaces it.
            let _ = fs::rename(&path, &aside);
            notices.push(problem(
                "door_file_broken",
                format!("{} can't be read: {error}. No tool's own token opens the gateway.", path.display()),
                "Make the tokens anew. The file was put aside as door.json.broken.",
            ));
            Saved::default()
        });
        for (list, kind) in [(&mut saved.hosts, Kind::Host), (&mut saved.origins, Kind::Origin)] {
            list.retain(|entry| match kind.check(entry) {
                Ok(()) => true,
                Err(error) => {
                    notices.push(bad_entry(&error));
                    false
                }
            });
        }
        for notice in &notices {
            tracing::warn!(code = notice.code, message = notice.message, "a setting of the door can't be used");
        }
        let uses: Arc<Mutex<Uses>> = Arc::default();
        let telling = Arc::clone(&uses);
        let used = move |name: Option<&str>| {
            lock(&telling).insert(name.map(str::to_owned), now());
        };
        let door = Arc::new(Door::new(rules(&first, &given, &saved), used));
        Ok(Self { path, door, first, given, saved: Mutex::new(saved), notices, uses })
    }

    /// The first token.
    pub(crate) fn first(&self) -> &SecretString {
        &self.first
    }

    /// Makes a tool's own token. It can't be had again. Blocks.
    pub(crate) fn make(&self, name: &str) -> Result<SecretString, Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
            let message = format!("A token's name has 1 to {LONGEST_NAME} characters, on one line.");
            return Err(problem("token_name_bad", message, "Name it after the tool that it is for."));
        }
        let token = new_door_token();
        self.change(|saved| {
            if saved.tokens.iter().any(|token| token.name == name && token.revoked.is_none()) {
                let message = format!("There is a token for \"{name}\" already.");
                return Err(problem("token_name_taken", message, "Revoke it first, or choose another name."));
            }
            saved.tokens.push(SavedToken {
                name: name.to_owned(),
                digest: TokenDigest::of(token.expose_secret()).to_string(),
                made: now(),
                used: None,
                revoked: None,
            });
            Ok(())
        })?;
        Ok(token)
    }

    /// From now on a tool's own token opens nothing. Blocks.
    pub(crate) fn revoke(&self, name: &str) -> Result<(), Problem> {
        self.change(|saved| {
            let found = saved.tokens.iter_mut().find(|token| token.name == name.trim() && token.revoked.is_none());
            let Some(token) = found else {
                let message = format!("There is no token for \"{}\" that is in force.", name.trim());
                return Err(problem("no_such_token", message, "mainstay tokens list says which there are."));
            };
            token.revoked = Some(now());
            Ok(())
        })
    }

    /// Replaces the lists of further hosts and origins; on any fault nothing changes. Blocks.
    pub(crate) fn set_lists(&self, hosts: &[String], origins: &[String]) -> Result<(), Problem> {
        let (hosts, origins) = parsed(hosts, origins)?;
        let mut texts: (Vec<String>, Vec<String>) = (
            hosts.iter().map(ToString::to_string).collect(),
            origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        );
        for list in [&mut texts.0, &mut texts.1] {
            let mut seen = std::collections::BTreeSet::new();
            list.retain(|entry| seen.insert(entry.clone()));
        }
        self.change(|saved| {
            (saved.hosts, saved.origins) = texts;
            Ok(())
        })
    }

    /// All of it, for people. `address` is where the gateway listens.
    pub(crate) fn view(&self, address: String) -> DoorView {
        let saved = self.with_uses();
        let mut tokens: Vec<TokenView> = saved
            .tokens
            .into_iter()
            .map(|token| TokenView { name: token.name, made: token.made, used: token.used, revoked: token.revoked })
            .collect();
        tokens.sort_by(|a, b| (a.revoked.is_some(), &a.name, b.made).cmp(&(b.revoked.is_some(), &b.name, a.made)));
        DoorView {
            address,
            first_used: saved.first_used,
            tokens,
            hosts: saved.hosts,
            origins: saved.origins,
            given_hosts: self.given.hosts.clone(),
            given_origins: self.given.origins.clone(),
            notices: self.notices.clone(),
        }
    }

    /// Writes down, once a minute, when tokens were used. Never ends.
    pub(crate) async fn follow_uses(self: Arc<Self>) {
        let mut due = interval(WRITTEN_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            self.write_uses().await;
        }
    }

    /// Writes down what was not written yet.
    pub(crate) async fn write_uses(self: &Arc<Self>) {
        if lock(&self.uses).is_empty() {
            return;
        }
        let keeper = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || keeper.change(|_| Ok(()))).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(message = error.message, "when tokens were used last can't be written down");
        }
    }

    /// Changes the file, then the door.
    fn change(&self, change: impl FnOnce(&mut Saved) -> Result<(), Problem>) -> Result<(), Problem> {
        let mut saved = lock(&self.saved);
        let uses = lock(&self.uses).clone();
        let mut next = saved.clone();
        take_up(&mut next, &uses);
        change(&mut next)?;
        let text = serde_json::to_vec_pretty(&next).expect("plain strings and numbers are JSON");
        replace(&self.path, &text).map_err(|error| {
            let message = format!("{} can't be written: {error}.", self.path.display());
            problem("door_file_unwritable", message, "Check that there is room and that you may write there.")
        })?;
        // What was used meanwhile waits for the next time.
        lock(&self.uses).retain(|name, used| uses.get(name) != Some(used));
        self.door.set(rules(&self.first, &self.given, &next));
        *saved = next;
        Ok(())
    }

    fn with_uses(&self) -> Saved {
        let mut saved = lock(&self.saved).clone();
        take_up(&mut saved, &lock(&self.uses));
        saved
    }
}

/// A list's kind.
#[derive(Clone, Copy)]
enum Kind {
    Host,
    Origin,
}

impl Kind {
    fn check(self, entry: &str) -> Result<(), EntryError> {
        match self {
            Self::Host => AllowedHost::parse(entry).map(drop),
            Self::Origin => AllowedOrigin::parse(entry).map(drop),
        }
    }
}

fn take_up(saved: &mut Saved, uses: &Uses) {
    for (name, used) in uses {
        match name {
            None => saved.first_used = saved.first_used.max(Some(*used)),
            // Names are used anew once their token is revoked, and a revoked one is used no more.
            Some(name) => {
                for token in saved.tokens.iter_mut().filter(|token| token.name == *name && token.revoked.is_none()) {
                    if *used >= token.made {
                        token.used = token.used.max(Some(*used));
                    }
                }
            }
        }
    }
}

fn rules(first: &SecretString, given: &Given, saved: &Saved) -> DoorRules {
    let own = saved.tokens.iter().filter_map(|token| {
        // A digest that was damaged by hand opens to nobody.
        let digest: TokenDigest = token.digest.parse().ok()?;
        Some(DoorToken::of_tool(&token.name, digest, token.revoked.is_some()))
    });
    DoorRules {
        hosts: given.hosts.iter().chain(&saved.hosts).filter_map(|entry| AllowedHost::parse(entry).ok()).collect(),
        origins: given
            .origins
            .iter()
            .chain(&saved.origins)
            .filter_map(|entry| AllowedOrigin::parse(entry).ok())
            .collect(),
        tokens: std::iter::once(DoorToken::first(first)).chain(own).collect(),
    }
}

fn parsed(hosts: &[String], origins: &[String]) -> Result<(Vec<AllowedHost>, Vec<AllowedOrigin>), Problem> {
    let hosts: Result<_, _> = hosts.iter().map(|entry| AllowedHost::parse(entry)).collect();
    let origins: Result<_, _> = origins.iter().map(|entry| AllowedOrigin::parse(entry)).collect();
    let bad = |error: EntryError| bad_entry(&error);
    Ok((hosts.map_err(bad)?, origins.map_err(bad)?))
}

fn bad_entry(error: &EntryError) -> Problem {
    let text = error.to_string();
    let mut letters = text.chars();
    let message: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    problem(error.code(), format!("{message}."), error.hint())
}

fn read(path: &Path) -> io::Result<Saved> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Saved::default()),
        Err(error) => Err(error),
    }
}

/// Every change is complete before a panic could happen: what is held is whole even after one.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

fn problem(code: &str, message: String, hint: &str) -> Problem {
    Problem { code: code.to_owned(), message, hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(dir: &Path) -> DoorKeeper {
        DoorKeeper::start(dir, "first".to_owned().into(), Given::default()).unwrap()
    }

    fn text(dir: &Path) -> String {
        fs::read_to_string(dir.join(FILE)).unwrap()
    }

    fn entries(list: &[&str]) -> Vec<String> {
        list.iter().map(|&entry| entry.to_owned()).collect()
    }

    #[test]
    fn a_token_is_kept_as_a_digest_and_is_known_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let token = keeper(dir.path()).make(" codex ").unwrap();
        assert!(!text(dir.path()).contains(token.expose_secret()));
        assert!(text(dir.path()).contains(&TokenDigest::of(token.expose_secret()).to_string()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let view = keeper(dir.path()).view("http://127.0.0.1:1".to_owned());
        assert_eq!(view.tokens.len(), 1);
        assert_eq!((view.tokens[0].name.as_str(), view.tokens[0].revoked), ("codex", None));
        assert!(!serde_json::to_string(&view).unwrap().contains("digest"));
    }

    #[test]
    fn a_name_is_one_tokens_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let keeper = keeper(dir.path());
        let first = keeper.make("codex").unwrap();
        assert_eq!(keeper.make("codex").unwrap_err().code, "token_name_taken");
        keeper.revoke("codex").unwrap();
        assert_eq!(keeper.revoke("codex").unwrap_err().code, "no_such_token");
        let second = keeper.make("codex").unwrap();
        assert_ne!(first.expose_secret(), second.expose_secret());
        let told: Vec<bool> =
            keeper.view(String::new()).tokens.into_iter().map(|token| token.revoked.is_some()).collect();
        assert_eq!(told, [false, true], "the revoked one stays, last");
        for name in ["", " \t", "two\nlines", &"x".repeat(61)] {
            assert_eq!(keeper.make(name).unwrap_err().code, "token_name_bad", "{name:?}");
        }
    }

    #[test]
    fn a_list_with_a_fault_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let keeper = keeper(dir.path());
        keeper.set_lists(&entries(&["Box.internal", "box.internal"]), &entries(&["http://tool.local:9/"])).unwrap();
        let view = keeper.view(String::new());
        assert_eq!((view.hosts, view.origins), (entries(&["box.internal"]), entries(&["http://tool.local:9"])));
        for (hosts, origins, code) in [
            (vec!["http://box"], vec![], "door_host_bad"),
            (vec![], vec!["null"], "door_origin_bad"),
            (vec!["*"], vec![], "door_entry_star"),
            (vec!["good.internal"], vec![" "], "door_entry_empty"),
        ] {
            let refused = keeper.set_lists(&entries(&hosts), &entries(&origins)).unwrap_err();
            assert_eq!(refused.code, code);
            assert!(!refused.hint.is_empty() && refused.message.ends_with('.'), "{refused:?}");
        }
        assert_eq!(keeper.view(String::new()).hosts, entries(&["box.internal"]));
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_opens_to_nobody() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        let damaged = keeper(dir.path());
        let view = damaged.view(String::new());
        assert_eq!((view.notices[0].code.as_str(), view.tokens.len()), ("door_file_broken", 0));
        damaged.make("codex").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("door.json.broken")).unwrap(), "{");

        fs::write(dir.path().join(FILE), r#"{"hosts":["a/b","box.internal"],"origins":["null"]}"#).unwrap();
        let view = keeper(dir.path()).view(String::new());
        assert_eq!((view.hosts, view.origins.len(), view.notices.len()), (entries(&["box.internal"]), 0, 2));
        let given = Given { hosts: entries(&["a/b"]), origins: Vec::new() };
        let refused = DoorKeeper::start(dir.path(), "first".to_owned().into(), given).err().unwrap();
        assert_eq!(refused.code, "door_host_bad");
    }

    #[test]
    fn uses_show_at_once_and_are_written_with_the_next_change() {
        let dir = tempfile::tempdir().unwrap();
        let keeper = keeper(dir.path());
        keeper.make("codex").unwrap();
        let before = text(dir.path());
        let made = keeper.view(String::new()).tokens[0].made;
        lock(&keeper.uses).extend([(None, made + 7), (Some("codex".to_owned()), made + 9)]);
        let view = keeper.view(String::new());
        assert_eq!((view.first_used, view.tokens[0].used), (Some(made + 7), Some(made + 9)));
        assert_eq!(text(dir.path()), before);
        keeper.change(|_| Ok(())).unwrap();
        assert!(lock(&keeper.uses).is_empty());
        let again = super::DoorKeeper::start(dir.path(), "first".to_owned().into(), Given::default()).unwrap();
        assert_eq!(again.view(String::new()).tokens[0].used, Some(made + 9));
    }
}
