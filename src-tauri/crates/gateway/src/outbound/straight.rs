//! Calls that no proxy stands in the way of, by hyper's client itself. It is what reqwest is built on; what reqwest lays
//! over it costs as much as all that the gateway does for a request (docs/performance.md). Everything that concerns trust
//! and ways is the same for both: certificates, no redirects, no retries, the limit for a connection.

use super::{CONNECT_TIMEOUT, POOL_IDLE};
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::timeout;
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;
use url::Url;

/// The body of an answer. A provider that compresses what was not asked for is understood all the same.
pub(super) type Body = DecompressionBody<Incoming>;

/// A client for addresses that are reached without a proxy.
#[derive(Clone, Debug)]
pub(super) struct Straight {
    client: Client<Patient, Full<Bytes>>,
    user_agent: HeaderValue,
}

impl Straight {
    pub(super) fn new(user_agent: HeaderValue, tls: &rustls::ClientConfig) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // The builder sets the protocols itself.
        let mut tls = tls.clone();
        tls.alpn_protocols.clear();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .build(Patient(connector));
        Self { client, user_agent }
    }

    /// Whether an address is one that this client can be asked for: a login in it is for reqwest to take out.
    pub(super) fn can_call(url: &Url) -> bool {
        url.username().is_empty() && url.password().is_none()
    }

    pub(super) async fn post(
        &self,
        uri: Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Body>, legacy::Error> {
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Decompression::new(&self.client).call(request).await
    }
}

/// A connector that gives up in time, the handshake included.
#[derive(Clone, Debug)]
struct Patient(HttpsConnector<HttpConnector>);

/// No connection stood in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoConnectionInTime;

impl fmt::Display for NoConnectionInTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection in time")
    }
}

impl Error for NoConnectionInTime {}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn Error + Send + Sync>>> + Send>>;

impl Service<Uri> for Patient {
    type Response = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move {
            timeout(CONNECT_TIMEOUT, connecting).await.unwrap_or_else(|_| Err(NoConnectionInTime.into()))
        })
    }
}
