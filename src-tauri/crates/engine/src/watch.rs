//! Whether profile files changed, by a look at the folder: names, sizes, times.
//!
//! Other programs write as they like: many times in a second, within one tick of the file system's clock, or in place, so
//! that a file is empty for a moment. So a look at files that changed just now is never the last ([`Look::is_fresh`]), and what
//! a file said holds until it has said something else, or nothing, for a while ([`Steady`]).

use mainstay_profiles::{Entry, Profile};
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};
use tokio::time::Instant;

/// How often the folders are looked at.
pub(crate) const EVERY: Duration = Duration::from_secs(1);
/// How often members that wait for a credential are looked at again.
pub(crate) const WAITING_EVERY: Duration = Duration::from_secs(30);
/// How long a file may be broken or gone in one piece before that is believed: an editor is between two steps of saving it.
const BETWEEN_STEPS: Duration = Duration::from_millis(900);
/// Two changes closer together than this may bear the same time.
const COARSEST_CLOCK: Duration = Duration::from_secs(1);

/// What of a file shows that it changed. Equal stamps of two moments that are far enough apart mean that it did not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    size: u64,
    changed: Option<SystemTime>,
    /// Which file it is, and when anything of it last changed, where the system says so.
    which: [i64; 3],
}

impl Stamp {
    /// A link's is that of the file which it leads to.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let which = {
            use std::os::unix::fs::MetadataExt as _;
            [metadata.ino().cast_signed(), metadata.ctime(), metadata.ctime_nsec()]
        };
        #[cfg(not(unix))]
        let which = [0; 3];
        Some(Self { size: metadata.len(), changed: metadata.modified().ok(), which })
    }
}

/// What a folder looked like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look(Vec<(std::ffi::OsString, Stamp)>);

impl Look {
    pub(crate) fn at(dir: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json")
                && let (Some(name), Some(stamp)) = (path.file_name(), Stamp::of(&path))
            {
                files.push((name.to_owned(), stamp));
            }
        }
        files.sort();
        Ok(Self(files))
    }

    /// Whether a file changed so shortly before `now` that a later change could look the same.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        let age = |time: SystemTime| now.duration_since(time).unwrap_or_else(|ahead| ahead.duration());
        self.0.iter().any(|(_, stamp)| stamp.changed.is_some_and(|time| age(time) < COARSEST_CLOCK))
    }
}

/// What files last said, and since when some of them say it no more.
#[derive(Debug, Default)]
pub(crate) struct Steady {
    said: HashMap<String, Profile>,
    missed: HashMap<String, (Option<Stamp>, Instant)>,
}

impl Steady {
    /// The entries, with what a file said before where it has been broken only for a moment, or gone (if `patient`; who has
    /// deleted it himself does not wait). Also says whether there is any such file: then it is to be read again soon.
    pub(crate) fn settle(&mut self, dir: &Path, mut entries: Vec<Entry>, patient: bool) -> (Vec<Entry>, bool) {
        let now = Instant::now();
        let mut held: Vec<String> = Vec::new();
        if patient {
            let gone = self.said.keys().filter(|name| !entries.iter().any(|entry| entry.name == **name));
            let gone: Vec<String> = gone.cloned().collect();
            for name in gone {
                if let Some(profile) = self.hold(dir, &name, now) {
                    entries.push(Entry { name: name.clone(), profile: Ok(profile) });
                    held.push(name);
                }
            }
            entries.sort_by(|a, b| a.name.cmp(&b.name));
        } else {
            self.said.retain(|name, _| entries.iter().any(|entry| entry.name == *name));
        }
        for entry in &mut entries {
            match &entry.profile {
                Ok(_) if held.contains(&entry.name) => {}
                Ok(profile) => {
                    self.missed.remove(&entry.name);
                    self.said.insert(entry.name.clone(), profile.clone());
                }
                Err(_) => {
                    if let Some(profile) = self.hold(dir, &entry.name, now) {
                        entry.profile = Ok(profile);
                        held.push(entry.name.clone());
                    }
                }
            }
        }
        self.missed.retain(|name, _| self.said.contains_key(name));
        (entries, !held.is_empty())
    }

    /// What the file said, until it has been as it is now for long enough.
    fn hold(&mut self, dir: &Path, name: &str, now: Instant) -> Option<Profile> {
        let said = self.said.get(name)?.clone();
        let stamp = Stamp::of(&dir.join(format!("{name}.json")));
        match self.missed.get(name) {
            Some((seen, since)) if *seen == stamp => {
                if now.duration_since(*since) >= BETWEEN_STEPS {
                    self.said.remove(name);
                    self.missed.remove(name);
                    return None;
                }
            }
            _ => {
                self.missed.insert(name.to_owned(), (stamp, now));
            }
        }
        Some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay_profiles::Folder;

    const PROFILE: &str = r#"{"version":1,"provider":"openai","model":"m"}"#;

    fn usable(entries: &[Entry]) -> Vec<(&str, bool)> {
        entries.iter().map(|entry| (entry.name.as_str(), entry.profile.is_ok())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_broken_or_gone_for_a_moment_says_what_it_said() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path().to_owned()).unwrap();
        let put = |name: &str, text: &str| fs::write(home.path().join(format!("{name}.json")), text).unwrap();
        let mut steady = Steady::default();
        let mut look = |patient: bool| steady.settle(home.path(), folder.read_all().unwrap(), patient);
        put("a", PROFILE);
        put("b", PROFILE);
        put("new", "{");
        let (entries, again) = look(true);
        assert_eq!((usable(&entries), again), (vec![("a", true), ("b", true), ("new", false)], false));
        put("a", "");
        fs::remove_file(home.path().join("b.json")).unwrap();
        let (entries, again) = look(true);
        assert_eq!((usable(&entries), again), (vec![("a", true), ("b", true), ("new", false)], true));
        tokio::time::advance(EVERY).await;
        let (entries, again) = look(true);
        assert_eq!((usable(&entries), again), (vec![("a", false), ("new", false)], false), "by now it is meant");
        put("a", PROFILE);
        look(true);
        fs::remove_file(home.path().join("a.json")).unwrap();
        let (entries, again) = look(false);
        assert_eq!((usable(&entries), again), (vec![("new", false)], false), "one's own deleting is meant at once");
    }

    #[test]
    fn a_look_at_what_changed_just_now_is_not_the_last() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.json"), PROFILE).unwrap();
        let look = Look::at(home.path()).unwrap();
        assert!(look.is_fresh(SystemTime::now()));
        assert!(!look.is_fresh(SystemTime::now() + 2 * COARSEST_CLOCK));
    }

    #[cfg(unix)]
    #[test]
    fn a_change_behind_a_link_is_seen() {
        let home = tempfile::tempdir().unwrap();
        let (dir, real) = (home.path().join("profiles"), home.path().join("real.json"));
        fs::create_dir(&dir).unwrap();
        fs::write(&real, PROFILE).unwrap();
        std::os::unix::fs::symlink(&real, dir.join("a.json")).unwrap();
        let before = Look::at(&dir).unwrap();
        fs::write(&real, "{}").unwrap();
        assert_ne!(Look::at(&dir).unwrap(), before);
    }
}
