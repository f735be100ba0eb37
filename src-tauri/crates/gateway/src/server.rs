//! Connections, and what each request is turned into.

use crate::answer::{self, Body, problem};
use crate::call::{Call, Unrecognised, dialect_of, recognise};
use crate::core::Core;
use crate::door::{Door, Refused, presented};
use crate::failure::Failure;
use crate::request_id::request_id;
use crate::{apart, count, intake, listing};
use async_trait::async_trait;
use http::header::{ALLOW, UPGRADE};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use mainstay_dialects::Dialect;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long a request's head may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers the paths under `/_mainstay/`. Implemented by the engine; its token is its own.
#[async_trait]
pub trait AdminRoutes: Send + Sync {
    /// Answers one request. It comes from this machine, and from no page but the routes' own; nothing else has been checked.
    async fn handle(&self, request: Request<Incoming>) -> Response<Body>;
}

/// Why a gateway could not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Something else listens there.
    #[error("{address} is in use by another program")]
    InUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Any other reason.
    #[error("can't listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A listening gateway.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds `address`; port 0 picks a free one.
    ///
    /// # Errors
    /// When the port is taken or the address is not this machine's.
    pub async fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        let fail = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::InUse { address },
            _ => ServerError::Listen { address, source },
        };
        let listener = TcpListener::bind(address).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves, then lets running requests finish. Dropping the future stops at once.
    pub async fn serve(
        self,
        core: Arc<Core>,
        door: Arc<Door>,
        admin: Arc<dyn AdminRoutes>,
        stop: impl Future<Output = ()>,
    ) {
        let gateway = Arc::new(Gateway { core, door, port: self.address.port(), admin });
        let connections = GracefulShutdown::new();
        // Dropping the set aborts what runs in it.
        let mut tasks = tokio::task::JoinSet::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => accepted,
            };
            while tasks.try_join_next().is_some() {}
            let (stream, peer) = match accepted {
                Ok((stream, peer)) => (stream, peer.ip()),
                Err(error) => {
                    // Out of file descriptors, mostly: the pending connection waits, others finish meanwhile.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
            let gateway = Arc::clone(&gateway);
            let service = service_fn(move |request| {
                let gateway = Arc::clone(&gateway);
                async move { Ok::<_, Infallible>(gateway.answer(request, peer).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            let connection = connections.watch(connection);
            tasks.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        drop(self.listener);
        connections.shutdown().await;
        while tasks.join_next().await.is_some() {}
    }
}

impl Server {
    /// As [`serve`](Self::serve), on a thread and a runtime of its own: what goes between clients and providers is not moved
    /// between threads, and nothing else that this process does stands in its way. Admin routes are answered on the runtime
    /// that calls this.
    ///
    /// # Errors
    /// When the system gives no thread, or the listener can't be moved to it.
    pub async fn serve_apart(
        self,
        core: Arc<Core>,
        door: Arc<Door>,
        admin: Arc<dyn AdminRoutes>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let Self { listener, address } = self;
        let listener = listener.into_std()?;
        let admin: Arc<dyn AdminRoutes> = Arc::new(apart::Elsewhere::here(admin));
        apart::run(move || async move {
            let listener = TcpListener::from_std(listener)?;
            Self { listener, address }.serve(core, door, admin, stop).await;
            Ok(())
        })
        .await
    }
}

struct Gateway {
    core: Arc<Core>,
    door: Arc<Door>,
    port: u16,
    admin: Arc<dyn AdminRoutes>,
}

impl Gateway {
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        if is_admin(parts.uri.path()) {
            return match self.door.check_admin_source(&parts.headers, &parts.uri, self.port, peer) {
                Ok(()) => self.admin.handle(Request::from_parts(parts, body)).await,
                Err(refused) => turned_away(None, &refused),
            };
        }
        let presented = presented(&parts.uri, &parts.headers);
        let dialect = dialect_of(presented.path);
        if let Err(refused) = self.door.check_source(&parts.headers, &parts.uri, self.port) {
            return turned_away(dialect, &refused);
        }
        if parts.headers.contains_key(UPGRADE) {
            // Codex tries a WebSocket first; at this status it goes on over HTTP at once, at others only after seven tries.
            let status = if dialect == Some(Dialect::OpenaiResponses) { 426 } else { 501 };
            let message = "WebSocket and other upgrades are not supported. Send the request over HTTP.";
            return complaint(dialect, status, "upgrade_not_supported", message);
        }
        let call = match recognise(&parts.method, presented.path, parts.uri.query()) {
            Ok(call) => call,
            Err(Unrecognised::NotFound) => {
                return complaint(dialect, 404, "not_found", "The gateway has no such address.");
            }
            Err(Unrecognised::Method(wanted)) => {
                let mut response = complaint(dialect, 405, "method_not_allowed", "This address takes another method.");
                response.headers_mut().insert(ALLOW, answer::value(wanted.as_str()));
                return response;
            }
        };
        match call {
            Call::Health => return answer::json(StatusCode::OK, r#"{"status":"ok"}"#),
            Call::Root => return answer::empty(StatusCode::OK),
            Call::Models { .. } | Call::Generate(_) | Call::Count(_) | Call::Embed(_) => {}
        }
        match self.door.check_token(&presented) {
            Ok(Some(name)) => drop(parts.extensions.insert(name)),
            Ok(None) => {}
            Err(refused) => return turned_away(dialect, &refused),
        }
        let own = self.door.callers_own(&presented, &parts.headers, &parts.uri);
        parts.extensions.insert(Arc::new(own));
        let core = &self.core;
        match call {
            Call::Generate(generate) => intake::generate(core, generate, parts, body).await,
            Call::Embed(embed) => intake::embed(core, embed, parts, body).await,
            Call::Count(count) => count::answer(core, count, &parts, body).await,
            Call::Models { shape, one } => {
                let found = listing::models(&core.routing(), shape, one.as_deref(), &parts.headers);
                found.unwrap_or_else(|| {
                    complaint(dialect, 404, "model_not_found", "No balancer and no profile has that name.")
                })
            }
            _ => complaint(dialect, 404, "not_found", "The gateway has no such address."),
        }
    }
}

/// Whether a path is of the admin routes. With a token in front of it it is not: that token is the gateway's.
fn is_admin(path: &str) -> bool {
    path.starts_with("/_mainstay/")
}

fn turned_away(dialect: Option<Dialect>, refused: &Refused) -> Response<Body> {
    let hint = refused.hint();
    match dialect {
        Some(_) => complaint(dialect, refused.status(), refused.code(), &format!("{refused}. {hint}.")),
        None => {
            tracing::info!(status = refused.status(), code = refused.code(), "a request was refused");
            problem(refused.status(), refused.code(), &refused.to_string(), &hint)
        }
    }
}

pub(crate) fn complaint(dialect: Option<Dialect>, status: u16, code: &str, message: &str) -> Response<Body> {
    match dialect {
        Some(dialect) => {
            tracing::info!(status, code, "a request was refused");
            let id = request_id(crate::clock::wall());
            let mut response = answer::failure(dialect, &id, &Failure::ours(status, code, message));
            answer::name_request(response.headers_mut(), dialect, &id);
            response
        }
        None => problem(status, code, message, ""),
    }
}
