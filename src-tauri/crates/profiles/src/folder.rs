//! The profiles folder: what is in it, and the only way to change it.
//!
//! Reading takes no lock, because every write is one rename. Each change takes the CLI's lock, checks what it is about to
//! replace, and replaces it atomically, so two programs that change the same file cannot lose each other's work: the one
//! that comes second is told ([`FolderError::Changed`]), or uses [`Folder::edit`], which reads under the lock.

mod references;

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::atomic::{self, Target};
use crate::document::{Document, EditError};
use crate::lock::{LockError, ProfileLock};
use crate::name::{NameError, valid_name};
use crate::place::{FileError, FileErrorKind};
use crate::profile::Profile;
use crate::versions::Versions;

/// Real profiles have a few kilobytes. More than this is some other file, and not worth the memory.
const LARGEST: u64 = 1024 * 1024;

/// The profiles folder.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
    /// Where what is replaced here is kept.
    versions: Option<Versions>,
}

/// One file of the folder.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file's name without `.json`.
    pub name: String,
    /// What it holds, or why it cannot be used.
    pub profile: Result<Profile, FileError>,
}

/// What a write may replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The profile must not exist.
    Create,
    /// The profile may exist.
    Replace {
        /// What it must still hold; `None`: whatever it holds, or nothing.
        expected: Option<Fingerprint>,
    },
}

/// The SHA-256 of a file's text, by which a change is noticed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `text`.
    pub fn of(text: &str) -> Fingerprint {
        Fingerprint(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 64 hexadecimal digits")]
pub struct NotAFingerprint;

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Fingerprint, NotAFingerprint> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAFingerprint);
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| NotAFingerprint)?;
        }
        Ok(Fingerprint(bytes))
    }
}

/// Why the folder could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The name cannot be a file's.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The text to write is not a profile.
    #[error("\"{name}\" would not be a profile: {source}")]
    Invalid {
        /// The profile.
        name: String,
        /// What is wrong with the text.
        source: FileError,
    },
    /// The profile cannot be read to be edited.
    #[error("\"{name}\" cannot be read: {source}")]
    Unreadable {
        /// The profile.
        name: String,
        /// What is wrong with the file.
        source: FileError,
    },
    /// The edit does not fit the text.
    #[error("\"{name}\" cannot be edited: {source}")]
    Edit {
        /// The profile.
        name: String,
        /// What does not fit.
        source: EditError,
    },
    /// There is such a profile already.
    #[error("there is already a profile \"{0}\"")]
    Exists(String),
    /// There is no such profile.
    #[error("there is no profile \"{0}\"")]
    Missing(String),
    /// Another program changed the file since it was read.
    #[error("\"{0}\" was changed by another program since it was read")]
    Changed(String),
    /// Load balancers list the profile.
    #[error("\"{name}\" is used by {}", list(by))]
    Referenced {
        /// The profile.
        name: String,
        /// The load balancers, sorted.
        by: Vec<String>,
    },
    /// Another program holds the lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The place where the folder belongs is taken by something else.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The file system refused.
    #[error("{action} {} failed", path.display())]
    Io {
        /// What was being done, as a gerund: "reading".
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderError {
    /// A stable name for programs and for the documentation.
    pub fn code(&self) -> &'static str {
        match self {
            FolderError::Name(_) => "profile_name_invalid",
            FolderError::Invalid { .. } => "profile_invalid",
            FolderError::Unreadable { .. } => "profile_unreadable",
            FolderError::Edit { .. } => "profile_edit_invalid",
            FolderError::Exists(_) => "profile_exists",
            FolderError::Missing(_) => "profile_missing",
            FolderError::Changed(_) => "profile_changed",
            FolderError::Referenced { .. } => "profile_in_use",
            FolderError::Lock(_) => "profiles_locked",
            FolderError::NotAFolder(_) => "profiles_dir_invalid",
            FolderError::Io { .. } => "profiles_io",
        }
    }

    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
        let path = path.to_owned();
        move |source| FolderError::Io { action, path, source }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

impl Folder {
    /// Opens the folder, creating it (0700) with its parents if it is not there.
    ///
    /// # Errors
    /// [`FolderError::NotAFolder`] or [`FolderError::Io`].
    pub fn open(dir: PathBuf) -> Result<Folder, FolderError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&dir) {
            Ok(()) => Ok(Folder { dir, versions: None }),
            Err(_) if dir.exists() && !dir.is_dir() => Err(FolderError::NotAFolder(dir)),
            Err(source) => Err(FolderError::Io { action: "creating", path: dir, source }),
        }
    }

    /// Keeps in `versions` what is replaced or removed here from now on.
    #[must_use]
    pub fn with_versions(self, versions: Versions) -> Folder {
        Folder { versions: Some(versions), ..self }
    }

    /// What is kept of earlier texts.
    pub fn versions(&self) -> Option<&Versions> {
        self.versions.as_ref()
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Every `*.json`, sorted by name, usable or not. A file that vanishes meanwhile is left out.
    ///
    /// # Errors
    /// [`FolderError::Io`] when the folder itself cannot be listed.
    pub fn read_all(&self) -> Result<Vec<Entry>, FolderError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(FolderError::io("listing", &self.dir))? {
            let path = entry.map_err(FolderError::io("listing", &self.dir))?.path();
            // `Path::extension` takes no part of ".json" for an extension; nor does the CLI make such a file.
            if path.extension().is_none_or(|extension| extension != "json") || path.is_dir() {
                continue;
            }
            if let Some(stem) = path.file_stem() {
                names.push(stem.to_owned());
            }
        }
        names.sort();
        let entries = names.into_iter().filter_map(|name| match name.into_string() {
            Ok(name) => match self.read(&name) {
                Err(error) if error.kind == FileErrorKind::Missing && !self.path(&name).is_symlink() => None,
                profile => Some(Entry { name, profile }),
            },
            Err(odd) => {
                let error = FileError::nowhere(FileErrorKind::Unreadable, "The file's name is not Unicode text.");
                Some(Entry { name: odd.to_string_lossy().into_owned(), profile: Err(error) })
            }
        });
        Ok(entries.collect())
    }

    /// Reads one profile.
    ///
    /// # Errors
    /// [`FileError`]: missing, unreadable, or at which place it is broken.
    pub fn read(&self, name: &str) -> Result<Profile, FileError> {
        Profile::parse(name, &self.text(name)?)
    }

    /// The text of a profile's file, byte for byte, broken or not.
    ///
    /// # Errors
    /// [`FileError`]: missing, unreadable, too large, or not UTF-8.
    pub fn text(&self, name: &str) -> Result<String, FileError> {
        valid_name(name).map_err(|error| FileError::nowhere(FileErrorKind::Unreadable, format!("{error}.")))?;
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => FileError::nowhere(FileErrorKind::Missing, "There is no such file."),
            _ => FileError::nowhere(FileErrorKind::Unreadable, format!("The file cannot be read: {error}.")),
        };
        let path = self.path(name);
        // Opening a pipe would wait for a writer for ever.
        if !fs::metadata(&path).map_err(unreadable)?.is_file() {
            return Err(FileError::nowhere(FileErrorKind::Unreadable, "This is not a regular file."));
        }
        let file = fs::File::open(&path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(FileError::nowhere(FileErrorKind::Unreadable, "The file has more than 1 MiB; no profile has."));
        }
        String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            FileError::at(FileErrorKind::Syntax, &text, valid, "The file is not UTF-8 text.")
        })
    }

    /// Writes a profile's file. The text must be a profile; it is stored byte for byte.
    ///
    /// Blocks up to ten seconds for the CLI's lock.
    ///
    /// # Errors
    /// [`FolderError`]; the file is then as it was.
    pub fn write(&self, name: &str, text: &str, mode: Write) -> Result<(), FolderError> {
        valid_name(name)?;
        check(name, text)?;
        let _lock = self.lock()?;
        let target = match mode {
            Write::Create => Target::New,
            Write::Replace { expected: None } => Target::Any,
            Write::Replace { expected: Some(expected) } => {
                match self.text(name) {
                    Ok(now) if Fingerprint::of(&now) == expected => {}
                    Err(error) if error.kind == FileErrorKind::Missing => {
                        return Err(FolderError::Missing(name.to_owned()));
                    }
                    // It was readable when its fingerprint was taken.
                    Ok(_) | Err(_) => return Err(FolderError::Changed(name.to_owned())),
                }
                Target::Any
            }
        };
        self.store(name, text, target)
    }

    /// Reads a profile, changes it and writes it back, all under the lock, so that no other writer comes between.
    ///
    /// Blocks up to ten seconds for the CLI's lock. Nothing is written when `change` changes nothing.
    ///
    /// # Errors
    /// [`FolderError`]; the file is then as it was.
    pub fn edit(
        &self,
        name: &str,
        change: impl FnOnce(&mut Document) -> Result<(), EditError>,
    ) -> Result<(), FolderError> {
        valid_name(name)?;
        let _lock = self.lock()?;
        let unreadable = |source: FileError| match source.kind {
            FileErrorKind::Missing => FolderError::Missing(name.to_owned()),
            _ => FolderError::Unreadable { name: name.to_owned(), source },
        };
        let before = self.text(name).map_err(unreadable)?;
        let mut document = Document::parse(&before).map_err(unreadable)?;
        change(&mut document).map_err(|source| FolderError::Edit { name: name.to_owned(), source })?;
        if document.text() == before {
            return Ok(());
        }
        check(name, document.text())?;
        self.store(name, document.text(), Target::Any)
    }

    /// Removes a profile's file. Refused while a load balancer lists it, as in the CLI.
    ///
    /// Blocks up to ten seconds for the CLI's lock.
    ///
    /// # Errors
    /// [`FolderError::Referenced`] names the load balancers; [`FolderError::Missing`]; [`FolderError::Io`].
    pub fn delete(&self, name: &str) -> Result<(), FolderError> {
        valid_name(name)?;
        let _lock = self.lock()?;
        let by = self.balancers_with(name)?;
        if !by.is_empty() {
            return Err(FolderError::Referenced { name: name.to_owned(), by });
        }
        if self.remove_file(name)? { Ok(()) } else { Err(FolderError::Missing(name.to_owned())) }
    }

    /// The load balancers that list `name`, sorted. A balancer that lists itself is not held up by that.
    fn balancers_with(&self, name: &str) -> Result<Vec<String>, FolderError> {
        let mut by = Vec::new();
        for entry in self.read_all()? {
            if let Ok(Profile::Balancer(balancer)) = entry.profile
                && balancer.name != name
                && balancer.members.iter().any(|member| member.profile == name)
            {
                by.push(balancer.name);
            }
        }
        Ok(by)
    }

    fn lock(&self) -> Result<ProfileLock, FolderError> {
        let lock = ProfileLock::acquire(&self.dir)?;
        atomic::sweep(&self.dir).map_err(FolderError::io("clearing", &self.dir))?;
        Ok(lock)
    }

    /// Keeps what is about to go. A full disk must not stand in the way of the change itself.
    fn keep_version(&self, name: &str) {
        let Some(versions) = &self.versions else { return };
        let now = jiff::Timestamp::now().as_millisecond().unsigned_abs();
        if let Ok(text) = self.text(name)
            && let Err(error) = versions.keep(name, &text, now)
        {
            tracing::warn!(profile = name, %error, "the earlier text could not be kept");
        }
    }

    fn store(&self, name: &str, text: &str, target: Target) -> Result<(), FolderError> {
        if target == Target::Any {
            self.keep_version(name);
        }
        let path = self.path(name);
        atomic::write(&path, text, target).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists if target == Target::New => FolderError::Exists(name.to_owned()),
            _ => FolderError::Io { action: "writing", path, source },
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.json"))
    }
}

fn check(name: &str, text: &str) -> Result<(), FolderError> {
    Profile::parse(name, text).map(drop).map_err(|source| FolderError::Invalid { name: name.to_owned(), source })
}
