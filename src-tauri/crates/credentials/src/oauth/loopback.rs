//! Where the browser comes back to: a listener on this machine that answers once and closes (RFC 8252 §7.3).
//!
//! Invariants: it listens on 127.0.0.1 alone; what does not carry the login's state changes nothing, so that a page in the
//! browser can neither end a login nor slip a code of its own into one; it closes when it is dropped.

use std::{io, sync::Arc};

use ::http::{StatusCode, header};
use axum::{
    Router,
    extract::{RawQuery, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{net::TcpListener, sync::mpsc};
use url::Url;

use super::{CodeLogin, OauthError, Redirect, http::clean, page};

/// A listener for one login.
pub struct Loopback {
    listener: TcpListener,
    redirect: Url,
    path: String,
}

/// What came back.
enum Came {
    Code(SecretString),
    Denied,
    Refused { code: String, description: Option<String> },
}

struct Door {
    state: SecretString,
    came: mpsc::Sender<Came>,
}

impl Loopback {
    /// Listens where the flow's client may come back to: the first free one of its ports.
    ///
    /// # Errors
    /// [`OauthError::PortsTaken`] if all are in use.
    pub async fn bind(redirect: &Redirect) -> Result<Self, OauthError> {
        let (first, last) = redirect.ports.unwrap_or((0, 0));
        let mut bound = None;
        for port in first..=last.max(first) {
            match TcpListener::bind(("127.0.0.1", port)).await {
                Ok(listener) => {
                    bound = Some(listener);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(OauthError::Listen(error)),
            }
        }
        let listener = bound.ok_or(OauthError::PortsTaken { first, last })?;
        let port = listener.local_addr().map_err(OauthError::Listen)?.port();
        let redirect_url = Url::parse(&format!("http://{}:{port}{}", redirect.host, redirect.path))
            .map_err(|error| OauthError::Listen(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        Ok(Self { listener, redirect: redirect_url, path: redirect.path.clone() })
    }

    /// Where the browser is to come back to.
    pub fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Waits for the browser and gives the code. The page that it ends on says how it went. Set a limit outside.
    ///
    /// # Errors
    /// [`OauthError::Denied`] or [`OauthError::Refused`] if that is what came back.
    pub async fn code(self, login: &CodeLogin) -> Result<SecretString, OauthError> {
        self.code_with_state(login.state()).await
    }

    pub(crate) async fn code_with_state(self, state: &SecretString) -> Result<SecretString, OauthError> {
        let (sender, mut came) = mpsc::channel(1);
        let door = Arc::new(Door { state: state.clone(), came: sender });
        let router = Router::new().route(&self.path, get(back)).with_state(door);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = axum::serve(self.listener, router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let mut serving = std::pin::pin!(serving.into_future());
        let came = tokio::select! {
            came = came.recv() => came,
            _ = &mut serving => None,
        };
        // The page is still on its way to the browser.
        let _ = stop.send(());
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), serving).await;
        match came {
            Some(Came::Code(code)) => Ok(code),
            Some(Came::Refused { code, description }) => Err(OauthError::Refused { code, description }),
            Some(Came::Denied) | None => Err(OauthError::Denied),
        }
    }
}

async fn back(State(door): State<Arc<Door>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let find = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if find("state").as_deref() != Some(door.state.expose_secret()) {
        return answer(StatusCode::BAD_REQUEST, page::OTHER_LOGIN);
    }
    let (came, status, page) = match (find("code"), find("error")) {
        (Some(code), None) => (Came::Code(SecretString::from(code)), StatusCode::OK, page::BACK),
        (_, Some(error)) if error == "access_denied" => (Came::Denied, StatusCode::OK, page::DENIED),
        (_, Some(error)) => {
            let description = find("error_description").map(|said| clean(&said, &[&door.state]));
            (Came::Refused { code: clean(&error, &[&door.state]), description }, StatusCode::OK, page::REFUSED)
        }
        (None, None) => return answer(StatusCode::BAD_REQUEST, page::OTHER_LOGIN),
    };
    if door.came.try_send(came).is_err() {
        return answer(StatusCode::BAD_REQUEST, page::OTHER_LOGIN);
    }
    answer(status, page)
}

fn answer(status: StatusCode, page: page::Page) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, page::POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONNECTION, "close"),
    ];
    (status, headers, Html(page.html())).into_response()
}

#[cfg(test)]
mod tests;
