//! What can be wrong with the file, each for real. The one who hands over never notices; the user is told.

use crate::sample::{DAY, START, code, open, settings, until, varied};
use mainstay_history::{History, Retention};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn record(history: &History, from: u64, count: u64) {
    for n in from..from + count {
        history.record(Arc::new(varied(n, START + n)));
    }
}

fn count(history: &History) -> u64 {
    history.reader().unwrap().extent().unwrap().0
}

fn moved_aside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut aside: Vec<PathBuf> = entries
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("history.db.broken-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    aside.sort();
    aside
}

#[test]
fn a_file_that_is_no_database_is_moved_aside_and_a_new_one_begun() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let garbage = "this was a history once ".repeat(1_000);
    fs::write(&path, &garbage).unwrap();
    let history = open(&path);
    record(&history, 0, 10);
    history.flush().unwrap();
    assert_eq!((count(&history), code(&history), history.info().recording), (10, "history_moved_aside", true));
    let aside = moved_aside(dir.path());
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read_to_string(&aside[0]).unwrap(), garbage, "nothing of it is lost");

    history.delete_all().unwrap();
    assert_eq!((count(&history), code(&history), moved_aside(dir.path()).len()), (0, "", 0), "unless the user says so");
}

#[test]
fn a_file_that_breaks_while_it_is_open_is_found_by_a_reader_and_moved_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let history = open(&path);
    record(&history, 0, 2_000);
    history.close(std::time::Duration::from_secs(60));
    drop(history);
    // The header stays, everything after it goes.
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[4096..end].fill(0xa5);
    fs::write(&path, bytes).unwrap();

    let history = open(&path);
    until("the first look", || history.info().recording);
    let error = history.reader().and_then(|reader| reader.find("req_0")).unwrap_err();
    assert_eq!(error.code(), "history_broken");
    history.suspect(&error);
    until("the move", || code(&history) == "history_moved_aside");
    record(&history, 0, 10);
    history.flush().unwrap();
    assert_eq!((count(&history), moved_aside(dir.path()).len()), (10, 1));
}

#[test]
fn a_folder_in_its_place_is_told_and_what_came_meanwhile_is_written_when_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    fs::create_dir(&path).unwrap();
    let history = open(&path);
    record(&history, 0, 100);
    assert!(history.flush().is_err());
    assert_eq!((code(&history), history.info().recording), ("history_unusable", false));
    fs::remove_dir(&path).unwrap();
    until("its return", || history.flush().is_ok());
    assert_eq!((count(&history), code(&history), history.info().lost), (100, "", 0));
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_told_and_what_came_meanwhile_is_written_when_it_may() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        eprintln!("SKIPPED: this user may write everywhere, so no folder is read-only");
        return;
    }
    let history = open(&folder.join("history.db"));
    record(&history, 0, 100);
    assert!(history.flush().is_err());
    assert_eq!(code(&history), "history_unusable");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    until("its return", || history.flush().is_ok());
    assert_eq!((count(&history), code(&history)), (100, ""));
}

#[test]
fn a_full_file_is_told_and_what_came_meanwhile_is_written_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.max_pages = Some(200);
    let history = History::open(&dir.path().join("history.db"), settings, || {});
    let mut n = 0;
    while history.flush().is_ok() {
        record(&history, n, 200);
        n += 200;
        assert!(n < 100_000, "200 pages are soon full");
    }
    assert_eq!((code(&history), history.info().recording), ("history_disk_full", false));
    let before = count(&history);
    assert!(before > 0 && before < n, "reading goes on");
    // They wait in memory. All that is old goes, and they come in.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    history.record(Arc::new(varied(n, now)));
    let age = now.saturating_sub(START) / DAY;
    assert!(age >= 1, "the clock of this machine stands before the sample's days");
    history.retain(Retention { days: 1, ..Retention::default() }).unwrap();
    until("room", || history.flush().is_ok());
    let reader = history.reader().unwrap();
    assert!(reader.find(&varied(n, now).id).unwrap().is_some());
    assert_eq!((code(&history), history.info().lost), ("", 0));
}

#[test]
fn a_file_of_a_newer_program_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 1000").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let history = open(&path);
    record(&history, 0, 10);
    assert!(history.flush().is_err());
    assert_eq!(code(&history), "history_newer");
    drop(history);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_was_removed_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let history = open(&path);
    record(&history, 0, 10);
    history.flush().unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(dir.path().join(format!("history.db{suffix}")));
    }
    record(&history, 10, 10);
    history.flush().unwrap();
    assert_eq!(count(&history), 10);
}
