//! From profile files, catalogue and credentials to the gateway's routing snapshot.
//!
//! Whatever can't be compiled takes out its own member only, with a reason that the trail and the log carry on.

use crate::accounts::{accounts_of, flow_of};
use crate::consent::Consent;
use crate::credential::{LoginCredential, PracticeCredential, ProfileCredential, Resolution, Sources};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use mainstay_balancer::{BreakerRule, DailyLimit, Failback, Member, Policy, Pool, TargetKey, Unready};
use mainstay_credentials::oauth::Accounts;
use mainstay_credentials::{CredentialAsk, KeyHeader, NamedSource, Origin, SecretString};
use mainstay_dialects::{Dialect, Param, ReasoningScale, ReasoningTerms, Terms, TokenLimitName};
use mainstay_gateway::{CredentialSource, ModelRule, Route, RouteKind, Upstream, Way};
use mainstay_profiles as profiles;
use mainstay_profiles::{
    Catalogue, Entry, Model, ModelMap, NamedAuth, NamedProxy, Profile, Provider, ReasoningKind, Settings, Standard,
    settings_of,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Headers that a profile may not set: they belong to the connection or carry a credential that we would then not know.
const NOT_CUSTOM: [&str; 6] =
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"];

/// What routes are compiled with.
pub(crate) struct Compiler<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) sources: &'a Arc<Sources>,
    pub(crate) accounts: &'a Accounts,
    /// The providers whose login is switched on.
    pub(crate) enabled: BTreeSet<String>,
    pub(crate) consent: &'a Consent,
    pub(crate) home: Option<PathBuf>,
}

/// Routes, and whether any member waits for a credential that may yet appear.
pub(crate) struct Compiled {
    pub(crate) routes: Vec<Route>,
    pub(crate) waiting: bool,
}

/// The kind of profiles that are compiled together. A balancer finds its members among its own kind only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Real,
    Practice,
}

impl Compiler<'_> {
    /// Compiles one folder's profiles.
    pub(crate) async fn compile(&self, entries: &[Entry], kind: Kind) -> Compiled {
        let mut standards: HashMap<&str, (&Standard, Found)> = HashMap::new();
        for entry in entries {
            match &entry.profile {
                Ok(Profile::Standard(standard)) => {
                    let credential = self.credential(standard, kind).await;
                    standards.insert(&entry.name, (standard, credential));
                }
                Ok(Profile::Balancer(_)) => {}
                Err(error) => tracing::warn!(profile = %entry.name, %error, "a profile file can't be used"),
            }
        }
        let mut routes = Vec::new();
        let mut waiting = false;
        for entry in entries {
            let (kind_of_route, policy, members, sticky, failback) = match &entry.profile {
                Ok(Profile::Standard(standard)) => {
                    let credential = standards.get(entry.name.as_str()).map(|(_, credential)| credential.clone());
                    let credential = credential.unwrap_or_else(|| Err(Absence::of(Unready::Missing)));
                    let members = in_a_row(std::iter::once(self.member(standard, 1, credential, None, kind)));
                    (RouteKind::Single, Policy::Failover, members, false, Failback::default())
                }
                Ok(Profile::Balancer(balancer)) => {
                    let seats = balancer.members.iter().map(|member| {
                        match standards.get(member.profile.as_str()) {
                            Some((standard, credential)) => {
                                let merged = standard.as_member_of(balancer);
                                self.member(&merged, member.weight, credential.clone(), balancer.context_limit, kind)
                            }
                            None => {
                                let found = entries.iter().find(|entry| entry.name == member.profile);
                                let absence = match found.map(|entry| &entry.profile) {
                                    None => Absence::of(Unready::Missing),
                                    Some(Ok(_)) => Absence::broken("is a load balancer, and they don't nest"),
                                    Some(Err(_)) => Absence::of(Unready::Broken),
                                };
                                tracing::warn!(balancer = %entry.name, member = %member.profile, reason = %absence.reason, "a member can't serve");
                                vec![absence.member(&member.profile, member.weight)]
                            }
                        }
                    });
                    let members = in_a_row(seats);
                    let policy = match balancer.policy {
                        profiles::Policy::Failover => Policy::Failover,
                        profiles::Policy::RoundRobin => Policy::RoundRobin,
                        profiles::Policy::Weighted => Policy::Weighted,
                    };
                    let sticky = balancer.extension.sticky.unwrap_or_default() && policy != Policy::Failover;
                    let failback = failback(balancer.extension.failback.unwrap_or_default());
                    (RouteKind::Balancer, policy, members, sticky, failback)
                }
                Err(_) => continue,
            };
            waiting |= members.iter().any(|(member, _)| member.unready == Some(Unready::NeedsCredential));
            let name: Arc<str> = Arc::from(entry.name.as_str());
            let (members, upstreams): (Vec<_>, Vec<_>) = members.into_iter().unzip();
            let pool = Pool { name: Arc::clone(&name), policy, members, sticky, failback };
            routes.push(Route { name, kind: kind_of_route, pool, upstreams });
        }
        Compiled { routes, waiting }
    }

    async fn credential(&self, standard: &Standard, kind: Kind) -> Found {
        let provider = self.catalogue.provider(&standard.provider);
        let provider = provider.ok_or_else(|| {
            Absence::broken(&format!("names the provider \"{}\", which the catalogue does not know", standard.provider))
        })?;
        let header = match provider.key_header {
            profiles::KeyHeader::Bearer => KeyHeader::Bearer,
            profiles::KeyHeader::XApiKey => KeyHeader::XApiKey,
            profiles::KeyHeader::XGoogApiKey => KeyHeader::XGoogApiKey,
        };
        if kind == Kind::Practice {
            return Ok(vec![Held::of(Arc::new(PracticeCredential(header)))]);
        }
        let ask = self.ask(standard).ok_or_else(|| Absence::broken("has no base URL that requests could go to"))?;
        let credential = match ProfileCredential::resolve(Arc::clone(self.sources), ask, header).await {
            Resolution::Own(credential) => *credential,
            Resolution::Login(accounts) => return Ok(self.logins(provider, accounts)),
        };
        if let Some((code, message)) = credential.problem() {
            tracing::warn!(profile = %standard.name, code, %message, "a profile has no usable credential");
            let why = match code {
                "credential_origin_unconfirmed" | "credential_origin_insecure" => Unready::OriginUnconfirmed,
                _ => Unready::NeedsCredential,
            };
            return Err(Absence { why, reason: message });
        }
        Ok(vec![Held::of(Arc::new(credential))])
    }

    /// A provider's accounts, in the order to try them.
    fn logins(&self, provider: &Provider, accounts: Vec<String>) -> Vec<Held> {
        let Ok(flow) = flow_of(self.catalogue, &provider.name) else { return Vec::new() };
        let of = accounts_of(&provider.name, &flow);
        let account = |account| Held {
            credential: Arc::new(LoginCredential { accounts: self.accounts.clone(), provider: of.clone(), account }),
            headers: flow.request_headers(),
            address: flow.api_url.clone(),
        };
        accounts.into_iter().map(account).collect()
    }

    /// The provider's accounts that work; none while its login is switched off.
    fn usable_logins(&self, provider: &Provider) -> Vec<String> {
        match flow_of(self.catalogue, &provider.name) {
            Ok(flow) if self.enabled.contains(&provider.name) => {
                self.accounts.usable(&accounts_of(&provider.name, &flow))
            }
            _ => Vec::new(),
        }
    }

    /// Where a profile's credential is to be looked for; `None` when its provider or address is not known.
    pub(crate) fn ask(&self, standard: &Standard) -> Option<CredentialAsk> {
        let provider = self.catalogue.provider(&standard.provider)?;
        let (settings, _) = settings_of(&standard.settings);
        let base_url = base_url(provider, &settings)?;
        Some(CredentialAsk {
            profile: standard.name.clone(),
            provider: standard.provider.clone(),
            named: self.named(standard, &settings),
            base_url,
            provider_origins: provider.origins.iter().filter_map(|origin| origin.parse::<Origin>().ok()).collect(),
            confirmed_origins: self.consent.origins_of(&standard.name),
            logins: self.usable_logins(provider),
            accepted_env: self.consent.environment_of(&standard.provider),
            keyless: provider.auth.first() == Some(&profiles::AuthScheme::None),
        })
    }

    /// What the file names, in the CLI's order.
    fn named(&self, standard: &Standard, settings: &Settings) -> Vec<NamedSource> {
        let mut named = Vec::new();
        match &standard.extension.auth {
            Some(NamedAuth::Env(name)) => named.push(NamedSource::Env(name.clone())),
            Some(NamedAuth::Caller) => named.push(NamedSource::Caller),
            Some(NamedAuth::None_) => named.push(NamedSource::NoneNeeded),
            None => {}
        }
        let accounts = standard.logins();
        if !accounts.is_empty() {
            named.push(NamedSource::Login(accounts));
        }
        named.extend(settings.auth_key_name.clone().map(NamedSource::CliKeyName));
        named.extend(settings.keyfile(self.home.as_deref()).map(NamedSource::Keyfile));
        named.extend(settings.auth_key.clone().map(NamedSource::Plain));
        named
    }

    fn member(
        &self,
        standard: &Standard,
        weight: u32,
        credential: Found,
        balancer_limit: Option<u64>,
        kind: Kind,
    ) -> Vec<Seat> {
        match credential {
            Ok(held) if held.is_empty() => {
                vec![Absence::of(Unready::NeedsCredential).member(&standard.name, weight)]
            }
            Ok(held) => held.iter().map(|held| self.seat(standard, weight, held, balancer_limit, kind)).collect(),
            Err(absence) => vec![absence.member(&standard.name, weight)],
        }
    }

    /// A member with one of its credentials.
    fn seat(&self, standard: &Standard, weight: u32, held: &Held, balancer_limit: Option<u64>, kind: Kind) -> Seat {
        let credential = &held.credential;
        let (settings, problems) = settings_of(&standard.settings);
        for problem in &problems {
            tracing::warn!(profile = %standard.name, key = %problem.key, message = %problem.message, "a setting can't be used");
        }
        let provider = self.catalogue.provider(&standard.provider);
        let facts =
            provider.and_then(|provider| Some((provider, dialect(&provider.dialect)?, base_url(provider, &settings)?)));
        let Some((provider, dialect, base_url)) = facts else {
            return Absence::of(Unready::Broken).member(&standard.name, weight);
        };
        let own_address = held.address.clone().filter(|_| settings.base_url.is_none());
        let base_url = own_address.unwrap_or(base_url);
        // What serves by default is the main model, where the profile names one beside its own.
        let main = standard.extension.models.main.as_deref().unwrap_or(&standard.model);
        let model = provider.model(main);
        let key = TargetKey {
            base_url: Arc::from(base_url.as_str()),
            credential: Arc::from(credential.id()),
            model: Arc::from(standard.model.as_str()),
        };
        let base = Terms {
            params: params(standard, &settings),
            maker: maker(&key),
            reasoning: reasoning(standard, &settings),
            prompt_caching: settings.prompt_caching.clone(),
            verbosity: settings.verbosity.clone(),
            ..Terms::default()
        };
        let terms = terms(&base, &model);
        let models = model_rules(&standard.extension.models, provider, &base);
        let context_limit = [balancer_limit, settings.context_limit, model.context_window].into_iter().flatten().min();
        let profile: Arc<str> = Arc::from(standard.name.as_str());
        let provider_name: Arc<str> = Arc::from(provider.name.as_str());
        let member = Member {
            name: Arc::clone(&profile),
            weight,
            key: key.clone(),
            dialect,
            breaker: BreakerRule {
                enabled: settings.breaker.enabled,
                threshold: settings.breaker.failure_threshold,
                window: settings.breaker.failure_window_ms,
                recovery: settings.breaker.recovery_timeout_ms,
            },
            context_limit,
            unready: None,
            provider: Arc::clone(&provider_name),
            daily: DailyLimit {
                requests: standard.extension.daily_limit.requests,
                micro_usd: standard.extension.daily_limit.micro_usd,
            },
            spare_of: None,
        };
        let upstream = Upstream {
            profile,
            provider: provider_name,
            dialect,
            base_url,
            headers: self.headers(provider, &settings, &held.headers, &standard.name),
            terms,
            models,
            streaming: settings.streaming != Some(false),
            first_content: settings.timeout_ms.map(Duration::from_millis),
            idle: settings.stream_idle_timeout_ms.map(Duration::from_millis),
            credential: Arc::clone(credential).source(),
            key,
            way: way(standard),
            practice: kind == Kind::Practice,
        };
        (member, Ok(Arc::new(upstream)))
    }

    fn headers(
        &self,
        provider: &Provider,
        settings: &Settings,
        of_credential: &[(String, String)],
        profile: &str,
    ) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let catalogue = provider.static_headers.iter().chain(of_credential).map(|(name, value)| (name, value));
        for (name, text) in catalogue.chain(settings.custom_headers.iter().map(|(name, value)| (name, value))) {
            let parsed = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(text).ok());
            match parsed {
                Some((name, mut value)) if !NOT_CUSTOM.contains(&name.as_str()) => {
                    value.set_sensitive(true);
                    if ["auth", "key", "token"].iter().any(|part| name.as_str().contains(part)) {
                        self.sources.redactor.learn(&SecretString::from(text.clone()));
                    }
                    headers.insert(name, value);
                }
                // The value may be a secret: only the name is told.
                _ => tracing::warn!(profile, header = %name, "a custom header can't be sent"),
            }
        }
        if let Some(agent) = settings.user_agent.as_deref().and_then(|agent| HeaderValue::from_str(agent).ok()) {
            headers.insert(USER_AGENT, agent);
        }
        headers
    }
}

fn failback(written: profiles::Failback) -> Failback {
    match written {
        profiles::Failback::Conversation => Failback::Conversation,
        profiles::Failback::AtOnce => Failback::AtOnce,
        profiles::Failback::Never => Failback::Never,
    }
}

/// Which way a profile's requests go out.
fn way(standard: &Standard) -> Way {
    match &standard.extension.proxy {
        None => Way::Settings,
        Some(NamedProxy::None_) => Way::Direct,
        Some(NamedProxy::Url(proxy)) => Way::Proxy(proxy.clone()),
    }
}

/// A credential, and what requests with it carry beside it.
#[derive(Clone)]
struct Held {
    credential: Arc<dyn Keyed>,
    headers: Vec<(String, String)>,
    /// Where they go, unless the profile says so itself.
    address: Option<Url>,
}

impl Held {
    fn of(credential: Arc<dyn Keyed>) -> Self {
        Self { credential, headers: Vec::new(), address: None }
    }
}

/// A profile's credentials in the order to try them, or why it has none.
type Found = Result<Vec<Held>, Absence>;

/// Members one after another, each with its further accounts behind it.
fn in_a_row(members: impl Iterator<Item = Vec<Seat>>) -> Vec<Seat> {
    let mut row: Vec<Seat> = Vec::new();
    for accounts in members {
        let first = row.len();
        for (at, (mut member, upstream)) in accounts.into_iter().enumerate() {
            member.spare_of = (at > 0).then_some(first);
            row.push((member, upstream));
        }
    }
    row
}

/// A member, and what calls to it need, or why there can be none.
type Seat = (Member, Result<Arc<Upstream>, String>);

/// Why a member can't be tried at all.
#[derive(Clone, Debug)]
struct Absence {
    why: Unready,
    /// Reads on from the member's name.
    reason: String,
}

impl Absence {
    fn of(why: Unready) -> Self {
        Self { why, reason: why.describe().to_owned() }
    }

    fn broken(reason: &str) -> Self {
        Self { why: Unready::Broken, reason: reason.to_owned() }
    }

    /// A member that holds its place in the list.
    fn member(self, name: &str, weight: u32) -> Seat {
        (absent(name, weight, self.why), Err(self.reason))
    }
}

/// A credential source with the id that its target's health is kept under.
pub(crate) trait Keyed: Send + Sync {
    fn id(&self) -> String;
    fn source(self: Arc<Self>) -> Arc<dyn CredentialSource>;
}

impl Keyed for ProfileCredential {
    fn id(&self) -> String {
        ProfileCredential::id(self)
    }

    fn source(self: Arc<Self>) -> Arc<dyn CredentialSource> {
        self
    }
}

impl Keyed for LoginCredential {
    fn id(&self) -> String {
        LoginCredential::id(self)
    }

    fn source(self: Arc<Self>) -> Arc<dyn CredentialSource> {
        self
    }
}

impl Keyed for PracticeCredential {
    fn id(&self) -> String {
        "practice".to_owned()
    }

    fn source(self: Arc<Self>) -> Arc<dyn CredentialSource> {
        self
    }
}

/// A member that holds its place in the list, and can't be tried.
fn absent(name: &str, weight: u32, why: Unready) -> Member {
    let nowhere: Arc<str> = Arc::from("");
    let key = TargetKey { base_url: Arc::clone(&nowhere), credential: Arc::from(name), model: Arc::clone(&nowhere) };
    Member {
        name: Arc::from(name),
        weight,
        key,
        dialect: Dialect::OpenaiChat,
        breaker: BreakerRule::default(),
        context_limit: None,
        unready: Some(why),
        provider: nowhere,
        daily: DailyLimit::default(),
        spare_of: None,
    }
}

fn dialect(name: &str) -> Option<Dialect> {
    Dialect::ALL.into_iter().find(|dialect| dialect.name() == name)
}

fn base_url(provider: &Provider, settings: &Settings) -> Option<Url> {
    let text = settings.base_url.as_deref().or(provider.base_url.as_deref())?;
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The terms of one model, on top of what the profile says for all.
fn terms(base: &Terms, model: &Model) -> Terms {
    Terms {
        model: model.id.clone(),
        max_output: model.max_output,
        token_limit_name: match model.token_limit_name.as_deref() {
            Some("max_completion_tokens") => TokenLimitName::MaxCompletionTokens,
            _ => TokenLimitName::MaxTokens,
        },
        refused: model.unsupported_params.clone(),
        reasoning_scale: model.reasoning.map(|kind| match kind {
            ReasoningKind::Budget => ReasoningScale::Budget,
            ReasoningKind::Effort => ReasoningScale::Effort,
            ReasoningKind::None => ReasoningScale::None,
        }),
        ..base.clone()
    }
}

/// Names by which agents ask for a small model in side jobs.
const SMALL: [&str; 5] = ["*haiku*", "*mini*", "*nano*", "*flash-lite*", "*small*"];

/// Which model serves which request (failover §5): the profile's own rules, then the client's model where it is to be kept and
/// the provider has it, then the small one for small models, then the main one.
fn model_rules(map: &ModelMap, provider: &Provider, base: &Terms) -> Vec<ModelRule> {
    let rule =
        |asked: &str, serves: &str| ModelRule { asked: asked.to_owned(), terms: terms(base, &provider.model(serves)) };
    let mut rules: Vec<ModelRule> = map.map.iter().map(|(asked, serves)| rule(asked, serves)).collect();
    if map.keep_client {
        rules.extend(provider.models.iter().map(|model| rule(&model.id, &model.id)));
    }
    if let Some(small) = &map.small {
        rules.extend(SMALL.iter().map(|asked| rule(asked, small)));
    }
    if let Some(main) = &map.main {
        rules.push(rule("*", main));
    }
    rules
}

/// The tag under which a provider and account's reasoning goes through clients: the same after every restart, and nothing that
/// can be turned back into an address or an account.
fn maker(key: &TargetKey) -> String {
    let digest = Sha256::new_with_prefix("maker\0").chain_update(&*key.base_url).chain_update("\0");
    let digest = digest.chain_update(&*key.credential).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What the profile says about reasoning.
fn reasoning(standard: &Standard, settings: &Settings) -> ReasoningTerms {
    let always = |name: &String| name == "reasoning" || name.starts_with("reasoning.");
    let own = settings.reasoning.clone();
    ReasoningTerms {
        enabled: own.enabled,
        effort: own.effort,
        budget: own.budget,
        adaptive: own.adaptive,
        summary: own.summary,
        always: standard.extension.always.iter().any(always),
    }
}

/// The profile's parameters: `modelParams`, and `maxOutputTokens` where they name no limit (failover §5).
fn params(standard: &Standard, settings: &Settings) -> Vec<Param> {
    let always = |name: &str| standard.extension.always.iter().any(|always| always == name);
    let mut params: Vec<Param> = standard
        .params
        .iter()
        .map(|(name, value)| Param { name: name.clone(), value: value.clone(), always: always(name) })
        .collect();
    const LIMITS: [&str; 6] =
        ["max_tokens", "max-tokens", "maxTokens", "max_output_tokens", "maxOutputTokens", "max_completion_tokens"];
    if let Some(limit) = settings.max_output_tokens
        && !params.iter().any(|param| LIMITS.contains(&param.name.as_str()))
    {
        let always = always("maxOutputTokens") || always("max_tokens");
        params.push(Param { name: "max_tokens".to_owned(), value: Value::from(limit), always });
    }
    params
}
