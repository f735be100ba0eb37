//! WebKit's own WebDriver, started on a session bus of its own.
//!
//! No tauri-driver: all that it adds is the variable and the renamed option set in here and in [`Page`](crate::harness::page::Page).
//! `WEBKIT_DISABLE_*` variables are kept away: they make screenshots hang.

use super::screen::Screen;
use crate::harness::Home;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// A driver, and with it the window that it opens. It heads a process group, so that when a test fails nothing that it
/// started is left running: neither bus nor window.
pub(crate) struct Driver {
    process: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Driver {
    /// Starts it for the user of these folders, in their folder. Of the machine's own variables only `PATH` comes in;
    /// `variables` are for the window.
    pub(crate) fn start(screen: &Screen, home: &Home, variables: &[(&str, &str)]) -> Self {
        let user = home.user();
        let runtime = user.join(".run");
        std::fs::create_dir_all(&runtime).expect("a runtime folder");
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).expect("that only its owner opens");
        let port = free_port();
        let process = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", "--host=127.0.0.1", &format!("--port={port}")])
            .current_dir(home.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("NO_AT_BRIDGE", "1")
            .env("GDK_BACKEND", "x11")
            .env("DISPLAY", &screen.display)
            .env("HOME", &user)
            .env("XDG_CONFIG_HOME", user.join(".config"))
            .env("XDG_DATA_HOME", user.join(".local/share"))
            .env("XDG_STATE_HOME", user.join(".local/state"))
            .env("XDG_CACHE_HOME", user.join(".cache"))
            .env("XDG_RUNTIME_DIR", &runtime)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the driver starts");
        Self { process, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

/// A port that was free a moment ago; the driver can't pick one itself and say which.
fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    probe.local_addr().expect("a bound listener has an address").port()
}
