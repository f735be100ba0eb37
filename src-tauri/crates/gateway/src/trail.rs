//! What happened to one exchange: who was skipped and why, who was tried and how it ended, who served.
//!
//! A trail holds no body and no secret. Upstream error text in it is cut to 300 characters with known secrets removed.

use mainstay_balancer::Millis;
use mainstay_dialects::{Dialect, Usage};
use serde::Serialize;
use std::sync::Arc;

/// The longest upstream error text that a trail keeps, in characters.
pub(crate) const DETAIL_LIMIT: usize = 300;

/// How an exchange ended, as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A member's whole answer reached the client.
    Served,
    /// The client got an error, of ours or an upstream's.
    Failed,
    /// The answer died after content had reached the client (failover §3.3).
    Truncated,
    /// The client went away first.
    Cancelled,
}

/// A member that was not tried, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkipNote {
    /// The member's profile name.
    pub member: Arc<str>,
    /// Plain words: "cooling: hit its rate limit".
    pub reason: String,
    /// When it may be tried again, in Unix milliseconds, if that is known.
    pub until: Option<Millis>,
}

/// One call to an upstream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttemptNote {
    /// The member's profile name.
    pub member: Arc<str>,
    /// The provider's catalogue name.
    pub provider: Arc<str>,
    /// The model asked of the provider.
    pub model: String,
    /// Milliseconds from the exchange's start to this call.
    pub started_ms: u64,
    /// Milliseconds from this call to its first content.
    pub first_content_ms: Option<u64>,
    /// Milliseconds from this call to its end, or to its commit where the answer still flows.
    pub took_ms: u64,
    /// The upstream's HTTP status, if it answered.
    pub status: Option<u16>,
    /// The outcome's code, "served" among them.
    pub outcome: &'static str,
    /// The outcome in plain words that read on from the member's name: "hit its rate limit".
    pub reason: String,
    /// What the upstream said, cut and with secrets removed; empty when there is nothing to say.
    pub detail: String,
    /// A member that was out, tried because all were out (failover §3.9b).
    pub forced: bool,
    /// Why the same member was called again, if this is such a call: "without temperature", "with a new credential".
    pub again: Option<String>,
}

/// The whole story of one exchange.
#[derive(Clone, Debug, Serialize)]
pub struct Trail {
    /// The id in `x-mainstay-request-id`.
    pub id: String,
    /// When it came in, in Unix milliseconds.
    pub started: Millis,
    /// The client's dialect.
    pub dialect: Dialect,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// The client program, from its `User-Agent`: the product name only.
    pub tool: Option<String>,
    /// The model that the client asked for.
    pub asked_model: Option<String>,
    /// The profile or balancer that the request went to; absent when there was none.
    pub route: Option<Arc<str>>,
    /// The candidates in the order in which they were to be tried, of the first plan that had any.
    pub candidates: Vec<Arc<str>>,
    /// It went where its conversation was, not where the policy would have placed it.
    pub stuck: bool,
    /// The conversation that it belongs to, where that can be told: a number that says nothing else.
    pub conversation: Option<u64>,
    /// Who was skipped.
    pub skips: Vec<SkipNote>,
    /// Who was called, in order.
    pub attempts: Vec<AttemptNote>,
    /// What was left out or changed on the way to the member that served.
    pub notes: Vec<String>,
    /// The member that served.
    pub served_by: Option<Arc<str>>,
    /// The model that the answer names.
    pub answered_model: Option<String>,
    /// The HTTP status that the client got; 0 when it left before one.
    pub status: u16,
    /// The code of our error, when it failed with one.
    pub error: Option<String>,
    /// How it ended.
    pub ended: Ended,
    /// Milliseconds from the start to the first content that the client could see.
    pub first_content_ms: Option<u64>,
    /// Milliseconds from the start to the end.
    pub total_ms: u64,
    /// Tokens, as far as the upstream reported them.
    pub usage: Usage,
    /// The upstream reported no tokens, and [`usage`](Trail::usage) is an estimate from the length of what was said.
    pub usage_estimated: bool,
}

/// Products that say what a program is made with and not which one it is: HTTP libraries, and the providers' SDKs.
const MADE_WITH: [&str; 18] = [
    "aiohttp",
    "anthropic",
    "asyncanthropic",
    "asyncopenai",
    "axios",
    "bun",
    "deno",
    "go-http-client",
    "google-genai-sdk",
    "node",
    "node-fetch",
    "okhttp",
    "openai",
    "python",
    "python-httpx",
    "python-requests",
    "reqwest",
    "undici",
];

/// Which program a client is: the product name of its `User-Agent` (`claude-cli/2.0 (…)` is `claude-cli`), or where that
/// tells nothing, the tool that its token was made for.
pub(crate) fn tool_of(user_agent: Option<&str>, token: Option<&str>) -> Option<String> {
    let product = user_agent.and_then(|agent| agent.split(['/', ' ']).next()).unwrap_or_default().trim();
    let tells_nothing = product.is_empty() || MADE_WITH.iter().any(|library| library.eq_ignore_ascii_case(product));
    let tool = token.filter(|_| tells_nothing).unwrap_or(product);
    let tidy: String = tool.chars().filter(|c| !c.is_control()).take(60).collect();
    (!tidy.is_empty()).then_some(tidy)
}

/// Cuts upstream text to what a trail keeps.
pub(crate) fn detail(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(DETAIL_LIMIT).collect();
    flat.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_is_the_product_name_of_the_user_agent() {
        for (agent, tool) in [
            (Some("claude-cli/2.0.1 (external, cli)"), Some("claude-cli")),
            (Some("OpenAI/JS 6.1.0"), Some("OpenAI")),
            (Some(""), None),
            (None, None),
        ] {
            assert_eq!(tool_of(agent, None).as_deref(), tool);
        }
    }

    #[test]
    fn a_user_agent_that_tells_nothing_leaves_it_to_the_token() {
        for (agent, tool) in [
            (None, "my script"),
            (Some(""), "my script"),
            (Some("python-httpx/0.28.1"), "my script"),
            (Some("OpenAI/JS 6.1.0"), "my script"),
            (Some("claude-cli/2.0.1 (external, cli)"), "claude-cli"),
        ] {
            assert_eq!(tool_of(agent, Some("my script")).as_deref(), Some(tool), "{agent:?}");
        }
    }

    #[test]
    fn upstream_text_is_cut_and_kept_on_one_line() {
        assert_eq!(detail("a\nb\t"), "a b");
        assert_eq!(detail(&"é".repeat(400)).chars().count(), DETAIL_LIMIT);
    }
}
