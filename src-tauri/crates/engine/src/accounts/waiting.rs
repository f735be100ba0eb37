//! The logins under way, and those that are just over: what their dialogs show.

use crate::view::{LoginStep, LoginWait};
use mainstay_credentials::SecretString;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// How many that are over are remembered: a dialog may ask once more.
const MOST_OVER: usize = 20;
/// How long someone waits for news.
const NEWS: Duration = Duration::from_secs(20);

/// All of them.
#[derive(Default)]
pub(crate) struct Waiting {
    all: Mutex<Vec<Entry>>,
    news: Notify,
}

struct Entry {
    wait: LoginWait,
    pasted: mpsc::Sender<SecretString>,
    task: Option<AbortHandle>,
}

impl Waiting {
    /// A login begins. One that the account had under way is cancelled.
    pub(crate) fn add(&self, wait: LoginWait, pasted: mpsc::Sender<SecretString>) {
        let mut all = self.all();
        let same = |entry: &&mut Entry| {
            entry.wait.provider == wait.provider && entry.wait.account == wait.account && entry.wait.step.runs()
        };
        for entry in all.iter_mut().filter(same) {
            entry.stop(LoginStep::Cancelled);
        }
        all.push(Entry { wait, pasted, task: None });
        let over = all.iter().filter(|entry| !entry.wait.step.runs()).count();
        let mut surplus = over.saturating_sub(MOST_OVER);
        all.retain(|entry| {
            let goes = surplus > 0 && !entry.wait.step.runs();
            surplus -= usize::from(goes);
            !goes
        });
        drop(all);
        self.news.notify_waiters();
    }

    /// The task that sees it through; stopped at once where it was cancelled meanwhile.
    pub(crate) fn carried_by(&self, id: &str, task: AbortHandle) {
        match self.all().iter_mut().find(|entry| entry.wait.id == id) {
            Some(entry) if entry.wait.step.runs() => entry.task = Some(task),
            _ => task.abort(),
        }
    }

    /// Changes what is shown of one that still runs. Says whether it does.
    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut LoginWait)) -> bool {
        let mut all = self.all();
        let Some(entry) = all.iter_mut().find(|entry| entry.wait.id == id && entry.wait.step.runs()) else {
            return false;
        };
        change(&mut entry.wait);
        entry.wait.version += 1;
        drop(all);
        self.news.notify_waiters();
        true
    }

    /// Cancels one. What it had got is dropped.
    pub(crate) fn cancel(&self, id: &str) -> Option<LoginWait> {
        let mut all = self.all();
        let entry = all.iter_mut().find(|entry| entry.wait.id == id)?;
        entry.stop(LoginStep::Cancelled);
        let wait = entry.wait.clone();
        drop(all);
        self.news.notify_waiters();
        Some(wait)
    }

    /// Cancels all: the engine ends.
    pub(crate) fn cancel_all(&self) {
        for entry in self.all().iter_mut() {
            entry.stop(LoginStep::Cancelled);
        }
    }

    /// One as it is now.
    pub(crate) fn get(&self, id: &str) -> Option<LoginWait> {
        self.all().iter().find(|entry| entry.wait.id == id).map(|entry| entry.wait.clone())
    }

    /// One as soon as it is another than `seen`, or after a while.
    pub(crate) async fn news_of(&self, id: &str, seen: u32) -> Option<LoginWait> {
        let news = async {
            loop {
                let notified = self.news.notified();
                tokio::pin!(notified);
                notified.as_mut().enable();
                match self.get(id) {
                    Some(wait) if wait.version == seen && wait.step.runs() => notified.await,
                    wait => return wait,
                }
            }
        };
        match timeout(NEWS, news).await {
            Ok(wait) => wait,
            Err(_) => self.get(id),
        }
    }

    /// Those that run at a provider.
    pub(crate) fn running_at(&self, provider: &str) -> Vec<LoginWait> {
        let all = self.all();
        let running = all.iter().filter(|entry| entry.wait.provider == provider && entry.wait.step.runs());
        running.map(|entry| entry.wait.clone()).collect()
    }

    /// Gives one the code that was pasted. Says whether it waits for one.
    pub(crate) fn paste(&self, id: &str, text: SecretString) -> bool {
        let all = self.all();
        let entry = all.iter().find(|entry| entry.wait.id == id && entry.wait.can_paste && entry.wait.step.runs());
        entry.is_some_and(|entry| entry.pasted.try_send(text).is_ok())
    }

    fn all(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn stop(&mut self, step: LoginStep) {
        if !self.wait.step.runs() {
            return;
        }
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.wait.step = step;
        self.wait.address = None;
        self.wait.code = None;
        self.wait.version += 1;
    }
}

impl LoginStep {
    /// It is not over yet.
    pub(crate) fn runs(self) -> bool {
        matches!(self, Self::Starting | Self::Waiting | Self::Finishing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::LoginMethod;

    fn wait(id: &str, account: &str) -> LoginWait {
        LoginWait {
            id: id.to_owned(),
            provider: "p".to_owned(),
            account: account.to_owned(),
            method: LoginMethod::Browser,
            step: LoginStep::Waiting,
            version: 0,
            address: Some("https://login.test/?state=s".to_owned()),
            page: None,
            code: None,
            until: 0,
            can_paste: true,
            problem: None,
        }
    }

    fn add(waiting: &Waiting, id: &str, account: &str) -> mpsc::Receiver<SecretString> {
        let (sender, receiver) = mpsc::channel(1);
        waiting.add(wait(id, account), sender);
        receiver
    }

    #[tokio::test]
    async fn a_second_login_of_an_account_ends_the_first_and_leaves_others_alone() {
        let waiting = Waiting::default();
        let _channels = [add(&waiting, "1", "default"), add(&waiting, "2", "work")];
        let task = tokio::spawn(std::future::pending::<()>());
        waiting.carried_by("1", task.abort_handle());
        let _third = add(&waiting, "3", "default");
        assert!(task.await.unwrap_err().is_cancelled());
        let steps: Vec<LoginStep> = ["1", "2", "3"].iter().map(|id| waiting.get(id).unwrap().step).collect();
        assert_eq!(steps, [LoginStep::Cancelled, LoginStep::Waiting, LoginStep::Waiting]);
        assert_eq!(waiting.get("1").unwrap().address, None);
        assert_eq!(waiting.running_at("p").len(), 2);
    }

    #[tokio::test]
    async fn what_was_cancelled_takes_no_code_and_no_change() {
        let waiting = Waiting::default();
        let mut pasted = add(&waiting, "1", "default");
        assert!(waiting.paste("1", SecretString::from("c")));
        assert!(pasted.recv().await.is_some());
        assert_eq!(waiting.cancel("1").unwrap().step, LoginStep::Cancelled);
        assert!(!waiting.paste("1", SecretString::from("c")));
        assert!(!waiting.change("1", |wait| wait.step = LoginStep::Done));
        let late = tokio::spawn(std::future::pending::<()>());
        waiting.carried_by("1", late.abort_handle());
        assert!(late.await.unwrap_err().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn news_come_when_there_are_some_and_else_after_a_while() {
        let waiting = std::sync::Arc::new(Waiting::default());
        let _pasted = add(&waiting, "1", "default");
        assert_eq!(waiting.news_of("1", 7).await.unwrap().version, 0, "it is another already");
        let started = tokio::time::Instant::now();
        assert_eq!(waiting.news_of("1", 0).await.unwrap().version, 0);
        assert_eq!(started.elapsed(), NEWS);
        let other = std::sync::Arc::clone(&waiting);
        let asked = tokio::spawn(async move { other.news_of("1", 0).await.unwrap() });
        tokio::task::yield_now().await;
        waiting.change("1", |wait| wait.step = LoginStep::Finishing);
        assert_eq!(asked.await.unwrap().step, LoginStep::Finishing);
        assert!(waiting.news_of("none", 0).await.is_none());
    }
}
