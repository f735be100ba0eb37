//! The lock that the CLI and Mainstay share: `.profiles.lock` in the profiles folder.
//!
//! Its rules are the CLI's. Whoever creates the file holds the lock; others wait up to ten seconds. It is removed only by
//! its holder, recognised by the token inside. Nobody takes over another program's, so a crash of that leaves it behind:
//! then [`ProfileLock::holder`] says whose it was and whether that process still lives, and [`ProfileLock::remove_stale`]
//! removes it when the user says so.
//!
//! Ours says so inside (`writer`, a key that the CLI passes over). One whose process is gone holds nothing any more, because
//! every write is a single rename, and the next of us clears it away. For that it must never be there without its content:
//! it is written elsewhere and moved into place.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::atomic;

/// The lock's file name in the profiles folder.
const FILE: &str = ".profiles.lock";
/// How long the CLI waits for the lock.
const WAIT: Duration = Duration::from_secs(10);
/// How often it is looked at. The CLI does so every 50 ms; who looks more often is not starved by one who writes a lot.
const POLL: Duration = Duration::from_millis(10);
/// How long a lock is waited for before it is looked at whose it is.
const PATIENCE: Duration = Duration::from_millis(200);

/// The lock over a profiles folder, held until dropped.
#[derive(Debug)]
pub struct ProfileLock {
    path: PathBuf,
    token: String,
}

/// What the lock file says, in the CLI's format.
#[derive(Serialize, Deserialize)]
struct Content {
    pid: u32,
    token: String,
    created: String,
    /// Which program on which machine, if it was one of us. A process number means nothing elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    writer: Option<String>,
}

/// Whether the process that holds a lock lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// A process with that number runs. It may be another one: numbers are used again.
    Alive,
    /// No process has that number: the lock is stale.
    Gone,
    /// The lock names no process, or this system does not say.
    Unknown,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The process, if the file says one.
    pub pid: Option<u32>,
    /// How long ago the lock was taken, if the file or its time says so.
    pub age: Option<Duration>,
    /// Whether that process lives, as far as this machine knows.
    pub liveness: Liveness,
    /// One of us took it, on this machine.
    ours: bool,
    /// The file's bytes, by which [`ProfileLock::remove_stale`] knows it again.
    seen: Vec<u8>,
}

impl LockHolder {
    /// Says which lock this is, so that a later look can tell whether it is still the same.
    pub fn mark(&self) -> String {
        Sha256::digest(&self.seen).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A crash of ours left it behind.
    fn left_by_us(&self) -> bool {
        self.ours && self.liveness == Liveness::Gone
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("an unknown process")?,
        }
        if let Some(age) = self.age {
            write!(f, ", for {} s", age.as_secs())?;
        }
        match self.liveness {
            Liveness::Alive => f.write_str(", which is running"),
            Liveness::Gone => f.write_str(", which no longer runs"),
            Liveness::Unknown => Ok(()),
        }
    }
}

/// Another program held the lock for the whole wait.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the profiles are locked by {holder} ({})", path.display())]
pub struct LockBusy {
    /// The lock file.
    pub path: PathBuf,
    /// Who holds it.
    pub holder: LockHolder,
}

/// Why the lock could not be taken or removed.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It is held.
    #[error(transparent)]
    Busy(#[from] LockBusy),
    /// The file system refused.
    #[error("the lock file {} cannot be used", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ProfileLock {
    /// Takes the lock of `folder`, waiting up to ten seconds as the CLI does. Blocks the thread.
    ///
    /// # Errors
    /// [`LockError::Busy`] names who holds it; [`LockError::Io`] when the file cannot be created.
    pub fn acquire(folder: &Path) -> Result<ProfileLock, LockError> {
        ProfileLock::acquire_within(folder, WAIT)
    }

    /// Takes the lock of `folder`, waiting up to `wait`. Tries at least once.
    ///
    /// # Errors
    /// As [`ProfileLock::acquire`].
    pub fn acquire_within(folder: &Path, wait: Duration) -> Result<ProfileLock, LockError> {
        let path = folder.join(FILE);
        let begun = Instant::now();
        let deadline = begun + wait;
        loop {
            match ProfileLock::try_create(&path) {
                Ok(lock) => return Ok(lock),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(LockError::Io { path, source }),
            }
            let late = Instant::now() >= deadline;
            if (late || begun.elapsed() >= PATIENCE)
                && let Some(holder) = ProfileLock::holder(folder)?
                && holder.left_by_us()
            {
                ProfileLock::clear_ours(folder)?;
                continue;
            }
            if late {
                // Released in this very moment: then there is nobody to name, and the next try is worth it.
                let Some(holder) = ProfileLock::holder(folder)? else { continue };
                return Err(LockBusy { path, holder }.into());
            }
            thread::sleep(POLL.min(deadline.saturating_duration_since(Instant::now())));
        }
    }

    fn try_create(path: &Path) -> io::Result<ProfileLock> {
        if path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let token = new_token();
        let content =
            Content { pid: std::process::id(), token: token.clone(), created: now_like_the_cli(), writer: writer() };
        let text = serde_json::to_vec_pretty(&content)?;
        match atomic::create_unsynced(path, &text) {
            Ok(()) => Ok(ProfileLock { path: path.to_owned(), token }),
            // Its holder has cleared away what was not in place yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.parent().is_some_and(Path::is_dir) => {
                Err(io::ErrorKind::AlreadyExists.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Clears a lock away that a crash of ours left. Of several of us one does it, so that none removes what another has
    /// taken since.
    fn clear_ours(folder: &Path) -> Result<(), LockError> {
        let fail = |source| LockError::Io { path: folder.join(FILE), source };
        let turn = fs::File::open(folder).map_err(fail)?;
        turn.lock().map_err(fail)?;
        if let Some(holder) = ProfileLock::holder(folder)?.filter(LockHolder::left_by_us) {
            tracing::warn!(%holder, "clearing away the lock that an earlier run left");
            ProfileLock::remove_stale(folder, &holder)?;
        }
        Ok(())
    }

    /// Who holds the lock of `folder`; `None` when it is free.
    ///
    /// # Errors
    /// [`LockError::Io`] when the lock file is there but cannot be read.
    pub fn holder(folder: &Path) -> Result<Option<LockHolder>, LockError> {
        let path = folder.join(FILE);
        let seen = match fs::read(&path) {
            Ok(seen) => seen,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LockError::Io { path, source }),
        };
        let content: Option<Content> = serde_json::from_slice(&seen).ok();
        let pid = content.as_ref().map(|content| content.pid);
        let ours = content.as_ref().is_some_and(|content| content.writer.is_some() && content.writer == writer());
        let written = content.and_then(|content| content.created.parse::<Timestamp>().ok());
        let changed = || fs::metadata(&path).ok()?.modified().ok()?.elapsed().ok();
        let age = match written {
            Some(created) => {
                Duration::try_from(Timestamp::now().duration_since(created).max(SignedDuration::ZERO)).ok()
            }
            None => changed(),
        };
        Ok(Some(LockHolder { pid, age, liveness: pid.map_or(Liveness::Unknown, liveness), ours, seen }))
    }

    /// Removes a lock that was left behind. Only ever called because the user asked for it, having seen `holder`.
    ///
    /// Returns whether it was removed: not if another program has taken the lock since.
    ///
    /// # Errors
    /// [`LockError::Io`] when the file system refuses.
    pub fn remove_stale(folder: &Path, holder: &LockHolder) -> Result<bool, LockError> {
        let path = folder.join(FILE);
        let removed = match fs::read(&path) {
            Ok(now) if now == holder.seen => fs::remove_file(&path).map(|()| true),
            Ok(_) => Ok(false),
            Err(error) => Err(error),
        };
        match removed {
            Ok(removed) => Ok(removed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(LockError::Io { path, source }),
        }
    }
}

impl Drop for ProfileLock {
    fn drop(&mut self) {
        let ours = fs::read(&self.path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Content>(&text).ok())
            .is_some_and(|content| content.token == self.token);
        if !ours {
            tracing::warn!(path = %self.path.display(), "the profiles lock was removed or replaced while it was held");
            return;
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the profiles lock could not be removed");
        }
    }
}

/// The shape of a version 4 UUID (RFC 9562), which is what the CLI writes.
fn new_token() -> String {
    let random: u128 = rand::random();
    let bits = random & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// UTC with milliseconds, as JavaScript's `toISOString` gives.
fn now_like_the_cli() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(unix)]
fn writer() -> Option<String> {
    Some(format!("mainstay@{}", rustix::system::uname().nodename().to_string_lossy()))
}

/// Whether a process lives is not known here, so nothing is gained by telling ours.
#[cfg(not(unix))]
fn writer() -> Option<String> {
    None
}

#[cfg(unix)]
fn liveness(pid: u32) -> Liveness {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return Liveness::Unknown };
    match rustix::process::test_kill_process(pid) {
        Err(rustix::io::Errno::SRCH) => Liveness::Gone,
        // PERM: it is there, and not ours to signal.
        Ok(()) | Err(rustix::io::Errno::PERM) => Liveness::Alive,
        Err(_) => Liveness::Unknown,
    }
}

#[cfg(not(unix))]
fn liveness(_pid: u32) -> Liveness {
    Liveness::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const NO_WAIT: Duration = Duration::ZERO;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn busy(result: Result<ProfileLock, LockError>) -> LockBusy {
        match result {
            Err(LockError::Busy(busy)) => busy,
            other => panic!("not busy: {other:?}"),
        }
    }

    #[test]
    fn the_lock_file_is_the_clis() {
        let folder = folder();
        let lock = ProfileLock::acquire(folder.path()).expect("a free lock");
        let path = folder.path().join(".profiles.lock");
        let text = fs::read_to_string(&path).expect("a lock file");
        let content: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(content["pid"], std::process::id());
        assert!(content["created"].as_str().is_some_and(|time| time.len() == 24 && time.ends_with('Z')), "{text}");
        let token = content["token"].as_str().expect("a token");
        assert_eq!(token.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{token}");
        assert!(token[14..].starts_with('4') && token[19..].starts_with(['8', '9', 'a', 'b']), "{token}");
        assert!(text.starts_with("{\n  \"pid\": "), "{text}");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).expect("a file").permissions()) & 0o777,
            0o600
        );
        drop(lock);
        assert!(!path.exists());
    }

    #[test]
    fn a_held_lock_is_refused_by_name_and_free_again_afterwards() {
        let folder = folder();
        let lock = ProfileLock::acquire(folder.path()).expect("a free lock");
        let busy = busy(ProfileLock::acquire_within(folder.path(), NO_WAIT));
        assert_eq!(busy.holder.pid, Some(std::process::id()));
        assert!(busy.holder.age.is_some());
        assert!(busy.to_string().contains(&format!("process {}", std::process::id())), "{busy}");
        #[cfg(unix)]
        assert_eq!(busy.holder.liveness, Liveness::Alive);
        drop(lock);
        ProfileLock::acquire_within(folder.path(), NO_WAIT).expect("a free lock");
    }

    #[test]
    fn who_waits_gets_the_lock_when_it_is_released() {
        let folder = folder();
        let lock = ProfileLock::acquire(folder.path()).expect("a free lock");
        let (taken, told) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let second = ProfileLock::acquire(folder.path());
                taken.send(second.is_ok()).expect("a listener");
            });
            assert_eq!(told.try_recv(), Err(mpsc::TryRecvError::Empty), "it is held");
            drop(lock);
            assert_eq!(told.recv(), Ok(true));
        });
    }

    #[test]
    fn a_lock_that_is_no_longer_ours_is_left_alone() {
        let folder = folder();
        let lock = ProfileLock::acquire(folder.path()).expect("a free lock");
        let path = folder.path().join(FILE);
        let theirs = r#"{"pid": 1, "token": "theirs", "created": "2026-01-01T00:00:00.000Z"}"#;
        fs::write(&path, theirs).expect("a file");
        drop(lock);
        assert_eq!(fs::read_to_string(&path).expect("still there"), theirs);
    }

    #[test]
    fn a_lock_left_behind_is_never_taken_over_but_removed_on_demand() {
        let folder = folder();
        let path = folder.path().join(FILE);
        // Beyond any pid_max.
        fs::write(&path, r#"{"pid": 2147483647, "token": "t", "created": "2026-01-01T00:00:00.000Z"}"#)
            .expect("a file");
        let busy = busy(ProfileLock::acquire_within(folder.path(), NO_WAIT));
        #[cfg(unix)]
        assert_eq!(busy.holder.liveness, Liveness::Gone);
        assert!(path.exists());

        let holder = ProfileLock::holder(folder.path()).expect("readable").expect("held");
        assert_eq!(ProfileLock::remove_stale(folder.path(), &holder).ok(), Some(true));
        assert_eq!(ProfileLock::remove_stale(folder.path(), &holder).ok(), Some(false), "it is gone");
        let _lock = ProfileLock::acquire_within(folder.path(), NO_WAIT).expect("a free lock");
        assert_eq!(ProfileLock::remove_stale(folder.path(), &holder).ok(), Some(false), "it is another lock");
        assert!(path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_a_crash_of_ours_left_is_cleared_away_and_one_of_another_machine_is_not() {
        let folder = folder();
        let path = folder.path().join(FILE);
        let left = |writer: &str| {
            let text = format!(r#"{{"pid": 2147483647, "token": "t", "created": "", "writer": "{writer}"}}"#);
            fs::write(&path, text).expect("a file");
        };
        left(&writer().expect("a name"));
        drop(ProfileLock::acquire_within(folder.path(), NO_WAIT).expect("nobody holds it"));
        assert!(!path.exists());
        left("mainstay@elsewhere");
        busy(ProfileLock::acquire_within(folder.path(), NO_WAIT));
        assert!(path.exists());
    }

    #[test]
    fn a_lock_without_content_is_held_by_somebody() {
        let folder = folder();
        fs::write(folder.path().join(FILE), "").expect("a file");
        let busy = busy(ProfileLock::acquire_within(folder.path(), NO_WAIT));
        assert_eq!((busy.holder.pid, busy.holder.liveness), (None, Liveness::Unknown));
        assert!(busy.to_string().contains("an unknown process"), "{busy}");
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_locked() {
        let folder = folder();
        let result = ProfileLock::acquire_within(&folder.path().join("gone"), NO_WAIT);
        assert!(matches!(result, Err(LockError::Io { .. })), "{result:?}");
    }
}
