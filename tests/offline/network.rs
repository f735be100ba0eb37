//! A network that can be taken away: an HTTP proxy that knows the way to each of its hosts, and a port that nobody listens
//! on while it is gone.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::Response;
use reqwest::Url;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 64;

pub(super) struct Network {
    address: SocketAddr,
    hosts: Arc<HashMap<String, String>>,
    state: Mutex<Link>,
}

enum Link {
    Up {
        leave: oneshot::Sender<()>,
        server: JoinHandle<()>,
    },
    /// The port is kept, and refuses.
    Gone(TcpSocket),
}

impl Network {
    /// Leads each host to the base URL of a server on this machine.
    pub(super) async fn start(hosts: HashMap<String, String>) -> Self {
        let hosts = hosts.into_iter().map(|(host, url)| {
            let url = Url::parse(&url).expect("a base URL");
            (host, format!("http://127.0.0.1:{}", url.port().expect("a port")))
        });
        let hosts = Arc::new(hosts.collect());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let state = Mutex::new(serve(listener, Arc::clone(&hosts)));
        Self { address, hosts, state }
    }

    /// What `HTTP_PROXY` is to say.
    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes it away. Connections that stand break.
    pub(super) async fn go(&self) {
        let mut state = self.state.lock().await;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("its option");
        if let Link::Up { leave, server } = std::mem::replace(&mut *state, Link::Gone(socket)) {
            drop(leave);
            server.await.expect("the proxy ends");
        }
        if let Link::Gone(socket) = &*state {
            socket.bind(self.address).expect("the same port");
        }
    }

    pub(super) async fn come_back(&self) {
        let mut state = self.state.lock().await;
        let (leave, _) = oneshot::channel();
        let nothing = Link::Up { leave, server: tokio::spawn(async {}) };
        if let Link::Gone(socket) = std::mem::replace(&mut *state, nothing) {
            *state = serve(socket.listen(BACKLOG).expect("a bound port"), Arc::clone(&self.hosts));
        }
    }
}

/// Ends with all its connections when the other half of the channel goes.
fn serve(listener: TcpListener, hosts: Arc<HashMap<String, String>>) -> Link {
    let (leave, left) = oneshot::channel::<()>();
    // Connections of a runtime end with it, and only so at once.
    let server = tokio::task::spawn_blocking(move || {
        let listener = listener.into_std().expect("a plain socket");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a socket of this runtime");
            let client = crate::harness::http();
            let app = Router::new().fallback(forward).with_state((hosts, client));
            tokio::select! {
                served = axum::serve(listener, app) => served.expect("the proxy serves"),
                _ = left => {}
            }
        });
    });
    Link::Up { leave, server }
}

type Ways = (Arc<HashMap<String, String>>, reqwest::Client);

/// A request in the form that proxies get, sent on to where its host really is.
async fn forward(State((hosts, client)): State<Ways>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let place = |uri: &Uri| -> Option<String> {
        let way = hosts.get(uri.host()?)?;
        Some(format!("{way}{}", uri.path_and_query()?))
    };
    let unknown = |status: StatusCode| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        response
    };
    let Some(url) = place(&parts.uri) else { return unknown(StatusCode::NOT_FOUND) };
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return unknown(StatusCode::BAD_REQUEST) };
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("proxy-connection");
    // The profiles send no key: none may travel unencrypted. Practice providers want any.
    for (name, key) in [("authorization", "Bearer any"), ("x-api-key", "any"), ("x-goog-api-key", "any")] {
        headers.insert(name, HeaderValue::from_static(key));
    }
    let answered = client.request(parts.method, url).headers(headers).body(body).send().await;
    let Ok(answer) = answered else { return unknown(StatusCode::BAD_GATEWAY) };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "content-length" {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    let Ok(bytes) = answer.bytes().await else { return unknown(StatusCode::BAD_GATEWAY) };
    *response.body_mut() = Body::from(bytes);
    response
}
