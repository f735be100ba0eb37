//! What the user prefers of the window itself, kept by tauri-plugin-store under guard.
//!
//! The plugin takes a file that it can't read for an empty one, writes it without a temporary file, and writes it again
//! when the program ends. So the file is read here first: one that is broken is moved aside and the last good copy put in
//! its place, before the plugin sees it; and after each change that was saved the copy is renewed, atomically.

use crate::notices::Kind;
use mainstay_engine::Problem;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tauri::{AppHandle, Wry};
use tauri_plugin_store::{Store, StoreExt as _};
use ts_rs::TS;

const FILE: &str = "preferences.json";
const COPY: &str = "preferences.json.bak";
/// The one entry of the store.
const KEY: &str = "preferences";
/// The version that this program writes.
const SCHEMA: u64 = 1;

/// What closing the window does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Closing {
    /// The gateway keeps running, behind the tray or the taskbar.
    #[default]
    KeepRunning,
    /// Mainstay ends.
    Quit,
}

/// Which notifications are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NoticePreferences {
    /// None for now.
    pub(crate) paused: bool,
    /// A member took over.
    pub(crate) failed_over: bool,
    /// The first choice serves again.
    pub(crate) back: bool,
    /// Nobody can serve.
    pub(crate) all_out: bool,
    /// A login is needed.
    pub(crate) login_needed: bool,
    /// The first failover of the day that costs money.
    pub(crate) paid: bool,
}

impl Default for NoticePreferences {
    fn default() -> Self {
        Self { paused: false, failed_over: true, back: true, all_out: true, login_needed: true, paid: true }
    }
}

impl NoticePreferences {
    /// Whether this kind is to be said now.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        let wanted = match kind {
            Kind::FailedOver => self.failed_over,
            Kind::Back => self.back,
            Kind::AllOut => self.all_out,
            Kind::LoginNeeded => self.login_needed,
            Kind::Paid => self.paid,
        };
        wanted && !self.paused
    }
}

/// The user's preferences of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Preferences {
    /// What closing the window does.
    pub(crate) closing: Closing,
    /// It was said once that the gateway keeps running.
    pub(crate) closing_told: bool,
    /// Which notifications are wanted.
    pub(crate) notices: NoticePreferences,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    schema: u64,
    #[serde(flatten)]
    preferences: Preferences,
}

/// The preferences of the running window.
pub(crate) struct Keeper {
    store: Option<Arc<Store<Wry>>>,
    dir: PathBuf,
    now: Mutex<Preferences>,
    /// What was wrong with the file at the start.
    problem: Option<Problem>,
}

impl Keeper {
    /// Reads those of this folder, or the standard ones.
    pub(crate) fn open(app: &AppHandle, dir: &Path) -> Self {
        let (mut preferences, mut problem) = mend(dir);
        // The plugin takes a path that is not whole as one of the platform's data folder.
        let file = std::path::absolute(dir.join(FILE)).unwrap_or_else(|_| dir.join(FILE));
        let store = app.store_builder(file).disable_auto_save().build();
        let store = match store {
            Ok(store) => Some(store),
            Err(error) => {
                problem = Some(unwritable(&error.to_string()));
                None
            }
        };
        if let Some(kept) = store.as_ref().and_then(|store| parse(&store.get(KEY)?)) {
            preferences = kept;
        }
        if let Some(problem) = &problem {
            tracing::warn!(code = %problem.code, message = %problem.message, "the preferences can't be used as they were");
        }
        Self { store, dir: dir.to_owned(), now: Mutex::new(preferences), problem }
    }

    pub(crate) fn get(&self) -> Preferences {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn problem(&self) -> Option<Problem> {
        self.problem.clone()
    }

    /// Changes them, for this run in any case.
    ///
    /// # Errors
    /// `preferences_unwritable` when they can't be kept for the next one.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Preferences)) -> Result<(), Problem> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut now);
        let kept = Kept { schema: SCHEMA, preferences: *now };
        let value = serde_json::to_value(&kept).map_err(|error| unwritable(&error.to_string()))?;
        let store = self.store.as_ref().ok_or_else(|| unwritable("the file could not be opened"))?;
        store.set(KEY, value);
        store.save().map_err(|error| unwritable(&error.to_string()))?;
        copy(&self.dir).map_err(|error| unwritable(&error.to_string()))
    }
}

fn unwritable(reason: &str) -> Problem {
    Problem {
        code: "preferences_unwritable".to_owned(),
        message: format!("The window's preferences can't be kept: {reason}."),
        hint: "They count until Mainstay ends. Check the data folder's permissions and free space.".to_owned(),
    }
}

fn parse(value: &serde_json::Value) -> Option<Preferences> {
    let kept: Kept = serde_json::from_value(value.clone()).ok()?;
    (kept.schema <= SCHEMA).then_some(kept.preferences)
}

fn read(path: &Path) -> io::Result<Option<Preferences>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let whole: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "it holds no preferences of this version");
    whole.get(KEY).and_then(parse).map(Some).ok_or_else(broken)
}

/// Puts the file in order before the plugin sees it; says what it holds, and what was wrong.
fn mend(dir: &Path) -> (Preferences, Option<Problem>) {
    let file = dir.join(FILE);
    let error = match read(&file) {
        Ok(found) => return (found.unwrap_or_default(), None),
        Err(error) => error,
    };
    let at = jiff::Timestamp::now().as_millisecond();
    let aside = dir.join(format!("{FILE}.corrupt-{at}"));
    let copy = read(&dir.join(COPY)).ok().flatten();
    let moved = fs::rename(&file, &aside).and_then(|()| match &copy {
        Some(_) => fs::copy(dir.join(COPY), &file).map(|_| ()),
        None => Ok(()),
    });
    let what = if copy.is_some() { "The last good copy is in force." } else { "The standard ones are in force." };
    let hint = match moved {
        Ok(()) => format!("The file lies beside it as {}.", aside.file_name().unwrap_or_default().to_string_lossy()),
        Err(error) => format!("It could not be moved aside: {error}."),
    };
    let problem = Problem {
        code: "preferences_broken".to_owned(),
        message: format!("The window's preferences could not be read: {error}. {what}"),
        hint,
    };
    (copy.unwrap_or_default(), Some(problem))
}

/// Renews the copy, atomically.
fn copy(dir: &Path) -> io::Result<()> {
    let bytes = fs::read(dir.join(FILE))?;
    let partial = dir.join(format!("{COPY}.new"));
    let mut file = File::create(&partial)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(partial, dir.join(COPY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(preferences: Preferences) -> Vec<u8> {
        serde_json::to_vec(&serde_json::json!({ KEY: Kept { schema: SCHEMA, preferences } })).unwrap()
    }

    fn quits() -> Preferences {
        Preferences { closing: Closing::Quit, ..Preferences::default() }
    }

    #[test]
    fn what_is_kept_is_read_and_what_is_missing_is_standard() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(mend(dir.path()), (Preferences::default(), None));
        fs::write(dir.path().join(FILE), kept(quits())).unwrap();
        assert_eq!(mend(dir.path()), (quits(), None));
        fs::write(dir.path().join(FILE), r#"{"preferences":{"schema":1,"notices":{"back":false}}}"#).unwrap();
        let (found, problem) = mend(dir.path());
        assert!(problem.is_none() && !found.notices.back && found.notices.all_out, "{found:?}");
    }

    #[test]
    fn a_broken_file_is_moved_aside_and_the_last_good_copy_takes_its_place() {
        for broken in ["", "\0\0\0", "{", "[]", r#"{"preferences":{"schema":99}}"#] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(FILE), kept(quits())).unwrap();
            copy(dir.path()).unwrap();
            fs::write(dir.path().join(FILE), broken).unwrap();
            let (found, problem) = mend(dir.path());
            assert_eq!(found, quits(), "{broken:?}");
            assert_eq!(problem.unwrap().code, "preferences_broken");
            assert_eq!(read(&dir.path().join(FILE)).unwrap(), Some(quits()));
            let aside = fs::read_dir(dir.path()).unwrap().filter_map(Result::ok);
            let aside = aside.filter(|each| each.file_name().to_string_lossy().contains(".corrupt-")).count();
            assert_eq!(aside, 1, "nothing is lost");
        }
    }

    #[test]
    fn a_broken_file_without_a_copy_leaves_the_standard_ones() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        let (found, problem) = mend(dir.path());
        assert_eq!(found, Preferences::default());
        assert!(problem.unwrap().message.contains("standard"));
        assert!(!dir.path().join(FILE).exists());
    }
}
