//! What a profile demands of a request, and what came of it: the interface of [`prepare`](crate::prepare).

use serde_json::Value;

use crate::back::Back;
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

/// How a model is told how much to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningScale {
    /// By a budget of tokens: Claude up to 4.5, Gemini 2.5.
    Budget,
    /// By a word of effort: Claude from 4.6 on (adaptive thinking), Gemini from 3 on, OpenAI.
    Effort,
    /// Not at all: it doesn't reason, or not as the request would have it.
    None,
}

/// What a profile says about reasoning: the llxprt CLI's `reasoning.*` settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasoningTerms {
    /// `reasoning.enabled`.
    pub enabled: Option<bool>,
    /// `reasoning.effort`: `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or `none`.
    pub effort: Option<String>,
    /// `reasoning.budgetTokens` or `reasoning.maxTokens`, in tokens.
    pub budget: Option<u64>,
    /// `reasoning.adaptiveThinking`: the model decides how much.
    pub adaptive: Option<bool>,
    /// `reasoning.summary`: `auto`, `concise`, `detailed`; `none` asks for none.
    pub summary: Option<String>,
    /// Replaces what the client sent.
    pub always: bool,
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
    /// The tag of the provider and account that will serve: what it has proved before goes back to it, and to nobody else.
    /// Any text without control characters; empty: nothing goes back.
    pub maker: String,
    /// The upstream refused signed or encrypted reasoning in the history (failover §2, ReasoningRejected): none goes, whoever
    /// made it.
    pub without_proofs: bool,
    /// What the profile says about reasoning.
    pub reasoning: ReasoningTerms,
    /// How the model is told how much to reason, where that is known.
    pub reasoning_scale: Option<ReasoningScale>,
    /// How long a prompt may be kept in the provider's cache where that has to be asked for: `5m` or `1h` (Anthropic), `24h`
    /// (OpenAI). The CLI's `prompt-caching`.
    pub prompt_caching: Option<String>,
    /// OpenAI's `verbosity`: the CLI's `text.verbosity`.
    pub verbosity: Option<String>,
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
    /// What the answer's translation has to know.
    pub back: Back,
}

/// Something left out or changed, for the trail and the header `x-mainstay-notes`.
///
/// Its `Display` form is `code field: detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What happened; stable: `kept-client` (a profile's parameter not applied, since the client sent one), `filled`,
    /// `replaced`, `capped`, `renamed`, `refused` (left out because the model refuses it), `not-carried` (the target has
    /// no place for it), `reshaped` (carried in another form), `moved`.
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
    /// The request has something that bears its meaning and that the upstream's dialect has no place for.
    #[error("the {dialect} dialect has no place for what this request has: {}", .needs.join(", "))]
    Unmet {
        /// The upstream's dialect.
        dialect: Dialect,
        /// What it has no place for; the same as [`Glance::unmet`](crate::Glance::unmet).
        needs: Vec<&'static str>,
    },
}
