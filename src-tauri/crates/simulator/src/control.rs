//! `/_control`: faults and observations over HTTP, on each provider's own port.
//!
//! It takes no orders from web pages: the `Host` must be loopback with this port (a rebound DNS name isn't), any `Origin`
//! is refused, and the token, compared in constant time, is known only to who started the simulator.

use std::time::Instant;

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use crate::{
    answer::Answer,
    fault::Fault,
    handler::{self, Provider},
    outage::{Outage, Strike},
    served::ServedTool,
    wire::Line,
};

/// The largest fault, script or play.
const MAX_BODY: usize = 1024 * 1024;

/// An error answer of the control API.
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

pub(crate) async fn answer(provider: &Provider, request: Request<Incoming>, line: Line) -> Response<Answer> {
    match order(provider, request).await {
        Ok(body) => handler::json(StatusCode::OK, &body, None, line),
        Err(Refused { status, code, message }) => {
            let mut response = handler::json(status, &json!({"code": code, "message": message}), None, line);
            if status == StatusCode::UNAUTHORIZED {
                let scheme = HeaderValue::from_static("Bearer realm=\"mainstay-simulator\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            }
            response
        }
    }
}

async fn order(provider: &Provider, request: Request<Incoming>) -> Result<Value, Refused> {
    let (parts, body) = request.into_parts();
    admit(&parts.headers, provider.port, &provider.control_token)?;
    let state = &provider.state;
    let path = parts.uri.path().strip_prefix("/_control").unwrap_or_default();
    if !PATHS.contains(&path) {
        let message = format!("the control API has {}", PATHS.map(|path| format!("/_control{path}")).join(", "));
        return Err(Refused::new(StatusCode::NOT_FOUND, "not_found", message));
    }
    let (get, put, delete) = (Method::GET, Method::PUT, Method::DELETE);
    let method = &parts.method;
    if *method != get && *method != delete && *method != put || (*method != get && path == "/state") {
        return Err(not_possible(method));
    }
    let setting = *method == put;
    match path {
        "/fault" if setting => state.set(read(body, "invalid_fault").await?),
        "/script" if setting => state.script(read::<Vec<Fault>>(body, "invalid_fault").await?),
        "/timeline" if setting => state.run(read(body, "invalid_timeline").await?),
        "/play" if setting => state.act(Some(read(body, "invalid_play").await?)),
        "/limits" if setting => state.limit(Some(read(body, "invalid_limits").await?)),
        "/latency" if setting => state.take_time(Some(read(body, "invalid_latency").await?)),
        "/tools" if setting => state.run_tools(read::<Tools>(body, "invalid_tools").await?.run),
        "/canary" if setting => state.leak(Some(read::<Canary>(body, "invalid_canary").await?.word)),
        "/outage" if setting => strike(provider, read(body, "invalid_outage").await?)?,
        "/seen" if setting => return Err(not_possible(method)),
        _ if *method == get => {}
        "/fault" | "/script" | "/timeline" => state.clear(),
        "/play" => state.act(None),
        "/limits" => state.limit(None),
        "/latency" => state.take_time(None),
        "/tools" => state.run_tools(Vec::new()),
        "/canary" => state.leak(None),
        "/outage" => state.outages.lift(parts.uri.query().and_then(cause).as_deref()),
        _ => state.forget(),
    }
    Ok(shown(provider, path))
}

/// What can be asked for and set.
const PATHS: [&str; 11] = [
    "/fault",
    "/script",
    "/timeline",
    "/play",
    "/limits",
    "/latency",
    "/tools",
    "/canary",
    "/outage",
    "/seen",
    "/state",
];

/// The tools that a provider runs itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tools {
    run: Vec<ServedTool>,
}

/// The word that a provider lets slip.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Canary {
    word: String,
}

fn not_possible(method: &Method) -> Refused {
    let message = format!("{method} is not possible here");
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

/// The cause in a query.
fn cause(query: &str) -> Option<String> {
    let cause = query.split('&').find_map(|pair| pair.strip_prefix("cause="))?;
    Some(percent_decode_str(cause).decode_utf8_lossy().into_owned())
}

fn strike(provider: &Provider, outage: Outage) -> Result<(), Refused> {
    let refuse = |message: String| Err(Refused::new(StatusCode::BAD_REQUEST, "invalid_outage", message));
    if outage.strike == Strike::Unreachable && outage.for_ms.is_none() {
        return refuse("an unreachable provider hears no order to come back: set `for_ms`".to_owned());
    }
    match provider.state.outages.strike(outage, Instant::now()) {
        Ok(()) => Ok(()),
        Err(stranger) => refuse(format!("there is no practice provider `{stranger}`")),
    }
}

fn shown(provider: &Provider, path: &str) -> Value {
    let state = &provider.state;
    match path {
        "/fault" | "/script" => json!({"faults": state.steps()}),
        "/timeline" => json!({"timeline": state.timeline()}),
        "/play" => json!({"play": state.play().as_deref()}),
        "/limits" => json!({"limits": state.limits()}),
        "/latency" => json!({"latency": state.latency().as_deref()}),
        "/tools" => json!({"run": state.tools(), "effects": effects(provider)}),
        "/canary" => json!({"canary": state.canary().is_some()}),
        "/outage" => json!({"outages": state.outages.all(Instant::now())}),
        "/seen" => json!({"seen": state.seen()}),
        _ => json!({
            "name": state.practice.name,
            "speaks": state.practice.speaks.as_str(),
            "model": state.practice.model,
            "refuses": state.practice.refuses,
            "count": state.count(),
            "in_flight": state.in_flight(),
            "disconnects": state.disconnects(),
            "faults": state.steps(),
            "timeline": state.timeline(),
            "outages": state.outages.all(Instant::now()),
            "play": state.play().as_deref(),
            "limits": state.limits(),
            "latency": state.latency().as_deref(),
            "tools": state.tools(),
            "effects": effects(provider),
            "canary": state.canary().is_some(),
        }),
    }
}

/// How often each tool was run.
fn effects(provider: &Provider) -> Value {
    provider.state.effects().into_iter().map(|(tool, times)| (tool.to_string(), Value::from(times))).collect()
}

async fn read<T: DeserializeOwned>(body: Incoming, wrong: &'static str) -> Result<T, Refused> {
    let bytes = Limited::new(body, MAX_BODY).collect().await.map_err(|_| {
        let message = "the body must come whole and be at most 1 MiB";
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    })?;
    serde_json::from_slice(&bytes.to_bytes())
        .map_err(|error| Refused::new(StatusCode::BAD_REQUEST, wrong, error.to_string()))
}

/// Host, then origin, then token: what a page in a browser can't get right comes first, so that it learns nothing.
fn admit(headers: &HeaderMap, port: u16, token: &str) -> Result<(), Refused> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).filter(|_| hosts.next().is_none());
    if !host.is_some_and(|host| is_ours(host, port)) {
        let message = format!("call it 127.0.0.1:{port}, localhost:{port} or [::1]:{port}");
        return Err(Refused::new(StatusCode::FORBIDDEN, "host_not_allowed", message));
    }
    let foreign_fetch =
        headers.get("sec-fetch-site").is_some_and(|site| !matches!(site.as_bytes(), b"none" | b"same-origin"));
    if headers.contains_key(header::ORIGIN) || foreign_fetch {
        let message = "the control API isn't for web pages";
        return Err(Refused::new(StatusCode::FORBIDDEN, "origin_not_allowed", message));
    }
    let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let given = given.and_then(|value| value.split_at_checked(7));
    let right = given.is_some_and(|(scheme, given)| {
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(given.ct_eq(token.as_bytes()))
    });
    if right {
        Ok(())
    } else {
        let message = "send the simulator's control token as `Authorization: Bearer TOKEN`";
        Err(Refused::new(StatusCode::UNAUTHORIZED, "control_token_required", message))
    }
}

fn is_ours(host: &str, port: u16) -> bool {
    let Some((name, given)) = host.rsplit_once(':') else { return false };
    given.parse() == Ok(port) && (matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_callers_with_the_token_and_no_origin_get_in() {
        const TOKEN: &str = "0123";
        let bearer = ("authorization", "Bearer 0123");
        let host = ("host", "127.0.0.1:4000");
        for (given, expected) in [
            (vec![host, bearer], Ok(())),
            (vec![("host", "localhost:4000"), bearer], Ok(())),
            (vec![("host", "[::1]:4000"), ("authorization", "bearer 0123")], Ok(())),
            (vec![host, bearer, ("sec-fetch-site", "none")], Ok(())),
            (vec![bearer], Err("host_not_allowed")),
            (vec![("host", "127.0.0.1"), bearer], Err("host_not_allowed")),
            (vec![("host", "127.0.0.1:4001"), bearer], Err("host_not_allowed")),
            (vec![("host", "rebound.example:4000"), bearer], Err("host_not_allowed")),
            (vec![("host", "127.0.0.1.example:4000"), bearer], Err("host_not_allowed")),
            (vec![host, host, bearer], Err("host_not_allowed")),
            (vec![host, bearer, ("origin", "http://127.0.0.1:4000")], Err("origin_not_allowed")),
            (vec![host, bearer, ("origin", "null")], Err("origin_not_allowed")),
            (vec![host, bearer, ("sec-fetch-site", "cross-site")], Err("origin_not_allowed")),
            (vec![host], Err("control_token_required")),
            (vec![host, ("authorization", "Bearer 0124")], Err("control_token_required")),
            (vec![host, ("authorization", "Bearer 012")], Err("control_token_required")),
            (vec![host, ("authorization", "Bearer ")], Err("control_token_required")),
            (vec![host, ("authorization", "Basic 0123")], Err("control_token_required")),
            (vec![host, ("authorization", "0123")], Err("control_token_required")),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &given {
                headers.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(admit(&headers, 4000, TOKEN).map_err(|refused| refused.code), expected, "{given:?}");
        }
    }
}
