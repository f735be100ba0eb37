//! The engine, on a runtime and threads of its own: nothing that the window does can delay a request.

use mainstay_engine::{
    Engine, Handle, KeyRing, LiveFrame, Options, Problem, StartError, StoreKind, free_after, keep_port,
};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;

/// Where the engine is on its way.
pub(crate) type Stage = Option<Result<Handle, Problem>>;

/// How to start where something was in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StartChoice {
    /// Without the stored secrets, in this run; they stay as they are.
    ThisRun,
    /// With none; they are moved aside.
    SetAside,
    /// At the next free port, from now on; the one that is set is taken.
    OtherPort,
}

/// The running engine, as the shell holds it.
pub(crate) struct Backstage {
    stage: Arc<watch::Sender<Stage>>,
    /// Asks for another try after a failed start.
    again: Arc<Again>,
    watchers: Mutex<HashMap<u32, AbortHandle>>,
    running: Mutex<Option<Running>>,
}

#[derive(Default)]
struct Again {
    asked: Notify,
    choice: Mutex<Option<StartChoice>>,
}

impl Again {
    fn choice(&self) -> std::sync::MutexGuard<'_, Option<StartChoice>> {
        self.choice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Running {
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Backstage {
    /// Starts the engine. Returns at once: an engine may wait for its keyring.
    pub(crate) fn start(options: Options) -> Self {
        mainstay_engine::allow_many_connections();
        let stage = Arc::new(watch::Sender::new(None));
        let again = Arc::new(Again::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("engine").enable_all().build();
        let running = match runtime {
            Ok(runtime) => {
                let (stop, stopped) = oneshot::channel::<()>();
                let handle = runtime.handle().clone();
                let (telling, asked) = (Arc::clone(&stage), Arc::clone(&again));
                let serving = std::thread::spawn(move || handle.block_on(serve(options, &telling, &asked, stopped)));
                Some(Running { runtime, stop, serving })
            }
            Err(error) => {
                stage.send_replace(Some(Err(Problem {
                    code: "runtime".to_owned(),
                    message: format!("The gateway's runtime can't start: {error}."),
                    hint: "Close other programs and start Mainstay again.".to_owned(),
                })));
                None
            }
        };
        Self { stage, again, watchers: Mutex::default(), running: Mutex::new(running) }
    }

    /// The engine, once it has started, or why it has not.
    pub(crate) async fn engine(&self) -> Result<Handle, Problem> {
        let mut stage = self.stage.subscribe();
        let started = stage.wait_for(Option::is_some).await.ok().and_then(|stage| stage.clone());
        started.unwrap_or_else(|| {
            Err(Problem {
                code: "engine_stopped".to_owned(),
                message: "The gateway has stopped.".to_owned(),
                hint: "Start Mainstay again.".to_owned(),
            })
        })
    }

    /// The engine, if it runs now.
    pub(crate) fn started(&self) -> Option<Handle> {
        self.stage.borrow().as_ref()?.as_ref().ok().cloned()
    }

    /// Where the engine is on its way, now and later.
    pub(crate) fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Sends frames to `show` until it fails or `unwatch` is called with the same id. After a failed start this is another
    /// try: the port may be free by now, the keyring unlocked.
    pub(crate) async fn watch(
        &self,
        id: u32,
        show: impl Fn(LiveFrame) -> bool + Send + 'static,
    ) -> Result<(), Problem> {
        self.try_again(None);
        let mut feed = self.engine().await?.watch();
        let task = tauri::async_runtime::spawn(async move {
            loop {
                let frame = feed.next().await;
                if !show(frame) {
                    break;
                }
            }
        });
        let task = task.inner().abort_handle();
        if let Some(before) = self.watchers().insert(id, task) {
            before.abort();
        }
        Ok(())
    }

    /// Starts again, with this choice, if the last start failed.
    pub(crate) fn try_again(&self, choice: Option<StartChoice>) {
        let failed = |stage: &mut Stage| {
            let failed = matches!(stage, Some(Err(_)));
            if failed {
                *stage = None;
                *self.again.choice() = choice;
            }
            failed
        };
        let runs = self.running.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if runs && self.stage.send_if_modified(failed) {
            self.again.asked.notify_one();
        }
    }

    /// Ends a watch.
    pub(crate) fn unwatch(&self, id: u32) {
        if let Some(task) = self.watchers().remove(&id) {
            task.abort();
        }
    }

    /// Stops the gateway and waits until its files are closed. What still runs is cut: the window is gone.
    pub(crate) fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { runtime, stop, serving }) = running {
            let _ = stop.send(());
            if serving.join().is_err() {
                tracing::error!("the gateway's thread panicked");
            }
            runtime.shutdown_background();
        }
    }

    fn watchers(&self) -> std::sync::MutexGuard<'_, HashMap<u32, AbortHandle>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the engine and serves until it is stopped; where it doesn't start, says why and waits to be asked again.
async fn serve(mut options: Options, stage: &watch::Sender<Stage>, again: &Again, stopped: oneshot::Receiver<()>) {
    let stopped = async {
        let _ = stopped.await;
    };
    tokio::pin!(stopped);
    loop {
        let choice = again.choice().take();
        let engine = tokio::select! {
            engine = start(&mut options, choice) => engine,
            () = &mut stopped => return,
        };
        match engine {
            Ok(engine) => {
                engine.tell_panics();
                stage.send_replace(Some(Ok(engine.handle())));
                tokio::select! {
                    () = engine.serve(std::future::pending()) => {}
                    () = &mut stopped => {}
                }
                return;
            }
            Err(error) => {
                let problem = error.problem();
                tracing::error!(code = %problem.code, message = %problem.message, "the engine did not start");
                stage.send_replace(Some(Err(problem)));
                tokio::select! {
                    () = again.asked.notified() => {}
                    () = &mut stopped => return,
                }
            }
        }
    }
}

async fn start(options: &mut Options, choice: Option<StartChoice>) -> Result<Engine, StartError> {
    match choice {
        Some(StartChoice::ThisRun) => options.secrets = Some(StoreKind::Memory),
        Some(StartChoice::SetAside) => {
            let place = KeyRing::set_aside(&options.data_dir).await?;
            tracing::warn!(place = ?place, "the stored secrets were moved aside");
        }
        Some(StartChoice::OtherPort) => {
            if let Some(port) = free_after(options.listen.port()) {
                options.listen.set_port(port);
                if let Err(error) = keep_port(&options.data_dir, port) {
                    tracing::warn!(%error, port, "the port is not kept for the next start");
                }
            }
        }
        None => {}
    }
    Engine::start(options.clone()).await
}
