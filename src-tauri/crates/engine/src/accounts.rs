//! Logins: their calls, their refresh while the engine runs, and the ones under way.
//!
//! Invariant: a login under way holds nothing that outlives it: cancelled or failed, it leaves no listener, no token and no
//! setting behind.

mod course;
mod told;
mod waiting;

pub(crate) use course::{begin, problem};
pub(crate) use waiting::Waiting;

use crate::credential::Sources;
use crate::layers::Layers;
use crate::shared::Shared;
use async_trait::async_trait;
use mainstay_credentials::StoreError;
use mainstay_credentials::oauth::{Accounts, Flow, OauthError, TokenHttp, Unreached};
use mainstay_gateway::{Outbound, Way};
use mainstay_profiles::Catalogue;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use url::Url;

/// The account that a login is for unless it names another.
pub(crate) const DEFAULT: &str = "default";
/// How long a login server has for an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest answer of one, in bytes.
const LARGEST: usize = 1 << 20;
/// How often the wall clock is looked at: a machine that slept finds its tokens old.
const LOOK: Duration = Duration::from_secs(15);

/// A provider's login, as the catalogue has it.
///
/// # Errors
/// [`OauthError::Misconfigured`] when there is none, or it can't be used.
pub(crate) fn flow_of(catalogue: &Catalogue, provider: &str) -> Result<Flow, OauthError> {
    let data = catalogue.provider(provider).and_then(|known| known.oauth.clone());
    let data = data.ok_or_else(|| OauthError::Misconfigured {
        provider: provider.to_owned(),
        reason: "it has no login".to_owned(),
    })?;
    Flow::of(provider, &data)
}

/// Whose accounts a provider's are.
pub(crate) fn accounts_of(provider: &str, flow: &Flow) -> String {
    flow.accounts_of.clone().unwrap_or_else(|| provider.to_owned())
}

/// Takes up the accounts of the store.
pub(crate) async fn open(
    sources: &Sources,
    outbound: &Outbound,
    catalogue: &Arc<Layers>,
) -> Result<Accounts, StoreError> {
    let catalogue = Arc::clone(catalogue);
    let flows = move |provider: &str| flow_of(&catalogue.now(), provider).ok();
    let clock = || u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
    let http = Arc::new(OutboundHttp(outbound.clone()));
    Accounts::open(Arc::clone(&sources.store), http, flows, clock, sources.redactor.clone()).await
}

/// Calls by the same way out as requests: proxy, certificates, no redirects.
struct OutboundHttp(Outbound);

#[async_trait]
impl TokenHttp for OutboundHttp {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Unreached> {
        let url = Url::parse(&request.uri().to_string()).map_err(|error| Unreached(error.to_string()))?;
        let failed = |error: reqwest::Error| Unreached(self.0.read_failure(&error, &Way::Settings).1);
        let (parts, body) = request.into_parts();
        let call = async {
            let client = self.0.client(&url, &Way::Settings);
            let sent = client.request(parts.method, url.clone()).headers(parts.headers).body(body).send();
            let mut response = sent.await.map_err(failed)?;
            if let Some((_, detail)) = self.0.read_refusal(response.status(), &url, &Way::Settings) {
                return Err(Unreached(detail));
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(failed)? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > LARGEST {
                    return Err(Unreached("its answer is too long".to_owned()));
                }
            }
            let mut answer = http::Response::new(bytes);
            *answer.status_mut() = response.status();
            answer.headers_mut().clone_from(response.headers());
            Ok(answer)
        };
        timeout(ANSWER, call).await.unwrap_or_else(|_| Err(Unreached("it did not answer in 30 s".to_owned())))
    }
}

impl Shared {
    /// Keeps logins fresh, and routes in step with them. Never ends.
    pub(crate) async fn keep_logged_in(&self) {
        let refresh = async {
            loop {
                // Offline, every call would only fail.
                if self.core.offline().is_none() {
                    self.accounts.refresh_due().await;
                }
                let now = self.accounts.now();
                let due = self.accounts.next_due().map(|due| Duration::from_secs(due.saturating_sub(now).max(1)));
                sleep(due.map_or(LOOK, |due| due.min(LOOK))).await;
            }
        };
        let follow = async {
            let mut before = self.usable_logins();
            loop {
                self.accounts.stirred().await;
                let after = self.usable_logins();
                if after != before {
                    before = after;
                    if let Err(error) = self.reload().await {
                        tracing::warn!(%error, "the routes could not be made anew after a change of logins");
                    }
                }
                self.accounts_changed();
            }
        };
        tokio::join!(refresh, follow);
    }

    fn usable_logins(&self) -> Vec<(String, String)> {
        let usable = self.accounts.list().into_iter();
        let usable = usable.filter(|status| status.state != mainstay_credentials::oauth::LoginState::Ended);
        usable.map(|status| (status.provider, status.account)).collect()
    }

    /// The window should read its accounts again.
    pub(crate) fn accounts_changed(&self) {
        self.bump();
        self.watcher.stir();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_login_can_be_used() {
        let catalogue = Catalogue::builtin();
        let with_login: Vec<&str> = catalogue
            .providers()
            .iter()
            .filter(|provider| provider.oauth.is_some())
            .map(|provider| provider.name.as_str())
            .collect();
        assert_eq!(with_login, ["anthropic", "gemini", "qwen", "claudecode", "OpenRouter"]);
        for provider in with_login {
            let flow = flow_of(&catalogue, provider).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(flow.needs_client(), provider == "gemini", "{provider}");
        }
        let flow = flow_of(&catalogue, "claudecode").unwrap();
        assert_eq!(accounts_of("claudecode", &flow), "anthropic");
    }
}
