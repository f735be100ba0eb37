//! One call of one upstream, up to its commit.

use crate::core::Core;
use crate::endpoint::{Endpoint, address};
use crate::exchange::{Asked, Purpose};
use crate::failure::Verbatim;
use crate::gate::{self, Opened, Shut};
use crate::held::off_path;
use crate::outbound::read_failure;
use crate::routing::{CredentialError, Presented, Upstream};
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use mainstay_balancer::{Outcome, Refusal, Stage, classify, limits};
use mainstay_dialects::{
    AnswerFault, Back, Dialect, ErrorBody, Note, Opening, PrepareError, Prepared, Relay, Terms, Usage, convert_answer,
    prepare, read_answer, read_error, stream_answer, with_model,
};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The largest whole answer (failover §3.1).
const ANSWER_LIMIT: usize = 64 << 20;
/// The most of an error body that is read.
const ERROR_LIMIT: usize = 256 << 10;

/// How long an error's body is waited for: its status says enough to move on.
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// Headers that a client of the same dialect may send on: they say how to read the body, never who calls.
const FORWARDED: [HeaderName; 3] = [
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("openai-beta"),
];

/// An attempt that commits.
pub(crate) struct Reply {
    pub(crate) content: Content,
    /// Upstream headers for the client.
    pub(crate) headers: HeaderMap,
    pub(crate) status: u16,
    pub(crate) notes: Vec<Note>,
    pub(crate) first_content: Instant,
}

/// What it brings.
pub(crate) enum Content {
    Stream(Box<Opened>),
    Whole { body: Bytes, usage: Usage, model: Option<String> },
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
}

/// A member that could not be called at all.
pub(crate) enum Uncallable {
    Credential(CredentialError),
    Body(String),
}

/// Calls an upstream, without the parameters that it refused of this request. `limit` is the latest instant for its first content.
pub(crate) async fn call(
    core: &Core,
    asked: &Asked,
    upstream: &Upstream,
    dropped: &[String],
    limit: Instant,
) -> Result<Result<Reply, Missed>, Uncallable> {
    let credential = upstream.credential.current().await.map_err(Uncallable::Credential)?;
    let mut terms = upstream.terms_for(asked.named_model.as_deref()).clone();
    terms.refused.extend(core.balancer().refused(&upstream.key));
    terms.refused.extend_from_slice(dropped);
    let same = asked.dialect == upstream.dialect;
    let too_new = if same { untaken(&asked.headers, &mut terms) } else { Vec::new() };
    let (client, target, body) = (asked.dialect, upstream.dialect, asked.body.clone());
    let (purpose, stream) = (asked.purpose, asked.stream && upstream.streaming);
    let (model, maker) = (terms.model.clone(), terms.maker.clone());
    let prepared = off_path(body.len(), move || match purpose {
        Purpose::Generate => prepare(client, target, &body, stream, &terms),
        Purpose::Embed(_) => embedding_body(client, &body, &terms.model),
    })
    .await;
    let mut prepared = prepared.map_err(|error| Uncallable::Body(error.to_string()))?;
    prepared.notes.extend(too_new);

    let endpoint = match purpose {
        Purpose::Generate => Endpoint::Generate { stream, beta: same && asked.beta },
        Purpose::Embed(method) => Endpoint::Embed(method),
    };
    let url = address(upstream, &model, endpoint);
    let headers = request_headers(upstream, same.then_some(&asked.headers), stream, credential);
    let Prepared { body, notes, untouched, ours, back } = prepared;
    let opening = Opening {
        id: asked.id.clone(),
        model,
        created_s: asked.started_wall / 1000,
        include_usage: asked.include_usage,
        maker,
        back,
    };
    let context = Context { core, asked, upstream, untouched, ours, opening };
    let sent = core.outbound.client(&url, &upstream.way).post(url).headers(headers).body(body).send();
    let response = match timeout_at(limit, sent).await {
        Err(_) => return Ok(Err(context.timed_out(None))),
        Ok(Err(error)) => {
            let (outcome, detail) = core.outbound.read_failure(&error, &upstream.way);
            let begun = !error.is_connect();
            return Ok(Err(Missed { begun, ..context.missed(outcome, None, detail) }));
        }
        Ok(Ok(response)) => response,
    };
    if let Some((outcome, detail)) = core.outbound.read_refusal(&response, &upstream.way) {
        return Ok(Err(context.missed(outcome, None, detail)));
    }
    let found = limits(&|name| response.headers().get(name)?.to_str().ok(), core.clock.now());
    core.balancer().note_limits(&upstream.key, found, core.clock.now());

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
    }))
}

/// The body of a request for vectors: the client's own, for a member of its own dialect. Gemini has its model in the URL, and
/// where a batch names it again it has to be the same.
fn embedding_body(client: Dialect, body: &[u8], model: &str) -> Result<Prepared, PrepareError> {
    let body = if client == Dialect::Gemini { body.to_vec() } else { with_model(body, model)? };
    Ok(Prepared { body, notes: Vec::new(), untouched: true, ours: Vec::new(), back: Back::default() })
}

/// What goes with a request: the member's own headers, what a client of the same dialect says of its body, the credential.
pub(crate) fn request_headers(
    upstream: &Upstream,
    same_dialect: Option<&HeaderMap>,
    stream: bool,
    credential: Option<Presented>,
) -> HeaderMap {
    let mut headers = upstream.headers.clone();
    if let Some(clients) = same_dialect {
        for name in &FORWARDED {
            if let Some(value) = clients.get(name) {
                headers.insert(name, value.clone());
            }
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static(if stream { "text/event-stream" } else { "application/json" }));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(credential) = credential {
        headers.insert(credential.header, credential.value);
    }
    headers
}

struct Context<'a> {
    core: &'a Core,
    asked: &'a Asked,
    upstream: &'a Upstream,
    untouched: bool,
    ours: Vec<String>,
    opening: Opening,
}

/// Content, and what of the answer was left out or changed so far.
type Found = (Content, Vec<Note>);

impl Context<'_> {
    async fn stream(&self, response: reqwest::Response, limit: Instant) -> Result<Found, Missed> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let relay = Relay::new(self.upstream.dialect, self.asked.dialect, self.asked.framing, self.opening.clone());
        match gate::open(response, relay, limit).await {
            Ok(opened) => Ok((Content::Stream(Box::new(opened)), Vec::new())),
            Err(Shut::Error(error)) => Err(self.judged(status, &headers, &error, None)),
            Err(Shut::Malformed(what)) => Err(self.broken(status, format!("not an answer of its dialect: {what}"))),
            Err(Shut::Ended) => Err(self.broken(status, "the stream ended before any content".to_owned())),
            Err(Shut::Broken(error)) => {
                let (outcome, detail) = read_failure(&error);
                Err(Missed { begun: true, ..self.missed(outcome, Some(status), detail) })
            }
            Err(Shut::TimedOut) => Err(self.timed_out(Some(status))),
        }
    }

    async fn body(&self, response: reqwest::Response, limit: Instant) -> Result<Bytes, Missed> {
        let status = response.status().as_u16();
        match read_whole(response, limit, ANSWER_LIMIT).await {
            Ok(body) => Ok(body),
            Err(ReadFault::TimedOut) => Err(self.timed_out(Some(status))),
            Err(ReadFault::TooLarge) => Err(self.broken(status, "the answer is larger than 64 MiB".to_owned())),
            Err(ReadFault::Broken(error)) => {
                let (outcome, detail) = read_failure(&error);
                Err(Missed { begun: true, ..self.missed(outcome, Some(status), detail) })
            }
        }
    }

    /// A whole answer. `stream`: the upstream was asked for a stream.
    async fn whole(&self, response: reqwest::Response, stream: bool, limit: Instant) -> Result<Found, Missed> {
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
                return Ok((Content::Whole { body, usage: glance.usage, model: glance.model }, Vec::new()));
            } else {
                convert_answer(dialect, client, &body, &self.opening)
            }?;
            let body = Bytes::from(converted.body);
            Ok((Content::Whole { body, usage: glance.usage, model: glance.model }, converted.notes))
        });
        answer.map_err(|fault| match fault {
            AnswerFault::Error(error) => self.judged(status, &headers, &error, None),
            AnswerFault::Malformed(what) => self.broken(status, format!("not an answer of its dialect: {what}")),
            AnswerFault::Empty => self.broken(status, "an answer with neither content nor a stop reason".to_owned()),
        })
    }

    /// Vectors, in the provider's own shape.
    async fn vectors(&self, response: reqwest::Response, limit: Instant) -> Result<Found, Missed> {
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
                Ok((Content::Whole { body, usage: Usage { input, ..Usage::default() }, model }, Vec::new()))
            }
        }
    }

    async fn refused(&self, response: reqwest::Response, limit: Instant) -> Missed {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // An error whose body doesn't arrive is judged by its status and headers.
        let limit = limit.min(Instant::now() + ERROR_PATIENCE);
        let body = read_whole(response, limit, ERROR_LIMIT).await.unwrap_or_default();
        let error = read_error(&body);
        let body = Bytes::from(self.core.clean_bytes(body.into()));
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
        Missed { begun: true, verbatim, ..self.missed(outcome, Some(status), error.message.clone()) }
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
        }
    }
}

#[derive(Debug)]
enum ReadFault {
    TimedOut,
    TooLarge,
    Broken(reqwest::Error),
}

async fn read_whole(mut response: reqwest::Response, limit: Instant, most: usize) -> Result<Bytes, ReadFault> {
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

/// Which of the upstream's headers the client gets: those that say what a request was and what is left of a limit.
fn response_headers(headers: &HeaderMap, same: bool) -> HeaderMap {
    let wanted = |name: &str| {
        name == "x-mainstay-simulated"
            || (same
                && (["request-id", "x-request-id", "retry-after"].contains(&name)
                    || ["anthropic-", "openai-", "x-ratelimit-"].iter().any(|prefix| name.starts_with(prefix))))
    };
    headers.iter().filter(|(name, _)| wanted(name.as_str())).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Anthropic's API of 2026-10-21 refuses sampling parameters at any value; before it they are taken. The client's version
/// goes on as it is, so what only the profile would add is left out.
fn untaken(headers: &HeaderMap, terms: &mut Terms) -> Vec<Note> {
    const SINCE: &str = "2026-10-21";
    const SAMPLING: [&str; 3] = ["temperature", "top_p", "top_k"];
    let version = headers.get(&FORWARDED[0]).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // ISO dates compare as text.
    if version < SINCE {
        return Vec::new();
    }
    let left_out = terms.params.extract_if(.., |param| SAMPLING.contains(&param.name.as_str()));
    left_out
        .map(|param| Note {
            code: "refused",
            field: param.name,
            detail: format!("the API version {version} takes none"),
        })
        .collect()
}

/// Whether the same dialect error body may go to the client as it came.
pub(crate) fn same_dialect(asked: &Asked, upstream: &Upstream) -> bool {
    asked.dialect == upstream.dialect
}

/// Whether an OpenAI client asked for a usage chunk: only then does a translated stream hold one.
pub(crate) fn asks_usage(dialect: Dialect, body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Options {
        #[serde(default)]
        include_usage: bool,
    }
    #[derive(serde::Deserialize)]
    struct Request {
        stream_options: Option<Options>,
    }
    dialect == Dialect::OpenaiChat
        && serde_json::from_slice::<Request>(body)
            .is_ok_and(|request| request.stream_options.is_some_and(|options| options.include_usage))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay_dialects::Param;

    #[test]
    fn sampling_parameters_of_the_profile_are_left_out_where_the_clients_api_version_takes_none() {
        for (version, left) in [("2023-06-01", 2), ("2026-10-21", 1), ("2027-01-01", 1), ("", 2)] {
            let param = |name: &str| Param { name: name.to_owned(), value: serde_json::json!(1), always: true };
            let mut terms = Terms { params: vec![param("temperature"), param("max_tokens")], ..Terms::default() };
            let headers = [(FORWARDED[0].clone(), HeaderValue::from_str(version).unwrap())].into_iter().collect();
            let notes = untaken(&headers, &mut terms);
            assert_eq!((terms.params.len(), notes.len()), (left, 2 - left), "{version}");
        }
    }

    #[test]
    fn the_client_gets_what_a_header_says_of_the_request_and_never_a_cookie() {
        let names =
            ["request-id", "anthropic-ratelimit-requests-remaining", "set-cookie", "server", "x-mainstay-simulated"];
        let headers: HeaderMap =
            names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("1"))).collect();
        let kept =
            |same| response_headers(&headers, same).keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(kept(false), ["x-mainstay-simulated"]);
        assert_eq!(kept(true).len(), 3);
        assert!(!kept(true).contains(&"set-cookie".to_owned()));
    }
}
