//! The window's files for a browser, as the command has them built in.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use mainstay_gateway::{Body, problem};
use std::fmt;

/// Names and contents of the window's files: `index.html`, `assets/index-1a2b.js`, …
#[derive(Clone, Copy)]
pub struct WindowFiles(pub &'static [(&'static str, &'static [u8])]);

impl fmt::Debug for WindowFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WindowFiles").field(&self.0.len()).finish()
    }
}

/// What the page may do: talk to where it came from, run what came with it, and be in no frame. As in `tauri.conf.json`, but
/// for where it connects.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

impl WindowFiles {
    /// Answers a request for a file; `name` is what follows `/_mainstay/ui/`. None of them is a secret.
    pub(super) fn answer(self, method: &Method, name: &str) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            return problem(405, "method_not_allowed", "The window's files are only read.", "Use GET.");
        }
        let name = if name.is_empty() { "index.html" } else { name };
        let Some((_, content)) = self.0.iter().find(|(known, _)| *known == name) else {
            return problem(404, "not_found", "The window has no such file.", "");
        };
        let mut response = Response::new(Full::from(Bytes::from_static(content)).boxed_unsync());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
        // The names of all others change with their content.
        let lasting = name.starts_with("assets/");
        let kept = if lasting { "private, max-age=31536000, immutable" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
        for (name, value) in [
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: WindowFiles = WindowFiles(&[("index.html", b"<h1>"), ("assets/a-1.js", b"1")]);

    #[test]
    fn the_page_may_be_in_no_frame_and_only_its_own_files_are_served() {
        let page = FILES.answer(&Method::GET, "");
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(
            (&page.headers()["cache-control"], &page.headers()["x-frame-options"]),
            (&"no-store".parse::<HeaderValue>().unwrap(), &"DENY".parse().unwrap())
        );
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
        assert!(
            FILES.answer(&Method::GET, "assets/a-1.js").headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        for name in ["nothing.js", "../index.html", "assets/../index.html", "assets"] {
            assert_eq!(FILES.answer(&Method::GET, name).status(), 404, "{name}");
        }
        assert_eq!(FILES.answer(&Method::POST, "").status(), 405);
    }
}
