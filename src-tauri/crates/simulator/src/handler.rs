//! From a request to an answer: what was asked, which fault is due, and how the two meet.
//!
//! A fault that belongs to the transport or to the whole provider (a status, a reset, a hang, a page of HTML) strikes
//! before the request is looked at, as an outage would. The others strike inside an answer that the request must have
//! earned, so a request that the real provider refuses is refused then too.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use crate::{
    answer::{Answer, Ending},
    canary, control,
    dialect::{self, Credential, Events, Inquiry, Refusal, Route, Tongue},
    fault::FaultKind,
    reply::{Ask, Form, Reply},
    seal::Seal,
    seen::Seen,
    state::{Flight, State},
    wire::{Line, Severed},
};

/// The largest request body, as Anthropic and most proxies have it.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// Pieces that a whole (not streamed) answer drips in.
const DRIPS: usize = 8;
/// On every response.
const SIMULATED: HeaderName = HeaderName::from_static("x-mainstay-simulated");
const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment</title></head>\n<body><h1>Please wait</h1><p>Simulated page in place of an answer.</p></body></html>\n";

/// One practice provider, as its connections see it.
pub(crate) struct Provider {
    pub(crate) state: Arc<State>,
    pub(crate) port: u16,
    pub(crate) control_token: String,
    tongue: &'static dyn Tongue,
}

impl Provider {
    pub(crate) fn new(state: Arc<State>, port: u16, control_token: String) -> Self {
        let tongue = state.practice.speaks.tongue();
        Self { state, port, control_token, tongue }
    }

    pub(crate) async fn handle(&self, request: Request<Incoming>, line: Line) -> Result<Response<Answer>, Severed> {
        let mut response = if request.uri().path().starts_with("/_control") {
            control::answer(self, request, line).await
        } else {
            let mut response = self.provide(request, line).await?;
            if let Some((name, id)) = self.tongue.request_id()
                && let Ok(id) = HeaderValue::try_from(id)
                && !response.headers().contains_key(&name)
            {
                response.headers_mut().insert(name, id);
            }
            response
        };
        response.headers_mut().insert(SIMULATED, HeaderValue::from_static("1"));
        Ok(response)
    }

    async fn provide(&self, request: Request<Incoming>, line: Line) -> Result<Response<Answer>, Severed> {
        let (parts, body) = request.into_parts();
        let (path, query) = (parts.uri.path(), parts.uri.query());
        if parts.method == Method::HEAD && path == "/" {
            return Ok(respond(StatusCode::OK, None, Bytes::new(), None, line));
        }
        let route = self.tongue.route(&parts.method, path, query);
        let credential = self.tongue.credential(&parts.headers, query);
        let body = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Ok(refused(Refusal { status, body: self.tongue.error(status) }, &route, None, line));
            }
            Err(_) => return Err(Severed), // The client left while it was sending.
        };
        let flight = matches!(route, Route::Generate { .. }).then(|| self.state.begin());
        self.state.record(|number| {
            let key = credential.as_ref().map(|credential| credential.key.clone());
            Seen::new(number, parts.method.clone(), parts.uri.clone(), parts.headers.clone(), body.clone(), key)
        });
        match flight {
            Some(flight) => {
                let turn = Turn {
                    provider: self,
                    route: &route,
                    credential: credential.as_ref(),
                    headers: &parts.headers,
                    body: &body,
                    line,
                };
                turn.answer(flight).await
            }
            None => Ok(match self.look_up(&route, &parts, &body, credential.as_ref()) {
                Ok(found) => json(StatusCode::OK, &found, None, line),
                Err(refusal) => refused(self.marked(refusal, credential.as_ref()), &route, None, line),
            }),
        }
    }

    fn look_up(
        &self,
        route: &Route,
        parts: &Parts,
        body: &Bytes,
        credential: Option<&Credential>,
    ) -> Result<Value, Refusal> {
        if matches!(route, Route::Unknown | Route::Generate { .. }) {
            return Err(self.tongue.not_found(&parts.method, parts.uri.path()));
        }
        self.admit(credential, self.state.rejects_keys())?;
        let model = &self.state.practice.model;
        match route {
            Route::Model(asked) if asked == model => Ok(self.tongue.model(model)),
            Route::Model(asked) => Err(self.tongue.no_such_model(asked)),
            Route::Aside(..) => {
                let body: Value = serde_json::from_slice(body).map_err(|_| self.tongue.not_json())?;
                let seal = self.state.seal.clone();
                let archive = &self.state.archive;
                self.tongue.aside(&Inquiry { route, headers: &parts.headers, body: &body, seal: &seal, archive })
            }
            _ => Ok(self.tongue.models(model)),
        }
    }

    /// A refusal as this provider lets it slip, see [`canary`].
    fn marked(&self, refusal: Refusal, credential: Option<&Credential>) -> Refusal {
        match self.slip(credential) {
            Some(slip) => Refusal { body: canary::marked(refusal.body, &slip), ..refusal },
            None => refusal,
        }
    }

    fn slip(&self, credential: Option<&Credential>) -> Option<String> {
        let key = credential.map(|credential| credential.key.as_str());
        self.state.canary().map(|word| canary::slip(&word, key))
    }

    fn admit(&self, credential: Option<&Credential>, rejecting: bool) -> Result<(), Refusal> {
        let Some(credential) = credential else { return Err(self.tongue.missing_key()) };
        let wrong = self.state.practice.key.as_ref().is_some_and(|key| *key != credential.key);
        if rejecting || wrong { Err(self.tongue.wrong_key(Some(credential))) } else { Ok(()) }
    }
}

/// One chat turn.
struct Turn<'a> {
    provider: &'a Provider,
    route: &'a Route,
    credential: Option<&'a Credential>,
    headers: &'a HeaderMap,
    body: &'a Bytes,
    line: Line,
}

impl Turn<'_> {
    async fn answer(self, mut flight: Flight) -> Result<Response<Answer>, Severed> {
        let fault = self.provider.state.take();
        let slip = self.provider.slip(self.credential);
        let flight = match &fault {
            FaultKind::Status { status, headers, body } => {
                let slip = slip.filter(|_| status.is_client_error() || status.is_server_error());
                let (kind, bytes) = self.said(*status, body.as_ref(), slip.as_deref());
                let mut response = respond(*status, Some(kind), bytes, Some(flight), self.line);
                for name in headers.keys() {
                    response.headers_mut().remove(name);
                }
                response.headers_mut().extend(headers.clone());
                return Ok(response);
            }
            FaultKind::HangBeforeHeaders {} => {
                // The connection notices the client's leaving and drops this future, and the flight with it.
                std::future::pending::<()>().await;
                flight
            }
            FaultKind::Reset {} => {
                self.line.reset();
                flight.end();
                return Err(Severed);
            }
            FaultKind::Empty200 {} => {
                return Ok(respond(StatusCode::OK, Some(self.success_type()), Bytes::new(), Some(flight), self.line));
            }
            FaultKind::Html200 {} => {
                let page = Bytes::from(format!("{HTML}{}", slip.unwrap_or_default()));
                return Ok(respond(StatusCode::OK, Some("text/html; charset=utf-8"), page, Some(flight), self.line));
            }
            FaultKind::RejectKey {} => {
                let refusal = self.provider.tongue.wrong_key(self.credential);
                let refusal = self.provider.marked(refusal, self.credential);
                return Ok(refused(refusal, self.route, Some(flight), self.line));
            }
            FaultKind::SlowStart { ms } => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                flight
            }
            _ => flight,
        };
        Ok(self.earned(fault, flight).await)
    }

    /// What is said with this status: a string as it is, anything else as JSON, nothing as the provider says it.
    fn said(&self, status: StatusCode, body: Option<&Value>, slip: Option<&str>) -> (&'static str, Bytes) {
        let marked = |error: Value| slip.map_or(error.clone(), |slip| canary::marked(error, slip));
        match body {
            Some(Value::String(text)) => {
                ("text/plain; charset=utf-8", Bytes::from(format!("{text}{}", slip.unwrap_or_default())))
            }
            Some(json) => ("application/json", Bytes::from(marked(json.clone()).to_string())),
            None => {
                let error = in_form(self.provider.tongue.error(status), self.route);
                ("application/json", Bytes::from(marked(error).to_string()))
            }
        }
    }

    /// The answer to a request that reached the provider: by its key, its limits and what it says.
    async fn earned(self, fault: FaultKind, flight: Flight) -> Response<Answer> {
        let Provider { tongue, state, .. } = self.provider;
        let (now, clock) = (Instant::now(), SystemTime::now());
        let mut told = HeaderMap::new();
        let admitted = self
            .provider
            .admit(self.credential, false)
            .and_then(|()| state.admit(now).map_err(|limit| tongue.beyond(&limit, &self.model(), clock, &mut told)));
        let known = admitted.is_ok() || !told.is_empty();
        let seal = tongue.seal(&state.seal, self.credential);
        let mut response = match admitted.and_then(|()| self.ask(&fault, &seal)) {
            Err(refusal) => {
                let refusal = self.provider.marked(refusal, self.credential);
                refused(refusal, self.route, Some(flight), self.line)
            }
            Ok(ask) => self.speak(ask, fault, &seal, flight, now).await,
        };
        if let Some(standing) = state.standing(now).filter(|_| known) {
            tongue.allowance(&standing, clock, response.headers_mut());
        }
        response.headers_mut().extend(told);
        response
    }

    /// The model asked for, as far as the request says it.
    fn model(&self) -> String {
        if let Route::Generate { model: Some(model), .. } = self.route {
            return model.clone();
        }
        let body: Option<Value> = serde_json::from_slice(self.body).ok();
        let model = body.and_then(|body| body["model"].as_str().map(str::to_owned));
        model.unwrap_or_else(|| self.provider.state.practice.model.clone())
    }

    /// Whether this may be answered, and what it asks.
    fn ask(&self, fault: &FaultKind, seal: &Seal) -> Result<Ask, Refusal> {
        let Provider { tongue, state, .. } = self.provider;
        self.provider.admit(self.credential, false)?;
        let body: Value = serde_json::from_slice(self.body).map_err(|_| tongue.not_json())?;
        let archive = &state.archive;
        let ask = tongue.read(&Inquiry { route: self.route, headers: self.headers, body: &body, seal, archive })?;
        let by_fault: &[String] = match fault {
            FaultKind::RefuseParameters { names } => names,
            _ => &[],
        };
        let mut refused = state.practice.refuses.iter().chain(by_fault);
        refused.find_map(|name| tongue.refuse(name, &ask, &body)).map_or(Ok(ask), Err)
    }

    async fn speak(
        self,
        mut ask: Ask,
        mut fault: FaultKind,
        seal: &Seal,
        flight: Flight,
        now: Instant,
    ) -> Response<Answer> {
        let Provider { tongue, state, .. } = self.provider;
        let runs = state.tools();
        ask.runs.retain(|served| runs.contains(&served.tool));
        let reply = match fault {
            FaultKind::NoContent {} => Reply::nothing(&ask),
            _ => Reply::to(&ask, &state.practice.name, state.play().as_deref()),
        };
        state.charge(reply.input_tokens + reply.output_tokens, now);
        reply.effects().for_each(|tool| state.had_effect(tool));
        if let (FaultKind::ErrorIn200 { body, .. }, Some(slip)) = (&mut fault, self.provider.slip(self.credential)) {
            *body = Some(canary::marked(body.take().unwrap_or_else(|| tongue.overloaded()), &slip));
        }
        let keep = |finished: &Value| {
            if let Some((name, conversation)) = tongue.keep(&ask, finished) {
                state.archive.keep(name, conversation);
            }
        };
        let latency = state.latency();
        let pauses = |opening: usize, events: usize| {
            latency.as_ref().map_or_else(Vec::new, |latency| latency.pauses(state.count(), opening, events))
        };
        match ask.stream {
            Some(form) => {
                let stream = tongue.events(&ask, &reply, seal);
                keep(stream.events.last().map_or(&Value::Null, |event| &event.data));
                let pauses = pauses(tongue.opening(), stream.events.len());
                streamed(*tongue, form, &stream, &fault, flight, self.line).map(|answer| answer.resting(&pauses))
            }
            None => {
                let answer = tongue.whole(&ask, &reply, seal);
                keep(&answer);
                let tokens = usize::try_from(reply.output_tokens).unwrap_or(usize::MAX).max(1);
                tokio::time::sleep(pauses(0, tokens).iter().sum()).await;
                whole(*tongue, &answer, &fault, flight, self.line)
            }
        }
    }

    /// The content type that a good answer to this request would have.
    fn success_type(&self) -> &'static str {
        match self.route {
            Route::Generate { model: Some(_), stream } => content_type(*stream),
            // The others say in the body whether they stream.
            _ => {
                let body: Option<Value> = serde_json::from_slice(self.body).ok();
                let streams = body.is_some_and(|body| body["stream"] == true);
                content_type(streams.then_some(Form::Sse))
            }
        }
    }
}

fn streamed(
    tongue: &dyn Tongue,
    form: Form,
    stream: &Events,
    fault: &FaultKind,
    flight: Flight,
    line: Line,
) -> Response<Answer> {
    let (all, ending) = match fault {
        FaultKind::HangMidStream { .. } => (false, Ending::Hang),
        FaultKind::ResetMidStream { .. } => (false, Ending::Reset),
        FaultKind::CutMidStream { abrupt: true, .. } => (false, Ending::Abrupt),
        FaultKind::CutMidStream { .. } | FaultKind::ErrorIn200 { .. } => (false, Ending::Proper),
        _ => (true, Ending::Proper),
    };
    let kept = match fault {
        FaultKind::HangMidStream { after_events }
        | FaultKind::ResetMidStream { after_events }
        | FaultKind::CutMidStream { after_events, .. }
        | FaultKind::ErrorIn200 { after_events, .. } => stream.before_stop.min(*after_events),
        _ => stream.events.len(),
    };
    let sent = stream.events.iter().take(kept).enumerate();
    let mut pieces: Vec<Bytes> = sent.map(|(at, event)| dialect::frame(tongue, form, at, event)).collect();
    if let FaultKind::ErrorIn200 { body, .. } = fault {
        let error = body.clone().unwrap_or_else(|| tongue.overloaded());
        let said = tongue.failure(error, kept, stream);
        pieces.extend(said.iter().enumerate().map(|(at, event)| dialect::frame(tongue, form, kept + at, event)));
        pieces.extend(dialect::tail(tongue, form, true));
    } else if all {
        pieces.extend(dialect::tail(tongue, form, false));
    }
    let mut answer = Answer::pieces(pieces, ending, Some(flight), line);
    if let FaultKind::SlowDrip { ms_between } = fault {
        answer = answer.paced(Duration::from_millis(*ms_between));
    }
    let mut response = Response::new(answer);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(Some(form))));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn whole(tongue: &dyn Tongue, json: &Value, fault: &FaultKind, flight: Flight, line: Line) -> Response<Answer> {
    let bytes = match fault {
        FaultKind::ErrorIn200 { body, .. } => {
            Bytes::from(body.clone().unwrap_or_else(|| tongue.overloaded()).to_string())
        }
        _ => Bytes::from(json.to_string()),
    };
    let length = bytes.len() as u64;
    let half = || vec![bytes.slice(..bytes.len() / 2)];
    let flight = Some(flight);
    let answer = match fault {
        FaultKind::HangMidStream { .. } => Answer::pieces(half(), Ending::Hang, flight, line).promising(length),
        FaultKind::ResetMidStream { .. } => Answer::pieces(half(), Ending::Reset, flight, line).promising(length),
        FaultKind::CutMidStream { abrupt: true, .. } => {
            Answer::pieces(half(), Ending::Abrupt, flight, line).promising(length)
        }
        FaultKind::CutMidStream { .. } => Answer::pieces(half(), Ending::Proper, flight, line),
        FaultKind::SlowDrip { ms_between } => {
            let size = bytes.len().div_ceil(DRIPS);
            let drips = (0..bytes.len()).step_by(size).map(|at| bytes.slice(at..bytes.len().min(at + size))).collect();
            Answer::pieces(drips, Ending::Proper, flight, line)
                .promising(length)
                .paced(Duration::from_millis(*ms_between))
        }
        _ => Answer::whole(bytes, flight, line),
    };
    let mut response = Response::new(answer);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(None)));
    response
}

fn content_type(stream: Option<Form>) -> &'static str {
    match stream {
        Some(Form::Sse) => "text/event-stream; charset=utf-8",
        Some(Form::Array) | None => "application/json",
    }
}

/// Gemini's stream endpoint without `alt=sse` wraps even its errors in an array.
fn in_form(error: Value, route: &Route) -> Value {
    match route {
        Route::Generate { stream: Some(Form::Array), .. } => Value::Array(vec![error]),
        _ => error,
    }
}

fn refused(refusal: Refusal, route: &Route, flight: Option<Flight>, line: Line) -> Response<Answer> {
    json(refusal.status, &in_form(refusal.body, route), flight, line)
}

pub(crate) fn json(status: StatusCode, body: &Value, flight: Option<Flight>, line: Line) -> Response<Answer> {
    respond(status, Some("application/json"), Bytes::from(body.to_string()), flight, line)
}

fn respond(
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Bytes,
    mut flight: Option<Flight>,
    line: Line,
) -> Response<Answer> {
    // HTTP forbids a body here, so nothing would ever read it to its end.
    let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
    if bodiless && let Some(flight) = &mut flight {
        flight.end();
    }
    let body = if bodiless { Bytes::new() } else { body };
    let mut response = Response::new(Answer::whole(body, flight, line));
    *response.status_mut() = status;
    if let Some(content_type) = content_type.filter(|_| !bodiless) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}
