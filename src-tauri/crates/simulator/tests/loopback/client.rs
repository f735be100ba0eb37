//! Two clients: one that sees every byte and how the connection ended, and one that sees what programs see.

use std::{
    sync::{LazyLock, Once},
    time::Duration,
};

use mainstay_simulator::{Practice, Running, Simulator, Speaks};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(crate) const ALL: [Speaks; 4] = [Speaks::Anthropic, Speaks::OpenaiChat, Speaks::Gemini, Speaks::OpenaiResponses];

/// Long enough that only a real hang reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

/// One provider of each protocol, in the order of [`ALL`].
pub(crate) async fn simulator() -> Simulator {
    let practices = ALL.map(|speaks| Practice::new(speaks.as_str(), speaks, model(speaks)));
    Simulator::start(practices.to_vec()).await.unwrap()
}

pub(crate) fn model(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Anthropic => "claude-sonnet-4-5-20250929",
        Speaks::OpenaiChat | Speaks::OpenaiResponses => "gpt-5.2",
        Speaks::Gemini => "gemini-2.5-flash",
    }
}

pub(crate) fn path(speaks: Speaks, streaming: bool) -> String {
    match (speaks, streaming) {
        (Speaks::Anthropic, _) => "/v1/messages".to_owned(),
        (Speaks::OpenaiChat, _) => "/v1/chat/completions".to_owned(),
        (Speaks::OpenaiResponses, _) => "/v1/responses".to_owned(),
        (Speaks::Gemini, false) => format!("/v1beta/models/{}:generateContent", model(speaks)),
        (Speaks::Gemini, true) => format!("/v1beta/models/{}:streamGenerateContent?alt=sse", model(speaks)),
    }
}

pub(crate) fn body(speaks: Speaks, streaming: bool) -> Value {
    match speaks {
        Speaks::Anthropic => json!({
            "model": model(speaks), "max_tokens": 100, "stream": streaming,
            "messages": [{"role": "user", "content": "hello there"}],
        }),
        Speaks::OpenaiChat => json!({
            "model": model(speaks), "stream": streaming,
            "messages": [{"role": "user", "content": "hello there"}],
        }),
        Speaks::OpenaiResponses => json!({"model": model(speaks), "stream": streaming, "input": "hello there"}),
        Speaks::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "hello there"}]}]}),
    }
}

pub(crate) fn headers(speaks: Speaks) -> &'static [(&'static str, &'static str)] {
    match speaks {
        Speaks::Anthropic => &[("x-api-key", "k"), ("anthropic-version", "2023-06-01")],
        Speaks::OpenaiChat | Speaks::OpenaiResponses => &[("authorization", "Bearer k")],
        Speaks::Gemini => &[("x-goog-api-key", "k")],
    }
}

pub(crate) fn origin(running: &Running) -> &str {
    running.base_url.strip_suffix("/v1").unwrap_or(&running.base_url)
}

/// What a program gets.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The `data:` of each event.
    pub(crate) fn events(&self) -> Vec<String> {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("data: "));
        lines.map(str::to_owned).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A client that opens a connection per request.
pub(crate) fn http() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| client().pool_max_idle_per_host(0).build().unwrap());
    CLIENT.clone()
}

/// A client that keeps its connections.
pub(crate) fn keeping() -> reqwest::Client {
    client().build().unwrap()
}

fn client() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    reqwest::Client::builder().no_proxy()
}

/// A request of this method, with the headers that a real client would send.
pub(crate) fn request(
    client: &reqwest::Client,
    running: &Running,
    method: Method,
    path: &str,
) -> reqwest::RequestBuilder {
    let request = client.request(method, format!("{}{path}", origin(running)));
    headers(running.speaks).iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Sends it and reads the whole answer.
pub(crate) async fn fetch(request: reqwest::RequestBuilder) -> reqwest::Result<Got> {
    let response = request.timeout(PATIENCE).send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Got { status, headers, text: response.text().await? })
}

/// A chat turn with this body.
pub(crate) async fn post(running: &Running, streaming: bool, body: &Value) -> reqwest::Result<Got> {
    fetch(request(&http(), running, Method::POST, &path(running.speaks, streaming)).json(body)).await
}

pub(crate) async fn ask(running: &Running, streaming: bool) -> reqwest::Result<Got> {
    post(running, streaming, &body(running.speaks, streaming)).await
}

/// A chat turn on a bare connection.
pub(crate) async fn dial(running: &Running, streaming: bool) -> TcpStream {
    let address = origin(running).strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = body(running.speaks, streaming).to_string();
    let mut request = format!("POST {} HTTP/1.1\r\nhost: {address}\r\n", path(running.speaks, streaming));
    for (name, value) in headers(running.speaks) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// All bytes, and the end.
pub(crate) async fn drain(stream: &mut TcpStream) -> (String, End) {
    let mut bytes = Vec::new();
    let end = match tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap() {
        Ok(_) => End::Closed,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => End::Reset,
        Err(error) => panic!("{error}"),
    };
    (String::from_utf8(bytes).unwrap(), end)
}

/// Reads until so many events (`data: ` lines) have come.
pub(crate) async fn read_events(stream: &mut TcpStream, count: usize) -> String {
    let mut bytes = Vec::new();
    while count_events(&bytes) < count {
        let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(read, 0, "ended after {}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn count_events(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches("\ndata: ").count()
}

/// Gives the other tasks their turn until it holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}
