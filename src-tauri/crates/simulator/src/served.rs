//! Tools that the provider runs itself, or whose calls have a form of their own.
//!
//! Agents offer such tools with nearly every request, and a provider that took up each offer would be of no use for
//! practising with them. So it runs only those that it was told to run.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A tool that the provider runs. Each run is an effect, which must not happen twice by a failover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServedTool {
    /// Code in a container of the provider: not in OpenAI Chat.
    CodeExecution,
    /// A search of the web.
    WebSearch,
    /// A tool of a server that the provider calls: Anthropic and OpenAI Responses.
    Mcp,
    /// A call that moves mouse and keys, asked for in the first turn. The client carries it out: not in OpenAI Chat.
    ComputerUse,
}

impl fmt::Display for ServedTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CodeExecution => "code-execution",
            Self::WebSearch => "web-search",
            Self::Mcp => "mcp",
            Self::ComputerUse => "computer-use",
        })
    }
}

/// One that a request offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) tool: ServedTool,
    /// What the provider's own block calls it: the tool, or the server whose tool it is.
    pub(crate) name: String,
}

impl Served {
    pub(crate) fn new(tool: ServedTool, name: impl Into<String>) -> Self {
        Self { tool, name: name.into() }
    }

    /// What it is called with after these words.
    pub(crate) fn input(&self, said: &str) -> Value {
        match self.tool {
            ServedTool::CodeExecution if self.name == "bash_code_execution" => json!({"command": "echo simulated"}),
            ServedTool::CodeExecution => json!({"code": "print('simulated')"}),
            ServedTool::WebSearch => {
                let query = said.split_whitespace().take(8).collect::<Vec<_>>().join(" ");
                json!({"query": query})
            }
            ServedTool::Mcp => json!({"simulated": true}),
            ServedTool::ComputerUse => json!({"action": "screenshot"}),
        }
    }
}
