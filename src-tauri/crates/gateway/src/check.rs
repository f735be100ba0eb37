//! Checks that spend nothing: whether a member's address answers, and whether its key is accepted.
//!
//! A check is no attempt: it generates nothing, moves no wheel, and shows in no trail. What it may do to health is little. A
//! key that is refused takes its account out as an attempt would, so that no user's request has to find that out; one that
//! is accepted ends such a rest (failover §3.11). Anything else that goes wrong (no connection, a limit, a server's fault)
//! marks nothing: only requests may say that of a member.
//!
//! Of what a provider answers nothing but its status is told or kept.

use crate::carried::request_headers;
use crate::core::Core;
use crate::outbound::read_failure;
use crate::routing::{Presented, Upstream};
use http::StatusCode;
use mainstay_balancer::{Millis, Outcome, Refusal, TargetKey, classify};
use mainstay_dialects::read_error;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long a check may take, with all the calls that it needs.
const LIMIT: Duration = Duration::from_secs(10);
/// The most of an answer that is read.
const BODY_LIMIT: usize = 1 << 20;

/// A provider's free call (`GET`) that shows whether it accepts a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeCall {
    /// Path and query, under the base URL.
    pub path: String,
    /// It is known to be refused without a key. Else the check asks once without, and where that is answered says that
    /// nothing can be told.
    pub guarded: bool,
}

/// What a check found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The address answers, or the key is accepted.
    Passed,
    /// The address does not answer, or the key is not accepted.
    Failed,
    /// There is nothing to ask for free that would tell.
    Untellable,
    /// It could not be found out now.
    Unsettled,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it found out.
    pub finding: Finding,
    /// In words for a person; reads on from nothing ("401, did not accept the key or login").
    pub message: String,
    /// The free call was seen to be refused without a key, so that the next check needn't ask again.
    pub seen_guarded: bool,
}

impl Checked {
    fn new(finding: Finding, message: impl Into<String>) -> Self {
        Self { finding, message: message.into(), seen_guarded: false }
    }

    fn unsettled(why: &str) -> Self {
        Self::new(Finding::Unsettled, format!("the key could not be checked now: {why}"))
    }

    fn untellable(why: &str) -> Self {
        Self::new(Finding::Untellable, format!("the key can't be checked for free: {why}"))
    }
}

/// What came of one call.
enum Heard {
    /// An answer that is none of an error.
    Answer,
    /// A refusal, and what it means.
    Refusal { status: StatusCode, outcome: Outcome, of_a_scope: bool },
    /// Something that is no answer of an API: a page, a redirect, more than anybody wants to read.
    Strange(&'static str),
    /// No answer.
    Nothing(Outcome),
}

impl Core {
    /// Whether the member's address answers: name, connection and TLS, by its way out. Neither a credential nor a header of
    /// the profile is sent, and health is not touched.
    pub async fn check_address(&self, upstream: &Upstream) -> Checked {
        let url = upstream.base_url.clone();
        let asked = self.outbound.client(&url, &upstream.way).head(url).send();
        match timeout(LIMIT, asked).await {
            Ok(Ok(_)) => Checked::new(Finding::Passed, "the address answers"),
            Ok(Err(error)) => Checked::new(Finding::Failed, read_failure(&error).0.describe()),
            Err(_) => Checked::new(Finding::Failed, "the address did not answer within 10 s"),
        }
    }

    /// Whether the provider accepts the member's key, by its free call; marks the account accordingly. A rejected key's
    /// source is read again once, as for an attempt (failover §2, CredentialRejected).
    pub async fn check_key(&self, upstream: &Upstream, call: &FreeCall) -> Checked {
        let begun = self.balancer().check_begun();
        let asked = timeout(LIMIT, self.ask_for_free(upstream, call)).await;
        let checked = asked.unwrap_or_else(|_| Checked::unsettled("no answer within 10 s"));
        let changed = match checked.finding {
            Finding::Passed => self.balancer().check_passed(&upstream.key, begun, self.clock.now()),
            Finding::Failed => {
                let now = self.clock.now();
                self.balancer().check_rejected(&upstream.key, begun, now, rand::random());
                true
            }
            Finding::Untellable | Finding::Unsettled => false,
        };
        if changed {
            self.lines.stir();
            self.observer.health_changed(&upstream.key);
        }
        checked
    }

    /// Until when a target's account rests because its credential was rejected, if it does.
    pub fn rejected_until(&self, target: &TargetKey) -> Option<Millis> {
        self.balancer().rejected_until(target, self.clock.now())
    }

    async fn ask_for_free(&self, upstream: &Upstream, call: &FreeCall) -> Checked {
        let mut credential = match upstream.credential.current().await {
            Ok(Some(credential)) => credential,
            Ok(None) => return Checked::untellable("none is needed"),
            Err(error) => return Checked::untellable(&error.message),
        };
        let url = under(&upstream.base_url, &call.path);
        if !call.guarded
            && let Err(checked) = guarded(&self.ask(upstream, &url, None).await)
        {
            return checked;
        }
        let mut heard = self.ask(upstream, &url, Some(credential.clone())).await;
        if rejects(&heard) && upstream.credential.renew(Some(&credential)).await.unwrap_or(false) {
            self.credential_changed(&upstream.key.credential);
            if let Ok(Some(renewed)) = upstream.credential.current().await {
                credential = renewed;
                heard = self.ask(upstream, &url, Some(credential)).await;
            }
        }
        Checked { seen_guarded: !call.guarded, ..judge(&heard) }
    }

    async fn ask(&self, upstream: &Upstream, url: &Url, credential: Option<Presented>) -> Heard {
        let headers = request_headers(upstream, None, false, credential.into_iter().collect());
        let asked = self.outbound.client(url, &upstream.way).get(url.clone()).headers(headers).send();
        let mut response = match asked.await {
            Ok(response) => response,
            Err(error) => return Heard::Nothing(read_failure(&error).0),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        if status.is_redirection() {
            return Heard::Strange("it points to another address");
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= BODY_LIMIT => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // A refusal says enough by its status.
                _ if !status.is_success() => break,
                Ok(Some(_)) => return Heard::Strange("the answer is larger than 1 MiB"),
                Err(error) => return Heard::Nothing(read_failure(&error).0),
            }
        }
        if status.is_success() {
            match holds_an_error(&body) {
                None => return Heard::Strange("the answer is not JSON"),
                Some(false) => return Heard::Answer,
                Some(true) => {}
            }
        }
        let error = read_error(&body);
        let outcome = classify(&Refusal {
            status: status.as_u16(),
            headers: &|name| headers.get(name).and_then(|value| value.to_str().ok()),
            error: &error,
            dialect: upstream.dialect,
            provider: &upstream.provider,
            untouched: true,
            ours: &[],
            now: self.clock.now(),
        });
        let message = error.message.to_ascii_lowercase();
        let of_a_scope = ["scope", "permission"].iter().any(|word| message.contains(word));
        Heard::Refusal { status, outcome, of_a_scope }
    }
}

/// Whether the answer to a call without a key shows that the call needs one; if not, what the check came to.
fn guarded(heard: &Heard) -> Result<(), Checked> {
    match heard {
        Heard::Refusal { outcome: Outcome::CredentialRejected, .. }
        | Heard::Refusal { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } => Ok(()),
        Heard::Answer => Err(Checked::untellable("this address answers without one too")),
        other => Err(judge(other)),
    }
}

/// Whether the key as such is not accepted. A key may be restricted to other calls than the free one: OpenAI then answers 401
/// with "Missing scopes", others 403. Requests may well be served, so that is no rejection.
fn rejects(heard: &Heard) -> bool {
    matches!(
        heard,
        Heard::Refusal { status, outcome: Outcome::CredentialRejected, of_a_scope: false }
            if *status != StatusCode::FORBIDDEN
    )
}

fn judge(heard: &Heard) -> Checked {
    match heard {
        Heard::Answer => Checked::new(Finding::Passed, "the key is accepted"),
        Heard::Refusal { status, outcome, .. } if rejects(heard) => {
            Checked::new(Finding::Failed, format!("{}, {}", status.as_u16(), outcome.describe()))
        }
        Heard::Refusal { status: StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, .. } => {
            Checked::untellable("this address has no call for it")
        }
        Heard::Refusal { status, outcome, .. } => match outcome {
            Outcome::RateLimited { .. }
            | Outcome::QuotaSpent { .. }
            | Outcome::Overloaded { .. }
            | Outcome::ServerError { .. }
            | Outcome::TimedOut(_) => Checked::unsettled(&format!("{}, {}", status.as_u16(), outcome.describe())),
            _ if *status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Checked::unsettled("the proxy asks for a login")
            }
            _ => Checked::untellable(&format!("{}, the key may not make the free call", status.as_u16())),
        },
        Heard::Strange(what) => Checked::unsettled(what),
        Heard::Nothing(outcome) => Checked::unsettled(&format!("the provider {}", outcome.describe())),
    }
}

/// Whether a JSON object holds an error; `None` for what is no JSON object or list.
fn holds_an_error(body: &[u8]) -> Option<bool> {
    match serde_json::from_slice(body).ok()? {
        Value::Object(answer) => Some(answer.get("error").is_some_and(|error| !error.is_null())),
        Value::Array(_) => Some(false),
        _ => None,
    }
}

/// Path and query under a base URL.
fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(query);
    url
}

#[cfg(test)]
mod tests;
