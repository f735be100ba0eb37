//! A member's credential, resolved when its profile is compiled and held ready for the request path.

use arc_swap::ArcSwap;
use async_trait::async_trait;
use http::{HeaderName, HeaderValue};
use mainstay_credentials::{
    CliKeys, Credential, CredentialAsk, CredentialProblem, Environment, KeyHeader, Redactor, SecretStore, resolve,
};
use mainstay_gateway::{CredentialError, CredentialSource, Presented};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// What every resolution needs.
pub(crate) struct Sources {
    pub(crate) store: Arc<dyn SecretStore>,
    pub(crate) environment: Box<dyn Environment + Send + Sync>,
    pub(crate) cli_keys: Box<dyn CliKeys + Send + Sync>,
    pub(crate) redactor: Redactor,
}

/// The credential of one profile.
pub(crate) struct ProfileCredential {
    sources: Arc<Sources>,
    ask: CredentialAsk,
    header: KeyHeader,
    current: ArcSwap<Resolved>,
}

pub(crate) struct Resolved {
    /// What health is kept under; says nothing about the secret.
    pub(crate) id: String,
    presented: Result<Option<Presented>, (&'static str, String)>,
    /// The caller's own is forwarded.
    caller: bool,
}

impl ProfileCredential {
    pub(crate) async fn resolve(sources: Arc<Sources>, ask: CredentialAsk, header: KeyHeader) -> Self {
        let resolved = resolve_now(&sources, &ask, header).await;
        Self { sources, ask, header, current: ArcSwap::from_pointee(resolved) }
    }

    /// The id of the credential in force.
    pub(crate) fn id(&self) -> String {
        self.current.load().id.clone()
    }

    /// Why there is none, if there is none: code and words.
    pub(crate) fn problem(&self) -> Option<(&'static str, String)> {
        self.current.load().presented.as_ref().err().cloned()
    }
}

#[async_trait]
impl CredentialSource for ProfileCredential {
    async fn current(&self) -> Result<Option<Presented>, CredentialError> {
        let current = self.current.load();
        match &current.presented {
            Ok(presented) => Ok(presented.clone()),
            Err((code, message)) => Err(CredentialError { code, message: message.clone() }),
        }
    }

    async fn renew(&self, sent: Option<&Presented>) -> Result<bool, CredentialError> {
        // Another request may have renewed it since this one was sent.
        if let (Ok(Some(now)), Some(sent)) = (&self.current.load().presented, sent)
            && now.value != sent.value
        {
            return Ok(true);
        }
        let before = self.id();
        let resolved = resolve_now(&self.sources, &self.ask, self.header).await;
        let changed = resolved.id != before && resolved.presented.is_ok();
        if changed {
            self.current.store(Arc::new(resolved));
        }
        Ok(changed)
    }

    fn caller(&self) -> bool {
        self.current.load().caller
    }
}

async fn resolve_now(sources: &Sources, ask: &CredentialAsk, header: KeyHeader) -> Resolved {
    let nothing = |id: &str, problem: CredentialProblem| Resolved {
        id: format!("{id}:{}", ask.profile),
        presented: Err((problem.code(), problem.to_string())),
        caller: false,
    };
    match resolve(ask, &*sources.store, &*sources.environment, &*sources.cli_keys).await {
        Ok(Credential::Key { secret, id, .. }) => {
            sources.redactor.learn(&secret);
            let presented = HeaderValue::from_str(header.value(&secret).expose_secret()).map(|mut value| {
                value.set_sensitive(true);
                Some(Presented { header: HeaderName::from_static(header.name()), value })
            });
            let presented = presented
                .map_err(|_| ("credential_unreadable", "the key holds characters that no header can carry".to_owned()));
            Resolved { id: id.to_string(), presented, caller: false }
        }
        Ok(Credential::None) => Resolved { id: "none".to_owned(), presented: Ok(None), caller: false },
        Ok(Credential::Caller) => Resolved { id: format!("caller:{}", ask.profile), presented: Ok(None), caller: true },
        Err(problem) => nothing("absent", problem),
    }
}

/// A credential that practice providers take. It opens nothing.
pub(crate) struct PracticeCredential(pub(crate) KeyHeader);

#[async_trait]
impl CredentialSource for PracticeCredential {
    async fn current(&self) -> Result<Option<Presented>, CredentialError> {
        let value = match self.0 {
            KeyHeader::Bearer => HeaderValue::from_static("Bearer practice"),
            KeyHeader::XApiKey | KeyHeader::XGoogApiKey => HeaderValue::from_static("practice"),
        };
        Ok(Some(Presented { header: HeaderName::from_static(self.0.name()), value }))
    }

    async fn renew(&self, _: Option<&Presented>) -> Result<bool, CredentialError> {
        Ok(false)
    }
}
