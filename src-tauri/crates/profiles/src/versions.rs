//! What profile files held before: the last ten texts of each, kept outside the profiles folder.
//!
//! **Invariant**: no secret is kept a second time. A key in plain text, and the values of headers that may carry one, are
//! left out of what is kept; whoever brings such a version back gives the key anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::atomic::{self, Target};
use crate::secrets::without_secrets;

/// How many texts of a file are kept.
const KEPT: usize = 10;

/// The folder of earlier texts.
#[derive(Debug, Clone)]
pub struct Versions {
    dir: PathBuf,
}

/// One earlier text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Names it among the file's versions.
    pub id: String,
    /// When it was replaced, in Unix milliseconds.
    pub replaced_at: u64,
}

impl Versions {
    /// Earlier texts in a folder, which is made when the first is kept.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Keeps a text that is about to be replaced or removed. The same text twice in a row is kept once.
    ///
    /// # Errors
    /// What the file system says.
    pub fn keep(&self, name: &str, text: &str, now: u64) -> io::Result<()> {
        // Nothing here ever replaces a text that is no profile.
        let Ok(text) = without_secrets(text) else { return Ok(()) };
        let dir = self.of(name);
        let known = self.list(name);
        if let Some(newest) = known.first()
            && self.text(name, &newest.id).is_ok_and(|kept| kept == text)
        {
            return Ok(());
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&dir)?;
        // Two changes within a millisecond are two versions.
        let at = known.first().map_or(now, |newest| now.max(newest.replaced_at + 1));
        atomic::write(&dir.join(format!("{at:016}.json")), &text, Target::New)?;
        for old in self.list(name).into_iter().skip(KEPT) {
            fs::remove_file(dir.join(format!("{}.json", old.id)))?;
        }
        Ok(())
    }

    /// The earlier texts of a file, newest first.
    pub fn list(&self, name: &str) -> Vec<Version> {
        let Ok(entries) = fs::read_dir(self.of(name)) else { return Vec::new() };
        let mut found: Vec<Version> = entries
            .filter_map(|entry| {
                let file = entry.ok()?.file_name();
                let id = file.to_str()?.strip_suffix(".json")?.to_owned();
                Some(Version { replaced_at: id.parse().ok()?, id })
            })
            .collect();
        found.sort_by_key(|version| std::cmp::Reverse(version.replaced_at));
        found
    }

    /// One earlier text.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such version.
    pub fn text(&self, name: &str, id: &str) -> io::Result<String> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        fs::read_to_string(self.of(name).join(format!("{id}.json")))
    }

    /// Lets the earlier texts follow a new name.
    ///
    /// # Errors
    /// What the file system says.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        if from == to || !self.of(from).exists() {
            return Ok(());
        }
        // What is kept of an earlier profile of that name is not this one's.
        match fs::remove_dir_all(self.of(to)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(self.of(from), self.of(to))
    }

    /// Names are any Unicode; folders of some systems are not.
    fn of(&self, name: &str) -> PathBuf {
        self.dir.join(utf8_percent_encode(name, NON_ALPHANUMERIC).to_string())
    }

    /// Where they are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(model: &str) -> String {
        format!(r#"{{"version":1,"provider":"openai","model":"{model}","ephemeralSettings":{{}}}}"#)
    }

    #[test]
    fn the_last_ten_texts_are_kept_newest_first() {
        let home = tempfile::tempdir().unwrap();
        let versions = Versions::at(home.path().join("versions"));
        for number in 0..15 {
            versions.keep("a/b", &text(&number.to_string()), 1_000 + number / 2).unwrap();
        }
        let kept = versions.list("a/b");
        assert_eq!(kept.len(), KEPT);
        assert_eq!(versions.text("a/b", &kept[0].id).unwrap(), text("14"));
        assert_eq!(versions.text("a/b", &kept[9].id).unwrap(), text("5"));
        versions.keep("a/b", &text("14"), 9_000).unwrap();
        assert_eq!(versions.list("a/b"), kept, "the same again is nothing new");
        assert!(versions.text("a/b", "../x").is_err());
        assert_eq!(versions.list("other"), []);
        versions.rename("a/b", "c").unwrap();
        assert_eq!(versions.list("c"), kept);
    }

    #[test]
    fn no_secret_is_kept_a_second_time() {
        let home = tempfile::tempdir().unwrap();
        let versions = Versions::at(home.path().to_owned());
        let secret = r#"{"version":1,"provider":"openai","model":"m","ephemeralSettings":{
            "auth-key":"canary","custom-headers":{"X-Api-Key":"canary","X-Team":"blue"}}}"#;
        versions.keep("a", secret, 1).unwrap();
        let kept = versions.text("a", &versions.list("a")[0].id).unwrap();
        assert!(!kept.contains("canary"), "{kept}");
        assert!(kept.contains("blue"), "{kept}");
    }
}
