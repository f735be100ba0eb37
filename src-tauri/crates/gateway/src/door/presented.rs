//! The token that a request brings, in whichever of its forms.

use http::{HeaderMap, HeaderName, Uri, header};
use percent_encoding::percent_decode_str;

/// The header that carries the token best: it leaves the client's own credential headers alone.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-mainstay-token");

/// A request's path without a token prefix, and the token that it brings.
pub(crate) struct Presented<'a> {
    pub(crate) path: &'a str,
    pub(super) token: Option<String>,
    /// The token came where no client has a credential: what stands in the credential headers is the caller's own.
    pub(super) apart: bool,
}

/// Reads the token in the order: `x-mainstay-token`, path prefix `/t/TOKEN`, `Authorization: Bearer`, `x-api-key`,
/// `x-goog-api-key`, `?key=`.
pub(crate) fn presented<'a>(uri: &'a Uri, headers: &HeaderMap) -> Presented<'a> {
    let (path, prefix) = match uri.path().strip_prefix("/t/") {
        Some(rest) => match rest.find('/') {
            Some(end) => (&rest[end..], Some(&rest[..end])),
            None => ("/", Some(rest)),
        },
        None => (uri.path(), None),
    };
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bearer = || {
        let value = header(header::AUTHORIZATION)?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    };
    let query = || {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(name, _)| name == "key").map(|(_, value)| value.into_owned())
    };
    let apart =
        header(TOKEN_HEADER).or_else(|| prefix.map(|token| percent_decode_str(token).decode_utf8_lossy().into_owned()));
    let is_apart = apart.is_some();
    let token = apart
        .or_else(bearer)
        .or_else(|| header(HeaderName::from_static("x-api-key")))
        .or_else(|| header(HeaderName::from_static("x-goog-api-key")))
        .or_else(query);
    Presented { path, token, apart: is_apart }
}
