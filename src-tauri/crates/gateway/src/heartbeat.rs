//! From an exchange to a response, with a sign of life for clients that wait.
//!
//! A streaming client that has waited 10 s gets its 200 and filler every 10 s (failover §3.2), so that its own header
//! timeout doesn't end what failover could still save.

use crate::answer::{self, Body, EVENT_STREAM, JSON, SERVED_BY};
use crate::exchange::{Answer, Committed};
use crate::failure::Failure;
use crate::flow::Flow;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use mainstay_dialects::{ClientError, Dialect, Framing, write_error_event};
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Interval, interval_at, sleep};

/// The longest silence towards a streaming client.
pub(crate) const BEAT: Duration = Duration::from_secs(10);

/// An exchange that runs.
pub(crate) type Pending = Pin<Box<dyn Future<Output = Result<Committed, Failure>> + Send>>;

/// Whom the response is for.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) dialect: Dialect,
    pub(crate) framing: Framing,
    pub(crate) stream: bool,
}

/// Waits for the exchange, or begins the response without it.
pub(crate) async fn respond(client: Client, mut pending: Pending) -> Response<Body> {
    if !client.stream {
        return finished(&client, pending.await);
    }
    tokio::select! {
        biased;
        result = &mut pending => finished(&client, result),
        () = sleep(BEAT) => begun(&client, pending),
    }
}

fn finished(client: &Client, result: Result<Committed, Failure>) -> Response<Body> {
    let mut response = match result {
        Err(failure) => {
            let mut response = answer::failure(client.dialect, &client.id, &failure);
            answer::name_request(response.headers_mut(), client.dialect, &client.id);
            return response;
        }
        Ok(Committed { status, headers, content }) => {
            let mut response = match content {
                Answer::Whole(bytes) => Response::new(answer::whole(bytes)),
                Answer::Stream(flow) => Response::new(streamed(Phase::Flowing(flow), client)),
            };
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            response.headers_mut().extend(headers);
            response
        }
    };
    response.headers_mut().insert(CONTENT_TYPE, content_type(client));
    response
}

fn begun(client: &Client, pending: Pending) -> Response<Body> {
    let mut headers = HeaderMap::new();
    answer::name_request(&mut headers, client.dialect, &client.id);
    headers.insert(SERVED_BY, HeaderValue::from_static("pending"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_TYPE, content_type(client));
    let mut response = Response::new(streamed(Phase::Waiting(pending, interval_at(Instant::now(), BEAT)), client));
    *response.headers_mut() = headers;
    response
}

fn content_type(client: &Client) -> HeaderValue {
    if client.stream && client.framing == Framing::Sse { EVENT_STREAM } else { JSON }
}

enum Phase {
    Waiting(Pending, Interval),
    Flowing(Box<Flow>),
    Over,
}

fn streamed(phase: Phase, client: &Client) -> Body {
    let (id, dialect, framing) = (client.id.clone(), client.dialect, client.framing);
    let frames = stream::unfold(phase, move |phase| {
        let id = id.clone();
        async move { next(phase, &id, dialect, framing).await }
    });
    StreamBody::new(frames.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)))).boxed_unsync()
}

async fn next(mut phase: Phase, id: &str, dialect: Dialect, framing: Framing) -> Option<(Bytes, Phase)> {
    loop {
        phase = match phase {
            Phase::Waiting(mut pending, mut beat) => {
                let result = tokio::select! {
                    biased;
                    result = &mut pending => result,
                    _ = beat.tick() => {
                        return Some((Bytes::from_static(framing.filler(dialect)), Phase::Waiting(pending, beat)));
                    }
                };
                match result {
                    Ok(Committed { content: Answer::Stream(flow), .. }) => Phase::Flowing(flow),
                    // A streaming exchange commits to a stream.
                    Ok(Committed { content: Answer::Whole(bytes), .. }) => return Some((bytes, Phase::Over)),
                    Err(failure) => {
                        let (status, code) = (failure.status, failure.code.as_str());
                        let error = ClientError { status, code, message: &failure.message, request_id: id };
                        return Some((Bytes::from(write_error_event(dialect, framing, &error)), Phase::Over));
                    }
                }
            }
            Phase::Flowing(mut flow) => {
                let bytes = flow.next().await?;
                return Some((bytes, Phase::Flowing(flow)));
            }
            Phase::Over => return None,
        };
    }
}
