//! The one thread that writes.
//!
//! Entries gather for at most a tenth of a second and go in together. When the file can't be written, they wait in memory
//! and the file is tried again from time to time; what no longer fits is counted as lost. What is over the retention is
//! taken out between batches, a step at a time.

use crate::failure::{Fault, HistoryError, HistoryState};
use crate::history::{Common, Settings};
use crate::names::Writing;
use crate::queue::Queue;
use crate::record::Exchange;
use crate::retention::{Retention, forget_names, prune};
use crate::{place, row};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime};

/// How long entries gather.
const GATHER: Duration = Duration::from_millis(100);
/// How many entries go into one transaction.
pub(crate) const BATCH: usize = 500;
/// How many entries wait in memory while the file can't be written.
const BACKLOG: usize = 20_000;
/// How often the retention is looked at when little happens.
const KEEPING: Duration = Duration::from_secs(60);
/// How many entries are written before the retention is looked at again.
const KEEPING_AFTER: usize = 5_000;
/// How often a broken file is moved aside in one run. A disk that breaks each new one would be filled with them.
const MOVES: u32 = 3;
/// How long the loss of entries is shown.
const LOSS_SHOWN: Duration = Duration::from_secs(60);

/// What the thread is told.
pub(crate) enum Message {
    /// Write what has come so far, then answer.
    Flush(Sender<Result<(), HistoryError>>),
    DeleteAll(Sender<Result<(), HistoryError>>),
    Retain(Retention, Sender<Result<(), HistoryError>>),
    /// A reader found the file broken.
    Suspect,
    Stop,
}

pub(crate) struct Writer {
    path: PathBuf,
    settings: Settings,
    queue: Arc<Queue<Arc<Exchange>, Message>>,
    common: Arc<Common>,
    file: Option<Connection>,
    names: Writing,
    backlog: VecDeque<Arc<Exchange>>,
    retry_at: Option<Instant>,
    /// Why the file can't be written.
    trouble: Option<HistoryState>,
    /// Where a broken file went in this run.
    moved: Option<PathBuf>,
    moves: u32,
    lost_seen: u64,
    lost_at: Option<Instant>,
    written: usize,
    kept_at: Option<Instant>,
    more_to_prune: bool,
}

impl Writer {
    pub(crate) fn new(
        path: PathBuf,
        settings: Settings,
        queue: Arc<Queue<Arc<Exchange>, Message>>,
        common: Arc<Common>,
    ) -> Self {
        Self {
            path,
            settings,
            queue,
            common,
            file: None,
            names: Writing::default(),
            backlog: VecDeque::new(),
            retry_at: None,
            trouble: None,
            moved: None,
            moves: 0,
            lost_seen: 0,
            lost_at: None,
            written: 0,
            kept_at: None,
            more_to_prune: false,
        }
    }

    pub(crate) fn run(mut self) {
        self.write();
        loop {
            let taken = self.queue.take(self.patience(), GATHER);
            self.backlog.extend(taken.entries);
            self.write();
            match taken.control {
                None => {}
                Some(Message::Flush(done)) => {
                    // Whoever asked may have lost patience.
                    let _ = done.send(self.outcome());
                }
                Some(Message::DeleteAll(done)) => {
                    let deleted = self.delete_all();
                    let _ = done.send(deleted);
                }
                Some(Message::Retain(retention, done)) => {
                    self.settings.retention = retention;
                    self.more_to_prune = true;
                    let _ = done.send(Ok(()));
                }
                Some(Message::Suspect) => self.examine(),
                Some(Message::Stop) => break,
            }
            self.keep();
        }
        self.common.lose(self.queue.close() as u64);
        if !self.backlog.is_empty() {
            self.retry_at = None;
            self.write();
            self.common.lose(self.backlog.len() as u64);
        }
        if let Some(file) = self.file.take()
            && let Err((_, error)) = file.close()
        {
            tracing::warn!(%error, "the history's file was not closed cleanly");
        }
    }

    /// How long to wait for the next message.
    fn patience(&self) -> Duration {
        if self.more_to_prune && self.file.is_some() {
            return Duration::ZERO;
        }
        let retry = self.retry_at.map(|at| at.saturating_duration_since(Instant::now()));
        let loss = self.lost_at.map(|at| (at + LOSS_SHOWN).saturating_duration_since(Instant::now()));
        [retry, loss].into_iter().flatten().fold(KEEPING, Duration::min)
    }

    /// Writes what waits, if the file can be written.
    fn write(&mut self) {
        if self.retry_at.is_none_or(|at| at <= Instant::now()) {
            match self.try_write() {
                Ok(()) => {
                    self.retry_at = None;
                    self.trouble = None;
                }
                Err(error) => self.fail(&error),
            }
        }
        while self.backlog.len() > BACKLOG {
            self.backlog.pop_front();
            self.common.lose(1);
        }
        self.tell();
    }

    fn try_write(&mut self) -> Result<(), HistoryError> {
        // A new file of this name would otherwise never be looked at: this one lives on without a name.
        if self.file.is_some() && !self.path.exists() {
            tracing::warn!("the history's file was removed; a new one is begun");
            self.close();
        }
        if self.file.is_none() {
            self.file = Some(place::open(&self.path, self.settings.max_pages)?);
            self.kept_at = None;
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        while !self.backlog.is_empty() {
            let batch = self.backlog.len().min(BATCH);
            let transaction = file.transaction()?;
            for exchange in self.backlog.iter().take(batch) {
                row::insert(&transaction, &mut self.names, exchange)?;
            }
            transaction.commit()?;
            self.backlog.drain(..batch);
            self.written += batch;
        }
        Ok(())
    }

    fn fail(&mut self, error: &HistoryError) {
        self.names.clear();
        let state = error.state();
        if self.trouble.as_ref() != Some(&state) {
            tracing::warn!(code = error.code(), %error, "the history can't be written; serving goes on");
        }
        self.trouble = Some(state);
        self.retry_at = Some(Instant::now() + self.settings.retry);
        match error.fault() {
            Fault::Broken if self.moves < MOVES => self.begin_anew(),
            Fault::Broken => self.close(),
            Fault::Wait => {
                // A full disk is no reason to open the file again; whatever else happened may be.
                if error.code() != "history_disk_full" && error.code() != "history_busy" {
                    self.close();
                }
            }
        }
    }

    /// Moves a broken file aside. The next attempt makes a new one, at once.
    fn begin_anew(&mut self) {
        self.close();
        self.moves += 1;
        match place::move_aside(&self.path, now()) {
            Ok(aside) => {
                tracing::warn!(aside = %aside.display(), "the history's file is broken and was moved aside");
                self.moved = Some(aside);
                self.trouble = None;
                self.retry_at = None;
                // Once: a new file that is broken too waits for its turn.
                if let Err(error) = self.try_write() {
                    self.trouble = Some(error.state());
                    self.retry_at = Some(Instant::now() + self.settings.retry);
                }
            }
            Err(error) => self.trouble = Some(error.state()),
        }
    }

    fn close(&mut self) {
        self.names.clear();
        self.file = None;
    }

    /// Whether everything so far is written.
    fn outcome(&self) -> Result<(), HistoryError> {
        match &self.trouble {
            Some(HistoryState::Degraded { message, .. }) => Err(HistoryError::Degraded(message.clone())),
            _ => Ok(()),
        }
    }

    /// Says how things stand.
    fn tell(&mut self) {
        let lost = self.common.lost();
        if lost > self.lost_seen {
            tracing::warn!(lost = lost - self.lost_seen, "exchanges are missing in the history");
            (self.lost_seen, self.lost_at) = (lost, Some(Instant::now()));
        }
        if self.lost_at.is_some_and(|at| at.elapsed() >= LOSS_SHOWN) {
            self.lost_at = None;
        }
        let moved = self.moved.as_ref().map(|aside| HistoryState::Degraded {
            code: "history_moved_aside",
            message: "The history's file was broken. It was moved aside, and a new one has begun.".to_owned(),
            hint: format!("The old one lies at {}; delete it if you don't need it.", aside.display()),
        });
        let losing = self.lost_at.map(|_| HistoryState::Degraded {
            code: "history_lost",
            message: format!("{lost} exchanges since the start are missing in the history."),
            hint: "They were served all the same. The disk may be too slow or full.".to_owned(),
        });
        let state = self.trouble.clone().or(losing).or(moved).unwrap_or_default();
        self.common.set_state(state, self.file.is_some() && self.trouble.is_none());
    }

    /// Takes out what is over the retention, one step; and now and then the names that nothing holds any more.
    fn keep(&mut self) {
        let due = self.kept_at.is_none_or(|at| at.elapsed() >= KEEPING) || self.written >= KEEPING_AFTER;
        // A full file is one that needs it most.
        let full = |state: &HistoryState| matches!(state, HistoryState::Degraded { code: "history_disk_full", .. });
        if !(due || self.more_to_prune) || !self.trouble.as_ref().is_none_or(full) {
            return;
        }
        let Some(file) = &mut self.file else { return };
        let step = prune(file, self.settings.retention, now()).and_then(|more| {
            if !more {
                forget_names(file)?;
                self.names.clear();
                // Only then does the file itself shrink. One who reads is not waited for.
                file.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            }
            Ok(more)
        });
        match step {
            Ok(more) => {
                self.more_to_prune = more;
                if self.trouble.is_some() && more {
                    self.retry_at = None;
                }
                if !more {
                    (self.kept_at, self.written) = (Some(Instant::now()), 0);
                }
            }
            Err(error) => {
                self.more_to_prune = false;
                self.kept_at = Some(Instant::now());
                self.fail(&error);
                self.tell();
            }
        }
    }

    /// A reader says that the file is broken: looks for itself.
    fn examine(&mut self) {
        let Some(file) = &self.file else { return };
        let found = file.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        let broken = match found {
            Ok(said) => said != "ok",
            Err(error) => HistoryError::from(error).fault() == Fault::Broken,
        };
        if broken {
            self.begin_anew();
            self.tell();
        }
    }

    /// Deletes everything, so that nothing of it is left in the file or beside it.
    fn delete_all(&mut self) -> Result<(), HistoryError> {
        self.backlog.clear();
        let Some(file) = &mut self.file else {
            self.outcome()?;
            return Err(HistoryError::Silent);
        };
        let transaction = file.transaction()?;
        transaction.execute_batch("DELETE FROM attempt; DELETE FROM exchange; DELETE FROM name;")?;
        transaction.commit()?;
        self.names.clear();
        // Rewrites the file without what was in its pages, then empties the log that still holds them.
        file.execute_batch("VACUUM")?;
        let busy: i64 = file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        place::delete_moved_aside(&self.path)?;
        (self.moved, self.retry_at) = (None, None);
        self.write();
        if busy != 0 {
            return Err(HistoryError::Degraded("someone still reads the history; its log is emptied later".to_owned()));
        }
        Ok(())
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
