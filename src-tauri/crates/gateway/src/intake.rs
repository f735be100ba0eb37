//! From a recognised request to an exchange: its body taken whole, its wishes read once, its trail begun.

use crate::answer::Body;
use crate::asked::{Asked, Purpose};
use crate::call::{Embed, Generate};
use crate::caller::CallersOwn;
use crate::conversation::conversation;
use crate::core::Core;
use crate::door::TokenName;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::heartbeat::{Client, respond};
use crate::held::{BodyFault, HeldBody, off_path};
use crate::request_id::request_id;
use crate::server::complaint;
use crate::story::Story;
use crate::trail::{Ended, Trail, tool_of};
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_ENCODING, USER_AGENT};
use http::request::Parts;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use mainstay_balancer::client_deadline;
use mainstay_dialects::{Checked, Dialect, Framing, Glance, Need, Usage};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a body that is refused is read on, so that its sender gets to see the refusal.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves a request for an answer of a model.
pub(crate) async fn generate(core: &Arc<Core>, call: Generate, parts: Parts, body: Incoming) -> Response<Body> {
    let started = Instant::now();
    let Generate { dialect, model, stream, framing } = call;
    let held = match take_body(core, dialect, &parts, body).await {
        Ok(held) => held,
        Err(refusal) => return refusal,
    };
    let bytes = held.bytes.clone();
    let looked = off_path(held.bytes.len(), move || {
        let body = Checked::new(bytes)?;
        body.glance(dialect).map(|seen| (body, seen))
    });
    let (body, mut seen) = match looked.await {
        Ok(looked) => looked,
        Err(error) => return complaint(Some(dialect), 400, "body_not_understood", &error.to_string()),
    };
    // Gemini says both in the address.
    seen.model = model.or(seen.model);
    seen.stream = stream.unwrap_or(seen.stream);
    exchange(core, Intake { started, purpose: Purpose::Generate, dialect, framing, seen, body, held }, parts).await
}

/// Serves a request for vectors.
pub(crate) async fn embed(core: &Arc<Core>, call: Embed, parts: Parts, body: Incoming) -> Response<Body> {
    #[derive(serde::Deserialize)]
    struct Named {
        model: Option<String>,
    }
    let started = Instant::now();
    let Embed { dialect, model, method } = call;
    let held = match take_body(core, dialect, &parts, body).await {
        Ok(held) => held,
        Err(refusal) => return refusal,
    };
    let read = serde_json::from_slice::<Named>(&held.bytes).ok().zip(Checked::new(held.bytes.clone()).ok());
    let Some((named, body)) = read else {
        let message = "The request body must be a JSON object, with `model` as a string if it is there.";
        return complaint(Some(dialect), 400, "body_not_understood", message);
    };
    // Each provider has its own shape for vectors, and OpenAI's two dialects share one.
    let elsewhere: &[Dialect] = if dialect == Dialect::Gemini { &[] } else { &[Dialect::OpenaiResponses] };
    let needs = vec![Need { what: "embeddings in this shape", elsewhere }];
    let seen = Glance { model: model.or(named.model), needs, ..Glance::default() };
    let purpose = Purpose::Embed(method);
    exchange(core, Intake { started, purpose, dialect, framing: Framing::Sse, seen, body, held }, parts).await
}

/// Takes a request's body whole, or says why not.
pub(crate) async fn take_body(
    core: &Core,
    dialect: Dialect,
    parts: &Parts,
    mut body: Incoming,
) -> Result<HeldBody, Response<Body>> {
    if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(complaint(Some(dialect), 415, "body_compressed", "Request bodies are taken uncompressed only."));
    }
    match core.bodies.take(&mut body).await {
        Ok(held) => Ok(held),
        Err(fault) => {
            // An answer sent while the client still writes would be lost with the connection.
            let _ = timeout(DRAIN_TIMEOUT, async { while let Some(Ok(_)) = body.frame().await {} }).await;
            let (status, code) = match fault {
                BodyFault::TooLarge => (413, "body_too_large"),
                BodyFault::NoRoom => (503, "too_busy"),
                BodyFault::Broken => (400, "body_incomplete"),
            };
            Err(complaint(Some(dialect), status, code, &fault.to_string()))
        }
    }
}

/// What the caller brought of its own, which the door has put with the request.
pub(crate) fn callers_own(parts: &Parts) -> Arc<CallersOwn> {
    parts.extensions.get::<Arc<CallersOwn>>().cloned().unwrap_or_default()
}

/// Whether a client called Anthropic's `?beta=true`.
pub(crate) fn asks_beta(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "beta=true"))
}

/// A request as far as it is known.
struct Intake {
    started: Instant,
    purpose: Purpose,
    dialect: Dialect,
    framing: Framing,
    seen: Glance,
    body: Checked<Bytes>,
    held: HeldBody,
}

async fn exchange(core: &Arc<Core>, intake: Intake, parts: Parts) -> Response<Body> {
    let Intake { started, purpose, dialect, framing, seen, body, held } = intake;
    let started_wall = core.clock.now();
    let id = request_id(started_wall);
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let token = parts.extensions.get::<TokenName>();
    let (stream, model) = (seen.stream, seen.model.clone());
    let conversation = conversation(&parts.headers, &seen);
    let story = Story::begin(
        core,
        started,
        Trail {
            id: id.clone(),
            started: started_wall,
            dialect,
            stream,
            tool: tool_of(text(USER_AGENT.as_str()), token.map(|TokenName(name)| &**name)),
            asked_model: model.clone(),
            route: None,
            candidates: Vec::new(),
            stuck: false,
            conversation: conversation.map(|known| known.key),
            skips: Vec::new(),
            attempts: Vec::new(),
            notes: Vec::new(),
            served_by: None,
            answered_model: None,
            status: 0,
            error: None,
            ended: Ended::Cancelled,
            first_content_ms: None,
            total_ms: 0,
            usage: Usage::default(),
            usage_estimated: false,
        },
    );
    let seconds = |name| text(name).and_then(|value| value.trim().parse::<f64>().ok());
    let client_timeout = seconds("x-stainless-timeout").or_else(|| seconds("x-server-timeout"));
    let client_timeout = client_timeout.filter(|s| s.is_finite() && *s > 0.0).map(|s| (s * 1000.0) as u64);
    let routing = core.routing();
    let asked = Asked {
        id: id.clone(),
        purpose,
        dialect,
        framing,
        stream,
        named_model: model.clone().filter(|name| routing.named(name).is_none()),
        body,
        _held: held,
        glance: seen,
        conversation,
        own: callers_own(&parts),
        beta: asks_beta(&parts),
        headers: parts.headers,
        started_wall,
        deadline: started + Duration::from_millis(client_deadline(client_timeout, stream)),
    };
    let client = Client { id, dialect, framing, stream };
    let core = Arc::clone(core);
    let route = routing.find(model.as_deref()).cloned();
    respond(
        client,
        Box::pin(async move {
            let Some(route) = route else { return Err(no_route(story)) };
            let mut story = story;
            story.trail().route = Some(Arc::clone(&route.name));
            Exchange::new(core, asked, route, story).run().await
        }),
    )
    .await
}

fn no_route(story: Story) -> Failure {
    story.end(|trail| {
        trail.ended = Ended::Failed;
        trail.status = 503;
        trail.error = Some("no_active_profile".to_owned());
    });
    let message =
        "No profile is active, and the request's model names none. Load a profile, or start with --profile NAME.";
    Failure { no_retry: true, ..Failure::ours(503, "no_active_profile", message) }
}
