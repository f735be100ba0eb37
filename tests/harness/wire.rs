//! The three dialects over plain HTTP, as small as a test needs them: one user turn out, the text and the error back.

use super::wait::PATIENCE;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

/// A client that trusts no environment.
pub(crate) fn http() -> reqwest::Client {
    // The client is built with TLS, which wants a provider even where only loopback is spoken to; another test of this
    // process may have named one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a plain client")
}

/// A dialect that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    Anthropic,
    Openai,
    Gemini,
}

impl Tongue {
    /// In the order of [`MEMBERS`](super::MEMBERS).
    pub(crate) const ALL: [Self; 3] = [Self::Anthropic, Self::Openai, Self::Gemini];

    /// The official SDK's name in tests/clients/run.mjs.
    pub(crate) fn sdk(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Openai => "openai",
            Self::Gemini => "google",
        }
    }

    pub(crate) fn path(self, model: &str, stream: bool) -> String {
        match (self, stream) {
            (Self::Anthropic, _) => "/v1/messages".to_owned(),
            (Self::Openai, _) => "/v1/chat/completions".to_owned(),
            (Self::Gemini, false) => format!("/v1beta/models/{model}:generateContent"),
            (Self::Gemini, true) => format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
        }
    }

    pub(crate) fn body(self, model: &str, said: &str, stream: bool) -> Value {
        match self {
            Self::Anthropic => json!({
                "model": model, "max_tokens": 1024, "stream": stream, "messages": [{ "role": "user", "content": said }],
            }),
            Self::Openai => {
                json!({ "model": model, "stream": stream, "messages": [{ "role": "user", "content": said }] })
            }
            Self::Gemini => json!({ "contents": [{ "role": "user", "parts": [{ "text": said }] }] }),
        }
    }

    /// What a whole answer, or one event of a stream, says.
    fn words(self, event: &Value) -> String {
        let text = |at: &str| event.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        match self {
            Self::Anthropic => text("/content/0/text") + &text("/delta/text"),
            Self::Openai => text("/choices/0/message/content") + &text("/choices/0/delta/content"),
            Self::Gemini => text("/candidates/0/content/parts/0/text"),
        }
    }

    /// The stop reason of a complete answer, as this dialect spells "nothing left to say".
    pub(crate) fn stop(self) -> &'static str {
        match self {
            Self::Anthropic => "end_turn",
            Self::Openai => "stop",
            Self::Gemini => "STOP",
        }
    }

    /// The message of an error in exactly this dialect's shape; `None` for anything else.
    pub(crate) fn error(self, body: &Value) -> Option<&str> {
        let error = body.get("error")?;
        let shaped = match self {
            Self::Anthropic => body["type"] == "error" && error["type"].is_string() && body["request_id"].is_string(),
            Self::Openai => error["type"].is_string() && error.get("code").is_some() && error.get("param").is_some(),
            Self::Gemini => error["code"].is_u64() && error["status"].is_string(),
        };
        error["message"].as_str().filter(|_| shaped)
    }
}

/// An answer that has been read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The connection broke before the body's proper end.
    pub(crate) broken: bool,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        Self::read(request.send().await.expect("an answer from the gateway")).await
    }

    pub(crate) async fn read(mut response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let broken = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        Self { status, headers, body: String::from_utf8(body).expect("UTF-8"), broken }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header of printable ASCII"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON of each event of a stream.
    pub(crate) fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data:"));
        data.filter_map(|data| serde_json::from_str(data.trim()).ok()).collect()
    }

    /// What it says, streamed or not.
    pub(crate) fn text(&self, tongue: Tongue) -> String {
        match serde_json::from_str(&self.body) {
            Ok(whole) => tongue.words(&whole),
            Err(_) => self.events().iter().map(|event| tongue.words(event)).collect(),
        }
    }
}
