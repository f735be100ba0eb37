//! A user's folders, for one test alone.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Profiles, data and home of one made-up user. Gone with the last that holds it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder for the test"));
        for dir in [home.profiles(), home.user()] {
            fs::create_dir_all(dir).expect("a folder in the test's folder");
        }
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn profiles(&self) -> PathBuf {
        self.path().join("profiles")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// What `HOME` says.
    pub(crate) fn user(&self) -> PathBuf {
        self.path().join("user")
    }

    pub(crate) fn profile_path(&self, name: &str) -> PathBuf {
        self.profiles().join(format!("{name}.json"))
    }

    /// Writes a profile file as an editor would.
    pub(crate) fn write(&self, name: &str, profile: &Value) {
        self.write_text(name, &serde_json::to_string_pretty(profile).expect("JSON is JSON"));
    }

    pub(crate) fn write_text(&self, name: &str, text: &str) {
        fs::write(self.profile_path(name), text).expect("a profile file");
    }

    /// Puts any other file beside the folders and says where it is.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).expect("a file in the test's folder");
        path
    }
}
