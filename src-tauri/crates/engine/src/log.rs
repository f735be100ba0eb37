//! The log as a file in the data folder: the lines that go to stderr, without the secrets that the engine knows.
//!
//! A file of a megabyte is put aside when it is full, and four are kept, so the log never grows without end. Lines are
//! written by a thread of their own: nobody who says something waits for the disk, and where that is full or gone lines are
//! lost rather than work. Before an engine has taken its data folder, lines wait in memory.

use crate::data::{private, private_dir};
use mainstay_credentials::Redactor;
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// How long a file grows, in bytes.
const FULL: u64 = 1024 * 1024;
/// How many full ones are kept.
const KEPT: u32 = 4;
/// Lines that wait for the disk or for the folder.
const WAITING: usize = 4096;
/// How long the end of an engine waits for the last lines.
const LAST: Duration = Duration::from_secs(1);

/// The thread that writes. One for the process, as there is one log.
static THREAD: OnceLock<SyncSender<Said>> = OnceLock::new();

enum Said {
    Line(Vec<u8>),
    /// From now on lines go to this folder.
    Begin(PathBuf, Redactor),
    /// Whatever was said before is on the disk when the other end hears of it.
    Flush(SyncSender<()>),
}

/// Where log lines go: stderr, and the file as soon as an engine runs. One write is one event.
#[derive(Clone, Copy, Debug)]
pub struct LogWriter(());

impl LogWriter {
    /// The process's log. The first call begins to keep lines for the file.
    pub fn new() -> Self {
        THREAD.get_or_init(|| {
            let (say, said) = sync_channel(WAITING);
            let spawned = std::thread::Builder::new().name("log".to_owned()).spawn(move || keep(&said));
            // Without the thread every line finds the channel closed, and stderr has it all the same.
            drop(spawned);
            say
        });
        Self(())
    }
}

impl Default for LogWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // Whoever reads stderr may be gone; the file is there still.
        let _ = io::stderr().write_all(event);
        if let Some(thread) = THREAD.get() {
            match thread.try_send(Said::Line(event.to_vec())) {
                Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
            }
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// From now on lines are kept in this data folder. Nothing happens in a process that keeps no log.
pub(crate) fn begin(data_dir: &Path, redactor: &Redactor) {
    if let Some(thread) = THREAD.get() {
        let _ = thread.send(Said::Begin(folder(data_dir), redactor.clone()));
    }
}

/// Waits until what was said is on the disk, for a moment at most.
pub(crate) fn flush() {
    let (done, heard) = sync_channel(1);
    if THREAD.get().is_some_and(|thread| thread.try_send(Said::Flush(done)).is_ok()) {
        let _ = heard.recv_timeout(LAST);
    }
}

/// Where the log of a data folder lies.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("logs")
}

fn keep(said: &Receiver<Said>) {
    let mut waiting = VecDeque::new();
    let mut files: Option<(Files, Redactor)> = None;
    while let Ok(said) = said.recv() {
        match (said, &mut files) {
            (Said::Line(line), Some((files, redactor))) => files.write(&line, redactor),
            (Said::Line(line), None) => {
                waiting.push_back(line);
                if waiting.len() > WAITING {
                    waiting.pop_front();
                }
            }
            (Said::Begin(folder, redactor), files) => {
                let mut begun = Files::in_folder(folder);
                for line in waiting.drain(..) {
                    begun.write(&line, &redactor);
                }
                *files = Some((begun, redactor));
            }
            (Said::Flush(done), _) => {
                let _ = done.send(());
            }
        }
    }
}

/// The file that is written, and those that were full.
struct Files {
    folder: PathBuf,
    open: Option<(File, u64)>,
}

impl Files {
    fn in_folder(folder: PathBuf) -> Self {
        Self { folder, open: None }
    }

    /// What can't be written is left out: there is no other place to say so.
    fn write(&mut self, line: &[u8], redactor: &Redactor) {
        let clean = redactor.clean(&String::from_utf8_lossy(line));
        let _ = self.append(clean.as_bytes());
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(_, length)| *length >= FULL) {
            self.open = None;
            self.put_aside();
        }
        if self.open.is_none() {
            self.open = Some(self.begin_file()?);
        }
        let Some((file, length)) = &mut self.open else { return Ok(()) };
        file.write_all(line)?;
        *length += line.len() as u64;
        Ok(())
    }

    fn begin_file(&self) -> io::Result<(File, u64)> {
        private_dir(&self.folder)?;
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        let file = private(&mut options).open(self.name(0))?;
        let length = file.metadata()?.len();
        Ok((file, length))
    }

    fn put_aside(&self) {
        for number in (0..KEPT).rev() {
            let _ = fs::rename(self.name(number), self.name(number + 1));
        }
    }

    fn name(&self, number: u32) -> PathBuf {
        file_name(&self.folder, number)
    }
}

/// The present file is 0, the one before it 1.
fn file_name(folder: &Path, number: u32) -> PathBuf {
    folder.join(if number == 0 { "mainstay.log".to_owned() } else { format!("mainstay.{number}.log") })
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// When, in Unix milliseconds.
    pub(crate) at: Option<u64>,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub(crate) level: String,
    /// What was said, with where and all lines.
    pub(crate) text: String,
}

/// The last events of a log that `wanted` lets through, the oldest of them first.
pub(crate) fn tail(folder: &Path, most: usize, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut found: VecDeque<Event> = VecDeque::new();
    for number in 0..=KEPT {
        let Ok(bytes) = fs::read(file_name(folder, number)) else { continue };
        let events = events(&String::from_utf8_lossy(&bytes));
        for event in events.into_iter().rev().filter(&wanted) {
            if found.len() == most {
                return found.into();
            }
            found.push_front(event);
        }
    }
    found.into()
}

/// How many bytes the log takes.
pub(crate) fn size(folder: &Path) -> u64 {
    (0..=KEPT).filter_map(|number| fs::metadata(file_name(folder, number)).ok()).map(|file| file.len()).sum()
}

fn events(text: &str) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for line in text.lines() {
        match (head(line), events.last_mut()) {
            (Some(event), _) => events.push(event),
            // A backtrace, or a message of several lines.
            (None, Some(event)) => {
                event.text.push('\n');
                event.text.push_str(line);
            }
            (None, None) => {}
        }
    }
    events
}

/// A line that begins an event: instant, level, and what was said.
fn head(line: &str) -> Option<Event> {
    let (instant, rest) = line.split_once(char::is_whitespace)?;
    let (level, text) = rest.trim_start().split_once(' ')?;
    let at = instant.parse::<jiff::Timestamp>().ok()?;
    ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level).then(|| Event {
        at: u64::try_from(at.as_millisecond()).ok(),
        level: level.to_owned(),
        text: text.trim_start().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay_credentials::SecretString;

    const LINE: &str = "2026-11-27T05:50:00.123456Z  INFO mainstay: it said something\n";

    fn files(dir: &Path) -> Files {
        Files::in_folder(folder(dir))
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = files(dir.path());
        let line = LINE.repeat(2000);
        for _ in 0..60 {
            files.write(line.as_bytes(), &Redactor::new());
        }
        let mut names: Vec<_> =
            fs::read_dir(folder(dir.path())).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names.len(), 5, "{names:?}");
        assert!(size(&folder(dir.path())) < (u64::from(KEPT) + 1) * (FULL + line.len() as u64));
        #[cfg(unix)]
        {
            let mode = fs::metadata(folder(dir.path()).join("mainstay.log")).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
    }

    #[test]
    fn a_known_secret_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let redactor = Redactor::new();
        redactor.learn(&SecretString::from("sk-canary-of-the-log"));
        files(dir.path()).write(b"2026-11-27T05:50:00Z ERROR mainstay: refused sk-canary-of-the-log\n", &redactor);
        let text = fs::read_to_string(folder(dir.path()).join("mainstay.log")).unwrap();
        assert!(text.contains("refused [redacted]") && !text.contains("canary"), "{text}");
    }

    #[test]
    fn the_tail_holds_whole_events_of_the_levels_that_are_wanted_across_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = files(dir.path());
        let write = |files: &mut Files, text: &str| files.write(text.as_bytes(), &Redactor::new());
        write(&mut files, "2026-11-27T05:50:00.001Z ERROR a: panicked\n  at place\n");
        write(&mut files, LINE);
        files.put_aside();
        files.open = None;
        write(&mut files, "2026-11-27T05:50:02Z  WARN b: odd\n");
        let folder = folder(dir.path());
        let said = |most, wanted: &dyn Fn(&Event) -> bool| -> Vec<String> {
            tail(&folder, most, wanted).into_iter().map(|event| event.text).collect()
        };
        let all = ["a: panicked\n  at place", "mainstay: it said something", "b: odd"];
        assert_eq!(said(10, &|_| true), all);
        assert_eq!(said(2, &|_| true), all[1..]);
        assert_eq!(said(10, &|event| event.level != "INFO"), [all[0], all[2]]);
        assert_eq!(tail(&folder, 1, |_| true)[0].at, Some(1_795_758_602_000));
    }
}
