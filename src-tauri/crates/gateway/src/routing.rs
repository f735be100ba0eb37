//! The snapshot that requests are routed by.
//!
//! Built whole by the engine whenever profiles, catalogue or credentials change, and swapped at once: a request keeps the
//! snapshot that it started with. Everything about a member that does not depend on the request is worked out here,
//! beforehand.

use crate::outbound::Way;
use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue};
use mainstay_balancer::{Pool, TargetKey};
use mainstay_dialects::{Dialect, Terms};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A credential as it goes on a request: one header. The value is marked sensitive, so that it never shows in `Debug`.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The header that carries it.
    pub header: HeaderName,
    /// Its value, marked sensitive.
    pub value: HeaderValue,
}

/// Why a member has no credential to present.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CredentialError {
    /// Stable code: `needs_credential`, `credential_origin_unconfirmed`, …
    pub code: &'static str,
    /// What is wrong, in words, without any secret.
    pub message: String,
}

/// Where a member's credential comes from. Implemented by the engine over the secret store.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credential in force; `None` where the provider needs none.
    async fn current(&self) -> Result<Option<Presented>, CredentialError>;
    /// After the upstream rejected `sent`: read the source again (or refresh a login). `true` if what is in force now is
    /// another, so that one more try makes sense (failover §2, CredentialRejected).
    async fn renew(&self, sent: Option<&Presented>) -> Result<bool, CredentialError>;
    /// Whether the caller's own credential is to be forwarded in place of one of ours: the scheme `caller`. Then
    /// [`current`](CredentialSource::current) is not asked.
    fn caller(&self) -> bool {
        false
    }
}

/// One member, ready to be called.
pub struct Upstream {
    /// The profile's name.
    pub profile: Arc<str>,
    /// The provider's catalogue name.
    pub provider: Arc<str>,
    /// What it speaks.
    pub dialect: Dialect,
    /// Where it answers: with `/v1` for OpenAI, without for Anthropic and Gemini.
    pub base_url: Url,
    /// Headers of the catalogue and the profile (`custom-headers`, `user-agent`), never a credential.
    pub headers: HeaderMap,
    /// Model and parameters that the profile sets, for requests that no rule of `models` names.
    pub terms: Terms,
    /// What serves requests for other models (failover §5); the first rule that names the model counts.
    pub models: Vec<ModelRule>,
    /// The provider is asked for streams; off where the profile says `streaming: disabled`, and a client that streams is then
    /// given the whole answer as one.
    pub streaming: bool,
    /// The limit to the first content, when profile or balancer set one (`timeout_ms`).
    pub first_content: Option<Duration>,
    /// The limit between two chunks (`stream-idle-timeout-ms`).
    pub idle: Option<Duration>,
    /// Its credential.
    pub credential: Arc<dyn CredentialSource>,
    /// What its health is kept under.
    pub key: TargetKey,
    /// Which way calls to it leave the machine.
    pub way: Way,
    /// Answers are simulated (practice).
    pub practice: bool,
}

/// Which model serves a request that asks for a certain one.
#[derive(Clone, Debug)]
pub struct ModelRule {
    /// The model asked for; `*` stands for any characters.
    pub asked: String,
    /// Model and parameters that serve it.
    pub terms: Terms,
}

impl Upstream {
    /// Model and parameters for a request; `asked` is the model that it names, unless that is a route's name.
    pub(crate) fn terms_for(&self, asked: Option<&str>) -> &Terms {
        let rule = asked.and_then(|asked| self.models.iter().find(|rule| matches(&rule.asked, asked)));
        rule.map_or(&self.terms, |rule| &rule.terms)
    }
}

/// Whether `name` is of the form `pattern`, in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((end, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(end)
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("profile", &self.profile)
            .field("provider", &self.provider)
            .field("dialect", &self.dialect)
            .field("base_url", &self.base_url.as_str())
            .finish_non_exhaustive()
    }
}

/// Whether a route is one profile or several joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// One profile alone.
    Single,
    /// A load balancer.
    Balancer,
}

/// A profile or load balancer that requests can go to.
#[derive(Debug)]
pub struct Route {
    /// Its name, which a client may give as `model`.
    pub name: Arc<str>,
    /// One profile or several.
    pub kind: RouteKind,
    /// Members and policy, as the balancer sees them.
    pub pool: Pool,
    /// By the index of [`Pool::members`]; for a member that can't be called at all, why, in words that read on from its
    /// name.
    pub upstreams: Vec<Result<Arc<Upstream>, String>>,
}

/// All routes, and the one that serves requests which name none.
#[derive(Debug, Default)]
pub struct Routing {
    active: Option<Arc<str>>,
    order: Vec<Arc<Route>>,
    by_name: HashMap<Arc<str>, Arc<Route>>,
}

impl Routing {
    /// A snapshot of `routes` (in the order in which `/v1/models` lists them) with `active` serving by default.
    pub fn new(routes: Vec<Route>, active: Option<Arc<str>>) -> Self {
        let order: Vec<Arc<Route>> = routes.into_iter().map(Arc::new).collect();
        let by_name = order.iter().map(|route| (Arc::clone(&route.name), Arc::clone(route))).collect();
        Self { active, order, by_name }
    }

    /// The route for a request: the one that its model names, else the active one (failover §5).
    pub fn find(&self, model: Option<&str>) -> Option<&Arc<Route>> {
        model.and_then(|name| self.by_name.get(name)).or_else(|| self.by_name.get(self.active.as_deref()?))
    }

    /// The route of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<Route>> {
        self.by_name.get(name)
    }

    /// The name of the active route.
    pub fn active(&self) -> Option<&Arc<str>> {
        self.active.as_ref()
    }

    /// All routes, in listing order.
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.order
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, fits) in [
            ("claude-haiku-4-5", "claude-haiku-4-5", true),
            ("claude-haiku", "claude-haiku-4-5", false),
            ("*haiku*", "claude-haiku-4-5", true),
            ("*haiku*", "claude-sonnet", false),
            ("gpt-*-mini", "gpt-5-mini", true),
            ("gpt-*-mini", "gpt-mini", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
