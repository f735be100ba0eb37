//! Items of tools that OpenAI runs, and the events that tell of their progress.

use serde_json::{Value, json};

use super::{super::id, speech::name};
use crate::{
    reply::Block,
    served::{Served, ServedTool},
};

/// The tools among those of a request that OpenAI runs.
pub(super) fn offered(body: &Value) -> Vec<Served> {
    let tools = body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_tool = |tool: &Value| {
        let kind = tool["type"].as_str()?;
        match kind {
            "code_interpreter" => Some(Served::new(ServedTool::CodeExecution, kind)),
            "mcp" => {
                let label = tool["server_label"].as_str().unwrap_or("simulated");
                Some(Served::new(ServedTool::Mcp, label))
            }
            "computer" | "computer_use_preview" => Some(Served::new(ServedTool::ComputerUse, kind)),
            _ if kind.starts_with("web_search") => Some(Served::new(ServedTool::WebSearch, kind)),
            _ => None,
        }
    };
    tools.iter().filter_map(of_tool).collect()
}

pub(super) fn item(by: &Served, block: &Block, status: &str) -> Value {
    let input = block.arguments();
    match by.tool {
        ServedTool::CodeExecution => json!({
            "id": name("ci"), "type": "code_interpreter_call", "status": status, "code": input["code"],
            "container_id": name("cntr"), "outputs": null,
        }),
        ServedTool::WebSearch => json!({
            "id": name("ws"), "type": "web_search_call", "status": status,
            "action": {"type": "search", "query": input["query"]},
        }),
        ServedTool::Mcp => json!({
            "id": name("mcp"), "type": "mcp_call", "status": status, "approval_request_id": null,
            "arguments": block.text(), "error": null, "name": "simulated_tool", "output": "Simulated result",
            "server_label": by.name,
        }),
        ServedTool::ComputerUse => json!({
            "id": name("cu"), "type": "computer_call", "status": status, "call_id": format!("call_{}", id(24)),
            "action": {"type": "screenshot"}, "pending_safety_checks": [],
        }),
    }
}

/// Names and fields of the events between an item's beginning and its end.
pub(super) fn progress(by: &Served, block: &Block) -> Vec<(&'static str, Value)> {
    let none = || json!({});
    match by.tool {
        ServedTool::CodeExecution => {
            let code = &block.arguments()["code"];
            vec![
                ("response.code_interpreter_call.in_progress", none()),
                ("response.code_interpreter_call_code.delta", json!({"delta": code})),
                ("response.code_interpreter_call_code.done", json!({"code": code})),
                ("response.code_interpreter_call.interpreting", none()),
                ("response.code_interpreter_call.completed", none()),
            ]
        }
        ServedTool::WebSearch => vec![
            ("response.web_search_call.in_progress", none()),
            ("response.web_search_call.searching", none()),
            ("response.web_search_call.completed", none()),
        ],
        ServedTool::Mcp => vec![
            ("response.mcp_call.in_progress", none()),
            ("response.mcp_call_arguments.delta", json!({"delta": block.text()})),
            ("response.mcp_call_arguments.done", json!({"arguments": block.text()})),
            ("response.mcp_call.completed", none()),
        ],
        ServedTool::ComputerUse => Vec::new(),
    }
}
