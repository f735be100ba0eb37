//! What differs between the protocols: routes, credentials, validation, the shapes of answers, streams and errors.

mod anthropic;
mod gemini;
mod heard;
mod limits;
mod openai;
mod responses;
mod vectors;

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{
    limits::{Beyond, Standing},
    practice::Speaks,
    reply::{Ask, Form, Reply},
    seal::Seal,
    state::Archive,
};

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A chat turn. What the path says of it: the model, and whether to stream.
    Generate { model: Option<String>, stream: Option<Form> },
    /// What else a client may ask with a body; the model, where the path names it.
    Aside(Aside, Option<String>),
    /// The list of models.
    Models,
    /// One model of the list.
    Model(String),
    /// Nothing that the real provider has and the simulator knows.
    Unknown,
}

/// A request that isn't a chat turn and has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    /// How many tokens a chat turn would have.
    Count,
    /// Vectors for texts.
    Embed,
    /// Vectors for several requests at once (Gemini).
    EmbedBatch,
}

/// A request with a body, and what the provider knows that bears on it.
pub(crate) struct Inquiry<'a> {
    pub(crate) route: &'a Route,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Value,
    pub(crate) seal: &'a Seal,
    pub(crate) archive: &'a Archive,
}

/// An error answer in a provider's own shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// One event of a stream.
pub(crate) struct Event {
    /// The SSE event name, where the protocol uses them.
    pub(crate) name: Option<&'static str>,
    pub(crate) data: Value,
}

/// A stream, event by event.
pub(crate) struct Events {
    pub(crate) events: Vec<Event>,
    /// How many events come before the first one that carries the stop reason.
    pub(crate) before_stop: usize,
}

/// The credential of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) key: String,
    /// Came as `Authorization: Bearer`.
    pub(crate) bearer: bool,
}

/// One protocol.
pub(crate) trait Tongue: Send + Sync {
    fn route(&self, method: &Method, path: &str, query: Option<&str>) -> Route;

    /// The credential, where this provider looks for it; never empty.
    fn credential(&self, headers: &HeaderMap, query: Option<&str>) -> Option<Credential>;

    /// What signs for the owner of this key.
    fn seal(&self, seal: &Seal, _credential: Option<&Credential>) -> Seal {
        seal.clone()
    }

    fn missing_key(&self) -> Refusal;

    fn wrong_key(&self, credential: Option<&Credential>) -> Refusal;

    fn not_json(&self) -> Refusal;

    fn not_found(&self, method: &Method, path: &str) -> Refusal;

    fn no_such_model(&self, model: &str) -> Refusal;

    /// The body that this provider sends with this status, when nothing more is known.
    fn error(&self, status: StatusCode) -> Value;

    /// The error inside a 200.
    fn overloaded(&self) -> Value;

    /// Validates a chat turn as the real provider does.
    ///
    /// # Errors
    /// The refusal of the real provider.
    fn read(&self, inquiry: &Inquiry<'_>) -> Result<Ask, Refusal>;

    /// Validates and answers an [`Aside`].
    ///
    /// # Errors
    /// The refusal of the real provider.
    fn aside(&self, inquiry: &Inquiry<'_>) -> Result<Value, Refusal>;

    /// The refusal of a parameter by a model that doesn't take it; `None` when the request doesn't carry it.
    fn refuse(&self, parameter: &str, ask: &Ask, body: &Value) -> Option<Refusal>;

    fn whole(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Value;

    fn events(&self, ask: &Ask, reply: &Reply, seal: &Seal) -> Events;

    /// The events that say an error, after the first `at` events of this stream.
    fn failure(&self, error: Value, _at: usize, _stream: &Events) -> Vec<Event> {
        vec![Event { name: None, data: error }]
    }

    /// What the provider keeps of an answer, by which name: the conversation with the answer. `finished` is the whole
    /// answer or the last event of its stream.
    fn keep(&self, _ask: &Ask, _finished: &Value) -> Option<(String, Vec<Value>)> {
        None
    }

    /// What follows the last event of a stream that ended well, beside what its form needs.
    fn farewell(&self) -> Option<&'static str> {
        None
    }

    /// How many events of a stream come before anything of the answer, and at once.
    fn opening(&self) -> usize {
        0
    }

    /// The headers that tell how the limits stand; none at providers that don't tell.
    fn allowance(&self, _standing: &Standing, _now: SystemTime, _headers: &mut HeaderMap) {}

    /// The refusal of a request that is beyond a limit. What of it is told in headers is put into these.
    fn beyond(&self, limit: &Beyond, model: &str, now: SystemTime, headers: &mut HeaderMap) -> Refusal;

    /// Line end of this provider's events.
    fn newline(&self) -> &'static str {
        "\n"
    }

    fn models(&self, model: &str) -> Value;

    fn model(&self, model: &str) -> Value;

    /// The response header that names the request, and its value.
    fn request_id(&self) -> Option<(HeaderName, String)>;
}

impl Speaks {
    pub(crate) fn tongue(self) -> &'static dyn Tongue {
        match self {
            Self::Anthropic => &anthropic::Anthropic,
            Self::OpenaiChat => &openai::Openai,
            Self::OpenaiResponses => &responses::Responses,
            Self::Gemini => &gemini::Gemini,
        }
    }
}

/// An event as bytes. `index` is its place in the stream.
pub(crate) fn frame(tongue: &dyn Tongue, form: Form, index: usize, event: &Event) -> Bytes {
    let newline = tongue.newline();
    let data = &event.data;
    let framed = match (form, event.name) {
        (Form::Sse, Some(name)) => format!("event: {name}{newline}data: {data}{newline}{newline}"),
        (Form::Sse, None) => format!("data: {data}{newline}{newline}"),
        (Form::Array, _) if index == 0 => format!("[{data}"),
        (Form::Array, _) => format!(",{newline}{data}"),
    };
    Bytes::from(framed)
}

/// What ends a stream that ended well; `None` when its last event does.
pub(crate) fn tail(tongue: &dyn Tongue, form: Form, after_error: bool) -> Option<Bytes> {
    match form {
        Form::Array => Some(Bytes::from_static(b"]")),
        Form::Sse if after_error => None,
        Form::Sse => tongue.farewell().map(|data| Bytes::from(format!("data: {data}\n\n"))),
    }
}

fn bearer(headers: &HeaderMap) -> Option<Credential> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && !key.is_empty();
    fits.then(|| Credential { key: key.to_owned(), bearer: true })
}

fn header_key(headers: &HeaderMap, name: &str) -> Option<Credential> {
    let key = headers.get(name)?.to_str().ok()?.trim();
    (!key.is_empty()).then(|| Credential { key: key.to_owned(), bearer: false })
}

fn query_value(query: Option<&str>, name: &str) -> Option<String> {
    let value = query?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// An identifier of this many letters and digits.
fn id(length: usize) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    (0..length).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect()
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |duration| duration.as_secs())
}

/// The strings of a list; a single string counts as a list of one.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Speaks; 4] = [Speaks::Anthropic, Speaks::OpenaiChat, Speaks::OpenaiResponses, Speaks::Gemini];
    const TEXTS: [&str; 4] =
        ["/delta/text", "/choices/0/delta/content", "/delta", "/candidates/0/content/parts/0/text"];
    const STOPS: [&str; 4] =
        ["/delta/stop_reason", "/choices/0/finish_reason", "/response/usage", "/candidates/0/finishReason"];

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from),
        ];
        let names = prop::sample::select(vec![
            "model",
            "messages",
            "max_tokens",
            "temperature",
            "role",
            "content",
            "contents",
            "parts",
            "text",
            "type",
            "stream",
            "stream_options",
            "stop",
            "generationConfig",
            "maxOutputTokens",
            "systemInstruction",
            "system",
            "tools",
            "tool_calls",
            "input",
            "functionCall",
            "function",
            "parameters",
            "properties",
            "thinking",
            "reasoning",
            "summary",
        ]);
        leaf.prop_recursive(5, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((names.clone(), inner), 0..8)
                    .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_stream_says_what_the_whole_answer_says_and_stops_once(
            said in ".{0,80}",
            limit in prop::option::of(1u64..20),
            stops in prop::collection::vec("[a-zA-Z ]{1,3}", 0..2),
        ) {
            let ask = Ask { model: "m".into(), said, limit, stops, ..Ask::default() };
            for (at, speaks) in ALL.into_iter().enumerate() {
                let tongue = speaks.tongue();
                let reply = Reply::to(&ask, "p", None);
                let (said, seal) = (reply.blocks.iter().map(crate::reply::Block::text).collect::<String>(), Seal::new());
                let stream = tongue.events(&ask, &reply, &seal);
                let texts = stream.events.iter().filter_map(|event| event.data.pointer(TEXTS[at])?.as_str());
                prop_assert_eq!(&texts.collect::<String>(), &said);
                let whole = tongue.whole(&ask, &reply, &seal).to_string();
                prop_assert!(said.is_empty() || whole.contains(&Value::from(said).to_string()));
                let stopping: Vec<usize> = stream.events.iter().enumerate()
                    .filter(|(_, event)| event.data.pointer(STOPS[at]).is_some_and(|reason| !reason.is_null()))
                    .map(|(place, _)| place)
                    .collect();
                prop_assert_eq!(stopping, vec![stream.before_stop]);
            }
        }

        #[test]
        fn no_body_makes_validation_panic(body in any_json()) {
            let headers = HeaderMap::from_iter([
                (HeaderName::from_static("anthropic-version"), http::HeaderValue::from_static("2023-06-01")),
            ]);
            let route = Route::Generate { model: Some("m".into()), stream: None };
            let (seal, archive) = (Seal::new(), Archive::default());
            for speaks in ALL {
                let inquiry = Inquiry { route: &route, headers: &headers, body: &body, seal: &seal, archive: &archive };
                if let Ok(ask) = speaks.tongue().read(&inquiry) {
                    speaks.tongue().refuse("temperature", &ask, &body);
                    let reply = Reply::to(&ask, "p", None);
                    speaks.tongue().events(&ask, &reply, &seal);
                }
                for aside in [Aside::Count, Aside::Embed, Aside::EmbedBatch] {
                    let route = Route::Aside(aside, Some("m".into()));
                    let _: Result<Value, Refusal> = speaks.tongue().aside(&Inquiry { route: &route, ..inquiry });
                }
            }
        }
    }
}
