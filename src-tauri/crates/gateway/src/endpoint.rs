//! Where a request goes, under a member's base address.

use crate::routing::Upstream;
use mainstay_dialects::Dialect;
use url::Url;

/// What an upstream is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// An answer, streamed or whole; `beta` is Anthropic's `?beta=true`.
    Generate { stream: bool, beta: bool },
    /// A count of tokens.
    Count { beta: bool },
    /// Vectors, by Gemini's name of the method.
    Embed(&'static str),
}

/// Where a request goes, under a member's base address.
pub(crate) fn address(upstream: &Upstream, model: &str, endpoint: Endpoint) -> Url {
    let mut url = upstream.base_url.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    let model = model.trim_start_matches("models/");
    match (upstream.dialect, endpoint) {
        (Dialect::Anthropic, endpoint) => {
            let (path, beta) = match endpoint {
                Endpoint::Count { beta } => ("messages/count_tokens", beta),
                Endpoint::Generate { beta, .. } => ("messages", beta),
                Endpoint::Embed(_) => ("embeddings", false),
            };
            url.set_path(&format!("{base}/v1/{path}"));
            url.set_query(beta.then_some("beta=true"));
        }
        (Dialect::OpenaiChat | Dialect::OpenaiResponses, Endpoint::Embed(_)) => {
            url.set_path(&format!("{base}/embeddings"));
        }
        (Dialect::OpenaiResponses, Endpoint::Count { .. }) => url.set_path(&format!("{base}/responses/input_tokens")),
        (Dialect::OpenaiResponses, Endpoint::Generate { .. }) => url.set_path(&format!("{base}/responses")),
        (Dialect::OpenaiChat, _) => url.set_path(&format!("{base}/chat/completions")),
        (Dialect::Gemini, endpoint) => {
            let (action, stream) = match endpoint {
                Endpoint::Generate { stream: true, .. } => ("streamGenerateContent", true),
                Endpoint::Generate { stream: false, .. } => ("generateContent", false),
                Endpoint::Count { .. } => ("countTokens", false),
                Endpoint::Embed(method) => (method, false),
            };
            url.set_path(&format!("{base}/v1beta/models/{model}:{action}"));
            url.set_query(stream.then_some("alt=sse"));
        }
    }
    url
}
