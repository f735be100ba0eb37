//! The accept loop, over a stream that can be ended rudely.
//!
//! HTTP servers take care never to reset a connection or to leave a body unfinished, and these are two of the faults that
//! matter most. So each connection has a [`Line`] through which the code that answers can demand a TCP reset, and an error
//! from service or body ([`Severed`]) drops the connection where it stands.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::handler::Provider;

/// Pause after a failed accept. What fails there (no file descriptors left) would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The connection ends here, by a fault.
#[derive(Debug, thiserror::Error)]
#[error("the connection was ended by a fault")]
pub(crate) struct Severed;

/// The connection that an answer leaves by.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<AtomicBool>);

impl Line {
    /// From here on the connection ends with a TCP reset instead of a close.
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_reset(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Accepts until aborted. The connections are its own, so they end with it.
pub(crate) async fn serve(mut listener: TcpListener, provider: Arc<Provider>) {
    let mut changes = provider.state.outages.changes();
    let mut connections = JoinSet::new();
    loop {
        if provider.state.closed().is_some() {
            connections.shutdown().await;
            listener = match unreachable(listener, &provider, &mut changes).await {
                Ok(listener) => listener,
                Err(error) => {
                    tracing::error!(%error, "a practice provider lost its port");
                    return;
                }
            };
        }
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&provider)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a practice provider could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            Ok(()) = changes.changed() => {}
        }
    }
}

/// Stops listening until no outage forbids it. The port stays bound meanwhile, so that connections to it are refused and
/// nobody else takes it.
async fn unreachable(
    listener: TcpListener,
    provider: &Provider,
    changes: &mut watch::Receiver<()>,
) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    drop(listener);
    socket.bind(address)?;
    provider.state.set_listening(false);
    while let Some(until) = provider.state.closed() {
        let changed = changes.changed();
        // Either way the next look tells what it was.
        match until {
            None => drop(changed.await),
            Some(until) => drop(tokio::time::timeout_at(until.into(), changed).await),
        }
    }
    let listener = socket.listen(BACKLOG)?;
    provider.state.set_listening(true);
    Ok(listener)
}

async fn converse(stream: TcpStream, provider: Arc<Provider>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a practice provider's client left at once");
        return;
    }
    let line = Line::default();
    let wire = TokioIo::new(Wire { stream, line: line.clone() });
    let service = service_fn(move |request| {
        let (provider, line) = (Arc::clone(&provider), line.clone());
        async move { provider.handle(request, line).await }
    });
    if let Err(error) = http1::Builder::new().header_read_timeout(None).serve_connection(wire, service).await {
        tracing::trace!(%error, "a practice provider's connection ended");
    }
}

struct Wire {
    stream: TcpStream,
    line: Line,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.line.is_reset() {
            // Closing with a linger time of zero is what makes the kernel send RST. It fails only on a socket that the
            // client has already torn down, where nothing is left to reset.
            let _: io::Result<()> = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.is_reset() {
            return Poll::Ready(Ok(())); // A shutdown would send FIN first, and the client would see a close.
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
