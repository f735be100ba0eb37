//! What goes to an upstream and what of its headers comes back: never a client's credential but by the scheme `caller`, never
//! a cookie.

use crate::routing::{Presented, Upstream};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use mainstay_dialects::{Back, Dialect, Note, PrepareError, Prepared, Terms, with_model};

/// Features of the API that are asked for: a list.
const BETA: &str = "anthropic-beta";
/// Headers that a client of the same dialect may send on: they say how to read the body, never who calls.
const FORWARDED: [HeaderName; 3] = [
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("openai-beta"),
];

/// The body of a request for vectors: the client's own, for a member of its own dialect. Gemini has its model in the URL, and
/// where a batch names it again it has to be the same.
pub(crate) fn embedding_body(client: Dialect, body: &[u8], model: &str) -> Result<Prepared, PrepareError> {
    let body = if client == Dialect::Gemini { body.to_vec() } else { with_model(body, model)? };
    Ok(Prepared { body, notes: Vec::new(), untouched: true, ours: Vec::new(), back: Back::default() })
}

/// What goes with a request: the member's own headers, what a client of the same dialect says of its body, the credential.
pub(crate) fn request_headers(
    upstream: &Upstream,
    same_dialect: Option<&HeaderMap>,
    stream: bool,
    credentials: Vec<Presented>,
) -> HeaderMap {
    let mut headers = upstream.headers.clone();
    if let Some(clients) = same_dialect {
        for name in &FORWARDED {
            if let Some(value) = clients.get(name) {
                let both = headers.get(name).filter(|_| name == BETA).and_then(|own| joined(value, own));
                headers.insert(name, both.unwrap_or_else(|| value.clone()));
            }
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static(if stream { "text/event-stream" } else { "application/json" }));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for credential in credentials {
        headers.insert(credential.header, credential.value);
    }
    headers
}

/// A list that both have a part of: the client's, then what the member adds (a login's own, such as `oauth-2025-04-20`).
fn joined(clients: &HeaderValue, own: &HeaderValue) -> Option<HeaderValue> {
    let (clients, own) = (clients.to_str().ok()?, own.to_str().ok()?);
    let listed: Vec<&str> = clients.split(',').map(str::trim).collect();
    let missing = own.split(',').map(str::trim).filter(|item| !listed.contains(item));
    HeaderValue::from_str(&std::iter::once(clients).chain(missing).collect::<Vec<_>>().join(",")).ok()
}

/// Which of the upstream's headers the client gets: those that say what a request was and what is left of a limit.
pub(crate) fn response_headers(headers: &HeaderMap, same: bool) -> HeaderMap {
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
pub(crate) fn untaken(headers: &HeaderMap, terms: &mut Terms) -> Vec<Note> {
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
    fn a_login_adds_its_beta_to_the_clients() {
        let of = |text: &str| HeaderValue::from_str(text).unwrap();
        assert_eq!(joined(&of("a, b"), &of("oauth-1")).unwrap(), "a, b,oauth-1");
        assert_eq!(joined(&of("a,oauth-1"), &of("oauth-1")).unwrap(), "a,oauth-1");
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
