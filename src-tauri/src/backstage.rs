//! The engine, on a runtime and threads of its own: nothing that the window does can delay a request.

use mainstay_engine::{Engine, Handle, LiveFrame, Options, Problem};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;

/// Where the engine is on its way.
type Stage = Option<Result<Handle, Problem>>;

/// The running engine, as the shell holds it.
pub(crate) struct Backstage {
    stage: watch::Receiver<Stage>,
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
        let (stage, looking) = watch::channel(None);
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("gateway").enable_all().build();
        let running = match runtime {
            Ok(runtime) => {
                let (stop, stopped) = oneshot::channel::<()>();
                let handle = runtime.handle().clone();
                let serving = std::thread::spawn(move || handle.block_on(serve(options, stage, stopped)));
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
        Self { stage: looking, watchers: Mutex::default(), running: Mutex::new(running) }
    }

    /// The engine, once it has started, or why it has not.
    pub(crate) async fn engine(&self) -> Result<Handle, Problem> {
        let mut stage = self.stage.clone();
        let started = stage.wait_for(Option::is_some).await.ok().and_then(|stage| stage.clone());
        started.unwrap_or_else(|| {
            Err(Problem {
                code: "engine_stopped".to_owned(),
                message: "The gateway has stopped.".to_owned(),
                hint: "Start Mainstay again.".to_owned(),
            })
        })
    }

    /// Sends frames to `show` until it fails or `unwatch` is called with the same id.
    pub(crate) async fn watch(
        &self,
        id: u32,
        show: impl Fn(LiveFrame) -> bool + Send + 'static,
    ) -> Result<(), Problem> {
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

async fn serve(options: Options, stage: watch::Sender<Stage>, stopped: oneshot::Receiver<()>) {
    let stopped = async {
        let _ = stopped.await;
    };
    tokio::pin!(stopped);
    let engine = tokio::select! {
        engine = Engine::start(options) => engine,
        () = &mut stopped => return,
    };
    match engine {
        Ok(engine) => {
            stage.send_replace(Some(Ok(engine.handle())));
            tokio::select! {
                () = engine.serve(std::future::pending()) => {}
                () = stopped => {}
            }
        }
        Err(error) => {
            let problem = error.problem();
            tracing::error!(code = %problem.code, message = %problem.message, "the engine did not start");
            stage.send_replace(Some(Err(problem)));
            stopped.await;
        }
    }
}
