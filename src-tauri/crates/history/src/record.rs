//! One exchange as it is kept.

use serde::Serialize;
use std::sync::Arc;

/// The longest text that is kept, in characters.
const TEXT_LIMIT: usize = 300;
/// The most notes, skips and candidates that are kept of one exchange.
const LIST_LIMIT: usize = 64;

/// How an exchange ended, as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A member's whole answer reached the client.
    Served,
    /// The client got an error, of ours or an upstream's.
    Failed,
    /// The answer died after content had reached the client.
    Truncated,
    /// The client went away first.
    Cancelled,
}

impl Ended {
    /// All, in the order of their numbers in the file.
    pub(crate) const ALL: [Self; 4] = [Self::Served, Self::Failed, Self::Truncated, Self::Cancelled];

    /// Its stable word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Failed => "failed",
            Self::Truncated => "truncated",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What an answer cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "micro_usd")]
pub enum Cost {
    /// So many millionths of a US dollar, at the price of its time.
    Known(u64),
    /// A subscription, a free tier or a practice member: no money for this answer.
    Included,
    /// The price or the tokens are not known. Never to be taken for nothing.
    Unknown,
}

impl Cost {
    /// Its stable word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::Included => "included",
            Self::Unknown => "unknown",
        }
    }

    /// The money, where it is known.
    pub fn micro_usd(self) -> Option<u64> {
        match self {
            Self::Known(micro_usd) => Some(micro_usd),
            Self::Included | Self::Unknown => None,
        }
    }
}

/// Tokens. `None` where the upstream has not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// All input tokens.
    pub input: Option<u64>,
    /// The share of the input that was read from a cache.
    pub cached: Option<u64>,
    /// The share of the input that was written to a cache.
    pub written: Option<u64>,
    /// All output tokens, reasoning included.
    pub output: Option<u64>,
    /// The share of the output that was reasoning.
    pub reasoning: Option<u64>,
    /// The numbers are estimates from the length of what was said.
    pub estimated: bool,
}

/// A member that was not tried, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Skip {
    /// The member's profile name.
    pub member: Arc<str>,
    /// Plain words.
    pub reason: String,
    /// When it may be tried again, in Unix milliseconds, if that is known.
    pub until: Option<u64>,
}

/// One call to an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The member's profile name.
    pub member: Arc<str>,
    /// The provider's catalogue name.
    pub provider: Arc<str>,
    /// The model asked of the provider.
    pub model: Arc<str>,
    /// Milliseconds from the exchange's start to this call.
    pub started_ms: u64,
    /// Milliseconds from this call to its first content.
    pub first_content_ms: Option<u64>,
    /// Milliseconds from this call to its end or its commit.
    pub took_ms: u64,
    /// The upstream's HTTP status, if it answered.
    pub status: Option<u16>,
    /// The outcome's code, `served` among them.
    pub outcome: Arc<str>,
    /// The outcome in plain words that read on from the member's name.
    pub reason: Arc<str>,
    /// What the upstream said, already without secrets; empty when there is nothing to say.
    pub detail: String,
    /// A member that was out, tried because all were out.
    pub forced: bool,
    /// Why the same member was called again, if this is such a call.
    pub again: Option<Arc<str>>,
}

impl Attempt {
    /// Whether it brought the answer.
    pub fn served(&self) -> bool {
        &*self.outcome == "served"
    }
}

/// One exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The id in `x-mainstay-request-id`.
    pub id: String,
    /// When it came in, in Unix milliseconds.
    pub started: u64,
    /// The client program.
    pub tool: Option<Arc<str>>,
    /// The client's dialect, by its stable name.
    pub dialect: Arc<str>,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// The model that the client asked for.
    pub asked_model: Option<Arc<str>>,
    /// The model that the answer names.
    pub answered_model: Option<Arc<str>>,
    /// The profile or balancer that it went to.
    pub route: Option<Arc<str>>,
    /// The candidates in the order in which they were to be tried.
    pub candidates: Vec<Arc<str>>,
    /// It went where its conversation was.
    pub stuck: bool,
    /// The conversation that it belongs to: a number that says nothing else.
    pub conversation: Option<u64>,
    /// Who was skipped.
    pub skips: Vec<Skip>,
    /// Who was called, in order.
    pub attempts: Vec<Attempt>,
    /// What was left out or changed on the way.
    pub notes: Vec<String>,
    /// The member that served.
    pub served_by: Option<Arc<str>>,
    /// The HTTP status that the client got; 0 when it left before one.
    pub status: u16,
    /// The code of our error, when it failed with one.
    pub error: Option<Arc<str>>,
    /// How it ended.
    pub ended: Ended,
    /// Milliseconds from the start to the first content that the client could see.
    pub first_content_ms: Option<u64>,
    /// Milliseconds from the start to the end.
    pub total_ms: u64,
    /// Tokens of the answer.
    pub tokens: Tokens,
    /// What it cost; `None` where no member served.
    pub cost: Option<Cost>,
    /// It went to simulated providers.
    pub practice: bool,
}

impl Exchange {
    /// A member was tried and another served.
    pub fn failed_over(&self) -> bool {
        let other = |attempt: &Attempt| Some(&attempt.member) != self.served_by.as_ref();
        self.served_by.is_some() && self.attempts.iter().any(other)
    }

    /// It was served although a member failed. This is the one definition; all that count saved requests use it.
    pub fn saved(&self) -> bool {
        let failed = |attempt: &Attempt| !attempt.served() && attempt.again.is_none();
        self.ended == Ended::Served && self.failed_over() && self.attempts.iter().any(failed)
    }

    /// The attempt that it is counted under: the last one at the member that served, else the last one.
    pub fn owner(&self) -> Option<&Attempt> {
        let mine = |attempt: &&Attempt| Some(&attempt.member) == self.served_by.as_ref();
        self.attempts.iter().rev().find(mine).or_else(|| self.attempts.last())
    }

    /// The member that it is counted under: the one that served, else the last one tried.
    pub fn member(&self) -> Option<&Arc<str>> {
        self.served_by.as_ref().or_else(|| self.owner().map(|attempt| &attempt.member))
    }

    /// The notes that are kept.
    pub(crate) fn kept_notes(&self) -> Vec<&str> {
        self.notes.iter().take(LIST_LIMIT).map(|note| cut(note)).collect()
    }

    /// The skips that are kept.
    pub(crate) fn kept_skips(&self) -> &[Skip] {
        &self.skips[..self.skips.len().min(LIST_LIMIT)]
    }

    /// The candidates that are kept.
    pub(crate) fn kept_candidates(&self) -> &[Arc<str>] {
        &self.candidates[..self.candidates.len().min(LIST_LIMIT)]
    }
}

/// A text, cut to what is kept.
pub(crate) fn cut(text: &str) -> &str {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_characters() {
        assert_eq!(cut(&"é".repeat(400)).chars().count(), 300);
        assert_eq!(cut("short"), "short");
    }
}
