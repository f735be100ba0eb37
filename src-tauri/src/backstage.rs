//! The engine, on a runtime and threads of its own: nothing that the window does can delay a request.

use mainstay_engine::{Engine, Handle, LiveFrame, Options, Problem};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;

/// Where the engine is on its way.
type Stage = Option<Result<Handle, Problem>>;

/// The running engine, as the shell holds it.
pub(crate) struct Backstage {
    stage: Arc<watch::Sender<Stage>>,
    /// Asks for another try after a failed start.
    again: Arc<Notify>,
    watchers: Mutex<HashMap<u32, AbortHandle>>,
    running: Mutex<Option<Running>>,
}

struct Running {
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Backstage {
    /// Starts the engine. Returns at once: an engine may wait for its keyring.
    pub(crate) fn start(options: Options) -> Self {
        let stage = Arc::new(watch::Sender::new(None));
        let again = Arc::new(Notify::new());
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("gateway").enable_all().build();
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

    /// Sends frames to `show` until it fails or `unwatch` is called with the same id. After a failed start this is another
    /// try: the port may be free by now, the keyring unlocked.
    pub(crate) async fn watch(
        &self,
        id: u32,
        show: impl Fn(LiveFrame) -> bool + Send + 'static,
    ) -> Result<(), Problem> {
        let failed = |stage: &mut Stage| {
            let failed = matches!(stage, Some(Err(_)));
            if failed {
                *stage = None;
            }
            failed
        };
        let runs = self.running.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if runs && self.stage.send_if_modified(failed) {
            self.again.notify_one();
        }
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
async fn serve(options: Options, stage: &watch::Sender<Stage>, again: &Notify, stopped: oneshot::Receiver<()>) {
    let stopped = async {
        let _ = stopped.await;
    };
    tokio::pin!(stopped);
    loop {
        let engine = tokio::select! {
            engine = Engine::start(options.clone()) => engine,
            () = &mut stopped => return,
        };
        match engine {
            Ok(engine) => {
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
                    () = again.notified() => {}
                    () = &mut stopped => return,
                }
            }
        }
    }
}
