//! The gateway under test, as a user runs it: `mainstay serve` with profiles in files, the history on, and a watcher of the
//! live events.

use crate::process::{Owned, pinned};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{fs, io, thread};
use tempfile::TempDir;

/// The folders of one run, gone with it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> io::Result<Self> {
        let home = Self(tempfile::tempdir()?);
        fs::create_dir_all(home.profiles())?;
        fs::create_dir_all(home.data())?;
        Ok(home)
    }

    fn profiles(&self) -> PathBuf {
        self.0.path().join("profiles")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Writes a profile that leads to `base_url`. Each has a health of its own by its key.
    pub(crate) fn profile(&self, name: &str, base_url: &str) -> io::Result<()> {
        let settings = json!({ "base-url": base_url, "auth-key": format!("key-of-{name}") });
        self.write(
            name,
            &json!({
                "version": 1, "provider": "openai", "model": "bench", "modelParams": {}, "ephemeralSettings": settings
            }),
        )
    }

    /// Writes a load balancer by failover.
    pub(crate) fn balancer(&self, name: &str, members: &[String]) -> io::Result<()> {
        self.write(name, &json!({ "version": 1, "type": "loadbalancer", "policy": "failover", "profiles": members }))
    }

    fn write(&self, name: &str, profile: &Value) -> io::Result<()> {
        fs::write(self.profiles().join(format!("{name}.json")), profile.to_string())
    }

    /// Says who serves requests that name nobody.
    pub(crate) fn activate(&self, name: &str) -> io::Result<()> {
        fs::write(self.data().join("state.json"), json!({ "active": name }).to_string())
    }
}

/// It runs.
pub(crate) struct Gateway {
    pub(crate) process: Owned,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl Gateway {
    /// Starts `program` in these folders. `watched`: somebody looks on, as the window does.
    pub(crate) fn start(program: &Path, home: &Home, core: Option<usize>, watched: bool) -> io::Result<Self> {
        let mut command = pinned(program, core);
        command.args(["serve", "--listen", "127.0.0.1:0", "--secrets", "memory", "--log", "warn", "--proxy", "none"]);
        command.arg("--profiles-dir").arg(home.profiles()).arg("--data-dir").arg(home.data());
        command.env("HOME", home.0.path()).env("XDG_RUNTIME_DIR", home.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        let process = Owned(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| io::Error::other("no such text"));
        let listening = text(&ready["listening"])?;
        let address = listening.trim_start_matches("http://").parse().map_err(io::Error::other)?;
        let run: Value = serde_json::from_slice(&fs::read(home.data().join("run.json"))?)?;
        if watched {
            watch(address, &text(&run["admin_token"])?)?;
        }
        Ok(Self { process, address, token: text(&ready["token"])? })
    }
}

/// Reads the live events from now on, and throws them away.
fn watch(address: SocketAddr, token: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /_mainstay/watch HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")?;
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    Ok(())
}
