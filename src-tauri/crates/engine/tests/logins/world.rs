//! An engine, a login server and an upstream, all on this machine.

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mainstay_engine::{Engine, Handle, NetworkOverrides, Options, Practice, Problem, SecretString, StoreKind, perform};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the login server and the upstream know.
#[derive(Default)]
pub(crate) struct Facts {
    /// Access tokens that the upstream takes, and whose they are.
    pub(crate) good: BTreeMap<String, String>,
    /// Refresh tokens that are not spent.
    pub(crate) refresh: BTreeMap<String, String>,
    /// Accounts that are told to come back later.
    pub(crate) limited: BTreeSet<String>,
    /// The login server answers 503.
    pub(crate) down: bool,
    /// The device code was entered.
    pub(crate) entered: bool,
    /// What was asked of the token endpoint.
    pub(crate) grants: Vec<BTreeMap<String, String>>,
    /// Headers of the requests that the upstream served.
    pub(crate) served: Vec<HeaderMap>,
    /// Codes that are not redeemed, and who asked.
    codes: BTreeMap<String, String>,
    made: u64,
    /// Who logs in next.
    pub(crate) who: String,
}

type Shared = Arc<Mutex<Facts>>;

pub(crate) struct World {
    pub(crate) home: TempDir,
    pub(crate) facts: Shared,
    pub(crate) address: String,
    handle: Option<Handle>,
    serving: Option<JoinHandle<()>>,
}

impl World {
    /// An engine with the provider `anthropic` here and logins at the server here, and a profile `primary` without a key.
    pub(crate) async fn open() -> Self {
        let facts: Shared = Arc::default();
        facts.lock().unwrap().who = "me".to_owned();
        let router = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/device", post(device))
            .route("/revoke", post(revoke))
            .route("/v1/messages", post(messages))
            .with_state(Arc::clone(&facts));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let home = tempfile::tempdir().unwrap();
        let catalogue = json!({ "version": 1, "providers": [{
            "name": "anthropic",
            "base_url": address,
            "oauth": {
                "authorize_url": format!("{address}/authorize"),
                "token_url": format!("{address}/token"),
                "device_url": format!("{address}/device"),
                "revoke_url": format!("{address}/revoke"),
                "token_body": "form",
                "redirect": { "host": "127.0.0.1", "ports": null },
            },
        }]});
        std::fs::write(home.path().join("catalogue.json"), catalogue.to_string()).unwrap();
        let mut world = Self { home, facts, address, handle: None, serving: None };
        world.profile("primary", &json!({}));
        world.start().await;
        world
    }

    pub(crate) fn profile(&self, name: &str, more: &Value) {
        let mut profile = json!({
            "version": 1, "provider": "anthropic", "model": "claude-sonnet-4-5-20250929", "modelParams": {}, "ephemeralSettings": {}
        });
        for (key, value) in more.as_object().unwrap() {
            profile[key] = value.clone();
        }
        self.file(name, &profile);
    }

    pub(crate) fn file(&self, name: &str, text: &Value) {
        let profiles = self.home.path().join("config").join("profiles");
        std::fs::create_dir_all(&profiles).unwrap();
        std::fs::write(profiles.join(format!("{name}.json")), text.to_string()).unwrap();
    }

    async fn start(&mut self) {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            profiles_dir: Some(self.home.path().join("config").join("profiles")),
            data_dir: self.home.path().join("data"),
            profile: Some("primary".to_owned()),
            secrets: Some(StoreKind::File),
            practice: Practice::Off,
            without_keyring: false,
            token: Some(SecretString::from("a-token-of-the-test")),
            catalogue: Some(self.home.path().join("catalogue.json")),
            network: NetworkOverrides { proxy: Some("none".to_owned()), ..NetworkOverrides::default() },
            window: None,
        };
        let engine = Engine::start(options).await.unwrap();
        self.handle = Some(engine.handle());
        self.serving = Some(tokio::spawn(engine.serve(std::future::pending())));
    }

    /// Ends the engine and starts another on the same folders.
    pub(crate) async fn restart(&mut self) {
        self.handle = None;
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
        self.start().await;
    }

    pub(crate) async fn perform(&self, operation: &str, input: Value) -> Result<Value, Problem> {
        perform(self.handle.as_ref().unwrap(), operation, input).await
    }

    pub(crate) async fn ask(&self, operation: &str, input: Value) -> Value {
        self.perform(operation, input).await.unwrap_or_else(|problem| panic!("{operation}: {problem:?}"))
    }

    /// Begins a login and waits until the browser has its address.
    pub(crate) async fn begin(&self, more: &Value) -> Value {
        let mut input = json!({ "provider": "anthropic", "acceptNotice": true });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let started = self.ask("start_login", input).await;
        self.until(&started, |step| step != "starting").await
    }

    /// Follows a login until its step is as wanted.
    pub(crate) async fn until(&self, wait: &Value, wanted: impl Fn(&str) -> bool) -> Value {
        let mut wait = wait.clone();
        while !wanted(wait["step"].as_str().unwrap()) {
            wait = self.ask("login", json!({ "id": wait["id"], "seen": wait["version"] })).await;
        }
        wait
    }

    pub(crate) async fn over(&self, wait: &Value) -> Value {
        self.until(wait, |step| !["starting", "waiting", "finishing"].contains(&step)).await
    }

    /// Logs an account in, as a person does in the browser.
    pub(crate) async fn log_in(&self, account: &str) -> Value {
        let wait = self.begin(&json!({ "account": account })).await;
        browse(wait["address"].as_str().unwrap()).await;
        let over = self.over(&wait).await;
        assert_eq!(over["step"], "done", "{over}");
        over
    }

    pub(crate) async fn account(&self, name: &str) -> Value {
        let view = self.ask("accounts", json!({})).await;
        let providers = view["providers"].as_array().unwrap();
        let anthropic = providers.iter().find(|provider| provider["provider"] == "anthropic").unwrap();
        let accounts = anthropic["login"]["accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["account"] == name).cloned().unwrap_or(Value::Null)
    }

    /// Sends one request through the gateway.
    pub(crate) async fn request(&self, model: &str) -> (u16, Value) {
        let live = self.ask("live", json!({})).await;
        let url = format!("{}/v1/messages", live["address"].as_str().unwrap());
        let body = json!({ "model": model, "max_tokens": 10, "messages": [{ "role": "user", "content": "hello" }] });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = client.post(url).header("x-mainstay-token", "a-token-of-the-test").json(&body).send();
        let answer = sent.await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub(crate) fn facts(&self) -> std::sync::MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }

    /// Every file below the home folder, with its bytes.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((name_of(&path), std::fs::read(&path).unwrap_or_default()));
                }
            }
        }
        found
    }
}

fn name_of(path: &Path) -> String {
    path.display().to_string()
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

/// Opens a page as a browser does, redirects included. The text of where it ends.
pub(crate) async fn browse(address: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(address).send().await.unwrap().text().await.unwrap()
}

async fn authorize(State(facts): State<Shared>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    assert_eq!(query["code_challenge_method"], "S256");
    let mut facts = facts.lock().unwrap();
    facts.made += 1;
    let code = format!("the-code-number-{}", facts.made);
    let who = facts.who.clone();
    facts.codes.insert(code.clone(), who);
    Redirect::to(&format!("{}?code={code}&state={}", query["redirect_uri"], query["state"])).into_response()
}

async fn token(State(facts): State<Shared>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let mut facts = facts.lock().unwrap();
    facts.grants.push(form.clone());
    if facts.down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let refused = |word: &str| (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": word }))).into_response();
    let who = match form["grant_type"].as_str() {
        "authorization_code" => facts.codes.remove(&form["code"]),
        "refresh_token" => facts.refresh.remove(&form["refresh_token"]),
        _ if facts.entered => Some(facts.who.clone()),
        _ => return refused("authorization_pending"),
    };
    let Some(who) = who else { return refused("invalid_grant") };
    facts.made += 1;
    let (access, refresh) =
        (format!("canary-access-{}-{who}", facts.made), format!("canary-refresh-{}-{who}", facts.made));
    facts.good.insert(access.clone(), who.clone());
    facts.refresh.insert(refresh.clone(), who.clone());
    axum::Json(json!({ "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600,
        "scope": "user:inference", "account": { "email_address": format!("{who}@home.test") } }))
    .into_response()
}

async fn device(State(_): State<Shared>) -> Response {
    axum::Json(json!({ "device_code": "the-device-code", "user_code": "ABCD-EFGH", "expires_in": 600, "interval": 1,
        "verification_uri": "https://login.test/enter" }))
    .into_response()
}

async fn revoke(State(facts): State<Shared>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    facts.lock().unwrap().refresh.remove(&form["token"]);
    StatusCode::OK.into_response()
}

async fn messages(State(facts): State<Shared>, headers: HeaderMap) -> Response {
    let mut facts = facts.lock().unwrap();
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let error = |status: StatusCode, kind: &str| {
        (status, axum::Json(json!({ "type": "error", "error": { "type": kind, "message": kind } }))).into_response()
    };
    let Some(who) = token.and_then(|token| facts.good.get(token).cloned()) else {
        return error(StatusCode::UNAUTHORIZED, "authentication_error");
    };
    if facts.limited.contains(&who) {
        let mut refused = error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error");
        refused.headers_mut().insert("retry-after", "120".parse().unwrap());
        return refused;
    }
    facts.served.push(headers);
    axum::Json(json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
        "content": [{ "type": "text", "text": format!("served {who}") }], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": 1, "output_tokens": 1 } }))
    .into_response()
}
