//! A thread and a single-threaded runtime for the gateway alone. Passing a request on is little work; moving it between
//! threads, and waking them, would be a great part of it.

use crate::answer::{Body, problem};
use crate::server::AdminRoutes;
use async_trait::async_trait;
use http::{Request, Response};
use hyper::body::Incoming;
use std::io;
use std::sync::Arc;
use std::thread;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Runs what `work` gives on a thread of its own. Dropped before its end, it is stopped there too.
pub(crate) async fn run<F>(work: impl FnOnce() -> F + Send + 'static) -> io::Result<()>
where
    F: Future<Output = io::Result<()>>,
{
    let (done, ended) = oneshot::channel();
    // Held here: its drop is what tells the thread.
    let (_held, gone) = oneshot::channel::<()>();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("gateway".to_owned()).spawn(move || {
        let result = runtime.block_on(async {
            tokio::select! {
                result = work() => result,
                _ = gone => Ok(()),
            }
        });
        // A blocking task may still be at work.
        runtime.shutdown_background();
        // Nobody may be waiting any more.
        let _ = done.send(result);
    })?;
    ended.await.unwrap_or_else(|_| Err(io::Error::other("the gateway's thread panicked")))
}

/// Admin routes that are answered on another runtime.
pub(crate) struct Elsewhere {
    runtime: Handle,
    admin: Arc<dyn AdminRoutes>,
}

impl Elsewhere {
    /// On the one that this is called from.
    pub(crate) fn here(admin: Arc<dyn AdminRoutes>) -> Self {
        Self { runtime: Handle::current(), admin }
    }
}

#[async_trait]
impl AdminRoutes for Elsewhere {
    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let admin = Arc::clone(&self.admin);
        let answered = self.runtime.spawn(async move { admin.handle(request).await }).await;
        answered.unwrap_or_else(|_| problem(500, "fault", "The request could not be answered.", "Look at the log."))
    }
}
