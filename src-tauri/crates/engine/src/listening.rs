//! Where the gateway is to listen: what the settings say, and which program holds a port that is taken.

use crate::data::replace;
use serde::{Deserialize, Serialize};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// Where the gateway listens unless something else is said.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4117);

#[derive(Serialize, Deserialize)]
struct Kept {
    port: u16,
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("gateway.json")
}

/// Where the settings of this data folder say that the gateway listens: on this machine alone, whatever the file says.
pub fn kept_listen(data_dir: &Path) -> SocketAddr {
    let kept = std::fs::read(file(data_dir)).ok().and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
    let port = kept.map(|kept| kept.port).filter(|port| *port > 0);
    SocketAddr::new(DEFAULT_LISTEN.ip(), port.unwrap_or(DEFAULT_LISTEN.port()))
}

/// From the next start on the gateway listens at this port.
///
/// # Errors
/// When the data folder can't be written to.
pub fn keep_port(data_dir: &Path, port: u16) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(&Kept { port }).expect("a number is JSON");
    replace(&file(data_dir), &text)
}

/// Whether nobody listens there now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The next port after this one at which nobody listens.
pub fn free_after(port: u16) -> Option<u16> {
    (port.saturating_add(1)..=port.saturating_add(50)).find(|port| is_free(*port))
}

/// The program that listens at a port, where the system tells: its name and its process.
pub(crate) fn holder(port: u16) -> Option<String> {
    held_by(port)
        .map(|(name, pid)| if name.is_empty() { format!("process {pid}") } else { format!("{name} (process {pid})") })
}

#[cfg(target_os = "linux")]
fn held_by(port: u16) -> Option<(String, u32)> {
    use std::fs;
    let wanted = format!(":{port:04X}");
    // The state 0A is "listening"; the tenth column is the socket's number.
    let socket = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let text = fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let listens = columns.get(1)?.ends_with(&wanted) && *columns.get(3)? == "0A";
            listens.then(|| columns.get(9).map(|number| format!("socket:[{number}]"))).flatten()
        })
    })?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).find_map(|pid| {
        // Those of other users can't be looked into.
        let open = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        let holds = open
            .flatten()
            .any(|file| fs::read_link(file.path()).is_ok_and(|target| target.to_str() == Some(socket.as_str())));
        let name = || fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned();
        holds.then(|| (name(), pid))
    })
}

#[cfg(target_os = "macos")]
fn held_by(port: u16) -> Option<(String, u32)> {
    let asked = std::process::Command::new("lsof")
        .args(["-nP", "-sTCP:LISTEN", "-Fpc", &format!("-iTCP:{port}")])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&asked.stdout);
    let field = |mark: char| text.lines().find_map(|line| line.strip_prefix(mark));
    Some((field('c').unwrap_or_default().to_owned(), field('p')?.parse().ok()?))
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn held_by(_: u16) -> Option<(String, u32)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_counts_and_anything_else_is_the_default() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(kept_listen(dir.path()), DEFAULT_LISTEN);
        keep_port(dir.path(), 5000).unwrap();
        assert_eq!(kept_listen(dir.path()), "127.0.0.1:5000".parse().unwrap());
        for odd in ["{", "{\"port\": 0}", "{\"port\": 70000}", "{\"listen\": \"0.0.0.0:1\"}"] {
            std::fs::write(file(dir.path()), odd).unwrap();
            assert_eq!(kept_listen(dir.path()), DEFAULT_LISTEN, "{odd}");
        }
    }

    #[test]
    fn a_port_that_is_taken_is_told_from_one_that_is_free() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!is_free(port));
        #[cfg(target_os = "linux")]
        assert!(holder(port).unwrap().contains(&format!("process {}", std::process::id())));
        let free = free_after(port).unwrap();
        assert!(free > port && is_free(free));
    }
}
