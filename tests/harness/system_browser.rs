//! What the system opens addresses with: a stand-in that notes them, so that the test can take them to a browser of its own.

use super::home::Home;
use super::wait::until;
use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// The first `xdg-open` on the way of a window under test.
pub(crate) struct SystemBrowser {
    folder: PathBuf,
    taken: Cell<usize>,
}

impl SystemBrowser {
    /// Puts it into this home.
    pub(crate) fn at(home: &Home) -> Self {
        let folder = home.path().join("bin");
        fs::create_dir_all(&folder).expect("a folder in the test's folder");
        let program = folder.join("xdg-open");
        fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$1\" >>\"${0%/*}/opened\"\n").expect("a program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("that can be run");
        Self { folder, taken: Cell::new(0) }
    }

    /// What `PATH` says for a window that is to find it.
    pub(crate) fn path(&self) -> String {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.folder.clone()).chain(std::env::split_paths(&path));
        let joined: OsString = std::env::join_paths(folders).expect("no folder has a colon in its name");
        joined.into_string().expect("UTF-8")
    }

    /// The next address that the system was to open, as soon as there is one.
    pub(crate) async fn opened(&self) -> String {
        let taken = self.taken.get();
        let address = until("the system opens an address", async || {
            let all = fs::read_to_string(self.folder.join("opened")).unwrap_or_default();
            // One that is still being written has no end yet.
            all.split_inclusive('\n').nth(taken)?.strip_suffix('\n').map(str::to_owned)
        });
        let address = address.await;
        self.taken.set(taken + 1);
        address
    }

    /// How many addresses it was given so far.
    pub(crate) fn count(&self) -> usize {
        fs::read_to_string(self.folder.join("opened")).unwrap_or_default().lines().count()
    }
}
