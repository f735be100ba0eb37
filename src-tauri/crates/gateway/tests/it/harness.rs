//! What every test here stands on: a gateway on loopback with its routes, and upstreams that do exactly as they are told.

use async_trait::async_trait;
use http::HeaderMap;
use hyper::body::Incoming;
use mainstay_balancer::{BreakerRule, DailyLimit, Failback, Member, Millis, Policy, Pool, TargetKey};
use mainstay_dialects::{Dialect, Terms};
use mainstay_gateway::{
    AdminRoutes, Body, Core, CredentialError, CredentialSource, DoorRules, Observer, Outbound, Presented, Route,
    RouteKind, Routing, Server, Trail, Upstream, Way,
};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot, watch};
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

struct NoAdmin;

#[async_trait]
impl AdminRoutes for NoAdmin {
    async fn handle(&self, _: http::Request<Incoming>) -> http::Response<Body> {
        mainstay_gateway::problem(404, "not_found", "", "")
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
        let server = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            server
                .serve(running, vec![TOKEN.to_owned().into()], DoorRules::default(), Arc::new(NoAdmin), stopped)
                .await;
        });
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { core, address, watched, wall, http, stop: Some(stop), server }
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

pub(crate) const ALL: [Dialect; 4] =
    [Dialect::Anthropic, Dialect::OpenaiChat, Dialect::OpenaiResponses, Dialect::Gemini];

pub(crate) fn path(dialect: Dialect, stream: bool) -> &'static str {
    match (dialect, stream) {
        (Dialect::Anthropic, _) => "/v1/messages",
        (Dialect::OpenaiChat, _) => "/v1/chat/completions",
        (Dialect::OpenaiResponses, _) => "/v1/responses",
        (Dialect::Gemini, false) => "/v1beta/models/any:generateContent",
        (Dialect::Gemini, true) => "/v1beta/models/any:streamGenerateContent?alt=sse",
    }
}

pub(crate) fn body(dialect: Dialect, stream: bool) -> Value {
    let turn = json!([{ "role": "user", "content": "hi" }]);
    match dialect {
        Dialect::Anthropic => json!({ "model": "any", "max_tokens": 64, "stream": stream, "messages": turn }),
        Dialect::OpenaiChat => json!({ "model": "any", "stream": stream, "messages": turn }),
        Dialect::OpenaiResponses => json!({ "model": "any", "stream": stream, "input": "hi" }),
        Dialect::Gemini => json!({ "contents": [{ "role": "user", "parts": [{ "text": "hi" }] }] }),
    }
}

/// One thing that an upstream does.
#[derive(Clone)]
pub(crate) enum Do {
    Say(Vec<u8>),
    /// Waits until the test says so.
    Await(Arc<Notify>),
    Pause(Duration),
    /// Waits until the other side is gone.
    Hang,
    Close,
    /// Closes at the very moment at which the connection is used again: the next request is read and not answered.
    CloseAtNext,
    Reset,
}

/// A request that an upstream got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) head: String,
    pub(crate) body: Value,
    /// The connection that it came on, from 0.
    pub(crate) connection: usize,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// An upstream on loopback that plays its parts, one a request; the last one again and again.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<Stage>);

struct Stage {
    address: SocketAddr,
    parts: Mutex<VecDeque<Vec<Do>>>,
    got: Mutex<Vec<Got>>,
    connections: AtomicUsize,
    left: watch::Sender<usize>,
    arrived: watch::Sender<usize>,
    said: AtomicUsize,
}

impl Scripted {
    pub(crate) async fn start(parts: Vec<Vec<Do>>) -> Self {
        Self::at(Ipv4Addr::LOCALHOST, parts).await
    }

    pub(crate) async fn at(ip: Ipv4Addr, parts: Vec<Vec<Do>>) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("a port");
        let stage = Arc::new(Stage {
            address: listener.local_addr().expect("an address"),
            parts: Mutex::new(parts.into()),
            got: Mutex::default(),
            connections: AtomicUsize::new(0),
            left: watch::Sender::new(0),
            arrived: watch::Sender::new(0),
            said: AtomicUsize::new(0),
        });
        let scripted = Self(Arc::clone(&stage));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = stage.connections.fetch_add(1, Ordering::SeqCst);
                let stage = Arc::clone(&stage);
                tokio::spawn(async move { stage.serve(stream, number).await });
            }
        });
        scripted
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.0.address)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.0.got.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Bytes of answers that the system has taken.
    pub(crate) fn said(&self) -> usize {
        self.0.said.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    pub(crate) async fn arrived(&self, count: usize) {
        wait(&self.0.arrived, count).await;
    }

    /// Waits until so many clients have gone away before the end.
    pub(crate) async fn left(&self, count: usize) {
        wait(&self.0.left, count).await;
    }
}

async fn wait(what: &watch::Sender<usize>, count: usize) {
    let mut what = what.subscribe();
    tokio::time::timeout(PATIENCE, what.wait_for(|now| *now >= count)).await.expect("in time").expect("a stage");
}

impl Stage {
    async fn serve(&self, mut stream: TcpStream, connection: usize) {
        let mut close_at_next = false;
        loop {
            let Some(mut got) = read_request(&mut stream).await else { return };
            got.connection = connection;
            if close_at_next {
                return;
            }
            let part = {
                let mut parts = self.parts.lock().unwrap();
                if parts.len() > 1 { parts.pop_front().unwrap() } else { parts.front().cloned().unwrap_or_default() }
            };
            self.got.lock().unwrap().push(got);
            self.arrived.send_modify(|count| *count += 1);
            for step in part {
                match step {
                    Do::Say(bytes) => {
                        for piece in bytes.chunks(64 << 10) {
                            if stream.write_all(piece).await.is_err() {
                                self.left.send_modify(|count| *count += 1);
                                return;
                            }
                            self.said.fetch_add(piece.len(), Ordering::SeqCst);
                        }
                    }
                    Do::Await(told) => told.notified().await,
                    Do::Pause(pause) => tokio::time::sleep(pause).await,
                    Do::Hang => {
                        let mut byte = [0];
                        // Nothing more is sent on a connection before its answer: what is read is its end.
                        let _ = stream.read(&mut byte).await;
                        self.left.send_modify(|count| *count += 1);
                        return;
                    }
                    Do::Close => return,
                    Do::CloseAtNext => close_at_next = true,
                    Do::Reset => {
                        stream.set_zero_linger().expect("a reset");
                        return;
                    }
                }
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Got> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let got = Got { head, body: Value::Null, connection: 0 };
    let length: usize = got.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < head_end + 4 + length {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    Some(Got { body: serde_json::from_slice(&read[head_end + 4..]).unwrap_or_default(), ..got })
}

/// A whole answer with this status.
pub(crate) fn json_answer(status: u16, headers: &str, body: &Value) -> Do {
    let body = body.to_string();
    let length = body.len();
    Do::Say(
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}

/// An error in OpenAI's shape, which every reader of errors understands.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Vec<Do> {
    vec![json_answer(status, "", &json!({ "error": { "message": message, "type": code, "code": code } }))]
}

/// The head of a stream.
pub(crate) fn stream_head() -> Do {
    Do::Say(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec())
}

/// A chunk with this text.
pub(crate) fn chunk(text: &str) -> Do {
    Do::Say(format!("{:x}\r\n{text}\r\n", text.len()).into_bytes())
}

pub(crate) fn last_chunk() -> Do {
    Do::Say(b"0\r\n\r\n".to_vec())
}

/// A stream with these events, whole.
pub(crate) fn stream(events: &[String]) -> Vec<Do> {
    [vec![stream_head()], events.iter().map(|event| chunk(event)).collect(), vec![last_chunk()]].concat()
}

/// Events of each dialect, as its provider writes them.
pub(crate) struct Wire(pub(crate) Dialect);

impl Wire {
    fn event(&self, data: &Value) -> String {
        match self.0 {
            Dialect::Anthropic | Dialect::OpenaiResponses => {
                format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or("error"))
            }
            Dialect::OpenaiChat | Dialect::Gemini => format!("data: {data}\n\n"),
        }
    }

    /// What comes before any content.
    pub(crate) fn opening(&self, id: &str) -> Vec<String> {
        match self.0 {
            Dialect::Anthropic => vec![
                self.event(&json!({ "type": "message_start", "message": { "id": id, "type": "message", "role": "assistant", "content": [], "model": "said", "stop_reason": null, "usage": { "input_tokens": 3, "output_tokens": 0 } } })),
                self.event(&json!({ "type": "ping" })),
                self.event(&json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } })),
            ],
            Dialect::OpenaiChat => vec![
                ": keep\n\n".to_owned(),
                self.event(&json!({ "id": id, "object": "chat.completion.chunk", "model": "said", "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }] })),
            ],
            Dialect::OpenaiResponses => vec![
                self.event(&json!({ "type": "response.created", "sequence_number": 0, "response": { "id": id, "status": "in_progress", "model": "said", "output": [] } })),
                self.event(&json!({ "type": "response.in_progress", "sequence_number": 1, "response": { "id": id, "status": "in_progress", "model": "said", "output": [] } })),
                self.event(&json!({ "type": "response.output_item.added", "sequence_number": 2, "output_index": 0, "item": { "id": format!("msg_{id}"), "type": "message", "role": "assistant", "content": [] } })),
            ],
            Dialect::Gemini => vec![
                self.event(&json!({ "responseId": id, "modelVersion": "said", "candidates": [{ "content": { "role": "model", "parts": [{ "text": "" }] } }] })),
            ],
        }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        self.event(&match self.0 {
            Dialect::Anthropic => json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
            Dialect::OpenaiChat => json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": { "content": text } }] }),
            Dialect::OpenaiResponses => json!({ "type": "response.output_text.delta", "sequence_number": 3, "output_index": 0, "content_index": 0, "delta": text }),
            Dialect::Gemini => json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] } }] }),
        })
    }

    /// The stop reason, and what closes the stream.
    pub(crate) fn stop(&self, id: &str) -> Vec<String> {
        match self.0 {
            Dialect::Anthropic => vec![
                self.event(&json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 5 } })),
                self.event(&json!({ "type": "message_stop" })),
            ],
            Dialect::OpenaiChat => vec![
                self.event(&json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] })),
                "data: [DONE]\n\n".to_owned(),
            ],
            Dialect::OpenaiResponses => vec![self.event(
                &json!({ "type": "response.completed", "sequence_number": 9, "response": { "id": id, "status": "completed", "model": "said", "output": [], "usage": { "input_tokens": 3, "output_tokens": 5 } } }),
            )],
            Dialect::Gemini => vec![self.event(&json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": "." }] }, "finishReason": "STOP" }] }))],
        }
    }

    /// An error inside a stream.
    pub(crate) fn error(&self) -> String {
        self.event(&match self.0 {
            Dialect::Anthropic => json!({ "type": "error", "error": { "type": "overloaded_error", "message": "too much" } }),
            Dialect::OpenaiChat => json!({ "error": { "message": "too much", "type": "server_error", "code": null } }),
            Dialect::OpenaiResponses => json!({ "type": "response.failed", "sequence_number": 4, "response": { "status": "failed", "error": { "code": "server_error", "message": "too much" } } }),
            Dialect::Gemini => json!({ "error": { "code": 503, "message": "too much", "status": "UNAVAILABLE" } }),
        })
    }

    /// A good stream.
    pub(crate) fn good(&self, id: &str, text: &str) -> Vec<Do> {
        stream(&[self.opening(id), vec![self.text(text)], self.stop(id)].concat())
    }

    /// A good whole answer.
    pub(crate) fn whole(&self, id: &str, text: &str) -> Value {
        match self.0 {
            Dialect::Anthropic => {
                json!({ "id": id, "type": "message", "role": "assistant", "model": "said", "content": [{ "type": "text", "text": text }], "stop_reason": "end_turn", "usage": { "input_tokens": 3, "output_tokens": 5 } })
            }
            Dialect::OpenaiChat => {
                json!({ "id": id, "object": "chat.completion", "model": "said", "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }] })
            }
            Dialect::OpenaiResponses => {
                json!({ "id": id, "object": "response", "status": "completed", "model": "said", "output": [{ "id": format!("msg_{id}"), "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": text }] }] })
            }
            Dialect::Gemini => {
                json!({ "responseId": id, "modelVersion": "said", "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": "STOP" }] })
            }
        }
    }

    pub(crate) fn good_whole(&self, id: &str, text: &str) -> Vec<Do> {
        vec![json_answer(200, "", &self.whole(id, text))]
    }
}
