//! What a profile demands of a request, and what came of it: the interface of [`prepare`](crate::prepare).

use serde_json::Value;

use crate::dialect::Dialect;
use crate::glance::BodyError;

/// One parameter that a profile sets.
///
/// Names are the llxprt CLI's: `temperature`, `max_tokens` (also `max-tokens`, `maxTokens`, `max_output_tokens`,
/// `maxOutputTokens`), `top_p`, `top_k`, `stop`, `frequency_penalty`, `presence_penalty`, `seed`. These go to the field
/// of the upstream's dialect that means the same. Any other name goes to the body as it is, as in the CLI.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The CLI's name for the parameter.
    pub name: String,
    /// The value, sent as it is.
    pub value: Value,
    /// Replaces what the client sent. Otherwise the parameter only fills in what the client left out (failover §5).
    pub always: bool,
}

/// The name under which an OpenAI model takes its output limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenLimitName {
    /// `max_tokens`: older models and most compatible providers.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`: reasoning models, which refuse the other.
    MaxCompletionTokens,
}

/// What a request has to become for one member.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// The model that the upstream is asked for. Gemini has it in the URL, not in the body.
    pub model: String,
    /// What the profile sets.
    pub params: Vec<Param>,
    /// The model's own maximum of output tokens; a greater limit is capped to it and noted.
    pub max_output: Option<u64>,
    /// The name that the model takes for its output limit. OpenAI only.
    pub token_limit_name: TokenLimitName,
    /// Upstream field names that this model has refused (failover §2, ParameterRejected). They are left out where they
    /// would come from the profile or the translation; what the client itself sent in the upstream's dialect stays, for
    /// that refusal is the client's to see. A refused `max_tokens` is sent as `max_completion_tokens`, and the reverse.
    pub refused: Vec<String>,
}

/// A body for the upstream.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What to send.
    pub body: Vec<u8>,
    /// What was changed or left out on the way.
    pub notes: Vec<Note>,
    /// Same dialect, and nothing changed but the model: an upstream's complaint about it is the client's own fault
    /// (failover §2, CallerFault).
    pub untouched: bool,
    /// Fields of `body`, as the provider would name them in an error (`temperature`, `generationConfig.topK`), that came
    /// from the profile, a default or the translation rather than verbatim from the client.
    pub ours: Vec<String>,
}

/// Something left out or changed, for the trail and the header `x-mainstay-notes`.
///
/// Its `Display` form is `code field: detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What happened; stable: `kept-client` (a profile's parameter not applied, since the client sent one), `filled`,
    /// `replaced`, `capped`, `renamed`, `refused` (left out because the model refuses it), `not-carried` (the target has
    /// no place for it), `moved`.
    pub code: &'static str,
    /// The field, as the upstream names it; for `not-carried` and `moved` as the client does.
    pub field: String,
    /// A short plain sentence, such as `client sent 1`.
    pub detail: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.code, self.field, self.detail)
    }
}

/// Why no body could be made for an upstream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The client's body is not one of its dialect.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The request needs what only a member of its own dialect can serve.
    #[error("only a member that speaks {dialect} can serve this request: it has {}", .needs.join(", "))]
    OwnDialectOnly {
        /// The client's dialect.
        dialect: Dialect,
        /// What it needs; the same as [`Glance::own_dialect_only`](crate::Glance::own_dialect_only).
        needs: Vec<&'static str>,
    },
}
