//! Blocks of tools that Anthropic runs: the use, and the result that comes with it in the same answer.

use serde_json::{Value, json};

use super::super::id;
use crate::{
    reply::Block,
    served::{Served, ServedTool},
};

/// The tools among those of a request that Anthropic runs.
pub(super) fn offered(body: &Value) -> Vec<Served> {
    let list = |name: &str| body[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_tool = |tool: &Value| {
        let kind = tool["type"].as_str()?;
        let name = tool["name"].as_str();
        if kind == "code_execution_20250522" {
            Some(Served::new(ServedTool::CodeExecution, "code_execution"))
        } else if kind.starts_with("code_execution_") {
            Some(Served::new(ServedTool::CodeExecution, "bash_code_execution"))
        } else if kind.starts_with("web_search_") {
            Some(Served::new(ServedTool::WebSearch, name.unwrap_or("web_search")))
        } else if kind.starts_with("computer_") {
            Some(Served::new(ServedTool::ComputerUse, name.unwrap_or("computer")))
        } else {
            None
        }
    };
    let of_server = |server: &Value| Some(Served::new(ServedTool::Mcp, server["name"].as_str()?));
    let tools = list("tools").iter().filter_map(of_tool);
    tools.chain(list("mcp_servers").iter().filter_map(of_server)).collect()
}

/// The use, and the result where it is Anthropic that runs the tool.
pub(super) fn blocks(by: &Served, block: &Block) -> (Value, Option<Value>) {
    let input = block.arguments();
    let (used, name) = (format!("srvtoolu_01{}", id(22)), &by.name);
    let server =
        |result: Value| (json!({"type": "server_tool_use", "id": used, "name": name, "input": input}), Some(result));
    match by.tool {
        ServedTool::CodeExecution => {
            let kind = if name == "code_execution" { "code_execution" } else { "bash_code_execution" };
            let content = json!({
                "type": format!("{kind}_result"), "stdout": "simulated\n", "stderr": "", "return_code": 0, "content": [],
            });
            server(json!({"type": format!("{kind}_tool_result"), "tool_use_id": used, "content": content}))
        }
        ServedTool::WebSearch => {
            let found = json!({
                "type": "web_search_result", "url": "https://simulated.example/", "title": "Simulated",
                "encrypted_content": id(40), "page_age": null,
            });
            server(json!({"type": "web_search_tool_result", "tool_use_id": used, "content": [found]}))
        }
        ServedTool::Mcp => {
            let used = format!("mcptoolu_01{}", id(22));
            let call = json!({
                "type": "mcp_tool_use", "id": used, "name": "simulated_tool", "server_name": name, "input": input,
            });
            let said = json!([{"type": "text", "text": "Simulated result"}]);
            let result = json!({"type": "mcp_tool_result", "tool_use_id": used, "is_error": false, "content": said});
            (call, Some(result))
        }
        ServedTool::ComputerUse => {
            (json!({"type": "tool_use", "id": format!("toolu_01{}", id(22)), "name": name, "input": input}), None)
        }
    }
}
