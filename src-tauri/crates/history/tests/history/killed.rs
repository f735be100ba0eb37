//! A process that is killed while it records leaves a file that is whole and holds what it was told was written.

use crate::sample::{START, open, varied};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const FOLDER: &str = "MAINSTAY_TEST_RECORD_IN";
const ROUNDS: u64 = 15;

/// Not a test of its own: what the other starts and kills. Records, and says how many are written.
#[test]
fn recorder() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let history = open(&Path::new(&dir).join("history.db"));
    let mut stdout = std::io::stdout();
    for n in 0_u64.. {
        history.record(Arc::new(varied(n, START + n)));
        if n % 97 == 96 {
            history.flush().unwrap();
            let (count, _) = history.reader().unwrap().extent().unwrap();
            writeln!(stdout, "\nwritten {count}").unwrap();
            stdout.flush().unwrap();
        }
    }
}

#[test]
fn a_killed_recorder_leaves_a_whole_file_with_all_that_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::recorder", "--nocapture", "--test-threads=1"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut written = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("written ")?.parse::<u64>().ok());
        let mut last = 0;
        for _ in 0..=round % 5 {
            last = written.next().expect("the recorder stopped by itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = written.last().unwrap_or(last);

        let file = rusqlite::Connection::open(&path).unwrap();
        let check: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok", "round {round}");
        let sql = "SELECT count(*), sum(attempts), (SELECT count(*) FROM attempt) FROM exchange";
        let (count, attempts, kept): (i64, i64, i64) =
            file.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert!(count.cast_unsigned() >= last, "round {round}: {last} were written, {count} are there");
        assert_eq!(attempts, kept, "round {round}: a row without its attempts");
    }
    let aside = std::fs::read_dir(dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("broken"));
    assert_eq!(aside.count(), 0, "nothing was ever taken for broken");
}
