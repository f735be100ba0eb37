//! What a request asks for, read from its method and path alone.

use http::Method;
use mainstay_dialects::{Dialect, Framing};
use percent_encoding::percent_decode_str;

/// A recognised request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    /// One exchange with a model.
    Generate(Generate),
    /// How many tokens a request has.
    Count(Count),
    /// Vectors for texts.
    Embed(Embed),
    /// The list of models, or one of them.
    Models { shape: Shape, one: Option<String> },
    /// `GET /healthz`.
    Health,
    /// `HEAD /`, which Claude Code sends to see whether anybody is there.
    Root,
}

/// What the path of a generating request says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Generate {
    pub(crate) dialect: Dialect,
    /// Gemini names the model in the path.
    pub(crate) model: Option<String>,
    /// Gemini asks for a stream by its method; the others in the body.
    pub(crate) stream: Option<bool>,
    pub(crate) framing: Framing,
}

/// What the path of a counting request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) dialect: Dialect,
    pub(crate) model: Option<String>,
}

/// What the path of a request for embeddings says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Embed {
    pub(crate) dialect: Dialect,
    pub(crate) model: Option<String>,
    /// Gemini's method: `embedContent` or `batchEmbedContents`.
    pub(crate) method: &'static str,
}

/// Whose list of models a client expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `/v1/models`: OpenAI's, or Anthropic's for a client that names an `anthropic-version`.
    OpenaiOrAnthropic,
    /// `/v1beta/models`.
    Gemini,
}

/// Why a request was not recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unrecognised {
    /// No such path.
    NotFound,
    /// The path exists, with another method: this one.
    Method(Method),
}

/// Recognises a request. `path` is without the token prefix.
pub(crate) fn recognise(method: &Method, path: &str, query: Option<&str>) -> Result<Call, Unrecognised> {
    let plain = |dialect| Generate { dialect, model: None, stream: None, framing: Framing::Sse };
    let (call, wanted) = match path {
        "/v1/messages" => (Call::Generate(plain(Dialect::Anthropic)), Method::POST),
        "/v1/chat/completions" => (Call::Generate(plain(Dialect::OpenaiChat)), Method::POST),
        "/v1/responses" => (Call::Generate(plain(Dialect::OpenaiResponses)), Method::POST),
        "/v1/messages/count_tokens" => (Call::Count(Count { dialect: Dialect::Anthropic, model: None }), Method::POST),
        "/v1/responses/input_tokens" => {
            (Call::Count(Count { dialect: Dialect::OpenaiResponses, model: None }), Method::POST)
        }
        "/v1/embeddings" => {
            (Call::Embed(Embed { dialect: Dialect::OpenaiChat, model: None, method: "embeddings" }), Method::POST)
        }
        "/v1/models" => (Call::Models { shape: Shape::OpenaiOrAnthropic, one: None }, Method::GET),
        "/v1beta/models" => (Call::Models { shape: Shape::Gemini, one: None }, Method::GET),
        "/healthz" => (Call::Health, Method::GET),
        "/" => (Call::Root, Method::HEAD),
        _ => match (gemini(path, query), one_model(path)) {
            (Some(call), _) => (call, Method::POST),
            (None, Some(call)) => (call, Method::GET),
            (None, None) => return Err(Unrecognised::NotFound),
        },
    };
    let head_as_get = *method == Method::HEAD && wanted == Method::GET;
    if *method == wanted || head_as_get { Ok(call) } else { Err(Unrecognised::Method(wanted)) }
}

/// The dialect whose error shape a path's client expects, recognised or not.
pub(crate) fn dialect_of(path: &str) -> Option<Dialect> {
    if path.starts_with("/v1beta/") {
        Some(Dialect::Gemini)
    } else if path.starts_with("/v1/messages") {
        Some(Dialect::Anthropic)
    } else if path.starts_with("/v1/responses") {
        Some(Dialect::OpenaiResponses)
    } else if path.starts_with("/v1/") {
        Some(Dialect::OpenaiChat)
    } else {
        None
    }
}

fn gemini(path: &str, query: Option<&str>) -> Option<Call> {
    let (model, action) = path.strip_prefix("/v1beta/models/")?.rsplit_once(':')?;
    let model = percent_decode_str(model).decode_utf8().ok()?.into_owned();
    if model.is_empty() {
        return None;
    }
    let (dialect, model) = (Dialect::Gemini, Some(model));
    let stream = match action {
        "generateContent" => false,
        "streamGenerateContent" => true,
        "countTokens" => return Some(Call::Count(Count { dialect, model })),
        "embedContent" => return Some(Call::Embed(Embed { dialect, model, method: "embedContent" })),
        "batchEmbedContents" => return Some(Call::Embed(Embed { dialect, model, method: "batchEmbedContents" })),
        _ => return None,
    };
    let sse = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).any(|(k, v)| k == "alt" && v == "sse");
    let framing = if sse || !stream { Framing::Sse } else { Framing::JsonArray };
    Some(Call::Generate(Generate { dialect, model, stream: Some(stream), framing }))
}

/// One model of the list.
fn one_model(path: &str) -> Option<Call> {
    let lists = [("/v1/models/", Shape::OpenaiOrAnthropic), ("/v1beta/models/", Shape::Gemini)];
    lists.into_iter().find_map(|(prefix, shape)| {
        let name = path.strip_prefix(prefix).filter(|name| !name.is_empty())?;
        let one = percent_decode_str(name).decode_utf8().ok()?.into_owned();
        Some(Call::Models { shape, one: Some(one) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_method_say_what_is_asked_for() {
        let generate = |dialect| Call::Generate(Generate { dialect, model: None, stream: None, framing: Framing::Sse });
        for (method, path, call) in [
            (Method::POST, "/v1/messages", Ok(generate(Dialect::Anthropic))),
            (Method::POST, "/v1/chat/completions", Ok(generate(Dialect::OpenaiChat))),
            (Method::POST, "/v1/responses", Ok(generate(Dialect::OpenaiResponses))),
            (Method::GET, "/v1/models", Ok(Call::Models { shape: Shape::OpenaiOrAnthropic, one: None })),
            (Method::GET, "/v1beta/models", Ok(Call::Models { shape: Shape::Gemini, one: None })),
            (
                Method::GET,
                "/v1/models/a%2Fb",
                Ok(Call::Models { shape: Shape::OpenaiOrAnthropic, one: Some("a/b".into()) }),
            ),
            (
                Method::POST,
                "/v1/messages/count_tokens",
                Ok(Call::Count(Count { dialect: Dialect::Anthropic, model: None })),
            ),
            (
                Method::POST,
                "/v1beta/models/m:countTokens",
                Ok(Call::Count(Count { dialect: Dialect::Gemini, model: Some("m".into()) })),
            ),
            (
                Method::POST,
                "/v1/embeddings",
                Ok(Call::Embed(Embed { dialect: Dialect::OpenaiChat, model: None, method: "embeddings" })),
            ),
            (
                Method::POST,
                "/v1beta/models/m:embedContent",
                Ok(Call::Embed(Embed { dialect: Dialect::Gemini, model: Some("m".into()), method: "embedContent" })),
            ),
            (Method::GET, "/healthz", Ok(Call::Health)),
            (Method::HEAD, "/healthz", Ok(Call::Health)),
            (Method::HEAD, "/", Ok(Call::Root)),
            (Method::GET, "/", Err(Unrecognised::Method(Method::HEAD))),
            (Method::GET, "/v1/messages", Err(Unrecognised::Method(Method::POST))),
            (Method::POST, "/v1/embed", Err(Unrecognised::NotFound)),
            (Method::GET, "/_mainstay/exchanges", Err(Unrecognised::NotFound)),
        ] {
            assert_eq!(recognise(&method, path, None), call, "{method} {path}");
        }
    }

    #[test]
    fn gemini_names_model_stream_and_framing_in_the_address() {
        let read = |path, query| match recognise(&Method::POST, path, query) {
            Ok(Call::Generate(generate)) => (generate.model, generate.stream, generate.framing),
            other => panic!("{other:?}"),
        };
        let model = Some("gemini-2.5-flash".to_owned());
        let path = "/v1beta/models/gemini-2.5-flash:generateContent";
        assert_eq!(read(path, None), (model.clone(), Some(false), Framing::Sse));
        let path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
        assert_eq!(read(path, Some("alt=sse")), (model.clone(), Some(true), Framing::Sse));
        assert_eq!(read(path, None), (model, Some(true), Framing::JsonArray));
        let path = "/v1beta/models/ha%3Afailover%20x:generateContent";
        assert_eq!(read(path, None).0.as_deref(), Some("ha:failover x"));
        let method = &Method::POST;
        assert_eq!(recognise(method, "/v1beta/models/x:predict", None), Err(Unrecognised::Method(Method::GET)));
        let generate = "/v1beta/models/x:generateContent";
        assert_eq!(recognise(&Method::GET, generate, None), Err(Unrecognised::Method(Method::POST)));
    }
}
