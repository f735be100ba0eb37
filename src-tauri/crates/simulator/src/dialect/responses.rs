//! OpenAI Responses.
//!
//! Shapes follow <https://platform.openai.com/docs/api-reference/responses>. Keys, model lists and most errors are those
//! of OpenAI's other protocol. Order of a stream's events: docs/simulator.md.

mod input;
mod request;
mod served;
mod speech;

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::Value;

use super::{
    Aside, Credential, Event, Events, Inquiry, Refusal, Route, Tongue,
    openai::{
        Openai,
        rules::{embeddings, given, refusal},
    },
};
use crate::{
    limits::{Beyond, Standing},
    reply::{Ask, Reply},
    seal::Seal,
};

/// What encrypted reasoning begins with: a Fernet token of our days.
const MARK: &[u8] = &[0x80, 0, 0, 0, 0, 0x69];

pub(super) struct Responses;

impl Tongue for Responses {
    fn route(&self, method: &Method, path: &str, query: Option<&str>) -> Route {
        match (method, path.strip_prefix("/v1").unwrap_or(path)) {
            (&Method::POST, "/responses") => Route::Generate { model: None, stream: None },
            (&Method::POST, "/responses/input_tokens") => Route::Aside(Aside::Count, None),
            (&Method::POST, "/embeddings") => Route::Aside(Aside::Embed, None),
            (&Method::POST, _) => Route::Unknown,
            _ => Openai.route(method, path, query),
        }
    }

    fn credential(&self, headers: &HeaderMap, query: Option<&str>) -> Option<Credential> {
        Openai.credential(headers, query)
    }

    /// What one organization's reasoning was encrypted for is of no use to another. A key stands for one here.
    fn seal(&self, seal: &Seal, credential: Option<&Credential>) -> Seal {
        seal.owned_by(credential.map_or("", |credential| &credential.key))
    }

    fn missing_key(&self) -> Refusal {
        Openai.missing_key()
    }

    fn wrong_key(&self, credential: Option<&Credential>) -> Refusal {
        Openai.wrong_key(credential)
    }

    fn not_json(&self) -> Refusal {
        Openai.not_json()
    }

    fn not_found(&self, method: &Method, path: &str) -> Refusal {
        Openai.not_found(method, path)
    }

    fn no_such_model(&self, model: &str) -> Refusal {
        Openai.no_such_model(model)
    }

    fn error(&self, status: StatusCode) -> Value {
        Openai.error(status)
    }

    fn overloaded(&self) -> Value {
        Openai.overloaded()
    }

    fn read(&self, inquiry: &Inquiry<'_>) -> Result<Ask, Refusal> {
        if inquiry.body.is_object() { request::read(inquiry) } else { Err(self.not_json()) }
    }

    fn aside(&self, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
        match inquiry.route {
            Route::Aside(Aside::Count, _) => request::count(inquiry),
            _ => embeddings(inquiry.body),
        }
    }

    fn refuse(&self, parameter: &str, _ask: &Ask, body: &Value) -> Option<Refusal> {
        let value = given(body, parameter)?;
        if parameter == "temperature" && value.as_f64() == Some(1.0) {
            return None;
        }
        let message = format!("Unsupported parameter: '{parameter}' is not supported with this model.");
        Some(refusal(400, &message, Some(parameter), None))
    }

    fn whole(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Value {
        speech::whole(ask, reply, seal)
    }

    fn events(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Events {
        speech::events(ask, reply, seal)
    }

    fn failure(&self, error: Value, at: usize, stream: &Events) -> Vec<Event> {
        speech::failure(&error, at, stream)
    }

    fn keep(&self, ask: &Ask, finished: &Value) -> Option<(String, Vec<Value>)> {
        let response = finished.get("response").unwrap_or(finished);
        if ask.own["echo"]["store"] == false {
            return None;
        }
        let said = ask.own["history"].as_array()?.iter().chain(response["output"].as_array()?);
        Some((response["id"].as_str()?.to_owned(), said.cloned().collect()))
    }

    fn opening(&self) -> usize {
        2
    }

    fn allowance(&self, standing: &Standing, now: SystemTime, headers: &mut HeaderMap) {
        Openai.allowance(standing, now, headers);
    }

    fn beyond(&self, limit: &Beyond, model: &str, now: SystemTime, headers: &mut HeaderMap) -> Refusal {
        Openai.beyond(limit, model, now, headers)
    }

    fn models(&self, model: &str) -> Value {
        Openai.models(model)
    }

    fn model(&self, model: &str) -> Value {
        Openai.model(model)
    }

    fn request_id(&self) -> Option<(HeaderName, String)> {
        Openai.request_id()
    }
}
