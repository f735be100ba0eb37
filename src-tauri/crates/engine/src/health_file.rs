//! `health.json`: what of the members' health, spending and pins outlives the process (failover §3.11).
//!
//! Written off the request path. A change is written at once while nothing is being written, and joined with those after it
//! otherwise, so that a kill loses the last moment at most. It names credentials by their ids, never by themselves.

use crate::data::replace;
use mainstay_balancer::Snapshot;
use mainstay_gateway::Core;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

const FILE: &str = "health.json";
/// The file's format. A file of a later one is not read.
const VERSION: u32 = 1;
/// The shortest time between two writes, and the longest that a slow one makes it: each of them waits for the disk.
const BETWEEN: Duration = Duration::from_millis(100);
const BETWEEN_SLOW: Duration = Duration::from_secs(2);

/// The file, and the news that it is to be written.
#[derive(Debug)]
pub(crate) struct HealthFile {
    path: PathBuf,
    news: Notify,
    /// The digest of what it holds. Whoever writes holds this from the look at the state to the end, so an older state never
    /// comes last.
    written: Mutex<Option<[u8; 32]>>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    health: Snapshot,
}

/// As much as every format has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl HealthFile {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FILE), news: Notify::new(), written: Mutex::default() }
    }

    /// What the last process left. A file that can't be used is put aside, and all begins anew: health is found out again
    /// by the requests, and no start may fail for it.
    pub(crate) fn read(&self) -> Snapshot {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Snapshot::default(),
            Err(error) => {
                tracing::warn!(file = %self.path.display(), %error, "the members' health can't be read; it begins anew");
                return Snapshot::default();
            }
        };
        let aside = match serde_json::from_slice::<Version>(&text) {
            Ok(Version { version: VERSION }) => match serde_json::from_slice::<Kept>(&text) {
                Ok(kept) => return kept.health,
                Err(_) => "damaged",
            },
            Ok(Version { version }) if version > VERSION => "newer",
            _ => "damaged",
        };
        let kept_as = self.path.with_extension(format!("json.{aside}"));
        let moved = fs::rename(&self.path, &kept_as);
        tracing::warn!(
            file = %self.path.display(), kept_as = %kept_as.display(), moved = moved.is_ok(),
            "the file of the members' health is {aside}; health begins anew"
        );
        Snapshot::default()
    }

    /// Something changed that is to be kept. Returns at once.
    pub(crate) fn stir(&self) {
        self.news.notify_one();
    }

    /// Writes what is the case now. Blocks.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn write(&self, core: &Core) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let text = serde_json::to_vec(&Kept { version: VERSION, health: core.snapshot() }).map_err(io::Error::other)?;
        let digest: [u8; 32] = Sha256::digest(&text).into();
        if *written != Some(digest) {
            replace(&self.path, &text)?;
            *written = Some(digest);
        }
        Ok(())
    }

    /// Writes as often as there is news. Never ends.
    pub(crate) async fn follow(self: Arc<Self>, core: Arc<Core>) {
        loop {
            self.news.notified().await;
            let began = Instant::now();
            self.write_off_path(&core).await;
            // Under load there is news all the time. Writing takes a tenth of it at most.
            tokio::time::sleep((began.elapsed() * 9).clamp(BETWEEN, BETWEEN_SLOW)).await;
        }
    }

    /// Writes on a thread that may block. What fails is logged, and written at the next change.
    pub(crate) async fn write_off_path(self: &Arc<Self>, core: &Arc<Core>) {
        let (file, core) = (Arc::clone(self), Arc::clone(core));
        let joined = tokio::task::spawn_blocking(move || file.write(&core)).await;
        match joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())) {
            Ok(()) => {}
            Err(error) => tracing::warn!(file = %self.path.display(), %error, "the members' health can't be kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, HealthFile) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), text).unwrap();
        let file = HealthFile::new(dir.path());
        (dir, file)
    }

    /// failover §3.11
    #[test]
    fn a_damaged_or_newer_file_is_put_aside_and_all_begins_anew() {
        for (text, aside) in [
            ("", "health.json.damaged"),
            ("{\"version\":1,\"health\":", "health.json.damaged"),
            ("{\"version\":1,\"health\":7}", "health.json.damaged"),
            ("[]", "health.json.damaged"),
            ("{\"version\":2,\"health\":{\"strange\":1}}", "health.json.newer"),
        ] {
            let (dir, file) = file(text);
            assert_eq!(file.read(), Snapshot::default(), "{text}");
            assert_eq!(fs::read_to_string(dir.path().join(aside)).unwrap(), text);
            assert!(!dir.path().join(FILE).exists(), "{text}");
            assert_eq!(file.read(), Snapshot::default(), "a folder without the file is no fault");
        }
    }

    #[test]
    fn keys_that_a_later_release_adds_are_passed_over() {
        let (dir, file) = file("{\"version\":1,\"health\":{\"later\":[1]},\"more\":true}");
        assert_eq!(file.read(), Snapshot::default());
        assert!(dir.path().join(FILE).exists());
    }
}
