//! A member's credential, resolved when its profile is compiled and held ready for the request path.

use arc_swap::ArcSwap;
use async_trait::async_trait;
use http::{HeaderName, HeaderValue};
use mainstay_credentials::oauth::{Accounts, OauthError, Renewed};
use mainstay_credentials::{
    CliKeys, Credential, CredentialAsk, CredentialProblem, Environment, KeyHeader, Redactor, SecretStore, resolve,
};
use mainstay_gateway::{CredentialError, CredentialSource, Presented};
use secrecy::{ExposeSecret, SecretString};
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

/// What a profile's credential was found to be.
pub(crate) enum Resolution {
    /// A key, the caller's own, or none; or why there is none.
    Own(Box<ProfileCredential>),
    /// The provider's login, with these accounts in this order.
    Login(Vec<String>),
}

impl ProfileCredential {
    pub(crate) async fn resolve(sources: Arc<Sources>, ask: CredentialAsk, header: KeyHeader) -> Resolution {
        match find(&sources, &ask).await {
            Ok(Credential::Login { accounts }) => Resolution::Login(accounts),
            found => {
                let current = ArcSwap::from_pointee(resolved(&sources, &ask, header, found));
                Resolution::Own(Box::new(Self { sources, ask, header, current }))
            }
        }
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
        let found = find(&self.sources, &self.ask).await;
        let resolved = resolved(&self.sources, &self.ask, self.header, found);
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

async fn find(sources: &Sources, ask: &CredentialAsk) -> Result<Credential, CredentialProblem> {
    resolve(ask, &*sources.store, &*sources.environment, &*sources.cli_keys).await
}

fn resolved(
    sources: &Sources,
    ask: &CredentialAsk,
    header: KeyHeader,
    found: Result<Credential, CredentialProblem>,
) -> Resolved {
    let nothing = |id: &str, problem: CredentialProblem| Resolved {
        id: format!("{id}:{}", ask.profile),
        presented: Err((problem.code(), problem.to_string())),
        caller: false,
    };
    match found {
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
        // A login that came meanwhile is taken up when the routes are made anew.
        Ok(Credential::Login { accounts }) => nothing("absent", CredentialProblem::LoginNeeded { accounts }),
        Err(problem) => nothing("absent", problem),
    }
}

/// How the ids of login credentials begin.
const LOGIN: &str = "login:";

/// What health is kept under for an account of a login.
pub(crate) fn login_id(provider: &str, account: &str) -> String {
    format!("{LOGIN}{provider}:{account}")
}

/// Whose login an id names: the provider whose accounts it is among, and the account.
pub(crate) fn login_of(id: &str) -> Option<(String, String)> {
    let (provider, account) = id.strip_prefix(LOGIN)?.rsplit_once(':')?;
    Some((provider.to_owned(), account.to_owned()))
}

/// One account of a provider's login. Its tokens are the accounts' matter; it only presents them.
pub(crate) struct LoginCredential {
    pub(crate) accounts: Accounts,
    pub(crate) provider: String,
    pub(crate) account: String,
}

impl LoginCredential {
    /// As [`ProfileCredential::id`].
    pub(crate) fn id(&self) -> String {
        login_id(&self.provider, &self.account)
    }
}

#[async_trait]
impl CredentialSource for LoginCredential {
    async fn current(&self) -> Result<Option<Presented>, CredentialError> {
        let token = self.accounts.token(&self.provider, &self.account).await;
        let token = token.map_err(|error| CredentialError { code: error.code(), message: needs(&error) })?;
        let header = KeyHeader::Bearer;
        let mut value = HeaderValue::from_str(header.value(&token).expose_secret()).map_err(|_| CredentialError {
            code: "login_malformed",
            message: "has a token with characters that no header can carry".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(Some(Presented { header: HeaderName::from_static(header.name()), value }))
    }

    async fn renew(&self, sent: Option<&Presented>) -> Result<bool, CredentialError> {
        let sent = sent.and_then(|sent| sent.value.to_str().ok()?.strip_prefix("Bearer ").map(SecretString::from));
        let renewed = self.accounts.renew(&self.provider, &self.account, sent.as_ref()).await;
        Ok(renewed.is_ok_and(|renewed| renewed == Renewed::Changed))
    }
}

/// Reads on from the member's name.
fn needs(error: &OauthError) -> String {
    match error {
        OauthError::InvalidGrant => "needs a login: the last one has ended".to_owned(),
        other => format!("has a token that is too old and could not be refreshed ({other})"),
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
