//! One call, whichever client makes it, and what comes back.

use super::Outbound;
use super::Way;
use super::failure::{self, Failed};
use super::rules::is_loopback;
use super::straight::{self, NoConnectionInTime, Straight};
use bytes::Bytes;
use http::{Extensions, HeaderMap, StatusCode, Uri, response};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy;
use mainstay_balancer::Outcome;
use std::error::Error;
use std::fmt;
use url::Url;

/// An answer whose head has come.
pub struct Received {
    head: response::Parts,
    body: Body,
}

#[expect(clippy::large_enum_variant, reason = "nearly all are of the large kind, and one is made for each request")]
enum Body {
    Straight(straight::Body),
    Proxied(reqwest::Body),
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("status", &self.head.status).finish_non_exhaustive()
    }
}

impl Received {
    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Its headers; without a length where the body was compressed.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.head.extensions
    }

    /// The next bytes of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is no HTTP.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let frame = match &mut self.body {
                Body::Straight(body) => body.frame().await.map(|frame| frame.map_err(BodyError)),
                Body::Proxied(body) => body.frame().await.map(|frame| frame.map_err(|error| BodyError(error.into()))),
            };
            match frame.transpose()?.map(http_body::Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                // Trailers.
                Some(Err(_)) => {}
            }
        }
    }
}

/// A body that broke.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub struct BodyError(#[source] Box<dyn Error + Send + Sync>);

impl BodyError {
    /// What that means, and what to say about it.
    pub(crate) fn read(&self) -> (Outcome, String) {
        failure::read(&Failed { cause: self.source(), connect: false, timeout: false, url: None })
    }
}

/// A call that brought no answer. [`Outbound::read_call`] says what that means.
#[derive(Debug, thiserror::Error)]
#[error("the call brought no answer")]
pub enum CallError {
    /// On the way without a proxy.
    Straight {
        /// What went wrong.
        #[source]
        error: legacy::Error,
        /// What was called.
        url: Url,
    },
    /// On the way through a proxy.
    Proxied(#[source] reqwest::Error),
}

impl CallError {
    /// No connection stood.
    pub(crate) fn is_connect(&self) -> bool {
        match self {
            Self::Straight { error, .. } => error.is_connect(),
            Self::Proxied(error) => error.is_connect(),
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        match self {
            Self::Straight { .. } => self.causes().any(<dyn Error>::is::<NoConnectionInTime>),
            Self::Proxied(error) => error.is_timeout(),
        }
    }

    /// The chain of what caused it, outermost first.
    pub(crate) fn causes(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        std::iter::successors(self.cause(), |cause| (*cause).source())
    }

    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Straight { error, .. } => Some(error),
            Self::Proxied(error) => error.source(),
        }
    }

    fn url(&self) -> Option<&Url> {
        match self {
            Self::Straight { url, .. } => Some(url),
            Self::Proxied(error) => error.url(),
        }
    }
}

impl Outbound {
    /// Asks an address by POST, by the way that its profile names.
    ///
    /// # Errors
    /// When no answer begins: no connection, or one that broke.
    pub async fn post(&self, url: &Url, way: &Way, headers: HeaderMap, body: Bytes) -> Result<Received, CallError> {
        let straight = {
            let clients = self.0.now.load();
            let free = is_loopback(url) || clients.rules.find(url, way).is_none();
            (free && Straight::can_call(url)).then(|| clients.straight.clone())
        };
        if let Some(straight) = straight {
            let uri: Uri = url.as_str().parse().expect("what is a URL with a host is a URI");
            return match straight.post(uri, headers, body).await {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    Ok(Received { head, body: Body::Straight(body) })
                }
                Err(error) => Err(CallError::Straight { error, url: url.clone() }),
            };
        }
        let sent = self.client(url, way).post(url.clone()).headers(headers).body(body).send().await;
        let (head, body) = http::Response::from(sent.map_err(CallError::Proxied)?).into_parts();
        Ok(Received { head, body: Body::Proxied(body) })
    }

    /// What a call that failed means, and what to say about it: words without a full stop, and without a secret.
    pub fn read_call(&self, error: &CallError, way: &Way) -> (Outcome, String) {
        let failed =
            Failed { cause: error.cause(), connect: error.is_connect(), timeout: error.is_timeout(), url: error.url() };
        let found = error.url().and_then(|url| self.0.now.load().rules.find(url, way));
        match found {
            Some(found) => failure::read_proxied(&failed, &found),
            None => failure::read(&failed),
        }
    }
}
