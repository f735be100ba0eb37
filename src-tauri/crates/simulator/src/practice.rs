//! What a practice provider is, before it runs: the name it answers under, the protocol it speaks, and how picky it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The wire protocol of a practice provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaks {
    /// Anthropic Messages: `POST /v1/messages`.
    Anthropic,
    /// OpenAI Chat Completions: `POST /v1/chat/completions`.
    OpenaiChat,
    /// OpenAI Responses: `POST /v1/responses`.
    OpenaiResponses,
    /// Gemini: `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
    Gemini,
}

impl Speaks {
    /// The name used in the control API's answers: `anthropic`, `openai-chat`, `openai-responses` or `gemini`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
            Self::Gemini => "gemini",
        }
    }
}

/// One practice provider to start.
///
/// [`Practice::new`] makes one that accepts any key and every parameter; the fields can then be set:
/// `Practice { key: Some("k".into()), ..Practice::new("a", Speaks::Anthropic, "claude-sonnet-4-5-20250929") }`.
#[derive(Clone, PartialEq, Eq)]
pub struct Practice {
    /// The name that its answers give and that [`Running::name`](crate::Running) repeats. Unique within one simulator.
    pub name: String,
    /// Its wire protocol.
    pub speaks: Speaks,
    /// The model that its model list names. Requests for other models are answered all the same, under the name asked.
    pub model: String,
    /// Parameters refused whenever a request carries them, as `refuse-parameters` does while it is set. Empty by default.
    pub refuses: Vec<String>,
    /// The one key that is accepted; `None` accepts any that isn't empty.
    pub key: Option<String>,
    /// A word like a secret that its errors let slip together with the start of the key that they answer, so that tests
    /// can look for it where it must not be. `None` lets nothing slip.
    pub canary: Option<String>,
}

impl Practice {
    /// A provider that accepts any key and refuses no parameter.
    pub fn new(name: impl Into<String>, speaks: Speaks, model: impl Into<String>) -> Self {
        Self { name: name.into(), speaks, model: model.into(), refuses: Vec::new(), key: None, canary: None }
    }

    /// The same provider, refusing what the real model of this name refuses (see [`Practice::refused_by`]).
    #[must_use]
    pub fn true_to_model(mut self) -> Self {
        self.refuses = Self::refused_by(self.speaks, &self.model).iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// What the real model of this name refuses: OpenAI's reasoning models (`gpt-5*`, `o1*`, `o3*`, `o4*`) take
    /// `max_completion_tokens` in place of `max_tokens`, and no temperature but the default 1; in Responses no `top_p`
    /// either.
    pub fn refused_by(speaks: Speaks, model: &str) -> &'static [&'static str] {
        let reasoning = ["gpt-5", "o1", "o3", "o4"].iter().any(|family| model.starts_with(family));
        match speaks {
            Speaks::OpenaiChat if reasoning => &["max_tokens", "temperature"],
            Speaks::OpenaiResponses if reasoning => &["temperature", "top_p"],
            _ => &[],
        }
    }
}

impl fmt::Debug for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Practice")
            .field("name", &self.name)
            .field("speaks", &self.speaks)
            .field("model", &self.model)
            .field("refuses", &self.refuses)
            .field("key", &self.key.as_ref().map(|_| "[redacted]"))
            .field("canary", &self.canary.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_openai_reasoning_models_refuse_by_name() {
        for (speaks, model, refused) in [
            (Speaks::OpenaiChat, "gpt-5.2", 2),
            (Speaks::OpenaiChat, "o3-mini", 2),
            (Speaks::OpenaiChat, "gpt-4.1", 0),
            (Speaks::OpenaiResponses, "gpt-5.2", 2),
            (Speaks::OpenaiResponses, "gpt-4.1", 0),
            (Speaks::Anthropic, "claude-sonnet-4-5-20250929", 0),
            (Speaks::Gemini, "gemini-2.5-flash", 0),
        ] {
            assert_eq!(Practice::new("p", speaks, model).true_to_model().refuses.len(), refused, "{model}");
        }
    }

    #[test]
    fn the_pinned_key_is_not_printed() {
        let practice =
            Practice { key: Some("sk-very-secret".into()), ..Practice::new("p", Speaks::Gemini, "gemini-2.5-flash") };
        assert!(!format!("{practice:?}").contains("very-secret"));
    }
}
