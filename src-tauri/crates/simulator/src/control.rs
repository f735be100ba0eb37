//! `/_control`: faults and observations over HTTP, on each provider's own port.
//!
//! It takes no orders from web pages: the `Host` must be loopback with this port (a rebound DNS name isn't), any `Origin`
//! is refused, and the token, compared in constant time, is known only to who started the simulator.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use crate::{
    answer::Answer,
    fault::Fault,
    handler::{self, Provider},
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
    let in_force = || json!({"faults": state.steps()});
    let path = parts.uri.path().strip_prefix("/_control").unwrap_or_default();
    match (&parts.method, path) {
        (&Method::GET, "/fault" | "/script") => Ok(in_force()),
        (&Method::PUT, "/fault") => {
            state.set(read(body, "invalid_fault").await?);
            Ok(in_force())
        }
        (&Method::PUT, "/script") => {
            state.script(read::<Vec<Fault>>(body, "invalid_fault").await?);
            Ok(in_force())
        }
        (&Method::DELETE, "/fault" | "/script") => {
            state.clear();
            Ok(in_force())
        }
        (&Method::GET, "/play") => Ok(json!({"play": state.play().as_deref()})),
        (&Method::PUT, "/play") => {
            state.act(Some(read(body, "invalid_play").await?));
            Ok(json!({"play": state.play().as_deref()}))
        }
        (&Method::DELETE, "/play") => {
            state.act(None);
            Ok(json!({"play": null}))
        }
        (&Method::GET, "/seen") => Ok(json!({"seen": state.seen()})),
        (&Method::DELETE, "/seen") => {
            state.forget();
            Ok(json!({"seen": []}))
        }
        (&Method::GET, "/state") => Ok(json!({
            "name": state.practice.name,
            "speaks": state.practice.speaks.as_str(),
            "model": state.practice.model,
            "refuses": state.practice.refuses,
            "count": state.count(),
            "in_flight": state.in_flight(),
            "disconnects": state.disconnects(),
            "faults": state.steps(),
            "play": state.play().as_deref(),
        })),
        (_, "/fault" | "/script" | "/play" | "/seen" | "/state") => {
            let message = format!("{} is not possible here", parts.method);
            Err(Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message))
        }
        _ => {
            let message = "the control API has /_control/fault, /script, /play, /seen and /state";
            Err(Refused::new(StatusCode::NOT_FOUND, "not_found", message))
        }
    }
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
