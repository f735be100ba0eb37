//! A process that is killed while it writes leaves a vault that opens, with everything that it had been told was kept.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use mainstay_credentials::{SecretId, SecretString, StoreKind, open};
use secrecy::ExposeSecret as _;

const FOLDER: &str = "MAINSTAY_TEST_WRITE_IN";
const ROUNDS: u64 = 20;

/// Not a test of its own: what the other starts and kills. Counts up in the vault, and says each number once it is kept.
#[tokio::test]
async fn writer() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let store = open(StoreKind::File, Path::new(&dir), "unused").await.unwrap();
    let id = SecretId::provider_key("counter");
    // A vault of some size, so that a write takes its time.
    store.set(&SecretId::provider_key("ballast"), &SecretString::from("x".repeat(100_000))).await.unwrap();
    let mut stdout = std::io::stdout();
    for n in 0_u64.. {
        store.set(&id, &SecretString::from(n.to_string())).await.unwrap();
        writeln!(stdout, "\nkept {n}").unwrap();
        stdout.flush().unwrap();
    }
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let id = SecretId::provider_key("counter");
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer", "--nocapture", "--test-threads=1"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut kept = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok());
        let stop_at = 1 + round % 7;
        assert!(kept.any(|n| n == stop_at), "the writer stopped by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        // What it still said before it died.
        let last = kept.last().unwrap_or(stop_at);

        let store = open(StoreKind::File, dir.path(), "unused").await.unwrap();
        let found: u64 = store.get(&id).await.unwrap().unwrap().expose_secret().parse().unwrap();
        assert!(found >= last, "round {round}: {last} was kept, {found} is there");
        let files = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(files, 2, "round {round}: leftovers beside the vault and its key");
    }
}
