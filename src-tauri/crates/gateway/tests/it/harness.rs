//! What every test here stands on: a gateway on loopback with its routes, and upstreams that do exactly as they are told.

mod scripted;
mod wire;

pub(crate) use scripted::{Do, Scripted, chunk, error, json_answer, last_chunk, stream, stream_head};
pub(crate) use wire::{ALL, Wire, body, path};

use async_trait::async_trait;
use http::HeaderMap;
use hyper::body::Incoming;
use mainstay_balancer::{BreakerRule, DailyLimit, Failback, Member, Millis, Policy, Pool, TargetKey};
use mainstay_dialects::{Dialect, Terms};
use mainstay_gateway::{
    AdminRoutes, Body, Core, CredentialError, CredentialSource, Door, DoorRules, DoorToken, Observer, Outbound,
    Presented, Route, RouteKind, Routing, Server, Trail, Upstream, Way,
};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) const TOKEN: &str = "door-token";
pub(crate) const KEY: &str = "member-key";

/// The wall clock of a test's gateway, which the test may move.
pub(crate) type Wall = Arc<AtomicU64>;

/// A gateway that runs.
pub(crate) struct Gate {
    pub(crate) core: Arc<Core>,
    pub(crate) address: SocketAddr,
    pub(crate) watched: Arc<Watched>,
    pub(crate) door: Arc<Door>,
    pub(crate) wall: Wall,
    pub(crate) http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) server: JoinHandle<()>,
}

/// What a gateway told.
#[derive(Default)]
pub(crate) struct Watched {
    trails: Mutex<Vec<Trail>>,
    count: watch::Sender<usize>,
    pub(crate) network: Mutex<Vec<bool>>,
}

impl Observer for Watched {
    fn finished(&self, trail: Trail) {
        self.trails.lock().unwrap().push(trail);
        self.count.send_modify(|count| *count += 1);
    }

    fn health_changed(&self, _: &TargetKey) {}

    fn network(&self, online: bool) {
        self.network.lock().unwrap().push(online);
    }
}

impl Watched {
    /// The trail of that number, from 0, once it is there.
    pub(crate) async fn trail(&self, number: usize) -> Trail {
        let mut count = self.count.subscribe();
        let waited = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count > number));
        waited.await.expect("a trail in time").expect("the gateway watches");
        self.trails.lock().unwrap()[number].clone()
    }
}

/// How long anything that is waited for may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The token that opens every test's door.
pub(crate) fn first_token() -> DoorToken {
    DoorToken::first(&TOKEN.to_owned().into())
}

struct NoAdmin;

#[async_trait]
impl AdminRoutes for NoAdmin {
    async fn handle(&self, _: http::Request<Incoming>) -> http::Response<Body> {
        mainstay_gateway::problem(404, "no_such_admin_route", "", "")
    }
}

/// A member's key, as a test changes it.
pub(crate) struct Keys {
    pub(crate) current: Mutex<&'static str>,
    /// What the source holds when it is read again.
    pub(crate) next: Mutex<Option<&'static str>>,
    pub(crate) renewals: AtomicUsize,
    pub(crate) caller: bool,
}

impl Keys {
    pub(crate) fn fixed() -> Arc<Self> {
        Arc::new(Self {
            current: Mutex::new(KEY),
            next: Mutex::new(None),
            renewals: AtomicUsize::new(0),
            caller: false,
        })
    }

    pub(crate) fn caller() -> Arc<Self> {
        Arc::new(Self { current: Mutex::new(""), next: Mutex::new(None), renewals: AtomicUsize::new(0), caller: true })
    }
}

fn presented(key: &str) -> Presented {
    let mut value = http::HeaderValue::from_str(&format!("Bearer {key}")).unwrap();
    value.set_sensitive(true);
    Presented { header: http::header::AUTHORIZATION, value }
}

#[async_trait]
impl CredentialSource for Keys {
    async fn current(&self) -> Result<Option<Presented>, CredentialError> {
        Ok(Some(presented(*self.current.lock().unwrap())))
    }

    async fn renew(&self, sent: Option<&Presented>) -> Result<bool, CredentialError> {
        self.renewals.fetch_add(1, Ordering::SeqCst);
        if let Some(next) = self.next.lock().unwrap().take() {
            *self.current.lock().unwrap() = next;
        }
        Ok(sent.is_some_and(|sent| sent.value != presented(*self.current.lock().unwrap()).value))
    }

    fn caller(&self) -> bool {
        self.caller
    }
}

/// A member to be.
pub(crate) struct Spec {
    pub(crate) member: Member,
    pub(crate) upstream: Upstream,
}

/// A member at an address without the path that its dialect wants.
pub(crate) fn member(name: &str, dialect: Dialect, origin: &str) -> Spec {
    keyed(name, dialect, origin, Keys::fixed())
}

pub(crate) fn keyed(name: &str, dialect: Dialect, origin: &str, credential: Arc<Keys>) -> Spec {
    let path = match dialect {
        Dialect::Anthropic | Dialect::Gemini => "",
        Dialect::OpenaiChat | Dialect::OpenaiResponses => "/v1",
    };
    let base_url = format!("{origin}{path}");
    let key = TargetKey {
        base_url: base_url.as_str().into(),
        credential: format!("key:{name}").into(),
        model: "model".into(),
    };
    Spec {
        member: Member {
            name: name.into(),
            weight: 1,
            key: key.clone(),
            dialect,
            breaker: BreakerRule::default(),
            context_limit: None,
            unready: None,
            provider: name.into(),
            daily: DailyLimit::default(),
            spare_of: None,
        },
        upstream: Upstream {
            profile: name.into(),
            provider: name.into(),
            dialect,
            base_url: base_url.parse().unwrap(),
            headers: HeaderMap::new(),
            terms: Terms { model: "model".to_owned(), ..Terms::default() },
            models: Vec::new(),
            streaming: true,
            first_content: None,
            idle: None,
            credential,
            key,
            way: Way::Direct,
            practice: false,
        },
    }
}

/// A balancer of that name with these members, and the one that is active.
pub(crate) fn pool(name: &str, members: Vec<Spec>) -> Route {
    let (members, upstreams) =
        members.into_iter().map(|spec| (spec.member, Ok(Arc::new(spec.upstream)))).unzip::<_, _, Vec<_>, Vec<_>>();
    let pool = Pool { name: name.into(), policy: Policy::Failover, members, sticky: false, failback: Failback::AtOnce };
    Route { name: name.into(), kind: RouteKind::Balancer, pool, upstreams }
}

impl Gate {
    /// A gateway whose active balancer has these members.
    pub(crate) async fn of(members: Vec<Spec>) -> Self {
        Self::with(vec![pool("ha", members)]).await
    }

    /// A gateway with these routes, the first being the active one.
    pub(crate) async fn with(routes: Vec<Route>) -> Self {
        let wall: Wall = Arc::new(AtomicU64::new(1_790_000_000_000));
        let hand = Arc::clone(&wall);
        let watched = Arc::new(Watched::default());
        let clean = |text: &str| text.replace(KEY, "[redacted]");
        let outbound = Outbound::new("mainstay-tests").expect("the way out");
        let observer = Arc::clone(&watched) as Arc<dyn Observer>;
        let core = Arc::new(Core::with_wall(outbound, observer, clean, move || hand.load(Ordering::SeqCst) as Millis));
        let active = routes.first().map(|route| Arc::clone(&route.name));
        core.reroute(Routing::new(routes, active));
        let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a port");
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = Arc::clone(&core);
        let door = Arc::new(Door::new(DoorRules { tokens: vec![first_token()], ..DoorRules::default() }, |_| {}));
        let open = Arc::clone(&door);
        let server = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            server.serve(running, open, Arc::new(NoAdmin), stopped).await;
        });
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { core, address, watched, door, wall, http, stop: Some(stop), server }
    }

    /// Looks until so many requests wait for a member.
    pub(crate) async fn waiting(&self, count: usize) {
        let patience = tokio::time::Instant::now() + PATIENCE;
        while self.core.waiting() != count {
            assert!(tokio::time::Instant::now() < patience, "{} wait, not {count}", self.core.waiting());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks the gateway to stop.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// A request in a dialect, not sent yet.
    pub(crate) fn request(&self, dialect: Dialect, stream: bool) -> reqwest::RequestBuilder {
        self.post(path(dialect, stream), &body(dialect, stream))
    }

    /// A request with this body, not sent yet.
    pub(crate) fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        let request = self.http.post(url).header("x-mainstay-token", TOKEN).json(body);
        if path.starts_with("/v1/messages") { request.header("anthropic-version", "2023-06-01") } else { request }
    }

    /// Asks in a dialect, and reads the whole answer.
    pub(crate) async fn ask(&self, dialect: Dialect, stream: bool) -> Answer {
        Answer::read(self.request(dialect, stream)).await
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the gateway answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a whole body") }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn served_by(&self) -> Option<&str> {
        self.header("x-mainstay-served-by")
    }
}
