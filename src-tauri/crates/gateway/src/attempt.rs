//! One call of one upstream, up to its commit.

use crate::asked::{Asked, Purpose};
use crate::caller::CallersOwn;
use crate::carried::{embedding_body, request_headers, response_headers, untaken};
use crate::core::Core;
use crate::endpoint::{Endpoint, address};
use crate::failure::Verbatim;
use crate::gate::{self, Opened, Shut};
use crate::held::off_path;
use crate::network::{self, Lost};
use crate::outbound::{BodyError, Received};
use crate::routing::{CredentialError, Presented, Upstream};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use mainstay_balancer::{Outcome, Refusal, Stage, TargetKey, classify, limits, tells_limits};
use mainstay_dialects::{
    AnswerFault, AnswerGlance, ErrorBody, Note, Opening, Prepared, Relay, Usage, convert_answer, prepare_checked,
    read_answer, read_error, stream_answer,
};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The largest whole answer (failover §3.1).
const ANSWER_LIMIT: usize = 64 << 20;
/// The most of an error body that is read.
const ERROR_LIMIT: usize = 256 << 10;

/// How long an error's body is waited for: its status says enough to move on.
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// An attempt that commits.
pub(crate) struct Reply {
    pub(crate) content: Content,
    /// Upstream headers for the client.
    pub(crate) headers: HeaderMap,
    pub(crate) status: u16,
    pub(crate) notes: Vec<Note>,
    pub(crate) first_content: Instant,
    /// A kept connection turned out to be closed, and the call was made once more, free.
    pub(crate) stale: bool,
}

/// What it brings.
pub(crate) enum Content {
    Stream(Box<Opened>),
    Whole { body: Bytes, usage: Usage, model: Option<String>, kept: Vec<String> },
}

/// An attempt that does not.
pub(crate) struct Missed {
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<u16>,
    /// What the upstream said; not yet cleaned.
    pub(crate) detail: String,
    /// The refusal as it came.
    pub(crate) verbatim: Option<Verbatim>,
    /// Nothing but the model was changed in the client's own body.
    pub(crate) untouched: bool,
    /// Upstream field names that we put in.
    pub(crate) ours: Vec<String>,
    /// The upstream may have begun to work on it (failover §3.6).
    pub(crate) begun: bool,
    /// The upstream knows nothing of the state that the request refers to (failover §3.7).
    pub(crate) lacks_state: bool,
    /// It reached nobody (failover §3.10).
    pub(crate) lost: Option<Lost>,
    /// As in [`Reply`].
    pub(crate) stale: bool,
}

/// What is otherwise when a member is called again.
#[derive(Default)]
pub(crate) struct Changes {
    /// Parameters that it refused of this request.
    pub(crate) dropped: Vec<String>,
    /// It refused signed or encrypted reasoning.
    pub(crate) without_proofs: bool,
}

/// A member that could not be called at all.
pub(crate) enum Uncallable {
    Credential(CredentialError),
    Body(String),
}

/// Calls an upstream, whose health is kept under `key`. `limit` is the latest instant for its first content.
pub(crate) async fn call(
    core: &Core,
    asked: &Asked,
    upstream: &Upstream,
    key: &TargetKey,
    changes: &Changes,
    limit: Instant,
) -> Result<Result<Reply, Missed>, Uncallable> {
    let credentials = credentials(upstream, &asked.own).await.map_err(Uncallable::Credential)?;
    let mut terms = upstream.terms_for(asked.named_model.as_deref()).clone();
    terms.refused.extend(core.balancer().refused(key));
    terms.refused.extend_from_slice(&changes.dropped);
    terms.without_proofs = changes.without_proofs;
    let same = asked.dialect == upstream.dialect;
    let too_new = if same { untaken(&asked.headers, &mut terms) } else { Vec::new() };
    let (client, target, body) = (asked.dialect, upstream.dialect, asked.body.clone());
    let (purpose, stream) = (asked.purpose, asked.stream && upstream.streaming);
    let (model, maker) = (terms.model.clone(), terms.maker.clone());
    let prepared = off_path(body.bytes().len(), move || match purpose {
        Purpose::Generate => prepare_checked(client, target, &body, stream, &terms),
        Purpose::Embed(_) => embedding_body(client, body.bytes(), &terms.model),
    })
    .await;
    let mut prepared = prepared.map_err(|error| Uncallable::Body(error.to_string()))?;
    prepared.notes.extend(too_new);

    let endpoint = match purpose {
        Purpose::Generate => Endpoint::Generate { stream, beta: same && asked.beta },
        Purpose::Embed(method) => Endpoint::Embed(method),
    };
    let url = address(upstream, &model, endpoint);
    let headers = request_headers(upstream, same.then_some(&asked.headers), stream, credentials);
    let Prepared { body, notes, untouched, ours, back } = prepared;
    let opening = Opening {
        id: asked.id.clone(),
        model,
        created_s: asked.started_wall / 1000,
        include_usage: asked.stream && asked.glance.include_usage,
        maker,
        back,
    };
    let mut context = Context { core, asked, upstream, untouched, ours, opening, stale: false };
    let body = Bytes::from(body);
    let response = loop {
        let sent = core.outbound.post(&url, &upstream.way, headers.clone(), body.clone());
        match timeout_at(limit, sent).await {
            Err(_) => return Ok(Err(context.timed_out(None))),
            Ok(Ok(response)) => break response,
            Ok(Err(error)) if asked.glance.effects.is_none() && core.answered.was_stale(&error) => context.stale = true,
            Ok(Err(error)) => {
                let (outcome, detail) = core.outbound.read_call(&error, &upstream.way);
                let lost = network::lost(&error, &outcome, &url);
                let begun = !error.is_connect();
                return Ok(Err(Missed { begun, lost, ..context.missed(outcome, None, detail) }));
            }
        }
    };
    core.answered.note(&response);
    if let Some((outcome, detail)) = core.outbound.read_refusal(response.status(), &url, &upstream.way) {
        return Ok(Err(context.missed(outcome, None, detail)));
    }
    note_limits(core, key, response.headers());

    if !response.status().is_success() {
        return Ok(Err(context.refused(response, limit).await));
    }
    let headers = response_headers(response.headers(), same);
    let status = response.status().as_u16();
    let reply = if purpose != Purpose::Generate {
        context.vectors(response, limit).await
    } else if stream && !is_json(response.headers()) {
        context.stream(response, limit).await
    } else {
        context.whole(response, stream, limit).await
    };
    Ok(reply.map(|(content, more)| Reply {
        content,
        headers,
        status,
        notes: [notes, more].concat(),
        first_content: Instant::now(),
        stale: context.stale,
    }))
}

/// Takes down what an answer says is left of the provider's limits. Most say nothing, and are not asked for each header that
/// could.
fn note_limits(core: &Core, key: &TargetKey, headers: &HeaderMap) {
    let told: Vec<(&str, &str)> = headers
        .iter()
        .filter(|(name, _)| tells_limits(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    if !told.is_empty() {
        let now = core.clock.now();
        let found = limits(&|name| told.iter().find(|(told, _)| *told == name).map(|(_, value)| *value), now);
        core.balancer().note_limits(key, found, now);
    }
}

/// What a member is called with: its own credential, or what the caller brought for it.
pub(crate) async fn credentials(upstream: &Upstream, own: &CallersOwn) -> Result<Vec<Presented>, CredentialError> {
    if upstream.credential.caller() {
        return Ok(own.of_dialect(upstream.dialect));
    }
    Ok(upstream.credential.current().await?.into_iter().collect())
}

struct Context<'a> {
    core: &'a Core,
    asked: &'a Asked,
    upstream: &'a Upstream,
    untouched: bool,
    ours: Vec<String>,
    opening: Opening,
    stale: bool,
}

/// Content, and what of the answer was left out or changed so far.
type Found = (Content, Vec<Note>);

impl Context<'_> {
    async fn stream(&self, response: Received, limit: Instant) -> Result<Found, Missed> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let relay = Relay::new(self.upstream.dialect, self.asked.dialect, self.asked.framing, self.opening.clone());
        match gate::open(response, relay, limit).await {
            Ok(opened) => Ok((Content::Stream(Box::new(opened)), Vec::new())),
            Err(Shut::Error(error)) => Err(self.judged(status, &headers, &error, None)),
            Err(Shut::Malformed(what)) => Err(self.broken(status, format!("not an answer of its dialect: {what}"))),
            Err(Shut::Ended) => Err(self.broken(status, "the stream ended before any content".to_owned())),
            Err(Shut::Broken(error)) => {
                let (outcome, detail) = error.read();
                Err(Missed { begun: true, ..self.missed(outcome, Some(status), detail) })
            }
            Err(Shut::TimedOut) => Err(self.timed_out(Some(status))),
        }
    }

    async fn body(&self, response: Received, limit: Instant) -> Result<Bytes, Missed> {
        let status = response.status().as_u16();
        match read_whole(response, limit, ANSWER_LIMIT).await {
            Ok(body) => Ok(body),
            Err(ReadFault::TimedOut) => Err(self.timed_out(Some(status))),
            Err(ReadFault::TooLarge) => Err(self.broken(status, "the answer is larger than 64 MiB".to_owned())),
            Err(ReadFault::Broken(error)) => {
                let (outcome, detail) = error.read();
                Err(Missed { begun: true, ..self.missed(outcome, Some(status), detail) })
            }
        }
    }

    /// A whole answer. `stream`: the upstream was asked for a stream.
    async fn whole(&self, response: Received, stream: bool, limit: Instant) -> Result<Found, Missed> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = self.body(response, limit).await?;
        let (dialect, client) = (self.upstream.dialect, self.asked.dialect);
        let answer = read_answer(dialect, &body).and_then(|glance| {
            let converted = if stream {
                // An error envelope would have been told; what else is JSON is nothing that a stream's client could read.
                Err(AnswerFault::Malformed("a whole answer came where a stream was asked for".to_owned()))
            } else if self.asked.stream {
                stream_answer(dialect, client, self.asked.framing, &body, &self.opening)
            } else if dialect == client {
                let AnswerGlance { usage, model, kept, .. } = glance;
                return Ok((Content::Whole { body, usage, model, kept }, Vec::new()));
            } else {
                convert_answer(dialect, client, &body, &self.opening)
            }?;
            let body = Bytes::from(converted.body);
            let AnswerGlance { usage, model, kept, .. } = glance;
            Ok((Content::Whole { body, usage, model, kept }, converted.notes))
        });
        answer.map_err(|fault| match fault {
            AnswerFault::Error(error) => self.judged(status, &headers, &error, None),
            AnswerFault::Malformed(what) => self.broken(status, format!("not an answer of its dialect: {what}")),
            AnswerFault::Empty => self.broken(status, "an answer with neither content nor a stop reason".to_owned()),
        })
    }

    /// Vectors, in the provider's own shape.
    async fn vectors(&self, response: Received, limit: Instant) -> Result<Found, Missed> {
        #[derive(serde::Deserialize)]
        struct Counts {
            prompt_tokens: Option<u64>,
        }
        #[derive(serde::Deserialize)]
        struct Vectors {
            error: Option<serde::de::IgnoredAny>,
            usage: Option<Counts>,
            model: Option<String>,
        }
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = self.body(response, limit).await?;
        match serde_json::from_slice::<Vectors>(&body) {
            Err(_) => Err(self.broken(status, "not an answer of its dialect".to_owned())),
            Ok(Vectors { error: Some(_), .. }) => Err(self.judged(status, &headers, &read_error(&body), None)),
            Ok(Vectors { usage, model, .. }) => {
                let input = usage.and_then(|usage| usage.prompt_tokens);
                let usage = Usage { input, ..Usage::default() };
                Ok((Content::Whole { body, usage, model, kept: Vec::new() }, Vec::new()))
            }
        }
    }

    async fn refused(&self, response: Received, limit: Instant) -> Missed {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // An error whose body doesn't arrive is judged by its status and headers.
        let limit = limit.min(Instant::now() + ERROR_PATIENCE);
        let body = read_whole(response, limit, ERROR_LIMIT).await.unwrap_or_default();
        let error = read_error(&body);
        let body = Bytes::from(self.core.clean_bytes(body.into(), &self.asked.own));
        let verbatim = Verbatim { content_type: headers.get(CONTENT_TYPE).cloned(), body };
        Missed { begun: false, ..self.judged(status, &headers, &error, Some(verbatim)) }
    }

    fn judged(&self, status: u16, headers: &HeaderMap, error: &ErrorBody, verbatim: Option<Verbatim>) -> Missed {
        let outcome = classify(&Refusal {
            status,
            headers: &|name| headers.get(name).and_then(|value| value.to_str().ok()),
            error,
            dialect: self.upstream.dialect,
            provider: &self.upstream.provider,
            untouched: self.untouched,
            ours: &self.ours,
            now: self.core.clock.now(),
        });
        let lacks_state = self.lacks_state(status, error);
        // What is not there is no fault of the member, whatever its status means otherwise.
        let outcome = if lacks_state { Outcome::CallerFault } else { outcome };
        Missed { begun: true, verbatim, lacks_state, ..self.missed(outcome, Some(status), error.message.clone()) }
    }

    /// Whether an error says that the state which the request refers to is not there.
    fn lacks_state(&self, status: u16, error: &ErrorBody) -> bool {
        let asked = &self.asked.glance.state_ids;
        if asked.is_empty() || ![400, 403, 404].contains(&status) {
            return false;
        }
        const ABSENT: [&str; 7] =
            ["not found", "not_found", "not exist", "no such", "doesn't exist", "could not find", "expired"];
        let said = format!(
            "{} {} {}",
            error.message,
            error.code.as_deref().unwrap_or_default(),
            error.kind.as_deref().unwrap_or_default()
        );
        let said = said.to_ascii_lowercase();
        let of_model = said.contains("model") && !asked.iter().any(|id| said.contains(&id.to_ascii_lowercase()));
        !of_model && ABSENT.iter().any(|word| said.contains(word))
    }

    fn broken(&self, status: u16, detail: String) -> Missed {
        Missed { begun: true, ..self.missed(Outcome::ServerError { until: None }, Some(status), detail) }
    }

    fn timed_out(&self, status: Option<u16>) -> Missed {
        let detail = "no content within the time limit".to_owned();
        Missed { begun: true, ..self.missed(Outcome::TimedOut(Stage::FirstContent), status, detail) }
    }

    fn missed(&self, outcome: Outcome, status: Option<u16>, detail: String) -> Missed {
        Missed {
            outcome,
            status,
            detail,
            verbatim: None,
            untouched: self.untouched,
            ours: self.ours.clone(),
            begun: false,
            lacks_state: false,
            lost: None,
            stale: self.stale,
        }
    }
}

#[derive(Debug)]
enum ReadFault {
    TimedOut,
    TooLarge,
    Broken(BodyError),
}

async fn read_whole(mut response: Received, limit: Instant, most: usize) -> Result<Bytes, ReadFault> {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(chunk) =
        timeout_at(limit, response.chunk()).await.map_err(|_| ReadFault::TimedOut)?.map_err(ReadFault::Broken)?
    {
        if first.len() + joined.len() + chunk.len() > most {
            return Err(ReadFault::TooLarge);
        }
        if first.is_empty() && joined.is_empty() {
            first = chunk;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut first));
            joined.extend_from_slice(&chunk);
        }
    }
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"))
}

/// Whether the same dialect error body may go to the client as it came.
pub(crate) fn same_dialect(asked: &Asked, upstream: &Upstream) -> bool {
    asked.dialect == upstream.dialect
}
