//! The handle: what the rest of the product holds.

use crate::failure::{HistoryError, HistoryState};
use crate::place;
use crate::queue::Queue;
use crate::reader::Reader;
use crate::record::Exchange;
use crate::retention::Retention;
use crate::writer::{BATCH, Message, Writer};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How many entries wait for the writer. At 100 000 exchanges in a minute this is ten seconds.
const QUEUE: usize = 16_384;
/// How long an answer of the writer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a history is kept.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long.
    pub retention: Retention,
    /// How soon a file that could not be written is tried again.
    pub retry: Duration,
    /// The most pages that the file may have; `None`: as many as the disk holds.
    pub max_pages: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { retention: Retention::default(), retry: Duration::from_secs(5), max_pages: None }
    }
}

/// How a history stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Whether anything is amiss.
    pub state: HistoryState,
    /// The file is being written.
    pub recording: bool,
    /// Exchanges of this run that are not in it and never will be.
    pub lost: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// A history. It can be opened whatever is wrong with its file.
pub struct History {
    path: PathBuf,
    queue: Arc<Queue<Arc<Exchange>, Message>>,
    common: Arc<Common>,
    ended: Mutex<Option<Receiver<()>>>,
}

/// What the handle and the writer share.
pub(crate) struct Common {
    told: Mutex<(HistoryState, bool)>,
    lost: AtomicU64,
    /// Called when the state changes.
    changed: Box<dyn Fn() + Send + Sync>,
}

impl Common {
    pub(crate) fn lose(&self, entries: u64) {
        self.lost.fetch_add(entries, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn set_state(&self, state: HistoryState, recording: bool) {
        let fresh = (state, recording);
        let mut told = self.told();
        if *told != fresh {
            *told = fresh;
            drop(told);
            (self.changed)();
        }
    }

    fn told(&self) -> MutexGuard<'_, (HistoryState, bool)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("path", &self.path).finish_non_exhaustive()
    }
}

impl History {
    /// Opens the history in this file, or begins one, on a thread of its own. `changed` is called from there when the state
    /// changes.
    pub fn open(path: &Path, settings: Settings, changed: impl Fn() + Send + Sync + 'static) -> Self {
        let queue = Arc::new(Queue::new(QUEUE, BATCH));
        let (ends, ended) = mpsc::sync_channel(1);
        let common = Arc::new(Common {
            told: Mutex::new((HistoryState::Ok, false)),
            lost: AtomicU64::new(0),
            changed: Box::new(changed),
        });
        let writer = Writer::new(path.to_owned(), settings, Arc::clone(&queue), Arc::clone(&common));
        let thread = thread::Builder::new().name("history".to_owned()).spawn(move || {
            writer.run();
            // Nobody may be waiting any more.
            let _ = ends.send(());
        });
        if let Err(error) = thread {
            queue.close();
            tracing::warn!(%error, "there is no thread for the history");
            let hint = "Restart Mainstay.".to_owned();
            let message = "The history could not be started; nothing is recorded.".to_owned();
            common.set_state(HistoryState::Degraded { code: "history_unusable", message, hint }, false);
        }
        Self { path: path.to_owned(), queue, common, ended: Mutex::new(Some(ended)) }
    }

    /// Takes in an exchange. Never waits; where the writer is too far behind, the exchange is counted as lost.
    pub fn record(&self, exchange: Arc<Exchange>) {
        if !self.queue.push(exchange) {
            self.common.lose(1);
        }
    }

    /// Waits until everything recorded so far is in the file. Blocks.
    ///
    /// # Errors
    /// When it can't be written now.
    pub fn flush(&self) -> Result<(), HistoryError> {
        self.ask(Message::Flush)
    }

    /// Deletes everything, files moved aside included, and leaves nothing of it on the disk. Blocks.
    ///
    /// # Errors
    /// When the file can't be written now.
    pub fn delete_all(&self) -> Result<(), HistoryError> {
        self.ask(Message::DeleteAll)
    }

    /// From now on it is kept so long. What is over that goes in the background. Blocks for a moment.
    ///
    /// # Errors
    /// When the writer has ended.
    pub fn retain(&self, retention: Retention) -> Result<(), HistoryError> {
        self.ask(|done| Message::Retain(retention, done))
    }

    fn ask(&self, message: impl FnOnce(mpsc::Sender<Result<(), HistoryError>>) -> Message) -> Result<(), HistoryError> {
        let (done, answer) = mpsc::channel();
        if !self.queue.ask(message(done)) {
            return Err(HistoryError::Silent);
        }
        answer.recv_timeout(PATIENCE).map_err(|_| HistoryError::Silent)?
    }

    /// How it stands.
    pub fn info(&self) -> Info {
        let (state, recording) = self.common.told().clone();
        Info { state, recording, lost: self.common.lost(), bytes: place::size(&self.path) }
    }

    /// Whether anything is amiss. Cheap.
    pub fn state(&self) -> HistoryState {
        self.common.told().0.clone()
    }

    /// Opens a connection that reads. Blocks, as all its questions do.
    ///
    /// # Errors
    /// When there is no file to read.
    pub fn reader(&self) -> Result<Reader, HistoryError> {
        let told = |error: HistoryError| {
            self.suspect(&error);
            error
        };
        Reader::open(&self.path).map_err(told)
    }

    /// Tells the writer when an error of a reader says that the file is broken. It looks for itself.
    pub fn suspect(&self, error: &HistoryError) {
        if error.code() == "history_broken" {
            self.queue.ask(Message::Suspect);
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what waits and ends the writer. What is recorded later is lost. Blocks, for at most `patience`.
    pub fn close(&self, patience: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(ended) = ended else { return };
        if self.queue.ask(Message::Stop) && ended.recv_timeout(patience).is_err() {
            tracing::warn!("the history's last entries may not be written");
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.close(Duration::from_secs(2));
    }
}
