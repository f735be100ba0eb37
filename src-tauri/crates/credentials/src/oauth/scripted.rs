//! A login server whose answers are written down beforehand, for what a real one never sends on demand.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use ::http::{Request, Response};
use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Flow, TokenHttp, Unreached};

/// Gives its answers in order, and keeps what it was asked.
#[derive(Default)]
pub(crate) struct Scripted {
    answers: Mutex<VecDeque<Result<(u16, Value), Unreached>>>,
    pub(crate) asked: Mutex<Vec<Asked>>,
    /// When set, an answer waits until it is let go.
    pub(crate) held: Mutex<Option<Arc<Notify>>>,
    pub(crate) arrived: Notify,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) url: String,
    pub(crate) content_type: String,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) at: tokio::time::Instant,
}

impl Scripted {
    pub(crate) fn with(answers: impl IntoIterator<Item = Result<(u16, Value), Unreached>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl TokenHttp for Scripted {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unreached> {
        let content_type = request.headers()[::http::header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let fields = if content_type.contains("json") {
            serde_json::from_slice::<BTreeMap<String, String>>(request.body()).unwrap()
        } else {
            url::form_urlencoded::parse(request.body()).into_owned().collect()
        };
        let url = request.uri().to_string();
        self.asked.lock().unwrap().push(Asked { url, content_type, fields, at: tokio::time::Instant::now() });
        self.arrived.notify_one();
        let held = self.held.lock().unwrap().clone();
        if let Some(held) = held {
            held.notified().await;
        }
        let answer = self.answers.lock().unwrap().pop_front().expect("an answer for each call");
        let (status, body) = answer?;
        Ok(Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap())
    }
}

/// Tokens as a server sends them.
pub(crate) fn tokens(access: &str, refresh: Option<&str>, expires_in: u64) -> Result<(u16, Value), Unreached> {
    Ok((
        200,
        json!({"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": expires_in}),
    ))
}

/// A refusal by RFC 6749 §5.2.
pub(crate) fn refusal(code: &str) -> Result<(u16, Value), Unreached> {
    Ok((400, json!({"error": code, "error_description": "said so"})))
}

/// A flow with every address, changed by `more`.
pub(crate) fn flow(more: &Value) -> Flow {
    let mut data = json!({
        "flow": "authorization-code",
        "authorize_url": "https://login.test/authorize",
        "token_url": "https://login.test/token",
        "device_url": "https://login.test/device",
        "client_id": "the-client",
        "scopes": ["one", "two"],
    });
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    Flow::of("p", &data).unwrap()
}
