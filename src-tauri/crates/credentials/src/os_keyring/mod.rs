//! The operating system's keyring, asked from a thread of its own.
//!
//! Keyring calls block, may hang for ever on a prompt that nobody sees, and on some systems must not run side by side. So
//! one thread asks, in order, and whoever waits for it has a limit.
//!
//! Invariants:
//! - No caller waits longer than its limit, and none at all behind a thread that is known to hang.
//! - What its caller no longer waits for is not begun.
//! - A thread that hangs is left alone. If it comes back it serves again; if not, another is tried after a pause, up to a
//!   small number of them.
//! - A keyring may appear or restart at any time: a connection that broke is made anew, and if it was an old one, the
//!   question that found it broken is asked again. (The `keyring` crate's own global store would remember a failure for the
//!   life of the process; see [`system`].)

mod system;

use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};
use zeroize::Zeroizing;

use crate::StoreError;

/// How long a request waits for the keyring (credentials page: "on the request path the limit is 5 s").
pub const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// How long opening the store waits for the keyring: long enough for its owner to find and answer the prompt.
pub const OPEN_LIMIT: Duration = Duration::from_secs(120);

/// How long a hanging thread is given before another is tried. Not shorter than [`OPEN_LIMIT`], or a prompt that is being
/// answered would get a second one beside it.
const PAUSE: Duration = OPEN_LIMIT;

/// With so many threads hanging, no further one is tried.
const MOST_HANGING: usize = 4;

/// A keyring as this crate needs it.
pub(crate) trait Keyring {
    /// The text under this service and account, `None` if there is none.
    fn get(&mut self, service: &str, account: &str) -> Result<Option<Zeroizing<String>>, Fault>;

    /// Keeps a text under this service and account in place of any other.
    fn set(&mut self, service: &str, account: &str, text: &str) -> Result<(), Fault>;

    /// Forgets what is under this service and account; says whether there was anything.
    fn delete(&mut self, service: &str, account: &str) -> Result<bool, Fault>;
}

/// Why a keyring gives no answer, in plain words without any part of a secret.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no way to it, or no longer. Another connection may work.
    Broken(String),
    /// It was asked, and refuses: locked, the prompt dismissed, an entry that is no text. Asking again would only prompt
    /// again.
    Refused(String),
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        let (Fault::Broken(reason) | Fault::Refused(reason)) = fault;
        unavailable(reason)
    }
}

type Connect = dyn Fn() -> Result<Box<dyn Keyring>, Fault> + Send + Sync;
type Question = Box<dyn FnOnce(&mut Connection) + Send>;

/// The way to a keyring; see the module.
pub(crate) struct KeyringThread {
    connect: Arc<Connect>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Thread>,
    /// Threads given up, for as long as they live.
    given_up: Vec<Weak<AtomicU64>>,
}

struct Thread {
    questions: mpsc::Sender<Question>,
    asked: u64,
    /// Counted up by the thread, which holds the only lasting reference: it lives as long as the thread.
    answered: Weak<AtomicU64>,
    /// When somebody first waited in vain, as long as the thread has not come back.
    hanging_since: Option<Instant>,
}

impl Thread {
    fn start(connect: Arc<Connect>) -> Result<Self, StoreError> {
        let (questions, queue) = mpsc::channel::<Question>();
        let answered = Arc::new(AtomicU64::new(0));
        let count = Arc::downgrade(&answered);
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                let mut connection = Connection { connect, keyring: None };
                for question in queue {
                    question(&mut connection);
                    answered.fetch_add(1, Ordering::Release);
                }
            })
            .map_err(|error| unavailable(format!("no thread for it: {error}")))?;
        Ok(Self { questions, asked: 0, answered: count, hanging_since: None })
    }

    fn has_answered_all(&self) -> bool {
        self.answered.upgrade().is_some_and(|answered| answered.load(Ordering::Acquire) == self.asked)
    }

    fn has_ended(&self) -> bool {
        self.answered.strong_count() == 0
    }
}

struct Connection {
    connect: Arc<Connect>,
    keyring: Option<Box<dyn Keyring>>,
}

impl Connection {
    fn ask<T>(&mut self, question: impl Fn(&mut dyn Keyring) -> Result<T, Fault>) -> Result<T, Fault> {
        if let Some(mut old) = self.keyring.take() {
            match question(&mut *old) {
                Err(Fault::Broken(_)) => {}
                answer => {
                    self.keyring = Some(old);
                    return answer;
                }
            }
        }
        let mut new = (self.connect)()?;
        let answer = question(&mut *new);
        if !matches!(answer, Err(Fault::Broken(_))) {
            self.keyring = Some(new);
        }
        answer
    }
}

impl KeyringThread {
    pub(crate) fn new(connect: impl Fn() -> Result<Box<dyn Keyring>, Fault> + Send + Sync + 'static) -> Self {
        Self { connect: Arc::new(connect), state: Mutex::default() }
    }

    /// The system's keyring: one thread for the whole process.
    pub(crate) fn system() -> &'static Self {
        static SYSTEM: LazyLock<KeyringThread> = LazyLock::new(|| KeyringThread::new(system::connect));
        &SYSTEM
    }

    pub(crate) async fn get(
        &self,
        service: &str,
        account: &str,
        limit: Duration,
    ) -> Result<Option<Zeroizing<String>>, StoreError> {
        let (service, account) = (service.to_owned(), account.to_owned());
        self.ask(limit, move |keyring| keyring.get(&service, &account)).await
    }

    pub(crate) async fn set(
        &self,
        service: &str,
        account: &str,
        text: Zeroizing<String>,
        limit: Duration,
    ) -> Result<(), StoreError> {
        let (service, account) = (service.to_owned(), account.to_owned());
        self.ask(limit, move |keyring| keyring.set(&service, &account, &text)).await
    }

    pub(crate) async fn delete(&self, service: &str, account: &str, limit: Duration) -> Result<bool, StoreError> {
        let (service, account) = (service.to_owned(), account.to_owned());
        self.ask(limit, move |keyring| keyring.delete(&service, &account)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        question: impl Fn(&mut dyn Keyring) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.enqueue(Box::new(move |connection| {
            if !reply.is_closed() {
                let _ = reply.send(connection.ask(question));
            }
        }))?;
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(_)) => Err(unavailable("asking it failed".to_owned())),
            Err(_) => {
                self.mark_hanging(&asked);
                Err(StoreError::KeyringTimeout { limit })
            }
        }
    }

    /// Queues a question on the thread that serves, and says which that is.
    fn enqueue(&self, question: Question) -> Result<Weak<AtomicU64>, StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.given_up.retain(|thread| thread.strong_count() > 0);
        if let Some(thread) = &mut state.current {
            if thread.has_ended() {
                state.current = None;
            } else if thread.has_answered_all() {
                thread.hanging_since = None;
            }
        }
        if let Some(since) = state.current.as_ref().and_then(|thread| thread.hanging_since) {
            if since.elapsed() < PAUSE || state.given_up.len() + 1 >= MOST_HANGING {
                return Err(unavailable("it has not answered yet; it may be waiting to be unlocked".to_owned()));
            }
            let hanging = state.current.take().map(|thread| thread.answered);
            state.given_up.extend(hanging);
        }
        let thread = match &mut state.current {
            Some(thread) => thread,
            none => none.insert(Thread::start(self.connect.clone())?),
        };
        thread.questions.send(question).map_err(|_| unavailable("asking it failed".to_owned()))?;
        thread.asked += 1;
        Ok(thread.answered.clone())
    }

    fn mark_hanging(&self, asked: &Weak<AtomicU64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &mut state.current
            && thread.answered.ptr_eq(asked)
            && !thread.has_answered_all()
        {
            thread.hanging_since.get_or_insert_with(Instant::now);
        }
    }
}

fn unavailable(reason: String) -> StoreError {
    StoreError::KeyringUnavailable { reason }
}

#[cfg(test)]
mod tests;
