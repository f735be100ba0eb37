//! A provider's error body, whatever its shape.

use std::borrow::Cow;

use crate::json::{Kind, View};

/// The most characters that a message keeps.
const MESSAGE: usize = 2000;
/// The most characters that any other text keeps, and the most entries that a list does.
const NAME: usize = 200;
const LIST: usize = 32;

/// What a provider's error says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The error's type, or a Gemini status such as `RESOURCE_EXHAUSTED`.
    pub kind: Option<String>,
    /// The error's code; a number is given as its digits.
    pub code: Option<String>,
    /// An HTTP status inside the body.
    pub status: Option<u16>,
    /// What it says, at most 2000 characters.
    pub message: String,
    /// The parameter that it complains about.
    pub param: Option<String>,
    /// How long to wait, in milliseconds: Gemini's `RetryInfo`, the Codex backend's `resets_in_seconds`, `retry_after`.
    pub retry_after_ms: Option<u64>,
    /// When the limit ends, in milliseconds since 1970: the Codex backend's `resets_at`.
    pub resets_at_ms: Option<u64>,
    /// Headers about limits that stand in the body, by their lowercase names: OpenRouter passes on what a free model's
    /// limit says, the Codex backend tells within a stream what would be headers of an answer.
    pub headers: Vec<(String, String)>,
    /// Gemini's names of the quotas that were exceeded.
    pub quota_ids: Vec<String>,
    /// Gemini's `ErrorInfo` reasons, such as `API_KEY_INVALID`.
    pub reasons: Vec<String>,
}

/// Reads an error body. Never fails: what has no known shape becomes the message.
pub fn read_error(body: &[u8]) -> ErrorBody {
    match View::parse(body) {
        Ok(root) => of_view(root),
        Err(_) => ErrorBody { message: plain(&String::from_utf8_lossy(body)), ..ErrorBody::default() },
    }
}

/// Reads an error that is JSON.
pub(crate) fn of_view(root: View<'_>) -> ErrorBody {
    // Gemini's streaming endpoint gives an array of one.
    let root = root.items().next().unwrap_or(root);
    let mut error = ErrorBody::default();
    // The places where the error proper can be, outermost last: what is further in says more.
    let first = |key| root.get(key).and_then(|list: View<'_>| list.items().next());
    let places = [root.get("error"), root.get("detail"), first("detail"), first("errors")];
    for place in places.into_iter().flatten().chain([root]).filter(|place| place.kind() == Kind::Object) {
        error.take(place);
    }
    if error.message.is_empty() {
        error.message = bare_message(root);
    }
    error
}

/// A message that isn't in an object: `{"error":"text"}`, `{"detail":"text"}`, FastAPI's `{"detail":[{"msg":…}]}`, or
/// the body itself.
fn bare_message(root: View<'_>) -> String {
    let text = ["error", "detail", "errors"].into_iter().filter_map(|key| root.get(key)).find_map(|value| {
        let listed = || value.items().find_map(|item| item.str().or_else(|| item.get_str("msg")));
        value.str().or_else(listed).filter(|text| !text.is_empty())
    });
    let text = text.or_else(|| root.str()).unwrap_or(Cow::Borrowed(root.raw()));
    shorten(&text, MESSAGE)
}

impl ErrorBody {
    /// Takes from an object what is not known yet.
    fn take(&mut self, place: View<'_>) {
        let name = |key| place.get_str(key).filter(|text| !text.is_empty()).map(|text| shorten(&text, NAME));
        // "error" only says that it is one.
        let kind = || name("type").filter(|kind| kind != "error").or_else(|| name("status"));
        self.kind = self.kind.take().or_else(kind);
        let number = place.get("code").filter(|code| code.kind() == Kind::Number);
        let code = || name("code").or_else(|| number.map(|code| shorten(code.raw(), NAME)));
        // OAuth has its code where others have the message.
        let oauth = || place.get("error_description").and_then(|_| name("error"));
        self.code = self.code.take().or_else(code).or_else(oauth);
        let statuses = [place.get("code"), place.get("status"), place.get("status_code"), place.get("statusCode")];
        let status = statuses.into_iter().flatten().find_map(|status| {
            let status = status.u64().or_else(|| status.str()?.parse().ok())?;
            u16::try_from(status).ok().filter(|status| (100..600).contains(status))
        });
        self.status = self.status.or(status);
        self.param = self.param.take().or_else(|| name("param")).or_else(|| place.get("loc").and_then(path));
        if self.message.is_empty() {
            let keys = ["message", "error_description", "msg", "error_message"];
            let message = keys.into_iter().find_map(|key| place.get_str(key).filter(|text| !text.is_empty()));
            self.message = message.map(|text| shorten(&text, MESSAGE)).unwrap_or_default();
        }
        let metadata = place.get("metadata");
        for place in [Some(place), metadata].into_iter().flatten() {
            self.take_waits(place);
        }
        if let Some(raw) = metadata.and_then(|metadata| metadata.get("raw")) {
            self.take_raw(raw);
        }
        for detail in place.get("details").into_iter().flat_map(View::items) {
            self.take_detail(detail);
        }
    }

    /// Waits, resets and headers about limits.
    fn take_waits(&mut self, place: View<'_>) {
        let seconds = ["resets_in_seconds", "retry_after", "retry_after_seconds"];
        let wait = seconds.into_iter().find_map(|key| whole_ms(place.get(key)?.f64()?));
        self.retry_after_ms = self.retry_after_ms.or(wait);
        self.resets_at_ms = self.resets_at_ms.or_else(|| whole_ms(place.get("resets_at")?.f64()?));
        if !self.headers.is_empty() {
            return;
        }
        for entry in place.get("headers").into_iter().flat_map(View::entries) {
            let name = entry.key().to_ascii_lowercase();
            let is_limit = ["retry-after", "x-ratelimit-", "x-codex-", "anthropic-ratelimit-"];
            if is_limit.iter().any(|prefix| name.starts_with(prefix)) && self.headers.len() < LIST {
                let value = entry.value.str().unwrap_or(Cow::Borrowed(entry.value.raw()));
                self.headers.push((shorten(&name, NAME), shorten(&value, NAME)));
            }
        }
    }

    /// OpenRouter's `metadata.raw` is what the provider behind it said: an error body within a string, or text.
    fn take_raw(&mut self, raw: View<'_>) {
        let text = raw.str().unwrap_or(Cow::Borrowed(raw.raw()));
        let said = match View::parse(text.as_bytes()) {
            Ok(inner) if inner.kind() == Kind::Object => {
                let inner = inner.get("error").filter(|inner| inner.kind() == Kind::Object).unwrap_or(inner);
                let name = |key| inner.get_str(key).filter(|text| !text.is_empty()).map(|text| shorten(&text, NAME));
                self.kind = self.kind.take().or_else(|| name("type").filter(|kind| kind != "error"));
                self.param = self.param.take().or_else(|| name("param"));
                inner.get_str("message").map_or_else(|| bare_message(inner), |text| shorten(&text, MESSAGE))
            }
            _ => plain(&text),
        };
        if !said.is_empty() && !self.message.contains(&said) {
            let both = if self.message.is_empty() { said } else { format!("{}: {said}", self.message) };
            self.message = shorten(&both, MESSAGE);
        }
    }

    /// A Google API detail (google.rpc).
    fn take_detail(&mut self, detail: View<'_>) {
        let kind = detail.get_str("@type").unwrap_or_default();
        if kind.ends_with("RetryInfo") {
            let delay = detail.get("retryDelay").and_then(duration_ms);
            self.retry_after_ms = self.retry_after_ms.or(delay);
        } else if kind.ends_with("QuotaFailure") {
            let ids = detail.get("violations").into_iter().flat_map(View::items).filter_map(|v| v.get_str("quotaId"));
            self.quota_ids.extend(ids.map(|id| shorten(&id, NAME)));
            self.quota_ids.truncate(LIST);
        } else if kind.ends_with("ErrorInfo") {
            self.reasons.extend(detail.get_str("reason").map(|reason| shorten(&reason, NAME)));
            self.reasons.truncate(LIST);
        }
    }
}

/// Where in the body FastAPI found the fault: `["body","seed"]`.
fn path(loc: View<'_>) -> Option<String> {
    let parts: Vec<_> = loc.items().take(LIST).map(|part| part.str().unwrap_or(Cow::Borrowed(part.raw()))).collect();
    (!parts.is_empty()).then(|| shorten(&parts.join("."), NAME))
}

/// A google.protobuf.Duration: `"34.4s"` in JSON, an object of seconds and nanos where a proxy has written it out.
fn duration_ms(duration: View<'_>) -> Option<u64> {
    let seconds = match duration.str() {
        Some(text) => text.strip_suffix('s')?.parse::<f64>().ok()?,
        None => {
            let part = |key| duration.get(key).and_then(|part| part.f64().or_else(|| part.str()?.parse().ok()));
            part("seconds")? + part("nanos").unwrap_or(0.0) / 1e9
        }
    };
    whole_ms(seconds)
}

fn whole_ms(seconds: f64) -> Option<u64> {
    let ms = (seconds * 1000.0).ceil();
    (ms.is_finite() && ms >= 0.0).then_some(ms as u64)
}

/// Text that isn't JSON. Of a page, its title.
fn plain(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if !text.starts_with('<') {
        return shorten(text, MESSAGE);
    }
    // Byte for byte, so that the places hold in the text itself.
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|tag| Some(tag + lower[tag..].find('>')? + 1)).and_then(|start| {
        let length = lower[start..].find("</title")?;
        Some(text[start..start + length].split_whitespace().collect::<Vec<_>>().join(" "))
    });
    match title.filter(|title| !title.is_empty()) {
        Some(title) => shorten(&format!("an HTML page: {title}"), MESSAGE),
        None => "an HTML page".to_owned(),
    }
}

fn shorten(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
