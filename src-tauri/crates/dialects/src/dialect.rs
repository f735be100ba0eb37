//! The dialects, and how a stream of each is framed.

use serde::{Deserialize, Serialize};

/// A wire protocol that clients and upstreams speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Anthropic Messages: `POST /v1/messages`.
    Anthropic,
    /// OpenAI Chat Completions: `POST /v1/chat/completions`.
    OpenaiChat,
    /// OpenAI Responses: `POST /v1/responses`.
    OpenaiResponses,
    /// Gemini: `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
    Gemini,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 4] = [Dialect::Anthropic, Dialect::OpenaiChat, Dialect::OpenaiResponses, Dialect::Gemini];

    /// The name in files, headers and URLs: `anthropic`, `openai-chat`, `openai-responses` or `gemini`; the same as its serde form.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Anthropic => "anthropic",
            Dialect::OpenaiChat => "openai-chat",
            Dialect::OpenaiResponses => "openai-responses",
            Dialect::Gemini => "gemini",
        }
    }

    /// Bytes that keep a waiting SSE stream alive and mean nothing to its reader (failover §3.2): a `ping` event for
    /// Anthropic, an SSE comment for OpenAI, and a blank line for Gemini, whose Python SDK takes a comment for data.
    pub fn filler(self) -> &'static [u8] {
        match self {
            Dialect::Anthropic => b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
            Dialect::OpenaiChat | Dialect::OpenaiResponses => b": keep-alive\n\n",
            Dialect::Gemini => b"\n\n",
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How a stream is framed for the client. Upstreams are always asked for [`Framing::Sse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Server-sent events (WHATWG HTML, "Server-sent events").
    Sse,
    /// One JSON array, an element for each event: what a Gemini client gets that does not ask `alt=sse`.
    JsonArray,
}

impl Framing {
    /// Bytes that keep a waiting stream of this framing alive. In a JSON array it is white space before the next
    /// element, or before the array's opening bracket.
    pub fn filler(self, dialect: Dialect) -> &'static [u8] {
        match self {
            Framing::Sse => dialect.filler(),
            Framing::JsonArray => b"\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialects_name_is_its_serde_form() {
        for dialect in Dialect::ALL {
            assert_eq!(serde_json::to_value(dialect).unwrap(), dialect.name());
        }
    }
}
