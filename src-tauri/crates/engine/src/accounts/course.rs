//! One login, from its beginning to its end.

use super::{DEFAULT, Waiting, accounts_of, flow_of};
use crate::error::Problem;
use crate::logins::{self, Logins};
use crate::operations::LoginInput;
use crate::shared::Shared;
use crate::view::{LoginMethod, LoginStep, LoginWait};
use mainstay_credentials::oauth::{
    Bundle, CodeLogin, DeviceLogin, Flow, FlowKind, KeyLogin, Loopback, OauthError, Pasted,
};
use mainstay_credentials::{SecretId, SecretString};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long the user has in the browser.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// One login under way.
struct Course {
    shared: Arc<Shared>,
    id: String,
    provider: String,
    accounts_of: String,
    account: String,
    flow: Flow,
    pasted: mpsc::Receiver<SecretString>,
}

/// What a login gives.
enum Gift {
    Tokens(Box<Bundle>),
    Key(SecretString),
}

/// Begins a login, and lets it go its way.
pub(crate) fn begin(shared: &Arc<Shared>, input: LoginInput) -> Result<LoginWait, Problem> {
    let flow = flow_of(&shared.catalogue.now(), &input.provider).map_err(|error| problem(&error))?;
    if flow.needs_client() {
        return Err(problem(&OauthError::NeedsClient));
    }
    let account = input.account.as_deref().map_or(DEFAULT, str::trim).to_owned();
    check_name(&account)?;
    accept_notice(shared, &input, &flow)?;
    let methods = methods(&flow);
    let method = input.method.unwrap_or(methods[0]);
    if !methods.contains(&method) {
        return Err(Problem {
            code: "login_no_such_way".to_owned(),
            message: format!("{} has no such way to log in.", input.provider),
            hint: "Use the way that it offers.".to_owned(),
        });
    }
    let (sender, pasted) = mpsc::channel(1);
    let id = id();
    let wait = LoginWait {
        id: id.clone(),
        provider: input.provider.clone(),
        account: account.clone(),
        method,
        step: LoginStep::Starting,
        version: 0,
        address: None,
        page: None,
        code: None,
        until: shared.core.now() + in_ms(PATIENCE),
        can_paste: method != LoginMethod::Device && flow.flow == FlowKind::AuthorizationCode,
        problem: None,
    };
    shared.waiting.add(wait.clone(), sender);
    let accounts_of = accounts_of(&input.provider, &flow);
    let course = Course {
        shared: Arc::clone(shared),
        id: id.clone(),
        provider: input.provider,
        accounts_of,
        account,
        flow,
        pasted,
    };
    let task = tokio::spawn(course.run(method));
    shared.waiting.carried_by(&id, task.abort_handle());
    shared.accounts_changed();
    Ok(wait)
}

/// The ways that a flow has, best first.
pub(crate) fn methods(flow: &Flow) -> Vec<LoginMethod> {
    match flow.flow {
        FlowKind::DeviceCode => vec![LoginMethod::Device],
        FlowKind::KeyExchange => vec![LoginMethod::Browser],
        FlowKind::AuthorizationCode => {
            let mut ways = vec![LoginMethod::Browser];
            ways.extend(flow.paste_redirect_url.is_some().then_some(LoginMethod::Paste));
            ways.extend(flow.device_url.is_some().then_some(LoginMethod::Device));
            ways
        }
    }
}

/// A login's error as it is shown.
pub(crate) fn problem(error: &OauthError) -> Problem {
    let mut message = error.to_string();
    if let Some(first) = message.get(..1) {
        message = format!("{}{}.", first.to_uppercase(), &message[1..]);
    }
    Problem { code: error.code().to_owned(), message, hint: error.hint().to_owned() }
}

/// As the CLI names its buckets.
fn check_name(account: &str) -> Result<(), Problem> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    let reserved = ["login", "logout", "status", "switch", "--all"].contains(&account);
    if (1..=64).contains(&account.len()) && account.chars().all(fits) && !reserved {
        return Ok(());
    }
    Err(Problem {
        code: "bad_account_name".to_owned(),
        message: format!("\"{account}\" can't be the name of an account."),
        hint: "Use letters, digits, dots, dashes, underscores and @, at most 64.".to_owned(),
    })
}

/// A vendor's own client is asked for only after its notice was read.
fn accept_notice(shared: &Shared, input: &LoginInput, flow: &Flow) -> Result<(), Problem> {
    if !flow.accept_notice || Logins::read_or_none(&shared.data_dir).accepted.contains(&input.provider) {
        return Ok(());
    }
    if !input.accept_notice {
        let hint = flow.key_url.as_ref().map_or_else(
            || "Accept this to go on, or use a key.".to_owned(),
            |url| format!("Accept this to go on, or use a key from {url}."),
        );
        let message = flow.notice.clone().unwrap_or_else(|| "This login uses the provider's own client.".to_owned());
        return Err(Problem { code: "login_notice".to_owned(), message, hint });
    }
    logins::accept(&shared.data_dir, &input.provider).map_err(|source| shared.folder_problem(source))
}

fn id() -> String {
    let bytes: [u8; 8] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn in_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Course {
    async fn run(mut self, method: LoginMethod) {
        let got = match (method, self.flow.flow) {
            (LoginMethod::Device, _) => self.by_device().await,
            (_, FlowKind::KeyExchange) => self.for_a_key().await,
            (LoginMethod::Paste, _) => self.by_pasting().await,
            (LoginMethod::Browser, _) => self.by_browser().await,
        };
        let kept = match got {
            Ok(gift) => self.keep(gift).await,
            Err(error) => Err(problem(&error)),
        };
        let (provider, account) = (self.provider.clone(), self.account.clone());
        match kept {
            Ok(()) => {
                tracing::info!(provider, account, "logged in");
                self.change(|wait| wait.step = LoginStep::Done);
            }
            Err(problem) => {
                tracing::warn!(provider, account, code = problem.code, "a login failed");
                self.change(|wait| {
                    wait.step = LoginStep::Failed;
                    wait.problem = Some(problem);
                });
            }
        }
    }

    async fn by_browser(&mut self) -> Result<Gift, OauthError> {
        let loopback = Loopback::bind(&self.flow.redirect).await?;
        let login = CodeLogin::begin(&self.flow, self.client_secret().await?, loopback.redirect().clone())?;
        self.waits_at(login.address().as_str());
        let came = timeout(PATIENCE, async {
            tokio::select! {
                code = loopback.code(&login) => code.map(Err),
                pasted = read_pasted(&mut self.pasted, &self.shared.waiting, &self.id) => Ok(Ok(pasted)),
            }
        });
        let came = came.await.map_err(|_| OauthError::Expired)??;
        self.finishing();
        let (http, now) = (self.shared.accounts.http(), self.shared.accounts.now());
        let bundle = match came {
            Ok(pasted) => login.redeem_pasted(&pasted, http, now).await?,
            Err(code) => login.redeem(&code, http, now).await?,
        };
        Ok(Gift::Tokens(Box::new(bundle)))
    }

    async fn by_pasting(&mut self) -> Result<Gift, OauthError> {
        let redirect = self.flow.paste_redirect_url.clone().ok_or(OauthError::NoCode)?;
        let login = CodeLogin::begin(&self.flow, self.client_secret().await?, redirect)?;
        self.waits_at(login.address().as_str());
        let pasted = timeout(PATIENCE, read_pasted(&mut self.pasted, &self.shared.waiting, &self.id)).await;
        let pasted = pasted.map_err(|_| OauthError::Expired)?;
        self.finishing();
        let (http, now) = (self.shared.accounts.http(), self.shared.accounts.now());
        Ok(Gift::Tokens(Box::new(login.redeem_pasted(&pasted, http, now).await?)))
    }

    async fn by_device(&mut self) -> Result<Gift, OauthError> {
        let http = Arc::clone(self.shared.accounts.http());
        let login = DeviceLogin::begin(&self.flow, self.client_secret().await?, &http).await?;
        let address = login.address();
        let until = self.shared.core.now() + in_ms(address.expires_in);
        self.change(|wait| {
            wait.step = LoginStep::Waiting;
            wait.address = Some(address.page_with_code.unwrap_or_else(|| address.page.clone()));
            wait.page = Some(address.page);
            wait.code = Some(address.code);
            wait.until = until;
        });
        let accounts = self.shared.accounts.clone();
        let bundle = login.tokens(&http, move || accounts.now()).await?;
        Ok(Gift::Tokens(Box::new(bundle)))
    }

    async fn for_a_key(&mut self) -> Result<Gift, OauthError> {
        let loopback = Loopback::bind(&self.flow.redirect).await?;
        let login = KeyLogin::begin(&self.flow, loopback.redirect())?;
        self.waits_at(login.address().as_str());
        let code = timeout(PATIENCE, login.code(loopback)).await.map_err(|_| OauthError::Expired)??;
        self.finishing();
        Ok(Gift::Key(login.redeem(&code, self.shared.accounts.http()).await?))
    }

    /// Keeps what came, unless the login was cancelled meanwhile.
    async fn keep(&self, gift: Gift) -> Result<(), Problem> {
        let shared = &self.shared;
        let stored = |error: mainstay_credentials::StoreError| problem(&OauthError::Store(error));
        match gift {
            Gift::Tokens(bundle) => {
                let stored = shared.accounts.keep(&self.accounts_of, &self.account, *bundle).await;
                if let Err(error) = stored {
                    // It works for this run, and the account says so.
                    tracing::warn!(provider = self.provider, %error, "a login could not be stored");
                }
                logins::set_enabled(&shared.data_dir, &self.provider, true)
                    .map_err(|source| shared.folder_problem(source))?;
                // What only the old tokens had caused is over.
                shared.core.credential_changed(&crate::credential::login_id(&self.accounts_of, &self.account));
            }
            Gift::Key(key) => {
                shared.sources.redactor.learn(&key);
                let id = SecretId::provider_key(self.provider.clone());
                shared.sources.store.set(&id, &key).await.map_err(stored)?;
            }
        }
        shared.reload().await.map_err(|error| error.problem())?;
        shared.accounts_changed();
        Ok(())
    }

    async fn client_secret(&self) -> Result<Option<SecretString>, OauthError> {
        Ok(self.shared.accounts.client_secret(&self.provider).await?)
    }

    fn waits_at(&self, address: &str) {
        self.change(|wait| {
            wait.step = LoginStep::Waiting;
            wait.address = Some(address.to_owned());
        });
    }

    fn finishing(&self) {
        self.change(|wait| wait.step = LoginStep::Finishing);
    }

    fn change(&self, change: impl FnOnce(&mut LoginWait)) {
        self.shared.waiting.change(&self.id, |wait| {
            change(wait);
            if !wait.step.runs() {
                wait.address = None;
                wait.code = None;
            }
        });
        self.shared.accounts_changed();
    }
}

/// The first pasted text that holds a code; of one that holds none, the dialog says so and the login goes on.
async fn read_pasted(pasted: &mut mpsc::Receiver<SecretString>, waiting: &Waiting, id: &str) -> Pasted {
    loop {
        let Some(text) = pasted.recv().await else { return std::future::pending().await };
        match Pasted::read(text.expose_secret()) {
            Ok(pasted) => return pasted,
            Err(error) => {
                waiting.change(id, |wait| wait.problem = Some(problem(&error)));
            }
        }
    }
}
